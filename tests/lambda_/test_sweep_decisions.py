"""What the task of a sweep decides: tables, without a call."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from contract.sweeps import Objective, trial_request
from customization_job.frame.errors import AwsError, ErrorKind
from customization_job.frame.stack import ResourceState, StackState
from customization_job.frame.task import pause_for
from customization_job.jobs.ports import Job
from customization_job.sweeps import decide
from customization_job.sweeps.decide import Standing, View
from customization_job.sweeps.definition import DefinitionUri, owner, write
from customization_job.sweeps.desired_state import DesiredState
from customization_job.sweeps.results import Row, losers, ranked

from tests.lambda_.builders import STACK
from tests.lambda_.sweeping import BASE, LOGICAL_ID, sweep, trial

if TYPE_CHECKING:
    from customization_job.sweeps.desired_state import Trial

URI = f"s3://results-bucket/out/sweep/definitions/{'0' * 32}.json"
OWN, OTHER = "11111111", "22222222"
NOW, GOING, OVER = Standing.CURRENT, Standing.UNSETTLED, Standing.OVER


def desired(**settings: object) -> DesiredState:
    """Return what a template asks for."""
    return DesiredState.of(sweep(**settings), owner(STACK, LOGICAL_ID))


@pytest.fixture
def first() -> Trial:
    """The first trial."""
    return desired().trial(0)


@pytest.mark.parametrize(
    ("stack", "root", "resource", "expected"),
    [
        ("CREATE_COMPLETE", "", URI, NOW),
        ("UPDATE_COMPLETE", "", URI, NOW),
        ("IMPORT_COMPLETE", "", URI, NOW),
        ("UPDATE_ROLLBACK_COMPLETE", "", URI, NOW),  # an earlier operation brought it
        ("UPDATE_COMPLETE", "", "s3://another", OVER),
        ("UPDATE_COMPLETE", "", "", OVER),
        ("CREATE_IN_PROGRESS", "", "", GOING),
        ("UPDATE_IN_PROGRESS", "", URI, GOING),
        ("UPDATE_IN_PROGRESS", "", "s3://another", GOING),  # it may be rolled back
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "", URI, GOING),
        ("UPDATE_ROLLBACK_IN_PROGRESS", "", URI, GOING),
        ("UPDATE_ROLLBACK_FAILED", "", URI, GOING),
        ("UPDATE_FAILED", "", URI, GOING),
        ("ROLLBACK_IN_PROGRESS", "", URI, OVER),
        ("ROLLBACK_COMPLETE", "", URI, OVER),
        ("ROLLBACK_FAILED", "", URI, OVER),
        ("DELETE_IN_PROGRESS", "", URI, OVER),
        ("DELETE_FAILED", "", URI, OVER),
        ("DELETE_COMPLETE", "", URI, OVER),
        ("", "", URI, OVER),
        ("CREATE_COMPLETE", "CREATE_IN_PROGRESS", URI, GOING),
        ("CREATE_COMPLETE", "ROLLBACK_IN_PROGRESS", URI, OVER),
        ("CREATE_COMPLETE", "UPDATE_COMPLETE", URI, NOW),
    ],
)
def test_a_trial_is_started_only_for_the_current_sweep_of_a_settled_stack(
    stack: str, root: str, resource: str, expected: Standing
) -> None:
    """And of a settled root stack."""
    states = StackState(status=stack), StackState(status=root or stack)
    found = ResourceState(is_known=True, physical_id=resource, status="CREATE_COMPLETE")
    assert decide.standing(*states, found, URI) is expected


def test_a_resource_that_is_leaving_has_no_current_sweep() -> None:
    """The template does not have it any more."""
    leaving = ResourceState(is_known=True, physical_id=URI, status="DELETE_COMPLETE")
    stack = StackState(status="UPDATE_COMPLETE")
    assert decide.standing(stack, stack, leaving, URI) is OVER


@pytest.mark.parametrize(
    ("status", "run", "was_seen", "is_same_role", "expected"),
    [
        ("InProgress", OTHER, False, True, View.UNDERWAY),
        ("InProgress", OTHER, False, False, View.UNDERWAY),
        ("Unheard", OTHER, False, True, View.UNDERWAY),
        ("Completed", OTHER, False, True, View.RESULT),
        ("Completed", OTHER, False, False, View.RESULT),
        ("Failed", OTHER, False, True, View.RESULT),
        ("Failed", OWN, True, False, View.EARLIER),
        ("Stopped", OTHER, False, True, View.EARLIER),
        ("Stopped", OWN, False, True, View.RESULT),
        ("Stopped", OTHER, True, True, View.RESULT),
        ("Stopping", OTHER, False, True, View.EARLIER),
        ("Stopping", OWN, False, True, View.UNDERWAY),
        ("Stopping", OTHER, True, True, View.UNDERWAY),
    ],
)
def test_what_a_job_means_for_its_trial(
    first: Trial, status: str, run: str, *, was_seen: bool, is_same_role: bool, expected: View
) -> None:
    """What is complete stays; what was stopped for another sweep is started again."""
    token = first.token(0, run)
    token = token if is_same_role else replace(token, infrastructure="99999999")
    job = Job(arn="arn", name=first.name(0), status=status, token=str(token))
    assert decide.view(first, job, OWN, was_seen=was_seen) is expected


@pytest.mark.parametrize("token", ["", "foreign", "v1-0-0"])
def test_a_job_of_somebody_else_is_no_result(first: Trial, token: str) -> None:
    """It only has the name."""
    job = Job(arn="arn", name=first.name(0), status="Completed", token=token)
    assert decide.view(first, job, OWN, was_seen=True) is View.EARLIER


@pytest.mark.parametrize(
    ("ours", "others", "limit", "is_admitted"),
    [
        (0, 0, 1, True),
        (1, 0, 1, False),
        (1, 8, 2, True),
        (1, 9, 2, False),
        (0, 12, 2, False),
        (2, 0, 2, False),
    ],
)
def test_a_trial_is_admitted_while_there_is_room(
    ours: int, others: int, limit: int, *, is_admitted: bool
) -> None:
    """In the sweep, and in the account."""
    underway = [f"Search-1-{index}" for index in range(ours)] + [f"x-{index}" for index in range(others)]
    assert (decide.why_not_admitted(underway, "Search-1-", limit) is None) is is_admitted


@pytest.mark.parametrize(
    ("kind", "first_seconds", "tries"),
    [
        (ErrorKind.QUOTA, 300, 300),
        (ErrorKind.THROTTLED, 60, 300),
        (ErrorKind.UNREACHABLE, 60, 300),
        (ErrorKind.ROLE_NOT_READY, 60, 6),
        (ErrorKind.DENIED, 60, 6),
        (ErrorKind.NAME_IN_USE, 60, 6),
        (ErrorKind.INVALID, None, 1),
        (ErrorKind.NO_MODEL_ACCESS, None, 1),
    ],
)
def test_a_refused_start_is_tried_again_as_long_as_that_helps(
    kind: ErrorKind, first_seconds: float | None, tries: int
) -> None:
    """Then it is the result of the trial."""
    error = AwsError(kind, "CreateModelCustomizationJob")
    assert decide.refused(error, 1).seconds == first_seconds
    assert decide.refused(error, tries).seconds is None
    assert tries == 1 or decide.refused(error, tries - 1).seconds is not None


@pytest.mark.parametrize(("age", "seconds"), [(0, 30), (600, 30), (3600, 180), (90_000, 300)])
def test_an_old_job_is_looked_at_more_rarely(age: float, seconds: float) -> None:
    """A history has room for 2,700 looks: 300 seconds between them are nine days."""
    assert pause_for(age) == seconds


@pytest.mark.parametrize(("holds", "seconds"), [(0, 60), (10, 120), (1000, 900)])
def test_a_task_that_can_do_nothing_comes_more_and_more_rarely(holds: int, seconds: float) -> None:
    """So that the history has room for weeks."""
    assert decide.hold(60.0, holds) == seconds
    assert sum(decide.hold(60.0, count) * 0.75 for count in range(2700)) > 20 * 24 * 3600


def row(index: int, status: str = "Completed", training: float | None = None, model: str = "arn") -> Row:
    """Write a result."""
    return Row(index=index, status=status, training_loss=training, validation_loss=None, model_arn=model)


def test_the_lowest_loss_is_the_best_and_the_first_of_equals() -> None:
    """Only complete trials with a loss are compared."""
    rows = [row(0, training=3), row(1, training=1), row(2, "Failed", 0), row(3), row(4, training=1)]
    assert [one.index for one in ranked(rows, Objective.TRAINING_LOSS)] == [1, 4, 0]
    assert ranked(rows, Objective.VALIDATION_LOSS) == []


@pytest.mark.parametrize(("keep", "expected"), [(None, []), (1, [4, 0]), (2, [0]), (9, [])])
def test_models_behind_the_best_are_not_kept(keep: int | None, expected: list[int]) -> None:
    """A model whose loss is unknown is kept, and one that is gone needs no deletion."""
    rows = [row(0, training=3), row(1, training=1), row(3), row(4, training=2), row(5, training=9, model="")]
    assert [one.index for one in losers(rows, Objective.TRAINING_LOSS, keep)] == expected


def test_a_model_that_is_gone_does_not_count_as_one_that_is_kept() -> None:
    """An earlier run has deleted it; else the only model that is left would be deleted, too."""
    rows = [row(0, training=1, model=""), row(1, training=3), row(2, training=2)]
    assert [one.index for one in ranked(rows, Objective.TRAINING_LOSS)] == [2, 1, 0]
    assert [one.index for one in losers(rows, Objective.TRAINING_LOSS, 1)] == [1]


def test_a_trial_changes_single_hyperparameters_and_whole_fields() -> None:
    """The base request is not changed itself."""
    base = {**BASE, "hyperParameters": {"epochCount": "2", "learningRate": "1"}}
    data = {"s3Uri": "s3://bucket/other.jsonl"}
    found = trial_request(base, {**trial(5), "trainingDataConfig": data, "roleArn": "ignored"})
    assert found == {
        **base,
        "hyperParameters": {"epochCount": "5", "learningRate": "1"},
        "trainingDataConfig": data,
    }


def test_a_trial_has_the_fingerprint_of_the_same_job_alone(first: Trial) -> None:
    """Names and tokens come from the functions of jobs, so numbers may be written in other ways."""
    same = desired(trials=[{"hyperParameters": {"epochCount": "1.0"}}, trial(3)]).trial(0)
    assert same.name(0) == first.name(0)
    assert desired().trial(1).name(0) != first.name(0)
    assert first.name(1) != first.name(0)


@pytest.mark.parametrize(
    "change",
    [
        {"MaxConcurrency": "3"},
        {"Objective": "TrainingLoss"},
        {"Keep": "1"},
        {"Revision": "2"},
        {"OnDelete": "Retain"},
        {"JobTags": [{"key": "a", "value": "b"}]},
        {"Results": {"Bucket": "results-bucket", "Prefix": "other/"}},
        {"trials": 4},
    ],
)
def test_every_change_of_a_sweep_is_another_definition(change: dict[str, object]) -> None:
    """Its name is the hash of its content."""
    assert write(desired(**change))[0] != write(desired())[0]


def test_a_definition_does_not_depend_on_the_order_of_its_members() -> None:
    """CloudFormation may send them in another one."""
    told = sweep()
    turned = DesiredState.of(dict(reversed(told.items())), owner(STACK, LOGICAL_ID))
    assert write(turned) == write(desired())


@pytest.mark.parametrize(
    "text", ["", "not-created/x", "s3://b/definitions/x.json", URI.replace("0.json", "g.json"), f"{URI}\n"]
)
def test_another_physical_id_is_no_definition(text: str) -> None:
    """Such as one that CloudFormation generated."""
    assert DefinitionUri.read(text) is None
    assert str(DefinitionUri.read(URI)) == URI
