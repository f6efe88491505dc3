"""What an event or a look does to a deployment, decided from what was observed, without side effects.

A deployment keeps its ARN for as long as its resource keeps the logical id and the name: it is given another
model, and never replaced for one. It is never created in a rollback, and what is not ours is never touched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..frame.event import UPDATE
from ..frame.properties import RETAIN
from ..frame.stack import StackPhase
from ..serving import decide as common
from ..serving.decisions import Create, Fail, Keep, Leave, Remove, Replace, Update, Wait
from . import messages
from .messages import SENTENCES

if TYPE_CHECKING:
    from ..serving.decisions import Decision, DeleteFacts, Observation
    from .decisions import Following
    from .desired_state import Change
    from .ports import Deployment


def create_or_update(change: Change, seen: Observation[Deployment]) -> Decision:
    """Decide a Create or an Update, but for a rollback: the deployment is there and serves the model.

    A deployment that somebody has deleted is created again. Without a model nothing is emptied.
    """
    deployment = seen.serving
    if impossible := common.if_impossible(change, change.name, seen, SENTENCES):
        return impossible
    if not change.desired.model_arn:
        note = SENTENCES.no_model_now if deployment else SENTENCES.no_model_yet
        return Keep(note=note, level="WARNING")
    if deployment:
        return _serve(change, seen, deployment)
    return common.create(change.name, seen, SENTENCES)


def restore(seen: Observation[Deployment], model_arn: str) -> Keep | Update:
    """Decide an Update of a rollback: the old model is served again. It never fails and never waits.

    Args:
        seen: what was observed.
        model_arn: the old model, "" where there was none.
    """
    deployment = seen.serving
    if deployment is None:
        return Keep(note="there is no deployment, and a rollback creates none", level="WARNING")
    if not seen.is_ours:
        return Keep(note=messages.foreign(deployment), level="WARNING")
    goal = deployment.update_model_arn if deployment.is_updating else deployment.model_arn
    if not model_arn or goal == model_arn:
        return Keep(note="it has the model")
    return Update()


def delete(change: Change, facts: DeleteFacts[Deployment]) -> Remove | Leave | Fail:
    """Decide a Delete, for one deployment: it is deleted if it is ours, and the event is about it.

    A rollback deletes what the failed operation has created, whatever the properties say: no deployment ever
    succeeded with it. What existed before stays.
    """
    deployment = facts.serving
    if deployment is None:
        return Leave(note="there is no deployment", is_gone=True)
    if note := common.why_left(deployment, facts, deployment.name, SENTENCES):
        return Leave(note=note)
    is_to_keep = change.desired.is_protected or change.desired.on_delete == RETAIN
    kept: Leave | Fail | None = _if_kept(change, deployment)
    if facts.stack.is_rollback:
        kept = common.if_kept_in_rollback(facts, is_to_keep=is_to_keep)
    return kept or common.if_undecided(facts, SENTENCES) or Remove()


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
    return _if_unchanged(deployment, model_arn, is_retried=seen.is_retried) or Update()


def _serve(
    change: Change, seen: Observation[Deployment], deployment: Deployment
) -> Keep | Update | Wait | Replace | Fail:
    """Wait until a deployment of ours is ready, and give it the model if it has another one."""
    model_arn = change.desired.model_arn
    if deployment.has_failed:
        is_old = change.request_type == UPDATE and common.is_before(deployment.created, seen)
        is_replaced = is_old and seen.stack.phase is StackPhase.IN_PROGRESS
        return Replace() if is_replaced else Fail(reason=messages.failed(deployment), is_removed=True)
    if not deployment.is_active:
        return Wait(note=f"it is {deployment.status}")
    if deployment.is_updating:
        return Wait(note=f"it is being given the model {deployment.update_model_arn}")
    if deployment.model_arn == model_arn:
        return Keep(note="it serves the model")
    return common.give(model_arn, seen, deployment, SENTENCES)


def _if_unchanged(deployment: Deployment, model_arn: str, *, is_retried: bool) -> Keep | None:
    """Return why a look gives a deployment no other model now; None where it does."""
    if deployment.is_updating:
        return Keep(note="another update is in progress; the next look goes on")
    if deployment.model_arn == model_arn:
        return Keep(note="it serves the model")
    if deployment.has_failed_to_take(model_arn) and not is_retried:
        return Keep(note=messages.update_failed(deployment), level="ERROR")
    if not deployment.is_active:
        return Keep(note=f"it is {deployment.status}; the next look goes on")
    return None


def _if_kept(change: Change, deployment: Deployment) -> Leave | Fail | None:
    """Return why a Delete that is no rollback keeps a deployment; None where it deletes it."""
    if change.desired.is_protected:
        return Fail(reason=messages.protected(deployment))
    return Leave(note="OnDelete is Retain") if change.desired.on_delete == RETAIN else None
