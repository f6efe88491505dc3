"""Deployed rules: against the event that AWS documents, and with the events of jobs and of S3."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

from constructs_lib import AWS_OWNED_KEY, BaseModel, ModelCustomizationJob, TrainingData
from tests.synth.templates import OUTPUT, TRAIN

if TYPE_CHECKING:
    from tests.local.deployment import Deployment

pytestmark = pytest.mark.local

ARN = "arn:aws:bedrock:us-east-1:123456789012:model-customization-job/abcdefghwxyz"


def triage(stack: cdk.Stack) -> None:
    """Define a job whose failure is reported to a topic."""
    job = ModelCustomizationJob(
        stack,
        "Triage",
        base_model=BaseModel.NOVA_LITE,
        training_data=TRAIN,
        output_data=OUTPUT,
        custom_model_kms_key=AWS_OWNED_KEY,
    )
    job.notify_on_failure(sns.Topic(stack, "Topic"))


def event(name: str, status: str = "Failed", **changes: Any) -> str:  # noqa: ANN401 - members of the event
    """Return the documented event, for a job of this name."""
    detail = {"version": "0.0", "jobName": name, "jobArn": ARN, "jobStatus": status}
    whole = {
        "version": "0",
        "id": "5e6f7a8b-0000-1111-2222-333344445555",
        "detail-type": "Model Customization Job State Change",
        "source": "aws.bedrock",
        "account": "123456789012",
        "time": "2023-08-11T12:34:56Z",
        "region": "us-east-1",
        "resources": [ARN],
        "detail": detail,
    }
    return json.dumps(whole | changes)


def test_the_rule_matches_the_failure_of_its_own_job_only(tickets: Deployment) -> None:
    """The pattern is the one that CloudFormation has created, with the stack's own id in it."""
    tickets.deploy(triage)
    client = tickets.aws.client("events")
    [rule] = [one for one in client.list_rules()["Rules"] if "NotifyOnFailure" in one["Name"]]

    def matches(event: str) -> bool:
        return bool(client.test_event_pattern(EventPattern=rule["EventPattern"], Event=event)["Result"])

    name = tickets.job_name
    assert matches(event(name))
    assert not matches(event(name, "Completed"))
    assert not matches(event("another-job"))
    assert not matches(event(name, **{"detail-type": "Batch Inference Job State Change"}))
    assert not matches(event(name, source="custom.bedrock"))
    assert not matches(event(name, detail={"jobName": name, "status": "Failed"}))


def test_a_failure_is_a_message(tickets: Deployment) -> None:
    """The topic gets a sentence with the job, its status and Bedrock's message, and none for the start."""
    tickets.deploy(triage)
    queues, topics = tickets.aws.client("sqs"), tickets.aws.client("sns")
    [topic] = [
        one["TopicArn"] for one in topics.list_topics()["Topics"] if "Tickets-Topic" in one["TopicArn"]
    ]
    url = queues.create_queue(QueueName="failures")["QueueUrl"]
    queue = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topics.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    tickets.aws.bedrock.fail(tickets.job_name, "The training data has no records.")
    [message] = queues.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
    queues.delete_queue(QueueUrl=url)
    text = json.loads(message["Body"])["Message"]
    assert f"{tickets.job_name} has the status Failed in account {tickets.aws.account}" in text
    assert "The training data has no records." in text


def test_new_data_is_an_event(tickets: Deployment) -> None:
    """The bucket of the app sends events; the marker comes through, and nothing uploaded before it."""

    def new_data(stack: cdk.Stack) -> None:
        bucket = s3.Bucket(stack, "Data", removal_policy=cdk.RemovalPolicy.DESTROY)
        queue = sqs.Queue(stack, "Queue")
        job = ModelCustomizationJob(
            stack,
            "Triage",
            base_model=BaseModel.NOVA_LITE,
            training_data=TrainingData.from_bucket(bucket, "tickets/train.jsonl"),
            output_data=OUTPUT,
            custom_model_kms_key=AWS_OWNED_KEY,
        )
        job.on_new_data("Landed", marker="tickets/_SUCCESS", target=targets.SqsQueue(queue))
        cdk.CfnOutput(stack, "Bucket", value=bucket.bucket_name)
        cdk.CfnOutput(stack, "Url", value=queue.queue_url)

    tickets.deploy(new_data)
    bucket, url = tickets.outputs["Bucket"], tickets.outputs["Url"]
    store, queues = tickets.aws.client("s3"), tickets.aws.client("sqs")
    keys = ("tickets/train.jsonl", "tickets/out/_SUCCESS", "tickets/_SUCCESS")
    for key in keys:
        store.put_object(Bucket=bucket, Key=key, Body=b"{}")
    [message] = queues.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
    assert json.loads(message["Body"])["detail"]["object"]["key"] == "tickets/_SUCCESS"
    left = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    assert left["Attributes"]["ApproximateNumberOfMessages"] == "0"
    for key in keys:
        store.delete_object(Bucket=bucket, Key=key)
