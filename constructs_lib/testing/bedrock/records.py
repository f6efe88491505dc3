"""The records of the double: a job with its model and its progress, and a throughput."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import inf
from typing import Any, Literal

from .arns import arn
from .behaviour import timestamp
from .scripted import JobLosses
from .service import Document

JobStatus = Literal["InProgress", "Completed", "Failed", "Stopping", "Stopped"]

NOT_ENDED: frozenset[JobStatus] = frozenset({"InProgress", "Stopping"})
"""The statuses in which a job counts for the quota and its model's name is in use."""

LONGEST_FAILURE_MESSAGE = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """A job: its request, and the times at which its status changes.

    Args:
        id: the base model's id and 12 characters, as in the job's ARN.
        model_id: the base model's id and 12 other characters, as in the model's ARN.
        account: 12 digits.
        region: such as `us-east-1`.
        request: the request of `CreateModelCustomizationJob`.
        created: seconds since 1970.
        duration: seconds that the job was expected to take when it was created.
        ends: when it ends if it is not stopped, in seconds since 1970.
        queued: seconds that it waits between data processing and training. Default: none.
        fills_in: whether Get returns default values of hyperparameters that were not sent. Default: no.
        stalls: whether its training never begins. Default: no.
        losses: the losses at its end. Default: those of all jobs.
        failure: the message with which it fails at its end. Default: it completes.
        stop_requested: when it was asked to stop. Default: never.
        stops: when it has stopped, in seconds since 1970. Default: never.
        model_deleted: whether the model was deleted after completion.
        tags: the job's tags.
        model_tags: the model's tags.
    """

    id: str
    model_id: str
    account: str
    region: str
    request: Mapping[str, Any]
    created: float
    duration: float
    ends: float
    queued: float = 0.0
    fills_in: bool = False
    stalls: bool = False
    losses: JobLosses = field(default_factory=JobLosses)
    failure: str | None = None
    stop_requested: float | None = None
    stops: float | None = None
    model_deleted: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)
    model_tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The job's name."""
        return str(self.request["jobName"])

    @property
    def model_name(self) -> str:
        """The name of the model that the job creates."""
        return str(self.request["customModelName"])

    @property
    def token(self) -> str:
        """The request's client request token, "" if it had none."""
        return str(self.request.get("clientRequestToken", ""))

    @property
    def base_model_id(self) -> str:
        """The id of the foundation model that the job customizes."""
        return self.id.rpartition("/")[0]

    @property
    def customization_type(self) -> str:
        """The request's customization type; fine-tuning if it had none."""
        return str(self.request.get("customizationType", "FINE_TUNING"))

    @property
    def arn(self) -> str:
        """The job's ARN."""
        return arn(self.region, self.account, f"model-customization-job/{self.id}")

    @property
    def model_arn(self) -> str:
        """The ARN that the model has, or will have."""
        return arn(self.region, self.account, f"custom-model/{self.model_id}")

    def status(self, now: float) -> JobStatus:
        """Return the job's status at a time.

        Args:
            now: seconds since 1970.
        """
        if self.stop_requested is not None and self.stops is not None:
            return "Stopping" if now < self.stops else "Stopped"
        if now < self.ends:
            return "InProgress"
        return "Completed" if self.failure is None else "Failed"

    def ended(self, now: float) -> float | None:
        """Return when the job ended, None if it has not.

        Args:
            now: seconds since 1970.
        """
        status = self.status(now)
        if status in NOT_ENDED:
            return None
        return self.stops if status == "Stopped" else self.ends

    def has_model(self, now: float) -> bool:
        """Return whether the job's model exists at a time.

        Args:
            now: seconds since 1970.
        """
        return not self.model_deleted and self.status(now) == "Completed"

    def completed(self, now: float) -> "JobRecord":
        """Return the job with its completion at `now`."""
        return replace(self, ends=now, failure=None, stop_requested=None, stops=None)

    def failed(self, now: float, message: str) -> "JobRecord":
        """Return the job with its failure at `now`."""
        failure = message[:LONGEST_FAILURE_MESSAGE]
        return replace(self, ends=now, failure=failure, stop_requested=None, stops=None)

    def stopped(self, now: float, *, after: float = 0.0) -> "JobRecord":
        """Return the job with a stop request at `now`; it has stopped `after` seconds later."""
        return replace(self, stop_requested=now, stops=now + after)


_VALIDATED = 0.02
_PROCESSED = 0.44
"""The ends of validation and of a distillation's data processing, as shares of a job's duration."""

DISTILLATION = "DISTILLATION"


def status_details(job: JobRecord, now: float) -> Document:
    """Return the status of each phase of a job; only a distillation has a data processing phase.

    Args:
        job: the record.
        now: seconds since 1970.
    """
    return {name: _phase_details(job, now, begins, ends) for name, begins, ends in _phases(job)}


def last_modified(job: JobRecord, now: float) -> float:
    """Return when the status of the job or of one of its phases last changed.

    Args:
        job: the record.
        now: seconds since 1970.
    """
    ended = job.ended(now)
    if ended is not None:
        return ended
    if job.stop_requested is not None:
        return job.stop_requested
    return max(at for _, *span in _phases(job) for at in (job.created, *span) if at <= now)


def trained_share(job: JobRecord, now: float) -> float:
    """Return how much of a job's training is done, from 0 to 1; a job that has ended trains no further.

    Args:
        job: the record.
        now: seconds since 1970.
    """
    status = job.status(now)
    if status == "Completed":
        return 1.0
    _, begins, ends = _phases(job)[-1]
    reached = now if status == "InProgress" else _stopped_at(job)
    return min((reached - begins) / (ends - begins), 1.0) if begins < reached and begins < ends else 0.0


def _phases(job: JobRecord) -> list[tuple[str, float, float]]:
    """Return the phases of a job, and when each begins and ends if the job does not end before."""
    ends = job.created + job.duration
    names = ["validationDetails", "trainingDetails"]
    marks = [job.created, job.created + _VALIDATED * job.duration]
    if job.customization_type == DISTILLATION:
        names.insert(1, "dataProcessingDetails")
        marks.append(job.created + _PROCESSED * job.duration)
    before_training = zip(names, pairwise(marks), strict=False)
    training_begins = inf if job.stalls else min(marks[-1] + job.queued, ends)
    return [*((name, *span) for name, span in before_training), (names[-1], training_begins, ends)]


def _phase_details(job: JobRecord, now: float, begins: float, ends: float) -> Document:
    status = job.status(now)
    if status == "Completed":
        return _details("Completed", min(begins, job.ends), min(ends, job.ends))
    reached = now if status == "InProgress" else _stopped_at(job)
    if reached < begins:
        return {"status": "NotStarted"}
    if reached >= ends and ends < job.created + job.duration:
        return _details("Completed", begins, ends)
    ended = job.ended(now)
    return _details(status, begins, ended if ended is not None else reached)


def _stopped_at(job: JobRecord) -> float:
    """Return when a job that did not complete did its last work."""
    return job.ends if job.stop_requested is None else job.stop_requested


def _details(status: str, begins: float, changed: float) -> Document:
    return {"status": status, "creationTime": timestamp(begins), "lastModifiedTime": timestamp(changed)}
