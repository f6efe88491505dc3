"""What a custom model's weights depend on."""

from __future__ import annotations

from typing import Any

import pytest

from constructs_lib.contract import default_model
from constructs_lib.contract.replacement import (
    INFRASTRUCTURE_FIELDS,
    REQUEST_FIELDS,
    TAG_FIELDS,
    changed,
    infrastructure,
    training_inputs,
)

REQUEST = {
    "baseModelIdentifier": "amazon.nova-lite-v1:0:300k",
    "roleArn": "arn:aws:iam::123456789012:role/r",
    "trainingDataConfig": {"s3Uri": "s3://bucket/a.jsonl"},
    "outputDataConfig": {"s3Uri": "s3://bucket/out"},
}
PROPERTIES = {"Request": REQUEST, "OnDelete": "StopJob", "ServiceTimeout": "2700"}


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
        changing(JobTags=[{"key": "a", "value": "b"}], CustomModelTags=[{"key": "a", "value": "b"}]),
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
    assert training_inputs(other) == training_inputs(PROPERTIES)


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
        (changing(Revision="2"), ("Revision",)),
        (changing({"jobName": "n", "customModelName": "m"}), ("customModelName", "jobName")),
    ],
)
def test_what_the_weights_depend_on(other: dict[str, Any], names: tuple[str, ...]) -> None:
    """What is trained, and the names it is given, need a new job when they change."""
    assert changed(training_inputs(PROPERTIES), training_inputs(other)) == names


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            {"baseModelIdentifier": "amazon.nova-lite-v1:0:300k"},
            {"baseModelIdentifier": "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k"},
        ),
        (
            {"customModelKmsKeyId": "1234abcd-12ab-34cd-56ef-1234567890ab"},
            {
                "customModelKmsKeyId": (
                    "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
                )
            },
        ),
        (
            {"customizationConfig": {"distillationConfig": {"teacherModelConfig": {"x": "a.b:0"}}}},
            {
                "customizationConfig": {
                    "distillationConfig": {
                        "teacherModelConfig": {"x": "arn:aws:bedrock:us-east-1::foundation-model/a.b:0"}
                    }
                }
            },
        ),
    ],
)
def test_an_id_and_its_arn_are_the_same_training(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Writing a foundation model or a key as an ARN instead of an id trains nothing."""
    assert training_inputs(changing(one)) == training_inputs(changing(other))


def test_different_resources_stay_different() -> None:
    """A custom model, another key and an alias keep their own names."""
    arns = [
        "arn:aws:bedrock:us-east-1:111122223333:custom-model/amazon.nova-lite-v1:0:300k/abcdefghwxyz",
        "abcdefghwxyz",
    ]
    assert len({str(training_inputs(changing({"baseModelIdentifier": one}))) for one in arns}) == 2
    keys = ["alias/x", "arn:aws:kms:us-east-1:111122223333:alias/x", "x"]
    assert len({str(training_inputs(changing({"customModelKmsKeyId": one}))) for one in keys}) == 3


def test_an_uploaded_file_counts_by_its_content() -> None:
    """Another bootstrap bucket or qualifier retrains nothing; another content does."""

    def uploaded(bucket: str, digest: str) -> dict[str, Any]:
        uri = f"s3://{bucket}/{digest}.jsonl"
        request = {
            "trainingDataConfig": {"s3Uri": uri},
            "validationDataConfig": {"validators": [{"s3Uri": uri}, {"s3Uri": "s3://other/v.jsonl"}]},
        }
        return changing(request, UploadedFiles=[{"S3Uri": uri, "Sha256": digest}])

    assert training_inputs(uploaded("cdk-a-assets", "1f")) == training_inputs(uploaded("cdk-b-assets", "1f"))
    assert changed(
        training_inputs(uploaded("cdk-a-assets", "1f")), training_inputs(uploaded("cdk-a-assets", "2e"))
    ) == (
        "trainingDataConfig",
        "validationDataConfig",
    )


def test_an_uploaded_file_may_lie_behind_an_intrinsic_function() -> None:
    """`diff` compares templates, in which the bootstrap bucket is a function of account and Region."""
    uri = {"Fn::Sub": "s3://cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}/1f.jsonl"}
    found = training_inputs(
        changing({"trainingDataConfig": {"s3Uri": uri}}, UploadedFiles=[{"S3Uri": uri, "Sha256": "1f"}])
    )
    assert found["trainingDataConfig"] == {"s3Uri": "sha256:1f"}


@pytest.mark.parametrize("files", [None, "x", [], ["x"], [{}], [{"Sha256": "1f"}]])
def test_a_list_of_files_that_cannot_be_read_is_passed_over(files: object) -> None:
    """Whatever stands in the template, properties are compared."""
    assert training_inputs(changing(UploadedFiles=files)) == training_inputs(PROPERTIES)


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
    assert training_inputs(properties) == {"customizationType": "FINE_TUNING"}
    assert infrastructure(properties) == {}
