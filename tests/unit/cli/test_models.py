"""`bedrock-customize models`: the catalogue as text and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from constructs_lib.catalog import Catalog
from constructs_lib.cli.main import app

if TYPE_CHECKING:
    from pathlib import Path

NOVA = "amazon.nova-lite-v1:0:300k"


def models(*arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(app, ["models", *arguments])


def test_every_model_has_a_row() -> None:
    """The table names every model with its types, Regions, hosting and lifecycle."""
    result = models()
    assert result.exit_code == 0
    rows = result.stdout.splitlines()
    assert all(any(one.id in row for row in rows) for one in Catalog.default().models)
    [nova] = [row for row in rows if NOVA in row]
    assert nova.split() == [
        NOVA,
        "fine-tuning,",
        "distillation",
        "us-east-1",
        "on-demand,",
        "provisioned",
        "active",
    ]
    assert any("anthropic.claude-3-haiku" in row and "end of life 2026-09-10" in row for row in rows)


@pytest.mark.parametrize("name", [NOVA, "amazon.nova-lite-v1:0", "us.amazon.nova-lite-v1:0"])
def test_one_model_in_detail(name: str) -> None:
    """Hyperparameters, limits, rules, teachers and sources, with a mark on what is unverified."""
    result = models("--model", name)
    assert result.exit_code == 0
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["epochCount", "integer", "1", "to", "5", "2", "bedrock/custom-models-hp"] in lines
    assert ["batchSize", "integer", "1", "1", "aws-blog/ML-19982", "(unverified)"] in lines
    assert ["training-records", "8", "to", "20,000", "nova/fine-tune-prepare-data-understanding"] in lines
    assert any(line[:2] == ["Teacher:", "amazon.nova-pro-v1:0"] for line in lines)
    page = "https://docs.aws.amazon.com/bedrock/latest/userguide/custom-models-hp.html"
    assert ["bedrock/custom-models-hp", page] in lines


def test_the_ids_of_one_model() -> None:
    """Its ids for inference, whether AWS's pages state the id, and what its data files may be called."""
    cohere = models("--model", "cohere.command-text-v14").stdout
    assert "Command: cohere.command-text-v14:7:4k\n" in cohere
    assert "The id is not from AWS's pages.\n" in cohere
    assert "For inference: cohere.command-text-v14 (cdk/FoundationModelIdentifier).\n" in cohere
    nova = models("--model", NOVA).stdout
    assert "For inference" not in nova
    assert "The id is not" not in nova
    page = "nova/fine-tune-prepare-data-understanding"
    assert f"Names of data files in S3: letters, digits and _ - / . ({page}).\n" in nova


@pytest.mark.parametrize("model", [one.id for one in Catalog.default().models])
def test_every_model_can_be_shown(model: str) -> None:
    """The tables can show every entry of the catalogue."""
    assert models("--model", model).exit_code == 0


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("nova-lite", f"choose {NOVA}"),
        ("amazon.nova-lite-v2:0:300k", f"choose {NOVA}"),
        ("amazon.nova-reel-v1:0", "Nova Reel does not support fine-tuning"),
        ("us.amazon.nova-reel-v1:0", "Nova Reel does not support fine-tuning"),
        ("anthropic.claude-sonnet-5", "of Anthropic's models, AWS's table names Claude 3 Haiku only"),
        ("amazon.nova-9", "see `bedrock-customize models` for all ids"),
    ],
)
def test_an_unknown_model_is_wrong_usage(name: str, fix: str) -> None:
    """Exit code 2, and the nearest ids, or why Bedrock does not customize the model."""
    result = models("--model", name)
    assert (result.exit_code, result.stdout) == (2, "")
    message = " ".join(result.stderr.replace("│", " ").split())
    assert f"--model: must be in the catalogue, got '{name}'; {fix}" in message


def test_json_of_all() -> None:
    """The JSON output has every figure."""
    document = json.loads(models("--output", "json").stdout)
    assert document["as_of"] == "2026-11-23"
    assert len(document["models"]) == 23


def test_json_of_one() -> None:
    """The figures of one model, its pairs, and the page of every source."""
    document = json.loads(models("--model", NOVA, "--output", "json").stdout)
    epochs = document["customizations"]["FINE_TUNING"]["hyper_parameters"]["epochCount"]
    assert (epochs["min"], epochs["max"], epochs["verified"]) == (1, 5, True)
    assert document["sources"][epochs["source"]].startswith("https://docs.aws.amazon.com/")
    assert len(document["distillation_pairs"]) == 2


def test_corrections_are_shown(tmp_path: Path) -> None:
    """A user's file corrects what is printed."""
    path = tmp_path / "corrections.json"
    figures = {"epochCount": {"max": 9, "source": "https://example.com/x", "verified": True}}
    corrections = {"FINE_TUNING": {"hyper_parameters": figures}}
    path.write_text(json.dumps({"models": [{"id": NOVA, "customizations": corrections}]}))
    result = models("--model", NOVA, "--catalog", str(path))
    assert "1 to 9" in result.stdout


def test_wrong_corrections_are_explained(tmp_path: Path) -> None:
    """A file that does not fit is wrong usage: exit code 2, and everything that is wrong with it."""
    path = tmp_path / "corrections.json"
    path.write_text('{"modelz": [], "sources": {"x": 1}}')
    result = models("--catalog", str(path))
    assert result.exit_code == 2
    assert "modelz is not known" in result.stderr
    assert "sources[x] must be a string" in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize("command", [["models"], ["check", "job.yaml"]], ids=lambda command: command[0])
def test_corrections_that_cannot_be_read_are_wrong_usage_in_every_command(
    command: list[str], tmp_path: Path
) -> None:
    """Exit code 2, and a sentence that names the option and what to do."""
    result = CliRunner().invoke(app, [*command, "--catalog", str(tmp_path / "none.json")])
    assert (result.exit_code, result.stdout) == (2, "")
    message = " ".join(result.stderr.replace("│", " ").split())
    assert "--catalog:" in message
    assert "cannot be opened (No such file or directory); check the path" in message
