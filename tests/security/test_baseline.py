"""Templates clear the bar, and the bar sees each single mutation."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.security import mutations_data, mutations_handler_role, mutations_job, mutations_service_role
from tests.security.baseline import RULES, broken_rules, findings
from tests.security.mutations import first_job
from tests.security.stacks import CHOICES, stack_of, template_of

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


def test_a_good_template_clears_the_bar(good_template: dict[str, Any]) -> None:
    """The stack that mutations are seeded into has none of its own."""
    assert findings(good_template) == []


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: one.name)
def test_a_weakness_is_seen(good_template: dict[str, Any], mutation: Mutation) -> None:
    """A single mutation is caught by the rule that is named for it."""
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
def test_what_others_export_is_judged_too(good_template: dict[str, Any], value: dict[str, Any]) -> None:
    """Whatever function a value comes from, the bar finds what is wrong with the template, and only that."""
    template = deepcopy(good_template)
    job = first_job(template)
    job["Properties"]["Revision"] = value
    assert findings(template) == []
    job["Properties"]["Request"]["roleArn"] = value
    assert "handler_passes_exactly_its_jobs_roles" in broken_rules(template)


def test_no_rule_is_idle() -> None:
    """Every rule catches at least one mutation that no test would miss."""
    assert set(RULES) - {mutation.rule for mutation in MUTATIONS} == set()


@pytest.mark.parametrize("chosen", SINGLE)
def test_each_property_clears_the_bar(chosen: dict[str, str]) -> None:
    """Whatever the one property, the job is permitted what it needs and nothing else."""
    assert findings(template_of(stack_of(chosen))) == []


@given(chosen=combinations, with_env=st.booleans())
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_combinations_clear_the_bar(chosen: dict[str, str], with_env: bool) -> None:  # noqa: FBT001 - hypothesis
    """Properties do not weaken each other, in stacks with and without a Region of their own."""
    assert findings(template_of(stack_of(chosen, with_env=with_env))) == []
