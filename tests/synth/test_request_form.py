"""`from_request`: the template has the request that the AWS CLI would send."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
import yaml
from aws_cdk import aws_kms as kms
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from constructs_lib import (
    AWS_OWNED_KEY,
    BaseModel,
    Customization,
    HyperParameters,
    InvalidJob,
    ModelCustomizationJob,
    OnDelete,
)
from tests.synth.templates import KEY, OUTPUT, TRAIN, of_type, template, the_job

REQUEST: dict[str, Any] = {
    "jobName": "tickets-1",
    "customModelName": "tickets-1",
    "roleArn": "arn:aws:iam::111122223333:role/passed",
    "clientRequestToken": "mine",
    "baseModelIdentifier": "amazon.nova-lite-v1:0:300k",
    "trainingDataConfig": {"s3Uri": "s3://amzn-s3-demo-bucket/train.jsonl"},
    "outputDataConfig": {"s3Uri": "s3://amzn-s3-demo-bucket/out/"},
    "hyperParameters": {"epochCount": "2"},
    "jobTags": [{"key": "z", "value": "1"}, {"key": "a", "value": "2"}],
    "validationDataConfig": {"validators": []},
}
LEAST = {name: REQUEST[name] for name in ("baseModelIdentifier", "trainingDataConfig")}
JOB_FILES = sorted((Path(__file__).parents[2] / "examples").glob("*.yaml"))
SENT = {name: value for name, value in REQUEST.items() if name not in {"clientRequestToken", "jobTags"}}


def test_a_mapping_is_sent_unchanged(stack: cdk.Stack) -> None:
    """Only its client token is replaced, with a note; tags are a property of their own."""
    made = ModelCustomizationJob.from_request(stack, "Triage", REQUEST)
    assert any("clientRequestToken" in str(entry.data) for entry in made.node.metadata)
    properties = the_job(stack)["Properties"]
    assert (properties["Request"], properties["JobTags"]) == (SENT, REQUEST["jobTags"])


@pytest.mark.parametrize(("name", "write"), [("job.json", json.dumps), ("job.yaml", yaml.safe_dump)])
def test_a_job_file_is_sent_unchanged(stack: cdk.Stack, tmp_path: Path, name: str, write: Any) -> None:  # noqa: ANN401 - two writers
    """JSON and YAML files are given as a path or as its text."""
    path = tmp_path / name
    path.write_text(write(REQUEST))
    ModelCustomizationJob.from_request(stack, "Triage", str(path))
    assert the_job(stack)["Properties"]["Request"] == SENT


def test_absent_members_are_created(stack: cdk.Stack) -> None:
    """The handler makes names, the construct role and bucket; the model has no key, as in the API."""
    ModelCustomizationJob.from_request(stack, "Triage", LEAST)
    request = the_job(stack)["Properties"]["Request"]
    assert set(request) == {*LEAST, "roleArn", "outputDataConfig"}


class CompanyJob(ModelCustomizationJob):
    """A job with a company's defaults: one in the signature, the others in the arguments."""

    def __init__(
        self,
        scope: cdk.Stack,
        id: str,
        *,
        job_name: str | None = "company-1",
        **asked: Any,  # noqa: ANN401 - the construct's own arguments
    ) -> None:
        company = {
            "custom_model_kms_key": KEY,
            "customization": Customization.fine_tuning(HyperParameters(epoch_count=3)),
            "custom_model_name": "company-1",
            "role": "arn:aws:iam::111122223333:role/company",
            "job_tags": {"owner": "company"},
            "output_data": OUTPUT,
        }
        super().__init__(scope, id, job_name=job_name, **(company | asked))


class PassingJob(ModelCustomizationJob):
    """A subclass without defaults that passes its arguments on."""

    def __init__(
        self,
        scope: cdk.Stack,
        id: str,
        *,
        custom_model_kms_key: str | None = None,
        customization: Customization | None = None,
        **asked: Any,  # noqa: ANN401 - the construct's own arguments
    ) -> None:
        ModelCustomizationJob(scope, "Before", base_model=BaseModel.NOVA_LITE, training_data=TRAIN)
        super().__init__(
            scope, id, custom_model_kms_key=custom_model_kms_key, customization=customization, **asked
        )


def test_defaults_of_a_subclass_apply_to_absent_members(stack: cdk.Stack) -> None:
    """The model has the company's key and the job has its tags."""
    CompanyJob.from_request(stack, "Triage", LEAST)
    properties = the_job(stack)["Properties"]
    assert properties["Request"] == LEAST | {
        "jobName": "company-1",
        "customModelName": "company-1",
        "roleArn": "arn:aws:iam::111122223333:role/company",
        "customizationType": "FINE_TUNING",
        "hyperParameters": {"epochCount": "3"},
        "customModelKmsKeyId": KEY,
        "outputDataConfig": {"s3Uri": OUTPUT.uri},
    }
    assert properties["JobTags"] == [{"key": "owner", "value": "company"}]


def test_the_request_wins_over_defaults_of_a_subclass(stack: cdk.Stack) -> None:
    """This includes empty values in the request."""
    CompanyJob.from_request(stack, "Triage", REQUEST | {"jobTags": []}, custom_model_kms_key=AWS_OWNED_KEY)
    properties = the_job(stack)["Properties"]
    assert properties["Request"] == SENT
    assert "JobTags" not in properties


def test_a_request_without_a_key_uses_the_key_of_aws(stack: cdk.Stack) -> None:
    """This is true in a subclass too, but not for another job that it defines."""
    PassingJob.from_request(stack, "Triage", LEAST)
    [before, triage] = of_type(stack, "Custom::BedrockModelCustomizationJob")
    assert set(triage["Properties"]["Request"]) == {*LEAST, "roleArn", "outputDataConfig"}
    assert {"customModelKmsKeyId", "customizationType"} < set(before["Properties"]["Request"])


def test_an_override_with_none_is_the_default_of_the_construct(stack: cdk.Stack) -> None:
    """`custom_model_kms_key=None` uses a key of the stack, as without a request."""
    ModelCustomizationJob.from_request(stack, "Triage", LEAST, custom_model_kms_key=None)
    [key] = of_type(stack, kms.CfnKey.CFN_RESOURCE_TYPE_NAME)
    assert "customModelKmsKeyId" in the_job(stack)["Properties"]["Request"]
    assert key["Properties"]["EnableKeyRotation"] is True


@pytest.mark.parametrize("file", JOB_FILES, ids=lambda file: file.name)
def test_a_job_file_keeps_its_job(stack: cdk.Stack, file: Path, snapshot: SnapshotAssertion) -> None:
    """Every property of the examples' jobs is unchanged: another request would start another training."""
    ModelCustomizationJob.from_request(stack, "Customization", file)
    assert the_job(stack)["Properties"] == snapshot.use_extension(JSONSnapshotExtension)


def test_a_file_beside_the_job_file_is_uploaded() -> None:
    """`file://` is relative to the job file, wherever the app runs."""
    stack = cdk.Stack(cdk.App(), "Tickets")
    job_file = Path(__file__).parents[2] / "examples" / "fine-tune-nova.yaml"
    ModelCustomizationJob.from_request(stack, "Triage", job_file)
    uri = the_job(stack)["Properties"]["Request"]["trainingDataConfig"]["s3Uri"]
    assert "cdk-hnb659fds-assets" in json.dumps(uri)


def test_overrides_win(stack: cdk.Stack) -> None:
    """Arguments add what a request cannot have."""
    ModelCustomizationJob.from_request(stack, "Triage", REQUEST, on_delete=OnDelete.RETAIN, job_name="other")
    properties = the_job(stack)["Properties"]
    assert (properties["OnDelete"], properties["Request"]["jobName"]) == ("Retain", "other")


def test_both_forms_give_the_same_template() -> None:
    """Typed arguments and a request give the same values."""
    typed, asked = cdk.Stack(cdk.App(), "Tickets"), cdk.Stack(cdk.App(), "Tickets")
    ModelCustomizationJob(
        typed,
        "Triage",
        base_model=BaseModel.NOVA_LITE,
        customization=Customization.fine_tuning(HyperParameters(epoch_count=2)),
        training_data=TRAIN,
        output_data=OUTPUT,
        custom_model_kms_key=AWS_OWNED_KEY,
    )
    ModelCustomizationJob.from_request(
        asked,
        "Triage",
        {
            "baseModelIdentifier": "amazon.nova-lite-v1:0:300k",
            "customizationType": "FINE_TUNING",
            "trainingDataConfig": {"s3Uri": TRAIN.uri},
            "outputDataConfig": {"s3Uri": OUTPUT.uri},
            "hyperParameters": {"epochCount": 2},
        },
    )
    assert template(typed) == template(asked)


def test_a_wrong_request_names_the_construct_and_the_file(stack: cdk.Stack, tmp_path: Path) -> None:
    """All errors are reported with the API's names, before any resource is created."""
    path = tmp_path / "job.json"
    path.write_text(json.dumps({"jobName": "bad_name", "vpcConfig": {"subnets": ["subnet-1"]}}))
    with pytest.raises(InvalidJob) as caught:
        ModelCustomizationJob.from_request(stack, "Triage", path)
    said = str(caught.value)
    assert said.startswith(f"Tickets/Triage ({path}) cannot be defined:")
    for part in ("jobName", "baseModelIdentifier", "trainingDataConfig", "vpcConfig.subnets", "subnetIds"):
        assert part in said
