"""Distillation from a training file and from logged invocations, with data in buckets of the stack.

`cdk deploy --app "python examples/distill.py"`
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
stack = cdk.Stack(app, "Distill")
logs = s3.Bucket(stack, "Logs", enforce_ssl=True)

ModelCustomizationJob(
    stack,
    "FromPrompts",
    base_model=BaseModel.NOVA_LITE,
    customization=Customization.distillation("amazon.nova-pro-v1:0", max_response_length=1000),
    training_data=TrainingData.from_file(Path(__file__).with_name("distill-nova.jsonl")),
)
ModelCustomizationJob(
    stack,
    "FromLogs",
    base_model=BaseModel.NOVA_MICRO,
    customization=Customization.distillation("amazon.nova-pro-v1:0"),
    training_data=TrainingData.from_invocation_logs(
        InvocationLogs.from_bucket(logs, "bedrock/")
        .with_responses()
        .choosing(MetadataFilter.equals("project", "triage"))
    ),
)
app.synth()
