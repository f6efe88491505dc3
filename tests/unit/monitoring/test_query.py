"""`--query`, as of the AWS CLI."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.unit.monitoring.conftest import Account


@pytest.mark.parametrize(
    ("query", "printed"),
    [
        ("status", "InProgress\n"),
        ("[status, jobName]", "InProgress\ttickets\n"),
        ("{b: status, a: jobName}", "tickets\tInProgress\n"),
        ("[[status], [jobName]]", "InProgress\ntickets\n"),
        ("outputModelArn", "None\n"),
    ],
)
def test_a_part_is_printed_as_by_the_aws_cli(account: Account, query: str, printed: str) -> None:
    """Lines with tabs, the values of a mapping in the order of their names, None for what is missing."""
    account.start_job("tickets")
    result = account.run("status", "tickets", "--query", query)
    assert (result.exit_code, result.stdout) == (0, printed)


def test_a_part_may_be_json_or_a_table(account: Account) -> None:
    """For programs, and for people."""
    account.start_job("tickets")
    found = account.run("status", "tickets", "--query", "[status, jobName]", "--output", "json")
    assert json.loads(found.stdout) == ["InProgress", "tickets"]
    table = account.run("status", "tickets", "--query", "[status, jobName]", "--output", "table")
    assert "| InProgress | tickets |" in table.stdout


@pytest.mark.parametrize(
    ("query", "sentence", "calls"),
    [
        ("status[", "must be a JMESPath expression", 0),
        ("length(missing)", "gives a function a value of another type than it takes", 1),
        ("length(status, status)", "gives a function another number of values", 1),
        ("nothing(status)", "calls a function that JMESPath does not have", 1),
    ],
)
def test_a_query_that_cannot_be_used_is_a_sentence(
    account: Account, query: str, sentence: str, calls: int
) -> None:
    """What cannot be read is refused before AWS is asked."""
    account.start_job("tickets")
    before = len(account.double.calls())
    result = account.run("status", "tickets", "--query", query, env={"COLUMNS": "200"})
    assert result.exit_code == 2
    assert sentence in " ".join(result.stderr.replace("│", " ").split())
    assert len(account.double.calls()) - before == calls
