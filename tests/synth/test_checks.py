"""Findings about the documented model limits and the training file, reported at synthesis."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_s3 as s3

from constructs_lib import (
    BaseModel,
    Catalog,
    Checks,
    Customization,
    HyperParameters,
    InvalidJob,
    InvocationLogs,
    MediaData,
    ModelCustomizationJob,
    TrainingData,
    ValidationData,
)

JOB = "Custom::BedrockModelCustomizationJob"
Make = Callable[..., ModelCustomizationJob]
NOVA_DATA = Path(__file__).parents[2] / "examples" / "fine-tune-nova.jsonl"


def _epochs(count: int) -> Customization:
    return Customization.fine_tuning(HyperParameters(epoch_count=count))


def _says(job: ModelCustomizationJob, text: str) -> bool:
    return any(text in str(entry.data) for entry in job.node.metadata)


@pytest.mark.parametrize(("count", "is_right"), [(1, True), (5, True), (6, False)])
def test_a_documented_range_stops_the_synthesis(job: Make, count: int, is_right: bool) -> None:  # noqa: FBT001 - a case
    """Nova documents 1 to 5 epochs; both sides of each limit are tested."""
    if is_right:
        job(customization=_epochs(count))
        return
    with pytest.raises(InvalidJob, match=r"epoch_count must be 1 to 5 .*custom-models-hp"):
        job(customization=_epochs(count))


def test_checks_turn_documented_errors_into_warnings(job: Make) -> None:
    """The documentation may be older than the service."""
    assert _says(job(customization=_epochs(6), checks=Checks.warn()), "must be 1 to 5")


def test_one_rule_can_be_turned_off(job: Make) -> None:
    """Other rules are not changed."""
    made = job(customization=_epochs(6), checks=Checks(overrides={"hyper-parameter-range": "off"}))
    assert not _says(made, "must be 1 to 5")


def test_rules_of_the_service_model_cannot_be_turned_off(job: Make) -> None:
    """`Checks` is about documentation, not about Bedrock's own rules."""
    with pytest.raises(InvalidJob, match="job_name"):
        job(job_name="bad_name", checks=Checks.warn())


def test_an_unverified_range_is_a_warning(job: Make) -> None:
    """`batchSize` is missing from Nova's table."""
    made = job(customization=Customization.fine_tuning(HyperParameters(batch_size=8)))
    assert _says(made, "batch_size should be 1")


def test_a_catalog_can_be_corrected(job: Make) -> None:
    """An entry of the user wins over that of the library."""
    epochs = {"hyper_parameters": {"epochCount": {"max": 9}}}
    correction = {"id": BaseModel.NOVA_LITE.model_id, "customizations": {"FINE_TUNING": epochs}}
    corrected = Catalog.default().merged_with({"models": [correction]})
    with pytest.raises(InvalidJob, match="must be 1 to 9"):
        job("TooMany", customization=_epochs(10), catalog=corrected)
    assert not _says(job(customization=_epochs(9), catalog=corrected), "epoch_count")


def test_a_broken_training_file_stops_the_synthesis(job: Make, tmp_path: Path) -> None:
    """The error has the file, the line, the path in the record and the fix."""
    broken = tmp_path / "train.jsonl"
    broken.write_text(NOVA_DATA.read_text().replace('"role": "user"', '"role": "usr"', 1))
    with pytest.raises(InvalidJob, match=r"train\.jsonl:1: messages\[0\]\.role"):
        job(training_data=TrainingData.from_file(broken))


@pytest.mark.parametrize(("most", "is_right"), [(9_212, True), (9_211, False)])
def test_a_budget_stops_the_synthesis(job: Make, most: int, is_right: bool) -> None:  # noqa: FBT001 - a case
    """The limit is the upper bound of the file's tokens, times epochs; both sides of it are tested."""
    arguments = {"training_data": TrainingData.from_file(NOVA_DATA), "customization": _epochs(2)}
    if is_right:
        job(max_training_tokens=most, **arguments)
        return
    with pytest.raises(InvalidJob, match="got at most 9,212 tokens to train, about 5,684 likely"):
        job(max_training_tokens=most, **arguments)


def test_the_model_s_default_epochs_count(job: Make) -> None:
    """If no epochs are given, Nova's default of two counts."""
    with pytest.raises(InvalidJob, match="at most 9,212 tokens"):
        job(training_data=TrainingData.from_file(NOVA_DATA), max_training_tokens=9_211)


def test_invocation_logs_cannot_be_compared_with_a_budget(job: Make) -> None:
    """They are compressed, and Bedrock takes only some: a limit that cannot be checked is an error."""
    with pytest.raises(InvalidJob, match=r"max_training_tokens needs a training file, .*got invocation logs"):
        job(
            training_data=InvocationLogs.from_s3_uri("s3://amzn-s3-demo-bucket/logs/"),
            customization=Customization.distillation(BaseModel.NOVA_PRO),
            max_training_tokens=1_000_000,
        )


@pytest.mark.parametrize(("customization", "epochs"), [(None, "2"), (_epochs(5), "2")])
def test_a_budget_for_data_in_s3_is_checked_by_the_deployment(
    job: Make, customization: Customization | None, epochs: str
) -> None:
    """The template has the limit and the model's default; the function may list the one key, and no more."""
    made = job(max_training_tokens=1_000_000, customization=customization)
    template = assertions.Template.from_stack(cdk.Stack.of(made)).to_json()["Resources"]
    [resource] = [one for one in template.values() if one["Type"] == JOB]
    assert resource["Properties"]["TrainingLimit"] == {"Tokens": "1000000", "DefaultEpochs": epochs}
    lists = [one for one in _statements(template) if one["Action"] == "s3:ListBucket"]
    assert lists == [
        {
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":s3:::amzn-s3-demo-bucket"]]},
            "Condition": {"StringEquals": {"s3:prefix": "train.jsonl"}},
        }
    ]


def test_without_data_in_s3_nothing_is_left_to_the_deployment(job: Make) -> None:
    """A local file is compared at synthesis, and a job without a limit has no such property."""
    made = job(training_data=TrainingData.from_file(NOVA_DATA), max_training_tokens=1_000_000)
    job("Other")
    template = assertions.Template.from_stack(cdk.Stack.of(made)).to_json()["Resources"]
    assert "TrainingLimit" not in json.dumps(template)
    assert [one for one in _statements(template) if one["Action"] == "s3:ListBucket"] == []


def _statements(resources: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what the function is permitted."""
    roles = [one["Properties"] for one in resources.values() if one["Type"] == "AWS::IAM::Role"]
    inline = [policy["PolicyDocument"] for role in roles for policy in role.get("Policies", ())]
    return [
        one
        for document in inline
        for one in document["Statement"]
        if "bedrock:StopModelCustomizationJob" in str(document)
    ]


def _with_images(path: Path, bucket: str = "amzn-s3-demo-images") -> Path:
    """Write records that refer to images."""
    image = {"image": {"format": "png", "source": {"s3Location": {"uri": f"s3://{bucket}/a/1.png"}}}}
    record = {
        "schemaVersion": "bedrock-conversation-2024",
        "messages": [
            {"role": "user", "content": [image, {"text": "what is it?"}]},
            {"role": "assistant", "content": [{"text": "a cat"}]},
        ],
    }
    path.write_text(
        "".join(json.dumps({**record, "system": [{"text": str(row)}]}) + "\n" for row in range(8))
    )
    return path


def test_images_that_the_role_may_not_read_stop_the_synthesis(job: Make, tmp_path: Path) -> None:
    """The created role reads only what the job names; `media_data` permits more."""
    data = TrainingData.from_file(_with_images(tmp_path / "train.jsonl"))
    with pytest.raises(InvalidJob, match=r"do not cover 8 references to the bucket amzn-s3-demo-images"):
        job(training_data=data)
    assert job("Right", training_data=data, media_data=[MediaData.from_s3_uri("s3://amzn-s3-demo-images/a/")])
    with pytest.raises(InvalidJob, match="amzn-s3-demo-images"):
        job("Other", training_data=data, media_data=[MediaData.from_s3_uri("s3://amzn-s3-demo-images/b/")])


def test_images_with_a_given_role_are_a_warning(job: Make, tmp_path: Path) -> None:
    """The owner of the role may permit more; the severity can be changed."""
    data = TrainingData.from_file(_with_images(tmp_path / "train.jsonl"))
    made = job(training_data=data, role="arn:aws:iam::111122223333:role/Mine")
    assert _says(made, "do not cover 8 references")
    checks = Checks(overrides={"dataset-media-not-readable": "warn"})
    assert _says(job("Overridden", training_data=data, checks=checks), "do not cover 8 references")


def test_images_of_each_validation_file_are_checked(job: Make, tmp_path: Path) -> None:
    """Validation files are checked also if the training data is in S3."""
    files = [
        ValidationData.from_file(_with_images(tmp_path / f"{name}.jsonl", name)) for name in ("one", "two")
    ]
    with pytest.raises(InvalidJob) as caught:
        job(validation_data=files)
    assert all(f"to the bucket {name}" in str(caught.value) for name in ("one", "two"))


def test_a_bucket_with_an_unknown_name_passes(stack: cdk.Stack, job: Make, tmp_path: Path) -> None:
    """The data may refer to a bucket of this app, whose name is a token."""
    bucket = s3.Bucket(stack, "Images", bucket_name="amzn-s3-demo-images")
    data = TrainingData.from_file(_with_images(tmp_path / "train.jsonl"))
    assert job(training_data=data, media_data=[MediaData.from_bucket(bucket)])


def test_warnings_have_no_control_characters(job: Make, tmp_path: Path) -> None:
    """The CDK prints warnings unchanged, but keys of the data and names of files may be anything."""
    evil = "\x1b[2J\u202e\n"
    path = _with_images(tmp_path / f"train{evil}.jsonl")
    records = [{**json.loads(line), evil: evil} for line in path.read_text().splitlines()]
    path.write_text("".join(json.dumps(one) + "\n" for one in records))
    role = "arn:aws:iam::111122223333:role/Mine"
    made = job(training_data=TrainingData.from_file(path), role=role, checks=Checks.warn())
    said = [str(entry.data) for entry in made.node.metadata if entry.type.startswith("aws:cdk:")]
    assert any("should not be there" in one for one in said)
    assert all(one.isprintable() for one in said), said
