"""Deployments that follow a job: created and swapped when it is complete, whatever events say and when."""

from __future__ import annotations

from typing import Any

import pytest
from contract.resource import RESOURCE_TAG, STACK_TAG
from customization_job.follow import LookError

from constructs_lib.testing.bedrock import AfterCall, LoseResponse, Refuse
from tests.lambda_.builders import STACK, Harness, die
from tests.lambda_.cloudformation import ResourceRecord
from tests.lambda_.deploying import (
    CLEANUP,
    CREATE,
    DELETE,
    GOING_BACK,
    LOGICAL_ID,
    NAME,
    PARAMETER,
    TYPE,
    UPDATE,
    DeploymentStory,
)
from tests.lambda_.fakes import ACCOUNT, REGION, Killed
from tests.lambda_.parameter_store import StoredParameter

OWN_TAGS = {STACK_TAG: STACK, RESOURCE_TAG: LOGICAL_ID}


@pytest.fixture
def story(harness: Harness) -> DeploymentStory:
    """Return a story with a job that trains."""
    told = DeploymentStory(harness)
    told.train(2, customModelTags=None)
    return told


@pytest.fixture
def waiting(story: DeploymentStory) -> dict[str, Any]:
    """A deployment that waits for the job; its properties."""
    desired = story.following()
    answer = story.create(desired)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", NAME)
    assert answer["Data"]["DeploymentArn"] == ""
    return desired


@pytest.fixture
def served(story: DeploymentStory, waiting: dict[str, Any]) -> dict[str, Any]:
    """A deployment of the job's model; its properties."""
    story.complete(story.job)
    story.look()
    story.clock.advance(120)
    assert story.deployment().status == "Active"
    return waiting


def value(story: DeploymentStory) -> str | None:
    """Return the value of the parameter; None where there is none."""
    found = story.store.parameters.get(PARAMETER)
    return found.value if found else None


# -- looks ---------------------------------------------------------------------------------------------------


def test_nothing_is_deployed_before_the_job_is_complete(
    story: DeploymentStory, waiting: dict[str, Any]
) -> None:
    """A look says why."""
    assert waiting
    line = story.look()
    assert (line["level"], line["decision"].endswith("is InProgress")) == ("INFO", True)
    assert (story.double.deployments(), value(story)) == ((), None)


def test_a_look_deploys_the_model_and_writes_the_arn(story: DeploymentStory, waiting: dict[str, Any]) -> None:
    """Without waiting for the deployment, whose ARN never changes again."""
    assert waiting
    model = story.complete(story.job)
    client = story.double.client(account=ACCOUNT, region=REGION)
    client.tag_resource(resourceARN=model, tags=[{"key": "team", "value": "a"}])
    began = story.clock.now()
    line = story.look()
    assert (line["level"], line["decision"]) == ("INFO", f"created with the model {model}")
    made = story.deployment()
    assert (made.name, made.model_arn, made.tags) == (NAME, model, {**OWN_TAGS, "team": "a"})
    assert (value(story), story.store.parameters[PARAMETER].tags) == (made.arn, {**OWN_TAGS, "team": "a"})
    assert story.clock.now() == began


def test_a_repeated_look_changes_nothing(story: DeploymentStory, served: dict[str, Any]) -> None:
    """Events may come twice, and the hourly look always comes."""
    assert served
    before, written = story.writes(), list(story.store.writes)
    assert story.look()["decision"] == "it serves the model"
    assert (story.writes(), story.store.writes) == (before, written)


def test_a_look_swaps_to_the_model_of_the_next_job(story: DeploymentStory, served: dict[str, Any]) -> None:
    """Under the same ARN."""
    arn = story.deployment().arn
    story.train(9)
    story.update(story.following(), served)
    story.look()
    assert story.count(UPDATE) == 0
    model = story.complete(story.job)
    story.look()
    story.clock.advance(60)
    assert (story.deployment().arn, story.deployment().model_arn, value(story)) == (arn, model, arn)


@pytest.mark.parametrize("ending", ["fail", "stop", "vanish", "go back"])
def test_a_training_without_a_model_moves_nothing(
    story: DeploymentStory, served: dict[str, Any], ending: str
) -> None:
    """The old model is served on."""
    assert served
    old, first = story.deployment().model_arn, story.job
    job = story.train(9)
    if ending == "fail":
        story.double.fail(job, "bad data")
    elif ending == "stop":
        story.double.stop(job)
    elif ending == "go back":
        story.stands(first)
    else:
        story.fakes.stack.resources["Job"] = ResourceRecord("", "CREATE_FAILED")
    story.look()
    story.clock.advance(60)
    assert (story.deployment().model_arn, story.count(UPDATE)) == (old, 0)


def test_a_look_during_a_rollback_does_nothing(story: DeploymentStory, waiting: dict[str, Any]) -> None:
    """Which job the stack will have is not certain then."""
    assert waiting
    story.complete(story.job)
    story.look(GOING_BACK)
    assert story.double.deployments() == ()


def test_a_deployment_that_somebody_deleted_is_not_created_by_a_look(
    story: DeploymentStory, served: dict[str, Any]
) -> None:
    """The log says so at every look."""
    assert served
    story.double.withdraw(NAME)
    line = story.look()
    assert (line["level"], "somebody has deleted the deployment" in line["decision"]) == ("ERROR", True)
    assert story.double.deployments() == ()


def test_a_parameter_that_somebody_deleted_is_written_again(
    story: DeploymentStory, served: dict[str, Any]
) -> None:
    """With its tags, which say whose it is."""
    assert served
    del story.store.parameters[PARAMETER]
    story.look()
    assert value(story) == story.deployment().arn
    assert story.store.parameters[PARAMETER].tags == OWN_TAGS


def test_a_crash_between_the_deployment_and_its_parameter_is_repaired(
    story: DeploymentStory, waiting: dict[str, Any]
) -> None:
    """By the next look, which does not create another one."""
    assert waiting
    story.complete(story.job)
    story.double.faults.add(CREATE, AfterCall(die))
    with pytest.raises(Killed):
        story.look()
    story.look()
    assert value(story) == story.deployment().arn
    assert story.count(CREATE) == 1


def test_a_look_that_gets_no_response_is_repeated_by_lambda(
    story: DeploymentStory, waiting: dict[str, Any]
) -> None:
    """The same request is only one deployment."""
    assert waiting
    story.complete(story.job)
    story.double.configure(deployment_readable_after_seconds=400)
    story.double.faults.add(CREATE, LoseResponse(), times=100)
    with pytest.raises(LookError):
        story.look()
    story.double.faults.clear()
    story.look()
    story.clock.advance(400)
    story.look()
    assert value(story) == story.deployment().arn
    assert len(story.double.deployments()) == 1


def test_a_look_leaves_a_quota_to_the_next_one(story: DeploymentStory, waiting: dict[str, Any]) -> None:
    """It comes within the hour; Lambda does not repeat this one."""
    assert waiting
    story.complete(story.job)
    story.double.configure(deployments=0)
    line = story.look()
    assert (line["level"], "at most 10 custom model deployments" in line["decision"]) == ("ERROR", True)


def test_a_swap_that_failed_is_not_tried_again_by_looks(
    story: DeploymentStory, served: dict[str, Any]
) -> None:
    """The old model serves on, and the log says so."""
    assert served
    old = story.deployment().model_arn
    story.double.configure(update_failure="cannot be loaded")
    story.model(9)
    story.look()
    story.clock.advance(60)
    line = story.look()
    assert (line["level"], "cannot be loaded" in line["decision"]) == ("ERROR", True)
    assert (story.deployment().model_arn, story.count(UPDATE)) == (old, 1)


def test_a_swap_in_progress_is_left_to_the_next_look(story: DeploymentStory, served: dict[str, Any]) -> None:
    """Bedrock takes one update at a time."""
    assert served
    story.model(9)
    story.look()
    model = story.model(20)
    assert "the next look goes on" in story.look()["decision"]
    story.clock.advance(60)
    story.look()
    story.clock.advance(60)
    assert story.deployment().model_arn == model


def test_a_model_that_a_deployment_cannot_take_is_an_error_of_the_look(
    story: DeploymentStory, served: dict[str, Any]
) -> None:
    """Nobody waits for it; the log says what to do."""
    assert served
    story.model(3, baseModelIdentifier="amazon.nova-micro-v1:0:128k")
    line = story.look()
    assert line["level"] == "ERROR"
    assert "only models that were trained from the same base model" in line["decision"]


def test_a_look_does_not_overwrite_a_parameter_of_somebody_else(
    story: DeploymentStory, served: dict[str, Any]
) -> None:
    """They may have created it after ours was deleted."""
    assert served
    story.store.parameters[PARAMETER] = StoredParameter("theirs")
    assert story.look()["level"] == "ERROR"
    assert value(story) == "theirs"


@pytest.mark.parametrize("what", ["deployment", "parameter"])
def test_a_look_touches_nothing_of_somebody_else(
    story: DeploymentStory, waiting: dict[str, Any], what: str
) -> None:
    """It is an error in the log."""
    assert waiting
    model = story.complete(story.job)
    if what == "deployment":
        story.double.deploy_model(model, name=NAME, tags={STACK_TAG: f"{STACK}0", RESOURCE_TAG: LOGICAL_ID})
    else:
        story.store.parameters[PARAMETER] = StoredParameter("theirs")
    before = story.writes()
    assert story.look()["level"] == "ERROR"
    assert story.writes() == before
    assert value(story) == (None if what == "deployment" else "theirs")


@pytest.mark.parametrize(
    "shown",
    [
        ResourceRecord("", "CREATE_IN_PROGRESS", kind=TYPE),
        ResourceRecord("not-created/request-1", "CREATE_FAILED", kind=TYPE),
        ResourceRecord(NAME, "CREATE_FAILED", kind=TYPE),
        ResourceRecord(NAME, "DELETE_COMPLETE", kind=TYPE),
        ResourceRecord(NAME, "UPDATE_COMPLETE", kind="AWS::SSM::Parameter"),
    ],
)
def test_a_look_deploys_nothing_for_a_resource_that_is_not_there(
    story: DeploymentStory, waiting: dict[str, Any], shown: ResourceRecord
) -> None:
    """The look may be forged, or older than the stack's last operation."""
    assert waiting
    story.complete(story.job)
    story.fakes.stack.resources[LOGICAL_ID] = shown
    story.look()
    assert story.double.deployments() == ()


# -- events --------------------------------------------------------------------------------------------------


def test_a_complete_job_is_deployed_by_the_deployment_itself(story: DeploymentStory) -> None:
    """Nothing is waited for: the response comes at once, with the ARN."""
    model = story.complete(story.job)
    began = story.clock.now()
    answer = story.create(story.following(Tags=[{"key": "team", "value": "b"}]))
    made = story.deployment()
    assert answer["Data"] == {
        "DeploymentArn": made.arn,
        "DeploymentName": NAME,
        "ModelArn": model,
        "Status": "Creating",
    }
    assert (made.tags, value(story)) == ({**OWN_TAGS, "team": "b"}, made.arn)
    assert story.clock.now() == began


def test_a_retained_parameter_is_no_reason_not_to_deploy(story: DeploymentStory) -> None:
    """The resource is created anew, by somebody who wants a deployment."""
    story.complete(story.job)
    story.store.parameters[PARAMETER] = StoredParameter("arn:old", dict(OWN_TAGS))
    story.create(story.following())
    assert value(story) == story.deployment().arn


def test_another_parameter_replaces_the_old_one(story: DeploymentStory, served: dict[str, Any]) -> None:
    """And it comes back if the operation is rolled back."""
    moved = {**served, "Follow": {**served["Follow"], "Parameter": "/other"}}
    story.update(moved, served)
    assert (value(story), story.store.parameters["/other"].value) == (None, story.deployment().arn)
    story.update(served, moved, GOING_BACK)
    assert (value(story), "/other" in story.store.parameters) == (story.deployment().arn, False)


def test_a_deployment_that_follows_no_job_any_more_has_no_parameter(
    story: DeploymentStory, served: dict[str, Any]
) -> None:
    """The deployment stays, with its ARN."""
    arn = story.deployment().arn
    story.update(story.desired(story.deployment().model_arn), served)
    assert (value(story), story.deployment().arn) == (None, arn)


def test_an_old_parameter_of_somebody_else_stays(story: DeploymentStory, served: dict[str, Any]) -> None:
    """Neither can one that may not be deleted fail the deployment."""
    story.store.parameters[PARAMETER] = StoredParameter("theirs")
    plain = story.desired(story.deployment().model_arn)
    story.update(plain, served)
    assert value(story) == "theirs"
    story.store.parameters[PARAMETER].tags = dict(OWN_TAGS)
    story.store.refuse("DeleteParameter", "AccessDeniedException", times=100)
    assert story.update(plain, served)["Status"] == "SUCCESS"
    assert story.acts("parameter not deleted")[-1]["level"] == "ERROR"


def test_an_update_in_a_stack_that_cannot_be_read_changes_nothing(
    story: DeploymentStory, waiting: dict[str, Any]
) -> None:
    """It may be a rollback; the next look makes it true."""
    story.complete(story.job)
    story.fakes.denied = {"describe_stacks"}
    assert story.update(waiting, waiting)["Status"] == "SUCCESS"
    assert story.double.deployments() == ()


def test_a_create_without_a_response_of_bedrock_is_left_to_the_next_look(story: DeploymentStory) -> None:
    """The deployment may exist: a failed Create would be deleted before Bedrock shows it."""
    story.complete(story.job)
    story.double.configure(deployment_readable_after_seconds=400)
    story.double.faults.add(CREATE, LoseResponse(), times=100)
    assert story.create(story.following())["Status"] == "SUCCESS"
    story.double.faults.clear()
    story.clock.advance(600)
    story.look()
    assert value(story) == story.deployment().arn


def test_an_event_of_another_job_than_the_current_one_moves_nothing(
    story: DeploymentStory, served: dict[str, Any]
) -> None:
    """It may be a repeat of an old one."""
    first = served["Follow"]["JobArn"]
    old = story.deployment().model_arn
    story.model(9)
    answer = story.update(story.following(first), served)
    assert (answer["Status"], answer["Data"]["ModelArn"], story.count(UPDATE)) == ("SUCCESS", old, 0)


def test_an_update_gives_the_deployment_its_own_tags(story: DeploymentStory, served: dict[str, Any]) -> None:
    """A look could only give it those of the model."""
    tagged = {**served, "Tags": [{"key": "team", "value": "b"}]}
    story.update(tagged, served)
    assert story.deployment().tags == {**OWN_TAGS, "team": "b"}


def test_an_update_does_not_create_what_somebody_has_deleted(
    story: DeploymentStory, served: dict[str, Any]
) -> None:
    """As a look does not."""
    story.double.withdraw(NAME)
    answer = story.update({**served, "Tags": [{"key": "a", "value": "b"}]}, served)
    assert (answer["Status"], answer["Data"]["DeploymentArn"]) == ("SUCCESS", "")
    assert story.double.deployments() == ()


def test_a_deployment_that_failed_makes_room_for_the_next_model(
    story: DeploymentStory, waiting: dict[str, Any]
) -> None:
    """A look deletes nothing, so the retraining does; it never served anything."""
    story.double.configure(deployment_failure="cannot be loaded")
    story.complete(story.job)
    story.look()
    story.clock.advance(120)
    assert story.look()["level"] == "ERROR"
    story.double.configure(deployment_failure=None)
    story.train(9)
    assert story.update(story.following(), waiting)["Status"] == "SUCCESS"
    assert (story.double.deployments(), value(story)) == ((), None)
    model = story.complete(story.job)
    story.look()
    assert story.deployment().model_arn == model


@pytest.mark.parametrize("what", ["deployment", "parameter"])
def test_an_event_fails_for_what_belongs_to_somebody_else(story: DeploymentStory, what: str) -> None:
    """The reason names it, and it is left alone."""
    model = story.complete(story.job)
    if what == "deployment":
        story.double.deploy_model(model, name="tickets")
    else:
        story.store.parameters[PARAMETER] = StoredParameter("theirs")
    answer = story.create(story.following(DeploymentName="tickets"))
    assert answer["Status"] == "FAILED"
    assert ("is taken by" if what == "deployment" else f"the parameter {PARAMETER} exists") in answer[
        "Reason"
    ]
    assert story.count(CREATE) == 0


def test_a_create_fails_for_a_refusal_and_an_update_goes_on(story: DeploymentStory) -> None:
    """A person waits for the first one; the next look tries the second one again."""
    story.double.configure(deployments=0)
    job = story.job
    story.complete(job)
    assert "at most 10 custom model deployments" in story.create(story.following())["Reason"]
    story.stands("", "CREATE_FAILED")
    waiting = story.following()
    story.create(waiting)
    story.stands(job)
    assert story.update({**waiting, "Tags": [{"key": "a", "value": "b"}]}, waiting)["Status"] == "SUCCESS"
    assert story.acts("not followed")[-1]["level"] == "ERROR"


def test_a_create_that_a_rollback_overtakes_leaves_nothing(story: DeploymentStory) -> None:
    """Neither a deployment nor a parameter."""
    story.complete(story.job)

    def roll_back(_double: object) -> None:
        story.fakes.status = "ROLLBACK_IN_PROGRESS"

    story.double.faults.add(CREATE, AfterCall(roll_back))
    assert story.create(story.following())["Status"] == "FAILED"
    assert (story.double.deployments(), value(story)) == ((), None)


def test_a_create_that_a_rollback_overtakes_at_the_last_moment_leaves_nothing(
    story: DeploymentStory,
) -> None:
    """The stack was still being created when the deployment was."""
    story.complete(story.job)

    def roll_back() -> None:
        story.fakes.status = "ROLLBACK_IN_PROGRESS"

    story.store.before["PutParameter"] = [roll_back]
    assert story.create(story.following())["Status"] == "FAILED"
    assert (story.double.deployments(), value(story)) == ((), None)


def test_an_update_that_a_rollback_overtakes_returns_the_former_value(
    story: DeploymentStory, served: dict[str, Any]
) -> None:
    """The rollback has restored the parameter before the Update wrote into it."""
    former = value(story)

    def roll_back() -> None:
        story.fakes.status = "UPDATE_ROLLBACK_COMPLETE"

    story.store.before["PutParameter"] = [roll_back]
    assert story.update(story.following(DeploymentName="tickets"), served)["Status"] == "FAILED"
    assert [one.name for one in story.double.deployments()] == [NAME]
    assert value(story) == former == story.deployment().arn


def test_nothing_is_deployed_after_the_watchdog_has_responded(story: DeploymentStory) -> None:
    """The rollback that follows would not know of it."""
    story.complete(story.job)
    story.double.faults.add("GetCustomModel", AfterCall(lambda _double: story.clock.advance(825.0)))
    answer = story.create(story.following())
    assert (answer["Status"], "out of time" in answer["Reason"]) == ("FAILED", True)
    assert story.count(CREATE) == 0


def test_the_watchdog_tells_the_name_of_what_may_have_been_created(story: DeploymentStory) -> None:
    """The Delete that follows looks for it by its name."""
    story.complete(story.job)
    story.double.faults.add(CREATE, AfterCall(lambda _double: story.clock.advance(825.0)))
    answer = story.create(story.following())
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", NAME)


def test_a_refused_creation_tells_no_name(story: DeploymentStory) -> None:
    """With rollback disabled, its Delete may come when another attempt has created the deployment."""
    story.complete(story.job)
    story.double.configure(deployments=0)
    answer = story.create(story.following())
    assert answer["PhysicalResourceId"].startswith("not-created/")


def test_a_delete_of_an_earlier_failure_keeps_the_current_deployment(
    story: DeploymentStory, served: dict[str, Any]
) -> None:
    """With rollback disabled, the next operation deletes the id of the failed attempt, which is the same."""
    story.shown(NAME)
    story.clock.advance(60.0)
    story.fakes.stack.updated = story.clock.now()
    story.fakes.current = story.fakes.stack.resources[LOGICAL_ID]
    story.delete(served, status="UPDATE_IN_PROGRESS")
    assert story.deployment().name == NAME


def test_what_cannot_be_taken_back_is_logged(story: DeploymentStory) -> None:
    """The reason for CloudFormation stays the rollback."""
    story.complete(story.job)

    def roll_back() -> None:
        story.fakes.status = "ROLLBACK_IN_PROGRESS"

    story.store.before["PutParameter"] = [roll_back]
    story.store.refuse("DeleteParameter", "AccessDeniedException", 99)
    answer = story.create(story.following())
    assert (answer["Status"], "is being rolled back" in answer["Reason"]) == ("FAILED", True)
    assert story.double.deployments() == ()
    assert story.acts("parameter not deleted")[-1]["level"] == "ERROR"


def test_a_repeated_create_makes_a_new_deployment_after_one_that_failed(story: DeploymentStory) -> None:
    """The token of the one that was deleted would return its ARN, and nothing would serve the model."""
    story.complete(story.job)
    desired = story.following()
    story.create(desired, request_id="once")
    story.double.fail_deployment(story.deployment().name, "no capacity")
    story.create(desired, request_id="once")
    assert value(story) == story.deployment().arn
    assert story.deployment().status == "Creating"


def test_a_look_makes_a_new_deployment_after_an_event_has_deleted_one(story: DeploymentStory) -> None:
    """Looks of the same hour have the same token only while the resource has not changed."""
    story.create(waiting := story.following())
    story.complete(story.job)
    story.look()
    story.double.fail_deployment(story.deployment().name, "no capacity")
    former = story.job
    story.clock.advance(60.0)
    story.train(3)
    story.update(story.following(), waiting)
    assert story.double.deployments() == ()
    story.stands(former)
    story.look()
    assert value(story) == story.deployment().arn


def test_a_look_waits_until_bedrock_shows_the_deployment(
    story: DeploymentStory, waiting: dict[str, Any]
) -> None:
    """Only what exists is written into the parameter."""
    assert waiting
    story.double.configure(deployment_readable_after_seconds=50)
    story.complete(story.job)
    story.look()
    assert value(story) == story.deployment().arn


def test_a_deployment_and_its_parameter_that_somebody_deleted_within_the_hour_come_back(
    story: DeploymentStory, served: dict[str, Any]
) -> None:
    """For the same token Bedrock returns the ARN of what it has deleted, which is not written."""
    assert served
    story.double.withdraw(NAME)
    story.store.parameters.clear()
    assert (story.look()["level"], value(story)) == ("WARNING", None)
    story.clock.advance(3600)
    story.look()
    assert value(story) == story.deployment().arn


def test_a_job_that_cannot_be_read_fails_no_event(story: DeploymentStory) -> None:
    """The next look makes it true."""
    story.double.faults.add("GetModelCustomizationJob", Refuse.access_denied("bedrock:Get"), times=100)
    assert story.create(story.following())["Status"] == "SUCCESS"
    assert story.acts("job not read")[-1]["level"] == "ERROR"


# -- rollback ------------------------------------------------------------------------------------------------


def test_a_rollback_serves_the_model_of_the_old_job_again(
    story: DeploymentStory, served: dict[str, Any]
) -> None:
    """The job that was adopted was complete, and the operation failed after the swap."""
    first, old = story.job, story.deployment().model_arn
    story.model(9)
    new = story.following()
    story.update(new, served)
    story.clock.advance(60)
    assert story.deployment().model_arn != old
    story.stands(first)
    assert story.update(served, new, GOING_BACK)["Status"] == "SUCCESS"
    story.clock.advance(60)
    assert story.deployment().model_arn == old


def test_a_rollback_in_which_the_job_is_uncertain_moves_nothing(
    story: DeploymentStory, served: dict[str, Any]
) -> None:
    """CloudFormation may still show the job that is rolled back."""
    old = story.deployment().model_arn
    story.model(9)
    answer = story.update(served, story.following(), GOING_BACK)
    assert (answer["Status"], story.count(UPDATE), story.deployment().model_arn) == ("SUCCESS", 0, old)


def test_a_rollback_does_not_overwrite_a_parameter_of_somebody_else(
    story: DeploymentStory, served: dict[str, Any]
) -> None:
    """It does not fail for it either."""
    story.store.parameters[PARAMETER] = StoredParameter("theirs")
    assert story.update(served, served, GOING_BACK)["Status"] == "SUCCESS"
    assert value(story) == "theirs"


def test_a_rollback_writes_the_parameter_again(story: DeploymentStory, served: dict[str, Any]) -> None:
    """The name of the deployment may have changed in between."""
    story.store.parameters[PARAMETER].value = "arn:of-the-other-name"
    story.update(served, served, GOING_BACK)
    assert value(story) == story.deployment().arn


def test_a_rollback_of_the_first_deployment_lets_the_next_look_create_it_again(
    story: DeploymentStory, waiting: dict[str, Any]
) -> None:
    """Under its former name: no parameter says that somebody has deleted it."""
    story.complete(story.job)
    renamed = story.following(DeploymentName="tickets")
    story.update(renamed, waiting)
    story.clock.advance(5)
    story.fakes.current = ResourceRecord(NAME, "UPDATE_IN_PROGRESS", story.clock.now(), TYPE)
    assert story.update(waiting, renamed, GOING_BACK)["PhysicalResourceId"] == NAME
    assert (story.double.deployments(), value(story)) == ((), None)
    story.look()
    assert (story.deployment().name, value(story)) == (NAME, story.deployment().arn)


def test_an_update_that_failed_and_comes_again_in_the_rollback_deletes_no_deployment(
    story: DeploymentStory, waiting: dict[str, Any]
) -> None:
    """A look may have created the deployment that it renames while the operation was in progress."""
    story.fakes.stack.updated = story.clock.now() - 1.0
    story.complete(story.job)
    story.look("UPDATE_IN_PROGRESS")
    story.update(story.following(DeploymentName="tickets"), waiting, GOING_BACK)
    assert story.deployment().name == NAME


# -- Delete --------------------------------------------------------------------------------------------------


def test_a_deletion_deletes_the_deployment_and_its_parameter(
    story: DeploymentStory, served: dict[str, Any]
) -> None:
    """Nothing is left of it."""
    assert story.delete(served)["Status"] == "SUCCESS"
    assert (story.double.deployments(), value(story)) == ((), None)


def test_what_is_retained_is_retained_with_its_parameter(
    story: DeploymentStory, served: dict[str, Any]
) -> None:
    """Whoever reads the parameter can still call the deployment."""
    story.delete({**served, "OnDelete": "Retain"})
    assert value(story) == story.deployment().arn


def test_a_deployment_that_bedrock_does_not_show_yet_is_deleted(
    story: DeploymentStory, waiting: dict[str, Any]
) -> None:
    """The parameter says that it exists."""
    story.complete(story.job)
    story.double.configure(deployment_readable_after_seconds=45)
    story.look()
    assert story.delete(waiting)["Status"] == "SUCCESS"
    assert (story.double.deployments(), value(story)) == ((), None)


def test_another_name_is_another_deployment_and_the_parameter_holds_its_arn(
    story: DeploymentStory, served: dict[str, Any]
) -> None:
    """The cleanup deletes the old deployment, and not the parameter."""
    renamed = {**served, "DeploymentName": "tickets"}
    assert story.update(renamed, served)["PhysicalResourceId"] == "tickets"
    story.fakes.current = ResourceRecord("tickets", "UPDATE_COMPLETE", kind=TYPE)
    story.delete(served, NAME, CLEANUP)
    assert story.deployment().name == "tickets"
    assert value(story) == story.deployment().arn


def test_another_name_during_a_training_is_deployed_when_it_is_complete(
    story: DeploymentStory, served: dict[str, Any]
) -> None:
    """The parameter goes with the old deployment, so that the next look creates the new one."""
    story.train(9)
    renamed = story.following(DeploymentName="tickets")
    story.update(renamed, served)
    story.fakes.current = ResourceRecord("tickets", "UPDATE_COMPLETE", kind=TYPE)
    story.delete(served, NAME, CLEANUP)
    assert (story.double.deployments(), value(story)) == ((), None)
    story.fakes.current = "the event's"
    model = story.complete(story.job)
    story.look()
    assert (story.deployment().name, story.deployment().model_arn) == ("tickets", model)


def test_a_parameter_of_somebody_else_survives_the_deletion(
    story: DeploymentStory, served: dict[str, Any]
) -> None:
    """Its tags say that it is not ours."""
    story.store.parameters[PARAMETER] = StoredParameter("theirs")
    assert story.delete(served)["Status"] == "SUCCESS"
    assert (value(story), story.count(DELETE)) == ("theirs", 1)


def test_a_parameter_that_cannot_be_deleted_fails_the_deletion(
    story: DeploymentStory, served: dict[str, Any]
) -> None:
    """The reason names it."""
    story.store.refuse("DeleteParameter", "AccessDeniedException", times=100)
    answer = story.delete(served)
    assert (answer["Status"], f"The parameter {PARAMETER} was not deleted" in answer["Reason"]) == (
        "FAILED",
        True,
    )
