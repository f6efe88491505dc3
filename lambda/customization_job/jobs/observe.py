"""Asks Bedrock and CloudFormation for what a decision needs."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from ..frame.errors import Refusal
from ..frame.stack import UNASKED, Stack, Stacks, StackState, Standing
from .decide import is_of, own_job
from .decisions import Seen
from .desired_state import DELETE, RETAIN, UPDATE
from .identity import NO_OPERATION, Token, operation_mark

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from ..frame.log import Journal
    from ..frame.retry import Patience
    from .desired_state import Change, Wish
    from .ports import Bedrock, Job

_GENERATIONS = 1000
_LOOKS = 3
"""How often something is looked for that may not be readable yet, because it has only just been made."""

_LOOKS_FOR_HIDDEN = 5
"""How often a job is looked for that nobody has confirmed: Bedrock may show it up to 20 seconds late."""

_APART = (1.5, 3.0, 7.5, 11.0)
"""Seconds between one look and the next."""

_NAME = re.compile(r"[a-zA-Z0-9+.\-]{1,63}")


class Look:
    """Everything that is read about one event.

    Args:
        change: The event.
        bedrock: Bedrock.
        stacks: CloudFormation.
        patience: Tries again what passes by itself.
        journal: Where to write what could not be read.
    """

    def __init__(
        self, change: Change, bedrock: Bedrock, stacks: Stacks, patience: Patience, journal: Journal
    ) -> None:
        self._change = change
        self._bedrock = bedrock
        self._stacks = stacks
        self._patience = patience
        self._journal = journal
        self._beginnings: dict[float | None, float | None] = {}

    def seen(self) -> Seen:
        """Read all that a Create or an Update is decided by."""
        change, state = self._change, self.state()
        goes_back = state.phase is Stack.GOING_BACK and change.kind == UPDATE
        lost = self._lost_jobs() if goes_back else ()
        began = {job.arn: self.began_here(job, state) for job in lost}
        left = [job for job in lost if began[job.arn] is None and change.previous.on_delete == RETAIN]
        jobs = tuple(map(self._with_model, self._generations(change.wish)))
        standing = self.standing()
        mine, current = own_job(change, jobs), self._current(standing)
        return Seen(
            state=state,
            current=current,
            jobs=jobs,
            previous=tuple(job for job in lost if began[job.arn] is not False and job not in left),
            left=tuple(left),
            model_holder=self._model(change.wish.model_name) or "" if change.wish.model_name else "",
            standing=standing,
            began_here=self.began_here(mine, state) if mine and state.is_rollback else None,
            current_began_here=self.began_here(current, state) if current and goes_back else None,
            held=self._held(jobs, mine, current),
        )

    def state(self) -> StackState:
        """Read where the stack's operation stands.

        A stack at rest is asked again: what CloudFormation says may be a moment old.
        """
        found = StackState(status=None)
        try:
            for _ in self._looks(_LOOKS):
                found = self._patience.call(
                    "DescribeStacks",
                    lambda: self._stacks.get_stack(self._change.stack_id),
                    is_needed=self._change.kind != DELETE,
                )
                if found.phase.is_moving or (self._change.kind == DELETE and found.is_in_progress):
                    break
        except Refusal as refusal:
            self._journal.write("stack not read", "ERROR", code=refusal.code or refusal.kind.value)
            return StackState(status=None)
        return found

    def standing(self) -> Standing:
        """Read which physical id stands for the resource; where that is refused, nobody knows."""
        change = self._change
        try:
            return self._patience.call(
                "DescribeStackResource",
                lambda: self._stacks.get_resource(change.stack_id, change.logical_id),
                is_needed=False,
            )
        except Refusal as refusal:
            self._journal.write("resource not read", "WARNING", code=refusal.code or refusal.kind.value)
            return UNASKED

    def is_held(self, job: Job) -> bool | None:
        """Tell whether a job stands for another resource of the stack; None where CloudFormation refuses.

        A stack refactoring may have given the job's resource another logical id, and somebody may have used
        the old one again.
        """
        return None if self._elsewhere is None else job.arn in self._elsewhere

    def began_here(self, job: Job, state: StackState) -> bool | None:
        """Tell whether the operation that is taken back started a job; None where nobody can tell.

        CloudFormation's time of the last operation proves it where it is the one in the job's token, or lies
        before the job. Where it lies behind the job, either the job is older or the rollback has moved the
        time, which is not documented; then the stack's events decide.
        """
        if state.is_rollback_of_creation or self.began_now(job, state):
            return True
        if job.created is None:
            return None
        if state.changed not in self._beginnings:  # one answer for all jobs of the operation
            self._beginnings[state.changed] = self._operation_began()
        began = self._beginnings[state.changed]
        return None if began is None else job.created >= began

    def began_now(self, job: Job, state: StackState) -> bool:
        """Tell whether CloudFormation's time of the last operation proves that it started a job."""
        token = Token.read(job.token)
        if token and token.operation == operation_mark(state.changed) != NO_OPERATION:
            return True
        return job.created is not None and state.changed is not None and job.created > state.changed

    def job(self, identifier: str) -> Job | None:
        """Find a job by ARN or name."""
        return self._patience.call("GetModelCustomizationJob", lambda: self._bedrock.get_job(identifier))

    def appears(self, name: str) -> bool:
        """Tell whether a job of this name exists, or comes to be seen in a moment."""
        return any(self.job(name) for _ in self._looks(_LOOKS))

    def jobs_to_end(self, standing: Standing) -> tuple[Job, ...]:
        """Find what a Delete is about: the job that its id names, or all that its properties lead to.

        An id of ours names the event that could have started a job, and only that event's jobs are meant. An
        id that CloudFormation made up belongs to a Create whose answer it never had.
        """
        change = self._change
        if change.job_arn:
            job = self._named_job()
            if job and not self._is_ours(job, standing):
                self._journal.write("job left alone", jobArn=job.arn, decision="it belongs to another stack")
                return ()
            return (job,) if job else ()
        is_sure = change.is_sure
        try:
            found = self._ours(change.wish, looks=1 if is_sure else _LOOKS_FOR_HIDDEN)
        except Refusal as refusal:
            if not is_sure:
                raise
            self._journal.write("not looked for", "WARNING", code=refusal.code or refusal.kind.value)
            return ()
        return tuple(job for job in found if not change.origin or _request_of(job) == change.origin)

    def jobs_of_owner(self, status: str, but: Collection[str]) -> Iterator[Job]:
        """Give every job of this resource in one status, whatever its inputs: one list, and a look at each.

        Only a job itself tells its token, so every job of the account is read until time is up.

        Args:
            status: Such as `InProgress`.
            but: ARNs of jobs that are known already.
        """
        arns = self._patience.call(
            "ListModelCustomizationJobs", lambda: self._bedrock.list_jobs(status), is_needed=False
        )
        for arn in arns:
            if arn in but:
                continue
            if self._patience.left <= 0:
                self._journal.write("not all jobs read", "WARNING", jobStatus=status)
                return
            job = self.job(arn)
            token = Token.read(job.token) if job else None
            if job and token and token.owner == self._change.owner:
                yield job

    def has_successor(self, standing: Standing, job: Job) -> bool:
        """Tell whether the job that stands for the resource is another, complete, and has its own model."""
        if not standing.is_known or standing.physical_id in ("", job.arn):
            return False
        found = self.job(standing.physical_id) if self._change.is_job_arn(standing.physical_id) else None
        if found is None or found.status != "Completed" or found.model_arn == job.model_arn:
            return False
        return bool(found.model_arn) and self._model(found.model_arn) is not None

    @cached_property
    def _elsewhere(self) -> frozenset[str] | None:
        """What stands for the other resources of the stack; None where CloudFormation refuses."""
        change = self._change
        try:
            found = self._patience.call(
                "ListStackResources",
                lambda: self._stacks.list_resources(change.stack_id),
                is_needed=False,
            )
        except Refusal as refusal:
            self._journal.write("resources not listed", "WARNING", code=refusal.code or refusal.kind.value)
            return None
        return frozenset(held for name, held in found.items() if name != change.logical_id)

    def _operation_began(self) -> float | None:
        try:
            return self._patience.call(
                "DescribeStackEvents",
                lambda: self._stacks.operation_began(self._change.stack_id),
                is_needed=False,
            )
        except Refusal as refusal:
            self._journal.write("events not read", "WARNING", code=refusal.code or refusal.kind.value)
            return None

    def _held(self, jobs: tuple[Job, ...], mine: Job | None, current: Job | None) -> frozenset[str]:
        """Find the jobs that could be adopted but stand for another resource of the stack."""
        known = {job.arn for job in (mine, current) if job}
        free = [job for job in jobs if job.is_useful and job.arn not in known]
        return frozenset(job.arn for job in free if self.is_held(job))

    def _lost_jobs(self) -> tuple[Job, ...]:
        """Find the jobs of the properties that a rollback leaves; one may have been started unheard."""
        change = self._change
        before, after = change.previous, change.wish
        if (before.fingerprint, before.infrastructure) == (after.fingerprint, after.infrastructure):
            return ()
        found = self._ours(before, looks=_LOOKS_FOR_HIDDEN)
        return tuple(job for job in found if job.is_running)

    def _ours(self, wish: Wish, *, looks: int) -> tuple[Job, ...]:
        """Find this resource's jobs of a wish; look again for one that runs and may not be readable yet.

        The job that the physical id names is known already, so it is not the one that is looked for.
        """
        jobs: tuple[Job, ...] = ()
        for _ in self._looks(looks):
            jobs = tuple(job for job in self._generations(wish) if is_of(self._change, wish, job))
            if any(job.is_running and job.arn != self._change.job_arn for job in jobs):
                break
        return jobs

    def _current(self, standing: Standing) -> Job | None:
        """Find the job that the event names, if it is ours, and whether its model still exists."""
        job = self._named_job()
        if job is None or not self._is_ours(job, standing):
            return None
        if job.status != "Completed":
            return job
        return replace(job, has_model=self._model(job.model_arn or job.model_name) is not None)

    def _is_ours(self, job: Job, standing: Standing) -> bool:
        """Tell whether a job that an event names by its ARN is this stack's to change.

        A resource may have been given another logical id, or another stack, by a stack refactoring, which
        sends no event; then only CloudFormation can say that the id stands here. A job that tells no token is
        believed: its ARN came from CloudFormation.
        """
        if not job.token:
            return True
        token = Token.read(job.token)
        if token is None:
            return False
        return token.stack == self._change.owner[0] or (standing.is_known and standing.physical_id == job.arn)

    def _named_job(self) -> Job | None:
        """Find the job that the physical id names. No job is ever deleted, so it is looked for again.

        A Delete may follow its Create within seconds, and what it does not find runs on.
        """
        arn = self._change.job_arn
        looks = _LOOKS_FOR_HIDDEN if self._change.kind == DELETE else _LOOKS
        found = (self.job(arn) for _ in self._looks(looks if arn else 0))
        return next(filter(None, found), None)

    def _looks(self, times: int) -> Iterator[None]:
        """Give as many looks, with a pause before each but the first, while there is time."""
        for attempt in range(times):
            if attempt and not self._patience.wait(_APART[attempt - 1]):
                return
            yield

    def _generations(self, wish: Wish) -> tuple[Job, ...]:
        """Walk the names of a wish until one is free."""
        found: list[Job] = []
        for generation in range(1 if wish.job_name else _GENERATIONS):
            name = self._change.job_name(wish, generation)
            job = self.job(name) if _NAME.fullmatch(name) else None
            if job is None:
                break
            found.append(job)
        return tuple(found)

    def _with_model(self, job: Job) -> Job:
        if job.status != "Completed" or not is_of(self._change, self._change.wish, job):
            return job
        return replace(job, has_model=self._model(job.model_arn or job.model_name) is not None)

    def _model(self, identifier: str) -> str | None:
        return self._patience.call("GetCustomModel", lambda: self._bedrock.get_model(identifier))


def _request_of(job: Job) -> str:
    token = Token.read(job.token)
    return token.request if token else ""
