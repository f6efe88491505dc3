"""Where a job's hosts stand in a VPC: its subnets and its security groups."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, TypeAlias

import aws_cdk as cdk

from constructs_lib.job.isolation import Isolation, S3Route, isolated_vpc, knows_prefix_list, own_policy
from constructs_lib.job.placement import (
    MOST_GROUPS,
    MOST_SUBNETS,
    Placement,
    count_problems,
    dependencies_of,
    route_problems,
)
from constructs_lib.request.problems import Doubt, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aws_cdk import aws_ec2 as ec2
    from constructs import Construct, IConstruct

    from constructs_lib.permissions import S3Location

    _Subnets: TypeAlias = ec2.SubnetSelection | Sequence[ec2.ISubnet] | None

_FEWEST_ZONES = 2
_SUBNETS = "vpcConfig.subnetIds"
_GROUPS = "vpcConfig.securityGroupIds"
_ONE_SET = "must be the same for all isolated jobs of a stack in one VPC, because they share its S3 endpoint"
_LOOK_UP = "take the id from `aws ec2 describe-managed-prefix-lists` (com.amazonaws.<region>.s3)"
_ONE_STACK = "must have its jobs in one stack, because its endpoint lets nothing through but their data"
_IN_ONE_STACK = "define these jobs in one stack, or give each stack a network of its own"
_POLICY = "bedrock-customization:network-endpoint-policy"
_THIN = "bedrock-customization:network-availability-zones"


class JobNetwork(ABC):
    """A VPC for the hosts that train: `isolated`, `from_vpc`, `in_new_vpc` or `from_ids`.

    Rests on https://docs.aws.amazon.com/bedrock/latest/userguide/custom-model-job-access-security.html.
    """

    @staticmethod
    def isolated(
        vpc: ec2.IVpc,
        *,
        subnets: ec2.SubnetSelection | Sequence[ec2.ISubnet] | None = None,
        s3_endpoint: ec2.IGatewayVpcEndpoint | None = None,
        s3_prefix_list_id: str | None = None,
    ) -> JobNetwork:
        """Make a security group that reaches itself and S3, and an S3 endpoint that reaches the job's data.

        Args:
            vpc: Where the job's hosts stand.
            subnets: Which subnets. Default: all isolated ones, or else all private ones.
            s3_endpoint: A gateway endpoint that these subnets use already. Default: the one that the app has
                on their route tables, or else one is made. Its policy holds the roles that are made for jobs
                to their data; whoever else uses these subnets reaches all of S3 as before.
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
        """Take what exists; the way to S3 is yours to have.

        Args:
            vpc: Where the job's hosts stand.
            security_groups: One to five groups; they must let members reach each other and S3.
            subnets: Which subnets. Default: all isolated ones, or else all private ones.
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
        """Make a VPC without any way to the internet, and be `isolated` in it.

        Nobody but jobs is in it, so that its S3 endpoint lets through their data and nothing else.

        Args:
            scope: Where the VPC lives.
            id: Its name there.
            cidr: Its addresses.
            availability_zones: Which zones. Default: the first `max_azs` that CDK knows for the Region.
            max_azs: How many zones; AWS recommends a subnet in each. Without a Region, CDK knows only two.
            s3_prefix_list_id: As for `isolated`.
        """
        vpc = isolated_vpc(scope, id, cidr=cidr, availability_zones=availability_zones, max_azs=max_azs)
        return _Isolated(vpc, None, S3Route(prefix_list_id=s3_prefix_list_id, only_jobs=True))

    @staticmethod
    def from_ids(*, subnet_ids: Sequence[str], security_group_ids: Sequence[str]) -> JobNetwork:
        """Name subnets and security groups that this app knows nothing else about."""
        return _Named(Placement(subnet_ids=subnet_ids, security_group_ids=security_group_ids))

    @abstractmethod
    def problems(self, scope: Construct) -> Iterator[Problem]:
        """Say what is wrong, before anything is made."""

    @abstractmethod
    def bind(self, scope: Construct, *, inputs: Sequence[S3Location], output: S3Location) -> Placement:
        """Make what the network still lacks for one more job, and say where that job stands."""


class _Named(JobNetwork):
    def __init__(self, placement: Placement) -> None:
        self._placement = placement

    def problems(self, scope: Construct) -> Iterator[Problem]:  # noqa: ARG002 - ids say all
        yield from count_problems(_SUBNETS, self._placement.subnet_ids, MOST_SUBNETS)
        yield from count_problems(_GROUPS, self._placement.security_group_ids, MOST_GROUPS)

    def bind(self, scope: Construct, *, inputs: Sequence[S3Location], output: S3Location) -> Placement:  # noqa: ARG002 - nothing is made
        return self._placement


class _InVpc(JobNetwork):
    """What the networks of a known VPC have in common: which subnets, and what is wrong with them."""

    def __init__(self, vpc: ec2.IVpc, subnets: _Subnets) -> None:
        self._vpc = vpc
        self._subnets = subnets

    def problems(self, scope: Construct) -> Iterator[Problem]:  # noqa: ARG002 - for others
        try:
            chosen = self._chosen()
        except RuntimeError as error:  # what CDK says where nothing in the VPC answers the selection
            said = str(error).splitlines()[0].partition(": ")[2]
            yield Problem(
                _SUBNETS, "must be subnets of the VPC", self._vpc.node.path, f"select others: {said}"
            )
            return
        ids = [subnet.subnet_id for subnet in chosen]
        yield from count_problems(_SUBNETS, ids, MOST_SUBNETS)
        public = {subnet.subnet_id for subnet in self._vpc.public_subnets}
        for number, name in enumerate(ids):
            if name in public:
                yield Problem(
                    f"vpcConfig.subnetIds[{number}]",
                    "must not be a public subnet",
                    chosen[number].node.path,
                    "name isolated or private subnets: Bedrock's interfaces get no public address",
                )

    def _chosen(self) -> list[ec2.ISubnet]:
        from aws_cdk import aws_ec2 as ec2

        if self._subnets is None:
            return self._vpc.isolated_subnets or self._vpc.private_subnets
        if isinstance(self._subnets, ec2.SubnetSelection):
            return self._vpc.select_subnets(**self._subnets._values).subnets  # noqa: SLF001 - its keywords
        return list(self._subnets)

    def _doubts(self, chosen: Sequence[ec2.ISubnet]) -> list[Doubt]:
        covered = len({subnet.availability_zone for subnet in chosen})
        wanted = max(len(set(self._vpc.availability_zones)), _FEWEST_ZONES)
        sentence = (
            f"the subnets cover {covered} of {wanted} Availability Zones; AWS recommends one in each: "
            "Bedrock places hosts where it has room. Add subnets, or acknowledge this warning"
        )
        return [Doubt(_THIN, _SUBNETS, sentence)] if covered < wanted else []


class _Existing(_InVpc):
    def __init__(
        self, vpc: ec2.IVpc, subnets: _Subnets, security_groups: Sequence[ec2.ISecurityGroup]
    ) -> None:
        super().__init__(vpc, subnets)
        self._groups = security_groups

    def problems(self, scope: Construct) -> Iterator[Problem]:
        yield from super().problems(scope)
        ids = [group.security_group_id for group in self._groups]
        yield from count_problems(_GROUPS, ids, MOST_GROUPS)

    def bind(self, scope: Construct, *, inputs: Sequence[S3Location], output: S3Location) -> Placement:  # noqa: ARG002 - nothing is made
        chosen = self._chosen()
        return Placement(
            subnet_ids=[subnet.subnet_id for subnet in chosen],
            security_group_ids=[group.security_group_id for group in self._groups],
            dependencies=dependencies_of(*chosen, *self._groups),
            found=[self._vpc, *chosen, *self._groups],
            doubts=self._doubts(chosen),
        )


class _Isolated(_InVpc):
    def __init__(self, vpc: ec2.IVpc, subnets: _Subnets, way: S3Route) -> None:
        super().__init__(vpc, subnets)
        self._way = way

    def problems(self, scope: Construct) -> Iterator[Problem]:
        found = list(super().problems(scope))
        yield from found
        region = cdk.Stack.of(scope).region
        if self._way.prefix_list_id is None and not knows_prefix_list(region):
            yield Problem("s3_prefix_list_id", "must be given in this Region", region, _LOOK_UP)
        if self._way.endpoint is None and not found:
            yield from route_problems(self._chosen())
        other = None if found else Isolation.elsewhere(scope, self._vpc)
        if other is not None and other.only_jobs:
            yield Problem("network", _ONE_STACK, cdk.Stack.of(other).node.path, _IN_ONE_STACK)
        made = None if found else Isolation.found(scope, self._vpc)
        if made is not None and made.subnet_ids != [subnet.subnet_id for subnet in self._chosen()]:
            yield Problem(
                _SUBNETS, _ONE_SET, self._vpc.node.path, "give all jobs the same subnets, or s3_endpoint="
            )

    def bind(self, scope: Construct, *, inputs: Sequence[S3Location], output: S3Location) -> Placement:
        chosen = self._chosen()
        made = Isolation.of(scope, vpc=self._vpc, subnets=chosen, way=self._way)
        made.let_through(inputs, output)
        given: list[IConstruct] = [self._way.endpoint] if self._way.endpoint else [*made.used]
        return Placement(
            subnet_ids=made.subnet_ids,
            security_group_ids=[made.security_group_id],
            dependencies=[*dependencies_of(*chosen, made), *given],
            made=[made],
            found=[self._vpc, *chosen, *given],
            doubts=[*self._doubts(chosen), *_policy_doubts(given)],
            bind=made.bind,
            outlived_by=made.outlived_by,
        )


def _policy_doubts(endpoints: Sequence[IConstruct]) -> Iterator[Doubt]:
    for one in endpoints:
        if own_policy(one):
            sentence = (
                f"the S3 endpoint {one.node.path} has a policy of its own, which no job changes: it must "
                "let the job's role read its data and write its results. See to it, or acknowledge this "
                "warning"
            )
            yield Doubt(_POLICY, _SUBNETS, sentence)
