"""What carrying out one event of a throughput needs: the event, the services, and how it is responded to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contract.resource import (
    COMMITMENT_EXPIRES_ATTRIBUTE,
    MODEL_ARN_ATTRIBUTE,
    STATUS_ATTRIBUTE,
    THROUGHPUT_ARN_ATTRIBUTE,
    THROUGHPUT_NAME_ATTRIBUTE,
    short_logical_id,
)
from contract.tasks import EXPIRE_KIND, KIND, NAME, RESOURCE, STACK_ID, TASK

from ..frame.event import UNCONFIRMED
from ..frame.properties import shown_time
from ..frame.response import Outcome
from ..jobs.identity import request_hash
from ..serving import task as serving
from . import messages
from .ports import Throughput

if TYPE_CHECKING:
    from ..services import Services
    from ..serving.ports import Serving
    from .desired_state import Change


class Task(serving.Task[Throughput]):
    """One event of a throughput.

    Its physical id is the throughput's ARN, which a new name does not change; while nothing has been bought,
    it is the name.

    Args:
        change: the event.
        services: the services of AWS.
    """

    def __init__(self, change: Change, services: Services) -> None:
        super().__init__(change, services, services.throughputs, messages.SENTENCES)
        self.change = change
        self.throughputs = services.throughputs

    def find(self) -> tuple[Throughput | None, bool]:
        """Return the resource's throughput, and whether it belongs to the resource.

        Where there is none with the ARN, one with the name was bought by this event, or by one that failed.
        """
        change = self.change
        found = self.actions.find(change.arn or change.name)
        others = {change.name, change.previous_name} if change.arn and change.is_purchase_changed else ()
        for name in others:
            found = found if found[0] else self.actions.find(name)
        return found

    def id_of(self, serving: Serving) -> str:
        """Return the physical id of a resource that has it."""
        return serving.arn

    def remember(self, arn: str = "") -> None:
        """Keep the physical id of what an event has bought, in case it fails: its Delete then has it."""
        if arn:
            self.physical_id = arn
        elif self.is_create:
            self.physical_id = f"{UNCONFIRMED}{self.change.request_id}"

    def start_expiry(self) -> None:
        """Start the loop that deletes the throughput in time; one that this event has started counts.

        Raises:
            AwsError: it could not be started.
        """
        change, desired = self.change, self.change.desired
        if not desired.expires_after:
            return
        name = f"{short_logical_id(change.logical_id)}-expiry-{request_hash(change.request_id)}"
        task = {
            KIND: EXPIRE_KIND,
            STACK_ID: change.stack_id,
            RESOURCE: change.logical_id,
            NAME: change.name,
        }
        self.services.executions.start(desired.state_machine, name, {TASK: task})

    def succeeded(self, serving: Throughput | None) -> Outcome:
        """Return that the event succeeded."""
        self.physical_id = serving.arn if serving else self.change.arn or self.change.name
        ends = serving.committed_until if serving else None
        return Outcome(
            physical_id=self.physical_id,
            data={
                THROUGHPUT_ARN_ATTRIBUTE: serving.arn if serving else "",
                THROUGHPUT_NAME_ATTRIBUTE: self.change.name,
                MODEL_ARN_ATTRIBUTE: serving.model_arn if serving else "",
                STATUS_ATTRIBUTE: serving.status if serving else "",
                COMMITMENT_EXPIRES_ATTRIBUTE: shown_time(ends),
            },
        )
