"""What can be known of a stack's jobs only when the whole app is defined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import aws_cdk as cdk
import jsii
from constructs import IValidation

from constructs_lib.job.exported import REF, exported
from constructs_lib.job.removal import note_ignored_policies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs import Construct, IConstruct

EXPORTED = "bedrock-customization:exported-job-arn"
"""The warning about values that a retraining changes, under which it is acknowledged."""

_NAMES = {
    REF: "job_arn",
    "JobArn": "job_arn",
    "JobName": "job_name",
    "CustomModelName": "custom_model_name",
    "OutputModelArn": "output_model_arn",
}
_CHANGES = (
    "{names} of {path} is exported, and a retraining changes it: CloudFormation refuses to change an export "
    "that another stack uses, and the deployment fails after the new job has started. Put the value into a "
    "parameter instead, ssm.StringParameter(stack, 'JobArn', parameter_name='/jobs/triage', "
    "string_value=job.job_arn), and let other stacks read it with "
    "ssm.StringParameter.value_for_string_parameter(scope, '/jobs/triage'); or acknowledge this warning"
)
_EMPTY = (
    "output_model_arn of {path} must not be exported, because it is empty as long as the job runs and "
    "CloudFormation exports nothing empty: the first deployment would fail after the job has started; put "
    "job.custom_model_name, which bedrock:GetCustomModel takes as well, into an ssm.StringParameter that "
    "other stacks read"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Defined:
    """A job that has been defined.

    Args:
        job: The construct.
        path: Its path.
        scope: The construct around it.
        resource: Its custom resource.
        ref: The resource's `Ref`.
        output: The output that tells it.
    """

    job: Construct
    path: str
    scope: Construct
    resource: cdk.CfnResource
    ref: str
    output: cdk.CfnOutput


def look_again(stack: cdk.Stack, defined: Defined) -> None:
    """Look at a job again when the app is synthesized.

    Args:
        stack: The job's stack.
        defined: The job.
    """
    if stack not in _OF_STACK:
        _OF_STACK[stack] = _Jobs(stack)
        stack.node.add_validation(_OF_STACK[stack])
    _OF_STACK[stack].defined.append(defined)


# A validation, because it is what runs after aspects have had their say and references have been resolved,
# and before the templates are written. One for each stack: each is called from Node.
@jsii.implements(IValidation)
class _Jobs:
    def __init__(self, stack: cdk.Stack) -> None:
        self._stack = stack
        self.defined: list[Defined] = []

    def validate(self) -> list[str]:
        for one in self.defined:
            _follow_condition(one)
        note_ignored_policies(self._stack, ((one.path, one.resource) for one in self.defined))
        return list(self._judge_exports())

    def _judge_exports(self) -> Iterator[str]:
        ids = [resolved[REF] for resolved in self._stack.resolve([one.ref for one in self.defined])]
        found = list(exported(self._stack, ids, self._outputs_elsewhere()))
        for logical_id, one in zip(ids, self.defined, strict=True):
            mine = [each for each in found if each.logical_id == logical_id]
            if any(each.attribute == "OutputModelArn" and each.alone for each in mine):
                yield _EMPTY.format(path=one.path)
            elif mine:
                names = sorted({_NAMES.get(each.attribute, each.attribute) for each in mine})
                said = _CHANGES.format(names=" and ".join(names), path=one.path)
                cdk.Annotations.of(one.job).add_warning_v2(EXPORTED, said)

    def _outputs_elsewhere(self) -> Iterator[IConstruct]:
        yield from (one.output for one in self.defined)
        for scope in {one.scope for one in self.defined} - {self._stack}:
            yield from (child for child in scope.node.children if isinstance(child, cdk.CfnOutput))


def _follow_condition(one: Defined) -> None:
    """Put the job's ARN out only where the job is: an output of a resource that is not there is refused."""
    condition = one.resource.cfn_options.condition
    if condition is not None and one.output.condition is None:
        one.output.condition = condition


_OF_STACK: WeakKeyDictionary[cdk.Stack, _Jobs] = WeakKeyDictionary()
