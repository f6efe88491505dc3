"""Opening of regular files only: reading a pipe or a device could block forever."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from io import FileIO
    from os import PathLike

_KINDS = {
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
# Another program may replace the file with a pipe after the first check; opening a pipe waits for a writer.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


class NotRegularError(OSError):
    """The path is not that of a regular file; `strerror` says what it is."""


def open_regular(path: str | PathLike[str]) -> FileIO:
    """Open a regular file for reading, without a buffer.

    Args:
        path: the file, or a link to one.

    Raises:
        NotRegularError: it is a directory, a named pipe, a socket or a device.
        OSError: it cannot be opened.
        ValueError: no file can have that name.
    """
    _refuse_others(path, Path(path).stat().st_mode)
    descriptor = os.open(path, _FLAGS)
    try:
        _refuse_others(path, os.fstat(descriptor).st_mode)
    except NotRegularError:
        os.close(descriptor)
        raise
    return open(descriptor, "rb", buffering=0)  # noqa: PTH123 - it is open already


def _refuse_others(path: str | PathLike[str], mode: int) -> None:
    if not stat.S_ISREG(mode):
        kind = _KINDS.get(stat.S_IFMT(mode), "something else")
        raise NotRegularError(errno.EINVAL, f"it is {kind}, not a regular file", os.fspath(path))
