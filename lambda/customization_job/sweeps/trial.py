"""One trial: finds its job, starts it when there is room, and looks at it until it has ended."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from contract.resource import name_prefix

from ..frame.errors import AwsError
from ..frame.task import TaskResult, pause_for
from ..jobs import messages as job_messages
from ..jobs.actions import ActionError, Actions
from ..jobs.desired_state import RETAIN
from ..jobs.identity import ClientToken
from ..jobs.observe import Observer
from ..jobs.ports import Job
from . import decide, results
from .decide import View
from .task import held

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..jobs.desired_state import Change
    from ..services import Services
    from .desired_state import Trial
    from .task import SweepTask

GENERATION, REFUSALS, MISSING = "generation", "refusals", "missing"
"""What the task keeps between two looks: which of the trial's names its job has, once that is known, how
often Bedrock has refused the job, and how often it has not shown it."""

_GENERATIONS = 1000
_MOST_MISSING = 10


def jobs_of(trial: Trial, services: Services, first: int = 0) -> Iterator[tuple[int, Job]]:
    """Yield the jobs under the names of a trial, until a name is free.

    Args:
        trial: the trial.
        services: the services of AWS.
        first: the generation to begin with. Default: the first one.
    """
    for generation in range(first, _GENERATIONS):
        job = services.bedrock.get_job(trial.name(generation))
        if job is None:
            return
        yield generation, job


def actions_of(change: Change, services: Services) -> Actions:
    """Return what stops the jobs of a trial and deletes their models.

    Args:
        change: the `change` of the trial.
        services: the services of AWS.
    """
    observer = Observer(change, services)
    return Actions(change, services.bedrock, observer, services.retry, services.log)


def with_model(job: Job, services: Services) -> Job:
    """Return a job that says whether its model still exists."""
    if job.status != "Completed":
        return job
    return replace(job, has_model=services.bedrock.get_model(job.model_arn or job.model_name) is not None)


def result_of(trial: Trial, job: Job) -> results.Row:
    """Return the result of a trial whose job has ended.

    Args:
        trial: the trial.
        job: its job, as `with_model` returns it.
    """
    failure = job_messages.scrubbed(job.failure, trial.change.desired) if job.failure else ""
    return results.row(trial, job, failure)


def look(trial: Trial, task: SweepTask, services: Services) -> TaskResult:
    """Do what a trial needs now.

    Args:
        trial: the trial.
        task: the task, of a sweep that is the stack's current one.
        services: the services of AWS.

    Raises:
        AwsError: something could not be read.
    """
    seen = task.number_or_none(GENERATION)
    free = seen or 0
    for generation, job in jobs_of(trial, services, free):
        match decide.view(trial, job, task.run, was_seen=generation == seen):
            case View.UNDERWAY:
                if generation != seen:
                    _adopted(trial, job, task, services)
                age = services.retry.now - (job.created or services.retry.now)
                kept = {GENERATION: generation, MISSING: 0}
                return TaskResult(f"{job.name} is {job.status}", pause_for(age), kept)
            case View.RESULT:
                found = result_of(trial, with_model(job, services))
                _update_tags(trial, job, task, services)
                results.record(found, task.uri, task.desired, services)
                return TaskResult(f"{job.name} is {job.status}", None, {GENERATION: generation})
        free = generation + 1
    missing = task.number(MISSING)
    if free == seen and missing < _MOST_MISSING:
        name = trial.name(free)
        return TaskResult(f"Bedrock does not show {name} yet", pause_for(0.0), {MISSING: missing + 1})
    return _admitted(trial, free, task, services)


def _admitted(trial: Trial, generation: int, task: SweepTask, services: Services) -> TaskResult:
    """Start the job of a trial, or wait until there is room for it."""
    desired = task.desired
    try:
        underway = services.bedrock.names_underway()
    except AwsError as error:
        if not error.kind.is_denial:
            raise
        services.log.write("jobs not listed", "WARNING", code=error.reason)
        underway = []
    prefix = name_prefix(desired.owner.stack_id, desired.owner.logical_id)
    if found := decide.why_not_admitted(underway, prefix, desired.max_concurrency):
        reason, seconds = found
        return held(task.task, services, f"not started: {reason}", seconds)
    return _started(trial, generation, task, services)


def _started(trial: Trial, generation: int, task: SweepTask, services: Services) -> TaskResult:
    name = trial.name(generation)
    request = trial.change.request(generation, str(trial.token(generation, task.run)))
    try:
        arn = services.bedrock.create_job(request, is_repeated=False)
    except AwsError as error:
        return _refused(trial, error, task, services)
    services.log.write("job started", jobArn=arn, jobName=name, generation=generation, trial=trial.index)
    job = Job(arn=arn, name=name, status="InProgress")
    if task.is_stack_gone(services) and task.desired.on_delete != RETAIN:
        return _stopped_again(job, trial, services)
    results.record(results.row(trial, job), task.uri, task.desired, services)
    return TaskResult(f"{name} was started", pause_for(0.0), {GENERATION: generation, MISSING: 0})


def _adopted(trial: Trial, job: Job, task: SweepTask, services: Services) -> None:
    """Record a job that this task has not started, and give it the tags of the sweep."""
    results.record(results.row(trial, job), task.uri, task.desired, services)
    _update_tags(trial, job, task, services)


def _update_tags(trial: Trial, job: Job, task: SweepTask, services: Services) -> None:
    """Give a job of an earlier run, and its model, the tags of the sweep; no trial waits for its tags."""
    token = ClientToken.read(job.token)
    if token is None or token.request == task.run:
        return
    try:
        actions_of(trial.change, services).update_tags(job)
    except AwsError as error:
        services.log.write("tags refused", "WARNING", jobArn=job.arn, code=error.reason)


def _refused(trial: Trial, error: AwsError, task: SweepTask, services: Services) -> TaskResult:
    """Decide what follows from a refused start. If there is a job nevertheless, the next look finds it."""
    refusals = task.number(REFUSALS) + 1
    seconds = decide.refused(error, refusals).seconds
    reason = job_messages.failed(error)
    if seconds is not None:
        kept = {REFUSALS: refusals}
        return TaskResult(f"not started: {reason}", services.retry.spread(seconds), kept, "WARNING")
    sentence = job_messages.call_failed(error, trial.change.desired)
    results.record(results.row(trial, failure=sentence), task.uri, task.desired, services)
    return TaskResult(f"not started: {reason}", None, level="ERROR")


def _stopped_again(job: Job, trial: Trial, services: Services) -> TaskResult:
    """Stop a job whose stack was deleted while Bedrock accepted it."""
    try:
        actions_of(trial.change, services).stop((job,))
    except ActionError as error:
        services.log.write("job not stopped", "ERROR", jobArn=job.arn, reason=str(error))
    return TaskResult("the stack is being deleted: the job is stopped again", None, level="WARNING")
