"""What an event does to a throughput, decided from what was observed, without side effects.

Money is spent only by `Create`: once for a Create of the resource, and once for an Update whose purchase has
changed while there is no throughput. Nothing else buys, and nothing is bought in a rollback.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..frame.event import CREATE
from ..frame.properties import RETAIN
from ..serving import decide as common
from ..serving.decisions import Fail, Keep, Leave, Remove, Update, Wait
from . import messages
from .messages import SENTENCES

if TYPE_CHECKING:
    from ..serving.decisions import Decision, DeleteFacts, Observation
    from .desired_state import Change, DesiredState
    from .ports import Throughput


def why_impossible(change: Change) -> str:
    """Return why an Update fails before anything is read; "" where it may go on."""
    if change.request_type == CREATE or change.is_purchase_changed or not change.arn:
        return ""
    desired, previous = change.desired, change.previous
    units, commitment = previous.units, previous.commitment
    what = _differing(desired, int(units) if units.isdigit() else 0, commitment)
    return messages.unchangeable(what, change.physical_id) if what else ""


def create_or_update(change: Change, seen: Observation[Throughput]) -> Decision:
    """Decide a Create or an Update, but for a rollback: there is a throughput, and it serves the model."""
    throughput = seen.serving
    if throughput is None and change.request_type != CREATE and not change.is_purchase_changed:
        return _without(change)
    if impossible := common.if_impossible(change, change.name, seen, SENTENCES, is_undone_in_updates=True):
        return impossible
    if throughput:
        return _serve(change, seen, throughput)
    if not change.desired.model_arn:
        return Keep(note=SENTENCES.no_model_yet, level="WARNING")
    return common.create(change.name, seen, SENTENCES)


def restore(change: Change, seen: Observation[Throughput], *, is_new: bool | None) -> Keep | Update | Remove:
    """Decide an Update of a rollback: the old model is served again. It never buys, never waits, never fails.

    Args:
        change: the event; it desires what was there before.
        seen: what was observed.
        is_new: whether the operation that is rolled back has bought it; None where that is unknown.
    """
    throughput, model_arn = seen.serving, change.desired.model_arn
    if throughput is None:
        return Keep(note="there is no throughput, and a rollback buys none", level="WARNING")
    if not seen.is_ours:
        return Keep(note=SENTENCES.foreign(throughput), level="WARNING")
    if is_new and change.is_purchase_changed:
        is_left = is_committed(throughput, seen.now)
        return Keep(note=messages.committed(throughput), level="ERROR") if is_left else Remove()
    goal = throughput.update_model_arn if throughput.is_updating else throughput.model_arn
    return Keep(note="it has the model") if not model_arn or goal == model_arn else Update()


def delete(change: Change, facts: DeleteFacts[Throughput], now: float) -> Remove | Leave | Fail:
    """Decide a Delete: the throughput is deleted if it is ours, and the event is about it.

    One that is still committed stays and is billed, so the Delete fails, also in a rollback.
    """
    throughput = facts.serving
    if throughput is None:
        return Leave(note="there is no throughput", is_gone=True)
    is_early = facts.stack.status == "UPDATE_IN_PROGRESS"  # before the cleanup: of an attempt that has failed
    if facts.is_ours and is_early and facts.resource.has_current(throughput.arn):
        return Leave(note="it is the resource's current throughput")
    if note := common.why_left(throughput, facts, throughput.arn, SENTENCES):
        return Leave(note=note)
    is_to_keep = change.desired.on_delete == RETAIN
    kept = Leave(note="OnDelete is Retain") if is_to_keep else None
    if facts.stack.is_rollback:
        kept = common.if_kept_in_rollback(facts, is_to_keep=is_to_keep)
    if kept is None and is_committed(throughput, now):
        return Fail(reason=messages.committed(throughput))
    return kept or common.if_undecided(facts, SENTENCES) or Remove()


def is_committed(throughput: Throughput, now: float) -> bool:
    """Return whether a throughput cannot be deleted yet."""
    return throughput.committed_until is not None and now < throughput.committed_until


def _without(change: Change) -> Keep | Fail:
    """Decide an Update that finds no throughput and must not buy one."""
    if change.arn:
        return Fail(reason=messages.gone(change.arn))
    return Keep(note=messages.NOT_BOUGHT_BY_UPDATE, level="WARNING")


def _serve(
    change: Change, seen: Observation[Throughput], throughput: Throughput
) -> Keep | Update | Wait | Fail:
    """Wait until a throughput of ours is ready, and give it the model if it has another one."""
    desired = change.desired
    if what := _differing(desired, throughput.units, throughput.commitment):
        return Fail(reason=messages.unchangeable(what, throughput.arn))
    if throughput.has_failed:
        is_new = change.is_purchase_changed and common.is_since(throughput.created, seen)
        is_removed = is_new and not is_committed(throughput, seen.now)
        return Fail(reason=SENTENCES.failed(throughput), is_removed=is_removed)
    if not throughput.is_active:
        return Wait(note=f"it is {throughput.status}")
    if not desired.model_arn:
        return Keep(note=SENTENCES.no_model_now, level="WARNING")
    if throughput.model_arn == desired.model_arn:
        return Keep(note="it serves the model")
    return common.give(desired.model_arn, seen, throughput, SENTENCES)


def _differing(desired: DesiredState, units: int, commitment: str) -> str:
    """Return what differs of that which Bedrock cannot change; "" where nothing does."""
    is_other = {"model units": int(desired.units) != units, "commitment": desired.commitment != commitment}
    return " and the ".join(name for name, differs in is_other.items() if differs)
