"""The jobs of a stack together, and what can be said of them only when the whole app is defined."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import aws_cdk as cdk
import jsii
from constructs import Construct, IValidation

from ..checks.rules import stack as rules
from ..checks.rules.policy import tag_findings
from ..checks.rules.waiting import of_parameters
from ..checks.run_rules import with_severities
from ..contract.replacement import TAG_FIELDS
from ..contract.resource import OnDelete
from ..findings import SEVERITIES
from ..request import is_known
from .exports import REF, exported, references
from .inherited_tags import StackTags
from .job_data import without_alias
from .stack_env import StackEnv

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from constructs import IConstruct

    from ..catalog import Catalog
    from ..catalog.model import Model
    from ..checks import Checks, Restrictions
    from ..findings import Finding
    from ..request import OutputData
    from ..request.interfaces import Key
    from .inherited_tags import JobTags
    from .parts import JobParts
    from .provider import JobProvider
    from .storage import ModelKey, OutputBucket
    from .wait import Wait

_OF_THE_CDK = ("reference-to-", "AssetParameters", "BootstrapVersion")
"""How the ids of parameters begin that the CDK makes and gives their values."""

NAME_FIELDS = ("jobName", "customModelName")
"""The fields of the request that name something that exists once in an account and a Region."""

_NAMES = {
    REF: "job_arn",
    "JobArn": "job_arn",
    "JobName": "job_name",
    "CustomModelName": "custom_model_name",
    "JobStatus": "job_status",
    "OutputModelArn": "output_model_arn",
}

_RESULT_NAMES = {
    "OutputModelArn": "custom_model_arn",
    "TrainingLoss": "training_loss",
    "ValidationLoss": "validation_loss",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinedJob:
    """A job that has been defined.

    Args:
        job: the construct.
        path: its path.
        scope: the construct around it.
        resource: its custom resource.
        ref: the resource's `Ref`.
        outputs: its stack outputs.
        names: the names of job and model that were given, by field.
        named: returns findings about the request with the names that the job's author used.
        tags: the tags of job and model.
        checks: how serious each rule is for this job.
        catalog: what is documented of models.
        restrictions: what platform teams allow the job.
        errors: what its checks make an error of what was found while its parts were made.
        model: what is documented of its base model. None where nothing is.
        model_key: the key of the custom model.
        provider: the function behind it.
        names_in_events: returns the job's names, as event patterns have them.
        on_delete: what happens to job and model when the resource is deleted.
        wait: whether the deployment waits for it.
        awaited: the resources that it waits for, in this order; the last is the result of the job.
        request: the request.
        parts: the parts of the job besides its resource.
        given_output: where its results go, as it was given. None for the bucket that the jobs share.
        retained_parameters: names of the parameters that stay when the stack is deleted.
        promotion_stores: the places of the records of what its models are promoted to.
    """

    job: Construct
    path: str
    scope: Construct
    resource: cdk.CfnResource
    ref: str
    outputs: Sequence[cdk.CfnOutput]
    names: Mapping[str, str]
    named: Callable[[Iterable[Finding]], Iterable[Finding]]
    tags: JobTags
    checks: Checks
    catalog: Catalog
    restrictions: Sequence[Restrictions]
    errors: Sequence[str]
    model: Model | None
    model_key: ModelKey
    provider: JobProvider
    names_in_events: Callable[[], Sequence[object]]
    on_delete: OnDelete
    wait: Wait
    awaited: Sequence[cdk.CfnResource]
    request: Mapping[str, Any]
    parts: JobParts
    given_output: OutputData | OutputBucket | None
    retained_parameters: list[str] = field(default_factory=list)
    promotion_stores: list[Mapping[str, str]] = field(default_factory=list)

    @property
    def awaited_result(self) -> cdk.CfnResource | None:
        """The result of the complete job, where the deployment waits for that."""
        return self.awaited[-1] if self.wait.is_for_completion else None

    @property
    def parts_of_resource(self) -> Sequence[cdk.CfnOutput | cdk.CfnResource]:
        """What refers to the job's resource, and is left out with it."""
        return [*self.outputs, *self.awaited]

    def checked(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return findings with the severities that this job's checks give them."""
        return with_severities(findings, self.checks)


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinedSweep:
    """A sweep that has been defined.

    Args:
        sweep: the construct.
        path: its path.
        resource: its custom resource.
        ref: the resource's `Ref`.
        tags: the tags of its jobs and models.
        checks: how serious each rule is for it.
        catalog: what is documented of models.
        restrictions: what platform teams allow its jobs.
        errors: what its checks make an error of what was found while its parts were made.
        model_key: the key of its models.
        on_delete: what happens to its jobs and models when the resource is deleted.
        parts_of_resource: what refers to the sweep's resource, and is left out with it.
    """

    sweep: Construct
    path: str
    resource: cdk.CfnResource
    ref: str
    tags: JobTags
    checks: Checks
    catalog: Catalog
    restrictions: Sequence[Restrictions]
    errors: Sequence[str]
    model_key: ModelKey
    on_delete: OnDelete
    parts_of_resource: Sequence[cdk.CfnOutput | cdk.CfnResource]

    def checked(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return findings with the severities that the checks of this sweep give them."""
        return with_severities(findings, self.checks)


# A validation, because it runs after all aspects, when references between stacks are resolved and the
# templates are not written yet. One per stack: Node calls each of them.
@jsii.implements(IValidation)
class StackJobs:
    """The jobs and sweeps of one stack, its template, and the tokens of models that the app uses.

    Args:
        env: the stack.

    Attributes:
        model_tokens: all of these tokens.
        awaited_models: the jobs that the deployment waits for, by the tokens of their models' ARNs.
    """

    def __init__(self, env: StackEnv) -> None:
        self._env = env
        self._stack = env.stack
        self.template = _template_of(env.stack)
        self.jobs: list[DefinedJob] = []
        self.sweeps: list[DefinedSweep] = []
        self.model_tokens: set[str] = set()
        self.awaited_models: dict[str, Construct] = {}
        env.stack.node.add_validation(self)

    @classmethod
    def of(cls, env: StackEnv) -> StackJobs:
        """Return the jobs of a stack."""
        return env.find_or_make(cls, lambda: cls(env))

    def add(self, defined: DefinedJob) -> DefinedJob:
        """Add a job, and return it."""
        self.jobs.append(defined)
        return defined

    def add_sweep(self, defined: DefinedSweep) -> None:
        """Add a sweep."""
        self.sweeps.append(defined)

    def find(self, job: object) -> DefinedJob | None:
        """Return what is known of a job of this stack, which its `custom_model_arn` names too."""
        named = self.awaited_models.get(job) if isinstance(job, str) else job
        return next((one for one in self.jobs if one.job is named), None)

    def validate(self) -> list[str]:
        """Return what is wrong with the jobs and sweeps once the whole app is defined."""
        StackTags.of(self._env).settle()
        options = self._options()
        for one in self._defined:
            if "condition" in options.get(one.path, ()):
                leave_out_with(one.resource, one.parts_of_resource)
        ignored = list(self._ignored_removal_policies(options))
        too_many = [rules.too_many_jobs()] if len(self.jobs) > rules.SCHEDULED_JOBS else ()
        scheduled = [found for job in self.jobs for found in job.checked(too_many)]
        destroyed = list(self._destroyed_keys())
        of_stack = [_most_serious(one) for one in (scheduled, ignored, destroyed)]
        problems = report(self._stack, [found for one in of_stack for found in one])
        exports = dict(self._export_findings())
        for one in self.jobs:
            found = [*one.tags.findings(one.path), *self._name_findings(one), *exports.get(one.path, ())]
            found += one.named(required_tags(one.path, one.tags, one.restrictions))
            found += self._parameters_of(one)
            problems += [*one.errors, *report(one.job, one.checked(found))]
        for sweep in self.sweeps:
            found = [*sweep.tags.findings(sweep.path)]
            found += required_tags(sweep.path, sweep.tags, sweep.restrictions)
            problems += [*sweep.errors, *report(sweep.sweep, sweep.checked(found))]
        return problems

    def _options(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the options of all resources by path, as the CDK names them: one call, not four for each."""
        options = {one.path: one.resource.cfn_options for one in self._defined}
        found: Mapping[str, Mapping[str, Any]] = self._stack.resolve(options)
        return found

    @property
    def _defined(self) -> list[DefinedJob | DefinedSweep]:
        return [*self.jobs, *self.sweeps]

    def _ignored_removal_policies(self, options: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
        for one in self._defined:
            of_resource = options.get(one.path, {})
            policies = [of_resource.get(name) for name in ("deletionPolicy", "updateReplacePolicy")]
            if any(policy not in (None, "Delete") for policy in policies):
                yield from one.checked([rules.ignored_removal_policy(one.path)])

    def _destroyed_keys(self) -> Iterator[Finding]:
        found: dict[object, str] = {}  # the path of each key that this app deletes; "" for any other
        for one in self._defined:
            key = one.model_key.key
            if key is None or isinstance(key, str) or one.on_delete is OnDelete.DELETE_MODEL:
                continue
            if key not in found:
                found[key] = _deleted_with_its_stack(key)
            if path := found[key]:
                yield from one.checked([rules.destroyed_key(one.path, path)])

    def _export_findings(self) -> Iterator[tuple[str, Sequence[Finding]]]:
        ids = [resolved[REF] for resolved in self._stack.resolve([one.ref for one in self.jobs])]
        results = [one.awaited_result.logical_id if one.awaited_result else "" for one in self.jobs]
        results = self._stack.resolve(results)
        exports = list(exported(self._stack, [*ids, *filter(None, results)], self._outputs_elsewhere()))
        for logical_id, result_id, one in zip(ids, results, self.jobs, strict=True):
            own = [each for each in exports if each.logical_id == logical_id]
            result = [each for each in exports if each.logical_id == result_id]
            if any(each.attribute == "OutputModelArn" and each.alone for each in own):
                yield one.path, [rules.empty_export(one.path)]
            elif one.wait.may_lack_model and any(each.alone for each in result):
                yield one.path, [rules.empty_result_export(one.path)]
            elif own or result:
                names = {_NAMES.get(each.attribute, each.attribute) for each in own}
                names |= {_RESULT_NAMES.get(each.attribute, each.attribute) for each in result}
                yield one.path, [rules.changing_export(one.path, sorted(names))]

    def _parameters_of(self, job: DefinedJob) -> Iterator[Finding]:
        """Yield a warning if values that decide what is trained are not in the template that has a wait."""
        if not job.awaited:
            return
        parameters = {
            self._stack.resolve(one.logical_id): one.node.id
            for one in self._stack.node.find_all()
            if isinstance(one, cdk.CfnParameter) and not one.node.id.startswith(_OF_THE_CDK)
        }
        named = {name for (name, _), _ in references(self._stack.resolve(job.request))}
        if names := sorted(parameters[name] for name in named if name in parameters):
            yield of_parameters(job.path, " and ".join(names))

    def _outputs_elsewhere(self) -> Iterator[IConstruct]:
        yield from (output for one in self.jobs for output in one.outputs)
        for scope in {one.scope for one in self.jobs} - {self._stack}:
            yield from (child for child in scope.node.children if isinstance(child, cdk.CfnOutput))

    def _name_findings(self, job: DefinedJob) -> Iterator[Finding]:
        """Yield findings about names that a job defined before this one has, of this app."""
        for field_name, name in job.names.items():
            if is_known(name):
                for jobs, other in self._before(job):
                    if other.names.get(field_name) == name and (
                        found := self._same_name(job, field_name, jobs, other)
                    ):
                        yield from job.named([found])
                        break

    def _before(self, job: DefinedJob) -> Iterator[tuple[StackJobs, DefinedJob]]:
        for env in StackEnv.all():
            if env.root is self._env.root and (jobs := env.find(StackJobs)):
                for other in jobs.jobs:
                    if other is job:
                        return
                    yield jobs, other

    def _same_name(
        self, job: DefinedJob, field_name: str, jobs: StackJobs, other: DefinedJob
    ) -> Finding | None:
        here, there = StackTags.of(self._env).stacks, StackTags.of(jobs._env).stacks
        if here[-1] is there[-1]:  # nested stacks are deployed with the stack around them
            is_certain = not _has_condition(job, here) and not _has_condition(other, there)
            return rules.repeated_name(
                job.path, field_name, job.names[field_name], other.path, is_certain=is_certain
            )
        places = [(one.account, one.region) for one in (self._env, jobs._env)]
        is_one_place = places[0] == places[1] and all(map(is_known, places[0]))
        if is_one_place:
            return rules.repeated_name(
                job.path, field_name, job.names[field_name], other.path, is_certain=False
            )
        return None


def report(construct: Construct, findings: Iterable[Finding]) -> list[str]:
    """Add warnings and notes, with ids that `Annotations.of(construct).acknowledge_warning` takes.

    Args:
        construct: what they are about.
        findings: the findings.

    Returns:
        The errors, which a validation returns to the CDK.
    """
    errors = []
    for one in findings:
        if one.severity == "error":
            errors.append(str(one))
        else:
            annotations = cdk.Annotations.of(construct)
            add = annotations.add_info_v2 if one.severity == "note" else annotations.add_warning_v2
            add(one.id, str(one))
    return errors


def leave_out_with(resource: cdk.CfnResource, others: Iterable[cdk.CfnOutput | cdk.CfnResource]) -> None:
    """Define others under the condition of a resource, unless they have one of their own.

    CloudFormation rejects what refers to a resource that is left out by a condition.

    Args:
        resource: the resource, which has a condition.
        others: what refers to it.
    """
    condition = resource.cfn_options.condition
    for one in others:
        options = one.cfn_options if isinstance(one, cdk.CfnResource) else one
        options.condition = options.condition or condition


def _template_of(stack: cdk.Stack) -> Path | None:
    """Return where the template of a stack will be written. None for a stack that is in no stage."""
    stage = cdk.Stage.of(stack)
    return Path(stage.outdir, stack.template_file).resolve() if stage else None


def is_trained_here(base_model: str) -> bool:
    """Return whether a base model is the output of a job that this process defines, in any stack."""
    if is_known(base_model):
        return False
    found = (env.find(StackJobs) for env in StackEnv.all())
    return any(base_model in jobs.model_tokens for jobs in found if jobs)


def _most_serious(findings: Sequence[Finding]) -> Sequence[Finding]:
    """Return the first of the most serious findings.

    What is about the stack as a whole is reported once, as the job with the strictest checks wants it: no job
    may hide from the others that Bedrock will reject one of them.
    """
    return sorted(findings, key=lambda one: SEVERITIES.index(one.severity))[:1]


def required_tags(path: str, tags: JobTags, restrictions: Sequence[Restrictions]) -> Iterator[Finding]:
    """Yield the tags that platform teams require and that a job has neither itself nor inherited.

    Args:
        path: the job's path.
        tags: its tags, once the template has been resolved.
        restrictions: what platform teams allow it.
    """
    if any(one.tags for one in restrictions):
        sent = {name: {tag["key"]: tag["value"] for tag in tags.sent(name)} for name in TAG_FIELDS}
        yield from (replace(one, rule=f"of {path} {one.rule}") for one in tag_findings(restrictions, sent))


def _deleted_with_its_stack(key: object) -> str:
    """Return the path of a key that is deleted with its stack; "" for any other."""
    from aws_cdk import aws_kms as kms

    named = without_alias(cast("Key", key))
    resource = named.node.default_child if isinstance(named, kms.Key) else None
    if not isinstance(resource, cdk.CfnResource):
        return ""
    options = resource.cfn_options
    is_kept = options.deletion_policy not in (None, cdk.CfnDeletionPolicy.DELETE)
    return "" if is_kept else cast("kms.Key", named).node.path


def _has_condition(job: DefinedJob, stacks: Iterable[cdk.Stack]) -> bool:
    """Return whether a job is deployed only under a condition, its own or that of a nested stack."""
    resources = [job.resource, *(one.nested_stack_resource for one in stacks)]
    return any(one is not None and one.cfn_options.condition is not None for one in resources)
