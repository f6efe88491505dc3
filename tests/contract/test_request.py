"""What is synthesized is what Bedrock receives."""

import os
import re
from functools import partial
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import botocore.session
import pytest
from botocore.validate import ParamValidator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from constructs_lib import ModelCustomizationJob
from constructs_lib.contract import violations
from constructs_lib.contract.replacement import TAG_FIELDS, TAG_PROPERTIES
from constructs_lib.permissions.exact import FUNCTION, KEY, ROLE
from tests.contract.cfn_event import decode, event
from tests.unit.request.strategies import requests

EXAMPLES = Path(__file__).parents[2] / "examples"
JOB = "Custom::BedrockModelCustomizationJob"


def _jobs(app: cdk.App) -> list[dict[str, Any]]:
    return [
        one["Properties"]
        for stack in app.synth().stacks
        for one in stack.template["Resources"].values()
        if one["Type"] == JOB
    ]


def _asked(properties: dict[str, Any]) -> dict[str, Any]:
    return dict(decode(event(properties)).request(0, "v1-token"))


def _botocore_says(request: dict[str, Any]) -> str:
    service = botocore.session.get_session().get_service_model("bedrock")
    shape = service.operation_model("CreateModelCustomizationJob").input_shape
    return str(ParamValidator().validate(request, shape).generate_report())


@pytest.mark.parametrize("job_file", sorted(path.name for path in EXAMPLES.glob("*.yaml")))
def test_bedrock_accepts_what_every_job_file_asks_for(job_file: str) -> None:
    """Synthesized, typed as by CloudFormation, decoded by the Lambda, validated by botocore."""
    app = cdk.App()
    ModelCustomizationJob.from_request(cdk.Stack(app, "Tickets"), "Triage", EXAMPLES / job_file)
    [properties] = _jobs(app)
    request = _asked(properties)
    assert _botocore_says(request) == ""
    assert list(violations(request)) == []


def _can_be_permitted(request: dict[str, Any]) -> bool:
    """Return whether IAM can name exactly what the request names, and results cannot overwrite data."""
    named = {"customModelKmsKeyId": KEY, "roleArn": ROLE}
    is_named = all(
        field not in request or kind.pattern.fullmatch(request[field]) for field, kind in named.items()
    )
    graders = re.findall(r"'lambdaArn': '([^']*)'", repr(request))
    is_named = is_named and all(map(FUNCTION.pattern.fullmatch, graders))
    output = _buckets(request.get("outputDataConfig"))
    read = _buckets([request.get("trainingDataConfig"), request.get("validationDataConfig")])
    return is_named and not output & read


def _buckets(part: object) -> set[str]:
    """Find the bucket of every S3 URI in a part of a request."""
    return set(re.findall(r"s3://([^/'\"]+)", repr(part)))


def _name(field: str, request: dict[str, Any]) -> object:
    """Return a name, or what equals nothing where it is left out."""
    return request.get(field, object())


@settings(
    max_examples=int(os.environ.get("CONTRACT_STACKS", "12")),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    wanted=st.lists(
        requests().filter(_can_be_permitted),
        min_size=4,
        max_size=8,
        # Two jobs of a stack with one name are refused.
        unique_by=tuple(partial(_name, field) for field in ("jobName", "customModelName")),
    )
)
def test_every_request_arrives_unchanged(wanted: list[dict[str, Any]]) -> None:
    """Every request that the service model allows is the same in the template and in the Lambda."""
    app = cdk.App(context={"@aws-cdk/core:validateAgainstDefaultRules": False})
    stack = cdk.Stack(app, "Tickets")
    for number, request in enumerate(wanted):
        ModelCustomizationJob.from_request(stack, f"Job{number}", request)
    for request, properties in zip(wanted, _jobs(app), strict=True):
        said = {name: value for name, value in request.items() if name != "clientRequestToken"}
        sent = properties["Request"]
        assert {name: sent[name] for name in said if name not in TAG_FIELDS} == {
            name: value for name, value in said.items() if name not in TAG_FIELDS
        }
        assert set(sent) - set(said) <= {"roleArn", "outputDataConfig"}
        assert {name: properties.get(name) for name in TAG_PROPERTIES} == {
            name: said.get(field) or None for name, field in TAG_PROPERTIES.items()
        }

        asked = _asked(properties)
        assert list(violations(asked)) == []
        assert _botocore_says(asked) == ""
        for name, value in said.items():
            if value not in ({}, []) and name != "validationDataConfig":
                assert asked[name] == value, name
