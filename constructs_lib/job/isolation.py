"""The pieces that let a job without internet train: a security group, and an S3 endpoint for its data."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import aws_cdk as cdk
import constructs
import jsii
from constructs import Construct

from constructs_lib.job.nag_suppressions import HOSTS, VPC, acknowledge
from constructs_lib.permissions import document, endpoint_statements, others_statement

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aws_cdk import aws_ec2 as ec2
    from constructs import IConstruct

    from constructs_lib.permissions import S3Location

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
_S3 = re.compile(r'\.s3"')
_TWICE = (
    "{path} and {made} are S3 gateway endpoints on the same route table, and EC2 refuses the second one; "
    "define the endpoint before the job, which then uses it, or pass it as s3_endpoint="
)
_OF_STACK: WeakKeyDictionary[cdk.Stack, dict[str, Isolation]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Route:
    """How the hosts of a job reach S3.

    Args:
        endpoint: A gateway endpoint that exists. Default: one is made.
        prefix_list_id: AWS's prefix list of S3. Default: the Region's own.
        only_jobs: Whether nobody but jobs uses the VPC. Default: others may, and lose nothing.
    """

    endpoint: ec2.IGatewayVpcEndpoint | None = None
    prefix_list_id: str | None = None
    only_jobs: bool = False


class Isolation(Construct):
    """What the jobs of one stack share in one VPC."""

    def __init__(
        self, scope: Construct, id: str, *, vpc: ec2.IVpc, subnets: Sequence[ec2.ISubnet], way: S3Route
    ) -> None:
        super().__init__(scope, id)
        self._stack = cdk.Stack.of(self)
        self._inputs: list[S3Location] = []
        self._outputs: list[S3Location] = []
        self._role_arns: list[str] = []
        self.only_jobs = way.only_jobs
        self.subnet_ids = [subnet.subnet_id for subnet in subnets]
        self.security_group_id = self._make_security_group(vpc, way)
        self.used = [] if way.endpoint else s3_endpoints(self, subnets)
        taken = {table for one in self.used for table in one.route_table_ids or ()}
        rest = [subnet for subnet in subnets if subnet.route_table.route_table_id not in taken]
        self._endpoint = None if way.endpoint or not rest else self._make_endpoint(vpc, rest)

    @classmethod
    def found(cls, scope: Construct, vpc: ec2.IVpc) -> Isolation | None:
        """Find what the stack around `scope` has made in `vpc`."""
        return _OF_STACK.get(cdk.Stack.of(scope), {}).get(vpc.node.addr)

    @classmethod
    def of(
        cls, scope: Construct, *, vpc: ec2.IVpc, subnets: Sequence[ec2.ISubnet], way: S3Route
    ) -> Isolation:
        """Find what the stack has in `vpc`, or make it: a route table takes one endpoint."""
        stack, address = cdk.Stack.of(scope), vpc.node.addr
        made = _OF_STACK.setdefault(stack, {})
        if address not in made:
            made[address] = cls(stack, f"JobNetwork{address[-8:]}", vpc=vpc, subnets=subnets, way=way)
        return made[address]

    @classmethod
    def elsewhere(cls, scope: Construct, vpc: ec2.IVpc) -> Isolation | None:
        """Find what another stack of the app has made in `vpc`."""
        here, root = cdk.Stack.of(scope), scope.node.root
        for stack, made in _OF_STACK.items():
            if stack is not here and stack.node.root is root and vpc.node.addr in made:
                return made[vpc.node.addr]
        return None

    def outlived_by(self, policy: cdk.CfnResource) -> None:
        """Delete the security group before the policy by which Bedrock deletes the interfaces that use it."""
        self._group.add_dependency(policy)

    def let_through(self, inputs: Sequence[S3Location], output: S3Location) -> None:
        """Open the endpoint to the data of one more job."""
        self._inputs.extend(inputs)
        self._outputs.append(output)
        self._set_policy()

    def bind(self, role_arn: str) -> None:
        """Hold a role that was made for a job to the jobs' data; whoever else uses the endpoint is not."""
        self._role_arns.append(role_arn)
        self._set_policy()

    def _set_policy(self) -> None:
        if self._endpoint is not None:
            others = [] if self.only_jobs else [others_statement(self._role_arns)]
            statements = endpoint_statements(
                inputs=self._inputs,
                outputs=self._outputs,
                partition=self._stack.partition,
                account=self._stack.account,
            )
            self._endpoint.add_property_override("PolicyDocument", document([*statements, *others]))

    def _make_security_group(self, vpc: ec2.IVpc, way: S3Route) -> str:
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
        self._group = group
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

    def _make_endpoint(self, vpc: ec2.IVpc, subnets: Sequence[ec2.ISubnet]) -> ec2.CfnVPCEndpoint:
        from aws_cdk import aws_ec2 as ec2

        endpoint = ec2.GatewayVpcEndpoint(
            self,
            "S3",
            vpc=vpc,
            service=ec2.GatewayVpcEndpointAwsService.S3,
            subnets=[ec2.SubnetSelection(subnets=list(subnets))],
        )
        resource = endpoint.node.default_child
        assert isinstance(resource, ec2.CfnVPCEndpoint)  # noqa: S101 - a gateway endpoint is one L1
        endpoint.node.add_validation(_OnlyOne(self, resource, subnets))
        return resource

    def _prefix_list_id(self) -> str:
        known = S3_PREFIX_LISTS.get(self._stack.region)
        if known is not None:
            return known
        by_region = {region: {"S3": name} for region, name in S3_PREFIX_LISTS.items()}
        return cdk.CfnMapping(self, "PrefixLists", mapping=by_region).find_in_map(cdk.Aws.REGION, "S3")


@jsii.implements(constructs.IValidation)
class _OnlyOne:
    """Says, once the whole app is defined, where a route table would get a second endpoint."""

    def __init__(
        self, scope: Construct, endpoint: ec2.CfnVPCEndpoint, subnets: Sequence[ec2.ISubnet]
    ) -> None:
        self._scope, self._endpoint, self._subnets = scope, endpoint, subnets

    def validate(self) -> list[str]:
        made = self._endpoint.node.path
        found = [one.node.path for one in s3_endpoints(self._scope, self._subnets)]
        return [_TWICE.format(path=path, made=made) for path in found if path != made]


def s3_endpoints(scope: IConstruct, subnets: Sequence[ec2.ISubnet]) -> list[ec2.CfnVPCEndpoint]:
    """Find the S3 gateway endpoints that the app has on the route tables of `subnets`.

    Args:
        scope: Anything of the app.
        subnets: Subnets whose route tables are known.
    """
    tables = {subnet.route_table.route_table_id for subnet in subnets}
    return [one for one in _s3_gateways(scope) if tables & set(one.route_table_ids or ())]


def own_policy(endpoint: IConstruct | None) -> bool:
    """Tell whether an endpoint of the app has a policy; what is only referred to does not say.

    Args:
        endpoint: The endpoint, as an L1 or an L2.
    """
    from aws_cdk import aws_ec2 as ec2

    resource = endpoint if endpoint is None else endpoint.node.default_child or endpoint
    if not isinstance(resource, ec2.CfnVPCEndpoint):
        return False
    return cdk.Stack.of(resource).resolve(resource.policy_document) is not None


def _s3_gateways(scope: IConstruct) -> Iterator[ec2.CfnVPCEndpoint]:
    from aws_cdk import aws_ec2 as ec2

    for one in scope.node.root.node.find_all():
        if isinstance(one, ec2.CfnVPCEndpoint) and one.vpc_endpoint_type in (None, "Gateway"):
            service = cdk.Stack.of(one).resolve(one.service_name)
            if _S3.search(json.dumps(service)):
                yield one


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
