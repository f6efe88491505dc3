"""The CloudFormation templates of the smoke test: what every part uses, and stacks to observe."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from constructs_lib.permissions import (
    S3Location,
    ServiceRoleNeeds,
    service_role_statements,
    service_role_trust,
)

if TYPE_CHECKING:
    from tools.smoke.account import Account

TRAINING_KEY = "data/train.jsonl"
OUTPUT = "output/"

# The permissions of a role that is only ever assumed with a narrower session policy.
PROBED_ACTIONS = (
    "bedrock:CreateCustomModelDeployment",
    "bedrock:DeleteCustomModelDeployment",
    "bedrock:GetModelCustomizationJob",
    "bedrock:InvokeModel",
    "bedrock:TagResource",
    "bedrock:UpdateCustomModelDeployment",
)

# Tells a queue of every request of CloudFormation, and of what CloudFormation shows meanwhile.
FUNCTION = """
import json, os, time, urllib.request
import boto3

def handler(event, context):
    wanted, kind = event["ResourceProperties"], event["RequestType"]
    name, stack = event["LogicalResourceId"], event["StackId"]
    cfn, sqs, number = boto3.client("cloudformation"), boto3.client("sqs"), 0

    def tell(**more):
        told = dict(request=kind, name=name, stack=stack.split("/")[1], id=event.get("PhysicalResourceId"),
                    value=wanted.get("Value"), at=time.time(), event=event["RequestId"], **more)
        try:
            shown = cfn.describe_stacks(StackName=stack)["Stacks"][0]
            told.update(status=shown["StackStatus"], updated=str(shown.get("LastUpdatedTime", "")))
        except Exception as error:
            told.update(status=str(error))
        try:
            one = cfn.describe_stack_resource(StackName=stack, LogicalResourceId=name)["StackResourceDetail"]
            told.update(shown=one.get("PhysicalResourceId"), resource=one["ResourceStatus"])
        except Exception as error:
            told.update(resource=str(error))
        sqs.send_message(QueueUrl=os.environ["QUEUE"], MessageBody=json.dumps(told))

    tell(step=0)
    until = time.time() + float(wanted.get("Seconds", 0)) * (kind == wanted.get("Waits"))
    while time.time() < until:
        time.sleep(float(wanted.get("Pause", 2)))
        number += 1
        tell(step=number)
    failed = kind == wanted.get("Fails")
    physical = event["PhysicalResourceId"] if kind == "Delete" else "value-" + wanted["Value"]
    body = dict(Status="FAILED" if failed else "SUCCESS", Reason="as the smoke test asks", StackId=stack,
                RequestId=event["RequestId"], LogicalResourceId=name, PhysicalResourceId=physical)
    data = json.dumps(body).encode()
    request = urllib.request.Request(event["ResponseURL"], data, {"Content-Type": ""}, method="PUT")
    urllib.request.urlopen(request).read()
"""


def base(account: Account, external_id: str) -> dict[str, Any]:
    """Return the template of what the parts use: a bucket, roles, a function, queues and a rule.

    Args:
        account: the account.
        external_id: without it nobody may assume the role for narrow permissions.
    """
    prefix = account.prefix
    where = {"partition": account.partition, "region": account.region, "account": account.id}
    trust = service_role_trust(**where)
    needs = ServiceRoleNeeds(
        **where,
        inputs=[S3Location(uri=f"s3://{prefix}/{TRAINING_KEY}")],
        output=S3Location(uri=f"s3://{prefix}/{OUTPUT}"),
    )
    resources = {
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": _bucket(prefix)},
        "ServiceRole": _role(f"{prefix}-service", trust, service_role_statements(needs)),
        "BareRole": _role(f"{prefix}-bare", trust),
        "ProbeRole": _role(
            f"{prefix}-probe",
            _trust({"AWS": account.id}, {"StringEquals": {"sts:ExternalId": external_id}}),
            [{"Effect": "Allow", "Action": list(PROBED_ACTIONS), "Resource": "*"}],
        ),
        "Stories": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": f"{prefix}-stories"}},
        "Events": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": f"{prefix}-events"}},
        "Rule": _rule(prefix),
        "EventsPolicy": _events_policy(),
        "LogGroup": {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {"LogGroupName": f"/aws/lambda/{prefix}-function", "RetentionInDays": 1},
        },
        "FunctionRole": _role(
            f"{prefix}-function",
            _trust({"Service": "lambda.amazonaws.com"}),
            [
                _allow(
                    ["cloudformation:DescribeStackResource", "cloudformation:DescribeStacks"],
                    account.arn(f"stack/{prefix}-*", "cloudformation"),
                ),
                _allow(["sqs:SendMessage"], account.arn(f"{prefix}-stories", "sqs")),
                _allow(
                    ["logs:CreateLogStream", "logs:PutLogEvents"],
                    account.arn(f"log-group:/aws/lambda/{prefix}-function:*", "logs"),
                ),
            ],
        ),
        "Function": {
            "Type": "AWS::Lambda::Function",
            "DependsOn": ["LogGroup"],
            "Properties": {
                "FunctionName": f"{prefix}-function",
                "Runtime": "python3.13",
                "Handler": "index.handler",
                "Timeout": 300,
                "Role": {"Fn::GetAtt": ["FunctionRole", "Arn"]},
                "Environment": {"Variables": {"QUEUE": {"Ref": "Stories"}}},
                "Code": {"ZipFile": FUNCTION},
            },
        },
    }
    return {"Resources": resources}


def signals() -> dict[str, Any]:
    """Return the template of two wait conditions, of which the second is created after the first."""
    first = {
        "Type": "AWS::CloudFormation::WaitCondition",
        "CreationPolicy": {"ResourceSignal": {"Count": 1, "Timeout": "PT10M"}},
    }
    return {"Resources": {"First": first, "Second": {**first, "DependsOn": "First"}}}


def replacement(function: str, *, value: str, fails: str) -> dict[str, Any]:
    """Return the template of a resource whose id is its value, and of one after it that may fail.

    Args:
        function: the ARN of the function that reports.
        value: the value of both.
        fails: the kind of request that fails for the second; "" for none.
    """
    last = {"Value": value, "Fails": fails}
    return {
        "Resources": {
            "Replaced": _custom(function, {"Value": value}),
            "Last": {**_custom(function, last), "DependsOn": "Replaced"},
        }
    }


def cancellation(function: str, seconds: float, pause: float) -> dict[str, Any]:
    """Return the template of a resource that is still being created when another one fails.

    Args:
        function: the ARN of the function that reports.
        seconds: how long the first one takes.
        pause: seconds between two of its reports.
    """
    slow = {"Value": "slow", "Waits": "Create", "Seconds": str(seconds), "Pause": str(pause)}
    fails = {
        "Value": "fails",
        "Fails": "Create",
        "Waits": "Create",
        "Seconds": str(seconds / 4),
        "Pause": str(seconds / 4),
    }
    return {"Resources": {"Created": _custom(function, slow), "Fails": _custom(function, fails)}}


def as_text(template: dict[str, Any]) -> str:
    """Return a template as CloudFormation takes it."""
    return json.dumps(template)


def _custom(function: str, properties: dict[str, str]) -> dict[str, Any]:
    wanted = {"ServiceToken": function, "ServiceTimeout": "300", **properties}
    return {"Type": "Custom::SmokeTest", "Properties": {name: one for name, one in wanted.items() if one}}


def _bucket(name: str) -> dict[str, Any]:
    return {
        "BucketName": name,
        "PublicAccessBlockConfiguration": {
            "BlockPublicAcls": True,
            "BlockPublicPolicy": True,
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True,
        },
        "LifecycleConfiguration": {
            "Rules": [{"Id": "smoke-test", "Status": "Enabled", "ExpirationInDays": 7}],
        },
    }


def _rule(prefix: str) -> dict[str, Any]:
    return {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "Name": f"{prefix}-jobs",
            "EventPattern": {"source": ["aws.bedrock"], "detail": {"jobName": [{"prefix": prefix}]}},
            "Targets": [{"Id": "events", "Arn": {"Fn::GetAtt": ["Events", "Arn"]}}],
        },
    }


def _events_policy() -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": {"Fn::GetAtt": ["Events", "Arn"]},
        "Condition": {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["Rule", "Arn"]}}},
    }
    return {
        "Type": "AWS::SQS::QueuePolicy",
        "Properties": {
            "Queues": [{"Ref": "Events"}],
            "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        },
    }


def _role(name: str, trust: dict[str, Any], statements: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    policies = [{"PolicyName": "smoke-test", "PolicyDocument": _document(statements)}] if statements else []
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {"RoleName": name, "AssumeRolePolicyDocument": trust, "Policies": policies},
    }


def _trust(principal: dict[str, str], condition: dict[str, Any] | None = None) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return _document([statement | ({"Condition": condition} if condition else {})])


def _allow(actions: list[str], resource: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource}


def _document(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}
