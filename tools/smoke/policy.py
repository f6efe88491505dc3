"""The least policy of the person who runs the smoke test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tools.smoke.account import PREFIX
from tools.smoke.plan import NO_STACK

if TYPE_CHECKING:
    from collections.abc import Collection

_JOBS = (
    "bedrock:CreateModelCustomizationJob",
    "bedrock:GetModelCustomizationJob",
    "bedrock:StopModelCustomizationJob",
)
_READ = (
    "bedrock:GetCustomModel",
    "bedrock:GetCustomModelDeployment",
    "bedrock:GetModelCustomizationJob",
)
_TAGS = ("bedrock:ListTagsForResource", "bedrock:TagResource", "bedrock:UntagResource")
_DEPLOYMENTS = (
    "bedrock:CreateCustomModelDeployment",
    "bedrock:DeleteCustomModelDeployment",
    "bedrock:GetCustomModelDeployment",
    "bedrock:UpdateCustomModelDeployment",
)
# What leftovers are looked for with, at the end of every run.
_LISTS = (
    "bedrock:ListCustomModelDeployments",
    "bedrock:ListCustomModels",
    "bedrock:ListModelCustomizationJobs",
    "cloudformation:DescribeStacks",
)
_STACKS = (
    "cloudformation:CreateStack",
    "cloudformation:DeleteStack",
    "cloudformation:DescribeStackEvents",
    "cloudformation:DescribeStackResource",
    "cloudformation:SignalResource",
    "cloudformation:TagResource",
    "cloudformation:UpdateStack",
)
# Here and below, with what CloudFormation's handler of the resource type lists for reading it.
_ROLES = (
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:DeleteRolePolicy",
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListRolePolicies",
    "iam:PutRolePolicy",
    "iam:TagRole",
)
_BUCKET = (
    "s3:CreateBucket",
    "s3:DeleteBucket",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketTagging",
    "s3:GetLifecycleConfiguration",
    "s3:ListBucket",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketTagging",
    "s3:PutLifecycleConfiguration",
)
_OBJECTS = ("s3:DeleteObject", "s3:PutObject")
_QUEUES = (
    "sqs:CreateQueue",
    "sqs:DeleteMessage",
    "sqs:DeleteQueue",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:ListQueueTags",
    "sqs:ReceiveMessage",
    "sqs:SetQueueAttributes",
    "sqs:TagQueue",
)
_RULES = (
    "events:DeleteRule",
    "events:DescribeRule",
    "events:ListTagsForResource",
    "events:ListTargetsByRule",
    "events:PutRule",
    "events:PutTargets",
    "events:RemoveTargets",
    "events:TagResource",
)
_FUNCTIONS = (
    "lambda:CreateFunction",
    "lambda:DeleteFunction",
    "lambda:GetFunction",
    "lambda:GetFunctionCodeSigningConfig",
    "lambda:GetFunctionRecursionConfig",
    "lambda:GetRuntimeManagementConfig",
    "lambda:InvokeFunction",
    "lambda:TagResource",
)
_LOGS = (
    "logs:CreateLogGroup",
    "logs:DeleteLogGroup",
    "logs:ListTagsForResource",
    "logs:PutRetentionPolicy",
    "logs:TagResource",
)

_ACTIONS = {
    "bedrock-runtime:Converse": "bedrock:InvokeModel",
    "iam:SimulateCustomPolicy": "iam:SimulateCustomPolicy",
    "s3:DeleteObjects": "s3:DeleteObject",
    "s3:ListObjectsV2": "s3:ListBucket",
    "service-quotas:ListServiceQuotas": "servicequotas:ListServiceQuotas",
    "sts:GetCallerIdentity": "",  # needs no permission
}


def action_of(call: str) -> str:
    """Return the IAM action of a call; "" if it needs none.

    Args:
        call: service and operation, as botocore names them.
    """
    return _ACTIONS.get(call, call)


def policy(parts: Collection[str], *, account: str, region: str, partition: str = "aws") -> dict[str, Any]:
    """Return the policy that permits a run.

    Args:
        parts: its parts.
        account: the account's 12 digits.
        region: the Region.
        partition: the partition. Default: `aws`.
    """

    def arn(service: str, resource: str) -> str:
        return f"arn:{partition}:{service}:{region}:{account}:{resource}"

    named = f"{PREFIX}*"
    roles = f"arn:{partition}:iam::{account}:role/{named}"
    bedrock = {
        kind: arn("bedrock", f"{kind}/*")
        for kind in ("model-customization-job", "custom-model", "custom-model-deployment")
    }

    jobs, models, deployments = bedrock.values()
    base_model = f"arn:{partition}:bedrock:{region}::foundation-model/amazon.nova-micro-v1:0*"
    services = {"iam:PassedToService": ["bedrock.amazonaws.com", "lambda.amazonaws.com"]}
    with_stack = frozenset(parts) - {*NO_STACK}
    with_base = with_stack - {"signals"}
    needed = (
        (True, _LISTS, "*", None),
        ("quotas" in parts, ["servicequotas:ListServiceQuotas"], "*", None),
        ("simulator" in parts, ["iam:SimulateCustomPolicy"], "*", None),
        (with_stack, _STACKS, arn("cloudformation", f"stack/{named}/*"), None),
        (with_base, _ROLES, roles, None),
        (with_base, ["iam:PassRole"], roles, {"StringEquals": services}),
        (with_base, _BUCKET, f"arn:{partition}:s3:::{named}", None),
        (with_base, _OBJECTS, f"arn:{partition}:s3:::{named}/*", None),
        (with_base, _QUEUES, arn("sqs", named), None),
        (with_base, _RULES, arn("events", f"rule/{named}"), None),
        (with_base, _FUNCTIONS, arn("lambda", f"function:{named}"), None),
        (with_base, _LOGS, arn("logs", f"log-group:/aws/lambda/{named}"), None),
        (with_base, ["logs:DescribeLogGroups"], "*", None),
        (with_base & {"names", "deployment"}, ["sts:AssumeRole"], roles, None),
        ("names" in parts, _READ, list(bedrock.values()), None),
        (with_base & {"refusals", "job"}, _JOBS, [jobs, base_model], None),
        (with_base & {"refusals", "job"}, _TAGS, [jobs, models], None),
        (with_base & {"refusals", "job"}, ["bedrock:DeleteCustomModel"], models, None),
        (with_base & {"refusals", "job"}, ["bedrock:GetCustomModelDeployment"], deployments, None),
        ("deployment" in parts, _DEPLOYMENTS, [models, deployments], None),
        ("deployment" in parts, [*_TAGS, "bedrock:InvokeModel"], deployments, None),
    )
    statements = [
        _allow(actions, resource, condition) for applies, actions, resource, condition in needed if applies
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def _allow(
    actions: Collection[str], resource: str | list[str], condition: dict[str, Any] | None = None
) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": sorted(actions), "Resource": resource}
    return statement | ({"Condition": condition} if condition else {})
