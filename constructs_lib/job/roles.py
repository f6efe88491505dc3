"""The service role of a job: made with exactly what the job needs, or passed as it is given."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, cast

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

    from aws_cdk.interfaces.aws_iam import RoleReference
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

_MERGES_STATEMENTS = "@aws-cdk/aws-iam:minimizePolicies"
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
    own: JobRole | L2JobRole | None = None
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
        made = _make_role(beside.scope, settings, needs, beside, env)
        boundary = settings.permissions_boundary
        boundary_arn = None if boundary is None else arn_of_policy(boundary)
        is_independent = not names_resources([settings.role_name, settings.path, boundary_arn])
        if isolation is not None:
            isolation.add_role(made.arn, made.interfaces if is_independent else None)
        return PassedRole(
            role=cast("iam.IRole", made),
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


class _RolePolicies:
    """The policies of a made role, and what they are named after.

    Statements that name a resource of the template are in a policy of their own, so that the role, and the
    function that passes it, wait for no bucket and no key.

    Args:
        needs: what the job reads, writes and calls.
    """

    def __init__(self, needs: ServiceRoleNeeds) -> None:
        self.statements = service_role_statements(needs)
        self.release = [one for one in self.statements if releases_interfaces(one)]
        kept = [one for one in self.statements if one not in self.release]
        self.first, *self.further = packed(
            kept, inline_limit=INLINE_LIMIT - resolved_length(document(self.release))
        )
        self.are_apart = names_resources(kept)
        self.policies: list[cdk.CfnResource] = []
        self.interfaces: cdk.CfnResource | None = None

    @property
    def inline(self) -> list[Statement] | None:
        """The inline policy of the role; None where all policies are resources of their own."""
        return None if self.are_apart else self.first

    def make(self, role: Construct, resource: iam.CfnRole, beside: BesideJob) -> None:
        """Make the policies that are resources of their own, and name all resources after the job's."""
        beside.name(resource, "Role")
        if not (self.are_apart or self.further or self.release):
            return
        names = [resource.ref]
        # Another name than the inline policy of the role: where a job changes its data, CloudFormation would
        # otherwise delete the new policy together with the old one.
        if self.are_apart:
            self.policies.append(_policy(role, "Policy", "JobData", self.first, names))
        for number, statements in enumerate(self.further, 2):
            content = document(statements)
            self.policies.append(
                iam.CfnManagedPolicy(role, f"Policy{number}", policy_document=content, roles=names)
            )
        if self.release:
            # Separate, because it must be deleted after the security group: Bedrock deletes a job's network
            # interfaces as this role, and CloudFormation retries to delete a group that interfaces still use.
            self.interfaces = _policy(role, "Interfaces", "JobInterfaces", self.release, names)
        beside.name(self.interfaces, "InterfacesPolicy")
        for number, policy in enumerate(self.policies, 1 if self.are_apart else 2):
            beside.name(policy, "Policy" if number == 1 else f"Policy{number}")


def _policy(
    role: Construct, id: str, name: str, statements: list[Statement], roles: list[str]
) -> cdk.CfnResource:
    return iam.CfnPolicy(role, id, policy_name=name, policy_document=document(statements), roles=roles)


class L2JobRole(iam.Role):
    """A service role as an L2 of the CDK: with a name, with property injectors, or for its policy report.

    The CDK knows how another account refers to a role by its name, what property injectors change, and what
    `iam.Role.customize_roles` does. With that, all statements are in the CDK's policy report.

    Args:
        scope: the construct to make it in.
        settings: name, path and permissions boundary.
        needs: what the job reads, writes and calls.
        beside: names role and policies after the job's resource.
        is_customized: whether `iam.Role.customize_roles` was called.
    """

    def __init__(
        self,
        scope: Construct,
        settings: ServiceRole,
        needs: ServiceRoleNeeds,
        beside: BesideJob,
        *,
        is_customized: bool,
    ) -> None:
        made = _RolePolicies(needs)
        boundary = settings.permissions_boundary
        inline = {} if made.inline is None else {"Job": iam.PolicyDocument.from_json(document(made.inline))}
        super().__init__(
            scope,
            "Role",
            assumed_by=_bedrock(needs),
            description=_DESCRIPTION,
            inline_policies=inline,
            role_name=settings.role_name and as_token(settings.role_name),
            path=settings.path and as_token(settings.path),
            permissions_boundary=None if boundary is None else policy_of(boundary, scope, "Boundary"),
        )
        self._scope, self._made = scope, made
        self._resource: cdk.CfnResource | None = None
        self._added: IConstruct | None = None
        self.arn = self.role_arn
        self._is_customized = is_customized
        if is_customized:
            for one in made.statements if made.are_apart else [*made.release, *chain(*made.further)]:
                super().add_to_principal_policy(iam.PolicyStatement.from_json(one))
        resource = self.node.default_child
        if isinstance(resource, iam.CfnRole):
            if is_customized:
                # The role is reported and made as well, and the CDK's own ARN is not that of the made role.
                self.arn = resource.attr_arn
            made.make(self, resource, beside)

    @property
    def policies(self) -> Sequence[cdk.CfnResource]:
        """The policies that the job waits for."""
        return self._made.policies

    @property
    def interfaces(self) -> cdk.CfnResource | None:
        """The policy for deleting network interfaces."""
        return self._made.interfaces

    def belongs_to(self, resource: cdk.CfnResource) -> None:
        """Make a job wait for what the role is permitted later, too.

        Args:
            resource: the job's custom resource.
        """
        self._resource = resource
        acknowledge(self._scope, INLINE, self._made.statements)

    def add_to_principal_policy(self, statement: iam.PolicyStatement) -> iam.AddToPrincipalPolicyResult:
        """Permit more, as `bucket.grant_read(job)` does; the job waits for it.

        Args:
            statement: what is permitted.
        """
        result = super().add_to_principal_policy(statement)
        if self._added is None and self._resource is not None and not self._is_customized:
            self._added = self.node.find_child(_ADDED)
            name_added(self._added, self._resource)
        return result


def name_added(added: IConstruct, resource: cdk.CfnResource) -> None:
    """Name what a role is permitted later after the job's resource, which waits for it."""
    policy = added.node.default_child
    assert isinstance(policy, cdk.CfnElement)  # noqa: S101 - a policy is one L1
    policy.override_logical_id(f"{resource.logical_id}Grants")
    resource.node.add_dependency(added)


@jsii.implements(iam.IRole)
class JobRole(cdk.Resource):
    """The role that Bedrock assumes for one job; Node makes its L1 faster than an `iam.Role`.

    Args:
        scope: the construct to make it in.
        settings: path and permissions boundary.
        needs: what the job reads, writes and calls.
        beside: names role and policies after the job's resource.
        merges_statements: whether the CDK merges the statements of a policy, by a feature flag.
    """

    def __init__(
        self,
        scope: Construct,
        settings: ServiceRole,
        needs: ServiceRoleNeeds,
        beside: BesideJob,
        *,
        merges_statements: bool,
    ) -> None:
        super().__init__(scope, "Role")
        self._scope, self._made = scope, _RolePolicies(needs)
        boundary = settings.permissions_boundary
        trust, inline = _in_order(_trust(needs)), []
        if self._made.inline is not None:
            content: Any = document(self._made.inline)
            content = iam.PolicyDocument.from_json(content) if merges_statements else _in_order(content)
            inline = [{"policyName": "Job", "policyDocument": content}]
        self._role = iam.CfnRole(
            self,
            "Resource",
            assume_role_policy_document=trust,
            description=_DESCRIPTION,
            path=settings.path and as_token(settings.path),
            permissions_boundary=None if boundary is None else arn_of_policy(boundary),
            policies=inline or None,
        )
        self.arn = self._role.attr_arn
        self._resource: cdk.CfnResource | None = None
        self._added: iam.Policy | None = None
        self._attached: list[iam.Policy] = []
        self._managed: list[str] = []
        self._made.make(self, self._role, beside)

    @property
    def policies(self) -> Sequence[cdk.CfnResource]:
        """The policies that the job waits for."""
        return self._made.policies

    @property
    def interfaces(self) -> cdk.CfnResource | None:
        """The policy for deleting network interfaces."""
        return self._made.interfaces

    def belongs_to(self, resource: cdk.CfnResource) -> None:
        """Make a job wait for what the role is permitted later, too.

        Args:
            resource: the job's custom resource.
        """
        self._resource = resource
        acknowledge(self._scope, INLINE, self._made.statements)

    @property
    def role_arn(self) -> str:
        """The ARN of the role."""
        return self.arn

    # No `cached_property` here: jsii calls back properties only.
    @property
    def role_name(self) -> str:
        """The name of the role."""
        return self._role.ref

    @property
    def role_ref(self) -> RoleReference:
        """The role, as other resources refer to it."""
        from aws_cdk.interfaces.aws_iam import RoleReference

        return RoleReference(role_arn=self.role_arn, role_name=self.role_name)

    @property
    def assume_role_action(self) -> str:
        """The action by which a principal assumes the role."""
        return "sts:AssumeRole"

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """The role, as the principal of grants."""
        return cast("iam.IPrincipal", self)

    @property
    def policy_fragment(self) -> iam.PrincipalPolicyFragment:
        """The role, as policies of other resources name it."""
        return iam.ArnPrincipal(self.role_arn).policy_fragment

    @property
    def principal_account(self) -> str | None:
        """The account of the role."""
        return self.env.account

    def add_to_principal_policy(self, statement: iam.PolicyStatement) -> iam.AddToPrincipalPolicyResult:
        """Permit more, as `bucket.grant_read(job)` does; the job waits for it.

        Args:
            statement: what is permitted.
        """
        if self._added is None:
            self._added = iam.Policy(self, _ADDED)
            self.attach_inline_policy(self._added)
            if self._resource is not None:
                name_added(self._added, self._resource)
        self._added.add_statements(statement)
        return iam.AddToPrincipalPolicyResult(statement_added=True, policy_dependable=self._added)

    def add_to_policy(self, statement: iam.PolicyStatement) -> bool:
        """Permit more; return whether it is permitted by this app.

        Args:
            statement: what is permitted.
        """
        return self.add_to_principal_policy(statement).statement_added

    def attach_inline_policy(self, policy: iam.Policy) -> None:
        """Attach a policy of this role alone.

        Args:
            policy: the policy.
        """
        if policy not in self._attached:
            self._attached.append(policy)
            policy.attach_to_role(cast("iam.IRole", self))

    def add_managed_policy(self, policy: iam.IManagedPolicy) -> None:
        """Attach a managed policy.

        Args:
            policy: the policy.
        """
        if (arn := policy.managed_policy_arn) not in self._managed:
            self._managed.append(arn)
            self._role.managed_policy_arns = self._managed

    def grant(self, grantee: iam.IPrincipal, *actions: str) -> iam.Grant:
        """Permit a principal to do something with the role.

        Args:
            grantee: the principal.
            *actions: the actions.
        """
        return iam.Grant.add_to_principal(
            grantee=cast("iam.IGrantable", grantee), actions=[*actions], resource_arns=[self.role_arn]
        )

    def grant_pass_role(self, grantee: iam.IPrincipal) -> iam.Grant:
        """Permit a principal to pass the role to a service.

        Args:
            grantee: the principal.
        """
        return self.grant(grantee, "iam:PassRole")

    def grant_assume_role(self, grantee: iam.IPrincipal) -> iam.Grant:
        """Permit a principal to assume the role, as far as its trust policy does.

        Args:
            grantee: the principal.
        """
        return self.grant(grantee, "sts:AssumeRole")


_ORDER = ("Action", "Condition", "Effect", "Principal", "Resource", "Sid")


def _in_order(policy: Mapping[str, Any]) -> dict[str, Any]:
    """Return a policy document with its members in the order in which the CDK writes those of its own."""
    statements = [{name: one[name] for name in _ORDER if name in one} for one in policy["Statement"]]
    return {"Statement": statements, "Version": policy["Version"]}


def _make_role(
    scope: Construct, settings: ServiceRole, needs: ServiceRoleNeeds, beside: BesideJob, env: StackEnv
) -> JobRole | L2JobRole:
    # Older versions of the CDK have no other sign of a role that is reported and made as well.
    is_customized = env.context(CUSTOMIZED_ROLES) is not None
    if is_customized or settings.role_name is not None or _is_injected(env):
        return L2JobRole(scope, settings, needs, beside, is_customized=is_customized)
    return JobRole(scope, settings, needs, beside, merges_statements=bool(env.context(_MERGES_STATEMENTS)))


def _is_injected(env: StackEnv) -> bool:
    """Return whether a property injector of the app changes roles; only those of the CDK's own class are."""
    return any(
        cdk.PropertyInjectors.has_property_injectors(scope)
        and iam.Role.PROPERTY_INJECTION_ID in cdk.PropertyInjectors.of(scope).supported_classes()
        for scope in env.scopes
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


def _trust(needs: ServiceRoleNeeds) -> dict[str, Any]:
    return service_role_trust(partition=needs.partition, region=needs.region, account=needs.account)


def _bedrock(needs: ServiceRoleNeeds) -> iam.ServicePrincipal:
    [statement] = _trust(needs)["Statement"]
    return iam.ServicePrincipal(statement["Principal"]["Service"], conditions=statement["Condition"])
