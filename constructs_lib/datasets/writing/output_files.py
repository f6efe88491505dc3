"""Files that are written whole or not at all, and never over a file that somebody needs."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import contextmanager, suppress
from io import BufferedWriter, FileIO
from pathlib import Path
from typing import TYPE_CHECKING

from ...findings import error

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from os import PathLike
    from types import TracebackType
    from typing import Self

    from ...findings import Finding

RULE = "output-file"
"""The name of the one rule of this module."""

_OTHER_NAME = "choose another name"
_STDIN = 0
_BUFFER = 1 << 18
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


class OutputError(Exception):
    """A file cannot be written; `finding` says why. Nothing was written, and nothing was replaced.

    Args:
        why: the finding.
    """

    def __init__(self, why: Finding) -> None:
        super().__init__(why.sentence)
        self.finding = why
        """Why the file cannot be written."""


class OutputFile:
    """A file that is written under another name, and appears under its own when all of it is there.

    As a context manager it is complete at the end of the block; if the block raises an exception, or is
    interrupted, nothing is left of it, and a file that was there before is as it was. Several files of
    which all or none must appear are written with `output_files`.

    Args:
        path: the file. A link that exists is replaced, not what it leads to.
        inputs: what is read: the file must be none of these. `-` is standard input; what is no local file is
            passed over.
        force: whether to replace a file that exists. Default: it is refused.
    """

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        inputs: Iterable[str | PathLike[str]] = (),
        force: bool = False,
    ) -> None:
        self.path = Path(path)
        self.size = 0
        """Bytes that were written."""
        self._inputs = tuple(inputs)
        self._force = force
        self._temporary = self.path.parent / f".bedrock-customize-{secrets.token_hex(8)}.tmp"
        self._former = self._temporary.with_suffix(".old")
        self._stream: BufferedWriter | None = None
        self._identity: tuple[int, int] | None = None

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            _publish([self])
        else:
            self.discard()

    def open(self) -> None:
        """Start to write.

        Raises:
            OutputError: the file exists, is an input, or cannot be written.
        """
        with self._refusing():
            if self.path.name in {"", ".."}:
                raise _refused("must name a file", self.path, "write the name of a file")
            self._refuse_existing()
            raw = FileIO(os.open(self._temporary, _FLAGS, 0o666), "w")
            self._stream = BufferedWriter(raw, _BUFFER)
            self._identity = _identity(os.fstat(raw.fileno()))
            with suppress(OSError):  # what was private stays private
                self._temporary.chmod(stat.S_IMODE(self.path.stat().st_mode))

    def write(self, data: bytes) -> None:
        """Write bytes.

        Args:
            data: what follows in the file.

        Raises:
            OutputError: the disk is full, or the file cannot be written for another reason.
        """
        try:
            self._open_stream.write(data)
        except OSError as problem:
            raise refused_by_system(problem, self.path) from None
        self.size += len(data)

    def complete(self) -> None:
        """Bring everything that was written to the disk.

        Raises:
            OutputError: the disk is full, or the file cannot be written for another reason.
        """
        with self._refusing(), self._open_stream as stream:
            stream.flush()
            os.fsync(stream.fileno())

    def place(self) -> None:
        """Give the file its name; keep a file that had it, until `settle`.

        Raises:
            OutputError: the name is taken, or cannot be given.
        """
        with self._refusing():
            self._refuse_existing()
            if self._exists():
                self._keep_former()
                self._temporary.replace(self.path)
                return
            try:
                self.path.hardlink_to(self._temporary)  # unlike a rename, it never replaces a file
            except FileExistsError:
                raise
            except OSError:  # a file system without hard links
                self._temporary.replace(self.path)

    def settle(self) -> None:
        """Remove the other names of the file, and what it replaced."""
        for path in (self._temporary, self._former):
            with suppress(OSError, ValueError):
                path.unlink(missing_ok=True)

    def withdraw(self) -> None:
        """Undo `place`, as far as it was done."""
        with suppress(OSError, ValueError):
            if _identity(self.path.lstat()) == self._identity:
                self.path.unlink()
        with suppress(OSError):
            if self._former.exists():
                self._former.replace(self.path)

    def discard(self) -> None:
        """Leave nothing of what was written."""
        if self._stream is not None:
            with suppress(OSError):
                self._stream.close()
        self.settle()

    def _exists(self) -> bool:
        try:
            self.path.lstat()
        except FileNotFoundError:
            return False
        return True

    def _keep_former(self) -> None:
        try:
            os.link(self.path, self._former, follow_symlinks=False)
        except (OSError, NotImplementedError):
            self.path.rename(self._former)

    @property
    def _open_stream(self) -> BufferedWriter:
        if self._stream is None:
            raise ValueError("the file is not open")
        return self._stream

    def _refuse_existing(self) -> None:
        if not self._exists():
            return
        for source in self._inputs:
            if _is_same(self.path, source):
                raise _refused("must not be a file that is read", self.path, _OTHER_NAME)
        with suppress(FileNotFoundError):  # a link that leads nowhere
            mode = self.path.stat().st_mode
            if stat.S_ISDIR(mode):
                raise _refused("must be a file, not a folder", self.path, "write the name of a file in it")
            if not stat.S_ISREG(mode):
                raise _refused("must be a file, not a device or a pipe", self.path, _OTHER_NAME)
        if not self._force:
            raise FileExistsError

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        """Turn the errors of the system into a sentence."""
        try:
            yield
        except FileExistsError:
            fix = f"{_OTHER_NAME}, or replace the file with --force"
            raise _refused("must not exist", self.path, fix) from None
        except (OSError, ValueError) as problem:  # a name that no system can have is a ValueError
            raise refused_by_system(problem, self.path) from None


@contextmanager
def output_files(
    paths: Sequence[str | PathLike[str]],
    *,
    inputs: Iterable[str | PathLike[str]] = (),
    force: bool = False,
) -> Iterator[list[OutputFile]]:
    """Write several files, of which all appear at the end of the block, or none.

    Args:
        paths: the files.
        inputs: as for `OutputFile`.
        force: as for `OutputFile`.

    Raises:
        OutputError: one of them cannot be written, or two are the same.
    """
    inputs = tuple(inputs)
    files = [OutputFile(path, inputs=inputs, force=force) for path in paths]
    _refuse_same(files)
    try:
        for file in files:
            file.open()
        yield files
        _publish(files)
    except BaseException:
        for file in files:
            file.discard()
        raise


def _publish(files: Sequence[OutputFile]) -> None:
    """Complete files, and give all of them their names, or none."""
    try:
        for file in files:
            file.complete()
        for file in files:
            file.place()
    except BaseException:
        for file in files:
            file.withdraw()
            file.discard()
        raise
    for file in files:
        file.settle()


def _refuse_same(files: Sequence[OutputFile]) -> None:
    seen: dict[str, Path] = {}
    for file in files:
        name = os.path.realpath(file.path.parent) + os.sep + file.path.name
        other = seen.setdefault(name.casefold(), file.path)
        if other is not file.path:
            rule = f"must not have the name of another output, {other}; some systems ignore case"
            raise _refused(rule, file.path, _OTHER_NAME)


def _is_same(path: Path, source: str | PathLike[str]) -> bool:
    try:
        found = os.fstat(_STDIN) if str(source) == "-" else os.stat(source)  # noqa: PTH116 - or a descriptor
        return os.path.samestat(path.stat(), found)
    except (OSError, ValueError):
        return False


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


OUTPUT_FILE = "the output file"
"""How a sentence names it."""


def _refused(rule: str, path: Path, fix: str) -> OutputError:
    return OutputError(error(RULE, OUTPUT_FILE, rule, str(path), fix))


def refused_by_system(problem: OSError | ValueError, path: Path) -> OutputError:
    """Return a system's error as a sentence."""
    reason = (problem.strerror if isinstance(problem, OSError) else None) or str(problem)
    rule = f"must be a file that can be written: {reason[:1].lower()}{reason[1:]}"
    if isinstance(problem, FileNotFoundError):
        return _refused("must be in a folder that exists", path, "make the folder, or correct the name")
    if isinstance(problem, NotADirectoryError):
        return _refused("must be in a folder", path, "correct the name")
    if isinstance(problem, OSError) and problem.errno in _FULL:
        return _refused(rule, path, "free some space, or write to another disk; nothing was written")
    return _refused(rule, path, "check its name, and that you may write there")
