"""What a task does, decided from what was read: functions without side effects."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from contract.sweeps import MOST_CONCURRENT

from ..frame.errors import ErrorKind
from ..jobs.identity import VERSION, ClientToken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..frame.errors import AwsError
    from ..frame.stack import ResourceState, StackState
    from ..jobs.ports import Job
    from .desired_state import Trial

UNSETTLED, SHORT_OF_JOBS, REFUSED, BUSY, UNREADABLE = 60.0, 300.0, 60.0, 120.0, 600.0
"""Seconds until a task looks again: at a stack that is being deployed, for room in the account, after a
refused call, for room in the sweep, and for a definition that cannot be read."""

_LONGEST_HOLD, _HOLDS = 900.0, 10
_MOST_REFUSALS = 300
_MOST_REFUSALS_OF_NEW_ROLES = 6

_LATER = (
    ErrorKind.QUOTA,
    ErrorKind.THROTTLED,
    ErrorKind.SERVER_ERROR,
    ErrorKind.NO_RESPONSE,
    ErrorKind.UNREACHABLE,
    ErrorKind.CREDENTIALS,
)
"""Refusals that have nothing to do with the trial: another attempt may succeed in hours."""

_NOT_READY = (
    ErrorKind.DENIED,
    ErrorKind.DENIED_BY_KEY,
    ErrorKind.NO_SUBSCRIPTION,
    ErrorKind.ROLE_NOT_READY,
    ErrorKind.ROLE_LACKS_MODEL,
    ErrorKind.DATA_NOT_READY,
    ErrorKind.CONFLICT,
    ErrorKind.NAME_IN_USE,
)
"""Refusals that end within minutes, or never: what has only just been created takes effect late, and a job
that another run has just started is visible late."""

_GONE = ("", "ROLLBACK_IN_PROGRESS", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED")


class Standing(Enum):
    """Whether a sweep is the one that the stack has, so that its trials may be started."""

    CURRENT = "the stack has this sweep, and no operation is in progress"
    UNSETTLED = "an operation of the stack is in progress, or has failed half-way"
    OVER = "the stack does not have this sweep any more"


def standing(stack: StackState, root: StackState, resource: ResourceState, physical_id: str) -> Standing:
    """Return whether the trials of a sweep may be started now.

    Nothing is started before the operation that brought the sweep has succeeded, so a deployment that fails
    costs nothing. After the rollback of an update, the stack has what an earlier operation brought.

    Args:
        stack: the stack's status.
        root: the status of its root stack; the stack's own where it is not nested.
        resource: what CloudFormation says of the sweep's resource.
        physical_id: the URI of the sweep's definition.
    """
    if is_gone(stack) or is_gone(root):
        return Standing.OVER
    if not all(map(_is_settled, (stack, root))):
        return Standing.UNSETTLED
    return Standing.CURRENT if resource.has_current(physical_id) else Standing.OVER


def is_gone(stack: StackState) -> bool:
    """Return whether a stack is being deleted, or is gone."""
    status = stack.status or ""
    return status in _GONE or status.startswith("DELETE_")


def _is_settled(stack: StackState) -> bool:
    return (stack.status or "").endswith("_COMPLETE")


class View(Enum):
    """What a job under a name of a trial means for the trial."""

    UNDERWAY = "it trains, or is being stopped"
    RESULT = "it has ended: that is the trial's result"
    EARLIER = "it ended in an earlier run and is no result: the next name is the trial's"


def view(trial: Trial, job: Job, run: str, *, was_seen: bool) -> View:
    """Return what a job means for a trial.

    What is complete is never trained again, in whichever run that was. A failure is a result, unless role,
    network or output have changed since. A job that was stopped is one where that happened in this run;
    before, the sweep was changed or deleted and its jobs were stopped for that.

    Args:
        trial: the trial.
        job: the job that has one of its names.
        run: the event that began this run, as client tokens name it.
        was_seen: whether this run has seen the job underway.
    """
    token = ClientToken.read(job.token)
    if not is_of_trial(trial, job) or token is None:
        return View.EARLIER
    if job.is_running:
        return View.UNDERWAY
    is_own = was_seen or token.request == run
    if job.status == "Completed":
        return View.RESULT
    if job.status == "Failed":
        return View.RESULT if token.infrastructure == trial.change.desired.infrastructure else View.EARLIER
    if not is_own:
        return View.EARLIER
    return View.UNDERWAY if job.status == "Stopping" else View.RESULT


def is_of_trial(trial: Trial, job: Job) -> bool:
    """Return whether this sweep has started a job for a trial."""
    token = ClientToken.read(job.token)
    expected = (VERSION, trial.change.owner, trial.fingerprint)
    return bool(token and (token.version, token.owner, token.fingerprint) == expected)


def why_not_admitted(underway: Sequence[str], prefix: str, max_concurrency: int) -> tuple[str, float] | None:
    """Return why a trial must not be started now, and in how many seconds to ask again; None where it may.

    The state machine holds the limit of the sweep, too. Two executions of one sweep hold it together here.

    Args:
        underway: the names of all jobs of the account that are in progress.
        prefix: the prefix of all names of the sweep's jobs.
        max_concurrency: how many trials train at the same time.
    """
    ours = sum(name.startswith(prefix) for name in underway)
    if ours >= max_concurrency:
        return f"{ours} jobs of the sweep are in progress", BUSY
    if len(underway) >= MOST_CONCURRENT:
        return f"the account has {len(underway)} jobs in progress", SHORT_OF_JOBS
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What follows from a refused start.

    Args:
        seconds: when to try again; None where it is the trial's result.
    """

    seconds: float | None


def refused(error: AwsError, refusals: int) -> Refusal:
    """Return what follows from a start that Bedrock refused.

    Args:
        error: the refusal.
        refusals: how often this trial has been refused, this one included.
    """
    if error.kind in _LATER:
        seconds = SHORT_OF_JOBS if error.kind is ErrorKind.QUOTA else REFUSED
        return Refusal(seconds=seconds if refusals < _MOST_REFUSALS else None)
    is_new = error.kind in _NOT_READY and refusals < _MOST_REFUSALS_OF_NEW_ROLES
    return Refusal(seconds=REFUSED if is_new else None)


def hold(seconds: float, holds: int) -> float:
    """Return the seconds until a task that can do nothing yet comes again: more rarely as it goes on.

    The history of an execution has room for 2,700 tasks, which last for three weeks then.

    Args:
        seconds: how long it waits at first.
        holds: how often it has waited.
    """
    return min(seconds * (1 + holds / _HOLDS), max(seconds, _LONGEST_HOLD))
