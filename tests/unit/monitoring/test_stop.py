"""`bedrock-customize stop` through the real console, against the double and a CloudFormation endpoint."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from constructs_lib.monitoring.job_targets import stack_of_file
from constructs_lib.testing import Refuse
from constructs_lib.testing.bedrock import LoseResponse
from tests.lambda_.builders import CREATE, GET, STOP, Harness, properties
from tests.unit.monitoring.conftest import ACCOUNT, REGION, Account
from tests.unit.monitoring.owned_jobs import put_stack, stack_arn, start

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

TICKETS = stack_arn("Tickets")


def stopped(account: Account) -> list[str]:
    """Return the jobs that Bedrock was asked to stop, as they were named."""
    return [str(call.request["jobIdentifier"]) for call in account.double.calls(STOP)]


def status_of(account: Account, arn: str) -> str:
    """Return the status of a job."""
    [status] = [job.status for job in account.double.jobs() if job.arn == arn]
    return status


def refused(result: Result) -> str:
    """Return why a command has stopped nothing."""
    assert result.exit_code == 1
    assert result.stderr.endswith("Nothing was stopped.\n")
    return " ".join(result.stderr.split())


def test_a_job_is_named_by_name_and_stopped_by_its_arn(account: Account) -> None:
    """What is shown is what is stopped; the job of somebody else needs no --owned."""
    arn, other = account.start_job("tickets"), account.start_job("other")
    result = account.run("stop", "tickets", "--yes")
    assert result.exit_code == 0
    assert stopped(account) == [arn]
    assert (status_of(account, arn), status_of(account, other)) == ("Stopping", "InProgress")
    for part in (
        "tickets",
        arn,
        "InProgress",
        "not started by this library",
        "Bedrock bills the tokens that were trained until now. A stopped job cannot be resumed,",
        f"asked to stop tickets, which is Stopping. To see it end: bedrock-customize watch {arn}\n",
    ):
        assert part in result.stdout
    # Somebody else's job: CloudFormation is not asked.
    assert account.endpoint.calls == []


@pytest.mark.parametrize("status", ["Completed", "Failed", "Stopped", "Stopping"])
def test_a_job_that_has_ended_is_left_as_it_is(account: Account, status: str) -> None:
    """Exit status 0: what was wanted is so."""
    arn = account.start_job("tickets")
    ends = {
        "Completed": lambda: account.double.complete(arn),
        "Failed": lambda: account.double.fail(arn, "no data"),
        "Stopped": lambda: account.double.stop(arn),
        "Stopping": lambda: account.double.call(STOP, {"jobIdentifier": arn}, account=ACCOUNT),
    }
    ends[status]()
    before = stopped(account)
    result = account.run("stop", arn)
    assert result.exit_code == 0
    assert result.stdout == f"tickets is {status}; there is nothing to stop.\n"
    assert stopped(account) == before


def test_a_job_that_a_stack_has_needs_owned(account: Account) -> None:
    """By its ARN the stack is found from its client token; the refusal says what is better."""
    arn = start(account, TICKETS)
    put_stack(account, TICKETS, Triage=arn)
    reason = refused(account.run("stop", arn, "--yes"))
    assert "is the job of the resource Triage of the stack Tickets" in reason
    assert "bedrock-customize destroy --stack Tickets" in reason
    assert stopped(account) == []
    result = account.run("stop", arn, "--yes", "--owned")
    assert result.exit_code == 0
    assert (
        "The stack Tickets keeps a stopped job. It gets another one from a deployment that" in result.stdout
    )
    assert "stack Tickets, resource Triage" in result.stdout
    assert stopped(account) == [arn]
    assert {call.operation for call in account.double.calls()} == {CREATE, GET, STOP}
    assert set(account.endpoint.calls) == {"ListStacks", "ListStackResources"}


def test_what_the_question_says_of_the_stack_is_what_the_function_does() -> None:
    """Tags keep the stopped job; the revision, the output, or the inputs start another."""
    changed = {
        "tags": properties(JobTags=[{"key": "a", "value": "b"}]),
        "revision": properties(Revision="2"),
        "output": properties({"outputDataConfig": {"s3Uri": "s3://bucket/elsewhere/"}}),
        "inputs": properties({"hyperParameters": {"epochCount": "3"}}),
    }
    for name, desired in changed.items():
        harness = Harness()
        arn = harness.create()["PhysicalResourceId"]
        harness.double.stop(arn)
        kept = harness.update(arn, desired, properties())["PhysicalResourceId"]
        assert (kept == arn) == (name == "tags"), name


def test_the_stack_names_its_jobs(account: Account) -> None:
    """Two jobs in a stack: both with --stack, one with --resource; nobody is asked whose they are."""
    triage, reply = start(account, TICKETS), start(account, TICKETS, "Reply")
    put_stack(account, TICKETS, Triage=triage, Reply=reply)
    assert "resource Triage of the stack" in refused(account.run("stop", "--stack", TICKETS, "--yes"))
    one = account.run("stop", "--stack", TICKETS, "--resource", "Reply", "--owned", "--yes")
    assert (one.exit_code, stopped(account)) == (0, [reply])
    both = account.run("stop", "--stack", TICKETS, "--owned", "--yes")
    assert (both.exit_code, stopped(account)) == (0, [reply, triage])
    assert "is Stopping; there is nothing to stop." in both.stdout
    assert "ListStacks" not in account.endpoint.calls


def test_a_job_file_names_the_job_of_its_stack(account: Account, tmp_path: Path) -> None:
    """As `deploy` named the stack."""
    file = tmp_path / "tickets.yaml"
    file.touch()
    arn = start(account, stack_arn(stack_of_file(str(file))))
    account.add_stack(stack_of_file(str(file)), Job=arn)
    assert "is the job of the resource Job" in refused(account.run("stop", str(file), "--yes"))


def test_what_no_stack_has_any_more_is_stopped(account: Account) -> None:
    """The stack is gone, the resource was removed, or has another job: nobody needs it."""
    gone, removed = start(account, stack_arn("Gone")), start(account, TICKETS, "Removed")
    former, current = start(account, TICKETS), start(account, TICKETS, number=1)
    put_stack(account, TICKETS, Triage=current)
    result = account.run("stop", gone, removed, former, "--yes")
    assert result.exit_code == 0, result.stderr
    assert stopped(account) == [gone, removed, former]
    assert "a stack that was deleted" in result.stdout


def test_a_job_in_transition_may_be_needed(account: Account) -> None:
    """A rollback returns to the former job, which CloudFormation does not show meanwhile."""
    former, current = start(account, TICKETS), start(account, TICKETS, number=1)
    put_stack(account, TICKETS, "UPDATE_IN_PROGRESS", Triage=current)
    reason = refused(account.run("stop", former, "--yes"))
    assert "The stack Tickets is UPDATE_IN_PROGRESS, and may still need the job" in reason


def test_without_the_right_to_list_stacks_a_job_of_ours_may_be_needed(account: Account) -> None:
    """The reason is part of the sentence; a job that is not ours needs no stacks."""
    arn = start(account, TICKETS)
    account.endpoint.errors["ListStacks"] = (403, "AccessDenied", "no")
    reason = refused(account.run("stop", arn, "--yes"))
    assert "and a stack may have it. The stacks could not be listed" in reason
    assert "ListStacks is not permitted" in reason
    result = account.run("stop", arn, "--yes", "--owned")
    assert (result.exit_code, stopped(account)) == (0, [arn])
    assert "A stack may have the job, and keeps it when it is stopped." in result.stdout


def test_one_of_several_jobs_is_refused_or_missing(account: Account) -> None:
    """Nothing is stopped then: all are looked up before the first is stopped."""
    arn, owned = account.start_job("tickets"), start(account, TICKETS)
    put_stack(account, TICKETS, Triage=owned)
    refused(account.run("stop", arn, owned, "--yes"))
    missing = account.run("stop", arn, "not-there", "--yes")
    assert missing.exit_code == 1
    assert missing.stderr.startswith(f"Bedrock in {REGION} has no model customization job not-there;")
    assert stopped(account) == []


def test_a_job_that_is_named_twice_is_stopped_once(account: Account) -> None:
    """By its name and its ARN."""
    arn = account.start_job("tickets")
    assert account.run("stop", arn, "tickets", "--yes").exit_code == 0
    assert stopped(account) == [arn]


def test_a_job_of_another_region(account: Account) -> None:
    """An ARN says which Region is asked."""
    request = {
        "jobName": "far",
        "customModelName": "far",
        "roleArn": f"arn:aws:iam::{ACCOUNT}:role/bedrock",
        "baseModelIdentifier": "amazon.nova-lite-v1:0:300k",
        "trainingDataConfig": {"s3Uri": "s3://amzn-s3-demo-bucket/train.jsonl"},
        "outputDataConfig": {"s3Uri": "s3://amzn-s3-demo-output/"},
    }
    arn = account.double.call("CreateModelCustomizationJob", request, account=ACCOUNT, region="us-west-2")[
        "jobArn"
    ]
    assert account.run("stop", arn, "--yes").exit_code == 0
    assert [call.region for call in account.double.calls(STOP)] == ["us-west-2"]


@pytest.mark.parametrize("code", ["ConflictException", "ValidationException", "ResourceNotFoundException"])
def test_a_job_that_ends_meanwhile_is_no_failure(account: Account, code: str) -> None:
    """Bedrock refuses the stop, in a way that is not documented; then its status is looked at again."""
    arn = account.start_job("tickets")

    class EndsFirst:
        def around(self, _double: object, _call: object) -> dict[str, object]:
            account.double.complete(arn)
            raise Refuse(code).error()

    account.double.faults.add(STOP, EndsFirst())
    result = account.run("stop", arn, "--yes")
    assert result.exit_code == 0
    assert result.stdout.endswith("tickets is Completed: it ended before it was stopped.\n")


def test_a_stop_that_fails_is_reported_and_the_others_are_stopped(account: Account) -> None:
    """Refused although the job runs, denied: a sentence each, exit status 1."""
    first, second, third = (account.start_job(name) for name in ("first", "second", "third"))
    account.double.faults.add(STOP, Refuse.conflict())
    account.double.faults.add(STOP, Refuse.access_denied("bedrock:StopModelCustomizationJob"))
    result = account.run("stop", first, second, third, "--yes", "--output", "json")
    assert result.exit_code == 1
    assert "first was not stopped: StopModelCustomizationJob failed with ConflictException" in result.stderr
    assert "second was not stopped: StopModelCustomizationJob is not permitted" in result.stderr
    jobs = json.loads(result.stdout)["jobs"]
    assert [(one["jobName"], one["status"], one["result"], bool(one["error"])) for one in jobs] == [
        ("first", "InProgress", "not stopped", True),
        ("second", "InProgress", "not stopped", True),
        ("third", "Stopping", "asked to stop", False),
    ]
    assert status_of(account, third) == "Stopping"


def test_a_throttled_call_and_a_lost_response_are_no_failure(account: Account) -> None:
    """The call is sent again; after the lost response it is refused, because the job is stopping already."""
    arn = account.start_job("tickets")
    account.double.faults.add(STOP, Refuse.throttled())
    account.double.faults.add(STOP, LoseResponse())
    result = account.run("stop", arn, "--yes")
    assert result.exit_code == 0, result.stderr
    assert status_of(account, arn) == "Stopping"
    errors = [call.error for call in account.double.calls(STOP)]
    assert errors == ["ThrottlingException", "ResponseLost", "ConflictException"]


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (Refuse("ExpiredTokenException", status=403), "The AWS credentials have expired; sign in again"),
        (Refuse.access_denied(f"bedrock:{GET}"), f"{GET} is not permitted; ask"),
    ],
)
def test_a_job_that_cannot_be_read_is_not_stopped(account: Account, fault: Refuse, sentence: str) -> None:
    """One sentence, exit status 1."""
    arn = account.start_job("tickets")
    account.double.faults.add(GET, fault)
    result = account.run("stop", arn, "--yes")
    assert (result.exit_code, result.stdout, stopped(account)) == (1, "", [])
    assert result.stderr.startswith(sentence)
    assert result.stderr.count("\n") == 1


def test_without_a_network_it_is_a_sentence(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within seconds, since a person waits."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK", "http://127.0.0.1:9")
    result = account.run("stop", "tickets", "--yes")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("AWS cannot be reached: ")
    assert result.stderr.count("\n") == 1


def test_without_a_terminal_it_needs_yes(account: Account) -> None:
    """A script that has no --yes stops nothing."""
    arn = account.start_job("tickets")
    assert "There is no terminal to ask for confirmation in; pass --yes" in refused(account.run("stop", arn))
    assert stopped(account) == []


@pytest.mark.parametrize(
    ("answer", "code", "status"),
    [(b"\n", 1, "InProgress"), (b"y\n", 0, "Stopping"), (b"", 130, "InProgress")],
    ids=["enter", "yes", "ctrl-c"],
)
def test_a_person_is_asked(account: Account, answer: bytes, code: int, status: str) -> None:
    """In a terminal, where the answer is no unless it is yes; Ctrl-C stops nothing."""
    arn = account.start_job("tickets")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "constructs_lib.cli", "stop", "tickets"]
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env={**os.environ, "COLUMNS": "200"}
    ) as process:
        os.close(theirs)
        try:
            shown = _read(ours, b"Stop 1 job? [y/N]: ")
            os.write(ours, answer) if answer else _interrupt(process)
            shown += _read(ours, None)
        except BaseException:
            process.kill()  # the end of the block waits for it
            raise
    os.close(ours)
    assert (process.returncode, status_of(account, arn)) == (code, status), shown
    assert (b"interrupted; only the jobs that are reported above" in shown) == (code == 130)


def _interrupt(process: subprocess.Popen[bytes]) -> None:
    """Send Ctrl-C; again if nothing follows, because Python misses one that comes just before it reads."""
    for _ in range(3):
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(5)
            return


def _read(terminal: int, until: bytes | None) -> bytes:
    """Return what a terminal shows, until it shows a text, or until its programs have ended."""
    shown = b""
    while until is None or until not in shown:
        assert select.select([terminal], [], [], 30)[0], shown
        try:
            shown += os.read(terminal, 4096)
        except OSError:  # how Linux says that the programs have ended
            break
    return shown


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("bad_name", "--yes"),
        ("tickets", "--stack", "Tickets", "--yes"),
        ("tickets", "--resource", "Triage"),
        ("tickets", "--yes", "--query", "["),
        ("tickets", "--local", "--profile", "p"),
    ],
)
def test_wrong_usage_asks_nothing(account: Account, arguments: tuple[str, ...]) -> None:
    """Exit status 2, before a call is made."""
    assert account.run("stop", *arguments).exit_code == 2
    assert not [*account.endpoint.calls, *account.double.calls()]


def test_a_stack_that_is_gone_has_no_job(account: Account) -> None:
    """The sentence names what lists the jobs that still run."""
    result = account.run("stop", "--stack", "Gone", "--yes", "--owned")
    assert result.exit_code == 1
    assert "There is no stack Gone in account" in result.stderr
    assert "`bedrock-customize orphans`" in result.stderr


def test_hostile_text_does_not_control_the_terminal(account: Account) -> None:
    """What Bedrock and CloudFormation return is printed with every control character escaped."""
    arn = start(account, TICKETS)
    put_stack(account, TICKETS, "X\u202e[red]", Triage=arn)
    account.double.faults.add(STOP, Refuse("ConflictException", "no\x1b[2J[bold]"))
    result = account.run("stop", "--stack", TICKETS, "--owned", "--yes")
    assert result.exit_code == 1
    assert r"no\x1b[2J[bold]" in result.stderr
    assert r"X\u202e[red]" in result.stdout


def test_the_table_fits(account: Account) -> None:
    """--output table and --query, as for every command."""
    account.start_job("tickets")
    result = account.run("stop", "tickets", "--yes", "--output", "table", env={"COLUMNS": "60"})
    assert "asked to stop" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 60
    query = account.run("stop", "tickets", "--query", "jobs[0].result")
    assert query.stdout == "nothing to stop\n"
