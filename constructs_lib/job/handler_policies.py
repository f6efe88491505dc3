"""What the function may do: policies of the role that is made, split so that no job waits for another."""

from __future__ import annotations

import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam
from constructs import IValidation

from ..findings import Described, InvalidJob, error, warning
from ..permissions import (
    INLINE_LIMIT,
    MANAGED_LIMIT,
    deletion_statements,
    document,
    merged,
    names_resources,
    packed,
    resolved_length,
    shortest_length,
)
from .beside_job import policy_name, scope_on_stack
from .handler_permissions import Capability, HandlerPermissions
from .handler_resources import HandlerPolicy
from .nag_suppressions import INLINE, acknowledge
from .stack_jobs import report
from .unresolved import with_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from constructs import Construct, IDependable

    from ..permissions import HandlerNeeds, Statement
    from .handler_permissions import JobPermissions, ServingPermissions
    from .stack_env import StackEnv

MANAGED_PER_ROLE = 10
"""Customer managed policies that a role can have; AWS raises the quota only on request.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

_POLICY_NAMES = {
    Capability.DELETE_MODELS: "DeleteModels",
    Capability.CHANGE_PARAMETERS: "ChangeParameters",
    Capability.SERVE_MODELS: "ServeModels",
    Capability.BUY_THROUGHPUT: "BuyThroughput",
}
_APART = "Apart"


class HandlerPolicies(HandlerPermissions):
    """The policies of one function's role.

    Inline in the role: statements that depend on no job, and those that name only literals, and roles and
    keys that this library makes on the stack. In a policy of its own for each: what a token of the user
    names, because it may wait for anything; only the jobs that use it wait for that policy. What exceeds a
    role's 10,240 inline characters goes into customer managed policies; jobs that share one of these wait for
    everything that it names.

    Args:
        env: the stack of the function.
        path_below_stack: the path of the function's provider.
        needs: what depends on no job.
        settings: the statements that the settings of the function need.
    """

    def __init__(
        self,
        env: StackEnv,
        path_below_stack: Sequence[str],
        needs: HandlerNeeds,
        settings: Sequence[Statement] = (),
    ) -> None:
        super().__init__(needs, settings)
        self._env = env
        self._path = path_below_stack
        self._reserved = resolved_length(document(deletion_statements(needs)))
        self._policies_of: dict[Capability, cdk.CfnResource] = {}
        self._inline = _Document(self._constant)
        self._beside = 0  # inline characters in policies that are resources of their own
        self._independent: dict[tuple[str, str], None] = {}
        self._separate: dict[tuple[str, str], IDependable] = {}
        self._further: list[tuple[_Document, cdk.CfnResource]] = []
        self._shared: list[tuple[_Document, cdk.CfnResource]] = []
        self._managed_policies = 0
        self._role: cdk.CfnResource | None = None
        self._roles: list[str] = []
        self._acknowledged: dict[Construct, set[str]] = {}
        self._room = 0  # characters that are certainly left in the only document
        self._is_packed = True
        self._permitted: list[cdk.CfnResource] = []

    def inline(self) -> cdk.IResolvable:
        """Return the inline policies of the role, as they will be when all jobs are defined."""
        return cdk.Lazy.uncached_any(_InlinePolicies(self))

    @property
    def inline_statements(self) -> Sequence[Statement]:
        """The statements in the role itself, for all jobs so far."""
        if not self._is_packed:
            self._pack()
        return self._inline.statements

    @property
    def inline_length(self) -> int:
        """The characters that all inline policies of the role may have, for all jobs so far."""
        return resolved_length(document(self.inline_statements)) + self._beside

    def attach_to(self, role: cdk.CfnResource) -> None:
        """Set the role."""
        self._role, self._roles = role, [role.ref]

    def allow(self, job: JobPermissions | ServingPermissions) -> list[IDependable]:
        """Permit what one more job needs, and return what the job waits for."""
        super().allow(job)
        awaited: list[IDependable] = []
        for capability in job.capabilities:
            if capability not in self._policies_of:
                self._policies_of[capability] = self._policy_of(capability)
            awaited.append(self._policies_of[capability])
        known = set(self._independent)
        for kind, name in job.names:
            if name in job.independent or not names_resources(name) or (kind, name) in self._independent:
                self._independent[kind, name] = None
            elif statements := self._statements([(kind, name)]):
                if (kind, name) not in self._separate:
                    self._separate[kind, name] = self._attached(statements, f"{job.logical_id}{kind}")
                awaited.append(self._separate[kind, name])
        if new := self._independent.keys() - known:
            self._room -= resolved_length(document(self._statements(new)))
            self._is_packed = False
        # cdk-nag 2 records suppressions in the resources that exist.
        if awaited or (new and (self._room < 0 or "cdk_nag" in sys.modules)):
            self._pack()
        return awaited

    def permitted(self, resource: cdk.CfnResource) -> None:
        """Let a resource wait for the policies that all wait for, also for those that are made later."""
        self._permitted.append(resource)
        for _, policy in self._further:
            resource.add_resource_dependency(policy)

    def allow_apart(
        self, logical_id: str, statements: Sequence[Statement], *, is_alone: bool = False
    ) -> list[IDependable]:
        """Permit what one resource and its deletion need, in a policy of its own."""
        super().allow_apart(logical_id, statements)
        policy = self._attached(list(statements), logical_id, is_alone=is_alone)
        self._separate[_APART, logical_id] = policy
        self._pack()
        return [policy]

    @cached_property
    def _scope(self) -> Construct:
        return scope_on_stack(self._env, self._path)

    def _pack(self) -> None:
        """Fill the inline policy; every job waits for the others, which name nothing that waits for a job."""
        room = INLINE_LIMIT - self._beside
        statements = [*self._constant, *self._statements(self._independent)]
        self._inline.statements, *rest = packed(statements, inline_limit=room)
        self._is_packed = True
        # What is merged is no longer than its parts. Where there are several documents, their bounds move.
        self._room = 0 if rest else room - resolved_length(document(self._inline.statements))
        for number, part in enumerate(rest):
            if number == len(self._further):
                content = _Document()
                policy = self._managed(f"Policy{number + 2}", content)
                self._further.append((content, policy))
                # One call each; a dependency of the node would be two. A stack has few of these policies.
                for resource in self._permitted:
                    resource.add_resource_dependency(policy)
            content, policy = self._further[number]
            content.statements = part
            self._acknowledge(policy, part)
        if self._role is not None:
            self._acknowledge(self._role, self._inline.statements, but=self._constant)

    def _policy_of(self, capability: Capability) -> cdk.CfnResource:
        """Make the policy of a capability: inline, unless policies of jobs have left no room for it."""
        statements = capability.statements(self._base_needs)
        size = resolved_length(document(statements))
        standing = resolved_length(document(self._constant))
        is_reserved = capability is Capability.DELETE_MODELS
        if is_reserved or standing + self._reserved + self._beside + size <= INLINE_LIMIT:
            self._beside += size
            return self._policy(capability.value, _POLICY_NAMES[capability], statements)
        policy = self._managed(capability.value, _Document(statements))
        acknowledge(policy, {}, statements)
        return policy

    def _attached(
        self, statements: list[Statement], logical_id: str, *, is_alone: bool = False
    ) -> cdk.CfnResource:
        size = resolved_length(document(statements))
        own = resolved_length(document(self.inline_statements))
        reserved = 0 if Capability.DELETE_MODELS in self._policies_of else self._reserved
        if own + reserved + self._beside + size <= INLINE_LIMIT:
            self._beside += size
            policy = self._policy(f"Apart{len(self._separate) + 1}", policy_name(logical_id), statements)
            policy.override_logical_id(logical_id)
            return policy
        if is_alone:
            policy = self._managed(f"Apart{len(self._separate) + 1}", _Document(statements))
            policy.override_logical_id(logical_id)
            acknowledge(policy, {}, statements)
            return policy
        if self._shared:
            shared, policy = self._shared[-1]
            both = merged([*shared.statements, *statements])
            if resolved_length(document(both)) <= MANAGED_LIMIT:
                shared.statements = both
                acknowledge(policy, {}, statements)
                return policy
        shared = _Document(statements)
        policy = self._managed(f"Shared{len(self._shared) + 1}", shared)
        acknowledge(policy, {}, statements)
        self._shared.append((shared, policy))
        return policy

    def _acknowledge(
        self, scope: Construct, statements: Sequence[Statement], *, but: Sequence[Statement] = ()
    ) -> None:
        """Suppress what cdk-nag finds in the statements of a role or a policy, which grow with the jobs.

        Args:
            scope: the role or the policy.
            statements: all of its statements.
            but: those for which the provider does it. Default: none.
        """
        known = self._acknowledged.setdefault(scope, {str(one["Resource"]) for one in but})
        new = [one for one in statements if str(one["Resource"]) not in known]
        known |= {str(one["Resource"]) for one in new}
        acknowledge(scope, {}, new)

    def _policy(self, id: str, name: str, statements: Sequence[Statement]) -> cdk.CfnResource:
        policy = HandlerPolicy(
            self._scope, id, policy_name=name, policy_document=document(statements), roles=self._roles
        )
        acknowledge(policy, INLINE, statements)
        return policy

    def _managed(self, id: str, content: _Document) -> cdk.CfnResource:
        self._managed_policies += 1
        if self._managed_policies > MANAGED_PER_ROLE:
            rule = "must not need more permissions than the policies of one role can hold"
            got = Described(f"more than {MANAGED_PER_ROLE} managed policies")
            fix = "let jobs share a role or a key, or give some of them a provider of their own"
            found = error("provider-permissions", "provider", rule, got, fix)
            raise InvalidJob("/".join(self._path), [found])
        return iam.CfnManagedPolicy(
            self._scope, id, policy_document=cdk.Lazy.uncached_any(content), roles=self._roles
        )


@jsii.implements(IValidation)
class RoomForGrants:
    """Checks that what an app grants to the role of a function has room in the role's inline policies.

    The CDK puts all grants to a role that it has not made into one inline policy, and never splits it.

    Args:
        view: the role, as the CDK refers to it.
        permissions: returns what the role is permitted besides, once the app is defined.
    """

    def __init__(self, view: iam.IRole, permissions: Callable[[], HandlerPermissions]) -> None:
        self._view, self._permissions = view, permissions

    def validate(self) -> list[str]:
        """Return an error if the grants cannot have room, and add a warning if they may have none."""
        policy = self._view.node.try_find_child("Policy")
        if not isinstance(policy, iam.Policy):
            return []
        granted = with_tokens(policy.document.to_json())
        permissions = self._permissions()
        own = permissions.inline_length if isinstance(permissions, HandlerPolicies) else 0
        least, most = shortest_length(granted), resolved_length(granted) + own
        if most <= INLINE_LIMIT:
            return []
        must, make = ("must", error) if least > INLINE_LIMIT else ("should", warning)
        rule = f"{must} be granted no more than the {INLINE_LIMIT:,} characters of a role's inline policies"
        got = Described(f"{least if must == 'must' else most:,} at {'least' if must == 'must' else 'most'}")
        fix = "permit the rest with an iam.ManagedPolicy that has roles=[provider.role]"
        return report(policy, [make("provider-permissions", "provider.role", rule, got, fix)])


@jsii.implements(cdk.IAnyProducer)
class _Document:
    """A policy document that grows with the jobs, and is sent to Node once, at synthesis."""

    def __init__(self, statements: Sequence[Statement] = ()) -> None:
        self.statements = statements

    def produce(self, _context: cdk.IResolveContext) -> dict[str, Any]:
        return document(self.statements)


@jsii.implements(cdk.IAnyProducer)
class _InlinePolicies:
    def __init__(self, policies: HandlerPolicies) -> None:
        self._policies = policies

    def produce(self, _context: cdk.IResolveContext) -> list[dict[str, Any]]:
        return [{"policyName": "Jobs", "policyDocument": document(self._policies.inline_statements)}]
