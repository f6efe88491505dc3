"""Context lookups: the first pass of `cdk synth` has placeholders, the second one the values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ssm as ssm

from constructs_lib import Customization, HyperParameters, InvalidJob, JobNetwork, ModelCustomizationJob

if TYPE_CHECKING:
    from pathlib import Path

VALUES = {
    "/model": "amazon.nova-lite-v1:0:300k",
    "/uri": "s3://my-bucket/tickets/train.jsonl",
    "/role": "arn:aws:iam::123456789012:role/Given",
    "/key": "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "/name": "tickets-1",
    "/bucket": "my-results",
    "/epochs": "2",
}


def key_of(name: str) -> str:
    """Return the context key of a parameter."""
    return f"ssm:account=123456789012:parameterName={name}:region=us-east-1"


def synthesized(folder: Path, context: dict[str, str], **overrides: Any) -> tuple[dict[str, Any], list[str]]:  # noqa: ANN401 - arguments of the job
    """Return the template of an app whose values are all looked up, and what is missing."""
    app = cdk.App(outdir=str(folder), context=context)
    env = cdk.Environment(account="123456789012", region="us-east-1")
    stack = cdk.Stack(app, "Tickets", env=env)

    def looked_up(name: str) -> str:
        return ssm.StringParameter.value_from_lookup(stack, name)

    arguments = {
        "base_model": looked_up("/model"),
        "training_data": looked_up("/uri"),
        "role": looked_up("/role"),
        "custom_model_kms_key": looked_up("/key"),
        "job_name": looked_up("/name"),
        "output_data": f"s3://{looked_up('/bucket')}/out/",
        "customization": Customization.fine_tuning(HyperParameters(epoch_count=looked_up("/epochs"))),
    }
    ModelCustomizationJob(stack, "Triage", **(arguments | overrides))
    app.synth()
    manifest = json.loads((folder / "manifest.json").read_text())
    missing = [one["key"] for one in manifest.get("missing", [])]
    return json.loads((folder / "Tickets.template.json").read_text()), missing


def test_the_first_pass_asks_for_every_value(tmp_path: Path) -> None:
    """Nothing is refused before the CDK CLI has looked the values up."""
    _, missing = synthesized(tmp_path, {})
    assert missing == [key_of(name) for name in VALUES]


def test_the_second_pass_has_the_values(tmp_path: Path) -> None:
    """The request is the one that literals would give."""
    template, missing = synthesized(tmp_path, {key_of(name): value for name, value in VALUES.items()})
    assert missing == []
    [job] = [one for one in template["Resources"].values() if one["Type"].startswith("Custom::Bedrock")]
    assert job["Properties"]["Request"] == {
        "jobName": "tickets-1",
        "roleArn": VALUES["/role"],
        "baseModelIdentifier": VALUES["/model"],
        "customizationType": "FINE_TUNING",
        "customModelKmsKeyId": VALUES["/key"],
        "trainingDataConfig": {"s3Uri": VALUES["/uri"]},
        "outputDataConfig": {"s3Uri": "s3://my-results/out/"},
        "hyperParameters": {"epochCount": "2"},
    }


def test_a_value_that_was_looked_up_is_checked(tmp_path: Path) -> None:
    """What the parameter holds is as wrong as if it were written in the app."""
    context = {key_of(name): value for name, value in VALUES.items()} | {key_of("/name"): "a_b"}
    with pytest.raises(InvalidJob, match="job_name must be letters"):
        synthesized(tmp_path, context)


def test_a_literal_is_checked_beside_a_placeholder(tmp_path: Path) -> None:
    """A placeholder hides no other mistake."""
    with pytest.raises(InvalidJob) as caught:
        synthesized(tmp_path, {}, custom_model_name="a.b")
    assert [one.path for one in caught.value.findings] == ["custom_model_name"]


@pytest.mark.parametrize("name", ["role", "training_data", "custom_model_kms_key", "base_model"])
def test_a_placeholder_hides_no_wildcard(tmp_path: Path, name: str) -> None:
    """What only looks like a placeholder opens no policy."""
    with pytest.raises(InvalidJob, match="wildcard"):
        synthesized(tmp_path, {}, **{name: "dummy-value-for-/x*"})


def test_a_job_runs_in_a_vpc_that_is_looked_up(tmp_path: Path) -> None:
    """The CDK's own placeholder of a VPC is accepted on the first pass."""
    app = cdk.App(outdir=str(tmp_path))
    env = cdk.Environment(account="123456789012", region="us-east-1")
    stack = cdk.Stack(app, "Tickets", env=env)
    vpc = ec2.Vpc.from_lookup(stack, "Vpc", vpc_id="vpc-0a1b2c3d")
    ModelCustomizationJob(
        stack,
        "Triage",
        base_model="amazon.nova-lite-v1:0:300k",
        training_data="s3://my-bucket/train.jsonl",
        network=JobNetwork.isolated(vpc),
    )
    [artifact] = app.synth().stacks
    assert [one.entry.data for one in artifact.messages] == []
    [missing] = json.loads((tmp_path / "manifest.json").read_text())["missing"]
    assert missing["provider"] == "vpc-provider"
