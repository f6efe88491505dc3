"""Distillation from a training file; with `-c logs=BUCKET` also from model invocation logs.

`cdk deploy --all --app "python examples/distill.py" -c logs=BUCKET`

BUCKET is the bucket of model invocation logging in this account and Region, with the prefix `bedrock/`. The
logs must contain at least 100 invocations of the teacher with the metadata `project: triage`.
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

app = cdk.App()
nova = cdk.Environment(region="us-east-1")  # where AWS customizes Nova

ModelCustomizationJob(
    cdk.Stack(app, "Distill", env=nova),
    "FromPrompts",
    base_model=BaseModel.NOVA_LITE,
    customization=Customization.distillation("amazon.nova-pro-v1:0", max_response_length=1000),
    training_data=TrainingData.from_file(Path(__file__).with_name("distill-nova.jsonl")),
)

if name := app.node.try_get_context("logs"):
    # A separate stack: if this job cannot start, the rollback stops only the jobs in the same stack.
    stack = cdk.Stack(app, "DistillLogs", env=nova)
    logs = InvocationLogs.from_bucket(s3.Bucket.from_bucket_name(stack, "Logs", name), "bedrock/")
    ModelCustomizationJob(
        stack,
        "FromLogs",
        base_model=BaseModel.NOVA_MICRO,
        customization=Customization.distillation("amazon.nova-pro-v1:0"),
        training_data=TrainingData.from_invocation_logs(
            logs.with_responses().filtered_by(MetadataFilter.equals("project", "triage"))
        ),
    )

app.synth()
