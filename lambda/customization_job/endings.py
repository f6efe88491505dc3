"""Stops jobs and deletes models, and does not believe it before Bedrock says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import decide, reasons
from .acts import DeleteModel, Done, Stop
from .ports import Bedrock, Job, Kind, Refusal

if TYPE_CHECKING:
    from .journal import Journal
    from .look import Look
    from .patience import Patience
    from .wire import Change

_POLL = 15.0
"""Seconds that a look at a stopping job is at most apart from the next."""

_STOPS = 12
"""How often a stop is asked for that Bedrock keeps refusing although the job runs."""

_TOO_LATE = (Kind.NOT_FOUND, Kind.CONFLICT, Kind.INVALID)
"""How Bedrock refuses to stop what does not run any more; which of them it uses is not documented."""


class Unfinished(Exception):  # noqa: N818 - something is left undone; the name is the domain's
    """A job or a model is still there that should not be."""


class Endings:
    """Ends the jobs of one event.

    Args:
        change: The event.
        bedrock: Bedrock.
        look: Reads jobs.
        patience: Tries again what passes by itself.
        journal: Where every act is written.
    """

    def __init__(
        self, change: Change, bedrock: Bedrock, look: Look, patience: Patience, journal: Journal
    ) -> None:
        self._change = change
        self._bedrock = bedrock
        self._look = look
        self._patience = patience
        self._journal = journal

    def end(self, job: Job, *, is_rollback: bool) -> None:
        """Carry a Delete out for one job, until nothing of it costs any more.

        Raises:
            Unfinished: It could not be stopped, or its model not be deleted.
        """
        asked, seen, attempt = False, job, 0
        while True:
            match decide.delete(self._change, seen, is_rollback=is_rollback):
                case Done(note=note):
                    return self._journal.write("job ended", jobArn=job.arn, decision=note)
                case DeleteModel():
                    return self._delete_model(seen)
                case Stop():
                    asked = self._ask_to_stop(seen) or asked
            if not self._patience.pause(attempt, _POLL):
                return self._give_up(seen, asked=asked)
            attempt += 1
            found = self._look.job(job.arn)
            if found is None:
                return self._journal.write("job ended", jobArn=job.arn, decision="gone")
            seen = found

    def stop(self, jobs: tuple[Job, ...]) -> None:
        """Stop jobs that nobody will own; what they come to is not waited for.

        Raises:
            Unfinished: One still runs.
        """
        for job in jobs:
            attempt, seen = 0, job
            while seen.is_running and not self._ask_to_stop(seen):
                if attempt == _STOPS or not self._patience.pause(attempt):
                    raise Unfinished(reasons.not_stopped(job.arn, ""))
                attempt += 1
                seen = self._look.job(job.arn) or seen

    def _ask_to_stop(self, job: Job) -> bool:
        """Ask once; False where Bedrock says that it comes too late, which the next look will show."""
        try:
            self._patience.call("StopModelCustomizationJob", lambda: self._bedrock.stop_job(job.arn))
        except Refusal as refusal:
            if refusal.kind in _TOO_LATE:
                return False
            reason = reasons.refused(refusal, self._change.wish)
            raise Unfinished(reasons.not_stopped(job.arn, reason)) from None
        self._journal.write("job asked to stop", jobArn=job.arn)
        return True

    def _delete_model(self, job: Job) -> None:
        try:
            self._patience.call("DeleteCustomModel", lambda: self._bedrock.delete_model(job.model_arn))
        except Refusal as refusal:
            if refusal.kind is Kind.CONFLICT:
                raise Unfinished(reasons.model_in_use(job.model_arn)) from None
            if refusal.kind is not Kind.NOT_FOUND:
                raise
        self._journal.write("model deleted", jobArn=job.arn, modelArn=job.model_arn)

    def _give_up(self, job: Job, *, asked: bool) -> None:
        """Settle for a job that is stopping: it cannot resume, and what it has trained is billed already."""
        if job.is_running and not asked:
            raise Unfinished(reasons.not_stopped(job.arn, ""))
        self._journal.write("job still stopping", "WARNING", jobArn=job.arn, jobStatus=job.status)
