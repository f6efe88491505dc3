"""`bedrock-customize split`, and `validate --keep --reject`: for people and for programs."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from constructs_lib.cli.main import app
from tests.unit.datasets.helpers import CANVAS, LLAMA_31, NOVA, lines, turns, write

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = [sys.executable, "-c", "from constructs_lib.cli.main import app; app()"]


def run(*arguments: object) -> Result:
    """Run a command."""
    return CliRunner().invoke(app, [*map(str, arguments)])


def told(result: Result) -> str:
    """Return what a result says about wrong usage, in one line."""
    assert result.exit_code == 2
    return " ".join(result.stderr.replace("│", " ").split())


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a file of 120 records."""
    return write(tmp_path, [turns(f"q{at:02}", "a") for at in range(120)], "in.jsonl")


def test_split(data: Path, tmp_path: Path) -> None:
    """It says what was read and written, and the exit code is 0."""
    out = tmp_path / "data"
    result = run("split", data, "--model", NOVA, "--validation", "10%", "-o", out)
    assert result.exit_code == 0
    sizes = [(out / name).stat().st_size for name in ("train.jsonl", "validation.jsonl")]
    assert result.stdout.splitlines() == [
        f"{data}: 120 records read",
        f"{out / 'train.jsonl'}: 108 records, {sizes[0]:,} bytes, written",
        f"{out / 'validation.jsonl'}: 12 records, {sizes[1]:,} bytes, written",
    ]


def test_split_with_everything(tmp_path: Path) -> None:
    """Repeats, limits and dropped records are counted, and what to know about the files comes first."""
    records = [*[turns(f"q{at}", "a") for at in range(20)] * 2, "{"]
    data, out = write(tmp_path, records, "in.jsonl"), tmp_path / "data"
    options = ["--max-records", 8, "--dedupe", "--seed", 3, "--drop-invalid", tmp_path / "dropped"]
    result = run("split", data, "--model", NOVA, "--validation", 2, "-o", out, *options)
    shown = result.stdout.splitlines()
    assert result.exit_code == 1
    assert shown[0].startswith(
        f"{out / 'train.jsonl'}: error: the training data must have at least 8 records, got 6"
    )
    assert f"{data}: 41 records read, 20 left out as repeats, 12 left out by limits" in shown
    assert any(line.startswith(f"{tmp_path / 'dropped'}: 1 record, ") for line in shown)
    assert shown[-1].endswith("warnings; see bedrock-customize validate")


def test_split_as_json(data: Path, tmp_path: Path) -> None:
    """The same for programs."""
    out = tmp_path / "data"
    result = run("split", data, "--model", NOVA, "--validation", 10, "--out", out, "--output", "json")
    told = json.loads(result.stdout)
    assert (told["ok"], told["records"], told["repeated"], told["left_out"]) == (True, 120, 0, 0)
    assert told["validation"] == {
        "file": str(out / "validation.jsonl"),
        "records": 10,
        "bytes": (out / "validation.jsonl").stat().st_size,
    }
    assert told["dropped"] is None


@pytest.mark.parametrize("output", ["text", "json"])
def test_records_with_errors_stop_it(tmp_path: Path, output: str) -> None:
    """The report of `validate` is printed, and nothing is written."""
    data = write(tmp_path, [turns("q", "a"), "{"], "in.jsonl")
    result = run(
        "split", data, "--model", NOVA, "--validation", 1, "-o", tmp_path / "data", "--output", output
    )
    assert result.exit_code == 1
    if output == "json":
        assert json.loads(result.stdout)["errors"] > 0
    else:
        assert f"{data}:2:2: error: must be JSON" in result.stdout
        assert result.stdout.splitlines()[-1] == (
            "Nothing is written; --drop-invalid FILE leaves out the records with errors"
        )
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("output", ["text", "json"])
def test_a_split_that_is_not_possible(data: Path, tmp_path: Path, output: str) -> None:
    """One sentence says why and what to do."""
    options = ["--model", CANVAS, "--validation", 1, "-o", tmp_path / "data", "--output", output]
    result = run("split", data, *options)
    assert result.exit_code == 1
    if output == "json":
        [found] = json.loads(result.stdout)["findings"]
        assert found["id"] == "bedrock-customization:dataset-validation-data"
    else:
        [line] = result.stdout.splitlines()
        assert line.startswith("error: must be left out: it is validation data, and the model takes none")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--validation", "x"], "must be a percentage such as 10%, or a number of records, got 'x'"),
        (["--validation", "10%", "--max-records", "0"], "max-records"),
        (["--validation", "10%", "--max-tokens", "0"], "max-tokens"),
        (["--validation", "10%", "--seed", "-1"], "seed"),
        (["--validation", "10%", "--model", "nova"], "must be a model ID or ARN"),
        ([], "--validation"),
    ],
)
def test_wrong_usage(data: Path, tmp_path: Path, arguments: list[str], sentence: str) -> None:
    """Exit code 2 with a sentence."""
    assert sentence in told(run("split", data, "--model", NOVA, "-o", tmp_path / "data", *arguments))


def test_split_overwrites_nothing(data: Path, tmp_path: Path) -> None:
    """The sentence names --force, which then replaces the files."""
    arguments = ["split", data, "--model", NOVA, "--validation", 10, "-o", tmp_path]
    (tmp_path / "train.jsonl").write_text("mine")
    sentence = told(run(*arguments))
    assert "must not exist" in sentence
    assert "--force" in sentence
    assert (tmp_path / "train.jsonl").read_text() == "mine"
    assert run(*arguments, "--force").exit_code == 0
    assert (tmp_path / "train.jsonl").read_bytes().count(b"\n") == 110


def test_keep_and_reject(tmp_path: Path) -> None:
    """`validate` says what it wrote after its report; the exit code is that of the report."""
    data = write(tmp_path, [{"prompt": "a", "completion": "b"}, {"prompt": "a"}], "in.jsonl")
    files = ["--keep", tmp_path / "good", "--reject", tmp_path / "bad"]
    plain = run("validate", data, "--model", LLAMA_31)
    result = run("validate", data, "--model", LLAMA_31, *files)
    assert (plain.exit_code, result.exit_code) == (1, 1)
    assert result.stdout == plain.stdout + (
        f"{tmp_path / 'good'}: 1 record, {(tmp_path / 'good').stat().st_size} bytes, written\n"
        f"{tmp_path / 'bad'}: 1 record, {(tmp_path / 'bad').stat().st_size} bytes, written\n"
    )
    assert json.loads((tmp_path / "bad").read_text())["line"] == 2
    assert "must not exist" in told(run("validate", data, "--model", LLAMA_31, *files))
    again = run("validate", data, "--model", LLAMA_31, *files, "--force", "--output", "json")
    assert [one["records"] for one in json.loads(again.stdout)["written"]] == [1, 1]
    assert "written" not in json.loads(run("validate", data, "--model", LLAMA_31, "--output", "json").stdout)


def test_keep_of_standard_input(tmp_path: Path) -> None:
    """The end of a pipe; what is rejected names it as `-`."""
    content = lines([{"prompt": "a", "completion": "b"}, {"prompt": "a"}])
    files = ["--keep", str(tmp_path / "good"), "--reject", str(tmp_path / "bad")]
    command = [*COMMAND, "validate", "-", "--model", LLAMA_31, *files]
    done = subprocess.run(command, input=content, capture_output=True, check=False)
    assert done.returncode == 1
    assert (tmp_path / "good").read_bytes() == content.partition(b"\n")[0] + b"\n"
    [bad] = map(json.loads, (tmp_path / "bad").read_text().splitlines())
    assert (bad["file"], bad["line"]) == ("-", 2)


def test_keep_of_several_files(tmp_path: Path) -> None:
    """The valid records of all are in one file, and a rejected one names its own."""
    first = write(tmp_path, [{"prompt": "a", "completion": "b"}, "{"], "first.jsonl")
    second = write(tmp_path, ["{", {"prompt": "c", "completion": "d"}], "second.jsonl")
    files = ["--keep", tmp_path / "good", "--reject", tmp_path / "bad"]
    run("validate", first, second, "--model", LLAMA_31, *files)
    assert [json.loads(line)["prompt"] for line in (tmp_path / "good").read_text().splitlines()] == ["a", "c"]
    bad = [json.loads(line) for line in (tmp_path / "bad").read_text().splitlines()]
    assert [(one["file"], one["line"]) for one in bad] == [(str(first), 2), (str(second), 1)]


def test_keep_the_input(tmp_path: Path) -> None:
    """A file is not filtered into itself, also with --force."""
    data = write(tmp_path, [{"prompt": "a", "completion": "b"}, {"prompt": "a"}], "in.jsonl")
    result = run("validate", data, "--model", LLAMA_31, "--keep", data, "--force")
    assert "must not be a file that is read" in told(result)
    assert data.read_bytes().count(b"\n") == 2


@pytest.mark.parametrize("command", ["split", "validate"])
def test_ctrl_c_leaves_nothing(tmp_path: Path, command: str) -> None:
    """Not even a temporary file."""
    data = write(
        tmp_path, lines([{"prompt": f"{at:0100}", "completion": "b"} for at in range(200_000)]), "in.jsonl"
    )
    out = tmp_path / "out"
    out.mkdir()
    # What is validated goes on in standard input, which does not end, so that the signal comes in time.
    options = ["--validation", "10%", "-o", str(out)]
    options = options if command == "split" else ["-", "--keep", str(out / "good")]
    process = subprocess.Popen(
        [*COMMAND, command, str(data), "--model", LLAMA_31, *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    while process.poll() is None and not [*out.iterdir()]:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    process.wait(60)
    _, said = process.communicate()
    assert process.returncode == 130
    assert b"Traceback" not in said
    assert [*out.iterdir()] == []
