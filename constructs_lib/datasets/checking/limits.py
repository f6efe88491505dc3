"""How serious a broken rule is, and the limits of a whole dataset: records, bytes, the sums of both files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...findings import Described
from ..dataset_findings import finding, rule_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...catalog import CustomizationFacts, Dataset, Limit, Quantity, Reason
    from ...findings import Finding, Severity
    from .file_checker import Counts

_USUALLY: dict[str, Severity] = {
    "unreadable": "error",
    "compressed": "error",
    "foreign-shape": "error",
    "encoding": "error",
    "byte-order-mark": "error",  # JSON has none, and no JSON parser of AWS's validators takes one
    "line-ends": "note",
    "empty": "error",
    "blank-line": "error",
    "blank-line-at-end": "warning",
    "line-too-long": "error",
    "json": "error",
    "not-an-object": "error",
    "format": "note",
    "missing-field": "error",
    "field-type": "error",
    "unknown-field": "warning",
    "log-body": "warning",
    "log-schema": "warning",
    "log-teacher": "warning",
    "request-metadata": "error",
    "several-files": "warning",
    "other-files": "note",
    "block-type": "warning",
    "duplicate-record": "warning",
    "validation-record-trains": "warning",
    "records-not-compared": "note",
    "tokens-per-record": "warning",
    "prompt-tokens-per-record": "warning",
    "completion-tokens-per-record": "warning",
}
_LIMITS_OF_RECORDS: tuple[Quantity, ...] = (
    "images-per-record",
    "videos-per-record",
    "documents-per-record",
    "caption-characters",
)
_ABOUT: dict[Quantity, tuple[str, str]] = {
    "training-records": ("the training data", "records"),
    "validation-records": ("the validation data", "records"),
    "total-records": ("training and validation data together", "records"),
    "training-bytes": ("the training file", "bytes"),
    "validation-bytes": ("the validation file", "bytes"),
}


@dataclass(frozen=True, slots=True)
class Severities:
    """The severities of the rules for one model's data.

    What AWS documents is an error, and so is what a validator of AWS refuses. Anything else is a warning.

    Args:
        dataset: what is documented of the data.
        format: the format that the file has.
    """

    dataset: Dataset
    format: Reason
    _known: dict[str, tuple[Severity, str]] = field(default_factory=dict)

    def of(self, found: Finding) -> tuple[Severity, str]:
        """Return a finding's severity, and the source of its rule."""
        known = self._known.get(found.id)
        if known is None:
            known = self._known[found.id] = self.of_rule(rule_of(found))
        return known

    def of_rule(self, rule: str) -> tuple[Severity, str]:
        """Return the severity and the source of a rule in `DATASET_RULES`."""
        known = self.dataset.rules.get(rule)
        if known is not None:
            return _severity(certain=known.certain), known.source
        if rule in _USUALLY:
            return _USUALLY[rule], ""
        for quantity in _LIMITS_OF_RECORDS:
            if quantity == rule and (limits := self.dataset.limits.get(quantity)):
                return severity_of(limits[0]), limits[0].source
        return _severity(certain=self.format.verified), self.format.source


def _severity(*, certain: bool) -> Severity:
    return "error" if certain else "warning"


def severity_of(limit: Limit) -> Severity:
    """Return the severity of a limit that is exceeded: quotas that AWS can raise are only warnings."""
    return "note" if limit.advice else _severity(certain=limit.certain)


def unused_validation_data(
    facts: CustomizationFacts | None, got: str
) -> tuple[Finding, Severity, str] | None:
    """Return what is wrong with validation data of a model that does not use it, its severity and source.

    Args:
        facts: what is documented about the model; None where nothing is.
        got: the validation data.
    """
    known = facts.validation_data if facts else None
    if known is None or known.support not in {"ignored", "refused"}:
        return None
    level: Severity = "error" if known.verified and known.support == "refused" else "warning"
    does = "takes none" if known.support == "refused" else "does not train with it"
    rule = f"must be left out: it is validation data, and the model {does}"
    return finding("validation-data", "", rule, got, "leave it out"), level, known.source


def measured(
    training: Counts, validation: Counts | None, *, elsewhere: bool
) -> Iterator[tuple[Quantity, int, bool, int]]:
    """Yield what can be compared with a limit, whether there may be more, and how much is invalid.

    Args:
        training: what was counted in the training file.
        validation: what was counted in the validation file, where there is one.
        elsewhere: whether there is validation data that was not read.
    """
    total, invalid = training.records, training.invalid
    if validation:
        total, invalid = total + validation.records, invalid + validation.invalid
    yield "training-records", training.records, False, training.invalid
    yield "training-bytes", training.bytes, False, 0
    yield "total-records", total, elsewhere, invalid
    if validation:
        yield "validation-records", validation.records, False, validation.invalid
        yield "validation-bytes", validation.bytes, False, 0


def outside(
    dataset: Dataset, quantity: Quantity, value: int, *, incomplete: bool, invalid: int = 0
) -> Iterator[tuple[Finding, Limit]]:
    """Yield the limits that a count is outside of.

    Bedrock leaves invalid records out, or refuses the file: they count towards a maximum, and not towards a
    minimum.

    Args:
        dataset: what is documented of the data.
        quantity: what was counted.
        value: how much there is of it.
        incomplete: whether there is more that was not counted, so that a minimum cannot be checked.
        invalid: how much of it breaks a rule. Default: nothing does.
    """
    whose, unit = _ABOUT[quantity]
    for limit in dataset.limits.get(quantity, ()):
        note = f"; {limit.note}" if limit.note else ""
        if limit.min is not None and value - invalid < limit.min and not incomplete:
            missing = f"{limit.min - value + invalid:,.0f}"
            rule, got = f"{whose} must have at least {limit.min:,.0f} {unit}{note}", f"{value:,}"
            fix = f"add {missing}"
            if invalid:
                rule = f"{whose} must have at least {limit.min:,.0f} valid {unit}{note}"
                got = f"{value - invalid:,} of {value:,}"
                fix = f"correct those that break a rule, or add {missing}"
            yield finding(quantity, "", rule, Described(got), fix), limit
        if limit.max is not None and value > limit.max:
            rule = f"{whose} must have at most {limit.max:,.0f} {unit}{note}"
            fix = f"remove {value - limit.max:,.0f}"
            fix = f"{fix}, or request a higher quota" if limit.adjustable else fix
            yield finding(quantity, "", rule, Described(f"{value:,}"), fix), limit
