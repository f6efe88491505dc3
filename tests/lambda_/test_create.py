from __future__ import annotations

from typing import Any

import pytest

from constructs_lib.testing.bedrock import AfterCall, BeforeCall, LoseResponse, Refuse
from tests.lambda_.scene import CREATE, GET, Scene, die, named, properties
from tests.lambda_.world import ACCOUNT, REGION, Killed


def test_a_create_answers_as_soon_as_bedrock_has_accepted(scene: Scene) -> None:
    """The id is the job's ARN, and every attribute is there from the start."""
    answer = scene.create()
    [job] = scene.double.jobs()
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] == job.arn
    assert answer["Data"] == {
        "JobArn": job.arn,
        "JobName": job.name,
        "CustomModelName": job.model_name,
        "JobStatus": "InProgress",
        "OutputModelArn": "",
    }
    assert scene.calls() == [GET, CREATE]
    assert scene.world.clock.now() == scene.double.clock.now()


def test_the_request_is_sent_as_the_template_has_it(scene: Scene) -> None:
    """Nothing is added to the request but two names and the token."""
    wish = properties({"vpcConfig": {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]}}, JobTags=[])
    scene.create(wish)
    [job] = scene.double.jobs()
    added = {"jobName", "customModelName", "clientRequestToken"}
    assert {name: value for name, value in job.request.items() if name not in added} == wish["Request"]
    assert added <= set(job.request)


def test_a_retry_after_a_crash_finds_the_job(scene: Scene) -> None:
    """Lambda sends the event again when the function dies; there is one job, and one id."""
    scene.double.faults.add(CREATE, AfterCall(die))
    with pytest.raises(Killed):
        scene.create(request_id="same")
    answer = scene.create(request_id="same")
    [job] = scene.double.jobs()
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", job.arn)


def test_a_retry_reports_a_job_that_failed_meanwhile(scene: Scene) -> None:
    """The job that the first attempt started is reported with its id, and no second one started."""
    scene.double.faults.add(CREATE, AfterCall(die))
    with pytest.raises(Killed):
        scene.create(request_id="same")
    [job] = scene.double.jobs()
    scene.double.fail(job.arn, "the data is bad " + "💥" * 2040)
    answer = scene.create(request_id="same")
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", job.arn)
    assert "the data is bad" in answer["Reason"]
    assert len(scene.world.bodies[-1]) < 4096
    assert len(scene.double.jobs()) == 1


def test_an_event_that_comes_twice_is_answered_alike(scene: Scene) -> None:
    """Two deliveries have identical answers and one job."""
    assert scene.create(request_id="same") == scene.create(request_id="same")
    assert len(scene.double.jobs()) == 1


def test_an_event_that_is_carried_out_twice_at_once_starts_one_job(scene: Scene) -> None:
    """While one invocation is about to start the job, another does so."""

    def other(_double: object) -> None:
        scene.create(request_id="same")

    scene.double.faults.add(CREATE, BeforeCall(other))
    scene.create(request_id="same")
    first, second = scene.world.answers
    assert first["PhysicalResourceId"] == second["PhysicalResourceId"]
    assert len(scene.double.jobs()) == 1


@pytest.mark.parametrize("lost", [LoseResponse(), LoseResponse(Refuse.internal())])
@pytest.mark.parametrize("times", [1, 3])
def test_a_lost_answer_starts_no_second_job(scene: Scene, lost: LoseResponse, times: int) -> None:
    """The same token again gives the same job."""
    scene.double.faults.add(CREATE, lost, times=times)
    assert scene.create()["Status"] == "SUCCESS"
    assert len(scene.double.jobs()) == 1


def test_a_lost_answer_without_end_still_finds_the_job(scene: Scene) -> None:
    """Where no answer ever comes the job is looked for by its name."""
    scene.double.faults.add(CREATE, LoseResponse(), times=100)
    assert scene.create()["Status"] == "SUCCESS"
    assert len(scene.double.jobs()) == 1


def test_a_create_whose_outcome_nobody_knows_is_looked_for_when_it_is_deleted(scene: Scene) -> None:
    """The id says so, and the Delete finds the job."""
    scene.double.faults.add(CREATE, LoseResponse(), times=100)
    scene.double.configure(visible_after_seconds=200)
    answer = scene.create()
    assert answer["PhysicalResourceId"] == "unconfirmed/request-1"
    scene.world.clock.advance(200)
    assert scene.delete(answer["PhysicalResourceId"])["Status"] == "SUCCESS"
    assert scene.statuses == ["Stopped"]


def test_a_create_goes_on_where_a_stopped_job_holds_the_name(scene: Scene) -> None:
    """Removed and added again, the resource has a new job under the next name."""
    first = scene.create()["PhysicalResourceId"]
    scene.delete(first)
    second = scene.create()
    assert second["Status"] == "SUCCESS"
    assert second["PhysicalResourceId"] != first
    assert scene.statuses == ["Stopped", "InProgress"]
    assert [job.token.split("-")[4] for job in scene.double.jobs()] == ["0", "1"]


def test_a_retained_job_is_adopted(scene: Scene) -> None:
    """What was left alone is not trained again."""
    first = scene.create(properties(OnDelete="Retain"))["PhysicalResourceId"]
    scene.delete(first, properties(OnDelete="Retain"))
    assert scene.statuses == ["InProgress"]
    assert scene.create()["PhysicalResourceId"] == first


def test_a_finished_job_is_adopted_only_with_its_model(scene: Scene) -> None:
    """A deleted model is trained again."""
    wish = properties(OnDelete="DeleteModel")
    first = scene.create(wish)["PhysicalResourceId"]
    scene.double.complete(first)
    assert scene.create(wish)["PhysicalResourceId"] == first
    scene.delete(first, wish)
    assert scene.double.models() == ()
    assert scene.create(wish)["PhysicalResourceId"] != first


@pytest.mark.parametrize("code", ["ValidationException", "ConflictException"])
def test_a_name_in_use_is_resolved_by_reading(scene: Scene, code: str) -> None:
    """Which error says so does not matter: the job of that name is read, never the error's text."""
    scene.double.configure(name_in_use=code)
    scene.double.client(account=ACCOUNT, region=REGION).create_model_customization_job(
        **{**properties()["Request"], "jobName": "taken", "customModelName": "free"}
    )
    answer = scene.create(named(jobName="taken"))
    assert answer["Status"] == "FAILED"
    assert answer["PhysicalResourceId"] == "not-created/request-1"
    assert "job name taken belongs to another job arn:aws:bedrock" in answer["Reason"]
    assert "change job_name, or leave it out" in answer["Reason"]
    assert scene.calls(CREATE) == [CREATE]


@pytest.mark.parametrize("code", ["ValidationException", "ConflictException"])
def test_a_name_that_is_taken_between_looking_and_starting_is_resolved_by_reading(
    scene: Scene, code: str
) -> None:
    """The job that took the name meanwhile is not ours, and the answer says whose it is."""

    def take(double: Any) -> None:  # noqa: ANN401 - the double
        double.client(account=ACCOUNT, region=REGION).create_model_customization_job(
            **{**properties()["Request"], "jobName": "taken", "customModelName": "free"}
        )

    scene.double.configure(name_in_use=code)
    scene.double.faults.add(CREATE, BeforeCall(take))
    answer = scene.create(named(jobName="taken"))
    assert answer["Status"] == "FAILED"
    assert "belongs to another job" in answer["Reason"]


def test_an_exact_model_name_that_exists_is_named(scene: Scene) -> None:
    """A model that has the name is found before anything starts."""
    made = scene.create(named(customModelName="tickets"))["PhysicalResourceId"]
    scene.double.complete(made)
    answer = scene.create(named(customModelName="tickets"), LogicalResourceId="Other")
    assert answer["Status"] == "FAILED"
    assert "custom model name tickets is taken by arn:aws:bedrock" in answer["Reason"]
    assert scene.calls(CREATE) == [CREATE]


def test_exact_names_are_used_verbatim(scene: Scene) -> None:
    """Each name on its own: what the user gives is used, what is left out is made."""
    scene.create(named(jobName="tickets.2026+a"))
    scene.create(named(customModelName="tickets_2026"), LogicalResourceId="Other")
    first, second = scene.double.jobs()
    assert first.name == "tickets.2026+a"
    assert first.model_name.startswith("Job-6f1c2a30-")
    assert second.name.startswith("Other-6f1c2a30-")
    assert second.model_name == "tickets_2026"


def test_an_invalid_request_is_refused_before_any_call(scene: Scene) -> None:
    """Every mistake is named, nothing is called, and the Delete that follows succeeds."""
    wish = properties({"roleArn": None, "jobName": "a_b"})
    answer = scene.create(wish)
    assert answer["Status"] == "FAILED"
    assert "roleArn is required" in answer["Reason"]
    assert "jobName" in answer["Reason"]
    assert scene.calls() == []
    assert scene.delete(answer["PhysicalResourceId"], wish)["Status"] == "SUCCESS"
