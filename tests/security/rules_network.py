"""Rules about the VPC that a job uses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.security.iam_evaluator import conditions, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.security.view import Resource, View

_HTTPS = 443
_OTHERS = ("ArnNotEquals", "aws:PrincipalArn")


def inbound_traffic_only_from_own_group(view: View) -> Iterator[str]:
    """Security groups allow inbound traffic from their own members only."""
    groups = view.of_type("AWS::EC2::SecurityGroup")
    inline = [(group.id, rule) for group in groups for rule in _rules(group, "SecurityGroupIngress")]
    apart = [(rule.id, rule.properties) for rule in view.of_type("AWS::EC2::SecurityGroupIngress")]
    for where, rule in [*inline, *apart]:
        if "SourceSecurityGroupId" not in rule or rule["SourceSecurityGroupId"] != rule.get("GroupId"):
            yield f"{where}: lets in {rule}"


def outbound_traffic_only_to_s3(view: View) -> Iterator[str]:
    """Security groups allow outbound traffic to their members and to S3 only, and have such rules."""
    for group in view.of_type("AWS::EC2::SecurityGroup"):
        if not _rules(group, "SecurityGroupEgress"):
            yield f"{group.id}: lets everything out by default"
    groups = view.of_type("AWS::EC2::SecurityGroup")
    inline = [(group.id, rule) for group in groups for rule in _rules(group, "SecurityGroupEgress")]
    apart = [(rule.id, rule.properties) for rule in view.of_type("AWS::EC2::SecurityGroupEgress")]
    for where, rule in [*inline, *apart]:
        to_members = "GroupId" in rule and rule.get("DestinationSecurityGroupId") == rule["GroupId"]
        to_s3 = "DestinationPrefixListId" in rule and rule.get("FromPort") == rule.get("ToPort") == _HTTPS
        if not to_members and not to_s3:
            yield f"{where}: lets out {rule}"


def endpoint_policy_names_the_data_only(view: View) -> Iterator[str]:
    """An S3 endpoint has a policy that names buckets and their owners, and nothing else for jobs."""
    for endpoint in view.of_type("AWS::EC2::VPCEndpoint"):
        policy = endpoint.properties.get("PolicyDocument")
        for one in listed(policy["Statement"]) if policy else [{}]:
            keys = {key for _, key, _ in conditions(one)}
            wild = [
                str(arn)
                for arn in listed(one.get("Resource", "*"))
                if re.fullmatch(r"\*|.*:::\*.*", str(arn))
            ]
            bound = {
                view.id_of_arn(arn)
                for operator, key, arns in conditions(one)
                if (operator, key) == _OTHERS
                for arn in listed(arns)
            }
            if view.service_roles and view.service_roles <= bound:
                continue
            if wild or "aws:ResourceAccount" not in keys:
                yield f"{endpoint.id}: leads anywhere"


def endpoint_policy_allows_results(view: View) -> Iterator[str]:
    """A job behind an S3 endpoint can write its results."""
    for endpoint in view.of_type("AWS::EC2::VPCEndpoint"):
        policy = endpoint.properties.get("PolicyDocument", {"Statement": []})
        if not any("s3:PutObject" in listed(one["Action"]) for one in listed(policy["Statement"])):
            yield f"{endpoint.id}: jobs cannot write"


def subnets_are_not_public(view: View) -> Iterator[str]:
    """No job uses a subnet that assigns public addresses."""
    public = {
        view.ref(one.id)
        for one in view.of_type("AWS::EC2::Subnet")
        if one.properties.get("MapPublicIpOnLaunch")
    }
    for job in view.jobs:
        found = public & set(job.properties["Request"].get("vpcConfig", {}).get("subnetIds", []))
        if found:
            yield f"{job.id}: {sorted(found)}"


def _rules(group: Resource, direction: str) -> list[dict[str, Any]]:
    return listed(group.properties.get(direction, []))


RULES = (
    inbound_traffic_only_from_own_group,
    outbound_traffic_only_to_s3,
    endpoint_policy_names_the_data_only,
    endpoint_policy_allows_results,
    subnets_are_not_public,
)
