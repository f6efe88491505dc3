"""The events that Bedrock sends to EventBridge when the status of a job changes.

Their members are those of
https://docs.aws.amazon.com/bedrock/latest/userguide/monitoring-eventbridge-how-it-works.html.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

from ..environment import LocalClients
from .arns import arn
from .records import NOT_ENDED
from .responses import copied, get_job_response, present

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .behaviour import Moment
    from .records import JobRecord

SOURCE = "aws.bedrock"
DETAIL_TYPE = "Model Customization Job State Change"

_MEMBERS = (
    "outputModelName",
    "outputModelArn",
    "roleArn",
    "failureMessage",
    "baseModelArn",
    "hyperParameters",
    "trainingDataConfig",
    "validationDataConfig",
    "outputDataConfig",
)
_TIMES = ("creationTime", "lastModifiedTime", "endTime")
_READ_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEvent:
    """An event about a job.

    Args:
        account: 12 digits.
        region: such as `us-east-1`.
        job_arn: the ARN of the job in the event, which may lack the base model.
        detail: the members that only this type of event has.
    """

    account: str
    region: str
    job_arn: str
    detail: Mapping[str, Any]


class EventBus(Protocol):
    """Where events are sent."""

    def put(self, event: JobEvent) -> None:
        """Send an event.

        Args:
            event: the event.

        Raises:
            Exception: it cannot be sent; the double reports the message and goes on.
        """
        ...


class EventBridgeBus:
    """Sends events to the default bus of an emulator of EventBridge that accepts the source `aws.bedrock`.

    Args:
        url: the endpoint of EventBridge, such as `LocalAws().url`.
    """

    def __init__(self, url: str) -> None:
        self._clients = LocalClients("events", url, read_timeout=_READ_SECONDS)

    def put(self, event: JobEvent) -> None:
        """Send an event as the account of the job, in the job's Region.

        Args:
            event: the event.

        Raises:
            RuntimeError: EventBridge has refused the event.
        """
        client = self._clients.of(event.account, event.region)
        entry = {
            "Source": SOURCE,
            "DetailType": DETAIL_TYPE,
            "Resources": [event.job_arn],
            "Detail": json.dumps(event.detail),
        }
        [result] = client.put_events(Entries=[entry])["Entries"]
        if "ErrorCode" in result:
            raise RuntimeError(f"{result['ErrorCode']}: {result.get('ErrorMessage', '')}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsent:
    """An event that could not be sent.

    Args:
        job_arn: the ARN of its job, as in the event.
        status: the status of the job in the event.
        reason: the message of the error.
    """

    job_arn: str
    status: str
    reason: str


class EventSender:
    """Notes each change of a job's status, and sends an event for it once; what fails is not tried again.

    Args:
        bus: where the events are sent.
    """

    def __init__(self, bus: EventBus) -> None:
        self._bus = bus
        self._sending = Lock()
        self._statuses: dict[str, str] = {}
        self._held: dict[str, list[JobEvent]] = {}
        self._outbox: deque[JobEvent] = deque()
        self._unsent: list[Unsent] = []

    def observe(self, jobs: Iterable[JobRecord], moment: Moment) -> None:
        """Note the jobs whose status is another one than at the last time; `send` sends their events.

        The caller makes sure that no other call is underway.

        Args:
            jobs: the records.
            moment: the time, and which events are sent.
        """
        for job in jobs:
            status = job.status(moment.now)
            if self._statuses.get(job.arn) == status:
                continue
            self._statuses[job.arn] = status
            self._note(job, moment)

    def _note(self, job: JobRecord, moment: Moment) -> None:
        which, event = moment.behaviour.events, job_event(job, moment)
        if which == "all":
            self._outbox.append(event)
        elif which == "twice":
            self._outbox += [event, event]
        elif which == "reversed":
            self._held.setdefault(job.arn, []).append(event)
            if job.status(moment.now) not in NOT_ENDED:
                self._outbox += reversed(self._held.pop(job.arn))

    def send(self) -> None:
        """Send the events of the changes that were noted, in their order.

        A function that is called for an event may call the double meanwhile.
        """
        with self._sending:
            while self._outbox:
                event = self._outbox.popleft()
                try:
                    self._bus.put(event)
                except Exception as error:  # noqa: BLE001 - whatever a bus raises, the double goes on
                    status = str(event.detail["jobStatus"])
                    self._unsent.append(Unsent(job_arn=event.job_arn, status=status, reason=str(error)))

    def emit(self, event: JobEvent) -> None:
        """Send one event, after those that were noted.

        Args:
            event: the event.
        """
        self._outbox.append(event)
        self.send()

    def unsent(self) -> tuple[Unsent, ...]:
        """Return the events that could not be sent."""
        return tuple(self._unsent)


def job_event(job: JobRecord, moment: Moment, status: str | None = None) -> JobEvent:
    """Return the event of a job as it is at a time.

    Args:
        job: the record.
        moment: the time, and which form of ARN events have.
        status: the status in the event. Default: the job's own.
    """
    response = get_job_response(job, moment)
    is_short = moment.behaviour.event_arn == "short"
    digits = job.id.rpartition("/")[2]
    job_arn = arn(job.region, job.account, f"model-customization-job/{digits}") if is_short else job.arn
    times = {name: response[name].strftime("%Y-%m-%dT%H:%M:%SZ") for name in _TIMES if response.get(name)}
    detail = {
        "version": "0.0",
        "jobName": job.name,
        "jobArn": job_arn,
        "jobStatus": status or response["status"],
        **times,
        **{name: copied(response.get(name)) for name in _MEMBERS},
    }
    return JobEvent(account=job.account, region=job.region, job_arn=job_arn, detail=present(detail))
