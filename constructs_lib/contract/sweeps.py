"""The resource of a sweep in the template: its properties, and what a trial changes of the request."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

SWEEP_TYPE = "Custom::BedrockCustomizationSweep"
"""The CloudFormation type of a sweep: several jobs of one base request, and which of them is the best."""

TRIALS_PROPERTY = "Trials"
"""What each trial changes of `Request`: a list of objects with members of `OVERRIDES`."""

MAX_CONCURRENCY_PROPERTY = "MaxConcurrency"
"""How many trials train at the same time."""

OBJECTIVE_PROPERTY = "Objective"
"""One of the values of `Objective`."""

KEEP_PROPERTY = "Keep"
"""How many models are kept when all trials have ended, the best ones; left out where all are kept."""

RESULTS_PROPERTY = "Results"
"""Where the definition and the results are written: `Bucket` and `Prefix`."""

BUCKET_PROPERTY = "Bucket"
"""In `Results`: the name of the bucket."""

PREFIX_PROPERTY = "Prefix"
"""In `Results`: a prefix that belongs to the sweep alone, with a slash at its end."""

RESULTS_URI_ATTRIBUTE = "ResultsUri"
"""The attribute with the S3 URI of the results."""

TRIALS_ATTRIBUTE = "Trials"
"""The attribute with the number of trials."""

HYPER_PARAMETERS, TRAINING_DATA, CUSTOMIZATION = (
    "hyperParameters",
    "trainingDataConfig",
    "customizationConfig",
)
OVERRIDES = (HYPER_PARAMETERS, TRAINING_DATA, CUSTOMIZATION)
"""The fields of the request that a trial may change."""

FEWEST_TRIALS, MOST_TRIALS = 2, 200
MOST_CONCURRENT = 10
"""Jobs that an account can have scheduled at the same time
(https://docs.aws.amazon.com/general/latest/gr/bedrock.html)."""

RESULTS_NAME = "results.json"
"""The name of the object with the results, below `Prefix`."""

DEFINITIONS_NAME = "definitions/"
"""The prefix of the objects with definitions, below `Prefix`."""


class Objective(Enum):
    """By which loss the trials of a sweep are compared; the lowest is the best."""

    VALIDATION_LOSS = "ValidationLoss"
    """The mean of the losses of the validation datasets. The default."""

    TRAINING_LOSS = "TrainingLoss"
    """The training loss."""


def results_key(prefix: str) -> str:
    """Return the key of the object with the results.

    Args:
        prefix: `Prefix` of `Results`.
    """
    return f"{prefix}{RESULTS_NAME}"


def trial_request(base: Mapping[str, object], trial: Mapping[str, object]) -> dict[str, object]:
    """Return the request of one trial: hyperparameters are replaced one by one, other fields as a whole.

    Args:
        base: the base request, without names and tags.
        trial: what the trial changes; members that no trial may change are left out.
    """
    changes = {name: trial[name] for name in OVERRIDES if trial.get(name)}
    given, own = base.get(HYPER_PARAMETERS), changes.get(HYPER_PARAMETERS)
    if isinstance(given, Mapping) and isinstance(own, Mapping):
        changes[HYPER_PARAMETERS] = {**given, **own}
    return {**base, **changes}
