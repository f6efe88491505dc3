"""A deployment as the handler sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from ..serving.ports import Servings


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A deployment as Bedrock returns it, which shows neither its tags nor a client token.

    Args:
        arn: its ARN.
        name: its name, of which an account has only one in a Region.
        model_arn: the model that it serves; during an update still the old one.
        status: `Creating`, `Active` or `Failed`. Others are not documented, and do not count as an end.
        failure: why it, or its last update, failed; "" where neither did.
        created: when it was created, in seconds since 1970. Default: unknown.
        changed: when it was changed last, in seconds since 1970. Default: unknown.
        update_model_arn: the model of its last update. Default: it was never updated.
        update_status: `Updating`, `UpdateCompleted` or `UpdateFailed`. Default: it was never updated.
    """

    arn: str
    name: str
    model_arn: str
    status: str
    failure: str = ""
    created: float | None = None
    changed: float | None = None
    update_model_arn: str = ""
    update_status: str = ""

    @property
    def is_active(self) -> bool:
        """Whether it serves a model."""
        return self.status == "Active"

    @property
    def has_failed(self) -> bool:
        """Whether it could not be created; it serves nothing, and counts for the quota."""
        return self.status == "Failed"

    @property
    def is_updating(self) -> bool:
        """Whether it is being given another model."""
        return self.update_status == "Updating"

    def has_failed_to_take(self, model_arn: str) -> bool:
        """Return whether the last update was to this model, and failed."""
        return self.update_status == "UpdateFailed" and self.update_model_arn == model_arn


Deployments: TypeAlias = Servings[Deployment]
"""The calls of Bedrock about deployments."""
