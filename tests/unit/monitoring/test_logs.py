"""`bedrock-customize logs` through the real console, with lines that the real handler has written."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib.monitoring.aws_access import AwsAccess
from constructs_lib.monitoring.function_logs import FunctionLogs
from constructs_lib.monitoring.job_targets import stack_of_file
from constructs_lib.testing import Refuse
from tests.lambda_.builders import CREATE, STACK, TWO, Harness, properties
from tests.unit.monitoring.conftest import ACCOUNT, JOB_TYPE, REGION, Account
from tests.unit.monitoring.logs_endpoint import LOST, LogsEndpoint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GROUP = "Tickets-BedrockModelCustomizationLogsF6EA2954-x1Y2"
FUNCTION = "BedrockModelCustomizationFunction1A2B"
GROUP_ID = "BedrockModelCustomizationLogsF6EA2954"
TICKETS = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/Tickets/6dce3755-0000"
TEMPLATE = {
    "Resources": {
        "Job": {"Type": JOB_TYPE, "Properties": {"ServiceToken": {"Fn::GetAtt": [FUNCTION, "Arn"]}}},
        FUNCTION: {
            "Type": "AWS::Lambda::Function",
            "Properties": {"LoggingConfig": {"LogGroup": {"Ref": GROUP_ID}}},
        },
        GROUP_ID: {"Type": "AWS::Logs::LogGroup"},
    }
}
RESOURCES = [
    (JOB_TYPE, "Job", "arn:job"),
    ("AWS::Lambda::Function", FUNCTION, "tickets-function"),
    ("AWS::Logs::LogGroup", GROUP_ID, GROUP),
    ("AWS::Logs::LogGroup", "OtherLogs", "other"),
]


@pytest.fixture
def log(account: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[LogsEndpoint]:
    """Return CloudWatch Logs, where the function of the stack Tickets has a log group."""
    with LogsEndpoint() as endpoint:
        for name, value in endpoint.env().items():
            monkeypatch.setenv(name, value)
        account.endpoint.stacks["Tickets"] = {
            "status": "CREATE_COMPLETE",
            "template": json.dumps(TEMPLATE),
            "resources": list(RESOURCES),
        }
        endpoint.groups[GROUP] = []
        yield endpoint


def write(log: LogsEndpoint, *messages: str, group: str = GROUP, ago: float = 60.0) -> None:
    """Write what one invocation has written, so many seconds ago."""
    at = int((time.time() - ago) * 1000)
    log.groups[group] += [("2026/11/27/[$LATEST]5ce3", at, f"{message}\n") for message in messages]


def handled(harness: Harness, *, resource: str = "Job") -> list[str]:
    """Return the lines that the handler has written, as if the stack were Tickets."""
    text = harness.fakes.log.getvalue().replace(STACK, TICKETS)
    text = text.replace('"logicalResourceId": "Job"', f'"logicalResourceId": "{resource}"')
    return [
        "START RequestId: 5ce3 Version: $LATEST",
        *text.splitlines(),
        "END RequestId: 5ce3",
        "REPORT RequestId: 5ce3\tDuration: 812.02 ms\tMax Memory Used: 80 MB",
    ]


def test_the_start_of_a_job_is_three_sentences(account: Account, log: LogsEndpoint) -> None:
    """What was decided, what was started, what CloudFormation was told; nothing of Lambda's own lines."""
    harness = Harness()
    answer = harness.create()
    write(log, *handled(harness))
    result = account.run("logs", "--stack", "Tickets")
    day, *lines = result.stdout.splitlines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \(\S+\)", day)
    assert [re.sub(r"^\d\d:\d\d:\d\d ", "", line) for line in lines] == [
        "Job Create  Decided to start a job: no job of these inputs can be used.",
        f"Job Create  Started the job {answer['Data']['JobName']} (generation 0): {answer['Data']['JobArn']}",
        f"Job Create  Sent the response SUCCESS with the physical id {answer['PhysicalResourceId']}",
    ]
    assert result.exit_code == 0


def test_a_kept_job_and_a_repeated_event(account: Account, log: LogsEndpoint) -> None:
    """An update without new inputs keeps the job; Lambda's second delivery of an event starts none."""
    harness = Harness()
    arn = harness.create()["PhysicalResourceId"]
    harness.create(request_id="request-1")
    harness.update(arn, properties(JobTags=[{"key": "a", "value": "b"}]), properties())
    write(log, *handled(harness))
    shown = account.run("logs", "--stack", "Tickets").stdout
    assert f"Job Create  Decided to keep the job {arn}: this request has started it." in shown
    assert f"Job Update  Decided to keep the job {arn}: same inputs." in shown
    assert "Job Update  The tags of" in shown
    assert shown.count("Started the job") == 1


def test_an_invalid_request_a_denial_and_a_rollback_are_told(account: Account, log: LogsEndpoint) -> None:
    """Failures are marked with a word, since not every terminal has colours."""
    invalid, denied, rolled_back = Harness(), Harness(), Harness()
    invalid.create(properties({"jobName": "bad_name"}))
    denied.double.faults.add(CREATE, Refuse.access_denied(), times=50)
    denied.create()
    old = rolled_back.create()["PhysicalResourceId"]
    new = rolled_back.update(old, TWO, properties())["PhysicalResourceId"]
    rolled_back.update(new, properties(), TWO, status="UPDATE_ROLLBACK_IN_PROGRESS")
    rolled_back.delete(new, TWO, status="UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
    write(log, *(line for one in (invalid, denied, rolled_back) for line in handled(one)))
    shown = account.run("logs", "--stack", "Tickets").stdout
    assert re.search(
        r"Job Create  ERROR: Sent the response FAILED .*: No job was started, because the", shown
    )
    assert re.search(r"ERROR: Sent the response FAILED .* CreateModelCustomizationJob failed after", shown)
    assert re.search(
        f"Job Update  Decided to keep the job {old}: the stack is being rolled back; "
        "the resource had it before the failed operation.",
        shown,
    )
    assert f"Job Delete  Asked Bedrock to stop the job {new}\n" in shown


def test_a_traceback_and_a_timeout_are_shown_as_they_are(account: Account, log: LogsEndpoint) -> None:
    """Each of its lines is indented, so that none looks like one of the handler's."""
    traceback = '[ERROR] DeliveryError: no route\nTraceback (most recent call last):\n  File "x"\x1b[31m'
    write(log, traceback, "5ce3 Task timed out after 840.00 seconds", '{"act": "new act", "level": "INFO"}')
    _, first, *rest = account.run("logs", "--stack", "Tickets").stdout.splitlines()
    assert first.endswith("  [ERROR] DeliveryError: no route")
    assert rest[:2] == ["    Traceback (most recent call last):", r'      File "x"\x1b[31m']
    assert rest[2].endswith("  5ce3 Task timed out after 840.00 seconds")
    assert rest[3].endswith('  {"act": "new act", "level": "INFO"}')


def test_one_resource_and_no_other_stack(account: Account, log: LogsEndpoint) -> None:
    """Two jobs of a stack have one function; a log group may be shared with other stacks."""
    template = json.loads(json.dumps(TEMPLATE))
    template["Resources"]["Other"] = template["Resources"]["Job"]
    stack = account.endpoint.stacks["Tickets"]
    stack["template"] = json.dumps(template)
    stack["resources"].append((JOB_TYPE, "Other", "not-created/1"))
    for resource in ("Job", "Other"):
        harness = Harness()
        harness.create()
        write(log, *handled(harness, resource=resource))
    write(log, *(line.replace("Tickets", "Billing") for line in handled(harness)))
    assert account.run("logs", "--stack", "Tickets").stdout.count("Decided to start") == 2
    chosen = account.run("logs", "--stack", "Tickets", "--resource", "Oth").stdout
    assert "Other Create  Decided to start" in chosen
    assert "Job Create" not in chosen
    assert "Billing" not in chosen


def test_the_end_and_the_beginning_of_what_is_shown(account: Account, log: LogsEndpoint) -> None:
    """--since and --limit; older lines are not read."""
    write(log, "an old line", ago=7200)
    write(log, *(f"line {number}" for number in range(7)))
    shown = account.run("logs", "--stack", "Tickets", "--since", "1h").stdout
    assert "an old line" not in shown
    assert shown.count("  line ") == 7
    limited = account.run("logs", "--stack", "Tickets", "--limit", "2").stdout
    assert [line[-6:] for line in limited.splitlines()[1:]] == ["line 5", "line 6"]


def test_nothing_was_written(account: Account, log: LogsEndpoint) -> None:
    """Standard output is empty; the sentence says how to look further back."""
    write(log, "an old line", ago=7200)
    result = account.run("logs", "--stack", "Tickets", "--since", "1h")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == (
        "The function has written nothing in the last 1h; look further back with --since.\n"
    )


def test_for_programs(account: Account, log: LogsEndpoint) -> None:
    """One document, with the line as it was written and what it says; --query as the AWS CLI has it."""
    harness = Harness()
    harness.create()
    write(log, *handled(harness), "a line")
    result = account.run("logs", "--stack", "Tickets", "--output", "json")
    document = json.loads(result.stdout)
    assert document["logGroups"] == [GROUP]
    first, *_, last = document["events"]
    assert (first["resource"], first["request"], first["level"]) == ("Job", "Create", "INFO")
    assert first["record"]["decision"] == "Start"
    assert json.loads(first["message"]) == first["record"]
    assert (last["record"], last["sentence"], last["message"]) == (None, None, "a line\n")
    query = account.run("logs", "--stack", "Tickets", "--query", "events[0].sentence")
    assert query.stdout == "Decided to start a job: no job of these inputs can be used.\n"
    table = account.run("logs", "--stack", "Tickets", "--output", "table", env={"COLUMNS": "60"})
    assert "what was done: Decided to start a job" in table.stdout
    # An ARN stays whole.
    assert all(len(line) <= 60 for line in table.stdout.splitlines() if "arn:" not in line)


def test_a_failed_update_leaves_the_log_group(account: Account, log: LogsEndpoint) -> None:
    """The template of the stack is the former one again, without the job; the log group is kept."""
    stack = account.endpoint.stacks["Tickets"]
    stack |= {"status": "UPDATE_ROLLBACK_COMPLETE", "template": '{"Resources": {}}'}
    stack["resources"] = [(*one, "DELETE_COMPLETE") for one in RESOURCES]
    write(log, "what has happened")
    assert "what has happened" in account.run("logs", "--stack", "Tickets").stdout


def test_a_stack_without_resources_has_its_events(account: Account, log: LogsEndpoint) -> None:
    """A first deployment that was rolled back: the log group is found also where no resource is listed."""
    stack = account.endpoint.stacks["Tickets"]
    stack |= {"status": "ROLLBACK_COMPLETE", "former": RESOURCES, "resources": []}
    write(log, "what has happened")
    assert "what has happened" in account.run("logs", "--stack", "Tickets").stdout
    assert account.run("logs", "--stack", "Tickets", "--resource", "Other").exit_code == 1


@pytest.mark.parametrize(
    ("config", "calls"),
    [
        ({"LogGroup": "team-logs"}, ["FilterLogEvents"]),
        ({"LogGroup": {"Fn::ImportValue": "TeamLogs"}}, ["GetFunctionConfiguration", "FilterLogEvents"]),
    ],
)
def test_a_log_group_of_somebody_else(
    account: Account, log: LogsEndpoint, config: dict[str, Any], calls: list[str]
) -> None:
    """`JobProvider(log_group=...)`: Lambda is asked only where the template does not say it."""
    template = json.loads(json.dumps(TEMPLATE))
    template["Resources"][FUNCTION]["Properties"]["LoggingConfig"] = config
    account.endpoint.stacks["Tickets"]["template"] = json.dumps(template)
    log.functions["tickets-function"] = "team-logs"
    log.groups["team-logs"] = []
    write(log, "of the team", group="team-logs")
    assert "of the team" in account.run("logs", "--stack", "Tickets").stdout
    assert log.calls == calls


def test_functions_of_nested_stacks_are_merged_by_time(account: Account, log: LogsEndpoint) -> None:
    """Each stack has its own function, and a resource of the nested one can be chosen."""
    nested = TICKETS.replace("Tickets", "Nested")
    account.endpoint.stacks[nested] = {
        "status": "CREATE_COMPLETE",
        "template": json.dumps(TEMPLATE),
        "resources": [*RESOURCES[:2], ("AWS::Logs::LogGroup", GROUP_ID, "nested-logs")],
    }
    account.endpoint.stacks["Tickets"]["resources"].append(("AWS::CloudFormation::Stack", "Sub", nested))
    log.groups["nested-logs"] = []
    write(log, "second", group="nested-logs", ago=50)
    write(log, "first", ago=60)
    write(log, "third", ago=40)
    shown = account.run("logs", "--stack", "Tickets").stdout
    assert re.findall("first|second|third", shown) == ["first", "second", "third"]
    only = account.run("logs", "--stack", "Tickets", "--resource", "Sub/Job").stdout
    assert re.findall("first|second|third", only) == ["second"]


def test_a_job_file_names_its_stack(account: Account, log: LogsEndpoint, tmp_path: Path) -> None:
    """As for the other commands; a job's name does not lead to a stack."""
    file = tmp_path / "tickets.yaml"
    file.touch()
    account.endpoint.stacks[stack_of_file(str(file))] = account.endpoint.stacks.pop("Tickets")
    write(log, "of the file")
    assert "of the file" in account.run("logs", str(file)).stdout
    assert account.run("logs", "tickets").exit_code == 2


def test_getting_templates_is_not_needed(account: Account, log: LogsEndpoint) -> None:
    """Without the right to read templates, the log group of the construct is found by its name."""
    account.endpoint.errors["GetTemplate"] = (403, "AccessDenied", "no")
    write(log, "found")
    assert "found" in account.run("logs", "--stack", "Tickets").stdout


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        ((400, "AccessDeniedException", "not authorized"), "FilterLogEvents is not permitted; ask"),
        ((400, "ExpiredTokenException", "expired"), "The AWS credentials have expired; sign in again"),
    ],
)
def test_a_log_that_cannot_be_read_is_one_sentence(
    account: Account, log: LogsEndpoint, failure: tuple[int, str, str], sentence: str
) -> None:
    """Denied, expired."""
    log.errors["FilterLogEvents"] = failure
    result = account.run("logs", "--stack", "Tickets")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(sentence)
    assert result.stderr.count("\n") == 1


def test_hostile_lines_are_lines(account: Account, log: LogsEndpoint) -> None:
    """Whatever a line holds, it is printed as text, and one event is one line with its indented rest."""
    forged = json.dumps({"act": "job started", "jobName": "x\n00:00:00 Job Create  Started", "stackId": {}})
    write(
        log, forged, '{"act": "decided", "decision": {"a": [1]}, "logicalResourceId": [1]}', "[red]\u202e\x07"
    )
    lines = account.run("logs", "--stack", "Tickets").stdout.splitlines()[1:]
    assert [line[:4] for line in lines if not re.match(r"\d\d:\d\d:\d\d  ", line)] == ["    "]
    assert lines[-1].endswith(r"  [red]\u202e\x07")


def test_a_reader_that_ends_is_no_traceback(account: Account, log: LogsEndpoint) -> None:
    """As `logs | head -1`."""
    write(log, *("a line that fills the pipe" * 100 for _ in range(2000)))
    log.page = 10_000
    command = [sys.executable, "-m", "constructs_lib.cli", "logs", "--stack", "Tickets"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert account.endpoint.calls


def test_what_is_not_there_is_named(account: Account, log: LogsEndpoint) -> None:
    """A log group that is gone, a stack that is gone, a stack without a function, no network."""
    del log.groups[GROUP]
    gone = account.run("logs", "--stack", "Tickets")
    assert gone.stderr.startswith(f"The log group {GROUP} does not exist in account {ACCOUNT} in us-east-1;")
    missing = account.run("logs", "--stack", "Gone")
    assert missing.stderr.startswith("There is no stack Gone in account")
    assert "its ARN still names it for 90 days" in missing.stderr
    account.endpoint.stacks["Tickets"]["resources"] = [RESOURCES[0]]
    account.endpoint.stacks["Tickets"]["template"] = '{"Resources": {}}'
    without = account.run("logs", "--stack", "Tickets")
    assert "has no log group of the function behind Job" in without.stderr
    assert {gone.exit_code, missing.exit_code, without.exit_code} == {1}


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--stack", "Tickets", "job.yaml"),
        ("--stack", "Tickets", "--since", "soon"),
        ("--stack", "Tickets", "--limit", "0"),
        ("--stack", "Tickets", "--query", "["),
        ("--stack", "Tickets", "--follow", "--output", "json"),
        ("--stack", "Tickets", "--follow", "--query", "events"),
        ("--stack", "Tickets", "--local", "--region", "us-east-1"),
    ],
)
def test_wrong_usage_asks_nothing(account: Account, log: LogsEndpoint, arguments: tuple[str, ...]) -> None:
    """Exit status 2, before a call is made."""
    assert account.run("logs", *arguments).exit_code == 2
    assert not [*account.endpoint.calls, *log.calls]


def test_it_only_reads(account: Account, log: LogsEndpoint) -> None:
    """The operations that a run calls."""
    write(log, "line")
    account.run("logs", "--stack", "Tickets")
    assert set(account.endpoint.calls) | set(log.calls) == {
        "DescribeStacks",
        "FilterLogEvents",
        "GetTemplate",
        "ListStackResources",
    }
    assert not account.double.calls()


class _Stop(Exception):  # noqa: N818 - no error: it ends a test's endless loop
    pass


def _long_ago() -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("with_ids", [True, False], ids=["as-aws", "without-event-ids"])
def test_following_shows_every_line_once(log: LogsEndpoint, *, with_ids: bool) -> None:
    """Equal lines of one moment, lines that arrive late, and failures in between that pass."""
    log.with_ids = with_ids
    write(log, "same", "same", ago=60)
    reader = FunctionLogs(replace(AwsAccess.of_profile(), attempts=1), [GROUP], _long_ago())
    shown = [event.message.strip() for event in reader.new_events()]
    failures: list[str] = []
    steps = iter(
        [
            lambda: write(log, "new", ago=10),
            lambda: write(log, "late", ago=30),
            lambda: log.errors.update(FilterLogEvents=(400, "ThrottlingException", "Rate exceeded")),
            lambda: log.errors.update(FilterLogEvents=(400, "ExpiredTokenException", "expired")),
            lambda: log.errors.update(FilterLogEvents=(503, "ServiceUnavailableException", "later")),
            lambda: log.errors.update(FilterLogEvents=(LOST, "", "")),
            lambda: log.errors.clear() or write(log, "last", ago=5),
            lambda: None,
        ]
    )

    def sleep(seconds: float) -> None:
        assert seconds == 5
        step = next(steps, None)
        if step is None:
            raise _Stop
        step()

    events = reader.follow(sleep, lambda error: failures.append(str(error or "again")))
    with pytest.raises(_Stop):
        shown.extend(event.message.strip() for event in events)
    assert shown == ["same", "same", "new", "late", "last"]
    assert failures == [
        "AWS limits the rate of FilterLogEvents now; run the command again in a minute.",
        "again",
    ]


def test_ctrl_c_ends_following(account: Account, log: LogsEndpoint) -> None:
    """A real process, with lines that come while it runs, ends with 130."""
    write(log, "before")
    command = [sys.executable, "-m", "constructs_lib.cli", "logs", "--stack", "Tickets", "--follow"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ) as process:
        assert process.stdout is not None
        assert select.select([process.stdout], [], [], 30)[0]
        while not (line := process.stdout.readline()).endswith(b"before\n"):
            assert line
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (130, b"interrupted\n")
    assert account.endpoint.calls
