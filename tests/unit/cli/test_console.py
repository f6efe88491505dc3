"""How commands print: lines fit the terminal or COLUMNS, colours are only where they are wanted."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from typer.testing import CliRunner

from constructs_lib.cli.main import app

ROOT = Path(__file__).parents[3]
NOVA = "amazon.nova-lite-v1:0:300k"
EIGHT = str(Path(__file__).parent / "eight-mistakes.yaml")
BROKEN = str(ROOT / "examples" / "broken" / "nova-conversation.jsonl")
DATA = str(ROOT / "examples" / "fine-tune-nova.jsonl")
COMMANDS: dict[str, list[str]] = {
    "models": ["models"],
    "models, one": ["models", "--model", NOVA],
    "check": ["check", EIGHT],
    "validate": ["validate", BROKEN, "--model", NOVA],
    "estimate": ["estimate", DATA, "--model", NOVA],
    "diff": ["diff", "old.json", "new.json"],
    "split": ["split", DATA, "--model", NOVA, "--validation", "2", "-o", "out", "--force"],
    "convert": ["convert", DATA, "--model", NOVA, "-o", "out.jsonl", "--force"],
    "local status": ["local", "status"],
    "help": ["help", "deploy"],
    "wrong usage": ["check", EIGHT, "--rule", "request-pattern"],
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder, with two templates."""
    for name, epochs in (("old.json", "1"), ("new.json", "2")):
        properties = {"Request": {"hyperParameters": {"epochCount": epochs}}}
        job = {"Type": "Custom::BedrockModelCustomizationJob", "Properties": properties}
        (tmp_path / name).write_text(json.dumps({"Resources": {"Job": job}}))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _printed(command: list[str], **environment: str | None) -> str:
    return CliRunner(env={"COLUMNS": None, **environment}).invoke(app, command).output


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("columns", [40, 60, 100])
@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS.keys())
def test_lines_fit_the_columns(command: list[str], columns: int) -> None:
    """Only a word that cannot be broken, such as a URL or a path, is longer."""
    printed = _printed(command, COLUMNS=str(columns))
    assert printed
    assert [line for line in printed.splitlines() if len(line) > columns and len(line.split()) > 1] == []


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("command", [COMMANDS["models, one"], COMMANDS["check"], COMMANDS["diff"]], ids=str)
def test_nothing_is_lost_in_narrow_columns(command: list[str]) -> None:
    """What is printed has the same words, but for the titles of tables."""
    wide, narrow = _printed(command), _printed(command, COLUMNS="40")
    titles = {"Hyperparameter", "Limit", "or", "rule", "Type", "Values", "Value", "Default", "Source"}
    assert {*wide.split()} - titles <= {*narrow.split()}


def test_without_a_terminal_a_finding_is_one_line() -> None:
    """So that editors and grep find its position and its text together."""
    lines = _printed(COMMANDS["check"]).splitlines()
    assert [line.endswith("]") for line in lines if ": error: " in line] == [True] * 8


def _in_terminal(command: list[str], **environment: str) -> str:
    """Return what a command prints in a terminal of 80 columns."""
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS")}
    kept |= {"PYTHONPATH": str(ROOT), "TERM": "xterm-256color", **environment}
    ours, theirs = pty.openpty()
    program = [sys.executable, "-m", "constructs_lib.cli", *command]
    with subprocess.Popen(program, env=kept, stdin=theirs, stdout=theirs, stderr=theirs):
        os.close(theirs)
        shown = b""
        with suppress(OSError):  # the terminal is closed at the end of the process
            while read := os.read(ours, 65536):
                shown += read
    os.close(ours)
    return shown.decode()


COLOUR = re.compile(r"\x1b\[[0-9;]*(?<![0-9])(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;[0-9;]*)?m")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS.keys())
def test_no_color_switches_colours_off(command: list[str]) -> None:
    """In a terminal, which would show them."""
    shown = _in_terminal(command, NO_COLOR="1")
    assert shown
    assert not COLOUR.search(shown)


def test_a_terminal_shows_colours() -> None:
    """Of errors; but not a terminal that says that it understands no sequences."""
    assert COLOUR.search(_in_terminal(COMMANDS["check"]))
    assert "\x1b" not in _in_terminal(COMMANDS["check"], TERM="dumb")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS.keys())
def test_a_pipe_gets_no_escape_sequence(command: list[str]) -> None:
    """Neither on standard output nor on standard error."""
    assert "\x1b" not in _printed(command, TERM="xterm-256color")
