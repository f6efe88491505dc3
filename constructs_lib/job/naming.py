"""Names that are read from a construct's path and from nothing else, so that they stay."""

from __future__ import annotations

import hashlib
import re

_LONGEST_OUTPUT = 255
_HASH = 8


def output_name(path_below_stack: list[str], suffix: str) -> str:
    """Give the name of a stack output: the construct's path below its stack, then what is put out.

    A path without letters and digits, and one that is too long, is told apart by `told_apart`.
    """
    words = _letters_and_digits(path_below_stack)
    name = words + suffix
    return name if words and len(name) <= _LONGEST_OUTPUT else told_apart(path_below_stack, suffix)


def told_apart(path_below_stack: list[str], suffix: str) -> str:
    """Give the name of an output that would else be another's too: a hash of the very path comes last."""
    digest = hashlib.sha256("/".join(path_below_stack).encode()).hexdigest()[:_HASH]
    words = _letters_and_digits(path_below_stack)[: _LONGEST_OUTPUT - len(suffix) - _HASH]
    return f"{words}{suffix}{digest}"


def _letters_and_digits(steps: list[str]) -> str:
    return re.sub(r"[^a-zA-Z0-9]", "", "".join(steps))
