"""Train where nothing reaches the internet, with a bucket and a key of your own: `cdk deploy`.

The hosts of the job and the Lambda function that starts it are in isolated subnets: no NAT gateway, no
internet gateway. They reach S3, and the function also Bedrock and CloudFormation, by endpoints of the VPC.
"""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from constructs_lib import (
    BaseModel,
    JobNetwork,
    JobProvider,
    ModelCustomizationJob,
    OutputData,
    TrainingData,
)


def define(stack: cdk.Stack) -> None:
    """Define everything in a stack.

    Args:
        stack: the stack.
    """
    vpc = ec2.Vpc(
        stack,
        "Vpc",
        nat_gateways=0,
        subnet_configuration=[
            ec2.SubnetConfiguration(name="Jobs", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
        ],
    )
    JobProvider.configure(stack, vpc=vpc, security_groups=[_with_endpoints(stack, vpc)])
    key = _key(stack)
    bucket = s3.Bucket(
        stack,
        "Output",
        encryption=s3.BucketEncryption.KMS,
        encryption_key=key,  # pyright: ignore[reportArgumentType] - the CDK's own parameter names
        bucket_key_enabled=True,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        enforce_ssl=True,
        versioned=True,
    )
    ModelCustomizationJob(
        stack,
        "Triage",
        base_model=BaseModel.NOVA_LITE,
        training_data=TrainingData.from_file(Path(__file__).with_name("train.jsonl")),
        output_data=OutputData.from_bucket(bucket, "tickets/"),
        custom_model_kms_key=key,
        network=JobNetwork.isolated(vpc),
    )


def _with_endpoints(stack: cdk.Stack, vpc: ec2.Vpc) -> ec2.SecurityGroup:
    """Define what the function reaches from the VPC; return its security group.

    The endpoint for S3 is made by `JobNetwork.isolated`.
    """
    function = ec2.SecurityGroup(stack, "Function", vpc=vpc, allow_all_outbound=False)
    function.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "endpoints of the VPC")
    for name, service in {
        "Bedrock": ec2.InterfaceVpcEndpointAwsService.BEDROCK,
        "CloudFormation": ec2.InterfaceVpcEndpointAwsService.CLOUDFORMATION,
    }.items():
        endpoint = vpc.add_interface_endpoint(name, service=service, open=False)
        endpoint.connections.allow_default_port_from(function)
    return function


def _key(stack: cdk.Stack) -> kms.Key:
    """Define the key of the output and of the model; IAM policies say who may use it."""
    key = kms.Key(stack, "Key", enable_key_rotation=True)
    bedrock = iam.ServicePrincipal("bedrock.amazonaws.com")
    # What a Nova model needs for provisioned throughput; a key of your own is not changed by the library.
    key.add_to_resource_policy(
        iam.PolicyStatement(
            sid="BedrockServesCustomModels",
            principals=[bedrock],  # pyright: ignore[reportArgumentType] - as above
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=["*"],
            conditions={
                "ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": "aws:bedrock:custom-model"}
            },
        )
    )
    return key


if __name__ == "__main__":
    app = cdk.App()
    nova = cdk.Environment(region="us-east-1")  # where AWS customizes Nova
    define(cdk.Stack(app, "PrivateNetwork", env=nova))
    app.synth()
