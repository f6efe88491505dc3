"""What a job without internet access needs in a VPC: a security group, and an S3 endpoint for its data."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import constructs
import jsii
from constructs import Construct

from ..findings import NOT_SHOWN, error
from ..permissions import document, endpoint_statements, others_statement
from .nag_suppressions import HOSTS, VPC, acknowledge
from .stack_env import StackEnv

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aws_cdk import aws_ec2 as ec2
    from constructs import IConstruct

    from ..permissions import S3Location

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
"""The AWS-managed prefix list of S3 by Region; CloudFormation has no function that looks it up."""

_HTTPS = 443
_S3 = re.compile(r'\.s3"')


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Route:
    """How the hosts of a job reach S3.

    Args:
        endpoint: a gateway endpoint that exists. Default: one is made.
        prefix_list_id: the AWS-managed prefix list of S3. Default: the Region's own.
        only_jobs: whether only jobs use the VPC. Default: others may use it, and their access is not limited.
    """

    endpoint: ec2.IGatewayVpcEndpoint | None = None
    prefix_list_id: str | None = None
    only_jobs: bool = False


class Isolation(Construct):
    """What the isolated jobs of one stack share in one VPC.

    Args:
        env: the stack.
        id: the id below the stack.
        vpc: the VPC.
        subnets: the subnets of the jobs' hosts.
        route: how these reach S3.
    """

    def __init__(
        self, env: StackEnv, id: str, *, vpc: ec2.IVpc, subnets: Sequence[ec2.ISubnet], route: S3Route
    ) -> None:
        super().__init__(env.stack, id)
        self._env = env
        self._inputs: list[S3Location] = []
        self._outputs: list[S3Location] = []
        self._role_arns: list[str] = []
        self.only_jobs = route.only_jobs
        self.subnet_ids = [subnet.subnet_id for subnet in subnets]
        self.security_group_id = self._make_security_group(vpc, route)
        self.used = [] if route.endpoint else s3_endpoints(self, subnets)
        taken = {table for one in self.used for table in one.route_table_ids or ()}
        rest = [subnet for subnet in subnets if subnet.route_table.route_table_id not in taken]
        self._endpoint = None if route.endpoint or not rest else self._make_endpoint(vpc, rest)

    @classmethod
    def found(cls, scope: Construct, vpc: ec2.IVpc) -> Isolation | None:
        """Return what the stack around `scope` has made in `vpc`, if anything."""
        return _made_in(StackEnv.of(scope)).get(vpc.node.addr)

    @classmethod
    def of(
        cls, scope: Construct, *, vpc: ec2.IVpc, subnets: Sequence[ec2.ISubnet], route: S3Route
    ) -> Isolation:
        """Return what the stack has in `vpc`, made once: a route table can have only one S3 endpoint."""
        env, address = StackEnv.of(scope), vpc.node.addr
        made = _made_in(env)
        if address not in made:
            made[address] = cls(env, f"JobNetwork{address[-8:]}", vpc=vpc, subnets=subnets, route=route)
        return made[address]

    @classmethod
    def elsewhere(cls, scope: Construct, vpc: ec2.IVpc) -> Isolation | None:
        """Return what another stack of the app has made in `vpc`, if anything."""
        here, address = StackEnv.of(scope), vpc.node.addr
        for env in StackEnv.all():
            made = _made_in(env)
            if env is not here and address in made and env.root is here.root:
                return made[address]
        return None

    def add_data(self, inputs: Sequence[S3Location], output: S3Location) -> None:
        """Allow access to the data of one more job in the endpoint's policy."""
        self._inputs.extend(inputs)
        self._outputs.append(output)
        self._set_policy()

    def add_role(self, role_arn: str, interfaces_policy: cdk.CfnResource | None) -> None:
        """Restrict a role that is made for a job to the jobs' data in the endpoint's policy.

        Args:
            role_arn: the role.
            interfaces_policy: the policy by which Bedrock deletes the job's network interfaces as that role.
                The security group, which these interfaces use, is deleted first. None where the policy waits
                for resources of the user, which may use the security group.
        """
        if interfaces_policy is not None:
            self._group.node.add_dependency(interfaces_policy)
        self._role_arns.append(role_arn)
        self._set_policy()

    def _set_policy(self) -> None:
        if self._endpoint is not None:
            others = [] if self.only_jobs else [others_statement(self._role_arns)]
            statements = endpoint_statements(
                inputs=self._inputs,
                outputs=self._outputs,
                partition=self._env.partition,
                account=self._env.account,
            )
            self._endpoint.add_property_override("PolicyDocument", document([*statements, *others]))

    def _make_security_group(self, vpc: ec2.IVpc, route: S3Route) -> str:
        from aws_cdk import aws_ec2 as ec2

        # One rule is inside the group itself: EC2 gives a group without rules one that allows all egress.
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
                    destination_prefix_list_id=route.prefix_list_id or self._prefix_list_id(),
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
        endpoint.node.add_validation(_NoSecondEndpoint(self, resource, subnets))
        return resource

    def _prefix_list_id(self) -> str:
        known = S3_PREFIX_LISTS.get(self._env.region)
        if known is not None:
            return known
        by_region = {region: {"S3": name} for region, name in S3_PREFIX_LISTS.items()}
        return cdk.CfnMapping(self, "PrefixLists", mapping=by_region).find_in_map(cdk.Aws.REGION, "S3")


class _ByVpc(dict[str, Isolation]):
    """What the jobs of one stack share in each VPC, by the address of the VPC's construct."""


def _made_in(env: StackEnv) -> dict[str, Isolation]:
    return env.find_or_make(_ByVpc, _ByVpc)


@jsii.implements(constructs.IValidation)
class _NoSecondEndpoint:
    """Reports, once the whole app is defined, a route table that would get a second endpoint."""

    def __init__(
        self, scope: Construct, endpoint: ec2.CfnVPCEndpoint, subnets: Sequence[ec2.ISubnet]
    ) -> None:
        self._scope, self._endpoint, self._subnets = scope, endpoint, subnets

    def validate(self) -> list[str]:
        made = self._endpoint.node.path
        found = [one.node.path for one in s3_endpoints(self._scope, self._subnets)]
        rule = "are S3 gateway endpoints on the same route table, and EC2 rejects the second one"
        fix = "define the endpoint before the job, which then uses it, or pass it as s3_endpoint="
        problems = [
            error("second-s3-endpoint", f"{path} and {made}", rule, NOT_SHOWN, fix)
            for path in found
            if path != made
        ]
        return [str(one) for one in problems]


def s3_endpoints(scope: IConstruct, subnets: Sequence[ec2.ISubnet]) -> list[ec2.CfnVPCEndpoint]:
    """Return the S3 gateway endpoints that the app defines on the route tables of `subnets`.

    Args:
        scope: any construct of the app.
        subnets: subnets whose route tables are known.
    """
    tables = {subnet.route_table.route_table_id for subnet in subnets}
    return [one for one in _s3_gateways(scope) if tables & set(one.route_table_ids or ())]


def has_own_policy(endpoint: IConstruct | None) -> bool:
    """Return whether an endpoint that the app defines has a policy; of an imported one it is not known.

    Args:
        endpoint: the endpoint, as an L1 or an L2.
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
    """Return whether the prefix list of S3 in `region` is known; a token is looked up at deployment."""
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
