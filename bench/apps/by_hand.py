"""The same resources as L1s by hand, with the same policies: what the library's own work is measured by."""

import sys
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

from constructs_lib.permissions import (
    HandlerNeeds,
    S3Location,
    ServiceRoleNeeds,
    document,
    handler_statements,
    handler_trust,
    service_role_statements,
    service_role_trust,
)

LAMBDA = Path(__file__).parents[2] / "lambda"
MODEL = "amazon.nova-lite-v1:0:300k"
TRAIN, OUTPUT = "s3://amzn-s3-demo-bucket/train.jsonl", "s3://amzn-s3-demo-bucket/out/"

app = cdk.App()
stack = cdk.Stack(app, "ByHand")
place = {"partition": stack.partition, "region": stack.region, "account": stack.account}
needs = ServiceRoleNeeds(**place, inputs=[S3Location(uri=TRAIN)], output=S3Location(uri=OUTPUT))
roles = [
    iam.CfnRole(
        stack,
        f"Role{number}",
        assume_role_policy_document=service_role_trust(**place),
        policies=[{"policyName": "Job", "policyDocument": document(service_role_statements(needs))}],
    ).attr_arn
    for number in range(int(sys.argv[1]))
]

log_group = logs.CfnLogGroup(stack, "Logs", retention_in_days=90)
permissions = handler_statements(
    HandlerNeeds(
        **place,
        stack_name=stack.stack_name,
        log_group_name=log_group.ref,
        base_models=[MODEL],
        role_arns=roles,
    )
)
role = iam.CfnRole(
    stack,
    "HandlerRole",
    assume_role_policy_document=handler_trust(),
    policies=[{"policyName": "Jobs", "policyDocument": document(permissions)}],
)
code = stack.synthesizer.add_file_asset(
    source_hash="0" * 64,
    file_name=str(LAMBDA),
    packaging=cdk.FileAssetPackaging.ZIP_DIRECTORY,
)
function = lambda_.CfnFunction(
    stack,
    "Function",
    code=lambda_.CfnFunction.CodeProperty(s3_bucket=code.bucket_name, s3_key=code.object_key),
    handler="customization_job.handler.on_event",
    runtime="python3.13",
    memory_size=256,
    timeout=840,
    role=role.attr_arn,
    logging_config=lambda_.CfnFunction.LoggingConfigProperty(log_group=log_group.ref),
    environment=lambda_.CfnFunction.EnvironmentProperty(variables={"STACK_ID": stack.stack_id}),
)
lambda_.CfnEventInvokeConfig(
    stack, "Events", function_name=function.ref, qualifier="$LATEST", maximum_event_age_in_seconds=2700
)
token = function.attr_arn
for number, role_arn in enumerate(roles):
    job = cdk.CfnResource(
        stack,
        f"Job{number}",
        type="Custom::BedrockModelCustomizationJob",
        properties={
            "ServiceToken": token,
            "ServiceTimeout": 2700,
            "OnDelete": "StopJob",
            "Request": {
                "roleArn": role_arn,
                "baseModelIdentifier": MODEL,
                "customizationType": "FINE_TUNING",
                "trainingDataConfig": {"s3Uri": TRAIN},
                "outputDataConfig": {"s3Uri": OUTPUT},
            },
        },
    )
    cdk.CfnOutput(stack, f"JobArn{number}", value=job.ref, description="ARN of the job")
app.synth()
