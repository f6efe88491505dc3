"""Which jobs a command line means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from constructs_lib.deployment.aws_calls import AwsCallError
from constructs_lib.monitoring.aws_access import AwsAccess
from constructs_lib.monitoring.job_targets import NotATargetError, is_job_file, jobs_of_stack, named_job
from tests.unit.monitoring.conftest import ACCOUNT, Account

if TYPE_CHECKING:
    from pathlib import Path

ARN = f"arn:aws:bedrock:eu-west-1:{ACCOUNT}:model-customization-job/amazon.nova-lite-v1:0:300k/abcdefghijkl"
OTHER = ARN.replace("abcdefghijkl", "mnopqrstuvwx")


def test_an_arn_says_which_region_is_asked(account: Account) -> None:
    """The Region of the configuration does not matter then."""
    assert named_job(ARN, AwsAccess.of_profile()).region == "eu-west-1"
    assert named_job("tickets-2026", AwsAccess.of_profile()).region == "us-east-1"
    assert not account.endpoint.calls


@pytest.mark.parametrize("target", ["", "bad_name", "a" * 64, f"{ARN}\n", "s3://bucket/key"])
def test_what_names_no_job_is_refused(account: Account, target: str) -> None:
    """The sentence says what does."""
    with pytest.raises(NotATargetError, match="must be a job's ARN or name, or a job file"):
        named_job(target, AwsAccess.of_profile())
    assert not account.double.calls()


def test_a_model_is_no_job(account: Account) -> None:
    """The job's ARN is in what Bedrock says of the model."""
    with pytest.raises(NotATargetError, match="get-custom-model"):
        named_job(ARN.replace("model-customization-job", "custom-model"), AwsAccess.of_profile())
    assert not account.endpoint.calls


def test_a_job_file_is_a_path_or_a_file_that_exists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job may have the name `job.yaml`."""
    monkeypatch.chdir(tmp_path)
    assert not is_job_file("job.yaml")
    (tmp_path / "job.yaml").touch()
    assert is_job_file("job.yaml")
    assert is_job_file("jobs/gone.yaml")
    assert not is_job_file("tickets")


def test_the_jobs_of_a_stack_and_of_its_nested_stacks(account: Account) -> None:
    """Each has the path of its resource."""
    account.add_stack("Nested", Inner=OTHER)
    account.add_stack("Tickets", Triage=ARN)
    account.endpoint.stacks["Tickets"]["resources"] += [("AWS::CloudFormation::Stack", "Sub", "Nested")]
    found = jobs_of_stack(AwsAccess.of_profile(), "Tickets")
    assert [(one.resource, one.identifier) for one in found] == [("Triage", ARN), ("Sub/Inner", OTHER)]
    assert {one.stack for one in found} == {"Tickets"}


@pytest.mark.parametrize("resource", ["TriageModel8F2C1A9B", "Triage"])
def test_a_resource_is_chosen_by_its_logical_id_or_its_construct_id(account: Account, resource: str) -> None:
    """The CDK begins the logical id with the construct's id."""
    account.add_stack("Tickets", TriageModel8F2C1A9B=ARN, Other1234=OTHER)
    assert [one.identifier for one in jobs_of_stack(AwsAccess.of_profile(), "Tickets", resource)] == [ARN]


def test_what_is_not_there_is_named(account: Account) -> None:
    """A stack that is gone, one without jobs, a resource that is no single one, no job yet."""
    account.add_stack("Empty")
    account.add_stack("Tickets", JobA=ARN, JobB=OTHER)
    account.add_stack("Failed", "ROLLBACK_COMPLETE", Triage="not-created/1234")
    access = AwsAccess.of_profile()
    expected = {
        ("Gone", None): f"There is no stack Gone in account {ACCOUNT} in us-east-1.",
        ("Empty", None): "The stack Empty (CREATE_COMPLETE) has no model customization job.",
        ("Tickets", "Job"): "has no resource Job; its jobs are JobA, JobB.",
        ("Failed", None): "No job was started for the stack Failed (ROLLBACK_COMPLETE): Triage is ",
    }
    for (stack, resource), sentence in expected.items():
        with pytest.raises(AwsCallError) as error:
            jobs_of_stack(access, stack, resource)
        assert sentence in str(error.value)
