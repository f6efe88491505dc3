"""Output appears whole or not at all, and never over a file that somebody needs."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from constructs_lib.datasets.writing.output_files import OutputError, OutputFile, output_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def refusal(path: Path | str, *, inputs: Iterable[Path | str] = (), force: bool = False) -> str:
    """Return the sentence with which a file is refused before anything is written."""
    with pytest.raises(OutputError) as caught, OutputFile(path, inputs=inputs, force=force):
        pytest.fail("it was opened")
    return caught.value.finding.sentence


def interrupted(paths: list[Path], problem: type[BaseException], *, force: bool = False) -> None:
    """Write a part of the files, and raise an exception."""
    with output_files(paths, force=force) as files:
        files[0].write(b"half")
        raise problem


def replaced(path: Path, meanwhile: Callable[[], object], *, force: bool = False) -> None:
    """Write a file while something else happens."""
    with OutputFile(path, force=force) as file:
        file.write(b"ours")
        meanwhile()


def names(folder: Path) -> list[str]:
    """Return what is in a folder."""
    return sorted(one.name for one in folder.iterdir())


def test_a_file_appears_at_the_end(tmp_path: Path) -> None:
    """Until then its name is free; afterwards nothing else is left."""
    path = tmp_path / "out.jsonl"
    with OutputFile(path) as file:
        file.write(b"a\n")
        file.write(b"b\n")
        assert not path.exists()
    assert path.read_bytes() == b"a\nb\n"
    assert names(tmp_path) == ["out.jsonl"]


def test_its_mode_is_that_of_any_new_file(tmp_path: Path) -> None:
    """The user's umask decides who may read it."""
    (tmp_path / "other").write_bytes(b"")
    with OutputFile(tmp_path / "out") as file:
        file.write(b"a")
    assert (tmp_path / "out").stat().st_mode == (tmp_path / "other").stat().st_mode


@pytest.mark.parametrize("problem", [ValueError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("force", [False, True])
def test_an_interrupted_file_leaves_nothing(
    tmp_path: Path, problem: type[BaseException], *, force: bool
) -> None:
    """What was there before is as it was, also with --force."""
    path = tmp_path / "out"
    if force:
        path.write_bytes(b"before")
    with pytest.raises(problem):
        interrupted([path], problem, force=force)
    assert names(tmp_path) == (["out"] if force else [])
    assert not force or path.read_bytes() == b"before"


def test_an_existing_file_is_refused(tmp_path: Path) -> None:
    """The sentence names --force, and the file stays."""
    path = tmp_path / "out"
    path.write_bytes(b"before")
    sentence = refusal(path)
    assert sentence.startswith("the output file must not exist, got '")
    assert sentence.endswith("; choose another name, or replace the file with --force")
    assert path.read_bytes() == b"before"


def test_force_replaces_a_file(tmp_path: Path) -> None:
    """The new file keeps the mode of the old one: what was private stays private."""
    path = tmp_path / "out"
    path.write_bytes(b"before")
    path.chmod(0o600)
    with OutputFile(path, force=True) as file:
        file.write(b"after")
        assert path.read_bytes() == b"before"
    assert path.read_bytes() == b"after"
    assert path.stat().st_mode & 0o777 == 0o600
    assert names(tmp_path) == ["out"]


def test_force_replaces_a_link_and_not_what_it_leads_to(tmp_path: Path) -> None:
    """A link may lead to a file of somebody else."""
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"before")
    link.symlink_to(target)
    with OutputFile(link, force=True) as file:
        file.write(b"after")
    assert (target.read_bytes(), link.read_bytes()) == (b"before", b"after")


def test_a_file_that_appears_meanwhile_stays(tmp_path: Path) -> None:
    """Another program wrote it: it is not overwritten without --force."""
    path = tmp_path / "out"
    with pytest.raises(OutputError, match="must not exist"):
        replaced(path, lambda: path.write_bytes(b"theirs"))
    assert path.read_bytes() == b"theirs"
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("way", ["the file", "a hard link", "a symbolic link", "another spelling"])
def test_an_input_is_refused(tmp_path: Path, way: str, *, force: bool) -> None:
    """No --force overwrites what is read."""
    source = out = tmp_path / "in"
    source.write_bytes(b"before")
    if way == "a hard link":
        out = tmp_path / "out"
        out.hardlink_to(source)
    elif way == "a symbolic link":
        out = tmp_path / "out"
        out.symlink_to(source)
    elif way == "another spelling":
        (tmp_path / "folder").mkdir()
        out = tmp_path / "folder" / ".." / "in"
    assert "must not be a file that is read" in refusal(
        out, inputs=["s3://bucket/key", "-", source], force=force
    )
    assert source.read_bytes() == b"before"


def test_standard_input_is_an_input(tmp_path: Path) -> None:
    """`- < FILE` reads FILE too."""
    path = tmp_path / "in"
    path.write_bytes(b"before")
    script = (
        "import sys\n"
        "from constructs_lib.datasets.writing.output_files import OutputError, OutputFile\n"
        "try:\n"
        "    with OutputFile(sys.argv[1], inputs=['-'], force=True): print('opened')\n"
        "except OutputError as error: print(error)\n"
    )
    with path.open("rb") as stream:
        done = subprocess.run(
            [sys.executable, "-c", script, str(path)],
            stdin=stream,
            capture_output=True,
            text=True,
            check=True,
        )
    assert "must not be a file that is read" in done.stdout


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "must name a file"),
        (".", "must be a file, not a folder"),
        ("missing/out", "must be in a folder that exists"),
        ("file/out", "must be in a folder, got"),
        ("a\0b", "must be a file that can be written"),
        ("x" * 300, "must be a file that can be written: file name too long"),
    ],
)
@pytest.mark.parametrize("force", [False, True])
def test_a_path_that_is_no_file(tmp_path: Path, name: str, sentence: str, *, force: bool) -> None:
    """Each is one sentence, before anything is read or written."""
    (tmp_path / "file").write_bytes(b"")
    path = "" if not name else str(tmp_path) if name == "." else f"{tmp_path}/{name}"
    with pytest.raises(OutputError) as caught, OutputFile(path, force=force):
        pass
    assert sentence in caught.value.finding.sentence
    assert names(tmp_path) == ["file"]


def test_devices_and_pipes_are_refused(tmp_path: Path) -> None:
    """A file cannot appear under their names; nothing waits for a reader."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/full"), Path("/dev/null")):
        assert "must be a file, not a device or a pipe" in refusal(path, force=True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    """It is one sentence."""
    tmp_path.chmod(0o500)
    assert "must be a file that can be written: permission denied" in refusal(tmp_path / "out")
    tmp_path.chmod(0o700)


@pytest.mark.parametrize("size", [10, 10_000_000])
def test_a_full_disk_is_a_sentence(tmp_path: Path, size: int) -> None:
    """Whether it shows at a write or at the end; nothing is left, and the old file is as it was."""
    path, before = tmp_path / "out", resource.getrlimit(resource.RLIMIT_FSIZE)
    path.write_bytes(b"before")
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with ExitStack() as stack:
        stack.callback(signal.signal, signal.SIGXFSZ, handler)
        stack.callback(resource.setrlimit, resource.RLIMIT_FSIZE, before)
        resource.setrlimit(resource.RLIMIT_FSIZE, (5, before[1]))
        with pytest.raises(OutputError) as caught, OutputFile(path, force=True) as file:
            file.write(b"x" * size)
    assert "free some space, or write to another disk" in caught.value.finding.sentence
    assert path.read_bytes() == b"before"
    assert names(tmp_path) == ["out"]


def test_two_files_appear_together(tmp_path: Path) -> None:
    """None is there before both are complete."""
    paths = [tmp_path / "a", tmp_path / "b"]
    with output_files(paths) as (first, second):
        first.write(b"1")
        second.write(b"2")
        assert len(names(tmp_path)) == 2
        assert not any(path.exists() for path in paths)
    assert [path.read_bytes() for path in paths] == [b"1", b"2"]
    assert names(tmp_path) == ["a", "b"]


@pytest.mark.parametrize("force", [False, True])
def test_if_one_file_cannot_be_placed_neither_is(tmp_path: Path, *, force: bool) -> None:
    """The first one is taken back, and a file that it replaced is there again."""
    paths = [tmp_path / "a", tmp_path / "b"]
    if force:
        paths[0].write_bytes(b"before")
    with pytest.raises(OutputError), output_files(paths, force=force):
        paths[1].mkdir()
    assert names(tmp_path) == (["a", "b"] if force else ["b"])
    assert not force or paths[0].read_bytes() == b"before"
    assert names(paths[1]) == []


def test_if_one_file_cannot_be_opened_neither_is_written(tmp_path: Path) -> None:
    """The second one exists."""
    (tmp_path / "b").write_bytes(b"before")
    with pytest.raises(OutputError, match="must not exist"), output_files([tmp_path / "a", tmp_path / "b"]):
        pytest.fail("they were opened")
    assert names(tmp_path) == ["b"]


def test_an_interrupted_pair_leaves_nothing(tmp_path: Path) -> None:
    """Ctrl-C in between."""
    with pytest.raises(KeyboardInterrupt):
        interrupted([tmp_path / "a", tmp_path / "b"], KeyboardInterrupt)
    assert names(tmp_path) == []


@pytest.mark.parametrize(("first", "second"), [("a", "a"), ("a.jsonl", "A.jsonl"), ("a", "folder/../a")])
def test_two_outputs_with_one_name_are_refused(tmp_path: Path, first: str, second: str) -> None:
    """Some file systems ignore case, and one file would replace the other."""
    (tmp_path / "folder").mkdir()
    with (
        pytest.raises(OutputError, match="must not have the name of another output"),
        output_files([tmp_path / first, tmp_path / second]),
    ):
        pytest.fail("they were opened")
    assert names(tmp_path) == ["folder"]
