"""What a look at a deployment that follows a job is decided by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .ports import Deployment


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """What a look, or an event of a deployment that follows a job, is decided by.

    Args:
        model_arn: the model of the current job, "" where there is none.
        note: why there is none. Default: there is one.
        is_unexpected: whether somebody should look at that. Default: it is usual.
        deployment: the deployment. Default: there is none.
        is_ours: whether it belongs to this resource.
        was_created: whether the parameter says that there has been a deployment.
        is_retried: whether an update to the model is asked for again that has failed. Default: it is not.
    """

    model_arn: str
    note: str = ""
    is_unexpected: bool = False
    deployment: Deployment | None = None
    is_ours: bool = True
    was_created: bool = False
    is_retried: bool = False
