"""Sweeps: a deployment starts no trial, a settled stack all of them, and its deletion ends every one."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from customization_job.sweeps.definition import owner
from customization_job.sweeps.desired_state import DesiredState

from constructs_lib.testing.bedrock import AfterCall, BeforeCall, LoseResponse, Refuse
from tests.lambda_.builders import REQUEST, STACK, Harness, die
from tests.lambda_.cloudformation import ResourceRecord, denied
from tests.lambda_.fakes import ACCOUNT, REGION, Killed
from tests.lambda_.sweeping import (
    BASE,
    CLEANUP,
    CREATE,
    DELETE_MODEL,
    LOGICAL_ID,
    RESULTS,
    STOP,
    Machine,
    SweepStory,
    sweep,
    trial,
)

if TYPE_CHECKING:
    from constructs_lib.testing.bedrock import BedrockDouble

HOUR = 3600.0
ROOT = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/root/00000000-0000-11f0-8000-0a1b2c3d4e5f"


@pytest.fixture
def story(harness: Harness) -> SweepStory:
    """Return a stack without a sweep."""
    return SweepStory(harness)


@pytest.fixture
def deployed(story: SweepStory) -> SweepStory:
    """A sweep of three trials that is deployed."""
    assert story.deploy(sweep())["Status"] == "SUCCESS"
    return story


def statuses(story: SweepStory) -> list[str]:
    """Return the status of every trial in the results."""
    return [one["status"] for one in story.results["trials"]]


def foreign(double: BedrockDouble, number: int) -> None:
    """Start jobs that are not the sweep's."""
    for index in range(number):
        names = {"jobName": f"other-{index}", "customModelName": f"other-{index}"}
        double.call(CREATE, {**REQUEST, **names}, account=ACCOUNT, region=REGION)


# -- deployments ---------------------------------------------------------------------------------------------


def test_a_deployment_starts_an_execution_and_no_job(story: SweepStory) -> None:
    """The response has the URI of the definition and of the results, and Bedrock has not been called."""
    answer = story.deploy(sweep())
    assert answer["PhysicalResourceId"].startswith("s3://results-bucket/out/sweep/definitions/")
    assert answer["Data"] == {"ResultsUri": RESULTS, "Trials": "3"}
    assert len(story.fakes.executions.inputs) == 1
    assert story.harness.calls() == []


def test_the_input_of_an_execution_names_only_resources_and_numbers(story: SweepStory) -> None:
    """Its history shows it to everybody who may see executions: no request, tag or filter is in it."""
    secret = {"key": "team", "value": "secret-value"}
    story.deploy(
        sweep(JobTags=[secret], Trials=[trial(1), {"trainingDataConfig": {"s3Uri": "s3://bucket/x.jsonl"}}])
    )
    text = json.dumps(story.execution())
    assert set(story.task()) == {"kind", "stackId", "resource", "sweep", "run", "step", "trial"}
    assert not any(word in text for word in ("secret", "s3://", "role", "epochCount"))


def test_a_repeated_event_starts_no_second_execution(story: SweepStory) -> None:
    """Lambda may deliver an event again after the execution has been started."""
    first = story.send("Create", sweep(), request_id="same")
    again = story.send("Create", sweep(), request_id="same")
    assert (first["PhysicalResourceId"], len(story.fakes.executions.inputs)) == (
        again["PhysicalResourceId"],
        1,
    )


@pytest.mark.parametrize("change", [{"ServiceTimeout": "2000"}, {"ServiceToken": "another"}])
def test_an_update_that_changes_nothing_of_the_sweep_starts_nothing(
    deployed: SweepStory, change: dict[str, str]
) -> None:
    """The execution goes on."""
    before = deployed.physical_id
    assert deployed.deploy(sweep(**change))["PhysicalResourceId"] == before
    assert len(deployed.fakes.executions.inputs) == 1


def test_another_state_machine_runs_the_same_sweep(deployed: SweepStory) -> None:
    """The executions of the former one go with it."""
    before = deployed.physical_id
    other = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:Other"
    assert deployed.deploy(sweep(StateMachine=other))["PhysicalResourceId"] == before
    assert list(deployed.fakes.executions.machines.values())[-1] == other


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"Trials": [trial(1)]}, "Trials must be a list of 2 to 200 trials; correct it"),
        ({"Trials": "many"}, "Trials must be a list of 2 to 200 trials; correct it"),
        ({"Trials": [trial(1), trial(2), trial(1)]}, "trial 2 is the same training as trial 0; remove it"),
        ({"Trials": [trial(1), {**trial(2), "roleArn": "x"}]}, "trial 1 must change only"),
        ({"Trials": [trial(1), {"trainingDataConfig": {"s3Uri": "http://x"}}]}, "trial 1: "),
        ({"MaxConcurrency": "11"}, "MaxConcurrency must be a number from 1 to 10"),
        ({"MaxConcurrency": None}, "MaxConcurrency must be a number from 1 to 10"),
        ({"Objective": "Speed"}, "Objective must be one of ValidationLoss, TrainingLoss"),
        ({"Keep": "0"}, "Keep must be the number of models"),
        ({"Results": {"Bucket": "B", "Prefix": "x/"}}, "Bucket of Results must be the name of a bucket"),
        ({"Results": {"Bucket": "bucket", "Prefix": "x"}}, "Prefix of Results must have letters"),
        ({"Results": "here"}, "Bucket of Results"),
        ({"StateMachine": "arn:aws:states:eu-west-1:999999999999:stateMachine:X"}, "StateMachine must be"),
        ({"Request": {**BASE, "jobName": "exact"}}, "jobName must not be given"),
        ({"Request": {**BASE, "roleArn": None}}, "roleArn is required"),
        ({"Request": "nothing"}, "roleArn is required"),
        ({"OnDelete": "Never"}, "OnDelete must be one of"),
    ],
)
def test_an_invalid_sweep_fails_the_deployment(
    story: SweepStory, settings: dict[str, Any], sentence: str
) -> None:
    """Before anything is written or started; what all trials have in common is said once."""
    answer = story.deploy(sweep(**settings))
    assert answer["Status"] == "FAILED"
    assert sentence in answer["Reason"]
    assert answer["Reason"].count(sentence) == 1
    assert (story.objects.puts, story.fakes.executions.inputs, story.harness.calls()) == ([], {}, [])


@pytest.mark.parametrize(
    ("store", "code"), [("objects", "AccessDenied"), ("executions", "AccessDeniedException")]
)
def test_a_denied_call_fails_the_deployment(story: SweepStory, store: str, code: str) -> None:
    """The sentence names the call, and nothing has been started."""
    getattr(story.fakes, store).refuse(code, times=1000)
    answer = story.deploy(sweep())
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("The sweep was not started: ")
    assert ("PutObject" if store == "objects" else "StartExecution") in answer["Reason"]


# -- when trials are started ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "status",
    [
        "CREATE_IN_PROGRESS",
        "UPDATE_IN_PROGRESS",
        CLEANUP,
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_FAILED",
        "UPDATE_FAILED",
        "IMPORT_IN_PROGRESS",
    ],
)
def test_nothing_is_started_before_the_stack_has_settled(deployed: SweepStory, status: str) -> None:
    """The deployment may still fail; the task comes again."""
    deployed.set(status)
    got = deployed.call(deployed.task())
    assert (got["isOver"], got["pause"] > 0) == (False, True)
    assert deployed.harness.calls() == []


@pytest.mark.parametrize(
    "status", ["ROLLBACK_IN_PROGRESS", "ROLLBACK_COMPLETE", "DELETE_IN_PROGRESS", "DELETE_FAILED"]
)
def test_nothing_is_started_for_a_stack_that_goes(deployed: SweepStory, status: str) -> None:
    """The execution ends."""
    deployed.set(status)
    assert [deployed.call(one)["isOver"] for one in (deployed.task(), deployed.report)] == [True, True]
    assert deployed.harness.calls() == []


def test_a_nested_stack_waits_for_its_root_stack(deployed: SweepStory) -> None:
    """It is complete before the deployment is, which may still fail."""
    deployed.record.root = ROOT
    deployed.fakes.statuses[ROOT] = "CREATE_IN_PROGRESS"
    assert not deployed.call(deployed.task())["isOver"]
    assert deployed.jobs == []
    deployed.fakes.statuses[ROOT] = "CREATE_COMPLETE"
    deployed.call(deployed.task())
    assert len(deployed.jobs) == 1


def test_a_failed_first_deployment_costs_nothing(story: SweepStory) -> None:
    """Another resource fails, and everything is rolled back."""
    story.deploy(sweep(), fails=True)
    machine = Machine(story)
    machine.start()
    machine.run()
    assert (story.harness.calls(CREATE), machine.executions[0].is_over) == ([], True)


def test_a_failed_update_costs_nothing_and_the_former_sweep_goes_on(deployed: SweepStory) -> None:
    """Its execution has waited; the new one ends without a job."""
    machine = Machine(deployed)
    machine.start()
    machine.run(HOUR / 4)
    before = len(deployed.harness.calls())
    deployed.deploy(sweep([trial(1), trial(7), trial(8)]), fails=True)
    assert len(deployed.harness.calls()) == before
    machine.start()
    machine.run()
    assert len(deployed.jobs) == 3
    assert statuses(deployed) == ["Completed"] * 3
    assert deployed.harness.calls(STOP) == []


# -- trials --------------------------------------------------------------------------------------------------


def test_every_trial_is_trained_once_and_the_best_is_found(deployed: SweepStory) -> None:
    """At most two at a time, as the template says; the results have every trial."""
    seen: list[int] = []
    machine = Machine(deployed, watch=lambda: seen.append(len(deployed.underway)))
    machine.start()
    machine.run()
    assert (len(deployed.jobs), max(seen), machine.executions[0].is_over) == (3, 2, True)
    results = deployed.results
    losses = [one["validationLoss"] for one in results["trials"]]
    assert results["best"]["validationLoss"] == min(losses)
    assert (results["finished"], statuses(deployed)) == (True, ["Completed"] * 3)
    assert results["trials"][1]["overrides"] == trial(2)
    assert results["sweep"] == {
        "stackId": STACK,
        "resource": LOGICAL_ID,
        "definition": deployed.physical_id,
        "objective": "ValidationLoss",
    }
    assert all(one["modelArn"] and one["jobArn"] for one in results["trials"])


def test_results_are_there_as_soon_as_a_trial_has_ended(deployed: SweepStory) -> None:
    """The others are NotStarted or underway until then."""
    machine = Machine(deployed)
    machine.start(max_concurrency=1)
    machine.run(2.2 * HOUR)
    assert statuses(deployed) == ["Completed", "InProgress", "NotStarted"]
    assert (deployed.results["finished"], deployed.results["best"]["index"]) == (False, 0)


def test_results_that_are_written_at_the_same_moment_are_all_kept(deployed: SweepStory) -> None:
    """Another trial writes between reading and writing: the write is refused, and done again."""
    for index in (0, 1):
        deployed.call(deployed.task(index))
    deployed.clock.advance(3 * HOUR)
    # After the reading of the definition and of the results, before the write.
    deployed.objects.before = [lambda: None, lambda: None, lambda: deployed.call(deployed.task(1))]
    deployed.call(deployed.task(0))
    assert statuses(deployed) == ["Completed", "Completed", "NotStarted"]


def test_a_full_account_is_waited_for(deployed: SweepStory) -> None:
    """Jobs of others count; Bedrock is not asked before one of them has ended."""
    foreign(deployed.double, 10)
    got = deployed.call(deployed.task())
    assert (got["isOver"], 150 <= got["pause"] <= 300) == (False, True)
    assert deployed.jobs == []
    deployed.double.complete("other-3")
    deployed.call(got["task"])
    assert len(deployed.jobs) == 1


def test_a_denied_list_of_jobs_leaves_the_limit_to_bedrock(deployed: SweepStory) -> None:
    """Bedrock refuses what is over the quota, and the trial is tried again."""
    deployed.double.faults.add("ListModelCustomizationJobs", Refuse("AccessDeniedException"), times=1000)
    foreign(deployed.double, 10)
    got = deployed.call(deployed.task())
    assert (got["isOver"], got["task"]["refusals"]) == (False, 1)
    assert deployed.acts("jobs not listed")


@pytest.mark.parametrize(
    "code", ["ServiceQuotaExceededException", "ThrottlingException", "InternalServerException"]
)
def test_a_temporary_refusal_is_tried_again_later(deployed: SweepStory, code: str) -> None:
    """Not within the call: the look at the stack must not be long before the start."""
    deployed.double.faults.add(CREATE, Refuse(code), times=1)
    got = deployed.call(deployed.task())
    assert (got["isOver"], got["task"]["refusals"]) == (False, 1)
    assert len(deployed.harness.calls(CREATE)) == 1
    assert not deployed.call(got["task"])["isOver"]
    assert len(deployed.jobs) == 1


def test_a_refusal_that_does_not_end_is_a_result(deployed: SweepStory) -> None:
    """The other trials go on, and the results say why there is no job."""
    deployed.double.faults.add(CREATE, Refuse("ValidationException", "no such model"), times=1)
    machine = Machine(deployed)
    machine.start()
    machine.run()
    assert statuses(deployed) == ["NotStarted", "Completed", "Completed"]
    assert "no such model" in deployed.results["trials"][0]["failureMessage"]
    assert deployed.results["finished"]


def test_a_role_that_is_new_gets_some_minutes(deployed: SweepStory) -> None:
    """Bedrock cannot assume it at once; if it never can, that is the result."""
    message = "Could not assume provided IAM role"
    deployed.double.faults.add(CREATE, Refuse("ValidationException", message), times=1000)
    machine = Machine(deployed)
    machine.start()
    machine.run()
    assert statuses(deployed) == ["NotStarted"] * 3
    assert len(deployed.harness.calls(CREATE)) == 18


def test_a_failed_trial_is_a_result(deployed: SweepStory) -> None:
    """With Bedrock's message; it is not the best, and is not trained again."""
    deployed.call(deployed.task(1))
    deployed.double.fail(deployed.jobs[0].arn, "The data has too many records.")
    machine = Machine(deployed)
    machine.start()
    machine.run()
    row = deployed.results["trials"][1]
    assert (row["status"], row["failureMessage"], row["modelArn"]) == (
        "Failed",
        "The data has too many records.",
        "",
    )
    assert len(deployed.jobs) == 3


def test_a_trial_that_somebody_stops_is_a_result(deployed: SweepStory) -> None:
    """It is not started again."""
    got = deployed.call(deployed.task())
    deployed.double.stop(deployed.jobs[0].arn)
    assert deployed.call(got["task"])["isOver"]
    assert (statuses(deployed)[0], len(deployed.jobs)) == ("Stopped", 1)


def test_a_forged_task_may_start_a_trial_again_that_was_stopped(deployed: SweepStory) -> None:
    """Which run it belongs to is only in the task: docs/security.md says so. What is complete stays so."""
    deployed.call(deployed.task(0))
    deployed.call(deployed.task(1))
    stopped, complete = deployed.jobs
    deployed.double.stop(stopped.arn)
    deployed.double.complete(complete.arn)
    for index in (0, 1):
        deployed.call(deployed.task(index, run="0" * 8))
    assert [job.status for job in deployed.jobs] == ["Stopped", "Completed", "InProgress"]


@pytest.mark.parametrize("fault", [AfterCall(die), LoseResponse()])
def test_a_crash_after_the_start_starts_no_second_job(
    deployed: SweepStory, fault: AfterCall | LoseResponse
) -> None:
    """The token and the name of the job are the same at the next attempt."""
    deployed.double.faults.add(CREATE, fault, times=1)
    with suppress(Killed):
        deployed.call(deployed.task())
    deployed.call(deployed.task())
    assert len(deployed.jobs) == 1


def test_a_job_that_is_not_visible_yet_is_waited_for(deployed: SweepStory) -> None:
    """It is not started twice, even if the first response was lost."""
    deployed.double.configure(visible_after_seconds=45)
    got = deployed.call(deployed.task())
    got = deployed.call(got["task"])
    assert (got["isOver"], got["task"]["missing"]) == (False, 1)
    deployed.call(deployed.task())
    deployed.clock.advance(60)
    got = deployed.call(got["task"])
    assert (got["task"]["missing"], len(deployed.jobs)) == (0, 1)


def test_a_trial_beyond_the_limit_of_the_sweep_is_not_started(deployed: SweepStory) -> None:
    """A second execution, or a redrive, may ask for it while two others train."""
    for index in range(2):
        deployed.call(deployed.task(index))
    got = deployed.call(deployed.task(2))
    assert (got["isOver"], len(deployed.jobs)) == (False, 2)
    deployed.double.complete(deployed.jobs[0].arn)
    deployed.call(got["task"])
    assert len(deployed.jobs) == 3


def test_a_job_of_the_former_run_that_is_not_visible_yet_is_adopted(deployed: SweepStory) -> None:
    """Its name is in use; it is found when it is visible."""
    deployed.double.configure(visible_after_seconds=120)
    deployed.call(deployed.task(0))
    deployed.deploy(sweep([trial(1), trial(8)]))
    got = deployed.call(deployed.task(0))
    assert (got["isOver"], got["task"]["refusals"]) == (False, 1)
    deployed.clock.advance(60)
    got = deployed.call(got["task"])
    assert (got["task"]["generation"], len(deployed.jobs)) == (0, 1)


def test_the_report_waits_for_a_trial_whose_execution_has_ended(deployed: SweepStory) -> None:
    """Somebody stopped the execution, or its history is full; the job trains on."""
    deployed.call(deployed.task(0))
    got = deployed.call(deployed.report)
    assert not got["isOver"]
    deployed.double.complete(deployed.jobs[0].arn)
    assert deployed.call(got["task"])["isOver"]
    assert (statuses(deployed), deployed.results["finished"]) == (
        ["Completed", "NotStarted", "NotStarted"],
        True,
    )


def test_two_executions_of_one_sweep_start_no_job_twice(deployed: SweepStory) -> None:
    """Together they hold the limit of the sweep."""
    seen: list[int] = []
    machine = Machine(deployed, watch=lambda: seen.append(len(deployed.underway)))
    machine.start()
    deployed.send("Update", sweep(MaxConcurrency="2", StateMachine=f"{sweep()['StateMachine']}2"))
    machine.start()
    machine.run()
    assert (len(deployed.jobs), max(seen)) == (3, 2)
    assert statuses(deployed) == ["Completed"] * 3


# -- changed sweeps ------------------------------------------------------------------------------------------


def test_a_changed_trial_is_trained_and_the_others_are_not(deployed: SweepStory) -> None:
    """What is complete, and what has failed, is a result of the changed sweep too."""
    deployed.call(deployed.task(1))
    deployed.double.fail(deployed.jobs[0].arn, "failed")
    machine = Machine(deployed)
    machine.start()
    machine.run()
    deployed.deploy(sweep([trial(1), trial(2), trial(9)]))
    machine.start()
    machine.run()
    assert len(deployed.jobs) == 4
    assert statuses(deployed) == ["Completed", "Failed", "Completed"]


def test_a_trial_that_is_dropped_while_it_trains_is_stopped(deployed: SweepStory) -> None:
    """The others go on, in the execution of the changed sweep."""
    machine = Machine(deployed)
    machine.start()
    machine.run(HOUR / 4)
    first, second = deployed.underway
    deployed.deploy(sweep([trial(2), trial(8)]))
    assert [first.name] == [job.name for job in deployed.jobs if job.status in ("Stopping", "Stopped")]
    machine.start()
    machine.run()
    assert second.name == deployed.results["trials"][0]["jobName"]
    assert statuses(deployed) == ["Completed", "Completed"]


@pytest.mark.parametrize("minutes", [15, 600], ids=["in training", "complete"])
def test_a_tag_that_is_dropped_is_removed_from_jobs_and_models(story: SweepStory, minutes: int) -> None:
    """No event tells a task the former tags; the token of a job has those that its model was given."""

    def tags(*keys: str) -> dict[str, Any]:
        given = [{"key": key, "value": "x"} for key in keys]
        return {"JobTags": given, "CustomModelTags": given}

    story.deploy(sweep(2, **tags("kept", "dropped")))
    machine = Machine(story)
    machine.start()
    machine.run(minutes * 60.0)
    job, _ = story.jobs
    client = story.double.client(account=ACCOUNT, region=REGION)
    client.tag_resource(resourceARN=job.arn, tags=[{"key": "of-a-person", "value": "y"}])
    story.deploy(sweep(2, **tags("kept")))
    machine.start()
    machine.run()
    assert [set(job.tags) for job in story.jobs] == [{"kept", "of-a-person"}, {"kept"}]
    assert [set(model.tags) for model in story.double.models()] == [{"kept"}, {"kept"}]


def test_a_trial_that_comes_back_is_started_again(deployed: SweepStory) -> None:
    """It was stopped because a change had dropped it."""
    machine = Machine(deployed)
    machine.start()
    machine.run(HOUR / 4)
    deployed.deploy(sweep([trial(2), trial(3)]))
    deployed.clock.advance(300)
    deployed.deploy(sweep())
    machine.start()
    machine.run()
    assert [job.status for job in deployed.jobs] == ["Stopped", "Completed", "Completed", "Completed"]
    assert statuses(deployed) == ["Completed"] * 3


def test_a_failed_trial_is_started_again_with_another_role(deployed: SweepStory) -> None:
    """The role may have been the cause; what is complete does not need it any more."""
    machine = Machine(deployed)
    machine.start()
    machine.run(HOUR / 4)
    deployed.double.fail(deployed.jobs[0].arn, "no access")
    machine.run()
    deployed.deploy(sweep(Request={**BASE, "roleArn": f"arn:aws:iam::{ACCOUNT}:role/other"}))
    machine.start()
    machine.run()
    assert (len(deployed.jobs), statuses(deployed)) == (4, ["Completed"] * 3)


def test_the_task_of_a_former_sweep_ends(deployed: SweepStory) -> None:
    """Only the current definition counts."""
    old = deployed.task()
    deployed.deploy(sweep(4))
    assert deployed.call(old)["isOver"]
    assert deployed.jobs == []


def test_trials_are_left_running_where_the_current_ones_are_unknown(deployed: SweepStory) -> None:
    """The current definition cannot be read in the cleanup; the log says how to stop them."""
    deployed.call(deployed.task())
    old, before = deployed.desired, deployed.physical_id
    deployed.deploy(sweep(4))
    deployed.objects.objects.clear()
    deployed.set(CLEANUP)
    assert deployed.send("Delete", old, before)["Status"] == "SUCCESS"
    assert len(deployed.underway) == 1
    [line] = deployed.acts("job left running")
    assert line["command"].endswith(deployed.jobs[0].arn)


# -- deletions -----------------------------------------------------------------------------------------------


def test_a_deleted_stack_leaves_no_trial_running(deployed: SweepStory) -> None:
    """The execution ends, and starts nothing any more."""
    machine = Machine(deployed)
    machine.start()
    machine.run(HOUR / 4)
    assert len(deployed.underway) == 2
    assert deployed.destroy()["Status"] == "SUCCESS"
    machine.run()
    assert [job.status for job in deployed.jobs] == ["Stopped", "Stopped"]


def test_all_jobs_are_asked_to_stop_before_one_is_waited_for(story: SweepStory) -> None:
    """Each takes a minute, and together they take no longer."""
    story.deploy(sweep(2))
    for index in range(2):
        story.call(story.task(index))
    began = story.clock.now()
    assert story.destroy()["Status"] == "SUCCESS"
    assert [job.status for job in story.jobs] == ["Stopped", "Stopped"]
    assert story.clock.now() - began < 100


def test_a_job_that_is_being_started_when_the_deletion_begins_is_stopped(deployed: SweepStory) -> None:
    """Its task looked at the stack before; the Delete waits until no such start can be on its way."""
    first = DesiredState.of(deployed.desired, owner(STACK, LOGICAL_ID)).trial(0)
    request = first.change.request(0, str(first.token(0, "0" * 8)))

    def start() -> None:
        deployed.double.call(CREATE, request, account=ACCOUNT, region=REGION)

    with deployed.clock.alarm(60.0, start):
        assert deployed.destroy()["Status"] == "SUCCESS"
    assert [job.status for job in deployed.jobs] == ["Stopped"]


def test_a_start_that_is_later_than_the_deletion_is_undone(deployed: SweepStory) -> None:
    """Bedrock has accepted the job when the stack is gone already."""
    deployed.double.faults.add(CREATE, BeforeCall(lambda _: deployed.destroy()), times=1)
    got = deployed.call(deployed.task())
    assert got["isOver"]
    assert [job.status for job in deployed.jobs] == ["Stopping"]


def test_a_sweep_that_is_removed_from_the_template_is_ended(deployed: SweepStory) -> None:
    """The stack stays."""
    deployed.call(deployed.task())
    assert deployed.remove()["Status"] == "SUCCESS"
    assert [job.status for job in deployed.jobs] == ["Stopped"]


def test_a_former_trial_that_was_left_running_is_stopped_with_the_stack(deployed: SweepStory) -> None:
    """No event names it any more; its token does."""
    deployed.call(deployed.task())
    deployed.desired, deployed.physical_id = {}, ""
    deployed.deploy(sweep([trial(7), trial(8)]))
    assert len(deployed.underway) == 1
    deployed.destroy()
    assert deployed.underway == []


def test_retained_trials_go_on(story: SweepStory) -> None:
    """As a job with this OnDelete does."""
    story.deploy(sweep(OnDelete="Retain"))
    story.call(story.task())
    assert story.destroy()["Status"] == "SUCCESS"
    assert len(story.underway) == 1


def test_models_are_deleted_with_the_stack_if_the_template_says_so(story: SweepStory) -> None:
    """All of them, those of former trials included."""
    story.deploy(sweep(OnDelete="DeleteModel"))
    machine = Machine(story)
    machine.start()
    machine.run()
    story.deploy(sweep([trial(1), trial(9)], OnDelete="DeleteModel"))
    machine.start()
    machine.run()
    assert len(story.double.models()) == 4
    assert story.destroy()["Status"] == "SUCCESS"
    assert story.double.models() == ()


def test_a_served_model_fails_the_deletion_of_the_stack(story: SweepStory) -> None:
    """As with a job; the sentence names it."""
    story.deploy(sweep(OnDelete="DeleteModel"))
    machine = Machine(story)
    machine.start()
    machine.run()
    [first, *_] = story.double.models()
    story.double.deploy_model(first.arn, name="in-use")
    answer = story.destroy()
    assert (answer["Status"], first.arn in answer["Reason"]) == ("FAILED", True)


def test_a_deletion_without_the_stacks_status_stops_nothing_and_fails(deployed: SweepStory) -> None:
    """Which trials are still needed is unknown; the sentence says which permissions are missing."""
    deployed.call(deployed.task())
    deployed.fakes.denied |= {"describe_stacks", "describe_stack_resource"}
    answer = deployed.destroy()
    assert (answer["Status"], "cloudformation:DescribeStacks" in answer["Reason"]) == ("FAILED", True)
    assert deployed.harness.calls(STOP) == []


def test_a_deletion_with_broken_properties_still_stops_the_jobs(deployed: SweepStory) -> None:
    """The jobs are found by their tokens."""
    deployed.call(deployed.task())
    deployed.begin("DELETE_IN_PROGRESS")
    answer = deployed.send("Delete", {"Trials": [None, 3]}, "generated-by-cloudformation")
    assert answer["Status"] == "SUCCESS"
    assert deployed.underway == []


# -- models that are not kept --------------------------------------------------------------------------------


def finished(story: SweepStory, **settings: object) -> Machine:
    """Run a sweep that keeps the best model."""
    story.deploy(sweep(4, Keep="1", **settings))
    machine = Machine(story)
    machine.start()
    return machine


def test_only_the_best_models_are_kept(story: SweepStory) -> None:
    """The others are deleted when all trials have ended, and not before."""
    machine = finished(story)
    machine.run(3 * HOUR)
    assert story.harness.calls(DELETE_MODEL) == []
    machine.run()
    [left] = story.double.models()
    assert left.arn == story.results["best"]["modelArn"]
    assert sum(bool(one["modelArn"]) for one in story.results["trials"]) == 1
    assert len(story.harness.calls(DELETE_MODEL)) == 3


def test_a_changed_sweep_does_not_train_again_what_was_not_kept(story: SweepStory) -> None:
    """The loss of such a trial is known."""
    machine = finished(story)
    machine.run()
    story.deploy(sweep(5, Keep="1"))
    machine.start()
    machine.run()
    assert (len(story.jobs), statuses(story)) == (5, ["Completed"] * 5)


def test_a_served_model_is_kept(story: SweepStory) -> None:
    """Whatever serves it, it is needed."""
    machine = finished(story)
    while len(story.double.models()) < 4:
        machine.run(60)
    worst = max(story.results["trials"], key=lambda one: one["validationLoss"] or 0)
    story.double.deploy_model(worst["modelArn"], name="in-use")
    machine.run()
    assert worst["modelArn"] in [model.arn for model in story.double.models()]
    assert story.acts("model kept")[0]["decision"].startswith("it is in use by")


def test_nothing_is_deleted_where_its_use_cannot_be_read(story: SweepStory) -> None:
    """A model is deleted only where it is certain that nothing needs it."""
    story.double.faults.add("ListCustomModelDeployments", Refuse("AccessDeniedException"), times=1000)
    machine = finished(story)
    machine.run()
    assert len(story.double.models()) == 4
    assert len(story.acts("model kept")) == 3


def test_a_published_model_is_kept(story: SweepStory) -> None:
    """A parameter of the stack holds its ARN."""
    machine = finished(story)
    while len(story.double.models()) < 4:
        machine.run(60)
    worst = max(story.results["trials"], key=lambda one: one["validationLoss"] or 0)
    story.fakes.parameters.put_parameter(Name="/model", Value=worst["modelArn"], Type="String")
    kind = "Custom::BedrockPublishedModel"
    story.record.resources["Published"] = ResourceRecord("/model", "CREATE_COMPLETE", kind=kind)
    machine.run()
    assert worst["modelArn"] in [model.arn for model in story.double.models()]


def test_without_losses_every_model_is_kept(story: SweepStory) -> None:
    """There are no validation data, so no trial is better than another."""
    machine = finished(story, Request=REQUEST)
    machine.run()
    assert (len(story.double.models()), story.results["best"]) == (4, None)


# -- what others may do --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"sweep": 1}', b'{"sweep": {}, "trials": [1]}', b"\xff"]
)
def test_results_that_cannot_be_read_are_written_anew(deployed: SweepStory, content: bytes) -> None:
    """Everything in them is read from Bedrock again."""
    machine = Machine(deployed)
    machine.start()
    machine.run(2.5 * HOUR)
    [key] = [key for key in deployed.objects.objects if key[1].endswith("results.json")]
    deployed.objects.objects[key] = content
    machine.run()
    assert (statuses(deployed), deployed.results["finished"]) == (["Completed"] * 3, True)


@pytest.mark.parametrize("index", ["1e999", "-1", "1e300"])
def test_results_that_somebody_has_changed_end_no_trial(deployed: SweepStory, index: str) -> None:
    """They are of the right definition, and no row has that number."""
    machine = Machine(deployed)
    machine.start()
    machine.run(2.5 * HOUR)
    [key] = [key for key in deployed.objects.objects if key[1].endswith("results.json")]
    content = deployed.objects.objects[key].decode()
    deployed.objects.objects[key] = content.replace('"index": 0', f'"index": {index}').encode()
    machine.run(4 * HOUR)
    assert (statuses(deployed), deployed.results["finished"]) == (["Completed"] * 3, True)
    assert deployed.acts("crashed") == []


def test_the_report_believes_no_result_that_bedrock_does_not_confirm(story: SweepStory) -> None:
    """Who may write to the bucket could have another model deleted, by a trial that was never started."""
    story.deploy(sweep(Keep="1"))
    story.double.faults.add(CREATE, Refuse("ValidationException", "no"))
    machine = Machine(story)
    machine.start()
    machine.run(0.5 * HOUR)
    [key] = [key for key in story.objects.objects if key[1].endswith("results.json")]
    rows = json.loads(story.objects.objects[key])
    [refused] = [one for one in rows["trials"] if one["failureMessage"]]
    why = refused["failureMessage"]
    refused.update(status="Completed", validationLoss=0.0, modelArn="arn:aws:bedrock:model", jobArn="job")
    story.objects.objects[key] = json.dumps(rows).encode()
    machine.run(4 * HOUR)
    assert story.results["finished"]
    last = story.results["trials"][refused["index"]]
    assert (last["status"], last["modelArn"], last["failureMessage"]) == ("NotStarted", "", why)
    assert story.results["best"]["index"] != refused["index"]
    assert len(story.double.models()) == 1
    assert story.acts("crashed") == []


def test_a_definition_that_was_changed_starts_nothing(deployed: SweepStory) -> None:
    """Its name is the hash of its content: who may write to the bucket can have nothing trained."""
    [key] = [key for key in deployed.objects.objects if "definitions/" in key[1]]
    content = deployed.objects.objects[key]
    deployed.objects.objects[key] = content.replace(b"s3://bucket/train", b"s3://wrong/train")
    got = deployed.call(deployed.task())
    assert (got["isOver"], deployed.harness.calls()) == (False, [])
    assert deployed.acts("definition not read")[0]["level"] == "ERROR"


@pytest.mark.parametrize(
    "change",
    [
        {"stackId": STACK.replace("training", "other")},
        {"step": "delete"},
        {"trial": 3},
        {"trial": "0"},
        {"trial": -1},
        {"run": "x"},
        {"sweep": "../../etc"},
        {"resource": "Search\n"},
        {"generation": "1"},
    ],
)
def test_a_task_that_no_state_machine_sends_is_refused(
    deployed: SweepStory, change: dict[str, object]
) -> None:
    """With one line of the log, and without a call of Bedrock that changes anything."""
    got = deployed.call({**deployed.task(), **change})
    assert got == {"task": {}, "isOver": True, "pause": 0}
    assert deployed.harness.calls(CREATE) == []


def test_a_task_of_another_resource_ends(deployed: SweepStory) -> None:
    """The stack has no such sweep."""
    assert deployed.call({**deployed.task(), "resource": "Other"})["isOver"]
    assert deployed.jobs == []


def test_what_cannot_be_read_is_left_to_the_state_machine(deployed: SweepStory) -> None:
    """The task fails, and Step Functions calls the function again."""
    deployed.fakes.says = [denied("DescribeStacks")]
    machine = Machine(deployed)
    machine.start()
    machine.run(120.0)
    deployed.fakes.says = []
    machine.run()
    assert statuses(deployed) == ["Completed"] * 3
