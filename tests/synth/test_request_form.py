"""`from_request`: what the AWS CLI takes is what the template says."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
import yaml

from constructs_lib import (
    AWS_OWNED_KEY,
    BaseModel,
    Customization,
    HyperParameters,
    InvalidJob,
    ModelCustomizationJob,
    OnDelete,
)
from tests.synth.templates import OUTPUT, TRAIN, template, the_job

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
    keep = ("baseModelIdentifier", "trainingDataConfig")
    ModelCustomizationJob.from_request(stack, "Triage", {name: REQUEST[name] for name in keep})
    request = the_job(stack)["Properties"]["Request"]
    assert set(request) == {*keep, "roleArn", "outputDataConfig"}


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
