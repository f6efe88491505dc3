"""Promotions in random histories; see `promotion_laws`."""

from __future__ import annotations

import os

import pytest

from tests.lambda_.promotion_histories import History
from tests.lambda_.promotion_mutations import MUTATIONS, SEEDS

SEQUENCES = int(os.environ.get("PROMOTION_SEQUENCES", "300"))
SHARDS = 4
MOST = 1_000


@pytest.mark.parametrize("shard", range(SHARDS))
def test_no_history_breaks_a_law(shard: int) -> None:
    """Whoever does what, and whenever, only a model serves that was promoted and not withdrawn."""
    for number in range(shard, SEQUENCES, SHARDS):
        history = History(number)
        breaches = history.play()
        assert breaches == [], "\n".join([f"history {number}", *history.steps])


@pytest.mark.parametrize("bug", MUTATIONS)
def test_a_seeded_bug_breaks_its_law(bug: str) -> None:
    """Each bug is found, so the laws and the histories are worth something."""
    law, first = bug.partition(":")[0], SEEDS[bug]
    with MUTATIONS[bug].applied():
        assert any(
            one.partition(":")[0] == law
            for number in range(first, first + MOST)
            for one in History(number).play()
        )
