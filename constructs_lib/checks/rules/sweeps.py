"""What only a sweep has: its trials, what they are compared by, and where the function writes the results."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from ...contract.sweeps import FEWEST_TRIALS, MOST_CONCURRENT, MOST_TRIALS
from ...findings import NOT_SHOWN, Described, error, note, warning
from ...request.tokens import is_known
from ..rule import register

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ...findings import Finding

_NUMBER = re.compile(r"[0-9]{1,14}(\.[0-9]{1,14})?([eE][-+]?[0-9]{1,3})?")

register(
    {
        "sweep-trials": "A sweep has no trials, too few or too many.",
        "sweep-repeated": "Two trials of a sweep would train the same model.",
        "sweep-concurrency": "More trials would train at the same time than an account may have jobs.",
        "sweep-keep": "The number of models to keep is not possible.",
        "sweep-output": "The function could not write the results of a sweep to the given output.",
    }
)
register({"sweep-objective": "A sweep without validation data has no validation losses."}, "warning")
register({"sweep-training": "How many jobs a sweep trains, and with how many tokens."}, "note")


def number_of_trials(argument: str, number: int) -> Iterator[Finding]:
    """Yield an error unless a sweep has 2 to 200 trials.

    Args:
        argument: the argument that they come from.
        number: how many there are.
    """
    if not FEWEST_TRIALS <= number <= MOST_TRIALS:
        rule = f"must come to {FEWEST_TRIALS} to {MOST_TRIALS} trials"
        fix = "use ModelCustomizationJob for one training"
        if number > MOST_TRIALS:
            fix = "try fewer values, or define several sweeps"
        yield error("sweep-trials", argument, rule, Described(f"{number:,}"), fix)


def repeated_trials(requests: Sequence[Mapping[str, object]], labels: Sequence[str]) -> Iterator[Finding]:
    """Yield an error for each trial that trains the same as one before it.

    Args:
        requests: what each trial sends.
        labels: how messages name the trials.
    """
    known: dict[str, str] = {}
    for request, label in zip(requests, labels, strict=True):
        text = repr(_normalized(request))
        if text in known:
            rule = f"trains the same as {known[text]}, and its job would be billed twice"
            yield error("sweep-repeated", label, f"must not be repeated: it {rule}", NOT_SHOWN, "remove it")
        known.setdefault(text, label)


def _normalized(value: object) -> object:
    """Return one form for what trains the same: the order of members, and how a number is written."""
    if isinstance(value, Mapping):
        return sorted((str(name), repr(_normalized(one))) for name, one in value.items())
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return str(Decimal(value).normalize())
    return value


def concurrency(number: int) -> Iterator[Finding]:
    """Yield an error unless as many trials may train at the same time.

    Args:
        number: what was given.
    """
    if is_known(number) and not 1 <= number <= MOST_CONCURRENT:
        rule = f"must be 1 to {MOST_CONCURRENT}, the jobs that an account may have scheduled in a Region"
        fix = "leave it out to train two at the same time"
        yield error("sweep-concurrency", "max_concurrency", rule, number, fix)


def objective(*, is_validation_loss: bool, has_validation_data: bool, keeps_all: bool) -> Iterator[Finding]:
    """Yield a finding if the trials cannot be compared: an error if models would be deleted by it.

    Args:
        is_validation_loss: whether they are compared by the validation loss.
        has_validation_data: whether there is validation data.
        keeps_all: whether all models are kept.
    """
    if not is_validation_loss or has_validation_data:
        return
    rule = "needs validation_data, because Bedrock reports validation losses only for it"
    fix = "add validation_data, or write objective=Objective.TRAINING_LOSS"
    if keeps_all:
        yield warning("sweep-objective", "objective", rule, "Objective.VALIDATION_LOSS", fix)
    else:
        rule = f"must not delete models by a loss that is not known: the objective {rule}"
        yield error("sweep-keep", "keep", rule, NOT_SHOWN, fix)


def kept(number: int, trials: int) -> Iterator[Finding]:
    """Yield an error unless so many models can be kept.

    Args:
        number: what was given.
        trials: how many trials there are.
    """
    if not 1 <= number <= trials:
        fix = "write Keep.best(1), or Keep.ALL"
        yield error("sweep-keep", "keep", f"must keep 1 to {trials} models", number, fix)


def training(trials: int, tokens: tuple[int, int] | None) -> Finding:
    """Return a note that says what will be billed.

    Args:
        trials: how many trials there are.
        tokens: the tokens that all of them train, the likely number and the upper bound. None if not known.
    """
    amount = "how many tokens is not known, because the data is not a local file"
    if tokens is not None:
        amount = f"about {tokens[0]:,} tokens in all, {tokens[1]:,} at most"
    rule = f"trains {trials} jobs; {amount}"
    fix = (
        "each job is billed by its tokens, also one whose model is not kept; max_training_tokens sets a limit"
    )
    return note("sweep-training", "", rule, NOT_SHOWN, fix)
