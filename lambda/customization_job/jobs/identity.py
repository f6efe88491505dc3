"""Names and tokens: pure functions of the stack, the logical id and what the weights depend on.

A later event - a retry, a rollback, a Delete whose id CloudFormation made up - computes them again and so
finds the job without anything being stored. They are a contract with every stack that was ever deployed: a
change of the fingerprint needs a new VERSION, and jobs of the old one must still be found.

What no later event can compute again - which event and which operation started the job, which tags its model
was given - is in the token too: Bedrock returns it with the job, so it is the handler's only memory.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from contract.generated_names import name_prefix
from contract.replacement import infrastructure, training_inputs

VERSION = "v2"
NO_OPERATION = "00000000"
"""Stands in a token for an operation whose time CloudFormation did not tell."""

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
class Token:
    """A `clientRequestToken`: all that the handler keeps about a job, kept by Bedrock.

    Args:
        version: How the fingerprint was made.
        stack: Which stack the resource belongs to.
        resource: Which resource of the stack wanted the job.
        fingerprint: What its weights depend on.
        generation: How many jobs of the same fingerprint came before.
        request: Which event started it.
        infrastructure: Which role, network and output it was started with.
        operation: Which operation of the stack started it.
        model_tags: Which tags its model is given, three characters for each key. Default: none.
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
    def read(cls, text: str) -> Token | None:
        """Read a token; None where it is not one of ours."""
        match = _TOKEN.fullmatch(text)
        if match is None:
            return None
        found: dict[str, Any] = match.groupdict(default="")
        return cls(**{**found, "generation": int(found["generation"])})

    @property
    def owner(self) -> tuple[str, str]:
        """The stack and the resource that the job was started for."""
        return (self.stack, self.resource)

    def gave_model_tag(self, key: str) -> bool:
        """Tell whether the job was started with a tag of this key for its model."""
        codes = {self.model_tags[at : at + _CODE] for at in range(0, len(self.model_tags), _CODE)}
        return _tag_code(key) in codes


def stack_mark(stack_id: str) -> str:
    """Name a stack in 8 characters of its ARN, which is never used twice."""
    return _digest(stack_id, 8)


def resource_mark(logical_id: str) -> str:
    """Name a resource of a stack in 8 characters."""
    return _digest(logical_id, 8)


def operation_mark(changed: float | None) -> str:
    """Name an operation of a stack, in 8 characters, by the time at which CloudFormation says it began."""
    return NO_OPERATION if changed is None else _digest(f"{changed:.3f}", 8)


def model_tags_mark(keys: Iterable[str]) -> str:
    """Name the tags that a model is given when it is made, three characters for each key.

    A tag that the template drops while the job trains can only be taken from the model once that exists. By
    then no event tells which tags the job was started with; guessing would take away tags that people added.
    """
    return "".join(sorted(map(_tag_code, keys))[:_MOST_TAGS])


def request_mark(request_id: str) -> str:
    """Name an event: 8 characters of its RequestId, which Lambda's retries share."""
    return _digest(request_id, 8)


def fingerprint(properties: Mapping[str, object]) -> str:
    """Name what the weights depend on, in 16 characters.

    Args:
        properties: The resource's properties, `Request` with the API's types.
    """
    return _digest(_canonical(training_inputs(properties)), 16)


def infrastructure_mark(properties: Mapping[str, object]) -> str:
    """Name the role, the network and the output place, in 8 characters.

    Args:
        properties: The resource's properties, `Request` with the API's types.
    """
    return _digest(_canonical(infrastructure(properties)), 8)


def generated_name(stack_id: str, logical_id: str, mark: str, generation: int) -> str:
    """Make the name of a job and its model: a readable prefix and 12 characters that nobody else has.

    Args:
        stack_id: The stack's ARN.
        logical_id: The resource's logical id.
        mark: See `fingerprint`.
        generation: 0 for the first job of this fingerprint; Bedrock never frees a name.
    """
    unique = _digest(f"{stack_id}|{logical_id}|{mark}|{generation}", 12)
    return f"{name_prefix(stack_id, logical_id)}{unique}"


def _tag_code(key: str) -> str:
    number = int(hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest(), 16)
    return "".join(_DIGITS[number // 36**place % 36] for place in range(_CODE))


def _digest(text: str, length: int) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:length]


def _canonical(part: Mapping[str, object]) -> str:
    spelled = {**part, _HYPER_PARAMETERS: _spelled_values(part.get(_HYPER_PARAMETERS))}
    return json.dumps(_settled(spelled), sort_keys=True, separators=(",", ":"))


def _spelled_values(value: object) -> object:
    """Spell the numbers among the hyperparameters, which the API takes as strings."""
    if not isinstance(value, Mapping):
        return value
    return {key: _spelled(item) if isinstance(item, str) else item for key, item in value.items()}


def _settled(value: object) -> object:
    """Bring everything that means the same into one form: order, empties, numbers."""
    if isinstance(value, Mapping):
        settled = {str(key): _settled(item) for key, item in value.items()}
        return {key: item for key, item in settled.items() if not _is_empty(item)}
    if isinstance(value, list | tuple):  # no list of the request has an order that means something
        return sorted((_settled(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    return _spelled(str(value)) if _is_number(value) else value


def _spelled(text: str) -> str:
    """Spell a number in one way, so that 1e-05 and 0.00001 buy one training; leave other text alone."""
    return str(Decimal(text).normalize()) if _NUMBER.fullmatch(text) else text


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, str | Mapping | list) and not value)
