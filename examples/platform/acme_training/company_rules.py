"""What Acme prescribes for every job and for everything that a job brings along."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
import jsii
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_ssm as ssm

from constructs_lib import (
    BaseModel,
    CustomizationDefaults,
    JobNetwork,
    ModelCustomizationValidation,
    ProviderSettings,
)

if TYPE_CHECKING:
    from constructs import IConstruct

RULES = "2026-11"
"""The version of these rules, which an account records."""

REGION = "us-east-1"
ACCOUNT = "000000000000"  # the local AWS; Acme's pipeline passes its own
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ON_CALL = f"arn:aws:sns:{REGION}:{ACCOUNT}:acme-on-call"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/acme-boundary"
SUBNETS = ["subnet-0a1b2c3d4e5f60001", "subnet-0a1b2c3d4e5f60002"]
SECURITY_GROUP = "sg-0a1b2c3d4e5f60001"


def apply_company_rules(app: cdk.App) -> None:
    """Apply Acme's defaults and rules to an app; call it before any job is defined.

    Args:
        app: the app of a product team.
    """
    models = [BaseModel.NOVA_LITE, BaseModel.NOVA_MICRO]
    CustomizationDefaults(
        custom_model_kms_key=KEY,
        network=JobNetwork.from_ids(subnet_ids=SUBNETS, security_group_ids=[SECURITY_GROUP]),
        permissions_boundary=BOUNDARY,
        role_path="/acme/ml/",
        provider=_function_settings(app),
        allowed_base_models=models,
        allowed_regions=[REGION],
        required_tags=["cost-centre", "organisation"],
        max_training_tokens=20_000_000,
    ).apply_to(app)
    cdk.Tags.of(app).add("organisation", "Acme")
    cdk.Aspects.of(app).add(SmallFunctions())
    # Refuses the same in templates that contain such a custom resource without the construct.
    cdk.Validations.of(app).add_plugins(
        ModelCustomizationValidation(allowed_base_models=models, allowed_regions=[REGION])
    )


def _function_settings(app: cdk.App) -> ProviderSettings:
    """Return what Acme's policies demand of every Lambda function."""
    shared = cdk.Stack(app, "AcmeShared")
    ssm.StringParameter(shared, "Rules", parameter_name="/acme/ml/rules", string_value=RULES)
    vpc = ec2.Vpc.from_vpc_attributes(
        shared,
        "Vpc",
        vpc_id="vpc-0a1b2c3d4e5f60001",
        availability_zones=["us-east-1a", "us-east-1b"],
        private_subnet_ids=SUBNETS,
    )
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:acme-failed-events"
    return ProviderSettings(
        vpc=vpc,
        security_groups=[ec2.SecurityGroup.from_security_group_id(shared, "Group", SECURITY_GROUP)],
        dead_letter_queue=sqs.Queue.from_queue_arn(shared, "Failed", queue),
        reserved_concurrent_executions=10,
        tracing=lambda_.Tracing.ACTIVE,
        log_encryption_key=KEY,
        log_retention_days=365,
    )


@jsii.implements(cdk.IAspect)
class SmallFunctions:
    """Refuses functions with more memory than Acme pays for."""

    def visit(self, node: IConstruct) -> None:
        """Check one construct.

        Args:
            node: any construct of the app.
        """
        if isinstance(node, lambda_.CfnFunction) and (node.memory_size or 128) > 1024:  # noqa: PLR2004 - MB
            cdk.Annotations.of(node).add_error("functions have at most 1024 MB")
