"""The double's `ListFoundationModels`: the catalogue's models of a Region, with every filter of the API."""

from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from constructs_lib.testing.bedrock import BedrockDouble, BedrockServer, Clock, DoubleControl, ServiceError

LIST = "ListFoundationModels"
NOVA = "amazon.nova-lite-v1:0:300k"
EMBED, EMBED_ON_DEMAND = "amazon.titan-embed-image-v1:0", "amazon.titan-embed-image-v1"
SPRING = datetime(2026, 4, 1, tzinfo=UTC).timestamp()


@pytest.fixture
def spring(double: BedrockDouble) -> BedrockDouble:
    """Return a double in April 2026, when Claude 3 Haiku was Legacy."""
    double.clock.advance(SPRING - double.clock.now())
    return double


def listed(double: BedrockDouble, region: str = "us-east-1", **filters: str) -> dict[str, dict[str, Any]]:
    """Return the summaries by id."""
    return {one["modelId"]: one for one in double.call(LIST, filters, region=region)["modelSummaries"]}


def test_a_model_has_an_id_for_customization_and_one_on_demand(spring: BedrockDouble) -> None:
    """As recorded: the one can be provisioned and customized, the other called on demand."""
    models = listed(spring)
    assert models[NOVA] == {
        "modelArn": f"arn:aws:bedrock:us-east-1::foundation-model/{NOVA}",
        "modelId": NOVA,
        "modelName": "Nova Lite",
        "providerName": "Amazon",
        "inputModalities": ["TEXT", "IMAGE"],
        "outputModalities": ["TEXT"],
        "responseStreamingSupported": True,
        "customizationsSupported": ["FINE_TUNING", "DISTILLATION"],
        "inferenceTypesSupported": ["PROVISIONED"],
        "modelLifecycle": {"status": "ACTIVE"},
    }
    on_demand = models["amazon.nova-lite-v1:0"]
    assert (on_demand["customizationsSupported"], on_demand["inferenceTypesSupported"]) == ([], ["ON_DEMAND"])


@pytest.mark.parametrize(
    ("filters", "present", "absent"),
    [
        ({}, [NOVA, EMBED, EMBED_ON_DEMAND], []),
        ({"byCustomizationType": "FINE_TUNING"}, [NOVA, EMBED], [EMBED_ON_DEMAND]),
        ({"byCustomizationType": "DISTILLATION"}, [NOVA], [EMBED]),
        ({"byCustomizationType": "CONTINUED_PRE_TRAINING"}, [], [NOVA, EMBED]),
        ({"byInferenceType": "ON_DEMAND"}, [EMBED_ON_DEMAND], [NOVA, EMBED]),
        ({"byInferenceType": "PROVISIONED"}, [NOVA, EMBED], [EMBED_ON_DEMAND]),
        ({"byOutputModality": "EMBEDDING"}, [EMBED, EMBED_ON_DEMAND], [NOVA]),
        ({"byOutputModality": "IMAGE"}, ["amazon.nova-canvas-v1:0"], [NOVA, EMBED]),
        ({"byProvider": "amazon"}, [NOVA], []),
        ({"byProvider": "Meta"}, [], [NOVA]),
        ({"byProvider": "Amazon", "byCustomizationType": "DISTILLATION"}, [NOVA], [EMBED]),
    ],
)
def test_filters(
    spring: BedrockDouble, filters: dict[str, str], present: list[str], absent: list[str]
) -> None:
    """Every filter of the API, alone and with another."""
    found = listed(spring, **filters)
    assert set(present) <= found.keys()
    assert not set(absent) & found.keys()


@pytest.mark.parametrize(
    ("filters", "rule"),
    [
        ({"byCustomizationType": "REINFORCEMENT_FINE_TUNING"}, "byCustomizationType"),
        ({"byProvider": "a_b"}, "byProvider"),
        ({"byOutputModality": "VIDEO"}, "byOutputModality"),
    ],
)
def test_filters_are_validated(double: BedrockDouble, filters: dict[str, str], rule: str) -> None:
    """By the service model, which has no reinforcement fine-tuning there."""
    with pytest.raises(ServiceError, match=rule) as caught:
        double.call(LIST, filters)
    assert caught.value.code == "ValidationException"


def test_regions(spring: BedrockDouble) -> None:
    """A Region has the models that AWS documents for it, and only the customization that it has there."""
    assert "meta.llama3-1-8b-instruct-v1:0:128k" not in listed(spring)
    assert "meta.llama3-1-8b-instruct-v1:0:128k" in listed(spring, "us-west-2")
    assert listed(spring, "eu-west-1", byCustomizationType="FINE_TUNING") == {}
    assert listed(spring, "eu-west-1")[EMBED]["customizationsSupported"] == []
    assert listed(spring, "ap-east-1") == {}


def test_a_model_of_another_api_has_only_its_id_for_calls(spring: BedrockDouble) -> None:
    """The open-weight models are customized elsewhere, by an id that Bedrock's own API does not have."""
    models = listed(spring, "us-west-2")
    assert "openai.gpt-oss-20b" not in models
    assert models["openai.gpt-oss-20b-1:0"]["customizationsSupported"] == []


def test_lifecycles_follow_the_clock(spring: BedrockDouble) -> None:
    """A model is Legacy with its dates, and not listed after its end of life."""
    haiku = "anthropic.claude-3-haiku-20240307-v1:0:200k"
    life = {
        "status": "LEGACY",
        "legacyTime": datetime(2026, 3, 10, tzinfo=UTC),
        "endOfLifeTime": datetime(2026, 9, 10, tzinfo=UTC),
    }
    assert listed(spring, "us-west-2")[haiku]["modelLifecycle"] == life
    spring.clock.advance(200 * 86_400)
    assert haiku not in listed(spring, "us-west-2")


def test_a_test_can_choose_the_models() -> None:
    """Over HTTP too: an empty list, one model, and the catalogue's again after a reset."""
    with BedrockServer(BedrockDouble(clock=Clock.still())) as server:
        control = DoubleControl(server.url)
        client = control.client()
        control.configure(foundation_models=[])
        assert client.list_foundation_models()["modelSummaries"] == []
        mine = {
            "modelArn": "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-9-lite-v1:0",
            "modelId": "amazon.nova-9-lite-v1:0",
            "customizationsSupported": ["FINE_TUNING"],
            "modelLifecycle": {"status": "LEGACY", "legacyTime": "2026-01-01T00:00:00Z"},
        }
        control.configure(foundation_models=[mine])
        [found] = client.list_foundation_models(byCustomizationType="FINE_TUNING")["modelSummaries"]
        assert found["modelLifecycle"]["legacyTime"] == datetime(2026, 1, 1, tzinfo=UTC)
        assert client.list_foundation_models(byProvider="Amazon")["modelSummaries"] == []
        control.reset()
        assert NOVA in {one["modelId"] for one in client.list_foundation_models()["modelSummaries"]}


def test_boto3_and_the_client_in_process_list_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Timestamps and all: one response in both ways of calling the double."""
    double = BedrockDouble(clock=Clock.still(SPRING))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with BedrockServer(double) as server:
        client = boto3.client("bedrock", region_name="us-west-2", endpoint_url=server.url)
        over_http = client.list_foundation_models()["modelSummaries"]
        client.close()
    assert over_http == double.client(region="us-west-2").list_foundation_models()["modelSummaries"]
