"""What the function may do: policies of the role that is made, split so that no job waits for another."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam
from constructs import DependencyGroup

from ..findings import Described, InvalidJob, error
from ..permissions import (
    INLINE_LIMIT,
    MANAGED_LIMIT,
    HandlerNeeds,
    deletion_statements,
    deployment_statements,
    document,
    merged,
    named_statements,
    names_resources,
    old_parameter_statements,
    packed,
    resolved_length,
    standing_statements,
    throughput_statements,
)
from .beside_job import policy_name, scope_on_stack
from .handler_resources import HandlerPolicy
from .nag_suppressions import INLINE, acknowledge

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from constructs import Construct, IDependable

    from ..permissions import Statement
    from .stack_env import StackEnv

MANAGED_PER_ROLE = 10
"""Customer managed policies that a role can have; AWS raises the quota only on request.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""


class Capability(Enum):
    """Something that only some jobs need, and that their deletion needs, too.

    Its statements are a policy of their own, because CloudFormation changes the inline policies of a role
    before it deletes what was removed from the template, and deletes such a policy after it.
    """

    DELETE_MODELS = "Deletion"
    CHANGE_PARAMETERS = "Parameters"
    SERVE_MODELS = "Deployments"
    BUY_THROUGHPUT = "Throughputs"

    def statements(self, needs: HandlerNeeds) -> list[Statement]:
        """Return the statements, which name nothing of any one job."""
        if self is Capability.DELETE_MODELS:
            return deletion_statements(needs)
        make = {
            Capability.CHANGE_PARAMETERS: old_parameter_statements,
            Capability.SERVE_MODELS: deployment_statements,
            Capability.BUY_THROUGHPUT: throughput_statements,
        }[self]
        return make(needs.stack_id, partition=needs.partition, region=needs.region, account=needs.account)


_POLICY_NAMES = {
    Capability.DELETE_MODELS: "DeleteModels",
    Capability.CHANGE_PARAMETERS: "ChangeParameters",
    Capability.SERVE_MODELS: "ServeModels",
    Capability.BUY_THROUGHPUT: "BuyThroughput",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPermissions:
    """What the function must be permitted for one job.

    Args:
        logical_id: that of the job's custom resource.
        role_arn: the service role that is passed to Bedrock.
        base_model: the base model as the request names it. Default: a custom model, permitted anyway.
        model_key_arn: the key of the custom model. Default: one that AWS owns, which needs no permission.
        in_vpc: whether the job runs in a VPC. Default: it does not.
        deletes_model: whether the finished model is deleted with the job. Default: it stays.
        state_machine_arn: the state machine that is started before the job, and signals its wait condition.
            Default: no deployment waits for the job.
        listed: URIs of the training data whose size is read. Default: none.
        lists_models: whether earlier models of the job are looked for. Default: they are not.
        independent: tokens of the above that wait for nothing the user defined: what this library makes on
            the stack.
    """

    logical_id: str
    role_arn: str
    base_model: str | None = None
    model_key_arn: str | None = None
    in_vpc: bool = False
    deletes_model: bool = False
    state_machine_arn: str | None = None
    listed: Sequence[str] = ()
    lists_models: bool = False
    independent: Collection[str] = ()

    @property
    def names(self) -> Iterator[tuple[str, str]]:
        """What is named in policies: kind and name."""
        yield _ROLE, self.role_arn
        if self.base_model is not None:
            yield _BASE, self.base_model
        if self.model_key_arn is not None:
            yield _KEY, self.model_key_arn
        if self.in_vpc:
            yield _NETWORK, "any"
        if self.state_machine_arn is not None:
            yield _SIGNALS, "any"
            yield _TASKS, self.state_machine_arn
        yield from ((_DATA, uri) for uri in self.listed)
        if self.lists_models:
            yield _MODELS, "any"

    @property
    def capabilities(self) -> Sequence[Capability]:
        """What else is needed."""
        return [Capability.DELETE_MODELS] if self.deletes_model else []


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingPermissions:
    """What the function must be permitted for one parameter, one deployment or one throughput.

    Args:
        logical_id: that of its custom resource.
        capabilities: what it needs besides what is named here.
        parameter_arn: the parameter that is written. Default: none is.
        model_key_arn: the key of the custom model. Default: one that AWS owns, or the model is not used.
        state_machine_arn: the state machine that is started. Default: none is.
        independent: as for a job.
    """

    logical_id: str
    capabilities: Sequence[Capability]
    parameter_arn: str | None = None
    model_key_arn: str | None = None
    state_machine_arn: str | None = None
    independent: Collection[str] = ()

    @property
    def names(self) -> Iterator[tuple[str, str]]:
        """What is named in policies: kind and name."""
        if self.parameter_arn is not None:
            yield _PARAMETER, self.parameter_arn
        if self.model_key_arn is not None:
            yield _KEY, self.model_key_arn
        if self.state_machine_arn is not None:
            yield _TASKS, self.state_machine_arn


class HandlerPermissions:
    """What the role of a function must be permitted, as the stack's jobs are defined.

    This class attaches nothing: it is for a role that somebody else permits.

    Args:
        needs: what depends on no job.
        settings: the statements that the settings of the function need.
    """

    def __init__(self, needs: HandlerNeeds, settings: Sequence[Statement] = ()) -> None:
        self._base_needs = needs
        self._constant = [*standing_statements(needs), *settings]
        self._named: dict[tuple[str, str], None] = {}
        self._capabilities: dict[Capability, None] = {}
        self._apart: dict[str, Sequence[Statement]] = {}
        self._report: Callable[[Statement], object] | None = None

    def report_to(self, report: Callable[[Statement], object]) -> None:
        """Report every statement, as soon as the first job needs it."""
        self._report = report
        for one in self._constant:
            report(one)

    @property
    def standing(self) -> Sequence[Statement]:
        """What the role must be permitted whatever the jobs are."""
        return self._constant

    @property
    def required_statements(self) -> list[Statement]:
        """What the role must be permitted for all jobs so far."""
        of_capabilities = [
            statement for one in self._capabilities for statement in one.statements(self._base_needs)
        ]
        apart = [statement for one in self._apart.values() for statement in one]
        return merged([*self._constant, *self._statements(self._named), *of_capabilities, *apart])

    def allow(self, job: JobPermissions | ServingPermissions) -> list[IDependable]:
        """Add what one more job needs, and return what the job waits for."""
        new = [one for one in job.names if one not in self._named]
        self._named |= dict.fromkeys(new)
        added = self._statements(new)
        for capability in job.capabilities:
            if capability not in self._capabilities:
                self._capabilities[capability] = None
                added += capability.statements(self._base_needs)
        if self._report is not None:
            for one in added:
                self._report(one)
        return []

    def permitted(self, resource: cdk.CfnResource) -> None:
        """Let a resource wait for policies that are made later, too; this class makes none.

        Args:
            resource: the resource that `allow` has permitted.
        """

    def allow_apart(
        self,
        logical_id: str,
        statements: Sequence[Statement],
        *,
        is_alone: bool = False,  # noqa: ARG002 - for `HandlerPolicies`
    ) -> list[IDependable]:
        """Add statements of one resource that its deletion needs, too, and return what it waits for.

        Args:
            logical_id: that of the policy, if one is made.
            statements: what is permitted.
            is_alone: whether the resource must not wait for what other resources are permitted. Default: it
                may.
        """
        self._apart[logical_id] = statements
        if self._report is not None:
            for one in statements:
                self._report(one)
        return []

    def _statements(self, names: Collection[tuple[str, str]]) -> list[Statement]:
        found: dict[str, list[str]] = {kind: [] for kind in _NAMED}
        for kind, name in names:
            found[kind].append(name)
        needs = replace(
            self._base_needs,
            base_models=found[_BASE],
            model_key_arns=found[_KEY],
            role_arns=found[_ROLE],
            in_vpc=bool(found[_NETWORK]),
            parameter_arns=found[_PARAMETER],
            signals=bool(found[_SIGNALS]),
            state_machine_arns=found[_TASKS],
            listed_uris=found[_DATA],
            lists_models=bool(found[_MODELS]),
        )
        return named_statements(needs)


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
        self._further: list[_Document] = []
        self._shared: list[tuple[_Document, cdk.CfnResource]] = []
        self._managed_policies = 0
        self._role: cdk.CfnResource | None = None
        self._roles: list[str] = []
        self._acknowledged: set[str] = set()
        self._room = 0  # characters that are certainly left in the only document
        self._is_packed = True
        self._permitted: list[cdk.CfnResource] = []
        self._awaited_by_all: DependencyGroup | None = None  # made with the first policy that all wait for

    def inline(self) -> cdk.IResolvable:
        """Return the inline policies of the role, as they will be when all jobs are defined."""
        return cdk.Lazy.uncached_any(_InlinePolicies(self))

    @property
    def inline_statements(self) -> Sequence[Statement]:
        """The statements in the role itself, for all jobs so far."""
        if not self._is_packed:
            self._pack()
        return self._inline.statements

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
        return [*([self._awaited_by_all] if self._awaited_by_all else []), *awaited]

    def permitted(self, resource: cdk.CfnResource) -> None:
        """Let a resource wait for policies that are made later, too."""
        if self._awaited_by_all is None:
            self._permitted.append(resource)

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
                self._further.append(_Document())
                self._let_all_wait(self._managed(f"Policy{number + 2}", self._further[number]))
            self._further[number].statements = part
            self._acknowledge(self._scope, part)
        self._acknowledge(self._role, self._inline.statements)

    def _let_all_wait(self, policy: cdk.CfnResource) -> None:
        if self._awaited_by_all is None:
            self._awaited_by_all = DependencyGroup()
            for resource in self._permitted:
                resource.node.add_dependency(self._awaited_by_all)
        self._awaited_by_all.add(policy)

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
        self._acknowledge(policy, statements)
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

    def _acknowledge(self, scope: Construct | None, statements: Sequence[Statement]) -> None:
        """Suppress what cdk-nag finds in statements of jobs; the provider does it for those of all jobs."""
        known = {"*", *(str(one["Resource"]) for one in self._constant), *self._acknowledged}
        new = [one for one in statements if str(one["Resource"]) not in known]
        self._acknowledged |= {str(one["Resource"]) for one in new}
        if scope is not None:
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


_BASE, _KEY, _ROLE, _NETWORK, _PARAMETER = "Base", "Key", "Pass", "Network", "Parameter"
_SIGNALS, _TASKS, _DATA, _MODELS = "Signals", "Tasks", "Data", "Models"
_NAMED = (_BASE, _KEY, _ROLE, _NETWORK, _PARAMETER, _SIGNALS, _TASKS, _DATA, _MODELS)
_APART = "Apart"


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
