from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.testing import (
    BedrockServer,
    HandlerDidNotRespond,
    LookFailed,
    ObjectStore,
    ParameterStore,
    Refuse,
    StackResource,
    StartedExecutions,
    TaskFailed,
    run_handler,
    run_look,
    run_task,
)
from tests.lambda_.awaiting import CONDITION, RESULT_TYPE, waited_for
from tests.lambda_.builders import STACK, event, properties
from tests.lambda_.publishing import NAME, TYPE
from tests.lambda_.sweeping import LOGICAL_ID, RESULTS, sweep
from tests.lambda_.sweeping import TYPE as SWEEP_TYPE


def test_a_recorded_event_is_carried_out_by_the_files_of_the_asset() -> None:
    """Create, change of tags and Delete go all the way: process, SDK, HTTP, answer."""
    with BedrockServer() as server:
        made = run_handler(event("Create", "r-1"), bedrock_url=server.url)
        assert made["Status"] == "SUCCESS"
        [job] = server.double.jobs()
        assert made["PhysicalResourceId"] == job.arn
        assert (job.account, job.region) == ("123456789012", "eu-west-1")
        tagged = properties(JobTags=[{"key": "flag", "value": "true"}])
        changed = event(
            "Update",
            "r-2",
            PhysicalResourceId=job.arn,
            ResourceProperties=tagged,
            OldResourceProperties=properties(),
        )
        assert run_handler(changed, bedrock_url=server.url)["PhysicalResourceId"] == job.arn
        assert dict(server.double.jobs()[0].tags) == {"flag": "true"}
        server.double.configure(stopping_seconds=0)
        gone = event("Delete", "r-3", PhysicalResourceId=job.arn, ResourceProperties=tagged)
        assert run_handler(gone, bedrock_url=server.url)["Status"] == "SUCCESS"
        assert [one.status for one in server.double.jobs()] == ["Stopped"]


def test_every_field_of_a_new_api_reaches_bedrock() -> None:
    """The function's own service model knows typed fields, whatever the SDK knows."""
    rft = {
        "graderConfig": {
            "lambdaGrader": {"lambdaArn": "arn:aws:lambda:eu-west-1:123456789012:function:grader"}
        },
        "hyperParameters": {"epochCount": "3", "learningRate": "1e-05"},
    }
    desired = properties(
        {
            "customizationType": "REINFORCEMENT_FINE_TUNING",
            "hyperParameters": None,
            "customizationConfig": {"rftConfig": rft},
        }
    )
    with BedrockServer() as server:
        assert (
            run_handler(event("Create", ResourceProperties=desired), bedrock_url=server.url)["Status"]
            == "SUCCESS"
        )
        [job] = server.double.jobs()
    sent = job.request["customizationConfig"]["rftConfig"]["hyperParameters"]
    assert sent == {"epochCount": 3, "learningRate": 1e-05}


def test_the_stack_can_be_anywhere() -> None:
    """A replay may set the stack's status."""
    with BedrockServer() as server:
        answer = run_handler(event("Create"), bedrock_url=server.url, stack_status="ROLLBACK_IN_PROGRESS")
        assert server.double.jobs() == ()
    assert answer["Status"] == "FAILED"


def test_throttling_and_server_errors_are_tried_again_by_the_sdk() -> None:
    """The SDK's standard retries come before the handler's own."""
    with BedrockServer() as server:
        server.double.faults.add("CreateModelCustomizationJob", Refuse.throttled())
        server.double.faults.add("CreateModelCustomizationJob", Refuse.internal())
        assert run_handler(event("Create"), bedrock_url=server.url)["Status"] == "SUCCESS"
        assert len(server.double.jobs()) == 1


def test_the_log_can_be_read() -> None:
    """One line of JSON for each act, and nothing that would let anybody answer in our place."""
    lines: list[str] = []
    with BedrockServer() as server:
        run_handler(event("Create"), bedrock_url=server.url, log=lines.append)
    acts = [json.loads(line)["act"] for line in lines]
    assert acts == ["decided", "job started", "response sent"]
    assert "canary" not in "".join(lines)


def test_the_documented_replay_works(tmp_path: Path) -> None:
    """What docs/troubleshooting.md shows runs as it stands."""
    page = (Path(__file__).parents[2] / "docs" / "troubleshooting.md").read_text()
    shown = re.search(r"## Replay.*?```python\n(.*?)```", page, re.DOTALL)
    assert shown
    (tmp_path / "event.json").write_text(json.dumps(event("Create")))
    done = subprocess.run(
        [sys.executable, "-c", shown[1]], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert "SUCCESS None arn:aws:bedrock" in done.stdout


def test_a_published_model_goes_all_the_way() -> None:
    """Create, a look after the training, and Delete: process, SDK, HTTP, Systems Manager."""
    store = ParameterStore()
    with BedrockServer() as server:
        job = run_handler(event("Create", "r-1"), bedrock_url=server.url)["PhysicalResourceId"]
        resources = {
            "Job": StackResource("Custom::BedrockModelCustomizationJob", job),
            "Published": StackResource(TYPE, NAME),
        }
        given = {
            "ResourceType": TYPE,
            "LogicalResourceId": "Published",
            "ResourceProperties": {"ParameterName": NAME, "Job": "Job", "JobArn": job, "OnDelete": "Delete"},
        }

        def send(kind: str, **members: str) -> dict[str, Any]:
            told = event(kind, f"r-{kind}", **given, **members)
            return run_handler(told, bedrock_url=server.url, resources=resources, parameters=store)

        assert send("Create")["Data"] == {"Value": ""}
        things = [
            {"kind": "job", "job": "Job"},
            {"kind": "published", "job": "Job", "resource": "Published", "parameter": NAME},
        ]
        server.double.complete(job)
        lines = run_look(STACK, things, bedrock_url=server.url, resources=resources, parameters=store)
        [model] = server.double.models()
        assert store.values == {NAME: model.arn}
        assert store.tags(NAME)["cdk-bedrock-customization:resource"] == "Published"
        assert [line["Failed"] for line in lines if "_aws" in line] == [0]
        assert send("Delete", PhysicalResourceId=NAME)["Status"] == "SUCCESS"
        assert store.values == {}


def test_a_look_that_fails_shows_the_log() -> None:
    """Lambda would repeat it."""
    job = "arn:aws:bedrock:eu-west-1:123456789012:model-customization-job/amazon.nova-lite-v1:0/abcdefghwxyz"
    resources = {"Job": StackResource("Custom::BedrockModelCustomizationJob", job)}
    with BedrockServer() as server:
        server.double.faults.add("GetModelCustomizationJob", Refuse.internal(), times=99)
        with pytest.raises(LookFailed, match="not followed"):
            run_look(
                STACK,
                [{"kind": "job", "job": "Job"}],
                bedrock_url=server.url,
                resources=resources,
                seconds=14,
            )


def test_a_job_is_waited_for_all_the_way() -> None:
    """The execution before the job, its tasks, the signals, the result: process, SDK, HTTP."""
    executions, signals = StartedExecutions(), []
    with BedrockServer() as server:
        told = event("Create", ResourceProperties=waited_for())
        job = run_handler(told, bedrock_url=server.url, executions=executions)["PhysicalResourceId"]
        [given] = executions.inputs.values()
        resources = {
            "Job": StackResource("Custom::BedrockModelCustomizationJob", job, "CREATE_COMPLETE"),
            CONDITION: StackResource("AWS::CloudFormation::WaitCondition", "arn", "CREATE_IN_PROGRESS"),
        }

        def look(task: dict[str, Any]) -> dict[str, Any]:
            return run_task(task, bedrock_url=server.url, resources=resources, signals=signals)

        first = look(given["task"])
        assert (first["isOver"], first["pause"], first["task"]["sent"]) == (False, 30, 1)
        server.double.complete(job)
        assert look(first["task"])["isOver"]
        assert [one for _, one in signals] == [
            f"1-validation-InProgress-{job[-12:]}",
            *(f"{number}-Completed-{job[-12:]}" for number in (2, 3, 4)),
        ]
        settings = {
            "Until": "Completion",
            "Seconds": "21600",
            "FailOnFailure": "true",
            "FailOnTimeout": "false",
        }
        result = event(
            "Create",
            ResourceType=RESULT_TYPE,
            LogicalResourceId="JobResult",
            ResourceProperties={"Job": "Job", "JobArn": job, **settings},
        )
        answer = run_handler(result, bedrock_url=server.url, resources=resources)
        [model] = server.double.models()
    assert (answer["Status"], answer["Data"]["OutputModelArn"]) == ("SUCCESS", model.arn)


def test_a_sweep_goes_all_the_way() -> None:
    """The definition, each trial, the report and the parameter: process, SDK, HTTP, S3."""
    store, objects, executions = ParameterStore(), ObjectStore(), StartedExecutions()
    with BedrockServer() as server:
        desired = sweep(2, ParameterName=NAME)
        told = event(
            "Create", ResourceType=SWEEP_TYPE, LogicalResourceId=LOGICAL_ID, ResourceProperties=desired
        )
        made = run_handler(told, bedrock_url=server.url, objects=objects, executions=executions)
        assert made["Data"] == {"ResultsUri": RESULTS, "Trials": "2"}
        [given] = executions.inputs.values()
        resources = {
            LOGICAL_ID: StackResource(SWEEP_TYPE, made["PhysicalResourceId"]),
            "Best": StackResource(TYPE, NAME),
        }

        def carry_out(task: dict[str, Any]) -> dict[str, Any]:
            return run_task(
                task,
                bedrock_url=server.url,
                resources=resources,
                stack_status="CREATE_COMPLETE",
                parameters=store,
                objects=objects,
            )

        started = [carry_out(one["task"]) for one in given["trials"]]
        assert [one["status"] for one in objects.json(RESULTS)["trials"]] == ["InProgress"] * 2
        for job in server.double.jobs():
            server.double.complete(job.arn)
        assert all(carry_out(one["task"])["isOver"] for one in started)
        assert carry_out(given["report"]["task"])["isOver"]
        results = objects.json(RESULTS)
        assert (results["finished"], store.values) == (True, {NAME: results["best"]["modelArn"]})


def test_a_task_that_fails_shows_the_log() -> None:
    """The state machine would repeat it."""
    job = "arn:aws:bedrock:eu-west-1:123456789012:model-customization-job/amazon.nova-lite-v1:0/abcdefghwxyz"
    resources = {"Job": StackResource("Custom::BedrockModelCustomizationJob", job)}
    task = {"kind": "wait", "stackId": STACK, "resource": "Job", "waitCondition": CONDITION}
    with pytest.raises(TaskFailed, match="crashed"):
        run_task(task, bedrock_url="http://127.0.0.1:9:9", resources=resources)


def test_a_task_needs_its_stack() -> None:
    """Account and Region come from the stack's ARN."""
    with pytest.raises(ValueError, match="stackId must be a stack's ARN"):
        run_task({"kind": "wait"}, bedrock_url="http://127.0.0.1:9", resources={})


def test_silence_is_an_error_that_shows_the_log() -> None:
    """An event that cannot be answered is not taken for a success."""
    with BedrockServer() as server, pytest.raises(HandlerDidNotRespond, match="event refused"):
        run_handler(event("Create", LogicalResourceId=None), bedrock_url=server.url)


def test_an_event_needs_its_stack() -> None:
    """Account and Region come from the stack's ARN."""
    with pytest.raises(ValueError, match="StackId must be a stack's ARN"):
        run_handler(event("Create", StackId="stack"), bedrock_url="http://127.0.0.1:9")
