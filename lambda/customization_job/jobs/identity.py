"""Names and client tokens: pure functions of the stack, the logical id and the training inputs.

A later event (a retry, a rollback, a Delete whose id CloudFormation generated) computes them again and so
finds the job without anything being stored. They are a contract with every stack that was ever deployed: a
change of the fingerprint needs a new VERSION, and jobs of the old one must still be found.

What no later event can compute again (which event and which operation started the job, which tags its model
was given) is in the client token too: Bedrock returns it with the job, so that nothing else has to be stored.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from contract.replacement import infrastructure, training_inputs
from contract.resource import name_prefix

VERSION = "v2"
NO_OPERATION = "00000000"
"""The hash of an operation whose time is unknown."""

_HYPER_PARAMETERS = "hyperParameters"

_TOKEN = re.compile(
    r"(?P<version>v[0-9]+)-(?P<stack>[0-9a-f]{8})-(?P<resource>[0-9a-f]{8})-(?P<fingerprint>[0-9a-f]{16})"
    r"-(?P<generation>[0-9]{1,6})-(?P<request>[0-9a-f]{8})-(?P<infrastructure>[0-9a-f]{8})"
    r"-(?P<operation>[0-9a-f]{8})(?:-(?P<model_tags>(?:[0-9a-z]{3}){1,50}))?"
)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_CODE = 3
_MOST_TAGS = 50
_NUMBER = re.compile(r"[0-9]{1,14}(\.[0-9]{1,14})?([eE][-+]?[0-9]{1,3})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientToken:
    """A `clientRequestToken`: all that the handler stores about a job, stored by Bedrock.

    Args:
        version: how the fingerprint was computed.
        stack: which stack the resource belongs to.
        resource: which resource of the stack the job was started for.
        fingerprint: its training inputs, as a hash.
        generation: how many jobs of the same fingerprint there were before.
        request: which event started it.
        infrastructure: which role, network and output it was started with.
        operation: which operation of the stack started it.
        model_tags: which tags its model is given, three characters for each key. Default: none.
    """

    version: str = VERSION
    stack: str
    resource: str
    fingerprint: str
    generation: int
    request: str
    infrastructure: str
    operation: str = NO_OPERATION
    model_tags: str = ""

    def __str__(self) -> str:
        parts = (
            self.version,
            self.stack,
            self.resource,
            self.fingerprint,
            str(self.generation),
            self.request,
            self.infrastructure,
            self.operation,
            self.model_tags,
        )
        return "-".join(filter(None, parts))

    @classmethod
    def read(cls, text: str) -> ClientToken | None:
        """Read a client token; return None where it is not one of ours."""
        match = _TOKEN.fullmatch(text)
        if match is None:
            return None
        found: dict[str, Any] = match.groupdict(default="")
        return cls(**{**found, "generation": int(found["generation"])})

    @property
    def owner(self) -> tuple[str, str]:
        """The stack and the resource that the job was started for."""
        return (self.stack, self.resource)

    def has_model_tag(self, key: str) -> bool:
        """Return whether the job was started with a tag of this key for its model."""
        codes = {self.model_tags[at : at + _CODE] for at in range(0, len(self.model_tags), _CODE)}
        return _tag_code(key) in codes


def stack_hash(stack_id: str) -> str:
    """Return 8 characters for a stack's ARN, which is never used twice."""
    return _hash(stack_id, 8)


def resource_hash(logical_id: str) -> str:
    """Return 8 characters for a logical id."""
    return _hash(logical_id, 8)


def operation_hash(changed: float | None) -> str:
    """Return 8 characters for an operation of a stack, from the time at which it began."""
    return NO_OPERATION if changed is None else _hash(f"{changed:.3f}", 8)


def model_tags_code(keys: Iterable[str]) -> str:
    """Return three characters for each key of the tags that a model is given when it is created.

    A tag that the template drops while the job trains can only be removed from the model once that exists. By
    then no event says which tags the job was started with, and guessing would remove tags that people added.
    """
    return "".join(sorted(map(_tag_code, keys))[:_MOST_TAGS])


def request_hash(request_id: str) -> str:
    """Return 8 characters for an event, from its RequestId, which Lambda's retries share."""
    return _hash(request_id, 8)


def fingerprint(properties: Mapping[str, object]) -> str:
    """Return 16 characters for the training inputs.

    Args:
        properties: the resource's properties, `Request` with the API's types.
    """
    return _hash(_canonical(training_inputs(properties)), 16)


def infrastructure_hash(properties: Mapping[str, object]) -> str:
    """Return 8 characters for the role, the network and the output location.

    Args:
        properties: the resource's properties, `Request` with the API's types.
    """
    return _hash(_canonical(infrastructure(properties)), 8)


def generated_name(stack_id: str, logical_id: str, fingerprint: str, generation: int) -> str:
    """Return the name of a job and its model: a readable prefix and 12 unique characters.

    Args:
        stack_id: the stack's ARN.
        logical_id: the resource's logical id.
        fingerprint: see the function of this name.
        generation: 0 for the first job of this fingerprint; Bedrock never frees a name.
    """
    unique = _hash(f"{stack_id}|{logical_id}|{fingerprint}|{generation}", 12)
    return f"{name_prefix(stack_id, logical_id)}{unique}"


def _tag_code(key: str) -> str:
    number = int(hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest(), 16)
    return "".join(_DIGITS[number // 36**place % 36] for place in range(_CODE))


def _hash(text: str, length: int) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:length]


def _canonical(part: Mapping[str, object]) -> str:
    normal = {**part, _HYPER_PARAMETERS: _hyper_parameters(part.get(_HYPER_PARAMETERS))}
    return json.dumps(_normalized(normal), sort_keys=True, separators=(",", ":"))


def _hyper_parameters(value: object) -> object:
    """Write the numbers among the hyperparameters, which the API takes as strings, in one form."""
    if not isinstance(value, Mapping):
        return value
    return {key: _number(item) if isinstance(item, str) else item for key, item in value.items()}


def _normalized(value: object) -> object:
    """Write everything that means the same in one form: order, empty values, numbers."""
    if isinstance(value, Mapping):
        normalized = {str(key): _normalized(item) for key, item in value.items()}
        return {key: item for key, item in normalized.items() if not _is_empty(item)}
    if isinstance(value, list | tuple):  # no list of the request has an order that means something
        return sorted(
            (_normalized(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True)
        )
    return _number(str(value)) if _is_number(value) else value


def _number(text: str) -> str:
    """Write a number in one form, so that 1e-05 and 0.00001 are one training; leave other text unchanged."""
    return str(Decimal(text).normalize()) if _NUMBER.fullmatch(text) else text


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, str | Mapping | list) and not value)
