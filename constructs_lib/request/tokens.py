"""The one question about values that are not known before deployment, answered without a trip to Node."""

from __future__ import annotations

import re
import struct
import sys

# The CDK's own marks for a string, a list and a number whose value comes later. A number's mark is its
# first bytes.
_STRING = re.compile(r"\$\{Token\[[^\]]*\]\}")
_LIST = "#{Token["
_NUMBER = b"\xfb\xff"

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
_DYNAMIC_REFERENCE = re.compile(r"\{\{resolve:[^{}]*\}\}")


def is_known(value: object) -> bool:
    """Tell whether `value` can be judged now, rather than only at deploy time.

    A CDK token is not known, and neither is a string with a dynamic reference (`{{resolve:ssm:...}}`): both
    are judged by the custom resource's function, with the same rules, once they have a value.

    Args:
        value: Any part of a request.
    """
    if isinstance(value, str):
        return literal(value) == value
    if "aws_cdk" not in sys.modules:
        return True  # nobody can have made a token
    if isinstance(value, float):
        return struct.pack(">d", value)[:2] != _NUMBER
    if isinstance(value, list | tuple):
        return not any(isinstance(item, str) and item.startswith(_LIST) for item in value)
    return not _is_of_the_cdk(value) or not sys.modules["aws_cdk"].Token.is_unresolved(value)


def _is_of_the_cdk(value: object) -> bool:
    """Tell whether jsii could take `value` at all; it fails on what is not its own."""
    return any(hasattr(value, mark) for mark in ("__jsii_type__", "__jsii_ifaces__", "__jsii__ref__"))


def literal(text: str, stand_in: str = "") -> str:
    """Give what is known of `text`.

    Args:
        text: A string that may hold CDK tokens and dynamic references.
        stand_in: What to put in the place of each. Default: nothing.
    """
    if "{" not in text:
        return text
    if "aws_cdk" in sys.modules:
        text = _STRING.sub(stand_in, text)
    return _DYNAMIC_REFERENCE.sub(stand_in, text)
