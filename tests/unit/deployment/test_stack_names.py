"""Stack names of job files: the same on every machine, because another stack is another training."""

import re
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

import pytest

from constructs_lib.deployment.stack_names import relative_path, stack_name, stack_name_in


@pytest.mark.parametrize(
    "path",
    [
        PurePosixPath("triage.yaml"),
        PurePosixPath("jobs/triage.json"),
        PurePosixPath("/home/a b/triage.yml"),
        PureWindowsPath(r"C:\jobs\triage.yaml"),
        PureWindowsPath(r"C:triage.yaml"),
        PureWindowsPath("jobs/triage.yaml"),
        PureWindowsPath(r"..\jobs.v2\triage.yaml"),
        PureWindowsPath(r"\\server\share\triage.yaml"),
        PureWindowsPath(r"\\?\C:\jobs\triage.yaml"),
    ],
    ids=str,
)
def test_the_name_depends_on_the_name_of_the_file_alone(path: PurePath) -> None:
    """From every folder and on every platform, one job file has one stack."""
    assert stack_name(path) == "BedrockTriage"


@pytest.mark.parametrize("name", ["job_v1.2.yaml", "2026 job.yaml", "job ü.yaml", f"{'long' * 40}.yaml", ""])
def test_a_file_name_that_no_stack_can_have_gets_a_hash(name: str) -> None:
    """It stays readable, and another such file has another stack."""
    names = {stack_name(PureWindowsPath(r"D:\x", name)), stack_name(PurePosixPath("y", name))}
    if name:
        [made] = names
        assert re.fullmatch(r"Bedrock[A-Za-z0-9]*-[0-9a-f]{8}", made)
        assert stack_name(PurePosixPath(f"!{name}")) != made


def test_a_decomposed_letter_is_the_same_letter() -> None:
    """The file systems of macOS may return accents apart."""
    assert stack_name(PurePosixPath("job u\u0308.yaml")) == stack_name(PurePosixPath("job \u00fc.yaml"))


@pytest.mark.parametrize(
    ("file", "folder", "path"),
    [
        (PureWindowsPath(r"C:\work\jobs\a.yaml"), PureWindowsPath(r"C:\work"), "jobs/a.yaml"),
        (PureWindowsPath(r"C:\jobs\a.yaml"), PureWindowsPath(r"c:\Work\app"), "../../jobs/a.yaml"),
        (PureWindowsPath(r"D:\jobs\a.yaml"), PureWindowsPath(r"C:\work"), "D:/jobs/a.yaml"),
        (PureWindowsPath(r"\\nas\jobs\a.yaml"), PureWindowsPath(r"C:\work"), "//nas/jobs/a.yaml"),
        (PurePosixPath("/jobs/a.yaml"), PurePosixPath("/work/app"), "../../jobs/a.yaml"),
    ],
    ids=str,
)
def test_the_way_to_a_file_is_written_alike_on_every_platform(
    file: PurePath, folder: PurePath, path: str
) -> None:
    """Another drive or server of Windows has no way from here, and is no traceback."""
    assert relative_path(file, folder) == path


def test_a_loop_of_links_is_no_traceback(tmp_path: Path) -> None:
    """Reading the file reports it."""
    (tmp_path / "job.yaml").symlink_to(tmp_path / "job.yaml")
    assert stack_name_in(tmp_path, tmp_path / "job.yaml") == "BedrockJob"
