"""What Bedrock needs to attach a job's network interfaces, and what an S3 endpoint must allow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .statements import allow, listed, merged, scalar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .locations import S3Location
    from .statements import Statement

_DESCRIBE = (
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
)
_MANAGE = (
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission",
)


def network_statements(
    *, partition: str, region: str, account: str, subnet_ids: Sequence[str], security_group_ids: Sequence[str]
) -> list[Statement]:
    """Return the statements for interfaces with Bedrock's tags, in these subnets and security groups only.

    The five statements of AWS's page and of the CDK's own task. Those that manage an interface are on `*`, as
    there: subnets and Bedrock's tags limit them. See
    https://docs.aws.amazon.com/bedrock/latest/userguide/custom-model-job-access-security.html.

    Args:
        partition: the partition of the job, such as `aws`.
        region: the Region of the job.
        account: the account of the job.
        subnet_ids: the ids of its subnets. Without one there is no statement.
        security_group_ids: the ids of its security groups.
    """
    if not subnet_ids:
        return []
    ec2 = f"arn:{partition}:ec2:{region}:{account}"
    subnets = [f"{ec2}:subnet/{name}" for name in subnet_ids]
    groups = [f"{ec2}:security-group/{name}" for name in security_group_ids]
    jobs = f"arn:{partition}:bedrock:{region}:{account}:model-customization-job/*"
    interfaces = [f"{ec2}:network-interface/*"]
    return [
        allow(_DESCRIBE, ["*"]),
        allow(["ec2:CreateNetworkInterface"], interfaces, _tagged("aws:RequestTag", jobs)),
        allow(["ec2:CreateNetworkInterface"], [*subnets, *groups]),
        allow(_MANAGE, ["*"], _managed(subnets, jobs)),
        allow(["ec2:CreateTags"], interfaces, _TAGS_AT_CREATION),
    ]


def releases_interfaces(statement: Statement) -> bool:
    """Return whether a statement lets Bedrock find and delete interfaces; it names no security group."""
    return bool({_DESCRIBE[1], _MANAGE[1]} & set(listed(statement["Action"])))


def endpoint_statements(
    *, inputs: Sequence[S3Location], outputs: Sequence[S3Location], partition: str, account: str
) -> list[Statement]:
    """Return what an S3 endpoint of the job's VPC must allow: reading inputs, reading and writing outputs.

    AWS's sample covers the training data only; a job behind it could not write its results. See
    https://docs.aws.amazon.com/bedrock/latest/userguide/vpc-s3.html.

    Args:
        inputs: what the job reads.
        outputs: where it writes.
        partition: the partition of the job, such as `aws`.
        account: the account of a bucket whose owner is not stated.
    """
    read = [
        _through(["s3:GetObject"], one.objects_to_read(partition), one.owner or account) for one in inputs
    ]
    write = [
        _through(_READ_AND_WRITE, one.objects_to_write(partition), one.owner or account) for one in outputs
    ]
    lists = [
        _through(["s3:ListBucket"], [one.bucket_arn(partition)], one.owner or account)
        for one in (*inputs, *outputs)
    ]
    return merged([*read, *write, *lists])


def others_statement(role_arns: Sequence[str]) -> Statement:
    """Return the statement that allows what an S3 endpoint without a policy allows, except for jobs' roles.

    An endpoint also serves callers that have nothing to do with jobs but whose subnets use its route tables.
    A call without a principal, such as one for public packages, carries no ARN and so matches no role. See
    https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html.

    Args:
        role_arns: the roles that are made for jobs and serve nothing else.
    """
    others = {"ArnNotEquals": {"aws:PrincipalArn": scalar(role_arns)}} if role_arns else None
    return {"Principal": "*", **allow(["*"], ["*"], others)}


def vpc_only_statement(*, bucket_arn: str, vpc_id: str) -> Statement:
    """Return the statement that denies every principal access to a bucket from outside `vpc_id`.

    Never a default: AWS does not document from where Bedrock checks its access before a job starts, and the
    statement also denies people, pipelines and the CDK's own helpers outside the VPC. See
    https://docs.aws.amazon.com/bedrock/latest/userguide/vpc-s3.html.
    """
    return {
        "Sid": "OnlyFromTheVpc",
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["s3:GetObject", "s3:ListBucket", "s3:PutObject"],
        "Resource": [bucket_arn, f"{bucket_arn}/*"],
        "Condition": {"StringNotEquals": {"aws:SourceVpc": vpc_id}},
    }


def _through(actions: Sequence[str], resources: Sequence[str], owner: str) -> Statement:
    owned = {"StringEquals": {"aws:ResourceAccount": owner}}
    return {"Principal": "*", **allow(actions, resources, owned)}


def _tagged(key: str, jobs: str) -> dict[str, dict[str, Any]]:
    return {
        "StringEquals": {f"{key}/BedrockManaged": "true"},
        "ArnLike": {f"{key}/BedrockModelCustomizationJobArn": jobs},
    }


def _managed(subnets: Sequence[str], jobs: str) -> dict[str, dict[str, Any]]:
    tagged = _tagged("ec2:ResourceTag", jobs)
    return tagged | {"ArnLike": {"ec2:Subnet": scalar(subnets), **tagged["ArnLike"]}}


_READ_AND_WRITE = ("s3:GetObject", "s3:PutObject")
_TAGS_AT_CREATION: dict[str, dict[str, Any]] = {
    "StringEquals": {"ec2:CreateAction": "CreateNetworkInterface"},
    "ForAllValues:StringEquals": {"aws:TagKeys": ["BedrockManaged", "BedrockModelCustomizationJobArn"]},
}
