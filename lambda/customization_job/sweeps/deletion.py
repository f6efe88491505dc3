"""Carries out the Delete of a sweep: ends the trials that the stack does not have any more.

After a change of the sweep that is every trial that the current definition lacks; when the sweep or the stack
is deleted, every one.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from ..frame.advice import failed
from ..frame.aws import read_timeout
from ..frame.errors import AwsError
from ..frame.event import NOT_CREATED
from ..frame.observe import read_resource, read_stack
from ..frame.response import Outcome
from ..frame.stack import UNKNOWN_RESOURCE, StackState
from ..jobs import desired_state as jobs
from ..jobs.actions import ActionError
from ..jobs.decisions import JobFacts
from ..jobs.observe import Observer
from . import decide, definition, messages
from .definition import DefinitionUri
from .trial import actions_of, jobs_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..jobs.ports import Job
    from ..services import Services
    from .desired_state import Change, Trial

_CALL = 1.5
"""How much longer than the call itself the start of a job may take, from the look at the stack before it."""


class Deletion:
    """One Delete of a sweep.

    Args:
        change: the event.
        services: the services of AWS.
    """

    def __init__(self, change: Change, services: Services) -> None:
        self._change = change
        self._services = services
        self._log = services.log
        self._stack = StackState(status=None)
        self._resource = UNKNOWN_RESOURCE
        self._found: dict[str, tuple[Job, jobs.Change]] = {}

    def run(self) -> Outcome:
        """End what is to be ended, or return why that was not possible."""
        try:
            self._delete()
        except ActionError as error:
            return self._outcome(str(error))
        except AwsError as error:
            return self._outcome(failed(error))
        return self._outcome()

    def _outcome(self, failure: str = "") -> Outcome:
        return Outcome(physical_id=self._change.physical_id, failure=failure)

    def _delete(self) -> None:
        change, services = self._change, self._services
        stacks, log = services.stacks, self._log
        self._stack = stack = read_stack(stacks, change.stack_id, services.retry, log, is_delete=True)
        if not stack.is_deleted_whole:
            self._resource = read_resource(stacks, change.stack_id, change.logical_id, log)
        if note := self._why_unchanged():
            log.write("sweep left alone", decision=note)
            return
        trials, is_certain = self._trials_to_end()
        if not is_certain and stack.status is None:
            raise ActionError(messages.STACK_UNREAD)
        self._find(trials, is_certain=is_certain)
        if not is_certain:
            return
        if late := self._wait_for_starts(trials):
            self._find(late)
        self._find_others()
        self._end_all()

    def _why_unchanged(self) -> str:
        """Return why nothing is to be ended; "" where something may be."""
        stack = self._stack
        if self._change.physical_id.startswith(NOT_CREATED):
            return messages.NEVER_STARTED
        if stack.is_rollback and not stack.is_deleted_whole:
            return messages.NEVER_STARTED
        is_retained = self._change.desired.on_delete == jobs.RETAIN and not stack.is_rollback_of_creation
        return messages.RETAINED if is_retained else ""

    @property
    def _is_last(self) -> bool:
        """Whether the sweep leaves the stack, and not only this definition of it."""
        return self._stack.is_deleted_whole or self._resource.is_leaving

    def _trials_to_end(self) -> tuple[list[Trial], bool]:
        """Return the trials that the stack does not have any more, and whether that is certain."""
        trials = list(self._change.desired.trials)
        if self._is_last:
            return trials, True
        current = self._current_fingerprints()
        if current is None:
            return trials, False
        return [trial for trial in trials if trial.fingerprint not in current], True

    def _current_fingerprints(self) -> frozenset[str] | None:
        """Return the fingerprints of the current sweep's trials; None where they cannot be read."""
        change, uri = self._change, DefinitionUri.read(self._resource.physical_id)
        if uri is None:
            return None
        try:
            found = definition.read(uri, change.stack_id, change.logical_id, self._services.objects)
        except AwsError as error:
            self._log.write("definition not read", "ERROR", definition=str(uri), code=error.reason)
            return None
        return None if found is None else frozenset(trial.fingerprint for trial in found.trials)

    def _find(self, trials: Iterable[Trial], *, is_certain: bool = True) -> None:
        """Find the jobs of trials, and ask those that run to stop before any of them is waited for.

        Args:
            trials: the trials.
            is_certain: whether the stack does not have them any more; else the jobs are left running.
        """
        for trial in trials:
            actions = actions_of(trial.change, self._services)
            for _, job in jobs_of(trial, self._services):
                if not decide.is_of_trial(trial, job):
                    continue
                self._found[job.arn] = (job, trial.change)
                if job.is_running and not is_certain:
                    actions.leave_running(job, messages.UNKNOWN_CURRENT)
                elif job.is_running:
                    with suppress(ActionError):  # it is tried again when all have been asked
                        actions.stop((job,))

    def _wait_for_starts(self, trials: list[Trial]) -> list[Trial]:
        """Wait for jobs that were about to be started; return the trials that must be read again then.

        A task looks at the stack before it starts a job: long after the operation began, nothing is started.
        In a rollback nothing has ever been started.
        """
        started = {change.desired.fingerprint for _, change in self._found.values()}
        late = [trial for trial in trials if trial.fingerprint not in started]
        retry = self._services.retry
        left = (self._stack.changed or retry.now) + _CALL * read_timeout() - retry.now
        if self._stack.is_rollback or not late or left <= 0:
            return []
        retry.wait(min(left, max(retry.left - 1, 0)))
        return late

    def _find_others(self) -> None:
        """Find jobs of former definitions when the sweep leaves the stack: no event names them any more."""
        if not self._is_last:
            return
        change = self._change.desired.change_of({})
        is_deleted = change.desired.on_delete == jobs.DELETE_MODEL and not self._stack.is_rollback
        statuses = ("InProgress", "Completed") if is_deleted else ("InProgress",)
        for status in statuses:
            try:
                others = Observer(change, self._services).jobs_of_resource(status, self._found.keys())
                self._found.update({job.arn: (job, change) for job in others})
            except AwsError as error:
                self._log.write("jobs not listed", "WARNING", code=error.reason)

    def _end_all(self) -> None:
        """End every job that was found.

        Raises:
            ActionError: some could not be ended.
        """
        unfinished: list[str] = []
        for job, change in self._found.values():
            try:
                seen = self._services.bedrock.get_job(job.arn) if job.is_running else job
                actions_of(change, self._services).delete(seen or job, self._facts())
            except ActionError as error:
                unfinished.append(str(error))
        if unfinished:
            raise ActionError(" ".join(unfinished))

    def _facts(self) -> JobFacts:
        is_ours = self._stack.is_rollback_of_creation
        return JobFacts(stack=self._stack, resource=self._resource, started_here=is_ours or None)
