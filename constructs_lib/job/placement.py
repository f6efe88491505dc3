"""What a job is told about its network, and what must hold for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from constructs_lib.permissions import NETWORK_ID, exact_problems
from constructs_lib.request.problems import Problem
from constructs_lib.request.tokens import is_known

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import aws_cdk as cdk
    from aws_cdk import aws_ec2 as ec2
    from constructs import IConstruct

    from constructs_lib.request.problems import Doubt

MOST_SUBNETS = 16
"""As many subnets a job takes at most."""
MOST_GROUPS = 5
"""As many security groups a job takes at most."""

_ROUTES = "pass the S3 gateway endpoint that the subnet uses, or refer to the VPC with its route table ids"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """What a job is told about its network.

    Args:
        subnet_ids: Subnets for Bedrock's network interfaces.
        security_group_ids: Security groups of these interfaces.
        dependencies: What must exist before the job starts. Default: nothing.
        made: What was made for jobs in this network. Default: nothing.
        found: Where the hosts stand that others made, as far as it is known. Default: nothing.
        doubts: What works but is thin. Default: nothing.
        bind: Called with the ARN of the role that is made for the job. Default: nobody asks for it.
        outlived_by: Called with the policy by which that role deletes the job's network interfaces, where it
            waits for nothing of the network. Default: nobody asks for it.
    """

    subnet_ids: Sequence[str]
    security_group_ids: Sequence[str]
    dependencies: Sequence[IConstruct] = ()
    made: Sequence[IConstruct] = ()
    found: Sequence[IConstruct] = ()
    doubts: Sequence[Doubt] = ()
    bind: Callable[[str], None] | None = None
    outlived_by: Callable[[cdk.CfnResource], None] | None = None


def dependencies_of(*constructs: IConstruct) -> list[IConstruct]:
    """List what a job must wait for although it refers to none of it: routes, rules and endpoints."""
    from aws_cdk import aws_ec2 as ec2

    awaited = (
        ec2.CfnRoute,
        ec2.CfnSecurityGroupEgress,
        ec2.CfnSecurityGroupIngress,
        ec2.CfnSubnetRouteTableAssociation,
        ec2.GatewayVpcEndpoint,
    )
    return [child for one in constructs for child in one.node.children if isinstance(child, awaited)]


def route_problems(subnets: Sequence[ec2.ISubnet]) -> Iterator[Problem]:
    """Ask for route tables: an endpoint needs them, and a VPC that is referred to may not name them."""
    for subnet in subnets:
        try:
            known = bool(subnet.route_table.route_table_id)
        except RuntimeError:
            known = False
        if not known:
            yield Problem(
                "s3_endpoint", "must be given where the route table is unknown", subnet.node.path, _ROUTES
            )


def count_problems(path: str, ids: Sequence[str], most: int) -> Iterator[Problem]:
    """Ask for one to `most` ids, each of which a policy can name."""
    if not 1 <= len(ids) <= most and is_known(ids):
        yield Problem(path, f"must have 1 to {most} entries", len(ids), "name those that the job shall use")
    for number, name in enumerate(ids) if is_known(ids) else ():
        yield from exact_problems(f"{path}[{number}]", name, NETWORK_ID)
