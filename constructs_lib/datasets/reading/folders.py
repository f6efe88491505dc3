"""Which files of a folder, or objects under a prefix, are data."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...findings import Described
from ..dataset_findings import finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ...findings import Finding

MOST_FILES = 100_000
"""The most files of a folder or prefix, so that memory is bounded."""

_DATA = (".jsonl", ".json", ".jsonl.gz", ".json.gz")
_NAMED = 3
_LOGS, _BODIES = "BedrockModelInvocationLogs", "data"
_PERMISSION_CHECK = "amazon-bedrock-logs-permission-check"


@dataclass(slots=True)
class Folder:
    """The files of a folder, or the objects under a prefix, that are data.

    Args:
        name: the folder or prefix, as it was named.
        files: their names, sorted.
        size: their bytes together.
    """

    name: str
    files: list[str] = field(default_factory=list)
    size: int = 0
    _others: int = 0
    _named: list[str] = field(default_factory=list)
    _too_many: bool = False

    @classmethod
    def of(cls, name: str, found: Iterable[tuple[str, int]]) -> Folder:
        """Choose the data among files; what Bedrock writes beside its logs is passed over.

        Args:
            name: the folder or prefix, as it was named.
            found: name and bytes of every file in it.
        """
        folder = cls(name)
        for file, size in found:
            if _is_beside_logs(file):
                continue
            if file.lower().endswith(_DATA):
                if len(folder.files) == MOST_FILES:
                    folder._too_many = True
                    break
                folder.files.append(file)
                folder.size += size
            else:
                folder._others += 1
                if len(folder._named) < _NAMED:
                    folder._named.append(file.removeprefix(name).lstrip("/"))
        folder.files.sort()
        return folder

    def findings(self) -> Iterator[Finding]:
        """Yield what is to be said about the whole: no data, too much of it, files that are not read."""
        if not self.files:
            rule = "must be a folder or prefix with data: files that end in .jsonl, .json or .json.gz"
            fix = "correct its name, or name a file; for a prefix, end the URI with a slash"
            yield finding("unreadable", "", rule, self.name, fix)
        if self._too_many:
            rule, fix = (
                f"must have at most {MOST_FILES:,} files",
                "name a folder or prefix inside it, such as a day",
            )
            yield finding("unreadable", "", rule, Described("more"), fix)
        if self._others:
            files = f"{self._others:,} other file{'s' * (self._others > 1)}"
            rule = (
                f"could have data only: {files} in it, first {', '.join(sorted(self._named))}, were not read"
            )
            fix = "nothing needs to be done, if they are no data"
            yield finding("other-files", "", rule, Described(files), fix)


def files_of(folder: str) -> Iterator[tuple[str, int]]:
    """Yield path and size of every file in a folder and its folders; links to folders are not followed.

    Args:
        folder: a local folder.

    Raises:
        OSError: a folder cannot be read.
    """
    for path, folders, names in os.walk(folder, onerror=_raise):
        folders.sort()
        for name in sorted(names):
            file = Path(path, name)
            yield str(file), file.stat().st_size if file.exists() else 0


def objects_under(client: Any, bucket: str, prefix: str) -> Iterator[tuple[str, int]]:  # noqa: ANN401 - boto3's
    """Yield URI and size of every object under a prefix.

    Args:
        client: boto3's client of S3.
        bucket: the bucket.
        prefix: the start of the keys.
    """
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    for page in pages:
        for one in page.get("Contents", ()):
            if not one["Key"].endswith("/"):
                yield f"s3://{bucket}/{one['Key']}", one["Size"]


def _raise(error: OSError) -> None:
    raise error


def _is_beside_logs(file: str) -> bool:
    """Return whether Bedrock writes a file beside its logs: a long body, or the check of its permission."""
    *folders, name = file.replace(os.sep, "/").split("/")
    if name.startswith(_PERMISSION_CHECK):
        return True
    of_body = name.removesuffix(".gz").endswith(("_input.json", "_output.json"))
    return folders[-1:] == [_BODIES] and (of_body or _LOGS in folders)
