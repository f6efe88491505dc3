"""The two passes over a dataset that is split: the first hashes its records, the second copies them."""

from __future__ import annotations

from array import array
from hashlib import sha256
from math import ceil
from typing import TYPE_CHECKING

from ...findings import Described
from ..checking.record_checker import texts_of
from ..dataset_findings import finding
from ..reading.lines import pieces
from ..reading.sources import UnreadableError, opened
from ..tokens.token_counter import OF_A_MESSAGE
from .filtering import Filter, valid_lines
from .split_plan import LEFT_OUT, ContentHash, Contents

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from ...findings import Finding
    from ..checking.validation import Progress
    from ..formats.base import Format
    from ..reading.sources import Source
    from .output_files import OutputFile

MOST_RECORDS = 2_000_000
"""Records of a file that is split: four times the largest documented dataset; it bounds memory."""

_CHANGED = finding(
    "unreadable",
    "",
    "must stay the same while it is split",
    Described("other records at the second reading"),
    "split it when nothing writes to it",
)


class FirstPass:
    """The records of a dataset, gathered while it is checked.

    Args:
        hashes: the hash of a record.
        counts_tokens: whether the tokens of each record are needed.
        rejected: gets the records with errors.
    """

    def __init__(self, hashes: ContentHash, *, counts_tokens: bool, rejected: Filter) -> None:
        self.is_complete = True
        self.contents = Contents()
        self.rejected = rejected
        self.are_too_many = False
        self._broken_lines = array("Q")
        self._digest = sha256()
        self._hashes = hashes
        self._counts_tokens = counts_tokens

    def broken(self, file: str, number: int, line: bytes | None, found: Sequence[Finding]) -> None:
        """Take a record with errors."""
        self.rejected.broken(file, number, line, found)
        if self._has_room(len(self._broken_lines) + 1):
            self._broken_lines.append(number)

    def piece(self, form: Format, piece: bytes | None, not_valid: Collection[int]) -> None:
        """Take valid records."""
        self._digest.update(_marked(piece))
        lines = valid_lines(piece, not_valid)
        if not self._has_room(len(self.contents.hashes) + len(lines)):
            return
        self.contents.hashes.extend(map(self._hashes.of, lines))
        if self._counts_tokens:
            self.contents.tokens.extend(most_tokens(form, texts_of(form, line)) for line in lines)

    def _has_room(self, records: int) -> bool:
        self.are_too_many = self.are_too_many or records > MOST_RECORDS
        return not self.are_too_many

    def copy(
        self,
        source: Source,
        sides: Sequence[int],
        files: Mapping[int, OutputFile],
        progress: Progress | None,
    ) -> None:
        """Read the dataset again, and write each record to the file of its side.

        Args:
            source: the dataset.
            sides: where each valid record goes.
            files: the file of each side but `LEFT_OUT`.
            progress: called with the file, the bytes read so far and its size. Default: nothing is called.

        Raises:
            UnreadableError: it cannot be read, or has changed since the first pass.
        """
        name, digest, position = str(source), sha256(), 0
        lines = _Lines(self._broken_lines)
        with opened(source, lambda read, size: progress(name, read, size) if progress else None) as blocks:
            for piece in pieces(blocks):
                digest.update(_marked(piece))
                parts: dict[int, list[bytes]] = {side: [] for side in (LEFT_OUT, *files)}
                valid = lines.valid(piece)
                for side, line in zip(sides[position : position + len(valid)], valid, strict=False):
                    parts[side].append(line)
                position += len(valid)
                for side, file in files.items():
                    if parts[side]:
                        file.write(b"\n".join([*parts[side], b""]))
        if position != len(sides) or digest.digest() != self._digest.digest():
            raise UnreadableError(_CHANGED)


class _Lines:
    """The valid records of a dataset, at the second reading.

    Args:
        broken: the numbers of the lines with errors, in order.
    """

    def __init__(self, broken: Iterable[int]) -> None:
        self._broken: Iterator[int] = iter(broken)
        self._next = next(self._broken, 0)
        self._number = 0

    def valid(self, piece: bytes | None) -> list[bytes]:
        """Return the valid records of the next lines."""
        found = []
        for line in (b"",) if piece is None else piece.split(b"\n"):
            self._number += 1
            if self._number == self._next:
                self._next = next(self._broken, 0)
            elif line.strip():
                found.append(line)
        return found


def most_tokens(form: Format, texts: Iterable[str]) -> int:
    """Return the tokens of a record, by the upper bound of the estimate: a budget holds.

    Args:
        form: its format, with the model's rules.
        texts: those of the record.
    """
    return ceil(sum(form.tokenizer.tokens(text).most + OF_A_MESSAGE for text in texts if text))


def _marked(piece: bytes | None) -> bytes:
    """Return the bytes by which it is known whether a dataset has changed."""
    return b"\0" if piece is None else piece + b"\n"
