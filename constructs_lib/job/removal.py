"""What CloudFormation does with a job's resource, and with what a job that goes on still needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk

from constructs_lib.request import Doubt

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from constructs import IConstruct

_IGNORED = "bedrock-customization:removal-policy-ignored"
_NOTE = (
    "the resource of a model customization job has the removal policy DESTROY, whatever an aspect or "
    "apply_removal_policy asks for: if it were retained, its job would run on and be billed, and no stack "
    "could stop it. "
    "on_delete=OnDelete.RETAIN is the way to leave a job running; a finished model stays anyway, unless "
    "on_delete is OnDelete.DELETE_MODEL"
)
_IN_VPC = "bedrock-customization:retained-job-in-vpc"
_CANNOT_STAY = (
    "OnDelete.RETAIN leaves a running job to train, but its hosts stand in {path}, which this app makes: "
    "when that stack is deleted, CloudFormation first removes the routes that the hosts need, and then "
    "fails at what their network interfaces and the retained security group still use. Let the network "
    "outlive the job in a stack of its own and delete that one when the job has ended, or acknowledge this "
    "warning"
)


def always_delete(resource: cdk.CfnResource) -> None:
    """Let CloudFormation tell the handler of every deletion, whatever removal policy is applied to a job.

    Without its Delete nobody stops the job: it runs on, is billed, and no stack knows of it.

    Args:
        resource: The job's resource.
    """
    resource.add_override("DeletionPolicy", "Delete")
    resource.add_override("UpdateReplacePolicy", "Delete")


def note_ignored_policies(stack: cdk.Stack, jobs: Iterable[tuple[str, cdk.CfnResource]]) -> None:
    """Note, once aspects have run, that a removal policy was asked for which no job's resource takes.

    Args:
        stack: The jobs' stack, which is given one note.
        jobs: The path and the resource of each job.
    """
    first = next((path for path, resource in jobs if _is_asked_to_stay(resource)), None)
    if first is not None:
        cdk.Annotations.of(stack).add_info_v2(_IGNORED, f"{first}: {_NOTE}")


def retain(made: Iterable[IConstruct]) -> None:
    """Keep what a job that goes on needs when its stack goes or replaces it; a failed creation keeps nothing.

    Args:
        made: What was made for the job; what is added below it later is kept as well.
    """
    for one in made:
        cdk.RemovalPolicies.of(one).retain_on_update_or_delete()


def what_cannot_stay(network: Sequence[IConstruct]) -> list[Doubt]:
    """Say that the hosts of a job that goes on stand in what this app makes, and so deletes.

    Args:
        network: VPC, subnets, security groups and endpoint that others than the job have made.
    """
    if not network:
        return []
    from aws_cdk import aws_ec2 as ec2

    here = (ec2.Vpc, ec2.Subnet, ec2.SecurityGroup, ec2.GatewayVpcEndpoint)
    first = next((one for one in network if isinstance(one, here)), None)
    return [Doubt(_IN_VPC, "on_delete", _CANNOT_STAY.format(path=first.node.path))] if first else []


def _is_asked_to_stay(resource: cdk.CfnResource) -> bool:
    options = resource.cfn_options
    asked = (options.deletion_policy, options.update_replace_policy)
    return any(policy not in (None, cdk.CfnDeletionPolicy.DELETE) for policy in asked)
