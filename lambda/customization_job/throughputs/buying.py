"""A Create or an Update of a throughput that is no rollback: it is in service with the model in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..frame.errors import AwsError
from ..serving.actions import ActionError
from ..serving.applying import Applying
from . import decide, messages
from .ports import Throughput

if TYPE_CHECKING:
    from ..frame.response import Outcome
    from ..frame.stack import StackState
    from ..serving.decisions import Decision, Observation
    from .task import Task


class Buying(Applying[Throughput]):
    """One Create or Update that is no rollback.

    Args:
        task: the event.
    """

    def __init__(self, task: Task) -> None:
        super().__init__(task, task.change)
        self._throughput_task = task
        self._change = task.change

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
        return decide.create_or_update(self._change, seen)

    def prepare(self) -> None:
        """Start what deletes the throughput in time, before it is bought: else nothing might."""
        try:
            self._throughput_task.start_expiry()
        except AwsError as error:
            raise ActionError(messages.not_scheduled(error)) from None

    def keep(self, serving: Throughput | None) -> Outcome:
        """Give it the name and the tags, and return that the event succeeded."""
        task, change = self._throughput_task, self._change
        if serving:
            if task.actions.tags_of(serving) is None and change.is_expiry_changed:
                raise ActionError(messages.TAGS_UNREAD)
            self._rename(serving)
            task.actions.update_tags(serving, change.desired.tags, change.previous.tags)
            self.prepare()
        return task.succeeded(serving)

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
