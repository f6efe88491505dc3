"""What deployments and provisioned throughputs have in common: their status is a function of time."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any, ClassVar, Literal, Self

from .arns import arn

UpdateStatus = Literal["Updating", "UpdateCompleted", "UpdateFailed"]

_LONGEST_FAILURE_MESSAGE = 2048


def cut(message: str | None) -> str | None:
    """Return a failure message as Bedrock shows it, with at most 2,048 characters."""
    return None if message is None else message[:_LONGEST_FAILURE_MESSAGE]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUpdate:
    """The change of a deployment or a throughput to another model.

    Args:
        model_arn: the ARN of the other model.
        begun: seconds since 1970.
        ends: when it completes or fails, in seconds since 1970.
        failure: the message with which it fails. Default: it completes.
    """

    model_arn: str
    begun: float
    ends: float
    failure: str | None = None

    def status(self, now: float) -> UpdateStatus:
        """Return the status of the update at a time.

        Args:
            now: seconds since 1970.
        """
        if now < self.ends:
            return "Updating"
        return "UpdateCompleted" if self.failure is None else "UpdateFailed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingRecord:
    """What serves a model: what it was created with, and the times at which its status changes.

    Args:
        id: the 12 characters at the end of its ARN.
        name: unique among those that exist.
        account: 12 digits.
        region: such as `us-east-1`.
        first_model_arn: the ARN of the model that it had before `update`.
        created: seconds since 1970.
        ends: when it is ready or fails, in seconds since 1970.
        readable: from when the API returns it, in seconds since 1970. Default: at once.
        failure: the message with which it fails. Default: it does not.
        request: the request that has created it. Default: a test has.
        update: the last change of its model. Default: none.
        deletion_requested: when it was asked to be deleted. Default: never.
        deleted: when it no longer exists, in seconds since 1970.
        tags: its tags.
    """

    kind: ClassVar[str]
    ready: ClassVar[str]

    id: str
    name: str
    account: str
    region: str
    first_model_arn: str
    created: float
    ends: float
    readable: float = 0.0
    failure: str | None = None
    request: Mapping[str, Any] = field(default_factory=dict)
    update: ModelUpdate | None = None
    deletion_requested: float = inf
    deleted: float = inf
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def token(self) -> str:
        """The request's client request token, "" if it had none."""
        return str(self.request.get("clientRequestToken", ""))

    @property
    def arn(self) -> str:
        """Its ARN."""
        return arn(self.region, self.account, f"{self.kind}/{self.id}")

    def exists(self, now: float) -> bool:
        """Return whether it exists at a time; one that failed does, until it is deleted.

        Args:
            now: seconds since 1970.
        """
        return now < self.deleted

    def status(self, now: float) -> str:
        """Return its status at a time; `Deleting` is seen by users, and is not in the API's model.

        Args:
            now: seconds since 1970.
        """
        if now >= self.deletion_requested:
            return "Deleting"
        if now < self.ends:
            return "Creating"
        return self.ready if self.failure is None else "Failed"

    def shown_status(self, now: float) -> str:
        """Return its status at a time as the API shows it.

        Args:
            now: seconds since 1970.
        """
        return self.status(now)

    def model_arn(self, now: float) -> str:
        """Return the ARN of the model that it serves at a time: the old one until an update has completed.

        Args:
            now: seconds since 1970.
        """
        if self.update is not None and self.update.status(now) == "UpdateCompleted":
            return self.update.model_arn
        return self.first_model_arn

    def uses(self, model_arn: str, now: float) -> bool:
        """Return whether it serves a model or is being updated to it.

        Args:
            model_arn: the model's ARN.
            now: seconds since 1970.
        """
        if self.is_updating(now) and self.update is not None and self.update.model_arn == model_arn:
            return self.exists(now)
        return self.exists(now) and self.model_arn(now) == model_arn

    def is_updating(self, now: float) -> bool:
        """Return whether its model is being changed.

        Args:
            now: seconds since 1970.
        """
        return self.update is not None and self.update.status(now) == "Updating"

    def failure_message(self, now: float) -> str | None:
        """Return why it failed, or why its last update did; None if neither did.

        Args:
            now: seconds since 1970.
        """
        if self.status(now) == "Failed":
            return self.failure
        if self.update is not None and self.update.status(now) == "UpdateFailed":
            return self.update.failure
        return None

    def last_updated(self, now: float) -> float:
        """Return when its status or that of its update last changed.

        Args:
            now: seconds since 1970.
        """
        times = [self.created, self.ends, self.deletion_requested]
        if self.update is not None:
            times += [self.update.begun, self.update.ends]
        return max(at for at in times if at <= now)

    def updated(self, update: ModelUpdate) -> Self:
        """Return it with an update that begins.

        Args:
            update: the update, which begins when no other is underway.
        """
        return replace(self, first_model_arn=self.model_arn(update.begun), update=update)

    def ended(self, now: float, failure: str | None = None) -> Self:
        """Return it with the end of its update that is underway, or else of its creation.

        Args:
            now: when it ends.
            failure: the message with which it fails. Default: it succeeds.
        """
        message = cut(failure)
        if self.update is not None and self.is_updating(now):
            return replace(self, update=replace(self.update, ends=now, failure=message))
        return replace(self, ends=now, failure=message)

    def removed(self, now: float, *, after: float = 0.0) -> Self:
        """Return it with a request at `now` to delete it; it is deleted `after` seconds later."""
        return replace(self, deletion_requested=now, deleted=now + after)
