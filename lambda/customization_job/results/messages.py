"""Every sentence that a result may show in the stack's events: what has become of the job, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..frame import advice
from ..jobs.messages import START_AGAIN
from ..jobs.ports import NOT_STARTED

if TYPE_CHECKING:
    from ..frame.errors import AwsError
    from ..jobs.ports import Job
    from .desired_state import DesiredState

_LONGEST_MESSAGE = 512
"""Bytes of Bedrock's message in an attribute: a response has fewer than 4,096 in all."""

_UNITS = (("hour", 3600), ("minute", 60), ("second", 1))

_DEPLOY_AGAIN = "Deploy again to start another job; where rollbacks are disabled, with another revision."

_OF_DATA = "bedrock-customize validate checks the data, and Bedrock's report on it is in the output location."


def invalid(problems: list[str]) -> str:
    """Return everything that is wrong with the properties."""
    return f"The job was not read, because the properties are not valid: {' | '.join(problems)}"


def call_failed(error: AwsError) -> str:
    """Return which call failed, how often it was tried, and what to do."""
    return f"{advice.failed(error)}{advice.quoted(error)}"


def not_found(desired: DesiredState) -> str:
    """Return that Bedrock does not find the job."""
    return (
        f"Bedrock does not find the job {desired.job_arn}. A job is never deleted: check that the stack was "
        "deployed in the account and the Region of the job, and deploy again."
    )


def without_model(job: Job) -> str:
    """Return that the model of a job that is complete does not exist any more."""
    model = f" {job.model_arn}" if job.model_arn else ""
    return f"The job {job.arn} is complete, but its model{model} was deleted. {START_AGAIN}"


def ended(job: Job, *, is_rolled_back: bool) -> str:
    """Return that a job has failed, with Bedrock's own message, or that somebody has stopped it.

    Args:
        job: the job.
        is_rolled_back: whether the deployment fails, so that usually nothing of it is left.
    """
    again = _DEPLOY_AGAIN if is_rolled_back else START_AGAIN
    if job.status == "Stopped":
        return f"The job {job.arn} was stopped by somebody. {again}"
    message = failure_message(job)
    cause = f": {message.rstrip('.')}." if message else "; Bedrock gives no reason."
    fix = "" if job.has_begun_training or not job.phases else f" {_OF_DATA}"
    return f"The job {job.arn} failed{_phase(job)}{cause}{fix} {again}"


def too_slow(job: Job, seconds: int) -> str:
    """Return that a job was not complete in time."""
    return (
        f"The job {job.arn} was not complete after {duration(seconds)} and is still {job.status}; if this "
        "deployment has started it, the rollback stops it. Wait for up to 12 hours, or do not wait in "
        "the deployment: use bedrock-customize watch or the events of the job."
    )


def failure_message(job: Job) -> str:
    """Return Bedrock's message about a job that failed, without URLs and control characters, cut short."""
    message = advice.scrubbed(job.failure)
    content = message.encode()
    if len(content) <= _LONGEST_MESSAGE:
        return message
    return content[: _LONGEST_MESSAGE - 3].decode(errors="ignore") + "…"


def duration(seconds: int) -> str:
    """Return seconds in words."""
    unit, size = next(one for one in _UNITS if seconds % one[1] == 0)
    count = seconds // size
    return f"{count} {unit}{'' if count == 1 else 's'}"


def _phase(job: Job) -> str:
    """Return in which phase a job has failed, as far as Bedrock tells."""
    failed = [phase for phase, status in job.phases.items() if status not in ("Completed", NOT_STARTED)]
    return f" in the {failed[0]} phase" if failed else ""
