"""What a test decides about models: the losses with which a job ends, and what a model answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

_Value = TypeVar("_Value")

TRAINING_LOSS = 0.5
VALIDATION_LOSS = 0.625
"""The losses at the end of a job where a test decides nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLosses:
    """The losses at the end of a job, in the responses of the API and in the metrics files.

    Args:
        training: the training loss; None: the API returns none. It may be NaN or infinite.
        validation: the loss of each validation dataset; the last one counts for all that follow, and none at
            all: the API returns none.
    """

    training: float | None = TRAINING_LOSS
    validation: tuple[float, ...] = (VALIDATION_LOSS,)

    def of_validator(self, number: int) -> float | None:
        """Return the loss of a validation dataset.

        Args:
            number: which one it is, from 1.
        """
        return self.validation[min(number, len(self.validation)) - 1] if self.validation else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAnswer:
    """What a model answers to one prompt, or the error of the call.

    Args:
        text: the text of the answer.
        stop_reason: why the model has stopped, such as `guardrail_intervened`.
        error: the code of the error of the service, such as `ValidationException`. Default: no error.
        message: the message of the error.
    """

    text: str = ""
    stop_reason: str = "end_turn"
    error: str = ""
    message: str = "refused by the answers of the Bedrock double"


def looked_up(table: Mapping[str, _Value], text: str) -> _Value | None:
    """Return the value of the longest key that a text contains; None where it contains none.

    Args:
        table: values by texts; the empty text is in each.
        text: where the keys are looked for.
    """
    keys = [key for key in table if key in text]
    return table[max(keys, key=len)] if keys else None
