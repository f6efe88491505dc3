"""Bytes into whole lines, in pieces of bounded size; what is wrong with the bytes is reported only once."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from ...findings import Described
from ..dataset_findings import finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ...findings import Finding

BLOCK = 1 << 17
"""Bytes read at a time; a validation holds a few times as much."""

LONGEST_LINE = 2 << 20
"""Bytes of the longest line that is checked: ten times the largest documented record; it bounds memory."""

GZIP = b"\x1f\x8b"
"""The first bytes of gzip data."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""What some programs write before a text in UTF-8."""
_LFS = b"version https://git-lfs.github.com/spec/"
_SIGNATURES = {
    GZIP: ("gzip data", "decompress the file: Bedrock reads training data as plain JSON Lines"),
    b"PK\x03\x04": ("a zip archive", "unpack it: Bedrock reads training data as plain JSON Lines"),
    b"PAR1": ("a Parquet file", "export it as JSON Lines"),
    b"%PDF": ("a PDF", "write its content as JSON Lines"),
    b"\xff\xfe": ("UTF-16 text", "save the file as UTF-8, without a byte order mark"),
    b"\xfe\xff": ("UTF-16 text", "save the file as UTF-8, without a byte order mark"),
    b"{\x00": ("UTF-16 text", "save the file as UTF-8"),
    b"\x00{": ("UTF-16 text", "save the file as UTF-8"),
}


def refusal(head: bytes) -> Finding | None:
    """Return why a file is not read at all, by its first bytes; None where it is."""
    for signature, (name, fix) in _SIGNATURES.items():
        if head.startswith(signature):
            rule = "encoding" if "UTF-16" in name else "compressed"
            return finding(rule, "", "must be UTF-8 text, one JSON object per line", Described(name), fix)
    if head.startswith(_LFS):
        fix = "get the file with `git lfs pull`"
        return finding("json", "", "must be the data itself", Described("a pointer of Git LFS to it"), fix, 1)
    if head.removeprefix(BYTE_ORDER_MARK).lstrip(b" \t\r\n").startswith(b"["):
        rule, fix = (
            "must be one JSON object per line, not one JSON list",
            "write each item on a line of its own",
        )
        return finding("json", "", rule, Described("a list"), fix, 1)
    return None


def remarks(head: bytes) -> Iterator[Finding]:
    """Yield what is unusual about a file's first bytes, though it can be read."""
    if head.startswith(BYTE_ORDER_MARK):
        rule, fix = "must start with its first record", "save the file as UTF-8 without a byte order mark"
        yield finding("byte-order-mark", "", rule, Described("a byte order mark"), fix)
    if b"\r\n" in head:
        fix = "nothing needs to be done; AWS's samples use LF"
        yield finding("line-ends", "", "could end its lines with LF", Described("CRLF"), fix)
    elif b"\r" in head and b"\n" not in head:
        rule, fix = "must end its lines with LF", "save the file with Unix line ends"
        yield finding("encoding", "", rule, Described("CR alone"), fix)


def head_of(blocks: Iterator[bytes], most: int) -> tuple[bytes, Iterator[bytes]]:
    """Return the first bytes of a file with its whole first line, and all blocks.

    Args:
        blocks: the file, as it was read.
        most: how many bytes are looked at; a first line may be longer.
    """
    parts: list[bytes] = []
    size = 0
    for block in blocks:
        parts.append(block)
        size += len(block)
        if b"\n" in block or size > most:
            break
    head = b"".join(parts)
    return head, chain([head], blocks)


def pieces(blocks: Iterable[bytes]) -> Iterator[bytes | None]:
    """Cut blocks of bytes into pieces of whole lines; a byte order mark at the start is left out.

    A piece is without the end of its last line. For a line that is too long to check, None is yielded.

    Args:
        blocks: the file, as it was read.
    """
    cutter = _Cutter()
    for number, block in enumerate(blocks):
        yield from cutter.cut(block if number else block.removeprefix(BYTE_ORDER_MARK))
    if cutter.length:
        yield from cutter.cut(b"\n")


def has_longer_line(lines: bytes, most: float) -> bool:
    """Return whether a line is longer than some bytes; what is shorter is looked at in long steps.

    Args:
        lines: whole lines, without the end of the last.
        most: bytes.
    """
    at = 0
    while len(lines) - at > most:
        end = lines.rfind(b"\n", at, at + int(most) + 1)
        if end < 0:
            return True
        at = end + 1
    return False


class _Cutter:
    """The unfinished line between two blocks, in parts: a long line costs no more than its length."""

    def __init__(self) -> None:
        self.length = 0
        self._parts: list[bytes] = []

    def cut(self, block: bytes) -> Iterator[bytes | None]:
        """Yield the lines that end in this block, and keep the rest."""
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


@dataclass(slots=True)
class SomeLines:
    """Some lines of one kind: how many, and where the first of them are."""

    count: int = 0
    numbers: list[int] = field(default_factory=list)


class BlankLines:
    """The blank lines of a file: an error between records, a warning at the end.

    Args:
        limit: how many lines are remembered of each kind.
    """

    INNER = finding("blank-line", "", "must contain a record", Described("a blank line"), "remove the line")
    AT_END = finding(
        "blank-line-at-end", "", "should not follow the last record", Described("a blank line"), "remove it"
    )

    def __init__(self, limit: int) -> None:
        self.inner = SomeLines()
        self.at_end = SomeLines()
        self._limit = limit
        self._last_record = 0

    def add(self, number: int) -> None:
        """Remember a blank line."""
        lines = self.inner if number < self._last_record else self.at_end
        lines.count += 1
        if len(lines.numbers) < self._limit:
            lines.numbers.append(number)

    def record(self, number: int) -> None:
        """Remember a record: the blank lines before it were not at the end."""
        self._last_record = max(self._last_record, number)
        if self.at_end.count:
            self.inner.count += self.at_end.count
            self.inner.numbers = [*self.inner.numbers, *self.at_end.numbers][: self._limit]
            self.at_end = SomeLines()
