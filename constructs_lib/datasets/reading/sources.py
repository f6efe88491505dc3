"""The sources of a dataset: local files and folders, standard input, objects and prefixes in S3."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...distribution import how_to_install
from ...findings import Described
from ...request.regular_files import open_regular
from ..dataset_findings import finding, rule_of
from .folders import Folder, files_of, objects_under
from .lines import BLOCK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from os import PathLike
    from typing import TypeAlias

    from ...findings import Finding

    Source: TypeAlias = str | PathLike[str]

STANDARD_INPUT = "-"
"""The name of standard input on the command line, and in findings."""

_S3 = "s3://"
_SIGN_IN = "set up credentials with `aws configure sso` or `aws login`, or name a profile in AWS_PROFILE"
_NOT_SIGNED_IN = {
    "CredentialRetrievalError",
    "NoCredentialsError",
    "PartialCredentialsError",
    "ProfileNotFound",
    "SSOTokenLoadError",
    "TokenRetrievalError",
    "UnauthorizedSSOTokenError",
}
_NO_FILES = "no files"
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


@dataclass(frozen=True, slots=True)
class StandardInput:
    """Standard input as a source; on the command line `-`."""

    def __str__(self) -> str:
        return STANDARD_INPUT

    def __fspath__(self) -> str:
        return STANDARD_INPUT


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The files that sources stand for.

    Args:
        name: what all of them are called together.
        files: the files.
        size: their bytes, as far as they are known.
        findings: what is to be said about folders and prefixes, with the name of each.
    """

    name: str
    files: tuple[Source, ...]
    size: int = 0
    findings: tuple[tuple[str, Finding], ...] = ()


def inputs_of(sources: Source | Sequence[Source]) -> Inputs:
    """Return the files that sources stand for; for folders and prefixes, what is in them.

    Args:
        sources: paths, `s3://` URIs (those that end in a slash are prefixes), `-` for standard input.
    """
    listed = [sources] if isinstance(sources, (str, os.PathLike)) else [*sources]
    found: dict[str, Source] = {}
    findings: list[tuple[str, Finding]] = []
    size = 0
    if not listed:
        rule, fix = "must be at least one file", "name a file, a folder or a prefix"
        findings.append((_NO_FILES, finding("unreadable", "", rule, Described("none"), fix)))
    for source in listed:
        name = str(source)
        try:
            folder = _folder(source)
        except UnreadableError as error:
            findings.append((name, error.finding))
            continue
        if folder is None:
            found[name] = StandardInput() if source == STANDARD_INPUT else source
            continue
        found |= {file: file for file in folder.files}
        size += folder.size
        findings += [(name, one) for one in folder.findings()]
    return Inputs(
        name=_name_of(listed),
        files=tuple(found.values()),
        size=size,
        findings=tuple(findings),
    )


def expand(sources: Source | Sequence[Source]) -> list[Source]:
    """Return the files that sources stand for; for folders and prefixes, what is in them.

    Args:
        sources: paths, `s3://` URIs (those that end in a slash are prefixes), `-` for standard input.

    Raises:
        UnreadableError: a folder or prefix cannot be listed, has no data, or has too many files.
    """
    inputs = inputs_of(sources)
    for _, found in inputs.findings:
        if rule_of(found) == "unreadable":
            raise UnreadableError(found)
    return [*inputs.files]


def _name_of(sources: list[Source]) -> str:
    first, *others = map(str, sources) if sources else (_NO_FILES,)
    return f"{first} and {len(others)} more" if len(others) > 1 else " and ".join([first, *others])


def _folder(source: Source) -> Folder | None:
    """Return a folder or prefix with its files; None for a file."""
    name = str(source)
    bucket = bucket_of(source)
    if bucket is None:
        return _local_folder(source)
    if not bucket or not name.endswith("/"):
        return None
    prefix = name[len(_S3) :].partition("/")[2]
    with _of_s3(name) as client:
        return Folder.of(name, objects_under(client, bucket, prefix))


def _local_folder(source: Source) -> Folder | None:
    if source == STANDARD_INPUT or isinstance(source, (FileCopy, StandardInput)):
        return None
    try:
        if not Path(source).is_dir():
            return None
        return Folder.of(str(source), files_of(os.fspath(source)))
    except OSError as error:
        raise UnreadableError(_unreadable(source, error.strerror or str(error))) from None
    except ValueError:  # a name that no system can have; opening the file says so
        return None


@contextmanager
def opened(
    source: Source, progress: Callable[[int, int], object] | None = None, *, compressed: bool = False
) -> Iterator[Iterator[bytes]]:
    """Open a dataset, and yield its blocks.

    Args:
        source: a path, or an `s3://` URI, which is streamed with boto3 and the user's credentials.
        progress: called with the bytes read so far and the size. Default: nothing is called.
        compressed: whether the caller unpacks compressed data. Default: no, and a .gz is refused by its name.

    Raises:
        UnreadableError: it does not exist, may not be read, or is compressed by its name.
    """
    if not compressed and str(source).lower().endswith(".gz"):
        raise UnreadableError(_GZIP)
    if isinstance(source, StandardInput):
        yield _blocks(source, _standard_input(), 0, None)
        return
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


def _standard_input() -> Any:  # noqa: ANN401 - a stream of bytes, or what a test has put in its place
    if sys.stdin is None:
        raise UnreadableError(_unreadable(STANDARD_INPUT, "standard input is closed"))
    return sys.stdin.buffer


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
    bucket, _, key = uri[len(_S3) :].partition("/")
    with _of_s3(uri) as client:
        found = client.get_object(Bucket=bucket, Key=key)
    return found["Body"], found["ContentLength"]


@contextmanager
def _of_s3(uri: str) -> Iterator[Any]:
    """Yield boto3's client of S3; its errors become findings."""
    try:
        from botocore.exceptions import BotoCoreError, ClientError
    except ModuleNotFoundError:
        rule = "must be a file that can be read: reading from S3 needs boto3, which is not installed"
        raise UnreadableError(finding("unreadable", "", rule, uri, how_to_install("cli"))) from None
    settings = tuple(sorted(item for item in os.environ.items() if item[0].startswith("AWS_")))
    try:
        yield _client(settings)
    except (BotoCoreError, ClientError) as error:
        fix = _SIGN_IN if type(error).__name__ in _NOT_SIGNED_IN else ""
        raise UnreadableError(_unreadable(uri, str(error).rstrip("."), fix)) from None


@lru_cache(maxsize=1)
def _client(settings: tuple[tuple[str, str], ...]) -> Any:  # noqa: ANN401 - boto3's untyped client
    """Return a client for the settings of the environment; one client serves many objects."""
    del settings
    import boto3

    return boto3.Session().client("s3")


def _unreadable(source: Source, reason: str, other_fix: str = "") -> Finding:
    fix = other_fix or "check its name, and that you may read it"
    if bucket_of(source) is not None and not other_fix:
        fix = f"{fix}; the URI of a prefix ends in a slash"
    return finding("unreadable", "", f"must be a file that can be read: {reason}", str(source), fix)
