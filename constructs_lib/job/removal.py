"""What CloudFormation does with a job's resource, and with what a job that goes on still needs."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import aws_cdk as cdk
import constructs
import jsii

if TYPE_CHECKING:
    from constructs_lib.job.place import Place

_IGNORED = "bedrock-customization:removal-policy-ignored"
_NOTE = (
    "the resource of a model customization job has the removal policy DESTROY, whatever an aspect or "
    "apply_removal_policy asks for: retained, its job would go on, be billed and belong to nobody. "
    "on_delete=OnDelete.RETAIN is the way to leave a job running; a finished model stays anyway, unless "
    "on_delete is OnDelete.DELETE_MODEL"
)
_OF_STACK: WeakKeyDictionary[cdk.Stack, _Asked] = WeakKeyDictionary()


def always_delete(resource: cdk.CfnResource, place: Place, path: str) -> None:
    """Let CloudFormation tell the handler of every deletion, whatever removal policy is applied to a job.

    Without its Delete nobody stops the job: it goes on, is billed, and no stack knows of it.

    Args:
        resource: The job's resource.
        place: Where it lives.
        path: The job's path in the app.
    """
    resource.add_override("DeletionPolicy", "Delete")
    resource.add_override("UpdateReplacePolicy", "Delete")
    if place.stack not in _OF_STACK:
        _OF_STACK[place.stack] = _Asked(place.stack)
        place.stack.node.add_validation(_OF_STACK[place.stack])
    _OF_STACK[place.stack].jobs.append((path, resource))


@jsii.implements(constructs.IValidation)
class _Asked:
    """Notes, once aspects have run, that a removal policy was asked for which no job's resource takes."""

    def __init__(self, stack: cdk.Stack) -> None:
        self.jobs: list[tuple[str, cdk.CfnResource]] = []
        self._annotations = cdk.Annotations.of(stack)

    def validate(self) -> list[str]:
        first = next((path for path, resource in self.jobs if _is_asked_to_stay(resource)), None)
        if first is not None:
            self._annotations.add_info_v2(_IGNORED, f"{first}: {_NOTE}")
        return []


def _is_asked_to_stay(resource: cdk.CfnResource) -> bool:
    options = resource.cfn_options
    asked = (options.deletion_policy, options.update_replace_policy)
    return any(policy not in (None, cdk.CfnDeletionPolicy.DELETE) for policy in asked)
