"""The tokens of a dataset: estimated from a sample of its texts, or counted with a given tokenizer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from ...catalog.model import PLANNING_FIGURE
from .token_rates import DENSEST_BYTE, Tokens, estimated_tokens, most_likely_tokens, sum_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ...catalog import CharactersPerToken, Dataset

    CountTokens: TypeAlias = Callable[[str], int]

OF_A_MESSAGE = 6
"""Tokens that a chat template adds to each text, at most: the role, and what begins and ends a message."""

_BYTES_OF_A_CHARACTER = 4
_UNIT = 1 << 16
_WHOLE_UNITS = 2
_MOST_UNITS = 32
_SLICES, _SLICE = 32, 64


@dataclass(frozen=True, slots=True)
class Tokenizer:
    """Tells how many tokens a text has.

    Args:
        count: counts the tokens of a text. Default: they are estimated.
        figure: the characters of a token that the catalogue has for the model itself. Default: the likely
            number is estimated by the scripts of the text.
    """

    count: CountTokens | None = None
    figure: CharactersPerToken | None = None

    @classmethod
    def of(cls, dataset: Dataset, count: CountTokens | None = None) -> Tokenizer:
        """Return the tokenizer for a model's data.

        Args:
            dataset: what is documented of the data.
            count: counts the tokens of a text. Default: they are estimated.
        """
        own = dataset.characters_per_token
        return cls(count, None if own == PLANNING_FIGURE else own)

    def tokens(self, text: str) -> Tokens:
        """Return the tokens of a text.

        Args:
            text: any text.
        """
        if self.count is not None:
            counted = self.count(text)
            return Tokens(counted, counted, counted)
        found = estimated_tokens(text)
        if self.figure is None:
            return found
        likely = len(text) / self.figure.value
        return Tokens(min(found.least, likely), likely, max(found.most, likely))

    def exceeds(self, most: float, texts: Sequence[str]) -> bool:
        """Return whether texts have more tokens than a limit, as likely as not.

        Args:
            most: the limit, in tokens.
            texts: the texts of a record.
        """
        if sum(map(len, texts)) <= self.sure_characters(most):
            return False  # nearly always; few records need more
        if self.count is None and self.figure is None and sum(map(most_likely_tokens, texts)) <= most:
            return False
        return sum(self.tokens(text).likely for text in texts) > most

    def sure_bytes(self, most: float) -> float:
        """Return the bytes that a text can have in UTF-8 and is certainly within a limit.

        Args:
            most: the limit, in tokens.
        """
        if self.count is not None:
            return most  # no tokenizer makes a token of less than a byte
        return most / DENSEST_BYTE if self.figure is None else most * self.figure.value

    def sure_characters(self, most: float) -> float:
        """Return the characters that a text can have and is certainly within a limit.

        Args:
            most: the limit, in tokens.
        """
        return self.sure_bytes(most) / _BYTES_OF_A_CHARACTER


ESTIMATE = Tokenizer()
"""Estimates by the scripts of a text."""


@dataclass(slots=True)
class TokenCounter:
    """Adds up the tokens of a file's texts.

    A tokenizer counts every text. An estimate is made from a sample: all texts of a small file; of a large
    one, slices of units that are spread over it evenly. It is the same in every run.

    Args:
        tokenizer: how tokens are counted.
    """

    tokenizer: Tokenizer
    characters: int = 0
    _texts: list[str] = field(default_factory=list)
    _open: int = 0
    _closed: int = 0
    _every: int = 1
    _sample: list[tuple[int, Tokens]] = field(default_factory=list)

    def add(self, texts: Sequence[str], characters: int) -> None:
        """Add texts.

        Args:
            texts: the texts of some records.
            characters: how many characters they have.
        """
        self._texts.extend(texts)
        self._open += characters
        if self._open >= _UNIT:
            self._close()

    def total(self) -> Tokens:
        """Return the tokens of all texts; the upper bound has what a chat template adds."""
        self._close()
        sampled = sum(characters for characters, _ in self._sample)
        found = sum_of(tokens for _, tokens in self._sample)
        return (found.times(self.characters / sampled) if sampled else found).whole()

    def _close(self) -> None:
        """End a unit of texts, and keep its tokens where it belongs to the sample."""
        texts, characters = self._texts, self._open
        if not texts:
            return
        if not self._closed % self._every:
            found = self._counted(texts) if self.tokenizer.count else self._estimated("".join(texts))
            messages = len(texts) - texts.count("")
            added = Tokens(found.least, found.likely, found.most + messages * OF_A_MESSAGE)
            self._sample.append((characters, added))
        if len(self._sample) > _MOST_UNITS:
            self._thin_out()
        self.characters += characters
        self._closed, self._texts, self._open = self._closed + 1, [], 0

    def _thin_out(self) -> None:
        if self.tokenizer.count:  # nothing may be left out: what was counted becomes one unit
            counted = sum_of(tokens for _, tokens in self._sample)
            self._sample = [(sum(characters for characters, _ in self._sample), counted)]
        else:
            self._sample = self._sample[::2]
            self._every *= 2

    def _counted(self, texts: Sequence[str]) -> Tokens:
        return sum_of(self.tokenizer.tokens(text) for text in texts if text)

    def _estimated(self, text: str) -> Tokens:
        """Estimate the tokens of a unit: the first ones whole, of the others some slices."""
        if self._closed < _WHOLE_UNITS:
            return self.tokenizer.tokens(text)
        step = max(len(text) // _SLICES, _SLICE)
        part = "".join([text[at : at + _SLICE] for at in range(0, len(text), step)])
        return self.tokenizer.tokens(part).times(len(text) / len(part))
