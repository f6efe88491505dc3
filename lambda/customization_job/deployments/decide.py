"""What an event or a look does to a deployment, decided from what was observed, without side effects.

A deployment keeps its ARN for as long as its resource keeps the logical id and the name: it is given another
model, and never replaced for one. It is never created in a rollback, and what is not ours is never touched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..frame.event import CREATE, UPDATE
from ..frame.stack import StackPhase
from . import messages
from .decisions import Create, Fail, Keep, Leave, Remove, Replace, Update, Wait
from .desired_state import RETAIN

if TYPE_CHECKING:
    from ..frame.stack import ResourceState, StackState
    from .decisions import DeleteFacts, Following, Observation
    from .desired_state import Change
    from .ports import Deployment

UNREADABLE_SECONDS = 120.0
"""How long a new deployment, or an update, may not be visible yet: 30 to 60 seconds have been reported."""


def create_or_update(change: Change, seen: Observation) -> Keep | Create | Update | Wait | Replace | Fail:
    """Decide a Create or an Update, but for a rollback: the deployment is there and serves the model.

    A deployment that somebody has deleted is created again. Without a model nothing is emptied.
    """
    deployment = seen.deployment
    if impossible := _if_impossible(change, seen):
        return impossible
    if not change.desired.model_arn:
        return Keep(note=messages.NO_MODEL_NOW if deployment else messages.NO_MODEL_YET, level="WARNING")
    return _serve(change, seen, deployment) if deployment else _create(change, seen)


def restore(seen: Observation, model_arn: str) -> Keep | Update:
    """Decide an Update of a rollback: the old model is served again. It never fails and never waits.

    Args:
        seen: what was observed.
        model_arn: the old model, "" where there was none.
    """
    deployment = seen.deployment
    if deployment is None:
        return Keep(note="there is no deployment, and a rollback creates none", level="WARNING")
    if not seen.is_ours:
        return Keep(note=messages.foreign(deployment), level="WARNING")
    goal = deployment.update_model_arn if deployment.is_updating else deployment.model_arn
    if not model_arn or goal == model_arn:
        return Keep(note="it has the model")
    return Update()


def delete(change: Change, facts: DeleteFacts) -> Remove | Leave | Fail:
    """Decide a Delete, for one deployment: it is deleted if it is ours, and the event is about it.

    A rollback deletes what the failed operation has created, whatever the properties say: no deployment ever
    succeeded with it. What existed before stays.
    """
    deployment, is_rollback = facts.deployment, facts.stack.is_rollback
    if deployment is None:
        return Leave(note="there is no deployment", is_gone=True)
    if not facts.is_ours:
        return Leave(note=messages.foreign(deployment))
    if note := _why_in_use(deployment, facts):
        return Leave(note=note)
    kept = _if_kept_in_rollback(change, facts) if is_rollback else _if_kept(change, deployment)
    return kept or _if_undecided(facts) or Remove()


def follow(seen: Following) -> Keep | Create | Update:
    """Decide what follows from the current job: its model is deployed as soon as there is one.

    Nothing is waited for and nothing is deleted. A deployment that somebody has deleted is not created again.
    """
    deployment, model_arn = seen.deployment, seen.model_arn
    if deployment and not seen.is_ours:
        return Keep(note=messages.foreign(deployment), level="ERROR")
    if deployment and deployment.has_failed:
        return Keep(note=messages.failed(deployment), level="ERROR")
    if not model_arn:
        what = "it keeps its model" if deployment else "nothing is deployed yet"
        return Keep(note=f"{what}: {seen.note}", level="WARNING" if seen.is_unexpected else "INFO")
    if deployment is None:
        return Keep(note=messages.DELETED_BY_HAND, level="ERROR") if seen.was_created else Create()
    return _if_unchanged(deployment, model_arn) or Update()


def is_expected(change: Change, resource: ResourceState, stack: StackState) -> bool:
    """Return whether CloudFormation may wait for a response to a Create or an Update.

    An event may be delivered again in a later operation, and must not bring an older model back then. What
    CloudFormation shows may be a moment old, so a resource that the operation has not touched passes.
    """
    if not resource.is_known or not resource.status or not stack.is_in_progress:
        return True
    expected = "CREATE_IN_PROGRESS" if change.request_type == CREATE else "UPDATE_IN_PROGRESS"
    return resource.status == expected or resource.is_untouched(stack)


def _if_impossible(change: Change, seen: Observation) -> Fail | None:
    """Return why nothing of ours can be deployed by this event; None where it can.

    While the stack's status is unknown only a deployment that exists is changed: this may be a rollback.
    """
    if seen.deployment and not seen.is_ours:
        return Fail(reason=messages.taken(change.name, seen.deployment))
    phase = seen.stack.phase
    is_changed = change.request_type == UPDATE and seen.deployment is not None
    if phase is StackPhase.IN_PROGRESS or (phase is StackPhase.UNKNOWN and is_changed):
        return None
    is_made = change.request_type == CREATE and seen.asked is not None and not seen.asked.is_update
    return Fail(reason=messages.not_in_progress(seen.stack), is_removed=is_made)


def _create(change: Change, seen: Observation) -> Create | Wait | Fail:
    """Create a deployment that there is not, unless this attempt has done so and it is not visible yet."""
    if seen.asked is None or seen.asked.is_update:
        return Create()
    if seen.now - seen.asked.when < UNREADABLE_SECONDS:
        return Wait(note="it is not visible yet")
    if seen.asked.error:
        return Fail(reason=messages.not_created(seen.asked.error))
    return Fail(reason=messages.not_visible(change.name))


def _serve(
    change: Change, seen: Observation, deployment: Deployment
) -> Keep | Update | Wait | Replace | Fail:
    """Wait until a deployment of ours is ready, and give it the model if it has another one."""
    model_arn = change.desired.model_arn
    if deployment.has_failed:
        is_old = change.request_type == UPDATE and _is_before(deployment.created, seen)
        is_replaced = is_old and seen.stack.phase is StackPhase.IN_PROGRESS
        return Replace() if is_replaced else Fail(reason=messages.failed(deployment), is_removed=True)
    if not deployment.is_active:
        return Wait(note=f"it is {deployment.status}")
    if deployment.is_updating:
        return Wait(note=f"it is being given the model {deployment.update_model_arn}")
    if deployment.model_arn == model_arn:
        return Keep(note="it serves the model")
    return _give(model_arn, seen, deployment)


def _give(model_arn: str, seen: Observation, deployment: Deployment) -> Update | Wait | Fail:
    """Give a deployment another model, unless this attempt has done so, or this event has failed to."""
    if _may_be_stale(seen, deployment):
        return Wait(note="the update is not visible yet")
    if deployment.has_failed_to_take(model_arn) and _is_of_event(seen, deployment):
        return Fail(reason=messages.update_failed(deployment))
    return Update()


def _may_be_stale(seen: Observation, deployment: Deployment) -> bool:
    """Return whether a read may not show yet what this attempt has asked for."""
    asked = seen.asked
    if asked is None or not asked.is_update or seen.now - asked.when >= UNREADABLE_SECONDS:
        return False
    return deployment.changed == asked.before


def _is_of_event(seen: Observation, deployment: Deployment) -> bool:
    """Return whether an update that has failed was this event's, or may have been."""
    is_asked = seen.asked is not None and seen.asked.is_update
    return is_asked or not _is_before(deployment.changed, seen)


def _is_before(moment: float | None, seen: Observation) -> bool:
    """Return whether something certainly happened before CloudFormation sent the event."""
    sent = seen.stack.changed if seen.sent is None else seen.sent
    return moment is not None and sent is not None and moment < sent


def _if_unchanged(deployment: Deployment, model_arn: str) -> Keep | None:
    """Return why a look gives a deployment no other model now; None where it does."""
    if deployment.is_updating:
        return Keep(note="another update is in progress; the next look goes on")
    if deployment.model_arn == model_arn:
        return Keep(note="it serves the model")
    if deployment.has_failed_to_take(model_arn):
        return Keep(note=messages.update_failed(deployment), level="ERROR")
    if not deployment.is_active:
        return Keep(note=f"it is {deployment.status}; the next look goes on")
    return None


def _why_in_use(deployment: Deployment, facts: DeleteFacts) -> str:
    """Return why a Delete is not about a deployment; "" where it is, or where that is unknown."""
    is_about = facts.resource.may_lose(deployment.name, facts.stack, is_named=facts.is_named)
    return "" if facts.stack.is_deleted_whole or is_about else "it is the resource's current deployment"


def _if_undecided(facts: DeleteFacts) -> Leave | None:
    """Return that a deployment may be the current one although the event does not name it, or None."""
    is_sure = facts.stack.is_deleted_whole or facts.is_named or not facts.resource.is_undecided
    note = "CloudFormation does not say which deployment is current"
    return None if is_sure else Leave(note=note, is_unclear=True)


def _if_kept_in_rollback(change: Change, facts: DeleteFacts) -> Leave | None:
    """Return why a rollback keeps a deployment; None where it deletes it."""
    is_to_keep = change.desired.is_protected or change.desired.on_delete == RETAIN
    if facts.created_here is False:
        return Leave(note="it existed before the operation that is rolled back")
    if facts.created_here is None and is_to_keep:
        return Leave(note="it is unknown whether this operation has created it", is_unclear=True)
    return None


def _if_kept(change: Change, deployment: Deployment) -> Leave | Fail | None:
    """Return why a Delete that is no rollback keeps a deployment; None where it deletes it."""
    if change.desired.is_protected:
        return Fail(reason=messages.protected(deployment))
    return Leave(note="OnDelete is Retain") if change.desired.on_delete == RETAIN else None
