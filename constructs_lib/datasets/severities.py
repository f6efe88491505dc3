"""How serious a broken rule is: documented and verified rules are errors, others warnings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from constructs_lib.catalog import Dataset, Reason, Severity

_ALWAYS: dict[str, Severity] = {
    "unreadable": "error",
    "compressed": "error",
    "encoding": "error",
    "byte-order-mark": "warning",
    "line-ends": "note",
    "empty": "error",
    "blank-line": "error",
    "blank-line-at-end": "warning",
    "line-too-long": "error",
    "json": "error",
    "not-an-object": "error",
    "format": "note",
    "unknown-field": "warning",
    "tool-use": "warning",
    "duplicate-record": "warning",
    "validation-record-trains": "warning",
    "records-not-compared": "note",
    "tokens-per-record": "warning",
    "prompt-tokens-per-record": "warning",
    "completion-tokens-per-record": "warning",
}
_LIMITS = ("images-per-record", "videos-per-record", "caption-characters")


@dataclass(frozen=True, slots=True)
class Severities:
    """What the rules of one model's data count as.

    Args:
        dataset: What is documented of the data.
        format: The format that the file has.
    """

    dataset: Dataset
    format: Reason
    _known: dict[str, tuple[Severity, str]] = field(default_factory=dict)

    def of(self, rule: str) -> tuple[Severity, str]:
        """Return a rule's severity, and the source that it rests on."""
        if rule not in self._known:
            self._known[rule] = self._of(rule)
        return self._known[rule]

    def _of(self, rule: str) -> tuple[Severity, str]:
        known = self.dataset.rules.get(rule)
        if rule in _ALWAYS:
            return _ALWAYS[rule], known.source if known else ""
        if known is not None:
            return _severity(verified=known.verified), known.source
        limits = self.dataset.limits.get(rule, ()) if rule in _LIMITS else ()  # type: ignore[call-overload] # named so
        if limits:
            return _severity(verified=limits[0].verified and not limits[0].adjustable), limits[0].source
        return _severity(verified=self.format.verified), self.format.source


def _severity(*, verified: bool) -> Severity:
    return "error" if verified else "warning"
