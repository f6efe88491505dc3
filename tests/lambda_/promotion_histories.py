"""Random histories of a promotion: looks, tasks, retrainings, alarms, people, and rollbacks; see the laws."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from contract.promotion import model_id
from contract.resource import DEPLOYMENT_TYPE, PUBLISHED_MODEL_TYPE
from customization_job.follow import LookError
from customization_job.frame.properties import shown_time
from customization_job.frame.response import UnfinishedError
from customization_job.handler import on_event
from customization_job.promotion.needs import why_needed
from customization_job.promotion.store import Store
from customization_job.tasks import TaskError

from tests.lambda_.builders import event, look
from tests.lambda_.fakes import ACCOUNT, FUNCTION, Context
from tests.lambda_.promoting import FUNCTION_ARN, MACHINE
from tests.lambda_.promotion_laws import Actor, Laws
from tests.lambda_.promotion_world import (
    BUCKET,
    NAME,
    PARAMETER,
    PREFIX,
    RESOURCE,
    Stopped,
    Trained,
    World,
    WorldDependencies,
    _Objects,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_HOUR = 3600.0
_LOSS = {"Type": "ValidationLoss", "Margin": "0.0"}
_FUNCTION = {"Type": "Function", "FunctionArn": FUNCTION_ARN}
_APPROVED = {"Type": "Approved", "Seconds": "7200"}
_CONDITIONS = ([_LOSS], [_LOSS], [_LOSS], [_FUNCTION], [_LOSS, _FUNCTION], [_LOSS, _APPROVED], [])
_LOSSES = (0.3, 0.4, 0.5, 0.6, 0.4, 0.5, None)


@dataclass
class History:
    """One history, which a number makes the same again.

    `steps` tells what happened.
    """

    number: int
    steps: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = Random(self.number)  # noqa: S311 - the same again for the same number
        draw = self.random
        self.is_deployment = draw.random() < 0.6  # a parameter has no invocations
        self.world = World(
            is_deployment=self.is_deployment,
            policy=self._policy(),
            updating_seconds=draw.choice((0.0, 30.0, 600.0)),
        )
        self.dependencies = WorldDependencies(self.world)
        self.laws = Laws(self.world)
        self.depth = 0
        self.requests = 0

    def play(self) -> list[str]:
        """Play the history, let it come to rest, and return which laws were broken."""
        self._train()
        self._complete()
        self._send("Create", "CREATE_IN_PROGRESS", self.world.policy)
        for _ in range(self.random.randint(4, 14)):
            self._step()
        self._rest()
        self.laws.at_rest()
        return self.laws.breaches

    # -- what happens ----------------------------------------------------------------------------------------

    def _step(self) -> None:
        steps: tuple[tuple[Callable[[], None], int], ...] = (
            (self._look, 6),
            (self._pass_time, 6),
            (self._retrain, 4),
            (self._complete, 5),
            (self._ring, 3),
            (self._swap, 1),
            (self._judge, 2),
            (self._force, 1),
            (self._withdraw, 1),
            (self._delete_model, 1),
            (self._clean_up, 2),
            (self._roll_back, 2),
            (self._fail_updates, 1),
        )
        chosen, weights = zip(*steps, strict=True)
        self.random.choices(chosen, weights)[0]()

    def _look(self) -> None:
        self._note("look")
        thing = {
            "kind": "deployment" if self.world.is_deployment else "published",
            "job": "Job",
            "resource": RESOURCE,
            "parameter": PARAMETER,
            "bucket": BUCKET,
            "prefix": PREFIX,
        }
        with self._function("look"):
            on_event(look(thing), Context(self.dependencies.clock), self.dependencies)  # type: ignore[arg-type]

    def _pass_time(self) -> None:
        self._pass(self.random.choice((20.0, 60.0, 300.0, 1200.0, _HOUR, 2 * _HOUR)))

    def _pass(self, seconds: float, step: float = 600.0) -> None:
        """Let time pass, and carry out the tasks of executions on the way, though some of them late."""
        self._note(f"{seconds:.0f} s pass")
        until = self.world.now + seconds
        while self.world.now < until:
            self.world.now = min(self.world.now + step, until)
            self.world.settle()
            self._carry_out_tasks()

    def _carry_out_tasks(self) -> None:
        for name, given in list(self.world.executions.items()):
            if given.get("due", 0.0) > self.world.now or given.get("isOver"):
                continue
            got: Any = None
            with self._function("task"):
                got = on_event({"task": given["task"]}, Context(self.dependencies.clock), self.dependencies)  # type: ignore[arg-type]
            got = got or {**given, "pause": 30}
            self.world.executions[name] = {**got, "due": self.world.now + got.get("pause", 0)}

    def _train(self) -> None:
        draw, world = self.random, self.world
        loss, number = draw.choice(_LOSSES), len(world.trained)
        made = Trained(number, loss, quality=draw.randint(0, 3), is_judged=draw.random() < 0.85)
        world.trained.append(made)
        world.current = number
        self._note(f"model {number} trains, loss {loss}, quality {made.quality}, judged {made.is_judged}")

    def _complete(self) -> None:
        current = self.world.trained[self.world.current]
        if current.status == "InProgress":
            current.status = "Completed" if self.random.random() < 0.9 or current.number == 0 else "Failed"
            self._note(f"model {current.number} is {current.status}")

    def _retrain(self) -> None:
        if self.depth:
            return
        self._train()
        if self.random.random() < 0.3:
            self.world.policy = self._policy()
        if self.random.random() < 0.5:
            self._complete()
        self._send("Update", "UPDATE_IN_PROGRESS", self.world.policy)

    def _roll_back(self) -> None:
        """Begin an update to a new job, let other things happen, and go back."""
        if self.depth:
            return
        before, policy = self.world.current, self.world.policy
        self._train()
        self.world.policy = self._policy()
        self._send("Update", "UPDATE_IN_PROGRESS", self.world.policy, is_over=False)
        for _ in range(self.random.randint(0, 3)):
            self.random.choice((self._look, self._complete, self._pass_time))()
        self._note("rollback")
        self.world.current, self.world.policy = before, policy
        self._send("Update", "UPDATE_ROLLBACK_IN_PROGRESS", policy, status="UPDATE_ROLLBACK_COMPLETE")

    def _ring(self) -> None:
        is_on, _ = self.world.alarm
        self.world.alarm = (not is_on, self.world.now)
        self._note(f"alarm {'off' if is_on else 'on'}")

    def _swap(self) -> None:
        found = [one for one in self.world.trained if self.world.by_model(one.model_arn)]
        serving = self.world.serving
        if found and serving and not serving.target:
            model = self.random.choice(found).model_arn
            self._note(f"somebody swaps to {model[-2:]}")
            with self.laws.acting(Actor("person")):
                self.world.serve(model)

    def _judge(self) -> None:
        current = self.world.trained[self.world.current]
        if current.status == "Completed" and not current.tag:
            current.tag = self.random.choice(("approved", "approved", "rejected"))
            self._note(f"somebody tags {current.number} {current.tag}")

    def _force(self) -> None:
        current = self.world.trained[self.world.current]
        if current.status == "Completed":
            self._note(f"somebody promotes {current.number}")
            document = {
                **self._by_hand(current.model_arn),
                "verdict": "promoted",
                "serving": self.world.serves,
                "forced": True,
            }
            self.world.write(current.model_arn, ".json", document)
            self.laws.forced(current.model_arn)

    def _withdraw(self) -> None:
        serves = self.world.serves
        verdict = self.world.read(serves) if serves else None
        if verdict and not self.world.read(serves, ".withdrawn.json"):
            self._note(f"somebody withdraws {serves[-2:]}")
            document = {**self._by_hand(serves), "to": verdict["serving"]}
            self.world.write(serves, ".withdrawn.json", document)

    def _by_hand(self, model: str) -> dict[str, object]:
        return {"candidate": model, "reason": "by hand", "time": shown_time(self.world.now), "by": "person"}

    def _delete_model(self) -> None:
        one = self.random.choice(self.world.trained)
        if one.model_arn != self.world.serves and one.status == "Completed":
            self._note(f"somebody deletes {one.number}")
            one.has_model = False

    def _clean_up(self) -> None:
        """Delete a model as the function does: one that nothing serves, publishes or may need."""
        world = self.world
        one = self.random.choice(world.trained)
        current = world.trained[world.current]
        serving = world.serving
        in_use = {world.serves, serving.model_arn if serving else ""}
        if world.by_model(one.model_arn) is None or one.model_arn in in_use:
            return
        store = Store(BUCKET, PREFIX, ACCOUNT, _Objects(world))
        candidate = current.model_arn if current.status == "Completed" else ""
        others = [other.model_arn for other in world.trained]
        if not why_needed(one.model_arn, candidate, others, [store]):
            self._note(f"the function deletes {one.number}")
            self.laws.deletes(one.model_arn)
            one.has_model = False

    def _fail_updates(self) -> None:
        self.world.fails_updates = not self.world.fails_updates
        self._note(f"updates fail: {self.world.fails_updates}")

    def _policy(self) -> dict[str, Any]:
        draw = self.random
        policy: dict[str, Any] = {
            "Conditions": draw.choice(_CONDITIONS),
            "WhenUnsure": draw.choice(("Keep", "Keep", "Ask", "Promote")),
            "Store": {"Bucket": BUCKET, "Prefix": PREFIX},
            "StateMachine": MACHINE,
        }
        if draw.random() < 0.7:
            policy["Bake"] = {
                "Alarms": ["errors"],
                "Seconds": draw.choice(("900", "3600")),
                "MinimumInvocations": draw.choice(("0", "3")) if self.is_deployment else "0",
            }
        return policy

    # -- the function ----------------------------------------------------------------------------------------

    def _send(
        self,
        kind: str,
        phase: str,
        policy: dict[str, Any],
        status: str = "UPDATE_COMPLETE",
        *,
        is_over: bool = True,
    ) -> None:
        world = self.world
        world.status, world.resource_status = phase, f"{kind.upper()}_IN_PROGRESS"
        current = world.trained[world.current]
        self._note(f"{kind} in {phase}: job {world.current}, {policy['Conditions']}, {policy['WhenUnsure']}")
        desired: dict[str, Any] = {"ServiceToken": FUNCTION, "ServiceTimeout": "2700", "Promotion": policy}
        if world.is_deployment:
            follow = {"Job": "Job", "JobArn": current.job_arn, "Parameter": PARAMETER}
            desired |= {"Follow": follow, "DeploymentName": NAME}
        else:
            desired |= {"ParameterName": PARAMETER, "Job": "Job", "JobArn": current.job_arn}
        self.requests += 1
        told = event(
            kind,
            f"request-{self.requests}",
            ResourceType=DEPLOYMENT_TYPE if world.is_deployment else PUBLISHED_MODEL_TYPE,
            LogicalResourceId=RESOURCE,
            ResourceProperties=desired,
            OldResourceProperties=desired if kind == "Update" else None,
            PhysicalResourceId=(NAME if world.is_deployment else PARAMETER) if kind == "Update" else None,
        )
        for attempt in range(3):
            is_disturbed = attempt < 2
            kind = "rollback" if "ROLLBACK" in phase else "event"
            with self._function(kind, is_disturbed=is_disturbed) as actor:
                on_event(told, Context(self.dependencies.clock), self.dependencies)  # type: ignore[arg-type]
            if not actor.is_stopped:
                break
        if is_over:
            world.status = status
        world.resource_status = "UPDATE_COMPLETE"

    @contextmanager
    def _function(self, kind: str, *, is_disturbed: bool = True) -> Iterator[Actor]:
        """Let the function run, and something else happen at one or two of its calls."""
        world, draw = self.world, self.random
        outer, world.interruptions = world.interruptions, []
        calls, world.calls = world.calls, 0
        actor = Actor(kind)
        is_disturbed = is_disturbed and self.depth < 2 and not self.laws.is_resting
        if is_disturbed and draw.random() < 0.5:
            for _ in range(draw.randint(1, 2)):
                number, is_after = draw.randint(1, 14), draw.random() < 0.5
                world.interruptions.append((number, is_after, self._interrupted))
        self.depth += 1
        try:
            with self.laws.acting(actor), suppress(LookError, TaskError, UnfinishedError):
                yield actor
        except Stopped:
            actor.is_stopped = True
            self._note("the function is stopped")
        finally:
            self.depth -= 1
            world.interruptions, world.calls = outer, calls

    def _interrupted(self) -> None:
        steps = (self._look, self._look, self._ring, self._swap, self._withdraw, self._force, self._stop)
        self._note("meanwhile:")
        with self.laws.aside():
            self.random.choice(steps)()

    def _stop(self) -> None:
        raise Stopped

    def _rest(self) -> None:
        """Let nothing else happen, and looks and tasks go on for some hours."""
        world = self.world
        self._note("rest")
        self.laws.is_resting = True
        world.fails_updates = False
        if world.alarm[0]:
            world.alarm = (False, world.now)
        for _ in range(9):
            self._pass(_HOUR, step=1200.0)
            self._look()

    def _note(self, text: str) -> None:
        self.steps.append("  " * self.depth + text)


def id_of(model_arn: str) -> str:
    """Return the number of a model, for people."""
    return model_id(model_arn)[-2:]
