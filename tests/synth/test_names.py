"""The names of a job and its model, as other resources of the app use them."""

from collections.abc import Callable

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Annotations, Match
from constructs import Construct

from constructs_lib import InvalidJob, ModelCustomizationJob
from constructs_lib.findings import printable
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


@pytest.mark.parametrize("id", ["Triage", "tickets/triage", "tickets\ntriage"])
@pytest.mark.parametrize("around", ["", "Training"])
def test_errors_have_the_path_of_the_cdk(stack: cdk.Stack, id: str, around: str) -> None:
    """The path is the one that the CDK gives the job, whatever it changes in its id."""
    scope = Construct(stack, around) if around else stack
    other = Construct(scope, id)
    path = other.node.path
    scope.node.try_remove_child(other.node.id)
    with pytest.raises(InvalidJob) as refused:
        ModelCustomizationJob(scope, id, base_model="amazon.nova-lite-v1:0:300k", training_data="s3://b/t*")
    # Older versions of constructs keep a line feed in a path, which no message prints as it is.
    assert str(refused.value).startswith(printable(path))
