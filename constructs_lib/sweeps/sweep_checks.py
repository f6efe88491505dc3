"""Checks every trial of a sweep by the rules for jobs, and the sweep as a whole."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..checks import check
from ..checks.rules import sweeps as rules
from ..checks.rules.data import output_of_function
from ..checks.rules.dataset import sweep_budget, tokens_of_all
from ..checks.run_rules import with_severities
from ..contract.sweeps import HYPER_PARAMETERS, OVERRIDES, Objective, trial_request
from ..findings import SEVERITIES
from ..job.job_checks import subject_of, with_names_of_author
from ..job.storage import OutputBucket
from ..request import to_request

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from constructs import Construct

    from ..checks import Subject
    from ..findings import Finding
    from ..job.arguments import Arguments
    from ..job.asset import Copies
    from ..job.stack_env import StackEnv
    from ..request import JobSpec
    from .sweep_arguments import SweepArguments
    from .trial import TrialSpec


def own_members(request: Mapping[str, Any], of_sweep: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a trial changes of the request of its sweep, for `contract.sweeps.trial_request`.

    Args:
        request: what the trial sends.
        of_sweep: the request of the sweep.
    """
    own = {
        name: request[name] for name in OVERRIDES if name in request and request[name] != of_sweep.get(name)
    }
    if HYPER_PARAMETERS in own:
        known = of_sweep.get(HYPER_PARAMETERS, {})
        own[HYPER_PARAMETERS] = {
            name: value for name, value in own[HYPER_PARAMETERS].items() if value != known.get(name)
        }
    return own


def subjects_of(
    sweep: Construct, env: StackEnv, given: Arguments, trials: Sequence[TrialSpec], copies: Copies
) -> list[Subject]:
    """Return what the rules need to know of each trial.

    What is known of the data is found once for all trials with the same data, because it calls Node.

    Args:
        sweep: the construct.
        env: its stack.
        given: the arguments that the trials share.
        trials: the trials.
        copies: the local files of all of them.
    """
    known: list[tuple[object, JobSpec, Subject]] = []
    found = []
    for one in trials:
        data = one.spec.training_data
        same = next((entry for entry in known if entry[0] == data), None)
        if same is None:
            # The limit of the sweep is for all trials together; see `findings_of`.
            alone = replace(given, spec=one.spec, max_training_tokens=None)
            same = (data, one.spec, subject_of(sweep, env, alone, copies))
            known.append(same)
        _, spec, subject = same
        own = own_members(to_request(one.spec), to_request(spec))
        parameters = one.spec.customization.hyper_parameters
        repeated = parameters.repeated() if parameters else ()
        found.append(
            replace(subject, request=trial_request(subject.request, own), repeated_hyper_parameters=repeated)
        )
    return found


def findings_of(
    subjects: Sequence[Subject], trials: Sequence[TrialSpec], own: SweepArguments, given: Arguments
) -> list[Finding]:
    """Return everything that is wrong with a sweep: with each trial, each problem once, and as a whole.

    Args:
        subjects: the trials; see `subjects_of`.
        trials: the same, with their names.
        own: what only a sweep takes.
        given: the arguments that the trials share.
    """
    checks, labels = given.checks, [one.label for one in trials]
    of_trials = [with_names_of_author(check(one, checks), None, one.request) for one in subjects]
    whole = list(_of_all(subjects, labels, own, given))
    found = [*_each_once(of_trials, labels), *with_severities(whole, checks)]
    if not any(one.severity == "error" for one in found):
        whole = [rules.training(len(trials), tokens_of_all(subjects))]
        if given.max_training_tokens is not None:
            whole += sweep_budget(subjects, given.max_training_tokens)
        found += with_severities(whole, checks)
    return sorted(found, key=lambda one: SEVERITIES.index(one.severity))


def _of_all(
    subjects: Sequence[Subject], labels: Sequence[str], own: SweepArguments, given: Arguments
) -> Iterator[Finding]:
    yield from rules.repeated_trials([one.request for one in subjects], labels)
    yield from rules.objective(
        is_validation_loss=own.objective is Objective.VALIDATION_LOSS,
        has_validation_data=bool(given.spec.validation_data),
        keeps_all=own.keep.number is None,
    )
    first, bucket = subjects[0], given.output
    in_vpc = isinstance(bucket, OutputBucket) and bucket.only_from_vpc_id is not None
    written = "the results of the sweep"
    yield from output_of_function(
        first.output, first.account or "", "sweep-output", written, is_in_vpc=in_vpc
    )


def _each_once(of_trials: Sequence[Sequence[Finding]], labels: Sequence[str]) -> list[Finding]:
    """Return the findings of all trials: one that all of them have is one of the sweep."""
    owners: dict[tuple[object, ...], tuple[Finding, list[str]]] = {}
    for findings, label in zip(of_trials, labels, strict=True):
        for one in findings:
            key = (one.id, one.path, one.rule, repr(one.got), one.fix, one.severity, one.file, one.line)
            _, having = owners.setdefault(key, (one, []))
            if label not in having:
                having.append(label)
    found = []
    for one, having in owners.values():
        others = len(having) - 1
        more = f" and {others} other{'s' * (others > 1)}" if others else ""
        path = f"{one.path} of {having[0]}{more}".strip()
        found.append(one if len(having) == len(of_trials) else replace(one, path=path))
    return found
