"""Carries decisions out: looks, decides, acts, and looks again."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from ..frame.errors import CREATE_JOB, Kind, Refusal
from ..frame.response import Outcome
from ..frame.stack import UNASKED, Stack, Stacks, StackState, Standing
from . import decide, messages
from .actions import Endings, Unfinished
from .decisions import Ending, Keep, Refuse, Seen, Start
from .desired_state import CREATE, DELETE, DELETE_MODEL, NOT_CREATED, RETAIN, UNCONFIRMED, Change, problems
from .identity import Token, operation_mark
from .observe import Look
from .ports import Bedrock, Job
from .tags import update_tags

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..frame.log import Journal
    from ..frame.retry import Patience

_DECISIONS = 5
"""How often an event is decided anew because the world changed between looking and acting."""

_NAME_IN_USE = (Kind.NAME_IN_USE, Kind.CONFLICT)
"""How Bedrock refuses to start a job whose name, or whose model's name, is taken; which it uses for models is
not documented."""


class Lifecycle:
    """One event, carried out.

    Args:
        change: The event.
        bedrock: Bedrock.
        stacks: CloudFormation.
        patience: Tries again what passes by itself, until the deadline.
        journal: Where every act is written.
    """

    def __init__(
        self, change: Change, bedrock: Bedrock, stacks: Stacks, patience: Patience, journal: Journal
    ) -> None:
        self._change = change
        self._bedrock = bedrock
        self._patience = patience
        self._journal = journal
        self._look = Look(change, bedrock, stacks, patience, journal)
        self._endings = Endings(change, bedrock, self._look, patience, journal)
        self._started: Job | None = None
        self._began = patience.now
        self.physical_id = change.physical_id or f"{NOT_CREATED}{change.request_id}"

    def run(self) -> Outcome:
        """Do what the event wants, or say why not. What was started and failed is stopped again."""
        try:
            return self._delete() if self._change.kind == DELETE else self._create_or_update()
        except Refusal as refusal:
            reason = messages.refused(refusal, self._change.wish)
        except Unfinished as unfinished:
            reason = str(unfinished)
        self.undo()
        return Outcome(physical_id=self.physical_id, failure=reason)

    def undo(self) -> None:
        """Stop what this event started, for CloudFormation will not hear of it; try it to the very end."""
        if self._started is None:
            return
        self._patience.extend()
        if self._look.standing().holds(self._started.arn):
            return  # another delivery of this event was answered with it
        try:
            self._endings.stop((self._started,))
        except Unfinished as unfinished:
            self._journal.write("job not stopped", "ERROR", jobArn=self._started.arn, reason=str(unfinished))

    def _create_or_update(self) -> Outcome:
        change = self._change
        faults = list(problems(change))
        if faults and (change.kind == CREATE or self._look.state().phase is not Stack.GOING_BACK):
            return self._failed(messages.invalid(faults))
        for _ in range(_DECISIONS):
            seen = self._look.seen()
            act = self._decide(seen)
            self._write_decision(act, seen)
            match act:
                case Keep():
                    return self._keep(act, seen)
                case Refuse():
                    return self._refuse(act)
                case Start() if outcome := self._start(act.generation, seen.state):
                    return outcome
        raise Refusal(Kind.CONFLICT, CREATE_JOB, "ConflictException")

    def _decide(self, seen: Seen) -> Keep | Start | Refuse:
        return (decide.create if self._change.kind == CREATE else decide.update)(self._change, seen)

    def _delete(self) -> Outcome:
        """End the job that the event means, then what else of this resource nobody owns any more."""
        state = self._look.state()
        standing = UNASKED if state.is_deleted_whole else self._look.standing()
        jobs = self._look.jobs_to_end(standing)
        if not jobs:
            self._journal.write("nothing to end", physicalResourceId=self._change.physical_id)
        ended = {job.arn for job in jobs}
        others = list(self._unowned(state, standing, ended))
        if any(self._is_newcomer(job, state) for job in others):
            # CloudFormation says that the resource leaves, yet a job was started for it just now: it is being
            # replaced, and nobody can tell which job stands.
            standing, others = UNASKED, []
        unfinished: list[str] = []
        searched = {job.arn for job in others}
        # The newest job is the one that runs. Models are looked for last: a job may have completed meanwhile.
        for job in chain(reversed(jobs), others, self._kept_before(state, ended)):
            ended.add(job.arn)
            try:
                ending = self._ending(job, state, standing, is_searched=job.arn in searched)
                self._endings.end(job, ending)
            except Unfinished as left:
                unfinished.append(str(left))
        if unfinished:
            raise Unfinished(" ".join(unfinished))
        return Outcome(physical_id=self._change.physical_id)

    def _ending(self, job: Job, state: StackState, standing: Standing, *, is_searched: bool) -> Ending:
        change = self._change
        return Ending(
            state=state,
            standing=standing,
            is_named=change.job_arn == job.arn,
            is_held=self._is_held(job, state, is_searched=is_searched),
            is_proven=bool(change.job_arn or change.origin),
            began_here=self._look.began_here(job, state) if state.is_rollback else None,
        )

    def _is_held(self, job: Job, state: StackState, *, is_searched: bool) -> bool | None:
        """Tell whether a job stands for another resource; asked only where the event does not name it.

        That can be so only after a stack refactoring. Where CloudFormation does not tell, a job that the
        event's own id or inputs lead to is taken for the event's; one that was searched for is not.
        """
        if job.arn == self._change.job_arn or state.is_deleted_whole:
            return False
        held = self._look.is_held(job)
        return held if is_searched else bool(held)

    def _unowned(self, state: StackState, standing: Standing, known: set[str]) -> Iterator[Job]:
        """Find running jobs of this resource that no event names, when nothing stands for it any more.

        A job is lost where an answer was, or where Bedrock showed it too late; this is the last event that
        can find it. `Retain` may have left jobs running on purpose, so they are not looked for.
        """
        is_last = state.is_deleted_whole or standing.is_leaving
        is_retained = self._change.wish.on_delete == RETAIN and not state.is_rollback_of_creation
        if not is_last or is_retained:
            return
        yield from self._listed("InProgress", known)

    def _kept_before(self, state: StackState, known: set[str]) -> Iterator[Job]:
        """Find the jobs whose models earlier events had to keep, when the stack is deleted."""
        is_wanted = self._change.wish.on_delete == DELETE_MODEL
        if is_wanted and state.is_deleted_whole and not state.is_rollback:
            yield from self._listed("Completed", known)

    def _listed(self, status: str, known: set[str]) -> Iterator[Job]:
        try:
            yield from self._look.jobs_of_owner(status, known)
        except Refusal as refusal:  # what the event names has been found without the list
            self._journal.write("jobs not listed", "WARNING", code=refusal.code or refusal.kind.value)

    def _is_newcomer(self, job: Job, state: StackState) -> bool:
        """Tell whether a job was started by an operation that goes forward, while its resource leaves."""
        if state.is_deleted_whole or state.is_rollback:
            return False
        return self._look.began_now(job, state)

    def _keep(self, act: Keep, seen: Seen) -> Outcome:
        self._endings.stop(act.stop)
        self._leave(act.left)
        if act.job is None:
            return Outcome(physical_id=self.physical_id, data=_attributes(Job(arn="", name="", status="")))
        if seen.stack is Stack.UNKNOWN:
            self._journal.write("tags not written", "ERROR", jobArn=act.job.arn)
        elif seen.stack.is_moving and not self._is_mine(act.job):
            self._update_tags(act.job, seen.stack)
        return Outcome(physical_id=act.job.arn, data=_attributes(act.job))

    def _refuse(self, act: Refuse) -> Outcome:
        if act.job and self._change.kind == CREATE:
            self.physical_id = act.job.arn
        self._endings.stop(act.stop)
        self._leave(act.left)
        return self._failed(act.reason)

    def _leave(self, jobs: tuple[Job, ...]) -> None:
        for job in jobs:
            self._endings.leave(job, "left alone: nobody can tell whether it stands or is wanted")

    def _start(self, generation: int, state: StackState) -> Outcome | None:
        """Start a job; None where another look is needed, because there is one of that name.

        Once the time for decisions is over nothing is started: the watchdog may have answered already.
        """
        if self._patience.left <= 0:
            raise Unfinished(messages.TOO_LATE)
        request = self._change.request(generation, str(self._token(generation, state)))
        name = str(request["jobName"])
        try:
            arn = self._patience.call(CREATE_JOB, lambda: self._create(request))
        except Refusal as refusal:
            if self._look.appears(name):
                return None
            if refusal.kind in _NAME_IN_USE:
                raise Unfinished(messages.name_in_use(refusal, request, self._change.wish)) from None
            raise
        model_name = str(request["customModelName"])
        self._started = job = Job(arn=arn, name=name, status="InProgress", model_name=model_name)
        self._remember(arn)
        self._journal.write("job started", jobArn=arn, jobName=name, generation=generation)
        return self._confirmed(job, state)

    def _confirmed(self, job: Job, before: StackState) -> Outcome:
        """Look once more whether anybody will own the job, for the stack may have failed meanwhile.

        It may even have failed and be in its next operation, whose status looks like that of this one.
        """
        after = self._look.state()
        is_next = after.changed != before.changed and after.is_later_than(self._began)
        is_waited_for = after.phase is Stack.LIVE and not is_next
        if is_waited_for or self._may_stand(job, after):
            return Outcome(physical_id=job.arn, data=_attributes(job))
        self._endings.stop((job,))
        return self._failed(messages.NEXT_OPERATION if is_next else messages.NOBODY_WAITS[after.phase])

    def _may_stand(self, job: Job, state: StackState) -> bool:
        """Tell whether a job stands although its operation seems to be over.

        Another delivery of the same event may have been answered meanwhile. In a status that no document
        names the resource itself says whether it is still waited for.
        """
        standing = self._look.standing()
        if standing.holds(job.arn):
            return not state.is_deleted_whole
        is_waited_for = standing.status.endswith("_IN_PROGRESS") or not standing.is_known
        return state.phase is Stack.SETTLED and is_waited_for

    def _create(self, request: Mapping[str, object]) -> str:
        before = self.physical_id
        self._remember(f"{UNCONFIRMED}{self._change.request_id}")
        try:
            return self._bedrock.create_job(request)
        except Refusal as refusal:
            if not refusal.kind.may_have_worked:
                self._remember(before)
            raise

    def _remember(self, physical_id: str) -> None:
        """Keep the best id known: what a Create answers when it fails. A failed Update keeps its old one."""
        if self._change.kind == CREATE:
            self.physical_id = physical_id

    def _failed(self, reason: str) -> Outcome:
        return Outcome(physical_id=self.physical_id, failure=reason)

    def _update_tags(self, job: Job, stack: Stack) -> None:
        try:
            update_tags(self._change, job, self._bedrock, self._patience, self._journal)
        except Refusal as refusal:
            if stack is not Stack.GOING_BACK:  # a rollback must not fail for a tag
                raise
            self._journal.write("tags refused", "WARNING", jobArn=job.arn, code=refusal.code)

    def _token(self, generation: int, state: StackState) -> Token:
        change = self._change
        stack, resource = change.owner
        return Token(
            stack=stack,
            resource=resource,
            fingerprint=change.wish.fingerprint,
            generation=generation,
            request=change.mark,
            infrastructure=change.wish.infrastructure,
            operation=operation_mark(state.changed),
            model_tags=change.wish.model_tags_mark,
        )

    def _is_mine(self, job: Job) -> bool:
        return decide.own_job(self._change, (job,)) is not None

    def _write_decision(self, act: Keep | Start | Refuse, seen: Seen) -> None:
        job = getattr(act, "job", None)
        has_failed = isinstance(act, Keep) and job is not None and not job.is_useful
        self._journal.write(
            "decided",
            "WARNING" if has_failed else "INFO",
            advice=messages.START_AGAIN if has_failed else None,
            decision=type(act).__name__,
            stack=seen.stack.name,
            jobArn=job.arn if job else None,
            note=getattr(act, "note", None) or getattr(act, "reason", None),
        )


def _attributes(job: Job) -> dict[str, str]:
    return {
        "JobArn": job.arn,
        "JobName": job.name,
        "CustomModelName": job.model_name,
        "JobStatus": job.status,
        "OutputModelArn": job.model_arn if job.has_model else "",
    }
