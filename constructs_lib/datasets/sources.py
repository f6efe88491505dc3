"""Where a dataset is: a local file, or an object in S3 read with the user's own credentials."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from constructs_lib.request.regular_files import open_regular

from .faults import Fault, Shown
from .lines import BLOCK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from os import PathLike

_S3 = "s3://"
_GZIP = Fault(
    "compressed",
    "",
    "must not be compressed: Bedrock reads training data as plain JSON Lines",
    Shown("a .gz file"),
    "decompress it, as with gunzip",
)


class UnreadableError(Exception):
    """A dataset cannot be read; `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.what)
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCopy:
    """A copy of a local file that is read in its place; findings name the file itself.

    Args:
        name: The file, as it was named.
        path: The copy.
        sha256: The hash of the copy's content.
    """

    name: str
    path: Path
    sha256: str

    def __str__(self) -> str:
        return self.name

    def __fspath__(self) -> str:
        return str(self.path)


def bucket_of(place: str | PathLike[str]) -> str | None:
    """Return the bucket of an S3 URI, or None for a local file."""
    return str(place)[len(_S3) :].partition("/")[0] if is_s3(place) else None


def is_s3(place: str | PathLike[str]) -> bool:
    """Tell whether a place is an S3 URI."""
    return str(place).startswith(_S3)


@contextmanager
def opened(
    place: str | PathLike[str], progress: Callable[[int, int], object] | None = None
) -> Iterator[Iterator[bytes]]:
    """Open a dataset, and give its blocks.

    Args:
        place: A path, or an `s3://` URI, which is streamed with boto3 and the user's credentials.
        progress: Called with the bytes read so far and the size.

    Raises:
        UnreadableError: It does not exist, may not be read, or is compressed by its name.
    """
    if str(place).endswith(".gz"):
        raise UnreadableError(_GZIP)
    try:
        stream, size = _s3(str(place)) if is_s3(place) else _file(Path(place))
    except OSError as error:
        raise UnreadableError(_unreadable(place, error.strerror or str(error))) from None
    except ValueError as error:  # a name that no system can have
        raise UnreadableError(_unreadable(place, str(error))) from None
    with stream:
        yield _blocks(place, stream, size, progress or _no_progress)


def _no_progress(_read: int, _size: int) -> None:
    """Show nothing."""


def _blocks(place: object, stream: Any, size: int, progress: Callable[[int, int], object]) -> Iterator[bytes]:  # noqa: ANN401 # a file, or botocore's untyped body
    read = 0
    while True:
        try:
            block = stream.read(BLOCK)
        except Exception as error:  # noqa: BLE001 # botocore's and the system's errors have no common class
            raise UnreadableError(_unreadable(place, str(error))) from None
        if not block:
            return
        read += len(block)
        progress(read, size)
        yield block


def _file(path: Path) -> tuple[Any, int]:
    stream = open_regular(path)
    return stream, os.fstat(stream.fileno()).st_size


def _s3(uri: str) -> tuple[Any, int]:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    bucket, _, key = uri[len(_S3) :].partition("/")
    try:
        found = boto3.Session().client("s3").get_object(Bucket=bucket, Key=key)
    except (BotoCoreError, ClientError) as error:
        raise UnreadableError(_unreadable(uri, str(error))) from None
    return found["Body"], found["ContentLength"]


def _unreadable(place: object, reason: str) -> Fault:
    fix = "check its name, and that you may read it"
    return Fault("unreadable", "", f"must be a file that can be read: {reason}", str(place), fix)
