from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import note

from tests.lambda_.mutations import MUTATIONS, SEEDS, naive
from tests.lambda_.player import breach_of, play, search
from tests.lambda_.probe import ProbedFakes

if TYPE_CHECKING:
    from constructs_lib.testing.bedrock import Behaviour
    from tests.lambda_.operations import Variant
    from tests.lambda_.sequences import Step

SEQUENCES = int(os.environ.get("LIFECYCLE_SEQUENCES", "600"))
SHARDS = 4


@pytest.mark.parametrize("shard", range(SHARDS))
def test_no_history_breaks_an_invariant(shard: int) -> None:
    """Whatever CloudFormation, Lambda and Bedrock do, no invariant is broken."""

    def check(steps: list[Step], behaviour: Behaviour, variant: Variant) -> None:
        note("\n".join(map(repr, (*steps, behaviour, variant))))
        assert play(steps, behaviour, variant).invariants.breaches == []

    search(check, SEQUENCES // SHARDS, shard)


@pytest.mark.thorough
@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_seeded_bug_breaks_an_invariant(mutation: str) -> None:
    """Each handler with one bug is caught, so the invariants and the histories are worth something."""
    assert breach_of(MUTATIONS[mutation], SEEDS.get(mutation, 0))


@pytest.mark.thorough
def test_the_usual_handler_breaks_an_invariant() -> None:
    """A handler written as they usually are is caught."""
    assert breach_of(ProbedFakes, entry=naive)
