"""Provisioned throughput as the template has it, and what is refused before anything is bought."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as stepfunctions
from aws_cdk import aws_stepfunctions_tasks as tasks

from constructs_lib import (
    AWS_OWNED_KEY,
    BaseModel,
    Billing,
    Checks,
    InvalidJob,
    IProvisionedModelThroughput,
    JobProvider,
    ModelCustomizationJob,
    ProvisionedModelThroughput,
    ResourceOnDelete,
    Wait,
)
from tests.synth.templates import OUTPUT, TRAIN, of_type, template

if TYPE_CHECKING:
    from collections.abc import Callable

ENV = cdk.Environment(account="111122223333", region="us-east-1")
MODEL = "arn:aws:bedrock:us-east-1:111122223333:custom-model/amazon.nova-lite-v1:0:300k/abcdefghijkl"
BOUGHT = "arn:aws:bedrock:us-east-1:111122223333:provisioned-model/abcdefghijkl"
TYPE = "Custom::BedrockProvisionedModelThroughput"


@pytest.fixture
def stack() -> cdk.Stack:
    """Return an empty stack."""
    return cdk.Stack(cdk.App(), "Tickets", env=ENV)


def buy(stack: cdk.Stack, id: str = "Serve", **more: object) -> ProvisionedModelThroughput:
    """Define a throughput that is billed until it is deleted."""
    given: dict[str, Any] = {"model": MODEL, "model_units": 1, "billing": Billing.until_deleted()} | more
    return ProvisionedModelThroughput(stack, id, **given)


def committed() -> Billing:
    """Commit to a month."""
    return Billing.one_month(i_accept_that_it_cannot_be_cancelled=True)


def triage(stack: cdk.Stack, **more: object) -> ModelCustomizationJob:
    """Define a job with nothing of its own."""
    given: dict[str, Any] = {"output_data": OUTPUT, "custom_model_kms_key": AWS_OWNED_KEY} | more
    return ModelCustomizationJob(
        stack, "Triage", base_model=BaseModel.NOVA_LITE, training_data=TRAIN, **given
    )


def properties(stack: cdk.Stack) -> dict[str, Any]:
    """Return the properties of the only throughput, without those of every custom resource."""
    [found] = of_type(stack, TYPE)
    told = dict(found["Properties"])
    assert told.pop("ServiceToken")
    assert told.pop("ServiceTimeout") == 2700
    return told


def notes(stack: cdk.Stack, level: str = "aws:cdk:info") -> list[str]:
    """Synthesize the app, and return the notes of a stack."""
    template(stack)
    found = (entry for one in stack.node.find_all() for entry in one.node.metadata)
    return [str(one.data) for one in found if one.type == level]


def test_the_resource_says_what_is_bought(stack: cdk.Stack) -> None:
    """It has the tags of the stack, and waits for what its function is permitted."""
    cdk.Tags.of(stack).add("cost-centre", "7")
    bought = buy(
        stack,
        model_units=2,
        throughput_name="tickets",
        purchase="2",
        on_delete=ResourceOnDelete.RETAIN,
        throughput_tags={"team": "support"},
    )
    assert properties(stack) == {
        "ProvisionedModelName": "tickets",
        "ModelId": MODEL,
        "ModelUnits": "2",
        "Purchase": "2",
        "OnDelete": "Retain",
        "Tags": [{"key": "team", "value": "support"}, {"key": "cost-centre", "value": "7"}],
    }
    [found] = of_type(stack, TYPE)
    [policy] = found["DependsOn"]
    assert policy.endswith("00A22A57")
    [name] = [one for one in template(stack)["Resources"] if one.startswith("Serve")]
    resolved = stack.resolve([bought.model_arn, bought.throughput_name, bought.commitment_expires])
    attributes = ("ThroughputArn", "ThroughputName", "CommitmentExpires")
    assert resolved == [{"Fn::GetAtt": [name, one]} for one in attributes]
    assert of_type(stack, "AWS::StepFunctions::StateMachine") == []


def test_hours_need_a_state_machine(stack: cdk.Stack) -> None:
    """It deletes the throughput; the function may start it before it buys."""
    buy(stack, billing=Billing.hours(8))
    [machine] = [
        name
        for name, one in template(stack)["Resources"].items()
        if one["Type"] == "AWS::StepFunctions::StateMachine"
    ]
    told = properties(stack)
    assert (told["ExpiresAfter"], told["StateMachine"]) == ("28800", {"Ref": machine})
    assert "CommitmentDuration" not in told
    [found] = of_type(stack, TYPE)
    policies = [template(stack)["Resources"][one]["Properties"] for one in found["DependsOn"]]
    actions = [one["Action"] for each in policies for one in each["PolicyDocument"]["Statement"]]
    assert "states:StartExecution" in actions


@pytest.mark.parametrize("duration", ["OneMonth", "SixMonths"])
def test_a_commitment_is_alone_in_its_stack(stack: cdk.Stack, duration: str) -> None:
    """With its function, parameters, outputs and an SSM-free rest; nothing else could roll it back."""
    made = Billing.six_months if duration == "SixMonths" else Billing.one_month
    cdk.CfnParameter(stack, "Stage", default="prod")
    buy(stack, billing=made(i_accept_that_it_cannot_be_cancelled=True), throughput_name="tickets")
    cdk.CfnOutput(stack, "Known", value="x")
    assert properties(stack)["CommitmentDuration"] == duration


@pytest.mark.parametrize(
    "beside",
    [
        lambda stack: sns.Topic(stack, "Topic"),
        lambda stack: buy(stack, "Second"),
        triage,
        lambda stack: cdk.NestedStack(stack, "Nested"),
    ],
)
def test_a_commitment_beside_other_resources_is_refused(
    stack: cdk.Stack, beside: Callable[[cdk.Stack], object]
) -> None:
    """T10: another resource that fails would roll back what cannot be given back."""
    buy(stack, billing=committed())
    beside(stack)
    with pytest.raises(Exception, match="must be the only resource of its stack"):
        template(stack)


@pytest.mark.parametrize("wrong", [None, "hourly", 8])
def test_nothing_is_bought_without_saying_how_it_is_billed(stack: cdk.Stack, wrong: object) -> None:
    """The error names the ways."""
    with pytest.raises(InvalidJob, match=r"write Billing.hours\(8\), Billing.until_deleted\(\)"):
        buy(stack, billing=wrong)


@pytest.mark.parametrize("wrong", [0, -1, 721, 1.5, True, "8"])
def test_hours_are_a_whole_number(wrong: Any) -> None:  # noqa: ANN401 - what a user may write
    """Of one hour to thirty days."""
    for one in (wrong, cdk.Token.as_number({"Ref": "Hours"})):
        with pytest.raises(InvalidJob, match="must be a whole number from 1 to 720"):
            Billing.hours(one)


def test_a_billing_is_a_value() -> None:
    """It compares as one, and nothing turns it into a commitment that nobody accepted."""
    billing: Any = Billing.hours(8)
    assert billing == Billing.hours(8) != Billing.hours(9)
    assert len({billing, Billing.hours(8), Billing.until_deleted()}) == 2
    with pytest.raises(AttributeError, match="cannot assign"):
        billing.commitment = "OneMonth"
    with pytest.raises(TypeError):
        replace(billing, commitment="OneMonth")


@pytest.mark.parametrize("make", [Billing.one_month, Billing.six_months])
@pytest.mark.parametrize("wrong", [False, 1, "yes", None])
def test_a_commitment_must_be_accepted(make: Callable[..., Billing], wrong: object) -> None:
    """With the very word `True`."""
    with pytest.raises(InvalidJob, match="neither CloudFormation nor you can cancel it"):
        make(i_accept_that_it_cannot_be_cancelled=wrong)


def test_a_commitment_cannot_be_made_in_another_way() -> None:
    """Nobody commits without having said so."""
    with pytest.raises(InvalidJob, match="must say how the throughput is billed"):
        Billing()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"model_units": 0}, "must be a whole number from 1 to 999,999"),
        ({"model_units": 1_000_000}, "must be a whole number from 1 to 999,999"),
        ({"model_units": "1"}, "must be a whole number from 1 to 999,999"),
        ({"model_units": True}, "must be a whole number from 1 to 999,999"),
        ({"purchase": ""}, "must be a text that is not empty"),
        ({"purchase": 2}, "must be a text that is not empty"),
        ({"throughput_name": "a--b"}, "1 to 63 letters and digits"),
        ({"throughput_name": 7}, "the name of a throughput"),
        ({"model": BOUGHT}, "the ARN of a custom model"),
        ({"model": 7}, "a ModelCustomizationJob or the ARN"),
        ({"model": MODEL.replace("us-east-1", "us-west-2")}, "the stack's Region"),
        ({"model": MODEL.replace("111122223333", "444455556666")}, "the stack's account"),
        ({"on_delete": "Delete"}, "must be a ResourceOnDelete"),
        ({"throughput_tags": {"aws:x": "1"}}, "throughput_tags"),
        ({"provider": 7}, "must be a JobProvider"),
        ({"checks": "warn"}, "checks must be a Checks"),
        ({"catalog": "prices.json"}, "catalog must be a Catalog"),
    ],
)
def test_arguments_that_are_not_valid(stack: cdk.Stack, wrong: dict[str, Any], sentence: str) -> None:
    """Each is named with what to do."""
    with pytest.raises(InvalidJob, match=sentence):
        buy(stack, **wrong)


def test_units_are_known_at_synthesis(stack: cdk.Stack) -> None:
    """A parameter of the template could buy any number."""
    with pytest.raises(InvalidJob, match="known at synthesis"):
        buy(stack, model_units=cdk.Token.as_number({"Ref": "Units"}))


def test_two_throughputs_of_one_name_are_refused(stack: cdk.Stack) -> None:
    """Bedrock takes a name once in an account and a Region; a deployment may have the same."""
    buy(stack, throughput_name="tickets")
    with pytest.raises(InvalidJob, match="leave throughput_name out"):
        buy(stack, "Second", throughput_name="tickets")


def test_a_provider_of_another_stack_is_refused(stack: cdk.Stack) -> None:
    """Its function serves no other."""
    other = cdk.Stack(stack.node.root, "Other", env=ENV)  # type: ignore[arg-type]
    with pytest.raises(InvalidJob, match="must be a provider of the same stack"):
        buy(stack, provider=JobProvider(other, "Provider"))


def test_a_model_that_is_only_for_on_demand_is_refused(stack: cdk.Stack) -> None:
    """AWS documents no provisioned throughput for it."""
    llama = "meta.llama3-3-70b-instruct-v1:0:128k"
    with pytest.raises(InvalidJob, match="AWS documents only on-demand deployments"):
        buy(stack, model=MODEL.replace("amazon.nova-lite-v1:0:300k", llama))


def test_a_region_without_throughput_is_a_warning() -> None:
    """AWS's page lists another one."""
    env = cdk.Environment(account="111122223333", region="us-west-2")
    stack = cdk.Stack(cdk.App(), "Tickets", env=env)
    buy(stack, model=MODEL.replace("us-east-1", "us-west-2"), checks=Checks.strict())
    assert any("not listed for provisioned throughputs" in one for one in notes(stack, "aws:cdk:warning"))


@pytest.mark.parametrize(
    ("billing", "words"),
    [
        (Billing.hours(8), ["3 model units", "by the hour, used or not", "for 8 h"]),
        (Billing.until_deleted(), ["3 model units", "by the hour, used or not", "until deleted"]),
    ],
)
def test_a_note_says_what_is_billed(stack: cdk.Stack, billing: Billing, words: list[str]) -> None:
    """`cdk synth` and `cdk deploy` show it."""
    buy(stack, billing=billing, model_units=3)
    [found] = [one for one in notes(stack) if "throughput-billed" in one or "used or not" in one]
    assert all(word in found for word in words)


def test_a_job_that_is_waited_for_can_be_served(stack: cdk.Stack) -> None:
    """The model is the one that it has then; an empty ARN is no resource of a policy, so tags say which."""
    job = triage(stack, wait=Wait.for_completion())
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    bought = buy(stack, model=job)
    bought.grant_invoke(role)
    bought.grant_read(role)
    assert properties(stack)["ModelId"] == stack.resolve(job.custom_model_arn)
    text = json.dumps([one for one in of_type(stack, "AWS::IAM::Policy") if "Role" in json.dumps(one)])
    assert "aws:ResourceTag/cdk-bedrock-customization:resource" in text


def test_a_job_that_is_not_waited_for_is_refused(stack: cdk.Stack) -> None:
    """Its model is not known; neither is that of a job of another stack."""
    job = triage(stack)
    for wrong in (job, job.output_model_arn):
        with pytest.raises(InvalidJob, match=r"wait=Wait.for_completion\(\)"):
            buy(stack, model=wrong)
    other = cdk.Stack(stack.node.root, "Other", env=ENV)  # type: ignore[arg-type]
    with pytest.raises(InvalidJob, match="must be a job that the same stack defines"):
        buy(other, model=job)


def test_an_imported_throughput_buys_nothing(stack: cdk.Stack) -> None:
    """It needs no function; it can be granted, watched and used in a task of Step Functions."""
    known = ProvisionedModelThroughput.from_throughput_arn(stack, "Known", BOUGHT)
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    known.grant_invoke(role)
    known.grant_read(role)
    assert isinstance(known, IProvisionedModelThroughput)
    assert known.metric_invocations().dimensions == {"ModelId": BOUGHT}
    task = tasks.BedrockInvokeModel(stack, "Task", model=known, body=stepfunctions.TaskInput.from_object({}))
    assert task.to_state_json()["Parameters"]["ModelId"]
    [policy] = of_type(stack, "AWS::IAM::Policy")
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    assert [(one["Action"], one["Resource"]) for one in statements] == [
        (["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"], BOUGHT),
        ("bedrock:GetProvisionedModelThroughput", BOUGHT),
    ]
    assert "Lambda" not in json.dumps(template(stack))


@pytest.mark.parametrize("arn", [MODEL, BOUGHT.replace("abcdefghijkl", "*"), "", None, 5])
def test_an_arn_that_names_no_throughput_is_not_imported(stack: cdk.Stack, arn: Any) -> None:  # noqa: ANN401 - what nobody should give
    """A model, or a pattern, would be permitted otherwise."""
    with pytest.raises(InvalidJob, match="the ARN of a provisioned throughput"):
        ProvisionedModelThroughput.from_throughput_arn(stack, "Known", arn)


def test_an_imported_throughput_permits_the_key_of_its_model(stack: cdk.Stack) -> None:
    """A caller in another app needs the key as well."""
    known = ProvisionedModelThroughput.from_throughput_attributes(
        stack, "Known", throughput_arn=BOUGHT, custom_model_kms_key="alias/models"
    )
    known.grant_invoke(iam.User(stack, "Caller")).assert_success()
    [policy] = of_type(stack, "AWS::IAM::Policy")
    _, key = policy["Properties"]["PolicyDocument"]["Statement"]
    assert key["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert "alias/models" in json.dumps(key["Condition"])
