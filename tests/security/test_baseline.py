"""Templates meet the baseline, and the baseline finds each single mutation."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.security import mutations_data, mutations_handler_role, mutations_job, mutations_service_role
from tests.security.baseline import RULES, broken_rules, findings
from tests.security.mutations import first_job
from tests.security.stacks import CHOICES, stack_of, sweep_stack, template_of

if TYPE_CHECKING:
    from tests.security.mutations import Mutation

MUTATIONS = [
    *mutations_handler_role.MUTATIONS,
    *mutations_service_role.MUTATIONS,
    *mutations_data.MUTATIONS,
    *mutations_job.MUTATIONS,
]
# Each choice of each property, the others at their default.
SINGLE = [
    pytest.param({prop: choice}, id=f"{prop}: {choice}")
    for prop, choices in CHOICES.items()
    for choice in choices
]
combinations = st.fixed_dictionaries(
    {prop: st.sampled_from(list(choices)) for prop, choices in CHOICES.items()}
)


def test_the_good_template_meets_the_baseline(good_template: dict[str, Any]) -> None:
    """The template that the mutations change has no finding of its own."""
    assert findings(good_template) == []


def test_a_stack_with_sweeps_meets_the_baseline() -> None:
    """The rules for jobs are those for sweeps."""
    assert findings(template_of(sweep_stack())) == []


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: one.name)
def test_a_mutation_is_found(good_template: dict[str, Any], mutation: Mutation) -> None:
    """A single mutation is found by the rule that it names."""
    template = deepcopy(good_template)
    mutation.apply(template)
    assert mutation.rule in broken_rules(template)


@pytest.mark.parametrize(
    "value",
    [
        {"Fn::ImportValue": "Name"},
        {"Fn::ImportValue": {"Fn::Sub": "${AWS::StackName}-Name"}},
        {"Fn::Sub": ["${AWS::StackName}-${Other}", {"Other": {"Ref": "AWS::Region"}}]},
        {"Fn::If": ["Condition", {"Fn::ImportValue": "Name"}, {"Ref": "AWS::NoValue"}]},
        {"Fn::Base64": {"Fn::ImportValue": "Name"}},
    ],
    ids=lambda value: str(value)[:40],
)
def test_imported_values_are_checked_too(good_template: dict[str, Any], value: dict[str, Any]) -> None:
    """A value from any intrinsic function is checked, and an unrelated property gives no finding."""
    template = deepcopy(good_template)
    job = first_job(template)
    job["Properties"]["Revision"] = value
    assert findings(template) == []
    job["Properties"]["Request"]["roleArn"] = value
    assert "handler_passes_exactly_its_jobs_roles" in broken_rules(template)


def test_every_rule_finds_a_mutation() -> None:
    """Every rule finds at least one mutation."""
    assert set(RULES) - {mutation.rule for mutation in MUTATIONS} == set()


@pytest.mark.parametrize("chosen", SINGLE)
def test_each_property_meets_the_baseline(chosen: dict[str, str]) -> None:
    """With each choice of one property, the job has the permissions that it needs and no other."""
    assert findings(template_of(stack_of(chosen))) == []


@given(chosen=combinations, with_env=st.booleans())
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_combinations_meet_the_baseline(chosen: dict[str, str], with_env: bool) -> None:  # noqa: FBT001 - hypothesis
    """Combined properties meet the baseline in stacks with and without a Region."""
    assert findings(template_of(stack_of(chosen, with_env=with_env))) == []
