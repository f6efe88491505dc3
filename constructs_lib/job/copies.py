"""Copies of local data in the cloud assembly: what is uploaded is exactly what was hashed and judged."""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from constructs_lib.request import Problem
from constructs_lib.request.regular_files import open_regular

if TYPE_CHECKING:
    from collections.abc import Iterable
    from io import FileIO

    from constructs_lib.datasets import FileCopy

_BLOCK = 1 << 20
_CHANGED = "it was written to while it was copied"
_MADE: dict[tuple[Path, Path], FileCopy] = {}


class ChangedError(OSError):
    """A file was written to while it was copied."""


@dataclass(frozen=True, slots=True)
class Copies:
    """The copies of one job's local files.

    Args:
        by_path: The copy of each file.
        problems: Why other files could not be copied.
    """

    by_path: dict[Path, FileCopy] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def copy_all(files: Iterable[tuple[str, Path]], folder: Path) -> Copies:
    """Copy local files into a folder, each once; what is no file at all is left to the rules of the request.

    Args:
        files: Each file, after its place in the request.
        folder: Where the cloud assembly keeps its files.
    """
    made = Copies()
    for place, path in files:
        if path in made.by_path or not _is_file(path):
            continue
        try:
            made.by_path[path] = copy(path, folder)
        except OSError as error:
            made.problems.append(_problem(place, path, error))
    return made


def copy(source: Path, folder: Path) -> FileCopy:
    """Copy a file into the cloud assembly, under the name that the CDK gives an asset with this content.

    The copy is made under a temporary name: an interrupted one is never taken for the file, and what lies
    under the file's name from an earlier synthesis is replaced and not trusted.

    Args:
        source: The file.
        folder: Where the cloud assembly keeps its files.

    Raises:
        ChangedError: The file was written to meanwhile, so that the copy may be half old and half new.
        OSError: The file cannot be read, or the copy cannot be written.
    """
    from constructs_lib.datasets import FileCopy, content_hash

    key = (folder, source.absolute())
    known = _MADE.get(key)
    if known and known.path.is_file() and content_hash(source) == known.sha256 == content_hash(known.path):
        return known
    descriptor, name = tempfile.mkstemp(prefix="unfinished-", suffix=".tmp", dir=folder)
    try:
        with open_regular(source) as opened, os.fdopen(descriptor, "wb", buffering=0) as target:
            sha256 = _copied(opened, target)
        path = folder / staged_name(asset_name(sha256, source))
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    _MADE[key] = FileCopy(name=str(source), path=path, sha256=sha256)
    return _MADE[key]


def asset_name(sha256: str, source: Path) -> str:
    """Name a file by its content, and by its ending, which the manifest of the assembly does not look at.

    Args:
        sha256: The hash of its content.
        source: The file.
    """
    return f"{sha256}{source.suffix}"


def staged_name(asset_hash: str, ending: str | None = None) -> str:
    """Give the name that `aws_cdk.AssetStaging` gives an asset: under it, a file is not copied once more.

    Args:
        asset_hash: The asset's own hash; its ending is the file's, unless `ending` says otherwise.
        ending: The ending of the file's name. Default: that of `asset_hash`.
    """
    found = Path(asset_hash).suffix if ending is None else ending
    return f"asset.{hashlib.sha256(asset_hash.encode()).hexdigest()}{found}"


def _copied(source: FileIO, target: FileIO) -> str:
    """Copy an open file, and give the hash of what was written."""
    before, digest, size = os.fstat(source.fileno()), hashlib.sha256(), 0
    while block := source.read(_BLOCK):
        digest.update(block)
        size += len(block)
        rest = memoryview(block)
        while rest:
            rest = rest[target.write(rest) :]
    after = os.fstat(source.fileno())
    # Its size and its time of change tell, not a second reading: who writes meanwhile may write on.
    if (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, after.st_size) or size != after.st_size:
        raise ChangedError(_CHANGED)
    return digest.hexdigest()


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _problem(place: str, path: Path, error: OSError) -> Problem:
    if isinstance(error, ChangedError):
        rule = "must not change while it is copied, because a job must never train on a part of it"
        return Problem(place, rule, str(path), "wait until it is complete, and synthesize again")
    rule = f"must be copied into the cloud assembly, which failed: {error.strerror or error}"
    return Problem(place, rule, str(path), "check its permissions, and the free space of the folder")
