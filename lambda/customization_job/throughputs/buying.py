"""A Create or an Update of a throughput that is no rollback: it is in service with the model in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..frame.errors import AwsError
from ..frame.observe import attempts
from ..frame.stack import UNKNOWN_RESOURCE
from ..serving.actions import ActionError
from ..serving.applying import Applying
from ..serving.decisions import Fail
from . import decide, messages
from .ports import Throughput

if TYPE_CHECKING:
    from ..frame.response import Outcome
    from ..frame.stack import StackState
    from ..serving.decisions import Decision, Observation
    from .task import Task


_READS = 5
"""How often the resource is read: what CloudFormation shows of it may be a moment old."""


class Buying(Applying[Throughput]):
    """One Create or Update that is no rollback.

    Args:
        task: the event.
    """

    def __init__(self, task: Task) -> None:
        super().__init__(task, task.change)
        self._throughput_task = task
        self._change = task.change
        self._resource = UNKNOWN_RESOURCE

    def run(self, stack: StackState) -> Outcome:
        """Buy it, or change it, unless the Update asks for what Bedrock cannot change.

        Args:
            stack: the stack's status.
        """
        if reason := decide.why_impossible(self._change):
            return self._throughput_task.failed(reason)
        return super().run(stack)

    def decide(self, seen: Observation[Throughput]) -> Decision:
        """Return what is done next."""
        decision = decide.create_or_update(self._change, seen)
        if isinstance(decision, Fail) and seen.serving and seen.is_ours and not decision.is_removed:
            self._report_unknown(seen.serving, decision.reason)
        return decision

    def prepare(self) -> None:
        """Buy nothing that nobody waits for, and start before it what deletes the throughput in time.

        Lambda may deliver an event again in a later operation, which knows nothing of what that buys.
        """
        if not self._is_awaited():
            raise ActionError(messages.SENTENCES.out_of_date)
        self._start_expiry()

    def _is_awaited(self, arn: str = "") -> bool:
        """Return whether CloudFormation shows that it waits for the response, or has the throughput."""
        expected = f"{self._change.request_type.upper()}_IN_PROGRESS"
        for _ in attempts(self._retry, _READS):
            self._resource = self._task.resource()
            if self._resource.status == expected or self._resource.has_current(arn):
                return True
        return False

    def _check_known(self, throughput: Throughput) -> None:
        """Keep nothing that nobody knows of: a later operation has begun, which does not wait for this event.

        What this attempt has bought is deleted. Anything else may have been retained, and is only reported.
        """
        if self._is_awaited(throughput.arn) or not self._resource.is_known:
            return
        task, sentence = self._throughput_task, messages.SENTENCES.out_of_date
        if self._asked is not None and not self._asked.is_update:
            task.discard(throughput)
        else:
            task.write_left(throughput, sentence)
        raise ActionError(sentence)

    def _start_expiry(self) -> None:
        try:
            self._throughput_task.start_expiry()
        except AwsError as error:
            raise ActionError(messages.not_scheduled(error)) from None

    def keep(self, serving: Throughput | None) -> Outcome:
        """Give it the name and the tags, and return that the event succeeded."""
        task, change = self._throughput_task, self._change
        if serving:
            self._check_known(serving)
            if task.actions.tags_of(serving) is None and change.is_expiry_changed:
                raise ActionError(messages.TAGS_UNREAD)
            self._rename(serving)
            task.actions.update_tags(serving, change.desired.tags, change.previous.tags)
            self._start_expiry()
        return task.succeeded(serving)

    def _report_unknown(self, throughput: Throughput, reason: str) -> None:
        """Report one that the resource does not have: an earlier attempt has bought it before a rollback."""
        resource, names = self._task.resource(), (throughput.arn, throughput.name)
        if not resource.is_changing and not any(map(resource.has_current, names)):
            self._throughput_task.write_left(throughput, reason)

    def _rename(self, throughput: Throughput) -> None:
        """Give a throughput the desired name, and wait until Bedrock has done so."""
        task, name = self._throughput_task, self._change.name
        found: Throughput | None = throughput
        is_asked = False
        while found and found.name != name:
            if not is_asked:
                try:
                    task.throughputs.rename(found.arn, name)
                except AwsError as error:
                    raise ActionError(messages.not_renamed(found, name, error)) from None
                task.log.write("throughput renamed", throughputArn=found.arn, name=name)
                is_asked = True
            else:
                note = f"its name is still {found.name}"
                task.actions.wait(note, messages.SENTENCES.too_long(name, note, task.actions.waited))
            found = task.throughputs.get(throughput.arn)
