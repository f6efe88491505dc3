"""What `bedrock-customize diff` says of a job is what the function then does with CloudFormation's event."""

from __future__ import annotations

from typing import Any

import pytest

from constructs_lib.deployment.consequences import Starts, consequences
from constructs_lib.deployment.deployed_stacks import DeployedJob
from constructs_lib.testing import BedrockDouble
from tests.contract.cfn_event import event
from tests.lambda_.builders import carried_out
from tests.lambda_.fakes import TurnedClock

REQUEST: dict[str, Any] = {
    "baseModelIdentifier": "amazon.nova-lite-v1:0:300k",
    "customizationType": "FINE_TUNING",
    "roleArn": "arn:aws:iam::111122223333:role/one",
    "trainingDataConfig": {"s3Uri": "s3://amzn-s3-demo-bucket/train.jsonl"},
    "outputDataConfig": {"s3Uri": "s3://amzn-s3-demo-bucket/out/"},
    "hyperParameters": {"epochCount": "2"},
}
EPOCHS = {"hyperParameters": {"epochCount": "3"}}
ROLE = {"roleArn": "arn:aws:iam::111122223333:role/two"}
NAMED = {"jobName": "tickets"}
MODEL = {"customModelName": "tickets-model"}
FORCED = {"RetrainOnInfrastructureChange": True}
JOB = "Custom::BedrockModelCustomizationJob"

CASES: dict[str, tuple[dict[str, Any], dict[str, Any], str, Starts]] = {
    "another role, running": ({}, ROLE, "InProgress", "yes"),
    "another role, failed": ({}, ROLE, "Failed", "yes"),
    "another role, complete": ({}, ROLE, "Completed", "no"),
    "another role, complete, forced": ({}, ROLE | FORCED, "Completed", "yes"),
    "the same, failed": ({}, {"JobTags": [{"key": "a", "value": "b"}]}, "Failed", "no"),
    "the same name": (NAMED, NAMED | EPOCHS, "Failed", "fails"),
    "the same name, another role": (NAMED, NAMED | ROLE, "InProgress", "fails"),
    "the same model name, running": (MODEL, MODEL | EPOCHS, "InProgress", "fails"),
    "the same model name, failed": (MODEL, MODEL | EPOCHS, "Failed", "yes"),
}


def properties(changes: dict[str, Any]) -> dict[str, Any]:
    """The properties of the resource: those of the job's request are in lower case."""
    request = REQUEST | {name: value for name, value in changes.items() if name[0].islower()}
    own = {name: value for name, value in changes.items() if name[0].isupper()}
    return {"ServiceToken": "arn:function", "Request": request, "OnDelete": "StopJob", **own}


def template(one: dict[str, Any]) -> dict[str, Any]:
    """A template with the job."""
    return {"Resources": {"Triage": {"Type": JOB, "Properties": one}}}


@pytest.mark.parametrize(("old", "new", "status", "starts"), CASES.values(), ids=CASES.keys())
def test_an_update_does_what_was_said(
    old: dict[str, Any], new: dict[str, Any], status: str, starts: Starts
) -> None:
    """Whether a job starts and whether the update fails, for a running, a failed and a complete job."""
    before, after = properties(old), properties(new)
    double = BedrockDouble(clock=TurnedClock())
    created = carried_out(event(before), double)
    [job] = double.jobs()
    if status == "Failed":
        double.fail(job.name, "no reason")
    elif status == "Completed":
        double.complete(job.name)
    update = event(after, "Update") | {
        "RequestId": "9a8b7c6d-0000-1111-2222-333344445555",
        "PhysicalResourceId": created["PhysicalResourceId"],
        "OldResourceProperties": event(before)["ResourceProperties"],
    }
    response = carried_out(update, double)

    current = {"Triage": DeployedJob(arn=job.arn, name=job.name, status=status)}
    [said] = consequences(template(before), template(after), current=current)
    assert said.starts == starts
    assert len(double.jobs()) - 1 == (starts == "yes")
    assert (response["Status"] == "FAILED") == (starts == "fails"), response
