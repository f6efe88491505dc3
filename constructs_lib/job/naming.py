"""Names that are read from a construct's path and from nothing else, so that they stay."""

from __future__ import annotations

import hashlib
import re

_LONGEST_PREFIX = 40
_LONGEST_OUTPUT = 255
_LONGEST_DESCRIPTION = 1000
_HASH = 8


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


def role_description(path: str) -> str:
    """Say whose service role it is, in the characters and the length that IAM takes."""
    text = f"Amazon Bedrock customizes a model for {path}"
    return re.sub(r"[^\t\n\r\u0020-\u007e\u00a1-\u00ff]", "?", text)[:_LONGEST_DESCRIPTION]


def _letters_and_digits(steps: list[str]) -> str:
    return re.sub(r"[^a-zA-Z0-9]", "", "".join(steps))
