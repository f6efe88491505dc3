"""Bytes into whole lines, in pieces of bounded size; what is wrong with the bytes is said once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

BLOCK = 1 << 17
"""Bytes read at a time; a validator holds a few times as much."""

LONGEST_LINE = 2 << 20
"""Bytes of the longest line that is judged: ten times the largest documented record; it bounds memory."""

_BOM = b"\xef\xbb\xbf"
_SIGNATURES = {
    b"\x1f\x8b": ("gzip data", "decompress the file: Bedrock reads training data as plain JSON Lines"),
    b"PK\x03\x04": ("a zip archive", "unpack it: Bedrock reads training data as plain JSON Lines"),
    b"PAR1": ("a Parquet file", "export it as JSON Lines"),
    b"\xff\xfe": ("UTF-16 text", "save the file as UTF-8, without a byte order mark"),
    b"\xfe\xff": ("UTF-16 text", "save the file as UTF-8, without a byte order mark"),
    b"{\x00": ("UTF-16 text", "save the file as UTF-8"),
    b"\x00{": ("UTF-16 text", "save the file as UTF-8"),
}


@dataclass(frozen=True, slots=True)
class Lines:
    """Some whole lines of a file.

    Args:
        first: The number of the first line, from 1.
        lines: Each without its end. None stands for a line too long to be judged.
    """

    first: int
    lines: list[bytes | None]


def refusal(head: bytes) -> Fault | None:
    """Tell why a file is not read at all, by its first bytes; None where it is."""
    for signature, (name, fix) in _SIGNATURES.items():
        if head.startswith(signature):
            rule = "encoding" if "UTF-16" in name else "compressed"
            return Fault(rule, "", "must be UTF-8 text, one JSON object per line", name, fix)
    if head.removeprefix(_BOM).lstrip(b" \t\r\n").startswith(b"["):
        what = "must be one JSON object per line, not one JSON list"
        return Fault("json", "", what, "a list", "write each item of the list on a line of its own", 1)
    return None


def marks(head: bytes) -> Iterator[Fault]:
    """Say what is odd about a file's first bytes, though it can be read."""
    if head.startswith(_BOM):
        what = "should start with its first record, not with a byte order mark"
        yield Fault("byte-order-mark", "", what, "EF BB BF", "save the file as UTF-8 without one")
    if b"\r\n" in head:
        fix = "nothing needs to be done; LF alone is what AWS's samples use"
        yield Fault("line-ends", "", "could end its lines with LF", "CRLF", fix)
    elif b"\r" in head and b"\n" not in head:
        what = "must end its lines with LF"
        yield Fault("encoding", "", what, "CR alone", "save the file with Unix line ends")


def whole_lines(blocks: Iterable[bytes]) -> Iterator[Lines]:
    """Cut blocks of bytes into whole lines; a byte order mark at the start is left out.

    Args:
        blocks: The file, in pieces.
    """
    cutter = _Cutter()
    for number, block in enumerate(blocks):
        lines = cutter.cut(block if number else block.removeprefix(_BOM))
        if lines.lines:
            yield lines
    if cutter.length:
        yield cutter.last()


class _Cutter:
    """The unfinished line between two blocks, in pieces: a long line costs no more than its length."""

    def __init__(self) -> None:
        self.length = 0
        self._rest: list[bytes] = []
        self._number = 1

    def cut(self, block: bytes) -> Lines:
        """Return the lines that end in this block, and keep the rest."""
        end = block.rfind(b"\n") + 1
        if end == 0:
            self._keep(block)
            return Lines(self._number, [])
        lines = Lines(self._number, self._joined(block[: end - 1]))
        self._number += len(lines.lines)
        self.length, self._rest = 0, []
        self._keep(block[end:])
        return lines

    def last(self) -> Lines:
        """Return the line that the file ends with, which no line end closes."""
        return Lines(self._number, self._joined(b""))

    def _keep(self, piece: bytes) -> None:
        """Keep a piece of a line; of a line that is too long, only its length."""
        self.length += len(piece)
        self._rest = [*self._rest, piece] if self.length <= LONGEST_LINE else []

    def _joined(self, block: bytes) -> list[bytes | None]:
        """Return the lines of the kept pieces and a block, whose last line end is left out."""
        unfinished, newline, following = block.partition(b"\n") if self.length else (b"", b"", b"")
        if self.length + len(unfinished) > LONGEST_LINE:
            return [None, *(_split(following) if newline else [])]
        return _split(b"".join([*self._rest, block]))


def _split(text: bytes) -> list[bytes | None]:
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n").removesuffix(b"\r")
    return [*text.split(b"\n")]
