"""`bedrock-customize convert`: data of another shape in a model's format, for people and for programs."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from constructs_lib.cli.main import app
from tests.unit.datasets.helpers import NOVA, TITAN, VERSION, chat, lines, turns

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = [sys.executable, "-c", "from constructs_lib.cli.main import app; app()", "convert"]
CSV = 'question,answer,id\nWhere?,Here.,1\nWho?,"Me, or",2\nbad\n'
RECORDS = [chat(f"q{at}", "a") for at in range(100)]


def run(*arguments: object) -> Result:
    """Run the command."""
    return CliRunner().invoke(app, ["convert", *map(str, arguments)])


def written(path: Path) -> list[object]:
    """Return the records of a file."""
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_what_was_done_is_said(tmp_path: Path) -> None:
    """What the file is, what was read, written, dropped and left out, and the report on the output."""
    path, out = tmp_path / "faq.csv", tmp_path / "train.jsonl"
    path.write_text(CSV)
    result = run(path, "--model", TITAN, "-o", out)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"{path}: prompts and completions",
        "  left out: the fields id",
        "3 records read, 2 written, 1 dropped; format: prompt-completion",
        "  dropped: 1 record: its number of cells is not that of the header (line 4)",
        f"{out}: 2 records, 21 characters, {out.stat().st_size} bytes",
        "0 errors, 0 warnings; read as prompt-completion",
    ]
    assert written(out) == [
        {"prompt": "Where?", "completion": "Here."},
        {"prompt": "Who?", "completion": "Me, or"},
    ]


def test_errors_in_the_output_fail(tmp_path: Path) -> None:
    """The output is written, and the exit code is that of `validate`."""
    path, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    path.write_bytes(lines([*RECORDS, chat("User: x", "a")]))
    result = run(path, "--model", NOVA, "-o", out)
    assert result.exit_code == 1
    assert f"{out}:101: error: messages[0].content[0].text must not contain" in result.stdout
    assert len(written(out)) == 101


def test_invalid_records_go_to_a_file(tmp_path: Path) -> None:
    """Then the output has no errors, and the exit code is 0."""
    path, out, bad = tmp_path / "in.jsonl", tmp_path / "out.jsonl", tmp_path / "bad.jsonl"
    path.write_bytes(lines([*RECORDS, chat("User: x", "a"), chat("b")]))
    result = run(path, "--model", NOVA, "-o", out, "--drop-invalid", bad)
    assert result.exit_code == 0
    assert "  dropped: 1 record: it breaks a rule of the model's data (line 101)" in result.stdout
    assert "  dropped: 1 record: it has no answer (line 102)" in result.stdout
    assert len(written(bad)) == 2


def test_standard_input_and_output(tmp_path: Path) -> None:
    """Standard output has the data alone; the report is on standard error."""
    done = subprocess.run(
        [*COMMAND, "-", "--model", NOVA, "-o", "-"],
        input=lines(RECORDS),
        capture_output=True,
        check=True,
        cwd=tmp_path,
    )
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        turns(f"q{at}", "a", schemaVersion=VERSION) for at in range(100)
    ]
    assert b"-: OpenAI's chat format\n100 records read, 100 written, 0 dropped" in done.stderr


def test_a_pipe_that_is_closed(tmp_path: Path) -> None:
    """`| head -1` ends it without a word of Python."""
    path = tmp_path / "in.jsonl"
    path.write_bytes(lines(RECORDS) * 300)
    with subprocess.Popen(
        [*COMMAND, str(path), "--model", NOVA, "-o", "-"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as started:
        assert started.stdout is not None
        assert started.stderr is not None
        started.stdout.readline()
        started.stdout.close()
        assert b"Traceback" not in started.stderr.read()


def test_a_full_standard_output_is_a_sentence(tmp_path: Path) -> None:
    """As for a file."""
    path = tmp_path / "in.jsonl"
    path.write_bytes(lines(RECORDS))
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device, not a file
        done = subprocess.run(
            [*COMMAND, str(path), "--model", NOVA, "-o", "-"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    assert b"must be writable: No space left on device" in done.stderr
    assert b"Traceback" not in done.stderr


def test_json(tmp_path: Path) -> None:
    """Everything that is said, for programs."""
    path, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    path.write_bytes(lines([*RECORDS, chat("a", "b", "c"), chat("d")]))
    result = run(path, "--model", NOVA, "-o", out, "--output", "json")
    assert result.exit_code == 0
    value = json.loads(result.stdout)
    assert {name: value[name] for name in ("ok", "read", "written", "format")} == {
        "ok": True,
        "read": 102,
        "written": 101,
        "format": VERSION,
    }
    assert value["files"] == [
        {"file": str(path), "container": "json-lines", "unit": "line", "shape": "openai", "left_out": []}
    ]
    assert value["changed"] == [
        {
            "reason": "messages of the user after the last answer were left out",
            "count": 1,
            "first": [{"file": str(path), "number": 101}],
        }
    ]
    assert value["dropped"] == [
        {"reason": "it has no answer", "count": 1, "first": [{"file": str(path), "number": 102}]}
    ]
    assert value["report"]["ok"] is True


WRONG = [
    (["--from", "xml"], "Invalid value for --from: must be one of auto, openai, "),
    (
        ["--from", "alpaca"],
        "Invalid value for --from: must be the shape of the records; alpaca is the Alpaca",
    ),
    (["--columns", "prompt"], "Invalid value for --columns: must be like prompt=question,completion=answer"),
    (["--columns", "prompt="], "Invalid value for --columns: must be like prompt=question,completion=answer"),
    (["--columns", "prompt=message"], "Invalid value for --columns: must name one of the fields of"),
    (["--model", "nova-lite"], "Invalid value for --model: must be a model ID or ARN, got 'nova-lite'"),
    (
        ["--model", "amazon.nova-canvas-v1:0"],
        "Invalid value for --model: must be one whose data other shapes can",
    ),
    (
        ["--type", "CONTINUED_PRE_TRAINING"],
        "Invalid value for --model: must be in the catalogue with CONTINUED",
    ),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG)
def test_wrong_usage(tmp_path: Path, arguments: list[str], message: str) -> None:
    """It ends with exit code 2, the option and a sentence; nothing is written."""
    path, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    path.write_bytes(lines(RECORDS))
    result = CliRunner().invoke(
        app, ["convert", str(path), "--model", NOVA, "-o", str(out), *arguments], env={"COLUMNS": "400"}
    )
    assert result.exit_code == 2
    assert message in result.stderr
    assert not out.exists()


def test_an_output_that_exists(tmp_path: Path) -> None:
    """It is replaced with --force alone."""
    path, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    path.write_bytes(lines(RECORDS))
    out.write_text("mine")
    result = run(path, "--model", NOVA, "-o", out)
    assert (result.exit_code, out.read_text()) == (1, "mine")
    assert "must not exist" in result.stderr
    assert run(path, "--model", NOVA, "-o", out, "--force").exit_code == 0


def test_hostile_names_are_printed_escaped(tmp_path: Path) -> None:
    """Control characters in names of fields and files move no cursor."""
    path, out = tmp_path / "in\x1b[2J.jsonl", tmp_path / "out.jsonl"
    path.write_bytes(lines([chat("a", "b", **{"x\x1b[31m": 1})]))
    result = run(path, "--model", TITAN, "-o", out)
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout
