"""A customization job and its model, as pure functions of time."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from constructs_lib.testing.bedrock.arns import arn

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
