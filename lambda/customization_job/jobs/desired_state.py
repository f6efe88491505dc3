"""CloudFormation's event, read as what somebody wants. Everything in it is taken for hostile."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from contract import safeguards, typed, violations
from contract.replacement import TAG_PROPERTIES

from .identity import (
    fingerprint,
    generated_name,
    infrastructure_mark,
    model_tags_mark,
    request_mark,
    resource_mark,
    stack_mark,
)

CREATE, UPDATE, DELETE = "Create", "Update", "Delete"
STOP_JOB, DELETE_MODEL, RETAIN = "StopJob", "DeleteModel", "Retain"
NOT_CREATED = "not-created/"
UNCONFIRMED = "unconfirmed/"

_ON_DELETE = (STOP_JOB, DELETE_MODEL, RETAIN)
_JOB_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]{0,20}):bedrock:(?P<region>[a-z0-9-]{1,20}):(?P<account>[0-9]{12})"
    r":model-customization-job/[A-Za-z0-9.:/-]{1,900}"
)


class Unreadable(ValueError):  # noqa: N818 - the event cannot be read; the name is the domain's
    """An event that CloudFormation would not send."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What the template asks for: the resource's properties, with the API's types.

    Args:
        properties: `ResourceProperties`, `Request` and the tags typed and without members that say nothing.
    """

    properties: Mapping[str, Any]

    @property
    def request(self) -> Mapping[str, Any]:
        """The API request as far as the template gives it: all but the tags."""
        return cast("Mapping[str, Any]", self.properties["Request"])

    @property
    def job_name(self) -> str:
        """The job's exact name, "" where the handler makes one."""
        return str(self.request.get("jobName", ""))

    @property
    def model_name(self) -> str:
        """The model's exact name, "" where the handler makes one."""
        return str(self.request.get("customModelName", ""))

    @property
    def on_delete(self) -> str:
        """What a Delete does to the job and its model. What it does not understand stops the job."""
        value = self.properties.get("OnDelete")
        return value if value in _ON_DELETE else STOP_JOB

    @property
    def retrains_on_infrastructure_change(self) -> bool:
        """Whether another role, network or output of a finished job buys a second training."""
        return str(self.properties.get("RetrainOnInfrastructureChange", "")).lower() == "true"

    @cached_property
    def fingerprint(self) -> str:
        """What the weights depend on."""
        return fingerprint(self.properties)

    @cached_property
    def infrastructure(self) -> str:
        """What a running job depends on besides."""
        return infrastructure_mark(self.properties)

    @property
    def tag_lists(self) -> Mapping[str, Any]:
        """The tags as the request takes them, by the request's field; what says nothing is left out."""
        found = {field: self.properties.get(name) for name, field in TAG_PROPERTIES.items()}
        return {field: tags for field, tags in found.items() if tags not in (None, "", [])}

    def tags(self, field: str) -> dict[str, str]:
        """Give `jobTags` or `customModelTags` as a mapping; what is no tag is passed over."""
        tags = self.tag_lists.get(field)
        listed = [tag for tag in tags if isinstance(tag, Mapping)] if isinstance(tags, list) else []
        return {str(tag["key"]): str(tag.get("value", "")) for tag in listed if tag.get("key")}

    @property
    def model_tags_mark(self) -> str:
        """The tags that the model is given when it is made, as a token keeps them."""
        return model_tags_mark(self.tags("customModelTags"))


@dataclass(frozen=True, kw_only=True)
class Change:
    """One event: what shall become of a resource.

    Args:
        kind: `Create`, `Update` or `Delete`.
        request_id: The event's id, which Lambda's retries share.
        stack_id: The stack's ARN.
        logical_id: The resource's name in the template.
        physical_id: What stands for the resource so far ("" for a Create).
        wish: What the template asks for; for a Delete, what it asked for.
        previous: What it asked for before an Update.
    """

    kind: str
    request_id: str
    stack_id: str
    logical_id: str
    physical_id: str
    wish: Wish
    previous: Wish

    @property
    def job_arn(self) -> str:
        """The physical id where it is the ARN of a job in the stack's own account and Region, else ""."""
        return self.physical_id if self.is_job_arn(self.physical_id) else ""

    def is_job_arn(self, physical_id: str) -> bool:
        """Tell whether an id is the ARN of a job in the stack's own account and Region."""
        match = _JOB_ARN.fullmatch(physical_id)
        place = self.stack_id.split(":")
        here = (place[1], *place[3:5])
        return match is not None and match.group("partition", "region", "account") == here

    @cached_property
    def owner(self) -> tuple[str, str]:
        """The stack and the resource, as tokens name them."""
        return (stack_mark(self.stack_id), resource_mark(self.logical_id))

    @cached_property
    def mark(self) -> str:
        """The event, as tokens name it."""
        return request_mark(self.request_id)

    @property
    def is_sure(self) -> bool:
        """Whether the physical id says that its event started no job."""
        return self.physical_id.startswith(NOT_CREATED)

    @property
    def origin(self) -> str:
        """The event that the physical id names, as tokens name it; "" where the id names none.

        The handler answers such an id where no job was started, or where nobody knows whether one was.
        """
        for start in (NOT_CREATED, UNCONFIRMED):
            if self.physical_id.startswith(start):
                return request_mark(self.physical_id.removeprefix(start))
        return ""

    def job_name(self, wish: Wish, generation: int) -> str:
        """Name the job of a wish."""
        return wish.job_name or generated_name(self.stack_id, self.logical_id, wish.fingerprint, generation)

    def request(self, generation: int, token: str) -> dict[str, object]:
        """Write the API request for the wished job."""
        wish = self.wish
        made = generated_name(self.stack_id, self.logical_id, wish.fingerprint, generation)
        names = {"jobName": wish.job_name or made, "customModelName": wish.model_name or made}
        return {**wish.request, **wish.tag_lists, **names, "clientRequestToken": token}


def decode(event: Mapping[str, Any]) -> Change:
    """Read an event, undoing CloudFormation's typing.

    What is wrong inside the properties is not judged here (see `problems`): a Delete must be carried out
    whatever they say.

    Raises:
        Unreadable: CloudFormation would not send this.
    """
    kind = event.get("RequestType")
    if kind not in (CREATE, UPDATE, DELETE):
        raise Unreadable(f"RequestType must be Create, Update or Delete, got {kind!r:.80}")
    physical_id = event.get("PhysicalResourceId", "")
    if not isinstance(physical_id, str) or (kind != CREATE and not physical_id):
        raise Unreadable(f"PhysicalResourceId must be a string, got {physical_id!r:.80}")
    properties = event.get("ResourceProperties")
    if kind != DELETE and not isinstance(properties, Mapping):
        raise Unreadable("ResourceProperties must be a mapping; it is not")
    return Change(
        kind=kind,
        request_id=event["RequestId"],
        stack_id=event["StackId"],
        logical_id=event["LogicalResourceId"],
        physical_id=physical_id,
        wish=_wish(properties),
        previous=_wish(event.get("OldResourceProperties")),
    )


def problems(change: Change) -> Iterator[str]:
    """Give everything that is wrong with what is wished, as sentences: the library's own rules, once more."""
    settings = change.wish.properties
    if settings.get("OnDelete", STOP_JOB) not in _ON_DELETE:
        yield f"OnDelete must be one of {', '.join(_ON_DELETE)}; correct it"
    if "clientRequestToken" in change.wish.request:
        yield "clientRequestToken must not be given, the handler makes it; take it out"
    for name, field in TAG_PROPERTIES.items():
        if field in change.wish.request:
            yield f"{field} must not stand in Request, or a change of tags could not be told; use {name}"
    request = change.request(0, "token")
    yield from map(str, violations(request))
    yield from map(str, safeguards(request))


def _wish(properties: object) -> Wish:
    given = properties if isinstance(properties, Mapping) else {}
    request = given.get("Request")
    members = request.items() if isinstance(request, Mapping) else ()
    said = {name: value for name, value in members if value not in (None, "")}
    tags = {field: given[name] for name, field in TAG_PROPERTIES.items() if given.get(name)}
    read = cast("Mapping[str, Any]", typed(tags))
    told = {name: read[field] for name, field in TAG_PROPERTIES.items() if field in read}
    return Wish(properties={**given, **told, "Request": typed(said)})
