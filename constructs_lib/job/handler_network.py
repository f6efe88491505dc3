"""The VPC of the function behind jobs: an existing one, which is used and never changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..findings import Described, error, warning
from .network import selected_subnets
from .provider_values import SETTING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aws_cdk import aws_ec2 as ec2
    from constructs import Construct

    from ..findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionPlacement:
    """The subnets of a function, and what is wrong with them."""

    subnet_ids: Sequence[str] = ()
    findings: Sequence[Finding] = ()


def place_function(vpc: ec2.IVpc, subnets: ec2.SubnetSelection | None) -> FunctionPlacement:
    """Select the subnets of the function.

    Args:
        vpc: the VPC.
        subnets: which of its subnets. None selects all private ones, or else all isolated ones.
    """
    try:
        if subnets is None:
            chosen = vpc.private_subnets or vpc.isolated_subnets
        else:
            chosen = selected_subnets(vpc, subnets)
    except RuntimeError:
        chosen = []
    if not chosen:
        path = vpc.node.path
        name, rule = "vpc_subnets", "must select a subnet of the VPC"
        fix = f"pass a SubnetSelection that matches subnets of {path}"
        if subnets is None:
            name, rule = (
                "vpc",
                "must have a private or an isolated subnet if vpc_subnets is not given",
            )
            fix = "use another VPC, or select public subnets with vpc_subnets"
        return FunctionPlacement(findings=[error(SETTING, name, rule, Described(path), fix)])
    public = {one.subnet_id for one in vpc.public_subnets}
    paths = [one.node.path for one in chosen if one.subnet_id in public]
    found = [_public(paths[0])] if paths else []
    return FunctionPlacement(subnet_ids=[one.subnet_id for one in chosen], findings=found)


def security_group(scope: Construct, vpc: ec2.IVpc, ports: Iterable[int]) -> ec2.SecurityGroup:
    """Make a group that lets the function call some ports, and lets nothing in.

    Args:
        scope: the provider.
        vpc: the VPC.
        ports: the ports of what the function calls.
    """
    from aws_cdk import aws_ec2 as ec2

    group = ec2.SecurityGroup(
        scope,
        "SecurityGroup",
        vpc=vpc,
        allow_all_outbound=False,
        description="The function that starts, watches and stops model customization jobs",
    )
    for port in ports:
        group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(port), "Bedrock, CloudFormation, S3, proxy")
    return group


def _public(path: str) -> Finding:
    # https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc-internet.html
    rule = (
        "is a public subnet: Lambda gives a function no public IP address, so that it reaches only what the "
        "VPC has endpoints for"
    )
    fix = "select private subnets, or acknowledge this warning"
    return warning("function-public-subnet", "vpc_subnets", rule, path, fix)
