import json
import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from aws_cdk.cx_api import CloudAssembly

from constructs_lib import ModelCustomizationJob
from constructs_lib.testing import LocalAws
from tests.local.deployment import Deployment, synthesized

EXAMPLES = Path(__file__).parents[2] / "examples"
JOB_FILES = sorted(EXAMPLES.glob("*.yaml")) + sorted(EXAMPLES.glob("*.json"))
APPS = sorted(EXAMPLES.glob("*.py"))
MADE_BY_THE_HANDLER = {"jobName", "customModelName", "clientRequestToken"}

pytestmark = pytest.mark.local


def is_reference(value: object) -> bool:
    """Tell whether CloudFormation puts something in the place of a value."""
    return isinstance(value, Mapping) and len(value) == 1 and next(iter(value)).startswith(("Ref", "Fn::"))


def agrees(wanted: object, got: object) -> bool:
    """Tell whether what Bedrock has is what a template says, the same in type; references are any text."""
    if is_reference(wanted):
        return isinstance(got, str) and got != "" and "${" not in got
    if isinstance(wanted, Mapping) and isinstance(got, Mapping):
        return wanted.keys() == got.keys() and all(agrees(wanted[key], got[key]) for key in wanted)
    if isinstance(wanted, list) and isinstance(got, list):
        return len(wanted) == len(got) and all(map(agrees, wanted, got))
    return wanted == got


def read_back(aws: LocalAws, arn: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return a job as boto3 reads it, in the words of what was asked, and no more of it."""
    bedrock = aws.client("bedrock")
    said = bedrock.get_model_customization_job(jobIdentifier=arn)
    asked = request.get("hyperParameters", {})
    members = {
        "baseModelIdentifier": said["baseModelArn"].partition("foundation-model/")[2],
        "jobTags": bedrock.list_tags_for_resource(resourceARN=arn)["tags"],
        "customModelKmsKeyId": said.get("outputModelKmsKeyArn"),
        "hyperParameters": {name: said["hyperParameters"][name] for name in asked},
        "validationDataConfig": {"validators": said.get("validationDataConfig", {}).get("validators", [])},
    }
    return {name: value for name, value in {**said, **members}.items() if value}


def check(stack: Deployment, assembly: CloudAssembly) -> dict[str, dict[str, Any]]:
    """Deploy a stack whose jobs must be just what it asks for, destroy it; return the jobs as read back."""
    stack.deploy(assembly)
    requests = stack.requests()
    arns = {name: stack.physical_id(name) for name in requests}
    jobs = {job.arn: job for job in stack.aws.bedrock.jobs()}
    assert sorted(jobs) == sorted(arns.values())
    assert set(arns.values()) <= set(stack.outputs.values())
    read = {name: read_back(stack.aws, arn, requests[name]) for name, arn in arns.items()}
    for name, request in requests.items():
        job = jobs[arns[name]]
        sent = {key: value for key, value in job.request.items() if key not in MADE_BY_THE_HANDLER}
        assert job.status == "InProgress"
        assert agrees(request, sent), (request, sent)
        shown = {key: value for key, value in request.items() if key != "customModelTags"}
        assert agrees(shown, {key: read[name].get(key) for key in shown}), (shown, read[name])
    stack.destroy()
    assert [status for _, status in stack.jobs] == ["Stopped"] * len(requests)
    return read


@pytest.mark.parametrize("file", JOB_FILES, ids=lambda file: file.name)
def test_a_job_file_is_deployed(tickets: Deployment, file: Path) -> None:
    """As `app.py` does it: Bedrock has what the file says, and S3 the file that lies beside it."""
    assembly = synthesized(
        tickets.name, lambda stack: ModelCustomizationJob.from_request(stack, "Customization", file)
    )
    [job] = check(tickets, assembly).values()

    wanted = yaml.safe_load(file.read_text(encoding="utf-8"))
    source = wanted.pop("trainingDataConfig")["s3Uri"].removeprefix("file://")
    wanted.pop("customModelTags", None)
    assert {name: job[name] for name in wanted} == wanted
    bucket, key = job["trainingDataConfig"]["s3Uri"].removeprefix("s3://").split("/", 1)
    uploaded = tickets.aws.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    assert uploaded == file.with_name(source).read_bytes()


@pytest.mark.parametrize("file", APPS, ids=lambda file: file.name)
def test_an_app_is_deployed(tickets: Deployment, file: Path) -> None:
    """Bedrock has what its template says, number for number."""
    assembly = runpy.run_path(str(file))["app"].synth()
    for artifact in assembly.stacks:
        stack = Deployment(tickets.aws, artifact.stack_name)
        check(stack, assembly)
        tickets.aws.bedrock.reset()


def test_what_agrees_is_the_same() -> None:
    """A number is not its text, nothing may be missing or more, and an unresolved reference is not text."""
    wanted = {"n": 1, "list": [{"Ref": "Role"}]}
    assert agrees(wanted, {"n": 1, "list": ["arn"]})
    for other in ({"n": "1"}, {"list": []}, {"list": [""]}, {"list": ["${Role}"]}, {"more": 1}):
        assert not agrees(wanted, {"n": 1, "list": ["arn"]} | other), json.dumps(other)
