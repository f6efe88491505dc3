"""Undo what CloudFormation does to a custom resource's properties: it sends every scalar as a string."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from .shapes import REQUEST, ServiceModel, default_model

# Short enough for `int`, which refuses to read thousands of digits, and longer than any 64-bit number.
_INTEGER = re.compile(r"[-+]?[0-9]{1,20}")
_NUMBER = re.compile(r"[-+]?(?:[0-9]{1,40}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][-+]?[0-9]{1,4})?")


def typed(value: object, shape: str = REQUEST, *, model: ServiceModel | None = None) -> object:
    """Give the scalars of `value` the types that the API wants.

    `"true"` becomes True where a boolean is wanted, `"3"` becomes 3, `"1e-05"` becomes 1e-05. Strings stay
    strings where strings are wanted, members the model does not know are kept, and so is a string that cannot
    be read: `violations` says what is wrong with it.

    Args:
        value: A request, or a part of one, as CloudFormation sends it.
        shape: The shape of `value`.
        model: Another service model than the one that lies here.
    """
    return _typed(value, shape, model or default_model())


def _typed(value: object, name: str, model: ServiceModel) -> object:
    shape = model.shape(name)
    match shape["type"], value:
        case "structure", Mapping():
            members = shape["members"]
            return {k: _typed(v, members[k]["shape"], model) if k in members else v for k, v in value.items()}
        case "list", list() | tuple():
            return [_typed(item, shape["member"]["shape"], model) for item in value]
        case "map", Mapping():
            return {k: _typed(v, shape["value"]["shape"], model) for k, v in value.items()}
        case _, str():
            return _scalar(value, str(shape["type"]))
    return value


def _scalar(text: str, kind: str) -> object:
    match kind:
        case "boolean":
            return {"true": True, "false": False}.get(text.lower(), text)
        case "integer" | "long" if _INTEGER.fullmatch(text):
            return int(text)
        case "float" | "double" if _NUMBER.fullmatch(text) and math.isfinite(float(text)):
            return float(text)
    return text
