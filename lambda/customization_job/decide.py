"""The decisions, and nothing but: what somebody wants and what Bedrock says -> what to do and to answer.

Create, Update and Delete each stand on one screen. Nothing here calls anything.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from . import reasons
from .acts import DeleteModel, Done, Keep, Refuse, Seen, Start, Stop, Wait
from .identity import VERSION, Token
from .stack import Stack
from .wire import DELETE_MODEL, RETAIN

if TYPE_CHECKING:
    from .ports import Job
    from .wire import Change, Wish


def create(change: Change, seen: Seen) -> Keep | Start | Refuse:
    """Decide a Create: adopt the job of this wish if there is a good one, else start one."""
    mine = own_job(change, seen.jobs)
    if seen.stack.is_over:
        return Refuse(reason=reasons.STACK_GOES_BACK, job=mine, stop=_running(mine))
    if mine:
        return _answer_for(mine, change.wish)
    if useful := _useful(change, seen.jobs):
        return Keep(job=useful[-1], note="adopted")
    return _start(change, seen)


def update(change: Change, seen: Seen) -> Keep | Start | Refuse:
    """Decide an Update: keep the job if its weights are still wished, else adopt or start another.

    A changed role, network or output replaces a job that still needs them, and a job that ended without a
    model; for the sake of a finished model nobody pays twice unless asked to.
    """
    seen = replace(seen, current=_if_ours(change, seen.current))
    mine = own_job(change, seen.jobs)
    if seen.stack.is_over and mine and mine.is_running:
        return Refuse(reason=reasons.STACK_GOES_BACK, stop=(mine,))
    if seen.stack is Stack.GOING_BACK:
        return _go_back(change, seen)
    if mine:
        return _answer_for(mine, change.wish)
    if note := _why_it_stays(change, seen.current):
        return Keep(job=seen.current, note=note)
    alike = bool(seen.current and _is_trained_alike(change, seen.current))
    if useful := _useful(change, seen.jobs, exactly=alike):
        return Keep(job=useful[-1], note="adopted")
    return _start(change, seen)


def delete(change: Change, job: Job, *, is_rollback: bool) -> Stop | Wait | DeleteModel | Done:
    """Decide a Delete, job by job and look by look: stop what runs, keep what is finished unless told.

    `Retain` leaves what a deployment has made. What a failed deployment has made nobody ever had, so a
    rollback stops it all the same.
    """
    if _if_ours(change, job) is None:
        return Done(note="left alone: it belongs to somebody else")
    if change.wish.on_delete == RETAIN and not is_rollback:
        return Done(note="left alone: OnDelete is Retain")
    if job.is_running:
        return Stop()
    if job.status == "Stopping":
        return Wait()
    if job.status == "Completed" and change.wish.on_delete == DELETE_MODEL and job.model_arn:
        return DeleteModel()
    return Done(note=f"nothing to stop: the job is {job.status}")


def own_job(change: Change, jobs: tuple[Job, ...]) -> Job | None:
    """Find the job that this very event started in an earlier attempt."""
    for job in jobs:
        token = Token.read(job.token)
        if token and _is_wished(change, token) and token.request == change.mark:
            return job
    return None


def _is_trained_alike(change: Change, job: Job) -> bool:
    """Tell whether a job's weights depend on what is wished now."""
    token = Token.read(job.token)
    if token and token.version == VERSION:
        return token.fingerprint == change.wish.fingerprint
    return (
        change.previous.fingerprint == change.wish.fingerprint
    )  # another release's token says nothing to us


def is_of(change: Change, wish: Wish, job: Job) -> bool:
    """Tell whether a job was started by this resource for `wish`."""
    token = Token.read(job.token)
    return bool(
        token and (token.version, token.owner, token.fingerprint) == (VERSION, change.owner, wish.fingerprint)
    )


def _go_back(change: Change, seen: Seen) -> Keep:
    """Find the job that stood for the resource before; never start one."""
    found = _former_job(change, seen)
    kept = {job.arn for job in (found, seen.current) if job}
    lost = [job for job in seen.previous if is_of(change, change.previous, job) and job.is_running]
    return Keep(job=found, stop=tuple(job for job in lost if job.arn not in kept), note="went back")


def _former_job(change: Change, seen: Seen) -> Job | None:
    """Tell the job of the old inputs from the one that the failed operation has put in its place.

    A finished job gives way to none but another good one.
    """
    current = seen.current
    others = [job for job in seen.jobs if is_of(change, change.wish, job) and job != current]
    if current and is_of(change, change.wish, current):
        if not _is_replacement(change, current):
            return current
        if current.status == "Completed":
            others = [job for job in others if job.is_useful]
    return max(others, key=lambda job: _likeness(change, job), default=current)


def _is_replacement(change: Change, job: Job) -> bool:
    """Tell whether a job of the right training was started because the infrastructure changed.

    For a finished job that was so only if it was asked for.
    """
    token, before = Token.read(job.token), change.previous.infrastructure
    is_of_attempt = bool(token and token.infrastructure == before != change.wish.infrastructure)
    return is_of_attempt and (job.status != "Completed" or change.previous.retrains_on_infrastructure_change)


def _likeness(change: Change, job: Job) -> tuple[bool, bool, int]:
    token = Token.read(job.token)
    return (job.is_useful, _has_wished_infrastructure(change, job), token.generation if token else -1)


def _why_it_stays(change: Change, job: Job | None) -> str:
    """Say why the job that stands for the resource goes on doing so; "" where it cannot."""
    if job is None:
        is_known = bool(change.job_arn) and change.previous.fingerprint == change.wish.fingerprint
        return "not found, and nothing asks for another" if is_known else ""
    if not _is_trained_alike(change, job):
        return ""
    if change.wish.infrastructure == change.previous.infrastructure or _has_wished_infrastructure(
        change, job
    ):
        return "same training"
    if job.status == "Completed" and not change.wish.retrains_on_infrastructure_change:
        return "finished: role, network and output are not needed any more"
    return ""


def _answer_for(mine: Job, wish: Wish) -> Keep | Refuse:
    if mine.is_running or mine.status == "Completed":
        return Keep(job=mine, note="started by this event")
    return Refuse(reason=reasons.job_ended(mine, wish), job=mine)


def _useful(change: Change, jobs: tuple[Job, ...], *, exactly: bool = False) -> list[Job]:
    """Give the jobs of this wish that have a model or may make one, the most alike last."""
    ours = [job for job in jobs if is_of(change, change.wish, job) and job.is_useful]
    alike = [job for job in ours if _has_wished_infrastructure(change, job)]
    return alike if exactly else [*(job for job in ours if job not in alike), *alike]


def _start(change: Change, seen: Seen) -> Start | Refuse:
    if seen.stack is not Stack.LIVE:
        return Refuse(reason=reasons.NOBODY_WAITS[seen.stack])
    if reason := _taken_name(change, seen):
        return Refuse(reason=reason)
    return Start(generation=len(seen.jobs))


def _taken_name(change: Change, seen: Seen) -> str:
    """Say why an exact name cannot be given to a new job; "" where it can."""
    wish = change.wish
    if wish.job_name and seen.jobs:
        return reasons.job_name_taken(wish.job_name, seen.jobs[0], is_ours=_is_ours(change, seen.jobs[0]))
    holds_model_name = bool(seen.current and seen.current.is_useful)
    if wish.model_name and holds_model_name and wish.model_name == change.previous.model_name:
        return reasons.model_name_kept(wish.model_name)
    return reasons.model_name_taken(wish.model_name, seen.model_holder) if seen.model_holder else ""


def _is_ours(change: Change, job: Job) -> bool:
    token = Token.read(job.token)
    return bool(token and token.owner == change.owner)


def _if_ours(change: Change, job: Job | None) -> Job | None:
    """Pass a job over that somebody else started; where its token is not told, the id decides."""
    return job if job and (not job.token or _is_ours(change, job)) else None


def _is_wished(change: Change, token: Token) -> bool:
    return (token.version, token.owner, token.fingerprint) == (VERSION, change.owner, change.wish.fingerprint)


def _has_wished_infrastructure(change: Change, job: Job) -> bool:
    token = Token.read(job.token)
    return bool(token and token.infrastructure == change.wish.infrastructure)


def _running(job: Job | None) -> tuple[Job, ...]:
    return (job,) if job and job.is_running else ()
