"""What the service model says about a field, in words: for the documentation."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .fixes import listed, span
from .model import default_model
from .patterns import JUDGED

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from .model import ServiceModel


def rule_of(name: str, *, model: ServiceModel | None = None) -> str:
    """Say what a shape's values must be.

    Args:
        name: The name of a scalar shape.
        model: Another service model than the one that lies here.
    """
    shape = (model or default_model()).shape(name)
    match shape["type"]:
        case "boolean":
            return "true or false"
        case "integer" | "long":
            return f"whole number{_range(shape)}"
        case "float" | "double":
            return f"number{_range(shape)}"
    if "enum" in shape:
        return f"one of {listed(shape['enum'])}"
    return _text(shape)


def _range(shape: Mapping[str, Any]) -> str:
    if "min" not in shape and "max" not in shape:
        return ""
    return f", {span(shape.get('min', -math.inf), shape.get('max', math.inf))}"


def _text(shape: Mapping[str, Any]) -> str:
    least, most = shape.get("min", 0), shape.get("max", math.inf)
    length = f"{span(least, most)} characters" if (least, most) != (0, math.inf) else "string"
    judged = JUDGED.get(shape.get("pattern", ""))
    return f"{length}; {judged.words.removeprefix('must be ')}" if judged and judged.words else length
