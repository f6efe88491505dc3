"""Stacks with jobs of all kinds, synthesized for the rules to check."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns

from constructs_lib import (
    AWS_OWNED_KEY,
    Bake,
    BaseModel,
    Billing,
    Customization,
    CustomizationSweep,
    CustomModelDeployment,
    EvaluationData,
    InvocationLogs,
    JobNetwork,
    JobProvider,
    Keep,
    ModelCustomizationJob,
    Objective,
    OnDelete,
    OutputBucket,
    OutputData,
    PromoteIf,
    ProvisionedModelThroughput,
    Release,
    ServiceRole,
    TrainingData,
    ValidationData,
    Wait,
)
from constructs_lib.job.nag_suppressions import VPC, acknowledge
from tests.security.iam_evaluator import ACCOUNT, OTHER_ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
JOB_FILES = sorted((ROOT / "examples").glob("*.yaml"))
PROFILE = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:inference-profile/us.amazon.nova-premier-v1:0"
GRADER = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:reward:live"
FOREIGN_KEY = f"arn:aws:kms:{REGION}:{OTHER_ACCOUNT}:key/0a1b2c3d-0000-1111-2222-333344445555"
FOREIGN_ALIAS = f"arn:aws:kms:{REGION}:{OTHER_ACCOUNT}:alias/models"
# With it a finding of the CDK's own validation stops the synthesis.
STRICT = {"@aws-cdk/core:validateAgainstDefaultRules": True}
Choice = "Callable[[cdk.Stack], Mapping[str, Any]]"


LOCAL_ACCOUNT = "000000000000"


def new_stack(*, with_env: bool = True) -> cdk.Stack:
    """Return a stack of an app of its own."""
    env = cdk.Environment(account=ACCOUNT, region=REGION) if with_env else None
    return cdk.Stack(cdk.App(context=STRICT), "Stack", env=env)


@cache
def _validation_of_the_cdk() -> cdk.CloudFormationValidatePlugin:
    """Return the CDK's rules about templates, which take two seconds to load."""
    return cdk.CloudFormationValidatePlugin()


def template_of(stack: cdk.Stack, *, validates: bool = True) -> dict[str, Any]:
    """Synthesize the app of a stack, and return the stack's template.

    Args:
        stack: the stack.
        validates: whether the CDK validates the template, which takes as long as the synthesis. Not where
            another test validates the same resources.
    """
    app = stack.node.root
    assert isinstance(app, cdk.App)
    if validates:
        cdk.Validations.of(app).add_plugins(_validation_of_the_cdk())
    template: dict[str, Any] = app.synth().get_stack_by_name(stack.stack_name).template
    return template


def add_job(stack: cdk.Stack, id: str = "Job", **arguments: Any) -> ModelCustomizationJob:  # noqa: ANN401 - keywords of the job
    """Define a job with default arguments."""
    defaults = {
        "base_model": BaseModel.NOVA_LITE,
        "training_data": TrainingData.from_s3_uri("s3://data/train.jsonl"),
    }
    return ModelCustomizationJob(stack, id, **(defaults | arguments))


def job_file_stack(path: Path) -> cdk.Stack:
    """Return a stack with a job file's job; without an account if the file names the local AWS's account."""
    stack = new_stack(with_env=LOCAL_ACCOUNT not in path.read_text(encoding="utf-8"))
    ModelCustomizationJob.from_request(stack, "Job", path)
    return stack


def full_stack() -> cdk.Stack:
    """Return a stack in which every rule has something to check."""
    stack = new_stack()
    network = JobNetwork.in_new_vpc(stack, "Vpc", availability_zones=[f"{REGION}a", f"{REGION}b"])
    add_job(
        stack,
        "Distilled",
        customization=Customization.distillation(teacher=BaseModel.of(PROFILE)),
        training_data=TrainingData.from_invocation_logs(InvocationLogs.from_s3_uri("s3://logs/calls/")),
        network=network,
    )
    add_job(
        stack,
        "Graded",
        base_model="amazon.nova-2-lite-v1:0:256k",
        customization=Customization.reinforcement_fine_tuning(grader=GRADER),
        validation_data=[ValidationData.from_s3_uri("s3://data/valid.jsonl")],
        output_data=OutputData.from_s3_uri("s3://results/graded/"),
        wait=Wait.for_completion(),
    )
    return stack


def serving_stack() -> cdk.Stack:
    """Return a stack with a job whose model is published and deployed, and a model that is deployed."""
    stack = new_stack()
    job = add_job(stack)
    job.publish_model_arn("/tickets/model")
    job.alarm_on_failure(sns.Topic.from_topic_arn(stack, "T", f"arn:aws:sns:{REGION}:{ACCOUNT}:T"))
    CustomModelDeployment(stack, "Followed", model=job, release=Release.ON_COMPLETION)
    model = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:custom-model/amazon.nova-lite-v1:0:300k/abcdefghijkl"
    CustomModelDeployment(stack, "Deployed", model=model)
    return stack


def promotion_stack() -> cdk.Stack:
    """Return a stack whose models are promoted to a parameter and a deployment, and may be deleted."""
    stack = new_stack()
    valid = [ValidationData.from_s3_uri("s3://data/valid.jsonl")]
    job = add_job(stack, validation_data=valid, on_delete=OnDelete.DELETE_MODEL)
    everything = _everything_decides(stack)
    job.publish_model_arn("/tickets/model", promote_if=everything["promote_if"])
    CustomModelDeployment(
        stack, "Followed", model=job, release=Release.ON_COMPLETION, bake=everything["bake"]
    )
    return stack


def one_promotion_stack() -> cdk.Stack:
    """Return a stack with one deployment, about whose models everything decides that can."""
    stack = new_stack()
    job = add_job(
        stack,
        validation_data=[ValidationData.from_s3_uri("s3://data/valid.jsonl")],
        output_data=OutputData.from_s3_uri("s3://results/jobs/"),
    )
    everything = _everything_decides(stack)
    CustomModelDeployment(stack, "Followed", model=job, release=Release.ON_COMPLETION, **everything)
    return stack


def _everything_decides(stack: cdk.Stack) -> dict[str, Any]:
    place = f"{REGION}:{ACCOUNT}"
    judge = lambda_.Function.from_function_arn(stack, "Judge", f"arn:aws:lambda:{place}:function:Judge")
    topic = sns.Topic.from_topic_arn(stack, "Approvals", f"arn:aws:sns:{place}:Approvals")
    alarm = cloudwatch.Alarm.from_alarm_arn(stack, "Errors", f"arn:aws:cloudwatch:{place}:alarm:Errors")
    return {
        "promote_if": PromoteIf.all_of(
            PromoteIf.validation_loss(),
            PromoteIf.function(judge),
            PromoteIf.answers(EvaluationData.from_s3_uri("s3://data/evaluation.jsonl")),
            PromoteIf.approved(topic=topic),
        ),
        "bake": Bake(alarms=[alarm], minimum_invocations=20),
    }


def sweep_stack() -> cdk.Stack:
    """Return a stack with two sweeps, of which one deletes models."""
    stack = new_stack()
    shared: dict[str, Any] = {
        "base_model": BaseModel.NOVA_LITE,
        "training_data": TrainingData.from_s3_uri("s3://data/train.jsonl"),
        "objective": Objective.TRAINING_LOSS,
    }
    CustomizationSweep(stack, "Grid", grid={"epoch_count": [1, 2]}, keep=Keep.best(), **shared)
    output = OutputData.from_s3_uri("s3://results/sweeps/")
    CustomizationSweep(stack, "Kept", grid={"epoch_count": [1, 2]}, output_data=output, **shared)
    return stack


def throughput_stack() -> cdk.Stack:
    """Return a stack that buys throughput for a model that exists, and deletes it after some hours."""
    stack = new_stack()
    model = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:custom-model/amazon.nova-lite-v1:0:300k/abcdefghijkl"
    ProvisionedModelThroughput(stack, "Bought", model=model, model_units=1, billing=Billing.hours(8))
    return stack


def retraining_stack() -> cdk.Stack:
    """Return a stack whose function compares data in S3 with a limit, and keeps the newest models."""
    stack = new_stack()
    arguments = {"max_training_tokens": 1_000_000, "keep": Keep.newest(3)}
    add_job(stack, on_delete=OnDelete.DELETE_MODEL, **arguments)
    return stack


DATA: Mapping[str, Choice] = {
    "one object": lambda _: {},
    "with validation": lambda _: {"validation_data": [ValidationData.from_s3_uri("s3://data/valid.jsonl")]},
    "own bucket": lambda stack: {"training_data": TrainingData.from_bucket(_bucket(stack), "a/train.jsonl")},
    "named bucket": lambda stack: {
        "training_data": TrainingData.from_bucket(s3.Bucket.from_bucket_name(stack, "In", "data"), "t.jsonl")
    },
    "foreign bucket": lambda _: {
        "training_data": TrainingData.from_s3_uri("s3://theirs/train.jsonl", bucket_owner=OTHER_ACCOUNT)
    },
    "data key by alias": lambda _: {
        "training_data": TrainingData.from_s3_uri("s3://data/train.jsonl", encryption_key="alias/data")
    },
    "deploy-time key": lambda stack: {
        "training_data": TrainingData.from_s3_uri(f"s3://data/{_parameter(stack, 'Key', 'day/train.jsonl')}")
    },
}
OUTPUT: Mapping[str, Choice] = {
    "made": lambda _: {},
    "made to expire": lambda _: {"output_data": OutputBucket(expire_after_days=30)},
    "prefix": lambda _: {"output_data": OutputData.from_s3_uri("s3://results/metrics/")},
    "bucket": lambda _: {"output_data": OutputData.from_s3_uri("s3://results")},
}
KEY: Mapping[str, Choice] = {
    "made": lambda _: {},
    "none": lambda _: {"custom_model_kms_key": AWS_OWNED_KEY},
    "foreign": lambda _: {"custom_model_kms_key": FOREIGN_KEY},
    "id": lambda _: {"custom_model_kms_key": FOREIGN_KEY.rpartition("/")[2]},
    "alias": lambda _: {"custom_model_kms_key": "alias/models"},
    "foreign alias": lambda _: {"custom_model_kms_key": FOREIGN_ALIAS},
    "imported alias": lambda stack: {
        "custom_model_kms_key": kms.Alias.from_alias_name(stack, "Alias", "alias/models")
    },
    "alias that comes with the deployment": lambda stack: {
        "custom_model_kms_key": f"alias/{_parameter(stack, 'Alias', 'models')}"
    },
    "own": lambda stack: {
        "custom_model_kms_key": kms.Key(
            stack, "ModelKey", enable_key_rotation=True, removal_policy=cdk.RemovalPolicy.RETAIN
        )
    },
}
KIND: Mapping[str, Choice] = {
    "fine-tuning": lambda _: {},
    "continued": lambda _: {"customization": Customization.continued_pre_training()},
    "distillation": lambda _: {"customization": Customization.distillation(teacher=BaseModel.NOVA_PRO)},
    "distillation by profile": lambda _: {
        "customization": Customization.distillation(teacher=BaseModel.of(PROFILE))
    },
    "reinforcement": lambda _: {
        "base_model": BaseModel.NOVA_2_LITE,
        "customization": Customization.reinforcement_fine_tuning(grader=GRADER),
    },
}
NETWORK: Mapping[str, Choice] = {
    "none": lambda _: {},
    "ids": lambda _: {"network": JobNetwork.from_ids(subnet_ids=["subnet-1"], security_group_ids=["sg-1"])},
    "made": lambda stack: {
        "network": JobNetwork.in_new_vpc(stack, "Net", availability_zones=[f"{REGION}a", f"{REGION}b"])
    },
    "isolated": lambda stack: {"network": JobNetwork.isolated(_vpc(stack))},
}
ROLE: Mapping[str, Choice] = {
    "made": lambda _: {},
    "made with boundary": lambda stack: {
        "role": ServiceRole(
            path="/models/",
            permissions_boundary=iam.ManagedPolicy.from_managed_policy_name(stack, "Boundary", "Boundary"),
        )
    },
    "given": lambda _: {"role": f"arn:aws:iam::{ACCOUNT}:role/Given"},
}
STEERING: Mapping[str, Choice] = {
    "default": lambda _: {},
    "deletes the model": lambda _: {"on_delete": OnDelete.DELETE_MODEL},
    "own provider": lambda stack: {"provider": JobProvider(stack, "Own")},
    "waits for completion": lambda _: {"wait": Wait.for_completion()},
    "waits for validation": lambda _: {"wait": Wait.for_validation()},
    "tags": lambda _: {"job_tags": {"team": "search"}, "custom_model_tags": {"team": "search"}},
}
CHOICES = {
    "data": DATA,
    "output": OUTPUT,
    "key": KEY,
    "kind": KIND,
    "network": NETWORK,
    "role": ROLE,
    "steering": STEERING,
}


def stack_of(chosen: Mapping[str, str], *, with_env: bool = True) -> cdk.Stack:
    """Return a stack with one job that combines the chosen properties."""
    stack = new_stack(with_env=with_env)
    arguments: dict[str, Any] = {}
    for name, choice in chosen.items():
        arguments |= CHOICES[name][choice](stack)
    add_job(stack, **arguments)
    return stack


def _bucket(stack: cdk.Stack) -> s3.Bucket:
    return s3.Bucket(
        stack,
        "Data",
        encryption=s3.BucketEncryption.KMS,
        bucket_key_enabled=True,
        encryption_key=kms.Key(
            stack, "DataKey", enable_key_rotation=True, removal_policy=cdk.RemovalPolicy.RETAIN
        ),
        enforce_ssl=True,
        versioned=True,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
    )


def _parameter(stack: cdk.Stack, id: str, default: str) -> str:
    return cdk.CfnParameter(stack, id, default=default).value_as_string


def _vpc(stack: cdk.Stack) -> ec2.Vpc:
    vpc = ec2.Vpc(
        stack,
        "Network",
        availability_zones=[f"{REGION}a", f"{REGION}b"],
        nat_gateways=0,
        restrict_default_security_group=False,
        subnet_configuration=[
            ec2.SubnetConfiguration(name="Job", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
        ],
    )
    acknowledge(vpc, VPC)  # the user's own VPC would be the user's to answer for
    return vpc
