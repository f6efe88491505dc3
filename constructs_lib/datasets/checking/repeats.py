"""Records that occur again, found by their hashes in bounded memory and linear time.

A hash takes eight bytes, and eight more while hashes are sorted into buckets that are compared one by one:
48 MB for three million records. Two different records count as equal once in a million files of that size.

Python salts the hashes of texts, so that their values and the order of a set of them differ from run to run.
Only their equality is used: the same lines are counted and named in every run.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_RECORDS = 3_000_000
"""Records of a file that are compared; if there are more, the report notes that."""

NO_RECORD = hash(b"")
"""The hash of a line without a record."""

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
    """Lines with the same record as another line.

    Args:
        count: how many lines.
        examples: the first of them: the line that has the record first, and the one that repeats it.
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
        if again:  # the first of the file's repeats are among the first of each bucket's
            repeated.update(islice(_again(bucket), limit))
        count += again
    return Repeats(count, tuple(islice(_repeated(hashes.values, repeated), limit)))


def between(training: Hashes, validation: Hashes, limit: int) -> Repeats:
    """Find the lines of the validation data that the training data has too."""
    count, repeated = 0, set[int]()
    for start in range(0, len(validation.values), _BLOCK):
        block = validation.values[start : start + _BLOCK]
        matched = (set(block) - {NO_RECORD}).intersection(training.values)
        if count < limit:
            repeated.update(islice(filter(matched.__contains__, block), limit - count))
        count += sum(map(matched.__contains__, block))
    first: dict[int, int] = {}
    for line, value in _lines_of(training.values, repeated):
        first.setdefault(value, line)
    examples = ((first[value], line) for line, value in _lines_of(validation.values, repeated))
    return Repeats(count, tuple(islice(examples, limit)))


def _buckets(values: array[int]) -> Iterator[array[int]]:
    """Sort hashes by their last bits: what is equal comes into the same bucket, in order."""
    buckets = [array("q") for _ in range(_BUCKETS)]
    for value in values:
        buckets[value % _BUCKETS].append(value)
    yield from buckets


def _again(bucket: array[int]) -> Iterator[int]:
    """Yield each hash that occurred before, as often as it occurs again."""
    seen = set[int]()
    for value in bucket:
        if value in seen and value != NO_RECORD:
            yield value
        seen.add(value)


def _repeated(values: array[int], repeated: set[int]) -> Iterator[tuple[int, int]]:
    """Yield where each repeated hash is first, and each line that repeats it, in the order of the lines."""
    first: dict[int, int] = {}
    for line, value in _lines_of(values, repeated):
        if value in first:
            yield first[value], line
        else:
            first[value] = line


def _lines_of(values: array[int], repeated: set[int]) -> Iterator[tuple[int, int]]:
    """Yield the lines that hold a repeated hash, in order."""
    return ((line, value) for line, value in enumerate(values if repeated else (), 1) if value in repeated)
