"""The service role of a job: made with exactly what the job needs, or passed as it is given."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam
from constructs import Dependable, IDependable

from ..permissions import (
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
from .nag_suppressions import INLINE, acknowledge
from .unresolved import as_arn, as_token

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from constructs import Construct, IConstruct

    from ..permissions import Statement
    from ..request import Customization
    from .beside_job import BesideJob
    from .isolation import Isolation
    from .job_data import JobData
    from .network import Placement
    from .stack_env import StackEnv
    from .storage import JobOutput, ModelKey

CUSTOMIZED_ROLES = "@aws-cdk/iam:customizeRoles"
"""The context key that the CDK's `iam.Role.customize_roles` sets."""

_DESCRIPTION = "Assumed by Amazon Bedrock for one model customization job"
_ADDED = "DefaultPolicy"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRole:
    """Settings of the service role, for platforms that prescribe a name, a path or a permissions boundary.

    Args:
        role_name: name of the role; must not exist in the account. Default: CloudFormation generates one.
        path: path of the role, such as `/bedrock/`. Default: `/`.
        permissions_boundary: a managed policy, or its ARN, as the role's permissions boundary. Default: none.
    """

    role_name: str | None = None
    path: str | None = None
    permissions_boundary: iam.IManagedPolicy | str | None = None


def trust_policy_of(role: object, env: StackEnv) -> Mapping[str, Any] | None:
    """Return the trust policy of a role that the app defines, resolved; None for any other role.

    Args:
        role: a role, an ARN or anything else.
        env: the stack that resolves it.
    """
    if not isinstance(role, iam.Role) or role.assume_role_policy is None:
        return None
    resolved: Mapping[str, Any] = env.stack.resolve(role.assume_role_policy)
    return resolved


def arn_of_policy(policy: iam.IManagedPolicy | str) -> str:
    """Return the ARN of a managed policy, which may be given as that."""
    return policy if isinstance(policy, str) else policy.managed_policy_arn


def policy_of(policy: iam.IManagedPolicy | str, scope: Construct, id: str) -> iam.IManagedPolicy:
    """Return a managed policy as a construct; one that is given as its ARN is imported.

    Args:
        policy: the policy, or its ARN.
        scope: the construct to import it into.
        id: its id there.
    """
    return iam.ManagedPolicy.from_managed_policy_arn(scope, id, policy) if isinstance(policy, str) else policy


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedRole:
    """The role that a job passes to Bedrock.

    Args:
        role: the role.
        arn: its ARN, as the request names it.
        is_awaited: whether the job waits for the role's policies.
        dependencies: these policies.
        own: the same role, where it is made for this job; another job's role is a given one.
        is_independent: whether it is made for this job and waits for nothing that the user defined.
    """

    role: iam.IRole
    arn: str
    is_awaited: bool = False
    dependencies: Sequence[IDependable] = ()
    own: JobRole | None = None
    is_independent: bool = False

    @property
    def independent(self) -> Sequence[str]:
        """Its ARN, where it waits for nothing that the user defined."""
        return [self.arn] if self.is_independent else []

    @property
    def made(self) -> Sequence[IConstruct]:
        """What this library makes and a job that continues after its stack is deleted still needs."""
        return [self.own, *self.own.policies] if self.own else []


def retain(*made: IConstruct) -> None:
    """Retain what a job that continues after its stack is deleted needs; a failed creation retains nothing.

    Args:
        made: what was made for the job; what is added below it later is retained too.
    """
    for one in made:
        cdk.RemovalPolicies.of(one).retain_on_update_or_delete()


def role_needs(
    customization: Customization,
    env: StackEnv,
    *,
    data: JobData,
    output: JobOutput,
    key: ModelKey,
    placement: Placement,
) -> ServiceRoleNeeds:
    """Return what the service role of a job must be permitted.

    Args:
        customization: how the model is trained, with a grader or a teacher.
        env: the job's stack.
        data: what the job reads.
        output: where its results go.
        key: the key of the custom model.
        placement: the network of the job's hosts.
    """
    grader, teacher, vpc = customization.grader, customization.teacher, placement.vpc_config
    return ServiceRoleNeeds(
        **env.arn_parts,
        inputs=data.locations,
        output=output.location,
        grader_arn=grader if grader is None or isinstance(grader, str) else grader.function_arn,
        teacher=teacher.model_id if teacher else None,
        model_key_arn=key.arn,
        subnet_ids=vpc.subnet_ids if vpc else (),
        security_group_ids=vpc.security_group_ids if vpc else (),
    )


def passed_role(
    given: iam.IRole | iam.Role | ServiceRole | str | None,
    needs: ServiceRoleNeeds,
    job: Construct,
    env: StackEnv,
    *,
    beside: BesideJob,
    isolation: Isolation | None,
) -> PassedRole:
    """Make a role with exactly what a job needs, or take the given one and change nothing about it.

    Args:
        given: what the user gave.
        needs: what the job needs.
        job: the construct.
        env: its stack.
        beside: where the role is made.
        isolation: the isolated network whose endpoint policy restricts the role, if any.
    """
    if given is None or isinstance(given, ServiceRole):
        settings = given or ServiceRole()
        made = JobRole(beside.scope, settings, needs, beside)
        boundary = settings.permissions_boundary
        boundary_arn = None if boundary is None else arn_of_policy(boundary)
        is_independent = not names_resources([settings.role_name, settings.path, boundary_arn])
        if isolation is not None:
            isolation.add_role(made.arn, made.interfaces if is_independent else None)
        return PassedRole(
            role=made,
            arn=made.arn,
            is_awaited=True,
            dependencies=[*([made.interfaces] if made.interfaces else []), *made.policies],
            own=made,
            is_independent=is_independent,
        )
    if isinstance(given, str):
        arn = as_arn(given, f"arn:aws:iam::{env.account}:role/Placeholder")
        return PassedRole(role=iam.Role.from_role_arn(job, "Role", arn, mutable=False), arn=given)
    if cdk.Stack.of(given) is env.stack:
        return PassedRole(
            role=given, arn=given.role_arn, is_awaited=True, dependencies=[PoliciesBelow(given)]
        )
    return PassedRole(role=given, arn=given.role_arn)


class JobRole(iam.Role):
    """The role that Bedrock assumes for one job.

    Statements that name a resource of the template are in a policy of their own, so that the role, and the
    function that passes it, wait for no bucket and no key. With `iam.Role.customize_roles`, all statements
    are in the CDK's policy report.

    Args:
        scope: the construct to make it in.
        settings: name, path and permissions boundary.
        needs: what the job reads, writes and calls.
        beside: names role and policies after the job's resource.
    """

    def __init__(
        self, scope: Construct, settings: ServiceRole, needs: ServiceRoleNeeds, beside: BesideJob
    ) -> None:
        statements = service_role_statements(needs)
        release = [one for one in statements if releases_interfaces(one)]
        kept = [one for one in statements if one not in release]
        first, *further = packed(kept, inline_limit=INLINE_LIMIT - resolved_length(document(release)))
        apart = names_resources(kept)
        boundary = settings.permissions_boundary
        super().__init__(
            scope,
            "Role",
            assumed_by=_bedrock(needs),
            description=_DESCRIPTION,
            inline_policies={} if apart else {"Job": iam.PolicyDocument.from_json(document(first))},
            role_name=settings.role_name and as_token(settings.role_name),
            path=settings.path and as_token(settings.path),
            permissions_boundary=None if boundary is None else policy_of(boundary, scope, "Boundary"),
        )
        self._scope, self._statements = scope, statements
        self.policies: list[cdk.CfnResource] = []
        self.interfaces: cdk.CfnResource | None = None
        self._resource: cdk.CfnResource | None = None
        self._added: IConstruct | None = None
        self.arn = self.role_arn
        # Older versions of the CDK have no other sign of a role that is reported and made as well.
        self._is_customized = self.node.try_get_context(CUSTOMIZED_ROLES) is not None
        if self._is_customized:
            for one in statements if apart else [*release, *chain(*further)]:
                super().add_to_principal_policy(iam.PolicyStatement.from_json(one))
        resource = self.node.default_child
        if not isinstance(resource, iam.CfnRole):
            return
        if self._is_customized:
            # The role is reported and made as well, and the CDK's own ARN is not that of the made role.
            self.arn = resource.attr_arn
        self._name = resource.ref
        beside.name(resource, "Role")
        # Another name than the inline policy of the role: where a job changes its data, CloudFormation would
        # otherwise delete the new policy together with the old one.
        self.policies += [self._policy("Policy", "JobData", first)] if apart else []
        self.policies += [self._managed(number, one) for number, one in enumerate(further, 2)]
        # Separate, because it must be deleted after the security group: Bedrock deletes a job's network
        # interfaces as this role, and CloudFormation retries to delete a group that interfaces still use.
        self.interfaces = self._policy("Interfaces", "JobInterfaces", release) if release else None
        beside.name(self.interfaces, "InterfacesPolicy")
        for number, policy in enumerate(self.policies, 1 if apart else 2):
            beside.name(policy, "Policy" if number == 1 else f"Policy{number}")

    def belongs_to(self, resource: cdk.CfnResource) -> None:
        """Make a job wait for what the role is permitted later, too.

        Args:
            resource: the job's custom resource.
        """
        self._resource = resource
        acknowledge(self._scope, INLINE, self._statements)

    def add_to_principal_policy(self, statement: iam.PolicyStatement) -> iam.AddToPrincipalPolicyResult:
        """Permit more, as `bucket.grant_read(job)` does; the job waits for it.

        Args:
            statement: what is permitted.
        """
        result = super().add_to_principal_policy(statement)
        if self._added is None and self._resource is not None and not self._is_customized:
            self._added = self.node.find_child(_ADDED)
            policy = self._added.node.default_child
            assert isinstance(policy, cdk.CfnElement)  # noqa: S101 - a policy is one L1
            policy.override_logical_id(f"{self._resource.logical_id}Grants")
            self._resource.node.add_dependency(self._added)
        return result

    def _policy(self, id: str, name: str, statements: list[Statement]) -> cdk.CfnResource:
        return iam.CfnPolicy(
            self, id, policy_name=name, policy_document=document(statements), roles=[self._name]
        )

    def _managed(self, number: int, statements: list[Statement]) -> cdk.CfnResource:
        return iam.CfnManagedPolicy(
            self, f"Policy{number}", policy_document=document(statements), roles=[self._name]
        )


@jsii.implements(IDependable)
class PoliciesBelow(Dependable):
    """Everything below a given role except the role itself, including what is added later.

    The job refers to the role itself already; cfn-lint reports a dependency on it as obsolete.

    Args:
        role: a role of the job's own stack.
    """

    def __init__(self, role: iam.IRole) -> None:
        super().__init__()
        self._role = role
        Dependable.implement(self, self)

    @property
    def dependency_roots(self) -> list[IConstruct]:
        """Return the policies."""
        return [one for one in self._role.node.children if one.node.id != "Resource"]


def _bedrock(needs: ServiceRoleNeeds) -> iam.ServicePrincipal:
    trust = service_role_trust(partition=needs.partition, region=needs.region, account=needs.account)
    [statement] = trust["Statement"]
    return iam.ServicePrincipal(statement["Principal"]["Service"], conditions=statement["Condition"])
