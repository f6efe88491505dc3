"""What the construct makes where the user gives nothing, and how it makes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_s3 as s3

AWS_OWNED_KEY: Final = "AWS_OWNED_KEY"
"""In the place of a key: leave the custom model under the key that AWS owns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRole:
    """How the service role is made, where a platform asks for a name, a path or a boundary.

    Args:
        role_name: Name of the role; must be free in the account. Default: CloudFormation makes one.
        path: Path of the role, such as `/bedrock/`. Default: `/`.
        permissions_boundary: A managed policy that bounds the role. Default: none.
    """

    role_name: str | None = None
    path: str | None = None
    permissions_boundary: iam.IManagedPolicy | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputBucket:
    """How the bucket for the job's results is made; it is encrypted, versioned, private and kept in any case.

    It holds copies of the training and validation records beside reports and metrics. Versions that were
    overwritten or deleted go after 30 days.

    Args:
        access_logs: Bucket that gets S3 server access logs. Default: no logs are written.
        expire_after_days: Days after which objects go; their older versions follow after as many days again,
            30 at most. Default: objects stay until they are deleted.
        only_from_vpc_id: VPC outside of which objects are refused to everybody. Default: no such rule: AWS
            does not say whether Bedrock's own checks come from the VPC, and the rule locks out people too.
    """

    access_logs: s3.IBucket | None = None
    expire_after_days: int | None = None
    only_from_vpc_id: str | None = None
