"""Random histories of a stack that waits for its job, with looks of the state machine when they are due."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from constructs_lib.testing.bedrock import Behaviour
from tests.lambda_.awaiting import MACHINE
from tests.lambda_.kinds import ref
from tests.lambda_.sequences import Deploy, Destroy, JobTemplate, Reader, Step, Template, Turn, variants

if TYPE_CHECKING:
    from tests.lambda_.operations import Script


@dataclass(frozen=True, kw_only=True)
class WaitedJobTemplate(JobTemplate):
    """A job that the deployment waits for; `seconds` is the timeout of its wait condition, 0 for none."""

    seconds: int = 0

    def properties(self, logical: str) -> dict[str, Any]:
        """Write the resource's properties."""
        wait = {
            "WaitCondition": self.wait_condition,
            "StateMachine": MACHINE,
            "Seconds": str(self.seconds),
        }
        return {**super().properties(logical), **({"Wait": wait} if self.seconds else {})}

    @property
    def wait_condition(self) -> str:
        """The logical id of the wait condition: another one for other inputs, as the construct writes it."""
        about = f"{self.epochs} {self.revision} {self.seconds}"
        return f"W{hashlib.sha256(about.encode()).hexdigest()[:8]}"


@dataclass(frozen=True, kw_only=True)
class WaitConditionTemplate:
    """A wait condition for the job A."""

    seconds: int

    def properties(self, _logical: str) -> dict[str, Any]:
        """Write what the simulator knows of it."""
        return {"Count": 4, "Timeout": self.seconds}


@dataclass(frozen=True, kw_only=True)
class ResultTemplate:
    """How the job A has ended."""

    until: str = "Completion"
    seconds: int = 7200
    fails_on_failure: bool = True
    fails_on_timeout: bool = False

    def properties(self, _logical: str) -> dict[str, Any]:
        """Write the resource's properties."""
        return {
            "ServiceToken": "token",
            "ServiceTimeout": "2700",
            "Job": "A",
            "JobArn": ref("A"),
            "Until": self.until,
            "Seconds": str(self.seconds),
            "FailOnFailure": "true" if self.fails_on_failure else "false",
            "FailOnTimeout": "true" if self.fails_on_timeout else "false",
        }


_NO_YES = (False, True)
_MEANWHILE = (
    "complete",
    "fail",
    "cancel",
    "halt",
    "sibling",
    "stopped for an hour",
    "twice",
    "earlier",
    "delete-model",
)
_TROUBLES = ("crash", "throttle", "internal", "lose", "blind", "hang", "stale", "complete", "sibling")


class _WaitingReader(Reader):
    """Reads choices of a history in which deployments wait."""

    def waiting_step(self) -> Step:
        """Choose what happens next."""
        match self.one_of("deploy", "deploy", "deploy", "turn", "deploy", "deploy", "turn", "destroy"):
            case "turn":
                return Turn(how=self.one_of("complete", "fail", "hours", "delete-model"))
            case "destroy":
                return Destroy(script=self.script())
        return Deploy(templates=self._templates(), script=self._waiting(self.script()))

    def _waiting(self, script: Script) -> Script:
        meanwhile = tuple((self.one_of(*range(12)), self.one_of(*_MEANWHILE)) for _ in range(2))
        troubles = tuple((self.one_of(*range(6)), self.trouble(_TROUBLES)) for _ in range(3))
        if self.one_of(*_NO_YES):  # most of what goes wrong elsewhere has to let the stack come so far
            script = replace(script, forward=(), sibling_after=None, denied=frozenset())
        return replace(
            script,
            meanwhile=meanwhile[: self.one_of(0, 1, 1, 2)],
            troubled_looks=troubles[: self.one_of(0, 0, 1, 3)],
        )

    def _templates(self) -> dict[str, Template]:
        seconds = self.one_of(7200, 28_800, 7200, 3600, 0)
        job = WaitedJobTemplate(
            epochs=self.one_of(1, 1, 2),
            tags=self.one_of(0, 0, 1),
            revision=self.one_of(0, 0, 1),
            on_delete=self.one_of("StopJob", "DeleteModel"),
            seconds=seconds,
        )
        made: dict[str, Template] = {"A": job}
        if seconds:
            made[job.wait_condition] = WaitConditionTemplate(seconds=seconds)
        if seconds or self.one_of(*_NO_YES):
            made["R"] = ResultTemplate(
                until="Completion" if seconds else "Validation",
                seconds=seconds or 600,
                fails_on_failure=not self.one_of(*_NO_YES),
                fails_on_timeout=self.one_of(*_NO_YES),
            )
        return made


def _behaviour(reader: Reader) -> Behaviour:
    return Behaviour(
        training_seconds=reader.one_of(5000.0, 100.0, 20_000.0, 1.0),
        scheduled_jobs=50,
        status_details=reader.one_of("always", "always", "never"),
        visible_after_seconds=reader.one_of(0.0, 0.0, 5.0),
    )


def _history(drawn: list[bytes]) -> list[Step]:
    return [_WaitingReader(one, "waiting").waiting_step() for one in drawn]


_histories = st.lists(st.binary(min_size=160, max_size=160), min_size=1, max_size=6).map(_history)
_behaviours = st.binary(min_size=6, max_size=6).map(lambda drawn: _behaviour(Reader(drawn)))

WAITING = (_histories, _behaviours, variants)
"""What such histories are made of."""
