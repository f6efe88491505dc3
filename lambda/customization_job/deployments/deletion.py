"""A Delete of a deployment, and of the parameter with its ARN."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..frame.errors import AwsError
from ..frame.event import NOT_CREATED
from ..frame.response import Outcome, UnfinishedError
from . import decide, messages
from .actions import ActionError
from .decisions import DeleteFacts, Fail, Leave, Remove

if TYPE_CHECKING:
    from ..frame.parameters import Parameter
    from ..frame.stack import ResourceState, StackState
    from .desired_state import Follow
    from .ports import Deployment
    from .task import Task

_LATE_READS = 4
_LATE_PAUSE = 15.0
"""Seconds between two reads of a deployment that may have been created a moment ago: 60 in all, because it
takes 30 to 60 seconds until Bedrock shows a new one."""


class Deletion:
    """One Delete.

    Args:
        task: the event.
    """

    def __init__(self, task: Task) -> None:
        self._task = task
        self._change = task.change
        self._removed: set[str] = set()

    def run(self, stack: StackState) -> Outcome:
        """Delete what the event is about. In a rollback, what cannot be deleted is only logged.

        Args:
            stack: the stack's status.

        Raises:
            ActionError: something of ours still exists.
            UnfinishedError: another attempt is to go on with it.
        """
        task, change = self._task, self._change
        resource = task.resource()
        if resource.status == "DELETE_IN_PROGRESS":
            task.actions.sent = resource.changed
        try:
            is_gone = [self._delete(name, stack, resource) for name in change.names_to_delete]
            if all(is_gone) and change.desired.follow:
                self._delete_parameter(change.desired.follow, stack, resource)
        except (AwsError, ActionError, UnfinishedError) as error:
            if not stack.is_rollback:
                raise
            reason = messages.call_failed(error) if isinstance(error, AwsError) else str(error)
            task.log.write("not rolled back", "ERROR", reason=reason)
        return Outcome(physical_id=change.physical_id)

    def _delete(self, name: str, stack: StackState, resource: ResourceState) -> bool:
        """Delete the deployment of one name; return whether there is none of ours any more."""
        task, change = self._task, self._change
        deployment, is_ours = self._found(name)
        facts = DeleteFacts(
            stack=stack,
            deployment=deployment,
            is_ours=is_ours,
            is_named=change.physical_id == name,
            resource=resource,
            created_here=task.created_here(deployment, stack) if deployment and stack.is_rollback else None,
        )
        match decide.delete(change, facts):
            case Fail(reason=reason):
                raise ActionError(reason)
            case Remove() if deployment:
                task.actions.remove(deployment, is_awaited=not stack.is_rollback)
                self._removed.add(deployment.arn)
                return True
            case Leave(is_unclear=True, note=note) if deployment:
                task.write_left(deployment, note)
            case Leave(note=note, is_gone=is_gone):
                task.log.write("deployment left alone", deploymentName=name, decision=note)
                return is_gone
        return False

    def _found(self, name: str) -> tuple[Deployment | None, bool]:
        """Find a deployment, and look again for one that may have been created a moment ago."""
        found = self._task.actions.find(name)
        for _ in range(_LATE_READS if found[0] is None and self._may_be_new(name) else 0):
            if found[0] or not self._task.retry.wait(_LATE_PAUSE):
                break
            found = self._task.actions.find(name)
        return found

    def _may_be_new(self, name: str) -> bool:
        """Return whether there may be a deployment of the name that Bedrock does not show yet.

        An id that CloudFormation generated belongs to a Create whose response never came. What follows a job
        is not waited for when it is created, but then its parameter has been written.
        """
        change, follow = self._change, self._change.desired.follow
        if name != change.name or change.physical_id.startswith(NOT_CREATED):
            return False
        if change.physical_id != name or follow is None:
            return change.physical_id != name
        return self._parameter_of(follow) is not None

    def _delete_parameter(self, follow: Follow, stack: StackState, resource: ResourceState) -> None:
        """Delete the parameter with the deployment's ARN, unless another deployment has it now."""
        parameter = self._parameter_of(follow)
        is_last = stack.is_deleted_whole or resource.is_leaving
        if parameter is None or not (is_last or parameter.value in self._removed):
            return self._task.log.write("parameter left alone", parameter=follow.parameter)
        try:
            self._task.services.parameters.delete(follow.parameter)
        except AwsError as error:
            raise ActionError(messages.parameter_not_deleted(follow.parameter, error)) from None
        return self._task.log.write("parameter deleted", parameter=follow.parameter)

    def _parameter_of(self, follow: Follow) -> Parameter | None:
        """Return the parameter if it is ours; what may not be read is not."""
        try:
            parameter, is_ours = self._task.follower(follow).parameter(is_needed=False)
        except AwsError as error:
            if not error.kind.is_denial:
                raise
            self._task.log.write(
                "parameter not read", "WARNING", parameter=follow.parameter, code=error.reason
            )
            return None
        return parameter if is_ours else None
