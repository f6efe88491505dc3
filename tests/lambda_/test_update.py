from __future__ import annotations

import pytest

from constructs_lib.testing.bedrock import INTERNAL_FAILURE, BeforeCall, Refuse
from tests.lambda_.cloudformation import Standing
from tests.lambda_.scene import CREATE, TAGGED, TWO, Scene, named, properties
from tests.lambda_.world import ACCOUNT, REGION


def test_tags_are_changed_in_place_on_job_and_model(scene: Scene, arn: str) -> None:
    """Only what differs is sent; the id stays."""
    scene.double.complete(arn)
    answer = scene.update(arn, TAGGED, properties())
    [job], [model] = scene.double.jobs(), scene.double.models()
    assert answer["PhysicalResourceId"] == arn
    assert answer["Data"]["OutputModelArn"] == model.arn
    assert (dict(job.tags), dict(model.tags)) == ({"a": "b"}, {"m": "true"})
    scene.update(arn, TAGGED, TAGGED)
    assert len(scene.calls("TagResource")) == 2
    scene.update(arn, properties(), TAGGED)
    [job], [model] = scene.double.jobs(), scene.double.models()
    assert (dict(job.tags), dict(model.tags)) == ({}, {})
    assert len(scene.calls("UntagResource")) == 2
    assert scene.calls(CREATE) == [CREATE]


def test_tags_of_others_stay(scene: Scene, arn: str) -> None:
    """What the template never gave it does not take away."""
    scene.double.client(account=ACCOUNT, region=REGION).tag_resource(
        resourceARN=arn, tags=[{"key": "cost-center", "value": "7"}]
    )
    scene.update(arn, TAGGED, properties())
    scene.update(arn, properties(), TAGGED)
    assert dict(scene.double.jobs()[0].tags) == {"cost-center": "7"}


@pytest.mark.parametrize("end", ["fail", "halt"])
def test_an_ended_job_that_refuses_tags_fails_nothing(scene: Scene, arn: str, end: str) -> None:
    """Some ended jobs take no tags; that is logged."""
    scene.double.configure(finished_jobs_taggable=False)
    scene.double.fail(arn, "bad") if end == "fail" else scene.double.stop(arn)
    assert scene.update(arn, TAGGED, properties())["Status"] == "SUCCESS"
    assert any(line["act"] == "tags refused" for line in scene.lines)


def test_a_running_job_that_refuses_tags_fails_the_update(scene: Scene, arn: str) -> None:
    """A tag that was asked for and is not there is no success."""
    scene.double.faults.add("TagResource", Refuse.validation("no"))
    answer = scene.update(arn, TAGGED, properties())
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", arn)


def test_a_rollback_does_not_fail_for_a_tag(scene: Scene, arn: str) -> None:
    """A rollback that fails leaves a stack that nobody can update."""
    scene.double.faults.add("TagResource", Refuse.validation("no"))
    answer = scene.update(arn, TAGGED, properties(), status="UPDATE_ROLLBACK_IN_PROGRESS")
    assert answer["Status"] == "SUCCESS"


def test_other_inputs_replace_the_job(scene: Scene, arn: str) -> None:
    """A new id is answered; the old job goes on until CloudFormation deletes it."""
    answer = scene.update(arn, TWO, properties())
    assert answer["PhysicalResourceId"] != arn
    assert scene.statuses == ["InProgress", "InProgress"]
    assert scene.delete(arn, status="UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")["Status"] == "SUCCESS"
    assert scene.statuses == ["Stopped", "InProgress"]


@pytest.mark.parametrize("carries", ["old", "new"])
def test_a_rollback_after_a_replacement_gives_the_old_job_back(scene: Scene, arn: str, carries: str) -> None:
    """Whichever id CloudFormation carries, nothing is trained a second time."""
    new = scene.update(arn, TWO, properties())["PhysicalResourceId"]
    carried = arn if carries == "old" else new
    back = scene.update(carried, properties(), TWO, status="UPDATE_ROLLBACK_IN_PROGRESS")
    assert (back["Status"], back["PhysicalResourceId"]) == ("SUCCESS", arn)
    assert scene.calls(CREATE) == [CREATE, CREATE]


def test_a_rollback_after_a_failed_update_is_a_no_op(scene: Scene, arn: str) -> None:
    """The job that stands already is the one that is wished."""
    scene.double.faults.add(CREATE, Refuse.quota())
    failed = scene.update(arn, TWO, properties())
    assert (failed["Status"], failed["PhysicalResourceId"]) == ("FAILED", arn)
    back = scene.update(arn, properties(), TWO, status="UPDATE_ROLLBACK_IN_PROGRESS")
    assert (back["Status"], back["PhysicalResourceId"]) == ("SUCCESS", arn)
    assert len(scene.double.jobs()) == 1


def test_a_rollback_stops_the_job_whose_answer_was_lost(scene: Scene, arn: str) -> None:
    """CloudFormation never heard of it, so nobody else would."""
    scene.update(arn, TWO, properties())
    scene.update(arn, properties(), TWO, status="UPDATE_ROLLBACK_IN_PROGRESS")
    assert scene.statuses == ["InProgress", "Stopping"]


def test_a_rollback_to_inputs_that_are_not_valid_any_more_succeeds(scene: Scene, arn: str) -> None:
    """Rules may have become stricter; what stands already is not judged again."""
    old = properties({"roleArn": "not an ARN"})
    back = scene.update(arn, old, properties(), status="UPDATE_ROLLBACK_IN_PROGRESS")
    assert (back["Status"], back["PhysicalResourceId"]) == ("SUCCESS", arn)


def test_an_update_whose_stack_fails_meanwhile_stops_its_job_and_keeps_the_id(scene: Scene, arn: str) -> None:
    """The rollback passed before the job was there."""

    def sibling_fails(_double: object) -> None:
        scene.update(arn, properties(), TWO, status="UPDATE_ROLLBACK_IN_PROGRESS")
        scene.world.status = "UPDATE_ROLLBACK_COMPLETE"

    scene.double.faults.add(CREATE, BeforeCall(sibling_fails))
    answer = scene.update(arn, TWO, properties())
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", arn)
    assert scene.statuses == ["InProgress", "Stopping"]


def test_exact_names_with_other_inputs_fail_before_anything_starts(scene: Scene) -> None:
    """The answer says to change the name or to leave it out."""
    old = named(jobName="exact")
    made = scene.create(old)["PhysicalResourceId"]
    new = properties({"jobName": "exact", "hyperParameters": {"epochCount": "9"}})
    answer = scene.update(made, new, old)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", made)
    assert "change job_name, or leave it out" in answer["Reason"]
    assert scene.calls(CREATE) == [CREATE]


def test_an_invalid_update_keeps_its_id(scene: Scene, arn: str) -> None:
    """Every mistake is named, nothing is started, and the job that stands goes on."""
    answer = scene.update(arn, properties(JobTags=[{"key": "aws:x", "value": "y"}]), properties())
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", arn)
    assert "jobTags[0].key must not start with aws:" in answer["Reason"]
    assert scene.statuses == ["InProgress"]


def test_a_revision_forces_a_new_job(scene: Scene, arn: str) -> None:
    """Data that changed behind the same URI is trained when the revision says so."""
    answer = scene.update(arn, properties(Revision="2"), properties())
    assert answer["PhysicalResourceId"] != arn
    assert len(scene.double.jobs()) == 2


def test_a_job_that_was_stopped_by_hand_stays_until_something_changes(scene: Scene, arn: str) -> None:
    """Tags do not start it again; other inputs do, and so does the way back to the old ones."""
    scene.double.stop(arn)
    assert scene.update(arn, TAGGED, properties())["PhysicalResourceId"] == arn
    two = scene.update(arn, TWO, TAGGED)["PhysicalResourceId"]
    back = scene.update(two, properties(), TWO)["PhysicalResourceId"]
    assert back not in (arn, two)
    assert [job.token.split("-")[4] for job in scene.double.jobs()] == ["0", "0", "1"]


def test_old_and_new_jobs_run_side_by_side_until_cleanup(scene: Scene, arn: str) -> None:
    """Several resources and several jobs of one resource do not get in each other's way."""
    other = scene.create(LogicalResourceId="Other")["PhysicalResourceId"]
    assert other != arn
    scene.delete(other, LogicalResourceId="Other")
    assert scene.statuses == ["InProgress", "Stopped"]


@pytest.mark.parametrize("role", ["role/*", "role/serv?ce", "role/${aws:username}"])
def test_a_role_that_is_many_roles_is_refused_before_any_call(scene: Scene, arn: str, role: str) -> None:
    """Not even for a finished job, which needs no role any more; a rollback from it, or to it, succeeds."""
    scene.double.complete(arn)
    before, asked = properties(), len(scene.calls())
    wild = properties({"roleArn": f"arn:aws:iam::{ACCOUNT}:{role}"})
    answer = scene.update(arn, wild, before)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", arn)
    assert "roleArn must not contain" in answer["Reason"]
    assert len(scene.calls()) == asked
    back = "UPDATE_ROLLBACK_IN_PROGRESS"
    for wish, old in ((before, wild), (wild, before)):
        answer = scene.update(arn, wish, old, status=back)
        assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", arn)
    assert scene.statuses == ["Completed"]


@pytest.mark.parametrize("kind", ["Create", "Update"])
@pytest.mark.parametrize(
    ("wish", "place"),
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
    scene: Scene, kind: str, wish: dict[str, str], place: str
) -> None:
    """Bedrock's own patterns take these; the handler says what synthesis says, before any call."""
    members = {} if kind == "Create" else {"PhysicalResourceId": "not-created/r", "OldResourceProperties": {}}
    answer = scene.send(kind, f"{kind.upper()}_IN_PROGRESS", properties(dict(wish)), **members)
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].count("must not contain") == 1
    assert f"{place} must not contain" in answer["Reason"]
    assert scene.calls() == []


def test_a_job_that_stalls_is_stopped_and_started_again_by_a_revision(scene: Scene) -> None:
    """It stays in progress for days, without a message; the cleanup of the deployment stops it."""
    scene.double.configure(stalls=True)
    arn = scene.create()["PhysicalResourceId"]
    scene.double.clock.advance(74 * 3600)
    scene.double.configure(stalls=False)
    new = scene.update(arn, properties(Revision="2"), properties())["PhysicalResourceId"]
    assert new != arn
    scene.world.stands = Standing(new, "UPDATE_COMPLETE")
    scene.delete(arn, status="UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    assert scene.statuses == ["Stopped", "InProgress"]


def test_a_job_that_failed_in_validation_is_started_again_by_a_revision(scene: Scene) -> None:
    """As recorded, minutes after the deployment: the same inputs change nothing, a revision does."""
    scene.double.configure(failure_message=INTERNAL_FAILURE, fails_after_seconds=100)
    arn = scene.create()["PhysicalResourceId"]
    scene.double.clock.advance(100)
    scene.double.configure(failure_message=None)
    assert scene.update(arn, TAGGED, properties())["PhysicalResourceId"] == arn
    assert scene.update(arn, properties(Revision="2"), TAGGED)["PhysicalResourceId"] != arn
    assert scene.statuses == ["Failed", "InProgress"]
