"""`bedrock-customize estimate`: what a training takes, and how wrong the estimate can be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from constructs_lib.cli.main import app
from tests.unit.datasets.helpers import NOVA, turns, write

if TYPE_CHECKING:
    from pathlib import Path

# Ten records of 60 characters: 100 tokens, or 200 where tokens are short.
RECORDS = [turns(f"{at:059}", "a") for at in range(10)]


def run(*arguments: object) -> Result:
    """Run the command."""
    return CliRunner().invoke(app, ["estimate", *map(str, arguments)])


def test_everything_is_printed(tmp_path: Path) -> None:
    """Records, characters, tokens with their method, tokens trained, and money."""
    path = write(tmp_path, RECORDS)
    result = run(path, "--model", NOVA, "--epochs", 3, "--price-per-1k-tokens", "10")
    assert result.exit_code == 0
    records, tokens, method, trained, price = result.stdout.splitlines()
    assert records == f"{path}: 10 records, 600 characters (images and videos are not counted)"
    assert tokens == "tokens: about 100"
    assert method.startswith("method: characters of all texts divided by 6, AWS's figure for planning")
    assert method.endswith("at 3 it would be 200 tokens")
    assert trained == "tokens trained: about 300, 3 passes over the training data"
    assert price == "price: about 3.00; 6.00 where tokens are short"


def test_no_price_is_built_in(tmp_path: Path) -> None:
    """Without a price there is no money, and where to find a price."""
    result = run(write(tmp_path, RECORDS), "--model", NOVA)
    assert result.stdout.splitlines()[-1].startswith("price: give --price-per-1k-tokens")


def test_epochs_default_to_the_documented(tmp_path: Path) -> None:
    """Where the model has a documented default number of epochs, it is used."""
    assert "about 200, 2 passes" in run(write(tmp_path, RECORDS), "--model", NOVA).stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["--model", "amazon.nova-9-v1:0"],
        ["--model", NOVA, "--epochs", "0"],
        ["--model", NOVA, "--price-per-1k-tokens", "cheap"],
        ["--model", NOVA, "--price-per-1k-tokens", "-1"],
        ["--model", NOVA, "--price-per-1k-tokens", "nan"],
        ["--model", NOVA, "--type", "distillation"],
        [],
    ],
)
def test_wrong_usage(tmp_path: Path, arguments: list[str]) -> None:
    """What makes no sense ends with exit code 2 and a sentence."""
    result = run(write(tmp_path, RECORDS), *arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_data_with_errors(tmp_path: Path) -> None:
    """Wrong data is estimated too, and the output has its errors."""
    result = run(write(tmp_path, [*RECORDS, "{"]), "--model", NOVA)
    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1] == "The data has 1 error; see bedrock-customize validate"


def test_json(tmp_path: Path) -> None:
    """A program reads numbers, and money as an exact decimal."""
    result = run(
        write(tmp_path, RECORDS), "--model", NOVA, "--price-per-1k-tokens", "0.008", "--output", "json"
    )
    document = json.loads(result.stdout)
    assert (document["tokens"], document["most_tokens"], document["tokens_trained"]) == (100, 200, 200)
    assert (document["price"], document["most_price"], document["errors"]) == ("0.0016", "0.0032", 0)
