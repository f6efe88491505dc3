"""Settings of the function that belong to another Region, account or stage are findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk.assertions import Annotations, Match, Template

from constructs_lib import (
    BaseModel,
    Checks,
    CustomizationDefaults,
    InvalidJob,
    JobProvider,
    ModelCustomizationJob,
    ProviderSettings,
    ServiceRole,
)
from tests.synth.templates import TRAIN

if TYPE_CHECKING:
    from collections.abc import Callable

ENV = cdk.Environment(account="111122223333", region="us-east-1")
ELSEWHERE = cdk.Environment(account="111122223333", region="eu-west-1")
KEY = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
POLICY = "arn:aws:iam::444455556666:policy/Boundary"

MAKE: dict[str, Callable[[cdk.Stack], Any]] = {
    "dead_letter_queue": lambda stack: sqs.Queue(stack, "It"),
    "dead_letter_topic": lambda stack: sns.Topic(stack, "It"),
    "environment_encryption": lambda stack: kms.Key(stack, "It"),
    "log_encryption_key": lambda stack: kms.Key(stack, "It"),
    "log_group": lambda stack: logs.LogGroup(stack, "It"),
    "permissions_boundary": lambda stack: iam.ManagedPolicy(
        stack, "It", statements=[iam.PolicyStatement(actions=["s3:*"], resources=["*"])]
    ),
    "role": lambda stack: iam.Role(stack, "It", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")),
    "vpc": lambda stack: ec2.Vpc(stack, "It", max_azs=1),
}
REGIONAL = ("environment_encryption", "log_encryption_key", "log_group", "vpc")


def _refused(stack: cdk.Stack, settings: dict[str, Any]) -> InvalidJob:
    with pytest.raises(InvalidJob) as raised:
        JobProvider.configure(stack, **settings)
    return raised.value


@pytest.mark.parametrize("name", MAKE)
def test_what_is_outside_the_stage_of_the_jobs_is_refused_by_the_name_of_its_setting(name: str) -> None:
    """A platform stack beside the stages of a pipeline is the usual place for such things."""
    app = cdk.App()
    made = MAKE[name](cdk.Stack(app, "Platform", env=ENV))
    CustomizationDefaults(provider=ProviderSettings(**{name: made})).apply_to(app)  # type: ignore[typeddict-item]
    stack = cdk.Stack(cdk.Stage(app, "Prod", env=ENV), "Tickets")
    with pytest.raises(InvalidJob) as raised:
        ModelCustomizationJob(stack, "Triage", base_model=BaseModel.NOVA_LITE, training_data=TRAIN)
    [found] = raised.value.findings
    assert (found.path, found.name) == (name, "cross-stack-reference")
    assert "define both in one stage" in found.fix


@pytest.mark.parametrize("name", REGIONAL)
def test_what_belongs_to_another_region_is_refused(name: str) -> None:
    """The CDK makes a reference between Regions, and the deployment would fail."""
    app = cdk.App()
    made = MAKE[name](cdk.Stack(app, "Platform", env=ELSEWHERE))
    [found] = _refused(cdk.Stack(app, "Tickets", env=ENV), {name: made}).findings
    assert (found.path, str(found.got)) == (name, "Platform/It in eu-west-1")
    assert found.fix == "use one in us-east-1"


@pytest.mark.parametrize("name", ["environment_encryption", "log_encryption_key"])
def test_the_arn_of_a_key_of_another_region_is_refused(name: str) -> None:
    """Keys are regional."""
    [found] = _refused(cdk.Stack(cdk.App(), "Tickets", env=ENV), {name: KEY}).findings
    assert (found.path, found.rule) == (name, "must be in the Region of the function")


def test_a_vpc_of_another_region_is_one_mistake_with_its_groups_and_subnets() -> None:
    """Its groups and subnets are where the VPC is."""
    app = cdk.App()
    vpc = ec2.Vpc(platform := cdk.Stack(app, "Platform", env=ELSEWHERE), "Vpc", max_azs=1)
    group = ec2.SecurityGroup(platform, "Group", vpc=vpc)
    subnets = ec2.SubnetSelection(subnet_group_name="none")
    stack = cdk.Stack(app, "Tickets", env=ENV)
    found = _refused(stack, {"vpc": vpc, "security_groups": [group], "vpc_subnets": subnets}).findings
    assert [one.path for one in found] == ["vpc"]


def test_a_log_group_of_another_account_is_refused() -> None:
    """The template has only its name, which names a group of the own account."""
    stack = cdk.Stack(cdk.App(), "Tickets", env=ENV)
    arn = "arn:aws:logs:us-east-1:444455556666:log-group:platform"
    [found] = _refused(stack, {"log_group": logs.LogGroup.from_log_group_arn(stack, "Logs", arn)}).findings
    assert (found.path, found.rule) == ("log_group", "must be in the account of the function")


def test_what_is_imported_into_the_stack_of_the_jobs_is_used_from_any_stage() -> None:
    """This is what the error recommends."""
    app = cdk.App()
    stack = cdk.Stack(cdk.Stage(app, "Prod", env=ENV), "Tickets")
    queue = sqs.Queue.from_queue_arn(stack, "Queue", "arn:aws:sqs:us-east-1:111122223333:platform")
    JobProvider.configure(
        stack, dead_letter_queue=queue, permissions_boundary=POLICY.replace("4444", "1111", 1)
    )
    used = {"DeadLetterConfig": {"TargetArn": "arn:aws:sqs:us-east-1:111122223333:platform"}}
    Template.from_stack(stack).has_resource_properties("AWS::Lambda::Function", used)


def test_a_vpc_that_is_imported_outside_the_stage_is_used() -> None:
    """Nothing of it is deployed with the app."""
    app = cdk.App()
    vpc = ec2.Vpc.from_vpc_attributes(
        cdk.Stack(app, "Platform", env=ENV),
        "Vpc",
        vpc_id="vpc-1",
        availability_zones=["a"],
        private_subnet_ids=["subnet-1"],
    )
    CustomizationDefaults(provider=ProviderSettings(vpc=vpc)).apply_to(app)
    stack = cdk.Stack(cdk.Stage(app, "Prod", env=ENV), "Tickets")
    ModelCustomizationJob(stack, "Triage", base_model=BaseModel.NOVA_LITE, training_data=TRAIN)
    found = Template.from_stack(stack).to_json()["Resources"].values()
    [network] = [one["Properties"]["VpcConfig"] for one in found if one["Type"] == "AWS::Lambda::Function"]
    assert network["SubnetIds"] == ["subnet-1"]


@pytest.mark.parametrize("setting", ["permissions_boundary", "managed_policies"])
def test_a_policy_of_another_account_is_a_warning(setting: str) -> None:
    """One ARN as a default of an app is wrong in all accounts but one."""
    stack = cdk.Stack(cdk.App(), "Tickets", env=ENV)
    JobProvider.configure(stack, **{setting: POLICY})  # type: ignore[misc]
    text = Match.string_like_regexp(f"{setting} should be a policy of the account of the role.*ACCOUNT_ID")
    Annotations.from_stack(stack).has_warning("/Tickets/BedrockModelCustomization", text)


def test_the_boundary_of_a_service_role_in_another_account_is_a_warning() -> None:
    """The rule is that of the function's role."""
    stack = cdk.Stack(cdk.App(), "Tickets", env=ENV)
    role = ServiceRole(permissions_boundary=POLICY)
    ModelCustomizationJob(stack, "Triage", base_model=BaseModel.NOVA_LITE, training_data=TRAIN, role=role)
    text = Match.string_like_regexp(
        r"role\.permissions_boundary should be a policy of the account of the role"
    )
    Annotations.from_stack(stack).has_warning("/Tickets/Triage", text)


@pytest.mark.parametrize(
    "policy",
    [
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
        f"arn:aws:iam::{cdk.Aws.ACCOUNT_ID}:policy/Boundary",
        "arn:aws:iam::111122223333:policy/Boundary",
    ],
)
def test_policies_of_aws_and_of_every_account_are_no_finding(policy: str) -> None:
    """Neither of these needs a change in another account."""
    stack = cdk.Stack(cdk.App(), "Tickets", env=ENV)
    JobProvider.configure(
        stack, permissions_boundary=policy, checks=Checks(overrides={"policy-account": "error"})
    )
