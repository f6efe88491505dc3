"""The record of a provisioned throughput."""

from dataclasses import dataclass, replace
from typing import ClassVar, Final, Literal, Self

from .serving_record import ServingRecord

ThroughputStatus = Literal["Creating", "InService", "Updating", "Failed"]
Commitment = Literal["OneMonth", "SixMonths"]

THROUGHPUT: Final = "provisioned-model"

_DAY = 86_400.0
_COMMITTED_DAYS: dict[Commitment, int] = {"OneMonth": 30, "SixMonths": 180}


@dataclass(frozen=True, slots=True, kw_only=True)
class ThroughputRecord(ServingRecord):
    """A provisioned throughput.

    Args:
        base_model_arn: the ARN of the foundation model that its model was trained from.
        units: its model units. Default: one.
        commitment: for how long it is bought. Default: no commitment.
    """

    kind: ClassVar[str] = THROUGHPUT
    ready: ClassVar[str] = "InService"

    base_model_arn: str
    units: int = 1
    commitment: Commitment | None = None

    @property
    def commitment_ends(self) -> float | None:
        """When the commitment ends, in seconds since 1970; None without one."""
        return None if self.commitment is None else self.created + _COMMITTED_DAYS[self.commitment] * _DAY

    def is_committed(self, now: float) -> bool:
        """Return whether its commitment has not ended at a time.

        Args:
            now: seconds since 1970.
        """
        return self.commitment_ends is not None and now < self.commitment_ends

    def shown_status(self, now: float) -> str:
        """Return its status at a time, with `Updating`.

        Args:
            now: seconds since 1970.
        """
        status = self.status(now)
        return "Updating" if status == self.ready and self.is_updating(now) else status

    def desired_model_arn(self, now: float) -> str:
        """Return the ARN of the model of its last update, also of one that failed.

        Args:
            now: seconds since 1970.
        """
        return self.model_arn(now) if self.update is None else self.update.model_arn

    def renamed(self, name: str) -> Self:
        """Return it with another name."""
        return replace(self, name=name)
