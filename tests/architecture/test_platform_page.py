"""docs/platform.md, and the contract in docs/design.md, say what the code does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_s3 as s3
from customization_job.jobs.lifecycle import _attributes
from customization_job.jobs.ports import Job

import constructs_lib
from constructs_lib import (
    BaseModel,
    JobNetwork,
    Keep,
    MediaData,
    ModelCustomizationJob,
    OnDelete,
    OutputBucket,
    PromoteIf,
    ResourceOnDelete,
    TrainingData,
    ValidationData,
    Wait,
)
from constructs_lib.contract.resource import RESOURCE_TYPE
from constructs_lib.deployment.job_file_app import CONTEXT_KEYS
from tools.public_names import NOT_FOR_APPS
from tools.update_platform_page import PAGE, with_tables

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
TEXT = PAGE.read_text(encoding="utf-8")
CONTRACT = (
    (ROOT / "docs/design.md").read_text(encoding="utf-8").partition("## The template is an interface")[2]
)
HATCHES = dict(
    re.findall(
        r"^### ([^\n]+)\n.*?^```python\n(.*?)^```",
        TEXT.partition("## Escape hatches")[2],
        re.DOTALL | re.MULTILINE,
    )
)
Template = dict[str, Any]


def test_the_tables_are_those_of_the_code() -> None:
    """Run `python -m tools.update_platform_page` where this fails, and name the change in the changelog."""
    assert with_tables(TEXT) == TEXT


def test_what_is_left_out_of_the_table_exists() -> None:
    """A name that is not for apps is one of the library."""
    gone = [
        f"{name}.{one}"
        for name, hidden in NOT_FOR_APPS.items()
        for one in hidden
        if not hasattr(getattr(constructs_lib, name), one)
    ]
    assert gone == []


def _row(head: str) -> str:
    """Return the second cell of a row of the contract."""
    [cell] = re.findall(rf"^\| {re.escape(head)} \| (.*) \|$", CONTRACT, re.MULTILINE)
    return cell


def _named(cell: str) -> list[str]:
    """Return the names in a cell; what is in brackets explains them."""
    return re.findall(r"`([^`]+)`", re.sub(r"\((?:[^()]|\([^()]*\))*\)", "", cell))


def _synthesized(define: Callable[[cdk.Stack], object]) -> Template:
    stack = cdk.Stack(cdk.App(), "Tickets")
    define(stack)
    template: Template = stack.node.root.synth().get_stack_by_name("Tickets").template
    return template


def _job(stack: cdk.Stack, **more: Any) -> ModelCustomizationJob:  # noqa: ANN401 - keywords of the job
    data = TrainingData.from_file(ROOT / "examples" / "fine-tune-nova.jsonl")
    given = {"base_model": BaseModel.NOVA_LITE, "training_data": data} | more
    return ModelCustomizationJob(stack, "Triage", **given)


def _full(stack: cdk.Stack) -> ModelCustomizationJob:
    """Define a job with every property of the resource, and every kind of resource beside it."""

    def parameter(name: str) -> str:
        return cdk.CfnParameter(stack, name).value_as_string

    # So many locations that the statements about them do not fit into one policy.
    media = [MediaData.from_s3_uri(f"s3://amzn-s3-demo-bucket/{'x' * 500}{number}/") for number in range(30)]
    job = _job(
        stack,
        base_model=parameter("Model"),
        custom_model_kms_key=parameter("Key"),
        output_data=OutputBucket(),
        media_data=media,
        network=JobNetwork.from_ids(
            subnet_ids=[parameter("Subnet")], security_group_ids=[parameter("Group")]
        ),
        job_tags={"team": "tickets"},
        custom_model_tags={"team": "tickets"},
        revision="2",
        retrain_on_infrastructure_change=True,
        wait=Wait.for_completion(),
        on_delete=OnDelete.DELETE_MODEL,
        keep=Keep.newest(3),
        training_data=TrainingData.from_s3_uri("s3://amzn-s3-demo-bucket/train.jsonl"),
        validation_data=[ValidationData.from_file(ROOT / "examples" / "fine-tune-nova.jsonl")],
        max_training_tokens=1_000_000,
    )
    promoted = PromoteIf.training_loss()
    job.publish_model_arn("/tickets/model", on_delete=ResourceOnDelete.RETAIN, promote_if=promoted)
    s3.Bucket(stack, "More").grant_read(job)
    return job


def _given_role(stack: cdk.Stack) -> ModelCustomizationJob:
    return _job(stack, role=cdk.CfnParameter(stack, "Role").value_as_string)


def _granted(stack: cdk.Stack) -> ModelCustomizationJob:
    job = _job(stack)
    s3.Bucket(stack, "More").grant_read(job)
    return job


def test_the_context_keys_of_the_app_are_listed() -> None:
    """Those that `app.py` reads; the library itself reads none of its own."""
    [row] = [line for line in TEXT.splitlines() if line.startswith("| context keys |")]
    assert set(CONTEXT_KEYS) == set(re.findall(r"`([^`]+)`", row)) - {"app.py"}


def test_the_properties_of_the_resource_are_listed() -> None:
    """The contract names each, and no other."""
    [resource] = (one for one in _synthesized(_full)["Resources"].values() if one["Type"] == RESOURCE_TYPE)
    assert sorted(_named(_row(f"`{RESOURCE_TYPE}`"))) == sorted(resource["Properties"])


def test_the_attributes_are_listed() -> None:
    """The contract names what the function responds with, and no other."""
    job = Job(arn="arn", name="name", status="Completed")
    assert sorted(_named(_row("attributes"))) == sorted(_attributes(job))


def test_the_construct_ids_are_listed() -> None:
    """The contract names what a job adds to its stack, and the constructs below the job and the data."""
    stack = cdk.Stack(cdk.App(), "Tickets")
    job = _job(stack)
    named = re.findall(r"`([^`]+)`", _row("construct ids"))
    made = [one.node.id for one in stack.node.children if one is not job]
    assert sorted(one for one in named if one.startswith("Bedrock")) == sorted(made)
    data = stack.node.find_child("BedrockModelCustomizationData")
    assert {one.node.id for one in data.node.children} <= {*named}
    assert job.node.default_child is job.node.find_child("Resource")
    assert "Resource" in named


def test_the_logical_ids_of_a_job_are_listed() -> None:
    """The contract names what follows the id of the job's resource, and no other."""
    named = [one for one in _named(_row("logical ids of what belongs to a job")) if one != "Resource"]
    found = set()
    for define in (_full, _given_role, _granted):
        ids = list(_synthesized(define)["Resources"])
        [job] = (one for one in ids if re.fullmatch(r"Triage[0-9A-F]{8}", one))
        found |= {one.removeprefix(job) for one in ids if one.startswith(job)} - {""}
    found = {re.sub(r"(?<=WaitCondition)[0-9a-f]{8}", "", one) for one in found}
    assert {*named} == {re.sub(r"Policy\d+", "Policy2", one) for one in found}


@pytest.mark.parametrize("title", HATCHES)
def test_an_escape_hatch_works_as_it_is_written(title: str) -> None:
    """The example on the page changes the template as the page says."""

    def define(stack: cdk.Stack) -> None:
        names = {"cdk": cdk, "jsii": jsii, "s3": s3, "stack": stack, "job": _job(stack)}
        exec(HATCHES[title], names)  # noqa: S102 - the example of the page

    before, after = _synthesized(_job)["Resources"], _synthesized(define)["Resources"]
    EXPECTED[title](before, after)


def _the(resources: Template, kind: str, name: str = "") -> Any:  # noqa: ANN401 - a resource
    [found] = (one for id_, one in resources.items() if one["Type"] == kind and name in id_)
    return found


def _job_changes(_: Template, after: Template) -> None:
    assert {"Triage", "TriageRole", "TriagePolicy"} <= after.keys()
    assert after["Triage"]["Condition"] == "IsProduction"
    assert after["Triage"]["Properties"]["Request"]["customModelName"] == "tickets-triage"


def _role_changes(before: Template, after: Template) -> None:
    [role] = (one for name, one in after.items() if name.startswith("Triage") and name.endswith("Role"))
    assert role["Properties"]["MaxSessionDuration"] == 7200
    [grants] = after.keys() - before.keys()
    assert grants.endswith("Grants")
    assert grants in _the(after, RESOURCE_TYPE)["DependsOn"]


def _provider_changes(_: Template, after: Template) -> None:
    assert _the(after, "AWS::Lambda::Function")["Properties"]["MemorySize"] == 512
    assert "Description" in _the(after, "AWS::IAM::Role", "BedrockModelCustomization")["Properties"]
    assert _the(after, "AWS::Logs::LogGroup")["Properties"]["LogGroupClass"] == "INFREQUENT_ACCESS"
    assert _the(after, "AWS::Lambda::EventInvokeConfig")["Properties"]["MaximumRetryAttempts"] == 1


def _data_changes(_: Template, after: Template) -> None:
    assert _the(after, "AWS::S3::Bucket")["Properties"]["ObjectLockEnabled"] is True
    assert _the(after, "AWS::KMS::Key")["Properties"]["PendingWindowInDays"] == 30


def _all_jobs_change(_: Template, after: Template) -> None:
    assert _the(after, RESOURCE_TYPE)["Properties"]["OnDelete"] == "StopJob"


EXPECTED: dict[str, Callable[[Template, Template], None]] = {
    "The job's resource": _job_changes,
    "The service role and its policies": _role_changes,
    "The function and its role": _provider_changes,
    "The shared bucket and key": _data_changes,
    "Every job of an app": _all_jobs_change,
}


def test_every_escape_hatch_has_an_example() -> None:
    """Each section of the page has one that is run."""
    assert list(HATCHES) == list(EXPECTED)
