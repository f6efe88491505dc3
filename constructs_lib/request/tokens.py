"""Whether a value is known before deployment, answered without a call to the CDK's Node process."""

from __future__ import annotations

import re
import struct
import sys

# How the CDK encodes a token as a string, a list and a number (by its first bytes).
_STRING = re.compile(r"\$\{Token\[[^\]]*\]\}")
_LIST = "#{Token["
_NUMBER = b"\xfb\xff"

# What the token of a number, and an object of the CDK, look like in a text.
_LARGE_NUMBER = re.compile(r"-1\.[0-9]+e\+?289")
_OBJECT = re.compile(r"<(?:aws_cdk|jsii|constructs)\b[^<>]* object at 0x[0-9a-f]+>")

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
_DYNAMIC_REFERENCE = re.compile(r"\{\{resolve:[^{}]*\}\}")

# What `StringParameter.value_from_lookup` returns until the CDK CLI has looked the parameter up. The name of
# the parameter follows, and nothing says where it ends; what no name can hold, such as a wildcard, is known.
# https://docs.aws.amazon.com/cdk/v2/guide/get-context-var.html
_PLACEHOLDER = re.compile(r"dummy-value-for-[A-Za-z0-9_./-]*")


def is_known(value: object) -> bool:
    """Return whether `value` can be checked now, rather than only at deployment.

    A CDK token is not known, and neither is a string with a dynamic reference (`{{resolve:ssm:...}}`): the
    custom resource's function checks both by the same rules, when they have a value. The placeholder of a
    context lookup is not known either: the CDK CLI looks the value up and synthesizes again.

    Args:
        value: any part of a request.
    """
    if isinstance(value, str):
        return literal(value) == value
    if "aws_cdk" not in sys.modules:
        return True  # without the CDK there are no tokens
    if isinstance(value, float):
        return struct.pack(">d", value)[:2] != _NUMBER
    if isinstance(value, list | tuple):
        return not any(isinstance(item, str) and item.startswith(_LIST) for item in value)
    # The CDK takes a construct with a method `resolve`, such as a stack, for a token. For objects of other
    # libraries jsii raises an error.
    if hasattr(type(value), "node") or not is_of_the_cdk(value):
        return True
    return not sys.modules["aws_cdk"].Token.is_unresolved(value)


def is_of_the_cdk(value: object) -> bool:
    """Return whether a value is an object of the CDK: a construct, or a token as an object."""
    return any(hasattr(value, mark) for mark in ("__jsii_type__", "__jsii_ifaces__", "__jsii__ref__"))


def has_misplaced_token(text: str) -> bool:
    """Return whether a text holds the text of a list, a number or an object of the CDK instead of its value.

    An f-string makes it: `f"round-{parameter.value_as_number}"`, `f"s3://{bucket}/train.jsonl"`.

    Args:
        text: any text.
    """
    if "aws_cdk" not in sys.modules:
        return False
    has_number = any(not is_known(float(one)) for one in _LARGE_NUMBER.findall(text))
    return _LIST in text or has_number or _OBJECT.search(text) is not None


def literal(text: str, stand_in: str = "") -> str:
    """Return the known part of a text.

    Args:
        text: a string that may contain CDK tokens, dynamic references and the placeholder of a lookup.
        stand_in: what to write instead of each of them. Default: nothing.
    """
    if is_placeholder(text):
        text = _PLACEHOLDER.sub(stand_in, text)
    if "{" not in text:
        return text
    if "aws_cdk" in sys.modules:
        text = _STRING.sub(stand_in, text)
    return _DYNAMIC_REFERENCE.sub(stand_in, text)


def is_placeholder(text: str) -> bool:
    """Return whether a text contains the placeholder of a context lookup that has not happened yet.

    Args:
        text: any text. Without the CDK nobody looks anything up, and it is a text like any other.
    """
    return "dummy-value-for-" in text and "aws_cdk" in sys.modules
