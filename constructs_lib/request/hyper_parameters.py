"""Hyperparameters: a map of strings, or typed numbers for reinforcement fine-tuning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any, TypeAlias

from .tokens import is_known

Number: TypeAlias = int | float | Decimal | str
"""A number, or the exact text to send; each may be a CDK token."""

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
    """How the model is trained. Leave a parameter out to use the model's own default.

    Bedrock takes strings: a number is sent as an exact decimal (`learning_rate=1e-5` is sent as `"0.00001"`),
    and a string is sent as it is. The number 2 and the string `"2"` make equal values. Which model takes
    which parameter, and its range:
    https://docs.aws.amazon.com/bedrock/latest/userguide/custom-models-hp.html

    Args:
        epoch_count: passes over the training data.
        batch_size: records per step.
        learning_rate: step size.
        learning_rate_warmup_steps: steps over which the learning rate rises (Nova, Titan Text).
        step_count: steps in total, or "auto" (image generation).
        learning_rate_multiplier: factor for the base learning rate (Claude).
        early_stopping_threshold: improvement of the validation loss below which training stops (Claude,
            Cohere).
        early_stopping_patience: validations without improvement before training stops (Claude, Cohere).
        eval_percentage: percent of the training data used for evaluation if there is no validation data
            (Cohere).
        other: any other parameter, by the API's own key.
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
        if not isinstance(self.other, Mapping):
            raise TypeError(
                f"HyperParameters.other must be a mapping of the API's keys to values, got {self.other!r}; "
                "write {'epochCount': 2}"
            )
        other = {key: to_exact_decimal(value) for key, value in self.other.items()}
        for key, name in NAMED.items():
            value = getattr(self, name)
            # A named parameter is never in `other`, or equal values would not compare as equal.
            object.__setattr__(self, name, to_exact_decimal(other.pop(key, None) if value is None else value))
        object.__setattr__(self, "other", other)

    @classmethod
    def of(cls, parameters: Mapping[str, Number]) -> HyperParameters:
        """Return parameters given by the API's own keys.

        Args:
            parameters: for example `{"epochCount": 2}`.
        """
        return cls(other=parameters)

    def repeated(self) -> list[str]:
        """Return the keys that were given twice, by name and in `other`."""
        return [key for key in NAMED if key in self.other]

    def render(self) -> dict[str, object]:
        """Return what the API takes."""
        named = {key: getattr(self, name) for key, name in NAMED.items()}
        return {key: value for key, value in named.items() if value is not None} | dict(self.other)


@dataclass(frozen=True, slots=True, kw_only=True)
class RftHyperParameters:
    """How reinforcement fine-tuning trains. Leave a parameter out to use the service's own default.

    https://docs.aws.amazon.com/bedrock/latest/APIReference/API_RFTHyperParameters.html

    Args:
        epoch_count: passes over the training data, 1-50.
        batch_size: prompts per step, 16-512.
        learning_rate: step size, 1e-07 to 0.001.
        max_prompt_length: the longest prompt, in tokens.
        training_sample_per_prompt: responses sampled for each prompt, 2-16.
        inference_max_tokens: the longest response, in tokens.
        reasoning_effort: "low", "medium" or "high".
        eval_interval: steps between two evaluations, 1-100.
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
        """Return what the API takes."""
        named = {key: getattr(self, name) for key, name in RFT_NAMED.items()}
        return {key: value for key, value in named.items() if value is not None}


# No float has more digits; a Decimal of a million digits is a mistake.
_MOST_DIGITS = 400


def to_exact_decimal(value: object) -> object:
    """Return a number as an exact decimal: 1e-05 becomes `"0.00001"`, 0.1 becomes `"0.1"`, 2 becomes `"2"`.

    A float is written with the digits that Python shows for it, which read back as the same float. What is
    no finite number (a string, a token, True, NaN) is returned as it is: the checks report what is wrong.

    Args:
        value: what was given for a hyperparameter.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or not is_known(value):
        return value
    if isinstance(value, int):
        return int.__repr__(value)
    number = Decimal(float.__repr__(value)) if isinstance(value, float) else value
    if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
        return value
    return format(number, "f")


def with_exact_numbers(request: Mapping[str, Any]) -> dict[str, Any]:
    """Copy a request, with the numbers of `hyperParameters` as the exact strings that Bedrock takes.

    Args:
        request: a job's request, in which a hyperparameter may be a number.
    """
    parameters = request.get("hyperParameters")
    if not isinstance(parameters, Mapping):
        return dict(request)
    exact = {key: to_exact_decimal(value) for key, value in parameters.items()}
    return {**request, "hyperParameters": exact}
