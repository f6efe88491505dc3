"""A new model serves only where the conditions say so, and is taken back when an alarm goes on.

G1 to G16 are the failures that docs/reliability.md lists for promotions.
"""

from __future__ import annotations

import pytest

from tests.lambda_.builders import Harness
from tests.lambda_.promoting import Deploying, Publishing


@pytest.fixture
def story(harness: Harness) -> Publishing:
    """Return a published model, which serves with a validation loss of 0.5."""
    told = Publishing(harness)
    told.first = told.retrain(0.5)
    answer = told.create()
    assert (answer["Status"], told.serving()) == ("SUCCESS", told.first)
    return told


def test_the_first_model_is_promoted(story: Publishing) -> None:
    """There is nothing to compare it with."""
    verdict = story.record(story.first)
    assert verdict and (verdict["verdict"], verdict["serving"]) == ("promoted", "")


def test_a_worse_model_is_kept_out(story: Publishing) -> None:
    """The log, the record and the metric say why."""
    worse = story.retrain(0.6)
    line = story.glance()
    assert "0.6 of the new model is higher than 0.5" in line["decision"]
    assert story.serving() == story.first
    verdict = story.record(worse)
    assert verdict and (verdict["verdict"], verdict["serving"]) == ("rejected", story.first)


def test_a_better_model_is_promoted(story: Publishing) -> None:
    """At the first look."""
    better = story.retrain(0.4)
    story.glance()
    assert story.serving() == better


def test_a_deployment(harness: Harness) -> None:
    """It serves."""
    story = Deploying(harness)
    first = story.retrain(0.5)
    harness.fakes.alarms.alarms["errors"] = (False, 0.0)
    story.create(story.following())
    story.clock.advance(600)
    assert story.serving() == first
    second = story.retrain(0.4)
    print(story.glance())
    story.clock.advance(600)
    assert story.serving() == second
    print(story.task(second))
    harness.fakes.alarms.alarms["errors"] = (True, story.clock.now())
    print(story.task(second))
    story.clock.advance(600)
    assert story.serving() == first
    print(story.task(second))
    print(story.glance())
