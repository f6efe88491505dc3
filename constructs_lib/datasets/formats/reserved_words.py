"""Reserved words: a fast search through many texts, and a slow one that finds where each word is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..dataset_findings import finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ...findings import Finding
    from .record_checks import Rules

_LISTED, _UNLISTED = "reserved-words", "reserved-words-unlisted"
_CONTRADICTED = "reserved-words-contradicted"


class ReservedWords:
    """The words that a model's texts must not contain.

    Three rules have words: those that make a job fail in a prompt, those that AWS's validators refuse in any
    text, and those on which its validators differ. The last rule also covers the second rule's words in upper
    and lower case: one of the validators ignores case.

    Args:
        rules: the model's.
    """

    def __init__(self, rules: Rules) -> None:
        self._listed, self._unlisted = rules.values(_LISTED), rules.values(_UNLISTED)
        any_case = {word.lower() for word in self._unlisted} if _CONTRADICTED in rules else set()
        self._spellings: dict[str, list[str]] = {}
        for word in filter(None, (*self._listed, *self._unlisted, *rules.values(_CONTRADICTED))):
            key = word.lower() if word.lower() in any_case else word
            self._spellings.setdefault(key, []).append(word)
        self._any_case = frozenset(any_case)
        self._searches = [*_searches({word: self._pattern(word) for word in self._spellings})]

    def __bool__(self) -> bool:
        return bool(self._spellings)

    def occur_in(self, text: str) -> bool:
        """Return whether any word occurs in a text, which may have megabytes."""
        return any(mark in text and search(text) for mark, search in self._searches)

    def check(
        self, text: str, path: str, *, prompt: bool = False, of_tool: bool = False
    ) -> Iterator[Finding]:
        """Yield a finding for each reserved word that occurs in one text.

        Args:
            text: the text.
            path: where it is in the record.
            prompt: whether it is a system or user prompt, for which AWS's pages list words.
            of_tool: whether it is the result of a tool, which only one of AWS's validators reads.
        """
        if not self.occur_in(text):
            return
        for key, spellings in self._spellings.items():
            found = self._found(key, text)
            if found is None:
                continue
            listed = _first(self._listed, spellings, text) if prompt else None
            unlisted = _first(self._unlisted, spellings, text)
            if of_tool:
                yield _reserved(_CONTRADICTED, text, path, found)
            elif listed:
                yield _reserved(_LISTED, text, path, listed)
            elif unlisted:
                yield _reserved(_UNLISTED, text, path, unlisted)
            else:
                yield _reserved(_CONTRADICTED, text, path, found)

    def _found(self, key: str, text: str) -> str | None:
        """Return a word as a text has it."""
        match = re.search(self._pattern(key), text)
        return match[0] if match else None

    def _pattern(self, word: str) -> str:
        """Return a pattern of a word, where case is ignored in upper and lower case of ASCII."""
        if word not in self._any_case:
            return re.escape(word)
        return "".join(f"[{one.upper()}{one}]" if one.isalpha() else re.escape(one) for one in word)


def _first(words: Sequence[str], spellings: Sequence[str], text: str) -> str | None:
    return next((word for word in words if word in spellings and word in text), None)


def _reserved(name: str, text: str, path: str, word: str) -> Finding:
    at = text.index(word)
    rule = f"must not contain the reserved word {word!r}"
    return finding(name, path, rule, text[max(0, at - 20) : at + len(word) + 20], "use other words")


def _searches(patterns: Mapping[str, str]) -> Iterator[tuple[str, Callable[[str], object]]]:
    """Yield searches that together find all words, each with a rare character that its words have.

    To look for a character in a text takes a tenth of the time of a pattern's search for it.

    Args:
        patterns: those of all words.
    """
    speakers = [word for word in patterns if word[1:].endswith(":")]
    if speakers:  # the colon is rarer than the letters before it
        behind = "|".join(f"(?<={patterns[word]})" for word in speakers)
        letters = "".join({re.escape(one) for word in speakers for one in (word[-2:-1], word[-2:-1].upper())})
        yield ":", re.compile(f":(?<=[{letters}]:)(?:{behind})").search
    others = [word for word in patterns if word not in speakers]
    for start in {word[0] for word in others}:
        mark = "" if start.isalpha() else start  # which may be in either case
        yield mark, re.compile("|".join(patterns[word] for word in others if word[0] == start)).search
