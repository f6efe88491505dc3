"""A provisioned throughput as the handler sees it, and the calls of Bedrock about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ..serving.ports import Servings


@dataclass(frozen=True, slots=True, kw_only=True)
class Throughput:
    """A throughput as Bedrock returns it, which shows neither its tags nor a client token.

    Args:
        arn: its ARN.
        name: its name, of which an account has only one in a Region.
        model_arn: the model that it serves; during an update still the old one.
        update_model_arn: the model that was asked for last.
        status: `Creating`, `InService`, `Updating` or `Failed`. Others are not documented, and are taken for
            no end.
        units: its model units.
        failure: why it, or its last update, failed; "" where neither did.
        created: when it was created, in seconds since 1970. Default: unknown.
        changed: when it was changed last, in seconds since 1970. Default: unknown.
        commitment: `OneMonth` or `SixMonths`. Default: it was bought without one.
        committed_until: when the commitment ends, in seconds since 1970. Default: it has none.
    """

    arn: str
    name: str
    model_arn: str
    update_model_arn: str
    status: str
    units: int
    failure: str = ""
    created: float | None = None
    changed: float | None = None
    commitment: str = ""
    committed_until: float | None = None

    @property
    def is_active(self) -> bool:
        """Whether it serves a model and is not being changed."""
        return self.status == "InService"

    @property
    def has_failed(self) -> bool:
        """Whether it is `Failed`, after its creation or after an update: which is not documented."""
        return self.status == "Failed"

    @property
    def is_updating(self) -> bool:
        """Whether it is being given another model."""
        return self.status == "Updating"

    def has_failed_to_take(self, model_arn: str) -> bool:
        """Return whether the last update was to this model, and failed."""
        is_other = self.model_arn != model_arn == self.update_model_arn
        return is_other and bool(self.failure) and not self.is_updating


class Throughputs(Servings[Throughput], Protocol):
    """The calls of Bedrock about throughputs."""

    def rename(self, arn: str, name: str) -> None:
        """Give a throughput another name."""
        ...
