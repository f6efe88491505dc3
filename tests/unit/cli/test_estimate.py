"""`bedrock-customize estimate`: what a training takes, and how wrong the estimate can be."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from constructs_lib.cli.main import app
from tests.unit.datasets.helpers import LLAMA_33, NOVA, NOVA_2, media, shown, turns, write

if TYPE_CHECKING:
    from pathlib import Path

# Ten records of 60 characters: 45 tokens each, and the tokens that a chat template may add to two texts.
RECORDS = [turns(f"{at:059}", "0") for at in range(10)]


def run(*arguments: object) -> Result:
    """Run the command."""
    return CliRunner().invoke(app, ["estimate", *map(str, arguments)])


def test_everything_is_printed(tmp_path: Path) -> None:
    """Records, characters, tokens with their bounds and method, tokens trained, and money."""
    path = write(tmp_path, RECORDS)
    result = run(path, "--model", NOVA, "--epochs", 3, "--price-per-1k-tokens", "10")
    assert result.exit_code == 0
    records, tokens, method, trained, price = result.stdout.splitlines()
    assert records == f"{path}: 10 records, 600 characters"
    assert tokens == "tokens: about 450 (198 to 900)"
    assert method.startswith("method: estimated by the scripts of the texts")
    assert trained == "tokens trained: about 1,350, at most 2,700, 3 passes over the training data"
    assert price == (
        "price: about 13.50, at most 27.00, in the currency of the price given (AWS's list is in USD)"
    )


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (NOVA, "images: 8,000 to 26,000 tokens, 800 to 2,600 each (AWS's examples of 900 x 450 to 1,300 x 1"),
        (NOVA_2, "images: 2,300 tokens, 230 each (what AWS bills for an image, for inference)"),
        (LLAMA_33, "images: their tokens are not documented, and are not counted"),
    ],
)
def test_images(tmp_path: Path, model: str, expected: str) -> None:
    """Their documented tokens have a line of their own, and no price."""
    path = write(tmp_path, [shown(media(), {"text": str(at)}) for at in range(10)])
    result = run(path, "--model", model, "--epochs", 1, "--price-per-1k-tokens", "1")
    assert f"\n{expected}" in result.stdout
    assert ", without images and videos, in the currency" in result.stdout
    assert "1 pass over" in result.stdout


def test_answers_that_are_not_in_the_file(tmp_path: Path) -> None:
    """A distillation is billed for the teacher's answers, too: there is no price."""
    path = write(tmp_path, [turns(f"question {at}") for at in range(100)])
    arguments = ["--type", "DISTILLATION", "--epochs", 1, "--price-per-1k-tokens", "1"]
    counted, price = run(path, "--model", NOVA, *arguments).stdout.splitlines()[4:6]
    assert counted.startswith("not counted: the answers that the teacher generates")
    assert price == "price: not estimated, because the tokens of the file are not all that is billed"


def test_no_price_is_built_in(tmp_path: Path) -> None:
    """Without a price there is no money, and where to find a price."""
    result = run(write(tmp_path, RECORDS), "--model", NOVA)
    assert result.stdout.splitlines()[-1].startswith("price: give --price-per-1k-tokens")


def test_epochs_default_to_the_documented(tmp_path: Path) -> None:
    """Where the model has a documented default number of epochs, it is used."""
    assert "about 900, at most 1,800, 2 passes" in run(write(tmp_path, RECORDS), "--model", NOVA).stdout


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
    assert (document["tokens"], document["most_tokens"], document["tokens_trained"]) == (450, 900, 900)
    assert (document["least_tokens"], document["most_tokens_trained"]) == (198, 1_800)
    assert document["media"] == []
    assert (document["price"], document["most_price"], document["errors"]) == ("0.0072", "0.0144", 0)


TEMPLATE = "the upper bound includes 6 tokens that a chat template may add to each text"
WORDS = {
    "version": "1.0",
    "truncation": None,
    "padding": None,
    "added_tokens": [],
    "normalizer": None,
    "pre_tokenizer": {"type": "Whitespace"},
    "post_processor": None,
    "decoder": None,
    "model": {"type": "WordLevel", "vocab": {"[UNK]": 0, "a": 1}, "unk_token": "[UNK]"},
}


def test_a_tokenizer_counts(tmp_path: Path) -> None:
    """The file of a model's tokenizer replaces the estimate; this one has a token for each word."""
    pytest.importorskip("tokenizers")
    tokenizer = tmp_path / "tokenizer.json"
    tokenizer.write_text(json.dumps(WORDS))
    path = write(tmp_path, [turns("one two three", "a b")] * 8)
    result = run(path, "--model", NOVA, "--epochs", 1, "--tokenizer", tokenizer)
    assert result.stdout.splitlines()[1:3] == [
        "tokens: 40, at most 136",
        f"method: counted with the given tokenizer; {TEMPLATE}",
    ]


@pytest.mark.parametrize("content", [b"{}", b"no JSON", b"\xff", b""])
def test_a_file_that_is_no_tokenizer(tmp_path: Path, content: bytes) -> None:
    """A sentence says what the file must be."""
    pytest.importorskip("tokenizers")
    tokenizer = write(tmp_path, content, "tokenizer.json")
    result = run(write(tmp_path, RECORDS), "--model", NOVA, "--tokenizer", tokenizer)
    assert result.exit_code == 2
    assert "must be a tokenizer of the library tokenizers" in " ".join(result.output.split())


def test_a_tokenizer_that_cannot_count(tmp_path: Path) -> None:
    """A text that it has no token for ends the command with a sentence."""
    pytest.importorskip("tokenizers")
    tokenizer = tmp_path / "tokenizer.json"
    model = {"type": "WordLevel", "vocab": {"a": 1}, "unk_token": "[UNK]"}
    tokenizer.write_text(json.dumps(WORDS | {"model": model}))
    result = run(write(tmp_path, RECORDS), "--model", NOVA, "--tokenizer", tokenizer)
    assert result.exit_code == 2
    assert "must be able to count all texts" in " ".join(result.output.replace("│", " ").split())


@pytest.mark.parametrize("name", ["missing.json", "."])
def test_a_tokenizer_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    """A missing file and a folder are sentences, too."""
    pytest.importorskip("tokenizers")
    result = run(write(tmp_path, RECORDS), "--model", NOVA, "--tokenizer", tmp_path / name)
    assert result.exit_code == 2
    assert "must be a file that can be read" in " ".join(result.output.replace("│", " ").split())


def test_the_library_of_tokenizers_is_not_installed(tmp_path: Path) -> None:
    """The message has the command that installs it."""
    code = "import sys; sys.modules['tokenizers'] = None; from constructs_lib.cli.main import app; app()"
    arguments = ["estimate", write(tmp_path, RECORDS), "--model", NOVA, "--tokenizer", tmp_path / "a.json"]
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], check=False, capture_output=True, text=True
    )
    assert done.returncode == 2
    words = " ".join(done.stderr.replace("│", " ").split())
    assert "a tokenizer needs the library tokenizers; install it with: pip install" in words
