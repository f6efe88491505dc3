"""What every recognizer does: it decodes many lines at once into the type of a valid record."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from types import GenericAlias
from typing import TYPE_CHECKING, Annotated, ClassVar, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..record_checks import Rules

Filled: TypeAlias = Annotated[str, msgspec.Meta(min_length=1)]
"""A text that is not empty."""


class UncertainError(ValueError):
    """At least one line needs the full check."""


@dataclass(slots=True)
class RichRecords:
    """Valid records of which at least one is more than plain text.

    Args:
        texts: those of each record, as `accept_plain` returns them where it is plain.
        rich: whether each record is more than one plain text for each message.
        media: record, kind, message, block and URI of every media reference.
        plain: the first record without media. Default: all have some.
    """

    texts: list[tuple[str, ...]] = field(default_factory=list)
    rich: list[bool] = field(default_factory=list)
    media: list[tuple[int, str, int, int, str]] = field(default_factory=list)
    plain: int | None = None


def decoded(decode: Callable[[bytes], list[Any]], lines: bytes) -> list[Any]:
    """Decode lines as one list.

    That is exact: JSON has no line end inside a string, a record that spans lines gets a comma, and two
    records on a line make too many.

    Args:
        decode: decodes a list of records.
        lines: whole lines, without the end of the last.

    Raises:
        ValueError: at least one line does not hold one record of the type.
    """
    listed = lines.replace(b"\n", b"\n,")
    records = decode(b"[%b]" % listed)
    if len(records) != len(listed) - len(lines) + 1:
        raise UncertainError
    return records


@dataclass(frozen=True)
class Recognizer(ABC):
    """Recognizes records that certainly keep every rule of a format.

    The rules themselves are stated in `Format.check`; blank texts, reserved words and length are left to
    `fast_path`, which looks for them in many records at once. A test proves that both agree.

    Args:
        rules: the model's.
    """

    rules: Rules

    record: ClassVar[type[msgspec.Struct]]
    """The type of a valid record of plain text."""

    texts_identify_record: ClassVar[bool] = True
    """Whether two records with the same texts are the same record."""

    def accept_plain(self, lines: bytes) -> list[tuple[str, ...]]:
        """Return the texts of every line, where all lines are valid records of plain text.

        Raises:
            ValueError: at least one line is not certainly valid.
            RecursionError: a line is nested too deep.
        """
        return self._accept(decoded(self._decode, lines))

    def accept_rich(self, lines: bytes) -> RichRecords | None:  # noqa: ARG002 - for others
        """Return what every line holds, where all are valid; None for a format without rich records.

        Raises:
            ValueError: at least one line is not certainly valid.
            RecursionError: a line is nested too deep.
        """
        return None

    @cached_property
    def _decode(self) -> Callable[[bytes], list[Any]]:
        decoder: msgspec.json.Decoder[list[Any]] = msgspec.json.Decoder(GenericAlias(list, self.record))
        return decoder.decode

    @abstractmethod
    def _accept(self, records: list[Any]) -> list[tuple[str, ...]]: ...
