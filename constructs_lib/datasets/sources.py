"""The source of a dataset: a local file, or an object in S3 read with the user's own credentials."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from ..distribution import how_to_install
from ..findings import Described
from ..request.regular_files import open_regular
from .dataset_findings import finding
from .lines import BLOCK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from os import PathLike
    from pathlib import Path
    from typing import TypeAlias

    from ..findings import Finding

    Source: TypeAlias = str | PathLike[str]

_S3 = "s3://"
_GZIP = finding(
    "compressed",
    "",
    "must not be compressed: Bedrock reads training data as plain JSON Lines",
    Described("a .gz file"),
    "decompress it, as with gunzip",
)


class UnreadableError(Exception):
    """A dataset cannot be read; `finding` says why."""

    def __init__(self, why: Finding) -> None:
        super().__init__(why.rule)
        self.finding = why


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCopy:
    """A copy of a local file that is read instead of it; findings name the file itself.

    Args:
        name: the file, as it was named.
        path: the copy.
        sha256: the hash of the copy's content.
    """

    name: str
    path: Path
    sha256: str

    def __str__(self) -> str:
        return self.name

    def __fspath__(self) -> str:
        return str(self.path)


def content_hash(path: Source) -> str:
    """Return the SHA-256 of a file, read in pieces.

    Args:
        path: a local file.

    Raises:
        OSError: the file cannot be read.
    """
    digest = sha256()
    with open_regular(path) as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def bucket_of(source: Source) -> str | None:
    """Return the bucket of an S3 URI, or None for a local file."""
    return str(source)[len(_S3) :].partition("/")[0] if str(source).startswith(_S3) else None


@contextmanager
def opened(source: Source, progress: Callable[[int, int], object] | None = None) -> Iterator[Iterator[bytes]]:
    """Open a dataset, and yield its blocks.

    Args:
        source: a path, or an `s3://` URI, which is streamed with boto3 and the user's credentials.
        progress: called with the bytes read so far and the size. Default: nothing is called.

    Raises:
        UnreadableError: it does not exist, may not be read, or is compressed by its name.
    """
    if str(source).endswith(".gz"):
        raise UnreadableError(_GZIP)
    try:
        if bucket_of(source) is None:
            stream = open_regular(source)
            size = os.fstat(stream.fileno()).st_size
        else:
            stream, size = _object(str(source))
    except OSError as error:
        raise UnreadableError(_unreadable(source, error.strerror or str(error))) from None
    except ValueError as error:  # a name that no system can have
        raise UnreadableError(_unreadable(source, str(error))) from None
    with stream:
        yield _blocks(source, stream, size, progress)


def _blocks(
    source: Source,
    stream: Any,  # noqa: ANN401 - a file, or botocore's untyped body
    size: int,
    progress: Callable[[int, int], object] | None,
) -> Iterator[bytes]:
    read = 0
    while True:
        try:
            block = stream.read(BLOCK)
        except Exception as error:  # noqa: BLE001 - botocore's and the system's errors have no common class
            raise UnreadableError(_unreadable(source, str(error))) from None
        if not block:
            return
        read += len(block)
        if progress is not None:
            progress(read, size)
        yield block


def _object(uri: str) -> tuple[Any, int]:
    try:
        import boto3
        from botocore.exceptions import BotoCoreError, ClientError
    except ModuleNotFoundError:
        rule = "must be a file that can be read: reading from S3 needs boto3, which is not installed"
        raise UnreadableError(finding("unreadable", "", rule, uri, how_to_install("cli"))) from None
    bucket, _, key = uri[len(_S3) :].partition("/")
    try:
        found = boto3.Session().client("s3").get_object(Bucket=bucket, Key=key)
    except (BotoCoreError, ClientError) as error:
        raise UnreadableError(_unreadable(uri, str(error))) from None
    return found["Body"], found["ContentLength"]


def _unreadable(source: Source, reason: str) -> Finding:
    fix = "check its name, and that you may read it"
    return finding("unreadable", "", f"must be a file that can be read: {reason}", str(source), fix)
