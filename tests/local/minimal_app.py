"""A CDK app without this library's constructs: a function, and a custom resource that starts a job."""

import aws_cdk as cdk

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}

HANDLER = """
import json, urllib.request, boto3

def handler(event, context):
    job, status, reason = event.get("PhysicalResourceId", "none"), "SUCCESS", ""
    bedrock = boto3.client("bedrock")
    try:
        if event["RequestType"] == "Delete":
            bedrock.stop_model_customization_job(jobIdentifier=job)
        else:
            job = bedrock.create_model_customization_job(**event["ResourceProperties"]["Request"])["jobArn"]
    except Exception as error:
        status, reason = "FAILED", str(error)
    same = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
    body = json.dumps({"Status": status, "Reason": reason, "PhysicalResourceId": job, **same}).encode()
    url, empty = event["ResponseURL"], {"Content-Type": ""}
    urllib.request.urlopen(urllib.request.Request(url, body, empty, method="PUT"))
"""

app = cdk.App()
stack = cdk.Stack(app, app.node.try_get_context("stack") or "Tiny")
role = cdk.CfnResource(stack, "Role", type="AWS::IAM::Role", properties={"AssumeRolePolicyDocument": TRUST})
function = cdk.CfnResource(
    stack,
    "Function",
    type="AWS::Lambda::Function",
    properties={
        "Runtime": "python3.13",
        "Handler": "index.handler",
        "Role": role.get_att("Arn"),
        "Timeout": 60,
        "Code": {"ZipFile": HANDLER},
    },
)
name = app.node.try_get_context("name") or "tiny-job"
job = cdk.CfnResource(
    stack,
    "Job",
    type="Custom::Job",
    properties={
        "ServiceToken": function.get_att("Arn"),
        "Request": {
            "jobName": name,
            "customModelName": name,
            "roleArn": role.get_att("Arn"),
            "baseModelIdentifier": "amazon.nova-lite-v1:0:300k",
            "trainingDataConfig": {"s3Uri": "s3://bucket/train.jsonl"},
            "outputDataConfig": {"s3Uri": "s3://bucket/out"},
        },
    },
)
cdk.CfnOutput(stack, "JobArn", value=job.ref)
app.synth()
