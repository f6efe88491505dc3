"""Records that occur again, found by their hashes in bounded memory and linear time.

A hash takes eight bytes, and eight more while hashes are sorted into buckets that are compared one by one:
48 MB for three million records. Two different records count as equal once in a million files of that size.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_RECORDS = 3_000_000
"""Records of a file that are compared; above that, the report says so."""

NO_RECORD = hash(b"")
"""Stands for a line without a record."""

_BUCKETS = 64
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
    for bucket in _buckets(hashes.values):
        distinct = set(bucket)
        blank = bucket.count(NO_RECORD) - 1 if NO_RECORD in distinct else 0
        again = len(bucket) - len(distinct) - blank
        if again and len(repeated) < limit:
            repeated |= _twice(bucket, limit)
        count += again
    return Repeats(count, _located(hashes, hashes, repeated, limit))


def between(training: Hashes, validation: Hashes, limit: int) -> Repeats:
    """Find the lines of the validation data that the training data has too."""
    count, found = 0, set[int]()
    for start in range(0, len(validation.values), _BLOCK):
        block = validation.values[start : start + _BLOCK]
        matched = (set(block) - {NO_RECORD}).intersection(training.values)
        count += sum(map(matched.__contains__, block))
        found.update(islice(matched, max(0, limit - len(found))))
    return Repeats(count, _located(training, validation, found, limit))


def _buckets(values: array[int]) -> Iterator[array[int]]:
    """Sort hashes by their last bits: what is equal comes into the same bucket, in order."""
    buckets = [array("q") for _ in range(_BUCKETS)]
    for value in values:
        buckets[value % _BUCKETS].append(value)
    yield from buckets


def _twice(bucket: array[int], limit: int) -> set[int]:
    seen, twice = set[int](), set[int]()
    for value in bucket:
        if value in seen and value != NO_RECORD:
            twice.add(value)
            if len(twice) >= limit:
                break
        seen.add(value)
    return twice


def _located(first: Hashes, second: Hashes, wanted: set[int], limit: int) -> tuple[tuple[int, int], ...]:
    """Find the lines that hold the wanted hashes: where one stands first, and a line that repeats it."""
    homes: dict[int, int] = {}
    for line, value in enumerate(first.values if wanted else (), 1):
        if value in wanted and value not in homes:
            homes[value] = line
    pairs = []
    for line, value in enumerate(second.values if wanted else (), 1):
        if value in homes and (first is not second or homes[value] != line):
            pairs.append((homes[value], line))
            if len(pairs) >= limit:
                break
    return tuple(pairs)
