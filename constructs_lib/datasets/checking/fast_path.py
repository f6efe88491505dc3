"""A fast check that accepts records that are certainly valid, usually nearly all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain, compress
from operator import not_
from typing import TYPE_CHECKING

from .repeats import NO_RECORD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ..formats.base import Format
    from ..formats.recognizers.base import Recognizer
    from .known_shapes import KnownShapes, Shape

_GROUP = 16
"""Lines that are tried together where not all of a piece are valid; few broken lines then cost little."""


@dataclass(slots=True)
class Recognized:
    """Some lines, sorted by whether they need a full check; lines are counted from 0.

    Args:
        lines: how many lines.
        hashes: of every line; `NO_RECORD` for one without a record.
        records: how many records are certainly valid.
        characters: those of their texts.
        texts: their texts.
        last: the last record that is valid or known, where there is one.
        plain: the first valid record without media, where there is one.
        media: line, kind, message, block and URI of every media reference of valid records.
        known: what is wrong with records that have the faults of an earlier one, and their texts.
        rest: the lines that need a full check; None for one that is too long.
    """

    lines: int
    hashes: Iterable[int]
    records: int = 0
    characters: int = 0
    texts: list[str] = field(default_factory=list)
    last: int | None = None
    plain: int | None = None
    media: list[tuple[int, str, int, int, str]] = field(default_factory=list)
    known: list[tuple[Shape, list[str]]] = field(default_factory=list)
    rest: list[tuple[int, bytes | None]] = field(default_factory=list)

    def add(self, other: Recognized, hashes: list[int]) -> None:
        """Add the lines that follow.

        Args:
            other: what was recognized of them.
            hashes: gets their hashes.
        """
        hashes.extend(other.hashes)
        start, self.lines = self.lines, self.lines + other.lines
        self.records += other.records
        self.characters += other.characters
        self.texts += other.texts
        self.last = self.last if other.last is None else start + other.last
        if self.plain is None and other.plain is not None:
            self.plain = start + other.plain
        self.media += [
            (start + at, kind, message, block, uri) for at, kind, message, block, uri in other.media
        ]
        self.rest += [(start + at, line) for at, line in other.rest]

    def references(self) -> dict[int, list[tuple[str, str, str]]]:
        """Return kind, path and URI of valid media by line, and an empty list for the first plain record."""
        found: dict[int, list[tuple[str, str, str]]] = {} if self.plain is None else {self.plain: []}
        for at, kind, message, block, uri in self.media:
            path = f"messages[{message}].content[{block}].{kind}.source.s3Location.uri"
            found.setdefault(at, []).append((kind, path, uri))
        return found


def recognize(form: Format, line: bytes) -> Recognized:
    """Find out whether one record certainly keeps every rule.

    Args:
        form: its format, with the model's rules.
        line: the record as JSON.
    """
    return FastPath(form).one(line)


class FastPath:
    """Finds the records of a file that certainly keep every rule.

    It tries what succeeded last, which changes how fast it is, and not what it finds.

    Args:
        form: the format of the records, with the model's rules.
        shapes: those of invalid records. Default: none is known.
    """

    def __init__(self, form: Format, shapes: KnownShapes | None = None) -> None:
        self._form = form
        self._shapes = shapes
        self._recognizer = form.recognizer
        self._in_groups = False
        self._ways = (self._plain, self._rich)

    def recognize(self, piece: bytes | None) -> Iterator[Recognized]:
        """Find them in the next lines; yield what was found of all, or of one group after the other.

        Args:
            piece: whole lines, without the end of the last; None for one line that is too long.
        """
        if piece is None:
            yield Recognized(1, [NO_RECORD], rest=[(0, None)])
            return
        whole = None if self._in_groups else self._all(piece)
        if whole is not None:
            yield whole
            return
        lines = piece.split(b"\n")
        self._in_groups = False
        for start in range(0, len(lines), _GROUP):
            group = lines[start : start + _GROUP]
            whole = self._all(b"\n".join(group))
            if whole is None:
                self._in_groups = True
            yield whole or self._each(group)

    def one(self, line: bytes) -> Recognized:
        """Find out whether one record is such a record.

        Args:
            line: the record as JSON.
        """
        return self._all(line) or Recognized(1, _hashes([line]), rest=[(0, line)])

    def _each(self, lines: list[bytes]) -> Recognized:
        """Take lines one by one; some may be broken as earlier ones were."""
        hashes: list[int] = []
        found = Recognized(0, hashes)
        for line in lines:
            known = self._shapes.recall(line) if self._shapes else None
            whole = None if known else self._all(line)
            if whole is not None:
                found.add(whole, hashes)
                continue
            hashes.extend(_hashes([line]))
            if known is None:
                found.rest.append((found.lines, line))
            else:
                found.known.append(known)
                found.last = found.lines
            found.lines += 1
        return found

    def _all(self, text: bytes) -> Recognized | None:
        """Take all lines at once, where every one of them is valid."""
        if self._recognizer is None:
            return None
        first, second = self._ways
        for way in (first, second):
            try:
                found = way(self._recognizer, text)
            except (ValueError, RecursionError):  # msgspec's errors and those of UTF-8 are ValueErrors
                continue
            if found is not None:
                self._ways = (first, second) if way == first else (second, first)
                return found
        return None

    def _plain(self, recognizer: Recognizer, text: bytes) -> Recognized | None:
        records = recognizer.accept_plain(text)
        every = [*chain.from_iterable(records)]
        if not self._fit(text, records, every):
            return None
        hashes = map(hash, records) if recognizer.texts_identify_record else _hashes(text.split(b"\n"))
        number = len(records)
        return Recognized(number, hashes, number, sum(map(len, every)), every, last=number - 1, plain=0)

    def _rich(self, recognizer: Recognizer, text: bytes) -> Recognized | None:
        found = recognizer.accept_rich(text)
        every = [] if found is None else [*chain.from_iterable(found.texts)]
        if found is None or not self._fit(text, found.texts, every):
            return None
        number = len(found.texts)
        hashes = [*_hashes(text.split(b"\n"))]
        for at in compress(range(number), map(not_, found.rich)):
            hashes[at] = hash(found.texts[at])  # as where a record is among plain ones
        characters = sum(map(len, every))
        return Recognized(number, hashes, number, characters, every, number - 1, found.plain, found.media)

    def _fit(self, lines: bytes, records: Sequence[Sequence[str]], every: Sequence[str]) -> bool:
        """Return whether no text is blank, has a reserved word, or makes a record too long."""
        joined = "\0".join(every)  # one search through all texts is far faster than one through each
        if any(map(str.isspace, every)) or self._form.words.occur_in(joined):
            return False
        return not self._form.any_too_long(lines, records)


def _hashes(lines: Iterable[bytes]) -> Iterator[int]:
    return map(hash, map(bytes.strip, lines))
