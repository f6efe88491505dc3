"""What carrying out one event of a deployment needs: the event, the services, and how it is responded to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contract.resource import (
    DEPLOYMENT_ARN_ATTRIBUTE,
    DEPLOYMENT_NAME_ATTRIBUTE,
    MODEL_ARN_ATTRIBUTE,
    STATUS_ATTRIBUTE,
)

from ..frame.errors import AwsError
from ..frame.event import CREATE, DELETE, NOT_CREATED
from ..frame.observe import is_created_here, read_resource, read_stack
from ..frame.response import Outcome
from ..jobs.current import CurrentJob, read_current_job
from . import messages
from .actions import POLL, ActionError, Actions, Owner
from .decide import UNREADABLE_SECONDS
from .following import Follower

if TYPE_CHECKING:
    from ..frame.stack import ResourceState, StackState
    from ..services import Services
    from .desired_state import Change, Follow
    from .ports import Deployment


class Task:
    """One event of a deployment.

    Args:
        change: the event.
        services: the services of AWS.
    """

    def __init__(self, change: Change, services: Services) -> None:
        self.change = change
        self.services = services
        self.retry = services.retry
        self.log = services.log
        self.owner = Owner(stack_id=change.stack_id, logical_id=change.logical_id)
        self.actions = Actions(self.owner, services, change.properties)
        self.physical_id = change.physical_id or f"{NOT_CREATED}{change.request_id}"
        self._noted = ""

    @property
    def is_create(self) -> bool:
        """Whether it is a Create."""
        return self.change.request_type == CREATE

    def stack(self) -> StackState:
        """Read the stack's status."""
        is_delete = self.change.request_type == DELETE
        return read_stack(
            self.services.stacks, self.change.stack_id, self.retry, self.log, is_delete=is_delete
        )

    def resource(self) -> ResourceState:
        """Read the resource's physical id and status."""
        return read_resource(self.services.stacks, self.change.stack_id, self.change.logical_id, self.log)

    def follower(self, follow: Follow) -> Follower:
        """Return what makes the deployment, and its parameter, true of a job."""
        return Follower(self.owner, self.change.name, follow.parameter, self.services, self.actions)

    def current_job(self, follow: Follow) -> CurrentJob:
        """Read the job that is followed, and believe it only where the event names the same one.

        The event may be a repeat of an old one, or CloudFormation may not show yet what a rollback restores.
        """
        services, stack_id = self.services, self.change.stack_id
        try:
            current = read_current_job(stack_id, follow.job, services.bedrock, services.stacks)
        except AwsError as error:
            self.log.write("job not read", "ERROR", code=error.reason, reason=messages.call_failed(error))
            return CurrentJob(note="the job could not be read", is_unexpected=True)
        if current.job and current.job.arn != follow.job_arn:
            return CurrentJob(note=f"the event names the job {follow.job_arn}, which is not the current one")
        return current

    def created_here(self, deployment: Deployment, stack: StackState) -> bool | None:
        """Return whether the operation that is rolled back has created a deployment; None where unknown."""
        return is_created_here(
            deployment.created, stack, self.services.stacks, self.change.stack_id, self.log
        )

    def check_time(self) -> None:
        """Begin nothing after the deadline: the watchdog may have responded already.

        Raises:
            ActionError: it is over.
        """
        if self.retry.left <= 0:
            raise ActionError(messages.TOO_LATE)

    def discard(self, deployment: Deployment) -> None:
        """Delete a deployment of an event that fails, without waiting; what remains is logged."""
        try:
            refused = self.actions.ask_to_delete(deployment)
        except ActionError as error:
            return self.write_left(deployment, str(error))
        if refused:
            self.write_left(deployment, messages.call_failed(refused))
        return None

    def remove_old_parameter(self) -> None:
        """Delete the parameter that the deployment had before an Update, if it has another one, or none."""
        old, new = self.change.previous.follow, self.change.desired.follow
        if old is None or (new and new.parameter == old.parameter):
            return
        try:
            parameter, is_ours = self.follower(old).parameter(is_needed=False)
            if parameter and is_ours:
                self.services.parameters.delete(old.parameter)
                self.log.write("parameter deleted", parameter=old.parameter)
        except AwsError as error:
            reason = messages.parameter_not_deleted(old.parameter, error)
            self.log.write("parameter not deleted", "ERROR", parameter=old.parameter, reason=reason)

    def discard_new(self, since: float) -> None:
        """Delete what this event has created, as soon as Bedrock shows it.

        The event fails because the stack is being rolled back, so that nobody waits for its response; and the
        rollback may not have seen the deployment. What the resource has by then is left alone.

        Args:
            since: when it was created, in seconds since 1970.
        """
        deployment, is_ours = self.actions.find(self.change.name)
        if deployment is None:
            deployment, is_ours = self._appearing(since + UNREADABLE_SECONDS)
            resource = self.resource()
            is_ours = is_ours and not (resource.is_changing or resource.has_current(self.change.name))
        if deployment and is_ours:
            self.discard(deployment)

    def _appearing(self, until: float) -> tuple[Deployment | None, bool]:
        found: tuple[Deployment | None, bool] = (None, True)
        while found[0] is None and self.retry.now < until and self.retry.wait(POLL):
            found = self.actions.find(self.change.name)
        return found

    def remember(self) -> None:
        """Keep the name as the physical id of a Create, in case it fails: its Delete then has it."""
        if self.is_create:
            self.physical_id = self.change.name

    def succeeded(self, deployment: Deployment | None) -> Outcome:
        """Return that the event succeeded.

        Args:
            deployment: the deployment; None where there is none of ours.
        """
        self.physical_id = self.change.name
        return Outcome(
            physical_id=self.physical_id,
            data={
                DEPLOYMENT_ARN_ATTRIBUTE: deployment.arn if deployment else "",
                DEPLOYMENT_NAME_ATTRIBUTE: self.change.name,
                MODEL_ARN_ATTRIBUTE: deployment.model_arn if deployment else "",
                STATUS_ATTRIBUTE: deployment.status if deployment else "",
            },
        )

    def failed(self, reason: str) -> Outcome:
        """Return that the event failed."""
        return Outcome(physical_id=self.physical_id, failure=reason)

    def write_decision(self, decision: object, deployment: Deployment | None, stack: StackState) -> None:
        """Log a decision; while it is the same at every read, only once."""
        note = str(getattr(decision, "note", "") or getattr(decision, "reason", ""))
        text = f"{type(decision).__name__} {note}"
        if text == self._noted:
            return
        self._noted = text
        self.log.write(
            "decided",
            getattr(decision, "level", "INFO"),
            decision=type(decision).__name__,
            stack=stack.phase.name,
            deploymentName=self.change.name,
            deploymentArn=deployment.arn if deployment else None,
            note=note or None,
        )

    def write_left(self, deployment: Deployment, note: str) -> None:
        """Log that a deployment is left which may not be needed, and how to delete it."""
        self.log.write(
            "deployment not deleted",
            "ERROR",
            deploymentArn=deployment.arn,
            decision=note,
            command=messages.delete_command(deployment),
        )
