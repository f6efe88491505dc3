"""The definition of a sweep in S3, named by the hash of its content: what its trials are.

The physical id is the URI of the definition. So every change of a sweep has another id, nothing is
overwritten (a rollback finds the former definition as it was), and an event that is delivered again writes
the same. CloudFormation says which definition is the current one, and the hash in its name proves the
content: who may write to the bucket can have nothing else trained.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, NamedTuple, Self

from contract.replacement import TAG_PROPERTIES
from contract.resource import (
    ON_DELETE_PROPERTY,
    PARAMETER_NAME_PROPERTY,
    REQUEST_PROPERTY,
    REVISION_PROPERTY,
    UPLOADED_FILES_PROPERTY,
)
from contract.sweeps import (
    DEFINITIONS_NAME,
    KEEP_PROPERTY,
    MAX_CONCURRENCY_PROPERTY,
    OBJECTIVE_PROPERTY,
    RESULTS_PROPERTY,
    SWEEP_TYPE,
    TRIALS_PROPERTY,
    results_key,
)

from ..frame.event import UPDATE, Event
from .desired_state import DesiredState

if TYPE_CHECKING:
    from ..frame.objects import Objects

_PROPERTIES = (
    REQUEST_PROPERTY,
    TRIALS_PROPERTY,
    MAX_CONCURRENCY_PROPERTY,
    OBJECTIVE_PROPERTY,
    KEEP_PROPERTY,
    RESULTS_PROPERTY,
    PARAMETER_NAME_PROPERTY,
    ON_DELETE_PROPERTY,
    REVISION_PROPERTY,
    UPLOADED_FILES_PROPERTY,
    *TAG_PROPERTIES,
)
"""What tasks need to know. A change of what only events need makes no new definition."""

_STACK, _RESOURCE, _SAID = "stackId", "resource", "properties"
_URI = re.compile(
    r"s3://(?P<bucket>[a-z0-9.-]{3,63})/(?P<prefix>[A-Za-z0-9._=/-]{1,900}/)"
    r"definitions/(?P<digest>[0-9a-f]{32})\.json"
)


class DefinitionUri(NamedTuple):
    """Where a definition is: the physical id of a sweep.

    Args:
        bucket: its bucket.
        prefix: the prefix of the sweep's objects.
        digest: the hash of its content.
    """

    bucket: str
    prefix: str
    digest: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    @property
    def key(self) -> str:
        """Its key."""
        return f"{self.prefix}{DEFINITIONS_NAME}{self.digest}.json"

    @property
    def results_key(self) -> str:
        """The key of the results."""
        return results_key(self.prefix)

    @property
    def results_uri(self) -> str:
        """The URI of the results."""
        return f"s3://{self.bucket}/{self.results_key}"

    @classmethod
    def read(cls, physical_id: str) -> Self | None:
        """Read a physical id; return None where it is not of a sweep."""
        match = _URI.fullmatch(physical_id)
        return cls(**match.groupdict()) if match else None


def write(desired: DesiredState) -> tuple[DefinitionUri, bytes]:
    """Return the definition of what is desired, and where it belongs."""
    said = {name: desired.properties[name] for name in _PROPERTIES if name in desired.properties}
    owner = desired.owner
    document = {_STACK: owner.stack_id, _RESOURCE: owner.logical_id, _SAID: said}
    content = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
    return DefinitionUri(desired.bucket, desired.prefix, _digest(content)), content


def read(uri: DefinitionUri, stack_id: str, logical_id: str, objects: Objects) -> DesiredState | None:
    """Return what a definition says; None where it does not exist, may not be read, or was changed.

    Args:
        uri: where it is.
        stack_id: the stack's ARN.
        logical_id: the logical id of the sweep.
        objects: S3.

    Raises:
        AwsError: it could not be read now.
    """
    found = objects.get(uri.bucket, uri.key, account_of(stack_id))
    if found is None or _digest(found.content) != uri.digest:
        return None
    document = json.loads(found.content)
    if (document[_STACK], document[_RESOURCE]) != (stack_id, logical_id):
        return None
    return DesiredState.of(document[_SAID], owner(stack_id, logical_id))


def owner(stack_id: str, logical_id: str) -> Event:
    """Return an event for a task, which has none: it only says which resource of which stack is meant."""
    return Event(
        request_type=UPDATE,
        request_id="",
        stack_id=stack_id,
        logical_id=logical_id,
        resource_type=SWEEP_TYPE,
        physical_id="",
        properties={},
        old_properties=None,
    )


def account_of(stack_id: str) -> str:
    """Return the account of a stack, which owns the bucket."""
    return stack_id.split(":")[4]


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
