"""Asks Bedrock and CloudFormation for what a decision needs."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from .acts import Seen
from .decide import is_of
from .ports import Bedrock, Job, Refusal, Stacks
from .stack import Stack, read_stack
from .wire import UPDATE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .journal import Journal
    from .patience import Patience
    from .wire import Change, Wish

NOT_CREATED = "not-created/"
UNCONFIRMED = "unconfirmed/"

_GENERATIONS = 1000
_LOOKS = 3
"""How often something is looked for that may not be readable yet, because it has only just been made."""

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

    def seen(self) -> Seen:
        """Read all that a Create or an Update is decided by."""
        change, stack = self._change, self.stack()
        goes_back = stack is Stack.GOING_BACK and change.kind == UPDATE
        return Seen(
            stack=stack,
            current=self._named_job(),
            jobs=tuple(map(self._with_model, self._generations(change.wish))),
            previous=self._ours(change.previous, looks=_LOOKS) if goes_back else (),
            model_holder=self._model(change.wish.model_name) or "" if change.wish.model_name else "",
        )

    def stack(self) -> Stack:
        """Read where the stack's operation stands.

        A stack at rest is asked again: what CloudFormation says may be a moment old.
        """
        stack = Stack.UNKNOWN
        try:
            for _ in self._looks(_LOOKS):
                stack = read_stack(self._status())
                if stack.is_moving:
                    break
        except Refusal as refusal:
            self._journal.write("stack not read", "ERROR", code=refusal.code or refusal.kind.value)
            return Stack.UNKNOWN
        return stack

    def is_rolling_back(self) -> bool:
        """Tell whether the stack takes back what a failed deployment made; False where nobody says so."""
        try:
            return "ROLLBACK" in self._status()
        except Refusal:
            return False

    def job(self, identifier: str) -> Job | None:
        """Find a job by ARN or name."""
        return self._patience.call("GetModelCustomizationJob", lambda: self._bedrock.get_job(identifier))

    def appears(self, name: str) -> bool:
        """Tell whether a job of this name exists, or comes to be seen in a moment."""
        return any(
            self.job(name) for attempt in range(_LOOKS) if not attempt or self._patience.pause(attempt)
        )

    def jobs_to_end(self) -> tuple[Job, ...]:
        """Find what a Delete is about: the job that its id names, or all that its properties lead to.

        An id that CloudFormation made up belongs to a Create whose answer it never had.
        """
        change = self._change
        if change.job_arn:
            job = self._named_job()
            return (job,) if job else ()
        is_sure = change.physical_id.startswith(NOT_CREATED)
        try:
            return self._ours(change.wish, looks=1 if is_sure else _LOOKS)
        except Refusal as refusal:
            if not is_sure:
                raise
            self._journal.write("not looked for", "WARNING", code=refusal.code or refusal.kind.value)
            return ()

    def _status(self) -> str:
        return self._patience.call("DescribeStacks", lambda: self._stacks.get_status(self._change.stack_id))

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

    def _named_job(self) -> Job | None:
        """Find the job that the physical id names. No job is ever deleted, so it is looked for again."""
        arn = self._change.job_arn
        found = (self.job(arn) for _ in self._looks(_LOOKS if arn else 0))
        return next(filter(None, found), None)

    def _looks(self, times: int) -> Iterator[None]:
        """Give as many looks, with a pause before each but the first, while there is time."""
        for attempt in range(times):
            if attempt and not self._patience.pause(attempt - 1):
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
