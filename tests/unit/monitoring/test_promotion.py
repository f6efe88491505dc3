"""`bedrock-customize promotion` through the real console: states, exit statuses, waiting, hostile records."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib.contract.promotion import (
    APPROVAL_NOTE_TAG,
    APPROVED_TAG,
    PROGRESS_END,
    PROMOTED,
    VERDICT_END,
)
from constructs_lib.testing import Refuse
from tests.unit.monitoring.conftest import OUTPUT_BUCKET
from tests.unit.monitoring.owned_jobs import READS, operations
from tests.unit.monitoring.promotions import JOB, PARAMETER, PUBLISHED, SERVE, TICKETS, PromotedStack, key_of
from tests.unit.monitoring.watch_clock import ScriptedClock

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.monitoring.conftest import Account

SHOW = ("promotion", "--stack", "Tickets")


def shown(account: Account, *options: str, code: int = 0) -> list[dict[str, Any]]:
    """Return what `promotion --output json` prints; every call that it makes only reads."""
    result = account.run(*SHOW, "--output", "json", *options)
    assert result.exit_code == code, result.output
    made = [*operations(account), *account.s3.calls]
    assert all(one.startswith(READS) for one in made), made
    return list(json.loads(result.stdout)["promotions"])


def training(stack: PromotedStack) -> None:
    """The job of the stack is in progress."""
    stack.train(is_complete=False)


def no_model(stack: PromotedStack) -> None:
    """The job of the stack has failed."""
    _, arn = stack.train(is_complete=False)
    stack.account.double.fail(arn, "no data")


def undecided(stack: PromotedStack) -> None:
    """The function waits for a person."""
    stack.wait_for(stack.second, "waits for a person")


def swapping(stack: PromotedStack) -> None:
    """The candidate is promoted, and the deployment has the old model."""
    stack.decide(stack.second, PROMOTED, serving=stack.first)


def baking(stack: PromotedStack) -> None:
    """The candidate serves, and its bake has not ended."""
    swapping(stack)
    stack.swap(stack.second)


def promoted(stack: PromotedStack) -> None:
    """The candidate serves, and its bake has ended."""
    baking(stack)
    stack.bake(stack.second)


def rejected(stack: PromotedStack) -> None:
    """The candidate is worse."""
    stack.decide(stack.second, serving=stack.first)


def withdrawn(stack: PromotedStack) -> None:
    """An alarm has taken the candidate back."""
    baking(stack)
    stack.withdraw(stack.second, stack.first)
    stack.swap(stack.first)


def withdrawn_first(stack: PromotedStack) -> None:
    """An alarm has taken the candidate back, which still serves until the next look."""
    baking(stack)
    stack.withdraw(stack.second, stack.first)


def forced(stack: PromotedStack) -> None:
    """A person has promoted the candidate after it was taken back."""
    stack.withdraw(stack.second, stack.first)
    stack.decide(stack.second, PROMOTED, forced=True, by="person", time="2026-11-27T12:00:01Z")
    stack.swap(stack.second)
    stack.bake(stack.second)


def forced_before(stack: PromotedStack) -> None:
    """A person has promoted the candidate before it was taken back."""
    stack.withdraw(stack.second, stack.first, time="2026-11-27T12:00:02+00:00")
    stack.decide(stack.second, PROMOTED, forced=True, by="person", time="2026-11-27T12:00:01Z")


def redefined(stack: PromotedStack) -> None:
    """The job of the first model is the current one again."""
    promoted(stack)
    stack.go_back()


STATES = [
    (training, "training", 5, ""),
    (no_model, "no model", 4, "no data"),
    (undecided, "undecided", 5, "waits for a person"),
    (swapping, "swapping", 5, "validation loss 0.71 is above 0.5"),
    (baking, "baking", 5, "validation loss 0.71 is above 0.5"),
    (promoted, "promoted", 0, "validation loss 0.71 is above 0.5"),
    (rejected, "rejected", 3, "validation loss 0.71 is above 0.5"),
    (withdrawn, "withdrawn", 3, "alarm Errors"),
    (withdrawn_first, "withdrawn", 3, "alarm Errors"),
    (redefined, "swapping", 5, ""),
    (forced, "promoted", 0, "validation loss 0.71 is above 0.5"),
    (forced_before, "withdrawn", 3, "alarm Errors"),
]


@pytest.mark.parametrize(("bring_about", "state", "code", "reason"), STATES)
def test_a_pipeline_reads_the_state_from_the_exit_status(
    account: Account, bring_about: Callable[[PromotedStack], None], state: str, code: int, reason: str
) -> None:
    """3 is rejected or withdrawn, 4 no model, 5 not decided."""
    stack = PromotedStack(account, Bake={"Seconds": "3600"})
    bring_about(stack)
    [one] = shown(account, "--exit-status", code=code)
    assert (one["state"], one["reason"] or "") == (state, reason)


def test_a_rejected_model_is_shown_with_the_numbers(account: Account) -> None:
    """Which model serves, which one does not, why, and what can be done about it."""
    stack = PromotedStack(account)
    rejected(stack)
    result = account.run(*SHOW)
    assert result.exit_code == 0  # without --exit-status it is enough that it can be read
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert f"serves {stack.first}" in lines
    assert f"candidate {stack.second}" in lines
    numbers = "(candidate 0.71, serving 0.5, margin 0)"
    assert f"ValidationLoss no validation loss 0.71 is above 0.5 {numbers}" in lines
    assert any(line.startswith("state rejected") and line.endswith("by the function") for line in lines)
    advice = f"bedrock-customize promote {stack.second} --force"
    assert f"what to do To promote it all the same: {advice}" in lines


def test_a_candidate_that_waits_for_a_person_names_the_commands(account: Account) -> None:
    """The commands have the ARN, and an answer of a person is shown until the function has acted on it."""
    stack = PromotedStack(account, ["ValidationLoss", "Approved"], StateMachine="arn")
    stack.wait_for(
        stack.second, "waits for a person", conditions=[{"type": "ValidationLoss", "answer": "yes"}]
    )
    text = " ".join(account.run(*SHOW).stdout.split())
    assert f"A person may decide: bedrock-customize approve {stack.second}, or reject." in text
    assert "ValidationLoss yes" in text
    stack.tag(stack.second, APPROVED_TAG, "approved")
    stack.tag(stack.second, APPROVAL_NOTE_TAG, "read 20 answers")
    text = " ".join(account.run(*SHOW).stdout.split())
    assert "approved by a person (read 20 answers)" in text
    assert "The function acts on it within minutes while the state machine runs" in text


def test_a_parameter_and_a_deployment_have_records_of_their_own(account: Account) -> None:
    """One of them may have decided already; --resource chooses one, and the worst decides the exit status."""
    stack = PromotedStack(account)
    stack.add_parameter(stack.second)
    stack.decide(stack.second, PROMOTED, resource=PUBLISHED)
    rejected(stack)
    by_name = {one["resource"]: one for one in shown(account, "--exit-status", code=3)}
    assert {name: one["state"] for name, one in by_name.items()} == {PUBLISHED: "promoted", SERVE: "rejected"}
    assert (by_name[PUBLISHED]["kind"], by_name[PUBLISHED]["name"]) == ("parameter", PARAMETER)
    [only] = shown(account, "--resource", "Published", "--exit-status")
    assert only["serving"] == stack.second
    table = account.run(*SHOW, "--output", "table").stdout
    assert table.splitlines()[0].split() == [
        "resource",
        "serves",
        "candidate",
        "conditions",
        "state",
        "reason",
    ]
    for options in (["--resource", "X"], ["--resource", ""]):
        result = account.run(*SHOW, *options)
        assert result.exit_code == 1
        assert f"{SERVE}, {PUBLISHED}" in " ".join(result.stderr.split())


def test_what_does_not_serve_yet_is_no_error(account: Account) -> None:
    """Before the first model is promoted there is no deployment and no parameter."""
    stack = PromotedStack(account)
    stack.add_deployment("not-created/0f")
    assert shown(account)[0]["serving"] is None
    stack.add_deployment("never-made")
    stack.add_parameter("")
    del account.endpoint.parameters[PARAMETER]
    assert [one["serving"] for one in shown(account)] == [None, None]
    stack.add_parameter("none yet")  # the initial value may be anything
    assert [one["serving"] for one in shown(account)] == [None, "none yet"]


def test_a_stack_without_a_policy_says_what_is_missing(account: Account) -> None:
    """So does one that does not exist."""
    account.add_stack("Tickets", Triage=account.start_job("tickets"))
    result = account.run(*SHOW)
    assert result.exit_code == 1
    assert "define one with promote_if=" in " ".join(result.stderr.split())
    result = account.run("promotion", "--stack", "Other")
    assert (result.exit_code, result.stderr.startswith("There is no stack Other in account")) == (1, True)


def test_a_nested_stack_is_read_too(account: Account) -> None:
    """Its resources are named with the nested stack's logical id."""
    stack = PromotedStack(account)
    rejected(stack)
    account.endpoint.stacks["Outer"] = {
        "status": "UPDATE_COMPLETE",
        "template": "{}",
        "resources": [("AWS::CloudFormation::Stack", "Inner", TICKETS)],
    }
    result = account.run("promotion", "--stack", "Outer", "--query", "promotions[].[resource,state]")
    assert result.stdout == f"Inner/{SERVE}\trejected\n"


def test_the_records_are_found_by_the_template_or_by_the_output(account: Account) -> None:
    """A bucket may have a name of its own; without both, the sentence says what to do."""
    rejected(PromotedStack(account))
    stack = account.endpoint.stacks[TICKETS]
    template = json.loads(stack["template"])
    policy = template["Resources"][SERVE]["Properties"]["Promotion"]
    outputs = template.pop("Outputs")
    for defined, bucket, code in (
        ({"Outputs": outputs}, policy["Store"]["Bucket"], 3),
        ({}, OUTPUT_BUCKET, 3),
        ({"Outputs": []}, {"Ref": "Output"}, 1),
        ({"Outputs": {f"{SERVE}Promotion": "x"}}, 5, 1),
    ):
        policy["Store"]["Bucket"] = bucket
        stack["template"] = json.dumps({**template, **defined})
        result = account.run(*SHOW, "--exit-status")
        assert result.exit_code == code, result.output
    assert f"no output with the location of the records of {SERVE}; deploy it again" in result.stderr


def test_status_and_watch_say_that_a_complete_job_may_not_serve(account: Account) -> None:
    """A job that is complete is not the end where something decides about its model."""
    stack = PromotedStack(account)
    for command in ("status", "watch"):
        result = account.run(command, "--stack", "Tickets")
        assert "bedrock-customize promotion --stack Tickets" in " ".join(result.output.split())
        assert result.exit_code == 0
    account.add_stack("Plain", Triage=stack.job)
    assert "promotion" not in account.run("status", "--stack", "Plain").output


def test_a_stack_without_a_job_waits_for_nothing(account: Account) -> None:
    """Only while the stack is deployed a job may still come."""
    stack = PromotedStack(account)
    stack.resources = [
        (kind, name, "not-created/0f" if name == JOB else arn) for kind, name, arn in stack.resources
    ]
    stack.add_deployment()
    assert account.run(*SHOW, "--wait").exit_code == 4
    account.endpoint.stacks[TICKETS]["status"] = "UPDATE_IN_PROGRESS"
    assert shown(account, "--exit-status", code=5)[0]["jobArn"] is None


def test_waiting_ends_when_the_bake_has_ended(account: Account) -> None:
    """A line for each change, through an outage of AWS, a training, a verdict, a swap and a bake."""
    stack = PromotedStack(account, Bake={"Seconds": "3600"})
    model, arn = stack.train(is_complete=False)
    clock = ScriptedClock(account.double.clock)

    def complete() -> None:
        account.double.complete(arn)
        [stack.second] = [one.model_arn for one in account.double.jobs() if one.arn == arn]

    def fail() -> None:
        account.double.faults.add("GetModelCustomizationJob", Refuse.internal())

    assert model == ""
    steps = (
        complete,
        fail,
        lambda: swapping(stack),
        lambda: stack.swap(stack.second),
        lambda: stack.bake(stack.second),
    )
    for number, step in enumerate(steps):
        clock.at(90 + number * 120, step)
    result = account.run(*SHOW, "--wait", obj=clock)
    assert result.exit_code == 0, result.output
    lines = [line.split(maxsplit=1)[1] for line in result.stdout.splitlines() if line[2:3] == ":"]
    states = [line.removeprefix(f"{SERVE} ").partition(":")[0] for line in lines]
    assert states == ["training", "undecided", "retrying", "swapping", "baking", "promoted"]


def test_waiting_gives_up_after_the_timeout(account: Account) -> None:
    """With 5, as `watch`; the document is printed all the same."""
    PromotedStack(account)
    clock = ScriptedClock(account.double.clock)
    result = account.run(*SHOW, "--wait", "--timeout", "5min", "--output", "json", obj=clock)
    assert result.exit_code == 5
    assert sum(clock.slept) == 300
    assert json.loads(result.stdout)["promotions"][0]["state"] == "undecided"
    assert "Gave up after 5 min (--timeout)." in result.stderr
    assert account.run(*SHOW, "--timeout", "5min").exit_code == 2


HOSTILE = [
    b"",
    b"\xff",
    b"[]",
    b"[" * 100_000,
    b'{"verdict": NaN}',
    b'{"verdict": ["promoted"]}',
]


@pytest.mark.parametrize("content", HOSTILE, ids=lambda one: repr(one[:12]))
def test_a_record_that_is_none_is_never_taken_for_a_verdict(account: Account, content: bytes) -> None:
    """The message names the object."""
    stack = PromotedStack(account)
    stack.put(stack.second, VERDICT_END, content)
    result = account.run(*SHOW, "--exit-status")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert f"s3://{OUTPUT_BUCKET}/{key_of(stack.second, VERDICT_END)} is not a record" in result.stderr


def test_what_is_in_a_record_cannot_control_the_terminal(account: Account) -> None:
    """A reason comes from a function of a user, and a tag from anybody who may set it."""
    stack = PromotedStack(account)
    evil = "\x1b[2J[red]x[/red]\r\n\u202e"
    numbers = {
        evil: evil,
        "big": 10**400,
        "flag": True,
        "list": [10**4000] * 99,
        "none": None,
        "deep": {"a": {}},
    }
    conditions = [{"type": evil, "answer": evil, "reason": evil * 2000, "numbers": numbers}, 5, {"type": {}}]
    stack.put(
        stack.second,
        PROGRESS_END,
        {"waitingFor": evil, "conditions": conditions, "since": evil, "functionErrors": []},
    )
    for form in ("text", "table"):
        result = account.run(*SHOW, "--output", form)
        assert result.exit_code == 0
        assert "[red]x[/red]" in result.stdout
        assert not set("\x1b\r\u202e") & set(result.output)
        assert len(result.stdout) < 60_000
    stack.decide(stack.second, time=evil, by=5, conditions=evil)
    assert account.run(*SHOW).exit_code == 0
    stack.put(stack.second, VERDICT_END, json.dumps({"verdict": "rejected", "x": "y" * 1_100_000}).encode())
    assert account.run(*SHOW).exit_code == 1


@pytest.mark.parametrize("body", ["null", "[]", "<html>"])
def test_what_is_no_answer_of_systems_manager_is_a_sentence(account: Account, body: str) -> None:
    """A proxy may answer anything; botocore fails at `null` after it has read it."""
    PromotedStack(account).add_parameter("none yet")
    account.endpoint.bodies["GetParameter"] = body
    result = account.run(*SHOW)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "is not an answer of AWS" in result.stderr


def test_a_denial_names_the_permission(account: Account) -> None:
    """Each call that may be denied; S3 also denies what does not exist, unless the bucket may be listed."""
    stack = PromotedStack(account)
    stack.add_parameter(stack.first)
    account.s3.errors["GetObject"] = (403, "AccessDenied", "Access Denied")
    assert [one["state"] for one in shown(account)] == ["undecided", "undecided"]
    account.s3.errors["ListObjectsV2"] = (403, "AccessDenied", "Access Denied")
    key = f"arn:aws:s3:::{OUTPUT_BUCKET}/{key_of(stack.first, VERDICT_END)}"
    assert f"s3:GetObject on {key} is not permitted" in account.run(*SHOW).stderr
    account.s3.errors.clear()
    account.endpoint.errors["GetParameter"] = (400, "AccessDeniedException", "no")
    arn = "arn:aws:ssm:us-east-1:111122223333:parameter/tickets/model"
    assert f"ssm:GetParameter on {arn} is not permitted" in account.run(*SHOW).stderr
    account.double.faults.add("GetCustomModelDeployment", Refuse.access_denied())
    assert "bedrock:GetCustomModelDeployment on arn:aws:bedrock" in account.run(*SHOW).stderr
    account.endpoint.errors.clear()
    account.double.faults.add("ListTagsForResource", Refuse.access_denied())
    assert f"bedrock:ListTagsForResource on {stack.second} is not permitted" in account.run(*SHOW).stderr
