"""How many resources each thing that comes after training adds to a stack, as the documentation says."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest

from constructs_lib import (
    AWS_OWNED_KEY,
    BaseModel,
    Billing,
    CustomizationSweep,
    CustomModelDeployment,
    EvaluationData,
    ModelCustomizationJob,
    Objective,
    PromoteIf,
    ProvisionedModelThroughput,
    Release,
)
from tests.synth.templates import OUTPUT, TRAIN, template

if TYPE_CHECKING:
    from collections.abc import Callable

ENV = cdk.Environment(account="111122223333", region="us-east-1")
MODEL = "arn:aws:bedrock:us-east-1:111122223333:custom-model/amazon.nova-lite-v1:0:300k/abcdefghijkl"
DOCS = Path(__file__).parents[2] / "docs"
PAGE = "".join((DOCS / f"{name}.md").read_text(encoding="utf-8") for name in ("serving", "promotion"))
SWEEPS = (DOCS / "sweeps.md").read_text(encoding="utf-8")

POLICY, ROLE = "AWS::IAM::Policy", "AWS::IAM::Role"
FOLLOW = ["AWS::Events::Rule", "AWS::Lambda::Permission"]
MACHINE = ["AWS::StepFunctions::StateMachine", ROLE]
SWEEP = "Custom::BedrockCustomizationSweep"
DEPLOYMENT, THROUGHPUT = "Custom::BedrockCustomModelDeployment", "Custom::BedrockProvisionedModelThroughput"


RECORDS = EvaluationData.from_s3_uri("s3://amzn-s3-demo-bucket/evaluation.jsonl")


def throughput(scope: cdk.Stack, billing: Billing) -> None:
    """Define a throughput of a model that exists."""
    ProvisionedModelThroughput(scope, "Throughput", model=MODEL, model_units=1, billing=billing)


ASKED_FOR: dict[str, tuple[Callable[[cdk.Stack, ModelCustomizationJob], object], list[str], str]] = {
    "published": (
        lambda _, job: job.publish_model_arn("/tickets/model"),
        [*FOLLOW, "Custom::BedrockPublishedModel", POLICY],
        "| `publish_model_arn` | 1, and 1 policy for each function |",
    ),
    "deployed": (
        lambda scope, _: CustomModelDeployment(scope, "Serve", model=MODEL),
        [DEPLOYMENT, POLICY],
        "| `CustomModelDeployment` | 1, and 1 or 2 policies for each function |",
    ),
    "deployed on completion": (
        lambda scope, job: CustomModelDeployment(scope, "Serve", model=job, release=Release.ON_COMPLETION),
        [*FOLLOW, DEPLOYMENT, POLICY, POLICY],
        "| `CustomModelDeployment` | 1, and 1 or 2 policies for each function |",
    ),
    "throughput": (
        lambda scope, _: throughput(scope, Billing.until_deleted()),
        [THROUGHPUT, POLICY],
        "| `ProvisionedModelThroughput` | 1, and 1 policy for each function;",
    ),
    "throughput by the hour": (
        lambda scope, _: throughput(scope, Billing.hours(8)),
        [THROUGHPUT, POLICY, POLICY, *MACHINE],
        "with `Billing.hours` also 1 policy, and for each function a state machine with its role |",
    ),
    "promoted by losses": (
        lambda _, job: job.publish_model_arn("/m", promote_if=PromoteIf.training_loss()),
        [*FOLLOW, "Custom::BedrockPublishedModel", POLICY, POLICY],
        "| `promote_if` with losses | 1 policy |",
    ),
    "promoted by a person": (
        lambda _, job: job.publish_model_arn("/m", promote_if=PromoteIf.approved()),
        [*FOLLOW, "Custom::BedrockPublishedModel", POLICY, POLICY, POLICY, *MACHINE],
        "`bake` | also 1 policy; for each function a state machine with its role |",
    ),
    "promoted by answers": (
        lambda _, job: job.publish_model_arn("/m", promote_if=PromoteIf.answers(RECORDS)),
        [*FOLLOW, "Custom::BedrockPublishedModel", POLICY, POLICY, POLICY, POLICY, *MACHINE],
        "| answers for a parameter | also 1 policy for each function |",
    ),
    "alarm": (
        lambda _, job: job.alarm_on_failure(),
        [*FOLLOW, "AWS::CloudWatch::Alarm"],
        "| `alarm_on_failure` | 1 alarm |",
    ),
}


@cache
def without() -> Counter[str]:
    """Return the number of resources of each type of a stack with a job alone."""
    return _kinds(lambda *_: None)


def _kinds(define: Callable[[cdk.Stack, ModelCustomizationJob], object]) -> Counter[str]:
    scope = cdk.Stack(cdk.App(), "Tickets", env=ENV)
    job = ModelCustomizationJob(
        scope,
        "Triage",
        base_model=BaseModel.NOVA_LITE,
        training_data=TRAIN,
        output_data=OUTPUT,
        custom_model_kms_key=AWS_OWNED_KEY,
    )
    define(scope, job)
    return Counter(one["Type"] for one in template(scope)["Resources"].values())


@pytest.mark.parametrize("name", ASKED_FOR)
def test_what_is_asked_for_adds_what_the_documentation_says(name: str) -> None:
    """The rule and its permission are there once for all of it; the page says so in its first row."""
    define, kinds, row = ASKED_FOR[name]
    assert _kinds(define) - without() == Counter(kinds)
    assert row in PAGE
    assert f"| the first of all below, for each function | {len(FOLLOW)}: rule, permission" in PAGE


def sweep(scope: cdk.Stack, **more: object) -> None:
    """Define a sweep that shares output and function with the job."""
    given: dict[str, Any] = {"base_model": BaseModel.NOVA_LITE, "training_data": TRAIN, "output_data": OUTPUT}
    given |= {"objective": Objective.TRAINING_LOSS, "custom_model_kms_key": AWS_OWNED_KEY}
    CustomizationSweep(scope, "Search", **(given | more))


@pytest.mark.parametrize("trials", [2, 200])
def test_a_sweep_adds_what_the_documentation_says(trials: int) -> None:
    """The same whatever the number of trials; the policy of the service role is a part of it."""
    rates = [one / 10**7 for one in range(10, 10 + trials)]
    found = _kinds(lambda scope, _: sweep(scope, grid={"learning_rate": rates})) - without()
    assert found == Counter([SWEEP, ROLE, *MACHINE, POLICY, POLICY])
    for row in (
        "| custom resource | 1 per sweep, whatever the number of trials |",
        "| service role and its policy | 1 per sweep |",
        "| state machine, its role, and the policy of its Map | 1 each per sweep |",
        "| policy of the function's role: starting the state machine, two objects in S3 | 1 per sweep |",
    ):
        assert row in SWEEPS


def test_a_parameter_adds_two_resources_to_a_sweep() -> None:
    """Its own, and the policy by which the function deletes it."""
    grid = {"epoch_count": [1, 2]}
    alone = _kinds(lambda scope, _: sweep(scope, grid=grid))
    found = _kinds(lambda scope, _: sweep(scope, grid=grid, best_model_arn_parameter="/search/model"))
    assert found - alone == Counter(["Custom::BedrockPublishedModel", POLICY])
    assert "| with `best_model_arn_parameter` | 1 per sweep, and 1 policy for each function |" in SWEEPS
