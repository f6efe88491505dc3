"""How seriously a construct takes the catalogue: documents lag behind the service."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from .findings import RULES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .findings import Finding, Severity

Override = Literal["error", "warn", "off"]

_SEVERITIES: dict[Override, Severity] = {"error": "error", "warn": "warning"}
_OVERRIDES = ("error", "warn", "off")


@dataclass(frozen=True, kw_only=True)
class Checks:
    """Which findings of the catalogue and of the datasets stop a synth.

    What Bedrock's own service model forbids is no finding of the catalogue: it is always an error.

    Args:
        errors: What an error counts as. Default: `error`.
        overrides: By rule name (see `RULES`), `warn` to go on, `off` to say nothing, `error` to stop.
            Default: Every rule as documented.

    Raises:
        ValueError: An override names a rule that does not exist, or is none of `error`, `warn`, `off`.
    """

    errors: Literal["error", "warn"] = "error"
    overrides: Mapping[str, Override] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, override in self.overrides.items():
            if name not in RULES:
                raise ValueError(
                    f"overrides must name a rule, got {name!r}; choose one of {', '.join(RULES)}"
                )
            if override not in _OVERRIDES:
                raise ValueError(
                    f"overrides[{name!r}] must be error, warn or off, got {override!r}; choose one"
                )

    @classmethod
    def strict(cls) -> Checks:
        """Documented and verified rules stop the synth; this is the default."""
        return cls()

    @classmethod
    def warn(cls) -> Checks:
        """Nothing that the catalogue says stops the synth; it is printed as warnings."""
        return cls(errors="warn")

    def apply(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return the findings with the severities that these checks give them, in the same order."""
        return [kept for finding in findings if (kept := self._applied(finding)) is not None]

    def _applied(self, finding: Finding) -> Finding | None:
        override = self.overrides.get(finding.name)
        if override == "off":
            return None
        if override is not None:
            return replace(finding, severity=_SEVERITIES[override])
        if finding.severity == "error":
            return replace(finding, severity=_SEVERITIES[self.errors])
        return finding
