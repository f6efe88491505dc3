"""How the resource types read what properties have in common."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

DELETE, RETAIN = "Delete", "Retain"
"""The values of `OnDelete`, except those of jobs and sweeps."""

LOGICAL_ID = re.compile(r"[A-Za-z0-9]{1,255}")
PARAMETER_NAME = re.compile(r"[A-Za-z0-9_.\-/]{1,1011}")
S3_BUCKET = re.compile(r"[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]")
S3_PREFIX = re.compile(r"[A-Za-z0-9!_.*'()/\-]{1,900}/")


def text(value: object) -> str:
    """Return a text as it is, and "" for anything else."""
    return value if isinstance(value, str) else ""


def member(properties: object, name: str) -> object:
    """Return one property of an event; None where it is not there."""
    return properties.get(name) if isinstance(properties, Mapping) else None


def tags_by_key(given: object) -> dict[str, str]:
    """Return tags by their keys; what is no tag is left out."""
    listed = given if isinstance(given, list) else []
    return {
        one["key"]: str(one.get("value", ""))
        for one in listed
        if isinstance(one, Mapping) and isinstance(one.get("key"), str) and one["key"]
    }


def shown_time(seconds: float | None) -> str:
    """Return a time in UTC, "" for none."""
    return "" if seconds is None else datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
