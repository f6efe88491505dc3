"""What an event of a published model asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Self

from contract.promotion import PROMOTION_PROPERTY
from contract.resource import (
    INITIAL_VALUE_PROPERTY,
    JOB_ARN_PROPERTY,
    JOB_PROPERTY,
    ON_DELETE_PROPERTY,
    PARAMETER_NAME_PROPERTY,
    TAGS_PROPERTY,
)

from ..frame.event import Event, ResourceChange
from ..frame.properties import DELETE, LOGICAL_ID, RETAIN, member, tags_by_key, text

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,1011}|(/[A-Za-z0-9_.-]{1,1011}){1,15}")
_LONGEST_VALUE = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredState:
    """What the template asks for.

    Args:
        name: the name of the parameter.
        job: the logical id of the job's resource.
        job_arn: the job's ARN.
        initial_value: the value until there is a model. Default: there is no parameter until then.
        on_delete: what a Delete does to the parameter. An unknown value deletes it.
        tags: the tags of the parameter, without those of ownership.
    """

    name: str
    job: str
    job_arn: str
    initial_value: str = ""
    on_delete: str = DELETE
    tags: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, properties: object) -> Self:
        """Read the properties of an event."""
        given = properties if isinstance(properties, Mapping) else {}
        return cls(
            name=text(given.get(PARAMETER_NAME_PROPERTY)),
            job=text(given.get(JOB_PROPERTY)),
            job_arn=text(given.get(JOB_ARN_PROPERTY)),
            initial_value=text(given.get(INITIAL_VALUE_PROPERTY)),
            on_delete=text(given.get(ON_DELETE_PROPERTY)) or DELETE,
            tags=tags_by_key(given.get(TAGS_PROPERTY)),
        )


@dataclass(frozen=True, kw_only=True)
class Change(ResourceChange[DesiredState]):
    """One event of this resource type."""

    @classmethod
    def of(cls, event: Event) -> Self:
        """Read an event."""
        return cls.read(event, DesiredState.of)

    @property
    def name_to_delete(self) -> str:
        """The name of the parameter that a Delete is about.

        An id that CloudFormation generated, or one of a Create that created nothing, is no name.
        """
        is_name = self.physical_id.startswith("/") and is_parameter_name(self.physical_id)
        return self.physical_id if is_name else self.desired.name

    @property
    def rolled_back_name(self) -> str:
        """The other name that the Update of a rollback takes back; "" where CloudFormation does that itself.

        If the response with the other name has arrived, it is the physical id, and a Delete of it follows. A
        repeat of the Update that failed looks alike, but its physical id is the name that it changes.
        """
        other = self.previous.name
        is_unheard = self.physical_id == self.desired.name != other
        return other if is_unheard and is_parameter_name(other) else ""

    @property
    def is_named(self) -> bool:
        """Whether the physical id is the name of the parameter that a Delete is about."""
        return self.physical_id == self.name_to_delete


def is_parameter_name(name: str) -> bool:
    """Return whether Systems Manager could have a parameter of this name."""
    return _NAME.fullmatch(name) is not None


def problems(change: Change) -> Iterator[str]:
    """Yield everything that is wrong with the desired state, in sentences."""
    desired = change.desired
    if not is_parameter_name(desired.name):
        yield (
            f"{PARAMETER_NAME_PROPERTY} must have only letters, digits and _.-, with a slash before each of "
            "at most 15 levels; correct it"
        )
    if not LOGICAL_ID.fullmatch(desired.job):
        yield f"{JOB_PROPERTY} must be the logical id of a job's resource; correct it"
    if len(desired.initial_value) > _LONGEST_VALUE:
        yield f"{INITIAL_VALUE_PROPERTY} must have at most {_LONGEST_VALUE} characters; shorten it"
    if desired.on_delete not in (DELETE, RETAIN):
        yield f"{ON_DELETE_PROPERTY} must be {DELETE} or {RETAIN}; correct it"
    if member(change.properties, PROMOTION_PROPERTY) is not None:
        from ..promotion.policy import problems as promotion_problems

        yield from promotion_problems(change.properties)
