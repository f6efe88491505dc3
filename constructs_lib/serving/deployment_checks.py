"""The arguments of a deployment, checked before anything is defined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..checks.rules.promotion import not_followed
from ..checks.rules.serving import ON_DEMAND, Hosting, description_findings
from ..findings import NOT_SHOWN, error
from ..job.argument_types import wrong_type
from .published_model import on_delete_findings, parameter_findings
from .release import Release
from .serving_arguments import Fixes, ServingArguments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..findings import Finding
    from ..job.stack_env import StackEnv
    from ..job.stack_jobs import DefinedJob
    from ..promotion.promotion_policy import PromotionArguments


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentArguments(ServingArguments):
    """The arguments of a deployment as they were given.

    Args:
        release: when the model is deployed.
        description: the description. Default: none.
        parameter: the name of the parameter with the deployment's ARN. Default: none.
        deletion_protection: whether it cannot be deleted.
        promotion: what decides about a new model.
    """

    noun: ClassVar[str] = "deployment"
    hosting: ClassVar[Hosting] = ON_DEMAND
    fixes: ClassVar[Fixes] = Fixes(
        other_stack="define the deployment in the stack of the job",
        job_attribute=(
            "give the job itself, with release=Release.ON_COMPLETION or wait=Wait.for_completion()"
        ),
        unawaited_job=(
            "write release=Release.ON_COMPLETION, which deploys the model when the job is complete, or give "
            "the job wait=Wait.for_completion()"
        ),
    )

    release: Any
    description: Any = None
    parameter: Any = None
    deletion_protection: Any = False
    promotion: PromotionArguments

    @property
    def waits_for_job(self) -> bool:
        """Whether the model is deployed when its job is complete."""
        return self.release is Release.ON_COMPLETION

    def findings(self, env: StackEnv) -> Iterator[Finding]:
        """Yield what is wrong with the arguments.

        Args:
            env: the stack of the deployment.
        """
        yield from self._release_findings()
        yield from self.model_findings(env)
        if self.name is not None:
            yield from self.name_findings(env)
        if self.description is not None:
            yield from description_findings("description", self.description)
        if self.description is not None and self.waits_for_job:
            rule = "cannot be given with Release.ON_COMPLETION: a look sets none, and Bedrock changes none"
            fix = "leave it out, or put the text into deployment_tags"
            yield error("deployment-description", "description", rule, NOT_SHOWN, fix)
        if self.parameter is not None:
            yield from parameter_findings(env, "arn_parameter_name", self.parameter)
        yield from on_delete_findings(self.on_delete)
        if not isinstance(self.deletion_protection, bool):
            yield wrong_type("deletion_protection", "must be True or False", self.deletion_protection)
        yield from self.tag_findings()
        yield from self._promotion_findings(env)
        yield from self.setting_findings(env)

    def _release_findings(self) -> Iterator[Finding]:
        if not isinstance(self.release, Release):
            rule = "must be a Release"
            fix = "write Release.AT_DEPLOYMENT or Release.ON_COMPLETION"
            yield wrong_type("release", rule, self.release, fix)

    def _promotion_findings(self, env: StackEnv) -> Iterator[Finding]:
        job = self.find_job(env)
        yield from self.promotion.findings(env, job if self.waits_for_job else None, has_deployment=True)
        given = {"promote_if": self.promotion.promote_if, "bake": self.promotion.bake}
        if not self.waits_for_job:
            names = [name for name, one in given.items() if one is not None]
            yield from (not_followed(one, is_job=job is not None) for one in names)

    # `super()` does not work in a dataclass with slots: the decorator makes another class of this one.

    def model_findings(self, env: StackEnv) -> Iterator[Finding]:
        """Yield what is wrong with the model."""
        if self.waits_for_job and isinstance(self.model, str):
            rule = "must be a job with Release.ON_COMPLETION, because an ARN names a model that exists"
            fix = "leave release out, or give the job"
            yield error("deployment-model", "model", rule, NOT_SHOWN, fix)
        else:
            yield from ServingArguments.model_findings(self, env)

    def job_findings(self, job: DefinedJob) -> Iterator[Finding]:
        """Yield an error if there may be no model, or no value for the parameter, at the deployment."""
        if self.release is Release.AT_DEPLOYMENT and not job.wait.is_for_completion:
            yield from ServingArguments.job_findings(self, job)
        elif self.parameter is not None and not self.waits_for_job and job.wait.may_lack_model:
            rule = (
                "cannot be given here: there is no deployment, and so no value for the parameter, if the job "
                "is still in progress when the time is over, or has failed"
            )
            fix = (
                "give the wait fail_on_timeout=True and leave fail_on_failure out, or use "
                "release=Release.ON_COMPLETION, or leave it out"
            )
            yield error("deployment-model", "arn_parameter_name", rule, NOT_SHOWN, fix)
