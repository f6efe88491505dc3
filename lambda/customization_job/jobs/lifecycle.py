"""Carries out one event: observe, decide, act, and observe again."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from contract.resource import TRAINING_LIMIT_PROPERTY, WAIT_PROPERTY

from ..frame.errors import CREATE_JOB, AwsError, ErrorKind
from ..frame.event import CREATE, DELETE, NOT_CREATED, UNCONFIRMED
from ..frame.response import Outcome
from ..frame.stack import UNKNOWN_RESOURCE, ResourceState, StackPhase, StackState
from . import decide, messages
from .actions import ActionError, Actions
from .decisions import Fail, JobFacts, Keep, Observation, Start
from .desired_state import DELETE_MODEL, RETAIN, Change, problems
from .identity import ClientToken, operation_hash
from .observe import Observer
from .ports import Job

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..services import Services

_DECISIONS = 5
"""How often an event is decided again because something changed between observing and acting."""

_NAME_IN_USE = (ErrorKind.NAME_IN_USE, ErrorKind.CONFLICT)
"""How Bedrock rejects a job whose name, or whose model's name, is taken; which it uses for models is not
documented."""


class JobLifecycle:
    """One event of a customization job.

    Args:
        change: the event.
        services: the services of AWS.
    """

    def __init__(self, change: Change, services: Services) -> None:
        self._change = change
        self._services = services
        self._bedrock = services.bedrock
        self._retry = services.retry
        self._log = services.log
        self._observer = Observer(change, services)
        self._actions = Actions(change, services.bedrock, self._observer, services.retry, services.log)
        self._started: Job | None = None
        self._began = services.retry.now
        self.physical_id = change.physical_id or f"{NOT_CREATED}{change.request_id}"

    def run(self) -> Outcome:
        """Do what the event asks for, or return why not. A job of a failed event is stopped again."""
        try:
            return self._delete() if self._change.request_type == DELETE else self._create_or_update()
        except AwsError as error:
            reason = messages.call_failed(error, self._change.desired)
        except ActionError as error:
            reason = str(error)
        self.undo()
        return self._failed(reason)

    def undo(self) -> None:
        """Stop what this event started, because the event is reported as failed; retry until time is up."""
        if self._started is None:
            return
        self._retry.extend()
        if self._observer.resource().has_current(self._started.arn):
            return  # another delivery of this event has responded with it
        try:
            self._actions.stop((self._started,))
        except ActionError as error:
            self._log.write("job not stopped", "ERROR", jobArn=self._started.arn, reason=str(error))

    def _create_or_update(self) -> Outcome:
        change = self._change
        found = list(problems(change))
        is_create = change.request_type == CREATE
        if found and (is_create or self._observer.stack().phase is not StackPhase.ROLLING_BACK):
            return self._failed(messages.invalid(found))
        for _ in range(_DECISIONS):
            observed = self._observer.observe()
            decision = self._decide(observed)
            self._write_decision(decision, observed)
            match decision:
                case Keep():
                    return self._keep(decision, observed)
                case Fail():
                    return self._fail(decision)
                case Start() if outcome := self._start(decision.generation, observed.stack):
                    return outcome
        raise AwsError(ErrorKind.CONFLICT, CREATE_JOB, "ConflictException")

    def _decide(self, observed: Observation) -> Keep | Start | Fail:
        is_create = self._change.request_type == CREATE
        return (decide.create if is_create else decide.update)(self._change, observed)

    def _delete(self) -> Outcome:
        """End the job that the event is about, and the resource's other jobs that are not needed any more."""
        stack = self._observer.stack()
        resource = UNKNOWN_RESOURCE if stack.is_deleted_whole else self._observer.resource()
        jobs = self._observer.jobs_to_delete(resource)
        if not jobs:
            self._log.write("no job found", physicalResourceId=self._change.physical_id)
        done = {job.arn for job in jobs}
        others = list(self._other_running_jobs(stack, resource, done))
        if any(self._is_replacement(job, stack) for job in others):
            # The status shows that the resource is leaving, yet a job was started for it just now: it is
            # being replaced, and which job is the current one is unknown.
            resource, others = UNKNOWN_RESOURCE, []
        searched = {job.arn for job in others}
        unfinished: list[str] = []
        # The newest job is the one that runs. Models are looked for last: a job may have completed meanwhile.
        for job in chain(reversed(jobs), others, self._other_complete_jobs(stack, done)):
            done.add(job.arn)
            try:
                facts = self._job_facts(job, stack, resource, is_searched=job.arn in searched)
                self._actions.delete(job, facts)
            except ActionError as error:
                unfinished.append(str(error))
        if unfinished:
            raise ActionError(" ".join(unfinished))
        return Outcome(physical_id=self._change.physical_id)

    def _job_facts(
        self, job: Job, stack: StackState, resource: ResourceState, *, is_searched: bool
    ) -> JobFacts:
        change = self._change
        return JobFacts(
            stack=stack,
            resource=resource,
            is_named=change.job_arn == job.arn,
            is_used_elsewhere=self._is_used_elsewhere(job, stack, is_searched=is_searched),
            is_proven=bool(change.job_arn or change.origin),
            started_here=self._observer.started_here(job, stack) if stack.is_rollback else None,
        )

    def _is_used_elsewhere(self, job: Job, stack: StackState, *, is_searched: bool) -> bool | None:
        """Return whether another resource has a job; asked only where the event does not name the job.

        That can be so only after a stack refactoring. Where it is unknown, a job that the event's own id or
        inputs lead to is taken for the event's; a job that was searched for is not.
        """
        if job.arn == self._change.job_arn or stack.is_deleted_whole:
            return False
        is_used = self._observer.is_used_elsewhere(job)
        return is_used if is_searched else bool(is_used)

    def _other_running_jobs(
        self, stack: StackState, resource: ResourceState, known: set[str]
    ) -> Iterator[Job]:
        """Find running jobs of this resource that no event names, when the resource is leaving the stack.

        A job is lost where a response was, or where Bedrock showed it too late; this is the last event that
        can find it. `Retain` may have left jobs running on purpose, so they are not looked for.
        """
        is_last = stack.is_deleted_whole or resource.is_leaving
        is_retained = self._change.desired.on_delete == RETAIN and not stack.is_rollback_of_creation
        if is_last and not is_retained:
            yield from self._listed("InProgress", known)

    def _other_complete_jobs(self, stack: StackState, known: set[str]) -> Iterator[Job]:
        """Find the jobs whose models earlier events had to keep, when the stack is deleted."""
        is_asked_for = self._change.desired.on_delete == DELETE_MODEL
        if is_asked_for and stack.is_deleted_whole and not stack.is_rollback:
            yield from self._listed("Completed", known)

    def _listed(self, status: str, known: set[str]) -> Iterator[Job]:
        try:
            yield from self._observer.jobs_of_resource(status, known)
        except AwsError as error:  # the job that the event names has been found without the list
            self._log.write("jobs not listed", "WARNING", code=error.reason)

    def _is_replacement(self, job: Job, stack: StackState) -> bool:
        """Return whether a deployment that is no rollback has started a job while its resource is leaving."""
        if stack.is_deleted_whole or stack.is_rollback:
            return False
        return self._observer.started_now(job, stack)

    def _keep(self, decision: Keep, observed: Observation) -> Outcome:
        self._end(decision)
        job = decision.job
        if job is None:
            return Outcome(physical_id=self.physical_id, data=_attributes(Job(arn="", name="", status="")))
        if observed.phase in (StackPhase.IN_PROGRESS, StackPhase.UNKNOWN):
            self._start_waiting(is_started=True)
        if observed.phase is StackPhase.UNKNOWN:
            self._log.write("tags not written", "ERROR", jobArn=job.arn)
        elif observed.phase.is_active and decide.job_of_event(self._change, (job,)) is None:
            self._update_tags(job, observed.phase)
        return Outcome(physical_id=job.arn, data=_attributes(job))

    def _fail(self, decision: Fail) -> Outcome:
        reason, job = decision.reason, decision.job
        if job:
            self._remember(job.arn)
            if job.is_running and job not in decision.stop:
                reason = messages.left_running(reason, job.arn)
        self._end(decision)
        return self._failed(reason)

    def _end(self, decision: Keep | Fail) -> None:
        self._actions.stop(decision.stop)
        for job in decision.unclear:
            self._actions.leave_running(job, "unchanged: it is unknown whether the job is needed")

    def _start(self, generation: int, stack: StackState) -> Outcome | None:
        """Start a job; return None where there is a job of that name, so that all must be observed again.

        Nothing is started after the deadline: the watchdog may have responded already.
        """
        self._check_limit()
        self._start_waiting(is_started=False)
        if self._retry.left <= 0:
            raise ActionError(messages.TOO_LATE)
        request = self._change.request(generation, str(self._token(generation, stack)))
        name = str(request["jobName"])
        try:
            arn = self._create(request)
        except AwsError as error:
            if self._observer.appears(name):
                return None
            if error.kind in _NAME_IN_USE:
                raise ActionError(messages.name_in_use(error, request, self._change.desired)) from None
            raise
        model_name = str(request["customModelName"])
        self._started = job = Job(arn=arn, name=name, status="InProgress", model_name=model_name)
        self._remember(arn)
        self._log.write("job started", jobArn=arn, jobName=name, generation=generation)
        return self._confirmed(job, stack)

    def _check_limit(self) -> None:
        """Compare the data with the limit of its tokens, if the template has one.

        Raises:
            ActionError: there is more of it, or it could not be compared.
        """
        properties = self._change.desired.properties
        if TRAINING_LIMIT_PROPERTY not in properties:
            return
        from .training_limit import why_too_much

        request = self._change.desired.request
        if reason := why_too_much(properties, [request], self._services.objects):
            raise ActionError(reason)

    def _start_waiting(self, *, is_started: bool) -> None:
        """Start the execution that signals the wait condition, if the template has one.

        Args:
            is_started: whether the job has been started.

        Raises:
            ActionError: the execution could not be started.
        """
        if WAIT_PROPERTY not in self._change.desired.properties:
            return
        from ..waiting.execution import start

        try:
            start(self._change, self._services)
        except AwsError as error:
            raise ActionError(messages.not_waited_for(error, is_started=is_started)) from None

    def _create(self, request: Mapping[str, object]) -> str:
        before = self.physical_id
        self._remember(f"{UNCONFIRMED}{self._change.request_id}")
        try:
            return self._bedrock.create_job(request)
        except AwsError as error:
            if not error.may_have_worked:
                self._remember(before)
            raise

    def _confirmed(self, job: Job, before: StackState) -> Outcome:
        """Read the stack's status again, because the operation may have failed while the job was started.

        The stack may even be in its next operation, whose status looks like that of this one.
        """
        after = self._observer.stack()
        is_next = after.changed != before.changed and after.is_later_than(self._began)
        is_waiting = after.phase is StackPhase.IN_PROGRESS and not is_next
        if is_waiting or self._may_be_current(job, after):
            return Outcome(physical_id=job.arn, data=_attributes(job))
        self._actions.stop((job,))
        return self._failed(messages.NEXT_OPERATION if is_next else messages.no_longer_in_progress(after))

    def _may_be_current(self, job: Job, stack: StackState) -> bool:
        """Return whether a job may be the resource's current one although its operation seems to be over.

        Another delivery of the same event may have responded meanwhile. In a status that is not documented,
        the resource's own status says whether CloudFormation still waits.
        """
        resource = self._observer.resource()
        if resource.has_current(job.arn):
            return not stack.is_deleted_whole
        is_waiting = resource.status.endswith("_IN_PROGRESS") or not resource.is_known
        return stack.phase is StackPhase.IDLE and is_waiting

    def _remember(self, physical_id: str) -> None:
        """Keep the best physical id known: a failed Create returns it, a failed Update its old one."""
        if self._change.request_type == CREATE:
            self.physical_id = physical_id

    def _failed(self, reason: str) -> Outcome:
        return Outcome(physical_id=self.physical_id, failure=reason)

    def _update_tags(self, job: Job, phase: StackPhase) -> None:
        try:
            self._actions.update_tags(job)
        except AwsError as error:
            if phase is not StackPhase.ROLLING_BACK:  # a rollback must not fail because of a tag
                raise
            self._log.write("tags refused", "WARNING", jobArn=job.arn, code=error.code)

    def _token(self, generation: int, stack: StackState) -> ClientToken:
        change = self._change
        stack_hash, resource_hash = change.owner
        return ClientToken(
            stack=stack_hash,
            resource=resource_hash,
            fingerprint=change.desired.fingerprint,
            generation=generation,
            request=change.request_hash,
            infrastructure=change.desired.infrastructure,
            operation=operation_hash(stack.changed),
            model_tags=change.desired.model_tags_code,
        )

    def _write_decision(self, decision: Keep | Start | Fail, observed: Observation) -> None:
        job = getattr(decision, "job", None)
        has_failed = isinstance(decision, Keep) and job is not None and not job.is_useful
        self._log.write(
            "decided",
            "WARNING" if has_failed else "INFO",
            advice=messages.START_AGAIN if has_failed else None,
            decision=type(decision).__name__,
            stack=observed.phase.name,
            jobArn=job.arn if job else None,
            note=getattr(decision, "note", None) or getattr(decision, "reason", None),
        )


def _attributes(job: Job) -> dict[str, str]:
    return {
        "JobArn": job.arn,
        "JobName": job.name,
        "CustomModelName": job.model_name,
        "JobStatus": job.status,
        "OutputModelArn": job.model_arn if job.has_model else "",
    }
