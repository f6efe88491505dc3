"""The arguments of a throughput, checked before anything is defined, and its stack, checked after that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import aws_cdk as cdk
import jsii
from constructs import IValidation

from ..checks.rules.serving import PROVISIONED, Hosting
from ..checks.rules.throughput import (
    billed,
    billing_missing,
    model_units_findings,
    not_alone,
    purchase_findings,
)
from ..checks.run_rules import with_severities
from ..job.argument_types import shown
from ..job.beside_job import scope_of_policies
from ..job.stack_jobs import report
from .billing import Billing
from .published_model import on_delete_findings
from .serving_arguments import Fixes, ServingArguments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..checks import Checks
    from ..findings import Finding
    from ..job.provider import JobProvider
    from ..job.stack_env import StackEnv

_NOT_DEPLOYED = ("AWS::CDK::Metadata",)
"""Types of which nothing is created that could fail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThroughputArguments(ServingArguments):
    """The arguments of a throughput as they were given.

    Args:
        model_units: the number of model units.
        billing: how it is billed.
        purchase: what is changed to buy again.
    """

    noun: ClassVar[str] = "throughput"
    hosting: ClassVar[Hosting] = PROVISIONED
    fixes: ClassVar[Fixes] = Fixes(
        other_stack="define the throughput in the stack of the job, or give the ARN of the model",
        job_attribute=(
            "give the job itself, with wait=Wait.for_completion(), or the ARN of a model that exists"
        ),
        unawaited_job=(
            "give the ARN of the model when the job is complete, or give the job wait=Wait.for_completion()"
        ),
    )

    model_units: Any
    billing: Any
    purchase: Any

    def all_findings(self, env: StackEnv) -> list[Finding]:
        """Return what is wrong with the arguments; where no error is, also what it costs.

        Args:
            env: the stack of the throughput.
        """
        found = list(self._findings(env))
        if not any(one.severity == "error" for one in found):
            found.append(billed(str(self.billing), self.model_units))
        return found

    def _findings(self, env: StackEnv) -> Iterator[Finding]:
        yield from self.model_findings(env)
        yield from model_units_findings(self.model_units)
        if not isinstance(self.billing, Billing):
            yield billing_missing(shown(self.billing))
        yield from purchase_findings(self.purchase)
        if self.name is not None:
            yield from self.name_findings(env)
        yield from on_delete_findings(self.on_delete)
        yield from self.tag_findings()
        yield from self.setting_findings(env)


# A validation, because other resources may be defined later.
@jsii.implements(IValidation)
class AloneInStack:
    """Finds what else is in the stack of a throughput with a commitment.

    Args:
        throughput: the throughput.
        env: its stack.
        provider: its function.
        checks: how serious each rule is.
    """

    def __init__(
        self, throughput: cdk.Resource, env: StackEnv, provider: JobProvider, checks: Checks
    ) -> None:
        self._throughput = throughput
        self._env = env
        self._provider = provider
        self._checks = checks

    def validate(self) -> list[str]:
        """Return the error if there is something else."""
        scopes = [self._throughput, self._provider, scope_of_policies(self._env)]
        prefixes = tuple(f"{one.node.path}/" for one in scopes if one)
        others = [
            one.node.path
            for one in self._env.stack.node.find_all()
            if isinstance(one, cdk.CfnResource)
            and one.stack is self._env.stack
            and one.cfn_resource_type not in _NOT_DEPLOYED
            and not one.node.path.startswith(prefixes)
        ]
        found = [not_alone(others)] if others else []
        return report(self._throughput, with_severities(found, self._checks))
