"""How many tokens a text has, by estimate: the characters of each script, times a rate.

The rates were fitted to the counts of six public tokenizers (cl100k, o200k, Claude 2, Llama 3, Tekken and
DeepSeek) on texts in a hundred languages, on code, on JSON and on numbers. `least` and `most` are the rates
of the tokenizers that need the fewest and the most tokens for a script; they are far apart where some
tokenizers have hardly learned it. `tests/unit/datasets/token_counts` shows that both hold on other texts.
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Tokens:
    """A number of tokens, by estimate.

    Args:
        least: the lower bound.
        likely: the most likely number.
        most: the upper bound.
    """

    least: float
    likely: float
    most: float

    def times(self, factor: float) -> Tokens:
        """Return all three, multiplied."""
        return Tokens(self.least * factor, self.likely * factor, self.most * factor)

    def whole(self) -> Tokens:
        """Return all three, rounded up."""
        least, likely, most = (ceil(round(one, 6)) for one in (self.least, self.likely, self.most))
        return Tokens(least, likely, most)


def sum_of(tokens: Iterable[Tokens]) -> Tokens:
    """Return the sums of all three."""
    found = [*tokens]
    return Tokens(
        sum(one.least for one in found), sum(one.likely for one in found), sum(one.most for one in found)
    )


@dataclass(frozen=True, slots=True)
class _Script:
    """Characters with the same first byte in UTF-8, or the same first two bytes.

    Args:
        rate: tokens for each character; the spaces between words are part of it.
        starts: the first bytes, one for each of their values.
        pairs: pairs of first bytes, where one byte is shared with other scripts.
    """

    rate: Tokens
    starts: bytes = b""
    pairs: tuple[bytes, ...] = ()


_LOWER, _UPPER = string.ascii_lowercase.encode(), string.ascii_uppercase.encode()
_DIGITS, _SPACES = string.digits.encode(), string.whitespace.encode()
_ASCII, _WIDE, _CONTINUATIONS = bytes(range(0x80)), bytes(range(0x80, 0x100)), bytes(range(0x80, 0xC0))

_ENGLISH_WORDS = (b" the ", b" of ", b" and ", b" to ")
_ENGLISH_LETTERS = 40
"""A text is taken for English prose as far as there is one of these words for every so many letters."""

_ENGLISH = Tokens(0.22, 0.26, 0.29)
_OTHER_LETTERS = Tokens(0.22, 0.28, 0.52)
_CAPITALS = Tokens(0.22, 0.40, 0.95)
_NUMBERS = Tokens(0.33, 0.75, 1.30)
_PUNCTUATION = Tokens(0.30, 0.50, 0.75)
_LINE_ENDS = Tokens(0.0, 0.35, 0.40)

_SCRIPTS = (
    _Script(Tokens(0.60, 1.70, 2.20), bytes(range(0xC2, 0xCC))),  # Latin letters with accents
    _Script(Tokens(0.40, 0.63, 1.40), b"\xcd\xce\xcf"),  # Greek
    _Script(Tokens(0.25, 0.47, 1.00), b"\xd0\xd1\xd2\xd3"),  # Cyrillic
    _Script(Tokens(0.28, 0.97, 2.55), b"\xd4\xd5"),  # Armenian
    _Script(Tokens(0.40, 0.78, 1.30), b"\xd6\xd7"),  # Hebrew
    _Script(Tokens(0.30, 0.57, 1.60), b"\xd8\xd9\xda\xdb"),  # Arabic
    _Script(Tokens(0.50, 1.50, 2.20), b"\xcc\xdc\xdd\xde\xdf"),  # other scripts of two bytes
    _Script(Tokens(0.50, 0.89, 1.45), b"\xe4\xe5\xe6\xe7\xe8\xe9"),  # Chinese characters
    _Script(Tokens(0.60, 0.96, 1.60), b"\xeb\xec\xed"),  # Korean syllables
    _Script(Tokens(0.50, 1.30, 3.00), b"\xee\xef"),  # full-width and private characters
    _Script(Tokens(1.50, 2.70, 4.00), b"\xf0\xf1\xf2\xf3\xf4"),  # emoji and rare characters
)
_MIXED = (  # scripts that share their first byte; the last one of each is what is left
    (
        0xE0,
        _Script(Tokens(0.30, 0.70, 1.45), pairs=(b"\xe0\xa4", b"\xe0\xa5")),  # Devanagari
        _Script(Tokens(0.33, 0.65, 1.90), pairs=(b"\xe0\xb8", b"\xe0\xb9")),  # Thai
        _Script(Tokens(0.32, 1.10, 3.35)),  # the other scripts of India and its neighbours
    ),
    (
        0xE1,
        _Script(
            Tokens(0.50, 0.90, 2.30), pairs=(b"\xe1\xb8", b"\xe1\xb9", b"\xe1\xba", b"\xe1\xbb")
        ),  # Vietnamese
        _Script(Tokens(0.28, 1.15, 3.25)),  # Georgian, Ethiopic, Burmese, Khmer
    ),
    (
        0xE2,
        _Script(Tokens(0.30, 0.90, 1.20), pairs=(b"\xe2\x80",)),  # dashes, quotation marks, ellipses
        _Script(Tokens(0.70, 2.00, 3.00)),  # symbols, arrows, mathematics
    ),
    (
        0xE3,
        _Script(Tokens(0.55, 0.83, 1.15), pairs=(b"\xe3\x80", b"\xe3\x81", b"\xe3\x82", b"\xe3\x83")),  # kana
        _Script(Tokens(0.60, 1.30, 3.00)),  # rare Chinese characters
    ),
    (
        0xEA,
        _Script(Tokens(0.60, 0.96, 1.60), pairs=tuple(bytes([0xEA, second]) for second in range(0xB0, 0xC0))),
        _Script(Tokens(0.50, 1.80, 3.40)),  # Yi, Vai, Javanese, Cherokee
    ),
)

_TWO_BYTES = max(script.rate.likely for script in _SCRIPTS if script.starts < b"\xe0")
_DENSEST = max(script.rate.likely for script in _SCRIPTS)

DENSEST_BYTE = max(_NUMBERS.likely, _TWO_BYTES / 2)
"""The likely tokens of a text for each of its bytes in UTF-8, at most; longer characters have fewer."""


def most_likely_tokens(text: str) -> float:
    """Return a number that the likely tokens of a text do not exceed, ten times as fast as their estimate.

    Args:
        text: any text.
    """
    if text.isascii():
        return len(text) * _NUMBERS.likely
    more = len(text.encode("utf-8", "surrogatepass")) - len(
        text
    )  # at least one byte for each other character
    return min(len(text) * _DENSEST, len(text) * _NUMBERS.likely + more * _TWO_BYTES)


def estimated_tokens(text: str) -> Tokens:
    """Return the tokens of a text, by the scripts of its characters.

    Args:
        text: any text, or many of them joined.
    """
    raw = text.encode("utf-8", "surrogatepass")
    plain, wide = (raw, b"") if text.isascii() else (raw.translate(None, _WIDE), raw.translate(None, _ASCII))
    rest, lower = _without(plain, _LOWER)
    rest, upper = _without(rest, _UPPER)
    rest, digits = _without(rest, _DIGITS)
    rest, _ = _without(rest, _SPACES)
    english = lower * _english_share(raw, lower + upper)
    counted = [
        (english, _ENGLISH),
        (lower - english, _OTHER_LETTERS),
        (upper, _CAPITALS),
        (digits, _NUMBERS),
        (len(rest), _PUNCTUATION),
        (plain.count(b"\n"), _LINE_ENDS),
    ]
    if wide:
        counted += _wide(wide)
    present = [(count, rate) for count, rate in counted if count]
    return Tokens(
        sum([count * rate.least for count, rate in present]),
        sum([count * rate.likely for count, rate in present]),
        sum([count * rate.most for count, rate in present]),
    )


def _without(raw: bytes, characters: bytes) -> tuple[bytes, int]:
    """Return the bytes without some of them, and how many were left out: the fastest way to count a class."""
    rest = raw.translate(None, characters)
    return rest, len(raw) - len(rest)


def _english_share(raw: bytes, letters: int) -> float:
    """Return how much of the words is English, from 0 to 1: English has the longest tokens."""
    words = sum(map(raw.count, _ENGLISH_WORDS))
    return min(1.0, words * _ENGLISH_LETTERS / letters) if letters else 0.0


def _wide(wide: bytes) -> list[tuple[float, Tokens]]:
    """Count the characters of each script.

    Args:
        wide: the UTF-8 of characters that are not ASCII.
    """
    starts = wide.translate(None, _CONTINUATIONS)
    counted: list[tuple[float, Tokens]] = [
        (len(starts) - len(starts.translate(None, script.starts)), script.rate) for script in _SCRIPTS
    ]
    for start, *scripts, others in _MIXED:
        left = starts.count(start)
        for script in scripts if left else ():
            count = sum(map(wide.count, script.pairs))
            counted.append((count, script.rate))
            left -= count
        counted.append((left, others.rate))
    return counted
