"""Stops jobs, deletes models and changes tags, and trusts only what Bedrock then returns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contract.promotion import APPROVED_TAG

from ..frame.errors import AwsError, ErrorKind
from . import decide, messages
from .decisions import DeleteModel, Done, JobFacts, ModelFacts, Stop
from .identity import ClientToken

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..frame.log import Log
    from ..frame.retry import Retry
    from ..frame.stack import ResourceState, StackState
    from .desired_state import Change
    from .observe import Observer
    from .ports import Bedrock, Job

_POLL = 15.0
"""Seconds between two reads of a stopping job, at most."""

_STOPS = 12
"""How often a stop is retried that Bedrock keeps rejecting although the job runs."""

_TOO_LATE = (ErrorKind.NOT_FOUND, ErrorKind.CONFLICT, ErrorKind.INVALID)
"""How Bedrock rejects the stop of a job that does not run any more; which one it uses is not documented."""

_TAGS_REJECTED = (ErrorKind.NOT_FOUND, ErrorKind.INVALID, ErrorKind.CONFLICT)
"""How Bedrock rejects tags of a job that has ended."""

_STOP_COMMAND = "aws bedrock stop-model-customization-job --job-identifier"
_DELETE_COMMAND = "aws bedrock delete-custom-model --model-identifier"


class ActionError(Exception):
    """An action that could not be completed; the text is the reason for CloudFormation."""


class Actions:
    """Carries out decisions about jobs that exist.

    Args:
        change: the event.
        bedrock: Bedrock.
        observer: reads what a decision needs.
        retry: the time that is left.
        log: where every act is written.
    """

    def __init__(self, change: Change, bedrock: Bedrock, observer: Observer, retry: Retry, log: Log) -> None:
        self._change = change
        self._bedrock = bedrock
        self._observer = observer
        self._retry = retry
        self._log = log

    def delete(self, job: Job, facts: JobFacts) -> None:
        """Carry out a Delete for one job, until nothing of it is billed any more.

        Raises:
            ActionError: the job could not be stopped, or its model not be deleted.
        """
        was_asked, seen, attempt = False, job, 0
        while True:
            match decide.delete(self._change, seen, facts):
                case Done(note=note, is_left_running=True):
                    return self.leave_running(job, note)
                case Done(note=note):
                    return self._log.write("job ended", jobArn=job.arn, decision=note)
                case DeleteModel():
                    return self._delete_model(seen, facts)
                case Stop():
                    was_asked = self._ask_to_stop(seen) or was_asked
            if not self._retry.pause(attempt, _POLL):
                return self._give_up(seen, was_asked=was_asked)
            attempt += 1
            found = self._bedrock.get_job(job.arn)
            if found is None:
                return self._log.write("job ended", jobArn=job.arn, decision="the job was not found")
            seen = found

    def stop(self, jobs: tuple[Job, ...]) -> None:
        """Stop jobs that are no longer needed, without waiting for their end.

        Raises:
            ActionError: one still runs.
        """
        for job in jobs:
            attempt, seen = 0, job
            while seen.is_running and not self._ask_to_stop(seen):
                if attempt == _STOPS or not self._retry.pause(attempt):
                    raise ActionError(messages.not_stopped(job.arn, ""))
                attempt += 1
                seen = self._bedrock.get_job(job.arn) or seen

    def leave_running(self, job: Job, note: str) -> None:
        """Leave a job running of which it is unknown whether it is needed, and log how to stop it."""
        command = f"{_STOP_COMMAND} {job.arn}"
        self._log.write("job left running", "ERROR", jobArn=job.arn, decision=note, command=command)

    def update_tags(self, job: Job) -> None:
        """Give a job, and its model where it exists, the desired tags.

        Only what differs is sent, and only tags that the template gave before are removed; from a model also
        those that its job was started with, which the template may have dropped while there was no model yet,
        and from a job where no event says which tags the template gave before.
        That some ended jobs take no tags is no failure.

        Raises:
            AwsError: a job in progress, or a model, could not be tagged.
        """
        fields = {job.arn: "jobTags", **({job.model_arn: "customModelTags"} if job.model_arn else {})}
        for arn, field in fields.items():
            desired, previous = self._change.desired.tags(field), self._change.previous.tags(field)
            is_told = arn == job.arn and self._change.old_properties is not None
            token = None if is_told else ClientToken.read(job.token)
            if not desired and not previous and not (token and token.model_tags):
                continue
            try:
                tags = self._bedrock.get_tags(arn)
                present = {key: value for key, value in tags.items() if key != APPROVED_TAG}  # a person's
                ours = {key for key in present if key in previous or (token and token.has_model_tag(key))}
                changed = self._replace_tags(arn, present, desired, ours - set(desired))
            except AwsError as error:
                if job.is_running or error.kind not in _TAGS_REJECTED:
                    raise
                self._log.write(
                    "tags refused", "WARNING", resource=arn, code=error.code, jobStatus=job.status
                )
            else:
                self._log.write("tags updated", resource=arn, changed=changed)

    def _replace_tags(
        self, arn: str, present: Mapping[str, str], desired: Mapping[str, str], dropped: set[str]
    ) -> int:
        """Change the tags of one resource and return how many were changed."""
        new = {key: value for key, value in desired.items() if present.get(key) != value}
        if dropped:
            self._bedrock.remove_tags(arn, sorted(dropped))
        if new:
            self._bedrock.add_tags(arn, new)
        return len(dropped) + len(new)

    def _ask_to_stop(self, job: Job) -> bool:
        """Send one stop; return False where Bedrock rejects it as too late, which the next read will show."""
        try:
            self._bedrock.stop_job(job.arn)
        except AwsError as error:
            if error.kind in _TOO_LATE:
                return False
            cause = messages.call_failed(error, self._change.desired)
            raise ActionError(messages.not_stopped(job.arn, cause)) from None
        self._log.write("job asked to stop", jobArn=job.arn)
        return True

    def _delete_model(self, job: Job, facts: JobFacts) -> None:
        """Delete a model, or log why it is kept: CloudFormation shows no reason for a success."""
        model = self._model_facts(job, facts)
        if reason := decide.why_model_is_kept(model):
            if facts.stack.is_deleted_whole and model.served_by:
                raise ActionError(messages.model_in_use(job.model_arn, model.served_by))
            is_last = facts.stack.is_deleted_whole or facts.resource.is_leaving
            is_unread = None in (model.served_by, model.published_in, model.promotion)
            return self.keep_model(job, reason, is_final=is_last or is_unread)
        self.delete_unused_model(job, is_deleted_whole=facts.stack.is_deleted_whole)
        return None

    def delete_unused_model(self, job: Job, *, is_deleted_whole: bool = False) -> bool:
        """Delete a model that nothing needs, or log why it is kept; return whether it is gone.

        Args:
            job: its job.
            is_deleted_whole: whether the stack is deleted, so that it must not be kept for what uses it.

        Raises:
            ActionError: the stack is deleted, and something uses the model.
            AwsError: it could not be deleted.
        """
        try:
            self._bedrock.delete_model(job.model_arn)
        except AwsError as error:
            if error.kind is ErrorKind.CONFLICT and is_deleted_whole:
                raise ActionError(messages.model_in_use(job.model_arn)) from None
            if error.kind.is_denial or error.kind is ErrorKind.CONFLICT:
                reason = messages.KEPT_DENIED if error.kind.is_denial else error.code
                self.keep_model(job, reason, is_final=True)
                return False
            if error.kind is not ErrorKind.NOT_FOUND:
                raise
        self._log.write("model deleted", jobArn=job.arn, modelArn=job.model_arn)
        return True

    def _model_facts(self, job: Job, facts: JobFacts) -> ModelFacts:
        """Read only what still matters, because each part is a call."""
        model = ModelFacts(stack=facts.stack, resource=facts.resource, has_successor=True, served_by=())
        if decide.why_model_is_kept(model):
            return model
        is_deleted_whole = facts.stack.is_deleted_whole
        return ModelFacts(
            stack=facts.stack,
            resource=facts.resource,
            has_successor=is_deleted_whole or self._observer.has_successor(facts.resource, job),
            served_by=self.serving(job.model_arn),
            published_in=self._observer.publishing(job.model_arn, facts.stack),
            promotion="" if is_deleted_whole else self._observer.promoting(job, facts.resource),
        )

    def why_in_use(
        self, job: Job, stack: StackState, resource: ResourceState, others: Sequence[str] = ()
    ) -> str:
        """Return what needs a model, or may do so; "" where it is certain that nothing does.

        Args:
            job: the job of the model.
            stack: the stack's status.
            resource: the resource's physical id and status.
            others: the resource's other models. Default: only that of its current job is known.
        """
        return decide.why_model_is_in_use(
            ModelFacts(
                stack=stack,
                resource=resource,
                has_successor=True,
                served_by=self.serving(job.model_arn),
                published_in=self._observer.publishing(job.model_arn, stack),
                promotion=self._observer.promoting(job, resource, others),
            )
        )

    def serving(self, model_arn: str) -> Sequence[str] | None:
        """Return what serves a model; None where that cannot be read."""
        try:
            return self._bedrock.serving(model_arn)
        except AwsError as error:
            self._log.write("model use not listed", "WARNING", modelArn=model_arn, code=error.reason)
            return None

    def keep_model(self, job: Job, reason: str, *, is_final: bool) -> None:
        """Log that a model is kept; as an error where nothing deletes it later."""
        self._log.write(
            "model kept",
            "ERROR" if is_final else "WARNING",
            jobArn=job.arn,
            modelArn=job.model_arn,
            decision=reason,
            command=f"{_DELETE_COMMAND} {job.model_arn}",
        )

    def _give_up(self, job: Job, *, was_asked: bool) -> None:
        """Accept a job that is still stopping: it cannot resume, and its training is billed already."""
        if job.is_running and not was_asked:
            raise ActionError(messages.not_stopped(job.arn, ""))
        self._log.write("job still stopping", "WARNING", jobArn=job.arn, jobStatus=job.status)
