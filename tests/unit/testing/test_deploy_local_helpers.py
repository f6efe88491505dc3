import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from constructs_lib.testing import deploy_local


def test_only_the_folders_of_killed_runs_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folders of runs that are still running, and other folders, are not removed."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    monkeypatch.chdir(tmp_path)
    for name in (f"run-{ended.pid}-a", f"run-{os.getpid()}-b", "run-x-c", "background"):
        (deploy_local.FOLDER / name / "tmp").mkdir(parents=True)

    deploy_local._remove_old_folders()

    assert {folder.name for folder in deploy_local.FOLDER.iterdir()} == {
        f"run-{os.getpid()}-b",
        "run-x-c",
        "background",
    }


def test_a_phase_shows_its_name_and_its_seconds() -> None:
    """A phase shows its seconds if it succeeds and if it fails."""
    stream = io.StringIO()
    progress = deploy_local.Progress(stream)
    with progress.phase("deploy"):
        pass
    with pytest.raises(KeyError), progress.phase("destroy"):
        raise KeyError
    progress.total()

    lines = stream.getvalue().splitlines()
    assert [line.split(" .")[0] for line in lines] == ["deploy", "destroy", "total"]
    assert lines[0].endswith(". 0.0 s")
    assert lines[1].endswith("failed after 0.0 s")
