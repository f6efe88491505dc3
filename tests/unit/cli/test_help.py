"""Help, `-h`, `help COMMAND`, and what is said of a command line that cannot be understood."""

from __future__ import annotations

import re
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from constructs_lib.cli.main import app


def _run(*arguments: str, columns: int = 100) -> Result:
    return CliRunner(env={"COLUMNS": str(columns), "NO_COLOR": "1"}).invoke(app, list(arguments))


def _commands() -> list[tuple[str, ...]]:
    """Return every command, and the commands of groups with the names of both."""
    root: Any = typer.main.get_command(app)
    found: list[tuple[str, ...]] = []
    for name, command in root.commands.items():
        inner = getattr(command, "commands", {})
        found += [(name,), *((name, one) for one in inner)]
    return found


ALL = _commands()
WIDTHS = (40, 60, 80)


def _text(result: Result) -> str:
    return " ".join(result.output.replace("│", " ").split())


@pytest.mark.parametrize("command", ALL, ids=" ".join)
def test_every_command_has_the_same_help_in_three_ways(command: tuple[str, ...]) -> None:
    """-h, --help and `help COMMAND` are one."""
    results = [_run(*command, "--help"), _run(*command, "-h"), _run("help", *command)]
    assert [one.exit_code for one in results] == [0, 0, 0]
    [text] = {one.output.strip() for one in results}
    assert f"Usage: bedrock-customize {' '.join(command)} " in " ".join(text.split())


def test_the_help_of_all_commands_has_three_ways_too() -> None:
    """`help` alone lists the commands."""
    listed = _run("--help").output
    assert listed.strip() == _run("-h").output.strip() == _run("help").output.strip()
    assert all(f" {name} " in listed for name, *inner in ALL if not inner)


def test_no_command_shows_the_help_and_is_wrong_usage() -> None:
    """A script that has lost its command must not pass."""
    result = _run()
    assert result.exit_code == 2
    assert result.output.strip() == _run("--help").output.strip()


def test_a_group_has_a_help_command_of_its_own() -> None:
    """`local help start` is `help local start`."""
    assert _run("local", "help", "start").output.strip() == _run("help", "local", "start").output.strip()


@pytest.mark.parametrize("arguments", [("chekc", "job.yaml"), ("help", "chekc")], ids=" ".join)
def test_an_unknown_command_names_the_nearest_one(arguments: tuple[str, ...]) -> None:
    """Also where help is asked for."""
    result = _run(*arguments)
    assert result.exit_code == 2
    assert "No such command 'chekc'. Did you mean 'check'?" in _text(result)


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("command", [(), *ALL], ids=" ".join)
def test_the_help_fits_the_terminal(command: tuple[str, ...], columns: int) -> None:
    """No line is longer than the terminal is wide, except a single word, and no name of an option is cut."""
    output = _run(*command, "--help", columns=columns).output
    assert [line for line in output.splitlines() if len(line) > columns and len(line.split()) > 1] == []
    assert "…" not in output


@pytest.mark.parametrize("command", [(), *ALL], ids=" ".join)
def test_the_help_has_no_types_of_python(command: tuple[str, ...]) -> None:
    """A flag takes no <bool>, and nobody writes a <list[str]>."""
    assert re.findall(r"<(?:bool|str|path|int|list)\b[^>]*>", _run(*command, "--help").output) == []


WRONG = {
    ("check", "x.yaml", "--output", "xml"): "must be text or json, got 'xml'; choose one of them",
    ("skeleton", "--type", "finetuning"): "got 'finetuning'; did you mean FINE_TUNING?",
    ("validate", "x", "--model", "a.b", "--type", "tune"): (
        "must be FINE_TUNING, DISTILLATION, REINFORCEMENT_FINE_TUNING or CONTINUED_PRE_TRAINING, got 'tune'"
    ),
    ("deploy", "x.yaml", "--port", "http"): "must be a whole number from 0 to 65535, got 'http'",
    ("deploy", "x.yaml", "--port", "70000"): "must be a whole number from 0 to 65535, got '70000'",
    ("estimate", "x", "--model", "a.b", "--epochs", "two"): "must be a whole number from 1, got 'two'",
    ("split", "x", "--model", "a.b", "-o", "d", "--validation", "9", "--seed", "-1"): (
        "must be a whole number from 0, got '-1'"
    ),
}


@pytest.mark.parametrize(("arguments", "said"), WRONG.items(), ids=map(str, range(len(WRONG))))
def test_a_wrong_value_is_described_in_our_words(arguments: tuple[str, ...], said: str) -> None:
    """What is right, what was written, what to do: not the texts of the libraries."""
    result = _run(*arguments)
    assert result.exit_code == 2
    assert re.sub(r"\s+", " ", said) in _text(result)
    assert not re.search(r"Input should be|Value error|is not (a valid|one of|in the range)", _text(result))
