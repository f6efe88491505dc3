"""A Delete of a deployment, and of the parameter with its ARN."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contract.promotion import PROMOTION_PROPERTY

from ..frame.errors import AwsError
from ..frame.event import NOT_CREATED
from ..frame.properties import member
from ..serving import deletion as serving
from ..serving.actions import ActionError
from . import decide, messages
from .ports import Deployment

if TYPE_CHECKING:
    from ..frame.parameters import Parameter
    from ..frame.stack import ResourceState, StackState
    from ..serving.decisions import DeleteFacts, Fail, Leave, Remove
    from .desired_state import Follow
    from .task import Task


class Deletion(serving.Deletion[Deployment]):
    """One Delete.

    Args:
        task: the event.
    """

    def __init__(self, task: Task) -> None:
        super().__init__(task, task.change)
        self._deployment_task = task
        self._change = task.change

    def delete_all(self, stack: StackState, resource: ResourceState) -> None:
        """Delete the deployment, and then its parameter."""
        is_gone = [self.delete(name, stack, resource) for name in self._change.names_to_delete]
        is_last = stack.is_deleted_whole or resource.is_leaving
        if is_last and all(is_gone) and member(self._change.properties, PROMOTION_PROPERTY) is not None:
            from ..promotion.follow import forget

            forget(self._change.properties, self._deployment_task.owner, self._task.services)
        if all(is_gone) and self._change.desired.follow:
            self._delete_parameter(self._change.desired.follow, stack, resource)

    def decide(self, facts: DeleteFacts[Deployment]) -> Remove | Leave | Fail:
        """Return what is done with the deployment that was found."""
        return decide.delete(self._change, facts)

    def may_be_new(self, identifier: str) -> bool:
        """Return whether there may be a deployment of the name that Bedrock does not show yet.

        An id that CloudFormation generated belongs to a Create whose response never came. What follows a job
        is not waited for when it is created, but then its parameter has been written.
        """
        change, follow = self._change, self._change.desired.follow
        if identifier != change.name or change.physical_id.startswith(NOT_CREATED):
            return False
        if change.physical_id != identifier or follow is None:
            return change.physical_id != identifier
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
            parameter, is_ours = self._deployment_task.follower(follow).parameter(is_needed=False)
        except AwsError as error:
            if not error.kind.is_denial:
                raise
            self._task.log.write(
                "parameter not read", "WARNING", parameter=follow.parameter, code=error.reason
            )
            return None
        return parameter if is_ours else None
