"""A double whose every answer is held against Bedrock's service model, and a request that it accepts."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pytest
from botocore.model import ServiceModel as BotocoreModel
from botocore.validate import ParamValidator

from constructs_lib.contract import violations
from constructs_lib.testing.bedrock import BedrockDouble, Clock
from constructs_lib.testing.bedrock.service import service_document, service_model

Request = Callable[..., dict[str, Any]]


def _wrong_in(operation: str, answer: Mapping[str, Any]) -> list[str]:
    """Return what the service model does not allow in an answer: types by botocore, patterns by our rules."""
    shape = BotocoreModel(service_document(), "bedrock").operation_model(operation).output_shape
    modelled = _as_modelled(operation, answer)
    report = ParamValidator().validate(modelled, shape).generate_report()
    broken = violations(_untimed(modelled), shape.name, model=service_model())
    return [line for line in [report, *map(str, broken)] if line]


def _as_modelled(operation: str, answer: Mapping[str, Any]) -> dict[str, Any]:
    """Put what the service model asks for into the two places where recorded answers of AWS lack it."""
    if operation == "GetModelCustomizationJob":
        return {"validationDataConfig": {"validators": []}, **answer}
    if operation == "ListCustomModels":
        named = [
            one | {"baseModelName": one["baseModelName"] or "a.model"} for one in answer["modelSummaries"]
        ]
        return {**answer, "modelSummaries": named}
    return dict(answer)


def _untimed(value: Any) -> Any:  # noqa: ANN401 - a document holds anything that JSON holds
    if isinstance(value, Mapping):
        return {key: _untimed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_untimed(item) for item in value]
    return value.isoformat() if isinstance(value, datetime) else value


class CheckedDouble(BedrockDouble):
    """A double that fails the test which gets an answer that the service model does not allow."""

    def call(self, operation: str, request: Mapping[str, Any], **where: str) -> dict[str, Any]:
        """Call, and judge the answer."""
        answer = super().call(operation, request, **where)
        assert _wrong_in(operation, answer) == []
        return answer


@pytest.fixture
def wrong_in() -> Callable[[str, Mapping[str, Any]], list[str]]:
    """Return the judge of answers."""
    return _wrong_in


@pytest.fixture
def double() -> CheckedDouble:
    """Return a double whose clock stands still."""
    return CheckedDouble(clock=Clock.still())


@pytest.fixture
def request_for() -> Request:
    """Return a maker of requests, each with its own names unless it is told otherwise."""
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
