"""Arguments that deployments and throughputs have in common, checked before anything is defined."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from ..catalog import Catalog
from ..checks import Checks
from ..checks.rules.serving import Hosting, hosting_findings, serving_name_findings
from ..contract import safeguards, violations
from ..findings import NOT_SHOWN, error
from ..job.argument_types import wrong_type
from ..job.job import ModelCustomizationJob
from ..job.provider import JobProvider
from ..job.stack_jobs import StackJobs
from ..permissions import CUSTOM_MODEL, exact_problems
from ..request import is_known
from ..request.tokens import literal
from .stack_resources import TAGS_FIELD, StackResources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..catalog.model import Model
    from ..findings import Finding
    from ..job.stack_env import StackEnv
    from ..job.stack_jobs import DefinedJob


class Fixes(NamedTuple):
    """What to do about a model that cannot be served.

    Args:
        other_stack: the job is defined in another stack.
        job_attribute: it is an attribute of a job, which is empty while the job runs.
        unawaited_job: the deployment of the stack does not wait for the job.
    """

    other_stack: str
    job_attribute: str
    unawaited_job: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingArguments:
    """The arguments of a deployment or a throughput as they were given.

    Args:
        model: a job, or the ARN of a model.
        name: the exact name. Default: one is generated.
        on_delete: what happens to it when its resource is deleted.
        tags: its own tags.
        checks: how serious each rule is. Default: as for the job, or as documented.
        catalog: what is documented of models. Default: as for the job, or this library's.
        provider: the function. Default: the job's, or the stack's own.
    """

    noun: ClassVar[str]
    hosting: ClassVar[Hosting]
    fixes: ClassVar[Fixes]

    model: Any
    name: Any = None
    on_delete: Any
    tags: Any = field(default_factory=dict)
    checks: Any = None
    catalog: Any = None
    provider: Any = None

    def find_job(self, env: StackEnv) -> DefinedJob | None:
        """Return the job, if it is one of a stack."""
        return StackJobs.of(env).find(self.model)

    def checks_for(self, job: DefinedJob | None) -> Checks:
        """Return how serious each rule is."""
        if isinstance(self.checks, Checks):
            return self.checks
        return job.checks if job else Checks.strict()

    def catalog_for(self, job: DefinedJob | None) -> Catalog:
        """Return what is documented of models."""
        if isinstance(self.catalog, Catalog):
            return self.catalog
        return job.catalog if job else Catalog.default()

    def model_findings(self, env: StackEnv) -> Iterator[Finding]:
        """Yield what is wrong with the model."""
        job, model = self.find_job(env), self.model
        if job:
            yield from self.job_findings(job)
        elif isinstance(model, ModelCustomizationJob):
            rule = "must be a job that the same stack defines, because its function serves no other"
            yield error(f"{self.noun}-stack", "model", rule, NOT_SHOWN, self.fixes.other_stack)
        elif not isinstance(model, str):
            yield wrong_type("model", "must be a ModelCustomizationJob or the ARN of a model", model)
        elif model in StackJobs.of(env).model_tokens:
            rule = "must not be the output_model_arn of a job, which is empty while the job runs"
            yield error(f"{self.noun}-model", "model", rule, NOT_SHOWN, self.fixes.job_attribute)
        else:
            yield from self.arn_findings(env)
        if job:
            yield from self.hosting_findings(job.model, env, self.catalog_for(job))

    def job_findings(self, job: DefinedJob) -> Iterator[Finding]:
        """Yield an error if the deployment of the stack does not wait for the job."""
        if not job.wait.is_for_completion:
            rule = "is a job that the deployment does not wait for, so its model is not known"
            yield error(f"{self.noun}-model", "model", rule, NOT_SHOWN, self.fixes.unawaited_job)

    def name_findings(self, env: StackEnv) -> Iterator[Finding]:
        """Yield what is wrong with the name."""
        argument = f"{self.noun}_name"
        found = [*serving_name_findings(argument, self.name, self.noun)]
        yield from found
        if not found:
            yield from StackResources.of(env).repeated_name(argument, self.name, self.noun)

    def arn_findings(self, env: StackEnv) -> Iterator[Finding]:
        """Yield what is wrong with the ARN of a model."""
        found = list(exact_problems("model", self.model, CUSTOM_MODEL))
        yield from found
        named = CUSTOM_MODEL.pattern.fullmatch(self.model)
        if found or named is None:
            return
        places = {"Region": (env.region, named["region"]), "account": (env.account, named["account"])}
        others = [name for name, (own, one) in places.items() if is_known(own) and own != one]
        if others:
            rule = f"must be a model of the stack's {' and '.join(others)}: the function uses no other"
            fix = f"copy the model there, or define the {self.noun} where the model is"
            yield error(f"{self.noun}-model", "model", rule, self.model, fix)
        catalog = self.catalog_for(None)
        yield from self.hosting_findings(catalog.resolve(named["base"]), env, catalog)

    def hosting_findings(self, model: Model | None, env: StackEnv, catalog: Catalog) -> Iterator[Finding]:
        """Yield what AWS documents against serving a customized model."""
        yield from hosting_findings("model", model, env.region, catalog, self.hosting)

    def tag_findings(self) -> Iterator[Finding]:
        """Yield what is wrong with the tags."""
        argument = f"{self.noun}_tags"
        if not isinstance(self.tags, Mapping):
            yield wrong_type(argument, "must be a mapping of keys and values", self.tags)
            return
        tags = [{"key": key, "value": value} for key, value in self.tags.items()]
        found = [
            *violations(tags, "TagList", is_known=is_known),
            *safeguards({TAGS_FIELD: tags}, literal=literal),
        ]
        for one in found:
            path = re.sub(rf"^({TAGS_FIELD})?", argument, one.path)
            yield replace(one, path=path)

    def setting_findings(self, env: StackEnv) -> Iterator[Finding]:
        """Yield what is wrong with checks, catalog and provider."""
        if not isinstance(self.checks, Checks | None):
            yield wrong_type("checks", "must be a Checks", self.checks, "write Checks(overrides={...})")
        if not isinstance(self.catalog, Catalog | None):
            fix = "write Catalog.from_file('corrections.json')"
            yield wrong_type("catalog", "must be a Catalog", self.catalog, fix)
        if self.provider is None:
            return
        if not isinstance(self.provider, JobProvider):
            yield wrong_type("provider", "must be a JobProvider", self.provider)
        elif self.provider.home is not env.stack:
            rule = "must be a provider of the same stack, because its function serves no other"
            fix = "create a JobProvider in this stack, or leave provider out"
            yield error(f"{self.noun}-stack", "provider", rule, self.provider.node.path, fix)
