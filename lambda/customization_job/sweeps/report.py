"""The last step of a sweep: all results, read from Bedrock, and the deletion of models that are not kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..frame.errors import AwsError, ErrorKind
from ..frame.task import TaskResult
from ..jobs import messages as job_messages
from ..jobs.observe import Observer
from . import decide, results
from .decide import View
from .definition import account_of
from .results import Row
from .trial import jobs_of, result_of

if TYPE_CHECKING:
    from ..jobs.ports import Job
    from ..services import Services
    from .desired_state import Trial
    from .task import SweepTask

_ATTEMPTS = "attempts"
_MOST_ATTEMPTS = 20
_DELETE_COMMAND = "aws bedrock delete-custom-model --model-identifier"


def report(task: SweepTask, services: Services) -> TaskResult:
    """Write the results of all trials once none is underway any more.

    Args:
        task: the task, of a sweep that is the stack's current one.
        services: the services of AWS.

    Raises:
        AwsError: something could not be read or written.
    """
    desired, uri, retry = task.desired, task.uri, services.retry
    known, rows = results.read_known(uri, desired, services), dict[int, Row]()
    for trial in desired.trials:
        job, is_underway = _last_job(trial, task, services)
        if job and is_underway:
            return TaskResult(
                f"no report yet: {job.name} is {job.status}", retry.spread(decide.SHORT_OF_JOBS)
            )
        if retry.left <= 0:
            return _too_slow(task)
        # Why a trial was not started is known from its own task alone.
        rows[trial.index] = (
            result_of(trial, job, services) if job else known.get(trial.index, results.row(trial))
        )
    for loser in results.losers(rows.values(), desired.objective, desired.keep):
        if _delete_model(loser, desired.trial(loser.index), services):
            rows[loser.index] = replace(loser, model_arn="")
    content = results.document(uri, desired, rows, is_finished=True)
    services.objects.put(uri.bucket, uri.results_key, account_of(desired.owner.stack_id), content)
    best = next(iter(results.ranked(rows.values(), desired.objective)), None)
    complete = sum(one.status == "Completed" for one in rows.values())
    about = {"results": uri.results_uri, "trials": desired.count, "complete": complete}
    services.log.write("sweep finished", **about, best=best.job_arn if best else None)
    return TaskResult(f"the results of {desired.count} trials are written")


def _last_job(trial: Trial, task: SweepTask, services: Services) -> tuple[Job | None, bool]:
    """Return the job that a trial has come to, and whether it is underway."""
    last: Job | None = None
    for _, job in jobs_of(trial, services):
        if not decide.is_of_trial(trial, job):
            continue
        last, view = job, decide.view(trial, job, task.run, was_seen=True)
        if view is not View.EARLIER:
            return job, view is View.UNDERWAY
    return last, False


def _too_slow(task: SweepTask) -> TaskResult:
    attempts = task.number(_ATTEMPTS) + 1
    if attempts == _MOST_ATTEMPTS:
        return TaskResult("no report: reading all jobs took too long each time", level="ERROR")
    return TaskResult("no report yet: time is up", decide.REFUSED, {_ATTEMPTS: attempts}, "WARNING")


def _delete_model(loser: Row, trial: Trial, services: Services) -> bool:
    """Delete a model that nothing uses, or log why it is kept; return whether it is gone."""
    about = {"jobArn": loser.job_arn, "modelArn": loser.model_arn}
    if reason := _why_kept(loser.model_arn, trial, services):
        command = f"{_DELETE_COMMAND} {loser.model_arn}"
        services.log.write("model kept", "WARNING", **about, decision=reason, command=command)
        return False
    try:
        services.bedrock.delete_model(loser.model_arn)
    except AwsError as error:
        if error.kind is ErrorKind.NOT_FOUND:
            return True
        reason = job_messages.KEPT_DENIED if error.kind.is_denial else error.reason
        command = f"{_DELETE_COMMAND} {loser.model_arn}"
        services.log.write("model kept", "ERROR", **about, decision=reason, command=command)
        return False
    services.log.write("model deleted", **about)
    return True


def _why_kept(model_arn: str, trial: Trial, services: Services) -> str:
    """Return what uses a model, or may do so; "" where it is certain that nothing does."""
    try:
        served_by = services.bedrock.serving(model_arn)
    except AwsError as error:
        services.log.write("model use not listed", "WARNING", modelArn=model_arn, code=error.reason)
        return job_messages.KEPT_USE_UNREAD
    if served_by:
        return job_messages.kept_in_use(served_by)
    published = Observer(trial.change, services).publishing(model_arn)
    if published is None:
        return job_messages.KEPT_PUBLISHED_UNREAD
    return job_messages.kept_published(published) if published else ""
