"""What a Create or an Update of a result does; a pure function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ..frame.stack import StackPhase
from ..jobs.ports import NOT_STARTED, VALIDATION
from ..waiting.decide import longest_wait
from . import messages

if TYPE_CHECKING:
    from ..frame.stack import StackState
    from ..jobs.ports import Job
    from .desired_state import DesiredState


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What Bedrock and CloudFormation return.

    Args:
        stack: the stack's status.
        now: the time, in seconds since 1970.
        job: the job. Default: Bedrock does not find it.
        polled: for how many seconds this event has waited.
        can_poll: whether there is time to read the job once more.
        is_update: whether the event is an Update, so that it may be part of a rollback.
    """

    stack: StackState
    now: float
    job: Job | None = None
    polled: float = 0.0
    can_poll: bool = True
    is_update: bool = False


class Succeed(NamedTuple):
    """The deployment goes on.

    Args:
        note: what the log says about it.
        level: the severity of that line. Default: `INFO`.
    """

    note: str
    level: str = "INFO"


class Fail(NamedTuple):
    """The deployment fails.

    Args:
        note: the reason, for the stack's events.
        level: the severity of the line in the log.
    """

    note: str
    level: str = "ERROR"


class Again(NamedTuple):
    """The job is read once more in a moment.

    Args:
        note: what is waited for.
    """

    note: str


def create_or_update(desired: DesiredState, seen: Observation) -> Succeed | Fail | Again:
    """Decide from what is desired and what was observed.

    A rollback neither waits nor fails, whatever has become of the job meanwhile. An Update whose stack cannot
    be read may be part of one.
    """
    phase, job = seen.stack.phase, seen.job
    if phase.has_failed or (phase is StackPhase.UNKNOWN and seen.is_update):
        return Succeed(f"{phase.value}: nothing is waited for")
    if job is None:
        return Again("Bedrock does not find the job") if seen.can_poll else Fail(messages.not_found(desired))
    if job.status == "Completed":
        return Succeed("the job is complete") if job.has_model else Fail(messages.without_model(job))
    if job.has_ended:
        failure = messages.ended(job, is_rolled_back=desired.fails_on_failure)
        return Fail(failure) if desired.fails_on_failure else Succeed(failure, "WARNING")
    if not desired.is_for_completion:
        return _of_validation(desired, seen, job)
    return _of_completion(desired, seen, job)


def _of_validation(desired: DesiredState, seen: Observation, job: Job) -> Succeed | Again:
    if job.phases.get(VALIDATION, NOT_STARTED) == "Completed" or job.has_begun_training:
        return Succeed("Bedrock has validated the data")
    if seen.can_poll and seen.polled < desired.longest_poll:
        return Again("Bedrock has not validated the data yet")
    return Succeed("the validation was not waited for any longer", "WARNING")


def _of_completion(desired: DesiredState, seen: Observation, job: Job) -> Succeed | Fail | Again:
    """Decide about a job that still runs: its time is over, or nothing has waited for it.

    A value that only the deployment knows, such as that of a parameter, changes the job but not the wait
    condition, which then does not wait again; the stack's operation began too short a time ago.
    """
    began = seen.stack.changed
    is_over = began is None or seen.now - began >= longest_wait(desired.seconds)
    if is_over and desired.fails_on_timeout:
        return Fail(messages.too_slow(job, desired.seconds))
    if is_over:
        return Succeed(f"it was not complete after {messages.duration(desired.seconds)}", "WARNING")
    if seen.can_poll and seen.polled < desired.longest_poll:
        return Again("the job is not complete, and no wait condition has waited for it")
    return Succeed("it is not complete, and no wait condition has waited for it", "WARNING")
