"""Reserved words: a fast search through many texts, and a slow one that finds where each word is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..dataset_findings import finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...findings import Finding
    from .record_checks import Rules

_LISTED, _UNLISTED = "reserved-words", "reserved-words-unlisted"


class ReservedWords:
    """The words that a model's prompts must not contain."""

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
        """Return whether any word occurs in a text, which may have megabytes."""
        if self._speakers is not None and self._speakers.search(text):
            return True
        for mark in self._marks:
            if mark in text:
                return any(word in text for word in self._others)
        return False

    def check(self, text: str, path: str, *, prompt: bool) -> Iterator[Finding]:
        """Yield a finding for each reserved word that occurs in one text.

        Args:
            text: the text.
            path: where it is in the record.
            prompt: whether it is a system or user prompt; in answers only AWS's validators reject the words.
        """
        if not self.occur_in(text):
            return
        for word in self._listed:
            if word in text:
                name = _LISTED if prompt else _UNLISTED
                yield _reserved(name, text, path, word)
        for word in self._unlisted:
            if word in text:
                yield _reserved(_UNLISTED, text, path, word)


def _reserved(name: str, text: str, path: str, word: str) -> Finding:
    at = text.index(word)
    rule = f"must not contain the reserved word {word!r}"
    return finding(name, path, rule, text[max(0, at - 20) : at + len(word) + 20], "use other words")


def _speakers(words: list[str]) -> re.Pattern[str] | None:
    """Return a pattern that searches for the colon, which is rare, and looks back from there."""
    if not words:
        return None
    behind = "|".join(f"(?<={re.escape(word)})" for word in words)
    letters = "".join(sorted({re.escape(word[-2]) for word in words}))
    return re.compile(f":(?<=[{letters}]:)(?:{behind})")
