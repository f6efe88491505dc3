"""What a scalar of a job file means: the YAML 1.2 core schema, and the type that the field wants.

The AWS CLI reads YAML 1.2 with ruamel: `no`, `on` and `12:30:00` are strings, `1e-5` is a number. PyYAML's
own loaders read YAML 1.1, where `no` is false, `12:30:00` is 45000 and `1e-5` a string. A field that takes
a string takes the text as it stands in the file, so that a tag `1.10` stays `1.10` and a date stays what it
is.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal

from constructs_lib.request.numbers import to_exact_decimal

HYPER_PARAMETERS = "ModelCustomizationHyperParameters"
"""The shape of the one map of strings in which people write numbers."""

_NULL = ("", "~", "null", "Null", "NULL")
_WORDS = {
    **dict.fromkeys(_NULL),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}
_INTEGER = re.compile(r"[-+]?[0-9]{1,30}")
_OCTAL = re.compile(r"0o[0-7]{1,30}")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]{1,30}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]{1,400}|[0-9]{1,400}(?:\.[0-9]{0,400})?)(?:[eE][-+]?[0-9]{1,3})?")


def plain(text: str, *, kind: str, of: str = "") -> object:
    """Give the value of an unquoted scalar.

    Args:
        text: As it stands in the file.
        kind: The type that the field wants ("" where the field is not known).
        of: The shape that the scalar is a value of.
    """
    if kind != "string":
        return core(text)
    if text in _NULL:
        return None
    return _hyper_parameter(text) if of == HYPER_PARAMETERS else text


def core(text: str) -> object:
    """Give the value of an unquoted scalar by the YAML 1.2 core schema.

    Args:
        text: As it stands in the file.
    """
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _OCTAL.fullmatch(text) or _HEXADECIMAL.fullmatch(text):
        return int(text, 0)
    return float(text) if _FLOAT.fullmatch(text) else text


def _hyper_parameter(text: str) -> object:
    """Write a number with an exponent out, as the typed form does; leave every other text as it stands."""
    number = core(text)
    if isinstance(number, float) and not math.isfinite(number):
        return number
    return to_exact_decimal(Decimal(text)) if "e" in text.lower() and isinstance(number, float) else text
