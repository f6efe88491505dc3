"""The fixtures that the library gives to everybody's tests."""

import aws_cdk as cdk
import pytest

from constructs_lib import BaseModel, ModelCustomizationJob
from constructs_lib.testing import CdkError, Deployments, DoubleControl, LocalAws, Refuse

pytestmark = pytest.mark.local


def tickets(scope: cdk.App | cdk.Stage, **arguments: object) -> cdk.Stack:
    """Define a stack with one job."""
    stack = cdk.Stack(scope, "PluginTickets")
    data = "s3://amzn-s3-demo-bucket/train.jsonl"
    job = ModelCustomizationJob(
        stack, "Triage", base_model=BaseModel.NOVA_LITE, training_data=data, **arguments
    )  # type: ignore[arg-type]
    cdk.CfnOutput(stack, "Name", value=job.job_name)
    return stack


def test_a_stack_is_deployed_trained_and_updated(deploy: Deployments, bedrock: DoubleControl) -> None:
    """`deploy` returns outputs and jobs, and `bedrock` controls the double that they are in."""
    first = deploy(tickets(cdk.App(), job_tags={"team": "a"}))
    assert first.outputs["PluginTickets"]["Name"] == first.job["jobName"]
    bedrock.complete(first.job["jobArn"])

    second = deploy(tickets(cdk.App(), job_tags={"team": "b"}))
    assert second.job["status"] == "Completed"
    assert second.job["jobArn"] == first.job["jobArn"]
    assert len(bedrock.calls("CreateModelCustomizationJob")) == 1


def test_every_test_begins_with_nothing(deploy: Deployments, bedrock: DoubleControl) -> None:
    """The stacks of the test before are destroyed, also those below a stage; a failure has its reasons."""
    assert bedrock.jobs() == ()
    stacks = deploy.aws.client("cloudformation").describe_stacks()["Stacks"]
    assert "PluginTickets" not in {one["StackName"] for one in stacks}

    bedrock.add_fault("CreateModelCustomizationJob", Refuse("ValidationException", "the sky is not blue"))
    app = cdk.App()
    stack = tickets(cdk.Stage(app, "Prod"))
    with pytest.raises(CdkError) as caught:
        deploy(app)
    summary, reason, *_ = str(caught.value).splitlines()
    assert summary == "Prod/PluginTickets could not be deployed"
    assert reason.startswith("Triage")
    assert "the sky is not blue" in reason
    with pytest.raises(ValueError, match=r"must be for the account and the Region of the local AWS"):
        deploy(cdk.Stack(cdk.App(), "Elsewhere", env=cdk.Environment(account="111122223333")))
    assert stack.stack_name == "Prod-PluginTickets"


def test_the_session_has_one_local_aws(local_aws: LocalAws, deploy: Deployments) -> None:
    """It has been bootstrapped, and is the one that `deploy` deploys to."""
    assert deploy.aws is local_aws
    assert local_aws.client("cloudformation").describe_stacks(StackName="CDKToolkit")["Stacks"]
