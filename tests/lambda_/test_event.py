from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from customization_job.frame.event import EventError
from customization_job.jobs.desired_state import problems
from customization_job.jobs.identity import request_hash
from hypothesis import given
from hypothesis import strategies as st

from tests.lambda_.builders import STEADY, decode, event, properties
from tests.lambda_.fakes import ACCOUNT, REGION

RECORDED = sorted((Path(__file__).parent / "events").glob("*/*.json"))
JOB = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:model-customization-job/amazon.nova-lite-v1:0:300k/abcdefghwxyz"


def found_in(request: dict[str, Any] | None = None, **settings: Any) -> list[str]:  # noqa: ANN401 - settings
    """Return what is wrong with a desired state."""
    return list(problems(decode(event("Create", ResourceProperties=properties(request, **settings)))))


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_events_of_every_release_are_understood(path: Path) -> None:
    """Whatever a released construct has made CloudFormation send is decoded, and nothing is wrong with it."""
    recorded = json.loads(path.read_text())
    change = decode(recorded)
    assert change.request_type == recorded["RequestType"]
    assert list(problems(change)) == []


def test_scalars_get_the_types_that_the_api_wants() -> None:
    """CloudFormation sends strings; Bedrock wants numbers and booleans, and strings where it says strings."""
    recorded = json.loads((RECORDED[0].parent / "create-rft.json").read_text())
    desired = decode(recorded).desired
    rft = desired.request["customizationConfig"]["rftConfig"]["hyperParameters"]
    assert (rft["epochCount"], rft["learningRate"]) == (3, 1e-05)
    assert desired.retrains_on_infrastructure_change is True
    logs = {"usePromptResponse": "false", "invocationLogSource": {"s3Uri": "s3://bucket/logs/"}}
    change = decode(
        event(
            "Create",
            ResourceProperties=properties(
                {"trainingDataConfig": {"invocationLogsConfig": logs}},
                JobTags=[{"key": "flag", "value": "true"}, {"key": "count", "value": "3"}],
            ),
        )
    )
    assert change.desired.request["trainingDataConfig"]["invocationLogsConfig"]["usePromptResponse"] is False
    assert change.desired.tags("jobTags") == {"flag": "true", "count": "3"}
    assert change.desired.request["hyperParameters"] == {"epochCount": "2", "learningRate": "0.00001"}


@pytest.mark.parametrize(
    ("told", "wanted"),
    [("true", True), ("True", True), (True, True), ("false", False), (None, False), ("yes", False)],
)
def test_a_flag_is_true_only_where_it_says_so(told: object, wanted: bool) -> None:  # noqa: FBT001 - a table
    """A string "false" is false."""
    desired = decode(
        event("Create", ResourceProperties=properties(RetrainOnInfrastructureChange=told))
    ).desired
    assert desired.retrains_on_infrastructure_change is wanted


@pytest.mark.parametrize(
    "members",
    [
        {"RequestType": "Read"},
        {"RequestType": None},
        {"RequestType": "create"},
        {"RequestType": ["Create"]},
        {"PhysicalResourceId": 7},
        {"RequestType": "Update"},
        {"RequestType": "Delete", "PhysicalResourceId": ""},
        {"ResourceProperties": None},
        {"ResourceProperties": "Request"},
        {"ResourceProperties": []},
    ],
)
def test_what_cloudformation_would_not_send_is_refused(members: dict[str, Any]) -> None:
    """An event of another shape is not guessed at."""
    with pytest.raises(EventError):
        decode(event(**{"kind": "Create", **members}))


def test_a_delete_is_understood_whatever_its_properties_say() -> None:
    """What was refused when it was created must be deletable."""
    for broken in (None, "x", {}, {"Request": "x"}, {"Request": {"jobName": {"Ref": "x"}}, "JobTags": "x"}):
        change = decode(event("Delete", PhysicalResourceId="not-created/r", ResourceProperties=broken))
        assert change.desired.fingerprint
        assert change.desired.on_delete == "StopJob"
        assert change.desired.tags("jobTags") == {}


@pytest.mark.parametrize(
    ("request_", "settings", "told"),
    [
        ({"roleArn": None}, {}, "roleArn is required"),
        ({"roleArn": "role"}, {}, "roleArn"),
        (
            {"trainingDataConfig": {"s3Uri": "s3://bucket/*"}},
            {},
            "trainingDataConfig.s3Uri must not contain *",
        ),
        ({"outputDataConfig": {"s3Uri": "https://bucket"}}, {}, "outputDataConfig.s3Uri"),
        ({"vpcConfig": {"subnets": ["subnet-1"]}}, {}, "vpcConfig.subnets"),
        ({"hyperParameters": {"epochCount": ["2"]}}, {}, "hyperParameters.epochCount must be a string"),
        ({"jobName": "under_score"}, {}, "jobName"),
        ({"customModelName": "a--b"}, {}, "customModelName"),
        (
            {},
            {"JobTags": [{"key": "aws:x", "value": "y"}]},
            "jobTags[0].key must not start with aws:",
        ),
        ({"jobTags": [{"key": "a", "value": "b"}]}, {}, "use JobTags"),
        ({"customModelTags": [{"key": "a", "value": "b"}]}, {}, "use CustomModelTags"),
        ({"customizationType": "TUNING"}, {}, "customizationType must be one of"),
        ({"unknown": "x"}, {}, "unknown is not a member"),
        ({"clientRequestToken": "mine"}, {}, "clientRequestToken must not be given"),
        ({}, {"OnDelete": "Destroy"}, "OnDelete must be one of StopJob, DeleteModel, Retain"),
    ],
)
def test_invalid_properties_are_named(request_: dict[str, Any], settings: dict[str, Any], told: str) -> None:
    """Every resolved property is checked again, by the rules that the library has at synthesis."""
    assert any(told in problem for problem in found_in(request_, **settings)), found_in(request_, **settings)


def test_the_tags_are_sent_with_the_request() -> None:
    """They are beside `Request` in the template, and in the request that is sent."""
    tags = [{"key": "flag", "value": "true"}]
    change = decode(event("Create", ResourceProperties=properties(JobTags=tags, CustomModelTags=[])))
    request = change.request(0, "token")
    assert request["jobTags"] == tags
    assert "customModelTags" not in request


@pytest.mark.parametrize(
    ("physical_id", "origin", "is_sure"),
    [
        ("not-created/request-1", request_hash("request-1"), True),
        ("unconfirmed/request-1", request_hash("request-1"), False),
        ("training-Job-1ABCDEFGHIJKL", "", False),
        ("arn:aws:bedrock:eu-west-1:123456789012:model-customization-job/x.y/abcdefghwxyz", "", False),
    ],
)
def test_an_id_of_ours_names_its_event(physical_id: str, origin: str, is_sure: bool) -> None:  # noqa: FBT001 - a table
    """The id that a failed Create returned says which event could have started a job."""
    change = decode(event("Delete", PhysicalResourceId=physical_id))
    assert (change.origin, change.has_started_nothing) == (origin, is_sure)


def test_injected_json_stays_a_value() -> None:
    """A value that looks like more JSON is one value, and refused as such."""
    injected = 'tickets","roleArn":"arn:aws:iam::999999999999:role/evil'
    change = decode(event("Create", ResourceProperties=properties({"jobName": injected})))
    assert change.request(0, "t")["roleArn"] == properties()["Request"]["roleArn"]
    assert any("jobName" in problem for problem in problems(change))


def test_everything_wrong_is_said_at_once() -> None:
    """One deployment shows all mistakes."""
    found = found_in({"roleArn": None, "jobName": "a_b", "customizationType": "X"}, OnDelete="x")
    assert len(found) == 4


def test_a_secret_is_never_shown() -> None:
    """What the service model marks as sensitive does not appear in what is wrong with it."""
    logs = {
        "invocationLogSource": {"s3Uri": "s3://bucket/logs/"},
        "requestMetadataFilters": {"equals": {"canary-key?": "canary-value?"}},
    }
    found = found_in({"trainingDataConfig": {"invocationLogsConfig": logs}})
    assert found
    assert "canary" not in " ".join(found)


@pytest.mark.parametrize(
    "name", ["-" * 62 + "_", "a" + "-" * 61 + "_", "a-" * 31 + "_", "a" * 10_000, "\n" * 63]
)
def test_adversarial_names_are_checked_at_once(name: str) -> None:
    """No pattern takes long: Bedrock's own would take exponential time."""
    began = time.process_time()
    found = found_in({"jobName": name, "customModelName": name})
    assert time.process_time() - began < 0.25
    assert found


@pytest.mark.parametrize(
    ("physical_id", "is_job"),
    [
        (JOB, True),
        (JOB.replace("arn:aws:", "arn:aws-us-gov:"), False),
        (JOB.replace(REGION, "us-east-1"), False),
        (JOB.replace(ACCOUNT, "999999999999"), False),
        (JOB.replace("model-customization-job", "custom-model"), False),
        (JOB + "\n", False),
        ("not-created/request-1", False),
        ("training-Job-1ABCDEFGHIJKL", False),
        ("2026/01/01/[$LATEST]abcdef", False),
        ("AWSCDK::CustomResourceProviderFramework::CREATE_FAILED", False),
    ],
)
def test_only_a_job_at_home_is_a_job(physical_id: str, *, is_job: bool) -> None:
    """An id of another partition, Region, account or kind names no job of this resource."""
    change = decode(event("Delete", PhysicalResourceId=physical_id))
    assert change.job_arn == (physical_id if is_job else "")


def test_partitions_other_than_aws_have_jobs() -> None:
    """GovCloud and China have their own ARNs."""
    for partition, region in (("aws-us-gov", "us-gov-west-1"), ("aws-cn", "cn-north-1")):
        stack = f"arn:{partition}:cloudformation:{region}:{ACCOUNT}:stack/s/i"
        job = f"arn:{partition}:bedrock:{region}:{ACCOUNT}:model-customization-job/x.y/abcdefghwxyz"
        assert decode(event("Delete", StackId=stack, PhysicalResourceId=job)).job_arn == job


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
MEMBERS = st.sampled_from(
    (
        "jobName",
        "customModelName",
        "roleArn",
        "jobTags",
        "hyperParameters",
        "trainingDataConfig",
        "vpcConfig",
        "customizationConfig",
        "x",
    )
)


@STEADY
@given(
    st.dictionaries(MEMBERS, json_values, max_size=5),
    st.dictionaries(st.text(max_size=8), json_values, max_size=3),
)
def test_nothing_in_the_properties_breaks_the_reader(
    request_: dict[str, Any], settings: dict[str, Any]
) -> None:
    """Any JSON in the properties is checked, without an unexpected error."""
    tags = {"JobTags": request_.get("jobTags"), "CustomModelTags": request_.get("x")}
    change = decode(event("Create", ResourceProperties={**settings, **tags, "Request": request_}))
    assert list(problems(change))
    assert change.desired.fingerprint
    assert change.desired.infrastructure
    assert isinstance(change.desired.tags("jobTags"), dict)
