"""The same resources as L1s by hand, with the same policies: what the library's own work is measured by."""

import sys
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

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

logs = cdk.CfnResource(stack, "Logs", type="AWS::Logs::LogGroup", properties={"RetentionInDays": 90})
permissions = handler_statements(
    HandlerNeeds(
        **place,
        stack_name=stack.stack_name,
        log_group_name=logs.ref,
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
function = cdk.CfnResource(
    stack,
    "Function",
    type="AWS::Lambda::Function",
    properties={
        "Code": {"S3Bucket": code.bucket_name, "S3Key": code.object_key},
        "Handler": "customization_job.handler.on_event",
        "Runtime": "python3.13",
        "MemorySize": 256,
        "Timeout": 840,
        "Role": role.attr_arn,
        "LoggingConfig": {"LogGroup": logs.ref},
        "Environment": {"Variables": {"STACK_ID": stack.stack_id}},
    },
)
cdk.CfnResource(
    stack,
    "Events",
    type="AWS::Lambda::EventInvokeConfig",
    properties={"FunctionName": function.ref, "Qualifier": "$LATEST", "MaximumEventAgeInSeconds": 2700},
)
token = function.get_att("Arn").to_string()
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
