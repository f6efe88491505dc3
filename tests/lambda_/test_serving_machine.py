"""Parameters and deployments in random histories of a stack; see `laws`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import note

from tests.lambda_.player import breach_of, play, search
from tests.lambda_.probe import ProbedFakes
from tests.lambda_.serving_mutations import MUTATIONS, RARE, SEEDS
from tests.lambda_.serving_sequences import SERVING

if TYPE_CHECKING:
    from constructs_lib.testing.bedrock import Behaviour
    from tests.lambda_.operations import Variant
    from tests.lambda_.sequences import Step

SEQUENCES = int(os.environ.get("SERVING_SEQUENCES", "200"))
SHARDS = 2
MANY = 10_000


@pytest.mark.parametrize("shard", range(SHARDS))
def test_no_history_breaks_a_law(shard: int) -> None:
    """Whatever happens, and whenever a look comes, parameters and deployments have what they must have."""

    def check(steps: list[Step], behaviour: Behaviour, variant: Variant) -> None:
        note("\n".join(map(repr, (*steps, behaviour, variant))))
        assert play(steps, behaviour, variant).invariants.breaches == []

    search(check, SEQUENCES // SHARDS, shard, world=SERVING)


@pytest.mark.thorough
@pytest.mark.parametrize("bug", MUTATIONS)
def test_a_seeded_bug_breaks_a_law(bug: str) -> None:
    """Each bug is found, so the laws and the histories are worth something."""
    assert breach_of(ProbedFakes, SEEDS.get(bug, 0), world=SERVING, bug=MUTATIONS[bug].applied)


@pytest.mark.skipif(SEQUENCES < MANY, reason="takes thousands of histories: make soak")
@pytest.mark.parametrize("bug", RARE)
def test_a_rare_bug_breaks_a_law(bug: str) -> None:
    """Each is found by thousands of histories."""
    assert breach_of(ProbedFakes, world=SERVING, bug=RARE[bug].applied)
