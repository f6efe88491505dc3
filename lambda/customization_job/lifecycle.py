"""Carries decisions out: looks, decides, acts, and looks again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import decide, reasons
from .acts import Keep, Refuse, Seen, Start
from .answer import Outcome
from .endings import Endings, Unfinished
from .identity import Token
from .look import NOT_CREATED, UNCONFIRMED, Look
from .ports import Bedrock, Job, Kind, Refusal, Stacks
from .stack import Stack
from .tags import update_tags
from .wire import CREATE, DELETE, RETAIN, Change, problems

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .journal import Journal
    from .patience import Patience

_DECISIONS = 5
"""How often an event is decided anew because the world changed between looking and acting."""


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
        self.physical_id = change.physical_id or f"{NOT_CREATED}{change.request_id}"

    def run(self) -> Outcome:
        """Do what the event wants, or say why not. What was started and failed is stopped again."""
        try:
            return self._delete() if self._change.kind == DELETE else self._create_or_update()
        except Refusal as refusal:
            reason = reasons.refused(refusal, self._change.wish)
        except Unfinished as unfinished:
            reason = str(unfinished)
        self.undo()
        return Outcome(physical_id=self.physical_id, failure=reason)

    def undo(self) -> None:
        """Stop what this event started, for CloudFormation will not hear of it; try it to the very end."""
        if self._started is None:
            return
        self._patience.extend()
        try:
            self._endings.stop((self._started,))
        except Unfinished as unfinished:
            self._journal.write("job not stopped", "ERROR", jobArn=self._started.arn, reason=str(unfinished))

    def _create_or_update(self) -> Outcome:
        change = self._change
        faults = list(problems(change))
        if faults and (change.kind == CREATE or self._look.stack() is not Stack.GOING_BACK):
            return self._failed(reasons.invalid(faults))
        for _ in range(_DECISIONS):
            seen = self._look.seen()
            act = self._decide(seen)
            self._write_decision(act, seen)
            match act:
                case Keep():
                    return self._keep(act, seen)
                case Refuse():
                    return self._refuse(act)
                case Start() if outcome := self._start(act.generation):
                    return outcome
        raise Refusal(Kind.CONFLICT, "CreateModelCustomizationJob", "ConflictException")

    def _decide(self, seen: Seen) -> Keep | Start | Refuse:
        return (decide.create if self._change.kind == CREATE else decide.update)(self._change, seen)

    def _delete(self) -> Outcome:
        jobs = self._look.jobs_to_end()
        asks = jobs and self._change.wish.on_delete == RETAIN
        is_rollback = bool(asks and self._look.is_rolling_back())
        for job in reversed(jobs):  # the newest is the one that runs
            self._endings.end(job, is_rollback=is_rollback)
        if not jobs:
            self._journal.write("nothing to end", physicalResourceId=self._change.physical_id)
        return Outcome(physical_id=self._change.physical_id)

    def _keep(self, act: Keep, seen: Seen) -> Outcome:
        self._endings.stop(act.stop)
        if act.job is None:
            return Outcome(physical_id=self.physical_id, data=_attributes(Job(arn="", name="", status="")))
        if seen.stack.is_moving and not self._is_mine(act.job):
            self._update_tags(act.job, seen.stack)
        return Outcome(physical_id=act.job.arn, data=_attributes(act.job))

    def _refuse(self, act: Refuse) -> Outcome:
        if act.job and self._change.kind == CREATE:
            self.physical_id = act.job.arn
        self._endings.stop(act.stop)
        return self._failed(act.reason)

    def _start(self, generation: int) -> Outcome | None:
        """Start a job; None where another look is needed, because there is one of that name.

        Once the time for decisions is over nothing is started: the watchdog may have answered already.
        """
        if self._patience.left <= 0:
            raise Unfinished(reasons.TOO_LATE)
        request = self._change.request(generation, str(self._token(generation)))
        name = str(request["jobName"])
        try:
            arn = self._patience.call("CreateModelCustomizationJob", lambda: self._create(request))
        except Refusal:
            if self._look.appears(name):
                return None
            raise
        model_name = str(request["customModelName"])
        self._started = job = Job(arn=arn, name=name, status="InProgress", model_name=model_name)
        self._remember(arn)
        self._journal.write("job started", jobArn=arn, jobName=name, generation=generation)
        return self._confirmed(job)

    def _confirmed(self, job: Job) -> Outcome:
        """Look once more whether anybody will own the job, for the stack may have failed meanwhile."""
        stack = self._look.stack()
        if not stack.is_over and stack is not Stack.UNKNOWN:
            return Outcome(physical_id=job.arn, data=_attributes(job))
        self._endings.stop((job,))
        return self._failed(reasons.NOBODY_WAITS[stack])

    def _create(self, request: Mapping[str, object]) -> str:
        before = self.physical_id
        self._remember(f"{UNCONFIRMED}{self._change.request_id}")
        try:
            return self._bedrock.create_job(request)
        except Refusal as refusal:
            if refusal.kind not in (Kind.NO_ANSWER, Kind.UNREACHABLE):
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

    def _token(self, generation: int) -> Token:
        change = self._change
        return Token(
            owner=change.owner,
            fingerprint=change.wish.fingerprint,
            generation=generation,
            request=change.mark,
            infrastructure=change.wish.infrastructure,
        )

    def _is_mine(self, job: Job) -> bool:
        return decide.own_job(self._change, (job,)) is not None

    def _write_decision(self, act: Keep | Start | Refuse, seen: Seen) -> None:
        job = getattr(act, "job", None)
        self._journal.write(
            "decided",
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
