"""What happens to the job and its model when the resource goes."""

from __future__ import annotations

from enum import Enum


class OnDelete(Enum):
    """What a deletion (of the stack, or of a job that another one replaces) does."""

    STOP_JOB = "StopJob"
    """Stop the job if it still runs; keep a finished model. The default."""

    DELETE_MODEL = "DeleteModel"
    """Stop the job if it still runs; delete a finished model."""

    RETAIN = "Retain"
    """Touch neither: a running job goes on, and is billed."""
