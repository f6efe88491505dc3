"""Names and tokens: pure functions of the stack, the logical id and what the weights depend on.

A later event - a retry, a rollback, a Delete whose id CloudFormation made up - computes them again and so
finds the job without anything being stored. They are a contract with every stack that was ever deployed: a
change of the fingerprint needs a new VERSION, and jobs of the old one must still be found.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from service_model.weights import infrastructure, weights

VERSION = "v1"

_HYPER_PARAMETERS = "hyperParameters"

_TOKEN = re.compile(
    r"(?P<version>v[0-9]+)-(?P<owner>[0-9a-f]{8})-(?P<fingerprint>[0-9a-f]{16})-(?P<generation>[0-9]{1,6})"
    r"-(?P<request>[0-9a-f]{8})-(?P<infrastructure>[0-9a-f]{8})"
)
_NUMBER = re.compile(r"[0-9]{1,14}(\.[0-9]{1,14})?([eE][-+]?[0-9]{1,3})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A `clientRequestToken`: all that the handler keeps about a job, kept by Bedrock.

    Args:
        version: How the fingerprint was made.
        owner: Which resource of which stack wanted the job.
        fingerprint: What its weights depend on.
        generation: How many jobs of the same fingerprint came before.
        request: Which event started it.
        infrastructure: Which role, network and output it was started with.
    """

    version: str = VERSION
    owner: str
    fingerprint: str
    generation: int
    request: str
    infrastructure: str

    def __str__(self) -> str:
        return (
            f"{self.version}-{self.owner}-{self.fingerprint}-{self.generation}"
            f"-{self.request}-{self.infrastructure}"
        )

    @classmethod
    def read(cls, text: str) -> Token | None:
        """Read a token; None where it is not one of ours."""
        match = _TOKEN.fullmatch(text)
        if match is None:
            return None
        return cls(
            version=match["version"],
            owner=match["owner"],
            fingerprint=match["fingerprint"],
            generation=int(match["generation"]),
            request=match["request"],
            infrastructure=match["infrastructure"],
        )


def owner_of(stack_id: str, logical_id: str) -> str:
    """Name a resource: 8 characters of the stack's ARN, which is never used twice, and the logical id."""
    return _digest(f"{stack_id}|{logical_id}", 8)


def request_mark(request_id: str) -> str:
    """Name an event: 8 characters of its RequestId, which Lambda's retries share."""
    return _digest(request_id, 8)


def fingerprint(properties: Mapping[str, object]) -> str:
    """Name what the weights depend on, in 16 characters.

    Args:
        properties: The resource's properties, `Request` with the API's types.
    """
    return _digest(_canonical(weights(properties)), 16)


def infrastructure_mark(properties: Mapping[str, object]) -> str:
    """Name the role, the network and the output place, in 8 characters.

    Args:
        properties: The resource's properties, `Request` with the API's types.
    """
    return _digest(_canonical(infrastructure(properties)), 8)


def generated_name(prefix: str, owner: str, mark: str, generation: int) -> str:
    """Make the name of a job and its model: a readable prefix and 12 characters that nobody else has.

    Args:
        prefix: At most 40 letters, digits and single hyphens.
        owner: See `owner_of`.
        mark: See `fingerprint`.
        generation: 0 for the first job of this fingerprint; Bedrock never frees a name.
    """
    return f"{prefix}-{_digest(f'{owner}|{mark}|{generation}', 12)}"


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
