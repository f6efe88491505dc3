"""What an event does, decided from what was seen: three functions without side effects.

Create, Update and Delete each stand on one screen. Nothing here calls anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..frame.stack import Stack, Standing
from . import messages
from .decisions import DeleteModel, Done, Ending, Keep, ModelFacts, Refuse, Seen, Start, Stop, Wait
from .desired_state import DELETE_MODEL, RETAIN
from .identity import VERSION, Token

if TYPE_CHECKING:
    from .desired_state import Change, Wish
    from .ports import Job


_DELETED = ("DELETE_IN_PROGRESS", "DELETE_COMPLETE")
_HOLDS_NOTHING = ("", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_COMPLETE", "DELETE_FAILED")
"""What a stack is in that holds no resource any more, or whose resources wait to be deleted."""


def create(change: Change, seen: Seen) -> Keep | Start | Refuse:
    """Decide a Create: adopt the job of this wish if there is a good one, else start one."""
    mine = own_job(change, seen.jobs)
    if late := _if_late(change, seen, mine):
        return late
    if mine:
        return _answer_for(mine, change.wish)
    if useful := _useful(change, seen):
        return Keep(job=useful[-1], note="adopted")
    return _start(change, seen)


def update(change: Change, seen: Seen) -> Keep | Start | Refuse:
    """Decide an Update: keep the job if its weights are still wished, else adopt or start another.

    A changed role, network or output replaces a job that still needs them, and a job that ended without a
    model; for the sake of a finished model nobody pays twice unless asked to.
    """
    mine = own_job(change, seen.jobs)
    if mine and mine.is_running and (late := _if_late(change, seen, mine)):
        return late
    if seen.stack is Stack.GOING_BACK:
        return _go_back(change, seen)
    if mine:
        return _answer_for(mine, change.wish)
    if note := _why_it_stays(change, seen.current):
        return Keep(job=seen.current, note=note)
    alike = bool(seen.current and _is_trained_alike(change, seen.current))
    if useful := _useful(change, seen, exactly=alike):
        return Keep(job=useful[-1], note="adopted")
    return _start(change, seen)


def delete(change: Change, job: Job, ending: Ending) -> Stop | Wait | DeleteModel | Done:
    """Decide a Delete, job by job and look by look: stop what runs, keep what is finished unless told.

    A job that stands for the resource is not what the event means, unless the whole stack goes. `Retain`
    leaves what a deployment has made. What a failed deployment has made nobody ever had, so a rollback stops
    it all the same, and nothing else: what was there before the deployment stays.
    """
    if note := _why_left_alone(change, job, ending):
        return Done(note=note, is_left_running=job.is_running and note in _UNCLEAR)
    if job.is_running:
        return Stop()
    if job.status == "Stopping":
        return Wait()
    if job.status == "Completed" and change.wish.on_delete == DELETE_MODEL and job.model_arn:
        return DeleteModel()
    return Done(note=f"nothing to stop: the job is {job.status}")


_UNKNOWN_ORIGIN = "left alone: nobody can tell whether this deployment started it"
_UNKNOWN_STANDING = "left alone: CloudFormation does not say which job stands for the resource"
_UNCLEAR = (_UNKNOWN_ORIGIN, _UNKNOWN_STANDING)
"""Why a job is left although nobody may own it; where it runs, somebody has to be told."""


def _why_left_alone(change: Change, job: Job, ending: Ending) -> str:
    """Say why a Delete is not about a job; "" where it is."""
    state, is_retained = ending.state, change.wish.on_delete == RETAIN
    if state.is_rollback:
        if ending.began_here is False:
            return "left alone: it was there before the deployment that is rolled back"
        if ending.began_here is None and is_retained:
            return _UNKNOWN_ORIGIN
    elif is_retained:
        return "left alone: OnDelete is Retain"
    return "" if state.is_deleted_whole else _why_it_stands(job, ending)


def _why_it_stands(job: Job, ending: Ending) -> str:
    """Say for what a job stands, or may stand; "" where it certainly stands for nothing any more."""
    if not _is_meant(job, ending):
        return "left alone: it stands for the resource"
    if ending.is_held:
        return "left alone: it stands for another resource of the stack"
    is_unclear = ending.is_held is None or (not ending.is_proven and ending.standing.is_open)
    return _UNKNOWN_STANDING if is_unclear else ""


def why_model_stays(facts: ModelFacts) -> str:
    """Say why a model that is to be deleted stays all the same; "" where it may go.

    What somebody trained is deleted only where it is certain that nobody needs it.
    """
    if facts.state.is_rollback or facts.state.is_parents_rollback is None:
        return messages.KEPT_IN_ROLLBACK if facts.state.is_rollback else messages.KEPT_UNSURE
    if not facts.state.is_in_progress:
        return messages.KEPT_AT_REST
    if facts.served_by is None:
        return messages.KEPT_UNREAD
    if facts.served_by:
        return messages.kept_in_use(facts.served_by)
    if facts.state.is_deleted_whole or facts.standing.is_leaving:
        return ""
    is_safe = facts.has_successor and not facts.standing.is_changing
    return "" if is_safe else messages.KEPT_WITHOUT_SUCCESSOR


def own_job(change: Change, jobs: tuple[Job, ...]) -> Job | None:
    """Find the job that this very event started in an earlier attempt."""
    for job in jobs:
        token = Token.read(job.token)
        if token and token.request == change.mark and is_of(change, change.wish, job):
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


def _if_late(change: Change, seen: Seen, mine: Job | None) -> Keep | Refuse | None:
    """Answer an event whose operation is over; None where it is not.

    The operation has failed, or the stack is in the next one already. What this event started must not go on,
    unless it stands for the resource, or stood before: then this is a repeat of an event that was answered
    long ago, and a rollback may be about to give the job back.
    """
    is_next = seen.stack is Stack.LIVE and _is_of_earlier_operation(seen, mine)
    if not seen.stack.is_over and not is_next:
        return None
    if mine and seen.standing.holds(mine.arn) and not seen.state.is_deleted_whole:
        return Keep(job=mine, note="answered before: it stands for the resource")
    if is_next:
        return Refuse(reason=messages.NEXT_OPERATION, job=mine)
    running, is_to_end = _running(mine), _is_to_end(change, seen)
    if is_to_end:
        return Refuse(reason=messages.STACK_GOES_BACK, job=mine, stop=running)
    return Refuse(reason=messages.STACK_GOES_BACK, job=mine, left=running if is_to_end is None else ())


def _is_to_end(change: Change, seen: Seen) -> bool | None:
    """Tell whether the job of an event whose operation has failed is to be stopped; None: nobody knows."""
    state = seen.state
    if change.wish.on_delete == RETAIN and state.status in _DELETED:
        return None
    if state.is_deleted_whole or state.status in _HOLDS_NOTHING:
        return True
    if seen.stack is Stack.GONE_BACK and not seen.standing.is_known:
        return None
    return seen.began_here


def _is_of_earlier_operation(seen: Seen, mine: Job | None) -> bool:
    """Tell whether the stack's operation began after the job that this event started."""
    return bool(mine and mine.created is not None and seen.state.is_later_than(mine.created))


def _is_meant(job: Job, ending: Ending) -> bool:
    """Tell whether a Delete means this job, though another event may have let it stand meanwhile.

    The job's own ARN is believed where the operation in progress has not touched the resource: that this
    Delete is the first it does with it may not be shown yet. In a rollback it is believed in any case: what
    CloudFormation shows of a resource then is not documented.
    """
    if not ending.standing.holds(job.arn):
        return True
    if not ending.is_named or not ending.state.is_in_progress:
        return False
    return ending.state.is_rollback or ending.standing.is_untouched(ending.state)


def _go_back(change: Change, seen: Seen) -> Keep:
    """Find the job that stood for the resource before; never start one."""
    found = _former_job(change, seen)
    kept = {job.arn for job in (found, seen.current) if job}
    lost = [job for job in seen.previous if is_of(change, change.previous, job) and job.is_running]
    return Keep(
        job=found,
        stop=tuple(job for job in lost if job.arn not in kept),
        left=tuple(job for job in seen.left if job.arn not in kept),
        note="went back",
    )


def _former_job(change: Change, seen: Seen) -> Job | None:
    """Tell the job of the old inputs from the one that the failed operation has put in its place.

    A good job gives way to none but another good one, unless the failed operation itself has started it. The
    current job has been accepted as ours; a stack refactoring may have given it another logical id since.
    """
    current = seen.current
    others = [job for job in seen.jobs if is_of(change, change.wish, job) and job != current]
    if current and _is_trained_alike(change, current):
        if not _is_replacement(change, current):
            return current
        if current.status == "Completed" or (current.is_useful and seen.current_began_here is not True):
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
    return Refuse(reason=messages.job_ended(mine, wish), job=mine)


def _useful(change: Change, seen: Seen, *, exactly: bool = False) -> list[Job]:
    """Give the jobs of this wish that have a model or may make one, the most alike last.

    One that stands for another resource is that one's, though it was started under this logical id once.
    """
    free = [job for job in seen.jobs if job.arn not in seen.held]
    ours = [job for job in free if is_of(change, change.wish, job) and job.is_useful]
    alike = [job for job in ours if _has_wished_infrastructure(change, job)]
    return alike if exactly else [*(job for job in ours if job not in alike), *alike]


def _start(change: Change, seen: Seen) -> Start | Refuse:
    if seen.stack is not Stack.LIVE:
        return Refuse(reason=messages.NOBODY_WAITS[seen.stack])
    if _is_superseded(change, seen.standing):
        return Refuse(reason=messages.SUPERSEDED)
    if reason := _taken_name(change, seen):
        return Refuse(reason=reason)
    return Start(generation=len(seen.jobs))


def _is_superseded(change: Change, standing: Standing) -> bool:
    """Tell whether another job stands for the resource than the one that the event knows.

    A repeat of an old event looks like one of the operation that is in progress, but CloudFormation sends no
    Create for a resource that has a job, and no Update that knows another one.
    """
    return (
        standing.is_known
        and not standing.is_leaving
        and standing.physical_id != change.physical_id
        and change.is_job_arn(standing.physical_id)
    )


def _taken_name(change: Change, seen: Seen) -> str:
    """Say why an exact name cannot be given to a new job; "" where it can."""
    wish = change.wish
    if wish.job_name and seen.jobs:
        return messages.job_name_taken(wish.job_name, seen.jobs[0], is_ours=_is_ours(change, seen.jobs[0]))
    holds_model_name = bool(seen.current and seen.current.is_useful)
    if wish.model_name and holds_model_name and wish.model_name == change.previous.model_name:
        return messages.model_name_kept(wish.model_name)
    return messages.model_name_taken(wish.model_name, seen.model_holder) if seen.model_holder else ""


def _is_ours(change: Change, job: Job) -> bool:
    token = Token.read(job.token)
    return bool(token and token.owner == change.owner)


def _has_wished_infrastructure(change: Change, job: Job) -> bool:
    token = Token.read(job.token)
    return bool(token and token.infrastructure == change.wish.infrastructure)


def _running(job: Job | None) -> tuple[Job, ...]:
    return (job,) if job and job.is_running else ()
