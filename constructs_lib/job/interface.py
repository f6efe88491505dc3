"""What every job offers, whether this app defines or imports it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from typing_extensions import Protocol, runtime_checkable

from ..findings import NOT_SHOWN, InvalidJob, error
from ..permissions import (
    JOB,
    exact_problems,
    listed,
    read_statement,
    stop_statement,
    tag_statement,
)
from .unresolved import as_arn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_iam as iam
    from constructs import Construct

    from ..permissions import Statement


# Of `typing_extensions`, as the CDK's own interfaces are: `isinstance` fails for a mixture with `typing`.
@runtime_checkable
class IModelCustomizationJob(cdk.IResource, Protocol):
    """A job, whether this app defines or imports it: a resource with `node`, `stack` and `env`."""

    @property
    def job_arn(self) -> str:
        """The job's ARN."""
        ...

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` read the job's status, settings and result."""
        ...

    def grant_stop(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` stop the job while it runs."""
        ...

    def grant_tag(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` read and change the job's tags."""
        ...


class JobBase(cdk.Resource):
    """What a defined and an imported job share: grants, which need only the ARN."""

    _job_arn: str
    _awaited_role_arn: str | None = None

    @property
    def job_arn(self) -> str:
        """The job's ARN."""
        return self._job_arn

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` read the job's status, settings and result."""
        return self._grant(grantee, read_statement(self.job_arn))

    def grant_stop(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` stop the job while it runs."""
        return self._grant(grantee, stop_statement(self.job_arn))

    def grant_tag(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` read and change the job's tags."""
        return self._grant(grantee, tag_statement(self.job_arn))

    def _grant(self, grantee: iam.IGrantable, statement: Statement) -> iam.Grant:
        role_arn = getattr(grantee.grant_principal, "role_arn", None)
        if role_arn is not None and role_arn == self._awaited_role_arn:
            rule = "must not be the job's own service role, because the job waits for that role's policies"
            fix = "grant it to the role of the person or service that watches the job"
            found = error("grantee-is-service-role", "grantee", rule, NOT_SHOWN, fix)
            raise InvalidJob(self.node.path, [found])
        return grant(grantee, [statement])


class ImportedJob(JobBase):
    """A job that another app defined. Its ARN is used whole, because the name in it contains a slash."""

    def __init__(self, scope: Construct, id: str, job_arn: str) -> None:
        if problems := list(exact_problems("job_arn", job_arn, JOB)):
            raise InvalidJob(f"{scope.node.path}/{id}", problems)
        stack = cdk.Stack.of(scope)
        placeholder = f"arn:aws:bedrock:{stack.region}:{stack.account}:model-customization-job/placeholder"
        super().__init__(scope, id, environment_from_arn=as_arn(job_arn, placeholder))
        self._job_arn = job_arn


def grant(grantee: iam.IGrantable, statements: Sequence[Statement]) -> iam.Grant:
    """Add `statements` to the principal of `grantee`, and return the resulting grant."""
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
