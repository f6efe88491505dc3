import json
import re
from collections.abc import Iterator

import aws_cdk as cdk
import pytest

from constructs_lib import (
    AWS_OWNED_KEY,
    BaseModel,
    Customization,
    InvocationLogs,
    JobProvider,
    MetadataFilter,
    ModelCustomizationJob,
    OutputData,
    TrainingData,
)
from constructs_lib.testing import Refuse
from tests.local.deployment import Deployment

CANARY = "canary-7c1e"
"""The value of a request metadata filter, which the API marks as sensitive."""

RESPONSE_URL = "_ministack/cfn-response"
"""MiniStack's path for responses; whoever knows the UUID after it could send a response."""

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

pytestmark = pytest.mark.local


def distill(stack: cdk.Stack, *, max_length: int = 1000, secret: str = CANARY) -> ModelCustomizationJob:
    """Define a job with a secret in its filters, with debug logging and a log group that is kept."""
    provider = JobProvider(stack, "Provider", debug=True)
    provider.node.find_child("Logs").apply_removal_policy(cdk.RemovalPolicy.RETAIN)
    logs = InvocationLogs.from_s3_uri("s3://amzn-s3-demo-bucket/logs/")
    return ModelCustomizationJob(
        stack,
        "Distill",
        base_model=BaseModel.NOVA_LITE,
        customization=Customization.distillation("amazon.nova-pro-v1:0", max_response_length=max_length),
        training_data=TrainingData.from_invocation_logs(
            logs.filtered_by(
                MetadataFilter.or_all(
                    MetadataFilter.equals("project", secret), MetadataFilter.not_equals(f"key-{CANARY}", "x")
                )
            )
        ),
        output_data=OutputData.from_s3_uri("s3://amzn-s3-demo-bucket/out/"),
        custom_model_kms_key=AWS_OWNED_KEY,
        provider=provider,
    )


def with_a_filter_that_is_too_long(stack: cdk.Stack) -> ModelCustomizationJob:
    """Define a job whose filter value is longer than 1,024 characters, which only the handler can see."""
    parameter = cdk.CfnParameter(stack, "Project", default=CANARY * 100)
    return distill(stack, secret=parameter.value_as_string)


def visible_texts(stack: Deployment) -> Iterator[str]:
    """Yield everything that users with read access to stacks and logs see, except templates."""
    cloudformation = stack.aws.client("cloudformation")
    yield from stack.log_lines()
    yield from (json.dumps(event, default=str) for event in stack.events())
    yield json.dumps(cloudformation.describe_stacks(StackName=stack.stack_id)["Stacks"], default=str)
    yield json.dumps(cloudformation.describe_stack_resources(StackName=stack.stack_id), default=str)


def uuids_of_lines(lines: list[str]) -> set[str]:
    """Return the UUIDs in log lines, except those of stack, event and invocation."""
    text = "\n".join(lines)
    named = re.findall(r'"requestId": "([^"]+)"|RequestId: (\S+)|:stack/[^/]+/([^"]+)"', text)
    return set(UUID.findall(text)) - {one for several in named for one in several}


def test_neither_filters_nor_the_response_url_are_shown(tickets: Deployment) -> None:
    """They appear neither after Create, Update and Delete nor in errors of Bedrock and the handler."""
    fault = Refuse.validation(f"the filter {CANARY} is odd, see http://127.0.0.1/{RESPONSE_URL}/1")
    tickets.aws.bedrock.add_fault("CreateModelCustomizationJob", fault)
    reasons = [tickets.fail(distill)]
    assert "CreateModelCustomizationJob failed (ValidationException)" in reasons[0]
    assert "the filter *** is odd" in reasons[0]
    assert tickets.jobs == []
    seen = list(visible_texts(tickets))
    tickets.destroy()

    tickets.deploy(distill)
    tickets.deploy(lambda scope: distill(scope, max_length=500))
    assert [status for _, status in tickets.jobs] == ["Stopped", "InProgress"]
    reasons.append(tickets.fail(with_a_filter_that_is_too_long))
    assert "No job was started, because the request is not valid" in reasons[1]
    tickets.destroy()
    assert [status for _, status in tickets.jobs] == ["Stopped", "Stopped"]
    seen += visible_texts(tickets)

    assert CANARY in json.dumps(dict(tickets.aws.bedrock.jobs()[0].request))
    lines = tickets.log_lines()
    acts = {json.loads(line)["act"] for line in lines if line.startswith("{")}
    assert {"decided", "job started", "job asked to stop", "job ended", "response sent"} <= acts
    assert [text for text in [*seen, *reasons] if CANARY in text or RESPONSE_URL in text] == []
    assert uuids_of_lines(lines) == set()
