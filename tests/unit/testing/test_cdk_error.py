import pytest

from constructs_lib.testing.cdk_cli import CdkError


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (
            "app cannot be defined:\n  - job_name ...\npython3 app.py: Subprocess exited with error 1\n",
            "app cannot be defined:\n  - job_name ...",
        ),
        (
            "Tiny: deploying\nTiny | CREATE_FAILED | Job: name in use\n❌ Tiny failed\n",
            "cdk failed:\nTiny | CREATE_FAILED | Job: name in use\n❌ Tiny failed",
        ),
        ("one\ntwo\n", "cdk failed:\none\ntwo"),
        ("", "cdk failed:"),
    ],
    ids=["the app's own words", "the lines that tell", "the last lines", "nothing"],
)
def test_the_reason_is_what_tells(said: str, reason: str) -> None:
    """Of a screenful, the part that a reader needs; the whole stays at hand."""
    error = CdkError("cdk failed", said)

    assert error.reason == reason
    assert error.said in str(error)
