"""A construct that is moved with its logical id kept stays the same job, with the same role and prefix."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib import BaseModel, ModelCustomizationJob, OnDelete, OutputBucket
from tests.synth.templates import TRAIN

if TYPE_CHECKING:
    from collections.abc import Callable

JOB = "Custom::BedrockModelCustomizationJob"
NAME = "Tickets"
ENV = cdk.Environment(account="111122223333", region="us-east-1")
BEDROCK = iam.ServicePrincipal("bedrock.amazonaws.com")
KEPT: dict[str, Callable[[cdk.Stack], dict[str, Any]]] = {
    "made": lambda _: {},
    "own bucket": lambda _: {"output_data": OutputBucket()},
    "given role": lambda stack: {"role": iam.Role(stack, "Given", assumed_by=BEDROCK)},
    "deletes its model": lambda _: {"on_delete": OnDelete.DELETE_MODEL},
}
each_kind = pytest.mark.parametrize("kind", KEPT)


def synthesized(
    kind: str, *, stage: bool = False, stack_id: str = "Tickets", inside: str = "", keep: str = ""
) -> dict[str, Any]:
    """Synthesize a stack with one job and a later grant to its role."""
    app = cdk.App(context={"aws:cdk:disable-version-reporting": True})
    home = cdk.Stage(app, "Prod", env=ENV) if stage else app
    stack = cdk.Stack(home, stack_id, stack_name=NAME, env=ENV)
    scope: Construct = Construct(stack, inside) if inside else stack
    arguments = {"base_model": BaseModel.NOVA_LITE, "training_data": TRAIN} | KEPT[kind](stack)
    job = ModelCustomizationJob(scope, "Triage", **arguments)
    s3.Bucket.from_bucket_name(stack, "More", "more").grant_read(job)
    if keep:
        resource = job.node.default_child
        assert isinstance(resource, cdk.CfnResource)
        resource.override_logical_id(keep)
    assembly = app.synth()
    inner = assembly.get_nested_assembly("assembly-Prod") if stage else assembly
    [artifact] = inner.stacks
    return _without_paths(artifact.template)


def _without_paths(template: dict[str, Any]) -> dict[str, Any]:
    for one in template["Resources"].values():
        one.get("Metadata", {}).pop("aws:cdk:path", None)
    template["Outputs"] = sorted(json.dumps(one) for one in template["Outputs"].values())
    return template


def _job_of(template: dict[str, Any]) -> str:
    [name] = [name for name, one in template["Resources"].items() if one["Type"] == JOB]
    return name


@each_kind
def test_a_stage_around_the_stack_changes_nothing(kind: str) -> None:
    """The stack keeps its name, and so every resource keeps its properties."""
    assert json.dumps(synthesized(kind, stage=True)) == json.dumps(synthesized(kind))


@each_kind
def test_another_id_of_the_stack_changes_nothing(kind: str) -> None:
    """The construct's id is not the stack's name."""
    assert json.dumps(synthesized(kind, stack_id="Renamed")) == json.dumps(synthesized(kind))


@each_kind
def test_a_job_moved_inside_its_stack_keeps_its_resources(kind: str) -> None:
    """Role, policies, output prefix, bucket and the job itself stay the same."""
    before = synthesized(kind)
    after = synthesized(kind, inside="Tuning", keep=_job_of(before))
    assert after == before


def test_no_template_has_a_construct_path() -> None:
    """The path is neither in the job's properties nor in the description of its role."""
    text = json.dumps(synthesized("made", stage=True, inside="Tuning"))
    assert "Prod/" not in text
    assert "Tuning/" not in text
    assert "NamePrefix" not in text
