"""Which model is to serve, decided from what was observed, without side effects.

The order of the questions is the rule: what serves and was withdrawn comes first, then what is known of the
candidate, which is the model of the current job; and only then conditions are asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .store import Verdict, Withdrawal


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is decided by.

    Args:
        candidate: the model of the current job, "" where there is none.
        serving: the model that serves, "" where none does.
        way_back: what is to serve instead of a model that was withdrawn, "" where there is nothing; None
            where what serves was not withdrawn.
        predecessor: what served before what serves now, "" where that is not known.
        is_baking: whether alarms can still take back what serves.
        verdict: the verdict about the candidate. Default: there is none.
        withdrawal: that the candidate was taken back, and nobody has promoted it since. Default: it was not.
        alarms_on: the alarms that are on, where the candidate would have to bake. Default: none.
        is_rollback: whether the stack is being rolled back. Default: it is not.
        is_updated: whether the policy is of an event that named the current job. Default: it is.
    """

    candidate: str
    serving: str
    way_back: str | None = None
    predecessor: str = ""
    is_baking: bool = False
    verdict: Verdict | None = None
    withdrawal: Withdrawal | None = None
    alarms_on: tuple[str, ...] = ()
    is_rollback: bool = False
    is_updated: bool = True


@dataclass(frozen=True)
class Serve:
    """The candidate may serve, or serves already."""


class GoBack(NamedTuple):
    """Another model serves again.

    Args:
        to: which.
    """

    to: str


class Keep(NamedTuple):
    """What serves keeps serving.

    Args:
        note: why.
        is_unexpected: whether somebody should look at that. Default: it is usual.
    """

    note: str
    is_unexpected: bool = False


class Wait(NamedTuple):
    """What serves keeps serving until something is over.

    Args:
        note: what.
    """

    note: str


@dataclass(frozen=True)
class Ask:
    """The conditions are asked."""


_BAKING = "the model that serves is still watched by its alarms"

Decision = Serve | GoBack | Keep | Wait | Ask


def decide(facts: Facts) -> Decision:
    """Decide which model is to serve."""
    if facts.way_back:
        return GoBack(facts.way_back)
    if not facts.candidate:
        return Keep("")
    if facts.candidate != facts.serving:
        return _if_known(facts) or Ask()
    if facts.way_back is None:
        return Serve()
    return Keep("the model was withdrawn, and there is nothing else that could serve", is_unexpected=True)


def _if_known(facts: Facts) -> Decision | None:
    """Decide by what is known of a candidate that does not serve; None where nothing is."""
    if facts.withdrawal:
        return Keep(f"the new model was withdrawn: {facts.withdrawal.reason}")
    if facts.verdict and not facts.verdict.is_promoted:
        return Keep(f"the new model was rejected: {facts.verdict.reason}", is_unexpected=not facts.serving)
    if facts.verdict or facts.candidate == facts.predecessor:
        return _promoted(facts)
    if facts.is_rollback:
        return Keep("a rollback promotes no other model")
    if not facts.is_updated:  # the policy may be another one for this job
        return Keep("the resource was not updated yet after its job was replaced")
    return Wait(_BAKING) if facts.is_baking else None


def _promoted(facts: Facts) -> Serve | Wait:
    """Decide about a promoted model, or one that served before: going back is never waited for."""
    if facts.is_rollback or facts.candidate == facts.predecessor:
        return Serve()
    if facts.is_baking:
        return Wait(f"the new model is promoted, but {_BAKING}")
    if facts.alarms_on:
        alarms = ", ".join(facts.alarms_on)
        return Wait(f"the new model is promoted, and serves when these alarms are off: {alarms}")
    return Serve()
