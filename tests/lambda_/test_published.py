"""Parameters that hold the ARN of a model: never moved by a failed training, an event or a rollback."""

from __future__ import annotations

from typing import Any

import pytest
from contract.resource import RESOURCE_TAG, STACK_TAG
from customization_job.follow import LookError
from customization_job.frame.errors import AwsError, ErrorKind
from customization_job.frame.parameters import SsmParameters, all_tags
from customization_job.frame.retry import Retry

from constructs_lib.testing.bedrock import Refuse
from tests.lambda_.builders import GET, INVENTED, STACK, Harness, properties
from tests.lambda_.cloudformation import ResourceRecord
from tests.lambda_.fakes import ACCOUNT, REGION, TurnedClock, no_retry
from tests.lambda_.parameter_store import ParameterStore, StoredParameter, error
from tests.lambda_.publishing import NAME, TYPE, Story

OTHER_NAME = "/tickets/other"
OWN_TAGS = {STACK_TAG: STACK, RESOURCE_TAG: "Published"}
TWO = {"hyperParameters": {"epochCount": "9"}}
CLEANUP = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"


@pytest.fixture
def story(harness: Harness) -> Story:
    """Return a story whose job trains."""
    told = Story(harness)
    told.train()
    return told


@pytest.fixture
def published(story: Story) -> Story:
    """Return a story whose model is published."""
    story.create()
    story.complete()
    story.look()
    assert story.value() == story.model(story.arn)
    return story


# -- Create --------------------------------------------------------------------------------------------------


def test_without_a_model_there_is_no_parameter(story: Story) -> None:
    """An empty parameter is none that Systems Manager takes, and nobody should read one."""
    answer = story.create()
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", NAME)
    assert answer["Data"] == {"Value": ""}
    assert story.store.writes == []


def test_an_initial_value_is_there_until_the_first_model(story: Story) -> None:
    """What reads the parameter works before the first training has ended."""
    assert story.create(InitialValue="amazon.nova-lite-v1:0")["Data"] == {"Value": "amazon.nova-lite-v1:0"}
    assert story.value() == "amazon.nova-lite-v1:0"
    model = story.complete()
    story.look()
    assert story.value() == model


def test_a_complete_job_is_published_by_the_deployment_itself(story: Story) -> None:
    """Nothing is waited for that is known already."""
    model = story.complete()
    assert story.create()["Data"] == {"Value": model}
    assert story.value() == model


def test_a_parameter_is_created_with_the_tags_that_say_whose_it_is(story: Story) -> None:
    """And with those of the template."""
    story.create(InitialValue="none", Tags=[{"key": "team", "value": "support"}])
    assert story.store.parameters[NAME].tags == {**OWN_TAGS, "team": "support"}


@pytest.mark.parametrize("tags", [{}, {STACK_TAG: f"{STACK}0", RESOURCE_TAG: "Published"}])
def test_a_parameter_of_somebody_else_fails_the_deployment_untouched(
    story: Story, tags: dict[str, str]
) -> None:
    """P1: the reason names the parameter and whose it is."""
    story.store.parameters[NAME] = StoredParameter("theirs", tags)
    story.complete()
    answer = story.create(InitialValue="ours")
    assert answer["Status"] == "FAILED"
    assert answer["PhysicalResourceId"].startswith("not-created/")
    assert f"the parameter {NAME} exists" in answer["Reason"]
    assert (f"{STACK}0" in answer["Reason"]) == bool(tags)
    story.delete(answer["PhysicalResourceId"], "ROLLBACK_IN_PROGRESS")
    assert story.store.parameters[NAME] == StoredParameter("theirs", tags)
    assert story.store.writes == []


def test_another_resource_of_the_same_stack_is_somebody_else(story: Story) -> None:
    """Two resources must not write to one parameter."""
    tags = {STACK_TAG: STACK, RESOURCE_TAG: "Other"}
    story.store.parameters[NAME] = StoredParameter("theirs", tags)
    answer = story.create()
    assert "belongs to the resource Other of the stack" in answer["Reason"]


def test_a_parameter_that_was_retained_is_taken_again_with_its_value(story: Story) -> None:
    """The resource was removed and is back: what it published last still counts."""
    story.store.parameters[NAME] = StoredParameter("former model", dict(OWN_TAGS))
    answer = story.create(InitialValue="none", Tags=[{"key": "team", "value": "support"}])
    assert answer["Data"] == {"Value": "former model"}
    assert story.store.parameters[NAME].tags == {**OWN_TAGS, "team": "support"}


def test_a_create_that_comes_twice_is_answered_alike(story: Story) -> None:
    """Lambda repeats an event now and then."""
    first, second = (story.create(InitialValue="none", request_id="same") for _ in range(2))
    assert first == second
    assert story.store.writes == ["PutParameter"]


def test_a_lost_answer_of_the_first_write_is_found_again(story: Story) -> None:
    """The write has worked, its answer is lost: the next try finds the parameter, which is ours."""

    def write_and_lose() -> None:
        tags = [{"Key": key, "Value": value} for key, value in OWN_TAGS.items()]
        story.store.put_parameter(Name=NAME, Value="none", Type="String", Tags=tags)
        raise error("PutParameter", "InternalServerError")

    story.store.before["PutParameter"] = [write_and_lose]
    answer = story.create(InitialValue="none")
    assert (answer["Status"], answer["Data"]) == ("SUCCESS", {"Value": "none"})
    assert story.value() == "none"


def test_a_parameter_that_somebody_creates_at_the_same_time_is_theirs(story: Story) -> None:
    """Between reading and writing."""

    def somebody_else() -> None:
        story.store.parameters[NAME] = StoredParameter("theirs")

    story.store.before["PutParameter"] = [somebody_else]
    answer = story.create(InitialValue="ours")
    assert "was not created by this stack" in answer["Reason"]
    assert story.value() == "theirs"


@pytest.mark.parametrize("status", ["ROLLBACK_IN_PROGRESS", "DELETE_IN_PROGRESS", "UPDATE_COMPLETE"])
def test_nothing_is_created_when_no_deployment_is_in_progress(story: Story, status: str) -> None:
    """A Create that comes late must not leave a parameter that nobody deletes."""
    story.complete()
    answer = story.create(status)
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("The model was not published")
    assert story.store.writes == []


def test_a_parameter_that_is_created_while_a_rollback_begins_is_deleted(story: Story) -> None:
    """The Delete of the rollback may have come before the parameter."""
    story.complete()

    def roll_back() -> None:
        story.harness.fakes.status = "ROLLBACK_IN_PROGRESS"

    story.store.before["PutParameter"] = [roll_back]
    answer = story.create()
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", NAME)
    assert "is being rolled back" in answer["Reason"]
    assert story.value() is None


def test_a_create_that_a_rollback_has_overtaken_leaves_a_retained_parameter(story: Story) -> None:
    """It is as it was before the deployment that failed."""
    story.complete()
    story.store.parameters[NAME] = StoredParameter("former model", dict(OWN_TAGS))
    assert story.create("UPDATE_ROLLBACK_IN_PROGRESS")["Status"] == "FAILED"
    assert story.value() == "former model"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"ParameterName": "tickets/model"}, "ParameterName"),
        ({"ParameterName": "/a" * 16}, "ParameterName"),
        ({"ParameterName": "/tickets//model"}, "ParameterName"),
        ({"ParameterName": None}, "ParameterName"),
        ({"ParameterName": ["/a"]}, "ParameterName"),
        ({"Job": "not an id"}, "Job must be"),
        ({"InitialValue": "x" * 4097}, "InitialValue"),
        ({"OnDelete": "Stop"}, "OnDelete"),
    ],
)
def test_properties_that_are_not_valid_fail_before_any_write(
    story: Story, settings: dict[str, object], said: str
) -> None:
    """A template without this library may say anything."""
    answer = story.create(**settings)
    assert answer["Status"] == "FAILED"
    assert said in answer["Reason"]
    assert story.store.calls == []


# -- what the parameter holds --------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [("fail", "bad data"), ("stop",), ()])
def test_a_retraining_that_has_no_model_changes_nothing(published: Story, how: tuple[str, ...]) -> None:
    """P2: failed, stopped or in progress, the old model stays published."""
    model, before = published.value(), published.desired()
    new = published.train(TWO)
    if how:
        getattr(published.harness.double, how[0])(new, *how[1:])
    assert published.update(before)["Data"] == {"Value": model}
    line = published.look()
    assert published.value() == model
    assert line["level"] == "INFO"
    assert "the value stays" in line["decision"]


def test_a_retraining_is_published_when_it_is_complete(published: Story) -> None:
    """By the look, hours after the deployment."""
    before = published.desired()
    published.train(TWO)
    published.update(before)
    model = published.complete()
    assert published.look()["decision"].startswith(f"written: {model}")
    assert published.value() == model


def test_the_job_that_was_replaced_is_not_published_though_it_completes(published: Story) -> None:
    """Events of older jobs, and in any order, cannot matter: CloudFormation says which job is current."""
    model, old = published.value(), published.arn
    published.train(TWO)
    assert published.arn != old
    published.look()
    assert published.value() == model


def test_a_rollback_publishes_the_former_model_again(published: Story) -> None:
    """P3: the value returns only because the former job is the current one again."""
    former, before, old = published.value(), published.desired(), published.arn
    published.train(TWO)
    after = published.desired()
    published.update(before)
    published.complete()
    published.look("UPDATE_IN_PROGRESS")
    assert published.value() != former
    published.arn = old
    published.stands(old)
    answer = published.update(after, status="UPDATE_ROLLBACK_IN_PROGRESS")
    assert (answer["Status"], published.value()) == ("SUCCESS", former)


def test_a_rollback_in_which_cloudformation_shows_the_new_job_changes_nothing(published: Story) -> None:
    """The event and CloudFormation disagree on the job, so the value stays until the next look."""
    former, before, old = published.value(), published.desired(), published.arn
    published.train(TWO)
    after, new = published.desired(), published.complete()
    published.update(before)
    assert published.value() == new
    published.arn = old
    assert published.update(after, status="UPDATE_ROLLBACK_IN_PROGRESS")["Status"] == "SUCCESS"
    assert published.value() == new
    published.stands(old)
    published.look("UPDATE_ROLLBACK_COMPLETE")
    assert published.value() == former


def test_a_rollback_does_not_publish_the_job_that_it_takes_back(published: Story) -> None:
    """It completes while CloudFormation still shows it; the event names the former job."""
    former, before, old = published.value(), published.desired(), published.arn
    published.train(TWO)
    after = published.desired()
    published.update(before)
    published.complete()
    published.arn = old
    assert published.update(after, status="UPDATE_ROLLBACK_IN_PROGRESS")["Status"] == "SUCCESS"
    assert published.value() == former


def test_a_repeated_event_of_an_earlier_deployment_does_not_move_the_value_back(published: Story) -> None:
    """It names the job of that time, which is not the current one any more."""
    before, old = published.desired(), published.arn
    published.train(TWO)
    published.update(before)
    model = published.complete()
    published.look()
    published.arn = old
    assert published.update(before)["Status"] == "SUCCESS"
    assert published.value() == model


def test_a_model_that_was_deleted_by_hand_stays_published_with_a_warning(published: Story) -> None:
    """P4: an empty parameter would be worse, and only people know what to publish instead."""
    model = published.value()
    client = published.harness.double.client(account=ACCOUNT, region=REGION)
    client.delete_custom_model(modelIdentifier=model)
    line = published.look()
    assert (line["level"], published.value()) == ("WARNING", model)
    assert "does not exist any more" in line["decision"]


def test_a_job_that_has_no_token_of_this_library_is_not_published(story: Story) -> None:
    """CloudFormation names it, but it was started by somebody else."""
    request = properties()["Request"]
    names = {"jobName": "theirs", "customModelName": "theirs", "clientRequestToken": "theirs"}
    client = story.harness.double.client(account=ACCOUNT, region=REGION)
    story.arn = client.create_model_customization_job(**request, **names)["jobArn"]
    story.stands(story.arn)
    story.complete()
    story.create()
    assert "was not started by this library" in story.look()["decision"]
    assert story.value() is None


def test_a_parameter_that_was_deleted_by_hand_is_written_again(published: Story) -> None:
    """P6: by the next look, with the tags that say whose it is."""
    model = published.value()
    del published.store.parameters[NAME]
    published.look()
    assert published.value() == model
    assert OWN_TAGS.items() <= published.store.parameters[NAME].tags.items()


def test_a_parameter_that_was_changed_by_hand_is_corrected(published: Story) -> None:
    """Repaired within the hour, and by a deployment at once."""
    model = published.value()
    for repair in (published.look, published.update):
        published.store.parameters[NAME].value = "by hand"
        repair()
        assert published.value() == model


def test_a_parameter_that_is_deleted_while_it_is_overwritten_gets_its_tags_again(published: Story) -> None:
    """Else nobody would know later whose it is."""
    published.store.parameters[NAME].value = "by hand"
    published.store.before["PutParameter"] = [lambda: published.store.parameters.pop(NAME)]
    published.look()
    assert OWN_TAGS.items() <= published.store.parameters[NAME].tags.items()


def test_what_a_look_creates_has_the_tags_of_the_model(harness: Harness) -> None:
    """Until an event of the resource gives it its own."""
    story = Story(harness)
    tagged = properties(CustomModelTags=[{"key": "team", "value": "support"}])
    story.arn = str(harness.create(tagged)["PhysicalResourceId"])
    story.stands(story.arn)
    story.create()
    story.complete()
    story.look()
    assert story.store.parameters[NAME].tags == {**OWN_TAGS, "team": "support"}
    story.update(Tags=[{"key": "stage", "value": "test"}])
    assert story.store.parameters[NAME].tags == {**OWN_TAGS, "team": "support", "stage": "test"}


def test_there_is_room_for_the_tags_of_ownership_whatever_a_model_has() -> None:
    """A model may have fifty tags, and some of AWS, which nobody else may give."""
    model = {**{f"tag-{number}": "x" for number in range(50)}, "aws:created-by": "x"}
    tags = all_tags(STACK, "Published", model)
    assert len(tags) == 50
    assert OWN_TAGS.items() <= tags.items()
    assert "aws:created-by" not in tags


# -- Update --------------------------------------------------------------------------------------------------


def test_an_update_without_change_only_reads(published: Story) -> None:
    """A second deployment writes nothing."""
    before = len(published.store.writes)
    published.update()
    published.look()
    assert len(published.store.writes) == before


def test_tags_are_changed_in_place_and_what_people_add_stays(published: Story) -> None:
    """Only tags that the template gave are removed."""
    old = published.desired(Tags=[{"key": "a", "value": "1"}, {"key": "b", "value": "1"}])
    published.update(Tags=old["Tags"])
    published.store.parameters[NAME].tags["by-hand"] = "x"
    published.update(old, Tags=[{"key": "b", "value": "2"}])
    assert published.store.parameters[NAME].tags == {**OWN_TAGS, "b": "2", "by-hand": "x"}


def test_no_tag_is_written_while_the_state_of_the_stack_is_unknown(published: Story) -> None:
    """Whoever may invoke the function could retag the parameter of a stack that is at rest."""
    for status in ("UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"):
        published.update(status=status, Tags=[{"key": "a", "value": "1"}])
    assert "a" not in published.store.parameters[NAME].tags


def test_another_name_is_written_first_and_the_old_one_goes_in_the_cleanup(published: Story) -> None:
    """P7: the new parameter has the value of the old one, although a retraining is in progress."""
    model, old = published.value(), published.desired()
    published.train(TWO)
    answer = published.update(old, ParameterName=OTHER_NAME)
    assert answer["PhysicalResourceId"] == OTHER_NAME
    assert answer["Data"] == {"Value": model}
    assert (published.value(), published.value(OTHER_NAME)) == (model, model)
    published.delete(NAME, CLEANUP)
    assert (published.value(), published.value(OTHER_NAME)) == (None, model)


def test_a_name_that_was_retained_gets_what_is_published_now(published: Story) -> None:
    """The parameter of the other name is ours, and its value is an old one."""
    model, old = published.value(), published.desired()
    published.store.parameters[OTHER_NAME] = StoredParameter("an old model", dict(OWN_TAGS))
    published.train(TWO)
    published.update(old, ParameterName=OTHER_NAME)
    assert published.value(OTHER_NAME) == model


@pytest.mark.parametrize("is_create", [True, False])
def test_a_repeat_of_an_old_event_creates_no_second_parameter(published: Story, is_create: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """The resource has the parameter of a later deployment by now; nothing would delete another one."""
    published.harness.fakes.current = ResourceRecord(NAME, "UPDATE_COMPLETE", kind=TYPE)
    if is_create:
        answer = published.create("UPDATE_IN_PROGRESS", ParameterName=OTHER_NAME)
    else:
        answer = published.update(name="/tickets/first", ParameterName=OTHER_NAME)
    assert "out of date" in answer["Reason"]
    assert published.value(OTHER_NAME) is None


def test_a_name_change_that_is_rolled_back_leaves_the_old_parameter(published: Story) -> None:
    """The rollback returns the old name, and the new parameter is deleted."""
    model, old = published.value(), published.desired()
    published.update(old, ParameterName=OTHER_NAME)
    new = published.desired(ParameterName=OTHER_NAME)
    answer = published.update(new, "UPDATE_ROLLBACK_IN_PROGRESS", OTHER_NAME)
    assert answer["PhysicalResourceId"] == NAME
    published.delete(OTHER_NAME, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", ParameterName=OTHER_NAME)
    assert (published.value(), published.value(OTHER_NAME)) == (model, None)


GOING_BACK = "UPDATE_ROLLBACK_IN_PROGRESS"


def rename_without_response(published: Story, created_before_rollback: float = 5.0) -> dict[str, Any]:
    """Let an Update give the parameter another name, and the rollback begin before its response arrives."""
    record, clock = published.harness.fakes.stack, published.harness.fakes.clock
    record.updated = clock.now()
    published.update(published.desired(), ParameterName=OTHER_NAME)
    clock.advance(created_before_rollback)
    published.harness.fakes.current = ResourceRecord(NAME, "UPDATE_IN_PROGRESS", clock.now(), TYPE)
    return published.desired(ParameterName=OTHER_NAME)


@pytest.mark.parametrize("moves_time", [False, True])
def test_a_rollback_deletes_the_parameter_of_a_name_that_no_response_has_told(
    published: Story,
    moves_time: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """CloudFormation does not know the name, so that no Delete is sent for it."""
    model, record = published.value(), published.harness.fakes.stack
    new = rename_without_response(published)
    record.events = [(record.updated or 0.0, STACK, "UPDATE_IN_PROGRESS")]
    if moves_time:
        record.updated = published.harness.fakes.clock.now()
    assert published.update(new, GOING_BACK)["PhysicalResourceId"] == NAME
    assert (published.value(), published.value(OTHER_NAME)) == (model, None)


def test_a_rollback_keeps_a_parameter_of_the_other_name_that_is_older(published: Story) -> None:
    """An earlier deployment has retained it, and the Update that failed has only adopted it."""
    clock = published.harness.fakes.clock
    published.store.parameters[OTHER_NAME] = StoredParameter("retained", dict(OWN_TAGS), 1, clock.now())
    clock.advance(60.0)
    record = published.harness.fakes.stack
    record.updated = clock.now()
    record.events = [(clock.now(), STACK, "UPDATE_IN_PROGRESS")]
    published.update(published.desired(ParameterName=OTHER_NAME), GOING_BACK)
    assert published.value(OTHER_NAME) == "retained"


def test_a_failed_update_that_comes_again_in_the_rollback_deletes_nothing(story: Story) -> None:
    """A look may have created the parameter that the Update changes while the operation was in progress."""
    story.create()
    record, clock = story.harness.fakes.stack, story.harness.fakes.clock
    record.updated = clock.now()
    model = story.complete()
    story.look("UPDATE_IN_PROGRESS")
    old = story.desired()
    story.update(old, GOING_BACK, ParameterName=OTHER_NAME)
    assert story.value() == model


def test_a_rollback_that_may_not_delete_the_other_name_says_how_to_delete_it(published: Story) -> None:
    """It does not fail for it."""
    new = rename_without_response(published)
    published.store.refuse("DeleteParameter", "AccessDeniedException", 99)
    assert published.update(new, GOING_BACK)["Status"] == "SUCCESS"
    [line] = [one for one in published.harness.lines if one["act"] == "parameter not deleted"]
    assert line["command"] == f"aws ssm delete-parameter --name {OTHER_NAME}"


def test_another_name_that_is_taken_fails_and_the_old_one_stays(published: Story) -> None:
    """The physical id is the old name, so that nothing is deleted."""
    model, old = published.value(), published.desired()
    published.store.parameters[OTHER_NAME] = StoredParameter("theirs")
    answer = published.update(old, ParameterName=OTHER_NAME)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", NAME)
    assert (published.value(), published.value(OTHER_NAME)) == (model, "theirs")


def test_an_old_name_that_may_not_be_read_any_more_fails_nothing(published: Story) -> None:
    """The role's policy names the new parameter only; the value comes with the next complete job."""
    old = published.desired()
    published.train(TWO)
    published.store.refuse("GetParameter", "AccessDeniedException")
    answer = published.update(old, ParameterName=OTHER_NAME)
    assert (answer["Status"], answer["Data"]) == ("SUCCESS", {"Value": ""})


@pytest.mark.parametrize(
    "spoil",
    [
        lambda store: store.refuse("GetParameter", "AccessDeniedException", 99),
        lambda store: store.refuse("PutParameter", "AccessDeniedException", 99),
        lambda store: store.parameters.clear(),
        lambda store: store.parameters[NAME].tags.clear(),
        lambda store: store.refuse("GetParameter", "InternalServerError", 99),
    ],
)
def test_a_rollback_never_fails(published: Story, spoil: Any) -> None:  # noqa: ANN401 - a function
    """Whatever has happened to the parameter, the former state of the stack is not kept from returning."""
    published.store.parameters[NAME].value = "by hand"
    spoil(published.store)
    answer = published.update(status="UPDATE_ROLLBACK_IN_PROGRESS", Tags=[{"key": "a", "value": "1"}])
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", NAME)


def test_a_rollback_to_properties_that_are_not_valid_does_not_fail(published: Story) -> None:
    """A release before may have accepted them."""
    answer = published.update(status="UPDATE_ROLLBACK_IN_PROGRESS", OnDelete="Stop")
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", NAME)


# -- Delete --------------------------------------------------------------------------------------------------


def test_the_parameter_goes_with_the_stack(published: Story) -> None:
    """P9: and a second Delete has nothing to do."""
    for _ in range(2):
        assert published.delete()["Status"] == "SUCCESS"
    assert published.value() is None
    assert published.store.writes.count("DeleteParameter") == 1


def test_a_parameter_that_is_retained_stays_when_the_stack_goes(published: Story) -> None:
    """P9: with its value."""
    model = published.value()
    assert published.delete(OnDelete="Retain")["Status"] == "SUCCESS"
    assert published.value() == model


def test_a_parameter_that_is_retained_goes_when_its_creation_is_rolled_back(story: Story) -> None:
    """No deployment ever succeeded with it."""
    story.create(InitialValue="none", OnDelete="Retain")
    story.delete(NAME, "ROLLBACK_IN_PROGRESS", OnDelete="Retain")
    assert story.value() is None


def test_a_rollback_of_an_update_deletes_what_the_update_created(story: Story) -> None:
    """And keeps a retained parameter that was there before."""
    record = story.harness.fakes.stack
    clock = story.harness.fakes.clock
    record.updated = clock.now()
    story.create("UPDATE_IN_PROGRESS", InitialValue="none", OnDelete="Retain")
    story.harness.fakes.current = ResourceRecord(NAME, "DELETE_IN_PROGRESS", kind=TYPE)
    story.delete(NAME, "UPDATE_ROLLBACK_IN_PROGRESS", OnDelete="Retain")
    assert story.value() is None
    for version, changed in ((1, clock.now() - 60), (2, clock.now())):  # before, or only overwritten
        story.store.parameters[NAME] = StoredParameter("former", dict(OWN_TAGS), version, changed)
        story.delete(NAME, "UPDATE_ROLLBACK_IN_PROGRESS", OnDelete="Retain")
        assert story.value() == "former"


@pytest.mark.parametrize("id_", [INVENTED, "not-created/request-1"])
def test_a_delete_with_another_id_finds_the_parameter_of_its_properties(story: Story, id_: str) -> None:
    """The response of the Create was lost, so CloudFormation has no name."""
    story.create(InitialValue="none")
    story.harness.fakes.current = None
    assert story.delete(id_, "ROLLBACK_IN_PROGRESS")["Status"] == "SUCCESS"
    assert story.value() is None


def test_cleaning_up_a_failed_attempt_leaves_the_parameter_of_the_next(story: Story) -> None:
    """Rollback is disabled: the id names no parameter, and the current one is that of the next attempt."""
    story.create(InitialValue="none")
    story.harness.fakes.current = ResourceRecord(NAME, "UPDATE_COMPLETE", kind=TYPE)
    for id_ in ("not-created/request-1", INVENTED, NAME):
        assert story.delete(id_, "UPDATE_COMPLETE")["Status"] == "SUCCESS"
        assert story.value() == "none"


def test_a_delete_that_names_nothing_leaves_the_parameter_if_the_current_one_is_unknown(story: Story) -> None:
    """CloudFormation cannot be asked, so the parameter may be the current one."""
    story.create(InitialValue="none")
    story.harness.fakes.denied = {"describe_stack_resource"}
    story.delete(INVENTED, CLEANUP)
    assert story.value() == "none"
    line = [line for line in story.harness.lines if line["act"] == "parameter left alone"][-1]
    assert line["level"] == "WARNING"


def test_a_parameter_that_is_somebody_elses_by_now_is_left(published: Story) -> None:
    """Its tags say so."""
    published.store.parameters[NAME] = StoredParameter("theirs")
    assert published.delete()["Status"] == "SUCCESS"
    assert published.value() == "theirs"


def test_a_permission_that_went_with_the_old_template_fails_no_cleanup(published: Story) -> None:
    """An ERROR line has the command that deletes the parameter."""
    published.harness.fakes.current = ResourceRecord(OTHER_NAME, "UPDATE_COMPLETE", kind=TYPE)
    published.store.refuse("DeleteParameter", "AccessDeniedException", 99)
    assert published.delete(NAME, CLEANUP)["Status"] == "SUCCESS"
    line = [line for line in published.harness.lines if line["act"] == "parameter not deleted"][-1]
    assert line["level"] == "ERROR"
    assert line["command"] == f"aws ssm delete-parameter --name {NAME}"


@pytest.mark.parametrize("status", ["DELETE_IN_PROGRESS", CLEANUP])
def test_a_parameter_that_may_not_be_read_is_taken_for_somebody_elses(published: Story, status: str) -> None:
    """A former name is permitted by the tag of the stack, which a parameter that is gone does not have."""
    published.store.refuse("GetParameter", "AccessDeniedException", 99)
    assert published.delete(status=status)["Status"] == "SUCCESS"
    line = [line for line in published.harness.lines if line["act"] == "parameter left alone"][-1]
    assert (line["level"], line["command"]) == ("WARNING", f"aws ssm delete-parameter --name {NAME}")


def test_a_parameter_that_cannot_be_read_fails_the_deletion(published: Story) -> None:
    """It may be ours; CloudFormation tries again."""
    published.store.refuse("GetParameter", "ThrottlingException", 99)
    answer = published.delete()
    assert answer["Status"] == "FAILED"
    assert f"The parameter {NAME} was not deleted. GetParameter failed" in answer["Reason"]


@pytest.mark.parametrize("call", ["GetParameter", "DeleteParameter"])
@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException", "ValidationException"])
def test_the_deletion_of_a_rollback_never_fails(story: Story, call: str, code: str) -> None:
    """What is left is in the log, with the command that deletes it."""
    story.create(InitialValue="none")
    story.store.refuse(call, code, 99)
    assert story.delete(status="ROLLBACK_IN_PROGRESS")["Status"] == "SUCCESS"
    assert story.value() == "none"
    assert story.harness.lines[-2]["command"] == f"aws ssm delete-parameter --name {NAME}"


def test_a_deletion_of_the_stack_that_is_not_permitted_fails_with_the_name(published: Story) -> None:
    """Nothing else would ever delete the parameter."""
    published.store.refuse("DeleteParameter", "AccessDeniedException", 99)
    answer = published.delete()
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith(f"The parameter {NAME} was not deleted. DeleteParameter failed")


# -- what fails ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["ThrottlingException", "TooManyUpdates", "InternalServerError"])
def test_what_passes_is_tried_again(story: Story, code: str) -> None:
    """P5: by the function, as long as that makes sense."""
    story.complete()
    story.store.refuse("PutParameter", code, 2)
    assert story.create()["Status"] == "SUCCESS"
    assert story.value() is not None


def test_what_does_not_pass_in_a_look_is_left_to_lambdas_retry(published: Story) -> None:
    """P5: the look raises, Lambda repeats it, and the hourly look comes in any case."""
    published.train(TWO)
    model = published.complete()
    published.store.refuse("PutParameter", "ThrottlingException", 99)
    with pytest.raises(LookError):
        published.look()
    published.store.before.clear()
    published.look()
    assert published.value() == model


def test_a_parameter_of_somebody_else_is_not_written_by_a_look(published: Story) -> None:
    """P1: an ERROR line says whose it is."""
    published.store.parameters[NAME] = StoredParameter("theirs")
    line = published.look()
    assert (line["level"], published.value()) == ("ERROR", "theirs")


def test_a_parameter_that_somebody_creates_during_a_look_is_left(published: Story) -> None:
    """Between reading and writing."""
    del published.store.parameters[NAME]

    def somebody_else() -> None:
        published.store.parameters[NAME] = StoredParameter("theirs")

    published.store.before["PutParameter"] = [somebody_else]
    assert published.look()["level"] == "WARNING"
    assert published.value() == "theirs"


@pytest.mark.parametrize(
    "standing",
    [
        ResourceRecord("/tickets/another", "UPDATE_COMPLETE", kind=TYPE),
        ResourceRecord(NAME, "DELETE_IN_PROGRESS", kind=TYPE),
        ResourceRecord(NAME, "CREATE_FAILED", kind=TYPE),
        ResourceRecord(NAME, "UPDATE_COMPLETE", kind="AWS::SSM::Parameter"),
        ResourceRecord("", "CREATE_IN_PROGRESS", kind=TYPE),
    ],
)
def test_a_look_writes_only_to_a_parameter_that_the_stack_has(story: Story, standing: ResourceRecord) -> None:
    """Its name is checked against CloudFormation, whatever the rule's input says."""
    story.create()
    story.complete()
    story.harness.fakes.stack.resources["Published"] = standing
    story.look()
    assert story.store.writes == []


def test_tags_of_the_model_that_cannot_be_read_keep_nothing_from_being_published(story: Story) -> None:
    """The tags of ownership are enough."""
    story.create()
    model = story.complete()
    story.harness.double.faults.add(
        "ListTagsForResource", Refuse.access_denied("ListTagsForResource"), times=99
    )
    story.look()
    assert story.value() == model
    assert story.store.parameters[NAME].tags == OWN_TAGS


def test_a_job_that_cannot_be_read_fails_no_deployment(story: Story) -> None:
    """The next look repairs what could not be written."""
    story.harness.double.faults.add(GET, Refuse.access_denied(GET), times=99)
    answer = story.create(InitialValue="none")
    assert (answer["Status"], answer["Data"]) == ("SUCCESS", {"Value": "none"})
    assert any(line["act"] == "job not read" and line["level"] == "ERROR" for line in story.harness.lines)


def test_two_looks_at_once_both_write_the_truth(published: Story) -> None:
    """P8: Systems Manager has no conditional write, and none is needed."""
    published.train(TWO)
    model = published.complete()
    published.store.before["PutParameter"] = [published.look]
    published.look()
    assert published.value() == model


def test_a_quota_fails_with_its_name(story: Story) -> None:
    """It is not tried again."""
    story.store.refuse("PutParameter", "ParameterLimitExceeded", 99)
    answer = story.create(InitialValue="none")
    assert "10,000 standard parameters" in answer["Reason"]
    assert story.store.calls.count("PutParameter") == 1


@pytest.mark.parametrize("answer_of_delete", ["", "AccessDeniedException"])
def test_a_write_that_takes_effect_after_the_time_is_up_is_undone(
    story: Story, answer_of_delete: str
) -> None:
    """The watchdog has reported a failure; the id that it gave lets the Delete that follows try again."""
    if answer_of_delete:
        story.store.refuse("DeleteParameter", answer_of_delete, 99)
    story.store.before["PutParameter"] = [lambda: story.harness.fakes.clock.advance(830)]
    answer = story.create(InitialValue="none")
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", NAME)
    assert (story.value() is None) == (not answer_of_delete)
    story.store.before.clear()
    story.delete(NAME, "ROLLBACK_IN_PROGRESS")
    assert story.value() is None


def test_a_parameter_that_another_delivery_of_the_event_has_returned_is_not_undone(story: Story) -> None:
    """CloudFormation has it as the resource's parameter, although this delivery comes too late."""
    story.harness.fakes.current = ResourceRecord(NAME, "CREATE_COMPLETE", kind=TYPE)
    story.store.before["PutParameter"] = [lambda: story.harness.fakes.clock.advance(830)]
    story.create(InitialValue="none")
    assert story.value() == "none"


# -- the port ------------------------------------------------------------------------------------------------


def test_a_parameter_that_is_deleted_between_two_reads_is_none() -> None:
    """Its value is read first, then its tags."""
    store = ParameterStore(TurnedClock())
    store.parameters[NAME] = StoredParameter("x")
    store.before["ListTagsForResource"] = [store.parameters.clear]
    assert SsmParameters(lambda: store, no_retry()).get(NAME) is None


def test_systems_manager_is_connected_only_where_it_is_called() -> None:
    """A job without a parameter needs no such client."""

    def connect() -> object:
        raise AssertionError("connected")

    SsmParameters(connect, no_retry())


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ParameterAlreadyExists", ErrorKind.CONFLICT),
        ("TooManyUpdates", ErrorKind.THROTTLED),
        ("TooManyTagsError", ErrorKind.QUOTA),
        ("ValidationException", ErrorKind.INVALID),
    ],
)
def test_errors_of_systems_manager_have_their_kinds(code: str, kind: ErrorKind) -> None:
    """Each code that a call can return is in the table."""
    store = ParameterStore(TurnedClock())
    store.refuse("AddTagsToResource", code, 99)
    with pytest.raises(AwsError) as refused:
        SsmParameters(lambda: store, Retry(TurnedClock(), 0.0)).add_tags(NAME, {"a": "b"})
    assert refused.value.kind is kind
