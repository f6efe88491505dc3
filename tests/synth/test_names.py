"""The names of a job and its model, as other resources of the app use them."""

from collections.abc import Callable

import aws_cdk as cdk
from aws_cdk.assertions import Annotations, Match

from constructs_lib import ModelCustomizationJob
from tests.synth.dependency_graph import find_cycle
from tests.synth.templates import template

Make = Callable[..., ModelCustomizationJob]


def test_names_are_attributes_from_create_on(stack: cdk.Stack, job: Make) -> None:
    """The attributes have the names of the job and the model."""
    made = job()
    [arn] = [one["Value"]["Ref"] for one in template(stack)["Outputs"].values()]
    assert stack.resolve([made.job_name, made.custom_model_name]) == [
        {"Fn::GetAtt": [arn, "JobName"]},
        {"Fn::GetAtt": [arn, "CustomModelName"]},
    ]


def test_a_model_can_be_customized_further_by_its_name(stack: cdk.Stack, job: Make) -> None:
    """The template has no cycle; a warning says that the model does not exist yet."""
    second = job("Second", base_model=job("First").custom_model_name)
    assert find_cycle(template(stack)) == []
    Annotations.from_stack(stack).has_warning(
        f"/{second.node.path}", Match.string_like_regexp("model-not-trained-yet")
    )
