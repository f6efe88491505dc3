from __future__ import annotations

import pytest

from constructs_lib.testing.bedrock import INTERNAL_FAILURE, BeforeCall, Refuse
from tests.lambda_.builders import CREATE, STACK, TAGGED, TWO, Harness, named, properties
from tests.lambda_.cloudformation import ResourceRecord
from tests.lambda_.fakes import ACCOUNT, REGION


def test_tags_are_changed_in_place_on_job_and_model(harness: Harness, arn: str) -> None:
    """Only what differs is sent; the id stays."""
    harness.double.complete(arn)
    answer = harness.update(arn, TAGGED, properties())
    [job], [model] = harness.double.jobs(), harness.double.models()
    assert answer["PhysicalResourceId"] == arn
    assert answer["Data"]["OutputModelArn"] == model.arn
    assert (dict(job.tags), dict(model.tags)) == ({"a": "b"}, {"m": "true"})
    harness.update(arn, TAGGED, TAGGED)
    assert len(harness.calls("TagResource")) == 2
    harness.update(arn, properties(), TAGGED)
    [job], [model] = harness.double.jobs(), harness.double.models()
    assert (dict(job.tags), dict(model.tags)) == ({}, {})
    assert len(harness.calls("UntagResource")) == 2
    assert harness.calls(CREATE) == [CREATE]


def test_tags_of_others_stay(harness: Harness, arn: str) -> None:
    """What the template never gave it does not take away."""
    harness.double.client(account=ACCOUNT, region=REGION).tag_resource(
        resourceARN=arn, tags=[{"key": "cost-center", "value": "7"}]
    )
    harness.update(arn, TAGGED, properties())
    harness.update(arn, properties(), TAGGED)
    assert dict(harness.double.jobs()[0].tags) == {"cost-center": "7"}


@pytest.mark.parametrize("end", ["fail", "halt"])
def test_an_ended_job_that_refuses_tags_fails_nothing(harness: Harness, arn: str, end: str) -> None:
    """Some ended jobs take no tags; that is logged."""
    harness.double.configure(finished_jobs_taggable=False)
    harness.double.fail(arn, "bad") if end == "fail" else harness.double.stop(arn)
    assert harness.update(arn, TAGGED, properties())["Status"] == "SUCCESS"
    assert any(line["act"] == "tags refused" for line in harness.lines)


def test_a_running_job_that_refuses_tags_fails_the_update(harness: Harness, arn: str) -> None:
    """A tag that was asked for and is not there is no success."""
    harness.double.faults.add("TagResource", Refuse.validation("no"))
    answer = harness.update(arn, TAGGED, properties())
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", arn)


def test_a_rollback_does_not_fail_for_a_tag(harness: Harness, arn: str) -> None:
    """A rollback that fails leaves a stack that cannot be updated."""
    harness.double.faults.add("TagResource", Refuse.validation("no"))
    answer = harness.update(arn, TAGGED, properties(), status="UPDATE_ROLLBACK_IN_PROGRESS")
    assert answer["Status"] == "SUCCESS"


def test_other_inputs_replace_the_job(harness: Harness, arn: str) -> None:
    """A new id is answered; the old job goes on until CloudFormation deletes it."""
    answer = harness.update(arn, TWO, properties())
    assert answer["PhysicalResourceId"] != arn
    assert harness.statuses == ["InProgress", "InProgress"]
    assert harness.delete(arn, status="UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")["Status"] == "SUCCESS"
    assert harness.statuses == ["Stopped", "InProgress"]


@pytest.mark.parametrize("carries", ["old", "new"])
def test_a_rollback_after_a_replacement_gives_the_old_job_back(
    harness: Harness, arn: str, carries: str
) -> None:
    """Whichever id CloudFormation carries, nothing is trained a second time."""
    new = harness.update(arn, TWO, properties())["PhysicalResourceId"]
    carried = arn if carries == "old" else new
    back = harness.update(carried, properties(), TWO, status="UPDATE_ROLLBACK_IN_PROGRESS")
    assert (back["Status"], back["PhysicalResourceId"]) == ("SUCCESS", arn)
    assert harness.calls(CREATE) == [CREATE, CREATE]


def test_a_rollback_after_a_failed_update_is_a_no_op(harness: Harness, arn: str) -> None:
    """The current job is the desired one already."""
    harness.double.faults.add(CREATE, Refuse.quota())
    failed = harness.update(arn, TWO, properties())
    assert (failed["Status"], failed["PhysicalResourceId"]) == ("FAILED", arn)
    back = harness.update(arn, properties(), TWO, status="UPDATE_ROLLBACK_IN_PROGRESS")
    assert (back["Status"], back["PhysicalResourceId"]) == ("SUCCESS", arn)
    assert len(harness.double.jobs()) == 1


@pytest.mark.parametrize("first", ["stops", "completes"])
def test_a_rollback_keeps_the_job_of_a_resource_that_an_earlier_rollback_has_skipped(
    harness: Harness, arn: str, first: str
) -> None:
    """CloudFormation has the old properties since then, and still the job of the failed update."""
    skipped = harness.update(arn, TWO, properties())["PhysicalResourceId"]
    (harness.double.stop if first == "stops" else harness.double.complete)(arn)
    harness.fakes.clock.advance(3600)
    harness.fakes.stack.updated = harness.fakes.clock.now()
    harness.fakes.stack.set("UPDATE_COMPLETE", harness.fakes.clock.now() - 1800, STACK)
    harness.fakes.stack.set("UPDATE_IN_PROGRESS", harness.fakes.clock.now(), STACK)
    three = properties({"hyperParameters": {"epochCount": "3"}})
    lost = harness.update(skipped, three, properties())["PhysicalResourceId"]
    back = harness.update(skipped, properties(), three, status="UPDATE_ROLLBACK_IN_PROGRESS")
    assert (back["Status"], back["PhysicalResourceId"]) == ("SUCCESS", skipped)
    assert {job.arn: job.status for job in harness.double.jobs()}[skipped] == "InProgress"
    assert {job.arn: job.status for job in harness.double.jobs()}[lost] == "Stopping"


def test_a_rollback_stops_the_job_whose_answer_was_lost(harness: Harness, arn: str) -> None:
    """CloudFormation never got its ARN, so no later event would stop it."""
    harness.update(arn, TWO, properties())
    harness.update(arn, properties(), TWO, status="UPDATE_ROLLBACK_IN_PROGRESS")
    assert harness.statuses == ["InProgress", "Stopping"]


def test_a_rollback_to_inputs_that_are_not_valid_any_more_succeeds(harness: Harness, arn: str) -> None:
    """Rules may have become stricter; what is deployed already is not checked again."""
    old = properties({"roleArn": "not an ARN"})
    back = harness.update(arn, old, properties(), status="UPDATE_ROLLBACK_IN_PROGRESS")
    assert (back["Status"], back["PhysicalResourceId"]) == ("SUCCESS", arn)


def test_an_update_whose_stack_fails_meanwhile_stops_its_job_and_keeps_the_id(
    harness: Harness, arn: str
) -> None:
    """The rollback passed before the job was there."""

    def sibling_fails(_double: object) -> None:
        harness.update(arn, properties(), TWO, status="UPDATE_ROLLBACK_IN_PROGRESS")
        harness.fakes.status = "UPDATE_ROLLBACK_COMPLETE"

    harness.double.faults.add(CREATE, BeforeCall(sibling_fails))
    answer = harness.update(arn, TWO, properties())
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", arn)
    assert harness.statuses == ["InProgress", "Stopping"]


def test_exact_names_with_other_inputs_fail_before_anything_starts(harness: Harness) -> None:
    """The answer says to change the name or to leave it out."""
    old = named(jobName="exact")
    made = harness.create(old)["PhysicalResourceId"]
    new = properties({"jobName": "exact", "hyperParameters": {"epochCount": "9"}})
    answer = harness.update(made, new, old)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", made)
    assert "change job_name, or leave it out" in answer["Reason"]
    assert harness.calls(CREATE) == [CREATE]


def test_an_invalid_update_keeps_its_id(harness: Harness, arn: str) -> None:
    """Every mistake is named, nothing is started, and the current job goes on."""
    answer = harness.update(arn, properties(JobTags=[{"key": "aws:x", "value": "y"}]), properties())
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", arn)
    assert "jobTags[0].key must not start with aws:" in answer["Reason"]
    assert harness.statuses == ["InProgress"]


def test_a_revision_forces_a_new_job(harness: Harness, arn: str) -> None:
    """Data that changed behind the same URI is trained when the revision says so."""
    answer = harness.update(arn, properties(Revision="2"), properties())
    assert answer["PhysicalResourceId"] != arn
    assert len(harness.double.jobs()) == 2


def test_a_job_that_was_stopped_by_hand_stays_until_something_changes(harness: Harness, arn: str) -> None:
    """Tags do not start it again; other inputs do, and so does the way back to the old ones."""
    harness.double.stop(arn)
    assert harness.update(arn, TAGGED, properties())["PhysicalResourceId"] == arn
    two = harness.update(arn, TWO, TAGGED)["PhysicalResourceId"]
    back = harness.update(two, properties(), TWO)["PhysicalResourceId"]
    assert back not in (arn, two)
    assert [job.token.split("-")[4] for job in harness.double.jobs()] == ["0", "0", "1"]


def test_old_and_new_jobs_run_side_by_side_until_cleanup(harness: Harness, arn: str) -> None:
    """Several resources and several jobs of one resource do not get in each other's way."""
    other = harness.create(LogicalResourceId="Other")["PhysicalResourceId"]
    assert other != arn
    harness.delete(other, LogicalResourceId="Other")
    assert harness.statuses == ["InProgress", "Stopped"]


@pytest.mark.parametrize("role", ["role/*", "role/serv?ce", "role/${aws:username}"])
def test_a_role_that_is_many_roles_is_refused_before_any_call(harness: Harness, arn: str, role: str) -> None:
    """Not even for a finished job, which needs no role any more; a rollback from it, or to it, succeeds."""
    harness.double.complete(arn)
    before, asked = properties(), len(harness.calls())
    wild = properties({"roleArn": f"arn:aws:iam::{ACCOUNT}:{role}"})
    answer = harness.update(arn, wild, before)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", arn)
    assert "roleArn must not contain" in answer["Reason"]
    assert len(harness.calls()) == asked
    back = "UPDATE_ROLLBACK_IN_PROGRESS"
    for desired, old in ((before, wild), (wild, before)):
        answer = harness.update(arn, desired, old, status=back)
        assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", arn)
    assert harness.statuses == ["Completed"]


@pytest.mark.parametrize("kind", ["Create", "Update"])
@pytest.mark.parametrize(
    ("desired", "place"),
    [
        ({"roleArn": f"arn:aws:iam::{ACCOUNT}:role/*"}, "roleArn"),
        ({"roleArn": f"arn:aws-*:iam::{ACCOUNT}:role/service"}, "roleArn"),
        (
            {"customModelKmsKeyId": f"arn:aws-?:kms:eu-west-1:{ACCOUNT}:alias/a"},
            "customModelKmsKeyId",
        ),
        (
            {"baseModelIdentifier": "arn:aws-*:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0"},
            "baseModelIdentifier",
        ),
    ],
)
def test_what_bedrocks_patterns_let_through_never_reaches_a_policy(
    harness: Harness, kind: str, desired: dict[str, str], place: str
) -> None:
    """Bedrock's own patterns take these; the handler says what synthesis says, before any call."""
    members = {} if kind == "Create" else {"PhysicalResourceId": "not-created/r", "OldResourceProperties": {}}
    answer = harness.send(kind, f"{kind.upper()}_IN_PROGRESS", properties(dict(desired)), **members)
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].count("must not contain") == 1
    assert f"{place} must not contain" in answer["Reason"]
    assert harness.calls() == []


def test_a_job_that_stalls_is_stopped_and_started_again_by_a_revision(harness: Harness) -> None:
    """It stays in progress for days, without a message; the cleanup of the deployment stops it."""
    harness.double.configure(stalls=True)
    arn = harness.create()["PhysicalResourceId"]
    harness.double.clock.advance(74 * 3600)
    harness.double.configure(stalls=False)
    new = harness.update(arn, properties(Revision="2"), properties())["PhysicalResourceId"]
    assert new != arn
    harness.fakes.current = ResourceRecord(new, "UPDATE_COMPLETE")
    harness.delete(arn, status="UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    assert harness.statuses == ["Stopped", "InProgress"]


def test_a_job_that_failed_in_validation_is_started_again_by_a_revision(harness: Harness) -> None:
    """As recorded, minutes after the deployment: the same inputs change nothing, a revision does."""
    harness.double.configure(failure_message=INTERNAL_FAILURE, fails_after_seconds=100)
    arn = harness.create()["PhysicalResourceId"]
    harness.double.clock.advance(100)
    harness.double.configure(failure_message=None)
    assert harness.update(arn, TAGGED, properties())["PhysicalResourceId"] == arn
    assert harness.update(arn, properties(Revision="2"), TAGGED)["PhysicalResourceId"] != arn
    assert harness.statuses == ["Failed", "InProgress"]
