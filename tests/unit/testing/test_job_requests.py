import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Aws, Fn, NestedStack, Stack, Stage, Tags, assertions

from constructs_lib import (
    BaseModel,
    Customization,
    HyperParameters,
    ModelCustomizationJob,
    OnDelete,
    TrainingData,
)
from constructs_lib.contract.resource import RESOURCE_TYPE
from constructs_lib.testing import BedrockServer, assert_request, find_jobs, run_handler
from tests.contract.cfn_event import event
from tests.synth.templates import KEY

TRAIN = "s3://amzn-s3-demo-bucket/train.jsonl"


def job(scope: Stack, id: str = "Triage", **arguments: Any) -> ModelCustomizationJob:  # noqa: ANN401 - the construct's own
    """Define a job."""
    given = {"base_model": BaseModel.NOVA_LITE, "training_data": TrainingData.from_s3_uri(TRAIN), **arguments}
    return ModelCustomizationJob(scope, id, **given)


@pytest.fixture
def stack() -> Stack:
    """Return a stack with one job that has a name, tags, hyperparameters and a revision."""
    stack = Stack(App(), "Tickets")
    job(
        stack,
        role="arn:aws:iam::111122223333:role/training",
        output_data="s3://amzn-s3-demo-bucket/out/",
        custom_model_kms_key=KEY,
        job_name="tickets-1",
        customization=Customization.fine_tuning(HyperParameters(epoch_count=2, learning_rate=1e-5)),
        on_delete=OnDelete.RETAIN,
        revision="2",
        job_tags={"team": "a"},
    )
    Tags.of(stack).add("owner", "b")
    return stack


def test_a_job_is_found_with_its_request(stack: Stack) -> None:
    """With the API's names and types, and with the tags that the job inherits."""
    [found] = find_jobs(stack)

    assert (found.path, found.on_delete, found.revision) == ("Tickets/Triage", OnDelete.RETAIN, "2")
    assert found.request == {
        "jobName": "tickets-1",
        "roleArn": "arn:aws:iam::111122223333:role/training",
        "baseModelIdentifier": "amazon.nova-lite-v1:0:300k",
        "customizationType": "FINE_TUNING",
        "trainingDataConfig": {"s3Uri": TRAIN},
        "outputDataConfig": {"s3Uri": "s3://amzn-s3-demo-bucket/out/"},
        "hyperParameters": {"epochCount": "2", "learningRate": "0.00001"},
        "customModelKmsKeyId": KEY,
        "jobTags": [{"key": "team", "value": "a"}, {"key": "owner", "value": "b"}],
        "customModelTags": [{"key": "owner", "value": "b"}],
    }
    assert repr(found).startswith(
        f"<job Tickets/Triage ({found.logical_id}), on delete Retain, revision '2', "
    )


def test_every_form_of_a_template_is_read(stack: Stack, tmp_path: Path) -> None:
    """A stack, its app, `Template`, a dict and a file contain the same requests."""
    template = assertions.Template.from_stack(stack)
    file = tmp_path / "Tickets.template.json"
    file.write_text(json.dumps(template.to_json()), encoding="utf-8")
    app = stack.node.root
    assert isinstance(app, App)
    sources = (stack, app, template, template.to_json(), file, str(file))

    requests = [[one.request for one in find_jobs(source)] for source in sources]

    assert all(one == requests[0] for one in requests)
    assert find_jobs({}) == []


def test_jobs_of_nested_stacks_and_stages_have_their_paths() -> None:
    """Also two of one logical id, in two nested stacks of one kind."""
    app = App()
    stack = Stack(Stage(app, "Prod"), "Tickets")
    for name in ("First", "Second"):
        job(NestedStack(stack, name))
    job(stack)

    paths = [one.path for one in find_jobs(app)]

    assert sorted(paths) == [
        "Prod/Tickets/First/Triage",
        "Prod/Tickets/Second/Triage",
        "Prod/Tickets/Triage",
    ]
    assert_request(app, {"customizationType": "FINE_TUNING"}, job="Prod/Tickets/Second/Triage")


def test_what_is_found_is_what_the_function_sends(stack: Stack) -> None:
    """The function adds a client token and the names that it generates, and nothing else."""
    [resource] = assertions.Template.from_stack(stack).find_resources(RESOURCE_TYPE).values()
    with BedrockServer() as server:
        run_handler(event(resource["Properties"]), bedrock_url=server.url)
        [call] = server.double.calls("CreateModelCustomizationJob")

    [found] = find_jobs(stack)
    added = {"clientRequestToken", "customModelName"}
    assert {name: one for name, one in call.request.items() if name not in added} == found.request


def test_intrinsic_functions_are_shown_and_no_value_is_left_out() -> None:
    """CloudFormation removes `AWS::NoValue`, on every level; other functions have a value only there."""
    stack = Stack(App(), "Tickets")
    job(
        stack,
        training_data=TrainingData.from_s3_uri(f"s3://data-{Aws.ACCOUNT_ID}/train.jsonl"),
        job_name=Fn.condition_if("Named", "tickets", Aws.NO_VALUE).to_string(),
        custom_model_name=Aws.NO_VALUE,
    )
    [found] = find_jobs(assertions.Template.from_stack(stack))

    data = {"Fn::Join": ["", ["s3://data-", {"Ref": "AWS::AccountId"}, "/train.jsonl"]]}
    assert found.request["trainingDataConfig"] == {"s3Uri": data}
    assert found.request["jobName"] == {"Fn::If": ["Named", "tickets", {"Ref": "AWS::NoValue"}]}
    assert "customModelName" not in found.request


@pytest.mark.parametrize(
    "expected",
    [
        {},
        {"hyperParameters": {"epochCount": "2"}},
        {"hyperParameters": {"epochCount": 2}, "vpcConfig": None},
        {"jobTags": [{"key": "team"}, {"value": "b"}]},
    ],
)
def test_an_expected_request_may_be_a_part(stack: Stack, expected: dict[str, Any]) -> None:
    """As in the CDK's own assertions; None is a member that must be absent."""
    assert_request(stack, expected)


def test_an_exact_request_has_no_other_members(stack: Stack) -> None:
    """On no level."""
    [found] = find_jobs(stack)
    assert_request(stack, found.request, exact=True)
    with pytest.raises(AssertionError) as caught:
        assert_request(stack, {**found.request, "hyperParameters": {"epochCount": "2"}}, exact=True)

    assert str(caught.value).splitlines()[1:] == [
        "  hyperParameters.learningRate",
        "    expected: (absent)",
        '    got:      "0.00001"',
    ]


def test_every_difference_is_listed(stack: Stack) -> None:
    """By path, both values below each other, with the member that was probably meant."""
    with pytest.raises(AssertionError) as caught:
        assert_request(
            stack,
            {
                "jobName": None,
                "hyperparameters": {"epochCount": "2"},
                "trainingDataConfig": {"s3Uri": "s3://amzn-s3-demo-bucket/other.jsonl"},
                "jobTags": [{"key": "team", "value": "c"}, {"key": "owner", "value": "b"}],
                "customModelTags": [],
            },
        )

    [found] = find_jobs(stack)
    assert (
        str(caught.value)
        == f"""\
The request of Tickets/Triage ({found.logical_id}) is not as expected:
  jobName
    expected: (absent)
    got:      "tickets-1"
  hyperparameters
    expected: {{"epochCount": "2"}}
    got:      (absent)
    there is: hyperParameters
  trainingDataConfig.s3Uri
    expected: "s3://amzn-s3-demo-bucket/other.jsonl"
    got:      "{TRAIN}"
  jobTags[0].value
    expected: "c"
    got:      "a"
  customModelTags
    expected: []
    got:      [{{"key": "owner", "value": "b"}}]"""
    )


def test_the_job_must_be_there(stack: Stack) -> None:
    """Without `job` there must be one; the jobs that are there are listed."""
    with pytest.raises(AssertionError, match=r"no job 'Triage'; its jobs: Tickets/Triage \(Triage"):
        assert_request(stack, {}, job="Triage")
    with pytest.raises(AssertionError, match="its jobs: none"):
        assert_request({"Resources": {}}, {})
    two = Stack(App(), "Tickets")
    job(two, "First")
    job(two, "Second")
    with pytest.raises(AssertionError, match=r"choose one of its jobs: Tickets/First .*, Tickets/Second"):
        assert_request(two, {})


@pytest.mark.parametrize("content", ["{", "[]", None])
def test_a_file_that_is_no_template_is_reported(tmp_path: Path, content: str | None) -> None:
    """With its name."""
    file = tmp_path / "x.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ValueError, match=r"x\.json must be a template in JSON"):
        find_jobs(file)


def test_a_template_is_read_without_the_cdk() -> None:
    """A dict or a file needs neither Node nor aws_cdk."""
    code = "import sys; from constructs_lib.testing import find_jobs; find_jobs({}); "
    code += "print('aws_cdk' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout == "False\n"
