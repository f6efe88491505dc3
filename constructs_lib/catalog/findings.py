"""What a check found: problems with a stable id and a severity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from constructs_lib.request.problems import Problem

from .dataset_rules import DATASET_PREFIX, DATASET_RULES

Severity = Literal["error", "warning", "note"]

PREFIX = "bedrock-customization:"

RULES: dict[str, str] = {
    "unknown-model": "The base model is not in the catalogue.",
    "model-id": "The base model is named without the context suffix that its customization id has.",
    "model-not-customizable": "The model is documented as not customizable.",
    "model-not-listed": "AWS's current tables of customizable models do not name the model.",
    "model-lifecycle": "The model is Legacy, or its life has ended, by the documented dates.",
    "customization-type": "The model is not documented for this customization type.",
    "job-api": "The model is customized through another API than CreateModelCustomizationJob.",
    "region": "The model is not documented to be customizable in this Region.",
    "hyper-parameter-unknown": "The hyperparameter is not documented for the model.",
    "hyper-parameter-type": "The hyperparameter's value has the wrong type.",
    "hyper-parameter-range": "The hyperparameter's value is outside its documented range.",
    "hyper-parameter-required": "A hyperparameter without a default is left out.",
    "distillation-pair": "The teacher and the student are not a documented pair.",
    "distillation-teacher": "The teacher's documented life has ended, or its id is not the documented one.",
    "validation-data": "The model does not use validation data.",
    "data-uri": "The URI of the data does not look like a JSON Lines file.",
    **{DATASET_PREFIX + name: sentence for name, sentence in DATASET_RULES.items()},
}
"""Every rule of the catalogue, by the name that the overrides of `Checks` use, with one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(Problem):
    """A problem that documents, not Bedrock's service model, speak of.

    Args:
        path: Where, in the API's words.
        rule: What must hold there.
        got: What was found there.
        fix: What to do about it.
        id: Stable, such as `bedrock-customization:hyper-parameter-range`.
        severity: `error` stops a synth; `warning` and `note` are printed.
        source: The page that the rule rests on. Default: none.
    """

    id: str
    severity: Severity
    source: str = ""

    @property
    def name(self) -> str:
        """The rule's name, as the overrides of `Checks` use it."""
        return self.id.removeprefix(PREFIX)


def finding(  # noqa: D417 # the other arguments are those of Finding
    name: str, severity: Severity, path: str, rule: str, *, got: object, fix: str, source: str = ""
) -> Finding:
    """Return a finding.

    Args:
        name: One of `RULES`.
    """
    return Finding(path, rule, got, fix, id=PREFIX + name, severity=severity, source=source)
