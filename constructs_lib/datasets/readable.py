"""Which images and videos of a dataset the job's role may not read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from constructs_lib.catalog import Severity

RULE = "media-not-readable"
"""The rule's name, under which `Checks` overrides it."""

_S3 = "s3://"
_LINES = 5
_BUCKETS = 100
_OTHERS = "(others)"
_FIX = (
    "give their prefix in media_data=, which lets a role that is made for the job read it, correct the "
    "references, or override dataset-media-not-readable in checks="
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Readable:
    """What the role of a job may read.

    Args:
        names: Objects as `bucket/key`; one that ends in `*` stands for all that start so.
        severity: What a reference to anything else is: an error where the role is made for the job, and
            nobody else permits it more.
    """

    names: tuple[str, ...]
    severity: Severity = "error"

    def covers(self, uri: str) -> bool:
        """Tell whether the role may read an object.

        Args:
            uri: `s3://bucket/key`.
        """
        name = uri.removeprefix(_S3)
        return any(name.startswith(one[:-1]) if one.endswith("*") else name == one for one in self.names)


@dataclass(slots=True)
class _Bucket:
    uri: str
    count: int = 0
    lines: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Unreadable:
    """The references of one file that the role may not read, by their bucket.

    Args:
        readable: What it may read. Default: that is not known, and nothing is said.
    """

    readable: Readable | None = None
    _buckets: dict[str, _Bucket] = field(default_factory=dict)

    def look(self, line: int, media: Sequence[tuple[str, str, str]]) -> None:
        """Take note of the references of one record.

        Args:
            line: Where it stands.
            media: Kind, path and URI of each.
        """
        if self.readable is None:
            return
        for _, _, uri in media:
            if not self.readable.covers(uri):
                found = self._buckets.setdefault(self._name(uri.split("/", 3)[2]), _Bucket(uri))
                found.count += 1
                if len(found.lines) < _LINES and line not in found.lines:
                    found.lines.append(line)

    def _name(self, bucket: str) -> str:
        """Give the bucket under which a reference is counted; a file may make up names without end."""
        return bucket if bucket in self._buckets or len(self._buckets) < _BUCKETS else _OTHERS

    def faults(self) -> Iterator[tuple[int, Fault]]:
        """Give one fault for each bucket, with the line that it is about."""
        for bucket, found in self._buckets.items():
            many = "reference" if found.count == 1 else "references"
            lines = ", ".join(map(str, found.lines))
            where = f"line {lines}" if len(found.lines) == 1 else f"lines {lines}"
            what = (
                f"must be readable by the job's role, and no place that the job names holds {found.count:,} "
                f"{many} to the bucket {bucket}, first in {where}"
            )
            yield found.lines[0], Fault(RULE, "", what, found.uri, _FIX)
