"""The base model that an identifier names: ids, ARNs and inference profiles."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from ..request.tokens import is_known, literal

Kind = Literal["id", "foundation-model", "custom-model", "inference-profile"]

_ARN = re.compile(
    r"arn:aws[a-z0-9-]*:bedrock:[a-z0-9-]*:[a-z0-9-]*:(?P<kind>foundation-model|custom-model|inference-profile)/(?P<rest>.+)",
    re.DOTALL,
)
_PROFILE_PREFIX = re.compile(r"[a-z-]{2,10}\.(?=[a-z0-9-]+\.)")
_ID_PARTS = 2
_UNKNOWN = "aws-0"
"""Replaces a token: it is valid as a partition, a Region and an account."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What an identifier refers to: how it is written, and the model id inside it."""

    kind: Kind
    model_id: str


def parse(identifier: str) -> Reference:
    """Return the model id in an id or in a foundation-model, custom-model or inference-profile ARN."""
    match = _ARN.fullmatch(identifier)
    if match is None:
        return Reference("id", identifier)
    kind, rest = match["kind"], match["rest"]
    if kind == "custom-model":
        return Reference("custom-model", rest.partition("/")[0])
    return Reference("inference-profile" if kind == "inference-profile" else "foundation-model", rest)


def parse_known(identifier: str) -> Reference | None:
    """Return what an identifier with tokens refers to; None where the model id itself contains a token.

    The partition and the Region of an ARN may be tokens, as in the ARN of the CDK's `FoundationModel`.

    Args:
        identifier: an id or an ARN.
    """
    if not identifier:
        return None
    if is_known(identifier):
        return parse(identifier)
    found = parse(literal(identifier, _UNKNOWN))
    return None if found.kind == "id" or _UNKNOWN in found.model_id else found


def stem(model_id: str) -> str:
    """Return an id without its context suffix: `amazon.nova-pro-v1:0:300k` is `amazon.nova-pro-v1:0`."""
    return ":".join(model_id.split(":")[:_ID_PARTS])


def with_and_without_profile_prefix(model_id: str) -> tuple[str, ...]:
    """Return an id as it is and without a profile's prefix: the name of a provider can look like one."""
    return tuple(dict.fromkeys((model_id, without_profile_prefix(model_id))))


def without_profile_prefix(model_id: str) -> str:
    """Return an id without the prefix of a system inference profile, such as `us.`."""
    match = _PROFILE_PREFIX.match(model_id)
    return model_id[match.end() :] if match else model_id
