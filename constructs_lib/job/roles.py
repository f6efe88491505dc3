"""Roles as they are given to a job or a provider: settings of one that is made, or one that exists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jsii
from aws_cdk import aws_iam as iam
from constructs import Dependable, IDependable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs import Construct, IConstruct

    from .stack_env import StackEnv

CUSTOMIZED_ROLES = "@aws-cdk/iam:customizeRoles"
"""The context key that the CDK's `iam.Role.customize_roles` sets."""


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
