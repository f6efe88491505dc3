"""The bake: how long, and by what, a model that serves since a short time is taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .policy import Bake
    from .ports import Alarm

PROVEN, UNPROVEN = "proven", "unproven"
_LONGEST = 86_400.0
"""Seconds for which a model is watched at most that is hardly invoked."""


class Withdraw(NamedTuple):
    """The model is taken back.

    Args:
        reason: why.
    """

    reason: str


class Baked(NamedTuple):
    """Nothing takes the model back any more.

    Args:
        outcome: `proven` or `unproven`.
        note: why.
    """

    outcome: str
    note: str


class Baking(NamedTuple):
    """The model is watched.

    Args:
        note: until when, or for what.
    """

    note: str


def check(
    bake: Bake, since: float, now: float, alarms: Sequence[Alarm], invocations: Callable[[], float]
) -> Withdraw | Baked | Baking:
    """Decide about a model.

    An alarm counts that was raised after the swap. One that was on before says nothing about the model.

    Args:
        bake: how it is watched.
        since: since when it serves, in seconds since 1970.
        now: the time.
        alarms: the alarms that exist.
        invocations: returns how often it was invoked; asked only where that matters.
    """
    end = since + bake.seconds
    limit = max(end, since + _LONGEST) if bake.minimum_invocations else end
    for alarm in alarms:
        if alarm.is_on and alarm.changed is not None and since <= alarm.changed <= limit:
            return Withdraw(f"the alarm {alarm.name} was raised")
    if now < end:
        return Baking(f"its alarms watch it for {_minutes(end - now)} more")
    is_enough = not bake.minimum_invocations or invocations() >= bake.minimum_invocations
    if not is_enough and now < limit:
        return Baking(f"its alarms watch it until it was invoked {bake.minimum_invocations} times")
    if not is_enough:
        return Baked(UNPROVEN, f"it was invoked fewer than {bake.minimum_invocations} times")
    return _ended(bake, since, alarms)


def _ended(bake: Bake, since: float, alarms: Sequence[Alarm]) -> Baked:
    """Return what alarms prove that did not go on since the swap."""
    missing = sorted({*bake.alarms} - {alarm.name for alarm in alarms})
    if missing:
        return Baked(UNPROVEN, f"there is no alarm {', '.join(missing)}")
    if before := [one.name for one in alarms if one.is_on and (one.changed is None or one.changed < since)]:
        return Baked(UNPROVEN, f"the alarm {', '.join(before)} was on all the time")
    return Baked(PROVEN, "none of its alarms was raised")


def _minutes(seconds: float) -> str:
    return f"{max(1.0, seconds / 60):.0f} minutes"
