"""What the events of deployments and of throughputs have in common, decided without side effects.

Nothing is created in a rollback, and what is not ours is never touched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..frame.event import CREATE, UPDATE
from ..frame.stack import StackPhase
from .decisions import Create, Fail, Leave, Update, Wait

if TYPE_CHECKING:
    from ..frame.event import Event
    from ..frame.stack import ResourceState, StackState
    from .decisions import DeleteFacts, Observation
    from .ports import Serving
    from .sentences import Sentences

UNREADABLE_SECONDS = 120.0
"""How long something new, or an update, may not be visible yet: 30 to 60 seconds have been reported."""


def is_expected(event: Event, resource: ResourceState, stack: StackState) -> bool:
    """Return whether CloudFormation may wait for a response to a Create or an Update.

    An event may be delivered again in a later operation, and must not bring an older model back then. What
    CloudFormation shows may be a moment old, so a resource that the operation has not touched passes.
    """
    if not resource.is_known or not resource.status or not stack.is_in_progress:
        return True
    expected = "CREATE_IN_PROGRESS" if event.request_type == CREATE else "UPDATE_IN_PROGRESS"
    return resource.status == expected or resource.is_untouched(stack)


def if_impossible(
    event: Event,
    name: str,
    seen: Observation[Serving],
    sentences: Sentences,
    *,
    is_undone_in_updates: bool = False,
) -> Fail | None:
    """Return why nothing of ours can be done by this event; None where it can.

    While the stack's status is unknown only what exists is changed: this may be a rollback.

    Args:
        event: the event.
        name: the desired name.
        seen: what was observed.
        sentences: what is said of it.
        is_undone_in_updates: whether what an Update has created is deleted as well. Default: only what a
            Create has created.
    """
    if seen.serving and not seen.is_ours:
        return Fail(reason=sentences.taken(name, seen.serving))
    phase = seen.stack.phase
    is_changed = event.request_type == UPDATE and seen.serving is not None
    if phase is StackPhase.IN_PROGRESS or (phase is StackPhase.UNKNOWN and is_changed):
        return None
    is_undone = event.request_type == CREATE or is_undone_in_updates
    is_made = is_undone and seen.asked is not None and not seen.asked.is_update
    return Fail(reason=sentences.not_in_progress(seen.stack), is_removed=is_made)


def create(name: str, seen: Observation[Serving], sentences: Sentences) -> Create | Wait | Fail:
    """Create what there is not, unless this attempt has done so and it is not visible yet."""
    if seen.asked is None or seen.asked.is_update:
        return Create()
    if seen.now - seen.asked.when < UNREADABLE_SECONDS:
        return Wait(note="it is not visible yet")
    if seen.asked.error:
        return Fail(reason=sentences.not_created(seen.asked.error))
    return Fail(reason=sentences.not_visible(name))


def give(
    model_arn: str, seen: Observation[Serving], serving: Serving, sentences: Sentences
) -> Update | Wait | Fail:
    """Give it another model, unless this attempt has done so, or this event has failed to."""
    if _may_be_stale(seen, serving):
        return Wait(note="the update is not visible yet")
    if serving.has_failed_to_take(model_arn) and _is_of_event(seen, serving):
        return Fail(reason=sentences.update_failed(serving))
    return Update()


def is_before(moment: float | None, seen: Observation[Serving]) -> bool:
    """Return whether something certainly happened before CloudFormation sent the event."""
    sent = _sent(seen)
    return moment is not None and sent is not None and moment < sent


def is_since(moment: float | None, seen: Observation[Serving]) -> bool:
    """Return whether something certainly happened after CloudFormation sent the event."""
    sent = _sent(seen)
    return moment is not None and sent is not None and moment >= sent


def _sent(seen: Observation[Serving]) -> float | None:
    return seen.stack.changed if seen.sent is None else seen.sent


def why_left(serving: Serving, facts: DeleteFacts[Serving], current: str, sentences: Sentences) -> str:
    """Return why a Delete is not about what was found; "" where it is, or where that is unknown.

    Args:
        serving: what was found.
        facts: what is known.
        current: the physical id of a resource that it is the current one of.
        sentences: what is said of it.
    """
    if not facts.is_ours:
        return sentences.foreign(serving)
    is_about = facts.resource.may_lose(current, facts.stack, is_named=facts.is_named)
    is_current = not facts.stack.is_deleted_whole and not is_about
    return f"it is the resource's current {sentences.noun}" if is_current else ""


def if_undecided(facts: DeleteFacts[Serving], sentences: Sentences) -> Leave | None:
    """Return that it may be the current one although the event does not name it, or None."""
    is_sure = facts.stack.is_deleted_whole or facts.is_named or not facts.resource.is_undecided
    note = f"CloudFormation does not say which {sentences.noun} is current"
    return None if is_sure else Leave(note=note, is_unclear=True)


def if_kept_in_rollback(facts: DeleteFacts[Serving], *, is_to_keep: bool) -> Leave | None:
    """Return why a rollback keeps it; None where it deletes it.

    Args:
        facts: what is known.
        is_to_keep: whether the properties say that a Delete keeps it.
    """
    if facts.created_here is False:
        return Leave(note="it existed before the operation that is rolled back")
    if facts.created_here is None and is_to_keep:
        return Leave(note="it is unknown whether this operation has created it", is_unclear=True)
    return None


def _may_be_stale(seen: Observation[Serving], serving: Serving) -> bool:
    """Return whether a read may not show yet what this attempt has asked for."""
    asked = seen.asked
    if asked is None or not asked.is_update or seen.now - asked.when >= UNREADABLE_SECONDS:
        return False
    return serving.changed == asked.before


def _is_of_event(seen: Observation[Serving], serving: Serving) -> bool:
    """Return whether an update that has failed was this event's, or may have been."""
    is_asked = seen.asked is not None and seen.asked.is_update
    return is_asked or not is_before(serving.changed, seen)
