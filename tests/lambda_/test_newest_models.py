"""`Keep.newest(n)`: a look deletes the oldest models of a job's resource, and never one that is needed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib.testing.bedrock import Refuse
from tests.lambda_.builders import REQUEST, Harness, properties
from tests.lambda_.cloudformation import ResourceRecord
from tests.lambda_.fakes import ACCOUNT, REGION
from tests.lambda_.promoting import BAKE, BUCKET, PREFIX, Publishing, policy

if TYPE_CHECKING:
    from collections.abc import Mapping

KEEPS = {"OnDelete": "DeleteModel", "KeepNewest": "2"}
DELETE = "DeleteCustomModel"


@pytest.fixture
def story(harness: Harness) -> Publishing:
    """Return a resource that has trained five models, the last of which is that of its current job."""
    story = Publishing(harness)
    for _ in range(5):
        story.retrain(0.5)
        harness.fakes.clock.advance(3600)
    return story


def models(story: Publishing) -> list[str]:
    """Return the models that exist, in the order in which they were trained."""
    double = story.harness.double
    by_job = {model.job_arn: model.arn for model in double.models()}
    return [by_job[job.arn] for job in double.jobs() if job.arn in by_job]


def look(story: Publishing, keep: int = 2, *, stores: bool = False, **more: Any) -> Mapping[str, Any]:  # noqa: ANN401 - options
    """Let the stack's rule call the function, and return the last line of the log."""
    listed = [{"bucket": BUCKET, "prefix": PREFIX}] if stores else []
    thing: Any = {"kind": "models", "job": "Job", "keep": str(keep), "stores": listed}
    return story.harness.look(thing, **more)[-1]


def test_the_newest_models_stay(story: Publishing) -> None:
    """The others are deleted, the oldest first; the next look finds nothing to do."""
    trained = models(story)
    line = look(story)
    assert models(story) == trained[3:]
    assert line["decision"] == "models deleted: 3"
    assert look(story)["decision"] == "no model is deleted: there are 2, and the newest 2 are kept"
    deleted = [
        call.request["modelIdentifier"] for call in story.harness.double.calls() if call.operation == DELETE
    ]
    assert deleted == trained[:3]


def test_a_model_that_something_serves_stays(story: Publishing) -> None:
    """A deployment that nobody told this stack of."""
    trained = models(story)
    client = story.harness.double.client(account=ACCOUNT, region=REGION)
    client.create_custom_model_deployment(modelDeploymentName="other", modelArn=trained[0])
    assert "stays, because" in look(story)["decision"]
    assert models(story) == [trained[0], *trained[3:]]


def test_a_model_that_a_parameter_holds_stays(story: Publishing) -> None:
    """Whoever reads the parameter is about to use it."""
    trained = models(story)
    story.stands(story.job_arn)
    story.arn = story.job_arn
    story.create()
    story.store.parameters["/tickets/model"] = story.store.parameters["/tickets/model"].__class__(
        trained[1], story.store.parameters["/tickets/model"].tags
    )
    look(story)
    assert models(story) == [trained[1], *trained[3:]]


def test_the_model_of_the_current_job_stays_though_it_is_not_new(story: Publishing) -> None:
    """A rollback has made an earlier job the current one again."""
    trained = models(story)
    story.stands(story.harness.double.jobs()[0].arn, "UPDATE_ROLLBACK_COMPLETE")
    look(story, 1, status="UPDATE_ROLLBACK_COMPLETE")
    assert models(story) == [trained[0], trained[4]]


def test_a_forged_look_may_keep_fewer(story: Publishing) -> None:
    """Whoever may invoke the function decides how many: the number is only in the event.

    docs/security.md says so. The model of the current job, and what serves or is published, stays.
    """
    trained = models(story)
    look(story, 1)
    assert models(story) == trained[4:]


def test_what_a_promotion_needs_stays(story: Publishing) -> None:
    """The model to go back to while a new one bakes, and the one that serves again after an alarm."""
    trained = models(story)
    story.put("policy.json", json.dumps(policy(Bake=BAKE)).encode())
    story.write(trained[4], ".json", verdict="promoted", serving=trained[0])
    story.write(trained[3], ".json", verdict="promoted", serving=trained[1])
    story.write(trained[3], ".withdrawn.json", to=trained[1])
    decision = look(story, 1, stores=True)["decision"]
    assert models(story) == [trained[0], trained[1], trained[4]]
    assert f"{trained[0]} stays, because it serves again if {trained[4]} is taken back" in decision


def test_without_the_records_of_the_promotion_nothing_is_deleted(story: Publishing) -> None:
    """They could say that a model is needed."""
    story.put("policy.json", json.dumps(policy(Bake=BAKE)).encode())
    story.write(models(story)[4], ".json", verdict="promoted", serving="nonsense")
    assert "could not be read" in look(story, stores=True)["decision"]
    assert len(models(story)) == 5


def test_a_list_of_what_serves_that_is_denied_deletes_nothing(story: Publishing) -> None:
    """It is not certain then that nothing does."""
    story.harness.double.faults.add("ListCustomModelDeployments", Refuse("AccessDeniedException"), times=99)
    assert "could not be listed" in look(story)["decision"]
    assert len(models(story)) == 5


def test_a_model_of_somebody_else_stays_whatever_its_name_is(story: Publishing) -> None:
    """A name is no proof: the token of the job is."""
    names = {"jobName": f"Job-6f1c2a30-{'0' * 12}", "customModelName": f"Job-6f1c2a30-{'0' * 12}"}
    arn = story.harness.double.call(
        "CreateModelCustomizationJob", {**REQUEST, **names}, account=ACCOUNT, region=REGION
    )["jobArn"]
    story.harness.double.complete(str(arn))
    theirs = models(story)[-1]
    story.retrain(0.5)
    story.retrain(0.5)
    assert f"{theirs} is not a model of this resource" in look(story)["decision"]
    assert theirs in models(story)
    assert len(models(story)) == 3


@pytest.mark.parametrize("status", ["UPDATE_ROLLBACK_IN_PROGRESS", "DELETE_IN_PROGRESS", "ROLLBACK_COMPLETE"])
def test_a_stack_that_goes_back_keeps_all(story: Publishing, status: str) -> None:
    """Which job it will have is not certain."""
    look(story, status=status)
    assert len(models(story)) == 5


def test_without_a_current_job_nothing_is_deleted(story: Publishing) -> None:
    """CloudFormation shows no job, and so not which model is the current one."""
    del story.harness.fakes.stack.resources["Job"]
    assert "no model is deleted" in look(story)["decision"]
    assert len(models(story)) == 5


def test_a_deletion_that_fails_is_done_by_the_next_look(story: Publishing) -> None:
    """Two looks at the same time disturb nobody: what is gone is gone."""
    trained = models(story)
    story.harness.double.faults.add(DELETE, Refuse("AccessDeniedException"), times=99)
    look(story)
    assert len(models(story)) == 5
    story.harness.double.faults.clear()
    look(story)
    assert models(story) == trained[3:]


def test_the_event_that_replaces_a_job_deletes_no_model(harness: Harness) -> None:
    """Looks do; the deletion of the resource deletes all of them."""
    first = harness.create(properties(**KEEPS))["PhysicalResourceId"]
    harness.double.complete(first)
    changed = properties({"hyperParameters": {"epochCount": "9"}}, **KEEPS)
    second = harness.update(first, changed, properties(**KEEPS))["PhysicalResourceId"]
    harness.double.complete(second)
    harness.fakes.current = ResourceRecord(second, "UPDATE_COMPLETE")
    harness.delete(first, properties(**KEEPS), status="UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    assert len(harness.double.models()) == 2
    harness.delete(second, changed)
    assert harness.double.models() == ()


@pytest.mark.parametrize(
    "members",
    [
        {"keep": "0"},
        {"keep": 2},
        {"stores": None},
        {"stores": [{"bucket": "results"}]},
        {"stores": [{"bucket": "a/b", "prefix": "x/"}]},
        {"stores": [{"bucket": "results", "prefix": "x/", "more": ""}]},
    ],
    ids=str,
)
def test_a_look_of_another_form_is_refused(story: Publishing, members: dict[str, Any]) -> None:
    """Only the stack's rule sends looks, and it sends no such."""
    thing: Any = {"kind": "models", "job": "Job", "keep": "2", "stores": [], **members}
    assert story.harness.look(thing)[-1]["act"] == "event refused"
    assert len(models(story)) == 5
