"""`bedrock-customize models --live`: the catalogue compared with what Bedrock lists, over HTTP."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner, Result

from constructs_lib.cli.main import app
from constructs_lib.testing.bedrock import BedrockDouble, BedrockServer, Clock, Refuse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOVA, NEW = "amazon.nova-lite-v1:0:300k", "amazon.nova-9-lite-v1:0:1m"
NOT_COMPARED = "Reinforcement fine-tuning was not compared: ListFoundationModels does not list it."


@pytest.fixture(scope="module")
def server() -> Iterator[BedrockServer]:
    """Return a double of Bedrock, where boto3 finds it."""
    with BedrockServer(BedrockDouble(clock=Clock())) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL_BEDROCK", server.url)
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_CONFIG_FILE", "/nonexistent")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
            patch.delenv(name, raising=False)
        yield server


@pytest.fixture
def double(server: BedrockServer) -> BedrockDouble:
    """Return the double as it was at first."""
    server.double.reset()
    return server.double


def summary(model: str, *types: str, status: str = "ACTIVE") -> dict[str, Any]:
    """Return a summary as the API has it."""
    return {
        "modelArn": f"arn:aws:bedrock:us-east-1::foundation-model/{model}",
        "modelId": model,
        "modelName": "Nova",
        "customizationsSupported": list(types),
        "modelLifecycle": {"status": status},
    }


def live(*arguments: str, region: str = "us-east-1") -> Result:
    """Run the command; an exception that is not an exit fails the test."""
    where = ("--region", region) if region else ()
    result = CliRunner().invoke(app, ["models", "--live", *where, *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_a_bedrock_that_lists_the_same(double: BedrockDouble) -> None:
    """It says how many models agree, and what was not compared; four calls, and nothing is changed."""
    result = live("--exit-code")
    assert result.exit_code == 0
    agreed, not_compared = result.stdout.splitlines()
    assert agreed.startswith("The catalogue, as AWS's pages were on 2026-11-23, and Bedrock in us-east-1 on ")
    assert agreed.endswith(" agree on 5 models.")
    assert not_compared == NOT_COMPARED
    assert [(one.operation, one.request.get("byCustomizationType")) for one in double.calls()] == [
        ("ListFoundationModels", "FINE_TUNING"),
        ("ListFoundationModels", "CONTINUED_PRE_TRAINING"),
        ("ListFoundationModels", "DISTILLATION"),
        ("ListFoundationModels", None),
    ]


def test_differences_are_sentences(double: BedrockDouble) -> None:
    """A new model, a model that is gone and another lifecycle; --exit-code makes them exit code 1."""
    models = [
        summary(NEW, "FINE_TUNING"),
        summary(NOVA, "FINE_TUNING", "DISTILLATION", status="LEGACY"),
        summary("amazon.nova-micro-v1:0:128k", "FINE_TUNING", "DISTILLATION"),
    ]
    double.configure(foundation_models=models)
    result = live()
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    new = f"{NEW}: AWS lists it (Nova) for FINE_TUNING in us-east-1; the catalogue does not have it."
    assert new in lines
    assert f"{NOVA}: AWS lists it as Legacy; the catalogue has it as active." in lines
    assert sum("AWS does not list it in us-east-1; " in line for line in lines) == 3
    assert any(line.endswith(" differ in 5 models and agree on 1 model.") for line in lines)
    assert lines[-1].startswith("A file of corrections (--catalog) ")
    assert live("--exit-code").exit_code == 1


def test_json(double: BedrockDouble) -> None:
    """Every difference with both sides and its sentence, for a program."""
    double.configure(
        foundation_models=[summary(NEW, "FINE_TUNING"), summary(NOVA, "FINE_TUNING", "DISTILLATION")]
    )
    document = json.loads(live("--output", "json").stdout)
    assert (document["region"], document["as_of"]) == ("us-east-1", "2026-11-23")
    assert document["agreeing"] == [NOVA]
    assert document["not_compared"] == ["REINFORCEMENT_FINE_TUNING"]
    lists, has = "lists it (Nova) for FINE_TUNING in us-east-1", "does not have it"
    assert document["differences"][0] == {
        "model": NEW,
        "kind": "new-model",
        "catalog": has,
        "aws": lists,
        "sentence": f"{NEW}: AWS {lists}; the catalogue {has}.",
    }


def test_one_model(double: BedrockDouble) -> None:
    """With --model, only that model is compared."""
    double.configure(foundation_models=[summary(NOVA, "FINE_TUNING")])
    lines = live("--model", "amazon.nova-lite-v1:0").stdout.splitlines()
    assert lines[0].startswith(f"{NOVA}: AWS does not list it for DISTILLATION in us-east-1; ")
    assert lines[2].endswith(" differ in 1 model and agree on 0 models.")


def test_corrections_of_a_user_are_compared(double: BedrockDouble, tmp_path: Path) -> None:
    """What a file of corrections has settled differs no more."""
    life = {"legacy_date": "2026-01-01", "source": "s", "verified": True}
    corrections = tmp_path / "corrections.json"
    corrections.write_text(json.dumps({"models": [{"id": NOVA, "lifecycle": life}]}))
    double.configure(foundation_models=[summary(NOVA, "FINE_TUNING", "DISTILLATION", status="LEGACY")])
    assert "Legacy" in live("--model", NOVA).stdout
    assert "agree on 1 model." in live("--model", NOVA, "--catalog", str(corrections)).stdout


@pytest.mark.parametrize(
    ("refusal", "sentence"),
    [
        (Refuse("AccessDeniedException", "no"), "ListFoundationModels is not permitted; ask whoever manages"),
        (Refuse("UnrecognizedClientException", "no"), "AWS does not accept the credentials"),
        (Refuse("ExpiredTokenException", "no"), "The AWS credentials have expired"),
        (Refuse("ValidationException", "no\x1b[31m"), "ListFoundationModels failed with ValidationException"),
    ],
)
def test_a_call_that_fails_is_one_sentence(double: BedrockDouble, refusal: Refuse, sentence: str) -> None:
    """Exit code 2, nothing on stdout, one line on stderr."""
    double.faults.add("ListFoundationModels", refusal, times=9)
    result = live()
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(sentence)
    assert result.stderr.count("\n") == 1
    assert "\x1b" not in result.stderr


NO_CREDENTIALS = {"AWS_ACCESS_KEY_ID": None, "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent"}


@pytest.mark.parametrize(
    ("variables", "arguments", "sentence"),
    [
        ({}, (), "No Region is set; name one with --region, or set AWS_REGION."),
        (NO_CREDENTIALS, ("--region", "us-east-1"), "There are no AWS credentials; "),
        ({}, ("--profile", "none"), "The config profile (none) could not be found; "),
        ({"AWS_REGION": "no region"}, (), "no region cannot be a Region; name a Region such as us-east-1."),
        (
            {"AWS_ENDPOINT_URL_BEDROCK": "http://127.0.0.1:1"},
            ("--region", "us-east-1"),
            "AWS cannot be reached",
        ),
    ],
)
@pytest.mark.usefixtures("double")
def test_what_cannot_be_asked_is_one_sentence(
    variables: dict[str, str | None], arguments: tuple[str, ...], sentence: str
) -> None:
    """No Region, no credentials, no profile, no Region of that name, no network: exit code 2."""
    result = CliRunner().invoke(app, ["models", "--live", *arguments], env=variables)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(sentence)
    assert result.stderr.count("\n") == 1


@pytest.mark.usefixtures("double")
def test_the_region_may_come_from_the_environment() -> None:
    """As for the AWS CLI and the CDK CLI."""
    result = CliRunner().invoke(app, ["models", "--live"], env={"AWS_REGION": "us-west-2"})
    assert result.exit_code == 0
    assert "Bedrock in us-west-2 on " in result.stdout


@pytest.mark.parametrize("option", [("--region", "us-east-1"), ("--profile", "dev"), ("--exit-code",)])
def test_options_of_live_alone_are_wrong_usage(option: tuple[str, ...]) -> None:
    """Without --live nothing is asked of AWS, so that a Region has no meaning."""
    result = CliRunner().invoke(app, ["models", *option])
    assert (result.exit_code, result.stdout) == (2, "")
    message = " ".join(result.stderr.replace("│", " ").split())
    assert "must be given with --live only; add --live, or remove it" in message
