import io

import pytest

from constructs_lib.deployment.progress import Progress


def test_a_step_shows_its_name_and_its_seconds() -> None:
    """A step shows its seconds if it succeeds and if it fails; what it writes itself has lines of its own."""
    stream = io.StringIO()
    progress = Progress(stream)
    with progress.step("synthesize"):
        pass
    with pytest.raises(KeyError), progress.step("destroy"):
        raise KeyError
    with progress.step("deploy", has_output=True):
        stream.write("the CDK CLI's own lines\n")
    progress.total()

    lines = stream.getvalue().splitlines()
    names = ["synthesize", "destroy", "deploy", "the CDK CLI's own lines", "deploy", "total"]
    assert [line.split(" .")[0] for line in lines] == names
    assert lines[0].endswith(". 0.0 s")
    assert lines[1].endswith("failed after 0.0 s")
    assert lines[4].endswith(". 0.0 s")
