"""The request's `hyperParameters`: names, types, ranges, and what must be given."""

from __future__ import annotations

import math
import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

from ...catalog.model import bounds
from ...findings import NOTHING, PREFIX, Finding, error, warning
from ...request.fields import typed_path
from ...request.tokens import is_known
from ..rule import rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ...catalog import HyperParameter
    from ..subject import Subject

_PATH = "hyperParameters"
_INTEGER = re.compile(r"-?[0-9]+")
_NUMBER = re.compile(r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


@rule(
    "hyper-parameter-unknown",
    "The hyperparameter is not documented for the model.",
    "warning",
    is_documented=True,
)
def names(subject: Subject) -> Iterator[Finding]:
    """Report keys that AWS does not list for the model."""
    documented, who = _documented(subject), subject.model.name if subject.model else ""
    if documented is None:
        return
    for name in subject.hyper_parameters:
        if name in documented:
            continue
        known = ", ".join(documented)
        rule = f"is not documented for {who}, which takes {known or 'no hyperparameters'}"
        plain = str(name).lower().replace("_", "").replace("-", "")
        exact = [other for other in documented if other.lower() == plain]
        near = exact or get_close_matches(str(name), documented, n=1)
        fix = f"write {near[0]}" if near else "remove it"
        source = next((one.source for one in documented.values()), "")
        yield warning("hyper-parameter-unknown", f"{_PATH}.{name}", rule, name, fix, source=source)


@rule("hyper-parameter-type", "The hyperparameter's value has the wrong type.", is_documented=True)
def types(subject: Subject) -> Iterator[Finding]:
    """Report values that are not read as the documented type."""
    for name, value, known in _values(subject):
        if _number(value, known) is None:
            severity = subject.severity(verified=known.verified and known.type_verified)
            rule = f"{_must(severity)} be {_type(known)} for {_who(subject)}"
            fix = f"write {_type(known)}{_or_default(known)}"
            if _number(value.replace(",", "."), known) is not None:
                fix = f"write {value.replace(',', '.')}, with a decimal point"
            yield Finding(
                f"{PREFIX}hyper-parameter-type", f"{_PATH}.{name}", rule, value, fix, severity, known.source
            )


@rule(
    "hyper-parameter-range", "The hyperparameter's value is outside its documented range.", is_documented=True
)
def ranges(subject: Subject) -> Iterator[Finding]:
    """Report values outside the documented range."""
    for name, value, known in _values(subject):
        number = _number(value, known)
        is_low = number is not None and known.min is not None and number < known.min
        is_high = number is not None and known.max is not None and number > known.max
        if is_low or is_high:
            severity = subject.severity(verified=known.verified and not known.adjustable)
            span, remark = bounds(known.min, known.max), f"; {known.note}" if known.note else ""
            rule = f"{_must(severity)} be {span} for {_who(subject)}{remark}"
            fix = f"choose {span}{_or_default(known)}"
            yield Finding(
                f"{PREFIX}hyper-parameter-range", f"{_PATH}.{name}", rule, value, fix, severity, known.source
            )


@rule("hyper-parameter-required", "A hyperparameter without a default is left out.", is_documented=True)
def required(subject: Subject) -> Iterator[Finding]:
    """Report hyperparameters that have no default and are absent."""
    for name, known in (_documented(subject) or {}).items():
        if known.required and name not in subject.hyper_parameters:
            severity = subject.severity(verified=known.verified)
            rule = f"{_must(severity)} be given: {_who(subject)} has no default for it"
            fix = f"add it: {' or '.join([bounds(known.min, known.max), *known.special_values])}"
            yield Finding(
                f"{PREFIX}hyper-parameter-required",
                f"{_PATH}.{name}",
                rule,
                NOTHING,
                fix,
                severity,
                known.source,
            )


@rule("hyper-parameter-repeated", "A hyperparameter is given by name and in `other`.")
def repeated(subject: Subject) -> Iterator[Finding]:
    """Report keys that a `HyperParameters` has twice."""
    for key in subject.repeated_hyper_parameters:
        rule = f"must not repeat {typed_path(f'{_PATH}.{key}')}"
        yield error("hyper-parameter-repeated", f"{_PATH}.{key}", rule, key, "keep one of the two")


def _documented(subject: Subject) -> Mapping[str, HyperParameter] | None:
    """Return what is documented; None where nothing is, or where the map is not the one that is read."""
    facts = subject.facts
    if facts is None or facts.hyper_parameters_path not in (_PATH, None):
        return None
    return facts.hyper_parameters


def _values(subject: Subject) -> Iterator[tuple[str, str, HyperParameter]]:
    documented = _documented(subject) or {}
    for name, value in subject.hyper_parameters.items():
        known = documented.get(name)
        if known is not None and is_known(value) and str(value) not in known.special_values:
            yield name, str(value), known


def _number(value: str, known: HyperParameter) -> float | None:
    if known.type == "enum":
        return 0.0 if value in known.values else None
    written = _INTEGER if known.type == "integer" else _NUMBER
    number = float(value) if written.fullmatch(value) else math.inf
    return number if math.isfinite(number) else None


def _type(known: HyperParameter) -> str:
    words = {"integer": "a whole number", "number": "a number", "enum": " or ".join(known.values)}
    return " or ".join([words[known.type], *known.special_values])


def _or_default(known: HyperParameter) -> str:
    return f", or leave it out to use the default, {known.default}" if known.default is not None else ""


def _must(severity: str) -> str:
    return "must" if severity == "error" else "should"


def _who(subject: Subject) -> str:
    return subject.model.name if subject.model else ""
