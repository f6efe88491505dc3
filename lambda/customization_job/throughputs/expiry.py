"""The task `expire`: deletes a throughput when its time is over.

A tag of the throughput says how long it may exist, so a task can delete nothing too early, and a changed time
needs no other execution.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from contract.resource import EXPIRES_TAG
from contract.tasks import NAME, RESOURCE

from ..frame.observe import read_resource
from ..frame.task import Task, TaskResult
from ..serving.actions import ActionError, Actions, Owner
from .desired_state import is_throughput_arn
from .messages import SENTENCES

if TYPE_CHECKING:
    from ..frame.stack import ResourceState
    from ..services import Services
    from .ports import Throughput

_NAME = re.compile(r"[0-9a-zA-Z][0-9a-zA-Z_-]{0,62}")
_SECONDS = re.compile(r"[1-9][0-9]{0,6}")

_HOUR = 3600.0
"""Seconds between two looks at most, so that a shorter time takes effect within an hour."""

_SOON = 60.0
"""Seconds between two looks at something that is just being changed."""


def carry_out(task: Task, services: Services) -> TaskResult:
    """Look at the throughput once, and delete it if its time is over.

    Raises:
        EventError: the task is not one of a throughput.
        AwsError: the throughput could not be read.
    """
    logical_id, name = task.logical_id(RESOURCE), task.text(NAME, _NAME)
    owner = Owner(stack_id=task.stack_id, logical_id=logical_id)
    actions = Actions(owner, services.throughputs, SENTENCES, services)
    resource = read_resource(services.stacks, task.stack_id, logical_id, services.log)
    throughput, is_ours = _find(actions, resource, name)
    if throughput is None:
        return _without(resource)
    # Tags may be readable a moment after the call that sets them, so nothing is final while an event goes on.
    again = _SOON if resource.is_changing else None
    if not is_ours:
        return TaskResult(SENTENCES.foreign(throughput), pause=again, level="WARNING")
    tags = actions.tags_of(throughput)
    if tags is None:
        return TaskResult("its tags could not be read", pause=_HOUR, level="ERROR")
    seconds = tags.get(EXPIRES_TAG, "")
    if not _SECONDS.fullmatch(seconds) or throughput.created is None:
        return TaskResult("it does not expire", pause=again)
    left = throughput.created + int(seconds) - services.retry.now
    if left > 0:
        return TaskResult(f"it expires in {left / _HOUR:.1f} hours", pause=min(left, _HOUR))
    return _delete(actions, throughput)


def _find(actions: Actions[Throughput], resource: ResourceState, name: str) -> tuple[Throughput | None, bool]:
    """Find the resource's throughput by its ARN; while the resource has none, by the name."""
    if is_throughput_arn(resource.physical_id):
        found = actions.find(resource.physical_id)
        if found[0]:
            return found
    return actions.find(name)


def _without(resource: ResourceState) -> TaskResult:
    """Return what to do where there is no throughput: it may just be being bought."""
    if resource.is_changing or not resource.is_known:
        return TaskResult("there is no throughput yet", pause=_SOON)
    return TaskResult("there is no throughput")


def _delete(actions: Actions[Throughput], throughput: Throughput) -> TaskResult:
    """Delete a throughput; the next look sees whether it is gone."""
    try:
        refused = actions.ask_to_delete(throughput)
    except ActionError as error:
        return TaskResult(str(error), pause=_HOUR, level="ERROR")
    if refused:
        return TaskResult(SENTENCES.not_deleted(throughput, refused), pause=_SOON, level="WARNING")
    return TaskResult("its time is over, and it is deleted", pause=_SOON)
