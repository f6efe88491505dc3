"""The record of a custom model deployment."""

from dataclasses import dataclass
from typing import ClassVar, Final, Literal

from .serving_record import ServingRecord

DeploymentStatus = Literal["Creating", "Active", "Failed"]

DEPLOYMENT: Final = "custom-model-deployment"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentRecord(ServingRecord):
    """A custom model deployment."""

    kind: ClassVar[str] = DEPLOYMENT
    ready: ClassVar[str] = "Active"

    @property
    def description(self) -> str | None:
        """The request's description, None if it had none."""
        return self.request.get("description")
