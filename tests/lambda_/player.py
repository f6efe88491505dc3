"""Plays histories, and searches for those that break an invariant."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from itertools import count
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

from constructs_lib.testing.bedrock import BedrockDouble, Behaviour
from tests.lambda_.cfn_simulator import CfnSimulator
from tests.lambda_.fakes import ACCOUNT, REGION, TurnedClock
from tests.lambda_.invariants import CRASHED
from tests.lambda_.kinds import name_of
from tests.lambda_.operations import Script, Variant
from tests.lambda_.parameter_store import StoredParameter
from tests.lambda_.probe import ProbedFakes
from tests.lambda_.sequences import (
    Deploy,
    Destroy,
    JobTemplate,
    Move,
    Step,
    Turn,
    behaviours,
    histories,
    variants,
)
from tests.lambda_.serving_sequences import EXACT, PARAMETERS

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

World = tuple[SearchStrategy[list[Step]], SearchStrategy[Behaviour], SearchStrategy[Variant]]
JOBS: World = (histories, behaviours, variants)

FEW = 70
"""The histories in which a bug is found from its seed."""


class Player:
    """Plays a history.

    Args:
        simulator: What carries the steps out.
    """

    def __init__(self, simulator: CfnSimulator) -> None:
        self.simulator = simulator
        self._names: dict[str, str] = {}
        self._models: list[str] = []
        self._numbers = count()
        self._steps: list[Step] = []
        simulator.following = self._following
        simulator.turn = lambda how: self._turn(how, 0)

    def play(self, steps: list[Step]) -> None:
        """Play it, and tear everything down."""
        self._steps = list(steps)
        if any(isinstance(step, Deploy) and step.needs_models for step in steps):
            self._models = [self._train(number) for number in range(2)]
        while self._steps:
            self._take(self._steps.pop(0))
        self.simulator.run_to_the_end()
        denied = self.simulator.fakes.missing  # what the role lacked in the end it may lack still
        for script in (Script(denied=denied), Script(), Script()):
            self.simulator.destroy(script)
            for one in self.simulator.fakes.double.serving():
                self.simulator.fakes.double.withdraw(one.arn)

    def _take(self, step: Step) -> None:
        match step:
            case Deploy(script=script):
                self.simulator.deploy(self._wanted(step), script)
            case Destroy(script=script):
                self.simulator.destroy(script)
            case Move(logical=logical):
                now = self._names.get(logical, logical)
                new = logical if now != logical else f"{logical}Moved"
                if self.simulator.refactor(now, new):
                    self._names[logical] = new
            case Turn(how=how, number=number):
                self._turn(how, number)

    def _turn(self, how: str, number: int) -> None:
        fakes = self.simulator.fakes
        used = {one.model_arn for one in fakes.double.serving()}
        models = [model for model in fakes.double.models() if model.arn not in used]
        match how:
            case "hours":
                fakes.clock.advance(10_000.0)
            case "looks":
                self.simulator.let_pass(10_000.0)
            case "delete-model" if models:
                client = fakes.double.client(account=ACCOUNT, region=REGION)
                client.delete_custom_model(modelIdentifier=models[0].arn)
                self.simulator.invariants.note_deleted_by_hand()
            case "serve" if models:
                model = models[number % len(models)].arn
                serve = fakes.double.deploy_model if number else fakes.double.provision
                serve(model, name=f"serving-{next(self._numbers)}")
            case "delete-model" | "serve":
                pass
            case "look":
                self.simulator.look(number)
            case "finish":
                fakes.turn("complete")
                self.simulator.look()
            case "quiet look":
                self.simulator.look_in_peace()
            case "delete-parameter" | "delete-deployment" | "foreign" | "withdraw":
                self._change_by_hand(how, number)
            case _:
                fakes.turn(how, number)

    def _change_by_hand(self, how: str, number: int) -> None:
        """Let somebody delete what is ours, or create what has the same name."""
        fakes, stack = self.simulator.fakes, self.simulator.stack
        parameters, deployments = list(fakes.parameters.parameters), list(fakes.double.deployments())
        match how:
            case "delete-parameter" if parameters:
                fakes.parameters.delete(parameters[number % len(parameters)])
            case "delete-deployment" if deployments:
                fakes.double.withdraw(deployments[number % len(deployments)].arn)
            case "withdraw" if serving := fakes.double.serving():
                fakes.double.withdraw(serving[number % len(serving)].arn)
                self.simulator.invariants.throughputs.note_by_hand()
            case "foreign" if number % 2:
                fakes.parameters.parameters.setdefault(PARAMETERS[number % 3], StoredParameter("foreign"))
            case "foreign" if fakes.double.models():
                model = fakes.double.models()[0].arn
                free = {EXACT, name_of({}, stack.arn, "D") if stack else EXACT}
                free -= {one.name for one in deployments}
                for name in sorted(free)[:1]:
                    fakes.double.deploy_model(model, name=name)
            case _:
                return
        self.simulator.invariants.laws.note_by_hand()

    def _train(self, number: int) -> str:
        """Train a model outside the stack, and return its ARN."""
        double, name = self.simulator.fakes.double, f"outside-{number}"
        request = JobTemplate(epochs=3 + number).properties(name)["Request"]
        client = double.client(account=ACCOUNT, region=REGION)
        arn = client.create_model_customization_job(**{**request, "jobName": name, "customModelName": name})[
            "jobArn"
        ]
        double.complete(arn)
        return next(one.arn for one in double.models() if one.job_arn == arn)

    def _wanted(self, step: Deploy) -> dict[str, Any]:
        return {
            self._names.get(name, name): self._with_model(template.properties(name))
            for name, template in step.templates.items()
        }

    def _with_model(self, properties: dict[str, Any]) -> dict[str, Any]:
        models = {
            name: self._models[properties[name]] for name in ("ModelArn", "ModelId") if name in properties
        }
        return {**properties, **models}

    def _following(self) -> tuple[dict[str, Any], Script] | None:
        if self._steps and isinstance(self._steps[0], Deploy):
            step = self._steps.pop(0)
            return self._wanted(step), step.script
        return None


def play(
    steps: list[Step],
    behaviour: Behaviour,
    variant: Variant | None = None,
    fakes: type[ProbedFakes] = ProbedFakes,
    **entry: Callable[..., object],
) -> CfnSimulator:
    """Play a history, delete everything, and return the simulator with what it saw."""
    double = BedrockDouble(behaviour=behaviour, clock=TurnedClock(), account=ACCOUNT)
    simulator = CfnSimulator(fakes(double=double), variant=variant, **entry)
    Player(simulator).play(steps)
    return simulator


def search(
    check: Callable[[list[Step], Behaviour, Variant], None],
    examples: int,
    seeded: int,
    *phases: Phase,
    world: World = JOBS,
) -> None:
    """Try random histories, the same ones for the same seed, so that CI never fails by chance."""
    chosen = settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=phases or (Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    seed(seeded)(chosen(given(*world)(check)))()


def breach_of(
    fakes: type[ProbedFakes],
    seeded: int = 0,
    *,
    world: World = JOBS,
    bug: Callable[[], AbstractContextManager[object]] = nullcontext,
    **entry: Callable[..., object],
) -> str:
    """Return the first invariant that a handler breaks in a history in which the real one breaks none.

    Args:
        fakes: everything outside the handler, with parts of it that have a bug.
        seeded: where the search begins.
        world: what histories are made of.
        bug: puts a bug into the handler for as long as its block lasts.
        entry: the handler's entry point. Default: the real one.
    """
    for examples, start in ((FEW, seeded), (4000, 0)):
        _, found = first_breach(fakes, examples, start, world=world, bug=bug, **entry)
        if found:
            return found
    return ""


def first_breach(
    fakes: type[ProbedFakes],
    examples: int,
    seeded: int,
    *,
    world: World,
    bug: Callable[[], AbstractContextManager[object]] = nullcontext,
    **entry: Callable[..., object],
) -> tuple[int, str]:
    """Return how many histories were played, and the first invariant that was broken; "" where none was.

    Args:
        fakes: everything outside the handler, as for `breach_of`.
        examples: the most histories that are played.
        seeded: where the search begins.
        world: what histories are made of.
        bug: puts a bug into the handler, as for `breach_of`.
        entry: the handler's entry point. Default: the real one.
    """
    played, found = 0, [""]

    def check(steps: list[Step], behaviour: Behaviour, variant: Variant) -> None:
        nonlocal played
        played += 1
        with bug():
            breaches = play(steps, behaviour, variant, fakes, **entry).invariants.breaches
        has_crashed = any(one.startswith(CRASHED) for one in breaches)
        if breaches and not has_crashed and not play(steps, behaviour, variant).invariants.breaches:
            found[:] = breaches
        assert not found[0]

    with bug():
        pass  # a bug whose line the source has no more is no bug that is not found
    with suppress(AssertionError):
        search(check, examples, seeded, Phase.generate, world=world)
    return played, found[0]
