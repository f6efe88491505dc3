"""Fakes in which faults can be scripted at every call: before it, or after it took effect."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from customization_job.frame.response import DeliveryError

from constructs_lib.testing.bedrock import LoseResponse, Refuse
from tests.lambda_.cloudformation import StackClient, denied
from tests.lambda_.fakes import ACCOUNT, LAMBDA_SECONDS, REGION, Fakes, Killed
from tests.lambda_.parameter_store import error

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.lambda_.invariants import Invariants
    from tests.lambda_.operations import Event

_FAULTS = {
    "lose": LoseResponse(),
    "throttle": Refuse.throttled(),
    "internal": Refuse.internal(),
    "role": Refuse.role_not_ready(),
    "denied": Refuse.access_denied(),
    "quota": Refuse.quota(),
}

_OTHERS = (
    "put_parameter",
    "get_parameter",
    "delete_parameter",
    "list_tags_for_resource",
    "add_tags_to_resource",
    "remove_tags_from_resource",
    "signal_resource",
    "start_execution",
)
_REFUSALS = {
    "throttle": "ThrottlingException",
    "internal": "InternalServerError",
    "denied": "AccessDeniedException",
}


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """One thing that goes wrong in one attempt at one event.

    `call` counts the handler's calls to anything outside, `at` names the first call that is meant instead;
    `after` means after the call took effect.
    """

    kind: str
    call: int
    after: bool = False
    attempt: int = 0
    at: str = ""


@dataclass(eq=False)
class Invocation:
    """One run of the function.

    `denied` holds the calls that were denied; `is_unsure` tells whether the last question about the stack
    was one of them. `lost` counts the seconds that went by while something else happened. `stood` has the
    logical and physical ids of the jobs that CloudFormation has shown meanwhile; `is_calm` tells whether
    nothing goes wrong.
    """

    event: Event
    troubles: list[Trouble]
    actions: Mapping[str, Callable[[], object]]
    ends: float = 0.0
    calls: int = 0
    status_seen: str = ""
    number_seen: int = 0
    is_killed: bool = False
    rejects_response: bool = False
    is_told_late: bool = False
    is_unsure: bool = False
    denied: set[str] = field(default_factory=set)
    lost: float = 0.0
    stood: set[tuple[str, str]] = field(default_factory=set)
    is_calm: bool = False

    @property
    def began(self) -> float:
        """When it began."""
        return self.ends - LAMBDA_SECONDS

    @property
    def is_blind(self) -> bool:
        """Whether a call of CloudFormation was denied."""
        return any(name.startswith("describe_stack") for name in self.denied)

    def kill(self) -> None:
        """Let the next call be the last."""
        self.is_killed = True

    def pending(self, name: str, *, after: bool) -> list[Trouble]:
        """Return the faults of this call; one that waits for a call of a name comes once."""
        found = [
            one
            for one in self.troubles
            if one.after == after and (one.at == name if one.at else one.call == self.calls)
        ]
        for one in found:
            if one.at:
                self.troubles.remove(one)
        return found


@dataclass
class ProbedFakes(Fakes):
    """Fakes in which every call passes through one method."""

    heard: dict[str, dict[str, Any]] = field(default_factory=dict)
    runs: list[Invocation] = field(default_factory=list)
    invariants: Invariants = None  # type: ignore[assignment]  # the simulator sets it
    missing: frozenset[str] = frozenset()
    listener: Callable[[Event, Mapping[str, Any]], None] = lambda _event, _answer: None
    signaled: dict[tuple[str, str], set[str]] = field(default_factory=dict)

    def begin(
        self,
        event: Event,
        attempt: int,
        troubles: tuple[Trouble, ...],
        actions: Mapping[str, Callable[[], object]],
    ) -> Invocation:
        """Start counting calls."""
        mine = [one for one in troubles if one.attempt == attempt]
        run = Invocation(event, mine, actions, self.clock.now() + LAMBDA_SECONDS)
        run.is_calm = not mine and not self.missing
        self.runs.append(run)
        self.invariants.note_begin(event)
        return self.runs[-1]

    def end(self, invocation: Invocation, *, was_killed: bool) -> None:
        """Stop counting calls."""
        self.runs.remove(invocation)
        self.double.faults.clear()
        self.invariants.note_end(invocation, was_killed=was_killed)

    def connect(self, service: str) -> Any:  # noqa: ANN401 - a client
        """Return the double's client of a service, with every call passing through `passed`."""
        if service == "bedrock":
            return _Gate(self, self.double.client(account=ACCOUNT, region=REGION))
        clients = {"ssm": self.parameters, "stepfunctions": self.executions}
        return _Gate(self, clients.get(service) or StackClient(self))

    def signal(self, stack_id: str, logical_id: str, unique_id: str) -> None:
        """Keep a signal of a wait condition; the same one again counts once."""
        self.signaled.setdefault((stack_id, logical_id), set()).add(unique_id)

    def read_status(self, stack_id: str) -> str:
        """Answer DescribeStacks, and remember what was answered."""
        run = self.runs[-1]
        told = super().read_status(stack_id)
        if run.is_told_late:
            told = self.records[stack_id].stale_status(self.clock.now())
        if stack_id == run.event.stack.arn:
            run.status_seen, run.number_seen = told, run.event.stack.number
        return told

    def put(self, url: object, content: bytes, until: float, _log: object) -> int:
        """Receive the response, unless a fault prevents it."""
        return int(self.passed("put", lambda: self._receive(url, content, until)))

    def passed(self, name: str, call: Callable[[], Any], request: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 - any answer
        """Make one call, with the faults that are scripted for it."""
        run = self.runs[-1]
        run.calls += 1
        run.is_told_late = False
        self.invariants.laws.see(run)
        for trouble in run.pending(name, after=False):
            self._strike(run, trouble, name)
        if run.is_killed:
            raise Killed
        if name in self.missing:
            self._deny(run, name)
        effect = self.invariants.watch(name, run, request or {})
        try:
            answer = call()
        finally:
            if effect:
                effect()
        if name == "describe_stacks":
            run.is_unsure = False
        for trouble in run.pending(name, after=True):
            self._strike(run, trouble, name)
        if run.is_killed:
            raise Killed
        return answer

    def _deny(self, run: Invocation, name: str) -> None:
        run.denied.add(name)
        run.is_unsure = run.is_unsure or name == "describe_stacks"
        raise denied(name)

    def _strike(self, run: Invocation, trouble: Trouble, name: str) -> None:
        match trouble.kind:
            case "crash":
                raise Killed
            case "fail and crash" if name != "put":  # see "What it does not promise" in docs/reliability.md
                self.turn("fail")
                raise Killed
            case "hang":
                self.clock.advance(825.0)
            case "response rejected":
                run.rejects_response = True
            case "complete" | "fail" | "halt":
                self.turn(trouble.kind)
            case "slow duplicate":
                run.actions["duplicate"]()
                self.clock.advance(825.0)
            case kind if kind in run.actions:
                began = self.clock.now()
                run.actions[kind]()
                run.lost += self.clock.now() - began
            case kind if not trouble.after:
                self._disturb(run, kind, name)

    def _disturb(self, run: Invocation, kind: str, name: str) -> None:
        """Spoil the call that is about to be made, if it is one that can be spoilt so."""
        match name, kind:
            case "put", "unsent":
                raise DeliveryError("scripted")
            case (("describe_stacks" | "describe_stack_resource" | "describe_stack_events"), "blind"):
                self._deny(run, name)
            case "describe_stacks", "stale":
                run.is_told_late = True
            case (("put" | "describe_stacks" | "describe_stack_resource" | "describe_stack_events"), _):
                pass
            case _ if name in _OTHERS:
                if kind in _REFUSALS:
                    raise error(name, _REFUSALS[kind])
            case _ if kind in _FAULTS:
                self.double.faults.add("*", _FAULTS[kind])

    def turn(self, how: str, number: int = 0) -> None:
        """Let a running job end, the `number`th of those that run."""
        running = self.double.jobs(status="InProgress")
        if not running:
            return
        job = running[number % len(running)]
        match how:
            case "complete":
                self.double.complete(job.arn)
            case "fail":
                self.double.fail(job.arn, "the data is bad 💥")
            case "halt":
                self.double.stop(job.arn)
                self.invariants.halted.add(job.arn)

    def _receive(self, _url: object, content: bytes, _until: float) -> int:
        answer = json.loads(content)
        self.invariants.check_answer(answer, content)
        if self.runs and self.runs[-1].rejects_response:
            return 403
        if answer["RequestId"] not in self.heard:
            self.heard[answer["RequestId"]] = answer
            self.listener(self.runs[-1].event, answer)
        return 200


class _Gate:
    """A client every call of which passes through `ProbedFakes.passed`."""

    def __init__(self, fakes: ProbedFakes, client: Any) -> None:  # noqa: ANN401 - a client
        self._fakes = fakes
        self._client = client

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._client, name)

        def call(**request: Any) -> Any:  # noqa: ANN401 - as boto3's
            return self._fakes.passed(name, lambda: method(**request), request)

        return call
