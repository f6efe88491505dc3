"""How one answer of a model is scored against the answer that is right, from 0 to 1. Nothing here raises."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

from contract.evaluation import read_json
from contract.promotion import EXACT_MATCH, JSON_EQUAL, JSON_VALID, TOKEN_F1

if TYPE_CHECKING:
    from collections.abc import Callable

_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_TOKEN = re.compile(rf"[{_IDEOGRAPHS}]|[^\W_{_IDEOGRAPHS}]+")
"""A word or a number; of Chinese, Japanese and Korean, which have no spaces between words, a character."""


def score(name: str, answer: str, reference: str) -> float:
    """Return the score of an answer.

    Args:
        name: one of the scores in `contract.promotion`.
        answer: what the model has answered.
        reference: the answer that is right.
    """
    return _SCORES[name](answer, reference)


def _exact_match(answer: str, reference: str) -> float:
    """Return 1 for the same text; how its characters are composed, and white space, make no difference."""
    return float(_plain(answer) == _plain(reference))


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _token_f1(answer: str, reference: str) -> float:
    """Return the harmonic mean of precision and recall of words; case and punctuation make no difference."""
    found, expected = _tokens(answer), _tokens(reference)
    if not found or not expected:
        return _exact_match(answer, reference)
    common = sum((found & expected).values())
    return 2 * common / (found.total() + expected.total())


def _tokens(text: str) -> Counter[str]:
    return Counter(_TOKEN.findall(unicodedata.normalize("NFKC", text).casefold()))


def _json_equal(answer: str, reference: str) -> float:
    """Return 1 for the same JSON value; the order of members, white space and 1 or 1.0 make no difference."""
    try:
        return float(_is_equal(read_json(answer), read_json(reference)))
    except (ValueError, RecursionError):
        return 0.0


def _is_equal(one: object, other: object) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(
            _is_equal(value, other[name]) for name, value in one.items()
        )
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_is_equal, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def _json_valid(answer: str, _reference: str) -> float:
    """Return 1 for any JSON value."""
    try:
        read_json(answer)
    except (ValueError, RecursionError):
        return 0.0
    return 1.0


_SCORES: dict[str, Callable[[str, str], float]] = {
    EXACT_MATCH: _exact_match,
    TOKEN_F1: _token_f1,
    JSON_EQUAL: _json_equal,
    JSON_VALID: _json_valid,
}
