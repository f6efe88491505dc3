"""A Create or an Update of a deployment that follows a job: what a look does, at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from contract.promotion import PROMOTION_PROPERTY

from ..frame.errors import AwsError
from ..frame.properties import member
from ..frame.stack import StackPhase
from ..jobs.current import CurrentJob
from ..serving.actions import ActionError
from ..serving.decisions import Create, Keep, Update
from . import decide, messages
from .ports import Deployment

if TYPE_CHECKING:
    from ..frame.parameters import Parameter
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
        self._occasion = task.change.request_id
        self._current = CurrentJob()

    def run(self, stack: StackState) -> Outcome:
        """Deploy the model of the job, if there is one, and write the deployment's ARN.

        Args:
            stack: the stack's status.

        Raises:
            ActionError: nothing of ours can be deployed.
            UnfinishedError: another attempt is to go on with it.
        """
        task, change = self._task, self._change
        if stack.phase is StackPhase.UNKNOWN and not task.is_create:
            return self._keep_unread()
        if stack.phase is not StackPhase.IN_PROGRESS:
            raise ActionError(messages.not_in_progress(stack))
        parameter, seen = self._observe()
        if member(change.properties, PROMOTION_PROPERTY) is not None:
            seen = self._promoted(seen, stack)
        decision = decide.follow(seen)
        task.write_decision(decision, seen.deployment, stack)
        if not isinstance(decision, Keep):
            task.check_time()
        created, before = isinstance(decision, Create), task.physical_id
        if created:
            task.remember()  # before the call: the watchdog may respond while it lasts
        try:
            arn = self._follower.carry_out(decision, seen, change.desired.tags, self._occasion)
        except AwsError as error:
            if not error.may_have_worked:
                task.physical_id = before
            return self._refused(decision, seen, error)
        if created:
            self._check_stack(created=created)
        if arn and self._follower.write_parameter(parameter, arn, change.desired.tags):
            self._check_stack(created=created, arn=arn, former=parameter)
        return self._succeeded(decision, seen, arn)

    def _observe(self) -> tuple[Parameter | None, Following]:
        """Read the parameter, the job and the deployment; one that has failed is deleted.

        A deployment that failed has never served anything, and another one could not be created beside it.
        """
        task, change, name = self._task, self._change, self._follow.parameter
        parameter, is_ours = self._follower.parameter()
        if not is_ours:
            raise ActionError(messages.parameter_taken(name))
        current = self._current = task.current_job(self._follow)
        is_known = parameter is not None and not task.is_create and change.name == change.previous_name
        seen = self._follower.observe(current, was_created=is_known)
        if seen.deployment and not seen.is_ours:
            raise ActionError(messages.taken(change.name, seen.deployment))
        if seen.deployment and seen.deployment.has_failed:
            task.actions.remove(seen.deployment)
            task.services.parameters.delete(name)
            # A repeat of this event may have created it: another token, or Bedrock returns the deleted one.
            self._occasion = f"{change.request_id} after {seen.deployment.created}"
            return None, self._follower.observe(current, was_created=False)
        return parameter, seen

    def _promoted(self, seen: Following, stack: StackState) -> Following:
        """Let the promotion decide which model is deployed; under another name, what was served stays.

        What somebody has deleted is not created again, whatever the promotion would say.
        """
        change, task, serving = self._change, self._task, seen.deployment
        if serving is None and seen.was_created:
            return seen
        if serving is None and not task.is_create and change.name != change.previous_name:
            serving, is_ours = task.actions.find(change.previous_name)
            serving = serving if is_ours else None
        current = task.promoted(self._current, serving, stack)
        kept = serving.model_arn if serving and seen.deployment is None else ""
        return replace(
            seen,
            model_arn=current.model_arn or kept,
            note=current.note,
            is_unexpected=current.is_unexpected,
        )

    def _check_stack(self, *, created: bool, arn: str = "", former: Parameter | None = None) -> None:
        """Take back what was made while a rollback began: what the rollback sends may have come before.

        Args:
            created: whether the deployment was created.
            arn: what was written into the parameter. Default: nothing.
            former: the parameter before that. Default: there was none.
        """
        since = self._task.retry.now
        stack = self._task.stack()
        if not stack.phase.has_failed:
            return
        if arn:
            self._take_back(arn, former)
        if created:
            self._task.discard_new(since)
        raise ActionError(messages.not_in_progress(stack))

    def _take_back(self, arn: str, former: Parameter | None) -> None:
        name = self._follow.parameter
        try:
            self._follower.take_back(arn, former, self._change.desired.tags)
        except AwsError as error:
            reason = messages.parameter_not_deleted(name, error)
            self._task.log.write("parameter not deleted", "ERROR", parameter=name, reason=reason)

    def _keep_unread(self) -> Outcome:
        """Change nothing while the stack's status is unknown: this may be a rollback."""
        self._task.log.write("not followed", "ERROR", reason=messages.UNREAD_UPDATE)
        deployment, is_ours = self._task.actions.find(self._change.name)
        return self._task.succeeded(deployment if is_ours else None)

    def _refused(self, decision: Keep | Create | Update, seen: Following, error: AwsError) -> Outcome:
        """Fail a Create, unless the call may succeed later; an Update goes on. The next look tries again."""
        reason = messages.not_created(error)
        if isinstance(decision, Update) and seen.deployment:
            reason = messages.not_updated(seen.deployment, seen.model_arn, error)
        if self._task.is_create and not error.kind.is_temporary:
            return self._task.failed(reason)
        self._task.log.write("not followed", "ERROR", reason=reason)
        return self._task.succeeded(seen.deployment)

    def _succeeded(self, decision: Keep | Create | Update, seen: Following, arn: str) -> Outcome:
        change, task = self._change, self._task
        task.remove_old_parameter()
        if isinstance(decision, Create):
            return task.succeeded(_new(arn, change.name, seen.model_arn))
        if seen.deployment and arn:
            task.actions.update_tags(seen.deployment, change.desired.tags, change.previous.tags)
        return task.succeeded(seen.deployment)


def _new(arn: str, name: str, model_arn: str) -> Deployment:
    """Return a deployment as it is just after its creation, which Bedrock may show only later."""
    return Deployment(arn=arn, name=name, model_arn=model_arn, status="Creating")
