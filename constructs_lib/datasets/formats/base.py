"""What a format is: a fast way to accept a perfect record, a slow one to say what is wrong with another."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, TypeAlias

import msgspec

from constructs_lib.datasets.faults import Fault

from .words import ReservedWords

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from .shape import Record, Rules, Seen, Texts

Decode: TypeAlias = "Callable[[bytes], Any]"
PerfectTexts: TypeAlias = "Callable[[bytes], list[str] | None]"


@dataclass(frozen=True)
class Format(ABC):
    """One documented format of training data, with one model's rules.

    The rules themselves are stated in `faults`. `perfect_texts` only recognizes records that surely keep all
    of them, because that takes a tenth of the time; a test holds the two together.

    Args:
        rules: The model's.
    """

    rules: Rules
    perfect: ClassVar[type[msgspec.Struct]]
    """The type of a record that is in perfect order."""

    @cached_property
    def words(self) -> ReservedWords:
        """The words that prompts must not hold."""
        return ReservedWords(self.rules)

    @cached_property
    def most_characters(self) -> float:
        """The characters of the longest record that keeps the model's limit of tokens, by the estimate."""
        return self.rules.most("tokens-per-record") * self.rules.dataset.characters_per_token.value

    def too_long(self, characters: int) -> Fault:
        """Say that a record has more characters than `most_characters`."""
        each = self.rules.dataset.characters_per_token.value
        most = f"{self.most_characters / each:,.0f} tokens, reckoned at {each:g} characters each"
        what = f"should have at most {most}"
        got = f"about {characters / each:,.0f} tokens"
        return Fault("tokens-per-record", "", what, got, "shorten or split the record")

    @cached_property
    def perfect_texts(self) -> PerfectTexts:
        """Give the texts of a line that keeps every rule; give None or raise a ValueError for any other."""
        return self._perfect_texts(msgspec.json.Decoder(self.perfect).decode)

    def rich_texts(self, line: bytes) -> Texts | None:  # noqa: ARG002 # for formats with media
        """Give the texts and media of a line in order; give None or raise a ValueError for any other."""
        return None

    def faults(self, record: Record, seen: Seen) -> Iterator[Fault]:
        """Say everything that is wrong with a record.

        Args:
            record: The line, decoded.
            seen: Gets the texts and media of the record.
        """
        return self._faults(record, seen)

    @abstractmethod
    def _perfect_texts(self, decode: Decode) -> PerfectTexts: ...

    @abstractmethod
    def _faults(self, record: Record, seen: Seen) -> Iterator[Fault]: ...
