"""Random histories of a stack that buys provisioned throughput, and deletes it when its time is over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from constructs_lib.testing.bedrock import Behaviour
from tests.lambda_.awaiting import MACHINE
from tests.lambda_.sequences import TAGS, Deploy, Destroy, Reader, Step, Template, Turn, variants
from tests.lambda_.throughput_laws import BUY


@dataclass(frozen=True, kw_only=True)
class ThroughputTemplate:
    """A throughput of a model outside the stack, as far as histories vary it.

    `model` is the number of that model, None where it is not known yet.
    """

    model: int | None = 0
    units: int = 1
    purchase: int = 1
    expires: int = 0
    is_committed: bool = False
    name: str = ""
    on_delete: str = "Delete"
    tags: int = 0

    def properties(self, _logical: str) -> dict[str, Any]:
        """Write the resource's properties; `ModelId` has the number of the model."""
        tags = [{"key": key, "value": value} for key, value in TAGS[self.tags].items()]
        return {
            "ServiceToken": "token",
            "ServiceTimeout": "2700",
            "ModelUnits": str(self.units),
            "Purchase": str(self.purchase),
            "OnDelete": self.on_delete,
            **({} if self.model is None else {"ModelId": self.model}),
            **({"ProvisionedModelName": self.name} if self.name else {}),
            **({"ExpiresAfter": str(self.expires), "StateMachine": MACHINE} if self.expires else {}),
            **({"CommitmentDuration": "OneMonth"} if self.is_committed else {}),
            **({"Tags": tags} if tags else {}),
        }


_NEVER = (False, False)
_SELDOM = (*_NEVER, *_NEVER, False, True)


class _ThroughputReader(Reader):
    """Reads choices of a history in which throughput is bought."""

    starting = BUY

    def throughput_step(self) -> Step:
        """Choose what happens next."""
        match self.one_of("deploy", "deploy", "deploy", "turn", "deploy", "destroy"):
            case "turn":
                return Turn(
                    how=self.one_of("looks", "withdraw", "hours", "withdraw"), number=self.one_of(0, 1)
                )
            case "destroy":
                return Destroy(script=self.script())
        names = self.one_of("T", "T", "T", "TU", "U")
        return Deploy(templates={name: self._throughput() for name in names}, script=self.script())

    def _throughput(self) -> Template:
        is_committed = self.one_of(*_NEVER, *_SELDOM)
        return ThroughputTemplate(
            model=self.one_of(0, 1, 0, 1, None),
            units=self.one_of(1, 1, 1, 2),
            purchase=self.one_of(1, 1, 1, 2, 3),
            expires=0 if is_committed else self.one_of(0, 0, 3_600, 40_000),
            is_committed=is_committed,
            name=self.one_of("", "", "", "exact", "other"),
            on_delete=self.one_of("Delete", "Delete", "Delete", "Retain"),
            tags=self.one_of(0, 1, 2),
        )


def _behaviour(reader: Reader) -> Behaviour:
    return Behaviour(
        scheduled_jobs=50,
        model_units=reader.one_of(8, 8, 1),
        provisioning_seconds=reader.one_of(60.0, 60.0, 0.0, 1000.0),
        updating_seconds=reader.one_of(30.0, 30.0, 0.0, 600.0),
        deleting_seconds=reader.one_of(0.0, 0.0, 30.0),
        provisioning_failure=reader.one_of(None, None, None, None, "no capacity"),
        update_failure=reader.one_of(None, None, None, None, "no capacity"),
        throughput_readable_after_seconds=reader.one_of(0.0, 0.0, 30.0, 45.0),
        failed_throughput_update=reader.one_of("InService", "Failed"),
        deployment_name_in_use=reader.one_of("ValidationException", "ConflictException"),
        update_refused_while_updating=reader.one_of("ValidationException", "ConflictException"),
        committed_delete=reader.one_of("ConflictException", "ValidationException"),
        delete_while_in_progress=not reader.one_of(*_SELDOM),
    )


def _history(drawn: list[bytes]) -> list[Step]:
    return [_ThroughputReader(one, "throughputs").throughput_step() for one in drawn]


_histories = st.lists(st.binary(min_size=160, max_size=160), min_size=1, max_size=8).map(_history)
_behaviours = st.binary(min_size=13, max_size=13).map(lambda drawn: _behaviour(Reader(drawn)))

THROUGHPUTS = (_histories, _behaviours, variants)
"""What such histories are made of."""
