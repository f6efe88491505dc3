"""What a look at a job means for the wait condition that waits for it; a pure function.

The wait condition needs four signals. The stack's events show their ids, so three of them say what the job is
doing; whatever happens, the wait condition has all four as soon as the job is over, or `until` has passed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from contract.tasks import SIGNALS

from ..frame.task import pause_for
from ..jobs.ports import NOT_STARTED, VALIDATION

if TYPE_CHECKING:
    from ..frame.stack import ResourceState, StackState
    from ..jobs.ports import Job

WAIT_CONDITION_TYPE = "AWS::CloudFormation::WaitCondition"

SOON = 15.0
"""Seconds until the next look where the wait condition does not wait yet, or could not be signaled."""

_SOON_LOOKS = 40
"""How many looks come so soon; the history of an execution has room for 2,700 looks in all."""

_LATER = 60.0

_MOST_MISSING = 10
"""How often in succession Bedrock does not find a job that is then taken for over: a job is never deleted."""

_LAST_TRIES = 900.0
"""Seconds after `until` in which signals that were not accepted are sent again."""

_LONGEST_MARGIN = 900.0
_ID = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """What a task says.

    Args:
        until: when to stop waiting, in seconds since 1970.
        sent: how many signals have been sent.
        looks: how many looks there have been before this one.
        missing: how often in succession Bedrock has not found the job, this look included.
    """

    until: float
    sent: int = 0
    looks: int = 0
    missing: int = 0


class Signal(NamedTuple):
    """Signals are sent; then the task is over, or there is another look.

    Args:
        ids: their ids, in order.
        note: what the log says about it.
        pause: seconds until the next look. Default: there is none.
    """

    ids: tuple[str, ...]
    note: str
    pause: float | None = None


class Pause(NamedTuple):
    """Nothing is sent now.

    Args:
        note: what the log says about it.
        pause: seconds until the next look.
    """

    note: str
    pause: float


class Over(NamedTuple):
    """Nobody waits any more.

    Args:
        note: what the log says about it.
        level: the severity of that line. Default: `INFO`.
    """

    note: str
    level: str = "INFO"


def longest_wait(seconds: float) -> float:
    """Return for how many seconds a job is waited for.

    The rest of the wait condition's own timeout is for its result: CloudFormation rolls back a wait condition
    that gets too few signals in time.

    Args:
        seconds: the timeout of the wait condition.
    """
    return seconds - min(_LONGEST_MARGIN, seconds / 4)


def look(
    wait: Wait, now: float, stack: StackState, wait_condition: ResourceState, job: Job | None
) -> Signal | Pause | Over:
    """Decide one look.

    Args:
        wait: what the task says.
        now: the time, in seconds since 1970.
        stack: the stack's status.
        wait_condition: the wait condition's status.
        job: the current job of the resource. Default: it has none, or the job could not be read.
    """
    if wait_condition.resource_type not in ("", WAIT_CONDITION_TYPE):
        return Over("the resource is no wait condition", "ERROR")
    if note := _why_nobody_waits(wait, stack, wait_condition):
        return Over(note)
    if now >= wait.until + _LAST_TRIES:
        return Over("the wait condition took no signal in time", "ERROR")
    due, note = _due_signals(wait, now, job)
    if not due:
        return Pause(note, _pause(wait, now, job))
    # One that CloudFormation does not show may wait nevertheless; a signal that it refuses is sent again.
    if wait_condition.is_known and wait_condition.status not in ("CREATE_IN_PROGRESS", ""):
        return Pause("the wait condition does not wait yet", soon(wait))
    is_last = wait.sent + len(due) == SIGNALS
    return Signal(due, note, None if is_last else _pause(wait, now, job))


def soon(wait: Wait) -> float:
    """Return the seconds until a look that is to come soon; after some such looks it comes later."""
    return SOON if wait.looks < _SOON_LOOKS else _LATER


def _why_nobody_waits(wait: Wait, stack: StackState, wait_condition: ResourceState) -> str:
    """Return why nobody waits for a signal any more; "" where somebody may.

    The status of the stack may be a moment old at the first look. That of the wait condition may be of one of
    the same name that is created again, unless it is complete.
    """
    is_settled = stack.status is not None and stack.status not in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")
    if is_settled and (wait.looks > 0 or not stack.status):
        return f"the stack is in {stack.status}" if stack.status else "the stack does not exist any more"
    if wait_condition.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        return "the wait condition is complete"
    if wait_condition.changed is not None and wait_condition.changed >= wait.until:
        return "a later operation has created the wait condition again, and an execution of its own"
    return ""


def _due_signals(wait: Wait, now: float, job: Job | None) -> tuple[tuple[str, ...], str]:
    """Return the ids of the signals that are due, and why; or why none is.

    A look that was broken off is repeated: as long as the job is not over, the id of a signal depends on
    nothing but its number, so that it counts once.
    """
    name = job.arn[-_ID:] if job else "unknown"
    if job and job.has_ended:
        return _rest(wait, job.status, name), f"the job {job.arn} is {job.status}"
    if now >= wait.until:
        status = job.status if job else "unknown"
        return _rest(wait, status, name), "the job is not waited for any longer"
    if wait.missing >= _MOST_MISSING:
        return _rest(wait, "NotFound", name), "Bedrock does not find the job"
    if job is None:
        return (), "the job is not known yet"
    begun = _steps_begun(job)
    ids = (
        f"1-validation-InProgress-{name}",
        f"2-validation-Completed-{name}",
        f"3-training-InProgress-{name}",
    )
    phases = ", ".join(f"{phase} {status}" for phase, status in job.phases.items())
    return ids[wait.sent : begun], f"the job {job.arn} is {job.status}{f' ({phases})' if phases else ''}"


def _rest(wait: Wait, status: str, name: str) -> tuple[str, ...]:
    return tuple(f"{number}-{status}-{name}" for number in range(wait.sent + 1, SIGNALS + 1))


def _steps_begun(job: Job) -> int:
    """Return how many of the first three steps the job has reached; 0 where Bedrock tells no phases."""
    if job.has_begun_training:
        return 3
    validation = job.phases.get(VALIDATION, NOT_STARTED)
    return 2 if validation == "Completed" else int(validation == "InProgress")


def _pause(wait: Wait, now: float, job: Job | None) -> float:
    """Return the seconds until the next look: more as the job gets older, and none after `until`."""
    if job is None:
        return soon(wait)
    pause = _LATER if job.created is None else pause_for(now - job.created)
    return max(1.0, min(pause, wait.until - now))
