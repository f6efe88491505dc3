"""CloudFormation's event, read as what somebody wants. Everything in it is taken for hostile."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from service_model import safeguards, typed, violations

from .identity import fingerprint, generated_name, infrastructure_mark, owner_of, request_mark

CREATE, UPDATE, DELETE = "Create", "Update", "Delete"
STOP_JOB, DELETE_MODEL, RETAIN = "StopJob", "DeleteModel", "Retain"

_ON_DELETE = (STOP_JOB, DELETE_MODEL, RETAIN)
_PREFIX = re.compile(r"[a-zA-Z0-9]+(?:-[a-zA-Z0-9]+)*")
_LONGEST_PREFIX = 40
_DEFAULT_PREFIX = "job"
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
        properties: `ResourceProperties`, `Request` typed and without members that say nothing.
    """

    properties: Mapping[str, Any]

    @property
    def request(self) -> Mapping[str, Any]:
        """The API request as far as the template gives it."""
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
    def prefix(self) -> str:
        """How names start that the handler makes."""
        return str(self.properties.get("NamePrefix") or _DEFAULT_PREFIX)

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

    def tags(self, member: str) -> dict[str, str]:
        """Give `jobTags` or `customModelTags` as a mapping; what is no tag is passed over."""
        tags = self.request.get(member)
        listed = [tag for tag in tags if isinstance(tag, Mapping)] if isinstance(tags, list) else []
        return {str(tag["key"]): str(tag.get("value", "")) for tag in listed if tag.get("key")}


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
        match = _JOB_ARN.fullmatch(self.physical_id)
        place = self.stack_id.split(":")
        is_here = match and [match["partition"], match["region"], match["account"]] == [place[1], *place[3:5]]
        return self.physical_id if is_here else ""

    @cached_property
    def owner(self) -> str:
        """The resource, as tokens name it."""
        return owner_of(self.stack_id, self.logical_id)

    @cached_property
    def mark(self) -> str:
        """The event, as tokens name it."""
        return request_mark(self.request_id)

    def job_name(self, wish: Wish, generation: int) -> str:
        """Name the job of a wish."""
        return wish.job_name or generated_name(wish.prefix, self.owner, wish.fingerprint, generation)

    def request(self, generation: int, token: str) -> dict[str, object]:
        """Write the API request for the wished job."""
        made = generated_name(self.wish.prefix, self.owner, self.wish.fingerprint, generation)
        names = {"jobName": self.wish.job_name or made, "customModelName": self.wish.model_name or made}
        return {**self.wish.request, **names, "clientRequestToken": token}


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
    if "NamePrefix" in settings and not _is_prefix(settings["NamePrefix"]):
        yield "NamePrefix must be 1 to 40 letters, digits and single inner hyphens; correct it"
    if settings.get("OnDelete", STOP_JOB) not in _ON_DELETE:
        yield f"OnDelete must be one of {', '.join(_ON_DELETE)}; correct it"
    if "clientRequestToken" in change.wish.request:
        yield "clientRequestToken must not be given, the handler makes it; take it out"
    request = change.request(0, "token")
    yield from map(str, violations(request))
    yield from map(str, safeguards(request))


def _wish(properties: object) -> Wish:
    given = properties if isinstance(properties, Mapping) else {}
    request = given.get("Request")
    members = request.items() if isinstance(request, Mapping) else ()
    said = {name: value for name, value in members if value not in (None, "")}
    return Wish(properties={**given, "Request": typed(said)})


def _is_prefix(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST_PREFIX and bool(_PREFIX.fullmatch(value))
