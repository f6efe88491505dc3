"""A fast check that accepts records that are certainly valid, usually nearly all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from .formats.record_checks import Seen
from .repeats import NO_RECORD

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .formats.base import Format
    from .formats.recognizers.base import Recognizer


@dataclass(slots=True)
class Recognized:
    """Some lines, sorted by whether they need a full check; lines are counted from 0.

    Args:
        lines: how many lines.
        hashes: of every line; `NO_RECORD` for one without a record.
        records: how many records are certainly valid.
        characters: those of their texts.
        texts: their texts.
        last: the last valid record, where there is one.
        rest: what is left to check, in the order of the lines: of valid records, the first one of plain text
            and those with images or videos; the lines that need a full check, None for one that is too long.
    """

    lines: int
    hashes: Iterable[int]
    records: int = 0
    characters: int = 0
    texts: list[str] = field(default_factory=list)
    last: int | None = None
    rest: list[tuple[int, Seen | bytes | None]] = field(default_factory=list)


def recognize(form: Format, piece: bytes | None) -> Recognized:
    """Find the records that certainly keep every rule.

    Args:
        form: their format, with the model's rules.
        piece: whole lines, without the end of the last; None for one line that is too long.
    """
    if piece is None:
        return Recognized(1, [NO_RECORD], rest=[(0, None)])
    return _all(form, piece) or _each(form, piece.split(b"\n"))


def _all(form: Format, text: bytes) -> Recognized | None:
    """Take all lines at once, where every one of them is valid."""
    recognizer = form.recognizer
    if recognizer is None:
        return None
    try:
        records = recognizer.accept_plain(text)
    except (ValueError, RecursionError):  # msgspec's errors and those of UTF-8 are ValueErrors
        return None
    every = [*chain.from_iterable(records)]
    joined = "\0".join(every)  # one search through all texts is far faster than one through each
    characters = len(joined) - len(every) + 1
    if any(map(str.isspace, every)) or form.words.occur_in(joined):
        return None
    if form.any_too_long(text, records):
        return None
    hashes = map(hash, records) if recognizer.texts_identify_record else map(_hash, text.split(b"\n"))
    number = len(records)
    return Recognized(number, hashes, number, characters, every, last=number - 1, rest=[(0, Seen())])


def _each(form: Format, lines: list[bytes]) -> Recognized:
    """Take the lines one by one."""
    hashes: list[int] = []
    found, plain = Recognized(len(lines), hashes), False
    for at, line in enumerate(lines):
        seen, texts_hash = _one(form, line)
        hashes.append(_hash(line) if texts_hash is None else texts_hash)
        if seen is None:
            found.rest.append((at, line))
            continue
        found.records, found.last = found.records + 1, at
        found.characters += sum(map(len, seen.texts))
        found.texts += seen.texts
        if seen.media or not plain:
            plain = plain or not seen.media
            found.rest.append((at, seen))
    return found


def _one(form: Format, line: bytes) -> tuple[Seen | None, int | None]:
    """Return what a valid record holds, and its hash where its texts tell it apart."""
    recognizer = form.recognizer
    if recognizer is None:
        return None, None
    for mark in recognizer.rich_marks:
        if mark in line:
            seen = _rich(form, recognizer, line)
            if seen is not None and seen.rich:
                return seen, None
            break
    try:
        [texts] = recognizer.accept_plain(line)
    except (ValueError, RecursionError):
        return _rich(form, recognizer, line), None
    if not _has_valid_texts(form, texts):
        return None, None
    return Seen([*texts]), hash(texts) if recognizer.texts_identify_record else None


def _rich(form: Format, recognizer: Recognizer, line: bytes) -> Seen | None:
    try:
        seen = recognizer.accept_rich(line)
    except (ValueError, RecursionError):
        return None
    return seen if seen is not None and _has_valid_texts(form, seen.texts) else None


def _has_valid_texts(form: Format, texts: Iterable[str]) -> bool:
    """Return whether a record has no blank text, no reserved word, and not too many characters."""
    texts = [*texts]
    if any(map(str.isspace, texts)) or any(map(form.words.occur_in, texts)):
        return False
    return not form.is_too_long(texts)


def _hash(line: bytes) -> int:
    return hash(line.strip())
