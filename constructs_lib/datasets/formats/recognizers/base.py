"""What every recognizer does: it decodes many lines at once into the type of a valid record."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from types import GenericAlias
from typing import TYPE_CHECKING, Annotated, ClassVar, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..record_checks import Rules, Seen

Filled: TypeAlias = Annotated[str, msgspec.Meta(min_length=1)]
"""A text that is not empty."""


class UncertainError(ValueError):
    """At least one line needs the full check."""


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

    rich_marks: ClassVar[tuple[bytes, ...]] = ()
    """What a line holds that `accept_rich` may recognize and `accept_plain` will not."""

    texts_identify_record: ClassVar[bool] = True
    """Whether two records with the same texts are the same record."""

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

    @cached_property
    def _decode(self) -> Callable[[bytes], list[Any]]:
        decoder: msgspec.json.Decoder[list[Any]] = msgspec.json.Decoder(GenericAlias(list, self.record))
        return decoder.decode

    @abstractmethod
    def _accept(self, records: list[Any]) -> list[tuple[str, ...]]: ...
