"""A Delete of a throughput."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..frame.event import NOT_CREATED
from ..serving import deletion as serving
from . import decide
from .ports import Throughput

if TYPE_CHECKING:
    from ..frame.stack import ResourceState, StackState
    from ..serving.decisions import DeleteFacts, Fail, Leave, Remove
    from .task import Task


class Deletion(serving.Deletion[Throughput]):
    """One Delete: of the throughput with the ARN, or with the name where the resource has no ARN.

    What cannot be deleted is billed on, so this fails also in a rollback.

    Args:
        task: the event.
    """

    fails_in_rollback = True

    def __init__(self, task: Task) -> None:
        super().__init__(task, task.change)
        self._change = task.change

    def delete_all(self, stack: StackState, resource: ResourceState) -> None:
        """Delete the throughput."""
        self.delete(self._change.arn or self._change.name, stack, resource)

    def decide(self, facts: DeleteFacts[Throughput]) -> Remove | Leave | Fail:
        """Return what is done with the throughput that was found."""
        return decide.delete(self._change, facts, self._task.retry.now)

    def may_be_new(self, identifier: str) -> bool:
        """Return whether there may be a throughput that Bedrock does not show yet.

        An id that is neither an ARN nor the name belongs to a Create whose response never came.
        """
        given = self._change.physical_id
        is_unbought = given.startswith(NOT_CREATED) or given in (self._change.name, self._change.arn)
        return not is_unbought and identifier == self._change.name
