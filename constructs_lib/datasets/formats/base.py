"""A format: a full check that finds what is wrong with a record, and a recognizer of valid ones."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from ...findings import Described
from ..dataset_findings import finding
from ..reading.lines import has_longer_line
from ..tokens.token_counter import ESTIMATE, Tokenizer
from ..tokens.token_rates import sum_of
from .reserved_words import ReservedWords

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
        tokenizer: tells how many tokens a text has. Default: they are estimated.
    """

    rules: Rules
    tokenizer: Tokenizer = ESTIMATE

    checks_each_alone: ClassVar[bool] = True
    """Whether what `check` finds in a record depends on no other record."""

    @cached_property
    def recognizer(self) -> Recognizer | None:
        """What accepts valid records without the full check. Default: none does."""
        return None

    @cached_property
    def words(self) -> ReservedWords:
        """The words that prompts must not contain."""
        return ReservedWords(self.rules)

    @cached_property
    def most_tokens(self) -> float:
        """The tokens of the longest record that keeps the model's limit."""
        return self.rules.most("tokens-per-record")

    def any_too_long(self, lines: bytes, records: Sequence[Sequence[str]]) -> bool:
        """Return whether a record has more tokens than the model's limit; of short lines, this is fast.

        Args:
            lines: the records.
            records: the texts of each of them.
        """
        return has_longer_line(lines, self._sure_bytes) and any(map(self.is_too_long, records))

    @cached_property
    def _sure_bytes(self) -> float:
        return self.tokenizer.sure_bytes(self.most_tokens)

    def is_too_long(self, texts: Sequence[str]) -> bool:
        """Return whether a record has more tokens than the model's limit.

        Args:
            texts: those of the record.
        """
        return self.tokenizer.exceeds(self.most_tokens, texts)

    def too_long(self, texts: Sequence[str]) -> Finding:
        """Return the finding about a record with more tokens than the model's limit.

        Args:
            texts: those of the record.
        """
        return self.too_many_tokens("tokens-per-record", "", self.most_tokens, texts)

    def too_many_tokens(self, rule: str, path: str, most: float, texts: Sequence[str]) -> Finding:
        """Return the finding about texts with more tokens than a limit.

        Args:
            rule: its name in `DATASET_RULES`.
            path: where the texts are in the record.
            most: the limit.
            texts: the texts.
        """
        found = sum_of(map(self.tokenizer.tokens, texts))
        got, fix = (
            f"about {found.likely:,.0f} tokens",
            "shorten it" if path else "shorten or split the record",
        )
        if self.tokenizer.count is None:
            got += f" by an estimate ({found.least:,.0f} to {found.most:,.0f})"
        return finding(rule, path, f"should have at most {most:,.0f} tokens", Described(got), fix)

    def may_be_too_long(self, texts: Sequence[str]) -> bool:
        """Return whether a limit of tokens may be exceeded: that of a record, or of one of its texts.

        Args:
            texts: those of a record.
        """
        return sum(map(len, texts)) > self._sure_characters

    @cached_property
    def _sure_characters(self) -> float:
        return self.tokenizer.sure_characters(self._fewest_tokens)

    @property
    def _fewest_tokens(self) -> float:
        """The lowest of the limits of tokens."""
        return self.most_tokens

    @abstractmethod
    def check(self, record: Record, seen: Seen) -> Iterator[Finding]:
        """Yield everything that is wrong with a record.

        Args:
            record: the line, decoded.
            seen: gets the texts and media of the record.
        """
