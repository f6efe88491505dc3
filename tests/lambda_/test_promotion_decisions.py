"""Which model is to serve: the table of decisions, row by row, and what losses and alarms mean."""

from __future__ import annotations

import math
from typing import Any

import pytest
from customization_job.jobs.ports import CustomModel
from customization_job.promotion import bake, losses
from customization_job.promotion.answer import NO, UNSURE, YES
from customization_job.promotion.decide import Ask, Facts, GoBack, Keep, Serve, Wait, decide
from customization_job.promotion.policy import Bake, Condition
from customization_job.promotion.ports import Alarm
from customization_job.promotion.store import Verdict, Withdrawal

PROMOTED = Verdict("promoted", "old", "", 1.0)
REJECTED = Verdict("rejected", "old", "worse", 1.0)
WITHDRAWN = Withdrawal("old", "an alarm", 2.0)


@pytest.mark.parametrize(
    ("facts", "decision"),
    [
        ({}, Ask),
        ({"candidate": ""}, Keep),
        ({"candidate": "old"}, Serve),
        ({"serving": ""}, Ask),
        ({"verdict": PROMOTED}, Serve),
        ({"verdict": PROMOTED, "serving": ""}, Serve),
        ({"verdict": REJECTED}, Keep),
        ({"verdict": PROMOTED, "withdrawal": WITHDRAWN}, Keep),
        ({"predecessor": "new"}, Serve),
        ({"predecessor": "new", "verdict": REJECTED}, Keep),
        ({"predecessor": "new", "withdrawal": WITHDRAWN}, Keep),
        ({"is_baking": True}, Wait),
        ({"is_baking": True, "verdict": PROMOTED}, Wait),
        ({"is_baking": True, "predecessor": "new"}, Serve),
        ({"alarms_on": ("a",), "verdict": PROMOTED}, Wait),
        ({"alarms_on": ("a",), "predecessor": "new"}, Serve),
        ({"way_back": "former"}, GoBack),
        ({"way_back": "former", "candidate": ""}, GoBack),
        ({"way_back": "former", "candidate": "old"}, GoBack),
        ({"way_back": "former", "verdict": PROMOTED}, GoBack),
        ({"way_back": "former", "is_rollback": True}, GoBack),
        ({"way_back": "", "candidate": "old"}, Keep),
        ({"way_back": "", "verdict": PROMOTED}, Serve),
        ({"way_back": ""}, Ask),
        ({"is_rollback": True}, Keep),
        ({"is_rollback": True, "verdict": PROMOTED}, Serve),
        ({"is_rollback": True, "verdict": PROMOTED, "alarms_on": ("a",)}, Serve),
        ({"is_rollback": True, "verdict": REJECTED}, Keep),
        ({"is_rollback": True, "verdict": PROMOTED, "withdrawal": WITHDRAWN}, Keep),
        ({"is_updated": False}, Keep),
        ({"is_updated": False, "verdict": PROMOTED}, Serve),
    ],
)
def test_the_table(facts: dict[str, Any], decision: type) -> None:
    """One row for each line of it."""
    assert isinstance(decide(Facts(**{"candidate": "new", "serving": "old", **facts})), decision)


def test_a_rejection_with_nothing_that_serves_is_unexpected() -> None:
    """Somebody should look at that."""
    assert decide(Facts(candidate="new", serving="", verdict=REJECTED)) == Keep(
        "the new model was rejected: worse", is_unexpected=True
    )


@pytest.mark.parametrize(
    ("verdict", "is_overruled"),
    [
        (None, False),
        (PROMOTED._replace(time=9.0), False),
        (PROMOTED._replace(time=9.0, is_forced=True), True),
        (PROMOTED._replace(time=2.0, is_forced=True), False),
        (REJECTED._replace(time=9.0, is_forced=True), False),
    ],
)
def test_only_a_person_overrules_a_withdrawal(verdict: Verdict | None, *, is_overruled: bool) -> None:
    """By a forced verdict that is later."""
    assert WITHDRAWN.is_overruled_by(verdict) == is_overruled


# -- losses --------------------------------------------------------------------------------------------------


def model(*validation: float | None, training: float | None = 0.5, **members: Any) -> CustomModel:  # noqa: ANN401 - any member
    """Return a custom model."""
    told = {
        "base_model_arn": "base",
        "customization_type": "FINE_TUNING",
        "validation_data": frozenset(f"s3://data/{number}" for number in range(len(validation))),
        **members,
    }
    return CustomModel(training_loss=training, validation_losses=validation, **told)


def asked(
    candidate: CustomModel, serving: CustomModel | None, type_: str = "ValidationLoss", **members: str
) -> str:
    """Return what a condition about losses answers."""
    condition = Condition(type_, {"Margin": "0.0", **members})
    return losses.ask(condition, candidate, serving, is_first=serving is None).answer


@pytest.mark.parametrize(
    ("new", "old", "margin", "answer"),
    [
        (0.5, 0.5, "0.0", YES),
        (0.5 + 1e-9, 0.5, "0.0", NO),
        (0.55, 0.5, "0.05", YES),
        (0.56, 0.5, "0.05", NO),
        (0.0, 0.5, "0.0", YES),
        (None, 0.5, "0.0", UNSURE),
        (0.5, None, "0.0", UNSURE),
    ],
)
def test_losses_are_compared(new: float | None, old: float | None, margin: str, answer: str) -> None:
    """G1: equal is not worse; what is missing is unsure."""
    assert asked(model(new), model(old), Margin=margin) == answer
    assert asked(model(training=new), model(training=old), "TrainingLoss", Margin=margin) == answer


@pytest.mark.parametrize(
    ("new", "limit", "answer"), [(0.5, "0.5", YES), (0.6, "0.5", NO), (None, "0.5", UNSURE)]
)
def test_a_limit_holds_for_the_first_model_too(new: float | None, limit: str, answer: str) -> None:
    """G16: there is nothing to compare it with, but the limit counts."""
    assert asked(model(new), None, AtMost=limit) == answer


def test_a_first_model_without_a_loss_needs_none() -> None:
    """There is nothing to compare it with."""
    assert asked(model(None), None) == YES


@pytest.mark.parametrize(
    "members",
    [
        {"base_model_arn": "other"},
        {"customization_type": "DISTILLATION"},
        {"validation_data": frozenset({"s3://data/other"})},
    ],
)
def test_losses_of_different_trainings_are_not_compared(members: dict[str, Any]) -> None:
    """G2: they are different quantities."""
    assert asked(model(0.1, **members), model(0.9)) == UNSURE


def test_training_losses_do_not_depend_on_validation_data() -> None:
    """Only on the base model and the type."""
    other = model(0.1, training=0.4, validation_data=frozenset({"s3://data/other"}))
    assert asked(other, model(0.9), "TrainingLoss") == YES


@pytest.mark.parametrize(("losses_", "mean"), [((0.2, 0.4), 0.3), ((0.2, None), None), ((), None)])
def test_several_validation_losses_are_one(losses_: tuple[float | None, ...], mean: float | None) -> None:
    """Their mean, unless one is missing."""
    found = losses.loss(model(*losses_), is_validation=True)
    assert found == mean or (found is not None and mean is not None and math.isclose(found, mean))


# -- alarms --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("is_on", "changed", "now", "invoked", "result"),
    [
        (True, 1000.0, 1100.0, 0, "Withdraw"),
        (True, 2000.0, 1100.0, 0, "Withdraw"),
        (True, 999.0, 1100.0, 0, "Baking"),
        (True, None, 1100.0, 0, "Baking"),
        (False, 1050.0, 1100.0, 0, "Baking"),
        (False, 0.0, 4599.0, 0, "Baking"),
        (False, 0.0, 4600.0, 0, "proven"),
        (True, 4601.0, 9999.0, 0, "proven"),
        (True, 4000.0, 9999.0, 0, "Withdraw"),
        (True, 999.0, 4600.0, 0, "unproven"),
        (True, None, 4600.0, 0, "unproven"),
    ],
)
def test_what_an_alarm_means(
    *, is_on: bool, changed: float | None, now: float, invoked: int, result: str
) -> None:
    """It counts from the swap to the end of the bake, also if somebody looks later."""
    watched = Bake(("errors",), 3600.0, 0)
    alarms = [Alarm("errors", is_on=is_on, changed=changed)]
    found = bake.check(watched, 1000.0, now, alarms, lambda: float(invoked))
    assert result in (type(found).__name__, getattr(found, "outcome", ""))


@pytest.mark.parametrize(
    ("hours", "invoked", "result"),
    [(0.5, 0, "Baking"), (2, 1, "Baking"), (2, 2, "proven"), (23.9, 1, "Baking"), (24, 1, "unproven")],
)
def test_too_few_invocations_prolong_a_bake(hours: float, invoked: int, result: str) -> None:
    """Up to a day."""
    watched = Bake(("errors",), 3600.0, 2)
    alarms = [Alarm("errors", is_on=False, changed=0.0)]
    found = bake.check(watched, 0.0, hours * 3600, alarms, lambda: float(invoked))
    assert result in (type(found).__name__, getattr(found, "outcome", ""))
