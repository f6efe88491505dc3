"""Rules for the events of a job's status, as the template has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

from constructs_lib import AWS_OWNED_KEY, BaseModel, ModelCustomizationJob
from tests.synth.templates import OUTPUT, TRAIN, of_type, template

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs_lib import IModelCustomizationJob

BASE = "arn:aws:bedrock:us-east-1:111122223333:model-customization-job"
ARN = f"{BASE}/amazon.nova-lite-v1:0:300k/abcdefghijkl"


@pytest.fixture
def stack() -> cdk.Stack:
    """Return an empty stack."""
    return cdk.Stack(cdk.App(), "Tickets")


def triage(stack: cdk.Stack, **more: object) -> ModelCustomizationJob:
    """Define a job."""
    given: dict[str, Any] = {"output_data": OUTPUT, "custom_model_kms_key": AWS_OWNED_KEY} | more
    return ModelCustomizationJob(
        stack, "Triage", base_model=BaseModel.NOVA_LITE, training_data=TRAIN, **given
    )


def the_rule(stack: cdk.Stack) -> Any:  # noqa: ANN401 - a part of a template
    """Return the properties of the only rule."""
    [rule] = of_type(stack, "AWS::Events::Rule")
    return rule["Properties"]


@pytest.mark.parametrize(
    ("define", "statuses"),
    [
        (lambda job: job.on_state_change("Rule"), None),
        (lambda job: job.on_completed("Rule"), ["Completed"]),
        (lambda job: job.on_failed("Rule"), ["Failed"]),
        (lambda job: job.on_stopped("Rule"), ["Stopped"]),
    ],
)
@pytest.mark.parametrize("is_imported", [False, True])
def test_a_rule_for_each_status(
    stack: cdk.Stack,
    define: Callable[[IModelCustomizationJob], events.Rule],
    statuses: list[str] | None,
    *,
    is_imported: bool,
) -> None:
    """The pattern has the source, the type of the event, the job and `jobStatus`."""
    job = ModelCustomizationJob.from_job_arn(stack, "Known", ARN) if is_imported else triage(stack)
    define(job)
    pattern = the_rule(stack)["EventPattern"]
    assert pattern["source"] == ["aws.bedrock"]
    assert pattern["detail-type"] == ["Model Customization Job State Change"]
    assert pattern["detail"].get("jobStatus") == statuses
    if is_imported:
        assert pattern["detail"]["jobArn"] == [ARN, f"{BASE}/abcdefghijkl"]
    else:
        assert list(pattern["detail"]["jobName"][0]) == ["prefix"]


def test_a_job_with_a_name_is_found_by_the_whole_name(stack: cdk.Stack) -> None:
    """Another job may have a name that begins with it."""
    triage(stack, job_name="tickets-1").on_failed("Rule")
    assert the_rule(stack)["EventPattern"]["detail"]["jobName"] == ["tickets-1"]


def test_a_rule_does_not_wait_for_the_job(stack: cdk.Stack) -> None:
    """It is there before the job, so that an early failure is not missed."""
    job = triage(stack)
    job.notify_on_failure(sns.Topic(stack, "Topic"))
    [rule] = of_type(stack, "AWS::Events::Rule")
    custom_resource = stack.get_logical_id(job.node.default_child)  # type: ignore[arg-type] - a CfnElement
    assert custom_resource not in str(rule["Properties"].get("Targets"))
    assert "DependsOn" not in rule
    assert {"Ref": custom_resource} not in _values(rule)


def _values(part: object) -> list[object]:
    if isinstance(part, dict):
        return [part, *(value for one in part.values() for value in _values(one))]
    if isinstance(part, list):
        return [value for one in part for value in _values(one)]
    return [part]


def test_the_options_are_those_of_the_cdk(stack: cdk.Stack) -> None:
    """A further pattern is added to the one of the job."""
    queue = sqs.Queue(stack, "Queue")
    triage(stack).on_state_change(
        "Rule",
        target=targets.SqsQueue(queue),
        description="Any change",
        rule_name="changes",
        event_pattern=events.EventPattern(account=["111122223333"], detail={"jobStatus": ["Stopping"]}),
    )
    rule = the_rule(stack)
    assert (rule["Description"], rule["Name"]) == ("Any change", "changes")
    assert rule["EventPattern"]["account"] == ["111122223333"]
    assert rule["EventPattern"]["detail"]["jobStatus"] == ["Stopping"]
    assert "jobName" in rule["EventPattern"]["detail"]
    [target] = rule["Targets"]
    assert target["Arn"] == {"Fn::GetAtt": [stack.get_logical_id(queue.node.default_child), "Arn"]}


def test_a_function_may_be_called(stack: cdk.Stack) -> None:
    """Without the permission EventBridge would call it in vain, without an error."""
    function = lambda_.Function(
        stack,
        "Function",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.main",
        code=lambda_.Code.from_inline("def main(event, context): pass"),
    )
    triage(stack).on_completed("Rule", target=targets.LambdaFunction(function))
    [permission] = of_type(stack, "AWS::Lambda::Permission")
    assert permission["Properties"]["Principal"] == "events.amazonaws.com"


def test_several_topics_share_one_rule(stack: cdk.Stack) -> None:
    """The message names the job, the status, the account, the Region and the reason."""
    job = triage(stack)
    rules = [job.notify_on_failure(sns.Topic(stack, name)) for name in ("First", "Second")]
    assert rules[0].node.path == rules[1].node.path
    rule = the_rule(stack)
    first, second = rule["Targets"]
    assert first["Arn"] != second["Arn"]
    paths = first["InputTransformer"]["InputPathsMap"].values()
    assert set(paths) == {
        "$.account",
        "$.region",
        "$.detail.jobName",
        "$.detail.jobStatus",
        "$.detail.jobArn",
        "$.detail.failureMessage",
    }


def test_failure_and_end_are_two_rules(stack: cdk.Stack) -> None:
    """One topic for both receives two messages about a failure."""
    job, topic = triage(stack), sns.Topic(stack, "Topic")
    job.notify_on_failure(topic)
    job.notify_on_end(topic)
    found = [one["Properties"]["EventPattern"]["detail"] for one in of_type(stack, "AWS::Events::Rule")]
    assert [one["jobStatus"] for one in found] == [["Failed"], ["Completed", "Failed", "Stopped"]]


def test_the_topic_permits_eventbridge(stack: cdk.Stack) -> None:
    """Also where it is encrypted, then with the key's policy, which the app must write."""
    topic = sns.Topic(stack, "Topic", master_key=kms.Key(stack, "Key"))
    triage(stack).notify_on_end(topic)
    [policy] = of_type(stack, "AWS::SNS::TopicPolicy")
    [statement] = policy["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert statement["Action"] == "sns:Publish"


def test_without_a_rule_the_template_has_none(stack: cdk.Stack) -> None:
    """Nothing is created that nobody has asked for."""
    triage(stack)
    assert not [one for one in template(stack)["Resources"].values() if "::Events::" in one["Type"]]
