"""The same resources as L1s, written by hand: what a careful engineer would write without the library."""

import sys
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

LAMBDA = Path(__file__).parents[2] / "lambda"
BUCKET = "arn:aws:s3:::amzn-s3-demo-bucket"


def allow(
    actions: list[str], resources: list[str], condition: dict[str, object] | None = None
) -> dict[str, object]:
    """Write a statement."""
    extra = {"Condition": condition} if condition else {}
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **extra}


def service_role(stack: cdk.Stack, number: int) -> iam.CfnRole:
    """Make the role of one job."""
    own = {"StringEquals": {"aws:ResourceAccount": stack.account}}
    jobs = f"arn:{stack.partition}:bedrock:{stack.region}:{stack.account}:model-customization-job/*"
    return iam.CfnRole(
        stack,
        f"Role{number}",
        assume_role_policy_document={
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "bedrock.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                    "Condition": {
                        "StringEquals": {"aws:SourceAccount": stack.account},
                        "ArnLike": {"aws:SourceArn": jobs},
                    },
                }
            ],
        },
        policies=[
            {
                "policyName": "Job",
                "policyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        allow(["s3:GetObject"], [f"{BUCKET}/train.jsonl", f"{BUCKET}/out/*"], own),
                        allow(["s3:PutObject"], [f"{BUCKET}/out/*"], own),
                        allow(["s3:ListBucket"], [BUCKET], own),
                    ],
                },
            }
        ],
    )


def handler(stack: cdk.Stack, roles: list[str]) -> cdk.CfnResource:
    """Make the function, its role, its log group and its invoke configuration."""
    place = f"arn:{stack.partition}:bedrock:{stack.region}:{stack.account}"
    logs = cdk.CfnResource(stack, "Logs", type="AWS::Logs::LogGroup", properties={"RetentionInDays": 90})
    role = iam.CfnRole(
        stack,
        "HandlerRole",
        assume_role_policy_document={
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "lambda.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ],
        },
        policies=[
            {
                "policyName": "Jobs",
                "policyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        allow(
                            ["bedrock:*"], [f"{place}:model-customization-job/*", f"{place}:custom-model/*"]
                        ),
                        allow(["iam:PassRole"], roles),
                        allow(["logs:CreateLogStream", "logs:PutLogEvents"], [f"{logs.ref}:*"]),
                    ],
                },
            }
        ],
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
            "Timeout": 840,
            "Role": role.attr_arn,
            "LoggingConfig": {"LogGroup": logs.ref},
        },
    )
    cdk.CfnResource(
        stack,
        "Events",
        type="AWS::Lambda::EventInvokeConfig",
        properties={"FunctionName": function.ref, "Qualifier": "$LATEST", "MaximumEventAgeInSeconds": 2700},
    )
    return function


app = cdk.App()
stack = cdk.Stack(app, "ByHand")
roles = [service_role(stack, number).attr_arn for number in range(int(sys.argv[1]))]
token = handler(stack, roles).get_att("Arn").to_string()
for number, role_arn in enumerate(roles):
    job = cdk.CfnResource(
        stack,
        f"Job{number}",
        type="Custom::BedrockModelCustomizationJob",
        properties={
            "ServiceToken": token,
            "ServiceTimeout": 2700,
            "Request": {
                "roleArn": role_arn,
                "baseModelIdentifier": "amazon.nova-lite-v1:0:300k",
                "customizationType": "FINE_TUNING",
                "trainingDataConfig": {"s3Uri": "s3://amzn-s3-demo-bucket/train.jsonl"},
                "outputDataConfig": {"s3Uri": "s3://amzn-s3-demo-bucket/out/"},
            },
        },
    )
    cdk.CfnOutput(stack, f"JobArn{number}", value=job.ref)
app.synth()
