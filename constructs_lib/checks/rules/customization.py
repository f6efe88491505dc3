"""The customization type, and what only one type needs: a teacher, a grader."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...catalog import identifiers
from ...findings import NOT_SHOWN, PREFIX, Described, Finding, error, warning
from ...permissions import is_profile
from ...request.tokens import is_known
from ..rule import rule
from ..subject import BASE, GRADER, TEACHER
from .data import differ

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...catalog import DistillationPair, Model, Reason
    from ..subject import Subject

_TYPE = "customizationType"
_CONFIG = "customizationConfig"
_CONFIG_OF = {"DISTILLATION": "distillationConfig", "REINFORCEMENT_FINE_TUNING": "rftConfig"}
_PARTS_OF_CONFIG = (
    "teacherModelConfig",
    "teacherModelIdentifier",
    "graderConfig",
    "lambdaGrader",
    "lambdaArn",
)
_NOT_A_METHOD = ("CONTINUED_PRE_TRAINING", "IMPORTED")
"""Types that no model is documented for; each has a rule of its own."""
_CALLED = re.compile(r"arn:[^:]+:(?:lambda|bedrock):(?P<region>[^:]*):(?P<account>[0-9]{12})?:.+")


@rule("continued-pre-training", "AWS no longer documents continued pre-training.", "warning")
def continued_pre_training(subject: Subject) -> Iterator[Finding]:
    """Report a type that AWS no longer documents."""
    if subject.kind == "CONTINUED_PRE_TRAINING":
        rule = "should not be CONTINUED_PRE_TRAINING, which AWS no longer documents as a method"
        yield warning("continued-pre-training", _TYPE, rule, NOT_SHOWN, "use FINE_TUNING")


@rule("imported", "IMPORTED is a type of models and not of jobs.", "warning")
def imported(subject: Subject) -> Iterator[Finding]:
    """Report a type that is documented for no job."""
    if subject.kind == "IMPORTED":
        rule = "should not be IMPORTED, which Bedrock reports of imported models; no job has it"
        yield warning("imported", _TYPE, rule, NOT_SHOWN, "use FINE_TUNING")


@rule("customization-type", "The model is not documented for this customization type.", is_documented=True)
def customization_type(subject: Subject) -> Iterator[Finding]:
    """Report a type that is switched off for the model (an error), or not listed for it (a warning)."""
    model, kind = subject.model, subject.kind
    if model is None or kind is None or kind in (*_NOT_A_METHOD, *model.customizations) or other_api(model):
        return
    reason = model.unavailable.get(kind)
    severity = subject.severity(verified=reason is not None and reason.verified)
    why = f"; {kind} {reason.text}" if reason else ""
    must = "must" if severity == "error" else "should"
    rule = f"{must} be a type that is documented for {model.name}{why}"
    fix = f"use {' or '.join(model.customizations)}, or another model"
    source = reason.source if reason else ""
    yield Finding(f"{PREFIX}customization-type", _TYPE, rule, kind, fix, severity, source)


@rule("job-api", "The model is customized through another API.", is_documented=True)
def job_api(subject: Subject) -> Iterator[Finding]:
    """Report a model that CreateModelCustomizationJob does not customize."""
    other = other_api(subject.model) if subject.model else None
    if other is None or subject.model is None:
        return
    severity = subject.severity(verified=other.verified)
    must = "must" if severity == "error" else "should"
    rule = f"{must} be a model for CreateModelCustomizationJob; {subject.model.name} {other.text}"
    fix = "use that API, or another model"
    yield Finding(f"{PREFIX}job-api", BASE, rule, subject.identifier, fix, severity, other.source)


def other_api(model: Model) -> Reason | None:
    """Return why no customization of a model goes through CreateModelCustomizationJob, or None."""
    reasons = [facts.other_api for facts in model.customizations.values()]
    return reasons[0] if reasons and all(reasons) else None


@rule("config-does-not-fit-type", "A configuration belongs to another customization type.", "warning")
def foreign_config(subject: Subject) -> Iterator[Finding]:
    """Report a configuration of another type than the job's."""
    if subject.kind is None:
        return
    own = _CONFIG_OF.get(subject.kind)
    for kind, name in _CONFIG_OF.items():
        if name != own and subject.get(f"{_CONFIG}.{name}") is not None:
            rule = f"is for {kind}, and the job's type is {subject.kind}"
            fix = "remove it, or set customizationType"
            yield warning("config-does-not-fit-type", f"{_CONFIG}.{name}", rule, NOT_SHOWN, fix)


@rule("config-missing", "The configuration that the customization type needs is missing.", "warning")
def missing_config(subject: Subject) -> Iterator[Finding]:
    """Report a type without its configuration."""
    needed = _CONFIG_OF.get(subject.kind or "")
    is_misplaced = {needed, *_PARTS_OF_CONFIG} & set(subject.request)  # which is a finding of its own
    if needed and not is_misplaced and subject.get(f"{_CONFIG}.{needed}") is None:
        rule = f"is documented as required for {subject.kind}"
        yield warning("config-missing", f"{_CONFIG}.{needed}", rule, NOT_SHOWN, "add it")


@rule("no-grader", "Reinforcement fine-tuning has no grader.", "warning")
def no_grader(subject: Subject) -> Iterator[Finding]:
    """Report reinforcement fine-tuning without a grader."""
    path = f"{_CONFIG}.rftConfig"
    if subject.get(path) is not None and subject.get(f"{path}.graderConfig") is None:
        rule = "is missing, and reinforcement fine-tuning needs a grader"
        fix = "add graderConfig with a Lambda function"
        yield warning("no-grader", f"{path}.graderConfig", rule, NOT_SHOWN, fix)


@rule("hyper-parameters-of-rft", "Reinforcement fine-tuning does not read these hyperparameters.", "warning")
def misplaced_hyper_parameters(subject: Subject) -> Iterator[Finding]:
    """Report top-level hyperparameters of reinforcement fine-tuning."""
    if subject.kind == "REINFORCEMENT_FINE_TUNING" and subject.hyper_parameters:
        rule = "is not read by reinforcement fine-tuning"
        fix = "move them to customizationConfig.rftConfig.hyperParameters"
        yield warning("hyper-parameters-of-rft", "hyperParameters", rule, NOT_SHOWN, fix)


@rule("called-elsewhere", "A grader or teacher belongs to another account or Region.")
def called(subject: Subject) -> Iterator[Finding]:
    """Report a grader or teacher of another account or Region that the service role would send data to."""
    for path in (TEACHER, GRADER):
        if not subject.role_is_made:
            continue
        got, account, region = _called(subject, path)
        own = "or pass a role that permits the call"
        if differ(account, subject.account):
            rule = "must belong to the job's account, because it receives training data"
            yield error("called-elsewhere", path, rule, got, f"use one of account {subject.account}, {own}")
        elif region and differ(region, subject.region):
            rule = "must be in the job's Region"
            yield error("called-elsewhere", path, rule, got, f"use one in {subject.region}, {own}")


@rule("deploy-time-teacher", "The teacher is known only at deployment.", "warning")
def deploy_time_teacher(subject: Subject) -> Iterator[Finding]:
    """Report a teacher that is a token: the role's policy treats it as the id of a model."""
    teacher = subject.get(TEACHER)
    if isinstance(teacher, str) and not is_known(teacher) and not is_profile(teacher):
        rule = (
            "is known only at deployment, so the role may invoke only a model that is given by its id, and "
            "neither an inference profile nor an ARN"
        )
        yield warning("deploy-time-teacher", TEACHER, rule, NOT_SHOWN, "write the teacher's id or ARN")


@rule("distillation-pair", "The teacher is not documented for the student.", "warning", is_documented=True)
def distillation_pair(subject: Subject) -> Iterator[Finding]:
    """Report a teacher that AWS does not list for the student."""
    teacher, pairs = _teacher(subject), _pairs(subject)
    if teacher is None or not pairs or subject.model is None:
        return
    plain, teachers = _plain(teacher), [one.teacher for one in pairs]
    if plain not in teachers and identifiers.stem(plain) not in teachers:
        rule = f"should be a teacher that AWS lists for {subject.model.name}"
        fix = f"use {' or '.join(dict.fromkeys(teachers))}"
        yield warning("distillation-pair", TEACHER, rule, teacher, fix, source=pairs[0].source)


@rule(
    "distillation-teacher",
    "The teacher is not active, or is written with a context suffix.",
    "warning",
    is_documented=True,
)
def teacher_state(subject: Subject) -> Iterator[Finding]:
    """Report a teacher that is not active, or that is written with a context suffix."""
    teacher, pairs = _teacher(subject), _pairs(subject)
    if teacher is None:
        return
    plain = _plain(teacher)
    stem = identifiers.stem(plain)
    if plain != stem and stem in {one.teacher for one in pairs}:
        rule = "should be the id that AWS documents for the teacher, without a context suffix"
        yield warning("distillation-teacher", TEACHER, rule, teacher, f"use {stem}")
        return
    known = subject.catalog.teachers.get(stem)
    if known is None or _is_active(subject, stem):
        return
    life = known.lifecycle
    state = (
        f"{known.name} reached end of life on {life.eol_date}"
        if life.state(subject.today) == "eol"
        else f"{known.name} is Legacy since {life.legacy_date}"
    )
    active = list(dict.fromkeys(one.teacher for one in pairs if _is_active(subject, one.teacher)))
    fix = f"use {' or '.join(active)}" if active else "choose another student: this one has no active teacher"
    rule = f"should be an active teacher; {state}"
    yield warning("distillation-teacher", TEACHER, rule, teacher, fix, source=life.source)


def _called(subject: Subject, path: str) -> tuple[object, str | None, str | None]:
    """Return a grader or teacher with its account and Region, as its ARN or its construct states them."""
    arn, construct = subject.get(path), subject.constructs.get(path)
    found = _CALLED.fullmatch(arn) if isinstance(arn, str) else None
    if found is None and construct is not None:
        return Described(construct.path), construct.account, construct.region
    return (arn, found["account"], found["region"]) if found else (arn, None, None)


def _is_active(subject: Subject, teacher: str) -> bool:
    known = subject.catalog.teachers.get(teacher)
    return known is not None and known.lifecycle.state(subject.today) == "active"


def _pairs(subject: Subject) -> list[DistillationPair]:
    pairs = subject.catalog.distillation_pairs
    return [one for one in pairs if subject.model is not None and one.student == subject.model.id]


def _teacher(subject: Subject) -> str | None:
    return subject.text(TEACHER) if subject.kind == "DISTILLATION" else None


def _plain(teacher: str) -> str:
    return identifiers.without_profile_prefix(identifiers.parse(teacher).model_id)
