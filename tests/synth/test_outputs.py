"""Outputs of jobs: unique and stable names, and the condition of the job."""

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

import aws_cdk as cdk
import jsii
import pytest
from constructs import Construct, IConstruct

from constructs_lib import (
    AWS_OWNED_KEY,
    BaseModel,
    Billing,
    CustomizationSweep,
    CustomModelDeployment,
    ModelCustomizationJob,
    Objective,
    PromoteIf,
    ProvisionedModelThroughput,
    Release,
    Wait,
)
from tests.synth.templates import KEY, OUTPUT, TRAIN, of_type, template

Make = Callable[..., ModelCustomizationJob]


def _job(stack: cdk.Stack, path: str, **more: object) -> ModelCustomizationJob:
    *scopes, name = path.split("/")
    scope: Construct = stack
    for step in scopes:
        found = scope.node.try_find_child(step)
        scope = found if isinstance(found, Construct) else Construct(scope, step)
    given = {"output_data": OUTPUT, "custom_model_kms_key": AWS_OWNED_KEY} | more
    return ModelCustomizationJob(scope, name, base_model=BaseModel.NOVA_LITE, training_data=TRAIN, **given)


def _names(paths: Iterable[str]) -> dict[str, str]:
    """Return the name of each job's output."""
    stack = cdk.Stack(cdk.App(), "Tickets")
    jobs = {path: _job(stack, path) for path in paths}
    outputs = template(stack)["Outputs"]
    by_job = {output["Value"]["Ref"]: name for name, output in outputs.items()}
    return {path: by_job[stack.resolve(job.job_arn)["Ref"]] for path, job in jobs.items()}


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("Triage", "TriageJobArn"),
        ("Training/Triage", "TrainingTriageJobArn"),
        ("tickets-triage_2", "ticketstriage2JobArn"),
        ("Schätzung", "SchtzungJobArn"),
    ],
)
def test_a_unique_name_is_the_path(path: str, name: str) -> None:
    """It has the letters and digits of the path below the stack."""
    assert _names([path]) == {path: name}


@pytest.mark.parametrize(
    "paths",
    [("A-B/J", "AB/J"), ("A/BJ", "AB/J"), ("A-B/J", "AB/J", "A/BJ"), ("模型", "训练"), ("x-1", "x_1")],
)
def test_equal_names_get_a_hash(paths: tuple[str, ...]) -> None:
    """The hash of the path makes them different in any order of definition."""
    names = _names(paths)
    assert len(set(names.values())) == len(paths)
    assert names == _names(reversed(paths))
    assert all(re.fullmatch(r"[A-Za-z0-9]{1,255}", name) for name in names.values())


def test_an_output_name_is_never_taken_by_another_job() -> None:
    """If a second job would get the name of the first, neither of them has it."""
    alone = _names(["A-B/J"])["A-B/J"]
    assert alone not in _names(["AB/J", "A-B/J"]).values()


def test_a_path_without_letters_has_a_name_of_its_own() -> None:
    """A second such job does not rename the first one's output."""
    alone = _names(["模型"])
    assert re.fullmatch(r"JobArn[0-9a-f]{8}", alone["模型"])
    assert _names(["训练", "模型"])["模型"] == alone["模型"]


def test_the_name_of_a_long_path_is_cut() -> None:
    """It has at most 255 letters and digits, and differs for paths with the same beginning."""
    first, second = ("/".join(["Long" * 20] * 4 + [name]) for name in ("One", "Two"))
    names = _names([first, second])
    assert [len(name) for name in names.values()] == [255, 255]
    assert len(set(names.values())) == 2
    assert names[first] == _names([first])[first]


def test_all_outputs_of_two_jobs_have_different_names(stack: cdk.Stack) -> None:
    """This includes the outputs with statements for key owners."""
    for path in ("A-B/J", "AB/J"):
        _job(stack, path, custom_model_kms_key=KEY)
    assert len(template(stack)["Outputs"]) == 4


@pytest.mark.parametrize("name", ["模型", "a\u2013b", "naïve", "x" * 250])
def test_the_description_of_the_role_is_valid(stack: cdk.Stack, name: str) -> None:
    """It has at most 1,000 characters, all of them allowed by IAM."""
    _job(stack, "/".join([name] * 5))
    for role in of_type(stack, "AWS::IAM::Role"):
        text = role["Properties"].get("Description", "")
        assert re.fullmatch(r"[\t\n\r\u0020-\u007E\u00A1-\u00FF]{0,1000}", text)


def _condition(stack: cdk.Stack) -> cdk.CfnCondition:
    stage = cdk.CfnParameter(stack, "Stage")
    return cdk.CfnCondition(
        stack, "IsProduction", expression=cdk.Fn.condition_equals(stage.value_as_string, "production")
    )


def test_the_output_has_the_condition_of_the_job(stack: cdk.Stack, job: Make) -> None:
    """CloudFormation refuses an output of a resource that is not created."""
    made = job()
    resource = made.node.default_child
    assert isinstance(resource, cdk.CfnResource)
    resource.cfn_options.condition = _condition(stack)
    assert template(stack)["Outputs"]["TriageJobArn"]["Condition"] == "IsProduction"


def test_the_output_has_a_condition_that_an_aspect_sets(stack: cdk.Stack, job: Make) -> None:
    """Aspects run after the job was defined."""
    condition = _condition(stack)

    @jsii.implements(cdk.IAspect)
    class OnlyInProduction:
        def visit(self, node: IConstruct) -> None:
            if isinstance(node, cdk.CfnResource):
                node.cfn_options.condition = condition

    cdk.Aspects.of(job()).add(OnlyInProduction())
    assert template(stack)["Outputs"]["TriageJobArn"]["Condition"] == "IsProduction"


@pytest.mark.parametrize("kind", ["job", "deployment", "followed", "throughput", "sweep"])
def test_what_refers_to_a_resource_is_left_out_with_it(stack: cdk.Stack, job: Make, kind: str) -> None:
    """CloudFormation refuses a template that refers to a resource that a condition leaves out."""
    model = "arn:aws:bedrock:us-east-1:111122223333:custom-model/amazon.nova-lite-v1:0:300k/abcdefghijkl"
    lower = PromoteIf.training_loss()
    foreign = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    define: dict[str, Callable[[], Construct]] = {
        "job": lambda: job(wait=Wait.for_completion(), custom_model_kms_key=foreign),
        "deployment": lambda: CustomModelDeployment(stack, "It", model=model, arn_parameter_name="/it"),
        "followed": lambda: CustomModelDeployment(
            stack, "It", model=job(), release=Release.ON_COMPLETION, promote_if=lower
        ),
        "throughput": lambda: ProvisionedModelThroughput(
            stack, "It", model=model, model_units=1, billing=Billing.hours(8), purchase="1"
        ),
        "sweep": lambda: CustomizationSweep(
            stack,
            "It",
            base_model="amazon.nova-lite-v1:0:300k",
            training_data="s3://amzn-s3-demo-data/train.jsonl",
            grid={"epoch_count": [1, 2]},
            objective=Objective.TRAINING_LOSS,
            best_model_arn_parameter="/it",
            custom_model_kms_key=foreign,
        ),
    }
    made = define[kind]()
    resource = made.node.default_child
    assert isinstance(resource, cdk.CfnResource)
    resource.cfn_options.condition = _condition(stack)
    name = stack.resolve(resource.logical_id)
    written = template(stack)
    about = "Triage" if kind == "job" else "It"
    outputs = {key: one for key, one in written["Outputs"].items() if key.startswith(about)}
    assert outputs
    assert [key for key, one in outputs.items() if one.get("Condition") != "IsProduction"] == []
    users = {key: one for key, one in written["Resources"].items() if _refers(one, name)}
    assert users or kind in ("followed", "throughput")
    assert [key for key, one in users.items() if one.get("Condition") != "IsProduction"] == []


def _refers(resource: dict[str, Any], name: str) -> bool:
    text = json.dumps(resource.get("Properties"))
    return f'{{"Ref": "{name}"}}' in text or f'{{"Fn::GetAtt": ["{name}"' in text


def test_an_output_with_a_condition_of_its_own_keeps_it(stack: cdk.Stack, job: Make) -> None:
    """A condition that the user has set on the output is not replaced."""
    made = job()
    resource, output = made.node.default_child, made.node.find_child("JobArn")
    assert isinstance(resource, cdk.CfnResource)
    assert isinstance(output, cdk.CfnOutput)
    resource.cfn_options.condition = _condition(stack)
    output.condition = cdk.CfnCondition(stack, "Told", expression=cdk.Fn.condition_equals("a", "a"))
    assert template(stack)["Outputs"]["TriageJobArn"]["Condition"] == "Told"


def test_a_job_without_condition_has_an_output_without(stack: cdk.Stack, job: Make) -> None:
    """An output has no condition by default."""
    job()
    assert "Condition" not in template(stack)["Outputs"]["TriageJobArn"]
