"""How findings become more or less serious."""

from __future__ import annotations

import pytest

from constructs_lib.catalog import RULES, Checks, Finding, Severity


def _finding(severity: Severity, name: str = "region") -> Finding:
    return Finding("path", "must hold", 1, "mend it", id=f"bedrock-customization:{name}", severity=severity)


@pytest.mark.parametrize(
    ("checks", "severity", "expected"),
    [
        (Checks.strict(), "error", "error"),
        (Checks.strict(), "warning", "warning"),
        (Checks.strict(), "note", "note"),
        (Checks(), "error", "error"),
        (Checks.warn(), "error", "warning"),
        (Checks.warn(), "warning", "warning"),
        (Checks.warn(), "note", "note"),
        (Checks(overrides={"region": "warn"}), "error", "warning"),
        (Checks(overrides={"region": "off"}), "error", None),
        (Checks(overrides={"region": "off"}), "note", None),
        (Checks(overrides={"region": "error"}), "warning", "error"),
        (Checks(errors="warn", overrides={"region": "error"}), "error", "error"),
        (Checks(overrides={"model-id": "off"}), "error", "error"),
    ],
)
def test_severities(checks: Checks, severity: Severity, expected: Severity | None) -> None:
    """An override wins over the general setting, and each concerns its own rule only."""
    assert [one.severity for one in checks.apply([_finding(severity)])] == ([expected] if expected else [])


@pytest.mark.parametrize("overrides", [{"regions": "off"}, {"region": "loud"}, {"": "off"}])
def test_wrong_overrides_are_refused(overrides: dict[str, str]) -> None:
    """A misspelt rule or setting would silently check nothing, so it is refused."""
    with pytest.raises(ValueError, match=r"overrides.* must .*got"):
        Checks(overrides=overrides)  # type: ignore[arg-type] # what is tried here


def test_every_rule_can_be_overridden() -> None:
    """All rules, those of datasets too, have a name that an override can use."""
    for name in RULES:
        assert Checks(overrides={name: "off"}).apply([_finding("error", name)]) == []


def test_findings_are_left_as_they_are() -> None:
    """Applying checks gives new findings and keeps their order."""
    given = [_finding("error"), _finding("warning", "model-id")]
    assert [one.name for one in Checks.warn().apply(given)] == ["region", "model-id"]
    assert given[0].severity == "error"
