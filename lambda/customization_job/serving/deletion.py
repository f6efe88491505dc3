"""A Delete of a deployment or a throughput."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic

from ..frame.errors import AwsError
from ..frame.response import Outcome
from .actions import ActionError
from .decisions import DeleteFacts, Fail, Leave, Remove
from .ports import AnyServing

if TYPE_CHECKING:
    from ..frame.stack import ResourceState, StackState
    from .desired_state import Desired, ServingChange
    from .task import Task

_LATE_READS = 4
_LATE_PAUSE = 15.0
"""Seconds between two reads of what may have been created a moment ago: 60 in all, because it takes 30 to 60
seconds until Bedrock shows something new."""


class Deletion(Generic[AnyServing]):
    """One Delete.

    Args:
        task: what the event needs.
        change: the event.
    """

    fails_in_rollback = False
    """Whether what cannot be deleted fails the event in a rollback, too. Default: it is only logged."""

    def __init__(self, task: Task[AnyServing], change: ServingChange[Desired]) -> None:
        self._task = task
        self._event = change
        self._removed: set[str] = set()

    def run(self, stack: StackState) -> Outcome:
        """Delete what the event is about.

        Args:
            stack: the stack's status.

        Raises:
            ActionError: something of ours still exists.
            UnfinishedError: another attempt is to go on with it.
        """
        task = self._task
        resource = task.resource()
        if resource.status == "DELETE_IN_PROGRESS":
            task.actions.sent = resource.changed
        try:
            self.delete_all(stack, resource)
        except (AwsError, ActionError) as error:
            if self.fails_in_rollback or not stack.is_rollback:
                raise
            reason = task.sentences.call_failed(error) if isinstance(error, AwsError) else str(error)
            task.log.write("not rolled back", "ERROR", reason=reason)
        return Outcome(physical_id=self._event.physical_id)

    def delete_all(self, stack: StackState, resource: ResourceState) -> None:
        """Delete everything that the event is about."""
        raise NotImplementedError

    def decide(self, facts: DeleteFacts[AnyServing]) -> Remove | Leave | Fail:
        """Return what is done with what was found."""
        raise NotImplementedError

    def may_be_new(self, identifier: str) -> bool:
        """Return whether there may be something that Bedrock does not show yet."""
        raise NotImplementedError

    def delete(self, identifier: str, stack: StackState, resource: ResourceState) -> bool:
        """Delete what has a name or an ARN; return whether there is nothing of ours any more."""
        task = self._task
        serving, is_ours = self._found(identifier)
        facts = DeleteFacts(
            stack=stack,
            serving=serving,
            is_ours=is_ours,
            is_named=serving is not None and self._event.physical_id == task.id_of(serving),
            resource=resource,
            created_here=task.created_here(serving, stack) if serving and stack.is_rollback else None,
        )
        match self.decide(facts):
            case Fail(reason=reason):
                raise ActionError(reason)
            case Remove() if serving:
                task.actions.remove(serving, is_awaited=not stack.is_rollback)
                self._removed.add(serving.arn)
                return True
            case Leave(is_unclear=True, note=note) if serving:
                task.write_left(serving, note)
            case Leave(note=note, is_gone=is_gone):
                noun = task.sentences.noun
                task.log.write(f"{noun} left alone", **{f"{noun}Name": identifier}, decision=note)
                return is_gone
        return False

    def _found(self, identifier: str) -> tuple[AnyServing | None, bool]:
        """Find it, and look again for what may have been created a moment ago."""
        found = self._task.actions.find(identifier)
        for _ in range(_LATE_READS if found[0] is None and self.may_be_new(identifier) else 0):
            if found[0] or not self._task.retry.wait(_LATE_PAUSE):
                break
            found = self._task.actions.find(identifier)
        return found
