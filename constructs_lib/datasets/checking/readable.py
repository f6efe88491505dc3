"""Which images and videos of a dataset the job's role may not read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..dataset_findings import finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ...findings import Finding, Severity

RULE = "media-not-readable"
"""The rule's name, under which `Checks` overrides it."""

_S3 = "s3://"
_LINES = 5
_BUCKETS = 100
_OTHERS = "(others)"
_FIX = (
    "pass their prefix in media_data=, which lets a role that is made for the job read them, correct the "
    "references, or override dataset-media-not-readable in checks="
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Readable:
    """What the role of a job may read.

    Args:
        names: objects as `bucket/key`; one that ends in `*` means all that start with it.
        severity: that of a reference to anything else. Default: error, because a role that is made for the
            job may read nothing else.
    """

    names: tuple[str, ...]
    severity: Severity = "error"

    def covers(self, uri: str) -> bool:
        """Return whether the role may read an object.

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
    """The references of one file that the role may not read, by bucket.

    Args:
        readable: what it may read. Default: not known, and nothing is reported.
    """

    readable: Readable | None = None
    _buckets: dict[str, _Bucket] = field(default_factory=dict)

    def add(self, line: int, media: Sequence[tuple[str, str, str]]) -> None:
        """Remember the references of one record.

        Args:
            line: its number.
            media: kind, path and URI of each.
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
        """Return the name under which a reference is counted, so that memory is bounded."""
        return bucket if bucket in self._buckets or len(self._buckets) < _BUCKETS else _OTHERS

    def findings(self) -> Iterator[tuple[int, Finding]]:
        """Yield one finding for each bucket, with the line that it is about."""
        for bucket, found in self._buckets.items():
            count = f"{found.count:,} {'reference' if found.count == 1 else 'references'}"
            where = f"line{'s' * (len(found.lines) > 1)} {', '.join(map(str, found.lines))}"
            rule = (
                "must be readable by the job's role; the locations that the job names do not cover "
                f"{count} to the bucket {bucket}, first in {where}"
            )
            yield found.lines[0], finding(RULE, "", rule, found.uri, _FIX)
