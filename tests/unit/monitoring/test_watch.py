"""What `watch` prints and how it ends, whatever happens on the way."""

from __future__ import annotations

import json
import time
from functools import partial
from typing import TYPE_CHECKING

import pytest

from constructs_lib.testing.bedrock import BedrockServer, LoseResponse, Refuse
from constructs_lib.testing.bedrock.behaviour import INTERNAL_FAILURE
from tests.unit.monitoring.conftest import ACCOUNT, JOB_TYPE, Account
from tests.unit.monitoring.watch_clock import ScriptedClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from typer.testing import Result

GET = "GetModelCustomizationJob"
READS = {GET}
GOES_ON = "The job goes on; run the same command to watch it again."
INTRODUCTION = "Looking every 1 min; times are UTC."


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the machine be in UTC, whichever zone it is in."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def clock(account: Account) -> ScriptedClock:
    """Return the clock of the console and of the double: the first second of 2026; jobs take 20 minutes."""
    account.double.configure(training_seconds=1200)
    return ScriptedClock(account.double.clock)


def watch(account: Account, clock: ScriptedClock, *arguments: str) -> Result:
    """Run `watch` without a terminal; it must only have read."""
    result = account.run("watch", *arguments, obj=clock)
    assert {call.operation for call in account.double.calls()} <= READS | {"CreateModelCustomizationJob"}
    assert set(account.endpoint.calls) <= {"DescribeStacks", "ListStackResources", "GetCallerIdentity"}
    assert set(account.s3.calls) <= {"ListObjectsV2", "GetObject"}
    return result


def messages(result: Result) -> list[str]:
    """Return what was printed on stderr, after the introduction."""
    first, *rest = result.stderr.splitlines()
    assert first == INTRODUCTION
    return rest


def test_a_job_completes(account: Account, clock: ScriptedClock) -> None:
    """There is a line for each change, at the time of the change, then the model."""
    arn = account.start_job("tickets")
    result = watch(account, clock, "tickets")
    [job] = account.double.jobs()
    assert result.stdout.splitlines() == [
        "00:00:00 tickets InProgress validation",
        "00:00:46 tickets InProgress training",
        "00:20:00 tickets Completed training loss 0.5",
        f"model {job.model_arn}",
    ]
    assert (result.exit_code, messages(result)) == (0, [])
    # The name is asked for once: it is this job that is watched, whoever uses the name later.
    asked = [call.request["jobIdentifier"] for call in account.double.calls(GET)]
    assert asked[0] == "tickets"
    assert set(asked[1:]) == {arn}
    assert set(clock.slept) == {60.0}


def test_a_job_that_waits_for_training_says_so(account: Account, clock: ScriptedClock) -> None:
    """Between two phases no phase is in progress."""
    account.double.configure(queue_seconds=600)
    account.start_job("tickets")
    assert "00:00:24 tickets InProgress training has not begun\n" in watch(account, clock, "tickets").stdout


def test_a_job_fails_in_validation(account: Account, clock: ScriptedClock) -> None:
    """The message names the phase, and what to do is about the data."""
    account.double.configure(training_seconds=7200, failure_message=INTERNAL_FAILURE, fails_after_seconds=100)
    account.start_job("tickets")
    result = watch(account, clock, "tickets")
    assert result.stdout.splitlines()[-1] == f"00:01:40 tickets Failed in validation: {INTERNAL_FAILURE}"
    assert messages(result)[-1].endswith("docs/troubleshooting.md#a-job-fails-within-minutes")
    assert result.exit_code == 3


def test_a_job_fails_in_training(account: Account, clock: ScriptedClock) -> None:
    """What to do is about the training; the message cannot control the terminal."""
    account.start_job("tickets")
    clock.at(600, lambda: account.double.fail("tickets", "[red]bad[/]\x1b[2J\n data"))
    result = watch(account, clock, "tickets")
    assert result.stdout.splitlines()[-1] == (
        "00:10:00 tickets Failed in training: [red]bad[/]\\x1b[2J\\n data"
    )
    assert messages(result)[-1].endswith("docs/troubleshooting.md#a-training-failed-or-was-stopped")
    assert result.exit_code == 3


def test_a_job_is_stopped_by_hand(account: Account, clock: ScriptedClock) -> None:
    """It is Stopping first, and a script can tell it from a failure."""
    arn = account.start_job("tickets")
    stop = partial(account.double.call, "StopModelCustomizationJob", account=ACCOUNT)
    clock.at(590, lambda: stop({"jobIdentifier": arn}))
    result = account.run("watch", arn, obj=clock)
    assert result.stdout.splitlines()[-2:] == ["00:09:50 tickets Stopping", "00:10:50 tickets Stopped"]
    assert "A stopped job cannot be resumed" in messages(result)[-1]
    assert result.exit_code == 4


def test_a_job_that_never_trains_is_reported_while_it_waits(account: Account, clock: ScriptedClock) -> None:
    """After an hour without a phase in progress: since when, and the page that says what to do."""
    account.double.configure(stalls=True)
    account.start_job("tickets")
    result = watch(account, clock, "tickets", "--timeout", "90min")
    assert result.stdout.splitlines()[1:] == [
        "00:00:24 tickets InProgress training has not begun",
        "01:01:00 tickets InProgress training has not begun since 00:00",
    ]
    advice, gave_up = messages(result)
    assert advice.endswith("docs/troubleshooting.md#a-job-is-in-progress-and-trains-nothing")
    assert gave_up == f"tickets: Gave up after 1 h 30 min (--timeout). {GOES_ON}"
    assert result.exit_code == 5


def test_the_same_command_resumes(account: Account, clock: ScriptedClock) -> None:
    """What has changed in between is shown with the times of the service."""
    account.start_job("tickets")
    assert watch(account, clock, "tickets", "--timeout", "1min").exit_code == 5
    account.double.clock.advance(86400)
    result = watch(account, clock, "tickets")
    assert result.stdout.splitlines()[0] == "2026-01-01 00:20:00 tickets Completed training loss 0.5"
    assert result.exit_code == 0


def test_aws_limits_the_rate_for_ten_minutes(account: Account, clock: ScriptedClock) -> None:
    """It asks less often, says so once, and goes on."""
    account.start_job("tickets")
    add = account.double.faults.add
    clock.at(590, lambda: add(GET, Refuse.throttled(), for_seconds=600))
    result = watch(account, clock, "tickets")
    assert messages(result) == [
        f"00:10:00 retrying: AWS limits the rate of {GET} now",
        "00:20:15 AWS can be asked again, after 10 min",
    ]
    assert clock.slept[10:16] == [5, 10, 20, 40, 60, 60]
    assert result.exit_code == 0


def test_aws_limits_the_rate_at_the_first_look(account: Account, clock: ScriptedClock) -> None:
    """That says nothing against the command line, so that it goes on."""
    account.start_job("tickets")
    account.double.faults.add(GET, Refuse.throttled(), times=2)
    account.double.faults.add(GET, Refuse.internal(503))
    result = watch(account, clock, "tickets")
    assert [line.partition(" ")[2] for line in messages(result)] == [
        f"retrying: AWS limits the rate of {GET} now",
        f"retrying: {GET} failed with InternalServerException",
        "AWS can be asked again, after 35 s",
    ]
    assert result.exit_code == 0


def test_the_network_is_gone_and_comes_back(
    account: Account, clock: ScriptedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection is lost, then there is no one to connect to, hours later there is."""
    server = BedrockServer(account.double).start()
    port = int(server.url.rpartition(":")[2])
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK", server.url)
    account.start_job("tickets")
    back: list[BedrockServer] = []

    def lose() -> None:
        account.double.faults.add(GET, LoseResponse())
        server.stop()

    clock.at(590, lose)
    clock.at(1500, lambda: back.append(BedrockServer(account.double, port=port).start()))
    result = watch(account, clock, "tickets")
    back[0].stop()
    lost, refused, again = messages(result)
    assert lost.startswith("00:10:00 retrying: AWS cannot be reached: ")
    assert refused.startswith(
        "00:10:05 retrying: AWS cannot be reached: there is no connection to http://127.0.0.1:"
    )
    assert again == "00:25:15 AWS can be asked again, after 15 min"
    assert result.stdout.splitlines()[-2] == "00:20:00 tickets Completed training loss 0.5"
    assert result.exit_code == 0


def test_credentials_expire_and_are_renewed(
    account: Account, clock: ScriptedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person signs in elsewhere, first to a wrong account; what the files say is read at each look."""
    file = tmp_path / "credentials"

    def sign_in(to: str) -> None:  # the double takes an account as access key
        file.write_text(f"[default]\naws_access_key_id = {to}\naws_secret_access_key = secret\n")

    sign_in(ACCOUNT)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    account.start_job("tickets")
    clock.at(50, lambda: account.double.faults.add(GET, Refuse.expired_token(), times=3))
    clock.at(70, lambda: sign_in("444455556666"))
    clock.at(200, lambda: sign_in(ACCOUNT))
    result = watch(account, clock, "tickets")
    expired, other, again = messages(result)
    assert "The AWS credentials have expired; sign in again with `aws sso login`" in expired
    assert "has no model customization job arn:aws:" in other
    assert again == "00:04:15 AWS can be asked again, after 3 min"
    assert result.exit_code == 0
    assert {call.account for call in account.double.calls(GET)} == {ACCOUNT, "444455556666"}


def test_a_machine_that_sleeps_does_not_time_out(account: Account, clock: ScriptedClock) -> None:
    """The time in which a laptop was closed is not counted; the job that has ended meanwhile is reported."""
    account.start_job("tickets")
    clock.at(90, lambda: clock.suspend(8 * 3600))
    result = watch(account, clock, "tickets", "--timeout", "6h")
    assert result.stdout.splitlines()[-2] == "00:20:00 tickets Completed training loss 0.5"
    assert result.exit_code == 0
    assert sum(clock.slept) == 120


def test_a_timeout_ends_with_a_last_look(account: Account, clock: ScriptedClock) -> None:
    """A job that ends shortly before it is not reported as running."""
    account.double.configure(training_seconds=88)
    account.start_job("tickets")
    result = watch(account, clock, "tickets", "--timeout", "90s")
    assert (result.exit_code, clock.slept) == (0, [60.0, 30.0])


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (Refuse.access_denied(f"bedrock:{GET}"), f"{GET} is not permitted; "),
        (Refuse.expired_token(), "The AWS credentials have expired; sign in again"),
        (Refuse.expired_token("UnrecognizedClientException"), "AWS does not accept the credentials"),
        (Refuse.not_found(), "Bedrock in us-east-1 has no model customization job tickets; check the name"),
        (Refuse.validation("no such thing"), "Bedrock in us-east-1 has no model customization job tickets"),
    ],
    ids=["denied", "expired", "not accepted", "not found", "validation"],
)
def test_what_stops_the_first_look_ends_it(
    account: Account, clock: ScriptedClock, fault: Refuse, sentence: str
) -> None:
    """Nobody has to wait for the sentence."""
    account.start_job("tickets")
    account.double.faults.add(GET, fault)
    result = watch(account, clock, "tickets")
    assert result.stderr.startswith(sentence)
    assert (result.exit_code, result.stdout, clock.slept) == (1, "", [])


@pytest.mark.parametrize(
    ("variable", "sentence"),
    [
        (("AWS_ENDPOINT_URL_BEDROCK", "http://127.0.0.1:9"), "AWS cannot be reached: "),
        (("AWS_PROFILE", "nobody"), "The config profile (nobody) could not be found; `aws configure list"),
        (("AWS_REGION", "no region"), "no region cannot be a Region; "),
    ],
)
def test_what_the_environment_has_wrong_ends_it(
    account: Account,
    clock: ScriptedClock,
    monkeypatch: pytest.MonkeyPatch,
    variable: tuple[str, str],
    sentence: str,
) -> None:
    """Nothing will change by waiting."""
    account.start_job("tickets")
    monkeypatch.setenv(*variable)
    result = watch(account, clock, "tickets")
    assert result.stderr.startswith(sentence)
    assert (result.exit_code, clock.slept) == (1, [])


def test_a_permission_may_be_missing_for_a_while(account: Account, clock: ScriptedClock) -> None:
    """Somebody may be changing a policy."""
    account.start_job("tickets")
    denied = Refuse.access_denied(f"bedrock:{GET}")
    account.double.faults.add(GET, denied, times=3, skip=3)
    result = watch(account, clock, "tickets")
    assert f"{GET} is not permitted; ask whoever manages" in messages(result)[0]
    assert (result.exit_code, "AWS can be asked again" in messages(result)[1]) == (0, True)


def test_a_permission_that_stays_missing_ends_it(account: Account, clock: ScriptedClock) -> None:
    """After a quarter of an hour, with the sentence and without a result."""
    account.start_job("tickets")
    account.double.faults.add(GET, Refuse.access_denied(f"bedrock:{GET}"), times=1000, skip=1)
    result = watch(account, clock, "tickets", "--every", "5min")
    assert result.stderr.splitlines()[-1].startswith(f"{GET} is not permitted; ")
    assert result.exit_code == 1
    assert sum(clock.slept) == 300 + 5 + 10 + 20 + 40 + 80 + 160 + 300 + 300


def test_two_jobs_in_a_stack_need_a_choice(account: Account, clock: ScriptedClock) -> None:
    """The message lists them; the construct's id chooses one."""
    first, second = account.start_job("first"), account.start_job("second")
    account.add_stack("Tickets", TriageModel1234=first, Summary5678=second)
    result = watch(account, clock, "--stack", "Tickets")
    assert result.exit_code == 2
    text = " ".join(result.stderr.replace("│", " ").split())
    assert "the stack has 2: TriageModel1234, Summary5678; choose one with --resource" in text
    result = watch(account, clock, "--stack", "Tickets", "--resource", "Summary")
    assert (result.exit_code, "second Completed" in result.stdout) == (0, True)


def test_a_stack_that_is_gone(account: Account, clock: ScriptedClock) -> None:
    """The sentence says where jobs that still run are found."""
    result = watch(account, clock, "--stack", "Gone")
    assert result.exit_code == 1
    assert result.stderr.startswith("There is no stack Gone in account 111122223333 in us-east-1. If it was")


def test_a_stack_that_is_being_created_is_waited_for(account: Account, clock: ScriptedClock) -> None:
    """A person starts `watch` in a second terminal while `cdk deploy` runs."""
    account.add_stack("Tickets", "CREATE_IN_PROGRESS")
    arn = account.start_job("tickets")
    clock.at(100, lambda: account.add_stack("Tickets", "CREATE_IN_PROGRESS", Triage=arn))
    clock.at(200, lambda: account.add_stack("Tickets", "CREATE_COMPLETE", Triage=arn))
    result = watch(account, clock, "--stack", "Tickets")
    assert messages(result) == ["00:00:00 the stack is CREATE_IN_PROGRESS and has no job yet"]
    assert result.stdout.splitlines()[-2].endswith("tickets Completed training loss 0.5")
    assert result.exit_code == 0


def test_a_stack_whose_creation_fails_has_no_job(account: Account, clock: ScriptedClock) -> None:
    """It is not waited for any longer than CloudFormation works on it."""
    account.add_stack("Tickets", "CREATE_IN_PROGRESS")
    clock.at(100, lambda: account.add_stack("Tickets", "ROLLBACK_IN_PROGRESS"))
    result = watch(account, clock, "--stack", "Tickets")
    assert messages(result)[-1] == (
        "The stack Tickets (ROLLBACK_IN_PROGRESS) has no model customization job and no sweep."
    )
    assert (result.exit_code, sum(clock.slept)) == (1, 120)


def test_a_deployment_that_replaces_the_job_is_followed(account: Account, clock: ScriptedClock) -> None:
    """The stack's job was asked for: the first one is stopped by CloudFormation, the second one counts."""
    first = account.start_job("first")
    account.add_stack("Tickets", Triage=first)

    def replaced() -> None:
        account.add_stack("Tickets", "UPDATE_COMPLETE", Triage=account.start_job("second"))
        account.double.stop("first")

    clock.at(600, lambda: account.add_stack("Tickets", "UPDATE_IN_PROGRESS", Triage=first))
    clock.at(900, replaced)
    result = watch(account, clock, "--stack", "Tickets")
    assert "the stack now has the job second, which is watched from here on" in messages(result)[0]
    assert "first Stopped" not in result.stdout
    assert result.stdout.splitlines()[-2].endswith(" second Completed training loss 0.5")
    assert result.exit_code == 0


def test_a_job_that_ended_does_not_count_while_the_stack_is_updated(
    account: Account, clock: ScriptedClock
) -> None:
    """`watch` that is started during a second deployment reports the new training, not the old one."""
    account.add_stack("Tickets", "UPDATE_IN_PROGRESS", Triage=account.start_job("first"))
    account.double.complete("first")
    clock.at(100, lambda: account.add_stack("Tickets", "UPDATE_COMPLETE", Triage=account.start_job("second")))
    result = watch(account, clock, "--stack", "Tickets")
    assert result.stdout.splitlines()[-2].endswith(" second Completed training loss 0.5")
    assert "the job first is Completed, but the stack is UPDATE_IN_PROGRESS and may replace" in result.stderr


def test_an_arn_says_which_region_is_asked(account: Account, clock: ScriptedClock) -> None:
    """The Region of the configuration is another one."""
    request = account.double.call(
        GET, {"jobIdentifier": account.start_job("here")}, account=ACCOUNT
    )  # the members of a request are in the response, too
    names = ("roleArn", "trainingDataConfig", "outputDataConfig")
    there = account.double.call(
        "CreateModelCustomizationJob",
        {
            **{name: request[name] for name in names},
            "baseModelIdentifier": "amazon.nova-lite-v1:0:300k",
            "jobName": "there",
            "customModelName": "there",
        },
        account=ACCOUNT,
        region="eu-west-1",
    )
    result = watch(account, clock, there["jobArn"])
    assert (result.exit_code, "there Completed" in result.stdout) == (0, True)
    assert {call.region for call in account.double.calls(GET)[1:]} == {"eu-west-1"}


def test_midnight_is_no_change(account: Account, clock: ScriptedClock) -> None:
    """A stalled job is reported once, though its time then has a date."""
    account.double.configure(stalls=True)
    account.start_job("tickets")
    result = watch(account, clock, "tickets", "--timeout", "1500min", "--every", "10min")
    assert [line.partition(" tickets ")[0] for line in result.stdout.splitlines()] == [
        "00:00:00",
        "00:00:24",
        "01:10:00",
    ]


def test_a_stack_that_is_deleted_stops_its_job(account: Account, clock: ScriptedClock) -> None:
    """The job is watched to its end by its ARN, also when another stack gets the name."""
    arn, other = account.start_job("tickets"), account.start_job("other")
    account.add_stack("Tickets", Triage=arn)

    def deleted() -> None:
        account.double.stop("tickets")
        account.add_stack("Tickets", "DELETE_COMPLETE")
        account.endpoint.stacks["Tickets"]["resources"] = [(JOB_TYPE, "Triage", arn)]

    clock.at(600, deleted)
    result = watch(account, clock, "--stack", "Tickets")
    assert result.stdout.splitlines()[-1] == "00:10:00 tickets Stopped"
    assert (result.exit_code, other in result.stdout) == (4, False)


def test_cloudformation_may_become_unreadable(account: Account, clock: ScriptedClock) -> None:
    """The job is known by then."""
    account.add_stack("Tickets", Triage=account.start_job("tickets"))
    denied = (403, "AccessDenied", "not authorized to perform: cloudformation:DescribeStacks")
    clock.at(600, lambda: account.endpoint.errors.update(DescribeStacks=denied))
    result = watch(account, clock, "--stack", "Tickets")
    assert (result.exit_code, messages(result)) == (0, [])


def test_the_result_for_programs_is_one_document(account: Account, clock: ScriptedClock) -> None:
    """The changes are printed to stderr then."""
    account.add_stack("Tickets", Triage=account.start_job("tickets"))
    result = watch(account, clock, "--stack", "Tickets", "--output", "json")
    found = json.loads(result.stdout)
    assert (found["status"], found["stack"], found["resource"]) == ("Completed", "Tickets", "Triage")
    assert "00:00:46 tickets InProgress training" in messages(result)
    result = watch(account, clock, "tickets", "--query", "outputModelArn")
    assert result.stdout == f"{found['outputModelArn']}\n"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (("--every", "1s"), "must be 5s to 10min, got '1s'"),
        (("--every", "often"), "must be seconds, or a number with s, min, h or d, got 'often'"),
        (("--timeout", "-1"), "must be seconds"),
        (("--query", "]["), "must be a JMESPath expression"),
        (("--plot", "loss.pdf"), "must end in .png or .svg"),
        (("--resource", "X"), "must be given with --stack only"),
        (("--stack", "S"), "and not both"),
    ],
)
def test_wrong_usage_is_reported_before_aws_is_asked(
    account: Account, clock: ScriptedClock, options: tuple[str, str], text: str
) -> None:
    """With exit status 2."""
    result = account.run("watch", "tickets", *options, obj=clock)
    shown = " ".join(result.stderr.replace("│", " ").split())
    assert (result.exit_code, text in shown) == (2, True), shown
    assert not account.double.calls()


def test_a_plot_is_written_when_there_is_something_to_draw(
    account: Account, clock: ScriptedClock, tmp_path: Path
) -> None:
    """Again with each new metric; the files are looked for at every fifth look only."""
    account.double.configure(metrics_files="during")
    account.start_job("tickets")
    plot = tmp_path / "loss.svg"
    clock.at(500, lambda: plot.rename(tmp_path / "during.svg"))
    result = watch(account, clock, "tickets", "--plot", str(plot))
    assert (result.exit_code, messages(result)) == (0, [])
    assert "training_loss" in plot.read_text()
    assert plot.read_text() != (tmp_path / "during.svg").read_text()
    looks = len(account.double.calls(GET))
    assert 2 <= account.s3.calls.count("GetObject") <= 1 + looks / 5
    assert set(account.s3.calls) <= {"ListObjectsV2", "GetObject"}


def test_metrics_that_cannot_be_read_do_not_change_the_result(
    account: Account, clock: ScriptedClock, tmp_path: Path
) -> None:
    """A sentence says what is missing."""
    account.s3.errors["ListObjectsV2"] = (403, "AccessDenied", "no")
    account.start_job("tickets")
    result = watch(account, clock, "tickets", "--plot", str(tmp_path / "loss.svg"))
    assert "s3:ListBucket on arn:aws:s3:::" in messages(result)[-1]
    assert result.exit_code == 0
    assert not (tmp_path / "loss.svg").exists()


@pytest.mark.parametrize("text", ["<html>", "[]", '{"jobArn": 1}', '{"status": {"a": []}}', ""])
def test_an_endpoint_that_responds_with_nonsense(account: Account, clock: ScriptedClock, text: str) -> None:
    """It ends in a sentence."""
    account.start_job("tickets")
    account.endpoint.nonsense = text
    result = account.run("watch", "tickets", "--endpoint-url", account.endpoint.url, obj=clock)
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
