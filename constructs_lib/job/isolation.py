"""The pieces that let a job without internet train: a security group, and an S3 endpoint for its data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import aws_cdk as cdk
from constructs import Construct

from constructs_lib.job.acknowledged import HOSTS, VPC, acknowledge
from constructs_lib.job.permissions import document, endpoint_statements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_ec2 as ec2

    from constructs_lib.job.permissions import S3Location

S3_PREFIX_LISTS = {
    "us-east-1": "pl-63a5400a",
    "us-east-2": "pl-7ba54012",
    "us-west-1": "pl-6ba54002",
    "us-west-2": "pl-68a54001",
    "eu-central-1": "pl-6ea54007",
    "eu-west-1": "pl-6da54004",
    "eu-west-2": "pl-7ca54015",
    "ap-northeast-1": "pl-61a54008",
    "ap-south-1": "pl-78a54011",
    "ap-southeast-1": "pl-6fa54006",
    "ap-southeast-2": "pl-6ca54005",
    "sa-east-1": "pl-6aa54003",
}
"""AWS's managed prefix list of S3 by Region; CloudFormation has no function that looks it up."""

_HTTPS = 443
_OF_STACK: WeakKeyDictionary[cdk.Stack, dict[str, Isolation]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Way:
    """How the hosts of a job reach S3.

    Args:
        endpoint: A gateway endpoint that exists. Default: one is made.
        prefix_list_id: AWS's prefix list of S3. Default: the Region's own.
    """

    endpoint: ec2.IGatewayVpcEndpoint | None = None
    prefix_list_id: str | None = None


class Isolation(Construct):
    """What the jobs of one stack share in one VPC."""

    def __init__(
        self, scope: Construct, id: str, *, vpc: ec2.IVpc, subnets: Sequence[ec2.ISubnet], way: S3Way
    ) -> None:
        super().__init__(scope, id)
        self._stack = cdk.Stack.of(self)
        self._inputs: list[S3Location] = []
        self._outputs: list[S3Location] = []
        self.subnet_ids = [subnet.subnet_id for subnet in subnets]
        self.security_group_id = self._make_security_group(vpc, way)
        self._endpoint = None if way.endpoint else self._make_endpoint(vpc, subnets)

    @classmethod
    def found(cls, scope: Construct, vpc: ec2.IVpc) -> Isolation | None:
        """Find what the stack around `scope` has made in `vpc`."""
        return _OF_STACK.get(cdk.Stack.of(scope), {}).get(vpc.node.addr)

    @classmethod
    def of(cls, scope: Construct, *, vpc: ec2.IVpc, subnets: Sequence[ec2.ISubnet], way: S3Way) -> Isolation:
        """Find what the stack has in `vpc`, or make it: a route table takes one endpoint."""
        stack, address = cdk.Stack.of(scope), vpc.node.addr
        made = _OF_STACK.setdefault(stack, {})
        if address not in made:
            made[address] = cls(stack, f"JobNetwork{address[-8:]}", vpc=vpc, subnets=subnets, way=way)
        return made[address]

    def let_through(self, inputs: Sequence[S3Location], output: S3Location) -> None:
        """Open the endpoint to the data of one more job."""
        self._inputs.extend(inputs)
        self._outputs.append(output)
        if self._endpoint is not None:
            statements = endpoint_statements(
                inputs=self._inputs,
                outputs=self._outputs,
                partition=self._stack.partition,
                account=self._stack.account,
            )
            self._endpoint.add_property_override("PolicyDocument", document(statements))

    def _make_security_group(self, vpc: ec2.IVpc, way: S3Way) -> str:
        from aws_cdk import aws_ec2 as ec2

        # One rule stands in the group itself: a group without any is given one that lets all out.
        group = ec2.CfnSecurityGroup(
            self,
            "Hosts",
            group_description="Hosts of Bedrock customization jobs: each other, and S3",
            vpc_id=vpc.vpc_id,
            security_group_egress=[
                ec2.CfnSecurityGroup.EgressProperty(
                    ip_protocol="tcp",
                    from_port=_HTTPS,
                    to_port=_HTTPS,
                    destination_prefix_list_id=way.prefix_list_id or self._prefix_list_id(),
                    description="training data and results in S3",
                )
            ],
        )
        own = group.attr_group_id
        among: dict[str, Any] = {
            "group_id": own,
            "ip_protocol": "-1",
            "description": "hosts of one job work together",
        }
        ec2.CfnSecurityGroupIngress(self, "FromHosts", source_security_group_id=own, **among)
        acknowledge(self, HOSTS)
        ec2.CfnSecurityGroupEgress(self, "ToHosts", destination_security_group_id=own, **among)
        return own

    def _make_endpoint(self, vpc: ec2.IVpc, subnets: Sequence[ec2.ISubnet]) -> cdk.CfnResource:
        from aws_cdk import aws_ec2 as ec2

        endpoint = ec2.GatewayVpcEndpoint(
            self,
            "S3",
            vpc=vpc,
            service=ec2.GatewayVpcEndpointAwsService.S3,
            subnets=[ec2.SubnetSelection(subnets=list(subnets))],
        )
        resource = endpoint.node.default_child
        assert isinstance(resource, cdk.CfnResource)  # noqa: S101 - a gateway endpoint is one L1
        return resource

    def _prefix_list_id(self) -> str:
        known = S3_PREFIX_LISTS.get(self._stack.region)
        if known is not None:
            return known
        by_region = {region: {"S3": name} for region, name in S3_PREFIX_LISTS.items()}
        return cdk.CfnMapping(self, "PrefixLists", mapping=by_region).find_in_map(cdk.Aws.REGION, "S3")


def knows_prefix_list(region: str) -> bool:
    """Tell whether the way to S3 can be named in `region`; a token is looked up at deployment."""
    return region in S3_PREFIX_LISTS or cdk.Token.is_unresolved(region)


def isolated_vpc(
    scope: Construct, id: str, *, cidr: str, availability_zones: Sequence[str] | None, max_azs: int
) -> ec2.Vpc:
    """Make a VPC of isolated subnets, without any gateway."""
    from aws_cdk import aws_ec2 as ec2

    zones = {"availability_zones": list(availability_zones)} if availability_zones else {"max_azs": max_azs}
    vpc = ec2.Vpc(
        scope,
        id,
        ip_addresses=ec2.IpAddresses.cidr(cidr),
        nat_gateways=0,
        subnet_configuration=[
            ec2.SubnetConfiguration(name="Job", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
        ],
        restrict_default_security_group=False,
        **zones,
    )
    acknowledge(vpc, VPC)
    return vpc
