"""A Create or an Update of a deployment that follows a job: what a look does, at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..frame.errors import AwsError
from ..frame.stack import StackPhase
from . import decide, messages
from .decisions import Create, Keep, Update
from .ports import Deployment

if TYPE_CHECKING:
    from ..frame.response import Outcome
    from ..frame.stack import StackState
    from .decisions import Following
    from .desired_state import Follow
    from .task import Task


class JobEvent:
    """One Create or Update that is no rollback. Nothing is waited for.

    Args:
        task: the event.
        follow: the job that is followed.
    """

    def __init__(self, task: Task, follow: Follow) -> None:
        self._task = task
        self._change = task.change
        self._follow = follow
        self._follower = task.follower(follow)

    def run(self, stack: StackState) -> Outcome:
        """Deploy the model of the job, if there is one, and write the deployment's ARN.

        Args:
            stack: the stack's status.
        """
        task, change = self._task, self._change
        is_update_unread = stack.phase is StackPhase.UNKNOWN and not task.is_create
        if stack.phase is not StackPhase.IN_PROGRESS and not is_update_unread:
            return task.failed(messages.not_in_progress(stack))
        parameter, is_ours = self._follower.parameter()
        if not is_ours:
            return task.failed(messages.parameter_taken(self._follow.parameter))
        current = task.current_job(self._follow)
        is_known = parameter is not None and not task.is_create and change.name == change.previous_name
        seen = self._follower.observe(current, was_created=is_known)
        if seen.deployment and not seen.is_ours:
            return task.failed(messages.taken(change.name, seen.deployment))
        if seen.deployment and seen.deployment.has_failed:
            self._remove_failed(seen.deployment)
            parameter, seen = None, self._follower.observe(current, was_created=False)
        decision = decide.follow(seen)
        task.write_decision(decision, seen.deployment, stack)
        try:
            arn = self._follower.carry_out(decision, seen, change.desired.tags, change.request_id)
        except AwsError as error:
            return self._refused(decision, seen, error)
        if isinstance(decision, Create):
            task.remember()
            after = task.stack()
            if after.phase.has_failed:
                task.discard(_new(arn, change.name, seen.model_arn))
                return task.failed(messages.not_in_progress(after))
        if arn:
            self._follower.write_parameter(parameter, arn, change.desired.tags)
        return self._succeeded(decision, seen, arn)

    def _remove_failed(self, deployment: Deployment) -> None:
        """Delete a deployment that never served anything, so that another one can be created."""
        self._task.actions.remove(deployment)
        self._task.services.parameters.delete(self._follow.parameter)

    def _refused(self, decision: Keep | Create | Update, seen: Following, error: AwsError) -> Outcome:
        """Fail a Create; an Update goes on, and the next look tries again."""
        reason = messages.not_created(error)
        if isinstance(decision, Update) and seen.deployment:
            reason = messages.not_updated(seen.deployment, seen.model_arn, error)
        if self._task.is_create:
            return self._task.failed(reason)
        self._task.log.write("not followed", "ERROR", reason=reason)
        return self._task.succeeded(seen.deployment)

    def _succeeded(self, decision: Keep | Create | Update, seen: Following, arn: str) -> Outcome:
        change, task = self._change, self._task
        if isinstance(decision, Create):
            return task.succeeded(_new(arn, change.name, seen.model_arn))
        if seen.deployment and arn:
            task.actions.update_tags(seen.deployment, change.desired.tags, change.previous.tags)
        return task.succeeded(seen.deployment)


def _new(arn: str, name: str, model_arn: str) -> Deployment:
    """Return a deployment as it is just after its creation, which Bedrock may show only later."""
    return Deployment(arn=arn, name=name, model_arn=model_arn, status="Creating")
