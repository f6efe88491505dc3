"""Whose a job is, as far as CloudFormation tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from customization_job.jobs.identity import (
    ClientToken,
    generated_name,
    model_tags_code,
    resource_hash,
    stack_hash,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from constructs_lib.monitoring.account_reader import AccountReader
from constructs_lib.monitoring.aws_access import AwsAccess
from constructs_lib.monitoring.job_owners import (
    JobOwner,
    Ownership,
    Stacks,
    has_our_token,
    short_hash,
    stack_part,
)
from tests.unit.monitoring.owned_jobs import put_stack, stack_arn, start

if TYPE_CHECKING:
    from tests.unit.monitoring.conftest import Account

TICKETS = stack_arn("Tickets")


def owner(account: Account, arn: str) -> JobOwner:
    """Return the owner of a job, as the console finds it."""
    [token] = [one.token for one in account.double.jobs() if one.arn == arn]
    return Stacks(AccountReader(AwsAccess.of_profile())).owners([(arn, token)])[arn]


@settings(max_examples=25)
@given(stack=st.text(min_size=1), resource=st.text(min_size=1), tags=st.lists(st.text(), max_size=50))
def test_the_console_reads_what_the_function_writes(stack: str, resource: str, tags: list[str]) -> None:
    """The library imports nothing of the function, so both have the hash and the form of the token."""
    token = ClientToken(
        stack=stack_hash(stack),
        resource=resource_hash(resource),
        fingerprint="f" * 16,
        generation=12,
        request="0" * 8,
        infrastructure="0" * 8,
        model_tags=model_tags_code(tags),
    )
    assert has_our_token(str(token))
    assert (short_hash(stack), short_hash(resource)) == token.owner


@pytest.mark.parametrize("logical_id", ["Triage", "TicketsOfAllCustomersTriage8F2C1A9B"])
def test_a_generated_name_says_which_stack_it_is_of(logical_id: str) -> None:
    """By the first group of the UUID in the stack's ARN."""
    arn = "arn:aws:cloudformation:us-east-1:111122223333:stack/Tickets/6dce3755-1f2e-11ee-8c99-0242ac120002"
    assert stack_part(generated_name(arn, logical_id, "f" * 16, 3)) == "6dce3755"
    assert stack_part("tickets-2026") == stack_part("Triage-6dce3755-XYZ") == ""


@pytest.mark.parametrize("token", ["", "v2", "tickets", "v2-0-0-0", "a3bb189e-8bf9-3888-9912-ace4e6543002"])
def test_other_tokens(token: str) -> None:
    """An SDK sends a UUID where the caller sends no token."""
    assert not has_our_token(token)


@pytest.mark.parametrize(
    ("status", "resources", "ownership", "sentence"),
    [
        ("UPDATE_ROLLBACK_FAILED", ["Triage"], Ownership.OWNED, "stack Tickets, resource Triage"),
        ("DELETE_FAILED", ["Triage"], Ownership.OWNED, "stack Tickets, resource Triage"),
        ("DELETE_IN_PROGRESS", [], Ownership.IN_TRANSITION, "stack Tickets: DELETE_IN_PROGRESS"),
        ("CREATE_IN_PROGRESS", [], Ownership.IN_TRANSITION, "stack Tickets: CREATE_IN_PROGRESS"),
        (
            "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
            ["Other"],
            Ownership.IN_TRANSITION,
            "stack Tickets: UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        ),
        (
            "UPDATE_ROLLBACK_FAILED",
            ["Other"],
            Ownership.IN_TRANSITION,
            "stack Tickets: UPDATE_ROLLBACK_FAILED",
        ),
        ("UPDATE_COMPLETE", ["Other"], Ownership.REMOVED, "stack Tickets: the resource was removed"),
        ("DELETE_COMPLETE", ["Triage"], Ownership.DELETED, "stack Tickets: deleted"),
    ],
)
def test_the_status_of_the_stack_matters(
    account: Account, status: str, resources: list[str], ownership: Ownership, sentence: str
) -> None:
    """What a stack that is being changed does not have, it may still take back or end."""
    arn = start(account, TICKETS)
    put_stack(account, TICKETS, status, **{one: arn if one == "Triage" else "other" for one in resources})
    found = owner(account, arn)
    assert (found.ownership, str(found), found.stack_id) == (ownership, sentence, TICKETS)


def test_the_trials_of_a_sweep_belong_to_it(account: Account) -> None:
    """A sweep has several jobs, and its physical id names none; those of a removed one belong to nobody."""
    trials = [start(account, TICKETS, "Search", number=number) for number in (1, 2)]
    removed = start(account, TICKETS, "Former", number=3)
    put_stack(account, TICKETS)
    sweep = ("Custom::BedrockCustomizationSweep", "Search", "s3://results/sweep/definitions/0a1b.json")
    account.endpoint.stacks[TICKETS]["resources"] = [sweep]
    for arn in trials:
        found = owner(account, arn)
        assert (found.ownership, found.current_job) == (Ownership.OWNED, arn)
        assert str(found) == "stack Tickets, resource Search"
    assert owner(account, removed).ownership is Ownership.REMOVED


def test_a_nested_stack_is_named_by_the_outermost_one(account: Account) -> None:
    """Nobody knows the generated name of a nested stack."""
    nested = stack_arn("Tickets-InnerNestedStack-1A2B")
    put_stack(account, TICKETS)
    put_stack(account, nested, Triage=(arn := start(account, nested)))
    account.endpoint.stacks[nested]["root"] = TICKETS
    found = owner(account, arn)
    assert (str(found), found.stack_id) == ("stack Tickets, resource Triage", nested)


def test_a_stack_is_read_once(account: Account) -> None:
    """Also where the first question was by name and the second by token."""
    arn = start(account, TICKETS)
    put_stack(account, TICKETS, Triage=arn)
    reader = AccountReader(AwsAccess.of_profile())
    stacks, [job] = Stacks(reader), account.double.jobs()
    for _ in range(2):
        assert stacks.owners_by_name([(arn, job.name)])[arn].resource == "Triage"
        assert stacks.owners([(arn, job.token)])[arn].resource == "Triage"
    assert account.endpoint.calls == ["ListStacks", "ListStackResources"]
    assert reader.calls == 2


@pytest.mark.parametrize("body", ["<html>", "{}", "<ListStacksResponse/>", ""])
def test_an_endpoint_that_is_not_awss(account: Account, body: str) -> None:
    """What is returned is no list of stacks, and that is said."""
    start(account, TICKETS)
    account.endpoint.bodies["ListStacks"] = body
    result = account.run("orphans", "--jobs")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == (
        "What the endpoint returns is not an answer of AWS; check the endpoint URL and the proxy.\n"
    )


def test_a_bedrock_that_is_not_awss(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that is missing is not taken for an empty one."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK", account.endpoint.url)
    result = account.run("orphans", "--models")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("What the endpoint returns is not an answer of AWS; ")
