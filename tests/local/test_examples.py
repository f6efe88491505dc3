import json
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
MADE_BY_THE_HANDLER = {"jobName", "customModelName", "clientRequestToken"}

pytestmark = pytest.mark.local


def is_reference(value: object) -> bool:
    """Return whether a value is a CloudFormation reference."""
    return isinstance(value, Mapping) and len(value) == 1 and next(iter(value)).startswith(("Ref", "Fn::"))


def agrees(wanted: object, got: object) -> bool:
    """Return whether a request equals that of the template, types included; a reference can be any text."""
    if is_reference(wanted):
        return isinstance(got, str) and got != "" and "${" not in got
    if isinstance(wanted, Mapping) and isinstance(got, Mapping):
        return wanted.keys() == got.keys() and all(agrees(wanted[key], got[key]) for key in wanted)
    if isinstance(wanted, list) and isinstance(got, list):
        return len(wanted) == len(got) and all(map(agrees, wanted, got))
    return wanted == got


def read_back(aws: LocalAws, arn: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return a job as boto3 reads it, with the names of the request's members."""
    bedrock = aws.client("bedrock")
    job = bedrock.get_model_customization_job(jobIdentifier=arn)
    asked = request.get("hyperParameters", {})
    members = {
        "baseModelIdentifier": job["baseModelArn"].partition("foundation-model/")[2],
        "jobTags": bedrock.list_tags_for_resource(resourceARN=arn)["tags"],
        "customModelKmsKeyId": job.get("outputModelKmsKeyArn"),
        "hyperParameters": {name: job["hyperParameters"][name] for name in asked},
        "validationDataConfig": {"validators": job.get("validationDataConfig", {}).get("validators", [])},
    }
    return {name: value for name, value in {**job, **members}.items() if value}


def check(stack: Deployment, assembly: CloudAssembly) -> dict[str, dict[str, Any]]:
    """Deploy a stack, compare its jobs with the template, destroy it; return the jobs as read back."""
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
    """Bedrock gets the request of the job file, and S3 the data file beside it."""
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


def test_agrees_compares_types_members_and_references() -> None:
    """Types must be equal, no member may be missing or added, and references must be resolved."""
    wanted = {"n": 1, "list": [{"Ref": "Role"}]}
    assert agrees(wanted, {"n": 1, "list": ["arn"]})
    for other in ({"n": "1"}, {"list": []}, {"list": [""]}, {"list": ["${Role}"]}, {"more": 1}):
        assert not agrees(wanted, {"n": 1, "list": ["arn"]} | other), json.dumps(other)
