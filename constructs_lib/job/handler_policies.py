"""What the function's role may do, in as many policies as it takes for no job to wait for another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import jsii
from constructs import DependencyGroup

from constructs_lib.job.belongings import policy_name, scope_on_stack
from constructs_lib.job.nag_suppressions import INLINE, acknowledge
from constructs_lib.permissions import (
    INLINE_LIMIT,
    MANAGED_LIMIT,
    HandlerNeeds,
    deletion_statements,
    document,
    merged,
    named_statements,
    names_resources,
    packed,
    resolved_length,
    standing_statements,
)
from constructs_lib.request import InvalidJob, Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from constructs import Construct, IDependable

    from constructs_lib.permissions import Statement

MANAGED_PER_ROLE = 10
"""Customer managed policies that a role takes; AWS raises it on request, so nobody can count on more.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

_TOO_MANY = "let jobs share a role or a key, or give some of them a provider of their own"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPermissions:
    """What the function must be permitted for one job.

    Args:
        logical_id: That of the job's custom resource.
        role_arn: The service role that is passed to Bedrock.
        base_model: The base model as the request names it. Default: a custom model, permitted anyway.
        model_key_arn: The key of the custom model. Default: AWS's own, which needs no permission.
        in_vpc: Whether the job runs in a VPC. Default: it does not.
        deletes_model: Whether the finished model goes with the job. Default: it stays.
        free: Tokens of the above that wait for nothing of the user's: what this library makes on the stack.
    """

    logical_id: str
    role_arn: str
    base_model: str | None = None
    model_key_arn: str | None = None
    in_vpc: bool = False
    deletes_model: bool = False
    free: Collection[str] = ()


class HandlerPolicies:
    """The policies of one function's role.

    Inline in the role: what follows from no job, and what names only literals and roles and keys that this
    library makes on the stack. In a policy of its own for each: what a token of the user's names, for it
    may wait for anything; only the jobs that use it wait for that policy. Where a role's 10,240 inline
    characters end, customer managed policies begin; jobs whose names share one of these wait for each
    other's names.

    Args:
        stack: The stack of the function.
        path_below_stack: Where the function's provider stands.
        needs: What follows from no job.
    """

    def __init__(self, stack: cdk.Stack, path_below_stack: Sequence[str], needs: HandlerNeeds) -> None:
        self._stack = stack
        self._path = path_below_stack
        self._bare = needs
        self._standing = standing_statements(needs)
        self._reserved = resolved_length(document(deletion_statements(needs)))
        self._deletion: cdk.CfnResource | None = None
        self._inline = _Document(self._standing)
        self._beside = 0  # inline characters in policies beside the role's own
        self._free: dict[tuple[str, str], None] = {}
        self._apart: dict[tuple[str, str], IDependable] = {}
        self._further: list[_Document] = []
        self._shared: list[tuple[_Document, cdk.CfnResource]] = []
        self._managed_policies = 0
        self._awaited: DependencyGroup | None = None
        self._scope: Construct | None = None
        self._role_name = ""

    def inline(self) -> cdk.IResolvable:
        """Give the policies that stand in the role itself, as they will be when all jobs are defined."""
        return cdk.Lazy.uncached_any(_InlinePolicies(self._inline))

    def attach_to(self, role_name: str) -> None:
        """Say whose policies these are."""
        self._role_name = role_name

    @property
    def statements(self) -> Sequence[Statement]:
        """What stands in the role itself, so far."""
        return self._inline.statements

    def allow(self, job: JobPermissions) -> list[IDependable]:
        """Permit what one more job needs, and say what the job waits for."""
        awaited: list[IDependable] = [self._group]
        if job.deletes_model:
            awaited.append(self._deletion_policy())
        known = len(self._free)
        for kind, name in _names(job):
            if name in job.free or not names_resources(name) or (kind, name) in self._free:
                self._free[kind, name] = None
            elif statements := self._statements([(kind, name)]):
                awaited.append(self._policy_for(kind, name, statements, job.logical_id))
        if len(self._free) > known or len(awaited) > 1:
            self._pack()
        return awaited

    @property
    def _group(self) -> DependencyGroup:
        if self._awaited is None:
            self._awaited = DependencyGroup()
        return self._awaited

    def _pack(self) -> None:
        """Fill the role; every job waits for what does not fit, for it names nothing that waits for a job."""
        room = INLINE_LIMIT - self._beside
        statements = [*self._standing, *self._statements(self._free)]
        self._inline.statements, *rest = packed(statements, inline_limit=room)
        for number, part in enumerate(rest):
            if number == len(self._further):
                self._further.append(_Document())
                self._group.add(self._managed(f"Policy{number + 2}", self._further[number]))
            self._further[number].statements = part

    def _policy_for(self, kind: str, name: str, statements: list[Statement], logical_id: str) -> IDependable:
        if (kind, name) not in self._apart:
            self._apart[kind, name] = self._attached(statements, f"{logical_id}{kind}")
        return self._apart[kind, name]

    def _attached(self, statements: list[Statement], logical_id: str) -> cdk.CfnResource:
        size = resolved_length(document(statements))
        own = resolved_length(document(self._inline.statements))
        reserved = 0 if self._deletion else self._reserved
        if own + reserved + self._beside + size <= INLINE_LIMIT:
            self._beside += size
            policy = self._policy(f"Apart{len(self._apart) + 1}", policy_name(logical_id), statements)
            policy.override_logical_id(logical_id)
            return policy
        if self._shared:
            shared, policy = self._shared[-1]
            both = merged([*shared.statements, *statements])
            if resolved_length(document(both)) <= MANAGED_LIMIT:
                shared.statements = both
                return policy
        shared = _Document(statements)
        policy = self._managed(f"Shared{len(self._shared) + 1}", shared)
        self._shared.append((shared, policy))
        return policy

    def _deletion_policy(self) -> IDependable:
        if self._deletion is None:
            statements = deletion_statements(self._bare)
            self._beside += self._reserved
            self._deletion = self._policy("Deletion", "DeleteModels", statements)
        return self._deletion

    def _statements(self, names: Collection[tuple[str, str]]) -> list[Statement]:
        found: dict[str, list[str]] = {_BASE: [], _KEY: [], _ROLE: [], _NETWORK: []}
        for kind, name in names:
            found[kind].append(name)
        needs = replace(
            self._bare,
            base_models=found[_BASE],
            model_key_arns=found[_KEY],
            role_arns=found[_ROLE],
            in_vpc=bool(found[_NETWORK]),
        )
        return named_statements(needs)

    def _policy(self, id: str, name: str, statements: Sequence[Statement]) -> cdk.CfnResource:
        properties = {
            "PolicyName": name,
            "PolicyDocument": document(statements),
            "Roles": [self._role_name],
        }
        policy = cdk.CfnResource(self._home, id, type="AWS::IAM::Policy", properties=properties)
        acknowledge(policy, INLINE, statements)
        return policy

    def _managed(self, id: str, content: _Document) -> cdk.CfnResource:
        self._managed_policies += 1
        if self._managed_policies > MANAGED_PER_ROLE:
            got = f"more than {MANAGED_PER_ROLE} managed policies"
            rule = "must not need more permissions than the policies of one role can hold"
            raise InvalidJob("/".join(self._path), [Problem("provider", rule, got, _TOO_MANY)])
        properties = {"PolicyDocument": cdk.Lazy.uncached_any(content), "Roles": [self._role_name]}
        return cdk.CfnResource(self._home, id, type="AWS::IAM::ManagedPolicy", properties=properties)

    @property
    def _home(self) -> Construct:
        if self._scope is None:
            self._scope = scope_on_stack(self._stack, self._path)
        return self._scope


_BASE, _KEY, _ROLE, _NETWORK = "Base", "Key", "Pass", "Network"


def _names(job: JobPermissions) -> Iterator[tuple[str, str]]:
    yield _ROLE, job.role_arn
    if job.base_model is not None:
        yield _BASE, job.base_model
    if job.model_key_arn is not None:
        yield _KEY, job.model_key_arn
    if job.in_vpc:
        yield _NETWORK, "any"


@jsii.implements(cdk.IAnyProducer)
class _Document:
    """A policy document, sent to Node once and not with every job."""

    def __init__(self, statements: Sequence[Statement] = ()) -> None:
        self.statements = statements

    def produce(self, _context: cdk.IResolveContext) -> dict[str, Any]:
        return document(self.statements)


@jsii.implements(cdk.IAnyProducer)
class _InlinePolicies:
    def __init__(self, content: _Document) -> None:
        self._content = content

    def produce(self, context: cdk.IResolveContext) -> list[dict[str, Any]]:
        return [{"PolicyName": "Jobs", "PolicyDocument": self._content.produce(context)}]
