"""What an event or a look does to a parameter, decided from what was observed, without side effects.

One rule is behind all of them: the parameter holds the model of the resource's current job as soon as that
job is complete, and until then the value stays. Nothing is ever emptied, and nothing foreign is changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..frame.event import CREATE, UPDATE
from ..frame.properties import RETAIN
from ..frame.stack import ResourceState, StackPhase, StackState
from . import messages
from .desired_state import is_parameter_name

if TYPE_CHECKING:
    from ..frame.parameters import Parameter
    from ..jobs.current import CurrentJob
    from .desired_state import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What a Create or an Update is decided by.

    Args:
        stack: the stack's status.
        resource: the resource's own physical id and status.
        current: the current job, and its model.
        parameter: the parameter of the desired name. Default: there is none.
        former: in an Update to another name: the parameter of the old name, if it is ours. Default: none.
    """

    stack: StackState
    resource: ResourceState
    current: CurrentJob
    parameter: Parameter | None = None
    former: Parameter | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """The parameter is created, or gets another value.

    Args:
        value: its value.
        note: what the log says about it.
    """

    value: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """The value stays, or there is no parameter yet.

    Args:
        value: the value; "" where there is no parameter.
        note: what the log says about it.
        level: the severity of that line.
    """

    value: str
    note: str
    level: str = "INFO"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fail:
    """The event fails, and nothing is written.

    Args:
        reason: why.
    """

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """The parameter is deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """A Delete leaves everything as it is.

    Args:
        note: what the log says about it.
        is_unclear: whether the parameter may not be needed any more.
    """

    note: str
    is_unclear: bool = False


def create_or_update(change: Change, seen: Observation) -> Put | Keep | Fail:
    """Decide a Create or an Update: make the value true, and create the parameter where there is a value."""
    parameter, phase = seen.parameter, seen.stack.phase
    if change.request_type == CREATE and phase.has_failed:
        return Fail(reason=messages.NOT_IN_PROGRESS[phase])
    is_rollback = change.request_type == UPDATE and phase is StackPhase.ROLLING_BACK
    if parameter and not parameter.is_owned_by(change.stack_id, change.logical_id):
        left = Keep(value="", note=messages.foreign(parameter), level="ERROR")
        return left if is_rollback else Fail(reason=messages.taken(parameter))
    value, note = _value(change, seen)
    if parameter:
        return Put(value=value, note=note) if value != parameter.value else Keep(value=value, note=note)
    if not value:
        return Keep(value="", note=f"there is no parameter until there is a model: {seen.current.note}")
    if is_rollback:
        return Keep(value="", note="there is no parameter; the next look creates it", level="WARNING")
    reason = _why_nothing_is_created(change, seen)
    return Fail(reason=reason) if reason else Put(value=value, note=note)


def delete(
    change: Change,
    parameter: Parameter | None,
    stack: StackState,
    resource: ResourceState,
    *,
    is_created_here: bool,
) -> Remove | Leave:
    """Decide a Delete: delete the parameter if it is ours and the event is about it.

    Args:
        change: the event.
        parameter: the parameter; None where there is none.
        stack: the stack's status.
        resource: the resource's physical id and status.
        is_created_here: whether the operation that is rolled back has created the parameter.
    """
    if parameter is None:
        return Leave(note="there is no parameter")
    if not parameter.is_owned_by(change.stack_id, change.logical_id):
        return Leave(note=messages.foreign(parameter))
    if not stack.is_deleted_whole:
        if not resource.may_lose(parameter.name, stack, is_named=change.is_named):
            return Leave(note="it is the resource's current parameter")
        if not change.is_named and resource.is_undecided:
            return Leave(note="CloudFormation does not say which parameter is current", is_unclear=True)
    if change.desired.on_delete == RETAIN and not is_created_here:
        return Leave(note="OnDelete is Retain")
    return Remove()


def follow(parameter: Parameter | None, current: CurrentJob, *, stack_id: str, logical_id: str) -> Put | Keep:
    """Decide what a look does: write the model of the current job, as soon as the job is complete."""
    value = parameter.value if parameter else ""
    if parameter and not parameter.is_owned_by(stack_id, logical_id):
        return Keep(value=value, note=messages.foreign(parameter), level="ERROR")
    if not current.model_arn:
        level = "WARNING" if current.is_unexpected else "INFO"
        return Keep(value=value, note=f"the value stays: {current.note}", level=level)
    if current.model_arn == value:
        return Keep(value=value, note="it holds the model already")
    return Put(value=current.model_arn, note=current.note or "the current job is complete")


def _value(change: Change, seen: Observation) -> tuple[str, str]:
    """Return the value that the parameter is to have, and why; "" where there is none yet."""
    current = seen.current
    if current.model_arn and current.job and current.job.arn == change.desired.job_arn:
        return current.model_arn, current.note or "the current job is complete"
    # The event may be a repeat of an old one, or CloudFormation may not show yet what a rollback restores.
    why = current.note or f"the event names the job {change.desired.job_arn}, which is not the current one"
    for kept in (seen.former, seen.parameter):  # under another name, the former is what is published now
        if kept:
            return kept.value, f"the value stays: {why}"
    return change.desired.initial_value, f"the initial value: {why}"


def _why_nothing_is_created(change: Change, seen: Observation) -> str:
    """Return why an event creates no parameter; "" where it does.

    A repeat of an old event may look like one of the operation in progress, but if the resource has another
    parameter by now, nothing would delete what the event creates.
    """
    resource, known = seen.resource, (change.physical_id, change.desired.name)
    is_settled = not resource.is_undecided and not resource.is_leaving
    if is_settled and resource.physical_id not in known and is_parameter_name(resource.physical_id):
        return messages.SUPERSEDED
    return messages.NOT_IN_PROGRESS.get(seen.stack.phase, "")
