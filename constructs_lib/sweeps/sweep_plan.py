"""The trials of a sweep as jobs, checked, and completed with what the construct makes for all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from ..checks.rules.dataset import limit_at_deployment
from ..findings import NOT_SHOWN, error
from ..job.argument_types import wrong_type
from ..job.arguments import read_training_data
from ..job.asset import copy_data
from ..request import HyperParameters, RftHyperParameters
from ..request.hyper_parameters import RFT_NAMED
from .sweep_checks import findings_of, subjects_of
from .trial import TrialSpec, customized, label, repeated_names, values_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from constructs import Construct

    from ..findings import Finding
    from ..job.arguments import Arguments
    from ..job.asset import Copies
    from ..job.defaults import AppliedDefaults
    from ..job.parts import JobParts
    from ..job.stack_env import StackEnv
    from ..request import JobSpec, TrainingData
    from .sweep_arguments import SweepArguments
    from .trial import Trial


@dataclass(frozen=True, kw_only=True)
class SweepPlan:
    """The trials of a sweep as jobs.

    Args:
        given: the arguments that the trials share; the training data is that of the first trial.
        specs: the trials, without what the construct makes.
        copies: the local files of all of them.
        found: what was found about them.
        training_limit: what the function compares the data in S3 with. None where it compares nothing.
        lacks_bedrock: whether the policy of the app's own key lacks Bedrock.
    """

    given: Arguments
    specs: Sequence[JobSpec]
    copies: Copies
    found: Sequence[Finding]
    training_limit: Mapping[str, str] | None
    lacks_bedrock: bool

    @cached_property
    def _data(self) -> Sequence[TrainingData]:
        found: list[TrainingData] = []
        for one in self.specs:
            if one.training_data not in found:
                found.append(one.training_data)
        return found

    @property
    def further_data(self) -> Sequence[TrainingData]:
        """The training data of the other trials, each once."""
        return self._data[1:]

    def completed(self, parts: JobParts) -> Iterator[JobSpec]:
        """Yield the trials with what was made for them.

        Args:
            parts: the parts, which all trials share.
        """
        uploaded = [parts.data.training, *parts.data.further]
        for one in self.specs:
            data = uploaded[self._data.index(one.training_data)]
            yield replace(parts.spec, training_data=data, customization=one.customization)


def plan_of(
    sweep: Construct, env: StackEnv, given: Arguments, own: SweepArguments, defaults: AppliedDefaults
) -> SweepPlan:
    """Return the trials of a sweep as jobs, and what is wrong with them.

    Args:
        sweep: the construct.
        env: its stack.
        given: the arguments that the trials share.
        own: what only a sweep takes.
        defaults: those of the scopes around the sweep.
    """
    trials, wrong = _specs_of(given, own.trials, defaults)
    # Without trials, which are wrong then, the rest is checked as one job.
    trials = trials or [TrialSpec(label="", spec=given.spec)]
    specs = [one.spec for one in trials]
    given = replace(
        given,
        spec=replace(given.spec, training_data=specs[0].training_data),
        found=[*own.found, *given.found, *wrong],
    )
    copies = copy_data(env, *specs)
    subjects = subjects_of(sweep, env, given, trials, copies)
    return SweepPlan(
        given=given,
        specs=specs,
        copies=copies,
        found=findings_of(subjects, trials, own, given),
        training_limit=limit_at_deployment(subjects, given.max_training_tokens),
        lacks_bedrock=subjects[0].has_key_without_bedrock,
    )


def _specs_of(
    given: Arguments, trials: Sequence[Trial], defaults: AppliedDefaults
) -> tuple[list[TrialSpec], list[Finding]]:
    """Return the trials as jobs, and what is wrong with the types of what they have of their own."""
    specs: list[TrialSpec] = []
    found: list[Finding] = []
    for index, one in enumerate(trials):
        spec, name = given.spec, label(index, one)
        if one.training_data is not None:
            data, wrong = read_training_data(one.training_data)
            found += _of_trial(wrong, name)
            spec = defaults.with_key_of_uploads(replace(spec, training_data=data))
        found += (wrong for wrong in _wrong_names(one, given) if wrong not in found)
        customization = customized(spec.customization, values_of(one.hyper_parameters))
        specs.append(TrialSpec(label=name, spec=replace(spec, customization=customization)))
    return specs, found


def _of_trial(findings: Iterable[Finding], name: str) -> Iterator[Finding]:
    for one in findings:
        yield replace(one, path=f"{one.path} of {name}")


def _wrong_names(trial: Trial, given: Arguments) -> Iterator[Finding]:
    """Yield what is wrong with the names of a trial's hyperparameters.

    Those of reinforcement fine-tuning are members of the API, which takes no others.
    """
    for name, api in repeated_names(trial.hyper_parameters):
        rule, path = f"must not have both {name} and {api}", "hyper_parameters of a trial"
        yield error("hyper-parameter-repeated", path, rule, NOT_SHOWN, "keep one of the two")
    is_rft, parameters = given.spec.customization.rft_config is not None, trial.hyper_parameters
    other = RftHyperParameters if is_rft else HyperParameters
    if isinstance(parameters, HyperParameters | RftHyperParameters):
        if not isinstance(parameters, other):
            rule = f"must be {other.__name__} or a mapping, as its customization type takes them"
            yield wrong_type("hyper_parameters of a trial", rule, parameters, f"write {other.__name__}(...)")
    elif is_rft and parameters:
        for one in parameters:
            if one not in RFT_NAMED and one not in RFT_NAMED.values():
                rule = "must have names of hyperparameters of reinforcement fine-tuning"
                fix = f"write {', '.join(RFT_NAMED.values())}"
                yield wrong_type("hyper_parameters of a trial", rule, one, fix)
