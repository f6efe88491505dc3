"""Everything that is wrong with a job, before anything is built."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from constructs_lib.contract import NOTHING, Violation, safeguards, violations

from .fields import typed_path
from .job_spec import JobSpec
from .numbers import with_exact_numbers
from .problems import Problem
from .request import to_request
from .rules import synth_rules
from .s3_data import FILE
from .tokens import is_known, literal

if TYPE_CHECKING:
    from collections.abc import Callable

# The construct or the handler makes what a job leaves out of these.
_MADE_FOR_YOU = ("jobName", "customModelName", "roleArn", "outputDataConfig")


def check(job: JobSpec | Mapping[str, Any]) -> list[Problem]:
    """Give everything wrong with a job: the service's rules, the safeguards, what synth alone can know.

    What is not known yet (a CDK token) passes; the custom resource's function judges it with the same rules.

    Args:
        job: Values (the problems then carry the typed names), or a request in the API's words.
    """
    if isinstance(job, JobSpec):
        return [*_repeated(job), *_problems(to_request(job), typed_path)]
    return _problems(job, str)


def _problems(request: object, name: Callable[[str], str]) -> list[Problem]:
    if not isinstance(request, Mapping):
        return [_problem(one, name) for one in violations(request)]
    request = with_exact_numbers(request)
    found = [
        *(one for one in violations(request, is_known=is_known) if _counts(one)),
        *safeguards(request, literal=literal),
        *synth_rules(request),
    ]
    return [_problem(one, name) for one in found]


def _counts(violation: Violation) -> bool:
    if violation.got is NOTHING and violation.path in _MADE_FOR_YOU:
        return False
    return not (violation.path.endswith("s3Uri") and str(violation.got).startswith(FILE))


def _problem(violation: Violation, name: Callable[[str], str]) -> Problem:
    path, rule, fix = violation.path, violation.rule, violation.fix
    if path.startswith("hyperParameters.") and rule == "must be a string":
        rule, fix = "must be a finite number or a string", "write a number, or the exact text to send"
    return Problem(name(path), rule, violation.got, fix)


def _repeated(job: JobSpec) -> Iterator[Problem]:
    parameters = job.customization.hyper_parameters
    for key in parameters.repeated() if parameters else ():
        path = "customization.hyper_parameters.other"
        yield Problem(
            path, f"must not repeat {typed_path(f'hyperParameters.{key}')}", key, "keep one of the two"
        )
