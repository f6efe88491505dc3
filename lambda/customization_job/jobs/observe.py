"""Reads from Bedrock and CloudFormation what a decision needs."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from contract.resource import PUBLISHED_MODEL_TYPE

from ..frame.errors import AwsError
from ..frame.event import DELETE, NOT_CREATED, UPDATE
from ..frame.observe import READS, attempts, read_operation_began, read_resource, read_stack
from ..frame.stack import ResourceState, StackPhase, StackState
from .decide import is_job_for, job_of_event
from .decisions import Observation
from .desired_state import RETAIN
from .identity import NO_OPERATION, ClientToken, operation_hash

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from ..services import Services
    from .desired_state import Change, DesiredState
    from .ports import Job

_GENERATIONS = 1000
_READS_FOR_UNCONFIRMED = 5
"""How often a job is looked for whose start was not confirmed: Bedrock may show it 20 seconds late."""

_NAME = re.compile(r"[a-zA-Z0-9+.\-]{1,63}")


class Observer:
    """Everything that is read about one event.

    Args:
        change: the event.
        services: the services of AWS.
    """

    def __init__(self, change: Change, services: Services) -> None:
        self._change = change
        self._bedrock = services.bedrock
        self._stacks = services.stacks
        self._retry = services.retry
        self._log = services.log
        self._services = services
        self._beginnings: dict[float | None, float | None] = {}

    def observe(self) -> Observation:
        """Read everything that a Create or an Update is decided by."""
        change, stack = self._change, self.stack()
        is_rollback = stack.phase is StackPhase.ROLLING_BACK and change.request_type == UPDATE
        lost = self._jobs_that_failed() if is_rollback else ()
        started_here = {job.arn: self.started_here(job, stack) for job in lost}
        unclear = [
            job for job in lost if started_here[job.arn] is None and change.previous.on_delete == RETAIN
        ]
        jobs = tuple(map(self._with_model, self._generations(change.desired)))
        resource = self.resource()
        own, named = job_of_event(change, jobs), self._job_of_resource(resource)
        model_name = change.desired.model_name
        return Observation(
            stack=stack,
            named=named,
            jobs=jobs,
            failed=tuple(job for job in lost if started_here[job.arn] is not False and job not in unclear),
            unclear=tuple(unclear),
            model_holder=(self._bedrock.get_model(model_name) or "") if model_name else "",
            resource=resource,
            started_here=self.started_here(own, stack) if own and stack.is_rollback else None,
            named_started_here=self.started_here(named, stack) if named and is_rollback else None,
            used_elsewhere=self._used_elsewhere(jobs, own, named),
        )

    def stack(self) -> StackState:
        """Read the stack's status."""
        change, is_delete = self._change, self._change.request_type == DELETE
        return read_stack(self._stacks, change.stack_id, self._retry, self._log, is_delete=is_delete)

    def resource(self) -> ResourceState:
        """Read the resource's physical id and status."""
        return read_resource(self._stacks, self._change.stack_id, self._change.logical_id, self._log)

    def is_used_elsewhere(self, job: Job) -> bool | None:
        """Return whether another resource of the stack has a job; None where that is unknown.

        A stack refactoring may have given the job's resource another logical id, and the old one may be in
        use again.
        """
        return None if self._other_physical_ids is None else job.arn in self._other_physical_ids

    def started_here(self, job: Job, stack: StackState) -> bool | None:
        """Return whether the operation that is rolled back started a job; None where that is unknown.

        The time of the last operation proves it where it is the one in the job's token, or is earlier than
        the job. Where it is later than the job, either the job is older or the rollback has changed the time,
        which is not documented; then the stack's events decide.
        """
        if stack.is_rollback_of_creation or self.started_now(job, stack):
            return True
        if job.created is None:
            return None
        if stack.changed not in self._beginnings:  # read once for all jobs of the operation
            began = read_operation_began(self._stacks, self._change.stack_id, self._log)
            self._beginnings[stack.changed] = began
        began = self._beginnings[stack.changed]
        return None if began is None else job.created >= began

    def started_now(self, job: Job, stack: StackState) -> bool:
        """Return whether the time of the stack's last operation proves that it started a job."""
        token = ClientToken.read(job.token)
        if token and token.operation == operation_hash(stack.changed) != NO_OPERATION:
            return True
        return job.created is not None and stack.changed is not None and job.created > stack.changed

    def appears(self, name: str) -> bool:
        """Return whether a job of this name exists, or becomes visible in a moment."""
        return any(self._bedrock.get_job(name) for _ in self._reads(READS))

    def jobs_to_delete(self, resource: ResourceState) -> tuple[Job, ...]:
        """Find the jobs that a Delete is about: the one that its id names, or all of its properties.

        An id of ours names the event that could have started a job, and the Delete is about that event's jobs
        only. An id that CloudFormation generated belongs to a Create whose response never arrived.
        """
        change = self._change
        if change.job_arn:
            job = self._named_job()
            if job and not self._is_ours(job, resource):
                self._log.write("job left alone", jobArn=job.arn, decision="it belongs to another stack")
                return ()
            return (job,) if job else ()
        is_sure = change.has_started_nothing
        try:
            found = self._jobs_for(change.desired, reads=1 if is_sure else _READS_FOR_UNCONFIRMED)
        except AwsError as error:
            if not is_sure:
                raise
            self._log.write("job not looked for", "WARNING", code=error.reason)
            return ()
        return tuple(job for job in found if not change.origin or _request_of(job) == change.origin)

    def jobs_of_resource(self, status: str, known: Collection[str]) -> Iterator[Job]:
        """Yield every job of this resource in one status, with any inputs.

        A list does not show client tokens, so every job of the account is read until time is up.

        Args:
            status: such as `InProgress`.
            known: ARNs of jobs that are known already.
        """
        for arn in self._bedrock.list_jobs(status):
            if arn in known:
                continue
            if self._retry.left <= 0:
                self._log.write("not all jobs read", "WARNING", jobStatus=status)
                return
            job = self._bedrock.get_job(arn)
            token = ClientToken.read(job.token) if job else None
            if job and token and token.owner == self._change.owner:
                yield job

    def has_successor(self, resource: ResourceState, job: Job) -> bool:
        """Return whether the resource's current job is another one, complete, and has its own model."""
        current = resource.physical_id
        if not resource.is_known or current in ("", job.arn):
            return False
        found = self._bedrock.get_job(current) if self._change.is_job_arn(current) else None
        if found is None or found.status != "Completed" or found.model_arn == job.model_arn:
            return False
        return bool(found.model_arn) and self._bedrock.get_model(found.model_arn) is not None

    def publishing(self, model_arn: str, stack: StackState) -> Sequence[str] | None:
        """Return the parameters of the stack's published models that hold a model; None where unknown.

        A stack without published models is asked nothing of Systems Manager. When the stack is deleted, only
        the parameters are left that are to stay.

        Args:
            model_arn: the model's ARN.
            stack: the stack's status.
        """
        names = dict.fromkeys(self._change.desired.retained_parameters)
        try:
            if not stack.is_deleted_whole:
                ids = self._stacks.list_resources(self._change.stack_id, PUBLISHED_MODEL_TYPE).values()
                names |= dict.fromkeys(name for name in ids if name and not name.startswith(NOT_CREATED))
            found = [self._services.parameters.get(name, is_needed=False) for name in names]
        except AwsError as error:
            self._log.write("published models not read", "WARNING", modelArn=model_arn, code=error.reason)
            return None
        return [one.name for one in found if one and one.value == model_arn]

    def promoting(self, job: Job, resource: ResourceState, further: Sequence[str] = ()) -> str | None:
        """Return why the records of a promotion need a model; None where they could not be read.

        Args:
            job: the job of the model.
            resource: the resource's physical id and status, which names the current job.
            further: other models that may have replaced it. Default: only the model of the current job.
        """
        if not (found := self._change.desired.promotion_stores):
            return ""
        from ..promotion.needs import why_needed
        from ..promotion.store import Store, StoreError

        try:
            is_job = self._change.is_job_arn(resource.physical_id)
            current = self._bedrock.get_job(resource.physical_id) if is_job else None
            candidate = current.model_arn if current else ""
            others = [*([candidate] if candidate else []), *further]
            account = self._change.stack_id.split(":")[4]
            stores = [Store(bucket, prefix, account, self._services.objects) for bucket, prefix in found]
            return why_needed(job.model_arn, candidate, others, stores)
        except AwsError as error:
            reason = error.reason
        except StoreError as error:
            reason = str(error)
        self._log.write("promotion not read", "ERROR", reason=reason)
        return None

    @cached_property
    def _other_physical_ids(self) -> frozenset[str] | None:
        """The physical ids of the stack's other resources; None where they could not be listed."""
        try:
            found = self._stacks.list_resources(self._change.stack_id)
        except AwsError as error:
            self._log.write("resources not listed", "WARNING", code=error.reason)
            return None
        return frozenset(arn for name, arn in found.items() if name != self._change.logical_id)

    def _used_elsewhere(self, jobs: tuple[Job, ...], own: Job | None, named: Job | None) -> frozenset[str]:
        """Find the jobs that could be adopted but belong to another resource of the stack."""
        known = {job.arn for job in (own, named) if job}
        free = [job for job in jobs if job.is_useful and job.arn not in known]
        return frozenset(job.arn for job in free if self.is_used_elsewhere(job))

    def _jobs_that_failed(self) -> tuple[Job, ...]:
        """Find the running jobs of the properties that are rolled back; a response may have been lost."""
        change = self._change
        before, after = change.previous, change.desired
        if (before.fingerprint, before.infrastructure) == (after.fingerprint, after.infrastructure):
            return ()
        found = self._jobs_for(before, reads=_READS_FOR_UNCONFIRMED)
        return tuple(job for job in found if job.is_running)

    def _jobs_for(self, desired: DesiredState, *, reads: int) -> tuple[Job, ...]:
        """Find this resource's jobs for a desired state; read again for one that runs but is not visible yet.

        The job that the physical id names is known already, so it is not the one that is looked for.
        """
        jobs: tuple[Job, ...] = ()
        for _ in self._reads(reads):
            jobs = tuple(job for job in self._generations(desired) if is_job_for(self._change, desired, job))
            if any(job.is_running and job.arn != self._change.job_arn for job in jobs):
                break
        return jobs

    def _job_of_resource(self, resource: ResourceState) -> Job | None:
        """Find the job that the event names, if it is ours, and whether its model still exists."""
        job = self._named_job()
        if job is None or not self._is_ours(job, resource):
            return None
        return self._read_model(job) if job.status == "Completed" else job

    def _is_ours(self, job: Job, resource: ResourceState) -> bool:
        """Return whether a job that an event names by its ARN is this stack's to change.

        A resource may have been given another logical id, or another stack, by a stack refactoring, which
        sends no event; then only CloudFormation knows that the resource has the job. A job without a client
        token is accepted: its ARN came from CloudFormation.
        """
        if not job.token:
            return True
        token = ClientToken.read(job.token)
        if token is None:
            return False
        return token.stack == self._change.owner[0] or (resource.is_known and resource.physical_id == job.arn)

    def _named_job(self) -> Job | None:
        """Find the job that the physical id names. Jobs are never deleted, so a missing one is read again.

        A Delete may follow its Create within seconds, and a job that it does not find keeps running.
        """
        arn = self._change.job_arn
        reads = _READS_FOR_UNCONFIRMED if self._change.request_type == DELETE else READS
        found = (self._bedrock.get_job(arn) for _ in self._reads(reads if arn else 0))
        return next(filter(None, found), None)

    def _reads(self, times: int) -> Iterator[None]:
        """Yield as many times, with a pause before each but the first, while there is time."""
        return attempts(self._retry, times)

    def _generations(self, desired: DesiredState) -> tuple[Job, ...]:
        """Read the jobs of a desired state by their names, until a name is free."""
        found: list[Job] = []
        for generation in range(1 if desired.job_name else _GENERATIONS):
            name = self._change.job_name(desired, generation)
            job = self._bedrock.get_job(name) if _NAME.fullmatch(name) else None
            if job is None:
                break
            found.append(job)
        return tuple(found)

    def _with_model(self, job: Job) -> Job:
        is_relevant = job.status == "Completed" and is_job_for(self._change, self._change.desired, job)
        return self._read_model(job) if is_relevant else job

    def _read_model(self, job: Job) -> Job:
        return replace(job, has_model=self._bedrock.get_model(job.model_arn or job.model_name) is not None)


def _request_of(job: Job) -> str:
    token = ClientToken.read(job.token)
    return token.request if token else ""
