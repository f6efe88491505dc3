"""The jobs of a stack together: their number, and how their values are exported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import jsii
from constructs import Construct, IValidation

from constructs_lib.findings import NOT_SHOWN, error, note, warning
from constructs_lib.job.stack_env import StackEnv
from constructs_lib.request import is_known

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from constructs import IConstruct

    from constructs_lib.findings import Finding

SCHEDULED_JOBS = 10
"""Customization jobs that an account may have scheduled in a Region; AWS does not raise this quota.

https://docs.aws.amazon.com/general/latest/gr/bedrock.html
"""

REF = "Ref"
"""Used as the name of an attribute: the value of `Ref`."""

_NAMES = {
    REF: "job_arn",
    "JobArn": "job_arn",
    "JobName": "job_name",
    "CustomModelName": "custom_model_name",
    "JobStatus": "job_status",
    "OutputModelArn": "output_model_arn",
}


@dataclass(frozen=True, slots=True)
class DefinedJob:
    """A job that has been defined.

    Args:
        job: the construct.
        path: its path.
        scope: the construct around it.
        resource: its custom resource.
        ref: the resource's `Ref`.
        output: the stack output with the job's ARN.
    """

    job: Construct
    path: str
    scope: Construct
    resource: cdk.CfnResource
    ref: str
    output: cdk.CfnOutput


# A validation, because it runs after all aspects, when references between stacks are resolved and the
# templates are not written yet. One per stack: Node calls each of them.
@jsii.implements(IValidation)
class StackJobs:
    """The jobs of one stack, and the tokens of their models' ARNs and names that the app uses.

    Args:
        env: the stack.
    """

    def __init__(self, env: StackEnv) -> None:
        self._stack = env.stack
        self._jobs: list[DefinedJob] = []
        self.model_tokens: set[str] = set()
        env.stack.node.add_validation(self)

    @classmethod
    def of(cls, env: StackEnv) -> StackJobs:
        """Return the jobs of a stack."""
        return env.find_or_make(cls, lambda: cls(env))

    def add(self, defined: DefinedJob) -> None:
        """Add a job, and warn when the account cannot run all jobs of the stack at once."""
        self._jobs.append(defined)
        if len(self._jobs) == SCHEDULED_JOBS + 1:
            found = _too_many_jobs()
            cdk.Annotations.of(self._stack).add_warning_v2(found.id, str(found))

    def validate(self) -> list[str]:
        """Return what is wrong with the jobs once the whole app is defined."""
        for one in self._jobs:
            # CloudFormation rejects an output whose resource is left out by a condition.
            condition = one.resource.cfn_options.condition
            if condition is not None and one.output.condition is None:
                one.output.condition = condition
        if (found := _ignored_removal_policy(self._jobs)) is not None:
            cdk.Annotations.of(self._stack).add_info_v2(found.id, str(found))
        problems = []
        for job, finding in self._export_findings():
            if finding.severity == "error":
                problems.append(str(finding))
            else:
                cdk.Annotations.of(job).add_warning_v2(finding.id, str(finding))
        return problems

    def _export_findings(self) -> Iterator[tuple[Construct, Finding]]:
        ids = [resolved[REF] for resolved in self._stack.resolve([one.ref for one in self._jobs])]
        exports = list(exported(self._stack, ids, self._outputs_elsewhere()))
        for logical_id, one in zip(ids, self._jobs, strict=True):
            own = [each for each in exports if each.logical_id == logical_id]
            if any(each.attribute == "OutputModelArn" and each.alone for each in own):
                yield one.job, _empty_export(one.path)
            elif own:
                names = sorted({_NAMES.get(each.attribute, each.attribute) for each in own})
                yield one.job, _changing_export(one.path, names)

    def _outputs_elsewhere(self) -> Iterator[IConstruct]:
        yield from (one.output for one in self._jobs)
        for scope in {one.scope for one in self._jobs} - {self._stack}:
            yield from (child for child in scope.node.children if isinstance(child, cdk.CfnOutput))


def is_trained_here(base_model: str) -> bool:
    """Return whether a base model is the output of a job that this process defines, in any stack."""
    if is_known(base_model):
        return False
    found = (env.find(StackJobs) for env in StackEnv.all())
    return any(base_model in jobs.model_tokens for jobs in found if jobs)


def _too_many_jobs() -> Finding:
    rule = (
        f"this stack defines more than {SCHEDULED_JOBS} jobs, but Bedrock accepts only {SCHEDULED_JOBS} "
        "scheduled jobs per account and Region and rejects the others"
    )
    fix = (
        "move some to another stack and deploy it when jobs have ended, or acknowledge this warning: "
        "dependencies between jobs do not help, because a deployment does not wait until a job has ended"
    )
    return warning("scheduled-jobs", "", rule, NOT_SHOWN, fix)


def _ignored_removal_policy(jobs: Iterable[DefinedJob]) -> Finding | None:
    """Return a note about the first job whose resource got a removal policy other than DESTROY, if any."""
    for one in jobs:
        options = one.resource.cfn_options
        policies = (options.deletion_policy, options.update_replace_policy)
        if any(policy not in (None, cdk.CfnDeletionPolicy.DELETE) for policy in policies):
            rule = (
                "keeps the removal policy DESTROY although an aspect or apply_removal_policy sets another: "
                "the job of a retained resource would continue to be billed, and no stack could stop it"
            )
            fix = (
                "use on_delete=OnDelete.RETAIN to leave a job running; a finished model is kept anyway, "
                "unless on_delete is OnDelete.DELETE_MODEL"
            )
            return note("removal-policy-ignored", one.path, rule, NOT_SHOWN, fix)
    return None


def _empty_export(path: str) -> Finding:
    rule = (
        "must not be exported, because it is empty while the job runs and CloudFormation does not export an "
        "empty value: the first deployment would fail after the job has started"
    )
    fix = (
        "put job.custom_model_name, which bedrock:GetCustomModel accepts too, into an ssm.StringParameter "
        "that other stacks read"
    )
    return error("exported-model-arn", f"output_model_arn of {path}", rule, NOT_SHOWN, fix)


def _changing_export(path: str, names: Iterable[str]) -> Finding:
    rule = (
        "is exported, and a retraining changes it: CloudFormation does not change an export that another "
        "stack uses, so the deployment fails after the new job has started"
    )
    fix = (
        "put the value into a parameter instead, ssm.StringParameter(stack, 'JobArn', "
        "parameter_name='/jobs/triage', string_value=job.job_arn), and let other stacks read it with "
        "ssm.StringParameter.value_for_string_parameter(scope, '/jobs/triage'), or acknowledge this warning"
    )
    return warning("exported-job-arn", f"{' and '.join(names)} of {path}", rule, NOT_SHOWN, fix)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """One value that a stack exports.

    Args:
        logical_id: the resource that it is an attribute of.
        attribute: the attribute, or `Ref`.
        alone: whether the attribute is the whole value, which is then empty where the attribute is.
    """

    logical_id: str
    attribute: str
    alone: bool


def exported(
    stack: cdk.Stack, logical_ids: Iterable[str], elsewhere: Iterable[IConstruct]
) -> Iterator[Exported]:
    """Find what `stack`, or for a nested stack one around it, exports of its own resources.

    Other stacks of the app import through the outputs below `Exports`, or from another Region through what an
    `ExportsWriter...` writes; people export with an output that has an export name. The CDK makes all this
    before it validates, so call this in a validation.

    Args:
        stack: the stack of the resources.
        logical_ids: the resources.
        elsewhere: outputs to look at that are not children of the stack itself.
    """
    ids = set(logical_ids)
    # In a stack around this one the attribute has another name: that of an output of the nested stack.
    known: dict[tuple[str, str], tuple[str, str]] | None = None
    here: cdk.Stack | None = stack
    while here is not None:
        children = [*here.node.children, *elsewhere]
        elsewhere = ()
        for value in here.resolve([*_exported_values(children)]):
            for reference, alone in _references(value):
                original = _original(reference, ids, known)
                if original:
                    yield Exported(logical_id=original[0], attribute=original[1], alone=alone)
        around = here.nested_stack_parent
        if around is not None:
            known = _known_around(here, children, ids, known)
        here = around


def _original(
    reference: tuple[str, str], ids: set[str], known: Mapping[tuple[str, str], tuple[str, str]] | None
) -> tuple[str, str] | None:
    if known is not None:
        return known.get(reference)
    return reference if reference[0] in ids else None


def _known_around(
    nested: cdk.Stack,
    children: Iterable[IConstruct],
    ids: set[str],
    known: Mapping[tuple[str, str], tuple[str, str]] | None,
) -> dict[tuple[str, str], tuple[str, str]]:
    resource = nested.nested_stack_resource
    outputs = [one for one in children if isinstance(one, cdk.CfnOutput)]
    if resource is None or not outputs:
        return {}
    name = nested.resolve(resource.logical_id)
    found = {}
    for output, value in nested.resolve([[one.logical_id, one.value] for one in outputs]):
        for reference, alone in _references(value):
            original = _original(reference, ids, known)
            if original and alone:
                found[name, f"Outputs.{output}"] = original
    return found


def _exported_values(children: Iterable[IConstruct]) -> Iterator[Any]:
    for child in children:
        if isinstance(child, cdk.CfnOutput):
            if child.export_name is not None:
                yield child.value
        elif type(child) is Construct:  # what the CDK makes for references has no class of its own
            name = child.node.id
            if name == "Exports":
                yield from (one.value for one in child.node.children if isinstance(one, cdk.CfnOutput))
            elif name.startswith("ExportsWriter"):
                writer = child.node.try_find_child("Resource")
                written = writer.node.default_child if writer else None
                if isinstance(written, cdk.CfnResource):
                    yield written._cfn_properties  # noqa: SLF001 - protected, which jsii writes with an underscore


def _references(value: object, *, alone: bool = True) -> Iterator[tuple[tuple[str, str], bool]]:
    """Return every reference in a resolved value, and whether it is the whole value around it."""
    match value:
        case {"Ref": str(name)}:
            yield (name, REF), alone
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            yield (name, attribute), alone
        case dict():
            is_function = any(name.startswith("Fn::") for name in value)
            for inner in value.values():
                yield from _references(inner, alone=alone and not is_function)
        case list():
            for inner in value:
                yield from _references(inner, alone=alone)
