"""One trial of a sweep, and the trials of a grid."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Any

from ..request import HyperParameters, RftHyperParameters
from ..request.hyper_parameters import NAMED, RFT_NAMED, to_exact_decimal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from os import PathLike

    from ..request import Customization, InvocationLogs, JobSpec, TrainingData
    from ..request.hyper_parameters import Number

_LONGEST_LABEL = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One training of a sweep: what of it differs from the arguments of the sweep.

    Args:
        hyper_parameters: values that replace those of the same names; a mapping may have the names of
            `HyperParameters` or those of the API. Default: those of the sweep.
        training_data: what the model is trained on, as the sweep takes it. Default: that of the sweep.
    """

    hyper_parameters: HyperParameters | RftHyperParameters | Mapping[str, Number] | None = None
    training_data: TrainingData | InvocationLogs | PathLike[str] | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialSpec:
    """One trial as a job.

    Args:
        label: how messages name it.
        spec: the job, without what the construct makes.
    """

    label: str
    spec: JobSpec


def trials_of(grid: Mapping[str, Sequence[Number]]) -> Iterator[Trial]:
    """Yield a trial for each combination of the values of a grid; the last name changes first.

    Args:
        grid: a list of values for each hyperparameter.
    """
    for values in product(*grid.values()):
        yield Trial(hyper_parameters=dict(zip(grid, values, strict=True)))


def values_of(
    given: HyperParameters | RftHyperParameters | Mapping[str, Number] | None,
) -> dict[str, Any]:
    """Return the hyperparameters of a trial by the API's names.

    Args:
        given: what the trial has.
    """
    if given is None:
        return {}
    if isinstance(given, HyperParameters | RftHyperParameters):
        return given.render()
    return {_API_NAMES.get(name, name): value for name, value in given.items()}


def repeated_names(
    given: HyperParameters | RftHyperParameters | Mapping[str, Number] | None,
) -> list[tuple[str, str]]:
    """Return the hyperparameters that a trial has by both of their names, of which one would be ignored.

    Args:
        given: what the trial has.
    """
    if isinstance(given, HyperParameters):
        return [(NAMED[name], name) for name in given.repeated()]
    names = () if given is None or isinstance(given, RftHyperParameters) else given
    return [(name, api) for name in names if (api := _API_NAMES.get(name)) in names and api is not None]


def customized(customization: Customization, values: Mapping[str, Any]) -> Customization:
    """Return how a trial is trained.

    Args:
        customization: how the trials are trained otherwise.
        values: hyperparameters that replace those of `customization`, by the API's names.
    """
    if not values:
        return customization
    config = customization.rft_config
    if config is not None:
        known = {RFT_NAMED[name]: value for name, value in values.items() if name in RFT_NAMED}
        changed = replace(config.hyper_parameters or RftHyperParameters(), **known)
        return replace(customization, rft_config=replace(config, hyper_parameters=changed))
    of_sweep = customization.hyper_parameters or HyperParameters()
    known = {NAMED[name]: value for name, value in values.items() if name in NAMED}
    others = {name: value for name, value in values.items() if name not in NAMED}
    merged = replace(of_sweep, **known, other={**of_sweep.other, **others})
    return replace(customization, hyper_parameters=merged)


def label(index: int, trial: Trial) -> str:
    """Return how messages name a trial: its number in the results, and what it has of its own.

    Args:
        index: the number, from 0.
        trial: the trial.
    """
    values = values_of(trial.hyper_parameters).items()
    own = [f"{_NAMES.get(name, name)}={to_exact_decimal(value)}" for name, value in values]
    own += ["its own training_data"] if trial.training_data is not None else []
    text = ", ".join(own)
    short = text if len(text) <= _LONGEST_LABEL else f"{text[:_LONGEST_LABEL]}..."
    return f"trial {index} ({short})" if short else f"trial {index}"


_NAMES = {**RFT_NAMED, **NAMED}
_API_NAMES = {name: api for api, name in _NAMES.items()}
