"""The arguments that only a sweep takes, with their types checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, cast

from ..checks.rules import sweeps as rules
from ..contract.sweeps import Objective
from ..findings import NOTHING, Finding, error
from ..job.argument_types import is_whole_number, shown, wrong_type
from ..job.keep import Keep
from ..request import HyperParameters, RftHyperParameters
from ..serving.published_model import parameter_findings
from .trial import Trial, trials_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..job.stack_env import StackEnv

_PARAMETER = "best_model_arn_parameter"
_GRID = "write grid={'epoch_count': [1, 2, 3], 'learning_rate': [1e-5, 5e-5]}"
_TRIALS = "write trials=[Trial(hyper_parameters={'epoch_count': 2}), ...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepArguments:
    """What only a sweep takes. An argument of the wrong type is left out, and reported in `found`.

    Args:
        trials: the trials; none where they are of the wrong type or their number is not possible.
        max_concurrency: how many train at the same time.
        objective: what they are compared by.
        keep: which models are kept.
        parameter: the name of the parameter with the best model; None where there is none.
        found: the arguments that are not possible.
    """

    trials: Sequence[Trial]
    max_concurrency: int
    objective: Objective
    keep: Keep
    parameter: str | None
    found: Sequence[Finding]


def read_sweep(
    env: StackEnv,
    *,
    grid: object,
    trials: object,
    max_concurrency: object,
    objective: object,
    keep: object,
    parameter: object,
) -> SweepArguments:
    """Check the arguments that only a sweep takes; a wrong type is a finding, never a traceback.

    Args:
        env: the stack.
        grid: a list of values for each hyperparameter.
        trials: the trials.
        max_concurrency: how many trials train at the same time.
        objective: what they are compared by.
        keep: which models are kept.
        parameter: the name of the parameter with the best model.
    """
    found: list[Finding] = []
    read = list(_trials(grid, trials, found))
    concurrent = 2
    if is_whole_number(max_concurrency):
        concurrent = cast("int", max_concurrency)
        found += rules.concurrency(concurrent)
    else:
        found.append(wrong_type("max_concurrency", "must be a whole number", max_concurrency, "write 2"))
    if not isinstance(objective, Objective):
        fix = "write Objective.VALIDATION_LOSS or Objective.TRAINING_LOSS"
        found.append(wrong_type("objective", "must be an Objective", objective, fix))
        objective = Objective.TRAINING_LOSS  # the one that needs no validation data
    wrong = [] if parameter is None else [*parameter_findings(env, _PARAMETER, parameter)]
    found += wrong
    return SweepArguments(
        trials=read,
        max_concurrency=concurrent,
        objective=objective,
        keep=_keep(keep, len(read), found),
        parameter=None if wrong else cast("str | None", parameter),
        found=found,
    )


def base_training_data(given: object, trials: Sequence[Trial]) -> object:
    """Return the training data of a sweep, which may be left out if each trial has its own.

    Args:
        given: what the sweep was given.
        trials: its trials.
    """
    own = [one.training_data for one in trials if one.training_data is not None]
    return own[0] if given is None and own and len(own) == len(trials) else given


def _trials(grid: object, trials: object, found: list[Finding]) -> Iterator[Trial]:
    if (grid is None) == (trials is None):
        rule = "must be given, and not both" if grid is not None else "must be given, one of them"
        found.append(
            error("sweep-trials", "grid or trials", rule, NOTHING if grid is None else shown(grid), _GRID)
        )
    elif grid is not None:
        yield from _trials_of_grid(grid, found)
    else:
        yield from _listed_trials(trials, found)


def _trials_of_grid(grid: object, found: list[Finding]) -> Iterator[Trial]:
    if not isinstance(grid, Mapping) or not all(isinstance(name, str) for name in grid):
        rule = "must be a mapping of hyperparameters to lists of values"
        found.append(wrong_type("grid", rule, grid, _GRID))
        return
    known = len(found)
    for name, values in grid.items():
        rule = "must be a list of values, at least one and none of them None"
        is_list = isinstance(values, Sequence) and not isinstance(values, str | bytes)
        if not is_list or not values or any(one is None for one in values):
            found.append(wrong_type(f"grid['{name}']", rule, values, "write [1, 2, 3]"))
    if len(found) == known:
        number = prod(map(len, grid.values())) if grid else 0
        found += rules.number_of_trials("grid", number)
    if len(found) == known:
        yield from trials_of(grid)


def _listed_trials(trials: object, found: list[Finding]) -> Iterator[Trial]:
    if isinstance(trials, str) or not isinstance(trials, Sequence):
        found.append(wrong_type("trials", "must be a list of Trial", trials, _TRIALS))
        return
    known = len(found)
    found += rules.number_of_trials("trials", len(trials))
    for index, one in enumerate(trials):
        path = f"trials[{index}]"
        if not isinstance(one, Trial):
            found.append(wrong_type(path, "must be a Trial", one, "write Trial(hyper_parameters={...})"))
            continue
        parameters: object = one.hyper_parameters
        if not isinstance(parameters, HyperParameters | RftHyperParameters | None) and not _is_of_names(
            parameters
        ):
            rule, fix = "must be HyperParameters, or a mapping of names to values", "write {'epoch_count': 2}"
            found.append(wrong_type(f"{path}.hyper_parameters", rule, parameters, fix))
    if len(found) == known:
        yield from trials


def _is_of_names(value: object) -> bool:
    """Return whether a value is a mapping of names to values, none of which is None."""
    if not isinstance(value, Mapping):
        return False
    return all(isinstance(name, str) and one is not None for name, one in value.items())


def _keep(keep: object, trials: int, found: list[Finding]) -> Keep:
    if not isinstance(keep, Keep) or not (keep.number is None or is_whole_number(keep.number)):
        found.append(wrong_type("keep", "must be a Keep", keep, "write Keep.ALL or Keep.best(1)"))
        return Keep.ALL
    if keep.is_newest:
        rule = "must be Keep.ALL or Keep.best(1): no trial of a sweep is newer than the others"
        found.append(wrong_type("keep", rule, keep, "write Keep.best(1)"))
    elif keep.number is not None and trials:
        found += rules.kept(keep.number, trials)
    return keep
