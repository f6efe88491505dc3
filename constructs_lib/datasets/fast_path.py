"""Which lines are records in perfect order: nearly all of them, in a fraction of the time of a close look."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from .formats.record_checks import Seen
from .repeats import NO_RECORD

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .formats.base import Format


@dataclass(slots=True)
class Recognized:
    """Some lines, sorted by whether they need a close look; lines are counted from 0.

    Args:
        lines: How many lines.
        hashes: Of every line; `NO_RECORD` for one without a record.
        records: How many records are in order.
        characters: Those of their texts.
        plain: The first record of plain text in order, where there is one.
        last: The last record in order, where there is one.
        rich: The records in order that are more than plain text.
        rest: The lines that need a close look; None for one that is too long.
    """

    lines: int
    hashes: Iterable[int]
    records: int = 0
    characters: int = 0
    plain: int | None = None
    last: int | None = None
    rich: list[tuple[int, Seen]] = field(default_factory=list)
    rest: list[tuple[int, bytes | None]] = field(default_factory=list)


def recognize(form: Format, piece: bytes | None) -> Recognized:
    """Find the records that surely keep every rule.

    Args:
        form: Their format, with the model's rules.
        piece: Whole lines, without the end of the last; None for one line that is too long.
    """
    if piece is None:
        return Recognized(1, [NO_RECORD], rest=[(0, None)])
    return _all(form, piece) or _each(form, piece.split(b"\n"))


def _all(form: Format, text: bytes) -> Recognized | None:
    """Take all lines at once, where every one of them is in order."""
    try:
        records = form.perfect(text)
    except (ValueError, RecursionError):  # msgspec's errors and those of UTF-8 are ValueErrors
        return None
    every = [*chain.from_iterable(records)]
    joined = "\0".join(every)
    characters = len(joined) - len(every) + 1
    if any(map(str.isspace, every)) or form.words.occur_in(joined):
        return None
    if characters > form.most_characters and any(_is_long(form, texts) for texts in records):
        return None
    hashes = map(hash, records) if form.texts_tell_apart else map(_hash, text.split(b"\n"))
    number = len(records)
    return Recognized(number, hashes, number, characters, plain=0, last=number - 1)


def _each(form: Format, lines: list[bytes]) -> Recognized:
    """Take the lines one by one."""
    hashes: list[int] = []
    found = Recognized(len(lines), hashes)
    for at, line in enumerate(lines):
        seen, told = _one(form, line)
        hashes.append(_hash(line) if told is None else told)
        if seen is None:
            found.rest.append((at, line))
            continue
        found.records, found.last = found.records + 1, at
        found.characters += sum(map(len, seen.texts))
        if seen.media:
            found.rich.append((at, seen))
        elif found.plain is None:
            found.plain = at
    return found


def _one(form: Format, line: bytes) -> tuple[Seen | None, int | None]:
    """Give what a record in order holds, and its hash where its texts tell it apart."""
    for mark in form.rich_marks:
        if mark in line:
            seen = _rich(form, line)
            if seen is not None and seen.rich:
                return seen, None
            break
    try:
        [texts] = form.perfect(line)
    except (ValueError, RecursionError):
        return _rich(form, line), None
    if not _surely_in_order(form, texts):
        return None, None
    return Seen([*texts]), hash(texts) if form.texts_tell_apart else None


def _rich(form: Format, line: bytes) -> Seen | None:
    try:
        seen = form.rich(line)
    except (ValueError, RecursionError):
        return None
    return seen if seen is not None and _surely_in_order(form, seen.texts) else None


def _surely_in_order(form: Format, texts: Iterable[str]) -> bool:
    """Tell whether a record has no blank text, no reserved word, and not too many characters."""
    texts = [*texts]
    if any(map(str.isspace, texts)) or any(map(form.words.occur_in, texts)):
        return False
    return not _is_long(form, texts)


def _is_long(form: Format, texts: Iterable[str]) -> bool:
    return sum(map(len, texts)) > form.most_characters


def _hash(line: bytes) -> int:
    return hash(line.strip())
