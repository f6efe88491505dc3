"""Stops jobs and deletes models, and does not believe it before Bedrock says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..frame.errors import Kind, Refusal
from . import decide, messages
from .decisions import DeleteModel, Done, Ending, ModelFacts, Stop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..frame.log import Journal
    from ..frame.retry import Patience
    from .desired_state import Change
    from .observe import Look
    from .ports import Bedrock, Job

_POLL = 15.0
"""Seconds that a look at a stopping job is at most apart from the next."""

_STOPS = 12
"""How often a stop is asked for that Bedrock keeps refusing although the job runs."""

_TOO_LATE = (Kind.NOT_FOUND, Kind.CONFLICT, Kind.INVALID)
"""How Bedrock refuses to stop what does not run any more; which of them it uses is not documented."""

_STOP_COMMAND = "aws bedrock stop-model-customization-job --job-identifier"
_DELETE_COMMAND = "aws bedrock delete-custom-model --model-identifier"


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

    def end(self, job: Job, ending: Ending) -> None:
        """Carry a Delete out for one job, until nothing of it costs any more.

        Raises:
            Unfinished: It could not be stopped, or its model not be deleted.
        """
        asked, seen, attempt = False, job, 0
        while True:
            match decide.delete(self._change, seen, ending):
                case Done(note=note, is_left_running=True):
                    return self.leave(job, note)
                case Done(note=note):
                    return self._journal.write("job ended", jobArn=job.arn, decision=note)
                case DeleteModel():
                    return self._delete_model(seen, ending)
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
                    raise Unfinished(messages.not_stopped(job.arn, ""))
                attempt += 1
                seen = self._look.job(job.arn) or seen

    def leave(self, job: Job, note: str) -> None:
        """Leave a job running of which nobody can tell whether it should, and say how to stop it."""
        command = f"{_STOP_COMMAND} {job.arn}"
        self._journal.write("job left running", "ERROR", jobArn=job.arn, decision=note, command=command)

    def _ask_to_stop(self, job: Job) -> bool:
        """Ask once; False where Bedrock says that it comes too late, which the next look will show."""
        try:
            self._patience.call("StopModelCustomizationJob", lambda: self._bedrock.stop_job(job.arn))
        except Refusal as refusal:
            if refusal.kind in _TOO_LATE:
                return False
            reason = messages.refused(refusal, self._change.wish)
            raise Unfinished(messages.not_stopped(job.arn, reason)) from None
        self._journal.write("job asked to stop", jobArn=job.arn)
        return True

    def _delete_model(self, job: Job, ending: Ending) -> None:
        """Delete a model, if nothing speaks against it. What is kept is logged: a success has no reason."""
        facts = self._model_facts(job, ending)
        if reason := decide.why_model_stays(facts):
            if ending.state.is_deleted_whole and facts.served_by:
                raise Unfinished(messages.model_in_use(job.model_arn, facts.served_by))
            is_last = ending.state.is_deleted_whole or ending.standing.is_leaving
            return self._keep_model(job, reason, is_final=is_last or facts.served_by is None)
        try:
            self._patience.call("DeleteCustomModel", lambda: self._bedrock.delete_model(job.model_arn))
        except Refusal as refusal:
            if refusal.kind is Kind.CONFLICT and ending.state.is_deleted_whole:
                raise Unfinished(messages.model_in_use(job.model_arn)) from None
            if refusal.kind.is_denial or refusal.kind is Kind.CONFLICT:
                said = messages.KEPT_DENIED if refusal.kind.is_denial else refusal.code
                return self._keep_model(job, said, is_final=True)
            if refusal.kind is not Kind.NOT_FOUND:
                raise
        return self._journal.write("model deleted", jobArn=job.arn, modelArn=job.model_arn)

    def _model_facts(self, job: Job, ending: Ending) -> ModelFacts:
        """Ask only for what still matters: each question is a call."""
        facts = ModelFacts(state=ending.state, standing=ending.standing, has_successor=True, served_by=())
        if decide.why_model_stays(facts):
            return facts
        return ModelFacts(
            state=ending.state,
            standing=ending.standing,
            has_successor=ending.state.is_deleted_whole or self._look.has_successor(ending.standing, job),
            served_by=self._serving(job.model_arn),
        )

    def _serving(self, model_arn: str) -> Sequence[str] | None:
        try:
            return self._patience.call(
                "ListCustomModelDeployments", lambda: self._bedrock.serving(model_arn), is_needed=False
            )
        except Refusal as refusal:
            self._journal.write(
                "not listed", "WARNING", modelArn=model_arn, code=refusal.code or refusal.kind.value
            )
            return None

    def _keep_model(self, job: Job, reason: str, *, is_final: bool) -> None:
        """Log that a model stays; as an error where nothing deletes it later."""
        self._journal.write(
            "model kept",
            "ERROR" if is_final else "WARNING",
            jobArn=job.arn,
            modelArn=job.model_arn,
            decision=reason,
            command=f"{_DELETE_COMMAND} {job.model_arn}",
        )

    def _give_up(self, job: Job, *, asked: bool) -> None:
        """Settle for a job that is stopping: it cannot resume, and what it has trained is billed already."""
        if job.is_running and not asked:
            raise Unfinished(messages.not_stopped(job.arn, ""))
        self._journal.write("job still stopping", "WARNING", jobArn=job.arn, jobStatus=job.status)
