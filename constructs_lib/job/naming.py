"""Names that are read from a construct's path and from nothing else, so that they stay."""

from __future__ import annotations

import re

_LONGEST_PREFIX = 40


def name_prefix(path: str) -> str:
    """Give the readable start of generated job and model names; the handler adds what makes them unique.

    Bedrock's rules for the two differ (no underscore in one, no double hyphen in the other): letters, digits
    and single hyphens satisfy both.
    """
    words = re.sub(r"[^a-zA-Z0-9]+", "-", path).strip("-")
    return words[:_LONGEST_PREFIX].rstrip("-") or "job"


def prefix_of(path_below_stack: list[str]) -> str:
    """Give the S3 prefix of one job in a bucket that it shares: its path, in letters that Bedrock takes."""
    return "".join(re.sub(r"[^a-zA-Z0-9_.-]", "-", step) + "/" for step in path_below_stack)


def output_name(path_below_stack: list[str], suffix: str) -> str:
    """Give the name of a stack output: the construct's path below its stack, then what is put out."""
    return re.sub(r"[^a-zA-Z0-9]", "", "".join(path_below_stack)) + suffix
