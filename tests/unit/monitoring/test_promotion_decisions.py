"""`approve`, `reject`, `promote` and `withdraw` through the real console: what they write, and refuse."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

import boto3
import pytest
from customization_job.frame.objects import StoredObject
from customization_job.promotion.store import Store as FunctionStore

from constructs_lib.contract.promotion import (
    APPROVAL_NOTE_TAG,
    APPROVED_TAG,
    PROGRESS_END,
    PROMOTED,
    VERDICT_END,
    WITHDRAWN_END,
)
from constructs_lib.testing import Refuse
from tests.unit.monitoring.conftest import ACCOUNT, OUTPUT_BUCKET
from tests.unit.monitoring.owned_jobs import start
from tests.unit.monitoring.promotions import (
    DEPLOYMENT,
    PARAMETER,
    PUBLISHED,
    SERVE,
    TICKETS,
    PromotedStack,
    key_of,
)

if TYPE_CHECKING:
    from typer.testing import Result

    from tests.unit.monitoring.conftest import Account

IN_STACK = ("--stack", "Tickets")
ANN = "arn:aws:sts::111122223333:assumed-role/Team/ann"


def text(result: Result, code: int = 0) -> str:
    """Return what a command has printed, as one line."""
    assert result.exit_code == code, result.output
    return " ".join(result.output.split())


def refused(result: Result) -> str:
    """Return why a command has changed nothing."""
    found = text(result, 1)
    assert found.endswith("Nothing was changed."), found
    return found


@pytest.fixture
def stack(account: Account) -> PromotedStack:
    """Return a stack whose candidate waits for a person."""
    found = PromotedStack(account, ["ValidationLoss", "Approved"], StateMachine="arn")
    found.wait_for(found.second, "waits for a person")
    return found


@pytest.mark.parametrize("by", ["arn", "stack", "stack and name"])
def test_a_model_is_approved_by_its_tag(account: Account, stack: PromotedStack, by: str) -> None:
    """Its stack is found by the job that has trained it; the note becomes a tag, too."""
    [name] = [one.name for one in account.double.models() if one.arn == stack.second]
    named = {"arn": [stack.second], "stack": IN_STACK, "stack and name": [name, *IN_STACK]}
    found = text(account.run("approve", *named[by], "--yes", "--note", "read 20 answers"))
    assert stack.tags(stack.second) == {APPROVED_TAG: "approved", APPROVAL_NOTE_TAG: "read 20 answers"}
    assert stack.tags(stack.first) == {}
    assert found.endswith(
        f"{name} has the tag of a model that is approved. The function acts on it within minutes while the "
        "state machine runs, else within an hour."
    )
    assert "PutObject" not in account.s3.calls
    assert f"{name} is approved already." in text(account.run("approve", *named[by]))


def test_nothing_is_changed_without_a_yes(account: Account, stack: PromotedStack) -> None:
    """Without a terminal --yes is needed; what would be changed is shown before."""
    account.double.complete(account.start_job("before"))
    [before] = [one.arn for one in account.double.models() if one.name == "before"]
    stack.decide(stack.first, PROMOTED, serving=before)
    for command in (["approve"], ["reject"], ["promote", "--force"], ["withdraw"]):
        records = dict(account.s3.buckets[OUTPUT_BUCKET])
        assert "pass --yes to go on" in refused(account.run(*command, *IN_STACK))
        assert stack.tags(stack.second) == {}
        assert account.s3.buckets[OUTPUT_BUCKET] == records


def test_an_undecided_model_is_asked_about_again(account: Account) -> None:
    """The answers go, what the approval waits for stays, and the function reads the record as its own."""
    stack = PromotedStack(account, ["ValidationLoss", "Function"])
    unsure = {"type": "Function", "answer": "unsure", "reason": "it gave no answer", "numbers": {}}
    stack.wait_for(
        stack.second,
        "it is not sure",
        serving=stack.first,
        conditions=[{**unsure, "number": 1}],
        functionErrors=3,
        changes=0,
        asked=5.0,
        policy="0123456789abcdef",
        sinceSeconds=1.0,
    )
    shown = text(account.run("promotion", *IN_STACK))
    assert f"bedrock-customize ask-again {stack.second}" in shown
    records = dict(account.s3.buckets[OUTPUT_BUCKET])
    assert "pass --yes to go on" in refused(account.run("ask-again", *IN_STACK))
    assert account.s3.buckets[OUTPUT_BUCKET] == records
    found = text(account.run("ask-again", stack.second, "--yes"))
    assert f"{SERVE} asks about " in found
    record = stack.record(stack.second, PROGRESS_END)
    assert record is not None
    before = json.loads(records[key_of(stack.second, PROGRESS_END)])
    gone = {"conditions": [], "functionErrors": 0, "waitingFor": "", "changes": 0}
    assert record == {**before, **gone}


def test_what_is_decided_or_not_asked_about_is_not_asked_again(account: Account) -> None:
    """Nothing is written."""
    stack = PromotedStack(account)
    records = dict(account.s3.buckets[OUTPUT_BUCKET])
    assert "was not asked about yet" in text(account.run("ask-again", stack.second, "--yes"))
    assert account.s3.buckets[OUTPUT_BUCKET] == records
    stack.decide(stack.second)
    records = dict(account.s3.buckets[OUTPUT_BUCKET])
    assert "is decided already" in text(account.run("ask-again", stack.second, "--yes"))
    assert account.s3.buckets[OUTPUT_BUCKET] == records


def test_a_person_may_change_the_mind_while_nothing_is_decided(
    account: Account, stack: PromotedStack
) -> None:
    """The tag has the last answer."""
    text(account.run("approve", stack.second, "--yes"))
    text(account.run("reject", stack.second, "--yes"))
    assert stack.tags(stack.second) == {APPROVED_TAG: "rejected"}


def test_an_approval_that_would_change_nothing_is_refused(account: Account) -> None:
    """No condition asks a person; `reject` works all the same."""
    stack = PromotedStack(account)
    found = refused(account.run("approve", stack.second, "--yes"))
    assert f"bedrock-customize promote {stack.second} --force" in found
    text(account.run("reject", stack.second, "--yes"))
    assert stack.tags(stack.second) == {APPROVED_TAG: "rejected"}


def test_an_unsure_policy_may_ask_a_person(account: Account) -> None:
    """WhenUnsure.ASK is enough, without the condition."""
    stack = PromotedStack(account, WhenUnsure="Ask")
    text(account.run("approve", stack.second, "--yes"))
    assert stack.tags(stack.second) == {APPROVED_TAG: "approved"}


def test_a_model_that_is_decided_is_not_approved_or_rejected(account: Account, stack: PromotedStack) -> None:
    """The tag would have no effect any more."""
    stack.decide(stack.second)
    for command in ("approve", "reject"):
        found = refused(account.run(command, stack.second, "--yes"))
        assert f"It is decided already. {SERVE}: " in found
        assert "is rejected." in found
    assert "has no undecided candidate" in text(account.run("approve", *IN_STACK, "--yes"), 1)
    assert stack.tags(stack.second) == {}


def test_a_model_that_is_no_candidate_is_refused(account: Account, stack: PromotedStack) -> None:
    """Of an older job, of nobody's job, of another stack, and one that does not exist."""
    other = account.start_job("other")
    account.double.complete(other)
    for model, reason in (
        (stack.first, "(stack Tickets, resource Triage: has another job)"),
        ("other", "(not started by this library)"),
        ("missing", "has no custom model missing; check the name"),
        (stack.second[:-12] + "0" * 12, "has no custom model arn:aws:bedrock"),
    ):
        assert reason in text(account.run("approve", model, "--yes"), 1)
    assert "has no candidate other" in text(account.run("approve", "other", *IN_STACK, "--yes"), 1)
    alone = start(account, TICKETS, "Alone")
    account.double.complete(alone)
    stack.resources.append(("Custom::BedrockModelCustomizationJob", "Alone", alone))
    stack.add_deployment()
    [model] = [one.model_arn for one in account.double.jobs() if one.arn == alone]
    found = text(account.run("approve", str(model), "--yes"), 1)
    assert "has a promotion policy and serves the models of Alone" in found


@pytest.mark.parametrize(
    "command",
    [
        ["approve"],
        ["approve", "no model"],
        ["approve", "x", "--resource", "Serve"],
        ["approve", "x", "--note", "one\u00e9"],
        ["reject", "x", "--note", "x" * 257],
        ["promote", "x"],
        ["withdraw"],
        ["promotion"],
        ["promotion", "--stack", "Tickets", "--every", "1s"],
    ],
    ids=" ".join,
)
def test_wrong_usage_asks_nobody(account: Account, command: list[str]) -> None:
    """Exit status 2, without a call to AWS."""
    assert account.run(*command).exit_code == 2
    assert account.endpoint.calls == account.s3.calls == list(account.double.calls()) == []


def test_a_rejected_model_is_promoted_by_force(account: Account) -> None:
    """The verdict says who, why, and what served; the numbers of the function stay in it."""
    stack = PromotedStack(account)
    before = stack.decide(stack.second, serving=stack.first)
    found = text(account.run("promote", stack.second, "--force", "--yes", "--note", "numbers are \u00fcber"))
    verdict = stack.record(stack.second, VERDICT_END)
    assert verdict is not None
    assert verdict == {
        **before,
        "verdict": "promoted",
        "reason": f"forced by {ANN}: numbers are \u00fcber",
        "serving": stack.first,
        "job": stack.job,
        "time": verdict["time"],
        "by": "person",
        "forced": True,
    }
    assert f"{SERVE} will serve {stack.second}, whatever its conditions say." in found
    stack.swap(stack.second)
    [name] = [one.name for one in account.double.models() if one.arn == stack.second]
    assert "there is nothing to do." in text(account.run("promote", name, "--force"))


def test_force_is_after_a_withdrawal(account: Account) -> None:
    """The record of the withdrawal stays, and the model can be taken back once more."""
    stack = PromotedStack(account)
    stack.decide(stack.second, PROMOTED, serving=stack.first)
    stack.withdraw(stack.second, stack.first, time="2026-11-27T11:00:00Z")
    text(account.run("promote", stack.second, "--force", "--yes"))
    stack.swap(stack.second)
    assert account.run("promotion", *IN_STACK, "--exit-status").exit_code == 0
    text(account.run("withdraw", *IN_STACK, "--yes"))
    record = stack.record(stack.second, WITHDRAWN_END)
    assert record is not None
    assert record["reason"] == f"withdrawn by {ANN}"


def test_the_predecessor_of_a_forced_model_is_one_that_may_serve(account: Account) -> None:
    """While a withdrawn model still serves, it is the one that the withdrawal goes back to."""
    stack = PromotedStack(account)
    stack.decide(stack.second, PROMOTED, serving=stack.first)
    stack.swap(stack.second)
    stack.withdraw(stack.second, stack.first)
    third, _ = stack.train()
    text(account.run("promote", third, "--force", "--yes"))
    verdict = stack.record(third, VERDICT_END)
    assert verdict is not None
    assert verdict["serving"] == stack.first


def test_what_serves_is_withdrawn_everywhere(account: Account) -> None:
    """A parameter and a deployment with one model go back together; the printed commands do it at once."""
    stack = PromotedStack(account)
    stack.add_parameter(stack.second)
    stack.swap(stack.second)
    for resource in (SERVE, PUBLISHED):
        stack.decide(stack.second, PROMOTED, serving=stack.first, resource=resource)
    result = account.run("withdraw", *IN_STACK, "--yes", "--note", "bad answers")
    assert f"{SERVE} goes back from {stack.second} to {stack.first}" in text(result)
    for resource in (SERVE, PUBLISHED):
        record = stack.record(stack.second, WITHDRAWN_END, resource)
        assert record is not None
        assert record["reason"] == f"withdrawn by {ANN}: bad answers"
        assert (record["candidate"], record["to"], record["by"]) == (stack.second, stack.first, "person")
    swap, put = (line.split() for line in result.stdout.splitlines() if line.startswith("  aws "))
    assert shlex.join(put) == (f"aws ssm put-parameter --overwrite --name {PARAMETER} --value {stack.first}")
    *_, name_option, name, model_option, model = swap
    assert (name_option, model_option) == ("--custom-model-deployment-identifier", "--model-arn")
    boto3.client("bedrock").update_custom_model_deployment(
        customModelDeploymentIdentifier=name, modelArn=model
    )
    account.double.activate(DEPLOYMENT)
    account.endpoint.parameters[PARAMETER] = put[-1]
    assert account.run("promotion", *IN_STACK, "--exit-status").exit_code == 3


def test_the_function_reads_what_the_console_writes(account: Account) -> None:
    """Its own store accepts a forced verdict, a withdrawal, and a promotion that overrules the withdrawal."""
    stack = PromotedStack(account)
    stack.add_parameter("none yet")
    text(account.run("promote", stack.second, "--force", "--yes"))
    stack.swap(stack.second)
    text(account.run("withdraw", *IN_STACK, "--resource", SERVE, "--yes"))
    deployed, published = function_store(account, SERVE), function_store(account, PUBLISHED)
    verdict, withdrawal = deployed.verdict(stack.second), deployed.withdrawal(stack.second)
    assert verdict is not None
    assert withdrawal is not None
    assert (verdict.is_promoted, verdict.is_forced, verdict.serving) == (True, True, stack.first)
    assert (withdrawal.to, withdrawal.is_overruled_by(verdict)) == (stack.first, False)
    first = published.verdict(stack.second)
    assert first is not None
    assert first.serving == ""
    text(account.run("promote", stack.second, "--force", "--yes"))
    assert withdrawal.is_overruled_by(deployed.verdict(stack.second))


def function_store(account: Account, resource: str) -> FunctionStore:
    """Return the records of a resource as the function reads them."""

    class Objects:
        def find(self, bucket: str, key: str, _account: str) -> StoredObject | None:
            content = account.s3.buckets[bucket].get(key)
            return None if content is None else StoredObject(content, "1")

    prefix = key_of("", "", resource)
    return FunctionStore(OUTPUT_BUCKET, prefix, ACCOUNT, Objects())  # type: ignore[arg-type]


def test_what_is_withdrawn_already_is_left_as_it_is(account: Account) -> None:
    """Exit status 0: what was wanted is so."""
    stack = PromotedStack(account)
    stack.decide(stack.second, PROMOTED, serving=stack.first)
    stack.swap(stack.second)
    stack.withdraw(stack.second, stack.first)
    assert "is withdrawn already." in text(account.run("withdraw", *IN_STACK))
    assert "PutObject" not in account.s3.calls


def test_a_withdrawal_without_a_way_back_is_refused(account: Account) -> None:
    """No record, no predecessor, a withdrawn or deleted one, nothing that serves, different models."""
    stack = PromotedStack(account)

    def why() -> str:
        return refused(account.run("withdraw", *IN_STACK, "--yes"))

    assert f"No record says what {SERVE} has served before {stack.first}" in why()
    stack.decide(stack.first, PROMOTED)
    assert f"{stack.first} is the first model of {SERVE}" in why()
    stack.decide(stack.first, PROMOTED, serving=stack.second)
    stack.withdraw(stack.second, "")
    assert f"{stack.second}, was taken back itself" in why()
    stack.decide(stack.first, PROMOTED, serving=stack.first[:-12] + "0" * 12)
    assert "does not exist any more" in why()
    stack.add_parameter(stack.second)
    assert "They serve different models; choose one with --resource." in why()
    stack.add_deployment("gone")
    stack.add_parameter("")
    assert f"{SERVE} serves no model." in why()
    assert "PutObject" not in account.s3.calls


def test_what_somebody_else_decides_meanwhile_is_not_overwritten(account: Account) -> None:
    """The function or another person may write while the question is asked."""
    stack = PromotedStack(account)
    account.s3.before_put = lambda: stack.decide(stack.second, serving=stack.first)
    found = text(account.run("promote", stack.second, "--force", "--yes"), 1)
    assert "Somebody else has decided about" in found
    verdict = stack.record(stack.second, VERDICT_END)
    assert verdict is not None
    assert verdict["verdict"] == "rejected"
    # The same where there was a verdict before.
    account.s3.before_put = lambda: stack.decide(stack.second, serving=stack.first, reason="another")
    text(account.run("promote", stack.second, "--force", "--yes"), 1)
    account.s3.before_put = lambda: stack.withdraw(stack.first, stack.second)
    stack.decide(stack.first, PROMOTED, serving=stack.second)
    text(account.run("withdraw", *IN_STACK, "--yes"), 1)
    record = stack.record(stack.first, WITHDRAWN_END)
    assert record is not None
    assert record["by"] == "function"


def test_a_denial_of_a_change_names_the_permission(account: Account, stack: PromotedStack) -> None:
    """With the resource, and for a tag with its key: that is how an approver is permitted."""
    account.double.faults.add("TagResource", Refuse.access_denied())
    found = text(account.run("approve", stack.second, "--yes"), 1)
    assert f"bedrock:TagResource on {stack.second} with the key {APPROVED_TAG} is not permitted" in found
    account.s3.errors["PutObject"] = (403, "AccessDenied", "Access Denied")
    found = text(account.run("promote", stack.second, "--force", "--yes"), 1)
    key = f"arn:aws:s3:::{OUTPUT_BUCKET}/{key_of(stack.second, VERDICT_END)}"
    assert f"cannot be written: s3:PutObject on {key} is not permitted" in found
    account.s3.errors["PutObject"] = (403, "AccessDenied", "not allowed to perform: kms:GenerateDataKey")
    found = text(account.run("promote", stack.second, "--force", "--yes"), 1)
    assert "kms:GenerateDataKey on the key of the bucket" in found


def test_several_candidates_of_a_stack_are_named(account: Account, stack: PromotedStack) -> None:
    """One of them must be chosen."""
    alone = start(account, TICKETS, "Alone")
    account.double.complete(alone)
    stack.resources.append(("Custom::BedrockModelCustomizationJob", "Alone", alone))
    stack.add_parameter("none yet")
    template = json.loads(account.endpoint.stacks[TICKETS]["template"])
    template["Resources"][PUBLISHED]["Properties"]["Job"] = "Alone"
    account.endpoint.stacks[TICKETS]["template"] = json.dumps(template)
    found = text(account.run("approve", *IN_STACK, "--yes"), 1)
    assert "has several candidates" in found
    assert f"for {SERVE}, " in found
    text(account.run("approve", *IN_STACK, "--resource", PUBLISHED, "--yes"))
    [model] = [str(one.model_arn) for one in account.double.jobs() if one.arn == alone]
    assert stack.tags(model) == {APPROVED_TAG: "approved"}
