from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, note, seed, settings

from constructs_lib.testing.bedrock import BedrockDouble, Behaviour
from tests.lambda_.engine import Engine
from tests.lambda_.mutants import MUTANTS, naive
from tests.lambda_.operations import Script
from tests.lambda_.probe import ProbedWorld
from tests.lambda_.sequences import Deploy, Destroy, Step, Turn, behaviours, histories
from tests.lambda_.world import ACCOUNT, TurnedClock

if TYPE_CHECKING:
    from collections.abc import Callable

SEQUENCES = int(os.environ.get("LIFECYCLE_SEQUENCES", "2400"))
SHARDS = 4


def play(
    steps: list[Step],
    behaviour: Behaviour,
    world: type[ProbedWorld] = ProbedWorld,
    **entry: Callable[..., object],
) -> Engine:
    """Play a history, tear everything down, and give the engine with what it saw."""
    engine = Engine(
        world(double=BedrockDouble(behaviour=behaviour, clock=TurnedClock(), account=ACCOUNT)), **entry
    )
    for step in steps:
        match step:
            case Deploy(wishes=wishes, script=script):
                engine.deploy({name: wish.properties(name) for name, wish in wishes.items()}, script)
            case Destroy(script=script):
                engine.destroy(script)
            case Turn(how="hours"):
                engine.world.clock.advance(10_000.0)
            case Turn(how="delete-model"):
                for model in engine.world.double.models()[:1]:
                    engine.world.double.client(account=ACCOUNT, region="eu-west-1").delete_custom_model(
                        modelIdentifier=model.arn
                    )
            case Turn(how=how, number=number):
                engine.world.turn(how, number)
    for _ in range(3):
        engine.destroy(Script())
    return engine


def search(
    check: Callable[[list[Step], Behaviour], None], examples: int, seeded: int, *phases: Phase
) -> None:
    """Try random histories, the same ones for the same seed, so that CI never fails by chance."""
    chosen = settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=phases or (Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    seed(seeded)(chosen(given(histories, behaviours)(check)))()


@pytest.mark.parametrize("shard", range(SHARDS))
def test_no_history_breaks_a_law(shard: int) -> None:
    """Whatever CloudFormation, Lambda and Bedrock do, no law is broken."""

    def check(steps: list[Step], behaviour: Behaviour) -> None:
        note("\n".join(map(repr, (*steps, behaviour))))
        assert play(steps, behaviour).laws.breaches == []

    search(check, SEQUENCES // SHARDS, shard)


def breach_of(world: type[ProbedWorld], **entry: Callable[..., object]) -> str:
    """Give the first law that a handler breaks."""
    found: list[str] = []

    def check(steps: list[Step], behaviour: Behaviour) -> None:
        found.extend(play(steps, behaviour, world, **entry).laws.breaches)
        assert not found

    with suppress(AssertionError):
        search(check, 4000, 0, Phase.generate)
    return found[0] if found else ""


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_seeded_bug_breaks_a_law(mutant: str) -> None:
    """Each handler with one bug is caught, so the laws and the histories are worth something."""
    assert breach_of(MUTANTS[mutant])


def test_the_usual_handler_breaks_a_law() -> None:
    """A handler written as they usually are is caught."""
    assert breach_of(ProbedWorld, entry=naive)
