"""The service role: made with exactly what one job needs, or taken as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam
from constructs import Dependable, IDependable

from constructs_lib.job.nag_suppressions import INLINE, acknowledge
from constructs_lib.permissions import (
    INLINE_LIMIT,
    ServiceRoleNeeds,
    document,
    names_resources,
    packed,
    releases_interfaces,
    resolved_length,
    service_role_statements,
    service_role_trust,
)

if TYPE_CHECKING:
    from constructs import Construct, IConstruct

    from constructs_lib.job.belongings import JobId
    from constructs_lib.job.options import ServiceRole
    from constructs_lib.permissions import Statement

_DESCRIPTION = "Assumed by Amazon Bedrock for one model customization job"
_ADDED = "DefaultPolicy"


class JobRole(iam.Role):
    """The role that Bedrock assumes for one job.

    What names a resource of the template stands in a policy of its own: the role, and the function that
    passes it, wait for no bucket and no key.

    Args:
        scope: Where the role lives.
        settings: Name, path and boundary of the role.
        needs: What the job reads, writes and calls.
        job_id: The logical id that those of role and policies follow.
    """

    def __init__(
        self, scope: Construct, settings: ServiceRole, needs: ServiceRoleNeeds, job_id: JobId
    ) -> None:
        statements = service_role_statements(needs)
        release = [one for one in statements if releases_interfaces(one)]
        kept = [one for one in statements if one not in release]
        first, *further = packed(kept, inline_limit=INLINE_LIMIT - resolved_length(document(release)))
        apart = names_resources(kept)
        super().__init__(
            scope,
            "Role",
            assumed_by=_bedrock(needs),
            description=_DESCRIPTION,
            inline_policies={} if apart else {"Job": iam.PolicyDocument.from_json(document(first))},
            role_name=settings.role_name,
            path=settings.path,
            permissions_boundary=settings.permissions_boundary,
        )
        self._scope, self._statements = scope, statements
        job_id.name(self.node.default_child, "Role")
        self.policies: list[cdk.CfnResource] = [self._apart(first)] if apart else []
        self.policies += [self._managed(number, one) for number, one in enumerate(further, 2)]
        self.interfaces = self._release(release) if release else None
        job_id.name(self.interfaces, "InterfacesPolicy")
        for number, policy in enumerate(self.policies, 1 if apart else 2):
            job_id.name(policy, "Policy" if number == 1 else f"Policy{number}")
        self._resource: cdk.CfnResource | None = None
        self._added: IConstruct | None = None

    def belongs_to(self, resource: cdk.CfnResource) -> None:
        """Let a job wait for what the role is permitted, now or later.

        Args:
            resource: The job's custom resource.
        """
        self._resource = resource
        if self.interfaces:
            resource.node.add_dependency(self.interfaces)
        if self.policies:
            resource.node.add_dependency(*self.policies)
        acknowledge(self._scope, INLINE, self._statements)

    def add_to_principal_policy(self, statement: iam.PolicyStatement) -> iam.AddToPrincipalPolicyResult:
        """Permit more, as `bucket.grant_read(job)` does; the job waits for it.

        Args:
            statement: What is permitted.
        """
        result = super().add_to_principal_policy(statement)
        if self._added is None and self._resource is not None:
            self._added = self.node.find_child(_ADDED)
            policy = self._added.node.default_child
            assert isinstance(policy, cdk.CfnElement)  # noqa: S101 - a policy is one L1
            policy.override_logical_id(f"{self._resource.logical_id}Grants")
            self._resource.node.add_dependency(self._added)
        return result

    def _apart(self, statements: list[Statement]) -> cdk.CfnResource:
        # Not named as the policy in the role: the one would take the other away where a job changes its data.
        return iam.CfnPolicy(
            self,
            "Policy",
            policy_name="JobData",
            policy_document=document(statements),
            roles=[self.role_name],
        )

    def _release(self, statements: list[Statement]) -> cdk.CfnResource:
        # Apart, because it must outlive the security group: Bedrock deletes a job's network interfaces as
        # this role, and CloudFormation tries a group again for some minutes while interfaces still use it.
        return iam.CfnPolicy(
            self,
            "Interfaces",
            policy_name="JobInterfaces",
            policy_document=document(statements),
            roles=[self.role_name],
        )

    def _managed(self, number: int, statements: list[Statement]) -> cdk.CfnResource:
        return iam.CfnManagedPolicy(
            self, f"Policy{number}", policy_document=document(statements), roles=[self.role_name]
        )


def waits_for_others(settings: ServiceRole) -> bool:
    """Tell whether a role with these settings may have to wait for another resource of the template."""
    boundary = settings.permissions_boundary
    arn = None if boundary is None else boundary.managed_policy_arn
    return names_resources([settings.role_name, settings.path, arn])


@jsii.implements(IDependable)
class PoliciesBelow(Dependable):
    """Everything below a given role but the role itself, whatever is added later.

    The role itself is named by the job already; naming it once more is what cfn-lint calls obsolete.

    Args:
        role: A role of the job's own stack.
    """

    def __init__(self, role: iam.IRole) -> None:
        super().__init__()
        self._role = role
        Dependable.implement(self, self)

    @property
    def dependency_roots(self) -> list[IConstruct]:
        """List the policies."""
        return [one for one in self._role.node.children if one.node.id != "Resource"]


def _bedrock(needs: ServiceRoleNeeds) -> iam.ServicePrincipal:
    trust = service_role_trust(partition=needs.partition, region=needs.region, account=needs.account)
    [statement] = trust["Statement"]
    return iam.ServicePrincipal(statement["Principal"]["Service"], conditions=statement["Condition"])
