"""Distillation from a training file; with `-c logs=BUCKET` also from invocations that were logged before.

`cdk deploy --all --app "python examples/distill.py" -c logs=BUCKET`

The bucket is the one that model invocation logging has written to, below `bedrock/`, in this account and
Region. It must contain at least 100 invocations of the teacher with the metadata `project: triage` by then.
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
    # A stack of its own: if this job cannot start, the rollback stops only what is in the same stack.
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
