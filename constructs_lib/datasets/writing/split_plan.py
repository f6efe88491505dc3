"""Which records of a dataset go to which file, by the hashes of their contents.

A hash is the same on every machine and with every Python, and does not depend on the order of the lines.
Records with the same content have the same hash, and never stand on both sides. A record takes at most 25
bytes of memory.
"""

from __future__ import annotations

import json
import re
from array import array
from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ...catalog import Quantity

LEFT_OUT, TRAINING, VALIDATION = 0, 1, 2
"""Where a record goes."""

_BITS = 64
_BITS_OF_BUCKET = 8
_LAST_BUCKET = (1 << _BITS_OF_BUCKET) - 1
_SORTED_AT_ONCE = 100_000
_PERCENT = re.compile(r"([0-9]{1,2}(?:[.][0-9]{1,6})?) ?%")
_NUMBER = re.compile(r"[0-9]{1,12}")
_HALF = Fraction(1, 2)
_ENCODE = msgspec.json.Encoder(order="sorted").encode
_DECODE = msgspec.json.Decoder().decode


class ShareError(ValueError):
    """What was given is no share of a dataset."""


@dataclass(frozen=True, slots=True)
class Share:
    """The part of a dataset that is set apart for validation.

    Args:
        number: how many records. None: `part` decides.
        part: the part of all records, above 0 and below 1.
    """

    number: int | None = None
    part: Fraction = Fraction(0)

    @classmethod
    def read(cls, value: object) -> Share:
        """Return the share that a user gave.

        Args:
            value: a number of records, a text such as `10%` or `500`, or a part such as 0.1.

        Raises:
            ShareError: it is anything else.
        """
        if isinstance(value, float) and 0 < value < 1:
            return cls(part=Fraction(str(value)))
        text = str(value).strip()
        if not isinstance(value, bool | float) and _NUMBER.fullmatch(text):
            return cls(number=int(text))
        found = _PERCENT.fullmatch(text)
        if found and (part := Fraction(found[1]) / 100):
            return cls(part=part)
        raise ShareError(f"must be a percentage such as 10%, or a number of records, got {text[:60]!r}")

    def of(self, records: int) -> int:
        """Return how many records it is of a number of records; a part of at least two is at least one."""
        if self.number is not None:
            return self.number
        return max(int(self.part * records + _HALF), 1)

    def beside(self, training: int) -> int:
        """Return how many records it is if the rest is a number of records."""
        if self.number is not None:
            return self.number
        return max(int(training * self.part / (1 - self.part) + _HALF), 1)


class ContentHash:
    """The hash of a record's content.

    It is equal for records that differ only in spaces, in the order of their fields, or in what means nothing
    to a model: `schemaVersion`, and a `system` without a text.

    Args:
        seed: another seed makes another order of the records.
    """

    def __init__(self, seed: int) -> None:
        self._key = str(seed).encode()[:64]

    def of(self, line: bytes) -> int:
        """Return the hash of a valid record, in 64 bits."""
        content = _canonical(line)
        return int.from_bytes(blake2b(content, digest_size=8, key=self._key).digest(), "little")


def _canonical(line: bytes) -> bytes:
    try:
        return _ENCODE(_meaning(_DECODE(line)))
    except (ValueError, RecursionError):  # JSON that Python reads and msgspec does not, such as huge numbers
        return json.dumps(_meaning(json.loads(line)), sort_keys=True).encode()


def _meaning(record: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(record, dict):
        record.pop("schemaVersion", None)
        if not record.get("system", True):
            del record["system"]
    return record


@dataclass(slots=True)
class Contents:
    """The hashes of the records of a file, in the order of the lines.

    Args:
        hashes: one of each record.
        tokens: the tokens of each record, where a limit of tokens is asked for; else empty.
    """

    hashes: array[int] = field(default_factory=lambda: array("Q"))
    tokens: array[int] = field(default_factory=lambda: array("I"))

    def in_order(self, *, dedupe: bool) -> Iterator[int]:
        """Yield the positions of the records, in the order of their hashes, equal ones as in the file.

        Args:
            dedupe: whether to yield only the first of the records with the same content.
        """
        last = None
        for at in self._sorted(array("I", range(len(self.hashes))), _BITS):
            if not dedupe or self.hashes[at] != last:
                yield at
            last = self.hashes[at]

    def _sorted(self, positions: array[int], bits: int) -> Iterator[int]:
        """Sort positions by the last bits of their hashes; a list of all would take far more memory."""
        if len(positions) <= _SORTED_AT_ONCE:
            yield from sorted(positions, key=self.hashes.__getitem__)
        elif not bits:
            yield from positions
        else:
            bits -= _BITS_OF_BUCKET
            buckets = [array("I") for _ in range(1 << _BITS_OF_BUCKET)]
            for at in positions:
                buckets[self.hashes[at] >> bits & _LAST_BUCKET].append(at)
            del positions[:]
            for bucket in buckets:
                yield from self._sorted(bucket, bits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a user wants of a split.

    Args:
        validation: the part for validation.
        records: the most records of both files together. None: all.
        tokens: the most tokens of both files together. None: all.
        dedupe: whether to leave out records that repeat an earlier one.
    """

    validation: Share
    records: int | None = None
    tokens: int | None = None
    dedupe: bool = False


@dataclass(slots=True)
class Plan:
    """Where each record goes.

    Args:
        sides: `LEFT_OUT`, `TRAINING` or `VALIDATION` for each record, in the order of the lines.
        repeated: how many are left out because they repeat an earlier one.
        wanted: how many the validation file should have.
        cuts: the limits that made a file smaller: how many records it would have had, and how many it may
            have.
    """

    sides: bytearray
    repeated: int = 0
    wanted: int = 0
    cuts: dict[Quantity, tuple[int, int]] = field(default_factory=dict)

    def most(self, quantity: Quantity, records: int, caps: Mapping[Quantity, int]) -> int:
        """Return how many records are left by a limit, and remember it if it is exceeded."""
        cap = caps.get(quantity, records)
        if records > cap:
            self.cuts[quantity] = records, cap
        return min(records, cap)

    def count(self, side: int) -> int:
        """Return how many records go to a side."""
        return self.sides.count(side)


def plan(contents: Contents, wanted: Wanted, caps: Mapping[Quantity, int]) -> Plan:
    """Decide where each record goes.

    Args:
        contents: the records.
        wanted: what the user wants.
        caps: the most records of `training-records`, `validation-records` and `total-records`.
    """
    made = Plan(bytearray(len(contents.hashes)))
    order = _chosen(contents, wanted, made)
    share, training = wanted.validation, caps.get("training-records", len(order))
    total = made.most("total-records", len(order), caps)
    made.wanted = made.most("validation-records", share.of(total), caps)
    if made.most("training-records", total - made.wanted, caps) < total - made.wanted:
        made.wanted = min(made.wanted, share.beside(training))
    validation = _set_apart(contents.hashes, order, made)
    room = min(training, total - validation)
    for at in order:
        if room and made.sides[at] != VALIDATION:
            made.sides[at] = TRAINING
            room -= 1
    return made


def _chosen(contents: Contents, wanted: Wanted, made: Plan) -> array[int]:
    """Return the positions of the records that the user's limits leave, in the order of their hashes."""
    order, different, tokens = array("I"), 0, 0
    for at in contents.in_order(dedupe=wanted.dedupe):
        different += 1
        if wanted.tokens is not None:
            if tokens + contents.tokens[at] > wanted.tokens:
                continue  # a shorter one may still fit
            tokens += contents.tokens[at]
        if wanted.records is None or len(order) < wanted.records:
            order.append(at)
    made.repeated = len(contents.hashes) - different
    return order


def _set_apart(hashes: array[int], order: array[int], made: Plan) -> int:
    """Choose the validation data, records with the same content together; return how many they are."""
    start = chosen = 0
    while start < len(order) and chosen < made.wanted:
        end = start + 1
        while end < len(order) and hashes[order[end]] == hashes[order[start]]:
            end += 1
        if chosen + end - start <= made.wanted:
            chosen += end - start
            for at in order[start:end]:
                made.sides[at] = VALIDATION
        start = end
    return chosen
