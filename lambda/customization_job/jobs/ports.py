"""What the handler needs of Bedrock, and no more. The port has one real implementation; tests have others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


VALIDATION, DATA_PROCESSING, TRAINING = "validation", "data processing", "training"
"""The phases of a job, in their order."""

NOT_STARTED = "NotStarted"
"""The status of a phase that has not begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A customization job as Bedrock returns it.

    Args:
        arn: its ARN.
        name: its name, which is never free again.
        status: `InProgress`, `Stopping`, `Stopped`, `Completed` or `Failed`.
        token: the `clientRequestToken` it was created with; see `ClientToken`. Default: unknown.
        model_name: the name of the model it creates.
        model_arn: the model's ARN, "" until the job is complete.
        failure: why it failed, "" where it did not.
        created: when it was created, in seconds since 1970. Default: unknown.
        has_model: whether the model of a completed job still exists.
        training_loss: its training loss. Default: it has none, or none yet.
        validation_losses: the loss of each validation dataset. Default: there is none, or none yet.
        phases: the status of each phase (`validation`, `data processing`, `training`), such as `NotStarted`.
            Default: Bedrock returns none, which it does for some jobs.
    """

    arn: str
    name: str
    status: str
    token: str = ""
    model_name: str = ""
    model_arn: str = ""
    failure: str = ""
    created: float | None = None
    has_model: bool = True
    training_loss: float | None = None
    validation_losses: tuple[float, ...] = ()
    phases: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_running(self) -> bool:
        """Whether it trains, and is billed. An unknown status counts as running."""
        return self.status not in ("Stopping", "Stopped", "Completed", "Failed")

    @property
    def has_ended(self) -> bool:
        """Whether its status will not change any more."""
        return self.status in ("Stopped", "Completed", "Failed")

    @property
    def has_begun_training(self) -> bool:
        """Whether its training has begun, as far as Bedrock returns phases."""
        return self.phases.get(TRAINING, NOT_STARTED) != NOT_STARTED

    @property
    def is_useful(self) -> bool:
        """Whether it has a model, or may still create one."""
        return self.is_running or (self.status == "Completed" and self.has_model)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomModel:
    """A custom model, as far as models are compared.

    Args:
        base_model_arn: the base model.
        customization_type: how it was trained.
        validation_data: the S3 URIs of the validation data.
        training_loss: its training loss. Default: unknown.
        validation_losses: the loss of each validation dataset; None where that is no number.
    """

    base_model_arn: str
    customization_type: str
    validation_data: frozenset[str] = frozenset()
    training_loss: float | None = None
    validation_losses: tuple[float | None, ...] = ()


class Bedrock(Protocol):
    """The calls of Bedrock. What does not exist is None; everything else that fails is an `AwsError`."""

    def get_job(self, identifier: str) -> Job | None:
        """Return a job by ARN or name."""
        ...

    def list_jobs(self, status: str) -> Sequence[str]:
        """Return the ARNs of all jobs of the account in one status, newest first."""
        ...

    def names_underway(self) -> Sequence[str]:
        """Return the names of all jobs of the account that are in progress, newest first."""
        ...

    def create_job(self, request: Mapping[str, object], *, is_repeated: bool = True) -> str:
        """Start a job and return its ARN.

        Args:
            request: the API's members.
            is_repeated: whether a refused call is retried. Default: it is.
        """
        ...

    def stop_job(self, arn: str) -> None:
        """Ask a job to stop."""
        ...

    def get_model(self, identifier: str) -> str | None:
        """Return the ARN of a model by ARN or name."""
        ...

    def describe_model(self, arn: str) -> CustomModel | None:
        """Return how a model was trained."""
        ...

    def list_models(self, name_part: str) -> Sequence[tuple[str, str]]:
        """Return ARN and name of the account's own models whose names contain a text, newest first."""
        ...

    def delete_model(self, arn: str) -> None:
        """Delete a model."""
        ...

    def serving(self, model_arn: str) -> Sequence[str]:
        """Return the ARNs of the deployments and provisioned throughputs that serve a model."""
        ...

    def get_tags(self, arn: str) -> Mapping[str, str]:
        """Return the tags of a job or a model."""
        ...

    def add_tags(self, arn: str, tags: Mapping[str, str]) -> None:
        """Add tags, or change their values."""
        ...

    def remove_tags(self, arn: str, keys: Iterable[str]) -> None:
        """Remove tags."""
        ...
