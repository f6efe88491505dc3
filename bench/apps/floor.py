"""The floor: the resources of a finished template as L1s of the same classes that the library uses.

Nothing of the library is imported. Properties are what the template says, already rendered.
"""

import json
import sys
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

LAMBDA = Path(__file__).parents[2] / "lambda"

app = cdk.App()
stack = cdk.Stack(app, "Floor")
template = json.loads(Path(sys.argv[1]).read_text())
code = stack.synthesizer.add_file_asset(
    source_hash="0" * 64, file_name=str(LAMBDA), packaging=cdk.FileAssetPackaging.ZIP_DIRECTORY
)
arns: dict[str, str] = {}
refs: dict[str, str] = {}


def role(id, properties):
    made = iam.CfnRole(
        stack,
        id,
        assume_role_policy_document=properties["AssumeRolePolicyDocument"],
        description=properties.get("Description"),
        policies=[
            {"policyName": one["PolicyName"], "policyDocument": one["PolicyDocument"]}
            for one in properties["Policies"]
        ],
    )
    arns[id] = made.attr_arn


def log_group(id, properties):
    made = logs.CfnLogGroup(stack, id, retention_in_days=properties["RetentionInDays"])
    made.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
    refs[id] = made.ref


def function(id, properties):
    made = lambda_.CfnFunction(
        stack,
        id,
        description=properties["Description"],
        code=lambda_.CfnFunction.CodeProperty(s3_bucket=code.bucket_name, s3_key=code.object_key),
        handler=properties["Handler"],
        runtime=properties["Runtime"],
        memory_size=properties["MemorySize"],
        timeout=properties["Timeout"],
        role=arns[properties["Role"]["Fn::GetAtt"][0]],
        logging_config=lambda_.CfnFunction.LoggingConfigProperty(
            log_group=refs[properties["LoggingConfig"]["LogGroup"]["Ref"]]
        ),
        environment=lambda_.CfnFunction.EnvironmentProperty(variables={"STACK_ID": stack.stack_id}),
    )
    arns[id], refs[id] = made.attr_arn, made.ref


def events(id, properties):
    lambda_.CfnEventInvokeConfig(
        stack,
        id,
        function_name=refs[properties["FunctionName"]["Ref"]],
        qualifier=properties["Qualifier"],
        maximum_retry_attempts=properties["MaximumRetryAttempts"],
        maximum_event_age_in_seconds=properties["MaximumEventAgeInSeconds"],
    )


def job(id, properties):
    made = cdk.CfnResource(stack, id, type="Custom::BedrockModelCustomizationJob", properties=properties)
    made.add_override("DeletionPolicy", "Delete")
    made.add_override("UpdateReplacePolicy", "Delete")
    refs[id] = made.ref


MAKE = {
    "AWS::IAM::Role": role,
    "AWS::Logs::LogGroup": log_group,
    "AWS::Lambda::Function": function,
    "AWS::Lambda::EventInvokeConfig": events,
    "Custom::BedrockModelCustomizationJob": job,
}

for type_, make in MAKE.items():
    for id, resource in template["Resources"].items():
        if resource["Type"] == type_:
            make(id, resource["Properties"])
for id, output in template["Outputs"].items():
    cdk.CfnOutput(stack, id, value=refs[output["Value"]["Ref"]], description=output["Description"])
app.synth()
