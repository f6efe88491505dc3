"""The service role that this library makes for one job, with exactly the permissions that the job needs."""

from __future__ import annotations

from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any, cast

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam

from ..permissions import (
    INLINE_LIMIT,
    MANAGED_LIMIT,
    document,
    merged,
    names_resources,
    packed,
    releases_interfaces,
    resolved_length,
    service_role_statements,
    service_role_trust,
)
from .nag_suppressions import INLINE, acknowledge
from .roles import CUSTOMIZED_ROLES, arn_of_policy, policy_of
from .unresolved import as_token, with_tokens

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk.interfaces.aws_iam import RoleReference
    from constructs import Construct, IDependable

    from ..permissions import ServiceRoleNeeds, Statement
    from .beside_job import BesideJob
    from .roles import ServiceRole
    from .stack_env import StackEnv


_MERGES_STATEMENTS = "@aws-cdk/aws-iam:minimizePolicies"
_DESCRIPTION = "Assumed by Amazon Bedrock for one model customization job"
_GRANTED = "DefaultPolicy"


class RolePolicies:
    """The policies of a made role, the job that waits for them, and what they are named after.

    Statements that name a resource of the template are in a policy of their own, so that the role, and the
    function that passes it, wait for no bucket and no key.

    What the role is permitted later is inline, too, as long as there is room, and then in managed policies.

    Args:
        needs: what the job reads, writes and calls.
        beside: names role and policies after the job's resource.
        merges_statements: whether the CDK merges the statements of a policy, by a feature flag.
    """

    def __init__(self, needs: ServiceRoleNeeds, beside: BesideJob, *, merges_statements: bool) -> None:
        self._beside = beside
        self._merges_statements = merges_statements
        self._granted: iam.Policy | None = None
        self._granted_statements: list[Statement] = []
        self._managed: list[tuple[iam.CfnManagedPolicy, list[Statement]]] = []
        self._statements = service_role_statements(needs)
        self._release = [one for one in self._statements if releases_interfaces(one)]
        kept = [one for one in self._statements if one not in self._release]
        self._first, *self._further = packed(
            kept, inline_limit=INLINE_LIMIT - resolved_length(document(self._release))
        )
        self._are_apart = names_resources(kept)
        self._resource: cdk.CfnResource | None = None
        self.policies: list[cdk.CfnResource] = []
        self.interfaces: cdk.CfnResource | None = None

    @property
    def inline(self) -> list[Statement] | None:
        """The inline policy of the role; None where all policies are resources of their own."""
        return None if self._are_apart else self._first

    @property
    def not_inline(self) -> list[Statement]:
        """All other statements."""
        return self._statements if self._are_apart else [*self._release, *chain(*self._further)]

    @property
    def awaited(self) -> list[cdk.CfnResource]:
        """All policies that are resources of their own, which the job waits for."""
        return [*([self.interfaces] if self.interfaces else []), *self.policies]

    def make(self, role: Construct, resource: iam.CfnRole) -> None:
        """Make the policies that are resources of their own, and name all resources after the job's.

        Args:
            role: the construct of the role.
            resource: its resource.
        """
        beside = self._beside
        beside.name(resource, "Role")
        if not (self._are_apart or self._further or self._release):
            return
        names = [resource.ref]
        # Another name than the inline policy of the role: where a job changes its data, CloudFormation would
        # otherwise delete the new policy together with the old one.
        if self._are_apart:
            self.policies.append(_policy(role, "Policy", "JobData", self._first, names))
        for number, statements in enumerate(self._further, 2):
            content = document(statements)
            self.policies.append(
                iam.CfnManagedPolicy(role, f"Policy{number}", policy_document=content, roles=names)
            )
        if self._release:
            # Separate, because it must be deleted after the security group: Bedrock deletes a job's network
            # interfaces as this role, and CloudFormation retries to delete a group that interfaces still use.
            self.interfaces = _policy(role, "Interfaces", "JobInterfaces", self._release, names)
        beside.name(self.interfaces, "InterfacesPolicy")
        for number, policy in enumerate(self.policies, 1 if self._are_apart else 2):
            beside.name(policy, "Policy" if number == 1 else f"Policy{number}")

    def belongs_to(self, resource: cdk.CfnResource) -> None:
        """Set the job, which waits for what the role is permitted later, too.

        Args:
            resource: the job's custom resource.
        """
        self._resource = resource
        acknowledge(self._beside.scope, INLINE, self._statements)

    def grant(self, statement: iam.PolicyStatement, role: JobRole | L2JobRole) -> IDependable:
        """Permit what the role is permitted later, and return the policy; the job waits for it.

        Args:
            statement: what is permitted.
            role: the role.
        """
        if not self._has_room_for(one := with_tokens(statement.to_statement_json())):
            return self._grant_apart(one, role)
        if self._granted is None:
            self._granted = iam.Policy(role, _GRANTED)
            role.attach_inline_policy(self._granted)
            self._belongs_to_job(self._granted, self._granted.node.default_child, "Grants")
        self._granted.add_statements(statement)
        return self._granted

    @cached_property
    def _room(self) -> int:
        """Characters that are left for inline policies: IAM counts those of a role together."""
        own = [document(self._first), *([document(self._release)] if self._release else [])]
        return INLINE_LIMIT - sum(map(resolved_length, own))

    def _has_room_for(self, statement: Statement) -> bool:
        granted = [*self._granted_statements, statement]
        content = document(_joined(granted) if self._merges_statements else granted)
        if resolved_length(content) > self._room:
            return False
        self._granted_statements = granted
        return True

    def _grant_apart(self, statement: Statement, role: JobRole | L2JobRole) -> IDependable:
        if self._managed:
            policy, statements = self._managed[-1]
            both = _joined([*statements, statement])
            if resolved_length(document(both)) <= MANAGED_LIMIT:
                policy.policy_document = document(both)
                self._managed[-1] = policy, both
                return policy
        parts = packed([statement], inline_limit=MANAGED_LIMIT) if "Resource" in statement else [[statement]]
        for part in parts:
            name, content = f"Grants{len(self._managed) + 2}", document(part)
            policy = iam.CfnManagedPolicy(role, name, policy_document=content, roles=[role.role_name])
            self._belongs_to_job(policy, policy, name)
            self._managed.append((policy, part))
        return policy

    def _belongs_to_job(self, policy: IDependable, element: object, suffix: str) -> None:
        """Name a policy after the job's resource, which waits for it."""
        assert isinstance(element, cdk.CfnElement)  # noqa: S101 - a policy is one L1
        if self._resource is not None:
            element.override_logical_id(f"{self._resource.logical_id}{suffix}")
            self._resource.node.add_dependency(policy)


def _joined(statements: Sequence[Statement]) -> list[Statement]:
    """Join statements as the CDK does; one with `NotAction` or `NotResource` stays as it is."""
    whole = [one for one in statements if "Action" in one and "Resource" in one]
    return [*merged(whole), *(one for one in statements if one not in whole)]


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
        policies: its policies.
        settings: name, path and permissions boundary.
        needs: what the job reads, writes and calls.
        is_customized: whether `iam.Role.customize_roles` was called.
    """

    def __init__(
        self,
        scope: Construct,
        policies: RolePolicies,
        settings: ServiceRole,
        needs: ServiceRoleNeeds,
        *,
        is_customized: bool,
    ) -> None:
        boundary, inline = settings.permissions_boundary, policies.inline
        super().__init__(
            scope,
            "Role",
            assumed_by=_bedrock(needs),
            description=_DESCRIPTION,
            inline_policies={} if inline is None else {"Job": iam.PolicyDocument.from_json(document(inline))},
            role_name=settings.role_name and as_token(settings.role_name),
            path=settings.path and as_token(settings.path),
            permissions_boundary=None if boundary is None else policy_of(boundary, scope, "Boundary"),
        )
        self._policies, self._is_customized = policies, is_customized
        self.arn = self.role_arn
        if is_customized:
            for one in policies.not_inline:
                super().add_to_principal_policy(iam.PolicyStatement.from_json(one))
        resource = self.node.default_child
        if isinstance(resource, iam.CfnRole):
            if is_customized:
                # The role is reported and made as well, and the CDK's own ARN is not that of the made role.
                self.arn = resource.attr_arn
            policies.make(self, resource)

    def add_to_principal_policy(self, statement: iam.PolicyStatement) -> iam.AddToPrincipalPolicyResult:
        """Permit more, as `bucket.grant_read(job)` does; the job waits for it.

        Args:
            statement: what is permitted.
        """
        if self._is_customized:
            return super().add_to_principal_policy(statement)
        policy = self._policies.grant(statement, self)
        return iam.AddToPrincipalPolicyResult(statement_added=True, policy_dependable=policy)


@jsii.implements(iam.IRole)
class JobRole(cdk.Resource):
    """A service role that has no name and that nothing in the app changes: Node makes its L1 faster.

    Args:
        scope: the construct to make it in.
        policies: its policies.
        settings: path and permissions boundary.
        needs: what the job reads, writes and calls.
        merges_statements: whether the CDK merges the statements of a policy, by a feature flag.
    """

    def __init__(
        self,
        scope: Construct,
        policies: RolePolicies,
        settings: ServiceRole,
        needs: ServiceRoleNeeds,
        *,
        merges_statements: bool,
    ) -> None:
        super().__init__(scope, "Role")
        boundary, inline = settings.permissions_boundary, []
        if policies.inline is not None:
            content: Any = document(policies.inline)
            content = iam.PolicyDocument.from_json(content) if merges_statements else _in_order(content)
            inline = [{"policyName": "Job", "policyDocument": content}]
        self._resource = iam.CfnRole(
            self,
            "Resource",
            assume_role_policy_document=_in_order(_trust(needs)),
            description=_DESCRIPTION,
            path=settings.path and as_token(settings.path),
            permissions_boundary=None if boundary is None else arn_of_policy(boundary),
            policies=inline or None,
        )
        self._policies = policies
        self._attached: list[iam.Policy] = []
        self._managed: list[str] = []
        self.arn = self._resource.attr_arn
        policies.make(self, self._resource)

    @property
    def role_arn(self) -> str:
        """The ARN of the role."""
        return self.arn

    # No `cached_property` here: jsii calls back properties only.
    @property
    def role_name(self) -> str:
        """The name of the role."""
        return self._resource.ref

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
        policy = self._policies.grant(statement, self)
        return iam.AddToPrincipalPolicyResult(statement_added=True, policy_dependable=policy)

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
            self._resource.managed_policy_arns = self._managed

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


def make_role(
    settings: ServiceRole, needs: ServiceRoleNeeds, env: StackEnv, beside: BesideJob
) -> tuple[JobRole | L2JobRole, RolePolicies]:
    """Make a role with exactly what a job needs, and its policies.

    Args:
        settings: name, path and permissions boundary.
        needs: what the job needs.
        env: its stack.
        beside: where the role is made.
    """
    merges = bool(env.context(_MERGES_STATEMENTS))
    policies = RolePolicies(needs, beside, merges_statements=merges)
    # Older versions of the CDK have no other sign of a role that is reported and made as well.
    is_customized = env.context(CUSTOMIZED_ROLES) is not None
    if is_customized or settings.role_name is not None or _is_injected(env):
        return L2JobRole(beside.scope, policies, settings, needs, is_customized=is_customized), policies
    return JobRole(beside.scope, policies, settings, needs, merges_statements=merges), policies


def _is_injected(env: StackEnv) -> bool:
    """Return whether a property injector of the app changes roles; only those of the CDK's own class are."""
    return any(
        cdk.PropertyInjectors.has_property_injectors(scope)
        and cdk.PropertyInjectors.of(scope).for_(iam.Role.PROPERTY_INJECTION_ID) is not None
        for scope in env.scopes
    )


def _trust(needs: ServiceRoleNeeds) -> dict[str, Any]:
    return service_role_trust(partition=needs.partition, region=needs.region, account=needs.account)


def _bedrock(needs: ServiceRoleNeeds) -> iam.ServicePrincipal:
    [statement] = _trust(needs)["Statement"]
    return iam.ServicePrincipal(statement["Principal"]["Service"], conditions=statement["Condition"])
