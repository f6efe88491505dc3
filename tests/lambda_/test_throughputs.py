"""Provisioned throughputs: what the function buys, changes and deletes, and what it never buys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from contract.resource import EXPIRES_TAG, RESOURCE_TAG, STACK_TAG

from constructs_lib.checks.rules.throughput import MOST_UNITS
from constructs_lib.testing.bedrock import AfterCall, BeforeCall, LoseResponse, Refuse
from tests.lambda_.builders import STACK, Harness, die
from tests.lambda_.buying import (
    BUY,
    CLEANUP,
    DELETE,
    GET,
    GOING_BACK,
    HOUR,
    LOGICAL_ID,
    MACHINE,
    NAME,
    UPDATE,
    ThroughputStory,
)
from tests.lambda_.cloudformation import ResourceRecord
from tests.lambda_.fakes import ACCOUNT, REGION, Killed

if TYPE_CHECKING:
    from collections.abc import Callable

OWN_TAGS = {STACK_TAG: STACK, RESOURCE_TAG: LOGICAL_ID}
INVENTED = "Stack-Throughput-1ABCDEFGHIJKL"


@pytest.fixture
def story(harness: Harness) -> ThroughputStory:
    """Return a story without a model."""
    return ThroughputStory(harness)


@pytest.fixture
def one(story: ThroughputStory) -> str:
    """A model."""
    return story.model(2)


@pytest.fixture
def two(story: ThroughputStory, one: str) -> str:  # noqa: ARG001 - the older model
    """Another model of the same base model."""
    return story.model(9)


@pytest.fixture
def bought(story: ThroughputStory, one: str) -> dict[str, Any]:
    """A throughput of the first model that is billed by the hour; its properties."""
    desired = story.desired(one)
    assert story.create(desired)["Status"] == "SUCCESS"
    return desired


# -- Create --------------------------------------------------------------------------------------------------


def test_a_throughput_is_bought_and_waited_for(story: ThroughputStory, one: str) -> None:
    """The response has its ARN, which is the physical id, and it is in service then."""
    answer = story.create(story.desired(one, Tags=[{"key": "team", "value": "a"}]))
    found = story.throughput()
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", found.arn)
    assert answer["Data"] == {
        "ThroughputArn": found.arn,
        "ThroughputName": NAME,
        "ModelArn": one,
        "Status": "InService",
        "CommitmentExpires": "",
    }
    assert (found.name, found.model_arn, found.tags) == (NAME, one, {**OWN_TAGS, "team": "a"})
    assert story.harness.fakes.executions.inputs == {}


def test_a_commitment_is_bought_where_the_template_says_so(story: ThroughputStory, one: str) -> None:
    """The response says when it ends."""
    answer = story.create(story.desired(one, CommitmentDuration="OneMonth", ModelUnits="2"))
    got = story.get()
    assert (got["modelUnits"], got["commitmentDuration"]) == (2, "OneMonth")
    expected = got["commitmentExpirationTime"].strftime("%Y-%m-%dT%H:%M:%SZ")
    assert answer["Data"]["CommitmentExpires"] == expected


def test_a_lost_response_of_the_purchase_is_found_by_the_name(story: ThroughputStory, one: str) -> None:
    """T1: Bedrock has sold it; nobody has seen the response."""
    story.double.faults.add(BUY, LoseResponse(), times=100)
    answer = story.create(story.desired(one))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", story.throughput().arn)
    assert story.bought() == 1


def test_an_event_that_lambda_repeats_buys_once(story: ThroughputStory, one: str) -> None:
    """The function died after the purchase; the next attempt finds it."""
    story.double.configure(throughput_readable_after_seconds=45)
    story.double.faults.add(BUY, AfterCall(die))
    with pytest.raises(Killed):
        story.create(story.desired(one), request_id="same")
    answer = story.create(story.desired(one), request_id="same")
    assert (answer["Status"], len(story.throughputs()), story.bought()) == ("SUCCESS", 1, 1)


def test_a_throughput_that_is_not_visible_yet_is_not_bought_twice(story: ThroughputStory, one: str) -> None:
    """Bedrock shows it 45 seconds later."""
    story.double.configure(throughput_readable_after_seconds=45)
    assert story.create(story.desired(one))["Status"] == "SUCCESS"
    assert story.count(BUY) == 1


def test_without_a_model_nothing_is_bought(story: ThroughputStory, one: str) -> None:
    """The wait for a job ended before the job; a changed purchase buys when there is a model."""
    waiting = story.desired("")
    answer = story.create(waiting)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", NAME)
    assert (answer["Data"]["ThroughputArn"], answer["Data"]["Status"]) == ("", "")
    assert story.acts("decided")[-1]["level"] == "WARNING"

    answer = story.update(story.desired(one), waiting)
    assert (answer["Status"], answer["PhysicalResourceId"], story.count(BUY)) == ("SUCCESS", NAME, 0)
    assert "an Update buys nothing" in story.acts("decided")[-1]["note"]

    answer = story.update(story.desired(one, Purchase="2"), story.desired(one))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", story.throughput().arn)
    story.fakes.current = story.fakes.stack.resources[LOGICAL_ID]
    left = story.delete(waiting, NAME, CLEANUP)
    assert (left["Status"], len(story.throughputs())) == ("SUCCESS", 1)


def test_a_name_that_is_taken_buys_nothing(story: ThroughputStory, one: str) -> None:
    """And what has it is never touched."""
    theirs = story.double.provision(one, name="chat")
    answer = story.create(story.desired(one, ProvisionedModelName="chat"))
    assert f"the throughput name chat is taken by {theirs}" in answer["Reason"]
    assert answer["PhysicalResourceId"].startswith("not-created/")
    assert story.delete(story.desired(one, ProvisionedModelName="chat"), answer["PhysicalResourceId"])
    assert [found.arn for found in story.throughputs()] == [theirs]
    assert story.count(BUY) == 0


@pytest.mark.parametrize("status", ["ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS", "CREATE_COMPLETE"])
def test_nothing_is_bought_in_a_rollback(story: ThroughputStory, one: str, status: str) -> None:
    """T3: nor by an event that comes late."""
    answer = story.create(story.desired(one), status)
    assert (answer["Status"], story.count(BUY)) == ("FAILED", 0)
    assert answer["Reason"].startswith("Nothing was bought")


def test_a_quota_without_model_units_says_what_to_ask_for(story: ThroughputStory, one: str) -> None:
    """T8: at once, because waiting grants none."""
    story.double.configure(model_units=0)
    began = story.clock.now()
    answer = story.create(story.desired(one))
    assert "An account has no model units for provisioned throughput" in answer["Reason"]
    assert "AWS Support" in answer["Reason"]
    assert (story.count(BUY), story.clock.now() - began < 30) == (1, True)


def test_a_throughput_that_fails_is_deleted(story: ThroughputStory, one: str) -> None:
    """It would occupy name and model units."""
    story.double.configure(provisioning_failure="no capacity")
    answer = story.create(story.desired(one))
    assert "is Failed. Message from AWS: no capacity" in answer["Reason"]
    assert story.throughputs() == []
    story.delete(story.desired(one), answer["PhysicalResourceId"], "ROLLBACK_IN_PROGRESS")
    assert story.bought() == 1


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"ModelUnits": "0"}, "ModelUnits must be a whole number"),
        ({"ModelUnits": None}, "ModelUnits must be a whole number"),
        ({"ModelUnits": str(MOST_UNITS + 1)}, "ModelUnits must be a whole number from 1 to 999999"),
        ({"CommitmentDuration": "OneYear"}, "CommitmentDuration must be OneMonth or SixMonths"),
        ({"Purchase": ""}, "Purchase must be a text"),
        ({"ModelId": "tickets"}, "ModelId must be the ARN of a model"),
        ({"ProvisionedModelName": "a--b"}, "ProvisionedModelName must have at most 63"),
        ({"OnDelete": "Keep"}, "OnDelete must be Delete or Retain"),
        ({"ExpiresAfter": "3600"}, "StateMachine must be the ARN"),
        ({"ExpiresAfter": "soon", "StateMachine": MACHINE}, "ExpiresAfter must be a number"),
        (
            {"ExpiresAfter": "60", "StateMachine": MACHINE, "CommitmentDuration": "OneMonth"},
            "ExpiresAfter must not be given with CommitmentDuration",
        ),
    ],
)
def test_properties_that_are_not_valid_buy_nothing(
    story: ThroughputStory, one: str, settings: dict[str, Any], problem: str
) -> None:
    """The response says which."""
    answer = story.create(story.desired(one, **settings))
    assert problem in answer["Reason"]
    assert "BUY" not in story.writes()
    assert story.count(BUY) == 0


# -- Update --------------------------------------------------------------------------------------------------


def test_another_model_is_served_under_the_same_arn(
    story: ThroughputStory, bought: dict[str, Any], two: str
) -> None:
    """T2: nothing is bought."""
    arn = story.throughput().arn
    answer = story.update(story.desired(two), bought, name=arn)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", arn)
    assert (story.throughput().model_arn, story.throughput().status) == (two, "InService")
    assert story.bought() == 1


def test_a_foundation_model_can_be_served_instead(story: ThroughputStory, bought: dict[str, Any]) -> None:
    """The base model of the custom model."""
    base = story.get()["foundationModelArn"]
    answer = story.update(story.desired(base), bought, name=story.throughput().arn)
    assert (answer["Status"], story.throughput().model_arn) == ("SUCCESS", base)


def test_a_new_name_is_given_in_place(story: ThroughputStory, bought: dict[str, Any], one: str) -> None:
    """The ARN and the physical id stay, so that nothing is replaced."""
    arn = story.throughput().arn
    renamed = story.desired(one, ProvisionedModelName="tickets")
    answer = story.update(renamed, bought, name=arn)
    assert (answer["PhysicalResourceId"], answer["Data"]["ThroughputName"]) == (arn, "tickets")
    assert (story.throughput().name, story.throughput().arn, story.bought()) == ("tickets", arn, 1)
    back = story.update(bought, renamed, GOING_BACK, arn)
    assert (back["Status"], story.throughput().name) == ("SUCCESS", NAME)


def test_a_new_name_that_is_taken_changes_nothing(
    story: ThroughputStory, bought: dict[str, Any], one: str
) -> None:
    """The sentence says what it is still called."""
    story.double.provision(one, name="chat")
    renamed = story.desired(one, ProvisionedModelName="chat")
    answer = story.update(renamed, bought, name=story.get()["provisionedModelArn"])
    assert f"was not renamed to chat, and is still called {NAME}" in answer["Reason"]


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ({"ModelUnits": "2"}, "model units"),
        ({"CommitmentDuration": "OneMonth"}, "commitment"),
        ({"ModelUnits": "3", "CommitmentDuration": "SixMonths"}, "model units and the commitment"),
    ],
)
def test_units_and_commitment_cannot_be_changed(
    story: ThroughputStory, bought: dict[str, Any], one: str, settings: dict[str, str], what: str
) -> None:
    """T4: the event fails before any call of Bedrock; also with another purchase while it exists."""
    arn, before = story.throughput().arn, len(story.double.calls())
    answer = story.update(story.desired(one, **settings), bought, name=arn)
    assert f"The {what} of the throughput {arn} cannot be changed" in answer["Reason"]
    assert len(story.double.calls()) == before
    answer = story.update(story.desired(one, Purchase="2", **settings), bought, name=arn)
    assert f"The {what} of the throughput {arn} cannot be changed" in answer["Reason"]
    assert (story.bought(), story.count(UPDATE)) == (1, 0)


def test_a_throughput_that_is_gone_is_not_bought_again(
    story: ThroughputStory, bought: dict[str, Any], two: str
) -> None:
    """T6: it has expired, or somebody has deleted it."""
    arn = story.throughput().arn
    story.double.withdraw(arn)
    answer = story.update(story.desired(two), bought, name=arn)
    assert f"The throughput {arn} does not exist any more" in answer["Reason"]
    assert "Change purchase" in answer["Reason"]
    assert story.bought() == 1


def test_a_changed_purchase_buys_what_is_gone(
    story: ThroughputStory, bought: dict[str, Any], one: str
) -> None:
    """Once, with other units if the template says so; the cleanup of the old ARN deletes nothing."""
    arn = story.throughput().arn
    story.double.withdraw(arn)
    again = story.desired(one, Purchase="2", ModelUnits="2")
    story.double.faults.add(BUY, AfterCall(die))
    with pytest.raises(Killed):
        story.update(again, bought, name=arn, request_id="same")
    answer = story.update(again, bought, name=arn, request_id="same")
    new = story.throughput().arn
    assert (answer["Status"], answer["PhysicalResourceId"], new != arn) == ("SUCCESS", new, True)
    assert (story.bought(), story.get()["modelUnits"]) == (2, 2)
    left = story.delete(bought, arn, CLEANUP)
    assert (left["Status"], story.throughput().arn) == ("SUCCESS", new)


def test_a_changed_purchase_buys_nothing_while_there_is_one(
    story: ThroughputStory, bought: dict[str, Any], one: str
) -> None:
    """It is what there should be."""
    answer = story.update(story.desired(one, Purchase="2"), bought, name=story.throughput().arn)
    assert (answer["Status"], story.bought()) == ("SUCCESS", 1)


def test_an_update_without_change_only_reads(story: ThroughputStory, bought: dict[str, Any]) -> None:
    """And waits for nothing."""
    before, began = story.writes(), story.clock.now()
    assert story.update(bought, bought, name=story.throughput().arn)["Status"] == "SUCCESS"
    assert (story.writes(), story.clock.now()) == (before, began)


@pytest.mark.parametrize("shown", ["InService", "Failed"])
def test_an_update_that_fails_keeps_the_throughput(
    story: ThroughputStory, bought: dict[str, Any], one: str, two: str, shown: str
) -> None:
    """It is paid for, and serves the old model; how Bedrock shows that is not documented."""
    story.double.configure(update_failure="no capacity", failed_throughput_update=shown)
    answer = story.update(story.desired(two), bought, name=story.throughput().arn)
    assert answer["Status"] == "FAILED"
    assert "Message from AWS: no capacity" in answer["Reason"]
    assert (story.throughput().model_arn, story.count(DELETE)) == (one, 0)


def test_a_model_of_another_base_is_refused(story: ThroughputStory, bought: dict[str, Any], one: str) -> None:
    """And the throughput stays as it is."""
    other = story.model(3, baseModelIdentifier="meta.llama3-3-70b-instruct-v1:0:128k")
    answer = story.update(story.desired(other), bought, name=story.throughput().arn)
    assert "takes only its base model and models that were trained from that" in answer["Reason"]
    assert story.throughput().model_arn == one


def test_tags_follow_the_template(story: ThroughputStory, bought: dict[str, Any], one: str) -> None:
    """Those of ownership stay."""
    tagged = story.desired(one, Tags=[{"key": "team", "value": "b"}])
    story.update(tagged, bought, name=story.throughput().arn)
    assert story.throughput().tags == {**OWN_TAGS, "team": "b"}


# -- rollback ------------------------------------------------------------------------------------------------


def test_a_rollback_gives_the_old_model_back_and_buys_nothing(
    story: ThroughputStory, bought: dict[str, Any], one: str, two: str
) -> None:
    """It does not wait for it."""
    arn = story.throughput().arn
    story.update(story.desired(two), bought, name=arn)
    began = story.clock.now()
    answer = story.update(bought, story.desired(two), GOING_BACK, arn)
    assert (answer["Status"], answer["PhysicalResourceId"], story.clock.now()) == ("SUCCESS", arn, began)
    story.clock.advance(60)
    assert (story.throughput().model_arn, story.bought()) == (one, 1)


def test_a_rollback_buys_nothing_back(story: ThroughputStory, bought: dict[str, Any], two: str) -> None:
    """T3: it was deleted meanwhile; the rollback succeeds without one."""
    arn = story.throughput().arn
    story.double.withdraw(arn)
    answer = story.update(bought, story.desired(two, Purchase="2"), GOING_BACK, arn)
    assert (answer["Status"], answer["Data"]["ThroughputArn"]) == ("SUCCESS", "")
    assert story.bought() == 1


def test_a_rollback_deletes_what_the_failed_update_has_bought(
    story: ThroughputStory, bought: dict[str, Any], one: str
) -> None:
    """Nobody would pay for it knowingly."""
    arn = story.throughput().arn
    story.double.withdraw(arn)
    again = story.desired(one, Purchase="2")
    story.clock.advance(HOUR)
    answer = story.update(again, bought, name=arn)
    assert story.bought() == 2
    back = story.update(bought, again, GOING_BACK, answer["PhysicalResourceId"])
    assert (back["Status"], story.throughputs()) == ("SUCCESS", [])


def test_a_rollback_never_fails(story: ThroughputStory, bought: dict[str, Any], one: str, two: str) -> None:
    """What it could not do is in the log."""
    arn = story.throughput().arn
    story.double.faults.add(UPDATE, Refuse.validation("no"), times=9)
    renamed = story.desired(two, ProvisionedModelName="tickets")
    answer = story.update(story.desired(two), story.desired(one), GOING_BACK, arn)
    assert (answer["Status"], len(story.acts("not rolled back"))) == ("SUCCESS", 1)
    answer = story.update(renamed, bought, GOING_BACK, arn)
    assert (answer["Status"], len(story.acts("not rolled back"))) == ("SUCCESS", 3)


# -- Delete --------------------------------------------------------------------------------------------------


def test_a_throughput_is_deleted_with_its_resource(story: ThroughputStory, bought: dict[str, Any]) -> None:
    """And waited for, so that nothing is billed when the stack is gone."""
    story.double.configure(deleting_seconds=30)
    answer = story.delete(bought, story.throughput().arn)
    assert (answer["Status"], story.throughputs()) == ("SUCCESS", [])


@pytest.mark.parametrize("status", ["ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"])
@pytest.mark.parametrize("seconds", [0, 45])
def test_a_delete_without_the_arn_finds_what_was_bought(
    story: ThroughputStory, one: str, status: str, seconds: int
) -> None:
    """T9: a sibling failed while it was being bought, and nobody has seen the response."""
    story.double.configure(throughput_readable_after_seconds=seconds)
    story.double.faults.add(BUY, AfterCall(die))
    with pytest.raises(Killed):
        story.create(story.desired(one))
    story.fakes.current = "the event's"
    answer = story.delete(story.desired(one), INVENTED, status)
    assert (answer["Status"], story.throughputs()) == ("SUCCESS", [])
    assert story.bought() == 1


def test_a_committed_throughput_is_not_silently_left(story: ThroughputStory, one: str) -> None:
    """T5: the Delete fails with the date and makes no call that changes something; later it succeeds."""
    committed = story.desired(one, CommitmentDuration="OneMonth")
    arn = story.create(committed)["PhysicalResourceId"]
    until = story.get()["commitmentExpirationTime"].strftime("%Y-%m-%dT%H:%M:%SZ")
    for status in ("DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"):
        answer = story.delete(committed, arn, status)
        assert f"has a commitment and is billed until {until}" in answer["Reason"]
    assert story.count(DELETE) == 0
    retained = story.delete({**committed, "OnDelete": "Retain"}, arn)
    assert (retained["Status"], len(story.throughputs())) == ("SUCCESS", 1)
    story.clock.advance(30 * 24 * HOUR)
    assert story.delete(committed, arn)["Status"] == "SUCCESS"
    assert story.throughputs() == []


@pytest.mark.parametrize("refusal", ["ConflictException", "ValidationException"])
def test_a_deletion_that_bedrock_refuses_fails_with_the_command(
    story: ThroughputStory, one: str, refusal: str
) -> None:
    """It may be committed by a purchase of somebody else; it is billed on, also in a rollback."""
    desired = story.desired(one)
    arn = story.create(desired)["PhysicalResourceId"]
    story.double.faults.add(DELETE, Refuse(refusal, "not now"), times=10_000)
    for status in ("DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"):
        answer = story.delete(desired, arn, status)
        command = f"aws bedrock delete-provisioned-model-throughput --provisioned-model-id {arn}"
        assert (answer["Status"], command in answer["Reason"]) == ("FAILED", True)


def test_a_retained_throughput_stays(story: ThroughputStory, one: str) -> None:
    """It goes on being billed, as the template says; a resource of the same id takes it up again."""
    kept = story.desired(one, OnDelete="Retain")
    arn = story.create(kept)["PhysicalResourceId"]
    assert story.delete(kept, arn)["Status"] == "SUCCESS"
    answer = story.create(kept)
    assert (answer["PhysicalResourceId"], story.bought()) == (arn, 1)


def test_a_throughput_of_somebody_else_is_not_deleted(story: ThroughputStory, one: str) -> None:
    """Whatever id the event has."""
    theirs = story.double.provision(one, name="chat", tags={STACK_TAG: STACK, RESOURCE_TAG: "Other"})
    for name in (theirs, NAME, INVENTED):
        assert story.delete(story.desired(one), name)["Status"] == "SUCCESS"
    assert [found.arn for found in story.throughputs()] == [theirs]


# -- expiry --------------------------------------------------------------------------------------------------


@pytest.fixture
def expiring(story: ThroughputStory, one: str) -> dict[str, Any]:
    """A throughput that is deleted after two hours; its properties."""
    desired = story.expiring(one, 2 * HOUR)
    assert story.create(desired)["Status"] == "SUCCESS"
    return desired


def test_a_throughput_is_deleted_when_its_time_is_over(
    story: ThroughputStory, expiring: dict[str, Any]
) -> None:
    """The execution was started before the purchase, and looks every hour."""
    [execution] = story.fakes.executions.inputs.values()
    assert execution == {
        "task": {"kind": "expire", "stackId": STACK, "resource": LOGICAL_ID, "name": NAME},
    }
    assert story.throughput().tags[EXPIRES_TAG] == expiring["ExpiresAfter"] == "7200"
    assert story.fakes.executions.machines == dict.fromkeys(story.fakes.executions.inputs, MACHINE)
    got = story.expire()
    assert (got["isOver"], got["pause"], got["task"]) == (False, 3600, execution["task"])
    story.clock.advance(6000)
    assert 1100 < story.expire()["pause"] <= 1200
    story.clock.advance(1200)
    assert story.expire()["isOver"] is False
    assert story.throughputs() == []
    assert story.expire()["isOver"] is True
    assert story.bought() == 1


def test_nothing_is_bought_that_nothing_would_delete(story: ThroughputStory, one: str) -> None:
    """The state machine may not be started."""
    story.fakes.executions.refuse("AccessDeniedException", times=99)
    answer = story.create(story.expiring(one))
    assert "the state machine that deletes the throughput in time could not be started" in answer["Reason"]
    assert story.count(BUY) == 0


def test_a_repeated_event_starts_one_execution(story: ThroughputStory, one: str) -> None:
    """Its name comes from the event."""
    for _ in range(2):
        story.create(story.expiring(one), request_id="same")
    assert len(story.fakes.executions.inputs) == 1


def test_the_task_waits_while_the_throughput_is_being_bought(story: ThroughputStory, one: str) -> None:
    """It was started before."""
    story.shown("", "CREATE_IN_PROGRESS")
    got = story.expire()
    assert (got["isOver"], got["pause"]) == (False, 60)
    story.shown("", "CREATE_FAILED")
    assert story.expire()["isOver"] is True
    assert one


@pytest.mark.parametrize("change", ["later", "never", "sooner"])
def test_a_changed_time_needs_no_other_execution(
    story: ThroughputStory, expiring: dict[str, Any], one: str, change: str
) -> None:
    """The tag has it, and the running execution reads that."""
    desired = {
        "later": story.expiring(one, 5 * HOUR),
        "never": story.desired(one),
        "sooner": story.expiring(one, HOUR),
    }[change]
    assert story.update(desired, expiring, name=story.throughput().arn)["Status"] == "SUCCESS"
    story.clock.advance(1.5 * HOUR)
    got = story.expire()
    assert got["isOver"] is (change == "never")
    assert len(story.throughputs()) == (0 if change == "sooner" else 1)


def test_a_time_that_cannot_be_changed_fails_the_update(
    story: ThroughputStory, expiring: dict[str, Any], one: str
) -> None:
    """It would be billed longer than the template says."""
    refused = Refuse.access_denied("bedrock:ListTagsForResource")
    story.double.faults.add("ListTagsForResource", refused, times=99)
    answer = story.update(story.expiring(one, HOUR), expiring, name=story.throughput().arn)
    assert "The time after which the throughput is deleted was not changed" in answer["Reason"]


def test_a_throughput_that_was_renamed_expires(
    story: ThroughputStory, expiring: dict[str, Any], one: str
) -> None:
    """The task has the old name; the resource has the ARN."""
    arn = story.throughput().arn
    story.update(story.expiring(one, 2 * HOUR, ProvisionedModelName="tickets"), expiring, name=arn)
    story.clock.advance(3 * HOUR)
    story.expire()
    assert story.throughputs() == []


@pytest.mark.parametrize("tags", [{}, OWN_TAGS], ids=["none", "all but the time"])
def test_tags_that_are_readable_late_end_no_task(
    story: ThroughputStory, one: str, tags: dict[str, str]
) -> None:
    """Else a throughput that has just been bought, or was given a time, would be billed for ever."""
    story.double.provision(one, name=NAME, tags=tags)
    story.shown("", "CREATE_IN_PROGRESS")
    got = story.expire()
    assert (got["isOver"], got["pause"]) == (False, 60)
    story.shown("", "CREATE_COMPLETE")
    assert story.expire()["isOver"] is True


def test_a_task_after_the_stack_is_deleted_is_over(story: ThroughputStory, expiring: dict[str, Any]) -> None:
    """T7: there is nothing left to delete."""
    story.delete(expiring, story.throughput().arn)
    story.shown("", "DELETE_COMPLETE")
    before = story.count(DELETE)
    assert story.expire()["isOver"] is True
    assert story.count(DELETE) == before


@pytest.mark.parametrize("named", ["theirs", NAME])
def test_a_forged_task_deletes_nothing(
    story: ThroughputStory, expiring: dict[str, Any], one: str, named: str
) -> None:
    """What has no tags of ours, and what has not expired, stays; no member of a task changes that."""
    story.double.provision(one, name="theirs", tags={EXPIRES_TAG: "1"})
    story.clock.advance(60)
    story.shown("", "CREATE_IN_PROGRESS")
    task = {"kind": "expire", "stackId": STACK, "resource": LOGICAL_ID, "name": named, "until": 0}
    story.fakes.current = None
    story.harness.task(task)
    assert len(story.throughputs()) == 2
    assert story.count(DELETE) == 0
    assert expiring


@pytest.mark.parametrize(
    ("fault", "pause", "level"),
    [
        (Refuse("ConflictException", "busy"), 60, "WARNING"),
        (Refuse.access_denied("bedrock:DeleteProvisionedModelThroughput"), 3600, "ERROR"),
    ],
)
def test_a_deletion_that_is_refused_is_tried_again(
    story: ThroughputStory, expiring: dict[str, Any], fault: Refuse, pause: int, level: str
) -> None:
    """An execution does not end while it is billed."""
    story.clock.advance(3 * HOUR)
    story.double.faults.add(DELETE, fault, times=99)
    got = story.expire()
    assert (got["isOver"], got["pause"]) == (False, pause)
    assert story.acts("task carried out")[-1]["level"] == level
    story.double.faults.clear()
    story.expire()
    assert story.throughputs() == []
    assert expiring


def test_tags_that_may_not_be_read_end_no_task(story: ThroughputStory, expiring: dict[str, Any]) -> None:
    """A generated name is ours, but how long it may exist is unknown then."""
    refused = Refuse.access_denied("bedrock:ListTagsForResource")
    story.double.faults.add("ListTagsForResource", refused, times=99)
    got = story.expire()
    assert (got["isOver"], got["pause"]) == (False, 3600)
    assert expiring


@pytest.mark.parametrize(
    "members",
    [{"name": ""}, {"name": "a" * 64}, {"name": "arn:aws:x"}, {"name": None}, {"resource": "a/b"}],
)
def test_a_task_with_nonsense_is_refused(
    story: ThroughputStory, expiring: dict[str, Any], members: dict[str, Any]
) -> None:
    """With one line of the log, and without a call."""
    before = len(story.double.calls())
    task = {"kind": "expire", "stackId": STACK, "resource": LOGICAL_ID, "name": NAME, **members}
    assert story.harness.task(task) == {"task": {}, "isOver": True, "pause": 0}
    assert len(story.double.calls()) == before
    assert expiring


# -- what never buys -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "act",
    [
        lambda story, old, model: story.update(story.desired(model), old, name=story.throughput().arn),
        lambda story, old, model: story.update(
            story.desired(model, ProvisionedModelName="other"), old, name=story.throughput().arn
        ),
        lambda story, old, model: story.update(old, story.desired(model, Purchase="9"), GOING_BACK, "x"),
        lambda story, old, _: story.delete(old, story.throughput().arn),
        lambda story, old, _: story.delete(old, INVENTED, CLEANUP),
        lambda story, _old, _model: story.expire(),
        lambda story, old, _: story.create(old, "UPDATE_ROLLBACK_IN_PROGRESS"),
    ],
)
def test_only_a_create_and_a_changed_purchase_buy(
    story: ThroughputStory,
    bought: dict[str, Any],
    two: str,
    act: Callable[[ThroughputStory, dict[str, Any], str], object],
) -> None:
    """The law of this resource type: no other event asks for a purchase."""
    before = story.count(BUY)
    act(story, bought, two)
    assert story.count(BUY) == before


def test_the_status_of_a_stack_that_is_not_known_buys_nothing(story: ThroughputStory, one: str) -> None:
    """It may be a rollback."""
    story.fakes.denied = {"describe_stacks"}
    answer = story.create(story.desired(one))
    assert (answer["Status"], story.count(BUY)) == ("FAILED", 0)


def test_a_purchase_that_is_overtaken_by_a_rollback_is_undone(story: ThroughputStory, one: str) -> None:
    """The stack was canceled while Bedrock got the request."""
    story.double.faults.add(BUY, AfterCall(lambda _: setattr(story.fakes, "status", GOING_BACK)))
    answer = story.create(story.desired(one))
    assert (answer["Status"], story.throughputs(), story.count(GET) > 0) == ("FAILED", [], True)


# -- what random histories have found ------------------------------------------------------------------------


@pytest.mark.parametrize("shown", [None, "UPDATE_COMPLETE"])
def test_an_update_that_comes_again_in_a_later_operation_buys_nothing(
    story: ThroughputStory, bought: dict[str, Any], one: str, shown: str | None
) -> None:
    """It was the Update of a rollback; the throughput is gone, and its purchase differs from the other."""
    arn = story.throughput().arn
    story.double.withdraw(arn)
    story.fakes.current = None if shown is None else ResourceRecord(arn, shown)
    again = story.desired(one, Purchase="2")
    answer = story.update(again, bought, "UPDATE_IN_PROGRESS", arn)
    assert answer["Status"] == "FAILED"
    assert "CloudFormation does not wait for a response to it any more" in answer["Reason"]
    assert story.bought() == 1


def test_what_is_bought_for_an_operation_that_is_over_is_deleted(story: ThroughputStory, one: str) -> None:
    """The stack was rolled back and updated again during the purchase, and the update does not know of it."""
    story.double.faults.add(BUY, AfterCall(lambda _double: setattr(story.fakes, "current", None)))
    answer = story.create(story.desired(one))
    assert (answer["Status"], story.throughputs()) == ("FAILED", [])
    assert story.bought() == 1


def test_the_watchdog_responds_with_an_id_that_has_what_is_being_bought_looked_for(
    story: ThroughputStory, one: str
) -> None:
    """The Delete that follows waits until Bedrock shows it."""
    story.double.configure(throughput_readable_after_seconds=45)
    story.double.faults.add(BUY, BeforeCall(lambda _double: story.clock.advance(825)))
    before = len(story.fakes.answers)
    story.create(story.desired(one))
    answer = story.fakes.answers[before]
    assert answer["PhysicalResourceId"].startswith("unconfirmed/")
    deleted = story.delete(story.desired(one), answer["PhysicalResourceId"], "ROLLBACK_IN_PROGRESS")
    assert (deleted["Status"], story.throughputs()) == ("SUCCESS", [])


def test_a_committed_throughput_whose_time_is_over_is_looked_at_once_a_day(
    story: ThroughputStory, one: str
) -> None:
    """A rollback may have given it a time: it is deleted when the commitment ends."""
    story.create(story.desired(one, CommitmentDuration="OneMonth"))
    story.harness.double.client(account=ACCOUNT, region=REGION).tag_resource(
        resourceARN=story.throughput().arn, tags=[{"key": EXPIRES_TAG, "value": "3600"}]
    )
    story.clock.advance(2 * HOUR)
    got = story.expire()
    assert (got["isOver"], got["pause"]) == (False, 86_400)
    assert story.acts("task carried out")[-1]["level"] == "ERROR"
    story.clock.advance(32 * 86_400)
    story.expire()
    assert story.throughputs() == []


def test_what_another_delivery_of_the_event_has_bought_is_not_deleted(
    story: ThroughputStory, one: str
) -> None:
    """It has responded, so that the resource has the throughput; this one cannot read the stack any more."""

    def deliver_again(_double: object) -> None:
        answer = story.create(story.desired(one), request_id="same")
        story.fakes.current = ResourceRecord(answer["PhysicalResourceId"], "CREATE_COMPLETE")
        story.fakes.denied = {"describe_stacks"}

    story.double.faults.add(BUY, BeforeCall(deliver_again))
    answer = story.create(story.desired(one), request_id="same")
    assert (answer["Status"], len(story.throughputs()), story.bought()) == ("FAILED", 1, 1)


def test_an_update_deletes_no_throughput_that_the_resource_has(
    story: ThroughputStory, bought: dict[str, Any]
) -> None:
    """A Create that failed with the same ARN, with rollback disabled, is cleaned up before the update."""
    arn = story.throughput().arn
    story.fakes.current = ResourceRecord(arn, "CREATE_COMPLETE")
    assert story.delete(bought, arn, "UPDATE_IN_PROGRESS")["Status"] == "SUCCESS"
    assert story.throughput().arn == arn
