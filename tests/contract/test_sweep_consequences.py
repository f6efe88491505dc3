"""What `bedrock-customize diff` says of a sweep is what the function's own fingerprints say of its trials."""

from __future__ import annotations

from typing import Any

import pytest
from customization_job.sweeps.definition import owner
from customization_job.sweeps.desired_state import DesiredState

from constructs_lib.contract.sweeps import SWEEP_TYPE
from constructs_lib.deployment.sweep_consequences import sweep_consequences
from tests.contract.test_consequences import REQUEST

STACK = "arn:aws:cloudformation:us-east-1:111122223333:stack/Tickets/7a9c1f00-0000-11f0-8000-0a0000000000"
DATA = "s3://amzn-s3-demo-bucket/other.jsonl"
MODELS = "arn:aws:bedrock:us-east-1::foundation-model/"
UPLOADED = [{"S3Uri": DATA, "Sha256": "a" * 64}]


def trials(*epochs: int) -> list[dict[str, Any]]:
    """Write trials with these numbers of epochs."""
    return [{"hyperParameters": {"epochCount": str(one)}} for one in epochs]


ONE = trials(1, 2, 3)
OTHER_DATA: list[dict[str, Any]] = [*ONE, {"trainingDataConfig": {"s3Uri": DATA}}]

CHANGES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "nothing": ({}, {}),
    "order": ({}, {"Trials": trials(3, 1, 2)}),
    "one more": ({}, {"Trials": trials(1, 2, 3, 4)}),
    "others": ({}, {"Trials": trials(3, 4)}),
    "revision": ({}, {"Revision": "2"}),
    "settings": ({}, {"Keep": "1", "MaxConcurrency": "3", "ParameterName": "/a", "OnDelete": "Retain"}),
    "tags": ({}, {"JobTags": [{"key": "a", "value": "b"}]}),
    "base model": ({}, {"Request": {**REQUEST, "baseModelIdentifier": "amazon.nova-micro-v1:0:128k"}}),
    "model as ARN": (
        {},
        {
            "Request": {
                **REQUEST,
                "baseModelIdentifier": f"{MODELS}{REQUEST['baseModelIdentifier']}",
            }
        },
    ),
    "default type": ({}, {"Request": {k: v for k, v in REQUEST.items() if k != "customizationType"}}),
    "role": ({}, {"Request": {**REQUEST, "roleArn": "arn:aws:iam::111122223333:role/two"}}),
    "what all have": ({}, {"Request": {**REQUEST, "hyperParameters": {"batchSize": "1", "epochCount": "2"}}}),
    "data": ({}, {"Trials": OTHER_DATA}),
    "content of the data": (
        {"Trials": OTHER_DATA, "UploadedFiles": UPLOADED},
        {"Trials": OTHER_DATA, "UploadedFiles": [{"S3Uri": DATA, "Sha256": "b" * 64}]},
    ),
}


@pytest.mark.parametrize(("old", "new"), CHANGES.values(), ids=CHANGES.keys())
def test_the_function_trains_what_was_said(old: dict[str, Any], new: dict[str, Any]) -> None:
    """By how many trials train, are kept and are stopped."""
    before, after = ({"Request": REQUEST, "Trials": ONE, **changes} for changes in (old, new))
    known, wanted = ({one.fingerprint for one in desired(told).trials} for told in (before, after))
    templates = [
        {"Resources": {"Search": {"Type": SWEEP_TYPE, "Properties": told}}} for told in (before, after)
    ]
    [said] = sweep_consequences(*templates)
    assert (len(said.trains), len(said.keeps), len(said.stops)) == (
        len(wanted - known),
        len(wanted & known),
        len(known - wanted),
    )


def desired(properties: dict[str, Any]) -> DesiredState:
    """Read properties as the function does."""
    return DesiredState.of(properties, owner(STACK, "Search"))
