"""Which lines are records in perfect order: nearly all of them, in a fraction of the time of a close look."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from .formats.shape import Texts

if TYPE_CHECKING:
    from .formats.base import Format

    Found = list[list[str] | None]


@dataclass(frozen=True, slots=True)
class Recognized:
    """Some lines, sorted by whether they need a close look.

    Args:
        texts: The texts of every record in order; None for every other line.
        rest: Where the other lines are.
        rich: Where the records in order are that have media.
    """

    texts: list[list[str] | None]
    rest: list[int]
    rich: list[int]

    @property
    def plain(self) -> int | None:
        """Where the first record of plain text in order is."""
        return next((at for at, one in enumerate(self.texts) if type(one) is list), None)

    @property
    def last(self) -> int | None:
        """Where the last record in order is."""
        return next((at for at in range(len(self.texts) - 1, -1, -1) if self.texts[at] is not None), None)


def recognize(form: Format, lines: list[bytes | None]) -> Recognized:
    """Find the records that surely keep every rule.

    Args:
        form: Their format, with the model's rules.
        lines: Whole lines; None for one that is too long.
    """
    mixed = False
    try:
        texts: Found = list(map(form.perfect_texts, lines))  # type: ignore[arg-type] # None makes a TypeError
    except (TypeError, ValueError, RecursionError):
        texts, mixed = [_texts(form, line) for line in lines], True
    texts = _without_words(form, _without_long(form, texts, lines))
    rest = [at for at, one in enumerate(texts) if one is None]
    rich = [at for at, one in enumerate(texts) if type(one) is Texts] if mixed else []
    return Recognized(texts, rest, rich)


def _texts(form: Format, line: bytes | None) -> list[str] | None:
    for recognizes in (form.perfect_texts, form.rich_texts) if line else ():
        try:
            texts = recognizes(line)  # type: ignore[arg-type] # None went another way
        except (ValueError, RecursionError):  # msgspec's errors and those of UTF-8 are ValueErrors
            continue
        if texts is not None:
            return texts
    return None


def _without_long(form: Format, texts: Found, lines: list[bytes | None]) -> Found:
    """Leave out records with too many characters; none has more characters than bytes."""
    most = form.most_characters
    if max(map(len, filter(None, lines)), default=0) <= most:
        return texts
    return [one if one is not None and sum(map(len, one)) <= most else None for one in texts]


def _without_words(form: Format, texts: Found) -> Found:
    """Leave out records with a reserved word; most often, one search through all texts finds none."""
    words = form.words
    if not words or not words.occur_in("\0".join(chain.from_iterable(filter(None, texts)))):
        return texts
    return [one if one is not None and not any(map(words.occur_in, one)) else None for one in texts]
