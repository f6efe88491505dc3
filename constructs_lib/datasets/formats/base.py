"""A format: a fast path that accepts valid records, and a full check that finds what is wrong with others."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from types import GenericAlias
from typing import TYPE_CHECKING, ClassVar

import msgspec

from ...findings import Described
from ..dataset_findings import finding
from ..lines import has_longer_line
from ..token_rates import sum_of
from ..tokens import ESTIMATE, Tokenizer
from .reserved_words import ReservedWords

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from ...findings import Finding
    from .record_checks import Record, Rules, Seen


class UncertainError(ValueError):
    """At least one line needs the full check."""


@dataclass(frozen=True)
class Format(ABC):
    """One documented format of training data, with one model's rules.

    The rules themselves are stated in `check`. `accept_plain` and `accept_rich` only recognize records that
    certainly keep all of them, in a tenth of the time; blank texts, reserved words and length are left to
    `fast_path`, which looks for them in many records at once. A test proves that both agree.

    Args:
        rules: the model's.
        tokenizer: tells how many tokens a text has. Default: they are estimated.
    """

    rules: Rules
    tokenizer: Tokenizer = ESTIMATE

    record: ClassVar[type[msgspec.Struct]]
    """The type of a valid record of plain text."""

    rich_marks: ClassVar[tuple[bytes, ...]] = ()
    """What a line holds that `accept_rich` may recognize and `accept_plain` will not."""

    texts_identify_record: ClassVar[bool] = True
    """Whether two records with the same texts are the same record."""

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

    def accept_plain(self, lines: bytes) -> list[tuple[str, ...]]:
        """Return the texts of every line, where all lines are valid records of plain text.

        The lines are decoded as one list. That is exact: JSON has no line end inside a string, a record that
        spans lines gets a comma, and two records on a line make too many.

        Raises:
            ValueError: at least one line is not certainly valid.
            RecursionError: a line is nested too deep.
        """
        listed = lines.replace(b"\n", b"\n,")
        records = self._decode(b"[%b]" % listed)
        if len(records) != len(listed) - len(lines) + 1:
            raise UncertainError
        return self._accept(records)

    def accept_rich(self, line: bytes) -> Seen | None:  # noqa: ARG002 - for formats that have rich records
        """Return the texts and media of a valid record that is more than plain text; None for any other.

        Raises:
            ValueError: the line is not certainly valid.
            RecursionError: the line is nested too deep.
        """
        return None

    @abstractmethod
    def check(self, record: Record, seen: Seen) -> Iterator[Finding]:
        """Yield everything that is wrong with a record.

        Args:
            record: the line, decoded.
            seen: gets the texts and media of the record.
        """

    @cached_property
    def _decode(self) -> Callable[[bytes], list[Any]]:
        decoder: msgspec.json.Decoder[list[Any]] = msgspec.json.Decoder(GenericAlias(list, self.record))
        return decoder.decode

    @abstractmethod
    def _accept(self, records: list[Any]) -> list[tuple[str, ...]]: ...
