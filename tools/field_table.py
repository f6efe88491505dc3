"""The table of `docs/fields.md`: what the service model defines for each field of the request, in words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from constructs_lib.contract import default_model
from constructs_lib.contract.fixes import counted, listed, span
from constructs_lib.contract.patterns import PATTERNS
from constructs_lib.request.fields import FIELDS, Field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PAGE = Path(__file__).parent.parent / "docs/fields.md"
MARK = "<!-- made by tools/update_service_model.py -->"
END_MARK = "<!-- end of what is made -->"


def with_table(page: str) -> str:
    """Return a page with the current table between its marks.

    Args:
        page: the text of the page.
    """
    start, end = page.index(MARK) + len(MARK), page.index(END_MARK)
    return f"{page[:start]}\n{_table()}{page[end:]}"


def _table() -> str:
    """Return a row for each field that has no parts: its path, typed name, rule, notes, and its test."""
    typed = {one.api: one for one in FIELDS}
    lines = ["| field | typed name | required | rule | here | covered by |", "|---|---|---|---|---|---|"]
    for leaf in _leaves():
        here = typed.get(leaf.path, Field(leaf.path, ""))
        name = f"`{here.typed}`" if here.typed else "none"
        test = f"`[{leaf.path}]`" if here.typed else "`test_violations.py`"
        cells = (f"`{leaf.path}`", name, leaf.need, leaf.rule.replace("|", "\\|"), here.note, test)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of the request, in words.

    Args:
        path: where; a list's item is written `[]`, a map's value `{}`.
        need: whether it is required.
        rule: what it, and the lists and maps around it, must be.
    """

    path: str
    need: str = ""
    rule: str = ""


def _leaves() -> Iterator[_Part]:
    """Yield every field of the request that has no parts."""
    model, found = default_model(), {"": _Part("")}
    for part in model.parts():
        shape, above = model.shape(part.shape), found[part.parent.path if part.parent else ""]
        need = _need(model.shape(part.parent.shape), part.member, above) if part.parent else ""
        match shape["type"]:
            case "structure":
                rule = ""
            case "list":
                rule = _count(shape, "item", "items")
            case "map":
                rule = _count(shape, "entry", "entries")
            case _:
                rule = _rule(shape)
        found[part.path] = _Part(part.path, need, f"{above.rule}{rule}")
        if shape["type"] not in ("structure", "list", "map"):
            yield found[part.path]


def _need(shape: Mapping[str, Any], member: str, above: _Part) -> str:
    if not member:  # a list's item, or a map's value
        return above.need
    place = above.path.rsplit(".", 1)[-1]
    if shape.get("union"):
        return f"one of `{place}`" if len(shape["members"]) > 1 else f"in `{place}`"
    if member in shape.get("required", ()):
        return "yes" if above.need == "yes" or not place else f"in `{place}`"
    return ""


def _count(shape: Mapping[str, Any], one: str, many: str) -> str:
    if "min" not in shape and "max" not in shape:
        return ""
    return f"{counted(shape.get('min', 0), shape.get('max', math.inf), one, many)}; "


def _rule(shape: Mapping[str, Any]) -> str:
    match shape["type"]:
        case "boolean":
            return "true or false"
        case "integer" | "long":
            return f"whole number{_range(shape)}"
        case "float" | "double":
            return f"number{_range(shape)}"
    if "enum" in shape:
        return f"one of {listed(shape['enum'])}"
    least, most = shape.get("min", 0), shape.get("max", math.inf)
    length = f"{span(least, most)} characters" if (least, most) != (0, math.inf) else "string"
    pattern = PATTERNS.get(shape.get("pattern", ""))
    return f"{length}; {pattern.words.removeprefix('must be ')}" if pattern and pattern.words else length


def _range(shape: Mapping[str, Any]) -> str:
    if "min" not in shape and "max" not in shape:
        return ""
    return f", {span(shape.get('min', -math.inf), shape.get('max', math.inf))}"
