"""Waiting for jobs in random histories of a stack; see `waiting_laws`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import note

from tests.lambda_.player import breach_of, play, search
from tests.lambda_.probe import ProbedFakes
from tests.lambda_.waiting_mutations import MUTATIONS, SEEDS
from tests.lambda_.waiting_sequences import WAITING

if TYPE_CHECKING:
    from constructs_lib.testing.bedrock import Behaviour
    from tests.lambda_.operations import Variant
    from tests.lambda_.sequences import Step

SEQUENCES = int(os.environ.get("WAITING_SEQUENCES", "100"))


def test_no_history_breaks_a_law() -> None:
    """Whatever happens while a deployment waits, it goes on when the job is over, or its time is."""

    def check(steps: list[Step], behaviour: Behaviour, variant: Variant) -> None:
        note("\n".join(map(repr, (*steps, behaviour, variant))))
        assert play(steps, behaviour, variant).invariants.breaches == []

    search(check, SEQUENCES, 0, world=WAITING)


@pytest.mark.thorough
@pytest.mark.parametrize("bug", MUTATIONS)
def test_a_seeded_bug_breaks_a_law(bug: str) -> None:
    """Each bug is found, so the laws and the histories are worth something."""
    assert breach_of(ProbedFakes, SEEDS.get(bug, 0), world=WAITING, bug=MUTATIONS[bug].applied)
