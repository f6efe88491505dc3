"""Networks: what is created, used, refused and warned about."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam

from constructs_lib import Finding, InvalidJob, JobNetwork, OutputData
from constructs_lib.checks import Subject, check
from constructs_lib.checks.subject import MADE
from tests.security.baseline import findings
from tests.security.iam_evaluator import ACCOUNT, REGION, Call, resource_allows
from tests.security.stacks import add_job, new_stack, template_of
from tests.security.view import View

if TYPE_CHECKING:
    from collections.abc import Callable

OUT = {"output_data": OutputData.from_s3_uri("s3://results/x/")}
ENDPOINT = "AWS::EC2::VPCEndpoint"


def a_vpc(stack: cdk.Stack, id: str = "Net", zones: str = "ab", **others: Any) -> ec2.Vpc:  # noqa: ANN401 - keywords of the VPC
    """Return a VPC with private and public subnets in some zones."""
    return ec2.Vpc(
        stack,
        id,
        availability_zones=[f"{REGION}{zone}" for zone in zones],
        restrict_default_security_group=False,
        **others,
    )


def isolated_subnets() -> list[ec2.SubnetConfiguration]:
    """Return the only subnets of a VPC, without a route out."""
    return [ec2.SubnetConfiguration(name="Job", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)]


def errors(stack: cdk.Stack, network: JobNetwork) -> list[Finding]:
    """Return the errors of a job in a network."""
    facts = network.facts(stack)
    made = ("vpcConfig.securityGroupIds",) if facts.makes_security_group else ()
    request = {
        "baseModelIdentifier": "amazon.nova-lite-v1:0:300k",
        "trainingDataConfig": {"s3Uri": "s3://data/train.jsonl"},
        **({"vpcConfig": facts.config} if facts.config else {}),
    }
    found = check(Subject(request=request, network=facts, made=(*MADE, *made), region=REGION))
    return [one for one in found if one.severity == "error"]


def problems(stack: cdk.Stack, network: JobNetwork) -> list[str]:
    """Return the same errors as path and rule."""
    return [f"{one.path}: {one.rule}" for one in errors(stack, network)]


def test_public_subnets_are_refused() -> None:
    """Each public subnet is named: interfaces there get no public address and reach nothing."""
    stack = new_stack()
    public = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC)
    assert problems(stack, JobNetwork.isolated(a_vpc(stack), subnets=public)) == [
        "vpcConfig.subnetIds[0]: must not be a public subnet",
        "vpcConfig.subnetIds[1]: must not be a public subnet",
    ]


def test_the_construct_refuses_a_public_subnet() -> None:
    """The error has the subnet's path and what to do, before any resource is created."""
    stack = new_stack()
    network = JobNetwork.isolated(a_vpc(stack), subnets=stack.node.try_find_child("Net").public_subnets[:1])
    with pytest.raises(
        InvalidJob, match="must not be a public subnet, got 'Stack/Net/PublicSubnet1'; use iso"
    ):
        add_job(stack, network=network)


def test_subnets_that_a_vpc_does_not_have_are_refused() -> None:
    """The CDK's own message is a part of the error."""
    stack = new_stack()
    isolated = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    [problem] = errors(stack, JobNetwork.isolated(a_vpc(stack), subnets=isolated))
    assert "There are no 'Isolated' subnet groups in this VPC" in str(problem)


@pytest.mark.parametrize(
    ("subnets", "groups", "paths"),
    [
        (1, 1, []),
        (16, 5, []),
        (0, 1, ["vpcConfig.subnetIds"]),
        (17, 1, ["vpcConfig.subnetIds"]),
        (1, 0, ["vpcConfig.securityGroupIds"]),
        (1, 6, ["vpcConfig.securityGroupIds"]),
        (0, 0, ["vpcConfig.subnetIds", "vpcConfig.securityGroupIds"]),
    ],
)
def test_the_number_of_subnets_and_groups_is_limited(subnets: int, groups: int, paths: list[str]) -> None:
    """A job has one to sixteen subnets and one to five security groups."""
    network = JobNetwork.from_ids(
        subnet_ids=[f"subnet-{number}" for number in range(subnets)],
        security_group_ids=[f"sg-{number}" for number in range(groups)],
    )
    assert [one.path for one in errors(new_stack(), network)] == paths


def test_a_list_of_subnets_that_is_a_parameter_needs_a_given_role() -> None:
    """A policy names each subnet, and the number of those in a parameter is unknown at synthesis."""
    stack = new_stack()
    ids = cdk.CfnParameter(stack, "Subnets", type="List<AWS::EC2::Subnet::Id>").value_as_list
    [problem] = problems(stack, JobNetwork.from_ids(subnet_ids=ids, security_group_ids=["sg-1"]))
    assert problem.startswith("vpcConfig.subnetIds: must be known at synthesis")
    add_job(
        stack,
        network=JobNetwork.from_ids(subnet_ids=ids, security_group_ids=["sg-1"]),
        role=f"arn:aws:iam::{ACCOUNT}:role/Mine",
    )
    two = [cdk.Fn.select(0, ids), cdk.Fn.select(1, ids)]
    add_job(stack, "Two", network=JobNetwork.from_ids(subnet_ids=two, security_group_ids=["sg-1"]))
    resources = json.dumps(template_of(stack)["Resources"])
    assert resources.count('{"Fn::Select": [1, {"Ref": "Subnets"}]}') > 1


@pytest.mark.parametrize(("region", "known"), [(REGION, True), (None, True), ("ap-southeast-5", False)])
def test_the_prefix_list_of_s3_is_known_or_required(region: str | None, *, known: bool) -> None:
    """If the library does not know AWS's prefix list of S3 in the Region, it must be given."""
    env = cdk.Environment(account=ACCOUNT, region=region) if region else None
    stack = cdk.Stack(cdk.App(), "Stack", env=env)
    vpc = ec2.Vpc(stack, "Net", availability_zones=["a", "b"] if region else None)
    assert (problems(stack, JobNetwork.isolated(vpc)) == []) == known
    assert problems(stack, JobNetwork.isolated(vpc, s3_prefix_list_id="pl-1")) == []


def test_a_vpc_without_route_tables_needs_an_existing_endpoint() -> None:
    """An endpoint needs route tables; without them, an existing endpoint can be given."""
    stack = new_stack()
    vpc = ec2.Vpc.from_vpc_attributes(
        stack, "Net", vpc_id="vpc-1", availability_zones=[f"{REGION}a"], private_subnet_ids=["subnet-1"]
    )
    known = ec2.GatewayVpcEndpoint.from_gateway_vpc_endpoint_id(stack, "S3", "vpce-1")
    assert problems(stack, JobNetwork.isolated(vpc)) == [
        "s3_endpoint: must be given where the route table is not known"
    ]
    assert problems(stack, JobNetwork.isolated(vpc, s3_endpoint=known)) == []


def test_jobs_in_one_vpc_share_group_and_endpoint() -> None:
    """Two jobs in one VPC have one group and one endpoint, which permits the data of both."""
    stack = new_stack()
    vpc = a_vpc(stack, nat_gateways=0, subnet_configuration=isolated_subnets())
    add_job(stack, "One", network=JobNetwork.isolated(vpc), **OUT)
    add_job(
        stack, "Two", network=JobNetwork.isolated(vpc), output_data=OutputData.from_s3_uri("s3://other/y/")
    )
    view = View(template_of(stack))
    [endpoint] = view.of_type(ENDPOINT)
    assert len(view.of_type("AWS::EC2::SecurityGroup")) == 1
    policy = str(endpoint.properties["PolicyDocument"])
    assert all(
        f"arn:aws:s3:::{place}" in policy for place in ("data/train.jsonl", "results/x/*", "other/y/*")
    )
    assert findings(view.template) == []


def test_one_vpc_has_one_set_of_subnets_in_a_stack() -> None:
    """A second set would need a second endpoint on the same route tables, which EC2 refuses."""
    stack = new_stack()
    vpc = a_vpc(stack, nat_gateways=0, subnet_configuration=isolated_subnets())
    add_job(stack, "One", network=JobNetwork.isolated(vpc), **OUT)
    with pytest.raises(InvalidJob, match="must be the same for all isolated jobs of a stack in one VPC"):
        add_job(stack, "Two", network=JobNetwork.isolated(vpc, subnets=vpc.isolated_subnets[:1]), **OUT)


@pytest.mark.parametrize(
    ("zones", "chosen", "thin"),
    [("ab", 2, False), ("abc", 3, False), ("abc", 2, True), ("ab", 1, True), ("a", 1, True)],
)
def test_missing_availability_zones_are_a_warning(zones: str, chosen: int, *, thin: bool) -> None:
    """AWS recommends a subnet in each Availability Zone; the warning can be acknowledged."""
    stack = new_stack()
    vpc = a_vpc(stack, zones=zones, nat_gateways=0, subnet_configuration=isolated_subnets())
    job = add_job(stack, network=JobNetwork.isolated(vpc, subnets=vpc.isolated_subnets[:chosen]), **OUT)
    said = [entry.data for entry in job.node.metadata if "network-availability-zones" in str(entry.data)]
    assert bool(said) == thin


def test_existing_groups_are_used() -> None:
    """With groups of your own, no group is created, and the job depends on their rules."""
    stack = new_stack()
    vpc = a_vpc(stack, nat_gateways=0, subnet_configuration=isolated_subnets())
    group = ec2.SecurityGroup(stack, "Mine", vpc=vpc, allow_all_outbound=False)
    group.connections.allow_internally(ec2.Port.all_traffic())
    add_job(stack, network=JobNetwork.from_vpc(vpc, security_groups=[group]), **OUT)
    view = View(template_of(stack))
    [job] = view.jobs
    rules = view.of_type("AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress")
    assert view.of_type(ENDPOINT) == []
    assert {rule.id for rule in rules} <= view.before(job.id)
    assert len(job.properties["Request"]["vpcConfig"]["subnetIds"]) == 2


def test_a_new_vpc_is_isolated() -> None:
    """It has no internet gateway, NAT gateway or public subnet; the endpoint is the only route."""
    stack = new_stack()
    add_job(
        stack,
        network=JobNetwork.in_new_vpc(stack, "Net", availability_zones=[f"{REGION}a", f"{REGION}b"]),
        **OUT,
    )
    kinds = {one.type for one in View(template_of(stack)).resources.values()}
    assert not kinds & {"AWS::EC2::InternetGateway", "AWS::EC2::NatGateway", "AWS::EC2::Route"}


def policy_of(view: View) -> list[dict[str, Any]]:
    """Return the statements of the one S3 endpoint."""
    [endpoint] = view.of_type(ENDPOINT)
    found: list[dict[str, Any]] = endpoint.properties["PolicyDocument"]["Statement"]
    return found


def test_an_endpoint_on_shared_routes_limits_only_the_jobs() -> None:
    """Its policy limits only the roles that are created for jobs."""
    stack = new_stack()
    vpc = a_vpc(stack)
    add_job(stack, network=JobNetwork.isolated(vpc), **OUT)
    view = View(template_of(stack))
    [job] = view.jobs
    role = job.properties["Request"]["roleArn"]
    package = Call(name="package", action="s3:GetObject", resource="arn:aws:s3:::repos/x", owner="0" * 12)
    push = Call(name="push", action="s3:PutObject", resource="arn:aws:s3:::website/index.html")
    data = Call(name="data", action="s3:GetObject", resource="arn:aws:s3:::data/train.jsonl")
    for call in (package, push):
        for caller in ("", f"arn:aws:iam::{ACCOUNT}:role/Website"):
            assert resource_allows(policy_of(view), replace(call, caller=caller))
        assert not resource_allows(policy_of(view), replace(call, caller=role))
    assert resource_allows(policy_of(view), replace(data, caller=role))
    assert findings(view.template) == []


def test_an_endpoint_does_not_limit_a_given_role() -> None:
    """A given role may be used for other things in these subnets."""
    stack = new_stack()
    add_job(
        stack, network=JobNetwork.isolated(a_vpc(stack)), role=f"arn:aws:iam::{ACCOUNT}:role/Given", **OUT
    )
    assert policy_of(View(template_of(stack)))[-1] == {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "*",
        "Resource": "*",
    }


def test_the_endpoint_of_a_new_vpc_permits_the_data_only() -> None:
    """Only jobs use this VPC, so its endpoint permits nothing else."""
    stack = new_stack()
    add_job(stack, network=JobNetwork.in_new_vpc(stack, "Net", availability_zones=[f"{REGION}a"]), **OUT)
    assert all("aws:ResourceAccount" in str(one) for one in policy_of(View(template_of(stack))))


def _l2(_: cdk.Stack, vpc: ec2.Vpc) -> None:
    vpc.add_gateway_endpoint("Mine", service=ec2.GatewayVpcEndpointAwsService.S3)


def _with_policy(_: cdk.Stack, vpc: ec2.Vpc) -> None:
    mine = vpc.add_gateway_endpoint("Mine", service=ec2.GatewayVpcEndpointAwsService.S3)
    mine.add_to_policy(
        iam.PolicyStatement(actions=["s3:*"], resources=["*"], principals=[iam.AnyPrincipal()])
    )


def _l1(stack: cdk.Stack, vpc: ec2.Vpc) -> None:
    tables = [subnet.route_table.route_table_id for subnet in vpc.private_subnets]
    name = f"com.amazonaws.{REGION}.s3"
    ec2.CfnVPCEndpoint(stack, "Mine", vpc_id=vpc.vpc_id, service_name=name, route_table_ids=tables)


@pytest.mark.parametrize(
    ("add", "doubtful"), [(_l2, False), (_l1, False), (_with_policy, True)], ids=["L2", "L1", "with a policy"]
)
def test_an_endpoint_of_the_app_is_used(add: Callable[[cdk.Stack, ec2.Vpc], None], *, doubtful: bool) -> None:
    """EC2 accepts one S3 endpoint for a route table; one with its own policy is a warning."""
    stack = new_stack()
    vpc = a_vpc(stack)
    add(stack, vpc)
    before = len(View(template_of(stack)).of_type(ENDPOINT))
    made = add_job(stack, network=JobNetwork.isolated(vpc), **OUT)
    template = stack.node.root.synth(force=True).get_stack_by_name(stack.stack_name).template
    view = View(template)
    [endpoint] = view.of_type(ENDPOINT)
    [job] = view.jobs
    assert before == 1
    assert endpoint.id in view.before(job.id)
    assert ("network-endpoint-policy" in str([one.data for one in made.node.metadata])) == doubtful


def test_other_endpoints_are_not_used() -> None:
    """DynamoDB's gateway, S3's interface endpoints and endpoints on other subnets are not used."""
    stack = new_stack()
    vpc = a_vpc(stack)
    vpc.add_gateway_endpoint("Dynamo", service=ec2.GatewayVpcEndpointAwsService.DYNAMODB)
    vpc.add_interface_endpoint("Interface", service=ec2.InterfaceVpcEndpointAwsService.S3)
    public = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC)
    service = ec2.GatewayVpcEndpointAwsService.S3
    vpc.add_gateway_endpoint("Public", service=service, subnets=[public])
    add_job(stack, network=JobNetwork.isolated(vpc), **OUT)
    endpoints = View(template_of(stack)).of_type(ENDPOINT)
    assert sum("JobNetwork" in one.id for one in endpoints) == 1


def test_the_remaining_route_tables_get_an_endpoint() -> None:
    """An endpoint on some of the job's route tables is used there, and not created twice."""
    stack = new_stack()
    vpc = a_vpc(stack)
    first = ec2.SubnetSelection(subnets=vpc.private_subnets[:1])
    vpc.add_gateway_endpoint("Mine", service=ec2.GatewayVpcEndpointAwsService.S3, subnets=[first])
    add_job(stack, network=JobNetwork.isolated(vpc), **OUT)
    tables = [one.properties["RouteTableIds"] for one in View(template_of(stack)).of_type(ENDPOINT)]
    assert sorted(len(one) for one in tables) == [1, 1]
    assert tables[0] != tables[1]


def test_a_later_endpoint_on_the_same_routes_is_refused() -> None:
    """EC2 would refuse two endpoints on one route table with a message that names neither."""
    stack = new_stack()
    vpc = a_vpc(stack)
    add_job(stack, network=JobNetwork.isolated(vpc), **OUT)
    vpc.add_gateway_endpoint("Mine", service=ec2.GatewayVpcEndpointAwsService.S3)
    with pytest.raises(RuntimeError, match=r"Stack/Net/Mine/Resource and .* on the same route table"):
        template_of(stack)


def test_two_stacks_in_one_vpc_share_the_endpoint() -> None:
    """The second job uses the first job's endpoint; its role's policy limits what it can do."""
    app = cdk.App()
    env = cdk.Environment(account=ACCOUNT, region=REGION)
    home, one, two = (cdk.Stack(app, name, env=env) for name in ("Home", "One", "Two"))
    vpc = a_vpc(home)
    for stack in (one, two):
        add_job(stack, network=JobNetwork.isolated(vpc), **OUT)
    assembly = app.synth()
    counts = [
        sum(
            part["Type"] == ENDPOINT
            for part in assembly.get_stack_by_name(name).template["Resources"].values()
        )
        for name in ("Home", "One", "Two")
    ]
    assert counts == [0, 1, 0]


def test_a_new_vpc_is_for_one_stack() -> None:
    """Its endpoint permits the data of one stack only; another stack is refused at synthesis."""
    app = cdk.App()
    env = cdk.Environment(account=ACCOUNT, region=REGION)
    one, two = (cdk.Stack(app, name, env=env) for name in ("One", "Two"))
    network = JobNetwork.in_new_vpc(one, "Net", availability_zones=[f"{REGION}a"])
    add_job(one, network=network, **OUT)
    with pytest.raises(InvalidJob, match="network must have its jobs in one stack"):
        add_job(two, network=network, **OUT)
