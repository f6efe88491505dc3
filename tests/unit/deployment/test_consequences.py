"""What a deploy does to a job, from both templates and from what is known of the job."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.deployment.consequences import Consequence, consequences
from constructs_lib.deployment.deployed_stacks import DeployedJob

REQUEST = {
    "baseModelIdentifier": "amazon.nova-lite-v1:0:300k",
    "roleArn": {"Fn::GetAtt": ["Role", "Arn"]},
    "trainingDataConfig": {"s3Uri": {"Fn::Sub": "s3://${Bucket}/one.jsonl"}},
    "hyperParameters": {"epochCount": "2"},
}
FUNCTION = {"Fn::GetAtt": ["Function", "Arn"]}
TEMPLATE: dict[str, Any] = {
    "Parameters": {"Epochs": {"Type": "String"}, "Data": {"Type": "AWS::SSM::Parameter::Value<String>"}},
    "Conditions": {"IsProd": {"Fn::Equals": [{"Ref": "Epochs"}, "3"]}, "Both": {"Condition": "IsProd"}},
    "Resources": {
        "Job": {
            "Type": "Custom::BedrockModelCustomizationJob",
            "Properties": {"ServiceToken": FUNCTION, "Request": REQUEST, "OnDelete": "StopJob"},
        },
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "one"}},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"Path": "/a/"}},
        "Function": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "a", "Timeout": 3}},
    },
}
SINCE = datetime(2026, 11, 26, 22, 5, tzinfo=UTC)
EPOCHS = {"hyperParameters": {"epochCount": "3"}}
ROLE = {"roleArn": "arn:aws:iam::111122223333:role/other"}


def template(request: dict[str, Any] | None = None, **properties: object) -> dict[str, Any]:
    """The template with some properties of the job, and some members of its request, changed."""
    changed = deepcopy(TEMPLATE)
    own = changed["Resources"]["Job"]["Properties"]
    own.update(properties)
    own["Request"].update(request or {})
    return changed


def with_resource(name: str, **properties: object) -> dict[str, Any]:
    """The template with properties of another resource changed."""
    changed = deepcopy(TEMPLATE)
    changed["Resources"][name]["Properties"].update(properties)
    return changed


def job(status: str = "") -> dict[str, DeployedJob]:
    """The job of the deployed stack."""
    return {"Job": DeployedJob(arn="arn:job", name="tickets", status=status, since=SINCE, model="m")}


def of(new: dict[str, Any], old: dict[str, Any] = TEMPLATE, status: str | None = None) -> Consequence:
    """The consequence for the job."""
    current = None if status is None else job(status)
    return next(one for one in consequences(old, new, current=current) if one.logical_id == "Job")


@pytest.mark.parametrize(
    ("status", "fate", "stops"),
    [
        ("InProgress", "the job tickets, InProgress since 2026-11-26 22:05 UTC, is stopped", "yes"),
        ("Completed", "the job tickets is Completed since 2026-11-26 22:05 UTC, and its model is kept", "no"),
        ("Failed", "the job tickets is Failed since 2026-11-26 22:05 UTC", "no"),
        ("NotFound", "Bedrock does not know the old job arn:job", "no"),
        ("", "the old job is stopped if it still runs, and its model is kept", "if-running"),
    ],
)
def test_what_becomes_of_the_job_is_definite_where_its_status_is_known(
    status: str, fate: str, stops: str
) -> None:
    """A replaced and a removed job are told by their status."""
    removed = {"Resources": {}}
    for new, starts in ((template(EPOCHS), "yes"), (removed, "no")):
        found = of(new, status=status)
        assert (found.starts, found.stops) == (starts, stops)
        assert found.why.endswith(f"; {fate}")


@pytest.mark.parametrize(
    ("status", "starts"), [("InProgress", "yes"), ("Failed", "yes"), ("Completed", "no"), ("NotFound", "no")]
)
def test_another_role_replaces_only_a_job_without_a_model(status: str, starts: str) -> None:
    """A complete job does not need its role any more; one that failed is started again."""
    assert of(template(ROLE), status=status).starts == starts
    assert of(template(ROLE)).starts == "if-running"
    assert of(template(ROLE, RetrainOnInfrastructureChange="true"), status="Completed").starts == "yes"


def test_retain_leaves_a_running_job() -> None:
    """It continues and is billed."""
    old = template(OnDelete="Retain")
    found = of({"Resources": {}}, old, status="InProgress")
    assert (found.stops, found.deletes_model) == ("no", False)
    assert "continues and is billed" in found.why


def test_delete_model_deletes_the_model_of_a_removed_job() -> None:
    """Unless it has none."""
    old = template(OnDelete="DeleteModel")
    assert of({"Resources": {}}, old, status="Completed").deletes_model
    assert not of({"Resources": {}}, old, status="Failed").deletes_model
    assert not of(template(EPOCHS, OnDelete="DeleteModel"), old, status="Completed").deletes_model


def test_the_newest_models_are_kept_of_a_job_that_is_replaced() -> None:
    """Looks delete the older ones; a limit or a number of models that changes starts no job."""
    told = {"OnDelete": "DeleteModel", "KeepNewest": "3"}
    old = template(**told)
    assert "its model is kept as long as it is among the newest 3" in of(template(EPOCHS, **told), old).why
    changed = of(template(**{**told, "KeepNewest": "2"}, TrainingLimit={"Tokens": "9"}), old)
    assert changed.starts == "no"
    assert "KeepNewest" in changed.why
    assert "TrainingLimit" in changed.why


@pytest.mark.parametrize(
    ("names", "status", "starts"),
    [
        ({"jobName": "tickets"}, "InProgress", "fails"),
        ({"jobName": "tickets"}, "Failed", "fails"),
        ({"jobName": "tickets"}, None, "fails"),
        ({"jobName": "tickets"}, "NotFound", "yes"),
        ({"customModelName": "m"}, "Completed", "fails"),
        ({"customModelName": "m"}, "Failed", "yes"),
        ({"customModelName": "m"}, None, "unknown"),
    ],
)
def test_a_name_that_is_taken_fails_the_deploy(
    names: dict[str, str], status: str | None, starts: str
) -> None:
    """Bedrock never frees a job's name, and a model's name is held by the job that would be replaced."""
    found = of(template({**EPOCHS, **names}), template(names), status=status)
    assert found.starts == starts
    assert starts == "yes" or f'still "{next(iter(names.values()))}"' in found.why


@pytest.mark.parametrize(
    ("new", "starts", "reason"),
    [
        (with_resource("Bucket", BucketName="two"), "unknown", "Bucket changes"),
        (with_resource("Bucket", Tags=[]), "no", "nothing changes"),
        (with_resource("Role", Path="/b/"), "unknown", "Role changes"),
        (with_resource("Role", Description="x"), "no", "nothing changes"),
        (with_resource("Function", FunctionName="b"), "fails", "Modifying service token"),
        (with_resource("Function", Timeout="3"), "no", "nothing changes"),
        (with_resource("Function", Timeout=9), "no", "nothing changes"),
    ],
)
def test_what_a_request_refers_to_may_be_replaced(new: dict[str, Any], starts: str, reason: str) -> None:
    """The text of the request is the same, its value may be another one."""
    found = of(new, status="InProgress")
    assert found.starts == starts
    assert reason in found.why


def test_a_role_that_is_replaced_matters_only_before_the_job_is_complete() -> None:
    """As another role does."""
    assert of(with_resource("Role", Path="/b/"), status="Completed").starts == "no"


def test_parameters() -> None:
    """The deployed value stays; one that Systems Manager holds is read at each deploy."""
    epochs = template({"hyperParameters": {"epochCount": {"Ref": "Epochs"}}})
    assert of(epochs, epochs).why.endswith("another value of Epochs than the deployed one would start one")
    data = template({"trainingDataConfig": {"s3Uri": {"Ref": "Data"}}})
    assert of(data, data).starts == "unknown"
    assert "the parameter Data is read again from Systems Manager" in of(data, data).why


def test_a_condition_decides_whether_there_is_a_job() -> None:
    """As it does now, as long as it stays the same."""
    conditional = deepcopy(TEMPLATE)
    conditional["Resources"]["Job"]["Condition"] = "Both"
    other = deepcopy(conditional)
    other["Conditions"]["IsProd"] = {"Fn::Equals": ["a", "a"]}
    assert of(conditional, {"Resources": {}}).starts == "unknown"
    assert of(conditional, conditional, status="InProgress").starts == "no"
    assert of(other, conditional, status="InProgress").starts == "unknown"
    [absent] = consequences(conditional, conditional, current={})
    assert absent.starts == "no"
    assert "its condition Both is not true in the deployed stack" in absent.why
    [maybe] = consequences(conditional, other, current={})
    assert maybe.starts == "unknown"


def test_a_resource_that_the_stack_has_lost_is_created() -> None:
    """The template has it, and CloudFormation does not list it."""
    [lost] = consequences(TEMPLATE, TEMPLATE, current={})
    assert lost.starts == "yes"


def test_another_logical_id_is_another_training() -> None:
    """The sentence says which job it was, and how to keep it."""
    renamed = deepcopy(TEMPLATE)
    renamed["Resources"]["Other"] = renamed["Resources"].pop("Job")
    other, job_ = consequences(TEMPLATE, renamed, current=job("Completed"))
    assert (other.starts, job_.starts) == ("yes", "no")
    assert "its inputs are those of Job, which is removed" in other.why
    assert "override_logical_id" in other.why
    named = deepcopy(renamed)
    named["Resources"]["Other"]["Properties"]["Request"]["jobName"] = "tickets"
    old = template({"jobName": "tickets"})
    assert consequences(old, named)[0].starts == "fails"


def test_a_job_that_continues_another_one_may_follow_it() -> None:
    """Its base model is what the other job trains."""
    old = deepcopy(TEMPLATE)
    old["Resources"]["Second"] = deepcopy(old["Resources"]["Job"])
    second = old["Resources"]["Second"]["Properties"]["Request"]
    second["baseModelIdentifier"] = {"Fn::GetAtt": ["Job", "OutputModelArn"]}
    new = deepcopy(old)
    assert [one.starts for one in consequences(old, new)] == ["no", "no"]
    new["Resources"]["Job"]["Properties"]["Request"].update(EPOCHS)
    assert [one.starts for one in consequences(old, new)] == ["yes", "unknown"]


def test_a_failed_job_is_not_started_again_by_itself() -> None:
    """The sentence says what starts it."""
    assert of(TEMPLATE, status="Failed").why.endswith(
        "the job is Failed, and another revision starts a new one"
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["Job", "x", "Ref", "true", "\x1b[2J"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Ref", "Fn::GetAtt", "Fn::If", "Fn::Sub", "Request", "key", "value", "Job"])
            | st.sampled_from(sorted(REQUEST)),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
PROPERTIES = st.dictionaries(
    st.sampled_from(["Request", "JobTags", "OnDelete", "UploadedFiles", "ServiceToken", "Revision"]), JSON
)
RESOURCE = st.fixed_dictionaries(
    {"Type": st.just("Custom::BedrockModelCustomizationJob")},
    optional={"Properties": PROPERTIES | JSON, "Metadata": JSON, "Condition": JSON},
)
TEMPLATES = st.fixed_dictionaries(
    {"Resources": st.dictionaries(st.sampled_from(["Job", "Other"]), RESOURCE | JSON)},
    optional={"Conditions": JSON, "Parameters": JSON, "Mappings": JSON},
)


@given(old=TEMPLATES, new=TEMPLATES, status=st.sampled_from(["", "InProgress", "Completed", "Failed"]))
def test_no_template_raises(old: dict[str, Any], new: dict[str, Any], status: str) -> None:
    """Whatever is written in it, each job has one line that a terminal can show."""
    for current in (None, job(status)):
        for one in consequences(old, new, current=current):
            assert str(one).isprintable()
            assert one.starts in ("yes", "no", "if-running", "unknown", "fails")


def test_a_wait_starts_no_job() -> None:
    """How long the deployment waits is a change in place; the id of the wait condition is not shown."""
    old, new = (
        template(Wait={"WaitCondition": f"JobWaitCondition{one}", "StateMachine": "arn", "Seconds": one})
        for one in ("3600", "7200")
    )
    for before, after, change in (
        (TEMPLATE, new, 'Wait.Seconds is added as "7200"'),
        (old, new, 'Wait.Seconds changes from "3600" to "7200"'),
        (old, TEMPLATE, 'Wait.Seconds is removed, it was "3600"'),
    ):
        found = of(after, before, status="Completed")
        assert found.starts == "no"
        assert change in found.why
        assert "WaitCondition" not in found.why
