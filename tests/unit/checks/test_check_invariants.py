"""What holds of every check: nothing is lost, nothing is reported twice, nothing raises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from constructs_lib.checks import RULES, Subject, not_checked
from constructs_lib.contract import default_model
from constructs_lib.contract.rules import SUMMARIES as SERVICE_MODEL
from tests.unit.checks.faults import FAULTS, VALID, few_faults, planted
from tests.unit.checks.subjects import TODAY, TOKEN, errors, found
from tests.unit.request.strategies import requests

slow = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
RANKS = ["error", "warning", "note"]
MEMBERS = [*default_model().shape("CreateModelCustomizationJobRequest")["members"], "unheardOf"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just(TOKEN),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=10) | st.sampled_from(MEMBERS), inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["s3Uri", "validators", "key", "value", "equals", "andAll", "subnetIds", "rftConfig"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=20,
)
GARBAGE = JSON | st.dictionaries(st.sampled_from(MEMBERS), JSON, max_size=8)


@slow
@given(requests())
def test_a_valid_request_breaks_no_rule_of_the_service_model(request: dict[str, Any]) -> None:
    """What Bedrock's own model accepts is accepted, whatever other rules say of it."""
    assert [one for one in found(request) if one.name in SERVICE_MODEL] == []


@slow
@given(GARBAGE)
def test_nothing_raises(request: object) -> None:
    """Whatever stands in a file, the answer is a list of sentences on one line each."""
    findings = found(request, region="us-east-1", account="111122223333")
    assert all(str(one).isprintable() and one.name in RULES for one in findings)
    assert all(one.path or one.file for one in findings)
    assert [*not_checked(Subject(request=request, today=TODAY))]  # type: ignore[arg-type] # what is tried here


@slow
@given(requests() | GARBAGE)
def test_the_same_request_has_the_same_findings(request: object) -> None:
    """Errors first, then warnings, then notes; and the same ones each time."""
    findings = found(request)
    assert findings == found(request)
    severities = [RANKS.index(one.severity) for one in findings]
    assert severities == sorted(severities)


@settings(max_examples=400, deadline=None)
@given(few_faults())
def test_every_fault_is_one_error(chosen: set[str]) -> None:
    """Whatever else is planted: no fault hides another, and none is reported twice."""
    request, expected = planted(chosen, VALID)
    reported = [(one.name, one.path) for one in errors(request)]
    assert sorted(reported) == sorted(expected)


@slow
@given(few_faults(), requests())
def test_no_fault_is_lost_in_any_request(chosen: set[str], valid: dict[str, Any]) -> None:
    """Other members of a request make more findings, and never fewer or doubled ones."""
    rest = {name: value for name, value in valid.items() if name != "customizationConfig"}
    request, expected = planted(chosen, {**rest, **VALID})
    wrong = errors(request)
    assert expected <= {(one.name, one.path) for one in wrong}
    assert len({one.path for one in wrong}) == len(wrong)


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_shows_alone(name: str) -> None:
    """And the request without it is fine."""
    assert errors(VALID) == []
    request, expected = planted({name}, VALID)
    assert {(one.name, one.path) for one in errors(request)} == expected


def _with_tokens(value: Any) -> Any:  # noqa: ANN401 - a part of a request
    if isinstance(value, Mapping):
        return {name: _with_tokens(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_with_tokens(item) for item in value]
    return TOKEN


@slow
@given(requests())
def test_a_token_passes_every_rule(request: dict[str, Any]) -> None:
    """An unknown value is no error; a check that it prevents is a warning or a note."""
    later = _with_tokens(request)
    if "jobTags" in later:
        later["jobTags"] = later["jobTags"][:1]
    if "customModelTags" in later:
        later["customModelTags"] = later["customModelTags"][:1]
    findings = found(later, region=TOKEN, account=TOKEN)
    assert [str(one) for one in findings if one.severity == "error"] == []
    assert "unknown-model" in [one.name for one in findings]
