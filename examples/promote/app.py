"""Retrain, and let a new model serve only if it is not worse.

    cdk deploy -c revision=2

The old model serves until the new one is promoted. An hour long, an error of the function that asks the model
takes the new one back. docs/promotion.md says which condition to use, and what happens when.
"""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_

from constructs_lib import (
    Bake,
    BaseModel,
    CustomModelDeployment,
    ModelCustomizationJob,
    PromoteIf,
    Release,
    TrainingData,
    ValidationData,
)

HERE = Path(__file__).parent

ASK = """
import os

import boto3


def handler(event, context):
    parameter = boto3.client("ssm").get_parameter(Name=os.environ["DEPLOYMENT_PARAMETER"])
    answer = boto3.client("bedrock-runtime").converse(
        modelId=parameter["Parameter"]["Value"],
        messages=[{"role": "user", "content": [{"text": event["ticket"]}]}],
    )
    return answer["output"]["message"]["content"][0]["text"]
"""


def define(stack: cdk.Stack, revision: str | None = None) -> None:
    """Define everything in a stack.

    Args:
        stack: the stack.
        revision: another text trains again. Default: only a change of the job does.
    """
    job = ModelCustomizationJob(
        stack,
        "Triage",
        base_model=BaseModel.NOVA_LITE,
        training_data=TrainingData.from_file(HERE / "train.jsonl"),
        validation_data=[ValidationData.from_file(HERE / "validation.jsonl")],
        revision=revision,
    )
    parameter = f"/{stack.stack_name}/deployment-arn"
    ask = lambda_.Function(
        stack,
        "Ask",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(ASK),
        timeout=cdk.Duration.minutes(1),
        environment={"DEPLOYMENT_PARAMETER": parameter},
    )
    errors = cloudwatch.Alarm(
        stack,
        "Errors",
        metric=ask.metric_errors(),
        threshold=1,
        evaluation_periods=1,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )
    deployment = CustomModelDeployment(
        stack,
        "Serve",
        model=job,
        release=Release.ON_COMPLETION,
        arn_parameter_name=parameter,
        promote_if=PromoteIf.validation_loss(margin=0.02),
        bake=Bake(alarms=[errors], duration=cdk.Duration.hours(1)),
    )
    deployment.grant_invoke(ask)
    deployment.grant_read(ask)
    cdk.CfnOutput(stack, "AskName", value=ask.function_name)
    cdk.CfnOutput(stack, "AlarmName", value=errors.alarm_name)


if __name__ == "__main__":
    app = cdk.App()
    nova = cdk.Environment(region="us-east-1")  # where AWS deploys Nova on demand
    define(cdk.Stack(app, "Promote", env=nova), revision=app.node.try_get_context("revision"))
    app.synth()
