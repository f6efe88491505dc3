"""The values: what each factory says, and what CDK objects become."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass
from typing import Any

import pytest

from constructs_lib.request import (
    BaseModel,
    Customization,
    HyperParameters,
    InvocationLogs,
    JobSpec,
    MediaData,
    MetadataFilter,
    OnDelete,
    OutputData,
    TrainingData,
    ValidationData,
    VpcConfig,
    to_request,
)


@dataclass(frozen=True)
class Handle:
    """What the values ask of constructs."""

    bucket_name: str = "my-bucket"
    function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:grade"
    key_arn: str = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    model_arn: str = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"


HANDLE = Handle()


def test_a_whole_job_of_constructs_becomes_one_request() -> None:
    """Constructs in, the API's words out."""
    logs = (
        InvocationLogs.from_bucket(HANDLE, "logs/")
        .with_responses()
        .filtered_by(MetadataFilter.equals("k", "v"))
    )
    spec = JobSpec(
        base_model=BaseModel.of(HANDLE),
        training_data=TrainingData.from_bucket(HANDLE, "train.jsonl").with_invocation_logs(logs),
        customization=Customization.reinforcement_fine_tuning(HANDLE),
        validation_data=[ValidationData.from_bucket(HANDLE, "valid.jsonl")],
        output_data=OutputData.from_bucket(HANDLE, "out/"),
        custom_model_kms_key=HANDLE,
        vpc_config=VpcConfig(subnet_ids=["subnet-1"], security_group_ids=["sg-1"]),
    )
    assert to_request(spec) == {
        "baseModelIdentifier": HANDLE.model_arn,
        "customizationType": "REINFORCEMENT_FINE_TUNING",
        "customModelKmsKeyId": HANDLE.key_arn,
        "trainingDataConfig": {
            "s3Uri": "s3://my-bucket/train.jsonl",
            "invocationLogsConfig": {
                "usePromptResponse": True,
                "invocationLogSource": {"s3Uri": "s3://my-bucket/logs/"},
                "requestMetadataFilters": {"equals": {"k": "v"}},
            },
        },
        "validationDataConfig": {"validators": [{"s3Uri": "s3://my-bucket/valid.jsonl"}]},
        "outputDataConfig": {"s3Uri": "s3://my-bucket/out/"},
        "vpcConfig": {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]},
        "customizationConfig": {
            "rftConfig": {"graderConfig": {"lambdaGrader": {"lambdaArn": HANDLE.function_arn}}}
        },
    }


def test_a_whole_bucket_is_a_place() -> None:
    """Without a key the URI ends with the bucket's name."""
    assert OutputData.from_bucket(HANDLE).uri == "s3://my-bucket"
    assert TrainingData().uri == ""


@pytest.mark.parametrize("kind", [TrainingData, ValidationData, InvocationLogs, MediaData, OutputData])
def test_data_of_a_bucket_state_its_owner_and_key(kind: Any) -> None:  # noqa: ANN401 - a class of data
    """What the error about a bucket of another account asks for can be written where the bucket is."""
    data = kind.from_bucket(HANDLE, "x", bucket_owner="444455556666", encryption_key="alias/data")
    assert (data.uri, data.bucket_owner, data.encryption_key) == (
        "s3://my-bucket/x",
        "444455556666",
        "alias/data",
    )
    assert kind.from_bucket(HANDLE, "x") == kind(bucket=HANDLE, key="x")


@pytest.mark.parametrize("model", ["x", BaseModel("x")])
def test_a_model_is_taken_in_any_form(model: BaseModel | str) -> None:
    """An id, or what is a model already."""
    assert BaseModel.of(model) == BaseModel("x")
    assert Customization.distillation(model).teacher == BaseModel("x")


def test_only_its_own_kind_has_a_teacher_or_a_grader() -> None:
    """The construct asks without knowing the kind."""
    assert Customization.fine_tuning().teacher is None
    assert Customization.fine_tuning().grader is None
    assert Customization.reinforcement_fine_tuning("arn").grader == "arn"


def test_a_filter_reads_as_the_api_writes_it() -> None:
    """Both forms of nesting."""
    one, other = MetadataFilter.equals("a", "b"), MetadataFilter.not_equals("c", "d")
    assert MetadataFilter.and_all(one, other).render() == {
        "andAll": [{"equals": {"a": "b"}}, {"notEquals": {"c": "d"}}]
    }
    assert MetadataFilter.or_all(one).render() == {"orAll": [{"equals": {"a": "b"}}]}


def test_values_are_frozen_and_equal_by_content() -> None:
    """They can be shared between jobs."""
    one = JobSpec(base_model=BaseModel.NOVA_PRO, training_data=TrainingData(), validation_data=[])
    assert one == JobSpec(base_model=BaseModel.NOVA_PRO, training_data=TrainingData(), validation_data=())
    with pytest.raises(FrozenInstanceError):
        one.job_name = "x"  # type: ignore[misc]  # the point


def test_values_can_be_counted_and_looked_up() -> None:
    """A set of jobs is a set, whatever their maps hold."""
    specs = [
        JobSpec(
            base_model=BaseModel.NOVA_PRO,
            training_data=TrainingData(),
            customization=Customization.fine_tuning(HyperParameters(other={"a": 1})),
            job_tags={"a": "b"},
        )
        for _ in range(2)
    ]
    assert len(set(specs)) == 1


def test_what_deletion_does_is_spelled_as_the_template_spells_it() -> None:
    """The handler compares with these strings."""
    assert [one.value for one in OnDelete] == ["StopJob", "DeleteModel", "Retain"]


def test_a_value_of_the_wrong_type_is_kept_for_the_check_of_the_job() -> None:
    """A model that is none raises nothing: the job reports it with everything else that is wrong."""
    assert BaseModel.of(5).model_id == 5  # type: ignore[arg-type] - the point


def test_hyper_parameters_of_the_wrong_type_say_what_to_write() -> None:
    """Other parameters are a mapping."""
    with pytest.raises(TypeError, match="other must be a mapping of the API's keys to values, got 5; write"):
        HyperParameters(other=5)  # type: ignore[arg-type] - the point
