"""What a double does where the documentation leaves room, and the time it works with."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, NamedTuple

NameInUse = Literal["ValidationException", "ConflictException"]
StopRefused = Literal["ConflictException", "ValidationException"]
ChangedRetry = Literal["Ignored", "ConflictException"]

INTERNAL_FAILURE = "Encountered an internal error when processing the request."
"""What jobs failed with that failed within minutes of their creation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How a Bedrock double behaves.

    Defaults are what others have recorded of the service, where they have. Quotas are those of
    https://docs.aws.amazon.com/general/latest/gr/bedrock.html; which error answers a name in use or a
    stop that comes too late is not documented, so both recorded answers can be had.

    Args:
        training_seconds: from a job's creation to its end. Default: two hours, as small jobs take.
        stopping_seconds: from a stop to the status `Stopped`. Default: one minute.
        queue_seconds: between the end of a job's data and the beginning of its training. Default: 22 seconds.
        stalls: whether the training of jobs created from now on never begins, as recorded in two accounts:
            they stay in progress, without a message, until they are stopped. Default: it begins.
        failure_message: what jobs created from now on fail with. Default: they complete.
        fails_after_seconds: when they fail; in the first 2 % of `training_seconds` their validation fails.
            Recorded: 68 to 143 seconds, with `INTERNAL_FAILURE`. Default: at the end of training.
        default_hyper_parameters: whether Get shows hyperparameters that a fine-tuning was not sent. Default:
            it does.
        name_in_use: the error for a name that is taken. Default: `ValidationException`.
        stop_refused: the error for stopping a job that is not in progress. Default: `ConflictException`.
        changed_retry: an earlier request's token with another request. Default: `Ignored`, as the API's text
            has it: the first job's ARN is answered.
        model_names_unique: whether live models and jobs underway need different names. Default: they do.
        model_names_reserved: whether a model's name is never free again, whatever became of the job; one user
            of the service says so. Default: it is free where no live model and no job underway has it.
        known_models_only: whether a custom model named as base model must exist here. Default: it must.
        finished_jobs_taggable: whether jobs that are stopping, stopped or failed take tags. Default: they do.
        stopped_jobs_list_tags: whether tags of jobs that are stopping or stopped can be listed; those of
            other jobs of Bedrock cannot. Default: they can.
        visible_after_seconds: how long a new job cannot be read. Default: no lag.
        scheduled_jobs: how many jobs may be underway at once. Default: 10.
        custom_models: how many models there may be. Default: 100.
        tags_per_resource: how many tags a job or a model takes. Default: 50.
    """

    training_seconds: float = 7200.0
    stopping_seconds: float = 60.0
    queue_seconds: float = 22.0
    stalls: bool = False
    failure_message: str | None = None
    fails_after_seconds: float | None = None
    default_hyper_parameters: bool = True
    name_in_use: NameInUse = "ValidationException"
    stop_refused: StopRefused = "ConflictException"
    changed_retry: ChangedRetry = "Ignored"
    model_names_unique: bool = True
    model_names_reserved: bool = False
    known_models_only: bool = True
    finished_jobs_taggable: bool = True
    stopped_jobs_list_tags: bool = True
    visible_after_seconds: float = 0.0
    scheduled_jobs: int = 10
    custom_models: int = 100
    tags_per_resource: int = 50


NEW_YEAR = 1_767_225_600.0
"""2026-01-01T00:00:00Z, where a still clock starts."""


class Clock:
    """A clock that runs in real time and that a test can turn.

    Args:
        still_at: seconds since 1970 at which the clock stands until it is turned. Default: it runs.
    """

    def __init__(self, *, still_at: float | None = None) -> None:
        self._still_at = still_at
        self._turned = 0.0

    @classmethod
    def still(cls, start: float = NEW_YEAR) -> "Clock":
        """Return a clock that moves only when it is turned.

        Args:
            start: seconds since 1970. Default: the first second of 2026.
        """
        return cls(still_at=start)

    def now(self) -> float:
        """Return the time in seconds since 1970."""
        return (time.time() if self._still_at is None else self._still_at) + self._turned

    def advance(self, seconds: float) -> None:
        """Turn the clock forward.

        Args:
            seconds: by how much; negative turns it back.
        """
        self._turned += seconds

    def sleep(self, seconds: float) -> None:
        """Let time pass: wait where the clock runs, turn it where it stands.

        Args:
            seconds: how long.
        """
        if self._still_at is None:
            time.sleep(seconds)
        else:
            self.advance(seconds)

    def reset(self) -> None:
        """Undo every turn."""
        self._turned = 0.0


def timestamp(seconds: float) -> datetime:
    """Return a moment as botocore's clients return it: aware, in UTC, in whole milliseconds.

    Args:
        seconds: since 1970.
    """
    return datetime.fromtimestamp(int(seconds * 1000) / 1000, tz=UTC)


class Moment(NamedTuple):
    """When a call arrives, and how the double behaves then."""

    now: float
    behaviour: Behaviour
