from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, note, seed, settings

from constructs_lib.testing.bedrock import BedrockDouble, Behaviour
from tests.lambda_.cfn_simulator import CfnSimulator
from tests.lambda_.fakes import ACCOUNT, TurnedClock
from tests.lambda_.invariants import CRASHED
from tests.lambda_.mutations import MUTATIONS, SEEDS, naive
from tests.lambda_.operations import Script, Variant
from tests.lambda_.probe import ProbedFakes
from tests.lambda_.sequences import Deploy, Destroy, Move, Step, Turn, behaviours, histories, variants

if TYPE_CHECKING:
    from collections.abc import Callable

SEQUENCES = int(os.environ.get("LIFECYCLE_SEQUENCES", "2400"))
SHARDS = 4
_FEW = 70


class Player:
    """Plays a history.

    Args:
        simulator: What carries the steps out.
    """

    def __init__(self, simulator: CfnSimulator) -> None:
        self.simulator = simulator
        self._names: dict[str, str] = {}
        self._steps: list[Step] = []
        simulator.following = self._following

    def play(self, steps: list[Step]) -> None:
        """Play it, and tear everything down."""
        self._steps = list(steps)
        while self._steps:
            self._take(self._steps.pop(0))
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
            case "delete-model" if models:
                fakes.double.client(account=ACCOUNT, region="eu-west-1").delete_custom_model(
                    modelIdentifier=models[0].arn
                )
                self.simulator.invariants.note_deleted_by_hand()
            case "serve" if models:
                model = models[number % len(models)].arn
                serve = fakes.double.deploy_model if number else fakes.double.provision
                serve(model, name=f"serving-{len(fakes.double.serving())}")
            case "delete-model" | "serve":
                pass
            case _:
                fakes.turn(how, number)

    def _wanted(self, step: Deploy) -> dict[str, Any]:
        return {
            self._names.get(name, name): template.properties(name)
            for name, template in step.templates.items()
        }

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
    check: Callable[[list[Step], Behaviour, Variant], None], examples: int, seeded: int, *phases: Phase
) -> None:
    """Try random histories, the same ones for the same seed, so that CI never fails by chance."""
    chosen = settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=phases or (Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    seed(seeded)(chosen(given(histories, behaviours, variants)(check)))()


@pytest.mark.parametrize("shard", range(SHARDS))
def test_no_history_breaks_an_invariant(shard: int) -> None:
    """Whatever CloudFormation, Lambda and Bedrock do, no invariant is broken."""

    def check(steps: list[Step], behaviour: Behaviour, variant: Variant) -> None:
        note("\n".join(map(repr, (*steps, behaviour, variant))))
        assert play(steps, behaviour, variant).invariants.breaches == []

    search(check, SEQUENCES // SHARDS, shard)


def breach_of(fakes: type[ProbedFakes], **entry: Callable[..., object]) -> str:
    """Return the first invariant that a handler breaks in a history in which the real one breaks none."""
    found: list[str] = []

    def check(steps: list[Step], behaviour: Behaviour, variant: Variant) -> None:
        breaches = play(steps, behaviour, variant, fakes, **entry).invariants.breaches
        has_crashed = any(one.startswith(CRASHED) for one in breaches)
        if breaches and not has_crashed and not play(steps, behaviour, variant).invariants.breaches:
            found.extend(breaches)
        assert not found

    for examples, seeded in ((_FEW, SEEDS.get(fakes.__name__, 0)), (4000, 0)):
        with suppress(AssertionError):
            search(check, examples, seeded, Phase.generate)
        if found:
            return found[0]
    return ""


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_seeded_bug_breaks_an_invariant(mutation: str) -> None:
    """Each handler with one bug is caught, so the invariants and the histories are worth something."""
    assert breach_of(MUTATIONS[mutation])


def test_the_usual_handler_breaks_an_invariant() -> None:
    """A handler written as they usually are is caught."""
    assert breach_of(ProbedFakes, entry=naive)
