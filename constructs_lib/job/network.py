"""The network of a job: the subnets and security groups of its hosts in a VPC."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import aws_cdk as cdk

from constructs_lib.findings import NOT_SHOWN, Said, error, warning
from constructs_lib.job.isolation import Isolation, S3Route, isolated_vpc, knows_prefix_list, own_policy
from constructs_lib.permissions import NETWORK_ID, exact_problems
from constructs_lib.request import VpcConfig, is_known

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aws_cdk import aws_ec2 as ec2
    from constructs import Construct, IConstruct

    from constructs_lib.findings import Finding
    from constructs_lib.permissions import S3Location
    from constructs_lib.request import Problem

    _Subnets: TypeAlias = ec2.SubnetSelection | Sequence[ec2.ISubnet] | None

MOST_SUBNETS = 16
"""Bedrock accepts at most this many subnets for a job."""
MOST_GROUPS = 5
"""Bedrock accepts at most this many security groups for a job."""

_FEWEST_ZONES = 2
_SUBNETS = "vpcConfig.subnetIds"
_GROUPS = "vpcConfig.securityGroupIds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The network of one job; without arguments, that of a job without a VPC.

    Args:
        vpc_config: subnets and security groups of Bedrock's network interfaces. Default: no VPC.
        dependencies: what must exist before the job starts. Default: nothing.
        made: what this library made for the jobs of the network. Default: nothing.
        found: what others made and the hosts are in, as far as it is known. Default: nothing.
        findings: warnings about the network. Default: none.
        isolation: what restricts the network to its jobs' data. Default: nothing does.
    """

    vpc_config: VpcConfig | None = None
    dependencies: Sequence[IConstruct] = ()
    made: Sequence[IConstruct] = ()
    found: Sequence[IConstruct] = ()
    findings: Sequence[Finding] = ()
    isolation: Isolation | None = None

    def retained(self) -> Iterator[Finding]:
        """Warn that this app makes, and so deletes, what the hosts of a job that continues still use."""
        if not self.found:
            return
        from aws_cdk import aws_ec2 as ec2

        here = (ec2.Vpc, ec2.Subnet, ec2.SecurityGroup, ec2.GatewayVpcEndpoint)
        first = next((one for one in self.found if isinstance(one, here)), None)
        if first is not None:
            rule = (
                f"is OnDelete.RETAIN, so a running job continues, but its hosts are in {first.node.path}, "
                "which this app makes: when that stack is deleted, CloudFormation first removes the routes "
                "that the hosts need, and then fails to delete what their network interfaces and the "
                "retained security group still use"
            )
            fix = (
                "define the network in a stack of its own and delete that stack after the job has ended, or "
                "acknowledge this warning"
            )
            yield warning("retained-job-in-vpc", "on_delete", rule, NOT_SHOWN, fix)


class JobNetwork(ABC):
    """A VPC for the hosts that train: `isolated`, `from_vpc`, `in_new_vpc` or `from_ids`.

    See https://docs.aws.amazon.com/bedrock/latest/userguide/custom-model-job-access-security.html.
    """

    @staticmethod
    def isolated(
        vpc: ec2.IVpc,
        *,
        subnets: ec2.SubnetSelection | Sequence[ec2.ISubnet] | None = None,
        s3_endpoint: ec2.IGatewayVpcEndpoint | None = None,
        s3_prefix_list_id: str | None = None,
    ) -> JobNetwork:
        """Make a security group that reaches only itself and S3, and an S3 endpoint for the job's data.

        Args:
            vpc: the VPC of the job's hosts.
            subnets: which subnets. Default: all isolated ones, or else all private ones.
            s3_endpoint: a gateway endpoint that these subnets use already. Default: the one that the app has
                on their route tables, or else one is made. Its policy restricts the roles that are made for
                jobs to their data; everybody else in these subnets reaches all of S3 as before.
            s3_prefix_list_id: AWS's prefix list of S3. Default: the Region's own, where it is known.
        """
        return _Isolated(vpc, subnets, S3Route(endpoint=s3_endpoint, prefix_list_id=s3_prefix_list_id))

    @staticmethod
    def from_vpc(
        vpc: ec2.IVpc,
        *,
        security_groups: Sequence[ec2.ISecurityGroup],
        subnets: ec2.SubnetSelection | Sequence[ec2.ISubnet] | None = None,
    ) -> JobNetwork:
        """Use an existing VPC and security groups; the route to S3 must exist.

        Args:
            vpc: the VPC of the job's hosts.
            security_groups: one to five groups; they must let members reach each other and S3.
            subnets: which subnets. Default: all isolated ones, or else all private ones.
        """
        return _Existing(vpc, subnets, security_groups)

    @staticmethod
    def in_new_vpc(
        scope: Construct,
        id: str,
        *,
        cidr: str = "10.0.0.0/16",
        availability_zones: Sequence[str] | None = None,
        max_azs: int = 3,
        s3_prefix_list_id: str | None = None,
    ) -> JobNetwork:
        """Make a VPC without internet access, and an `isolated` network in it.

        Only jobs use it, so its S3 endpoint allows access to their data and to nothing else.

        Args:
            scope: the construct to make the VPC in.
            id: its id there.
            cidr: its range of IP addresses.
            availability_zones: which zones. Default: the first `max_azs` that the CDK knows for the Region.
            max_azs: how many zones; AWS recommends a subnet in each. The CDK knows only two without a Region.
            s3_prefix_list_id: as for `isolated`.
        """
        vpc = isolated_vpc(scope, id, cidr=cidr, availability_zones=availability_zones, max_azs=max_azs)
        return _Isolated(vpc, None, S3Route(prefix_list_id=s3_prefix_list_id, only_jobs=True))

    @staticmethod
    def from_ids(*, subnet_ids: Sequence[str], security_group_ids: Sequence[str]) -> JobNetwork:
        """Use subnets and security groups of which only the ids are known."""
        return _ById(subnet_ids, security_group_ids)

    @abstractmethod
    def problems(self, scope: Construct) -> Iterator[Finding | Problem]:
        """Return what is wrong, before anything is made."""

    @abstractmethod
    def bind(self, scope: Construct, *, inputs: Sequence[S3Location], output: S3Location) -> Placement:
        """Make what the network still lacks for one more job, and return that job's network."""


class _ById(JobNetwork):
    def __init__(self, subnet_ids: Sequence[str], security_group_ids: Sequence[str]) -> None:
        self._subnet_ids = subnet_ids
        self._security_group_ids = security_group_ids

    def problems(self, scope: Construct) -> Iterator[Finding | Problem]:  # noqa: ARG002 - the ids are enough
        yield from _subnet_id_problems(self._subnet_ids)
        yield from _group_id_problems(self._security_group_ids)

    def bind(self, scope: Construct, *, inputs: Sequence[S3Location], output: S3Location) -> Placement:  # noqa: ARG002 - nothing is made
        config = VpcConfig(subnet_ids=self._subnet_ids, security_group_ids=self._security_group_ids)
        return Placement(vpc_config=config)


class _InVpc(JobNetwork):
    """What networks in a known VPC have in common: which subnets, and what is wrong with them."""

    def __init__(self, vpc: ec2.IVpc, subnets: _Subnets) -> None:
        self._vpc = vpc
        self._subnets = subnets

    def problems(self, scope: Construct) -> Iterator[Finding | Problem]:  # noqa: ARG002 - for others
        try:
            chosen = self._chosen()
        except RuntimeError as problem:  # the CDK raises it where no subnet of the VPC matches the selection
            said = str(problem).splitlines()[0].partition(": ")[2]
            rule = "must be subnets of the VPC"
            yield error("subnet-selection", _SUBNETS, rule, self._vpc.node.path, f"select others: {said}")
            return
        ids = [subnet.subnet_id for subnet in chosen]
        yield from _subnet_id_problems(ids)
        public = {subnet.subnet_id for subnet in self._vpc.public_subnets}
        for number, subnet_id in enumerate(ids):
            if subnet_id in public:
                path = f"{_SUBNETS}[{number}]"
                fix = (
                    "use isolated or private subnets: Bedrock's network interfaces have no public IP address"
                )
                got = chosen[number].node.path
                yield error("subnet-public", path, "must not be a public subnet", got, fix)

    def _chosen(self) -> list[ec2.ISubnet]:
        from aws_cdk import aws_ec2 as ec2

        if self._subnets is None:
            return self._vpc.isolated_subnets or self._vpc.private_subnets
        if isinstance(self._subnets, ec2.SubnetSelection):
            return self._vpc.select_subnets(**self._subnets._values).subnets  # noqa: SLF001 - its keywords
        return list(self._subnets)

    def _few_zones(self, chosen: Sequence[ec2.ISubnet]) -> list[Finding]:
        covered = len({subnet.availability_zone for subnet in chosen})
        wanted = max(len(set(self._vpc.availability_zones)), _FEWEST_ZONES)
        if covered >= wanted:
            return []
        rule = (
            "should include a subnet in each Availability Zone, as AWS recommends, because Bedrock uses the "
            "zone that has capacity"
        )
        got = Said(f"{covered} of {wanted} Availability Zones")
        fix = "add subnets, or acknowledge this warning"
        return [warning("network-availability-zones", _SUBNETS, rule, got, fix)]


class _Existing(_InVpc):
    def __init__(
        self, vpc: ec2.IVpc, subnets: _Subnets, security_groups: Sequence[ec2.ISecurityGroup]
    ) -> None:
        super().__init__(vpc, subnets)
        self._groups = security_groups

    def problems(self, scope: Construct) -> Iterator[Finding | Problem]:
        yield from super().problems(scope)
        yield from _group_id_problems([group.security_group_id for group in self._groups])

    def bind(self, scope: Construct, *, inputs: Sequence[S3Location], output: S3Location) -> Placement:  # noqa: ARG002 - nothing is made
        chosen = self._chosen()
        config = VpcConfig(
            subnet_ids=[subnet.subnet_id for subnet in chosen],
            security_group_ids=[group.security_group_id for group in self._groups],
        )
        return Placement(
            vpc_config=config,
            dependencies=dependencies_of(*chosen, *self._groups),
            found=[self._vpc, *chosen, *self._groups],
            findings=self._few_zones(chosen),
        )


class _Isolated(_InVpc):
    def __init__(self, vpc: ec2.IVpc, subnets: _Subnets, route: S3Route) -> None:
        super().__init__(vpc, subnets)
        self._route = route

    def problems(self, scope: Construct) -> Iterator[Finding | Problem]:
        found = list(super().problems(scope))
        yield from found
        region = cdk.Stack.of(scope).region
        if self._route.prefix_list_id is None and not knows_prefix_list(region):
            fix = "take the id from `aws ec2 describe-managed-prefix-lists` (com.amazonaws.<region>.s3)"
            yield error("s3-prefix-list", "s3_prefix_list_id", "must be given in this Region", region, fix)
        if found:
            return
        chosen = self._chosen()
        if self._route.endpoint is None:
            yield from _unknown_route_tables(chosen)
        other = Isolation.elsewhere(scope, self._vpc)
        if other is not None and other.only_jobs:
            rule = (
                "must have all its jobs in one stack, because its endpoint only allows access to their data"
            )
            fix = "define these jobs in one stack, or give each stack a network of its own"
            yield error("network-of-another-stack", "network", rule, cdk.Stack.of(other).node.path, fix)
        made = Isolation.found(scope, self._vpc)
        if made is not None and made.subnet_ids != [subnet.subnet_id for subnet in chosen]:
            rule = "must be the same for all isolated jobs of a stack in a VPC, which share one S3 endpoint"
            fix = "give all jobs the same subnets, or s3_endpoint="
            yield error("isolated-subnets-differ", _SUBNETS, rule, self._vpc.node.path, fix)

    def bind(self, scope: Construct, *, inputs: Sequence[S3Location], output: S3Location) -> Placement:
        chosen = self._chosen()
        made = Isolation.of(scope, vpc=self._vpc, subnets=chosen, route=self._route)
        made.let_through(inputs, output)
        endpoints: list[IConstruct] = [self._route.endpoint] if self._route.endpoint else [*made.used]
        return Placement(
            vpc_config=VpcConfig(subnet_ids=made.subnet_ids, security_group_ids=[made.security_group_id]),
            dependencies=[*dependencies_of(*chosen, made), *endpoints],
            made=[made],
            found=[self._vpc, *chosen, *endpoints],
            findings=[*self._few_zones(chosen), *_endpoint_policies(endpoints)],
            isolation=made,
        )


def dependencies_of(*constructs: IConstruct) -> list[IConstruct]:
    """Return what a job waits for although it refers to none of it: routes, rules and endpoints."""
    from aws_cdk import aws_ec2 as ec2

    kinds = (
        ec2.CfnRoute,
        ec2.CfnSecurityGroupEgress,
        ec2.CfnSecurityGroupIngress,
        ec2.CfnSubnetRouteTableAssociation,
        ec2.GatewayVpcEndpoint,
    )
    return [child for one in constructs for child in one.node.children if isinstance(child, kinds)]


def _subnet_id_problems(ids: Sequence[str]) -> Iterator[Finding | Problem]:
    if not 1 <= len(ids) <= MOST_SUBNETS and is_known(ids):
        fix = "list the subnets the job should use"
        yield error("subnet-count", _SUBNETS, f"must have 1 to {MOST_SUBNETS} entries", len(ids), fix)
    yield from _id_problems(_SUBNETS, ids)


def _group_id_problems(ids: Sequence[str]) -> Iterator[Finding | Problem]:
    if not 1 <= len(ids) <= MOST_GROUPS and is_known(ids):
        fix = "list the security groups the job should use"
        yield error("security-group-count", _GROUPS, f"must have 1 to {MOST_GROUPS} entries", len(ids), fix)
    yield from _id_problems(_GROUPS, ids)


def _id_problems(path: str, ids: Sequence[str]) -> Iterator[Problem]:
    for number, name in enumerate(ids) if is_known(ids) else ():
        yield from exact_problems(f"{path}[{number}]", name, NETWORK_ID)


def _unknown_route_tables(subnets: Sequence[ec2.ISubnet]) -> Iterator[Finding]:
    """Return subnets without a known route table, which the S3 endpoint needs, as in an imported VPC."""
    for subnet in subnets:
        try:
            known = bool(subnet.route_table.route_table_id)
        except RuntimeError:
            known = False
        if not known:
            rule = "must be given where the route table is unknown"
            fix = "pass the S3 gateway endpoint of the subnet, or import the VPC with its route table ids"
            yield error("route-table-unknown", "s3_endpoint", rule, subnet.node.path, fix)


def _endpoint_policies(endpoints: Sequence[IConstruct]) -> Iterator[Finding]:
    for one in endpoints:
        if own_policy(one):
            rule = (
                f"use the S3 endpoint {one.node.path}, which has a policy of its own that no job changes: "
                "it has to let the job's role read its data and write its results"
            )
            fix = "check that policy, or acknowledge this warning"
            yield warning("network-endpoint-policy", _SUBNETS, rule, NOT_SHOWN, fix)
