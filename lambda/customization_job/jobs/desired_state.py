"""What an event asks for: the template's properties, with the API's types, and what follows from them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self, cast

from contract import safeguards, typed, violations
from contract.promotion import BUCKET_MEMBER, PREFIX_MEMBER, PROMOTION_STORES_PROPERTY
from contract.replacement import TAG_PROPERTIES
from contract.resource import (
    KEEP_NEWEST_PROPERTY,
    RETAINED_PARAMETERS_PROPERTY,
    TRAINING_LIMIT_PROPERTY,
    WAIT_PROPERTY,
)

from ..frame.event import NOT_CREATED, UNCONFIRMED, Event, ResourceChange
from .identity import (
    fingerprint,
    generated_name,
    infrastructure_hash,
    model_tags_code,
    request_hash,
    resource_hash,
    stack_hash,
)

STOP_JOB, DELETE_MODEL, RETAIN = "StopJob", "DeleteModel", "Retain"

ON_DELETE = (STOP_JOB, DELETE_MODEL, RETAIN)
_JOB_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]{0,20}):bedrock:(?P<region>[a-z0-9-]{1,20}):(?P<account>[0-9]{12})"
    r":model-customization-job/[A-Za-z0-9.:/-]{1,900}"
)


@dataclass(frozen=True, kw_only=True)
class DesiredState:
    """What the template asks for.

    Args:
        properties: the resource's properties; `Request` and the tags have the API's types, and no empty
            members.
    """

    properties: Mapping[str, Any]

    @classmethod
    def of(cls, properties: object) -> Self:
        """Read the properties of an event, in which CloudFormation has turned every scalar into a string."""
        given = properties if isinstance(properties, Mapping) else {}
        request = given.get("Request")
        members = request.items() if isinstance(request, Mapping) else ()
        present = {name: value for name, value in members if value not in (None, "")}
        tags = {field: given[name] for name, field in TAG_PROPERTIES.items() if given.get(name)}
        read = cast("Mapping[str, Any]", typed(tags))
        typed_tags = {name: read[field] for name, field in TAG_PROPERTIES.items() if field in read}
        return cls(properties={**given, **typed_tags, "Request": typed(present)})

    @property
    def request(self) -> Mapping[str, Any]:
        """The API request as far as the template gives it: all but the tags."""
        return cast("Mapping[str, Any]", self.properties["Request"])

    @property
    def job_name(self) -> str:
        """The job's exact name, "" where the handler generates one."""
        return str(self.request.get("jobName", ""))

    @property
    def model_name(self) -> str:
        """The model's exact name, "" where the handler generates one."""
        return str(self.request.get("customModelName", ""))

    @property
    def on_delete(self) -> str:
        """What a Delete does to the job and its model. An unknown value stops the job."""
        value = self.properties.get("OnDelete")
        return value if value in ON_DELETE else STOP_JOB

    @property
    def retained_parameters(self) -> tuple[str, ...]:
        """The names of parameters that stay when the stack is deleted."""
        names = self.properties.get(RETAINED_PARAMETERS_PROPERTY)
        return tuple(one for one in names if isinstance(one, str)) if isinstance(names, list) else ()

    @property
    def promotion_stores(self) -> tuple[tuple[str, str], ...]:
        """Bucket and prefix of each store of what promotes models of the job."""
        stores = self.properties.get(PROMOTION_STORES_PROPERTY)
        return tuple(
            (str(one.get(BUCKET_MEMBER, "")), str(one.get(PREFIX_MEMBER, "")))
            for one in (stores if isinstance(stores, list) else ())
            if isinstance(one, Mapping)
        )

    @property
    def keeps_newest(self) -> bool:
        """Whether looks delete the models of replaced jobs, and not the events that replace them."""
        return bool(self.properties.get(KEEP_NEWEST_PROPERTY))

    @property
    def retrains_on_infrastructure_change(self) -> bool:
        """Whether another role, network or output starts a new job although the old one is complete."""
        return str(self.properties.get("RetrainOnInfrastructureChange", "")).lower() == "true"

    @cached_property
    def fingerprint(self) -> str:
        """The training inputs."""
        return fingerprint(self.properties)

    @cached_property
    def infrastructure(self) -> str:
        """What a running job depends on besides."""
        return infrastructure_hash(self.properties)

    @property
    def tag_lists(self) -> Mapping[str, Any]:
        """The tags as the request takes them, by the request's field, without empty ones."""
        found = {field: self.properties.get(name) for name, field in TAG_PROPERTIES.items()}
        return {field: tags for field, tags in found.items() if tags not in (None, "", [])}

    def tags(self, field: str) -> dict[str, str]:
        """Return `jobTags` or `customModelTags` as a mapping, without what is not a tag."""
        tags = self.tag_lists.get(field)
        listed = [tag for tag in tags if isinstance(tag, Mapping)] if isinstance(tags, list) else []
        return {str(tag["key"]): str(tag.get("value", "")) for tag in listed if tag.get("key")}

    @property
    def model_tags_code(self) -> str:
        """The keys of the model's tags as a client token keeps them."""
        return model_tags_code(self.tags("customModelTags"))


@dataclass(frozen=True, kw_only=True)
class Change(ResourceChange[DesiredState]):
    """One event of this resource type."""

    @classmethod
    def of(cls, event: Event) -> Self:
        """Read an event."""
        return cls.read(event, DesiredState.of)

    @property
    def job_arn(self) -> str:
        """The physical id where it is the ARN of a job in the stack's own account and Region, else ""."""
        return self.physical_id if self.is_job_arn(self.physical_id) else ""

    def is_job_arn(self, physical_id: str) -> bool:
        """Return whether an id is the ARN of a job in the stack's own account and Region."""
        return is_job_arn(physical_id, self.stack_id)

    @cached_property
    def owner(self) -> tuple[str, str]:
        """The stack and the resource, as client tokens name them."""
        return (stack_hash(self.stack_id), resource_hash(self.logical_id))

    @cached_property
    def request_hash(self) -> str:
        """The event, as client tokens name it."""
        return request_hash(self.request_id)

    @property
    def has_started_nothing(self) -> bool:
        """Whether the physical id says that its event started no job."""
        return self.physical_id.startswith(NOT_CREATED)

    @property
    def origin(self) -> str:
        """The event that the physical id names, as client tokens name it; "" where the id names none.

        The handler responds with such an id where no job was started, or where that is unknown.
        """
        for prefix in (NOT_CREATED, UNCONFIRMED):
            if self.physical_id.startswith(prefix):
                return request_hash(self.physical_id.removeprefix(prefix))
        return ""

    def job_name(self, desired: DesiredState, generation: int) -> str:
        """Return the name of a job for a desired state."""
        name = generated_name(self.stack_id, self.logical_id, desired.fingerprint, generation)
        return desired.job_name or name

    def request(self, generation: int, token: str) -> dict[str, object]:
        """Return the API request for the desired job."""
        desired = self.desired
        generated = generated_name(self.stack_id, self.logical_id, desired.fingerprint, generation)
        names = {
            "jobName": desired.job_name or generated,
            "customModelName": desired.model_name or generated,
        }
        return {**desired.request, **desired.tag_lists, **names, "clientRequestToken": token}


def is_job_arn(physical_id: str, stack_id: str) -> bool:
    """Return whether an id is the ARN of a job in the account and the Region of a stack."""
    match = _JOB_ARN.fullmatch(physical_id)
    parts = stack_id.split(":")
    own = (parts[1], *parts[3:5])
    return match is not None and match.group("partition", "region", "account") == own


def problems(change: Change) -> Iterator[str]:
    """Yield everything that is wrong with the desired state, in sentences: the library's own rules again."""
    properties = change.desired.properties
    if properties.get("OnDelete", STOP_JOB) not in ON_DELETE:
        yield f"OnDelete must be one of {', '.join(ON_DELETE)}; correct it"
    if "clientRequestToken" in change.desired.request:
        yield "clientRequestToken must not be given, because the handler sets it; remove it"
    for name, field in TAG_PROPERTIES.items():
        if field in change.desired.request:
            yield f"{field} must not be in Request, because a change of tags is no new job; use {name}"
    if TRAINING_LIMIT_PROPERTY in properties:
        from .training_limit import problems as problems_of_limit

        yield from problems_of_limit(properties)
    if WAIT_PROPERTY in properties:
        from ..waiting.execution import problems as problems_of_wait

        yield from problems_of_wait(properties, change.stack_id)
    request = change.request(0, "token")
    yield from map(str, violations(request))
    yield from map(str, safeguards(request))
