"""Carries out one event of a result: read the job, decide, and read it again while that may change something.

It changes nothing, so there is nothing to undo, and a Delete makes no call.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from contract.resource import (
    FAILURE_MESSAGE_ATTRIBUTE,
    JOB_STATUS_ATTRIBUTE,
    OUTPUT_MODEL_ARN_ATTRIBUTE,
    TRAINING_LOSS_ATTRIBUTE,
    VALIDATION_LOSS_ATTRIBUTE,
)

from ..frame.errors import AwsError
from ..frame.event import DELETE, UPDATE
from ..frame.observe import read_resource, read_stack
from ..frame.response import Outcome, UnfinishedError
from ..frame.stack import StackPhase
from ..frame.watchdog import is_followed_by_another
from . import decide, messages
from .decide import Again, Fail, Observation, Succeed
from .desired_state import DesiredState, problems

if TYPE_CHECKING:
    from ..frame.event import Event
    from ..frame.stack import StackState
    from ..jobs.ports import Job
    from ..services import Services

_POLL = 10.0
"""Seconds between two reads of the job."""

_MISSING_READS = 3
"""How often a job is read that Bedrock does not find; one that was created a moment ago may appear."""


class ResultLifecycle:
    """One event of a result.

    Args:
        event: the event.
        services: the services of AWS.
    """

    def __init__(self, event: Event, services: Services) -> None:
        self._event = event
        self._desired = DesiredState.of(event.properties)
        self._services = services
        self._retry = services.retry
        self._log = services.log
        self._began = services.retry.now
        self.physical_id = f"result/{event.logical_id}"

    def run(self) -> Outcome:
        """Do what the event asks for, or return why not.

        Raises:
            UnfinishedError: another attempt is to read the job.
        """
        if self._event.request_type == DELETE:
            return Outcome(physical_id=self._event.physical_id)
        try:
            return self._create_or_update()
        except AwsError as error:
            if error.kind.is_temporary and self._is_followed_by_another():
                self._log.write("left to the next attempt", note="the job could not be read")
                raise UnfinishedError("the job could not be read") from None
            return Outcome(physical_id=self.physical_id, failure=messages.call_failed(error))

    def undo(self) -> None:
        """Do nothing: nothing was changed."""

    def _create_or_update(self) -> Outcome:
        found = list(problems(self._event.properties, self._event.stack_id))
        misses = 0
        while True:
            stack = self._stack()
            is_rollback = self._is_rollback(stack)
            if found and not is_rollback:
                return Outcome(physical_id=self.physical_id, failure=messages.invalid(found))
            try:
                job = None if found else self._job(is_needed=not is_rollback)
            except AwsError as error:
                if error.kind.is_temporary and self._retry.wait(_POLL):
                    continue
                raise
            misses = 0 if job else misses + 1
            seen = Observation(
                stack=stack,
                now=self._retry.now,
                job=job,
                polled=self._retry.now - self._began,
                can_poll=self._can_poll(stack) and misses < _MISSING_READS,
                is_update=self._event.request_type == UPDATE,
            )
            decision = decide.create_or_update(self._desired, seen)
            if isinstance(decision, Again) and self._retry.wait(_POLL):
                continue
            return self._respond(decision, job)

    def _respond(self, decision: Succeed | Fail | Again, job: Job | None) -> Outcome:
        self._log.write(
            "result decided",
            getattr(decision, "level", "INFO"),
            jobArn=self._desired.job_arn,
            jobStatus=job.status if job else None,
            decision=type(decision).__name__,
            note=decision.note,
        )
        failure = decision.note if isinstance(decision, Fail) else ""
        return Outcome(physical_id=self.physical_id, failure=failure, data=_attributes(job))

    def _stack(self) -> StackState:
        services = self._services
        return read_stack(services.stacks, self._event.stack_id, self._retry, self._log, is_delete=False)

    def _can_poll(self, stack: StackState) -> bool:
        """Return whether CloudFormation waits for the response, and there is time for another read."""
        return stack.phase is not StackPhase.IDLE and self._retry.left > _POLL

    def _is_rollback(self, stack: StackState) -> bool:
        is_unknown = stack.phase is StackPhase.UNKNOWN and self._event.request_type == UPDATE
        return stack.phase.has_failed or is_unknown

    def _job(self, *, is_needed: bool) -> Job | None:
        """Read the job, and whether the model of a job that is complete still exists."""
        bedrock = self._services.bedrock
        try:
            job = bedrock.get_job(self._desired.job_arn)
            if job is None or job.status != "Completed":
                return job
            model = bedrock.get_model(job.model_arn) if job.model_arn else None
        except AwsError as error:
            if is_needed:
                raise
            self._log.write("job not read", "WARNING", reason=messages.call_failed(error))
            return None
        return replace(job, has_model=model is not None)

    def _is_followed_by_another(self) -> bool:
        """Return whether another attempt at the event would still be in time."""
        event = self._event
        resource = read_resource(self._services.stacks, event.stack_id, event.logical_id, self._log)
        since = None if resource.changed is None else self._retry.now - resource.changed
        return is_followed_by_another(event.properties, since)


def _attributes(job: Job | None) -> dict[str, str]:
    """Return the attributes; each is there in every case, because a template may refer to it."""
    is_complete = job is not None and job.status == "Completed"
    losses = () if job is None else job.validation_losses
    training_loss = None if job is None else job.training_loss
    return {
        JOB_STATUS_ATTRIBUTE: job.status if job else "",
        OUTPUT_MODEL_ARN_ATTRIBUTE: job.model_arn if job and is_complete and job.has_model else "",
        TRAINING_LOSS_ATTRIBUTE: "" if training_loss is None else str(training_loss),
        VALIDATION_LOSS_ATTRIBUTE: ",".join(map(str, losses)),
        FAILURE_MESSAGE_ATTRIBUTE: messages.failure_message(job) if job else "",
    }
