"""What an event of a throughput asks for, and how the throughput is found again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Self

from contract.resource import (
    COMMITMENT_PROPERTY,
    EXPIRES_AFTER_PROPERTY,
    EXPIRES_TAG,
    MODEL_ID_PROPERTY,
    MODEL_UNITS_PROPERTY,
    ON_DELETE_PROPERTY,
    PURCHASE_PROPERTY,
    STATE_MACHINE_PROPERTY,
    TAGS_PROPERTY,
    THROUGHPUT_NAME_PROPERTY,
)

from ..frame.event import UPDATE, Event
from ..frame.properties import DELETE, RETAIN, tags_by_key, text
from ..jobs.identity import request_hash
from ..serving.desired_state import ServingChange, is_name, name_problem

COMMITMENTS = ("OneMonth", "SixMonths")

_MODEL_ARN = re.compile(
    r"arn:aws[a-z-]{0,20}:bedrock:[a-z0-9-]{1,20}:(?:[0-9]{12}:custom-model|:foundation-model)/"
    r"[A-Za-z0-9.:_/-]{1,900}"
)
_THROUGHPUT_ARN = re.compile(
    r"arn:aws[a-z-]{0,20}:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:provisioned-model/[a-z0-9]{12}"
)
_MACHINE_ARN = re.compile(
    r"arn:aws[a-z-]{0,20}:states:[a-z0-9-]{1,20}:[0-9]{12}:stateMachine:[A-Za-z0-9_-]{1,80}"
)
_UNITS = re.compile(r"[1-9][0-9]{0,5}")
_SECONDS = re.compile(r"[1-9][0-9]{0,6}")
_MOST_TAGS = 47
"""Tags of the user, so that those of ownership and of the expiry have room: without it nothing expires."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredState:
    """What the template asks for.

    Args:
        exact_name: the throughput's name. Default: one is generated.
        model_arn: the model's ARN. Default: it is not known yet.
        units: the model units.
        commitment: `OneMonth` or `SixMonths`. Default: none.
        purchase: what the user changes to have a throughput that is gone bought again.
        expires_after: the seconds after which it is deleted. Default: it is not.
        state_machine: the ARN of the state machine that deletes it then.
        tags: its tags, with that of the expiry and without those of ownership.
        on_delete: what a Delete does to it. An unknown value deletes it.
    """

    exact_name: str = ""
    model_arn: str = ""
    units: str = ""
    commitment: str = ""
    purchase: str = ""
    expires_after: str = ""
    state_machine: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    on_delete: str = DELETE

    @classmethod
    def of(cls, properties: object) -> Self:
        """Read the properties of an event."""
        given = properties if isinstance(properties, Mapping) else {}
        expires_after = text(given.get(EXPIRES_AFTER_PROPERTY))
        tags = dict(sorted(tags_by_key(given.get(TAGS_PROPERTY)).items())[:_MOST_TAGS])
        return cls(
            exact_name=text(given.get(THROUGHPUT_NAME_PROPERTY)),
            model_arn=text(given.get(MODEL_ID_PROPERTY)),
            units=text(given.get(MODEL_UNITS_PROPERTY)),
            commitment=text(given.get(COMMITMENT_PROPERTY)),
            purchase=text(given.get(PURCHASE_PROPERTY)),
            expires_after=expires_after,
            state_machine=text(given.get(STATE_MACHINE_PROPERTY)),
            tags={**tags, EXPIRES_TAG: expires_after} if expires_after else tags,
            on_delete=text(given.get(ON_DELETE_PROPERTY)) or DELETE,
        )


@dataclass(frozen=True, kw_only=True)
class Change(ServingChange[DesiredState]):
    """One event of this resource type."""

    @classmethod
    def of(cls, event: Event) -> Self:
        """Read an event."""
        return cls.read(event, DesiredState.of)

    @property
    def is_purchase_changed(self) -> bool:
        """Whether the event may buy: a Create, and an Update that asks for another purchase."""
        return self.desired.purchase != self.previous.purchase

    @property
    def is_expiry_changed(self) -> bool:
        """Whether an Update asks for another time, which is in a tag."""
        is_other = self.desired.expires_after != self.previous.expires_after
        return self.request_type == UPDATE and is_other

    @property
    def arn(self) -> str:
        """The ARN of the throughput that the resource has; "" where it has none yet."""
        return self.physical_id if is_throughput_arn(self.physical_id) else ""

    def request(self, model_arn: str, tags: Mapping[str, str]) -> dict[str, object]:
        """Return the API request that buys what is desired.

        With the same event the same request buys only once, and with another event Bedrock does not take it
        for one that it remembers.
        """
        desired = self.desired
        what = f"{self.name}|{model_arn}|{desired.units}|{desired.commitment}"
        token = f"v1-{hashlib.sha256(what.encode()).hexdigest()[:16]}-{request_hash(self.request_id)}"
        return {
            "provisionedModelName": self.name,
            "modelId": model_arn,
            "modelUnits": int(desired.units),
            **({"commitmentDuration": desired.commitment} if desired.commitment else {}),
            "tags": [{"key": key, "value": value} for key, value in sorted(tags.items())],
            "clientRequestToken": token,
        }


def is_throughput_arn(identifier: str) -> bool:
    """Return whether a physical id is the ARN of a throughput."""
    return _THROUGHPUT_ARN.fullmatch(identifier) is not None


def problems(change: Change) -> Iterator[str]:
    """Yield everything that is wrong with the desired state, in sentences."""
    desired = change.desired
    if not is_name(change.name):
        yield name_problem(THROUGHPUT_NAME_PROPERTY)
    if desired.model_arn and not _MODEL_ARN.fullmatch(desired.model_arn):
        yield f"{MODEL_ID_PROPERTY} must be the ARN of a model; correct it"
    if not _UNITS.fullmatch(desired.units):
        yield f"{MODEL_UNITS_PROPERTY} must be a whole number from 1 to 999999; correct it"
    if desired.commitment not in ("", *COMMITMENTS):
        yield f"{COMMITMENT_PROPERTY} must be {' or '.join(COMMITMENTS)}, or left out; correct it"
    if not desired.purchase:
        yield f"{PURCHASE_PROPERTY} must be a text that is not empty; correct it"
    if desired.on_delete not in (DELETE, RETAIN):
        yield f"{ON_DELETE_PROPERTY} must be {DELETE} or {RETAIN}; correct it"
    yield from _expiry_problems(desired)


def _expiry_problems(desired: DesiredState) -> Iterator[str]:
    if not desired.expires_after:
        return
    if not _SECONDS.fullmatch(desired.expires_after):
        yield f"{EXPIRES_AFTER_PROPERTY} must be a number of seconds; correct it"
    if desired.commitment:
        yield f"{EXPIRES_AFTER_PROPERTY} must not be given with {COMMITMENT_PROPERTY}; remove one of them"
    if not _MACHINE_ARN.fullmatch(desired.state_machine):
        yield f"{STATE_MACHINE_PROPERTY} must be the ARN of a state machine; correct it"
