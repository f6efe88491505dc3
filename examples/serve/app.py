"""Train, publish, deploy and invoke a model: `cdk deploy`.

`-c revision=2` trains again: the deployment keeps its ARN, and serves the old model until the new one is
complete. docs/serving.md explains what happens when.
"""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns

from constructs_lib import (
    BaseModel,
    CustomModelDeployment,
    ModelCustomizationJob,
    Release,
    TrainingData,
)

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
        training_data=TrainingData.from_file(Path(__file__).with_name("train.jsonl")),
        revision=revision,
    )
    job.alarm_on_failure(sns.Topic(stack, "Failures"))
    job.publish_model_arn(f"/{stack.stack_name}/model")
    deployment = CustomModelDeployment(stack, "Serve", model=job, release=Release.ON_COMPLETION)

    ask = lambda_.Function(
        stack,
        "Ask",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(ASK),
        timeout=cdk.Duration.minutes(1),
        environment={"DEPLOYMENT_PARAMETER": deployment.arn_parameter_name or ""},
    )
    deployment.grant_invoke(ask)
    deployment.grant_read(ask)
    cdk.CfnOutput(stack, "AskName", value=ask.function_name)


if __name__ == "__main__":
    app = cdk.App()
    nova = cdk.Environment(region="us-east-1")  # where AWS deploys Nova on demand
    define(cdk.Stack(app, "Serve", env=nova), revision=app.node.try_get_context("revision"))
    app.synth()
