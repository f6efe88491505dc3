"""What holds of every check: nothing is lost, nothing is reported twice, nothing raises."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from constructs_lib.checks import RULES, Subject, not_checked
from constructs_lib.contract import default_model
from constructs_lib.contract.rules import SUMMARIES as SERVICE_MODEL
from tests.unit.checks.subjects import NOVA, TODAY, TOKEN, errors, found
from tests.unit.request.strategies import requests

slow = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
Fault = Callable[[dict[str, Any]], str]
"""Plants one mistake into a request and returns its path."""

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


def _set(path: str, value: object) -> Fault:
    """Put a wrong value at a path; its mappings are made where they are missing."""

    def plant(request: dict[str, Any]) -> str:
        part = request
        *steps, last = path.split(".")
        for step in steps:
            part[step] = dict(part.get(step, {}))
            part = part[step]
        part[last] = value
        return path

    return plant


def _misspelt(right: str, wrong: str) -> Fault:
    """Write a member's name in another way."""

    def plant(request: dict[str, Any]) -> str:
        request[wrong] = request.pop(right, {})
        return wrong

    return plant


def _tag_twice(request: dict[str, Any]) -> str:
    request["jobTags"] = [{"key": "a", "value": ""}, {"key": "a", "value": "x"}]
    return "jobTags[1].key"


def _wildcard(request: dict[str, Any]) -> str:
    request["validationDataConfig"] = {"validators": [{"s3Uri": "s3://my-bucket/v*.jsonl"}]}
    return "validationDataConfig.validators[0].s3Uri"


def _output_over_input(request: dict[str, Any]) -> str:
    request.pop("roleArn", None)
    request["outputDataConfig"] = {"s3Uri": "s3://my-bucket/data/"}
    return "outputDataConfig.s3Uri"


RFT = "customizationConfig.rftConfig"
FAULTS: Mapping[str, Fault] = {
    "bad name": _set("jobName", "bad_name"),
    "null": _set("customModelName", None),
    "misspelt member": _misspelt("vpcConfig", "vpcConfiguration"),
    "unheard-of member": _misspelt("unheardOf", "unheardOf"),
    "wrong type": _set("customModelTags", {"a": "b"}),
    "wrong choice": _set("customizationType", "FINETUNING"),
    "rft value out of range": _set(f"{RFT}.hyperParameters.epochCount", 51),
    "rft value of the wrong type": _set(f"{RFT}.hyperParameters.learningRate", "x"),
    "wildcard": _wildcard,
    "no such file": _set("trainingDataConfig.s3Uri", "file:///no/such/file.jsonl"),
    "output over input": _output_over_input,
    "tag twice": _tag_twice,
    "wildcard in the key": _set("customModelKmsKeyId", "alias/models*"),
    "boolean": _set("hyperParameters.batchSize", value=True),
    "epochs": _set("hyperParameters.epochCount", "99"),
    "unknown base model": _set("baseModelIdentifier", "amazon.nova-reel-v1:0"),
    "wildcard in the model": _set("baseModelIdentifier", "amazon.nova-*"),
    "wrong role": _set("roleArn", "Role"),
}
EXPECTED = {
    "bad name": "request-pattern",
    "null": "request-type",
    "misspelt member": "request-member",
    "unheard-of member": "request-member",
    "wrong type": "request-type",
    "wrong choice": "request-enum",
    "rft value out of range": "request-range",
    "rft value of the wrong type": "request-type",
    "wildcard": "wildcard",
    "no such file": "local-file",
    "output over input": "output-overlaps-input",
    "tag twice": "tag-repeated",
    "wildcard in the key": "request-pattern",
    "boolean": "request-type",
    "epochs": "hyper-parameter-range",
    "unknown base model": "model-not-customizable",
    "wildcard in the model": "request-pattern",
    "wrong role": "request-pattern",
}
APART = [
    # The range of a hyperparameter is known only with the model and the customization type.
    {"epochs", "unknown base model", "wildcard in the model"},
    {"epochs", "wrong choice"},
    {"unknown base model", "wildcard in the model"},
    # Whether output may overlap depends on who makes the role, and what is read on the training data.
    {"output over input", "wrong role"},
    {"output over input", "no such file"},
]
"""Faults that cannot show beside each other."""

VALID: Mapping[str, Any] = {
    "jobName": "tickets",
    "baseModelIdentifier": NOVA,
    "customizationType": "FINE_TUNING",
    "trainingDataConfig": {"s3Uri": "s3://my-bucket/data/train.jsonl"},
    "validationDataConfig": {"validators": [{"s3Uri": "s3://my-bucket/valid.jsonl"}]},
    "outputDataConfig": {"s3Uri": "s3://my-results/"},
    "hyperParameters": {"epochCount": "2", "learningRate": "0.00001"},
    "vpcConfig": {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]},
    "jobTags": [{"key": "project", "value": "tickets"}],
}
"""Everything is right in it, and it has the parts that the faults need."""


def _can_show(chosen: set[str]) -> bool:
    return not any(len(chosen & apart) > 1 for apart in APART)


FEW = st.sets(st.sampled_from(sorted(FAULTS)), min_size=1, max_size=4).filter(_can_show)


def _planted(chosen: set[str], request: Mapping[str, Any]) -> tuple[dict[str, Any], set[tuple[str, str]]]:
    wrong = dict(request)
    return wrong, {(EXPECTED[name], FAULTS[name](wrong)) for name in sorted(chosen)}


@settings(max_examples=400, deadline=None)
@given(FEW)
def test_every_fault_is_one_error(chosen: set[str]) -> None:
    """Whatever else is planted: no fault hides another, and none is reported twice."""
    request, expected = _planted(chosen, VALID)
    reported = [(one.name, one.path) for one in errors(request)]
    assert sorted(reported) == sorted(expected)


@slow
@given(FEW, requests())
def test_no_fault_is_lost_in_any_request(chosen: set[str], valid: dict[str, Any]) -> None:
    """Other members of a request make more findings, and never fewer or doubled ones."""
    rest = {name: value for name, value in valid.items() if name != "customizationConfig"}
    request, expected = _planted(chosen, {**rest, **VALID})
    wrong = errors(request)
    assert expected <= {(one.name, one.path) for one in wrong}
    assert len({one.path for one in wrong}) == len(wrong)


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_shows_alone(name: str) -> None:
    """And the request without it is fine."""
    assert errors(VALID) == []
    request, expected = _planted({name}, VALID)
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
    """What nobody knows yet is no error; what it keeps from being checked is a warning or a note."""
    later = _with_tokens(request)
    if "jobTags" in later:
        later["jobTags"] = later["jobTags"][:1]
    if "customModelTags" in later:
        later["customModelTags"] = later["customModelTags"][:1]
    findings = found(later, region=TOKEN, account=TOKEN)
    assert [str(one) for one in findings if one.severity == "error"] == []
    assert "unknown-model" in [one.name for one in findings]
