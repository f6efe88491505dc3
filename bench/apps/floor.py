"""The floor: the resources of a finished template as L1s of the classes that the library uses.

It imports nothing of the library. Properties are as the template has them: nothing is checked or rendered.
The code of the function is an Asset with the finished zip: a hash that is written here would be the same when
the code changes, and the deployment would not upload it.
The argument is the path of the template, which has the zip beside it.
"""

import json
import sys
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk.aws_s3_assets import Asset

HANDLER = "BedrockModelCustomization"
# What is defined first comes first.
KINDS = (
    "AWS::IAM::Role",
    "AWS::IAM::ManagedPolicy",
    "AWS::Logs::LogGroup",
    "AWS::Lambda::Function",
    "AWS::Lambda::EventInvokeConfig",
    "Custom::BedrockModelCustomizationJob",
)

app = cdk.App()
stack = cdk.Stack(app, "Floor")
path = Path(sys.argv[1])
template = json.loads(path.read_text())
[archive] = path.parent.glob("asset.*.zip")
code = Asset(stack, "Code", path=str(archive))
refs: dict[str, str] = {}
arns: dict[str, str] = {}


def define(name: str, kind: str, given: dict[str, Any], awaited: list[str]) -> None:
    """Define one resource."""
    match kind:
        case "AWS::IAM::Role":
            policies = [
                {"policyName": one["PolicyName"], "policyDocument": one["PolicyDocument"]}
                for one in given["Policies"]
            ]
            role = iam.CfnRole(
                stack,
                name,
                assume_role_policy_document=given["AssumeRolePolicyDocument"],
                description=given.get("Description"),
                policies=policies,
            )
            arns[name] = role.attr_arn
            if name.startswith(HANDLER):
                refs[name] = role.ref
        case "AWS::IAM::ManagedPolicy":
            roles = [one["Ref"] for one in given["Roles"]]
            iam.CfnManagedPolicy(
                stack, name, policy_document=given["PolicyDocument"], roles=[refs[one] for one in roles]
            )
        case "AWS::Logs::LogGroup":
            group = logs.CfnLogGroup(stack, name, retention_in_days=given["RetentionInDays"])
            group.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
            refs[name] = group.ref
        case "AWS::Lambda::Function":
            group_name = refs[given["LoggingConfig"]["LogGroup"]["Ref"]]
            refs[name] = lambda_.CfnFunction(
                stack,
                name,
                description=given["Description"],
                code=lambda_.CfnFunction.CodeProperty(
                    s3_bucket=code.s3_bucket_name, s3_key=code.s3_object_key
                ),
                handler=given["Handler"],
                runtime=given["Runtime"],
                memory_size=given["MemorySize"],
                timeout=given["Timeout"],
                role=arns[given["Role"]["Fn::GetAtt"][0]],
                logging_config=lambda_.CfnFunction.LoggingConfigProperty(log_group=group_name),
                environment=lambda_.CfnFunction.EnvironmentProperty(variables={"STACK_ID": stack.stack_id}),
            ).ref
        case "AWS::Lambda::EventInvokeConfig":
            lambda_.CfnEventInvokeConfig(
                stack,
                name,
                function_name=refs[given["FunctionName"]["Ref"]],
                qualifier=given["Qualifier"],
                maximum_retry_attempts=given["MaximumRetryAttempts"],
                maximum_event_age_in_seconds=given["MaximumEventAgeInSeconds"],
            )
        case _:
            job = cdk.CfnResource(stack, name, type=kind, properties=given)
            job.add_override("DeletionPolicy", "Delete")
            job.add_override("UpdateReplacePolicy", "Delete")
            if awaited:
                job.add_override("DependsOn", awaited)
            refs[name] = job.ref


resources = template["Resources"].items()
for name, resource in sorted(resources, key=lambda item: KINDS.index(item[1]["Type"])):
    define(name, resource["Type"], resource["Properties"], resource.get("DependsOn", []))
for name, output in template["Outputs"].items():
    cdk.CfnOutput(stack, name, value=refs[output["Value"]["Ref"]], description=output["Description"])
app.synth()
