"""Unpacking of gzip data as it is read; what it may unpack to is limited, and so is the time it takes."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from ...findings import Described
from ..dataset_findings import finding
from .lines import BLOCK
from .sources import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ...findings import Finding

MOST_BYTES = 4 << 30
"""What one file may unpack to: 15,000 prompts and answers, the most that a job uses, are far smaller."""

MOST_RATIO = 250
"""How many bytes one compressed byte may become: text becomes 3 to 30."""

_SMALL = 1 << 20
_GZIP_ONLY = 16 + zlib.MAX_WBITS


def refused() -> Finding:
    """Return the finding about compressed data that is no invocation log."""
    rule = "must not be compressed: Bedrock reads training data as plain JSON Lines, only logs may be gzip"
    return finding("compressed", "", rule, Described("gzip data"), "decompress it, as with gunzip")


def unpacked(
    blocks: Iterable[bytes], *, most_bytes: int = MOST_BYTES, most_ratio: int = MOST_RATIO
) -> Iterator[bytes]:
    """Yield what blocks of gzip data unpack to, in blocks of bounded size.

    Args:
        blocks: the file, as it was read.
        most_bytes: the most bytes that it may unpack to.
        most_ratio: the most bytes that a compressed byte may become, where there is more than 1 MiB.

    Raises:
        UnreadableError: it is damaged, cut off, or unpacks to too much.
    """
    packed = size = 0
    member = zlib.decompressobj(_GZIP_ONLY)
    for block in blocks:
        packed += len(block)
        rest = block
        while rest:
            if member.eof:  # gzip files may be joined; zeros between and after them are padding
                rest = rest.lstrip(b"\0")
                if not rest:
                    break
                member = zlib.decompressobj(_GZIP_ONLY)
            try:
                text = member.decompress(rest, BLOCK)
            except zlib.error:
                raise _damaged("damaged gzip data") from None
            size += len(text)
            rest = member.unused_data if member.eof else member.unconsumed_tail
            if size > most_bytes or (size > _SMALL and size > (packed - len(rest)) * most_ratio):
                raise _too_large(most_bytes, most_ratio)
            if text:
                yield text
    if packed and not member.eof:
        raise _damaged("gzip data that was cut off")


def _damaged(what: str) -> UnreadableError:
    fix = "copy or download the file again"
    return UnreadableError(finding("compressed", "", "must be whole gzip data", Described(what), fix))


def _too_large(most_bytes: int, most_ratio: int) -> UnreadableError:
    rule = f"must unpack to at most {most_bytes >> 20:,} MiB, and to {most_ratio:,} times its size"
    fix = "check where the file comes from; Bedrock's logs are smaller"
    return UnreadableError(finding("compressed", "", rule, Described("more"), fix))
