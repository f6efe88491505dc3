"""The function of a stack: settings never replace it, and it serves no other stack."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest

from constructs_lib import BaseModel, InvalidJob, JobProvider, ModelCustomizationJob
from tests.synth.templates import TRAIN, of_type, template

if TYPE_CHECKING:
    from collections.abc import Callable

    Make = Callable[..., ModelCustomizationJob]

SETTINGS: dict[str, Any] = {
    "endpoint_url": "https://vpce.example.com",
    "runtime_endpoint_url": "https://runtime.example.com",
    "connect_timeout": 3,
    "read_timeout": 20,
    "debug": True,
    "log_retention_days": 7,
    "permissions_boundary": "arn:aws:iam::111122223333:policy/Bounded",
}


def deployed(**settings: Any) -> dict[str, Any]:  # noqa: ANN401 - keywords of `configure`
    """Synthesize a stack with one job, with or without a configured provider."""
    stack = cdk.Stack(cdk.App(), "Tickets")
    if settings:
        JobProvider.configure(stack, **settings)
    ModelCustomizationJob(stack, "Triage", base_model=BaseModel.NOVA_LITE, training_data=TRAIN)
    return template(stack)


def test_settings_change_no_service_token() -> None:
    """CloudFormation refuses a changed `ServiceToken`: settings keep the function and the job."""
    plain, configured = deployed(), deployed(**SETTINGS)
    assert plain["Resources"].keys() == configured["Resources"].keys()
    [job] = [name for name, one in plain["Resources"].items() if one["Type"].startswith("Custom::")]
    assert plain["Resources"][job] == configured["Resources"][job]


def test_settings_reach_the_function() -> None:
    """The function has the endpoint, timeouts, debug option, log group and role."""
    resources = {one["Type"]: one["Properties"] for one in deployed(**SETTINGS)["Resources"].values()}
    variables = resources["AWS::Lambda::Function"]["Environment"]["Variables"]
    assert {name: value for name, value in variables.items() if name != "STACK_ID"} == {
        "AWS_ENDPOINT_URL_BEDROCK": "https://vpce.example.com",
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "https://runtime.example.com",
        "BEDROCK_CONNECT_TIMEOUT": "3",
        "BEDROCK_READ_TIMEOUT": "20",
        "LOG_LEVEL": "DEBUG",
    }
    assert resources["AWS::Logs::LogGroup"] == {"RetentionInDays": 7}
    assert "policy/Bounded" in json.dumps(deployed(**SETTINGS))


@pytest.mark.parametrize("first", ["a job", "configure"])
def test_an_existing_provider_cannot_be_configured(stack: cdk.Stack, job: Make, first: str) -> None:
    """The error says when to call `configure`."""
    job() if first == "a job" else JobProvider.configure(stack, debug=True)
    with pytest.raises(InvalidJob) as caught:
        JobProvider.configure(stack, debug=True)
    assert str(caught.value) == (
        "Tickets cannot be defined:\n  - JobProvider.configure must be called once, before the first job "
        "of the stack is defined; call it right after the stack is created"
    )


@pytest.mark.parametrize("where", ["another stack", "the parent of a nested stack"])
def test_a_provider_of_another_stack_is_refused(stack: cdk.Stack, where: str) -> None:
    """A function serves only its own stack; the deployment would fail or never start."""
    home = (
        cdk.NestedStack(stack, "Nested")
        if where.startswith("the parent")
        else cdk.Stack(stack.node.root, "B")
    )
    with pytest.raises(InvalidJob, match=r"must be a provider of the job's own stack.*'Tickets/Far'"):
        ModelCustomizationJob(
            home,
            "Triage",
            base_model=BaseModel.NOVA_LITE,
            training_data=TRAIN,
            provider=JobProvider(stack, "Far"),
        )


def test_a_nested_stack_reads_the_status_of_the_root_too(stack: cdk.Stack) -> None:
    """Only the root's status shows that a rollback of the parent deletes the nested stack."""
    nested = cdk.NestedStack(cdk.NestedStack(stack, "Middle"), "Inner")
    ModelCustomizationJob(nested, "Triage", base_model=BaseModel.NOVA_LITE, training_data=TRAIN)
    app = stack.node.root
    assert isinstance(app, cdk.App)
    found = json.loads((Path(app.synth().directory) / nested.template_file).read_text())
    [handler] = [
        one["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        for one in found["Resources"].values()
        if one["Type"] == "AWS::IAM::Role" and "lambda.amazonaws.com" in json.dumps(one)
    ]
    asked = [one for one in handler if "cloudformation:DescribeStacks" in json.dumps(one["Action"])]
    own, root = (one["Resource"]["Fn::Join"][1][-2:] for one in asked)
    assert own == [{"Ref": "AWS::StackName"}, "/*"]
    assert root == [{"Fn::Select": [1, {"Fn::Split": ["/", {"Ref": "referencetoTicketsAWSStackId"}]}]}, "/*"]


def test_models_cannot_be_deleted_by_default(stack: cdk.Stack, job: Make) -> None:
    """The role has neither `DeleteCustomModel` nor the look-ups before it."""
    job()
    text = json.dumps(template(stack))
    assert "bedrock:DeleteCustomModel" not in text
    assert "bedrock:ListCustomModelDeployments" not in text
    assert not [one for one in of_type(stack, "AWS::IAM::Policy") if "Delete" in json.dumps(one)]
