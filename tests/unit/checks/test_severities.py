"""How findings become more or less serious."""

from __future__ import annotations

import pytest

from constructs_lib.checks import RULES, Checks, Rule
from constructs_lib.findings import PREFIX, Finding, Severity
from tests.unit.checks.subjects import MINIMAL, found, names


def _finding(severity: Severity, name: str = "region") -> Finding:
    return Finding(f"{PREFIX}{name}", "path", "must hold", 1, "correct it", severity)


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


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"regions": "off"}, "must name a rule, got 'regions'; write region"),
        ({"": "off"}, "must name a rule, got ''; docs/checks.md lists the rules"),
        ({"region": "loud"}, "must be error, warn or off, got 'loud'"),
        ({"request-pattern": "warn"}, "must be error, got 'warn'; this rule cannot be overruled"),
        ({"output-overlaps-input": "off"}, "must be error, got 'off'; this rule cannot be overruled"),
    ],
)
def test_wrong_overrides_are_refused(overrides: dict[str, str], said: str) -> None:
    """A misspelt rule would change nothing, and a rule of the service model cannot be weakened."""
    with pytest.raises(ValueError, match=r"overrides.* must .*got") as caught:
        Checks(overrides=overrides)  # type: ignore[arg-type] # what is tried here
    assert said in str(caught.value)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_every_rule_can_be_overridden_unless_it_is_fixed(rule: Rule) -> None:
    """All rules, those of datasets too, have a name that an override can use."""
    assert Checks(overrides={rule.name: "error"})
    if not rule.is_fixed:
        assert Checks(overrides={rule.name: "off"}).apply([_finding("error", rule.name)]) == []
    assert rule.summary.endswith(".")


def test_findings_are_left_as_they_are() -> None:
    """Applying checks gives new findings and keeps their order."""
    given = [_finding("error"), _finding("warning", "model-id")]
    assert [one.name for one in Checks.warn().apply(given)] == ["region", "model-id"]
    assert given[0].severity == "error"


def test_a_severity_decides_where_a_finding_stands() -> None:
    """Errors come first, whatever made them errors, and what is only a warning names no override."""
    asked = MINIMAL | {"hyperParameters": {"epochCount": "9", "unheardOf": "1"}, "jobName": "a_b"}
    ranges, unknown = "hyper-parameter-range", "hyper-parameter-unknown"
    fixed = ("error", "request-pattern")
    assert names(found(asked)) == [fixed, ("error", ranges), ("warning", unknown)]
    swapped = found(asked, Checks(overrides={ranges: "warn", unknown: "error"}))
    assert names(swapped) == [fixed, ("error", unknown), ("warning", ranges)]
    assert [bool(one.overrule) for one in swapped] == [False, True, False]
    assert names(found(asked, Checks.warn())) == [fixed, ("warning", unknown), ("warning", ranges)]


def test_overrides_are_a_mapping() -> None:
    """Anything else says what to write."""
    with pytest.raises(TypeError, match="overrides must be a mapping of rule names, got 5; write"):
        Checks(overrides=5)  # type: ignore[arg-type] - the point
