"""The VPC from which a job accesses its data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...findings import Described, Finding, error, warning
from ...request.tokens import is_known
from ..rule import rule
from .data import differ

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..subject import Subject

_VPC = "vpcConfig"
_SUBNETS = "vpcConfig.subnetIds"
_PREFIXES = {"subnetIds": "subnet-", "securityGroupIds": "sg-"}
_DIGITS = frozenset("0123456789abcdef")

_PLACEHOLDERS = ("p-12345", "p-67890", "s-12345", "s-67890")
"""The subnets of `Vpc.from_lookup` until the CDK CLI has looked the VPC up, and in tests without context."""


@rule("not-an-id", "A subnet or security group id does not look like one.", "warning")
def ids(subject: Subject) -> Iterator[Finding]:
    """Report ids that do not look like AWS's: documentation has sg-xxxx where an id must be written."""
    for member, prefix in _PREFIXES.items():
        found = subject.get(f"vpcConfig.{member}")
        for index, one in enumerate(found if isinstance(found, list | tuple) and is_known(found) else ()):
            is_text = isinstance(one, str) and is_known(one) and one not in _PLACEHOLDERS
            if is_text and not (one.startswith(prefix) and _DIGITS.issuperset(one.removeprefix(prefix))):
                rule = f"should be an id: {prefix} and digits from 0 to 9 and a to f"
                yield warning("not-an-id", f"vpcConfig.{member}[{index}]", rule, one, "correct the id")


@rule("network-subnets", "The selection of subnets fits no subnet of the VPC.")
def selection(subject: Subject) -> Iterator[Finding]:
    """Report a selection that the CDK could not carry out."""
    network = subject.network
    if network and network.no_subnets:
        fix = f"select other subnets: {network.no_subnets}"
        yield error("network-subnets", _SUBNETS, "must be subnets of the VPC", network.vpc, fix)


@rule("network-region", "The VPC is in another Region than the job.")
def region(subject: Subject) -> Iterator[Finding]:
    """Report a VPC of another Region, whose subnets do not exist in the job's."""
    vpc = subject.constructs.get(_VPC)
    if vpc and differ(vpc.region, subject.region):
        fix = f"use a VPC in {subject.region}"
        yield error("network-region", _VPC, "must be a VPC of the job's Region", Described(vpc.path), fix)


@rule("network-account", "The VPC belongs to another account, which must share its subnets.", "warning")
def account(subject: Subject) -> Iterator[Finding]:
    """Report a VPC of another account: AWS does not say whether Bedrock trains in shared subnets."""
    vpc = subject.constructs.get(_VPC)
    if vpc and differ(vpc.account, subject.account):
        rule = (
            "is a VPC of another account, which must share its subnets with the job's account; AWS does not "
            "say whether Bedrock can use shared subnets, and only the owner can add an S3 endpoint"
        )
        fix = f"use a VPC of account {subject.account}, or acknowledge this warning"
        yield warning("network-account", _VPC, rule, Described(vpc.path), fix)


@rule("network-public-subnet", "A subnet is public.")
def public_subnets(subject: Subject) -> Iterator[Finding]:
    """Report public subnets: Bedrock's interfaces get no public address there."""
    for index, path in (subject.network.public_subnets if subject.network else {}).items():
        fix = "use isolated or private subnets: Bedrock's interfaces get no public address"
        rule = "must not be a public subnet"
        yield error("network-public-subnet", f"{_SUBNETS}[{index}]", rule, path, fix)


@rule("network-routes", "The route table of a subnet is not known, and the S3 endpoint needs it.")
def routes(subject: Subject) -> Iterator[Finding]:
    """Report subnets of an imported VPC whose route tables are not known."""
    for path in subject.network.unknown_routes if subject.network else ():
        fix = "give the S3 gateway endpoint that the subnet uses, or import the VPC with its route table ids"
        rule = "must be given where the route table is not known"
        yield error("network-routes", "s3_endpoint", rule, path, fix)


@rule("network-prefix-list", "The prefix list of S3 is not known in the Region.")
def prefix_list(subject: Subject) -> Iterator[Finding]:
    """Report a Region whose prefix list must be given."""
    if subject.network and subject.network.lacks_prefix_list:
        fix = "take the id from `aws ec2 describe-managed-prefix-lists` (com.amazonaws.<region>.s3)"
        rule = "must be given in this Region"
        yield error("network-prefix-list", "s3_prefix_list_id", rule, subject.region, fix)


@rule("network-one-stack", "Jobs of several stacks share a network that is only for jobs of one.")
def one_stack(subject: Subject) -> Iterator[Finding]:
    """Report a network made for jobs that another stack's jobs use already."""
    if subject.network and subject.network.other_stack:
        rule = "must have its jobs in one stack, because its endpoint allows nothing but their data"
        fix = "define these jobs in one stack, or give each stack a network of its own"
        yield error("network-one-stack", "network", rule, subject.network.other_stack, fix)


@rule("network-one-set", "Isolated jobs of a stack use different subnets of one VPC.")
def one_set(subject: Subject) -> Iterator[Finding]:
    """Report different subnets for jobs that share an S3 endpoint."""
    if subject.network and subject.network.other_subnets:
        rule = (
            "must be the same for all isolated jobs of a stack in one VPC, because they share its S3 endpoint"
        )
        fix = "give all jobs the same subnets, or pass s3_endpoint="
        yield error("network-one-set", _SUBNETS, rule, subject.network.vpc, fix)
