"""What the role of the function must be permitted, as the jobs of the stack are defined."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from ..permissions import (
    HandlerNeeds,
    deletion_statements,
    deployment_statements,
    merged,
    named_statements,
    old_parameter_statements,
    standing_statements,
    throughput_statements,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    import aws_cdk as cdk
    from constructs import IDependable

    from ..permissions import Statement

_BASE, _KEY, _ROLE, _NETWORK, _PARAMETER = "Base", "Key", "Pass", "Network", "Parameter"
_SIGNALS, _TASKS, _DATA, _MODELS = "Signals", "Tasks", "Data", "Models"
_NAMED = (_BASE, _KEY, _ROLE, _NETWORK, _PARAMETER, _SIGNALS, _TASKS, _DATA, _MODELS)


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
        """Let a resource wait for the policies that all wait for; this class makes none.

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
