"""What `orphans` finds, and with how many calls."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore import xform_name

from constructs_lib.cli.orphans import ending_command
from constructs_lib.contract.promotion import CANDIDATE_TAG
from constructs_lib.contract.resource import STACK_TAG
from constructs_lib.monitoring.aws_access import AwsAccess
from constructs_lib.monitoring.job_owners import JobOwner, Ownership
from constructs_lib.monitoring.orphans import Kind, Orphan
from constructs_lib.testing.bedrock import BedrockDouble, BedrockServer, Clock, Refuse
from tests.unit.monitoring.conftest import ACCOUNT, REGION
from tests.unit.monitoring.owned_jobs import READS, ClockOf, operations, put_stack, stack_arn, start

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.unit.monitoring.conftest import Account

TICKETS = stack_arn("Tickets")
KINDS = ["job", "model", "deployment", "throughput"]


def found(account: Account, *options: str, code: int = 0) -> dict[str, Any]:
    """Return what `orphans --output json` prints; every call that it makes only reads."""
    result = account.run("orphans", "--output", "json", *options)
    assert result.exit_code == code, result.stderr
    made = operations(account)
    assert all(one.startswith(READS) for one in made), made
    document = json.loads(result.stdout)
    assert document["calls"] >= len(set(made))
    assert document["complete"] == (not result.stderr)
    return dict(document)


def named(document: dict[str, Any]) -> dict[str, str]:
    """Return the owners of what was found, by kind and ARN."""
    return {f"{one['kind']} {one['arn']}": one["owner"] for one in document["items"]}


def end(command: str) -> None:
    """Send what a printed command of the AWS CLI sends."""
    program, service, name, option, identifier, *others = shlex.split(command)
    assert (program, service, others) == ("aws", "bedrock", ["--region", REGION])
    bedrock = boto3.client("bedrock", region_name=REGION)
    model = bedrock.meta.service_model
    [operation] = [one for one in model.operation_names if xform_name(one, "-") == name]
    [member] = model.operation_model(operation).input_shape.members
    assert option == f"--{xform_name(member, '-')}"
    getattr(bedrock, xform_name(operation))(**{member: identifier})


def test_an_empty_account(account: Account) -> None:
    """The result says what was looked for, where, and with how many calls; no stack is read for nothing."""
    result = account.run("orphans", env={"COLUMNS": "200"})
    assert result.stdout == (
        f"No job, model, deployment or throughput without an owner in account {ACCOUNT} in us-east-1. "
        "Nothing was changed. 6 calls to AWS.\n"
    )
    assert "ListStacks" not in account.endpoint.calls


def test_a_job_whose_stack_is_deleted(account: Account) -> None:
    """It is found with the command that stops it, for the AWS that was asked."""
    arn = start(account, TICKETS)
    put_stack(account, TICKETS, "DELETE_COMPLETE", Triage=arn)
    account.double.clock.advance(30 * 60)
    result = account.run("orphans", "--region", REGION, env={"COLUMNS": "60"}, obj=ClockOf(account))
    lines = result.stdout.splitlines()
    [job] = account.double.jobs()
    assert lines[0] == f"job {job.name}"
    assert lines[1] == "  InProgress since 00:00 (30 min); costs tokens until it is"
    assert lines[2].strip() == "stopped"
    assert "  stack Tickets: deleted" in lines
    assert f"  bedrock-customize stop {arn} --region {REGION}" in lines
    assert all(len(one) <= 60 for one in lines if "bedrock-customize stop" not in one)
    assert "1 job without an owner" in result.stdout


def test_jobs_that_stacks_own(account: Account) -> None:
    """Two jobs in a stack, one with a name that was chosen, and one in a nested stack."""
    nested = stack_arn("Tickets-Inner-1ABC")
    put_stack(
        account,
        TICKETS,
        Triage=start(account, TICKETS),
        Named=start(account, TICKETS, "Named", name="chosen"),
    )
    put_stack(account, nested, Inner=start(account, nested, "Inner"))
    account.endpoint.stacks[nested]["root"] = TICKETS
    assert found(account)["items"] == []
    # The generated names tell the stack; the token of the third job is read.
    assert Counter(operations(account)) == {
        "ListModelCustomizationJobs": 2,
        "ListCustomModels": 1,
        "ListCustomModelDeployments": 1,
        "ListProvisionedModelThroughputs": 1,
        "GetModelCustomizationJob": 1,
        "ListStacks": 1,
        "ListStackResources": 2,
        "GetCallerIdentity": 1,
    }


def test_a_stack_that_was_created_again(account: Account) -> None:
    """A stack's ARN is never used twice, so the job of the first stack has no owner."""
    again = stack_arn("Tickets", 1)
    first, second = start(account, TICKETS), start(account, again)
    put_stack(account, TICKETS, "DELETE_COMPLETE", Triage=first)
    put_stack(account, again, Triage=second)
    assert named(found(account)) == {f"job {first}": "stack Tickets: deleted"}


def test_a_stack_that_is_no_longer_listed(account: Account) -> None:
    """CloudFormation lists a deleted stack for 90 days."""
    arn = start(account, TICKETS)
    assert named(found(account)) == {f"job {arn}": "a stack that was deleted more than 90 days ago"}


@pytest.mark.parametrize("is_nested", [False, True])
def test_a_job_that_an_update_replaces_is_no_orphan(account: Account, *, is_nested: bool) -> None:
    """CloudFormation may roll back, or stops it in the cleanup; of nested stacks the outermost decides."""
    root = stack_arn("Root")
    old, new = start(account, TICKETS), start(account, TICKETS, number=1)
    put_stack(account, TICKETS, "UPDATE_COMPLETE" if is_nested else "UPDATE_IN_PROGRESS", Triage=new)
    put_stack(account, root, "UPDATE_IN_PROGRESS")
    account.endpoint.stacks[TICKETS]["root"] = root if is_nested else ""
    document = found(account, "--exit-code")
    assert document["items"] == []
    [one] = document["stillNeeded"]
    assert (one["arn"], one["reason"]) == (old, "its stack is being changed, or may be rolled back")
    assert one["owner"] == f"stack {'Root' if is_nested else 'Tickets'}: UPDATE_IN_PROGRESS"

    put_stack(account, TICKETS, "UPDATE_COMPLETE", Triage=new)
    assert named(found(account, "--exit-code", code=1)) == {
        f"job {old}": "stack Tickets, resource Triage: has another job"
    }


def test_a_deployment_that_only_asked_a_model_is_an_orphan_after_two_days(account: Account) -> None:
    """The function deletes it within a day; after that it takes one of ten, and can be deleted by hand."""
    arn = start(account, TICKETS)
    account.double.complete(arn)
    put_stack(account, TICKETS, Triage=arn)
    [model] = [one.arn for one in account.double.models()]
    tags = {STACK_TAG: TICKETS, CANDIDATE_TAG: model.rpartition("/")[2]}
    account.double.deploy_model(model, name="asked", tags=tags)

    def seen() -> tuple[list[Any], list[Any]]:
        result = account.run("orphans", "--deployments", "--output", "json", obj=ClockOf(account))
        document = json.loads(result.stdout)
        return document["items"], document["stillNeeded"]

    items, [needed] = seen()
    assert items == []
    assert needed["reason"] == "the promotion of its model asks it, and deletes it within a day"
    account.double.clock.advance(2 * 24 * 3600)
    [item], needed = seen()
    assert (item["name"], needed) == ("asked", [])
    assert item["owner"] == "stack Tickets: made to ask a model before its promotion"
    assert item["command"].startswith("aws bedrock delete-custom-model-deployment")


def test_a_job_that_is_being_stopped(account: Account) -> None:
    """It still costs, and nothing more can be done about it."""
    arn = start(account, TICKETS)
    account.double.call("StopModelCustomizationJob", {"jobIdentifier": arn}, account=ACCOUNT)
    result = account.run("orphans", "--output", "json", "--query", "items[].[state,command]")
    assert json.loads(result.stdout) == [["Stopping", None]]


def test_models_that_cost_storage(account: Account) -> None:
    """A replaced one and one of a deleted stack are found, what is served or needed is not."""
    old, new = start(account, TICKETS), start(account, TICKETS, number=1)
    gone = stack_arn("Gone")
    lost, served = start(account, gone), start(account, gone, number=1)
    for arn in (old, lost, served):
        account.double.complete(arn)
    account.double.deploy_model(model_of(account, served), name="chat")
    put_stack(account, TICKETS, Triage=new)
    put_stack(account, gone, "DELETE_COMPLETE")

    running = found(account, "--models")
    assert named(running) == {f"model {model_of(account, lost)}": "stack Gone: deleted"}
    [kept] = running["stillNeeded"]
    assert (kept["arn"], kept["reason"]) == (
        model_of(account, old),
        "the job that replaced its job has no model",
    )

    account.double.complete(new)
    assert named(found(account, "--models")) == {
        f"model {model_of(account, old)}": "stack Tickets, resource Triage: has another job",
        f"model {model_of(account, lost)}": "stack Gone: deleted",
    }


def model_of(account: Account, arn: str) -> str:
    """Return the ARN of the model that a job has created."""
    [job] = [one for one in account.double.jobs() if one.arn == arn]
    return str(next(one.arn for one in account.double.models() if one.name == job.model_name))


def serve(account: Account, model: str) -> None:
    """Serve a model for a stack that is gone, for one that exists, and by hand."""
    put_stack(account, TICKETS)
    for name, stack in {"gone": stack_arn("Gone"), "owned": TICKETS, "by-hand": ""}.items():
        tags = {STACK_TAG: stack} if stack else {}
        account.double.deploy_model(model, name=name, tags=tags)
        account.double.provision(model, name=name, units=2, tags=tags)


def test_deployments_and_throughputs(account: Account) -> None:
    """They are found by the tag with the ARN of their stack; others only with --all."""
    account.double.complete(account.start_job("tickets"))
    [model] = account.double.models()
    serve(account, model.arn)
    ours = found(account)
    assert [(one["kind"], one["name"], one["owner"]) for one in ours["items"]] == [
        ("deployment", "gone", "stack Gone: deleted"),
        ("throughput", "gone", "stack Gone: deleted"),
    ]
    assert ours["items"][1]["costs"] == "2 model units by the hour"
    everything = found(account, "--all", "--deployments", "--throughputs")
    assert [(one["name"], one["owner"]) for one in everything["items"] if one["kind"] == "throughput"] == [
        ("by-hand", "not started by this library"),
        ("gone", "stack Gone: deleted"),
    ]


def test_each_command_ends_what_it_is_printed_for(account: Account) -> None:
    """First what serves, then the model that is not served any more."""
    account.double.complete(start(account, TICKETS))
    put_stack(account, TICKETS, "DELETE_COMPLETE")
    [model] = account.double.models()
    account.double.deploy_model(model.arn, name="chat", tags={STACK_TAG: TICKETS})
    account.double.provision(model.arn, name="chat-pt", tags={STACK_TAG: TICKETS})
    rounds = []
    for _ in range(3):
        items = json.loads(account.run("orphans", "--output", "json", "--region", REGION).stdout)["items"]
        rounds.append([one["kind"] for one in items])
        for one in items:
            end(one["command"])
    assert rounds == [["deployment", "throughput"], ["model"], []]


def test_the_command_for_the_local_aws(tmp_path: Path) -> None:
    """The AWS CLI gets the environment of the local AWS, and the shell keeps its own."""
    access = AwsAccess(session=None, region=REGION, options=("--local",), is_local=True)
    model = Orphan(
        kind=Kind.MODEL,
        name="tickets",
        arn="arn:of:it's",
        state="Active",
        since=datetime.now(UTC),
        costs="",
        owner=JobOwner(ownership=Ownership.DELETED),
    )
    command = ending_command(model, access)
    (tmp_path / ".local-aws").mkdir()
    (tmp_path / ".local-aws" / "env").write_text("export WHERE=local\n")
    (tmp_path / "aws").write_text('#!/bin/sh\necho "$WHERE" "$@"\n')
    (tmp_path / "aws").chmod(0o755)
    ran = subprocess.run(
        ["sh", "-c", f'{command} && echo "here: $WHERE"'],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == "local bedrock delete-custom-model --model-identifier arn:of:it's\nhere: \n"
    job = replace(model, kind=Kind.JOB, state="InProgress")
    assert ending_command(job, access) == "bedrock-customize stop 'arn:of:it'\"'\"'s' --local"


def test_what_this_library_has_not_made(account: Account) -> None:
    """Other tokens, and none: they are listed with --all, and are marked."""
    other = account.start_job("other", clientRequestToken="v2-00000000-not-ours")
    model = account.start_job("without")
    account.double.complete(model)
    assert found(account)["items"] == []
    assert named(found(account, "--all")) == {
        f"job {other}": "not started by this library",
        f"model {model_of(account, model)}": "not started by this library",
    }


def test_hundreds_of_stacks_and_jobs(account: Account) -> None:
    """Of 200 stacks only those are read that the jobs name, and of 500 jobs only those that no stack has."""
    account.double.configure(scheduled_jobs=1000, custom_models=1000)
    account.endpoint.page = 100
    stacks = [stack_arn(f"Stack{number}") for number in range(200)]
    for number in range(500):
        stack = stacks[number % 50]
        arn = start(account, stack, number=number)
        if number < 492:
            account.double.complete(arn)
        if number >= 450:
            put_stack(account, stack, Triage=arn)
    for stack in stacks[50:]:
        put_stack(account, stack)
    document = found(account, "--jobs")
    assert document["items"] == []
    assert document["calls"] == 1 + 2 + 2 + 8
    after_jobs = operations(account)

    document = found(account)
    # Of 42 stacks the last job has a model, of 8 it still runs.
    assert (len(document["items"]), len(document["stillNeeded"])) == (42 * 9, 8 * 9)
    made = Counter(operations(account)) - Counter(after_jobs)
    assert made == {
        "GetCallerIdentity": 1,
        "ListModelCustomizationJobs": 3,
        "ListCustomModels": 1,
        "ListCustomModelDeployments": 1,
        "ListProvisionedModelThroughputs": 1,
        "ListStacks": 2,
        "ListStackResources": 50,
        "GetModelCustomizationJob": 450,
    }
    assert document["calls"] == made.total() == 509


class SmallPages(BedrockDouble):
    """Bedrock with two things on a page, whatever the caller asks for."""

    def call(self, operation: str, request: Mapping[str, Any], **caller: str) -> dict[str, Any]:
        """Carry out an operation."""
        is_list = operation.startswith("List") and operation != "ListTagsForResource"
        return super().call(operation, {**request, "maxResults": 2} if is_list else request, **caller)


def test_every_list_has_pages(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is on the last page of stacks, resources, jobs, models, deployments and throughputs counts."""
    double = SmallPages(clock=Clock.still(), account=ACCOUNT)
    account = replace(account, double=double)
    account.endpoint.page = 2
    with BedrockServer(double) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK", server.url)
        jobs = [start(account, TICKETS, f"Job{number}") for number in range(6)]
        for arn in jobs:
            double.complete(arn)
        models = [model_of(account, arn) for arn in jobs]
        for number in range(3):
            put_stack(account, stack_arn(f"Other{number}"))
            double.deploy_model(models[number], name=f"chat{number}")
            double.provision(models[-number - 1], name=f"chat{number}")
        put_stack(account, TICKETS, A="a", B="b", C="c", Job3=jobs[3])
        running = start(account, stack_arn("Gone"))
        assert named(found(account)) == {f"job {running}": "a stack that was deleted more than 90 days ago"}
        double.withdraw("chat2")
        assert set(named(found(account))) == {f"job {running}", f"model {models[2]}"}
    assert {one.request.get("nextToken") for one in double.calls("ListCustomModels")} == {None, "2", "4"}


def test_throttled_in_the_middle(account: Account) -> None:
    """The calls are sent again, and nothing is missing."""
    gone = [start(account, stack_arn("Gone"), number=number) for number in range(3)]
    put_stack(account, TICKETS)
    account.double.faults.add("ListModelCustomizationJobs", Refuse.throttled(), skip=1)
    account.double.faults.add("GetModelCustomizationJob", Refuse.throttled(), skip=1)
    account.endpoint.throttled["ListStacks"] = 1
    assert len(found(account)["items"]) == len(gone)


def test_without_the_right_to_list_stacks(account: Account) -> None:
    """It is said once; jobs are listed by their tokens, without a command that could end an owned one."""
    arns = [start(account, TICKETS, number=number) for number in range(2)]
    account.start_job("other")
    account.double.complete(arns[1])
    account.endpoint.errors["ListStacks"] = (403, "AccessDenied", "not authorized: cloudformation:ListStacks")
    result = account.run("orphans", env={"COLUMNS": "60"})
    assert result.exit_code == 1
    said = " ".join(result.stderr.split())
    assert said.startswith("The stacks could not be listed, so who owns a job is unknown. ListStacks is not ")
    assert said.count("cloudformation:ListStacks") == said.count("ListStacks is not permitted") == 1
    assert result.stdout.count("  owner unknown\n") == 2
    assert "bedrock-customize stop" not in result.stdout
    assert "aws bedrock" not in result.stdout
    assert [one["command"] for one in found(account, code=1)["items"]] == [None, None]


def test_without_the_right_to_read_a_stack(account: Account) -> None:
    """Jobs of the stacks that can be read are listed as ever; of the others it is said once."""
    arns = [start(account, TICKETS, number=number) for number in range(2)]
    put_stack(account, TICKETS, Triage=arns[0])
    account.endpoint.errors["ListStackResources"] = (403, "AccessDenied", "not authorized")
    document = found(account, code=1)
    assert [one["owner"] for one in document["items"]] == ["owner unknown"] * 2


@pytest.mark.parametrize(
    ("operation", "sentence", "kinds"),
    [
        ("ListCustomModels", "The custom models could not be listed. ", ["job", "deployment", "throughput"]),
        ("ListCustomModelDeployments", "which models are served is unknown. ", ["job", "throughput"]),
        ("ListProvisionedModelThroughputs", "which models are served is unknown. ", ["job", "deployment"]),
        ("ListModelCustomizationJobs", "The jobs could not be listed. ", ["deployment", "throughput"]),
        ("GetModelCustomizationJob", "Some jobs could not be read", KINDS),
        ("ListTagsForResource", "The tags of some deployments or throughputs", KINDS),
    ],
)
def test_what_is_denied_is_said_and_the_rest_listed(
    account: Account, operation: str, sentence: str, kinds: list[str]
) -> None:
    """A model is not listed where nobody knows whether it is served."""
    gone = stack_arn("Gone")
    put_stack(account, gone, "DELETE_COMPLETE")
    for number in range(2):
        account.double.complete(start(account, gone, number=number))
    start(account, gone, number=3)
    served, _ = account.double.models()
    account.double.deploy_model(served.arn, name="chat", tags={STACK_TAG: gone})
    account.double.provision(served.arn, name="chat", tags={STACK_TAG: gone})
    account.double.faults.add(operation, Refuse.access_denied(f"bedrock:{operation}"), times=50)
    result = account.run("orphans", "--output", "json")
    document = json.loads(result.stdout)
    assert result.exit_code == 1
    assert sentence in result.stderr
    assert result.stderr.count(f"bedrock:{operation} ") == 1
    assert not document["complete"]
    assert [one["kind"] for one in document["items"]] == kinds


def test_a_commitment_is_said_with_its_end(account: Account) -> None:
    """A throughput with a commitment cannot be deleted before."""
    account.double.complete(account.start_job("tickets"))
    [model] = account.double.models()
    account.double.provision(model.arn, name="chat", commitment="SixMonths")
    result = account.run("orphans", "--all", env={"COLUMNS": "200"})
    assert "costs 1 model unit by the hour, committed until 2026-06-30" in result.stdout


def test_hostile_names(account: Account) -> None:
    """Names of stacks can control neither the terminal nor the command."""
    arn = start(account, stack := stack_arn("[red]Ti\u202ecket"))
    put_stack(account, stack, "DELETE_COMPLETE")
    for form in ("text", "table"):
        result = account.run("orphans", "--output", form)
        assert "\u202e" not in result.stdout
        assert "[red]" in result.stdout
    assert found(account)["items"][0]["arn"] == arn


def test_credentials_that_have_expired(account: Account) -> None:
    """Nothing can be read then."""
    account.double.faults.add("*", Refuse.expired_token(), times=50)
    result = account.run("orphans")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("The AWS credentials have expired; sign in again")


def test_a_query_that_is_none(account: Account) -> None:
    """It is wrong usage, before AWS is asked."""
    assert account.run("orphans", "--query", "items[").exit_code == 2
    assert not operations(account)
    start(account, TICKETS)
    assert account.run("orphans", "--query", "items[].[kind,state]").stdout == "job\tInProgress\n"


def test_ctrl_c_while_aws_limits_the_rate(account: Account) -> None:
    """The program ends at once, and does not wait until each call has been tried ten times."""
    account.double.configure(scheduled_jobs=100)
    for number in range(30):
        start(account, TICKETS, number=number, name=f"tickets-{number}")
    account.double.faults.add("GetModelCustomizationJob", Refuse.throttled(), for_seconds=600)
    program = [sys.executable, "-m", "constructs_lib.cli", "orphans", "--jobs"]
    with subprocess.Popen(program, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        while not account.double.calls("GetModelCustomizationJob"):
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=120)
    assert (process.returncode, output, errors) == (130, "", "interrupted\n")
