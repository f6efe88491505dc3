"""Deployments with a stable ARN: created once, swapped, never moved back, and deleted with their stack."""

from __future__ import annotations

import time
from typing import Any

import pytest
from contract.resource import RESOURCE_TAG, STACK_TAG, deployment_name
from customization_job.deployments.bedrock import BedrockDeployments
from customization_job.deployments.desired_state import creation_request
from customization_job.frame.aws import client
from customization_job.frame.response import SystemClock, UnfinishedError
from customization_job.frame.retry import Retry
from customization_job.frame.watchdog import attempt_seconds, is_followed_by_another

from constructs_lib.testing.bedrock import (
    AfterCall,
    BedrockDouble,
    BedrockServer,
    BeforeCall,
    LoseResponse,
    Refuse,
)
from tests.lambda_.builders import INVENTED, REQUEST, STACK, Harness, die
from tests.lambda_.cloudformation import ResourceRecord
from tests.lambda_.deploying import (
    CLEANUP,
    CREATE,
    DELETE,
    GET,
    GOING_BACK,
    LOGICAL_ID,
    NAME,
    TYPE,
    UPDATE,
    DeploymentStory,
)
from tests.lambda_.fakes import ACCOUNT, REGION, Killed

OWN_TAGS = {STACK_TAG: STACK, RESOURCE_TAG: LOGICAL_ID}
MINUTES_13 = 810.0


@pytest.fixture
def story(harness: Harness) -> DeploymentStory:
    """Return a story without a model."""
    return DeploymentStory(harness)


@pytest.fixture
def one(story: DeploymentStory) -> str:
    """A model."""
    return story.model(2)


@pytest.fixture
def two(story: DeploymentStory, one: str) -> str:  # noqa: ARG001 - the older model
    """Another model of the same base model."""
    return story.model(9)


@pytest.fixture
def served(story: DeploymentStory, one: str) -> dict[str, Any]:
    """A deployment of the first model; its properties."""
    desired = story.desired(one)
    assert story.create(desired)["Status"] == "SUCCESS"
    return desired


# -- Create --------------------------------------------------------------------------------------------------


def test_a_deployment_is_created_and_waited_for(story: DeploymentStory, one: str) -> None:
    """The response has its ARN, and it serves the model then."""
    began = story.clock.now()
    answer = story.create(story.desired(one, Description="Triage", Tags=[{"key": "team", "value": "a"}]))
    made = story.deployment()
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", NAME)
    assert answer["Data"] == {
        "DeploymentArn": made.arn,
        "DeploymentName": NAME,
        "ModelArn": one,
        "Status": "Active",
    }
    assert (made.name, made.model_arn, made.description) == (NAME, one, "Triage")
    assert made.tags == {**OWN_TAGS, "team": "a"}
    assert 60 <= story.clock.now() - began < 90


def test_an_exact_name_is_taken_as_it_is(story: DeploymentStory, one: str) -> None:
    """It is the physical id."""
    answer = story.create(story.desired(one, DeploymentName="tickets_v1"))
    assert answer["PhysicalResourceId"] == story.deployment().name == "tickets_v1"


def test_without_a_model_nothing_is_deployed_yet(story: DeploymentStory) -> None:
    """A wait may have ended before the training; a failure would stop a job that is almost finished."""
    answer = story.create(story.desired(""))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", NAME)
    assert (answer["Data"]["DeploymentArn"], answer["Data"]["ModelArn"]) == ("", "")
    assert story.count(CREATE) == 0
    assert story.acts("decided")[-1]["level"] == "WARNING"


def test_a_lost_response_of_the_creation_is_found_by_the_name(story: DeploymentStory, one: str) -> None:
    """Bedrock has created the deployment; nobody has seen the response."""
    story.double.faults.add(CREATE, LoseResponse(), times=100)
    answer = story.create(story.desired(one))
    assert (answer["Status"], answer["Data"]["DeploymentArn"]) == ("SUCCESS", story.deployment().arn)


def test_a_crash_after_the_creation_is_continued_by_the_next_attempt(
    story: DeploymentStory, one: str
) -> None:
    """Lambda sends the same event again."""
    story.double.faults.add(CREATE, AfterCall(die))
    with pytest.raises(Killed):
        story.create(story.desired(one), request_id="same")
    answer = story.create(story.desired(one), request_id="same")
    assert (answer["Status"], story.deployment().status) == ("SUCCESS", "Active")


def test_a_deployment_that_is_not_visible_yet_is_not_created_twice(story: DeploymentStory, one: str) -> None:
    """It takes Bedrock 30 to 60 seconds to show a new one."""
    story.double.configure(deployment_readable_after_seconds=45)
    answer = story.create(story.desired(one))
    assert answer["Status"] == "SUCCESS"
    assert story.count(CREATE) == 1


def test_a_deployment_that_never_becomes_visible_fails_the_event(story: DeploymentStory, one: str) -> None:
    """After two minutes."""
    story.double.configure(deployment_readable_after_seconds=100_000)
    answer = story.create(story.desired(one))
    assert "does not show it" in answer["Reason"]
    assert story.count(CREATE) == 1


@pytest.mark.parametrize(
    "refusal", ["ValidationException", "ConflictException", "ServiceQuotaExceededException"]
)
@pytest.mark.parametrize("tags", [{}, {STACK_TAG: f"{STACK}0", RESOURCE_TAG: LOGICAL_ID}])
def test_a_name_of_somebody_elses_deployment_fails_and_leaves_it_alone(
    story: DeploymentStory, one: str, refusal: str, tags: dict[str, str]
) -> None:
    """The reason names it; the Delete that follows leaves it alone as well."""
    story.double.configure(deployment_name_in_use=refusal)
    theirs = story.double.deploy_model(one, name="tickets", tags=tags)
    desired = story.desired(one, DeploymentName="tickets")
    answer = story.create(desired)
    assert answer["Status"] == "FAILED"
    assert f"is taken by {theirs}" in answer["Reason"]
    gone = story.delete(desired, answer["PhysicalResourceId"], "ROLLBACK_IN_PROGRESS")
    assert gone["Status"] == "SUCCESS"
    assert story.deployment().arn == theirs
    assert {DELETE, UPDATE, CREATE, "TagResource"}.isdisjoint(story.writes())


def test_a_name_that_somebody_takes_in_the_same_moment_is_reported(story: DeploymentStory, one: str) -> None:
    """Whatever error Bedrock has for that."""
    desired = story.desired(one, DeploymentName="tickets")
    story.double.faults.add(CREATE, BeforeCall(lambda double: double.deploy_model(one, name="tickets")))
    assert "is taken by" in story.create(desired)["Reason"]


def test_a_retained_deployment_of_this_resource_is_adopted(
    story: DeploymentStory, one: str, two: str
) -> None:
    """It keeps its ARN and is given the model."""
    kept = story.double.deploy_model(one, name=NAME, tags=OWN_TAGS)
    answer = story.create(story.desired(two))
    assert answer["Data"]["DeploymentArn"] == kept
    assert (story.deployment().model_arn, story.count(CREATE)) == (two, 0)


@pytest.mark.parametrize(
    "status", ["ROLLBACK_IN_PROGRESS", "DELETE_IN_PROGRESS", "ROLLBACK_COMPLETE", "CREATE_COMPLETE"]
)
def test_nothing_is_created_outside_of_an_operation(story: DeploymentStory, one: str, status: str) -> None:
    """A Create may arrive when its operation has failed."""
    answer = story.create(story.desired(one), status, request_id="late")
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", "not-created/late")
    assert story.writes().count(CREATE) == 0


def test_a_deployment_whose_creation_is_overtaken_by_a_rollback_is_deleted(
    story: DeploymentStory, one: str
) -> None:
    """The Delete of the rollback may have come before the deployment."""

    def roll_back(_double: object) -> None:
        story.fakes.status = "ROLLBACK_IN_PROGRESS"

    story.double.faults.add(CREATE, AfterCall(roll_back))
    assert story.create(story.desired(one))["Status"] == "FAILED"
    assert story.double.deployments() == ()


def test_a_deployment_that_bedrock_shows_after_the_rollback_is_deleted(
    story: DeploymentStory, one: str
) -> None:
    """Nobody waits for the response any more, so the function waits for the deployment."""

    def roll_back(_double: object) -> None:
        story.fakes.status = "ROLLBACK_IN_PROGRESS"
        story.fakes.current = ResourceRecord("", "DELETE_COMPLETE", story.clock.now(), TYPE)

    story.double.configure(deployment_readable_after_seconds=30.0)
    story.double.faults.add(CREATE, AfterCall(roll_back))
    assert story.create(story.desired(one))["Status"] == "FAILED"
    assert story.double.deployments() == ()


def test_a_deployment_that_the_next_operation_has_taken_over_is_left(
    story: DeploymentStory, one: str
) -> None:
    """By the time Bedrock shows it, a new Create has found it."""

    def roll_back(_double: object) -> None:
        story.fakes.status = "ROLLBACK_IN_PROGRESS"

    story.double.configure(deployment_readable_after_seconds=30.0)
    story.double.faults.add(CREATE, AfterCall(roll_back))
    assert story.create(story.desired(one))["Status"] == "FAILED"
    assert len(story.double.deployments()) == 1


def test_a_stack_that_cannot_be_read_gets_no_deployment(story: DeploymentStory, one: str) -> None:
    """It may be in a rollback."""
    story.fakes.denied = {"describe_stacks"}
    answer = story.create(story.desired(one))
    assert "cloudformation:DescribeStacks" in answer["Reason"]
    assert story.count(CREATE) == 0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"DeploymentName": "a--b"}, "DeploymentName must"),
        ({"DeploymentName": "x" * 64}, "DeploymentName must"),
        ({"ModelArn": "arn:aws:bedrock:eu-west-1::foundation-model/x"}, "ModelArn must be the ARN"),
        ({"OnDelete": "Keep"}, "OnDelete must be"),
        ({"Follow": {"Job": "no id", "JobArn": "x", "Parameter": "/a b"}}, "Follow.Job must"),
    ],
)
def test_properties_that_are_not_valid_are_refused_before_any_call(
    story: DeploymentStory, one: str, wrong: dict[str, Any], said: str
) -> None:
    """All that is wrong is said at once."""
    before = len(story.double.calls())
    answer = story.create(story.desired(one) | wrong)
    assert (answer["Status"], said in answer["Reason"]) == ("FAILED", True)
    assert len(story.double.calls()) == before


def test_a_deployment_that_fails_is_removed_and_its_message_shown(story: DeploymentStory, one: str) -> None:
    """It would occupy the name and the quota."""
    story.double.configure(deployment_failure="The model cannot be loaded.")
    answer = story.create(story.desired(one))
    assert answer["Status"] == "FAILED"
    assert "The model cannot be loaded." in answer["Reason"]
    assert story.double.deployments() == ()


def test_a_quota_of_deployments_in_progress_is_waited_for(story: DeploymentStory, one: str) -> None:
    """It is free again in a minute."""
    for name in ("first", "second"):
        story.double.client(account=ACCOUNT, region=REGION).create_custom_model_deployment(
            modelDeploymentName=name, modelArn=one
        )
    assert story.create(story.desired(one))["Status"] == "SUCCESS"


def test_a_quota_that_stays_fails_after_five_minutes_naming_both_quotas(
    story: DeploymentStory, one: str
) -> None:
    """The other one does not end by itself."""
    story.double.configure(deployments=0)
    began = story.clock.now()
    answer = story.create(story.desired(one))
    assert "at most 10 custom model deployments" in answer["Reason"]
    assert "2 that are created at the same time" in answer["Reason"]
    assert 300 <= story.clock.now() - began < 400


@pytest.mark.parametrize(
    "message",
    [
        "User is not authorized to perform: kms:DescribeKey because no identity-based policy allows it",
        "not authorized to perform: kms:CreateGrant because no resource-based policy allows it",
    ],
)
def test_a_key_that_the_function_may_not_use_is_named(story: DeploymentStory, one: str, message: str) -> None:
    """The sentence has the statement that the key's policy needs."""
    story.double.faults.add(CREATE, Refuse("AccessDeniedException", message, 403), times=100)
    answer = story.create(story.desired(one))
    assert "kms:Decrypt, kms:GenerateDataKey, kms:DescribeKey and kms:CreateGrant" in answer["Reason"]


def test_a_generated_name_is_ours_where_tags_may_not_be_read(story: DeploymentStory, one: str) -> None:
    """Nobody else has it; an exact name could be anybody's."""
    refused = Refuse.access_denied("bedrock:ListTagsForResource")
    story.double.faults.add("ListTagsForResource", refused, times=100)
    assert story.create(story.desired(one))["Status"] == "SUCCESS"
    answer = story.create(story.desired(one, DeploymentName="tickets"))
    assert (answer["Status"], "ListTagsForResource" in answer["Reason"]) == ("FAILED", True)


# -- time ----------------------------------------------------------------------------------------------------


def test_a_slow_deployment_is_waited_for_by_the_next_attempts(story: DeploymentStory, one: str) -> None:
    """An attempt that cannot finish sends no response, and Lambda delivers the event again."""
    story.double.configure(deploying_seconds=2000)
    answer = story.create(story.desired(one))
    assert (answer["Status"], story.delays) == ("SUCCESS", [60.0, 120.0])
    assert story.count(CREATE) == 1


def test_the_last_attempt_responds_that_it_took_too_long(story: DeploymentStory, one: str) -> None:
    """CloudFormation would only say that there was no response."""
    story.double.configure(deploying_seconds=10_000)
    began = story.clock.now()
    answer = story.create(story.desired(one))
    assert "is not ready after 43 minutes: it is Creating" in answer["Reason"]
    assert story.clock.now() - began < 2700
    assert answer["PhysicalResourceId"] == NAME


def test_an_attempt_responds_where_nobody_knows_since_when_cloudformation_waits(
    story: DeploymentStory, one: str
) -> None:
    """No stack hangs because of a permission that is missing."""
    story.fakes.denied = {"describe_stack_resource"}
    story.double.configure(deploying_seconds=10_000)
    answer = story.create(story.desired(one))
    assert "is not ready: it is Creating" in answer["Reason"]
    assert story.delays == []


@pytest.mark.parametrize(
    ("timeout", "seconds", "another"),
    [
        ("2700", MINUTES_13, True),
        ("2700", 2 * MINUTES_13 + 60, True),
        ("2700", 2 * MINUTES_13 + 61 + 60, False),
        ("2700", 3 * MINUTES_13 + 180, False),
        ("300", 110, False),
        ("2700", None, False),
    ],
)
def test_three_attempts_fit_into_the_service_timeout(
    timeout: str, seconds: float | None, *, another: bool
) -> None:
    """The third one has to respond."""
    told = {"ServiceTimeout": timeout}
    assert is_followed_by_another(told, seconds) == another
    assert attempt_seconds({"ServiceTimeout": "2700"}) == 840


# -- Update --------------------------------------------------------------------------------------------------


def test_another_model_is_served_under_the_same_arn(
    story: DeploymentStory, served: dict[str, Any], two: str
) -> None:
    """The point of a deployment: what calls it changes nothing."""
    arn = story.deployment().arn
    answer = story.update(story.desired(two), served)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", NAME)
    assert answer["Data"]["DeploymentArn"] == arn == story.deployment().arn
    assert answer["Data"]["ModelArn"] == story.deployment().model_arn == two
    assert story.count(CREATE) == 1


def test_an_update_without_change_only_reads(story: DeploymentStory, served: dict[str, Any]) -> None:
    """And waits for nothing."""
    before, began = story.writes(), story.clock.now()
    assert story.update(served, served)["Status"] == "SUCCESS"
    assert (story.writes(), story.clock.now()) == (before, began)


def test_an_update_without_a_model_keeps_the_model(
    story: DeploymentStory, served: dict[str, Any], one: str
) -> None:
    """Nothing is emptied."""
    answer = story.update(story.desired(""), served)
    assert (answer["Status"], answer["Data"]["ModelArn"]) == ("SUCCESS", one)


def test_tags_follow_the_template(story: DeploymentStory, one: str) -> None:
    """What somebody else has added stays."""
    before = story.desired(one, Tags=[{"key": "team", "value": "a"}, {"key": "old", "value": "x"}])
    story.create(before)
    client = story.double.client(account=ACCOUNT, region=REGION)
    client.tag_resource(resourceARN=story.deployment().arn, tags=[{"key": "theirs", "value": "y"}])
    story.update(story.desired(one, Tags=[{"key": "team", "value": "b"}]), before)
    assert story.deployment().tags == {**OWN_TAGS, "team": "b", "theirs": "y"}


def test_a_description_cannot_be_changed(story: DeploymentStory, one: str) -> None:
    """A line of the log says so."""
    before = story.desired(one, Description="a")
    story.create(before)
    assert story.update(story.desired(one, Description="b"), before)["Status"] == "SUCCESS"
    assert [line["level"] for line in story.acts("description not changed")] == ["WARNING"]
    assert story.deployment().description == "a"


@pytest.mark.parametrize("refusal", ["ValidationException", "ConflictException"])
def test_another_update_is_waited_for(
    story: DeploymentStory, served: dict[str, Any], two: str, refusal: str
) -> None:
    """Somebody may have begun one in the console."""
    story.double.configure(update_refused_while_updating=refusal)
    three = story.model(20)
    client = story.double.client(account=ACCOUNT, region=REGION)
    arn = story.deployment().arn
    client.update_custom_model_deployment(customModelDeploymentIdentifier=arn, modelArn=three)
    assert story.update(story.desired(two), served)["Status"] == "SUCCESS"
    assert story.deployment().model_arn == two


def test_an_update_that_bedrock_rejects_for_another_one_is_tried_again(
    story: DeploymentStory, served: dict[str, Any], two: str
) -> None:
    """It may begin between the read and the call."""
    story.double.faults.add(UPDATE, Refuse.validation("An update is in progress."), times=2)
    assert story.update(story.desired(two), served)["Status"] == "SUCCESS"
    assert story.deployment().model_arn == two


def test_a_model_of_another_base_model_is_refused(
    story: DeploymentStory, served: dict[str, Any], one: str
) -> None:
    """A new deployment would have another ARN, so it has to be asked for."""
    other = story.model(3, baseModelIdentifier="amazon.nova-micro-v1:0:128k")
    answer = story.update(story.desired(other), served)
    assert answer["Status"] == "FAILED"
    assert "only models that were trained from the same base model" in answer["Reason"]
    assert (story.deployment().model_arn, story.count(CREATE)) == (one, 1)


def test_an_update_that_fails_leaves_the_old_model_served(
    story: DeploymentStory, served: dict[str, Any], one: str, two: str
) -> None:
    """The rollback then has nothing to do."""
    story.double.configure(update_failure="The model could not be loaded.")
    answer = story.update(story.desired(two), served)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", NAME)
    assert "The model could not be loaded." in answer["Reason"]
    assert (story.deployment().model_arn, story.count(UPDATE)) == (one, 1)
    back = story.update(served, story.desired(two), GOING_BACK)
    assert (back["Status"], story.count(UPDATE)) == ("SUCCESS", 1)


def test_an_update_that_failed_in_an_earlier_deployment_is_tried_once_more(
    story: DeploymentStory, served: dict[str, Any], two: str
) -> None:
    """The cause may have gone."""
    story.double.configure(update_failure="Try later.")
    story.update(story.desired(two), served)
    story.clock.advance(600)
    story.double.configure(update_failure=None)
    assert story.update(story.desired(two), served)["Status"] == "SUCCESS"
    assert story.deployment().model_arn == two


def test_an_update_that_failed_before_the_event_is_tried_once_more(
    story: DeploymentStory, served: dict[str, Any], two: str
) -> None:
    """Although it failed in the same operation of the stack."""
    story.double.configure(update_failure="Try later.")
    story.update(story.desired(two), served)
    story.clock.advance(600)
    story.double.configure(update_failure=None)
    story.before_event = 1000
    assert story.update(story.desired(two), served)["Status"] == "SUCCESS"


def test_nothing_is_begun_when_the_time_is_up(story: DeploymentStory, one: str) -> None:
    """The watchdog is about to respond."""
    story.double.faults.add(GET, BeforeCall(lambda _double: story.clock.advance(815)))
    assert "took too long" in story.create(story.desired(one))["Reason"]
    assert story.count(CREATE) == 0


def test_tags_that_are_not_visible_yet_are_read_again(story: DeploymentStory, served: dict[str, Any]) -> None:
    """Bedrock may show a deployment before its tags."""
    story.double.faults.add("ListTagsForResource", Refuse.not_found())
    arn = story.deployment().arn
    answer = story.update(served, served)
    assert (answer["Status"], answer["Data"]["DeploymentArn"], story.deployment().arn) == (
        "SUCCESS",
        arn,
        arn,
    )


def test_a_lost_response_of_an_update_is_no_second_update(
    story: DeploymentStory, served: dict[str, Any], two: str
) -> None:
    """The deployment shows what was asked for."""
    story.double.faults.add(UPDATE, LoseResponse())
    assert story.update(story.desired(two), served)["Status"] == "SUCCESS"
    assert story.deployment().model_arn == two


def test_a_deployment_that_somebody_deleted_is_created_again(
    story: DeploymentStory, served: dict[str, Any], one: str
) -> None:
    """Its ARN is another one then, and the response has it."""
    before = story.deployment().arn
    story.double.withdraw(NAME)
    answer = story.update(served, story.desired(one, Tags=[{"key": "a", "value": "b"}]))
    assert answer["Data"]["DeploymentArn"] == story.deployment().arn != before


def test_a_deployment_that_failed_earlier_makes_room(
    story: DeploymentStory, served: dict[str, Any], two: str
) -> None:
    """It never served anything."""
    story.double.fail_deployment(NAME, "broken")
    story.clock.advance(60)
    assert story.update(story.desired(two), served)["Status"] == "SUCCESS"
    assert (story.deployment().status, story.deployment().model_arn) == ("Active", two)


def test_another_name_is_another_deployment(story: DeploymentStory, served: dict[str, Any], one: str) -> None:
    """The new one first; the cleanup deletes the old one."""
    renamed = story.desired(one, DeploymentName="tickets")
    answer = story.update(renamed, served)
    assert answer["PhysicalResourceId"] == "tickets"
    assert sorted(made.name for made in story.double.deployments()) == sorted([NAME, "tickets"])
    story.fakes.current = ResourceRecord("tickets", "UPDATE_COMPLETE", kind=TYPE)
    assert story.delete(served, NAME, CLEANUP)["Status"] == "SUCCESS"
    assert story.deployment().name == "tickets"


@pytest.mark.parametrize("status", ["UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"])
def test_an_update_that_comes_late_changes_nothing(
    story: DeploymentStory, served: dict[str, Any], one: str, two: str, status: str
) -> None:
    """Lambda may deliver it a second time after its operation."""
    assert story.update(story.desired(two), served, status)["Status"] == "FAILED"
    assert story.deployment().model_arn == one


def test_a_repeat_of_an_old_event_does_not_bring_an_old_model_back(
    story: DeploymentStory, served: dict[str, Any], two: str
) -> None:
    """The next operation has given the deployment another model, and is still in progress."""
    story.update(story.desired(two), served)
    story.clock.advance(5)
    done = ResourceRecord(NAME, "UPDATE_COMPLETE", story.clock.now(), TYPE)
    for kind in ("Create", "Update"):
        story.fakes.current = done
        story.fakes.stack.updated = story.clock.now() - 60
        members = {"PhysicalResourceId": NAME, "OldResourceProperties": served} if kind == "Update" else {}
        answer = story.harness.send(
            kind, "UPDATE_IN_PROGRESS", served, LogicalResourceId=LOGICAL_ID, ResourceType=TYPE, **members
        )
        assert (answer["Status"], "out of date" in answer["Reason"]) == ("FAILED", True)
    assert story.deployment().model_arn == two


# -- rollback ------------------------------------------------------------------------------------------------


def test_a_rollback_serves_the_old_model_again_without_waiting(
    story: DeploymentStory, served: dict[str, Any], one: str, two: str
) -> None:
    """Its response comes at once; Bedrock swaps in its own time."""
    story.update(story.desired(two), served)
    began = story.clock.now()
    answer = story.update(served, story.desired(two), GOING_BACK)
    assert (answer["Status"], story.clock.now()) == ("SUCCESS", began)
    story.clock.advance(60)
    assert story.deployment().model_arn == one


def test_a_rollback_keeps_the_new_model_where_the_old_one_is_deleted(
    story: DeploymentStory, served: dict[str, Any], one: str, two: str
) -> None:
    """A deployment is never emptied."""
    story.update(story.desired(two), served)
    story.double.client(account=ACCOUNT, region=REGION).delete_custom_model(modelIdentifier=one)
    assert story.update(served, story.desired(two), GOING_BACK)["Status"] == "SUCCESS"
    assert story.deployment().model_arn == two
    assert story.acts("old model not served")[-1]["level"] == "WARNING"


@pytest.mark.parametrize(
    "refusal", [Refuse.conflict(), Refuse.validation("no"), Refuse.access_denied("bedrock:Update")]
)
def test_a_rollback_does_not_fail_for_a_refusal(
    story: DeploymentStory, served: dict[str, Any], two: str, refusal: Refuse
) -> None:
    """The log has the command."""
    story.update(story.desired(two), served)
    story.double.faults.add(UPDATE, refusal, times=100)
    assert story.update(served, story.desired(two), GOING_BACK)["Status"] == "SUCCESS"
    [line] = story.acts("old model not served")
    assert "update-custom-model-deployment" in line["command"]


def test_a_rollback_creates_no_deployment(story: DeploymentStory, served: dict[str, Any], one: str) -> None:
    """The first one may be what has failed."""
    story.double.withdraw(NAME)
    answer = story.update(served, story.desired(one, Description="x"), GOING_BACK)
    assert (answer["Status"], story.double.deployments()) == ("SUCCESS", ())


def test_a_rollback_deletes_the_deployment_of_the_other_name(
    story: DeploymentStory, served: dict[str, Any], one: str
) -> None:
    """No response said that it exists."""
    renamed = story.desired(one, DeploymentName="tickets")
    story.double.faults.add(CREATE, AfterCall(die))
    with pytest.raises(Killed):
        story.update(renamed, served)
    story.fakes.current = "the event's"
    assert story.update(served, renamed, GOING_BACK)["PhysicalResourceId"] == NAME
    assert story.deployment().name == NAME


def test_a_rollback_keeps_an_older_deployment_of_the_other_name(
    story: DeploymentStory, served: dict[str, Any], one: str
) -> None:
    """The update has only adopted it."""
    story.double.deploy_model(one, name="tickets", tags=OWN_TAGS)
    story.clock.advance(600)
    renamed = story.desired(one, DeploymentName="tickets")
    story.update(renamed, served)
    assert story.fakes.stack.updated is not None
    story.fakes.stack.events = [(story.fakes.stack.updated, STACK, "UPDATE_IN_PROGRESS")]
    story.update(served, renamed, GOING_BACK)
    assert {made.name for made in story.double.deployments()} == {NAME, "tickets"}


def test_a_rollback_does_not_wait_for_a_deletion(story: DeploymentStory, served: dict[str, Any]) -> None:
    """Bedrock has accepted it."""
    story.double.configure(deleting_seconds=45)
    began = story.clock.now()
    assert story.delete(served, status="ROLLBACK_IN_PROGRESS")["Status"] == "SUCCESS"
    assert story.clock.now() == began
    assert story.deployment().status == "Deleting"


def test_a_rollback_without_bedrock_succeeds(
    story: DeploymentStory, served: dict[str, Any], two: str
) -> None:
    """What could not be done is logged."""
    story.double.faults.add(GET, Refuse.access_denied("bedrock:GetCustomModelDeployment"), times=100)
    answer = story.update(served, story.desired(two), GOING_BACK)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", NAME)
    assert story.acts("not rolled back")[-1]["level"] == "ERROR"


# -- Delete --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("deleting", [0, 45])
def test_a_deployment_is_deleted_with_its_resource(
    story: DeploymentStory, served: dict[str, Any], deleting: float
) -> None:
    """The response comes when it is gone, because its model may be deleted next."""
    story.double.configure(deleting_seconds=deleting)
    assert story.delete(served)["Status"] == "SUCCESS"
    assert story.double.deployments() == ()


def test_a_deletion_that_is_rejected_is_tried_again(story: DeploymentStory, served: dict[str, Any]) -> None:
    """A deployment cannot be deleted while it is changed."""
    story.double.faults.add(DELETE, Refuse.conflict(), times=5)
    assert story.delete(served)["Status"] == "SUCCESS"
    assert story.double.deployments() == ()


def test_a_deletion_that_stays_rejected_names_the_deployment(
    story: DeploymentStory, served: dict[str, Any]
) -> None:
    """After all attempts of Lambda."""
    story.double.faults.add(DELETE, Refuse.conflict(), times=10_000)
    answer = story.delete(served)
    assert answer["Status"] == "FAILED"
    assert (
        f"delete-custom-model-deployment --custom-model-deployment-identifier {story.deployment().arn}"
        in (answer["Reason"])
    )
    assert story.delays == [60.0, 120.0]


@pytest.mark.parametrize("status", ["DELETE_IN_PROGRESS", CLEANUP])
def test_a_protected_deployment_is_not_deleted(
    story: DeploymentStory, served: dict[str, Any], status: str
) -> None:
    """Neither with the stack nor when another one replaces it."""
    answer = story.delete({**served, "DeletionProtection": "true"}, status=status)
    assert (answer["Status"], "deletion_protection is on" in answer["Reason"]) == ("FAILED", True)
    assert story.deployment().name == NAME


def test_a_retained_deployment_stays(story: DeploymentStory, served: dict[str, Any]) -> None:
    """It serves on."""
    assert story.delete({**served, "OnDelete": "Retain"})["Status"] == "SUCCESS"
    assert story.deployment().status == "Active"


@pytest.mark.parametrize("kept", [{"OnDelete": "Retain"}, {"DeletionProtection": "true"}])
def test_a_first_creation_that_is_rolled_back_leaves_nothing(
    story: DeploymentStory, served: dict[str, Any], kept: dict[str, str]
) -> None:
    """Nobody ever deployed it successfully."""
    answer = story.delete({**served, **kept}, status="ROLLBACK_IN_PROGRESS")
    assert (answer["Status"], story.double.deployments()) == ("SUCCESS", ())


@pytest.mark.parametrize("is_new", [True, False])
def test_the_rollback_of_an_update_deletes_what_the_update_has_created(
    story: DeploymentStory, one: str, *, is_new: bool
) -> None:
    """What is older stays, whatever its properties say."""
    story.fakes.stack.updated = story.clock.now() + (-60 if is_new else 600)
    story.fakes.stack.events = [(story.fakes.stack.updated, STACK, "UPDATE_IN_PROGRESS")]
    kept = story.desired(one, OnDelete="Retain")
    story.create(kept)
    answer = story.delete(kept, status=GOING_BACK)
    assert answer["Status"] == "SUCCESS"
    assert len(story.double.deployments()) == (0 if is_new else 1)


@pytest.mark.parametrize("visible_after", [0, 45])
def test_a_delete_with_an_invented_id_finds_the_deployment_by_its_name(
    story: DeploymentStory, one: str, visible_after: float
) -> None:
    """CloudFormation got no response to the Create; Bedrock may not show the deployment yet."""
    story.double.configure(deployment_readable_after_seconds=visible_after)
    story.double.faults.add(CREATE, AfterCall(die))
    desired = story.desired(one)
    with pytest.raises(Killed):
        story.create(desired)
    story.fakes.current = "the event's"
    assert story.delete(desired, INVENTED, "ROLLBACK_IN_PROGRESS")["Status"] == "SUCCESS"
    assert story.double.deployments() == ()


def test_a_delete_of_a_create_that_created_nothing_does_not_wait(story: DeploymentStory, one: str) -> None:
    """Its id says so."""
    began = story.clock.now()
    answer = story.delete(story.desired(one), "not-created/request-1", "ROLLBACK_IN_PROGRESS")
    assert (answer["Status"], story.clock.now()) == ("SUCCESS", began)


def test_the_current_deployment_is_not_deleted_for_another_id(
    story: DeploymentStory, served: dict[str, Any]
) -> None:
    """With rollback disabled, the id of a failed attempt is deleted when the next one has succeeded."""
    story.fakes.stack.updated = story.clock.now() - 600
    for name in (INVENTED, NAME):
        story.fakes.current = ResourceRecord(NAME, "UPDATE_COMPLETE", story.clock.now(), TYPE)
        assert story.delete(served, name, CLEANUP)["Status"] == "SUCCESS"
    assert story.deployment().name == NAME


def test_a_deployment_is_left_where_nobody_says_which_is_current(
    story: DeploymentStory, served: dict[str, Any]
) -> None:
    """The log has the command that deletes it."""
    story.fakes.denied = {"describe_stack_resource"}
    assert story.delete(served, INVENTED, CLEANUP)["Status"] == "SUCCESS"
    assert story.deployment().name == NAME
    [line] = story.acts("deployment not deleted")
    assert story.deployment().arn in line["command"]


def test_a_rollback_does_not_fail_for_a_deletion(story: DeploymentStory, served: dict[str, Any]) -> None:
    """The log says what is left."""
    refused = Refuse.access_denied("bedrock:DeleteCustomModelDeployment")
    story.double.faults.add(DELETE, refused, times=100)
    assert story.delete(served, status="ROLLBACK_IN_PROGRESS")["Status"] == "SUCCESS"
    assert story.acts("not rolled back")[-1]["level"] == "ERROR"


def test_a_rollback_deletes_what_bedrock_refuses_to_delete_for_longer_than_one_attempt(
    story: DeploymentStory, served: dict[str, Any]
) -> None:
    """The attempts that CloudFormation still waits for are used; nothing is left behind."""
    story.double.faults.add(DELETE, Refuse.conflict(), times=100)
    assert story.delete(served, status="ROLLBACK_IN_PROGRESS")["Status"] == "SUCCESS"
    assert story.double.deployments() == ()
    assert story.delays == [60.0]


def test_a_rollback_that_cannot_delete_says_how_to(story: DeploymentStory, served: dict[str, Any]) -> None:
    """The line of the log has the command after the last attempt."""
    story.double.faults.add(DELETE, Refuse.conflict(), times=10_000)
    assert story.delete(served, status="ROLLBACK_IN_PROGRESS")["Status"] == "SUCCESS"
    [line] = story.acts("not rolled back")
    assert "delete-custom-model-deployment" in line["reason"]
    assert story.deployment().arn in line["reason"]


def test_a_deletion_without_permission_fails_with_the_deployments_arn(
    story: DeploymentStory, served: dict[str, Any]
) -> None:
    """Outside of a rollback."""
    refused = Refuse.access_denied("bedrock:DeleteCustomModelDeployment")
    story.double.faults.add(DELETE, refused, times=100)
    assert story.deployment().arn in story.delete(served)["Reason"]


# -- how often -----------------------------------------------------------------------------------------------


def test_a_deployment_is_read_every_ten_seconds(story: DeploymentStory, one: str) -> None:
    """Until it is ready."""
    reads = story.times(GET)
    story.create(story.desired(one))
    assert reads == [0, 0, 10, 20, 30, 40, 50, 60]


def test_a_new_deployment_is_looked_for_a_minute_long(story: DeploymentStory, one: str) -> None:
    """By a Delete whose Create has got no response."""
    reads = story.times(GET)
    story.delete(story.desired(one), INVENTED, "ROLLBACK_IN_PROGRESS")
    assert reads == [0, 0, 15, 30, 45, 60]  # the first one is about the invented id


@pytest.mark.parametrize(
    ("refusal", "calls"),
    [(Refuse.validation("no"), 3), (Refuse.conflict(), 13), (Refuse.not_found(), 3), (Refuse.quota(), 1)],
)
def test_an_update_that_is_rejected_is_tried_so_often(
    story: DeploymentStory, served: dict[str, Any], two: str, refusal: Refuse, calls: int
) -> None:
    """Then the reason says that the old model is served."""
    story.double.faults.add(UPDATE, refusal, times=100)
    began = story.clock.now()
    answer = story.update(story.desired(two), served)
    assert f"still serves {served['ModelArn']}" in answer["Reason"]
    assert story.count(UPDATE) == calls
    assert story.clock.now() - began == 10 * (calls - 1)


def test_a_deletion_without_effect_is_asked_for_every_minute(
    story: DeploymentStory, served: dict[str, Any]
) -> None:
    """Not with every read."""
    story.double.configure(deleting_seconds=130)
    asked = story.times(DELETE)
    story.delete(served)
    assert asked == [0, 60, 120]


# -- names ---------------------------------------------------------------------------------------------------


def test_a_generated_name_is_the_same_in_every_release() -> None:
    """A deployment is found by it; another one would be a second deployment with another ARN."""
    assert deployment_name(STACK, "Deployment") == "Deployment-a6eb44434dff"
    assert deployment_name(STACK, "A" * 80 + "F8A5E379") == f"{'A' * 32}F8A5E379-2fa393e6e5a0"


def test_hostile_text_of_bedrock_ends_in_one_line(story: DeploymentStory, one: str) -> None:
    """No control character and no URL reaches the stack's events."""
    story.double.configure(
        deployment_failure="\x1b[31mred\x00 https://evil.example/x\n\u2028 \U0001f600" * 200
    )
    reason = story.create(story.desired(one))["Reason"]
    assert not any(ord(char) < 32 or char == "\u2028" for char in reason)
    assert "https://" not in reason
    assert len(reason.encode()) < 4096


def test_an_attempt_without_response_is_reported_to_lambda(story: DeploymentStory, one: str) -> None:
    """It counts as an error of the function, which makes Lambda deliver the event again."""
    story.double.configure(deploying_seconds=10_000)
    story.operation("Create", "CREATE_IN_PROGRESS", "")
    with pytest.raises(UnfinishedError, match="it is Creating"):
        story.harness.send(
            "Create",
            "CREATE_IN_PROGRESS",
            story.desired(one),
            LogicalResourceId=LOGICAL_ID,
            ResourceType=TYPE,
        )
    assert story.fakes.answers[1:] == []
    assert story.acts("left to the next attempt")


def test_the_sdk_and_bedrocks_service_model_know_every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over HTTP, with the client that the function makes."""
    double = BedrockDouble(account=ACCOUNT)
    job = double.client(account=ACCOUNT, region=REGION).create_model_customization_job(
        **{**REQUEST, "jobName": "a", "customModelName": "b"}
    )
    double.complete(job["jobArn"])
    model = double.models()[0].arn
    with BedrockServer(double) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK", server.url)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, ACCOUNT)
        client.cache_clear()
        try:
            bedrock = BedrockDeployments(client("bedrock", REGION), Retry(SystemClock(), time.time() + 30))
            arn = bedrock.create(creation_request("tickets", model, {"team": "a"}, "once"))
            assert bedrock.create(creation_request("tickets", model, {"team": "a"}, "once")) == arn
            found = bedrock.get("tickets")
            assert found is not None
            assert (found.arn, found.model_arn, found.status) == (arn, model, "Creating")
            assert found.created is not None
            double.activate("tickets")
            bedrock.update(arn, model)
            updating = bedrock.get(arn)
            assert updating is not None
            assert (updating.update_model_arn, updating.is_updating) == (model, True)
            bedrock.add_tags(arn, {"b": "c"})
            bedrock.remove_tags(arn, ["team"])
            assert bedrock.get_tags(arn) == {"b": "c"}
            bedrock.delete(arn)
            assert bedrock.get(arn) is None
        finally:
            client.cache_clear()
