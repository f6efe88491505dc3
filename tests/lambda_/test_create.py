from __future__ import annotations

from typing import Any

import pytest
from customization_job.jobs.identity import ClientToken

from constructs_lib.testing.bedrock import AfterCall, BeforeCall, LoseResponse, Refuse
from tests.lambda_.builders import CREATE, GET, Harness, decode, die, event, named, properties
from tests.lambda_.fakes import ACCOUNT, REGION, Killed


def test_a_create_answers_as_soon_as_bedrock_has_accepted(harness: Harness) -> None:
    """The id is the job's ARN, and every attribute is there from the start."""
    answer = harness.create()
    [job] = harness.double.jobs()
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] == job.arn
    assert answer["Data"] == {
        "JobArn": job.arn,
        "JobName": job.name,
        "CustomModelName": job.model_name,
        "JobStatus": "InProgress",
        "OutputModelArn": "",
    }
    assert harness.calls() == [GET, CREATE]
    assert harness.fakes.clock.now() == harness.double.clock.now()


def test_the_request_is_sent_as_the_template_has_it(harness: Harness) -> None:
    """Nothing is added to the request but two names and the token."""
    desired = properties({"vpcConfig": {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]}}, JobTags=[])
    harness.create(desired)
    [job] = harness.double.jobs()
    added = {"jobName", "customModelName", "clientRequestToken"}
    assert {name: value for name, value in job.request.items() if name not in added} == desired["Request"]
    assert added <= set(job.request)


def test_a_retry_after_a_crash_finds_the_job(harness: Harness) -> None:
    """Lambda sends the event again when the function dies; there is one job, and one id."""
    harness.double.faults.add(CREATE, AfterCall(die))
    with pytest.raises(Killed):
        harness.create(request_id="same")
    answer = harness.create(request_id="same")
    [job] = harness.double.jobs()
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", job.arn)


def test_a_retry_reports_a_job_that_failed_meanwhile(harness: Harness) -> None:
    """The job that the first attempt started is reported with its id, and no second one started."""
    harness.double.faults.add(CREATE, AfterCall(die))
    with pytest.raises(Killed):
        harness.create(request_id="same")
    [job] = harness.double.jobs()
    harness.double.fail(job.arn, "the data is bad " + "💥" * 2040)
    answer = harness.create(request_id="same")
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", job.arn)
    assert "the data is bad" in answer["Reason"]
    assert len(harness.fakes.bodies[-1]) < 4096
    assert len(harness.double.jobs()) == 1


def test_an_event_that_comes_twice_is_answered_alike(harness: Harness) -> None:
    """Two deliveries have identical answers and one job."""
    assert harness.create(request_id="same") == harness.create(request_id="same")
    assert len(harness.double.jobs()) == 1


def test_an_event_that_is_carried_out_twice_at_once_starts_one_job(harness: Harness) -> None:
    """While one invocation is about to start the job, another does so."""

    def other(_double: object) -> None:
        harness.create(request_id="same")

    harness.double.faults.add(CREATE, BeforeCall(other))
    harness.create(request_id="same")
    first, second = harness.fakes.answers
    assert first["PhysicalResourceId"] == second["PhysicalResourceId"]
    assert len(harness.double.jobs()) == 1


@pytest.mark.parametrize("lost", [LoseResponse(), LoseResponse(Refuse.internal())])
@pytest.mark.parametrize("times", [1, 3])
def test_a_lost_answer_starts_no_second_job(harness: Harness, lost: LoseResponse, times: int) -> None:
    """The same token again gives the same job."""
    harness.double.faults.add(CREATE, lost, times=times)
    assert harness.create()["Status"] == "SUCCESS"
    assert len(harness.double.jobs()) == 1


def test_a_lost_answer_without_end_still_finds_the_job(harness: Harness) -> None:
    """Where no answer ever comes the job is looked for by its name."""
    harness.double.faults.add(CREATE, LoseResponse(), times=100)
    assert harness.create()["Status"] == "SUCCESS"
    assert len(harness.double.jobs()) == 1


def test_a_create_whose_outcome_is_unknown_is_looked_for_when_it_is_deleted(harness: Harness) -> None:
    """The id says so, and the Delete finds the job."""
    harness.double.faults.add(CREATE, LoseResponse(), times=100)
    harness.double.configure(visible_after_seconds=200)
    answer = harness.create()
    assert answer["PhysicalResourceId"] == "unconfirmed/request-1"
    harness.fakes.clock.advance(200)
    assert harness.delete(answer["PhysicalResourceId"])["Status"] == "SUCCESS"
    assert harness.statuses == ["Stopped"]


def test_a_create_goes_on_where_a_stopped_job_holds_the_name(harness: Harness) -> None:
    """Removed and added again, the resource has a new job under the next name."""
    first = harness.create()["PhysicalResourceId"]
    harness.delete(first)
    second = harness.create()
    assert second["Status"] == "SUCCESS"
    assert second["PhysicalResourceId"] != first
    assert harness.statuses == ["Stopped", "InProgress"]
    assert [job.token.split("-")[4] for job in harness.double.jobs()] == ["0", "1"]


def test_a_retained_job_is_adopted(harness: Harness) -> None:
    """What was left alone is not trained again."""
    first = harness.create(properties(OnDelete="Retain"))["PhysicalResourceId"]
    harness.delete(first, properties(OnDelete="Retain"))
    assert harness.statuses == ["InProgress"]
    assert harness.create()["PhysicalResourceId"] == first


def test_who_may_start_jobs_can_have_one_adopted(harness: Harness) -> None:
    """The client token is no secret: name and token of a job are computed from the template and the stack.

    docs/security.md says so.
    """
    change = decode(event())
    stack, resource = change.owner
    desired = change.desired
    token = ClientToken(
        stack=stack,
        resource=resource,
        fingerprint=desired.fingerprint,
        generation=0,
        request="0" * 8,
        infrastructure=desired.infrastructure,
    )
    forged = {**change.request(0, str(token)), "trainingDataConfig": {"s3Uri": "s3://theirs/train.jsonl"}}
    client = harness.double.client(account=ACCOUNT, region=REGION)
    theirs = client.create_model_customization_job(**forged)["jobArn"]
    assert harness.create()["PhysicalResourceId"] == theirs


def test_a_finished_job_is_adopted_only_with_its_model(harness: Harness) -> None:
    """A deleted model is trained again."""
    desired = properties(OnDelete="DeleteModel")
    first = harness.create(desired)["PhysicalResourceId"]
    harness.double.complete(first)
    assert harness.create(desired)["PhysicalResourceId"] == first
    harness.delete(first, desired)
    assert harness.double.models() == ()
    assert harness.create(desired)["PhysicalResourceId"] != first


@pytest.mark.parametrize("code", ["ValidationException", "ConflictException"])
def test_a_name_in_use_is_resolved_by_reading(harness: Harness, code: str) -> None:
    """Which error says so does not matter: the job of that name is read, never the error's text."""
    harness.double.configure(name_in_use=code)
    harness.double.client(account=ACCOUNT, region=REGION).create_model_customization_job(
        **{**properties()["Request"], "jobName": "taken", "customModelName": "free"}
    )
    answer = harness.create(named(jobName="taken"))
    assert answer["Status"] == "FAILED"
    assert answer["PhysicalResourceId"] == "not-created/request-1"
    assert "job name taken belongs to another job arn:aws:bedrock" in answer["Reason"]
    assert "change job_name, or leave it out" in answer["Reason"]
    assert harness.calls(CREATE) == [CREATE]


@pytest.mark.parametrize("code", ["ValidationException", "ConflictException"])
def test_a_name_that_is_taken_between_looking_and_starting_is_resolved_by_reading(
    harness: Harness, code: str
) -> None:
    """The job that took the name meanwhile is not ours, and the answer says whose it is."""

    def take(double: Any) -> None:  # noqa: ANN401 - the double
        double.client(account=ACCOUNT, region=REGION).create_model_customization_job(
            **{**properties()["Request"], "jobName": "taken", "customModelName": "free"}
        )

    harness.double.configure(name_in_use=code)
    harness.double.faults.add(CREATE, BeforeCall(take))
    answer = harness.create(named(jobName="taken"))
    assert answer["Status"] == "FAILED"
    assert "belongs to another job" in answer["Reason"]


def test_an_exact_model_name_that_exists_is_named(harness: Harness) -> None:
    """A model that has the name is found before anything starts."""
    made = harness.create(named(customModelName="tickets"))["PhysicalResourceId"]
    harness.double.complete(made)
    answer = harness.create(named(customModelName="tickets"), LogicalResourceId="Other")
    assert answer["Status"] == "FAILED"
    assert "custom model name tickets is taken by arn:aws:bedrock" in answer["Reason"]
    assert harness.calls(CREATE) == [CREATE]


def test_exact_names_are_used_verbatim(harness: Harness) -> None:
    """Each name on its own: a given one is used, a missing one is generated."""
    harness.create(named(jobName="tickets.2026+a"))
    harness.create(named(customModelName="tickets_2026"), LogicalResourceId="Other")
    first, second = harness.double.jobs()
    assert first.name == "tickets.2026+a"
    assert first.model_name.startswith("Job-6f1c2a30-")
    assert second.name.startswith("Other-6f1c2a30-")
    assert second.model_name == "tickets_2026"


def test_an_invalid_request_is_refused_before_any_call(harness: Harness) -> None:
    """Every mistake is named, nothing is called, and the Delete that follows succeeds."""
    desired = properties({"roleArn": None, "jobName": "a_b"})
    answer = harness.create(desired)
    assert answer["Status"] == "FAILED"
    assert "roleArn is required" in answer["Reason"]
    assert "jobName" in answer["Reason"]
    assert harness.calls() == []
    assert harness.delete(answer["PhysicalResourceId"], desired)["Status"] == "SUCCESS"
