"""Both forms end in the same values."""

from __future__ import annotations

import json
from typing import Any

from botocore.session import get_session
from botocore.validate import ParamValidator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from constructs_lib.contract import default_model, typed, violations
from constructs_lib.request import JobSpec, from_request, to_request
from tests.unit.request.strategies import MADE_FOR_YOU, requests, specs

MODEL = get_session().get_service_model("bedrock").operation_model("CreateModelCustomizationJob")
slow = settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


@slow
@given(requests())
def test_every_request_comes_back_as_it_was(request: dict[str, Any]) -> None:
    """Empty members stay, absent members stay absent; only the token is the handler's own."""
    again = to_request(from_request(request))
    sent = {name: value for name, value in request.items() if name != "clientRequestToken"}
    assert json.dumps(again, sort_keys=True) == json.dumps(sent, sort_keys=True)


@slow
@given(specs())
def test_every_value_comes_back_as_it_was(spec: JobSpec) -> None:
    """Values to request and back are equal values, and make the same request."""
    request = to_request(spec)
    assert from_request(request) == spec
    assert to_request(from_request(request)) == request


@slow
@given(requests())
def test_botocore_takes_what_we_take(request: dict[str, Any]) -> None:
    """A request that the service model accepts gets past botocore's own client-side rules."""
    report = ParamValidator().validate(_complete(request), MODEL.input_shape)
    assert not report.has_errors(), report.generate_report()


@slow
@given(requests(), st.data())
def test_we_refuse_what_botocore_refuses(request: dict[str, Any], data: st.DataObject) -> None:
    """Spoiled anywhere with anything, a request that botocore refuses is one that we refuse."""
    whole = _complete(request)
    spoiled = _spoil(whole, data)
    if ParamValidator().validate(spoiled, MODEL.input_shape).has_errors():
        assert [*violations(spoiled)]


@slow
@given(requests())
def test_cloudformations_strings_become_the_types_again(request: dict[str, Any]) -> None:
    """CloudFormation sends every scalar as a string; the Lambda gets back what was meant."""
    assert typed(_stringified(request)) == request


def _complete(request: dict[str, Any]) -> dict[str, Any]:
    shape = default_model().shape("CreateModelCustomizationJobRequest")
    assert set(shape["required"]) > MADE_FOR_YOU
    made = {"jobName": "n", "customModelName": "n", "roleArn": "arn:aws:iam::123456789012:role/R"}
    return made | {"outputDataConfig": {"s3Uri": "s3://bucket"}} | request


def _stringified(value: object) -> object:
    if isinstance(value, dict):
        return {key: _stringified(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_stringified(item) for item in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


JUNK = st.sampled_from([None, "", 0, 1.5, True, [], {}, ["x"], {"x": "y"}, "x"])


def _spoil(value: Any, data: st.DataObject) -> Any:  # noqa: ANN401 - JSON of any type
    """Put junk somewhere into a copy of a value."""
    if isinstance(value, dict) and value and data.draw(st.booleans()):
        key = data.draw(st.sampled_from(sorted(value)))
        return {**value, key: _spoil(value[key], data)}
    if isinstance(value, list) and value and data.draw(st.booleans()):
        return [_spoil(value[0], data), *value[1:]]
    return data.draw(JUNK)
