"""What gets the lines of a dataset while it is checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ...findings import Finding
    from ..formats.base import Format


class RecordConsumer(Protocol):
    """Gets the lines of a dataset while it is checked.

    A record is valid if it has no error of its own; what it has to do with other records is not considered.
    """

    is_complete: bool
    """Whether all of the dataset was read."""

    def broken(self, file: str, number: int, line: bytes | None, found: Sequence[Finding]) -> None:
        """Take a record with errors.

        Args:
            file: the file that has it.
            number: its line, from 1.
            line: the record; None if it is too long to be read.
            found: its first findings.
        """

    def piece(self, form: Format, piece: bytes | None, not_valid: Collection[int]) -> None:
        """Take some lines, after those of them that are broken.

        Args:
            form: the format of the records.
            piece: whole lines, without the end of the last; None for one that is too long to be read.
            not_valid: which lines are no valid records, counted from 0.
        """
