"""The role that a job passes to Bedrock, and what that role must be permitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from ..permissions import ServiceRoleNeeds, names_resources
from .made_role import make_role
from .roles import PoliciesBelow, ServiceRole, arn_of_policy
from .unresolved import as_arn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs import Construct, IConstruct, IDependable

    from ..request import Customization
    from .beside_job import BesideJob
    from .isolation import Isolation
    from .job_data import JobData
    from .made_role import RolePolicies
    from .network import Placement
    from .stack_env import StackEnv
    from .storage import JobOutput, ModelKey


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedRole:
    """The role that a job passes to Bedrock.

    Args:
        role: the role.
        arn: its ARN, as the request names it.
        is_awaited: whether the job waits for the role's policies.
        dependencies: these policies.
        own: the policies of the role, where it is made for this job; another job's role is a given one.
        is_independent: whether it is made for this job and waits for nothing that the user defined.
    """

    role: iam.IRole
    arn: str
    is_awaited: bool = False
    dependencies: Sequence[IDependable] = ()
    own: RolePolicies | None = None
    is_independent: bool = False

    @property
    def independent(self) -> Sequence[str]:
        """Its ARN, where it waits for nothing that the user defined."""
        return [self.arn] if self.is_independent else []

    @property
    def made(self) -> Sequence[IConstruct]:
        """What this library makes and a job that continues after its stack is deleted still needs."""
        return [self.role, *self.own.policies] if self.own else []


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
        made, policies = make_role(settings, needs, env, beside)
        boundary = settings.permissions_boundary
        boundary_arn = None if boundary is None else arn_of_policy(boundary)
        is_independent = not names_resources([settings.role_name, settings.path, boundary_arn])
        if isolation is not None:
            isolation.add_role(made.arn, policies.interfaces if is_independent else None)
        return PassedRole(
            role=cast("iam.IRole", made),
            arn=made.arn,
            is_awaited=True,
            dependencies=policies.awaited,
            own=policies,
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
