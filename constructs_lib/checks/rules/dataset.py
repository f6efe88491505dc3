"""The local training and validation files, and how much would be trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...catalog.dataset_rules import DATASET_PREFIX, DATASET_RULES
from ...contract.resource import DEFAULT_EPOCHS_MEMBER, TOKENS_MEMBER, TOKENS_OF_EACH_MEMBER
from ...findings import Described, Finding, error
from ...request.data import FILE
from ...request.tokens import is_known
from ..rule import rule, rules
from ..subject import TRAINING, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from os import PathLike

    from ...datasets import Readable, Report
    from ..subject import Subject

_BUDGET = "max_training_tokens"
_COUNT = "bedrock-customize estimate --tokenizer FILE counts the tokens where the model's tokenizer is public"
_ANY = "aws"
_NOT_READABLE = "media-not-readable"


@rules({DATASET_PREFIX + name: text for name, text in DATASET_RULES.items()}, is_documented=True)
def datasets(subject: Subject) -> Iterator[Finding]:
    """Report what is wrong with the local files, one finding for each rule."""
    report = _report(subject)
    if report is not None:
        yield from report.by_rule()
    reported = {report.training.file} if report else set()
    reported |= {report.validation.file} if report and report.validation else set()
    others = [file for path, file in subject.local.items() if path != TRAINING and str(file) not in reported]
    if not others or subject.base is None or _readable(subject) is None:
        return
    for file in others:
        # It is not compared with training data: only what its own records refer to is reported.
        found = _validated(subject, file).by_rule()
        yield from (one for one in found if one.name.endswith(_NOT_READABLE))


@dataclass(frozen=True, slots=True)
class _Limit:
    """The lowest limit of tokens that applies to a job, and how to change it."""

    tokens: int
    owner: str = ""

    @property
    def set_by(self) -> str:
        return f" ({_BUDGET} of {self.owner})" if self.owner else ""

    def change(self, change: str, done: str) -> str:
        return f"have {done} there" if self.owner else change


def _limit(subject: Subject) -> _Limit | None:
    own = subject.max_training_tokens
    limits = [] if own is None else [_Limit(own)]
    given = ((one.max_training_tokens, one.owner) for one in subject.restrictions)
    limits += [_Limit(tokens, owner) for tokens, owner in given if tokens is not None]
    return min(limits, key=lambda one: one.tokens, default=None)


@rule(
    "training-budget",
    "More tokens would be trained than `max_training_tokens`, by the upper bound of an estimate.",
)
def budget(subject: Subject) -> Iterator[Finding]:
    """Report a training that exceeds the limit, or that cannot be compared with it."""
    limit = _limit(subject)
    if limit is not None:
        yield from _budget([subject], limit)


def sweep_budget(subjects: Sequence[Subject], tokens: int) -> Iterator[Finding]:
    """Report trainings that together exceed a limit, or that cannot be compared with it.

    Args:
        subjects: the trials of a sweep, which are valid.
        tokens: the limit.
    """
    yield from _budget(subjects, _Limit(tokens))


def tokens_of_all(subjects: Iterable[Subject]) -> tuple[int, int] | None:
    """Return the tokens that trainings take together: the likely number, and the upper bound.

    Args:
        subjects: the jobs. If the data of one is not a local file, nothing is known.
    """
    from ...datasets import estimate

    likely = most = 0
    for one in subjects:
        report = _report(one)
        if report is None:
            return None
        found = estimate(report, epochs=_epochs(one))
        likely, most = likely + found.tokens_trained, most + found.most_tokens_trained
    return likely, most


def limit_at_deployment(subjects: Sequence[Subject], tokens: int | None = None) -> dict[str, str] | None:
    """Return what the function compares with the size of the data; None where nothing is left to compare.

    Args:
        subjects: the job, or the trials of a sweep; all are valid.
        tokens: the limit of a sweep. Default: there is none for all trials together.
    """
    if all(TRAINING in one.local for one in subjects):
        return None
    of_each = [limit.tokens for one in subjects if (limit := _limit(one))]
    is_job = len(subjects) == 1
    limits = {
        TOKENS_MEMBER: min(of_each, default=None) if is_job else tokens,
        TOKENS_OF_EACH_MEMBER: None if is_job else min(of_each, default=None),
    }
    given = {name: str(limit) for name, limit in limits.items() if limit is not None}
    return {**given, DEFAULT_EPOCHS_MEMBER: str(_documented_epochs(subjects[0]))} if given else None


def _budget(subjects: Sequence[Subject], limit: _Limit) -> Iterator[Finding]:
    tokens = tokens_of_all(subjects)
    if tokens is None:
        yield from _not_compared(next(one for one in subjects if _report(one) is None), limit)
        return
    likely, most = tokens
    if most > limit.tokens:
        bound = f"the upper bound of the estimate{limit.set_by}"
        rule = f"must not be exceeded by {bound}: the limit is {limit.tokens:,}"
        got = Described(f"at most {most:,} tokens to train, about {likely:,} likely")
        change = limit.change("raise the limit", "the limit raised")
        fix = f"train on fewer records or epochs, or {change}; {_COUNT}"
        yield error("training-budget", _BUDGET, rule, got, fix)


def _not_compared(subject: Subject, limit: _Limit) -> Iterator[Finding]:
    """Report that the limit cannot be checked; rejected data and models have findings of their own."""
    training = subject.get(TRAINING)
    if UNKNOWN in (training, subject.identifier):
        return
    leave_out = limit.change("leave max_training_tokens out", "the limit removed")
    if TRAINING not in subject.local:
        is_missing = isinstance(training, str) and training.startswith(FILE)
        if subject.is_limited_at_deployment and training is not None and not is_missing:
            return
        if training is None:
            rule = f"needs a training file, whose tokens can be estimated{limit.set_by}"
            fix = f"name a file, or {leave_out}"
            yield error("training-budget", _BUDGET, rule, Described("invocation logs"), fix)
            return
        rule = f"needs a local training file, whose tokens can be estimated{limit.set_by}"
        fix = f"let the app upload the data, as with TrainingData.from_file, or {leave_out}"
        yield from () if is_missing else [error("training-budget", _BUDGET, rule, training, fix)]
        return
    rule = f"needs a known base model, so that tokens can be estimated{limit.set_by}"
    fix = f"write the model's id, or {leave_out}"
    yield error("training-budget", _BUDGET, rule, subject.identifier, fix)


def _report(subject: Subject) -> Report | None:
    training = subject.local.get(TRAINING)
    if training is None or subject.base is None:
        return None
    validation = [path for path in subject.data if path != TRAINING]
    local = [subject.local[path] for path in validation if path in subject.local]
    is_alone = len(validation) == len(local) == 1
    return _validated(
        subject,
        training,
        validation=local[0] if is_alone else None,
        validation_elsewhere=bool(validation) and not is_alone,
    )


def _validated(
    subject: Subject,
    file: str | PathLike[str],
    *,
    validation: str | PathLike[str] | None = None,
    validation_elsewhere: bool = True,
) -> Report:
    from ...datasets import validate_file_cached

    return validate_file_cached(
        file,
        model=subject.identifier,
        customization_type=subject.kind or "",
        validation=validation,
        validation_elsewhere=validation_elsewhere,
        catalog=subject.catalog,
        readable=_readable(subject),
    )


def _readable(subject: Subject) -> Readable | None:
    """Return what the role may read; None where a name is known only at deployment."""
    from ...datasets import Readable

    locations = list(subject.read.values())
    if not all(is_known(one.uri) for one in locations):
        return None
    arns = [arn for one in locations for arn in one.objects_to_read(_ANY)]
    names = tuple(str(arn).removeprefix(f"arn:{_ANY}:s3:::") for arn in arns)
    return Readable(names=names, severity="error" if subject.role_is_made else "warning")


def _epochs(subject: Subject) -> int:
    """Return the epochs of the request, or else the model's documented default."""
    rft = subject.get("customizationConfig.rftConfig.hyperParameters")
    given = rft if rft and isinstance(rft, Mapping) else subject.hyper_parameters
    epochs = given.get("epochCount")
    if epochs is not None and str(epochs).isdigit():
        return int(epochs)
    return _documented_epochs(subject)


def _documented_epochs(subject: Subject) -> int:
    documented = subject.facts.hyper_parameters.get("epochCount") if subject.facts else None
    default = documented.default if documented else None
    return int(default) if isinstance(default, int | float) else 1
