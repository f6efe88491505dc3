"""Carries out one event of a sweep: writes the definition, and starts the execution that runs the trials.

No event starts a job. The tasks of the execution do, once the operation of the stack has succeeded; if it
fails, they find that the stack does not have their sweep, and end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from contract.sweeps import RESULTS_URI_ATTRIBUTE, TRIALS_ATTRIBUTE

from ..frame.advice import failed
from ..frame.errors import AwsError
from ..frame.event import DELETE, NOT_CREATED, UPDATE
from ..frame.observe import read_stack
from ..frame.response import Outcome
from ..frame.stack import StackPhase
from ..jobs.identity import request_hash
from ..jobs.training_limit import why_too_much
from . import definition, messages
from .definition import account_of
from .desired_state import problems
from .task import execution_input

if TYPE_CHECKING:
    from ..services import Services
    from .desired_state import Change


class SweepLifecycle:
    """One event of a sweep.

    Args:
        change: the event.
        services: the services of AWS.
    """

    def __init__(self, change: Change, services: Services) -> None:
        self._change = change
        self._services = services
        self.physical_id = change.physical_id or f"{NOT_CREATED}{change.request_id}"

    def run(self) -> Outcome:
        """Do what the event asks for, or return why not."""
        try:
            if self._change.request_type == DELETE:
                from .deletion import Deletion

                return Deletion(self._change, self._services).run()
            return self._create_or_update()
        except AwsError as error:
            return self._failed(messages.not_started(failed(error)))

    def undo(self) -> None:
        """Do nothing: an execution whose sweep the stack does not have starts nothing, and ends."""

    def _create_or_update(self) -> Outcome:
        change, services = self._change, self._services
        is_update = change.request_type == UPDATE
        stack = read_stack(services.stacks, change.stack_id, services.retry, services.log, is_delete=False)
        is_rollback = stack.phase is StackPhase.ROLLING_BACK
        found = list(problems(change.desired))
        if is_update and is_rollback:
            # The execution of the former definition has waited meanwhile.
            return Outcome(physical_id=self.physical_id) if found else self._succeeded()
        if found or is_rollback:
            return self._failed(messages.invalid(found) if found else messages.ROLLED_BACK)
        uri, content = definition.write(change.desired)
        is_running = str(uri) == change.physical_id and change.desired.machine == change.previous.machine
        if is_update and is_running:
            return self._succeeded()
        requests = [one.change.desired.request for one in change.desired.trials]
        if reason := why_too_much(change.desired.properties, requests, services.objects):
            return self._failed(reason)
        services.objects.put(uri.bucket, uri.key, account_of(change.stack_id), content)
        run = request_hash(change.request_id)
        name = f"{uri.digest[:16]}-{run}"
        services.executions.start(change.desired.machine, name, execution_input(change.desired, uri, run))
        services.log.write("sweep started", definition=str(uri), trials=change.desired.count, execution=name)
        return self._succeeded()

    def _succeeded(self) -> Outcome:
        uri, _ = definition.write(self._change.desired)
        count = str(self._change.desired.count)
        data = {RESULTS_URI_ATTRIBUTE: uri.results_uri, TRIALS_ATTRIBUTE: count}
        return Outcome(physical_id=str(uri), data=data)

    def _failed(self, reason: str) -> Outcome:
        return Outcome(physical_id=self.physical_id, failure=reason)
