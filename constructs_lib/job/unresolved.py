"""Values that are not known at synthesis, as the CDK accepts them where it checks what it is given.

A dynamic reference and the placeholder of a lookup are texts like any other to the CDK: it refuses them where
it expects a name or an ARN.
"""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk

from ..request.tokens import is_known, is_placeholder, literal

_ARN = "arn:"


def as_token(text: str) -> str:
    """Return a text that is a token of the CDK where it is not known, and otherwise the text itself.

    Args:
        text: any text.
    """
    return text if is_known(text) or cdk.Token.is_unresolved(text) else cdk.Fn.join("", [text])


def as_arn(text: str, placeholder: str) -> str:
    """Return an ARN that the CDK can split, with the same value.

    Args:
        text: an ARN, or what is not known yet.
        placeholder: what to return for the placeholder of a lookup, which has nothing to split.
    """
    if is_placeholder(text):
        return placeholder
    # A colon in a token, or in a dynamic reference, divides nothing.
    is_divided = text.startswith(_ARN) and literal(text).count(":") != text.count(":")
    is_reference = not text.startswith(_ARN) and "{{resolve:" in text
    return cdk.Fn.join("", [text]) if is_divided or is_reference else text


def with_tokens(value: Any) -> Any:  # noqa: ANN401 - any part of a statement
    """Return a part of a statement with a token in the place of an object that only synthesis resolves."""
    if isinstance(value, dict):
        return {name: with_tokens(one) for name, one in value.items()}
    if isinstance(value, list):
        return [with_tokens(one) for one in value]
    return value if value is None or isinstance(value, str | int | float) else cdk.Token.as_string(value)
