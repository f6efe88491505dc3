"""The network of a job: the subnets and security groups of its hosts in a VPC."""

from __future__ import annotations

import ipaddress
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import aws_cdk as cdk

from ..checks import NetworkFacts
from ..findings import NOT_SHOWN, Described, InvalidJob, warning
from ..request import VpcConfig, is_known
from .argument_types import has, is_whole_number, wrong_type
from .isolation import Isolation, S3Route, has_own_policy, isolated_vpc, knows_prefix_list

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aws_cdk import aws_ec2 as ec2
    from constructs import Construct, IConstruct

    from ..findings import Finding
    from ..permissions import S3Location

    _Subnets: TypeAlias = ec2.SubnetSelection | Sequence[ec2.ISubnet] | None

_FEWEST_ZONES = 2
_SUBNETS = "vpcConfig.subnetIds"


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
    """A VPC for the hosts that train: `isolated`, `from_vpc`, `in_new_vpc`, `from_ids`, or `without_vpc`.

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
                jobs to their data; other callers in these subnets reach all of S3 as before.
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

        Raises:
            InvalidJob: an argument is not possible; the error lists every problem.
        """
        found = [*_new_vpc_problems(cidr, availability_zones, max_azs)]
        found += _prefix_list("s3_prefix_list_id", "must be a string", s3_prefix_list_id)
        if found:
            raise InvalidJob(f"{scope.node.path}/{id}", found)
        vpc = isolated_vpc(scope, id, cidr=cidr, availability_zones=availability_zones, max_azs=max_azs)
        return _Isolated(vpc, None, S3Route(prefix_list_id=s3_prefix_list_id, only_jobs=True))

    @staticmethod
    def from_ids(*, subnet_ids: Sequence[str], security_group_ids: Sequence[str]) -> JobNetwork:
        """Use subnets and security groups of which only the ids are known.

        Args:
            subnet_ids: ids of the subnets.
            security_group_ids: ids of the security groups.
        """
        return _ById(subnet_ids, security_group_ids)

    @staticmethod
    def without_vpc() -> JobNetwork:
        """Use no VPC, also where `CustomizationDefaults` have a network."""
        return WithoutVpc()

    def problems(self) -> Iterator[Finding]:
        """Yield what is wrong with the types of its arguments; without one, the rest can be asked."""
        yield from ()

    @abstractmethod
    def facts(self, scope: Construct) -> NetworkFacts:
        """Return what the checks need to know, before anything is made.

        Args:
            scope: the job.
        """

    @abstractmethod
    def bind(self, scope: Construct, *, inputs: Sequence[S3Location], output: S3Location) -> Placement:
        """Make what the network still lacks for one more job, and return that job's network.

        Args:
            scope: the job.
            inputs: what it reads from S3.
            output: where it writes.
        """


class WithoutVpc(JobNetwork):
    """No VPC: as an argument it overrides the network of the defaults, and the job has none."""

    def facts(self, scope: Construct) -> NetworkFacts:  # noqa: ARG002 - there is none
        """Return no facts."""
        return NetworkFacts()

    def bind(self, scope: Construct, *, inputs: Sequence[S3Location], output: S3Location) -> Placement:  # noqa: ARG002 - there is none
        """Return no network."""
        return Placement()


class _ById(JobNetwork):
    def __init__(self, subnet_ids: Sequence[str], security_group_ids: Sequence[str]) -> None:
        self._subnet_ids = _listed(subnet_ids)
        self._security_group_ids = _listed(security_group_ids)

    def facts(self, scope: Construct) -> NetworkFacts:  # noqa: ARG002 - the ids are enough
        return NetworkFacts(config=_config(self._subnet_ids, self._security_group_ids))

    def bind(self, scope: Construct, *, inputs: Sequence[S3Location], output: S3Location) -> Placement:  # noqa: ARG002 - nothing is made
        config = VpcConfig(subnet_ids=self._subnet_ids, security_group_ids=self._security_group_ids)
        return Placement(vpc_config=config)


class NetworkInVpc(JobNetwork):
    """What networks in a known VPC have in common: which subnets, and what is wrong with them."""

    def __init__(self, vpc: ec2.IVpc, subnets: _Subnets) -> None:
        from aws_cdk import aws_ec2 as ec2

        self._vpc = vpc
        is_selection = subnets is None or isinstance(subnets, ec2.SubnetSelection)
        self._subnets = subnets if is_selection else _listed(subnets)

    @property
    def vpc(self) -> ec2.IVpc:
        """The VPC of the job's hosts."""
        return self._vpc

    def problems(self) -> Iterator[Finding]:
        """Yield what is wrong with the types of VPC and subnets."""
        if not has(self._vpc, "vpc_id"):
            fix = "pass the VPC; aws_ec2.Vpc.from_lookup finds one by its id"
            yield wrong_type("vpcConfig", "must be in an aws_ec2.IVpc", self._vpc, fix)
        elif isinstance(self._subnets, Sequence):
            rule = "must have aws_ec2.ISubnets, or an aws_ec2.SubnetSelection, as its subnets"
            fix = "pass the subnets; aws_ec2.Subnet.from_subnet_id imports one"
            yield from _others(self._subnets, "subnet_id", rule, fix)

    def facts(self, scope: Construct) -> NetworkFacts:
        """Return the selected subnets, and what is wrong with them."""
        vpc = self._vpc.node.path
        try:
            chosen = self._chosen()
        except RuntimeError as error:  # the CDK raises it where no subnet of the VPC matches the selection
            return NetworkFacts(vpc=vpc, no_subnets=str(error).splitlines()[0].partition(": ")[2])
        ids = [subnet.subnet_id for subnet in chosen]
        public = {subnet.subnet_id for subnet in self._vpc.public_subnets}
        paths = {index: chosen[index].node.path for index, one in enumerate(ids) if one in public}
        return self._completed(
            scope, chosen, NetworkFacts(vpc=vpc, config=_config(ids), public_subnets=paths)
        )

    @abstractmethod
    def _completed(
        self, scope: Construct, chosen: Sequence[ec2.ISubnet], facts: NetworkFacts
    ) -> NetworkFacts:
        """Add what only one kind of network knows."""

    def _chosen(self) -> list[ec2.ISubnet]:
        from aws_cdk import aws_ec2 as ec2

        if self._subnets is None:
            return self._vpc.isolated_subnets or self._vpc.private_subnets
        if isinstance(self._subnets, ec2.SubnetSelection):
            return selected_subnets(self._vpc, self._subnets)
        return list(self._subnets)

    def _few_zones(self, chosen: Sequence[ec2.ISubnet]) -> list[Finding]:
        covered = len({subnet.availability_zone for subnet in chosen})
        needed = max(len(set(self._vpc.availability_zones)), _FEWEST_ZONES)
        if covered >= needed:
            return []
        rule = (
            "should include a subnet in each Availability Zone, as AWS recommends, because Bedrock uses the "
            "zone that has capacity"
        )
        got = Described(f"{covered} of {needed} Availability Zones")
        fix = "add subnets, or acknowledge this warning"
        return [warning("network-availability-zones", _SUBNETS, rule, got, fix)]


class _Existing(NetworkInVpc):
    def __init__(
        self, vpc: ec2.IVpc, subnets: _Subnets, security_groups: Sequence[ec2.ISecurityGroup]
    ) -> None:
        super().__init__(vpc, subnets)
        self._groups: list[Any] = _listed(security_groups)

    def problems(self) -> Iterator[Finding]:
        yield from super().problems()
        rule = "must have aws_ec2.ISecurityGroups as its security groups"
        fix = "pass the groups; aws_ec2.SecurityGroup.from_security_group_id imports one"
        yield from _others(self._groups, "security_group_id", rule, fix)

    def _completed(
        self,
        scope: Construct,  # noqa: ARG002 - for the other kind
        chosen: Sequence[ec2.ISubnet],  # noqa: ARG002 - for the other kind
        facts: NetworkFacts,
    ) -> NetworkFacts:
        groups = [group.security_group_id for group in self._groups]
        return replace(facts, config=_config(facts.config["subnetIds"], groups))

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


class _Isolated(NetworkInVpc):
    def __init__(self, vpc: ec2.IVpc, subnets: _Subnets, route: S3Route) -> None:
        super().__init__(vpc, subnets)
        self._route = route

    def problems(self) -> Iterator[Finding]:
        yield from super().problems()
        if self._route.endpoint is not None:
            rule, fix = "must have an aws_ec2.IGatewayVpcEndpoint as its s3_endpoint", "pass the endpoint"
            yield from _others([self._route.endpoint], "vpc_endpoint_id", rule, fix)
        yield from _prefix_list(
            "vpcConfig", "must have a string as its s3_prefix_list_id", self._route.prefix_list_id
        )

    def _completed(
        self, scope: Construct, chosen: Sequence[ec2.ISubnet], facts: NetworkFacts
    ) -> NetworkFacts:
        other, made = Isolation.elsewhere(scope, self._vpc), Isolation.found(scope, self._vpc)
        given, ids = self._route.prefix_list_id, facts.config["subnetIds"]
        return replace(
            facts,
            makes_security_group=True,
            unknown_routes=() if self._route.endpoint else _unknown_routes(chosen),
            lacks_prefix_list=given is None and not knows_prefix_list(cdk.Stack.of(scope).region),
            other_stack=cdk.Stack.of(other).node.path if other and other.only_jobs else "",
            other_subnets=made is not None and list(made.subnet_ids) != ids,
        )

    def bind(self, scope: Construct, *, inputs: Sequence[S3Location], output: S3Location) -> Placement:
        chosen = self._chosen()
        made = Isolation.of(scope, vpc=self._vpc, subnets=chosen, route=self._route)
        made.add_data(inputs, output)
        endpoints: list[IConstruct] = [self._route.endpoint] if self._route.endpoint else [*made.used]
        return Placement(
            vpc_config=VpcConfig(subnet_ids=made.subnet_ids, security_group_ids=[made.security_group_id]),
            dependencies=[*dependencies_of(*chosen, made), *endpoints],
            made=[made],
            found=[self._vpc, *chosen, *endpoints],
            findings=[*self._few_zones(chosen), *_endpoint_policies(endpoints)],
            isolation=made,
        )


def selected_subnets(vpc: ec2.IVpc, selection: ec2.SubnetSelection) -> list[ec2.ISubnet]:
    """Return the subnets of a VPC that a selection matches.

    Raises:
        RuntimeError: it matches none.
    """
    return vpc.select_subnets(**selection._values).subnets  # noqa: SLF001 - its keywords


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


def _others(values: Sequence[object], attribute: str, rule: str, fix: str) -> Iterator[Finding]:
    """Yield an error about the first of some constructs that lacks an attribute."""
    for one in values:
        if not has(one, attribute):
            yield wrong_type("vpcConfig", rule, one, fix)
            return


def _prefix_list(path: str, rule: str, given: object) -> Iterator[Finding]:
    if given is not None and not isinstance(given, str):
        yield wrong_type(path, rule, given, "write 'pl-63a5400a'")


def _new_vpc_problems(cidr: object, zones: object, max_azs: object) -> Iterator[Finding]:
    """Yield what is wrong with the arguments of a VPC that is made, which the CDK reads at synthesis."""
    if not isinstance(cidr, str) or not _is_vpc_range(cidr):
        rule = "must be a range of IPv4 addresses from /16 to /28, known at synthesis"
        yield wrong_type("cidr", rule, cidr, "write '10.0.0.0/16'")
    is_list = isinstance(zones, list | tuple) and is_known(zones)
    if zones is not None and not (is_list and all(isinstance(one, str) for one in cast("list[Any]", zones))):
        rule = "must be a list of Availability Zones, known at synthesis"
        yield wrong_type("availability_zones", rule, zones, "write ['us-east-1a', 'us-east-1b']")
    if not is_whole_number(max_azs) or not is_known(max_azs) or cast("int", max_azs) < 1:
        rule = "must be a whole number of Availability Zones, at least 1"
        yield wrong_type("max_azs", rule, max_azs, "write 3")


def _is_vpc_range(cidr: str) -> bool:
    # https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
    try:
        return 16 <= ipaddress.IPv4Network(cidr, strict=False).prefixlen <= 28  # noqa: PLR2004 - AWS's limits
    except ValueError:
        return False


def _listed(values: object) -> list[Any]:
    """Return values as a list; a single one becomes a list of one, which is checked later."""
    return list(values) if isinstance(values, list | tuple) else [values]


def _config(subnet_ids: Sequence[str], security_group_ids: Sequence[str] | None = None) -> dict[str, Any]:
    """Return the `vpcConfig` of the request; security groups that are made are left out."""
    groups = {} if security_group_ids is None else {"securityGroupIds": list(security_group_ids)}
    return {"subnetIds": list(subnet_ids), **groups}


def _unknown_routes(subnets: Sequence[ec2.ISubnet]) -> list[str]:
    """Return the paths of subnets without a known route table, as an imported VPC may have them."""
    found = []
    for subnet in subnets:
        try:
            is_known = bool(subnet.route_table.route_table_id)
        except RuntimeError:
            is_known = False
        if not is_known:
            found.append(subnet.node.path)
    return found


def _endpoint_policies(endpoints: Sequence[IConstruct]) -> Iterator[Finding]:
    for one in endpoints:
        if has_own_policy(one):
            rule = (
                f"use the S3 endpoint {one.node.path}, which has a policy of its own that no job changes: "
                "it has to let the job's role read its data and write its results"
            )
            fix = "check that policy, or acknowledge this warning"
            yield warning("network-endpoint-policy", _SUBNETS, rule, NOT_SHOWN, fix)
