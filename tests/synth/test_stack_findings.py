"""Findings that only the complete app shows obey `Checks`, as those of a single job do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2

from constructs_lib import AWS_OWNED_KEY, BaseModel, Checks, JobNetwork, ModelCustomizationJob, OnDelete
from tests.synth.templates import OUTPUT, TRAIN, template

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from constructs import Construct

    from constructs_lib.checks.severities import Override

    Define = Callable[[cdk.Stack, str, Override], None]


def _job(scope: Construct, id: str = "Triage", **more: object) -> ModelCustomizationJob:
    given: dict[str, Any] = {"output_data": OUTPUT, "custom_model_kms_key": AWS_OWNED_KEY} | more
    return ModelCustomizationJob(scope, id, base_model=BaseModel.NOVA_LITE, training_data=TRAIN, **given)


def _exported(stack: cdk.Stack, rule: str, override: Override) -> None:
    job = _job(stack, checks=Checks(overrides={rule: override}))
    cdk.CfnOutput(stack, "Arn", value=job.job_arn, export_name="arn")


def _retained(stack: cdk.Stack, rule: str, override: Override) -> None:
    _job(stack, checks=Checks(overrides={rule: override})).apply_removal_policy(cdk.RemovalPolicy.RETAIN)


def _without_key(stack: cdk.Stack, rule: str, override: Override) -> None:
    _job(stack, checks=Checks(overrides={rule: override}), custom_model_kms_key=None)
    cdk.RemovalPolicies.of(stack).destroy()


def _many(stack: cdk.Stack, rule: str, override: Override) -> None:
    for number in range(11):
        _job(stack, f"Job{number}", checks=Checks(overrides={rule: override}))


def _in_vpc(stack: cdk.Stack, rule: str, override: Override) -> None:
    network = JobNetwork.isolated(ec2.Vpc(stack, "Vpc", nat_gateways=0))
    _job(stack, network=network, on_delete=OnDelete.RETAIN, checks=Checks(overrides={rule: override}))


def _conditional(stack: cdk.Stack, rule: str, override: Override) -> None:
    job = _job(stack, checks=Checks(overrides={rule: override}))
    resource = job.node.default_child
    assert isinstance(resource, cdk.CfnResource)
    resource.cfn_options.condition = cdk.CfnCondition(stack, "IsProduction")
    job.publish_model_arn("/tickets/model")


WAYS = {
    "condition-missing": _conditional,
    "exported-job-arn": _exported,
    "key-destroyed": _without_key,
    "removal-policy-ignored": _retained,
    "scheduled-jobs": _many,
    "retained-job-in-vpc": _in_vpc,
}
each_rule = pytest.mark.parametrize(("rule", "define"), WAYS.items(), ids=WAYS.keys())


def _said(stack: cdk.Stack, rule: str) -> list[str]:
    """Return the kind of each annotation of a rule, in the whole stack."""
    found = (entry for one in stack.node.find_all() for entry in one.node.metadata)
    return [one.type for one in found if f"[ack: bedrock-customization:{rule}]" in str(one.data)]


@each_rule
def test_off_leaves_the_finding_out(rule: str, define: Define) -> None:
    """The synthesis is silent about it."""
    stack = cdk.Stack(cdk.App(), "Tickets")
    define(stack, rule, "off")
    template(stack)
    assert _said(stack, rule) == []


@each_rule
def test_warn_makes_it_one_warning(rule: str, define: Define) -> None:
    """A note becomes a warning; it is reported once."""
    stack = cdk.Stack(cdk.App(), "Tickets")
    define(stack, rule, "warn")
    template(stack)
    assert _said(stack, rule) == ["aws:cdk:warning"]


@each_rule
def test_error_stops_the_synthesis(rule: str, define: Define) -> None:
    """With one error, and no annotation."""
    stack = cdk.Stack(cdk.App(), "Tickets")
    define(stack, rule, "error")
    with pytest.raises(RuntimeError, match="Validation failed with the following errors") as caught:
        template(stack)
    assert len([line for line in str(caught.value).splitlines() if line.startswith("  [")]) == 1
    assert _said(stack, rule) == []


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["off"] * 11, []),
        (["off"] * 10 + [None], ["aws:cdk:warning"]),
        ([None] + ["off"] * 10, ["aws:cdk:warning"]),
        ([None, "error"] + ["off"] * 9, None),
    ],
    ids=["all off", "the last not", "the first not", "one error"],
)
def test_too_many_jobs_are_as_serious_as_the_strictest_job_says(
    overrides: Sequence[Override | None], said: list[str] | None
) -> None:
    """Bedrock rejects any of the jobs: none of them may hide that from the others."""
    stack = cdk.Stack(cdk.App(), "Tickets")
    for number, override in enumerate(overrides):
        checks = Checks(overrides={"scheduled-jobs": override}) if override else None
        _job(stack, f"Job{number}", checks=checks)
    if said is None:
        with pytest.raises(RuntimeError, match="this stack defines more than 10 jobs"):
            template(stack)
    else:
        template(stack)
        assert _said(stack, "scheduled-jobs") == said
