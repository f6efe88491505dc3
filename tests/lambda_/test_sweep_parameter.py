"""The parameter with the best model of a sweep, which changes only when all trials have ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib.testing.bedrock import Refuse
from tests.lambda_.builders import REQUEST, STACK
from tests.lambda_.cloudformation import ResourceRecord
from tests.lambda_.fakes import ACCOUNT, FUNCTION, REGION
from tests.lambda_.publishing import TYPE
from tests.lambda_.sweeping import DELETE_MODEL, LOGICAL_ID, Machine, SweepStory, sweep, trial

if TYPE_CHECKING:
    from tests.lambda_.builders import Harness

HOUR = 3600.0
NAME, RESOURCE = "/search/best", "SearchBest"
TAGS = [
    {"Key": "cdk-bedrock-customization:stack", "Value": STACK},
    {"Key": "cdk-bedrock-customization:resource", "Value": RESOURCE},
]


class Parameter:
    """The parameter of a sweep, and its resource in the stack."""

    def __init__(self, story: SweepStory) -> None:
        self.story = story
        self.store = story.fakes.parameters

    def event(self, kind: str, **settings: object) -> dict[str, Any]:
        """Send an event of the resource in the status that the stack has."""
        desired = {
            "ServiceToken": FUNCTION,
            "ParameterName": NAME,
            "Job": LOGICAL_ID,
            "JobArn": self.story.physical_id,
            "OnDelete": "Delete",
            **settings,
        }
        members: dict[str, Any] = {"LogicalResourceId": RESOURCE, "ResourceType": TYPE}
        if kind != "Create":
            members["PhysicalResourceId"] = NAME
        if kind == "Update":
            members["OldResourceProperties"] = desired
        return self.story.harness.send(kind, self.story.record.status, desired, **members)

    def show(self) -> None:
        """Let CloudFormation show the resource."""
        self.story.record.resources[RESOURCE] = ResourceRecord(NAME, "CREATE_COMPLETE", kind=TYPE)

    def put(self, value: str, tags: list[dict[str, str]] | None = None) -> None:
        """Write the parameter, as an earlier run did, or as somebody else."""
        self.store.put_parameter(Name=NAME, Value=value, Type="String", Tags=TAGS if tags is None else tags)

    @property
    def value(self) -> str | None:
        """Its value."""
        return self.store.values.get(NAME)


@pytest.fixture
def story(harness: Harness) -> SweepStory:
    """Return a stack without a sweep."""
    return SweepStory(harness)


@pytest.fixture
def parameter(story: SweepStory) -> Parameter:
    """A sweep of three trials whose best model is in a parameter, deployed."""
    assert story.deploy(sweep(ParameterName=NAME))["Status"] == "SUCCESS"
    made = Parameter(story)
    made.show()
    return made


def call(story: SweepStory, operation: str, request: dict[str, Any]) -> None:
    """Let somebody else call Bedrock."""
    story.double.call(operation, request, account=ACCOUNT, region=REGION)


def finish(story: SweepStory) -> None:
    """Run the execution that was started last until it is over."""
    machine = Machine(story)
    machine.start()
    machine.run()
    assert machine.executions[-1].is_over
    assert story.results["finished"]


def test_the_best_model_is_published_when_all_trials_have_ended(parameter: Parameter) -> None:
    """Not before, though one of them is the best so far; the parameter belongs to its resource."""
    story, machine = parameter.story, Machine(parameter.story)
    machine.start()
    while len(story.double.models()) < 3:
        machine.run(60)
        assert parameter.value is None
    machine.run()
    assert parameter.value == story.results["best"]["modelArn"]
    assert {one["Key"]: one["Value"] for one in TAGS}.items() <= parameter.store.tags(NAME).items()


def test_a_changed_sweep_keeps_the_value_until_it_has_finished(parameter: Parameter) -> None:
    """The event of the parameter changes nothing, and neither does a trial that is better."""
    story = parameter.story
    finish(story)
    before = parameter.value
    story.deploy(sweep([trial(index) for index in range(2, 9)], ParameterName=NAME))
    story.set("UPDATE_IN_PROGRESS")
    assert parameter.event("Update")["Data"] == {"Value": before}
    story.set("UPDATE_COMPLETE")
    parameter.show()
    machine = Machine(story)
    machine.start()
    while len(story.jobs) < 8:
        machine.run(60)
        assert parameter.value == before
    machine.run()
    assert parameter.value == story.results["best"]["modelArn"]


def test_a_parameter_that_is_added_later_gets_the_model_without_a_training(story: SweepStory) -> None:
    """The definition is another one, and all trials have ended already."""
    story.deploy(sweep())
    finish(story)
    story.deploy(sweep(ParameterName=NAME))
    parameter = Parameter(story)
    parameter.show()
    finish(story)
    assert (parameter.value, len(story.jobs)) == (story.results["best"]["modelArn"], 3)


def test_without_a_best_trial_the_value_stays(parameter: Parameter) -> None:
    """There are no validation data, so no trial is better than another; a parameter is never emptied."""
    story = parameter.story
    parameter.put("arn:of-an-earlier-model")
    story.deploy(sweep(ParameterName=NAME, Request=REQUEST))
    parameter.show()
    finish(story)
    assert parameter.value == "arn:of-an-earlier-model"
    [line] = story.acts("best model decided")
    assert line["decision"] == "the value stays: no trial of the sweep has a model and a loss"


def test_a_foreign_parameter_fails_the_deployment(story: SweepStory) -> None:
    """It belongs to somebody else, who is named; no trial has been started then."""
    parameter = Parameter(story)
    parameter.put("somebody's", [{"Key": "cdk-bedrock-customization:stack", "Value": "another"}])
    story.begin("CREATE_IN_PROGRESS")
    answer = parameter.event("Create")
    assert answer["Status"] == "FAILED"
    assert f"the parameter {NAME} exists and belongs to the resource" in answer["Reason"]
    assert (parameter.value, story.jobs) == ("somebody's", [])


def test_a_parameter_that_somebody_creates_meanwhile_is_left_alone(parameter: Parameter) -> None:
    """The sweep finishes, and the log says whose it is."""
    parameter.put("somebody's", [])
    finish(parameter.story)
    assert parameter.value == "somebody's"
    [line] = parameter.story.acts("best model decided")
    assert line["level"] == "ERROR"
    assert "was not created by this stack" in line["decision"]


def test_the_parameter_is_created_and_deleted_by_its_resource_alone(parameter: Parameter) -> None:
    """Create makes none without a model, Delete removes it, and Retain keeps it."""
    story = parameter.story
    story.set("UPDATE_IN_PROGRESS")
    assert parameter.event("Create")["Data"] == {"Value": ""}
    story.set("CREATE_COMPLETE")
    finish(story)
    story.begin("DELETE_IN_PROGRESS")
    assert parameter.event("Delete", OnDelete="Retain")["Status"] == "SUCCESS"
    assert parameter.value
    assert parameter.event("Delete")["Status"] == "SUCCESS"
    assert parameter.value is None


def test_a_best_model_that_somebody_has_deleted_does_not_count(parameter: Parameter) -> None:
    """The parameter names the best model that exists, and that one is kept."""
    story = parameter.story
    finish(story)
    ranked = sorted(story.results["trials"], key=lambda one: one["validationLoss"])
    call(story, DELETE_MODEL, {"modelIdentifier": ranked[0]["modelArn"]})
    story.deploy(sweep(ParameterName=NAME, Keep="1"))
    parameter.show()
    finish(story)
    assert parameter.value == ranked[1]["modelArn"]
    assert [model.arn for model in story.double.models()] == [ranked[1]["modelArn"]]


def test_the_former_best_model_goes_once_the_parameter_names_another(parameter: Parameter) -> None:
    """The parameter is written before any model is deleted, so it never names one that is gone."""
    story = parameter.story
    finish(story)
    worst = max(story.results["trials"], key=lambda one: one["validationLoss"])
    parameter.store.put_parameter(Name=NAME, Value=worst["modelArn"], Type="String", Overwrite=True)
    story.deploy(sweep(ParameterName=NAME, Keep="1"))
    parameter.show()
    finish(story)
    assert [model.arn for model in story.double.models()] == [parameter.value]


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalServerError", "AccessDeniedException"])
def test_a_parameter_that_cannot_be_written_is_written_later(parameter: Parameter, code: str) -> None:
    """Step Functions calls the function again; no model is deleted before."""
    story = parameter.story
    parameter.store.refuse("PutParameter", code, times=40)
    finish(story)
    assert parameter.value == story.results["best"]["modelArn"]


@pytest.mark.parametrize("name", ["", "/a//b", "/a b", ["/a"], "/" + "x" * 2000])
def test_an_invalid_name_fails_the_deployment(story: SweepStory, name: object) -> None:
    """Before anything is written or started."""
    answer = story.deploy(sweep(ParameterName=name))
    assert answer["Status"] == "FAILED"
    assert "ParameterName must be the name of a parameter" in answer["Reason"]
    assert story.fakes.executions.inputs == {}


# -- tags ----------------------------------------------------------------------------------------------------


def tags(value: str) -> dict[str, Any]:
    """Write the tags of jobs and models."""
    return {"JobTags": [{"key": "team", "value": value}], "CustomModelTags": [{"key": "use", "value": value}]}


def test_a_change_of_tags_reaches_running_trials_and_their_models(story: SweepStory) -> None:
    """And trials that have ended, as for a job; nothing is trained again."""
    story.deploy(sweep(**tags("old")))
    machine = Machine(story)
    machine.start()
    machine.run(2.2 * HOUR)
    story.deploy(sweep(**tags("new")))
    machine.start()
    machine.run()
    assert [dict(job.tags) for job in story.jobs] == [{"team": "new"}] * 3
    assert [dict(model.tags) for model in story.double.models()] == [{"use": "new"}] * 3


def test_a_tag_that_is_removed_goes_from_the_models(story: SweepStory) -> None:
    """Their jobs' tokens say that they were started with it; what others have added stays."""
    story.deploy(sweep(**tags("old")))
    finish(story)
    model = story.double.models()[0]
    call(story, "TagResource", {"resourceARN": model.arn, "tags": [{"key": "mine", "value": "1"}]})
    story.deploy(sweep())
    finish(story)
    assert [dict(one.tags) for one in story.double.models()] == [{"mine": "1"}, {}, {}]


def test_tags_that_are_refused_stop_no_trial(story: SweepStory) -> None:
    """The log says so."""
    story.deploy(sweep(**tags("old")))
    machine = Machine(story)
    machine.start()
    machine.run(HOUR / 4)
    story.deploy(sweep(**tags("new")))
    story.double.faults.add("TagResource", Refuse("AccessDeniedException"), times=1000)
    machine.start()
    machine.run()
    assert story.results["finished"]
    assert story.acts("tags refused")
