"""An Update of a rollback: the old model is served again. It neither waits nor fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..frame.errors import AwsError, ErrorKind
from ..frame.response import Outcome
from ..serving.actions import ActionError
from ..serving.decisions import Observation, Update
from . import decide, messages

if TYPE_CHECKING:
    from ..frame.stack import StackState
    from .desired_state import Follow
    from .ports import Deployment
    from .task import Task


class Rollback:
    """One Update with which a rollback goes back; what cannot be done now is only logged.

    Args:
        task: the event.
    """

    def __init__(self, task: Task) -> None:
        self._task = task
        self._change = task.change

    def run(self, stack: StackState, problems: list[str]) -> Outcome:
        """Ask for the old model, and delete what the failed operation has created.

        Args:
            stack: the stack's status.
            problems: what is wrong with the properties.
        """
        task, reason = self._task, ""
        try:
            if not problems:
                return self._restore(stack)
            reason = messages.invalid(problems)
        except AwsError as error:
            reason = messages.call_failed(error)
        except ActionError as error:
            reason = str(error)
        task.log.write("not rolled back", "ERROR", reason=reason)
        return Outcome(physical_id=self._change.physical_id, data=task.succeeded(None).data)

    def _restore(self, stack: StackState) -> Outcome:
        task, change = self._task, self._change
        deployment, is_ours = task.actions.find(change.name)
        follow = change.desired.follow
        model_arn = self._old_model(follow, deployment if is_ours else None, stack)
        seen = Observation(stack=stack, now=task.retry.now, serving=deployment, is_ours=is_ours)
        decision = decide.restore(seen, model_arn)
        task.write_decision(decision, deployment, stack)
        if isinstance(decision, Update) and deployment:
            self._give_back(deployment, model_arn)
        removed = self._remove_new(stack)
        task.remove_old_parameter()
        if deployment is None or not is_ours:
            if follow and removed:
                task.follower(follow).take_back(removed, None, {})
            return task.succeeded(None)
        if follow:
            self._write_parameter(deployment)
        task.actions.update_tags(deployment, change.desired.tags, change.previous.tags)
        return task.succeeded(deployment)

    def _old_model(self, follow: Follow | None, deployment: Deployment | None, stack: StackState) -> str:
        """Return the model that is to be served again; "" where what is served now stays."""
        if follow is None:
            return self._change.desired.model_arn
        return self._task.promoted(self._task.current_job(follow), deployment, stack).model_arn

    def _give_back(self, deployment: Deployment, model_arn: str) -> None:
        """Ask once for the old model. It may have been deleted: then the new one keeps serving."""
        try:
            self._task.actions.update(deployment, model_arn)
        except AwsError as error:
            self._task.log.write(
                "old model not served",
                "WARNING" if error.kind is ErrorKind.NOT_FOUND else "ERROR",
                reason=messages.not_updated(deployment, model_arn, error),
                command=messages.SENTENCES.update_command(deployment, model_arn),
            )

    def _remove_new(self, stack: StackState) -> str:
        """Delete the deployment of the name that is rolled back, and return its ARN; "" where there is none.

        If the response about it has arrived, its name is the physical id, and a Delete of it follows. A
        repeat of the Update that failed looks alike, but its physical id is the name that it changes.
        """
        task, change = self._task, self._change
        if not change.physical_id == change.name != change.previous_name:
            return ""
        deployment, is_ours = task.actions.find(change.previous_name)
        if deployment is None or not is_ours or not task.created_here(deployment, stack):
            return ""
        task.discard(deployment)
        return deployment.arn

    def _write_parameter(self, deployment: Deployment) -> None:
        follow = self._change.desired.follow
        if follow is None:
            return
        follower = self._task.follower(follow)
        parameter, is_ours = follower.parameter()
        if is_ours:
            follower.write_parameter(parameter, deployment.arn, self._change.desired.tags)
