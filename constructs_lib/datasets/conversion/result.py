"""What a conversion has done, or why it has not been done."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...findings import error

if TYPE_CHECKING:
    from ...findings import Finding
    from ..checking.report import Report

RULE = "conversion"
"""The name of the rule that a conversion breaks which is not done."""

_MOST_REASONS = 100
_OTHERS = "for other reasons"

MOST_PLACES = 20
"""How many places a tally remembers."""


class ConversionError(ValueError):
    """A conversion has not begun or not ended, and nothing was written.

    Args:
        finding: what is wrong, and what to do.
    """

    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding))
        self.finding = finding


@dataclass(slots=True)
class Tally:
    """How many records have something in common.

    Args:
        reason: what, as a sentence.
        count: how many.
        first: file and line, row or number of the first of them.
    """

    reason: str
    count: int = 0
    first: list[tuple[str, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvertedFile:
    """One file that was read.

    Args:
        file: as it was named.
        container: what holds its records, such as `json-lines` or `csv`.
        unit: what its records are counted by: `line`, `row` or `record`.
        shape: the shape of its records, as `shape=` takes it; `own` for those that had the format already.
        left_out: fields that the format has no place for.
    """

    file: str
    container: str
    unit: str
    shape: str
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """What a conversion has done.

    Args:
        out: what was written, as it was named.
        format: the format in which it was written.
        files: what was read.
        read: records that were read.
        written: records that were written.
        changed: what was changed in records that were written, most frequent first.
        dropped: why records were not written, most frequent first.
        report: what `validate` says of what was written.
    """

    out: str
    format: str
    files: tuple[ConvertedFile, ...]
    read: int
    written: int
    changed: tuple[Tally, ...]
    dropped: tuple[Tally, ...]
    report: Report

    @property
    def ok(self) -> bool:
        """Whether something was written, and nothing in it is an error."""
        return bool(self.written) and self.report.ok


class Tallies:
    """Records counted by a reason, of which there is a small number."""

    def __init__(self) -> None:
        self._by_reason: dict[str, Tally] = {}

    def add(self, reason: str, file: str, number: int) -> None:
        """Count a record."""
        if reason not in self._by_reason and len(self._by_reason) >= _MOST_REASONS:
            reason = _OTHERS  # a reason may have the name of a field, and fields have any name
        tally = self._by_reason.get(reason)
        if tally is None:
            tally = self._by_reason[reason] = Tally(reason)
        tally.count += 1
        if len(tally.first) < MOST_PLACES:
            tally.first.append((file, number))

    def most_frequent_first(self) -> tuple[Tally, ...]:
        """Return what was counted."""
        return tuple(sorted(self._by_reason.values(), key=lambda one: -one.count))


def refused(rule: str, got: object, fix: str, path: str = "", file: str = "") -> ConversionError:
    """Return the error of a conversion that is not done.

    Args:
        rule: what must be true.
        got: what was found.
        fix: what to do about it.
        path: the argument that it is about. Default: none.
        file: the file that it is about. Default: none.
    """
    found = error(RULE, path, rule, got, fix)
    return ConversionError(found.at(file) if file else found)
