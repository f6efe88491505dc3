"""Numbers as Bedrock wants them in `hyperParameters`: strings, and never another number than was meant."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from .tokens import is_known

# No float has more; a Decimal of a million digits is a mistake.
_MOST_DIGITS = 400


def to_exact_decimal(value: object) -> object:
    """Write a number as an exact decimal: `1e-05` becomes `"0.00001"`, `0.1` stays `"0.1"`, 2 becomes `"2"`.

    A float is written with the digits that Python shows for it, which read back as the same float. What is
    no finite number (a string, a token, True, NaN) is given back as it is; the rules say what is wrong with
    it.

    Args:
        value: What was given for a hyperparameter.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or not is_known(value):
        return value
    if isinstance(value, int):
        return int.__repr__(value)
    number = Decimal(float.__repr__(value)) if isinstance(value, float) else value
    if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
        return value
    return format(number, "f")


def with_exact_numbers(request: Mapping[str, Any]) -> dict[str, Any]:
    """Copy a request with the numbers of `hyperParameters` as the exact strings that Bedrock takes.

    Args:
        request: A job's request, in which a hyperparameter may be a number.
    """
    parameters = request.get("hyperParameters")
    if not isinstance(parameters, Mapping):
        return dict(request)
    exact = {key: to_exact_decimal(value) for key, value in parameters.items()}
    return {**request, "hyperParameters": exact}
