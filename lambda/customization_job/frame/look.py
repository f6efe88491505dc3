"""A look at the jobs of a stack, as the stack's rule asks for it; nothing in it is trusted.

A look names no job, no model and no value: it says what depends on which resource, and the function reads
from CloudFormation and Bedrock what is true of them. What an event of Bedrock says is never passed on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from contract.follow import (
    BUCKET,
    DEPLOYMENT_KIND,
    FOLLOW,
    JOB,
    JOB_KIND,
    KEEP,
    KIND,
    MODELS_KIND,
    PARAMETER,
    PREFIX,
    PUBLISHED_KIND,
    RESOURCE,
    STORES,
    THINGS,
)

from .event import EventError
from .properties import LOGICAL_ID, PARAMETER_NAME, S3_BUCKET, S3_PREFIX

_MEMBERS = {
    JOB_KIND: {KIND, JOB},
    PUBLISHED_KIND: {KIND, JOB, RESOURCE, PARAMETER},
    DEPLOYMENT_KIND: {KIND, JOB, RESOURCE, PARAMETER},
    MODELS_KIND: {KIND, JOB, KEEP, STORES},
}
_STORE = {BUCKET, PREFIX}
_MOST_THINGS = 500
"""More than the input of a rule's target has room for."""

_PATTERNS = {
    JOB: LOGICAL_ID,
    RESOURCE: LOGICAL_ID,
    PARAMETER: PARAMETER_NAME,
    BUCKET: S3_BUCKET,
    PREFIX: S3_PREFIX,
    KEEP: re.compile(r"[1-9][0-9]{0,2}"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """Something that depends on a job.

    Args:
        kind: one of the kinds in `contract.follow`.
        job: the logical id of the job's resource.
        resource: the logical id of its own resource. Default: it has none.
        parameter: the name of its parameter. Default: it has none.
        bucket: the bucket of the store of its promotion. Default: every model is promoted at once.
        prefix: the prefix of that store.
        keep: how many models of the job are kept. Default: all.
        stores: bucket and prefix of the store of each promotion of the job's models.
    """

    kind: str
    job: str
    resource: str = ""
    parameter: str = ""
    bucket: str = ""
    prefix: str = ""
    keep: str = ""
    stores: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look.

    Args:
        stack_id: the stack's ARN.
        things: what depends on the jobs of the stack.
    """

    stack_id: str
    things: tuple[Thing, ...]


class Result(NamedTuple):
    """What a look did about one thing; the log says it.

    Args:
        decision: what was decided, and why.
        level: the severity of the line. Default: `INFO`.
    """

    decision: str
    level: str = "INFO"


def read_look(event: Mapping[str, object]) -> Look:
    """Read a look.

    Raises:
        EventError: the stack's rule would not send this.
    """
    stack_id, things = event.get(FOLLOW), event.get(THINGS)
    if set(event) != {FOLLOW, THINGS} or not isinstance(stack_id, str) or not isinstance(things, list):
        raise EventError(f"it must have {FOLLOW}, the ARN of a stack, and {THINGS}, a list, and nothing else")
    if len(things) > _MOST_THINGS:
        raise EventError(f"{THINGS} must have at most {_MOST_THINGS} items")
    return Look(stack_id=stack_id, things=tuple(map(read_thing, things)))


def read_thing(given: object) -> Thing:
    """Read one thing.

    Raises:
        EventError: the stack's rule would not send this.
    """
    members = _MEMBERS.get(str(given.get(KIND))) if isinstance(given, Mapping) else None
    is_one = isinstance(given, Mapping) and members and set(given) in (members, _with_store(members))
    if not isinstance(given, Mapping) or not members or not is_one:
        raise EventError(f"an item of {THINGS} has another form than those of the stack's rule")
    stores = given.get(STORES, [])
    if not isinstance(stores, list) or not all(
        isinstance(one, Mapping) and set(one) == _STORE for one in stores
    ):
        raise EventError(f"{STORES} of an item of {THINGS} must be a list of stores")
    for members in ({name: given[name] for name in given.keys() - {KIND, STORES}}, *stores):
        for name, value in members.items():
            if not isinstance(value, str) or not _PATTERNS[name].fullmatch(value):
                raise EventError(f"{name} of an item of {THINGS} is not valid")
    return Thing(**{**given, STORES: tuple((one[BUCKET], one[PREFIX]) for one in stores)})


def _with_store(members: set[str]) -> set[str]:
    """Return the members of a thing that has a store; a job has none."""
    return members | _STORE if PARAMETER in members else members
