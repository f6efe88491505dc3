"""Bytes into whole lines, in pieces of bounded size; what is wrong with the bytes is said once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .faults import Fault, Shown

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


def refusal(head: bytes) -> Fault | None:
    """Tell why a file is not read at all, by its first bytes; None where it is."""
    for signature, (name, fix) in _SIGNATURES.items():
        if head.startswith(signature):
            rule = "encoding" if "UTF-16" in name else "compressed"
            return Fault(rule, "", "must be UTF-8 text, one JSON object per line", Shown(name), fix)
    if head.removeprefix(_BOM).lstrip(b" \t\r\n").startswith(b"["):
        what = "must be one JSON object per line, not one JSON list"
        return Fault("json", "", what, Shown("a list"), "write each item of the list on a line of its own", 1)
    return None


def marks(head: bytes) -> Iterator[Fault]:
    """Say what is odd about a file's first bytes, though it can be read."""
    if head.startswith(_BOM):
        what = "should start with its first record, not with a byte order mark"
        yield Fault("byte-order-mark", "", what, Shown("EF BB BF"), "save the file as UTF-8 without one")
    if b"\r\n" in head:
        fix = "nothing needs to be done; LF alone is what AWS's samples use"
        yield Fault("line-ends", "", "could end its lines with LF", Shown("CRLF"), fix)
    elif b"\r" in head and b"\n" not in head:
        what = "must end its lines with LF"
        yield Fault("encoding", "", what, Shown("CR alone"), "save the file with Unix line ends")


def pieces(blocks: Iterable[bytes]) -> Iterator[bytes | None]:
    """Cut blocks of bytes into pieces of whole lines; a byte order mark at the start is left out.

    A piece is without the end of its last line. None stands for one line that is too long to be judged.

    Args:
        blocks: The file, as it was read.
    """
    cutter = _Cutter()
    for number, block in enumerate(blocks):
        yield from cutter.cut(block if number else block.removeprefix(_BOM))
    if cutter.length:
        yield from cutter.cut(b"\n")


class _Cutter:
    """The unfinished line between two blocks, in parts: a long line costs no more than its length."""

    def __init__(self) -> None:
        self.length = 0
        self._parts: list[bytes] = []

    def cut(self, block: bytes) -> Iterator[bytes | None]:
        """Give the lines that end in this block, and keep the rest."""
        end = block.rfind(b"\n")
        if end >= 0:
            yield from self._finished(block, end)
            self.length, self._parts = 0, []
        self._keep(block[end + 1 :])

    def _keep(self, part: bytes) -> None:
        """Keep a part of a line; of a line that is too long, only its length."""
        self.length += len(part)
        self._parts = [*self._parts, part] if self.length <= LONGEST_LINE else []

    def _finished(self, block: bytes, end: int) -> Iterator[bytes | None]:
        start = block.index(b"\n")
        if self.length + start <= LONGEST_LINE:
            yield b"".join([*self._parts, block[:end]])
            return
        yield None
        if start < end:
            yield block[start + 1 : end]
