"""Waiting for jobs in random histories of a stack; see `waiting_laws`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from customization_job.frame.stack import ResourceState, StackState
from customization_job.waiting import decide
from customization_job.waiting.decide import Over, Wait
from hypothesis import note

from tests.lambda_.kinds import WAIT_CONDITION
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


def test_an_execution_of_an_earlier_operation_ends_no_wait_of_a_later_one() -> None:
    """Its time was over before the wait condition of the same name was created again."""
    condition = ResourceState(
        is_known=True,
        physical_id="x",
        status="CREATE_IN_PROGRESS",
        changed=2_000.0,
        resource_type=WAIT_CONDITION,
    )
    stack = StackState(status="UPDATE_IN_PROGRESS")
    assert isinstance(decide.look(Wait(until=1_000.0, looks=9), 2_010.0, stack, condition, None), Over)
    assert not isinstance(decide.look(Wait(until=3_000.0, looks=9), 2_010.0, stack, condition, None), Over)


@pytest.mark.parametrize("bug", MUTATIONS)
def test_a_seeded_bug_breaks_a_law(bug: str) -> None:
    """Each bug is found, so the laws and the histories are worth something."""
    assert breach_of(ProbedFakes, SEEDS.get(bug, 0), world=WAITING, bug=MUTATIONS[bug].applied)
