"""What comes after training: parameters with a model's ARN, and deployments that serve the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..contract.resource import RESOURCE_TAG, STACK_TAG
from .statements import allow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .statements import Statement

_INVOKE = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")
_WRITE_PARAMETER = (
    "ssm:PutParameter",
    "ssm:GetParameter",
    "ssm:DeleteParameter",
    "ssm:AddTagsToResource",
    "ssm:RemoveTagsFromResource",
    "ssm:ListTagsForResource",
)
_DELETE_PARAMETER = ("ssm:GetParameter", "ssm:DeleteParameter", "ssm:ListTagsForResource")
_DEPLOYMENT = ("custom-model-deployment", "CustomModelDeployment")
_THROUGHPUT = ("provisioned-model", "ProvisionedModelThroughput")


def parameter_arn(name: str, *, partition: str, region: str, account: str) -> str:
    """Return the ARN of a parameter; the slash at the beginning of a name is not repeated in it.

    Args:
        name: the parameter's name.
        partition: its partition.
        region: its Region.
        account: its account.
    """
    return f"arn:{partition}:ssm:{region}:{account}:parameter/{name.removeprefix('/')}"


def parameter_statements(arns: Sequence[str]) -> list[Statement]:
    """Return the statements for writing parameters that are named exactly.

    See https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html.

    Args:
        arns: the ARNs of the parameters.
    """
    return [allow(_WRITE_PARAMETER, arns)] if arns else []


def old_parameter_statements(stack_id: str, *, partition: str, region: str, account: str) -> list[Statement]:
    """Return the statement for deleting parameters of the stack that the template does not name any more.

    CloudFormation updates the policies of a role before it deletes what was removed from the template.

    Args:
        stack_id: the stack's ARN, which the parameters have in a tag.
        partition: the partition of the stack.
        region: its Region.
        account: its account.
    """
    every = parameter_arn("*", partition=partition, region=region, account=account)
    return [allow(_DELETE_PARAMETER, [every], _tagged({STACK_TAG: stack_id}))]


def deployment_statements(stack_id: str, *, partition: str, region: str, account: str) -> list[Statement]:
    """Return the statements for creating, changing and deleting the deployments of a stack.

    What is created must have the tag of the stack, and only what has it can be changed. Bedrock makes ids.
    Whether IAM checks the deployment and its tags when it is created is not recorded, so both are permitted,
    tags only where the deployment has none of a stack yet. See
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_bedrock.html.

    Args:
        stack_id: the stack's ARN.
        partition: the partition of the stack.
        region: its Region.
        account: its account.
    """
    return _serving_statements(stack_id, f"arn:{partition}:bedrock:{region}:{account}", *_DEPLOYMENT)


def throughput_statements(stack_id: str, *, partition: str, region: str, account: str) -> list[Statement]:
    """Return the statements for buying, changing and deleting the provisioned throughputs of a stack.

    They are limited by tags as those for deployments are.

    Args:
        stack_id: the stack's ARN.
        partition: the partition of the stack.
        region: its Region.
        account: its account.
    """
    return _serving_statements(stack_id, f"arn:{partition}:bedrock:{region}:{account}", *_THROUGHPUT)


def _serving_statements(stack_id: str, prefix: str, kind: str, noun: str) -> list[Statement]:
    models, own = f"{prefix}:custom-model/*", f"{prefix}:{kind}/*"
    with_tag = {"StringEquals": {f"aws:RequestTag/{STACK_TAG}": stack_id}}
    is_new = {"Null": {f"aws:ResourceTag/{STACK_TAG}": "true"}}
    read = (f"bedrock:Get{noun}", "bedrock:ListTagsForResource")
    change = [f"bedrock:{one}" for one in (f"Update{noun}", f"Delete{noun}", "TagResource", "UntagResource")]
    return [
        allow([f"bedrock:Create{noun}"], [models, own], with_tag),
        allow(["bedrock:TagResource"], [own], {**with_tag, **is_new}),
        allow([f"bedrock:Update{noun}"], [models]),
        allow(read, [own]),
        allow(change, [own], _tagged({STACK_TAG: stack_id})),
    ]


def invoke_tagged_statement(stack_id: str, logical_id: str, *, every: str) -> Statement:
    """Return the statement that permits inference on what one resource of a stack serves, by its tags.

    For a deployment or a throughput whose ARN is not known when the policy is deployed.

    Args:
        stack_id: the stack's ARN.
        logical_id: the logical id of the resource.
        every: the ARN of all deployments, or throughputs, of the account and Region, with a wildcard.
    """
    return allow(_INVOKE, [every], _tagged({STACK_TAG: stack_id, RESOURCE_TAG: logical_id}))


def read_deployment_statement(arn: str) -> Statement:
    """Return the statement that permits reading the status of a deployment."""
    return allow([f"bedrock:Get{_DEPLOYMENT[1]}"], [arn])


def read_throughput_statement(arn: str) -> Statement:
    """Return the statement that permits reading the status of a provisioned throughput."""
    return allow([f"bedrock:Get{_THROUGHPUT[1]}"], [arn])


def read_tagged_statement(stack_id: str, logical_id: str, *, every: str) -> Statement:
    """Return the statement that permits reading the status of what one resource serves, by its tags.

    Args:
        stack_id: the stack's ARN.
        logical_id: the logical id of the resource.
        every: the ARN of all deployments, or throughputs, of the account and Region, with a wildcard.
    """
    noun = _THROUGHPUT[1] if f":{_THROUGHPUT[0]}/" in every else _DEPLOYMENT[1]
    return allow([f"bedrock:Get{noun}"], [every], _tagged({STACK_TAG: stack_id, RESOURCE_TAG: logical_id}))


def read_parameter_statement(arn: str) -> Statement:
    """Return the statement that permits reading the value of a parameter."""
    return allow(["ssm:GetParameter", "ssm:GetParameters"], [arn])


def _tagged(tags: Mapping[str, str]) -> dict[str, dict[str, str]]:
    return {"StringEquals": {f"aws:ResourceTag/{key}": value for key, value in tags.items()}}
