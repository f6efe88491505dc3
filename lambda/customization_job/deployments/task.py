"""What carrying out one event of a deployment needs: the event, the services, and how it is responded to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contract.follow import DEPLOYMENT_KIND
from contract.promotion import PROMOTION_PROPERTY
from contract.resource import (
    DEPLOYMENT_ARN_ATTRIBUTE,
    DEPLOYMENT_NAME_ATTRIBUTE,
    MODEL_ARN_ATTRIBUTE,
    STATUS_ATTRIBUTE,
)

from ..frame.errors import AwsError
from ..frame.look import Thing
from ..frame.properties import member
from ..frame.response import Outcome
from ..frame.stack import StackPhase
from ..jobs.current import CurrentJob, read_current_job
from ..serving import task as serving
from . import messages
from .following import Follower
from .ports import Deployment

if TYPE_CHECKING:
    from ..frame.stack import StackState
    from ..services import Services
    from .desired_state import Change, Follow


class Task(serving.Task[Deployment]):
    """One event of a deployment.

    Args:
        change: the event.
        services: the services of AWS.
    """

    def __init__(self, change: Change, services: Services) -> None:
        super().__init__(change, services, services.deployments, messages.SENTENCES)
        self.change = change

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

    def promoted(self, current: CurrentJob, deployment: Deployment | None, stack: StackState) -> CurrentJob:
        """Return the job that is followed with the model that is to be served; see `promotion.follow`.

        Args:
            current: the job that is followed.
            deployment: what serves now; None where nothing does.
            stack: the stack's status.
        """
        policy, follow = member(self.change.properties, PROMOTION_PROPERTY), self.change.desired.follow
        if follow is None or policy is None:
            return current
        from ..promotion.follow import of_event

        owner, phase = self.owner, stack.phase
        thing = Thing(
            kind=DEPLOYMENT_KIND, job=follow.job, resource=owner.logical_id, parameter=follow.parameter
        )
        promotion = of_event(policy, follow.job_arn, owner.stack_id, thing, self.services, phase=phase)
        is_rollback = phase is StackPhase.ROLLING_BACK
        return promotion.promoted(current, promotion.served_by(deployment), is_rollback=is_rollback)

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

    def remember(self, arn: str = "") -> None:
        """Keep the name as the physical id of a Create, in case it fails: its Delete then has it."""
        del arn  # the name is enough, and known before
        if self.is_create:
            self.physical_id = self.change.name

    def succeeded(self, serving: Deployment | None) -> Outcome:
        """Return that the event succeeded."""
        self.physical_id = self.change.name
        return Outcome(
            physical_id=self.physical_id,
            data={
                DEPLOYMENT_ARN_ATTRIBUTE: serving.arn if serving else "",
                DEPLOYMENT_NAME_ATTRIBUTE: self.change.name,
                MODEL_ARN_ATTRIBUTE: serving.model_arn if serving else "",
                STATUS_ATTRIBUTE: serving.status if serving else "",
            },
        )
