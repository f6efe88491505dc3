"""`from_request`: what the AWS CLI takes is what the template says."""

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


def test_a_mapping_is_sent_as_it_is(stack: cdk.Stack) -> None:
    """Less its client token: the handler makes its own, and the construct says so; tags stand beside it."""
    made = ModelCustomizationJob.from_request(stack, "Triage", REQUEST)
    assert any("clientRequestToken" in str(entry.data) for entry in made.node.metadata)
    properties = the_job(stack)["Properties"]
    assert (properties["Request"], properties["JobTags"]) == (SENT, REQUEST["jobTags"])


@pytest.mark.parametrize(("name", "write"), [("job.json", json.dumps), ("job.yaml", yaml.safe_dump)])
def test_a_job_file_is_sent_as_it_is(stack: cdk.Stack, tmp_path: Path, name: str, write: Any) -> None:  # noqa: ANN401 - two writers
    """JSON and YAML, by path or by text of a path."""
    path = tmp_path / name
    path.write_text(write(REQUEST))
    ModelCustomizationJob.from_request(stack, "Triage", str(path))
    assert the_job(stack)["Properties"]["Request"] == SENT


def test_what_is_left_out_is_made(stack: cdk.Stack) -> None:
    """Names by the handler, role and bucket by the construct; no key for the model, as the request says."""
    ModelCustomizationJob.from_request(stack, "Triage", LEAST)
    request = the_job(stack)["Properties"]["Request"]
    assert set(request) == {*LEAST, "roleArn", "outputDataConfig"}


class CompanyJob(ModelCustomizationJob):
    """A job with the defaults of a company, one in the signature and the others in the arguments."""

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
    """A subclass that has no default of its own, and hands on what it is given and what it is not."""

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


def test_the_defaults_of_a_subclass_hold_where_the_request_says_nothing(stack: cdk.Stack) -> None:
    """They vanished in silence: the model under another key, the job without its tags."""
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


def test_what_the_request_says_wins_over_the_defaults_of_a_subclass(stack: cdk.Stack) -> None:
    """Even where it says that there is nothing."""
    CompanyJob.from_request(stack, "Triage", REQUEST | {"jobTags": []}, custom_model_kms_key=AWS_OWNED_KEY)
    properties = the_job(stack)["Properties"]
    assert properties["Request"] == SENT
    assert "JobTags" not in properties


def test_an_absent_key_of_a_request_means_what_it_means_to_aws(stack: cdk.Stack) -> None:
    """In a subclass without a default too, and of this job alone: one that it makes has the stack's key."""
    PassingJob.from_request(stack, "Triage", LEAST)
    [before, triage] = of_type(stack, "Custom::BedrockModelCustomizationJob")
    assert set(triage["Properties"]["Request"]) == {*LEAST, "roleArn", "outputDataConfig"}
    assert {"customModelKmsKeyId", "customizationType"} < set(before["Properties"]["Request"])


def test_an_absence_that_is_said_beside_the_request_is_the_construct_s(stack: cdk.Stack) -> None:
    """`custom_model_kms_key=None` asks for a key of the stack, as it does without a request."""
    ModelCustomizationJob.from_request(stack, "Triage", LEAST, custom_model_kms_key=None)
    [key] = of_type(stack, kms.CfnKey.CFN_RESOURCE_TYPE_NAME)
    assert "customModelKmsKeyId" in the_job(stack)["Properties"]["Request"]
    assert key["Properties"]["EnableKeyRotation"] is True


@pytest.mark.parametrize("file", JOB_FILES, ids=lambda file: file.name)
def test_a_job_file_keeps_its_job(stack: cdk.Stack, file: Path, snapshot: SnapshotAssertion) -> None:
    """Every property of the examples' jobs is as it was: another request would be another training."""
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
    """What the request cannot say is said beside it."""
    ModelCustomizationJob.from_request(stack, "Triage", REQUEST, on_delete=OnDelete.RETAIN, job_name="other")
    properties = the_job(stack)["Properties"]
    assert (properties["OnDelete"], properties["Request"]["jobName"]) == ("Retain", "other")


def test_both_forms_give_the_same_template() -> None:
    """The typed form and the request form end in the same values."""
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
    """All problems, in the API's words, before anything is made."""
    path = tmp_path / "job.json"
    path.write_text(json.dumps({"jobName": "bad_name", "vpcConfig": {"subnets": ["subnet-1"]}}))
    with pytest.raises(InvalidJob) as caught:
        ModelCustomizationJob.from_request(stack, "Triage", path)
    said = str(caught.value)
    assert said.startswith(f"Tickets/Triage ({path}) cannot be defined:")
    for part in ("jobName", "baseModelIdentifier", "trainingDataConfig", "vpcConfig.subnets", "subnetIds"):
        assert part in said
