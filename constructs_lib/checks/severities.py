"""How serious findings are. Those based on AWS's documents can be overruled: these may be out of date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Literal

from .rule import RULES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..findings import Finding, Severity

Override = Literal["error", "warn", "off"]

_SEVERITIES: dict[str, Severity] = {"error": "error", "warn": "warning"}


@dataclass(frozen=True, kw_only=True)
class Checks:
    """Which findings stop a synthesis.

    What the service model forbids, and what would make a policy or a template wrong, is always an error: the
    custom resource's function would reject it as well.

    Args:
        errors: what errors of documented rules count as. Default: `error`.
        overrides: by rule name, `warn` to go on, `off` to leave it out, `error` to stop. The names are in
            docs/checks.md. Default: every rule as documented.

    Raises:
        TypeError: the overrides are not a mapping.
        ValueError: an override names no rule, is not `error`, `warn` or `off`, or weakens a rule that
            cannot be overruled.
    """

    errors: Literal["error", "warn"] = "error"
    overrides: Mapping[str, Override] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.overrides, Mapping):
            got = repr(self.overrides)
            raise TypeError(
                f"overrides must be a mapping of rule names, got {got}; write {{'region': 'warn'}}"
            )
        for name, override in self.overrides.items():
            if name not in RULES:
                near = get_close_matches(str(name), RULES, n=1)
                fix = f"write {near[0]}" if near else "docs/checks.md lists the rules"
                raise ValueError(f"overrides must name a rule, got {name!r}; {fix}")
            if override not in ("error", "warn", "off"):
                raise ValueError(
                    f"overrides[{name!r}] must be error, warn or off, got {override!r}; choose one"
                )
            if RULES[name].is_fixed and override != "error":
                raise ValueError(
                    f"overrides[{name!r}] must be error, got {override!r}; this rule cannot be overruled, "
                    "because the deployment would fail, the policies would be wrong, or a platform team "
                    "restricts it"
                )

    @classmethod
    def strict(cls) -> Checks:
        """Return checks in which documented and verified rules stop the synthesis; this is the default."""
        return cls()

    @classmethod
    def warn(cls) -> Checks:
        """Return checks in which errors that are based on AWS's documents are warnings."""
        return cls(errors="warn")

    def apply(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return the findings with the severities that these checks give them, in the same order.

        Args:
            findings: the findings; one whose rule is off is left out.
        """
        applied = []
        for finding in findings:
            override = self.overrides.get(finding.name)
            if override is None and finding.severity == "error":
                override = self.errors
            if override is None or RULES[finding.name].is_fixed:
                applied.append(finding)
            elif override != "off":
                applied.append(replace(finding, severity=_SEVERITIES[override]))
        return applied
