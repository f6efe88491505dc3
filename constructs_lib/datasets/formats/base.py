"""What a format is: a fast way to accept a perfect record, a slow one to say what is wrong with another."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import msgspec

from constructs_lib.datasets.faults import Fault, Shown

from .reserved_words import ReservedWords

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from .record_checks import Record, Rules, Seen


class NotPerfectError(ValueError):
    """Among some lines is one that needs a closer look."""


@dataclass(frozen=True)
class Format(ABC):
    """One documented format of training data, with one model's rules.

    The rules themselves are stated in `faults`. `perfect` and `rich` only recognize records that surely keep
    all of them, in a tenth of the time; blank texts, reserved words and length are left to `recognize`, which
    looks for them in many records at once. A test holds the two ways together.

    Args:
        rules: The model's.
    """

    rules: Rules

    record: ClassVar[type[msgspec.Struct]]
    """The type of a record that is in perfect order."""

    rich_marks: ClassVar[tuple[bytes, ...]] = ()
    """What a line holds that `rich` may recognize and `perfect` will not."""

    texts_tell_apart: ClassVar[bool] = True
    """Whether two records with the same texts are the same record."""

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
        got = Shown(f"about {characters / each:,.0f} tokens")
        return Fault("tokens-per-record", "", what, got, "shorten or split the record")

    def perfect(self, lines: bytes) -> list[tuple[str, ...]]:
        """Give the texts of every line, where all lines keep the rules.

        The lines are decoded as one list. That is exact: a line end inside a string is no JSON, a record that
        spans lines gets a comma, and two records on a line make too many.

        Raises:
            ValueError: At least one line is not surely in order.
            RecursionError: A line is nested too deep.
        """
        listed = lines.replace(b"\n", b"\n,")
        records = self._decode(b"[%b]" % listed)
        if len(records) != len(listed) - len(lines) + 1:
            raise NotPerfectError
        return self._texts(records)

    def rich(self, line: bytes) -> Seen | None:  # noqa: ARG002 # for formats that have rich records
        """Give the texts and media of a record in order that is more than plain text; None for any other.

        Raises:
            ValueError: The line is not surely in order.
            RecursionError: The line is nested too deep.
        """
        return None

    def faults(self, record: Record, seen: Seen) -> Iterator[Fault]:
        """Say everything that is wrong with a record.

        Args:
            record: The line, decoded.
            seen: Gets the texts and media of the record.
        """
        return self._faults(record, seen)

    @cached_property
    def _decode(self) -> Callable[[bytes], list[Any]]:
        return msgspec.json.Decoder(list[self.record]).decode  # type: ignore[name-defined] # known at run time

    @abstractmethod
    def _texts(self, records: list[Any]) -> list[tuple[str, ...]]: ...

    @abstractmethod
    def _faults(self, record: Record, seen: Seen) -> Iterator[Fault]: ...
