"""A sweep in `watch`, `status` and `list`: its trials, how it ends, and what cannot be read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from constructs_lib.testing import Refuse
from tests.lambda_.builders import STOP
from tests.unit.monitoring.conftest import OUTPUT_BUCKET
from tests.unit.monitoring.swept import MODEL, Sweep
from tests.unit.monitoring.watch_clock import ScriptedClock

if TYPE_CHECKING:
    from typer.testing import Result

    from tests.unit.monitoring.conftest import Account


@pytest.fixture
def sweep(account: Account) -> Sweep:
    """A sweep of which nothing has been started."""
    return Sweep(account)


def run(sweep: Sweep, command: str, *arguments: str, clock: ScriptedClock | None = None) -> Result:
    """Run a command on the stack; without a clock of its own, at the time of the double."""
    chosen = clock or ScriptedClock(sweep.account.double.clock)
    result = sweep.account.run(command, "--stack", "Tickets", *arguments, obj=chosen)
    assert "Traceback" not in result.output
    return result


def lines(result: Result) -> list[str]:
    """Return what was printed on stdout, without the times."""
    return [one.partition(" ")[2] if one[2:3] == ":" else one for one in result.stdout.splitlines()]


def test_a_sweep_is_watched_until_all_trials_have_ended(sweep: Sweep) -> None:
    """A line for each change of a trial; the results are complete only with the report."""
    clock = ScriptedClock(sweep.account.double.clock)
    clock.at(70, lambda: [sweep.start(0), sweep.start(1)])
    clock.at(400, lambda: sweep.end(0))
    clock.at(500, lambda: sweep.end(1, "Failed", failureMessage="bad [red]data[/]\x1b[2J"))
    clock.at(600, lambda: sweep.end(2, "NotStarted", failureMessage="Bedrock refused it."))
    clock.at(700, lambda: sweep.finish(0))
    result = run(sweep, "watch", clock=clock)
    assert lines(result) == [
        "trial 0 (epochCount=1) InProgress",
        "trial 1 (epochCount=2) InProgress",
        "trial 0 (epochCount=1) Completed training loss 0.5",
        "trial 1 (epochCount=2) Failed bad [red]data[/]\\x1b[2J",
        "trial 2 (epochCount=3) NotStarted Bedrock refused it.",
        "best trial 0 (epochCount=1)",
        f"model {MODEL}",
    ]
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        (("Completed", "Failed", "Stopped"), 0),
        (("Failed", "Failed", "Failed"), 3),
        (("Failed", "Stopped", "NotStarted"), 3),
        (("Stopped", "Stopped", "Stopped"), 4),
    ],
)
def test_the_exit_code_is_that_of_a_job(sweep: Sweep, statuses: tuple[str, ...], code: int) -> None:
    """0 where one trial is complete, 4 where all were stopped, else 3."""
    for index, one in enumerate(statuses):
        sweep.end(index, one)
    sweep.finish(0 if code == 0 else None)
    assert run(sweep, "watch").exit_code == code
    assert run(sweep, "status", "--exit-status").exit_code == code


def test_a_job_that_trains_is_read_from_bedrock(sweep: Sweep) -> None:
    """The results have only its start: what it has become since is in the table already."""
    sweep.account.double.complete(sweep.start(0))
    result = run(sweep, "status", "--output", "json")
    [found] = json.loads(result.stdout)["sweeps"]
    assert [one["status"] for one in found["trials"]] == ["Completed", "NotStarted", "NotStarted"]
    assert found["trials"][0]["trainingLoss"] == 0.5
    assert (found["status"], found["finished"], found["resource"]) == ("InProgress", False, "Search14E5")


def test_a_sweep_is_a_table_for_people(sweep: Sweep) -> None:
    """Each trial has a row, and the best one a mark."""
    sweep.end(0, jobName="search-0")
    sweep.end(1, "Failed", failureMessage="no records")
    sweep.finish(0)
    text = run(sweep, "status").stdout
    assert "status           Completed  1 Completed, 1 Failed, 1 NotStarted" in text
    assert "best             trial 0 (epochCount=1): training loss 0.5" in text
    assert f"model            {MODEL}" in text
    assert "(epochCount=1) *" in text
    assert "no records" in text


@pytest.mark.parametrize("results", ["none", "of another definition"])
def test_before_anything_is_reported_the_trials_are_those_of_the_definition(
    sweep: Sweep, results: str
) -> None:
    """There are no results yet, or they are those of the sweep before it was changed."""
    if results != "none":
        sweep.end(0)
        sweep.write(sweep={"definition": "s3://another"}, finished=True)
    result = run(sweep, "status", "--resource", "Search", "--output", "json")
    found = json.loads(result.stdout)
    assert [one["status"] for one in found["trials"]] == ["NotStarted"] * 3
    assert (found["finished"], found["best"]) == (False, None)


def test_a_sweep_that_is_changed_is_watched_as_it_is_now(sweep: Sweep) -> None:
    """A deployment has made another definition of it."""
    clock = ScriptedClock(sweep.account.double.clock)
    sweep.end(0)

    def change() -> None:
        other = Sweep(sweep.account, "1" * 32)
        other.end(1)
        other.finish(1)

    clock.at(100, change)
    result = run(sweep, "watch", clock=clock)
    assert lines(result)[:2] == [
        "trial 0 (epochCount=1) Completed training loss 0.5",
        "trial 1 (epochCount=2) Completed training loss 0.4",
    ]
    assert "the sweep was changed, and is watched as it is now" in result.stderr


def test_a_stack_that_is_deleted_ends_the_watch(sweep: Sweep) -> None:
    """The sweep will never be finished."""
    clock = ScriptedClock(sweep.account.double.clock)
    clock.at(100, sweep.account.endpoint.stacks.clear)
    result = run(sweep, "watch", clock=clock)
    assert (result.exit_code, "There is no stack" in result.stderr) == (1, True)


def test_the_time_is_over(sweep: Sweep) -> None:
    """The sweep goes on."""
    result = run(sweep, "watch", "--timeout", "5min")
    assert result.exit_code == 5
    assert "the sweep: Gave up after 5 min (--timeout). The sweep goes on; run the same" in result.stderr


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[]",
        b'{"sweep": 1}',
        b'{"sweep": {}, "trials": [1]}',
        b"\xff",
        b"[" * 100_000,
        b"0" * 11_000_000,
        b'{"sweep": {}, "trials": [{"index": 1e999, "overrides": {}}]}',
        b'{"sweep": {}, "trials": [{"index": 0, "overrides": {}, "trainingLoss": 1%s}]}' % (b"0" * 400),
        b'{"sweep": {}, "trials": [{"index": 0, "overrides": {}, "trainingLoss": NaN}]}',
        b'{"sweep": {}, "trials": 1}',
    ],
)
def test_results_that_somebody_has_changed_are_a_sentence(sweep: Sweep, content: bytes) -> None:
    """Whatever is in the object."""
    sweep.put("results.json", content.replace(b'"sweep": {}', b'"sweep": %s' % _named(sweep)))
    result = run(sweep, "status")
    assert result.exit_code == 1
    assert "results.json is not what the sweep has written" in result.stderr


def _named(sweep: Sweep) -> bytes:
    """Return what results say of the definition that they are about."""
    return json.dumps({"definition": sweep.definition}).encode()


def test_a_job_that_the_sweep_has_not_started_is_no_result(sweep: Sweep) -> None:
    """Whoever may write the results could name any job of the account."""
    others = sweep.account.start_job("of-somebody-else")
    sweep.end(0, "InProgress", jobArn=others, jobName="of-somebody-else")
    result = run(sweep, "status")
    assert result.exit_code == 1
    assert f"results.json names the job {others}, which the sweep has not started" in result.stderr


def test_results_that_may_not_be_read_are_a_sentence(sweep: Sweep) -> None:
    """It names the permission."""
    sweep.account.s3.errors["GetObject"] = (403, "AccessDenied", "Access Denied")
    result = run(sweep, "watch")
    assert result.exit_code == 1
    assert f"The results cannot be read: s3:GetObject on arn:aws:s3:::{OUTPUT_BUCKET}/" in result.stderr


def test_a_stack_with_a_job_and_a_sweep_is_asked_which_one(sweep: Sweep) -> None:
    """`status` shows both."""
    arn = sweep.account.start_job("tickets")
    stack = sweep.account.endpoint.stacks["Tickets"]
    stack["resources"].append(("Custom::BedrockModelCustomizationJob", "TriageF8A5", arn))
    result = run(sweep, "watch")
    assert result.exit_code == 2
    assert all(one in result.stderr for one in ("the stack has 2", "Search14E5", "--resource"))
    both = json.loads(run(sweep, "status", "--output", "json").stdout)
    assert (len(both["jobs"]), len(both["sweeps"])) == (1, 1)


def stopped(sweep: Sweep) -> list[str]:
    """Return the jobs that Bedrock was asked to stop."""
    return [str(call.request["jobIdentifier"]) for call in sweep.account.double.calls(STOP)]


def test_the_trials_that_train_are_stopped_once_that_is_wanted(sweep: Sweep) -> None:
    """The refusal says how the sweep ends; what goes on is said before the question."""
    ended, trains = sweep.start(0), sweep.start(1)
    sweep.account.double.complete(ended)
    sweep.end(0)
    refused = run(sweep, "stop", "--yes")
    assert refused.exit_code == 1
    told = " ".join(refused.stderr.split())
    assert "The sweep Search14E5 of the stack Tickets has trials that train." in told
    assert "bedrock-customize destroy --stack Tickets`), or remove the trials and deploy" in told
    assert stopped(sweep) == []

    result = run(sweep, "stop", "--yes", "--owned")
    assert result.exit_code == 0
    told = " ".join(result.stdout.split())
    assert "trial 1 (epochCount=2)" in told
    assert "It still starts 1 trial. To prevent that, delete the stack" in told
    assert "It gets another one" not in told
    assert stopped(sweep) == [trains]


def test_one_refusal_is_said_of_all_trials_of_a_sweep(sweep: Sweep) -> None:
    """A hundred trials would be a hundred lines."""
    for index in range(3):
        sweep.start(index)
    assert run(sweep, "stop", "--yes").stderr.count("has trials that train") == 1
    found = json.loads(run(sweep, "stop", "--yes", "--owned", "--output", "json").stdout)
    assert [one["result"] for one in found["jobs"]] == ["asked to stop"] * 3
    assert len(stopped(sweep)) == 3


def test_a_sweep_that_trains_nothing_has_nothing_to_stop(sweep: Sweep) -> None:
    """What it will still start is said; a finished one starts nothing."""
    told = " ".join(run(sweep, "stop", "--yes").stdout.split())
    assert "No trial of the sweep Search14E5 trains; there is nothing to stop." in told
    assert "It still starts 3 trials." in told
    sweep.end(0)
    sweep.finish(0)
    result = run(sweep, "stop", "--yes")
    assert (result.exit_code, "still starts" in result.stdout) == (0, False)


def test_what_trains_is_stopped_whatever_the_results_say(sweep: Sweep) -> None:
    """Whoever may write them could name jobs of others there, and leave out those that train."""
    others = sweep.account.start_job("of-somebody-else")
    hidden, unseen = sweep.start(0), sweep.start_unseen(1)[0]
    sweep.end(0, "Completed")
    sweep.end(2, "InProgress", jobArn=others, jobName="of-somebody-else")
    result = run(sweep, "stop", "--yes", "--owned")
    assert result.exit_code == 0, result.stderr
    assert sorted(stopped(sweep)) == sorted([hidden, unseen])
    told = " ".join(result.stderr.split())
    assert "The trials of the sweep Search14E5 that wait are not known: " in told


@pytest.mark.parametrize("problem", ["damaged", "denied"])
def test_what_trains_is_stopped_although_the_results_cannot_be_read(sweep: Sweep, problem: str) -> None:
    """Also the job of the same stack."""
    trial, job = sweep.start(0), sweep.account.start_job("tickets")
    stack = sweep.account.endpoint.stacks["Tickets"]
    stack["resources"].append(("Custom::BedrockModelCustomizationJob", "TriageF8A5", job))
    if problem == "damaged":
        sweep.put("results.json", b"{")
    else:
        sweep.account.s3.errors["GetObject"] = (403, "AccessDenied", "Access Denied")
    result = run(sweep, "stop", "--yes", "--owned")
    assert result.exit_code == 0, result.stderr
    assert sorted(stopped(sweep)) == sorted([job, trial])
    told = " ".join(result.stderr.split())
    assert "The trials of the sweep Search14E5 that wait are not known: " in told


def test_without_the_list_of_jobs_those_of_the_results_are_stopped(sweep: Sweep) -> None:
    """Where the results cannot be read either, nothing is known of the sweep."""
    trial = sweep.start(0)
    denied = Refuse.access_denied("bedrock:ListModelCustomizationJobs")
    sweep.account.double.faults.add("ListModelCustomizationJobs", denied, times=2)
    result = run(sweep, "stop", "--yes", "--owned")
    assert (result.exit_code, stopped(sweep)) == (0, [trial])
    assert "Other trials of the sweep Search14E5 may train: " in " ".join(result.stderr.split())

    sweep.put("results.json", b"{")
    result = run(sweep, "stop", "--yes", "--owned")
    assert (result.exit_code, stopped(sweep)) == (1, [trial])
    assert "ListModelCustomizationJobs is not permitted" in result.stderr


def test_a_sweep_and_a_job_of_a_stack_are_stopped_together(sweep: Sweep) -> None:
    """Each with what it means for its resource."""
    trial, job = sweep.start(0), sweep.account.start_job("tickets")
    stack = sweep.account.endpoint.stacks["Tickets"]
    stack["resources"].append(("Custom::BedrockModelCustomizationJob", "TriageF8A5", job))
    result = run(sweep, "stop", "--yes", "--owned")
    told = " ".join(result.stdout.split())
    assert "The stack Tickets keeps a stopped job." in told
    assert "does not train a stopped trial again" in told
    assert stopped(sweep) == [job, trial]


@pytest.mark.parametrize("which", ["1", "best"])
def test_the_metrics_of_a_trial(sweep: Sweep, which: str) -> None:
    """By its number; the best one once all have ended."""
    sweep.start(0)
    arn = sweep.start(1)
    sweep.account.double.complete(arn)
    sweep.end(1)
    sweep.finish(1)
    result = sweep.account.run("metrics", "--stack", "Tickets", "--trial", which, "--output", "json")
    assert json.loads(result.stdout)["jobArn"] == arn


@pytest.mark.parametrize(
    ("trial", "code", "words"),
    [
        (None, 2, "must be 0 to 2 for the sweep Search14E5, or best, got nothing; `bedrock-customize status"),
        ("3", 2, "must be 0 to 2 for the sweep Search14E5, or best, got 3"),
        ("two", 2, "must be the number of a trial, or best, got 'two'"),
        ("2", 1, "trial 2 (epochCount=3) of the sweep Search14E5 has no job (NotStarted)"),
        ("best", 1, "The sweep Search14E5 has no best trial; it is InProgress."),
    ],
)
def test_a_trial_without_metrics_is_a_sentence(
    sweep: Sweep, trial: str | None, code: int, words: str
) -> None:
    """It says which trials there are."""
    result = sweep.account.run("metrics", "--stack", "Tickets", *(("--trial", trial) if trial else ()))
    assert result.exit_code == code
    assert words in " ".join(result.stderr.replace("│", " ").split())


def test_a_job_has_no_trial(sweep: Sweep) -> None:
    """The option would be ignored."""
    arn = sweep.account.start_job("tickets")
    result = sweep.account.run("metrics", arn, "--trial", "1")
    assert result.exit_code == 2
    assert "must be given for a sweep only" in result.stderr
