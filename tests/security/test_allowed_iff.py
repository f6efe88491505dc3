"""Every policy allows the calls that it must allow, and no similar call."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.security import (
    approver_scenarios,
    cross_account_scenarios,
    handler_scenarios,
    promotion_scenarios,
    resource_policy_scenarios,
    retraining_scenarios,
    service_role_scenarios,
    serving_scenarios,
    sweep_scenarios,
    waiting_scenarios,
)
from tests.security.iam_evaluator import OTHER_ACCOUNT, Call, identity_allows, names
from tests.security.removals import is_detected, removals

if TYPE_CHECKING:
    from tests.security.scenario import Scenario

SCENARIOS = (
    *service_role_scenarios.SCENARIOS,
    *handler_scenarios.SCENARIOS,
    *resource_policy_scenarios.SCENARIOS,
    *cross_account_scenarios.SCENARIOS,
    *serving_scenarios.SCENARIOS,
    *promotion_scenarios.SCENARIOS,
    *approver_scenarios.SCENARIOS,
    *sweep_scenarios.SCENARIOS,
    *retraining_scenarios.SCENARIOS,
    *waiting_scenarios.SCENARIOS,
)
each_policy = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)


@each_policy
def test_needed_calls_are_allowed(scenario: Scenario) -> None:
    """No call that a job makes is denied."""
    denied = [call for call in scenario.needed if not scenario.decide(scenario.statements, call)]
    assert names(denied) == []


@each_policy
def test_similar_calls_are_denied(scenario: Scenario) -> None:
    """Another prefix, bucket, account, Region, kind of job or service, or a missing key, is denied."""
    allowed = [call for call in scenario.forbidden if scenario.decide(scenario.statements, call)]
    assert names(allowed) == []


@each_policy
def test_nothing_is_superfluous(scenario: Scenario) -> None:
    """Removing any action, resource, condition or value changes the decision about some call."""
    superfluous = [
        removal.name for removal in removals(scenario.statements) if not is_detected(scenario, removal)
    ]
    assert superfluous == list(scenario.kept)


@pytest.mark.parametrize(
    ("way", "keys"),
    [
        ("HeadBucket, which carries no prefix", {}),
        ("a listing of the folder", {"s3:prefix": "train/"}),
        ("a look at an object that is not there", {"s3:prefix": "train/missing.jsonl"}),
    ],
)
def test_a_bucket_may_be_listed_in_every_way(way: str, keys: dict[str, str]) -> None:
    """AWS does not say how Bedrock lists, and S3 answers 403 if `s3:prefix` is limited too narrowly."""
    statements = service_role_scenarios.fine_tuning().statements
    call = Call(name=way, action="s3:ListBucket", resource="arn:aws:s3:::data", keys=keys)
    assert identity_allows(statements, call)
    assert not identity_allows(statements, replace(call, owner=OTHER_ACCOUNT))
    assert not identity_allows(statements, replace(call, resource="arn:aws:s3:::other"))


def test_removals_cover_every_part() -> None:
    """Each action, resource, condition and further value is removed once."""
    statement = {
        "Effect": "Allow",
        "Action": ["a:One", "a:Two"],
        "Resource": ["x", "y"],
        "Condition": {"StringEquals": {"k": ["1", "2"]}},
    }
    assert [removal.name for removal in removals([statement])] == [
        "a:One from statement 0",
        "a:Two from statement 0",
        "x from statement 0",
        "y from statement 0",
        "StringEquals k from statement 0",
        "StringEquals k = 1 from statement 0",
        "StringEquals k = 2 from statement 0",
    ]
