"""The policy of a promotion, as the template and `policy.json` have it; nothing in it is trusted."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contract.promotion import (
    ALARMS_MEMBER,
    ANSWERS,
    APPROVED,
    ASK,
    AT_LEAST_MEMBER,
    AT_MOST_MEMBER,
    BAKE_MEMBER,
    BUCKET_MEMBER,
    CONDITIONS_MEMBER,
    CONFIDENCE_MEMBER,
    DATA_MEMBER,
    EVENTS_MEMBER,
    FUNCTION,
    FUNCTION_ARN_MEMBER,
    KEEP,
    MARGIN_MEMBER,
    MAX_TOKENS_MEMBER,
    MINIMUM_INVOCATIONS_MEMBER,
    PREFIX_MEMBER,
    PROMOTE,
    PROMOTION_PROPERTY,
    SCORE_MEMBER,
    SECONDS_MEMBER,
    STATE_MACHINE_MEMBER,
    STORE_MEMBER,
    TRAINING_LOSS,
    TYPE_MEMBER,
    VALIDATION_LOSS,
    WHEN_UNSURE_MEMBER,
)
from contract.resource import JOB_ARN_PROPERTY

from ..frame.properties import S3_BUCKET, S3_PREFIX

_NEEDED = {
    VALIDATION_LOSS: (MARGIN_MEMBER,),
    TRAINING_LOSS: (MARGIN_MEMBER,),
    ANSWERS: (DATA_MEMBER, SCORE_MEMBER),
    FUNCTION: (FUNCTION_ARN_MEMBER,),
    APPROVED: (SECONDS_MEMBER,),
}
"""The members that a condition must have, by its type."""

_NUMBERS = (
    MARGIN_MEMBER,
    AT_MOST_MEMBER,
    AT_LEAST_MEMBER,
    CONFIDENCE_MEMBER,
    MAX_TOKENS_MEMBER,
    SECONDS_MEMBER,
)
_MOST = 20
"""Conditions, and alarms."""


class PolicyError(ValueError):
    """A policy that the template of this library would not have; the text is a sentence about it."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition.

    Args:
        type: one of the types in `contract.promotion`.
        members: its other members.
    """

    type: str
    members: Mapping[str, str]

    def number(self, name: str, default: float = 0.0) -> float:
        """Return a member that is a number."""
        return float(self.members.get(name, default))


@dataclass(frozen=True, slots=True)
class Bake:
    """How long alarms can take a new model back.

    Args:
        alarms: the names of the alarms.
        seconds: how long.
        minimum_invocations: how many invocations there must have been.
    """

    alarms: tuple[str, ...]
    seconds: float
    minimum_invocations: int


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy.

    Args:
        conditions: the conditions, in order.
        when_unsure: what an unsure answer means.
        state_machine: the ARN of the state machine, "" where there is none.
        bake: None where a new model is not watched.
        job_arn: the job that the event named from which the policy is.
        has_events: whether events are sent about its decisions.
    """

    conditions: tuple[Condition, ...]
    when_unsure: str
    state_machine: str
    bake: Bake | None
    job_arn: str = ""
    has_events: bool = False


def read_policy(given: object) -> Policy:
    """Read a policy.

    Raises:
        PolicyError: it is not valid.
    """
    if not isinstance(given, Mapping):
        raise PolicyError(f"{PROMOTION_PROPERTY} must be an object")
    conditions = given.get(CONDITIONS_MEMBER, [])
    if not isinstance(conditions, list) or len(conditions) > _MOST:
        raise PolicyError(f"{CONDITIONS_MEMBER} must be a list of at most {_MOST} conditions")
    when_unsure = given.get(WHEN_UNSURE_MEMBER, KEEP)
    if when_unsure not in (KEEP, ASK, PROMOTE):
        raise PolicyError(f"{WHEN_UNSURE_MEMBER} must be {KEEP}, {ASK} or {PROMOTE}")
    return Policy(
        conditions=tuple(map(_read_condition, conditions)),
        when_unsure=when_unsure,
        state_machine=str(given.get(STATE_MACHINE_MEMBER, "")),
        bake=_read_bake(given[BAKE_MEMBER]) if BAKE_MEMBER in given else None,
        job_arn=str(given.get(JOB_ARN_PROPERTY, "")),
        has_events=given.get(EVENTS_MEMBER) == "true",
    )


def store_of(given: object) -> tuple[str, str]:
    """Return the bucket and the prefix of the store of a policy; empty texts where there is no policy.

    Raises:
        PolicyError: they are not valid.
    """
    if given is None:
        return "", ""
    store = given.get(STORE_MEMBER) if isinstance(given, Mapping) else None
    members = store if isinstance(store, Mapping) else {}
    bucket, prefix = str(members.get(BUCKET_MEMBER, "")), str(members.get(PREFIX_MEMBER, ""))
    if not S3_BUCKET.fullmatch(bucket) or not S3_PREFIX.fullmatch(prefix):
        raise PolicyError(
            f"{STORE_MEMBER} must have {BUCKET_MEMBER} and a {PREFIX_MEMBER} that ends with a slash"
        )
    return bucket, prefix


def problems(properties: object) -> Iterator[str]:
    """Yield what is wrong with the policy in the properties of a resource, in sentences."""
    given = properties.get(PROMOTION_PROPERTY) if isinstance(properties, Mapping) else None
    if given is None:
        return
    try:
        read_policy(given)
        store_of(given)
    except PolicyError as error:
        yield f"{PROMOTION_PROPERTY}: {error}; correct it"


def _read_condition(given: object) -> Condition:
    type_ = given.get(TYPE_MEMBER) if isinstance(given, Mapping) else None
    if not isinstance(given, Mapping) or type_ not in _NEEDED:
        raise PolicyError(f"each of {CONDITIONS_MEMBER} must have a {TYPE_MEMBER} of {', '.join(_NEEDED)}")
    members = {str(name): str(value) for name, value in given.items() if name != TYPE_MEMBER}
    for name in _NEEDED[type_]:
        if not members.get(name):
            raise PolicyError(f"a condition {type_} must have {name}")
    for name in members.keys() & set(_NUMBERS):
        _number(members, name)
    return Condition(type_, members)


def _read_bake(given: object) -> Bake:
    alarms = given.get(ALARMS_MEMBER) if isinstance(given, Mapping) else None
    if not isinstance(given, Mapping) or not isinstance(alarms, list) or not 0 < len(alarms) <= _MOST:
        raise PolicyError(f"{BAKE_MEMBER} must have from 1 to {_MOST} {ALARMS_MEMBER}")
    return Bake(
        alarms=tuple(str(one).rpartition(":alarm:")[2] for one in alarms),
        seconds=_number(given, SECONDS_MEMBER),
        minimum_invocations=int(
            _number({MINIMUM_INVOCATIONS_MEMBER: "0", **given}, MINIMUM_INVOCATIONS_MEMBER)
        ),
    )


def _number(members: Mapping[str, Any], name: str) -> float:
    """Return a member as a number that is not negative; scores and losses are none either."""
    try:
        number = float(members.get(name, ""))
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number) or number < 0:
        raise PolicyError(f"{name} must be a number from 0")
    return number
