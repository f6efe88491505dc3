"""An Update of a rollback: the old model is served again. It neither waits nor fails, and buys nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..frame.errors import AwsError
from ..frame.response import Outcome
from ..serving.actions import ActionError
from ..serving.decisions import Observation, Remove, Update
from . import decide, messages

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..frame.stack import StackState
    from .ports import Throughput
    from .task import Task


class Rollback:
    """One Update with which a rollback goes back; what cannot be done now is only logged.

    Args:
        task: the event.
    """

    def __init__(self, task: Task) -> None:
        self._task = task
        self._change = task.change
        self._found: Throughput | None = None

    def run(self, stack: StackState, problems: list[str]) -> Outcome:
        """Ask for the old model and the old name, and delete what the failed operation has bought.

        Args:
            stack: the stack's status.
            problems: what is wrong with the properties.
        """
        task = self._task
        if problems:
            task.log.write("not rolled back", "ERROR", reason=messages.SENTENCES.invalid(problems))
        else:
            self._try(lambda: self._restore(stack))
        return Outcome(physical_id=self._change.physical_id, data=task.succeeded(self._found).data)

    def _try(self, action: Callable[[], object]) -> None:
        """Do what can be done, and log what cannot."""
        try:
            action()
        except AwsError as error:
            reason = messages.SENTENCES.call_failed(error)
        except ActionError as error:
            reason = str(error)
        else:
            return
        self._task.log.write("not rolled back", "ERROR", reason=reason)

    def _restore(self, stack: StackState) -> None:
        task, change = self._task, self._change
        throughput, is_ours = task.find()
        seen = Observation(stack=stack, now=task.retry.now, serving=throughput, is_ours=is_ours)
        is_new = task.created_here(throughput, stack) if throughput else False
        decision = decide.restore(change, seen, is_new=is_new)
        task.write_decision(decision, throughput, stack)
        if throughput is None or not is_ours:
            return
        if isinstance(decision, Remove):
            task.discard(throughput)
            return
        self._found = throughput
        if isinstance(decision, Update):
            self._try(lambda: self._give_back(throughput))
        if throughput.name != change.name:
            self._try(lambda: task.throughputs.rename(throughput.arn, change.name))
        task.actions.update_tags(throughput, change.desired.tags, change.previous.tags)
        task.start_expiry()

    def _give_back(self, throughput: Throughput) -> None:
        """Ask once for the old model. It may have been deleted: then the new one keeps serving."""
        model_arn = self._change.desired.model_arn
        try:
            self._task.actions.update(throughput, model_arn)
        except AwsError as error:
            raise ActionError(messages.SENTENCES.not_updated(throughput, model_arn, error)) from None
