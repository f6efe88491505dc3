"""What a custom model's weights depend on."""

from __future__ import annotations

from typing import Any

import pytest

from constructs_lib.spec.service_model import default_model
from constructs_lib.spec.service_model.weights import (
    INFRASTRUCTURE_FIELDS,
    REQUEST_FIELDS,
    TAG_FIELDS,
    changed,
    infrastructure,
    weights,
)

REQUEST = {
    "baseModelIdentifier": "amazon.nova-lite-v1:0:300k",
    "roleArn": "arn:aws:iam::123456789012:role/r",
    "trainingDataConfig": {"s3Uri": "s3://bucket/a.jsonl"},
    "outputDataConfig": {"s3Uri": "s3://bucket/out"},
}
PROPERTIES = {"Request": REQUEST, "NamePrefix": "t", "OnDelete": "StopJob", "ServiceTimeout": "2700"}


def changing(request: dict[str, Any] | None = None, **properties: object) -> dict[str, Any]:
    """Change some of the properties."""
    return {**PROPERTIES, **properties, "Request": {**REQUEST, **(request or {})}}


@pytest.mark.parametrize(
    "other",
    [
        changing({"customizationType": "FINE_TUNING"}),
        changing({"hyperParameters": {}}),
        changing({"validationDataConfig": {"validators": []}}),
        changing({"customizationConfig": {"rftConfig": {"hyperParameters": {}}}}),
        changing({"jobTags": [{"key": "a", "value": "b"}]}),
        changing({"roleArn": "arn:aws:iam::123456789012:role/other"}),
        changing({"vpcConfig": {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]}}),
        changing({"outputDataConfig": {"s3Uri": "s3://bucket/other"}}),
        changing(OnDelete="Retain"),
        changing(ServiceTimeout="3600"),
        changing(RetrainOnInfrastructureChange="true"),
        changing(Revision=None),
        changing(ServiceToken="arn:aws:lambda:us-east-1:123456789012:function:f"),
    ],
)
def test_what_the_weights_do_not_depend_on(other: dict[str, Any]) -> None:
    """Defaults written out, empty containers, tags, infrastructure and steering buy no second training."""
    assert weights(other) == weights(PROPERTIES)


@pytest.mark.parametrize(
    ("other", "names"),
    [
        (changing({"baseModelIdentifier": "x"}), ("baseModelIdentifier",)),
        (changing({"customizationType": "DISTILLATION"}), ("customizationType",)),
        (changing({"trainingDataConfig": {"s3Uri": "s3://bucket/b.jsonl"}}), ("trainingDataConfig",)),
        (
            changing({"validationDataConfig": {"validators": [{"s3Uri": "s3://b/v"}]}}),
            ("validationDataConfig",),
        ),
        (changing({"hyperParameters": {"epochCount": "3"}}), ("hyperParameters",)),
        (changing({"customModelKmsKeyId": "alias/x"}), ("customModelKmsKeyId",)),
        (changing({"jobName": "n"}), ("jobName",)),
        (changing(NamePrefix="u"), ("NamePrefix",)),
        (changing(Revision="2"), ("Revision",)),
        (changing({"jobName": "n", "customModelName": "m"}), ("NamePrefix", "customModelName", "jobName")),
    ],
)
def test_what_the_weights_depend_on(other: dict[str, Any], names: tuple[str, ...]) -> None:
    """What is trained, and the names it is given, need a new job when they change."""
    assert changed(weights(PROPERTIES), weights(other)) == names


def test_the_prefix_counts_only_where_a_name_is_left_out() -> None:
    """A prefix that no name is made of changes nothing."""
    named = {"jobName": "n", "customModelName": "m"}
    assert weights(changing(named, NamePrefix="u")) == weights(changing(named))
    half = {"jobName": "n"}
    assert weights(changing(half, NamePrefix="u")) != weights(changing(half))


def test_infrastructure() -> None:
    """What a running job needs and a finished model does not is kept apart."""
    assert infrastructure(PROPERTIES) == {name: REQUEST[name] for name in ("roleArn", "outputDataConfig")}
    assert changed(infrastructure(PROPERTIES), infrastructure(changing({"roleArn": "x"}))) == ("roleArn",)


def test_every_field_of_the_request_has_its_place() -> None:
    """A new field of the API must be put into one of the lists before it can be forgotten."""
    members = default_model().shape("CreateModelCustomizationJobRequest")["members"]
    assert {*REQUEST_FIELDS, *INFRASTRUCTURE_FIELDS, *TAG_FIELDS} == members.keys() - {"clientRequestToken"}


@pytest.mark.parametrize("properties", [{}, {"Request": None}, {"Request": "x"}])
def test_no_request_is_no_error(properties: dict[str, Any]) -> None:
    """Properties without a request have the parts of an empty one."""
    assert weights(properties) == {"customizationType": "FINE_TUNING"}
    assert infrastructure(properties) == {}
