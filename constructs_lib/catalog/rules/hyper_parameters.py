"""Rules about the request's `hyperParameters`: names, types, ranges, and what must not be left out."""

from __future__ import annotations

import math
import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

from constructs_lib.catalog.findings import finding
from constructs_lib.catalog.words import bounds
from constructs_lib.contract import NOTHING
from constructs_lib.request.tokens import is_known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs_lib.catalog.figures import HyperParameter
    from constructs_lib.catalog.findings import Finding
    from constructs_lib.catalog.subject import Subject

_PATH = "hyperParameters"
_INTEGER = re.compile(r"-?[0-9]+")
_NUMBER = re.compile(r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def names(subject: Subject) -> Iterator[Finding]:
    """Every key should be documented for the model."""
    for name in _judged(subject):
        documented = list(subject.facts.hyper_parameters) if subject.facts else []
        if name not in documented:
            yield _unknown(subject, str(name), documented)


def _unknown(subject: Subject, name: str, documented: list[str]) -> Finding:
    who = subject.model.name if subject.model else ""
    if not documented:
        rule = f"should be left out: no hyperparameters are documented for {subject.kind} of {who}"
        return finding(
            "hyper-parameter-unknown", "warning", f"{_PATH}.{name}", rule, got=name, fix="take it out"
        )
    rule = f"should be a hyperparameter that is known for {who}: {', '.join(documented)}"
    near = _spelled_otherwise(name, documented) or get_close_matches(name, documented, n=1)
    fix = f"write {near[0]}" if near else "take it out"
    severity = subject.severity(verified=bool(_spelled_otherwise(name, documented)))
    return finding("hyper-parameter-unknown", severity, f"{_PATH}.{name}", rule, got=name, fix=fix)


def _spelled_otherwise(name: str, documented: list[str]) -> list[str]:
    """Find the key that differs only in case, underscores or hyphens: the API's keys are exact."""
    return [other for other in documented if other.lower() == name.lower().replace("_", "").replace("-", "")]


def values(subject: Subject) -> Iterator[Finding]:
    """Every value should have the documented type and lie in the documented range."""
    for name, value in _judged(subject).items():
        known = subject.facts.hyper_parameters.get(name) if subject.facts else None
        if known is not None and is_known(value) and str(value) not in known.special_values:
            yield from _value(subject, name, str(value), known)


def _value(subject: Subject, name: str, value: str, known: HyperParameter) -> Iterator[Finding]:
    number = _number(value, known)
    who, cited = subject.model.name if subject.model else "", subject.cite(known.source)
    if number is None:
        severity = subject.severity(verified=known.verified and known.type_verified)
        rule = f"must be {_type(known)} for {who} {cited}"
        fix = f"write {_type(known)}{_or_default(known)}"
        yield finding("hyper-parameter-type", severity, f"{_PATH}.{name}", rule, got=value, fix=fix)
    elif not _within(number, known):
        severity = subject.severity(verified=known.verified and not known.adjustable)
        must, span = "must" if severity == "error" else "should", bounds(known.min, known.max)
        note = f"; {known.note}" if known.note else ""
        rule = f"{must} be {span} for {who} {cited}{note}"
        fix = f"choose {span}{_or_default(known)}"
        yield finding("hyper-parameter-range", severity, f"{_PATH}.{name}", rule, got=value, fix=fix)


def _number(value: str, known: HyperParameter) -> float | None:
    if known.type == "enum":
        return 0.0 if value in known.values else None
    written = _INTEGER if known.type == "integer" else _NUMBER
    number = float(value) if written.fullmatch(value) else math.inf
    return number if math.isfinite(number) else None


def _type(known: HyperParameter) -> str:
    words = {"integer": "a whole number", "number": "a number", "enum": " or ".join(known.values)}
    return " or ".join([words[known.type], *known.special_values])


def _within(number: float, known: HyperParameter) -> bool:
    return (known.min is None or number >= known.min) and (known.max is None or number <= known.max)


def _or_default(known: HyperParameter) -> str:
    return f", or leave it out to use the default, {known.default}" if known.default is not None else ""


def required(subject: Subject) -> Iterator[Finding]:
    """What has no default must be given."""
    known = subject.facts.hyper_parameters if subject.facts and _applies(subject) else {}
    for name in known:
        if known[name].required and name not in subject.hyper_parameters():
            severity = subject.severity(verified=known[name].verified)
            who = subject.model.name if subject.model else ""
            rule = f"must be given: {who} has no default for it {subject.cite(known[name].source)}"
            allowed = [bounds(known[name].min, known[name].max), *known[name].special_values]
            fix = f"add it: {' or '.join(allowed)}"
            yield finding("hyper-parameter-required", severity, f"{_PATH}.{name}", rule, got=NOTHING, fix=fix)


def _applies(subject: Subject) -> bool:
    """Tell whether the request's map is where the model's hyperparameters belong."""
    return subject.facts is not None and subject.facts.hyper_parameters_path in (_PATH, None)


def _judged(subject: Subject) -> dict[str, object]:
    return dict(subject.hyper_parameters()) if _applies(subject) else {}


RULES = (names, values, required)
