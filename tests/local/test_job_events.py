"""In the local AWS: events of jobs through EventBridge, and calls of deployed models from a function."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib.testing.environment import outside_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from constructs_lib.testing import LocalAws

pytestmark = pytest.mark.local

SECONDS = 20
FUNCTION = """
import boto3
def handler(event, context):
    runtime = boto3.client("bedrock-runtime")
    prompt = [{"role": "user", "content": [{"text": "Hello"}]}]
    answer = runtime.converse(modelId=event["model"], messages=prompt)
    return answer["output"]["message"]["content"][0]["text"]
"""


def start_job(local_aws: LocalAws, name: str) -> str:
    """Start a job, and return its ARN."""
    return str(
        local_aws.client("bedrock").create_model_customization_job(
            jobName=name,
            customModelName=name,
            roleArn="arn:aws:iam::000000000000:role/Customization",
            baseModelIdentifier="amazon.nova-lite-v1:0:300k",
            trainingDataConfig={"s3Uri": "s3://bucket/train.jsonl"},
            outputDataConfig={"s3Uri": "s3://bucket/out"},
        )["jobArn"]
    )


@pytest.fixture
def received(local_aws: LocalAws) -> Iterator[Callable[[], dict[str, Any]]]:
    """Return a function that returns the next event of the jobs whose names begin with `events-`."""
    local_aws.bedrock.reset()
    queues, events = local_aws.client("sqs"), local_aws.client("events")
    url = queues.create_queue(QueueName="events-of-jobs")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["aws.bedrock"], "detail": {"jobName": [{"prefix": "events-"}]}}
    events.put_rule(Name="events-of-jobs", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="events-of-jobs", Targets=[{"Id": "queue", "Arn": arn}])

    def receive() -> dict[str, Any]:
        answer = queues.receive_message(QueueUrl=url, WaitTimeSeconds=SECONDS)
        [message] = answer["Messages"]
        queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return dict(json.loads(message["Body"]))

    yield receive
    events.remove_targets(Rule="events-of-jobs", Ids=["queue"])
    events.delete_rule(Name="events-of-jobs")
    queues.delete_queue(QueueUrl=url)
    local_aws.bedrock.reset()


def test_a_rule_gets_the_events_of_a_job(local_aws: LocalAws, received: Callable[[], dict[str, Any]]) -> None:
    """As AWS documents them, when a job starts and when it ends."""
    arn = start_job(local_aws, "events-1")
    started = received()
    assert (started["source"], started["detail-type"]) == (
        "aws.bedrock",
        "Model Customization Job State Change",
    )
    assert (started["account"], started["region"]) == (local_aws.account, local_aws.region)
    assert started["detail"]["jobStatus"] == "InProgress"
    local_aws.bedrock.configure(event_arn="full", events="twice")
    local_aws.bedrock.complete(arn)
    for ended in (received(), received()):
        assert (ended["resources"], ended["detail"]["jobArn"]) == ([arn], arn)
        assert ended["detail"]["jobStatus"] == "Completed"
        assert ended["detail"]["outputModelArn"] == local_aws.bedrock.models()[0].arn
    assert local_aws.bedrock.unsent() == ()


def test_an_event_that_was_lost_is_sent_by_hand(
    local_aws: LocalAws, received: Callable[[], dict[str, Any]]
) -> None:
    """With `emit`, which is then the only event of the job."""
    local_aws.bedrock.configure(events="none")
    arn = start_job(local_aws, "events-2")
    local_aws.bedrock.complete(arn)
    local_aws.bedrock.emit(arn, "Failed")
    assert received()["detail"]["jobStatus"] == "Failed"


def test_ministack_alone_accepts_no_events_of_aws() -> None:
    """So that an update of MiniStack that accepts them shows that the local AWS need not change it."""
    entry = {"Source": "aws.bedrock", "DetailType": "x", "Detail": "{}"}
    code = (
        "from ministack.services import eventbridge as e\n"
        f"print(e._put_events({{'Entries': [{entry!r}]}})[-1].decode())"
    )
    ended = subprocess.run(
        [sys.executable, "-P", "-c", code],
        env=outside_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    answer = json.loads(ended.stdout.splitlines()[-1])
    assert answer["Entries"][0]["ErrorCode"] == "NotAuthorizedForSourceException"


def test_a_function_calls_a_deployed_model(local_aws: LocalAws) -> None:
    """With no more than boto3's defaults, as on AWS."""
    local_aws.bedrock.reset()
    local_aws.bedrock.complete(start_job(local_aws, "called"))
    [model] = local_aws.bedrock.models()
    deployment = local_aws.bedrock.deploy_model(model.arn, name="called")
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as asset:
        asset.writestr("index.py", FUNCTION)
    functions = local_aws.client("lambda")
    functions.create_function(
        FunctionName="caller",
        Runtime="python3.13",
        Role=f"arn:aws:iam::{local_aws.account}:role/caller",
        Handler="index.handler",
        Timeout=30,
        Code={"ZipFile": file.getvalue()},
    )
    answer = functions.invoke(FunctionName="caller", Payload=json.dumps({"model": deployment}))
    functions.delete_function(FunctionName="caller")
    assert model.arn in json.loads(answer["Payload"].read())
    assert [call.operation for call in local_aws.bedrock.calls("Converse")] == ["Converse"]
    here = local_aws.client("bedrock-runtime")
    assert here.invoke_model(modelId=deployment, body="{}")["contentType"] == "application/json"
