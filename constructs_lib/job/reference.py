"""What a job promises to others, whether this app defines it or only refers to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import aws_cdk as cdk

from constructs_lib.job.permissions import listed, read_statement, stop_statement, tag_statement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_iam as iam
    from constructs import Construct

    from constructs_lib.job.permissions import Statement


class IModelCustomizationJob(Protocol):
    """A job, whether this app defines it or only refers to it."""

    @property
    def job_arn(self) -> str:
        """The job's ARN."""
        ...

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` see the job's status, settings and outcome."""
        ...

    def grant_stop(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` stop the job while it runs."""
        ...

    def grant_tag(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` read and change the job's tags."""
        ...


class JobBase(cdk.Resource):
    """What a defined and a referenced job share; it uses only what both have, the ARN."""

    _job_arn: str

    @property
    def job_arn(self) -> str:
        """The job's ARN."""
        return self._job_arn

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` see the job's status, settings and outcome."""
        return grant(grantee, [read_statement(self.job_arn)])

    def grant_stop(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` stop the job while it runs."""
        return grant(grantee, [stop_statement(self.job_arn)])

    def grant_tag(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` read and change the job's tags."""
        return grant(grantee, [tag_statement(self.job_arn)])


class ReferencedJob(JobBase):
    """A job that lives elsewhere; its ARN has a slash inside its name and is kept whole."""

    def __init__(self, scope: Construct, id: str, job_arn: str) -> None:
        super().__init__(scope, id, environment_from_arn=job_arn)
        self._job_arn = job_arn


def grant(grantee: iam.IGrantable, statements: Sequence[Statement]) -> iam.Grant:
    """Add `statements` to the principal of `grantee`, and say whether that worked."""
    from aws_cdk import aws_iam as iam

    grants = [
        iam.Grant.add_to_principal(
            grantee=grantee,
            actions=listed(statement["Action"]),
            resource_arns=listed(statement["Resource"]),
            conditions=statement.get("Condition"),
        )
        for statement in statements
    ]
    first, *others = grants
    for other in others:
        first = first.combine(other)
    return first
