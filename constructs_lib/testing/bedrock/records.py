"""What the double keeps: a job with its model, how far it has come at any time, and what serves models."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import inf
from typing import Any, Final, Literal

from constructs_lib.testing.bedrock.arns import arn, short_id
from constructs_lib.testing.bedrock.behaviour import timestamp
from constructs_lib.testing.bedrock.service import Document

JobStatus = Literal["InProgress", "Completed", "Failed", "Stopping", "Stopped"]

UNDERWAY: frozenset[JobStatus] = frozenset({"InProgress", "Stopping"})
"""The states in which a job occupies a place, and its model's name."""

LONGEST_FAILURE_MESSAGE = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """A job as it was asked for, and the course that it takes from there.

    Args:
        id: the base model's id and 12 characters, as in the job's ARN.
        model_id: the base model's id and 12 other characters, as in the model's ARN.
        account: 12 digits.
        region: such as `us-east-1`.
        request: what `CreateModelCustomizationJob` was given.
        created: seconds since 1970.
        duration: seconds that training was going to take when the job was created.
        ends: when it ends if nobody stops it, in seconds since 1970.
        queued: seconds that it waits for a place between its data and its training. Default: none.
        fills_in: whether the service fills in hyperparameters that were not sent. Default: it does not.
        stalls: whether its training never begins. Default: it does.
        failure: the message it fails with then. Default: it completes.
        stop_asked: when it was asked to stop. Default: never.
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
    failure: str | None = None
    stop_asked: float | None = None
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
        """The name of the model that the job makes."""
        return str(self.request["customModelName"])

    @property
    def token(self) -> str:
        """The request's idempotency token, "" where it had none."""
        return str(self.request.get("clientRequestToken", ""))

    @property
    def base_model_id(self) -> str:
        """The id of the foundation model at the root."""
        return self.id.rpartition("/")[0]

    @property
    def arn(self) -> str:
        """The job's ARN."""
        return arn(self.region, self.account, f"model-customization-job/{self.id}")

    @property
    def model_arn(self) -> str:
        """The ARN that the model has, or will have."""
        return arn(self.region, self.account, f"custom-model/{self.model_id}")

    def status(self, now: float) -> JobStatus:
        """Return the job's state at a moment.

        Args:
            now: seconds since 1970.
        """
        if self.stop_asked is not None and self.stops is not None:
            return "Stopping" if now < self.stops else "Stopped"
        if now < self.ends:
            return "InProgress"
        return "Completed" if self.failure is None else "Failed"

    def ended(self, now: float) -> float | None:
        """Return when the job ended, None while it has not.

        Args:
            now: seconds since 1970.
        """
        status = self.status(now)
        if status in UNDERWAY:
            return None
        return self.stops if status == "Stopped" else self.ends

    def has_model(self, now: float) -> bool:
        """Tell whether the job's model exists at a moment.

        Args:
            now: seconds since 1970.
        """
        return not self.model_deleted and self.status(now) == "Completed"

    def completed(self, now: float) -> "JobRecord":
        """Return the job as one that completes now."""
        return replace(self, ends=now, failure=None, stop_asked=None, stops=None)

    def failed(self, now: float, message: str) -> "JobRecord":
        """Return the job as one that fails now."""
        failure = message[:LONGEST_FAILURE_MESSAGE]
        return replace(self, ends=now, failure=failure, stop_asked=None, stops=None)

    def stopped(self, now: float, *, after: float = 0.0) -> "JobRecord":
        """Return the job as one that is asked to stop now, and has stopped `after` seconds later."""
        return replace(self, stop_asked=now, stops=now + after)


_VALIDATED = 0.02
_PROCESSED = 0.44
"""When validation, and a distillation's data processing, have ended, as shares of a job's duration."""

DISTILLATION = "DISTILLATION"


def status_details(job: JobRecord, now: float) -> Document:
    """Return how far each part of a job has come; only a distillation has data to process.

    Args:
        job: the record.
        now: seconds since 1970.
    """
    return {name: _part(job, now, begins, ends) for name, begins, ends in _parts(job)}


def last_modified(job: JobRecord, now: float) -> float:
    """Return when something last changed: the job's state, or that of one of its parts.

    Args:
        job: the record.
        now: seconds since 1970.
    """
    ended = job.ended(now)
    if ended is not None:
        return ended
    if job.stop_asked is not None:
        return job.stop_asked
    return max(at for _, *span in _parts(job) for at in (job.created, *span) if at <= now)


def _parts(job: JobRecord) -> list[tuple[str, float, float]]:
    """Return the parts of a job, and when each begins and ends if nothing ends the job before."""
    ends = job.created + job.duration
    names = ["validationDetails", "trainingDetails"]
    marks = [job.created, job.created + _VALIDATED * job.duration]
    if job.request.get("customizationType") == DISTILLATION:
        names.insert(1, "dataProcessingDetails")
        marks.append(job.created + _PROCESSED * job.duration)
    begun = zip(names, pairwise(marks), strict=False)
    trains = inf if job.stalls else min(marks[-1] + job.queued, ends)
    return [*((name, *span) for name, span in begun), (names[-1], trains, ends)]


def _part(job: JobRecord, now: float, begins: float, ends: float) -> Document:
    status = job.status(now)
    if status == "Completed":
        return _details("Completed", min(begins, job.ends), min(ends, job.ends))
    reached = now if status == "InProgress" else job.ends if job.stop_asked is None else job.stop_asked
    if reached < begins:
        return {"status": "NotStarted"}
    if reached >= ends and ends < job.created + job.duration:
        return _details("Completed", begins, ends)
    ended = job.ended(now)
    return _details(status, begins, ended if ended is not None else reached)


def _details(status: str, begins: float, changed: float) -> Document:
    return {"status": status, "creationTime": timestamp(begins), "lastModifiedTime": timestamp(changed)}


ServingKind = Literal["custom-model-deployment", "provisioned-model"]
DeploymentStatus = Literal["Creating", "Active", "Failed"]
ThroughputStatus = Literal["Creating", "InService", "Updating", "Failed"]

DEPLOYMENT: Final = "custom-model-deployment"
THROUGHPUT: Final = "provisioned-model"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingRecord:
    """A deployment or a throughput; it stays as it is until it is removed.

    Args:
        kind: the resource type in its ARN.
        name: unique among those of its kind.
        account: 12 digits.
        region: such as `us-east-1`.
        model_arn: the custom model that it serves.
        base_model_arn: the foundation model at the root of that model.
        created: seconds since 1970.
        status: its state, in the words of its kind.
        units: model units of a throughput. Default: one.
    """

    kind: ServingKind
    name: str
    account: str
    region: str
    model_arn: str
    base_model_arn: str
    created: float
    status: str
    units: int = 1

    @property
    def arn(self) -> str:
        """Its ARN."""
        digits = short_id(self.account, self.region, self.kind, self.name)
        return arn(self.region, self.account, f"{self.kind}/{digits}")
