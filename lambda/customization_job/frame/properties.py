"""How the resource types read what properties have in common."""

from __future__ import annotations

import re
from collections.abc import Mapping

DELETE, RETAIN = "Delete", "Retain"
"""The values of `OnDelete`, except those of jobs and sweeps."""

LOGICAL_ID = re.compile(r"[A-Za-z0-9]{1,255}")


def text(value: object) -> str:
    """Return a text as it is, and "" for anything else."""
    return value if isinstance(value, str) else ""


def tags_by_key(given: object) -> dict[str, str]:
    """Return tags by their keys; what is no tag is left out."""
    listed = given if isinstance(given, list) else []
    return {
        one["key"]: str(one.get("value", ""))
        for one in listed
        if isinstance(one, Mapping) and isinstance(one.get("key"), str) and one["key"]
    }
