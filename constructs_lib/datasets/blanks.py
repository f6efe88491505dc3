"""Lines without a record: a fault between records, and nearly nothing at the end of a file."""

from __future__ import annotations

from dataclasses import dataclass, field

from .faults import Fault, Shown

INNER = Fault("blank-line", "", "must hold a record", Shown("a blank line"), "take the line out")
AT_END = Fault(
    "blank-line-at-end", "", "should not follow the last record", Shown("a blank line"), "take it out"
)


@dataclass(slots=True)
class BlankLines:
    """Some blank lines: how many, and where the first of them are."""

    count: int = 0
    numbers: list[int] = field(default_factory=list)

    def add(self, number: int, limit: int) -> None:
        """Count a line, and remember it where there is room."""
        self.count += 1
        if len(self.numbers) < limit:
            self.numbers.append(number)


class Blanks:
    """The blank lines of a file, told apart by whether a record follows.

    Args:
        limit: How many lines are remembered of each kind.
    """

    def __init__(self, limit: int) -> None:
        self.inner = BlankLines()
        self.at_end = BlankLines()
        self._limit = limit
        self._last_record = 0

    def add(self, number: int) -> None:
        """Take note of a blank line."""
        (self.inner if number < self._last_record else self.at_end).add(number, self._limit)

    def record(self, number: int) -> None:
        """Take note of a record: the blank lines before it were not at the end."""
        self._last_record = max(self._last_record, number)
        if self.at_end.count:
            self.inner.count += self.at_end.count
            self.inner.numbers = [*self.inner.numbers, *self.at_end.numbers][: self._limit]
            self.at_end = BlankLines()
