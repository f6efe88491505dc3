"""A Create or an Update of a deployment whose model the template names: it serves the model in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..frame.event import UPDATE
from ..serving.applying import Applying
from . import decide, messages
from .ports import Deployment

if TYPE_CHECKING:
    from ..frame.response import Outcome
    from ..serving.decisions import Decision, Observation
    from .task import Task


class Deploying(Applying[Deployment]):
    """One Create or Update that is no rollback.

    Args:
        task: the event.
    """

    quota_seconds = 300.0
    """The quota of deployments in progress ends by itself."""

    def __init__(self, task: Task) -> None:
        super().__init__(task, task.change)
        self._deployment_task = task
        self._change = task.change

    def decide(self, seen: Observation[Deployment]) -> Decision:
        """Return what is done next."""
        return decide.create_or_update(self._change, seen)

    def keep(self, serving: Deployment | None) -> Outcome:
        """Do what remains to be done, and return that the event succeeded."""
        change, task = self._change, self._deployment_task
        if change.request_type == UPDATE and change.desired.description != change.previous.description:
            task.log.write("description not changed", "WARNING", reason=messages.DESCRIPTION_KEPT)
        task.remove_old_parameter()
        if serving:
            task.actions.update_tags(serving, change.desired.tags, change.previous.tags)
        return task.succeeded(serving)
