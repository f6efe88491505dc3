"""The arguments of a deployment, checked before anything is defined."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ..catalog import Catalog
from ..checks import Checks
from ..checks.rules.serving import deployment_name_findings, description_findings, hosting_findings
from ..contract import safeguards, violations
from ..findings import NOT_SHOWN, error
from ..job.argument_types import shown
from ..job.job import ModelCustomizationJob
from ..job.provider import JobProvider
from ..job.stack_jobs import StackJobs
from ..permissions import CUSTOM_MODEL, exact_problems
from ..request import is_known
from ..request.tokens import literal
from .published_model import on_delete_findings, parameter_findings
from .release import Release
from .stack_resources import TAGS_FIELD, StackResources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..findings import Finding
    from ..job.stack_env import StackEnv
    from ..job.stack_jobs import DefinedJob


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentArguments:
    """The arguments of a deployment as they were given.

    Args:
        model: a job, or the ARN of a model.
        release: when the model is deployed.
        name: the exact name. Default: one is generated.
        description: the description. Default: none.
        parameter: the name of the parameter with the deployment's ARN. Default: none.
        on_delete: what happens to the deployment when its resource is deleted.
        deletion_protection: whether it cannot be deleted.
        tags: its own tags.
        checks: how serious each rule is. Default: as for the job, or as documented.
        catalog: what is documented of models. Default: as for the job, or this library's.
        provider: the function. Default: the job's, or the stack's own.
    """

    model: Any
    release: Any
    name: Any = None
    description: Any = None
    parameter: Any = None
    on_delete: Any
    deletion_protection: Any = False
    tags: Any = field(default_factory=dict)
    checks: Checks | None = None
    catalog: Catalog | None = None
    provider: Any = None

    @property
    def waits_for_job(self) -> bool:
        """Whether the model is deployed when its job is complete."""
        return self.release is Release.ON_COMPLETION

    def find_job(self, env: StackEnv) -> DefinedJob | None:
        """Return the job, if it is one of a stack."""
        return StackJobs.of(env).find(self.model)

    def checks_for(self, job: DefinedJob | None) -> Checks:
        """Return how serious each rule is."""
        return self.checks or (job.checks if job else Checks.strict())

    def findings(self, env: StackEnv) -> Iterator[Finding]:
        """Yield what is wrong with the arguments.

        Args:
            env: the stack of the deployment.
        """
        yield from self._release_findings()
        yield from self._model_findings(env)
        if self.name is not None:
            yield from self._name_findings(env)
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
            yield _wrong_type("deletion_protection", "must be True or False", self.deletion_protection)
        yield from self._tag_findings()
        yield from self._provider_findings(env)

    def _name_findings(self, env: StackEnv) -> Iterator[Finding]:
        found = [*deployment_name_findings("deployment_name", self.name)]
        yield from found
        if not found:
            yield from StackResources.of(env).repeated_name("deployment_name", self.name)

    def _release_findings(self) -> Iterator[Finding]:
        if not isinstance(self.release, Release):
            rule = "must be a Release"
            fix = "write Release.AT_DEPLOYMENT or Release.ON_COMPLETION"
            yield error("argument-type", "release", rule, shown(self.release), fix)

    def _model_findings(self, env: StackEnv) -> Iterator[Finding]:
        if isinstance(self.model, ModelCustomizationJob) or self.find_job(env):
            yield from self._job_findings(env)
        elif not isinstance(self.model, str):
            yield _wrong_type("model", "must be a ModelCustomizationJob or the ARN of a model", self.model)
        elif self.waits_for_job:
            rule = "must be a job with Release.ON_COMPLETION, because an ARN names a model that exists"
            fix = "leave release out, or give the job"
            yield error("deployment-model", "model", rule, NOT_SHOWN, fix)
        elif self.model in StackJobs.of(env).model_tokens:
            rule = "must not be the output_model_arn of a job, which is empty while the job runs"
            fix = "give the job itself, with release=Release.ON_COMPLETION or wait=Wait.for_completion()"
            yield error("deployment-model", "model", rule, NOT_SHOWN, fix)
        else:
            yield from self._arn_findings(env)

    def _job_findings(self, env: StackEnv) -> Iterator[Finding]:
        job = self.find_job(env)
        if job is None:
            rule = "must be a job that the same stack defines, because its function serves no other"
            fix = "define the deployment in the stack of the job"
            yield error("deployment-stack", "model", rule, NOT_SHOWN, fix)
        elif self.release is Release.AT_DEPLOYMENT and not job.wait.is_for_completion:
            rule = "is a job that the deployment does not wait for, so its model is not known"
            fix = (
                "write release=Release.ON_COMPLETION, which deploys the model when the job is complete, or "
                "give the job wait=Wait.for_completion()"
            )
            yield error("deployment-model", "model", rule, NOT_SHOWN, fix)
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
        if job is not None:
            yield from hosting_findings("model", job.model, env.region, self.catalog or job.catalog)

    def _arn_findings(self, env: StackEnv) -> Iterator[Finding]:
        found = list(exact_problems("model", self.model, CUSTOM_MODEL))
        yield from found
        named = CUSTOM_MODEL.pattern.fullmatch(self.model)
        if found or named is None:
            return
        places = {"Region": (env.region, named["region"]), "account": (env.account, named["account"])}
        others = [name for name, (own, one) in places.items() if is_known(own) and own != one]
        if others:
            rule = f"must be a model of the stack's {' and '.join(others)}: the function deploys no other"
            fix = "copy the model there, or define the deployment where the model is"
            yield error("deployment-model", "model", rule, self.model, fix)
        catalog = self.catalog or Catalog.default()
        yield from hosting_findings("model", catalog.resolve(named["base"]), env.region, catalog)

    def _tag_findings(self) -> Iterator[Finding]:
        if not isinstance(self.tags, Mapping):
            yield _wrong_type("deployment_tags", "must be a mapping of keys and values", self.tags)
            return
        tags = [{"key": key, "value": value} for key, value in self.tags.items()]
        found = [
            *violations(tags, "TagList", is_known=is_known),
            *safeguards({TAGS_FIELD: tags}, literal=literal),
        ]
        for one in found:
            path = re.sub(rf"^({TAGS_FIELD})?", "deployment_tags", one.path)
            yield replace(one, path=path)

    def _provider_findings(self, env: StackEnv) -> Iterator[Finding]:
        if self.provider is None:
            return
        if not isinstance(self.provider, JobProvider):
            yield _wrong_type("provider", "must be a JobProvider", self.provider)
        elif self.provider.home is not env.stack:
            rule = "must be a provider of the same stack, because its function serves no other"
            fix = "create a JobProvider in this stack, or leave provider out"
            yield error("deployment-stack", "provider", rule, self.provider.node.path, fix)


def _wrong_type(path: str, rule: str, got: object) -> Finding:
    return error("argument-type", path, rule, shown(got), "correct the argument")
