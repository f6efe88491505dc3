"""What carries out one event of any resource type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .response import Outcome


class Lifecycle(Protocol):
    """One event of one resource. Every resource type has one implementation."""

    @property
    def physical_id(self) -> str:
        """The best physical id known so far; a response that reports a failure has it."""
        ...

    def run(self) -> Outcome:
        """Do what the event asks for, or return why not.

        Raises:
            UnfinishedError: another attempt is to go on with it.
        """
        ...

    def undo(self) -> None:
        """End what this event has started, because the event is reported as failed."""
        ...
