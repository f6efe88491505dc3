"""Starts the execution that signals the wait condition of a job; no job is started without it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from contract.resource import (
    SECONDS_PROPERTY,
    STATE_MACHINE_PROPERTY,
    WAIT_CONDITION_PROPERTY,
    WAIT_PROPERTY,
    short_logical_id,
)
from contract.tasks import (
    KIND,
    LOOKS,
    MISSING,
    RESOURCE,
    SENT,
    STACK_ID,
    TASK,
    UNTIL,
    WAIT_CONDITION,
    WAIT_KIND,
)

from ..frame.observe import read_resource
from ..frame.properties import LOGICAL_ID
from .decide import longest_wait

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..jobs.desired_state import Change
    from ..services import Services

_SECONDS = re.compile(r"[1-9][0-9]{0,4}")
_MOST_SECONDS = 43_200
_MACHINE_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
_LONGEST_ID = 62
"""Characters of a logical id in the name of an execution, which has at most 80."""


class Settings(NamedTuple):
    """How the deployment waits for a job.

    Args:
        wait_condition: the logical id of the wait condition.
        state_machine: the ARN of the state machine.
        seconds: the timeout of the wait condition.
    """

    wait_condition: str
    state_machine: str
    seconds: int


def problems(properties: Mapping[str, object], stack_id: str) -> Iterator[str]:
    """Yield everything that is wrong with the property `Wait`, in sentences.

    Args:
        properties: the properties of a job's resource.
        stack_id: the stack's ARN.
    """
    if WAIT_PROPERTY not in properties:
        return
    given = _members(properties)
    if not LOGICAL_ID.fullmatch(given[WAIT_CONDITION_PROPERTY]):
        yield f"{WAIT_CONDITION_PROPERTY} of {WAIT_PROPERTY} must be a logical id; correct it"
    _, partition, _, region, account, *_ = stack_id.split(":")
    prefix = f"arn:{partition}:states:{region}:{account}:stateMachine:"
    arn = given[STATE_MACHINE_PROPERTY]
    if not arn.startswith(prefix) or not _MACHINE_NAME.fullmatch(arn.removeprefix(prefix)):
        yield (
            f"{STATE_MACHINE_PROPERTY} of {WAIT_PROPERTY} must be the ARN of a state machine in the stack's "
            "account and Region; correct it"
        )
    seconds = given[SECONDS_PROPERTY]
    if not _SECONDS.fullmatch(seconds) or int(seconds) > _MOST_SECONDS:
        yield f"{SECONDS_PROPERTY} of {WAIT_PROPERTY} must be a number from 1 to {_MOST_SECONDS}; correct it"


def start(change: Change, services: Services) -> None:
    """Start the execution for the wait condition of an event, if the event's operation creates one.

    A repeated event gives the execution the same name again, so that there is one.

    Args:
        change: the event, whose properties have no problem.
        services: the services of AWS.

    Raises:
        AwsError: it could not be started.
    """
    settings = _settings(change.desired.properties)
    if settings is None or not _is_created(settings, change, services):
        return
    name = f"{short_logical_id(settings.wait_condition, _LONGEST_ID)}-{change.request_hash}"
    task = {
        KIND: WAIT_KIND,
        STACK_ID: change.stack_id,
        RESOURCE: change.logical_id,
        WAIT_CONDITION: settings.wait_condition,
        UNTIL: round(services.retry.now + longest_wait(settings.seconds)),
        SENT: 0,
        LOOKS: 0,
        MISSING: 0,
    }
    services.executions.start(settings.state_machine, name, {TASK: task})
    services.log.write("waiting started", waitCondition=settings.wait_condition, execution=name)


def _is_created(settings: Settings, change: Change, services: Services) -> bool:
    """Return whether the event's operation creates the wait condition.

    One that the former template had, too, is complete, unless the operation before has failed and was not
    rolled back.
    """
    before = _settings(change.previous.properties)
    if before is None or before.wait_condition != settings.wait_condition:
        return True
    found = read_resource(services.stacks, change.stack_id, settings.wait_condition, services.log)
    return found.is_known and found.status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE")


def _settings(properties: Mapping[str, object]) -> Settings | None:
    if WAIT_PROPERTY not in properties:
        return None
    given = _members(properties)
    seconds = given[SECONDS_PROPERTY]
    return Settings(
        wait_condition=given[WAIT_CONDITION_PROPERTY],
        state_machine=given[STATE_MACHINE_PROPERTY],
        seconds=int(seconds) if _SECONDS.fullmatch(seconds) else _MOST_SECONDS,
    )


def _members(properties: Mapping[str, object]) -> dict[str, str]:
    given = properties[WAIT_PROPERTY]
    names = (WAIT_CONDITION_PROPERTY, STATE_MACHINE_PROPERTY, SECONDS_PROPERTY)
    return {name: str(given.get(name, "")) if isinstance(given, Mapping) else "" for name in names}
