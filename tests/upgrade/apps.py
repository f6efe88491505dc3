"""Apps that use the public API widely: an upgrade must leave their templates as they are."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3

from constructs_lib import (
    AWS_OWNED_KEY,
    BaseModel,
    Checks,
    Customization,
    HyperParameters,
    InvocationLogs,
    JobNetwork,
    JobProvider,
    MediaData,
    MetadataFilter,
    ModelCustomizationJob,
    OnDelete,
    OutputBucket,
    OutputData,
    RftHyperParameters,
    ServiceRole,
    TrainingData,
    ValidationData,
)

EXAMPLES = Path(__file__).parents[2] / "examples"
HOME = cdk.Environment(account="000000000000", region="us-east-1")
THEM = "444455556666"
TRAIN = TrainingData.from_s3_uri("s3://amzn-s3-demo-bucket/train.jsonl")
LOCAL = TrainingData.from_file(EXAMPLES / "fine-tune-nova.jsonl")
OUTPUT = OutputData.from_s3_uri("s3://amzn-s3-demo-bucket/out/")
KEY_ARN = f"arn:aws:kms:us-east-1:{HOME.account}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
BOUNDARY_ARN = f"arn:aws:iam::{HOME.account}:policy/boundary"
TUNED = Customization.fine_tuning(HyperParameters(epoch_count=2, learning_rate=1e-5))


def anywhere() -> cdk.App:
    """Define jobs in stacks without an environment, all of which use the stack's own function."""
    app = cdk.App()
    data = s3.Bucket(cdk.Stack(app, "Data"), "Data")
    stack = cdk.Stack(app, "Anywhere")
    cdk.Tags.of(stack).add("stage", "test")
    JobProvider.configure(
        stack,
        endpoint_url="https://bedrock.us-east-1.amazonaws.com",
        connect_timeout=3,
        read_timeout=30,
        debug=True,
        log_retention_days=30,
        permissions_boundary=BOUNDARY_ARN,
    )
    first = _triage(stack)
    _further(stack, first)
    _kinds(stack, data)
    _of_their_own(stack)
    _grants(stack, first)
    _triage(cdk.NestedStack(stack, "Nested"))
    return app


def somewhere() -> cdk.App:
    """Define jobs in a stack with an environment: in every kind of network, with keys and data of others."""
    app = cdk.App()
    stack = cdk.Stack(app, "Somewhere", env=HOME)
    vpc = ec2.Vpc(
        stack,
        "Vpc",
        availability_zones=["us-east-1a", "us-east-1b"],
        nat_gateways=0,
        subnet_configuration=[
            ec2.SubnetConfiguration(name="Inside", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
        ],
    )
    group = ec2.SecurityGroup(stack, "Group", vpc=vpc)
    networks = {
        "Isolated": JobNetwork.isolated(vpc),
        "Existing": JobNetwork.from_vpc(vpc, security_groups=[group]),
        "Made": JobNetwork.in_new_vpc(stack, "Net", availability_zones=["us-east-1a", "us-east-1b"]),
        "Named": JobNetwork.from_ids(
            subnet_ids=["subnet-0123456789abcdef0"], security_group_ids=["sg-0123456789abcdef0"]
        ),
    }
    for name, network in networks.items():
        ModelCustomizationJob(
            stack, name, base_model=BaseModel.NOVA_LITE, training_data=TRAIN, network=network
        )
    ModelCustomizationJob(
        stack,
        "Foreign",
        base_model=BaseModel.NOVA_PRO,
        training_data=TrainingData.from_s3_uri("s3://theirs/train.jsonl", bucket_owner=THEM),
        output_data=OutputBucket(
            access_logs=s3.Bucket(stack, "AccessLogs"), expire_after_days=90, only_from_vpc_id=vpc.vpc_id
        ),
        custom_model_kms_key=KEY_ARN,
        provider=JobProvider(stack, "Own", log_retention_days=7),
    )
    ModelCustomizationJob.from_request(
        stack, "Asked", str(EXAMPLES / "fine-tune-nova.yaml"), on_delete=OnDelete.RETAIN
    )
    return app


APPS = {"anywhere": anywhere, "somewhere": somewhere}


def _triage(stack: cdk.Stack) -> ModelCustomizationJob:
    """Define a job from a local file, with a limit and with tags of every origin."""
    job = ModelCustomizationJob(
        stack,
        "Triage",
        base_model=BaseModel.NOVA_LITE,
        customization=TUNED,
        training_data=LOCAL,
        job_tags={"team": "tickets"},
        custom_model_tags={"team": "tickets", "stage": "own"},
        max_training_tokens=10_000_000,
        revision="2",
    )
    cdk.Tags.of(job).add("project", "triage")
    return job


def _further(stack: cdk.Stack, first: ModelCustomizationJob) -> None:
    """Define a job that waits for the first one and goes on with its model."""
    ModelCustomizationJob(
        stack,
        "Further",
        base_model=first.custom_model_name,
        customization=TUNED,
        training_data=TRAIN,
        on_delete=OnDelete.DELETE_MODEL,
    ).node.add_dependency(first)


def _kinds(stack: cdk.Stack, data: s3.IBucket) -> None:
    """Define jobs of the other kinds, and one with validation data."""
    logs = InvocationLogs.from_bucket(s3.Bucket.from_bucket_name(stack, "Logs", "amzn-s3-demo-logs"), "logs/")
    project, stage = MetadataFilter.equals("project", "triage"), MetadataFilter.not_equals("stage", "test")
    ModelCustomizationJob(
        stack,
        "Distilled",
        base_model=BaseModel.NOVA_MICRO,
        customization=Customization.distillation("amazon.nova-pro-v1:0", max_response_length=500),
        training_data=TrainingData.from_invocation_logs(
            logs.with_responses().filtered_by(MetadataFilter.and_all(project, stage))
        ),
        output_data=OutputBucket(expire_after_days=30),
        custom_model_kms_key=AWS_OWNED_KEY,
        role=ServiceRole(
            role_name="distiller",
            path="/bedrock/",
            permissions_boundary=iam.ManagedPolicy.from_managed_policy_arn(stack, "Boundary", BOUNDARY_ARN),
        ),
    )
    grader = lambda_.Function(
        stack,
        "Grader",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(samples, context):\n    return []\n"),
    )
    ModelCustomizationJob(
        stack,
        "Reinforced",
        base_model=BaseModel.NOVA_2_LITE,
        customization=Customization.reinforcement_fine_tuning(
            grader,
            RftHyperParameters(epoch_count=2, batch_size=64, learning_rate=1e-5, reasoning_effort="low"),
        ),
        training_data=TrainingData.from_file(EXAMPLES / "reinforce-nova.jsonl"),
        retrain_on_infrastructure_change=True,
    )
    ModelCustomizationJob(
        stack,
        "Validated",
        base_model=BaseModel.LLAMA_3_1_8B,
        customization=Customization.fine_tuning(HyperParameters(epoch_count="3", batch_size=1)),
        training_data=TrainingData.from_bucket(data, "train.jsonl"),
        validation_data=[
            ValidationData.from_bucket(data, "valid.jsonl"),
            ValidationData.from_s3_uri("s3://amzn-s3-demo-bucket/valid.jsonl"),
        ],
        output_data=OutputData.from_bucket(data, "out/"),
        checks=Checks.warn(),
    )
    ModelCustomizationJob(
        stack,
        "Seeing",
        base_model=BaseModel.NOVA_PRO,
        training_data=TRAIN,
        media_data=[MediaData.from_s3_uri("s3://amzn-s3-demo-bucket/images/")],
        output_data=OUTPUT,
        custom_model_kms_key=AWS_OWNED_KEY,
        on_delete=OnDelete.STOP_JOB,
    )


def _of_their_own(stack: cdk.Stack) -> None:
    """Define a job with names, a role and a key of the user's own, and one whose role a parameter names."""
    ModelCustomizationJob(
        stack,
        "Given",
        base_model=BaseModel.NOVA_LITE,
        training_data=TRAIN,
        output_data=OUTPUT,
        job_name="tickets-triage",
        custom_model_name="tickets-triage-model",
        custom_model_kms_key=kms.Key(stack, "Key"),
        role=iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("bedrock.amazonaws.com")),
        on_delete=OnDelete.RETAIN,
    )
    role = cdk.CfnParameter(stack, "RoleArn", default=f"arn:aws:iam::{HOME.account}:role/theirs")
    told = ModelCustomizationJob(
        stack,
        "Told",
        base_model=BaseModel.NOVA_LITE,
        training_data=TRAIN,
        output_data=OUTPUT,
        custom_model_kms_key=KEY_ARN,
        role=role.value_as_string,
        job_arn_export_name="TriageJobArn",
    )
    cdk.CfnOutput(stack, "ToldName", value=told.job_name)


def _grants(stack: cdk.Stack, job: ModelCustomizationJob) -> None:
    """Let somebody read, stop, tag and invoke, and tell names of the job to others."""
    keeper = iam.Role(stack, "Keeper", assumed_by=iam.AccountRootPrincipal())
    known = ModelCustomizationJob.from_job_arn(
        stack,
        "Known",
        f"arn:aws:bedrock:us-east-1:{HOME.account}:model-customization-job/"
        "amazon.nova-lite-v1:0:300k/abcdefghijkl",
    )
    for one in (job, known):
        one.grant_read(keeper)
        one.grant_stop(keeper)
        one.grant_tag(keeper)
    job.grant_invoke(
        keeper,
        target_arn=f"arn:aws:bedrock:us-east-1:{HOME.account}:custom-model-deployment/abcdefghijkl",
    )
    s3.Bucket(stack, "More").grant_read(job)
    cdk.CfnOutput(stack, "Prefix", value=job.job_name_prefix)
    cdk.CfnOutput(stack, "Model", value=job.custom_model_name)
