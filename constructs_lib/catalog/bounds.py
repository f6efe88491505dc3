"""Ranges in words."""

from __future__ import annotations


def bounds(least: float | None, most: float | None) -> str:
    """Return a range in words: `1 to 5`, `1`, `at least 1`, `undocumented`."""
    if least is not None and most is not None:
        return number(least) if least == most else f"{number(least)} to {number(most)}"
    if least is not None:
        return f"at least {number(least)}"
    return f"at most {number(most)}" if most is not None else "undocumented"


def number(value: float) -> str:
    """Return a number for people: `20,000`, `1e-06`, `0.1`."""
    return f"{value:,.12g}" if value == int(value) else f"{value:g}"
