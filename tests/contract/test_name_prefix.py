"""The prefix that a template can write is the one that the handler's names have."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_events as events
from constructs import Construct

from constructs_lib import AWS_OWNED_KEY, BaseModel, ModelCustomizationJob
from tests.contract.cfn_event import decode, event
from tests.synth.templates import OUTPUT, TRAIN, of_type, template

JOB = "Custom::BedrockModelCustomizationJob"
STACK = "arn:aws:cloudformation:us-east-1:111122223333:stack/Tickets"
FIRST = f"{STACK}/1b2c3d4e-0000-1111-2222-333344445555"
SECOND = f"{STACK}/5e6f7a8b-0000-1111-2222-333344445555"


@pytest.fixture
def stack() -> cdk.Stack:
    """Return an empty stack."""
    return cdk.Stack(cdk.App(), "Tickets")


def _job(scope: Construct, id: str = "Triage", **more: object) -> ModelCustomizationJob:
    given = {"output_data": OUTPUT, "custom_model_kms_key": AWS_OWNED_KEY} | more
    return ModelCustomizationJob(scope, id, base_model=BaseModel.NOVA_LITE, training_data=TRAIN, **given)


def _evaluated(value: Any, stack_id: str) -> Any:  # noqa: ANN401 - a part of a template
    """Do with a template's functions what CloudFormation does."""
    match value:
        case {"Ref": "AWS::StackId"}:
            return stack_id
        case {"Fn::Join": [separator, parts]}:
            return separator.join(_evaluated(part, stack_id) for part in parts)
        case {"Fn::Split": [separator, text]}:
            return _evaluated(text, stack_id).split(separator)
        case {"Fn::Select": [index, items]}:
            return _evaluated(items, stack_id)[int(index)]
        case str():
            return value
        case _:
            raise AssertionError(value)


def _name_by_the_handler(resources: Mapping[str, Any], stack_id: str) -> str:
    [(logical_id, job)] = [(name, one) for name, one in resources.items() if one["Type"] == JOB]
    told = event(job["Properties"]) | {"StackId": stack_id, "LogicalResourceId": logical_id}
    return str(decode(told).request(0, "token")["jobName"])


@pytest.mark.parametrize("id", ["J", "Triage", "A" * 29, "A" * 60, "x-y_z", "模型"])
@pytest.mark.parametrize("stack_id", [FIRST, SECOND])
def test_the_prefix_is_that_of_the_handlers_names(stack: cdk.Stack, id: str, stack_id: str) -> None:
    """Whatever the construct is called."""
    job = _job(stack, id)
    prefix = _evaluated(stack.resolve(job.job_name_prefix), stack_id)
    name = _name_by_the_handler(template(stack)["Resources"], stack_id)
    assert name.startswith(prefix)
    assert len(name) == len(prefix) + 12


def test_the_prefix_follows_an_overridden_logical_id(stack: cdk.Stack) -> None:
    """Asked for before, resolved after."""
    job = _job(stack)
    prefix = job.job_name_prefix
    resource = job.node.default_child
    assert isinstance(resource, cdk.CfnResource)
    resource.override_logical_id("Moved")
    assert _evaluated(stack.resolve(prefix), FIRST) == "Moved-1b2c3d4e-"
    assert _name_by_the_handler(template(stack)["Resources"], FIRST).startswith("Moved-1b2c3d4e-")


def test_an_event_pattern_of_the_same_template_takes_it(stack: cdk.Stack) -> None:
    """The template that is sent to CloudFormation."""
    job = _job(stack)
    pattern = events.EventPattern(detail={"jobName": [{"prefix": job.job_name_prefix}]})
    events.Rule(stack, "Ended", event_pattern=pattern)
    [rule] = of_type(stack, "AWS::Events::Rule")
    [wanted] = rule["Properties"]["EventPattern"]["detail"]["jobName"]
    prefix = _evaluated(wanted["prefix"], FIRST)
    assert _name_by_the_handler(template(stack)["Resources"], FIRST).startswith(prefix)


def test_in_a_nested_stack_it_is_the_nested_stacks(stack: cdk.Stack) -> None:
    """Where the nested stack's own id is `AWS::StackId`, in its events as in its template."""
    nested = cdk.NestedStack(stack, "Nested")
    job = _job(nested)
    prefix = _evaluated(nested.resolve(job.job_name_prefix), SECOND)
    root = stack.node.root
    assert isinstance(root, cdk.App)
    written = Path(root.synth().directory) / nested.template_file
    resources = json.loads(written.read_text())["Resources"]
    assert _name_by_the_handler(resources, SECOND).startswith(prefix)


def test_stacks_with_equal_logical_ids_do_not_hear_each_other(stack: cdk.Stack) -> None:
    """Not even those that had the same name one after the other."""
    prefix = stack.resolve(_job(stack).job_name_prefix)
    resources = template(stack)["Resources"]
    assert not _name_by_the_handler(resources, FIRST).startswith(_evaluated(prefix, SECOND))


def test_a_given_name_is_its_own_prefix(stack: cdk.Stack) -> None:
    """The handler makes none then."""
    job = _job(stack, job_name="tickets-1")
    assert job.job_name_prefix == "tickets-1"
    assert _name_by_the_handler(template(stack)["Resources"], FIRST) == "tickets-1"
