import io

import pytest

from constructs_lib.testing.local_errors import CdkError
from constructs_lib.testing.progress import Progress


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


def test_a_phase_shows_its_name_and_its_seconds() -> None:
    """Whether it goes well or not."""
    stream = io.StringIO()
    progress = Progress(stream)
    with progress.phase("deploy"):
        pass
    with pytest.raises(KeyError), progress.phase("destroy"):
        raise KeyError
    progress.total()

    lines = stream.getvalue().splitlines()
    assert [line.split(" .")[0] for line in lines] == ["deploy", "destroy", "in all"]
    assert lines[0].endswith(". 0.0 s")
    assert lines[1].endswith("failed after 0.0 s")
