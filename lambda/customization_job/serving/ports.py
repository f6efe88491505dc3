"""What the handler needs of Bedrock for everything that serves a model: deployments and throughputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Serving(Protocol):
    """A deployment or a provisioned throughput, as Bedrock returns it, without tags and client token."""

    @property
    def arn(self) -> str:
        """Its ARN."""
        ...

    @property
    def name(self) -> str:
        """Its name, of which an account has only one in a Region."""
        ...

    @property
    def model_arn(self) -> str:
        """The model that it serves; during an update still the old one."""
        ...

    @property
    def status(self) -> str:
        """Its status; one that is not documented does not count as an end."""
        ...

    @property
    def failure(self) -> str:
        """Why it, or its last update, failed; "" where neither did."""
        ...

    @property
    def created(self) -> float | None:
        """When it was created, in seconds since 1970; None where that is unknown."""
        ...

    @property
    def changed(self) -> float | None:
        """When it was changed last, in seconds since 1970; None where that is unknown."""
        ...

    @property
    def update_model_arn(self) -> str:
        """The model of its last update; "" where it was never updated."""
        ...

    @property
    def is_active(self) -> bool:
        """Whether it serves a model."""
        ...

    @property
    def has_failed(self) -> bool:
        """Whether its status is `Failed`."""
        ...

    @property
    def is_updating(self) -> bool:
        """Whether it is being given another model."""
        ...

    def has_failed_to_take(self, model_arn: str) -> bool:
        """Return whether the last update was to this model, and failed."""
        ...


AnyServing = TypeVar("AnyServing", bound=Serving)
SeenServing_co = TypeVar("SeenServing_co", bound=Serving, covariant=True)


class Servings(Protocol[SeenServing_co]):
    """The calls of Bedrock. What does not exist is None; everything else that fails is an `AwsError`."""

    def get(self, name: str) -> SeenServing_co | None:
        """Return one by its name or ARN."""
        ...

    def create(self, request: Mapping[str, object]) -> str:
        """Create one and return its ARN."""
        ...

    def update(self, arn: str, model_arn: str) -> None:
        """Give one another model."""
        ...

    def delete(self, arn: str) -> None:
        """Delete one."""
        ...

    def get_tags(self, arn: str) -> Mapping[str, str]:
        """Return the tags of one, or of a model."""
        ...

    def add_tags(self, arn: str, tags: Mapping[str, str]) -> None:
        """Add tags, or change their values."""
        ...

    def remove_tags(self, arn: str, keys: Iterable[str]) -> None:
        """Remove tags."""
        ...
