"""The last step of a sweep: all results, the parameter with the best model, the deletion of other models."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..frame.stack import UNKNOWN_RESOURCE
from ..frame.task import TaskResult
from ..jobs.ports import Job
from . import decide, results
from .definition import account_of
from .results import Row
from .task import held
from .trial import actions_of, jobs_of, result_of, with_model

if TYPE_CHECKING:
    from ..frame.stack import StackState
    from ..services import Services
    from .desired_state import Trial
    from .task import SweepTask

_ATTEMPTS = "attempts"
_MOST_ATTEMPTS = 20


def report(task: SweepTask, services: Services) -> TaskResult:
    """Write the results of all trials once none is underway any more.

    Args:
        task: the task, of a sweep that is the stack's current one.
        services: the services of AWS.

    Raises:
        AwsError: something could not be read or written.
    """
    desired, uri, retry = task.desired, task.uri, services.retry
    known, rows, jobs = results.read_known(uri, desired, services), dict[int, Row](), dict[int, Job]()
    for trial in desired.trials:
        job = _last_job(trial, services)
        if job and not job.has_ended:
            return held(task.task, services, f"no report yet: {job.name} is {job.status}", decide.BUSY)
        if retry.left <= 0:
            return _too_slow(task)
        if job:
            jobs[trial.index] = found = with_model(job, services)
            rows[trial.index] = result_of(trial, found)
        else:
            # Why it was not started is known from its own task alone; nothing else in S3 is believed.
            failure = known[trial.index].failure if trial.index in known else ""
            rows[trial.index] = results.row(trial, failure=failure)
    best = next(iter(results.ranked(rows.values(), desired.objective)), None)
    if desired.parameter:
        from .best_model import publish

        publish(best.model_arn if best else "", task, services)
    for loser in results.losers(rows.values(), desired.objective, desired.keep):
        if _delete_model(jobs[loser.index], desired.trial(loser.index), task.stack, services):
            rows[loser.index] = replace(loser, model_arn="")
    content = results.document(uri, desired, rows, is_finished=True)
    services.objects.put(uri.bucket, uri.results_key, account_of(desired.owner.stack_id), content)
    services.log.write(
        "sweep finished",
        results=uri.results_uri,
        trials=desired.count,
        complete=sum(one.status == "Completed" for one in rows.values()),
        best=best.job_arn if best else "unknown",
    )
    return TaskResult(f"the results of {desired.count} trials are written")


def _last_job(trial: Trial, services: Services) -> Job | None:
    """Return the job that a trial has come to: the last one, because an earlier one was no result."""
    found = [job for _, job in jobs_of(trial, services) if decide.is_of_trial(trial, job)]
    return found[-1] if found else None


def _too_slow(task: SweepTask) -> TaskResult:
    attempts = task.number(_ATTEMPTS) + 1
    if attempts == _MOST_ATTEMPTS:
        return TaskResult("no report: reading all jobs took too long each time", level="ERROR")
    return TaskResult("no report yet: time is up", decide.REFUSED, {_ATTEMPTS: attempts}, "WARNING")


def _delete_model(job: Job, trial: Trial, stack: StackState, services: Services) -> bool:
    """Delete a model that nothing uses, or log why it is kept; return whether it is gone."""
    actions = actions_of(trial.change, services)
    if reason := actions.why_in_use(job, stack, UNKNOWN_RESOURCE):
        actions.keep_model(job, reason, is_final=True)
        return False
    return actions.delete_unused_model(job)
