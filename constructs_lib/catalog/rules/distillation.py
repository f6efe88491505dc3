"""Rules about distillation: which teacher may teach which student, where, and until when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from constructs_lib.catalog import identifiers
from constructs_lib.catalog.findings import finding
from constructs_lib.request.tokens import is_known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs_lib.catalog.findings import Finding
    from constructs_lib.catalog.model import DistillationPair
    from constructs_lib.catalog.subject import Subject

_PATH = "customizationConfig.distillationConfig.teacherModelConfig.teacherModelIdentifier"


def pair(subject: Subject) -> Iterator[Finding]:
    """The teacher and the student must be a documented pair."""
    teacher, pairs = _teacher(subject), _pairs(subject)
    if teacher is None or not pairs or subject.model is None:
        return
    plain = _plain(teacher)
    if plain in {one.teacher for one in pairs}:
        return
    if identifiers.stem(plain) in {one.teacher for one in pairs}:
        rule = "should be the id that the documents give for the teacher, without a context suffix"
        fix = f"use {identifiers.stem(plain)}"
        yield finding("distillation-teacher", "warning", _PATH, rule, got=teacher, fix=fix)
        return
    teachers = " or ".join(one.teacher for one in pairs)
    rule = f"must be a documented teacher of {subject.model.name} {subject.cite(pairs[0].source)}"
    severity = subject.severity(verified=pairs[0].verified)
    yield finding("distillation-pair", severity, _PATH, rule, got=teacher, fix=f"use {teachers}")


def teacher_life(subject: Subject) -> Iterator[Finding]:
    """The teacher should be active on the day of the synth."""
    teacher = _teacher(subject)
    known = subject.catalog.teachers.get(identifiers.stem(_plain(teacher))) if teacher else None
    if known is None or subject.model is None or known.lifecycle.state(subject.today) == "active":
        return
    life = known.lifecycle
    ended = life.state(subject.today) == "eol"
    said = (
        f"the life of {known.name} ended on {life.eol_date}"
        if ended
        else f"{known.name} is Legacy since {life.legacy_date}"
    )
    rule = f"should name an active teacher; {said} {subject.cite(life.source)}"
    others = [one.teacher for one in _pairs(subject) if _is_active(subject, one.teacher)]
    fix = (
        f"use {' or '.join(others)}" if others else "choose another student: no teacher of this one is active"
    )
    yield finding("distillation-teacher", "warning", _PATH, rule, got=teacher, fix=fix)


def _is_active(subject: Subject, teacher: str) -> bool:
    known = subject.catalog.teachers.get(teacher)
    return known is not None and known.lifecycle.state(subject.today) == "active"


def _pairs(subject: Subject) -> list[DistillationPair]:
    model = subject.model
    return [
        one for one in subject.catalog.distillation_pairs if model is not None and one.student == model.id
    ]


def _teacher(subject: Subject) -> str | None:
    found: Any = subject.request if subject.kind == "DISTILLATION" else {}
    for member in _PATH.split("."):
        found = found.get(member) if isinstance(found, dict) else None
    return found if isinstance(found, str) and is_known(found) else None


def _plain(teacher: str) -> str:
    return identifiers.without_profile_prefix(identifiers.parse(teacher).model_id)


RULES = (pair, teacher_life)
