"""Reserved words: a fast search through much text, and a slow one that says where."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from constructs_lib.datasets.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .record_checks import Rules

_LISTED, _UNLISTED = "reserved-words", "reserved-words-unlisted"


class ReservedWords:
    """The words that a model's prompts must not hold."""

    def __init__(self, rules: Rules) -> None:
        self._listed = rules.values(_LISTED)
        self._unlisted = rules.values(_UNLISTED)
        words = (*self._listed, *self._unlisted)
        self._speakers = _speakers([word for word in words if word.endswith(":")])
        self._others = tuple(word for word in words if not word.endswith(":"))
        self._marks = {word[0] for word in self._others}

    def __bool__(self) -> bool:
        return bool(self._listed or self._unlisted)

    def occur_in(self, text: str) -> bool:
        """Tell whether any word occurs in a text; made for megabytes."""
        if self._speakers is not None and self._speakers.search(text):
            return True
        for mark in self._marks:
            if mark in text:
                return any(word in text for word in self._others)
        return False

    def faults(self, text: str, path: str, *, prompt: bool) -> Iterator[Fault]:
        """Say which words occur in one text.

        Args:
            text: The text.
            path: Where it stands.
            prompt: Whether it is a system or user prompt; in answers only AWS's validators refuse the words.
        """
        if not self.occur_in(text):
            return
        for word in self._listed:
            if word in text:
                rule = _LISTED if prompt else _UNLISTED
                yield _fault(rule, text, path, word)
        for word in self._unlisted:
            if word in text:
                yield _fault(_UNLISTED, text, path, word)


def _fault(rule: str, text: str, path: str, word: str) -> Fault:
    at = text.index(word)
    must = "must" if rule == _LISTED else "should"
    what = f"{must} not hold the reserved word {word!r}"
    return Fault(rule, path, what, text[max(0, at - 20) : at + len(word) + 20], "write it in other words")


def _speakers(words: list[str]) -> re.Pattern[str] | None:
    """Search for the colon, which is rare and found by a scan of bytes, and look back from there."""
    if not words:
        return None
    behind = "|".join(f"(?<={re.escape(word)})" for word in words)
    letters = "".join(sorted({re.escape(word[-2]) for word in words}))
    return re.compile(f":(?<=[{letters}]:)(?:{behind})")
