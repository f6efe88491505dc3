"""Distill a large model into a small one, from prompts: `cdk deploy`.

With `cdk deploy --all -c logs=BUCKET` also from model invocation logs. BUCKET is the bucket of model
invocation logging in this account and Region, with the prefix `bedrock/`. The logs must contain at least 100
invocations of the teacher with the metadata `project: triage`.
"""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from constructs_lib import (
    BaseModel,
    Customization,
    InvocationLogs,
    MetadataFilter,
    ModelCustomizationJob,
    TrainingData,
)

TEACHER = "amazon.nova-pro-v1:0"


def define(stack: cdk.Stack) -> None:
    """Define a job that asks the teacher to answer prompts, and trains the student with the answers.

    Args:
        stack: the stack.
    """
    ModelCustomizationJob(
        stack,
        "FromPrompts",
        base_model=BaseModel.NOVA_LITE,
        customization=Customization.distillation(TEACHER, max_response_length=1000),
        training_data=TrainingData.from_file(Path(__file__).with_name("train.jsonl")),
    )


def define_from_logs(stack: cdk.Stack, bucket: str) -> None:
    """Define a job that trains the student with what the teacher has answered in production.

    Args:
        stack: the stack.
        bucket: the name of the bucket with the logs.
    """
    logs = InvocationLogs.from_bucket(s3.Bucket.from_bucket_name(stack, "Logs", bucket), "bedrock/")
    ModelCustomizationJob(
        stack,
        "FromLogs",
        base_model=BaseModel.NOVA_MICRO,
        customization=Customization.distillation(TEACHER),
        training_data=TrainingData.from_invocation_logs(
            logs.with_responses().filtered_by(MetadataFilter.equals("project", "triage"))
        ),
    )


if __name__ == "__main__":
    app = cdk.App()
    nova = cdk.Environment(region="us-east-1")  # where AWS customizes Nova
    define(cdk.Stack(app, "Distill", env=nova))
    if name := app.node.try_get_context("logs"):
        # A separate stack: if this job cannot start, the rollback stops only the jobs in the same stack.
        define_from_logs(cdk.Stack(app, "DistillLogs", env=nova), name)
    app.synth()
