import pytest

from constructs_lib.testing.cdk_cli import CdkError


@pytest.mark.parametrize(
    ("output", "reason"),
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
    ids=["the app's own message", "the lines with a failure", "the last lines", "nothing"],
)
def test_the_reason_is_the_part_that_explains_the_failure(output: str, reason: str) -> None:
    """`reason` is the part of the output that explains the failure; the message contains all of it."""
    error = CdkError("cdk failed", output)

    assert error.reason == reason
    assert error.output in str(error)
