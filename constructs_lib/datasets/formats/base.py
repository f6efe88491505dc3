"""A format: a full check that finds what is wrong with a record, and a recognizer of valid ones."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ...findings import Described
from ..dataset_findings import finding
from .reserved_words import ReservedWords

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...findings import Finding
    from .recognizers.base import Recognizer
    from .record_checks import Record, Rules, Seen


@dataclass(frozen=True)
class Format(ABC):
    """One documented format of training data, with one model's rules.

    The rules themselves are stated in `check`; the recognizer only accepts records that certainly keep all of
    them, in a tenth of the time.

    Args:
        rules: the model's.
    """

    rules: Rules

    @cached_property
    def recognizer(self) -> Recognizer | None:
        """What accepts valid records without the full check. Default: none does."""
        return None

    @cached_property
    def words(self) -> ReservedWords:
        """The words that prompts must not contain."""
        return ReservedWords(self.rules)

    @cached_property
    def most_characters(self) -> float:
        """The characters of the longest record that keeps the model's limit of tokens, by the estimate."""
        return self.rules.most("tokens-per-record") * self.rules.dataset.characters_per_token.value

    def too_long(self, characters: int) -> Finding:
        """Return the finding about a record with more characters than `most_characters`."""
        each = self.rules.dataset.characters_per_token.value
        most = f"{self.most_characters / each:,.0f} tokens, estimated at {each:g} characters each"
        got = Described(f"about {characters / each:,.0f} tokens")
        return finding(
            "tokens-per-record", "", f"should have at most {most}", got, "shorten or split the record"
        )

    @abstractmethod
    def check(self, record: Record, seen: Seen) -> Iterator[Finding]:
        """Yield everything that is wrong with a record.

        Args:
            record: the line, decoded.
            seen: gets the texts and media of the record.
        """
