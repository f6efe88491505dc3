"""A fingerprint of training data: the same content has the same one, wherever and however it is stored.

It is made of the SHA-256 of every file. An entity tag of S3 is no substitute: it is another one after every
upload under SSE-KMS, and with another size of parts. Neither is a checksum of another algorithm, or one that
is composed of those of the parts: the same content could then have two fingerprints.
"""

from __future__ import annotations

import json
import os
import re
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..datasets.reading.folders import MOST_FILES, files_of
from ..datasets.reading.sources import UnreadableError
from ..datasets.reading.unpacking import unpacked
from ..deployment.aws_calls import AwsCallError
from ..request.regular_files import open_regular
from .buckets import Bucket

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ..deployment.aws_calls import Client

DIGITS = 16
"""How many hexadecimal digits a fingerprint has."""

_S3 = "s3://"
_URI = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<key>.*))?", re.DOTALL)
_OUTPUT = re.compile(r"(?:^|/)(model-customization-job-[a-z0-9]{12})/")
_BLOCK = 1 << 20
_AT_ONCE = 8
_CHANGED = ("PreconditionFailed", "NoSuchKey")
_SHA256_BYTES = 32


class FingerprintError(Exception):
    """There is no fingerprint; the message says why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """The fingerprint of data.

    Args:
        text: 16 hexadecimal digits.
        files: how many files or objects there are.
        size: their bytes.
        new_records: records of the files that are newer than what `since` says; 0 where it says nothing.
    """

    text: str
    files: int
    size: int
    new_records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A file or an object.

    Args:
        name: what it is called below the location, with slashes between folders.
        place: its path or URI.
        size: its bytes.
        modified: when it was last modified.
        etag: which version of an object it is. Default: it is a local file.
        may_have_hash: whether S3 may have the SHA-256 of the object. Default: it has none.
    """

    name: str
    place: str
    size: int
    modified: datetime
    etag: str = ""
    may_have_hash: bool = False


@dataclass(frozen=True, slots=True)
class _Content:
    """What is in a file: its hash, and how many records were counted."""

    sha256: str
    records: int = 0


def fingerprint(
    locations: Sequence[str],
    s3: Callable[[], Client],
    *,
    exclude: Sequence[str] = (),
    since: datetime | None = None,
) -> Fingerprint:
    """Return the fingerprint of data: of the names of its files below each location, and of their content.

    The order of the locations counts and their names do not, so that data that was copied to another folder
    or bucket keeps its fingerprint.

    Args:
        locations: `s3://` URIs of objects or of prefixes, and paths of files or folders.
        s3: returns a boto3 client of S3; called where there is a URI.
        exclude: `s3://` URIs of prefixes, or paths of folders, of which nothing is data.
        since: the time after which files were modified whose records are counted. Default: none are.

    Raises:
        FingerprintError: a location has no data, cannot be read, or contains the output of a training.
        AwsCallError: S3 refuses a call, or cannot be reached.
    """
    connect = cache(s3)
    sources = [_Objects(connect, one) if one.startswith(_S3) else _Folder(one) for one in locations]
    entries, files, size, records = [], 0, 0, 0
    for number, (location, source) in enumerate(zip(locations, sources, strict=True)):
        found = sorted(_data(source, location, exclude), key=lambda one: one.name)
        contents = _read(source, found, since)
        for file, content in zip(found, contents, strict=True):
            entries.append([number, file.name, file.size, content.sha256])
            records += content.records
        files, size = files + len(found), size + sum(one.size for one in found)
    text = sha256(json.dumps(entries).encode()).hexdigest()[:DIGITS]
    return Fingerprint(text=text, files=files, size=size, new_records=records)


def _data(source: _Objects | _Folder, location: str, exclude: Sequence[str]) -> list[_File]:
    """Return the files of a location that are data."""
    left_out = tuple(map(_folder_name, exclude))
    found: list[_File] = []
    for file in source.files():
        if _absolute(file.place).startswith(left_out):
            continue
        if output := _OUTPUT.search(file.name):
            raise FingerprintError(
                f"{location} has the output of a training in it, {output[1]}, so that its fingerprint would "
                "be another one after every training; name a location with data only, or the location of the "
                "output with --exclude."
            )
        if len(found) == MOST_FILES:
            raise FingerprintError(f"{location} has more than {MOST_FILES:,} files; name a prefix inside it.")
        found.append(file)
    if not found:
        raise FingerprintError(
            f"{location} has no data; correct its name, and see what is there with `aws s3 ls`."
            if location.startswith(_S3)
            else f"{location} has no data; correct its name."
        )
    return found


def _absolute(place: str) -> str:
    return place if place.startswith(_S3) else str(Path(place).absolute())


def _folder_name(place: str) -> str:
    """Return how the places in a prefix or a folder begin."""
    return f"{place.rstrip('/')}/" if place.startswith(_S3) else f"{Path(place).absolute()}{os.sep}"


def _read(source: _Objects | _Folder, files: Sequence[_File], since: datetime | None) -> list[_Content]:
    def content(file: _File) -> _Content:
        return source.content(file, is_counted=since is not None and file.modified > since)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        try:
            return list(pool.map(content, files))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _content(file: _File, blocks: Iterable[bytes], *, is_counted: bool) -> _Content:
    """Read a file to its end."""
    digest = sha256()

    def read() -> Iterator[bytes]:
        for block in blocks:
            digest.update(block)
            yield block

    is_packed = is_counted and file.name.lower().endswith(".gz")
    try:
        records = _records(unpacked(read()) if is_packed else read())
    except UnreadableError as error:
        raise FingerprintError(
            f"The records of {file.place} cannot be counted: it {error.finding.rule}."
        ) from None
    return _Content(digest.hexdigest(), records if is_counted else 0)


def _records(blocks: Iterable[bytes]) -> int:
    """Count the lines that are not empty."""
    count, is_open = 0, False
    for block in blocks:
        first, *others = block.split(b"\n")
        is_open = is_open or bool(first.strip())
        for line in others:
            count += is_open
            is_open = bool(line.strip())
    return count + is_open


class _Folder:
    """A local file, or a folder with its folders.

    Args:
        path: its path.
    """

    def __init__(self, path: str) -> None:
        self._path = path

    def files(self) -> Iterator[_File]:
        """Yield what is in it.

        Raises:
            FingerprintError: it cannot be read.
        """
        with _local_file(self._path):
            if not Path(self._path).is_dir():
                yield self._file(Path(self._path), Path(self._path).name)
                return
            for path, _size in files_of(self._path):
                yield self._file(Path(path), Path(path).relative_to(self._path).as_posix())

    def content(self, file: _File, *, is_counted: bool) -> _Content:
        """Read a file."""
        with _local_file(file.place), open_regular(file.place) as stream:
            return _content(file, iter(lambda: stream.read(_BLOCK), b""), is_counted=is_counted)

    def _file(self, path: Path, name: str) -> _File:
        status = path.stat()
        modified = datetime.fromtimestamp(status.st_mtime, UTC)
        return _File(name=name, place=os.fspath(path), size=status.st_size, modified=modified)


@contextmanager
def _local_file(path: str) -> Iterator[None]:
    """Raise what the system raises in the block, in a sentence."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or "it cannot be opened"
        raise FingerprintError(
            f"{error.filename or path} cannot be read: {reason}; check its name, and that you may read it."
        ) from None
    except ValueError:
        raise FingerprintError(f"{path!r} cannot be read: no file can have this name; correct it.") from None


class _Objects(Bucket):
    """An object of S3, or the objects below a prefix.

    Args:
        connect: returns a boto3 client of S3, the same one every time.
        uri: its URI. Where no object has it, it is that of a prefix, with or without a slash at its end.
    """

    def __init__(self, connect: Callable[[], Client], uri: str) -> None:
        found = _URI.fullmatch(uri)
        if found is None:
            raise FingerprintError(f"{uri} must be a URI such as s3://amzn-s3-demo-bucket/data/; correct it.")
        super().__init__(None, found["bucket"], what="The data", purpose="in which the data should be")
        self._connect = connect
        self._key = found["key"] or ""

    def files(self) -> Iterator[_File]:
        """Yield the objects, without the empty ones that consoles make as folders."""
        self._s3 = self._connect()
        with self._calls("s3:ListBucket", f"arn:aws:s3:::{self.name}"):
            if self._key and not self._key.endswith("/"):
                # The keys of a list are sorted, so that a key comes before those that it is the start of.
                first = self._s3.list_objects_v2(Bucket=self.name, Prefix=self._key, MaxKeys=1)
                for one in first.get("Contents", ()):
                    if one["Key"] == self._key:
                        yield self._file(one, self._key.rpartition("/")[2])
                        return
            prefix = f"{self._key.rstrip('/')}/" if self._key else ""
            pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix)
            for page in pages:
                for one in page.get("Contents", ()):
                    if not one["Key"].endswith("/"):
                        yield self._file(one, one["Key"][len(prefix) :])

    def content(self, file: _File, *, is_counted: bool) -> _Content:
        """Return what is in an object: read, unless S3 has the hash of it and nothing is to be counted."""
        key = file.place.partition(f"{_S3}{self.name}/")[2]
        asked = {"Bucket": self.name, "Key": key, "IfMatch": file.etag}
        with self._calls("s3:GetObject", f"arn:aws:s3:::{self.name}/{key}"):
            try:
                stored = self._stored_hash(asked) if file.may_have_hash and not is_counted else None
                if stored is not None:
                    return _Content(stored)
                with closing(self._s3.get_object(**asked)["Body"]) as body:
                    return _content(file, body.iter_chunks(_BLOCK), is_counted=is_counted)
            except self._s3.exceptions.ClientError as error:
                if str(error.response.get("Error", {}).get("Code", "")) in _CHANGED:
                    raise AwsCallError(
                        f"{file.place} was changed while it was read; run the command again when all data is "
                        "there."
                    ) from None
                raise

    def _stored_hash(self, asked: dict[str, str]) -> str | None:
        """Return the SHA-256 that S3 has of a whole object; None where it has none, or does not say it.

        That of an object that was uploaded in parts is composed of those of the parts
        (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html).
        """
        try:
            found: Any = self._s3.head_object(**asked, ChecksumMode="ENABLED")
        except self._s3.exceptions.ClientError:  # without a message: reading the object says why
            return None
        if found.get("ChecksumType", "FULL_OBJECT") != "FULL_OBJECT":
            return None
        try:
            value = b64decode(str(found.get("ChecksumSHA256", "")), validate=True)
        except ValueError:  # a composed one has the number of parts at its end
            return None
        return value.hex() if len(value) == _SHA256_BYTES else None

    def _file(self, listed: Any, name: str) -> _File:  # noqa: ANN401 - boto3 has no types
        return _File(
            name=name,
            place=f"{_S3}{self.name}/{listed['Key']}",
            size=listed["Size"],
            modified=listed["LastModified"],
            etag=str(listed.get("ETag", "")),
            may_have_hash="SHA256" in listed.get("ChecksumAlgorithm", ()),
        )
