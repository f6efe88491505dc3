"""Which base model is the output of another job: it has no value before that job has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs_lib.request import Doubt

if TYPE_CHECKING:
    from collections.abc import Iterator

_SENTENCE = (
    "the base model is what another job of this app trains; that job has no model until its training has "
    "ended, so a deployment that starts both fails. Deploy the other job first, and add this one when "
    "`aws bedrock get-model-customization-job` shows its outputModelArn, or acknowledge this warning"
)
_TOLD: set[str] = set()


def told(model: str) -> str:
    """Remember a token that stands for the model of a job, by its ARN or by its name."""
    _TOLD.add(model)
    return model


def is_trained_here(base_model: str) -> bool:
    """Tell whether a base model is the output of a job that this process defines."""
    return base_model in _TOLD


def base_model_doubts(base_model: str) -> Iterator[Doubt]:
    """Say that the base model does not exist on the first deployment."""
    if is_trained_here(base_model):
        yield Doubt("bedrock-customization:model-not-trained-yet", "baseModelIdentifier", _SENTENCE)
