"""What an event does, decided from what was observed: three functions without side effects.

Create, Update and Delete each fit on one screen. Nothing here calls anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..frame.stack import ResourceState, StackPhase
from . import messages
from .decisions import DeleteModel, Done, Fail, JobFacts, Keep, ModelFacts, Observation, Start, Stop, Wait
from .desired_state import DELETE_MODEL, RETAIN
from .identity import VERSION, ClientToken

if TYPE_CHECKING:
    from .desired_state import Change, DesiredState
    from .ports import Job

_DELETED = ("DELETE_IN_PROGRESS", "DELETE_COMPLETE")
_WITHOUT_RESOURCES = ("", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_COMPLETE", "DELETE_FAILED")
"""Statuses in which a stack has no resources any more, or in which they are only left to be deleted."""

_UNKNOWN_ORIGIN = "unchanged: it is unknown whether this deployment started the job"
_UNKNOWN_CURRENT = "unchanged: CloudFormation does not say which job is the resource's current one"
_UNCLEAR = (_UNKNOWN_ORIGIN, _UNKNOWN_CURRENT)
"""Why a job is left although it may not be needed; where it runs, that is logged as an error."""


def create(change: Change, observed: Observation) -> Keep | Start | Fail:
    """Decide a Create: adopt a good job of the desired state if there is one, else start one."""
    own = job_of_event(change, observed.jobs)
    if late := _if_late(change, observed, own):
        return late
    if own:
        return _keep_or_report(own, change.desired)
    if useful := _useful(change, observed):
        return Keep(job=useful[-1], note="adopted")
    return _start(change, observed)


def update(change: Change, observed: Observation) -> Keep | Start | Fail:
    """Decide an Update: keep the job if its inputs are still desired, else adopt or start another.

    A changed role, network or output replaces a job that still needs them, and a job that ended without a
    model. A complete job is not trained and billed again for that, unless the template asks for it.
    """
    own = job_of_event(change, observed.jobs)
    if own and own.is_running and (late := _if_late(change, observed, own)):
        return late
    if observed.phase is StackPhase.ROLLING_BACK:
        return _restore(change, observed)
    if own:
        return _keep_or_report(own, change.desired)
    if note := _why_job_is_kept(change, observed.named):
        return Keep(job=observed.named, note=note)
    has_same_inputs = bool(observed.named and _has_same_inputs(change, observed.named))
    if useful := _useful(change, observed, same_infrastructure=has_same_inputs):
        return Keep(job=useful[-1], note="adopted")
    return _start(change, observed)


def delete(change: Change, job: Job, facts: JobFacts) -> Stop | Wait | DeleteModel | Done:
    """Decide a Delete, job by job and step by step: stop what runs, keep a model unless asked to delete it.

    The event is not about the resource's current job, unless the whole stack is deleted. `Retain` leaves what
    a deployment has started. A rollback stops what the failed deployment has started all the same, because no
    deployment ever succeeded with it, and nothing else: what existed before the deployment stays.
    """
    if note := _why_unchanged(change, job, facts):
        return Done(note=note, is_left_running=job.is_running and note in _UNCLEAR)
    if job.is_running:
        return Stop()
    if job.status == "Stopping":
        return Wait()
    if job.status == "Completed" and change.desired.on_delete == DELETE_MODEL and job.model_arn:
        is_last = facts.stack.is_deleted_whole or facts.resource.is_leaving
        if change.desired.keeps_newest and not is_last:
            return Done(note="the model stays: looks delete models when there are newer ones")
        return DeleteModel()
    return Done(note=f"nothing to stop: the job is {job.status}")


def why_model_is_kept(facts: ModelFacts) -> str:
    """Return why a model that is to be deleted is kept all the same; "" where it may be deleted.

    A trained model is deleted only where it is certain that it is not needed.
    """
    if facts.stack.is_rollback or facts.stack.is_parents_rollback is None:
        return messages.KEPT_IN_ROLLBACK if facts.stack.is_rollback else messages.KEPT_ROOT_UNREAD
    if not facts.stack.is_in_progress:
        return messages.KEPT_IDLE
    if in_use := why_model_is_in_use(facts):
        return in_use
    is_replaced = facts.has_successor and not facts.resource.is_changing
    is_not_needed = facts.stack.is_deleted_whole or facts.resource.is_leaving or is_replaced
    return "" if is_not_needed else messages.KEPT_WITHOUT_SUCCESSOR


def why_model_is_in_use(facts: ModelFacts) -> str:
    """Return what serves or publishes a model, or may do so; "" where nothing does."""
    if facts.served_by is None:
        return messages.KEPT_USE_UNREAD
    if facts.published_in is None:
        return messages.KEPT_PUBLISHED_UNREAD
    if facts.served_by:
        return messages.kept_in_use(facts.served_by)
    if facts.published_in:
        return messages.kept_published(facts.published_in)
    return messages.KEPT_PROMOTION_UNREAD if facts.promotion is None else facts.promotion


def job_of_event(change: Change, jobs: tuple[Job, ...]) -> Job | None:
    """Return the job that this event started in an earlier attempt."""
    for job in jobs:
        token = ClientToken.read(job.token)
        if token and token.request == change.request_hash and is_job_for(change, change.desired, job):
            return job
    return None


def is_job_for(change: Change, desired: DesiredState, job: Job) -> bool:
    """Return whether this resource started a job for `desired`."""
    token = ClientToken.read(job.token)
    expected = (VERSION, change.owner, desired.fingerprint)
    return bool(token and (token.version, token.owner, token.fingerprint) == expected)


def _why_unchanged(change: Change, job: Job, facts: JobFacts) -> str:
    """Return why a Delete changes nothing about a job; "" where it does."""
    stack, is_retained = facts.stack, change.desired.on_delete == RETAIN
    if stack.is_rollback:
        if facts.started_here is False:
            return "unchanged: the job existed before the deployment that is rolled back"
        if facts.started_here is None and is_retained:
            return _UNKNOWN_ORIGIN
    elif is_retained:
        return "unchanged: OnDelete is Retain"
    return "" if stack.is_deleted_whole else _why_in_use(job, facts)


def _why_in_use(job: Job, facts: JobFacts) -> str:
    """Return which resource has the job, or may have it; "" where certainly none has it any more."""
    if not facts.resource.may_lose(job.arn, facts.stack, is_named=facts.is_named):
        return "unchanged: it is the resource's current job"
    if facts.is_used_elsewhere:
        return "unchanged: it is the current job of another resource of the stack"
    is_unclear = facts.is_used_elsewhere is None or (not facts.is_proven and facts.resource.is_undecided)
    return _UNKNOWN_CURRENT if is_unclear else ""


def _if_late(change: Change, observed: Observation, own: Job | None) -> Keep | Fail | None:
    """Decide an event whose operation is over; return None where it is not.

    The operation has failed, or the stack is in the next one already. What this event started must not go on,
    unless it is, or was, the resource's current job: then this is a repeat of an event that was responded to
    long ago, and a rollback may be about to restore the job.
    """
    is_next = observed.phase is StackPhase.IN_PROGRESS and _is_of_earlier_operation(observed, own)
    if not observed.phase.has_failed and not is_next:
        return None
    if own and observed.resource.has_current(own.arn) and not observed.stack.is_deleted_whole:
        return Keep(job=own, note="a repeated event: this is the resource's current job")
    if is_next:
        return Fail(reason=messages.NEXT_OPERATION, job=own)
    running = (own,) if own and own.is_running else ()
    match _is_to_stop(change, observed):
        case True:
            return Fail(reason=messages.ROLLED_BACK, job=own, stop=running)
        case None:
            return Fail(reason=messages.ROLLED_BACK, job=own, unclear=running)
    return Fail(reason=messages.ROLLED_BACK, job=own)


def _is_to_stop(change: Change, observed: Observation) -> bool | None:
    """Return whether the job of an event whose operation has failed must be stopped; None where unknown."""
    stack = observed.stack
    if change.desired.on_delete == RETAIN and stack.status in _DELETED:
        return None
    if stack.is_deleted_whole or stack.status in _WITHOUT_RESOURCES:
        return True
    if observed.phase is StackPhase.ROLLED_BACK and not observed.resource.is_known:
        return None
    return observed.started_here


def _is_of_earlier_operation(observed: Observation, own: Job | None) -> bool:
    """Return whether the stack's operation began after the job that this event started."""
    return bool(own and own.created is not None and observed.stack.is_later_than(own.created))


def _restore(change: Change, observed: Observation) -> Keep:
    """Find the job that the resource had before the failed operation; never start one."""
    restored = _former_job(change, observed)
    kept = {job.arn for job in (restored, observed.named) if job}
    lost = [job for job in observed.failed if is_job_for(change, change.previous, job) and job.is_running]
    return Keep(
        job=restored,
        stop=tuple(job for job in lost if job.arn not in kept),
        unclear=tuple(job for job in observed.unclear if job.arn not in kept),
        note="rolled back to the former job",
    )


def _former_job(change: Change, observed: Observation) -> Job | None:
    """Return the job of the old inputs, and not the one that the failed operation has put in its place.

    A good job is replaced only by another good one, unless the failed operation itself has started it. The
    named job has been accepted as this stack's; a stack refactoring may have given it another logical id.
    """
    named = observed.named
    if named and named.is_useful and observed.named_started_here is False and _is_of_neither(change, named):
        return named
    others = [job for job in observed.jobs if is_job_for(change, change.desired, job) and job != named]
    if named and _has_same_inputs(change, named):
        if not _is_replacement(change, named):
            return named
        if named.status == "Completed" or (named.is_useful and observed.named_started_here is not True):
            others = [job for job in others if job.is_useful]
    return max(others, key=lambda job: _rank(change, job), default=named)


def _is_of_neither(change: Change, job: Job) -> bool:
    """Return whether a job has neither the old nor the new inputs: an earlier rollback has skipped it."""
    token = ClientToken.read(job.token)
    inputs = (change.desired.fingerprint, change.previous.fingerprint)
    return bool(token and token.version == VERSION and token.fingerprint not in inputs)


def _is_replacement(change: Change, job: Job) -> bool:
    """Return whether a job of the desired inputs was started because the infrastructure changed.

    For a complete job that is so only if the template asked for it.
    """
    token, before = ClientToken.read(job.token), change.previous.infrastructure
    is_of_attempt = bool(token and token.infrastructure == before != change.desired.infrastructure)
    return is_of_attempt and (job.status != "Completed" or change.previous.retrains_on_infrastructure_change)


def _rank(change: Change, job: Job) -> tuple[bool, bool, int]:
    token = ClientToken.read(job.token)
    return (job.is_useful, _has_same_infrastructure(change, job), token.generation if token else -1)


def _why_job_is_kept(change: Change, job: Job | None) -> str:
    """Return why the resource keeps the job it has; "" where it cannot."""
    if job is None:
        is_unchanged = bool(change.job_arn) and change.previous.fingerprint == change.desired.fingerprint
        return "the job was not found, and its inputs are unchanged" if is_unchanged else ""
    if not _has_same_inputs(change, job):
        return ""
    is_unchanged = change.desired.infrastructure == change.previous.infrastructure
    if is_unchanged or _has_same_infrastructure(change, job):
        return "same inputs"
    if job.status == "Completed" and not change.desired.retrains_on_infrastructure_change:
        return "the job is complete: it does not need role, network and output any more"
    return ""


def _has_same_inputs(change: Change, job: Job) -> bool:
    """Return whether a job has the training inputs that are desired."""
    token = ClientToken.read(job.token)
    if token and token.version == VERSION:
        return token.fingerprint == change.desired.fingerprint
    # The fingerprint of another release's token cannot be compared with ours; the properties can.
    return change.previous.fingerprint == change.desired.fingerprint


def _has_same_infrastructure(change: Change, job: Job) -> bool:
    token = ClientToken.read(job.token)
    return bool(token and token.infrastructure == change.desired.infrastructure)


def _keep_or_report(own: Job, desired: DesiredState) -> Keep | Fail:
    if own.is_running or own.status == "Completed":
        return Keep(job=own, note="started by this event")
    return Fail(reason=messages.job_ended(own, desired), job=own)


def _useful(change: Change, observed: Observation, *, same_infrastructure: bool = False) -> list[Job]:
    """Return the jobs of the desired state that have a model or may create one, the best match last.

    A job that another resource has belongs to that one, though it was started under this logical id once.
    """
    free = [job for job in observed.jobs if job.arn not in observed.used_elsewhere]
    ours = [job for job in free if is_job_for(change, change.desired, job) and job.is_useful]
    same = [job for job in ours if _has_same_infrastructure(change, job)]
    return same if same_infrastructure else [*(job for job in ours if job not in same), *same]


def _start(change: Change, observed: Observation) -> Start | Fail:
    if observed.phase is not StackPhase.IN_PROGRESS:
        return Fail(reason=messages.not_in_progress(observed.stack))
    if _is_superseded(change, observed.resource):
        return Fail(reason=messages.SUPERSEDED)
    if reason := _taken_name(change, observed):
        return Fail(reason=reason)
    return Start(generation=len(observed.jobs))


def _is_superseded(change: Change, resource: ResourceState) -> bool:
    """Return whether the resource has another job than the one that the event knows.

    A repeat of an old event looks like one of the operation in progress, but CloudFormation sends no Create
    for a resource that has a job, and no Update with the physical id of another one.
    """
    return (
        resource.is_known
        and not resource.is_leaving
        and resource.physical_id != change.physical_id
        and change.is_job_arn(resource.physical_id)
    )


def _taken_name(change: Change, observed: Observation) -> str:
    """Return why an exact name cannot be given to a new job; "" where it can."""
    desired = change.desired
    if desired.job_name and observed.jobs:
        holder = observed.jobs[0]
        token = ClientToken.read(holder.token)
        is_ours = bool(token and token.owner == change.owner)
        return messages.job_name_taken(desired.job_name, holder, is_ours=is_ours)
    holds_model_name = bool(observed.named and observed.named.is_useful)
    if desired.model_name and holds_model_name and desired.model_name == change.previous.model_name:
        return messages.model_name_kept(desired.model_name)
    return (
        messages.model_name_taken(desired.model_name, observed.model_holder) if observed.model_holder else ""
    )
