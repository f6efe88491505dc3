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
from .reserved_words import ReservedWords

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
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
    """

    rules: Rules

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
