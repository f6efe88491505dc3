"""What `status` prints of a job, for people and for programs."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from constructs_lib.testing.bedrock import Refuse
from tests.unit.monitoring.watch_clock import ScriptedClock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typer.testing import Result

    from tests.unit.monitoring.conftest import Account

ROOT = Path(__file__).parents[3]
GET = "GetModelCustomizationJob"


@pytest.fixture(autouse=True)
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the machine be in a zone that is one hour before UTC."""
    monkeypatch.setenv("TZ", "CET-1")
    monkeypatch.setenv("COLUMNS", "80")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def status(account: Account, *arguments: str) -> Result:
    """Run `status` at the time of the double; it must only have read."""
    result = account.run("status", *arguments, obj=ScriptedClock(account.double.clock))
    assert {call.operation for call in account.double.calls()} <= {GET, "CreateModelCustomizationJob"}
    assert set(account.endpoint.calls) <= {"DescribeStacks", "ListStackResources", "GetCallerIdentity", GET}
    return result


def test_a_job_of_a_stack_for_people(account: Account) -> None:
    """Times are those of the machine's zone, which is named once."""
    arn = account.start_job("tickets")
    account.add_stack("Tickets", TriageF8A5=arn)
    account.double.clock.advance(4320)
    result = status(account, "--stack", "Tickets", "--resource", "Triage")
    assert result.stdout.splitlines() == [
        "job              tickets",
        f"ARN              {arn}",
        "base model       amazon.nova-lite-v1:0:300k  FINE_TUNING",
        "status           InProgress  started 01:00 CET, 1 h 12 min ago",
        "stack            Tickets / TriageF8A5  CREATE_COMPLETE",
        "validation       Completed   01:00 - 01:02  (2 min)",
        "training         InProgress  01:02  (1 h 9 min)",
    ]
    assert (result.exit_code, result.stderr) == (0, "")


def test_a_completed_job_has_its_losses_and_its_model(account: Account) -> None:
    """A time of another day has its date."""
    account.start_job("tickets")
    account.double.clock.advance(86400)
    lines = status(account, "tickets").stdout.splitlines()
    [job] = account.double.jobs()
    times = "started 2026-01-01 01:00 CET, ended 03:00 after 2 h"
    assert f"status           Completed  {times}" in lines
    assert lines[-2:] == ["metrics          training loss 0.5", f"model            {job.model_arn}"]


@pytest.mark.parametrize(
    ("end", "anchor"),
    [
        ("validation", "a-job-fails-within-minutes"),
        ("training", "a-training-failed-or-was-stopped"),
        ("stop", "a-training-failed-or-was-stopped"),
        ("stall", "a-job-is-in-progress-and-trains-nothing"),
    ],
)
def test_what_to_do_is_a_section_of_the_troubleshooting_page(account: Account, end: str, anchor: str) -> None:
    """Each names a section that exists."""
    account.double.configure(stalls=end == "stall")
    account.start_job("tickets")
    account.double.clock.advance({"validation": 100, "stall": 90000}.get(end, 3600))
    if end == "stop":
        account.double.stop("tickets")
    elif end != "stall":
        account.double.fail("tickets", "Input data must have at minimum 100 valid prompts")
    result = status(account, "tickets")
    assert f"docs/troubleshooting.md#{anchor}" in result.stdout
    page = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    headings = [line for line in page.splitlines() if line.startswith("## ")]
    assert anchor in [line[3:].lower().replace(",", "").replace(" ", "-") for line in headings]


def test_a_stalled_job_says_since_when(account: Account) -> None:
    """The status of a job that never trains is InProgress, like that of any other."""
    account.double.configure(stalls=True)
    account.start_job("tickets")
    account.double.clock.advance(3600)
    assert "problem" not in status(account, "tickets").stdout
    account.double.clock.advance(3600)
    shown = status(account, "tickets").stdout
    assert "problem          training has not begun since 01:02\n" in shown


def test_a_job_without_details_of_its_phases(account: Account) -> None:
    """Bedrock does not return them for every job; nothing is guessed."""
    account.double.configure(status_details="never", stalls=True)
    account.start_job("tickets")
    account.double.clock.advance(90000)
    shown = status(account, "tickets").stdout
    assert "status           InProgress" in shown
    assert "training" not in shown
    assert "problem" not in shown


@pytest.mark.parametrize("columns", [40, 60])
def test_a_narrow_pipe(account: Account, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    """No line is longer, but for what cannot be divided: ARNs and links, which people copy."""
    monkeypatch.setenv("COLUMNS", str(columns))
    account.start_job("tickets")
    account.double.fail("tickets", "Encountered an internal error. [red]" * 5 + "\x1b[2J\u202e")
    lines = status(account, "tickets").stdout.splitlines()
    assert all(len(line) <= columns or len(line[17:].split()) == 1 for line in lines)
    assert "\\x1b[2J\\u202e" in "".join(lines)


def test_several_jobs_of_a_stack(account: Account) -> None:
    """For people one after the other, as a table with a row for each, for programs as a list."""
    account.add_stack("Tickets", First=account.start_job("first"), Second=account.start_job("second"))
    account.double.complete("first")
    account.double.fail("second", "no")
    shown = status(account, "--stack", "Tickets").stdout
    assert shown.index("job              first") < shown.index("\n\njob              second")
    table = status(account, "--stack", "Tickets", "--output", "table").stdout
    assert [line.count("|") for line in table.splitlines()[1:2]] == [6]
    assert "training loss 0.5" in table
    document = json.loads(status(account, "--stack", "Tickets", "--output", "json").stdout)
    assert [(one["jobName"], one["resource"]) for one in document["jobs"]] == [
        ("first", "First"),
        ("second", "Second"),
    ]


@pytest.mark.parametrize(
    ("arguments", "query"),
    [
        (("tickets",), "status"),
        (("{arn}",), "status"),
        (("--stack", "Tickets", "--resource", "Triage"), "status"),
        (("--stack", "Tickets"), "jobs[0].status"),
        (("jobs/tickets.yaml",), "status"),
    ],
    ids=["name", "ARN", "resource", "stack", "job file"],
)
def test_the_form_of_the_document_depends_on_the_command_line_only(
    account: Account, arguments: tuple[str, ...], query: str
) -> None:
    """A stack that gets a second job does not break a script."""
    arn = account.start_job("tickets")
    for stack in ("Tickets", "BedrockTickets"):
        account.add_stack(stack, Triage=arn)
    arguments = tuple(one.format(arn=arn) for one in arguments)
    result = status(account, *arguments, "--query", query)
    assert (result.stdout, result.exit_code) == ("InProgress\n", 0), result.stderr


@pytest.mark.parametrize(
    ("ends", "code"),
    [(("complete", "complete"), 0), (("complete", "stop"), 4), (("fail", "stop"), 3), ((None, "fail"), 3)],
)
def test_the_exit_status_is_that_of_the_worst_job(
    account: Account, ends: tuple[str | None, str], code: int
) -> None:
    """Only with --exit-status: without it, a failed job is no failure of the command."""
    jobs = {f"job-{number}": account.start_job(f"job-{number}") for number, _ in enumerate(ends)}
    account.add_stack("Tickets", **{f"Job{number}": arn for number, arn in enumerate(jobs.values())})
    for name, end in zip(jobs, ends, strict=True):
        if end:
            getattr(account.double, end)(name, *(["no"] if end == "fail" else []))
    assert status(account, "--stack", "Tickets", "--exit-status").exit_code == code
    assert status(account, "--stack", "Tickets").exit_code == 0


def test_a_job_that_bedrock_does_not_know(account: Account) -> None:
    """The others of the stack are shown; the exit status says that not all could be read."""
    arn = account.start_job("tickets")
    gone = f"{arn[:-12]}abcdefghijkl"
    account.add_stack("Tickets", Gone=gone, Triage=arn)
    result = status(account, "--stack", "Tickets")
    assert (result.exit_code, "job              tickets" in result.stdout) == (1, True)
    assert result.stderr.startswith(f"Gone: Bedrock in us-east-1 has no model customization job {gone}; ")
    document = json.loads(status(account, "--stack", "Tickets", "--output", "json").stdout)
    assert [one.get("status", "unread") for one in document["jobs"]] == ["InProgress", "unread"]
    assert "has no model customization job" in document["jobs"][1]["error"]


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (Refuse.access_denied(f"bedrock:{GET}"), f"{GET} is not permitted; "),
        (Refuse.expired_token(), "The AWS credentials have expired; sign in again"),
        (Refuse.not_found(), "Bedrock in us-east-1 has no model customization job tickets; check the name"),
    ],
    ids=["denied", "expired", "not found"],
)
def test_what_cannot_be_read_is_one_sentence(account: Account, fault: Refuse, sentence: str) -> None:
    """With exit status 1, and nothing on stdout that a script could take for a job."""
    account.start_job("tickets")
    account.double.faults.add(GET, fault)
    result = status(account, "tickets", "--output", "json")
    assert result.stderr.startswith(sentence)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (1, "", 1)


def test_throttling_is_waited_for(account: Account) -> None:
    """As of every other command of this console."""
    account.start_job("tickets")
    account.double.faults.add(GET, Refuse.throttled())
    assert status(account, "tickets").exit_code == 0


def test_a_stack_that_is_gone(account: Account) -> None:
    """The sentence says where jobs that still run are found."""
    result = status(account, "--stack", "Gone")
    assert (result.exit_code, "`bedrock-customize orphans` lists the jobs" in result.stderr) == (1, True)


@pytest.mark.parametrize("text", ["<html>", "[]", '{"jobArn": 1}', '{"status": {"a": []}}', ""])
def test_an_endpoint_that_responds_with_nonsense(account: Account, text: str) -> None:
    """It ends in a sentence."""
    account.endpoint.nonsense = text
    result = status(account, "tickets", "--endpoint-url", account.endpoint.url)
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1


def test_hostile_names_cannot_control_the_terminal(account: Account) -> None:
    """What an endpoint returns is printed as text."""
    account.endpoint.nonsense = json.dumps(
        {
            "jobArn": "arn\x1b[2J",
            "jobName": "[red]a\nb\u202e",
            "status": "[blink]New\x07",
            "creationTime": "2026-01-01T00:00:00Z",
            "failureMessage": "[link=x]m\x1b]0;t\x07",
            "statusDetails": {"trainingDetails": {"status": "\x1b[31m"}},
        }
    )
    for output in ("text", "table", "json"):
        result = status(account, "tickets", "--endpoint-url", account.endpoint.url, "--output", output)
        assert result.exit_code == 0
        assert not {"\x1b", "\x07", "\u202e"} & set(result.stdout)
    assert "[red]a\\nb\\u202e" in status(account, "tickets", "--endpoint-url", account.endpoint.url).stdout
