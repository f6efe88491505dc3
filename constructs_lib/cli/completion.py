"""What a shell completes: values that this library knows without AWS; in bash also those with colons."""

from __future__ import annotations

import sys
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping, Sequence


def model_ids(incomplete: str) -> list[str]:
    """Return the ids of the catalogue that begin like a word.

    Args:
        incomplete: what is typed of the word.
    """
    from ..catalog import Catalog

    return [one.id for one in Catalog.default().models if one.id.startswith(incomplete)]


def shapes(incomplete: str) -> list[str]:
    """Return the shapes of data that `convert` reads and that begin like a word.

    Args:
        incomplete: what is typed of the word.
    """
    from ..datasets.conversion.shapes import TITLES

    return [one for one in ("auto", *TITLES, "csv", "tsv") if one.startswith(incomplete)]


@contextmanager
def whole_words(environment: MutableMapping[str, str]) -> Iterator[None]:
    """Complete whole words in the block: bash splits `amazon.nova-lite-v1:0:300k` at its colons.

    bash replaces only what follows the last colon, so what is printed is without what is before it.

    Args:
        environment: the variables with which bash asks, which are changed: `COMP_WORDS` has a word in each
            line, and `COMP_CWORD` is the number of the one that is completed.
    """
    words, place = environment.get("COMP_WORDS", "").split("\n"), environment.get("COMP_CWORD", "")
    if ":" not in words or not place.isdecimal():
        yield
        return
    joined = [*_joined(words[: int(place) + 1])]
    environment["COMP_WORDS"], environment["COMP_CWORD"] = "\n".join(joined), str(len(joined) - 1)
    word, colon, _ = joined[-1].rpartition(":")
    printed = StringIO()
    try:
        with redirect_stdout(printed):
            yield
    finally:
        for line in printed.getvalue().splitlines():
            sys.stdout.write(f"{line.removeprefix(word + colon)}\n")


def _joined(words: Sequence[str]) -> Iterator[str]:
    word, is_open = words[0], False
    for one in words[1:]:
        if one == ":" or is_open:
            word += one
        else:
            yield word
            word = one
        is_open = one == ":"
    yield word
