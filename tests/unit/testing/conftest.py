"""A double whose responses are validated against Bedrock's service model, and requests that it accepts."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pytest
from botocore.model import ServiceModel as BotocoreModel
from botocore.validate import ParamValidator

from constructs_lib.contract import violations
from constructs_lib.testing.bedrock import BedrockDouble, Clock
from constructs_lib.testing.bedrock.runtime import RUNTIME_OPERATIONS
from constructs_lib.testing.bedrock.service import CONTROL, RUNTIME, service_document, service_model

Request = Callable[..., dict[str, Any]]


def _wrong_in(operation: str, response: Mapping[str, Any]) -> list[str]:
    """Return what the service model does not allow: types are checked by botocore, patterns by our rules."""
    service = RUNTIME if operation in RUNTIME_OPERATIONS else CONTROL
    shape = BotocoreModel(service_document(service), service).operation_model(operation).output_shape
    modelled = _as_modelled(operation, response)
    report = ParamValidator().validate(modelled, shape).generate_report()
    broken = violations(_untimed(modelled), shape.name, model=service_model(service))
    return [line for line in [report, *map(str, broken)] if line]


def _as_modelled(operation: str, response: Mapping[str, Any]) -> dict[str, Any]:
    """Return a response without what recorded responses of AWS have against the service model."""
    if operation == "GetModelCustomizationJob":
        return {"validationDataConfig": {"validators": []}, **response}
    if operation == "InvokeModel":
        return {**response, "body": json.dumps(response["body"])}
    for stream in ("body", "stream"):
        if isinstance(
            events := response.get(stream), list
        ):  # a list of events; botocore models one of all kinds
            return {**response, stream: {kind: event for one in events for kind, event in one.items()}}
    if operation == "ListCustomModels":
        named = [
            one | {"baseModelName": one["baseModelName"] or "a.model"} for one in response["modelSummaries"]
        ]
        return {**response, "modelSummaries": named}
    if operation == "ListFoundationModels":  # `Titan Multimodal Embeddings G1` has more than 20 characters
        short = [one | {"modelName": one["modelName"][:20]} for one in response["modelSummaries"]]
        return {**response, "modelSummaries": short}
    return dict(response)


def _untimed(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, Mapping):
        return {key: _untimed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_untimed(item) for item in value]
    return value.isoformat() if isinstance(value, datetime) else value


class CheckedDouble(BedrockDouble):
    """A double that fails the test if a response is not valid by the service model."""

    def call(self, operation: str, request: Mapping[str, Any], **where: str) -> dict[str, Any]:
        """Call, and validate the response."""
        response = super().call(operation, request, **where)
        assert _wrong_in(operation, response) == []
        return response


@pytest.fixture
def wrong_in() -> Callable[[str, Mapping[str, Any]], list[str]]:
    """Return the function that validates a response."""
    return _wrong_in


@pytest.fixture
def double() -> CheckedDouble:
    """Return a double with a still clock."""
    return CheckedDouble(clock=Clock.still())


@pytest.fixture
def request_for() -> Request:
    """Return a function that makes requests, each with names of its own unless they are given."""
    made = 0

    def make(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - members of the request
        nonlocal made
        made += 1
        request = {
            "jobName": f"job-{made}",
            "customModelName": f"model-{made}",
            "roleArn": "arn:aws:iam::000000000000:role/Customization",
            "baseModelIdentifier": "amazon.nova-lite-v1:0:300k",
            "trainingDataConfig": {"s3Uri": "s3://bucket/train.jsonl"},
            "outputDataConfig": {"s3Uri": "s3://bucket/out"},
        }
        return {name: value for name, value in {**request, **changes}.items() if value is not None}

    return make
