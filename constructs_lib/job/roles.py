"""The service role: made with exactly what one job needs, or taken as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from constructs_lib.job.acknowledged import SERVICE_ROLE, acknowledge
from constructs_lib.job.naming import role_description
from constructs_lib.job.permissions import (
    ServiceRoleNeeds,
    document,
    packed,
    service_role_statements,
    service_role_trust,
)

if TYPE_CHECKING:
    from constructs import Construct

    from constructs_lib.job.permissions import Statement
    from constructs_lib.job.settings import ServiceRole


def create_service_role(
    scope: Construct, settings: ServiceRole, needs: ServiceRoleNeeds, *, apart: bool
) -> tuple[iam.Role, list[cdk.CfnResource]]:
    """Make the role that Bedrock assumes for one job, and say what the job must wait for.

    Args:
        scope: The job.
        settings: Name, path and boundary of the role.
        needs: What the job reads, writes and calls.
        apart: Put the statements into a policy of their own. A bucket and a key that are made together with
            the role are then made beside it, not before it.
    """
    statements = service_role_statements(needs)
    first, *further = packed(statements)
    acknowledge(scope, SERVICE_ROLE, statements)
    role = iam.Role(
        scope,
        "Role",
        assumed_by=_bedrock(needs),
        description=role_description(scope.node.path),
        inline_policies={} if apart else {"Job": iam.PolicyDocument.from_json(document(first))},
        role_name=settings.role_name,
        path=settings.path,
        permissions_boundary=settings.permissions_boundary,
    )
    attached: list[cdk.CfnResource] = [_inline(scope, role, first)] if apart else []
    attached += [_managed(scope, number, role, statements) for number, statements in enumerate(further, 2)]
    return role, attached


def _bedrock(needs: ServiceRoleNeeds) -> iam.ServicePrincipal:
    trust = service_role_trust(partition=needs.partition, region=needs.region, account=needs.account)
    [statement] = trust["Statement"]
    return iam.ServicePrincipal(statement["Principal"]["Service"], conditions=statement["Condition"])


def _inline(scope: Construct, role: iam.Role, statements: list[Statement]) -> cdk.CfnResource:
    return iam.CfnPolicy(
        scope, "Policy", policy_name="Job", policy_document=document(statements), roles=[role.role_name]
    )


def _managed(scope: Construct, number: int, role: iam.Role, statements: list[Statement]) -> cdk.CfnResource:
    return iam.CfnManagedPolicy(
        scope, f"Policy{number}", policy_document=document(statements), roles=[role.role_name]
    )
