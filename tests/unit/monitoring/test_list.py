"""What `list` shows."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib.testing.bedrock import Refuse
from tests.unit.monitoring.conftest import ACCOUNT
from tests.unit.monitoring.owned_jobs import READS, ClockOf, operations, put_stack, stack_arn, start

if TYPE_CHECKING:
    from tests.unit.monitoring.conftest import Account

TICKETS = stack_arn("Tickets")


def listed(account: Account, *options: str, code: int = 0) -> dict[str, Any]:
    """Return what `list --output json` prints; every call that it makes only reads."""
    result = account.run("list", "--output", "json", *options)
    assert result.exit_code == code, result.stderr
    assert all(one.startswith(READS) for one in operations(account))
    return dict(json.loads(result.stdout))


def names(document: dict[str, Any]) -> list[str]:
    """Return the names of the listed jobs."""
    return [one["jobName"] for one in document["jobs"]]


def some_jobs(account: Account) -> list[str]:
    """Start a job that is owned, one that was replaced, one of a stack that is gone, and one of others."""
    gone = stack_arn("Gone")
    arns = []
    for stack, number, name in ((TICKETS, 0, "first"), (TICKETS, 1, "second"), (gone, 0, "third")):
        arns.append(start(account, stack, number=number, name=name))
        account.double.clock.advance(60)
    account.double.complete(arns[0])
    put_stack(account, TICKETS, Triage=arns[1])
    put_stack(account, gone, "DELETE_COMPLETE")
    account.start_job("fourth")
    return arns


def test_the_jobs_of_this_library_with_their_owners(account: Account) -> None:
    """The newest first, with the stack and the resource, or what became of them."""
    some_jobs(account)
    document = listed(account)
    assert [(one["jobName"], one["owner"]) for one in document["jobs"]] == [
        ("third", "stack Gone: deleted"),
        ("second", "stack Tickets, resource Triage"),
        ("first", "stack Tickets, resource Triage: has another job"),
    ]
    assert (document["account"], document["region"]) == (ACCOUNT, "us-east-1")
    assert document["jobs"][1]["stackId"] == TICKETS
    assert document["jobs"][2]["trainingLoss"] == 0.5
    assert document["jobs"][2]["endTime"] == "2026-01-01T00:03:00+00:00"
    assert Counter(operations(account)) == {
        "ListModelCustomizationJobs": 1,
        "GetModelCustomizationJob": 4,
        "ListStacks": 2,
        "ListStackResources": 1,
        "GetCallerIdentity": 1,
    }
    assert document["calls"] == 9


def test_the_jobs_of_others(account: Account) -> None:
    """With --all they are listed, too."""
    some_jobs(account)
    document = listed(account, "--all")
    assert names(document) == ["fourth", "third", "second", "first"]
    assert document["jobs"][0]["owner"] == "not started by this library"


@pytest.mark.parametrize("width", [40, 60])
def test_a_narrow_terminal(account: Account, width: int) -> None:
    """A few lines for each job, in the width of the terminal."""
    some_jobs(account)
    result = account.run("list", env={"COLUMNS": str(width)}, obj=ClockOf(account))
    lines = result.stdout.splitlines()
    assert all(len(one) <= width for one in lines), lines
    assert lines[0] == "third"
    text = " ".join(result.stdout.split())
    assert "status: Completed type: FINE_TUNING base model: amazon.nova-lite-v1:0:300k started (" in text
    assert "duration: 1 min loss: owner: stack Gone: deleted" in text
    assert "duration: 3 min loss: 0.5 owner: stack Tickets, resource Triage: has another job" in text
    assert f"3 jobs of this library in account {ACCOUNT} in us-east-1; 9 calls to AWS." in text


def test_a_wide_terminal_or_a_table(account: Account) -> None:
    """Where the columns fit, a job is one line."""
    some_jobs(account)
    header, first, *_ = account.run("list", env={"COLUMNS": "200"}).stdout.splitlines()
    assert header.split()[:4] == ["name", "status", "type", "base"]
    assert header.split()[-3:] == ["duration", "loss", "owner"]
    assert first.startswith("third")
    assert first.rstrip().endswith("stack Gone: deleted")
    table = account.run("list", "--output", "table", env={"COLUMNS": "200"}).stdout.splitlines()
    assert len(table) == 4


def test_filters_are_bedrocks(account: Account) -> None:
    """Bedrock is asked for less; a word in another case is understood."""
    some_jobs(account)
    assert names(listed(account, "--status", "completed")) == ["first"]
    assert names(listed(account, "--name", "ir")) == ["third", "first"]
    account.double.clock.advance(8 * 86400)
    recent = start(account, TICKETS, number=7)
    result = account.run("list", "--since", "7d", "--output", "json", obj=ClockOf(account))
    assert [one["jobArn"] for one in json.loads(result.stdout)["jobs"]] == [recent]
    request = account.double.calls("ListModelCustomizationJobs")[-1].request
    assert request["creationTimeAfter"] == ClockOf(account).now() - timedelta(days=7)


def test_a_limit_reads_no_more_than_it_shows(account: Account) -> None:
    """There are calls for the jobs that are shown, and for one more."""
    account.double.configure(scheduled_jobs=50)
    for number in range(30):
        start(account, TICKETS, number=number)
    document = listed(account, "--limit", "20")
    assert (len(document["jobs"]), document["hasMore"]) == (20, True)
    assert operations(account).count("GetModelCustomizationJob") == 21
    result = account.run("list", "--limit", "20", env={"COLUMNS": "200"})
    assert "there are more (--limit)" in result.stdout


def test_no_job(account: Account) -> None:
    """It is said, with where was looked."""
    result = account.run("list")
    assert result.stdout.startswith(f"0 jobs of this library in account {ACCOUNT} in us-east-1; ")


@pytest.mark.parametrize(
    ("operation", "sentence", "shown"),
    [
        ("ListStacks", "The stacks could not be listed, so who owns a job is unknown. ", ["owner unknown"]),
        (
            "GetModelCustomizationJob",
            "Some jobs could not be read, so their losses and tokens are unknown. ",
            ["stack Tickets, resource Triage"],
        ),
    ],
)
def test_what_is_denied_is_said_once(
    account: Account, operation: str, sentence: str, shown: list[str]
) -> None:
    """Without the token the generated name tells whether this library has started a job."""
    put_stack(account, TICKETS, Triage=start(account, TICKETS))
    account.start_job("other")
    account.endpoint.errors["ListStacks"] = (403, "AccessDenied", "not authorized")
    if operation != "ListStacks":
        account.endpoint.errors.clear()
        account.double.faults.add(operation, Refuse.access_denied(f"bedrock:{operation}"), times=10)
    result = account.run("list", "--output", "json")
    assert result.exit_code == 1
    assert result.stderr.startswith(sentence)
    assert len(result.stderr.splitlines()) == 1
    assert [one["owner"] for one in json.loads(result.stdout)["jobs"]] == shown


def test_what_fails_altogether_is_one_sentence(account: Account) -> None:
    """Nothing is printed then that could be taken for a result."""
    account.double.faults.add("ListModelCustomizationJobs", Refuse.access_denied("bedrock:ListX"), times=10)
    result = account.run("list", "--output", "json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("ListModelCustomizationJobs is not permitted; ")


@pytest.mark.parametrize("since", ["yesterday", "-1d", "0", "99999999d"])
def test_a_time_that_is_none(account: Account, since: str) -> None:
    """It is wrong usage, before AWS is asked."""
    result = account.run("list", "--since", since)
    assert result.exit_code == 2
    assert not operations(account)


def test_hostile_names(account: Account) -> None:
    """What comes from AWS can neither control the terminal nor be taken for markup."""
    hostile = stack_arn("[red]Ti\u202ecket")
    put_stack(account, hostile, Triage=start(account, hostile))
    for form in ("text", "table"):
        result = account.run("list", "--output", form, env={"COLUMNS": "300"})
        assert "\u202e" not in result.stdout
        assert "[red]Ti\\u202ecket" in result.stdout
