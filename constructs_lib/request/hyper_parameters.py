"""Hyperparameters: a map of strings, or typed numbers for reinforcement fine-tuning."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from .numbers import to_exact_decimal

if TYPE_CHECKING:
    from collections.abc import Mapping

Number: TypeAlias = int | float | Decimal | str
"""A number, or the exact text to send. A CDK token may stand for either."""

NAMED = MappingProxyType(
    {
        "epochCount": "epoch_count",
        "batchSize": "batch_size",
        "learningRate": "learning_rate",
        "learningRateWarmupSteps": "learning_rate_warmup_steps",
        "stepCount": "step_count",
        "learningRateMultiplier": "learning_rate_multiplier",
        "earlyStoppingThreshold": "early_stopping_threshold",
        "earlyStoppingPatience": "early_stopping_patience",
        "evalPercentage": "eval_percentage",
    }
)
"""The keys that AWS documents for some model, and their names here."""

RFT_NAMED = MappingProxyType(
    {
        "epochCount": "epoch_count",
        "batchSize": "batch_size",
        "learningRate": "learning_rate",
        "maxPromptLength": "max_prompt_length",
        "trainingSamplePerPrompt": "training_sample_per_prompt",
        "inferenceMaxTokens": "inference_max_tokens",
        "reasoningEffort": "reasoning_effort",
        "evalInterval": "eval_interval",
    }
)
"""The members of the API's `RFTHyperParameters`, and their names here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HyperParameters:
    """How the weights are trained. Leave a parameter out to have the model's own default.

    Bedrock takes strings; numbers are written out exactly, so that `learning_rate=1e-5` is sent as
    `"0.00001"`, and a string is sent as it is. Two values made from 2 and from `"2"` are equal. Which model
    takes which parameter, and in which bounds:
    https://docs.aws.amazon.com/bedrock/latest/userguide/custom-models-hp.html

    Args:
        epoch_count: Passes over the training data.
        batch_size: Records per step.
        learning_rate: Step size.
        learning_rate_warmup_steps: Steps over which the learning rate rises (Nova, Titan Text).
        step_count: Steps in all, or "auto" (image generation).
        learning_rate_multiplier: Factor on the base learning rate (Claude).
        early_stopping_threshold: Improvement of the validation loss below which training stops (Claude,
            Cohere).
        early_stopping_patience: Validations without improvement before training stops (Claude, Cohere).
        eval_percentage: Percent of the training data held back, without validation data (Cohere).
        other: Any other parameter, by the API's own key.
    """

    epoch_count: Number | None = None
    batch_size: Number | None = None
    learning_rate: Number | None = None
    learning_rate_warmup_steps: Number | None = None
    step_count: Number | None = None
    learning_rate_multiplier: Number | None = None
    early_stopping_threshold: Number | None = None
    early_stopping_patience: Number | None = None
    eval_percentage: Number | None = None
    other: Mapping[str, Number] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        other = {key: to_exact_decimal(value) for key, value in self.other.items()}
        for key, name in NAMED.items():
            value = getattr(self, name)
            # One parameter has one place, or equal values would not be equal.
            object.__setattr__(self, name, to_exact_decimal(other.pop(key, None) if value is None else value))
        object.__setattr__(self, "other", other)

    @classmethod
    def of(cls, parameters: Mapping[str, Number]) -> HyperParameters:
        """Take parameters by the API's own keys.

        Args:
            parameters: For example `{"epochCount": 2}`.
        """
        return cls(other=parameters)

    def repeated(self) -> list[str]:
        """Give the keys that were given twice, by name and in `other`."""
        return [key for key in NAMED if key in self.other]

    def render(self) -> dict[str, object]:
        """Give what the API takes."""
        named = {key: getattr(self, name) for key, name in NAMED.items()}
        return {key: value for key, value in named.items() if value is not None} | dict(self.other)


@dataclass(frozen=True, slots=True, kw_only=True)
class RftHyperParameters:
    """How reinforcement fine-tuning trains. Leave a parameter out to have the service's own default.

    https://docs.aws.amazon.com/bedrock/latest/APIReference/API_RFTHyperParameters.html

    Args:
        epoch_count: Passes over the training data, 1-50.
        batch_size: Prompts per step, 16-512.
        learning_rate: Step size, 1e-07 to 0.001.
        max_prompt_length: Longest prompt, in tokens.
        training_sample_per_prompt: Answers sampled for each prompt, 2-16.
        inference_max_tokens: Longest answer, in tokens.
        reasoning_effort: "low", "medium" or "high".
        eval_interval: Steps between two evaluations, 1-100.
    """

    epoch_count: int | None = None
    batch_size: int | None = None
    learning_rate: float | Decimal | None = None
    max_prompt_length: int | None = None
    training_sample_per_prompt: int | None = None
    inference_max_tokens: int | None = None
    reasoning_effort: str | None = None
    eval_interval: int | None = None

    def __post_init__(self) -> None:
        if isinstance(self.learning_rate, Decimal):
            object.__setattr__(self, "learning_rate", float(self.learning_rate))

    def render(self) -> dict[str, object]:
        """Give what the API takes."""
        named = {key: getattr(self, name) for key, name in RFT_NAMED.items()}
        return {key: value for key, value in named.items() if value is not None}
