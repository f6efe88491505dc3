"""Records that occur again, found by their hashes in bounded memory.

A hash takes eight bytes. Sets are built for a block of records at a time, and compared with the records
before it by C code; five million records take 40 MB and some seconds. Two different records count as equal
once in 10**6 files of that size.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_RECORDS = 5_000_000
"""Records of a file that are compared; above that, the report says so."""

NO_RECORD = hash(b"")
"""Stands for a line without a record."""

_BLOCK = 100_000


class Hashes:
    """The hashes of a file's records, in the order of the lines."""

    def __init__(self) -> None:
        self.values = array("q")
        self.complete = True

    def add(self, hashes: Iterable[int]) -> None:
        """Add the hash of every line; `NO_RECORD` for one without a record."""
        self.values.extend(hashes)
        if len(self.values) > MOST_RECORDS:
            del self.values[MOST_RECORDS:]
            self.complete = False

    def blocks(self) -> Iterator[array[int]]:
        """Return the hashes in blocks."""
        for start in range(0, len(self.values), _BLOCK):
            yield self.values[start : start + _BLOCK]


@dataclass(frozen=True, slots=True)
class Repeats:
    """Lines that say again what another line said.

    Args:
        count: How many lines.
        examples: Some of them: the first line, and the one that repeats it.
    """

    count: int
    examples: tuple[tuple[int, int], ...]


def within(hashes: Hashes, limit: int) -> Repeats:
    """Find the lines of a file that repeat an earlier one."""
    count, repeated = 0, set[int]()
    for number, block in enumerate(hashes.blocks()):
        distinct = set(block)
        blank = block.count(NO_RECORD) if NO_RECORD in distinct else 0
        distinct.discard(NO_RECORD)
        again = len(block) - blank - len(distinct)
        if again and len(repeated) < limit:
            repeated |= _twice(block, limit)
        earlier = _matches(distinct, islice(hashes.blocks(), number))
        count += again + len(earlier)
        repeated.update(islice(earlier, max(0, limit - len(repeated))))
    return Repeats(count, _located(hashes, hashes, repeated, limit))


def between(training: Hashes, validation: Hashes, limit: int) -> Repeats:
    """Find the lines of the validation data that the training data has too."""
    count, found = 0, set[int]()
    for block in validation.blocks():
        matched = _matches(set(block) - {NO_RECORD}, training.blocks())
        count += sum(map(matched.__contains__, block))
        found.update(islice(matched, max(0, limit - len(found))))
    return Repeats(count, _located(training, validation, found, limit))


def _twice(block: array[int], limit: int) -> set[int]:
    seen, twice = set[int](), set[int]()
    for value in block:
        if value in seen and value != NO_RECORD:
            twice.add(value)
            if len(twice) >= limit:
                break
        seen.add(value)
    return twice


def _matches(distinct: set[int], blocks: Iterable[array[int]]) -> set[int]:
    matched = set[int]()
    for block in blocks:
        matched |= distinct.intersection(block)
    return matched


def _located(first: Hashes, second: Hashes, wanted: set[int], limit: int) -> tuple[tuple[int, int], ...]:
    """Find the lines that hold the wanted hashes: where one stands first, and a line that repeats it."""
    if not wanted:
        return ()
    homes: dict[int, int] = {}
    for line, value in enumerate(first.values, 1):
        if value in wanted and value not in homes:
            homes[value] = line
    pairs = []
    for line, value in enumerate(second.values, 1):
        if value in homes and (first is not second or homes[value] != line):
            pairs.append((homes[value], line))
            if len(pairs) >= limit:
                break
    return tuple(pairs)
