"""Names that are read from a construct's path and from nothing else, so that they stay."""

from __future__ import annotations

import re


def output_name(path_below_stack: list[str], suffix: str) -> str:
    """Give the name of a stack output: the construct's path below its stack, then what is put out."""
    return re.sub(r"[^a-zA-Z0-9]", "", "".join(path_below_stack)) + suffix
