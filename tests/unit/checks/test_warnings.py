"""Accepted values that are probably a mistake."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.checks.subjects import MINIMAL, URI, errors, found

TEACHER = {"distillationConfig": {"teacherModelConfig": {"teacherModelIdentifier": "amazon.nova-pro-v1:0"}}}
ARN = "arn:aws:lambda:us-east-1:123456789012:function:grade"
GRADER = {"rftConfig": {"graderConfig": {"lambdaGrader": {"lambdaArn": ARN}}}}
LOGS = {"invocationLogsConfig": {"invocationLogSource": {"s3Uri": "s3://my-logs/"}}}
EMPTY_FILTER = {
    "invocationLogsConfig": LOGS["invocationLogsConfig"] | {"requestMetadataFilters": {"orAll": [{}]}}
}
RFT = {"customizationType": "REINFORCEMENT_FINE_TUNING"}
DISTILLATION = {"customizationType": "DISTILLATION"}


@pytest.mark.parametrize(
    ("changes", "ids"),
    [
        ({}, []),
        ({"customizationType": "FINE_TUNING"}, []),
        ({"customizationType": "CONTINUED_PRE_TRAINING"}, ["continued-pre-training"]),
        ({"customizationType": "IMPORTED"}, ["imported"]),
        (DISTILLATION | {"customizationConfig": TEACHER}, []),
        (DISTILLATION, ["config-missing"]),
        (DISTILLATION | {"customizationConfig": GRADER}, ["config-does-not-fit-type", "config-missing"]),
        ({"customizationConfig": TEACHER}, ["config-does-not-fit-type"]),
        ({"customizationType": "{{resolve:ssm:/type}}", "customizationConfig": TEACHER}, []),
        (RFT | {"customizationConfig": GRADER}, []),
        (RFT | {"customizationConfig": {"rftConfig": {}}}, ["no-grader"]),
        (RFT | {"customizationConfig": GRADER, "hyperParameters": {"a": "b"}}, ["hyper-parameters-of-rft"]),
        (RFT | {"customizationConfig": GRADER, "hyperParameters": {}}, []),
        ({"trainingDataConfig": {}}, ["no-training-data"]),
        ({"trainingDataConfig": {"s3Uri": "s3://my-bucket/"}}, ["training-data-is-a-prefix"]),
        (
            DISTILLATION
            | {"customizationConfig": TEACHER, "trainingDataConfig": {"s3Uri": "s3://my-bucket/"}},
            [],
        ),
        ({"trainingDataConfig": LOGS}, ["logs-do-not-fit-type"]),
        (RFT | {"customizationConfig": GRADER, "trainingDataConfig": LOGS}, []),
        (
            DISTILLATION | {"customizationConfig": TEACHER, "trainingDataConfig": EMPTY_FILTER},
            ["empty-filter"],
        ),
        ({"validationDataConfig": {"validators": []}}, ["no-validation-data"]),
        ({"validationDataConfig": {"validators": [{"s3Uri": URI}]}}, []),
        ({"clientRequestToken": "a"}, ["client-request-token"]),
        ({"vpcConfig": {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]}}, []),
        ({"vpcConfig": {"subnetIds": ["a"], "securityGroupIds": ["b"]}}, ["not-an-id", "not-an-id"]),
        (
            {"vpcConfig": {"subnetIds": ["subnet-xxxxxxxx"], "securityGroupIds": ["sg-0a1b2c3d"]}},
            ["not-an-id"],
        ),
        (
            {"vpcConfig": {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-EXAMPLE"]}},
            ["not-an-id"],
        ),
        ({"vpcConfig": {"subnetIds": ["{{resolve:ssm:/a}}"], "securityGroupIds": ["sg-1"]}}, []),
    ],
)
def test_probable_mistakes_are_warnings(changes: dict[str, Any], ids: list[str]) -> None:
    """The ids are stable, because users acknowledge them."""
    request = MINIMAL | {"baseModelIdentifier": "a-model-of-mine"} | changes
    assert errors(request) == []
    warnings = [one for one in found(request) if one.severity == "warning"]
    assert [one.id for one in warnings] == [f"bedrock-customization:{name}" for name in ids]
    assert all(one.path and str(one).startswith(f"{one.path} {one.rule}") for one in warnings)
