"""What carrying out one event needs: the event, the services, and how it is responded to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic

from ..frame.event import CREATE, DELETE, NOT_CREATED
from ..frame.observe import is_created_here, read_resource, read_stack
from ..frame.response import Outcome
from .actions import POLL, ActionError, Actions, Owner
from .decide import UNREADABLE_SECONDS
from .ports import AnyServing

if TYPE_CHECKING:
    from ..frame.stack import ResourceState, StackState
    from ..services import Services
    from .desired_state import Desired, ServingChange
    from .ports import Serving, Servings
    from .sentences import Sentences


class Task(Generic[AnyServing]):
    """One event of a deployment or a throughput.

    Args:
        change: the event.
        services: the services of AWS.
        calls: the calls of Bedrock.
        sentences: what is said of it.
    """

    def __init__(
        self,
        change: ServingChange[Desired],
        services: Services,
        calls: Servings[AnyServing],
        sentences: Sentences,
    ) -> None:
        self.services = services
        self.retry = services.retry
        self.log = services.log
        self.owner = Owner(stack_id=change.stack_id, logical_id=change.logical_id)
        self.actions = Actions(self.owner, calls, sentences, services, change.properties)
        self.physical_id = change.physical_id or f"{NOT_CREATED}{change.request_id}"
        self.calls = calls
        self.sentences = sentences
        self._event = change
        self._noted = ""

    @property
    def is_create(self) -> bool:
        """Whether it is a Create."""
        return self._event.request_type == CREATE

    def stack(self) -> StackState:
        """Read the stack's status."""
        is_delete = self._event.request_type == DELETE
        return read_stack(
            self.services.stacks, self._event.stack_id, self.retry, self.log, is_delete=is_delete
        )

    def resource(self) -> ResourceState:
        """Read the resource's physical id and status."""
        return read_resource(self.services.stacks, self._event.stack_id, self._event.logical_id, self.log)

    def find(self) -> tuple[AnyServing | None, bool]:
        """Return what the event is about, and whether it belongs to the resource."""
        return self.actions.find(self._event.name)

    def remember(self, arn: str = "") -> None:
        """Keep the physical id of what an event has created, in case it fails: its Delete then has it.

        Args:
            arn: its ARN. Default: not known yet.
        """
        raise NotImplementedError

    def succeeded(self, serving: AnyServing | None) -> Outcome:
        """Return that the event succeeded.

        Args:
            serving: the deployment or throughput; None where there is none of ours.
        """
        raise NotImplementedError

    def created_here(self, serving: Serving, stack: StackState) -> bool | None:
        """Return whether the operation that is rolled back has created it; None where unknown."""
        return is_created_here(serving.created, stack, self.services.stacks, self._event.stack_id, self.log)

    def check_time(self) -> None:
        """Begin nothing after the deadline: the watchdog may have responded already.

        Raises:
            ActionError: it is over.
        """
        if self.retry.left <= 0:
            raise ActionError(self.sentences.too_late)

    def discard(self, serving: Serving) -> None:
        """Delete what an event that fails has created, without waiting; what remains is logged."""
        try:
            refused = self.actions.ask_to_delete(serving)
        except ActionError as error:
            return self.write_left(serving, str(error))
        if refused:
            self.write_left(serving, self.sentences.call_failed(refused))
        return None

    def discard_new(self, since: float) -> None:
        """Delete what this event has created, as soon as Bedrock shows it.

        The event fails because the stack is being rolled back, so that nobody waits for its response; and the
        rollback may not have seen what was created. What the resource has by then is left alone.

        Args:
            since: when it was created, in seconds since 1970.
        """
        found, is_ours = self.find()
        if found is None:
            found, is_ours = self._appearing(since + UNREADABLE_SECONDS)
            resource = self.resource()
            current = self._event.name if found is None else self.id_of(found)
            is_ours = is_ours and not (resource.is_changing or resource.has_current(current))
        if found and is_ours:
            self.discard(found)

    def id_of(self, serving: Serving) -> str:
        """Return the physical id of a resource that has it."""
        return serving.name

    def _appearing(self, until: float) -> tuple[AnyServing | None, bool]:
        found: tuple[AnyServing | None, bool] = (None, True)
        while found[0] is None and self.retry.now < until and self.retry.wait(POLL):
            found = self.find()
        return found

    def failed(self, reason: str) -> Outcome:
        """Return that the event failed."""
        return Outcome(physical_id=self.physical_id, failure=reason)

    def write_decision(self, decision: object, serving: Serving | None, stack: StackState) -> None:
        """Log a decision; while it is the same at every read, only once."""
        note = str(getattr(decision, "note", "") or getattr(decision, "reason", ""))
        text = f"{type(decision).__name__} {note}"
        if text == self._noted:
            return
        self._noted = text
        noun, name = self.sentences.noun, self._event.name
        self.log.write(
            "decided",
            getattr(decision, "level", "INFO"),
            decision=type(decision).__name__,
            stack=stack.phase.name,
            **{f"{noun}Name": name, f"{noun}Arn": serving.arn if serving else None},
            note=note or None,
        )

    def write_left(self, serving: Serving, note: str) -> None:
        """Log that something is left which may not be needed, and how to delete it."""
        noun = self.sentences.noun
        self.log.write(
            f"{noun} not deleted",
            "ERROR",
            **{f"{noun}Arn": serving.arn},
            decision=note,
            command=self.sentences.delete_command(serving),
        )
