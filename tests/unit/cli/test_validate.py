"""`bedrock-customize validate`: what is wrong with training data, for people and for programs."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner, Result

from constructs_lib.cli.main import app
from tests.unit.datasets.helpers import NOVA, lines, turns, write

ROOT = Path(__file__).parents[3]
BROKEN = ROOT / "examples" / "broken"
COMMANDS = {
    "nova-conversation.jsonl": NOVA,
    "llama-pairs.jsonl": "meta.llama3-1-8b-instruct-v1:0:128k",
    "titan-manifest.jsonl": "amazon.titan-embed-image-v1:0",
}
COMMAND = [sys.executable, "-c", "from constructs_lib.cli.main import app; app()"]


def run(*arguments: object) -> Result:
    """Run the command."""
    return CliRunner().invoke(app, ["validate", *map(str, arguments)])


def test_data_in_order(tmp_path: Path) -> None:
    """Nothing wrong: the counts, and exit code 0."""
    path = write(tmp_path, [turns(f"q{at}", "a") for at in range(100)])
    result = run(path, "--model", NOVA)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"{path}: 100 records, 390 characters, {path.stat().st_size:,} bytes",
        "0 errors, 0 warnings; read as bedrock-conversation-2024",
    ]


def test_warnings_do_not_fail(tmp_path: Path) -> None:
    """Warnings are printed, and the exit code is 0 all the same."""
    result = run(write(tmp_path, [turns("q", "a")] * 8), "--model", NOVA)
    assert result.exit_code == 0
    assert ": warning: " in result.stdout


def test_errors_fail(tmp_path: Path) -> None:
    """Errors are printed with file, line, path, rule, fix and id, and the exit code is 1."""
    path = write(tmp_path, [*(turns(f"q{at}", "a") for at in range(100)), turns("q")])
    result = run(path, "--model", NOVA)
    assert result.exit_code == 1
    assert result.stdout.splitlines()[0] == f"{path}: 1 of 101 records breaks a rule"
    assert result.stdout.splitlines()[1] == (
        f"{path}:101: error: messages[0].role must be assistant in the last message, got 'user'; "
        "end with the answer that the model should learn [dataset-roles-start-and-end]"
    )


@pytest.mark.parametrize(
    "arguments",
    [[], ["x.jsonl"], ["--model", NOVA], ["x", "--model", NOVA, "--type", "X"], ["x", "--limit", "0"]],
)
def test_wrong_usage(arguments: list[str]) -> None:
    """Wrong usage ends with exit code 2."""
    assert run(*arguments).exit_code == 2


@pytest.mark.parametrize("command", ["validate", "estimate"])
@pytest.mark.parametrize(
    ("model", "advice"),
    [
        ("nova-lite", "did you mean amazon.nova-lite-v1:0:300k?"),
        ("Nova Lite", "did you mean amazon.nova-lite-v1:0:300k?"),
        ("llama3.2", "did you mean meta.llama3-2-11b-instruct-v1:0:128k or "),
        ("gpt-4", "`bedrock-customize models` lists the IDs"),
    ],
)
def test_a_misspelled_model_is_wrong_usage(tmp_path: Path, command: str, model: str, advice: str) -> None:
    """Data for a model that cannot exist does not pass; the message has the IDs that are most like it."""
    path = write(tmp_path, [turns("q", "a")])
    result = CliRunner().invoke(app, [command, str(path), "--model", model], env={"COLUMNS": "300"})
    assert result.exit_code == 2
    assert f"must be a model ID or ARN, got {model!r}; {advice}" in result.stderr


@pytest.mark.parametrize(
    ("model", "advice"),
    [
        ("amazon.nova-9-lite-v1:0", "; if the ID is misspelled, use amazon.nova-lite-v1:0:300k"),
        ("example.new-v1:0", "check the data against AWS's documentation [dataset-format]"),
        (
            "arn:aws:bedrock:us-east-1::foundation-model/example.new-v1:0",
            "AWS's documentation [dataset-format]",
        ),
    ],
)
def test_a_model_that_is_not_in_the_catalogue_passes(tmp_path: Path, model: str, advice: str) -> None:
    """AWS may have a model that the catalogue does not; a note says that only the format was checked."""
    result = run(write(tmp_path, [turns("q", "a")]), "--model", model)
    assert result.exit_code == 0
    assert "only the format was checked" in result.stdout
    assert advice in result.stdout


def test_a_missing_file_is_an_error_without_a_traceback(tmp_path: Path) -> None:
    """A file that is not there is a finding."""
    result = run(tmp_path / "none.jsonl", "--model", NOVA)
    assert result.exit_code == 1
    assert "must be a file that can be read: No such file or directory" in result.stdout
    assert "Traceback" not in result.output


def test_both_files_and_the_type(tmp_path: Path) -> None:
    """The validation data is checked together with the training data, and the type chooses the rules."""
    path = write(tmp_path, [turns("q", schemaVersion="bedrock-conversation-2024")])
    other = write(tmp_path, [turns("q", schemaVersion="bedrock-conversation-2024")], "validation.jsonl")
    result = run(path, "--model", NOVA, "--type", "distillation", "--validation", other)
    assert f"{other}:1: warning: this record should not be in the training data too" in result.stdout
    assert "read as distillation-prompts" in result.stdout


@pytest.mark.parametrize(("limit", "shown"), [(1, 1), (2, 2), (3, 2)])
def test_few_are_shown(tmp_path: Path, limit: int, shown: int) -> None:
    """At most N findings are printed, those of one rule that say the same once; the summary counts all."""
    result = run(write(tmp_path, [turns(f"q{at}") for at in range(50)]), "--model", NOVA, "--limit", limit)
    levels = re.findall(": (error|note): ", result.stdout)
    assert levels == ["error", "error"][:shown]
    assert "    50 times: lines 1, 2, 3 and more\n" in result.stdout
    assert "51 errors" in result.stdout.splitlines()[-1]
    assert "not shown, see --limit" in result.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("broken", "first"),
    [
        (0, "{path}: 201 records, "),
        (1, "{path}: 1 of 201 records breaks a rule"),
        (120, "{path}: 120 of 201 records break a rule"),
    ],
)
def test_how_many_records_break_a_rule_is_said_first(tmp_path: Path, broken: int, first: str) -> None:
    """Before any finding stands how many records are invalid; nothing stands there where all are valid."""
    records = [turns(f"q{at}", *["a"][at < broken :]) for at in range(201)]
    path = write(tmp_path, records)
    result = run(path, "--model", NOVA)
    assert result.stdout.splitlines()[0].startswith(first.format(path=path))
    document = json.loads(run(path, "--model", NOVA, "--output", "json").stdout)
    counts = document["files"][0]["counts"]
    assert (counts["records"], counts["invalid"], counts["valid"]) == (201, broken, 201 - broken)


def test_the_findings_of_a_rule_are_one_group(tmp_path: Path) -> None:
    """Sentences that differ are printed one after the other, each once; then how many and where."""
    records = [turns(f"q{at}", "a") for at in range(103)]
    for at, role in ((4, "bot"), (7, "system"), (9, "bot")):
        records[at]["messages"][1]["role"] = role
    path = write(tmp_path, [*records[:6], "{", *records[6:]])
    printed = run(path, "--model", NOVA).stdout.splitlines()
    of_role = [at for at, line in enumerate(printed) if "[dataset-role]" in line]
    assert [printed[at].split(" error:")[0] for at in of_role] == [f"{path}:5:", f"{path}:9:"]
    assert printed[of_role[-1] + 1] == "    3 times: lines 5, 9, 11"


def test_lines_of_two_files(tmp_path: Path) -> None:
    """Where both files break a rule, the lines of each are named with it."""
    path, other = write(tmp_path, ["{", "{"]), write(tmp_path, ["{"], "validation.jsonl")
    printed = run(path, "--model", NOVA, "--validation", other).stdout.splitlines()
    assert printed[:2] == [f"{path}: 2 of 2 records break a rule", f"{other}: 1 of 1 record breaks a rule"]
    assert f"    3 times: lines 1, 2 of {path}; lines 1 of {other}" in printed


def test_json(tmp_path: Path) -> None:
    """A program reads the same, and standard output holds nothing but JSON."""
    path = write(tmp_path, [*(turns(f"q{at}", "a") for at in range(100)), "{"])
    result = run(path, "--model", NOVA, "--output", "json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert (document["ok"], document["errors"], document["warnings"]) == (False, 1, 0)
    assert document["files"][0]["counts"]["records"] == 101
    assert document["counted"] == [{"rule": "json", "severity": "error", "count": 1}]
    assert document["findings"] == [
        {
            "severity": "error",
            "id": "bedrock-customization:dataset-json",
            "file": str(path),
            "line": 101,
            "column": 2,
            "path": "",
            "rule": "must be JSON: the name of a member must be in double quotes",
            "got": "{",
            "fix": "finish the record on this line: a record must not span lines",
            "source": "",
        }
    ]


def test_a_correction_of_the_catalogue_counts(tmp_path: Path) -> None:
    """A user can correct the catalogue with a file."""
    limit = [{"min": 2, "source": "https://example.com/x", "verified": True}]
    limits = {"FINE_TUNING": {"dataset": {"limits": {"training-records": limit}}}}
    corrections = tmp_path / "corrections.json"
    corrections.write_text(json.dumps({"models": [{"id": NOVA, "customizations": limits}]}))
    path = write(tmp_path, [turns("q", "a"), turns("r", "a")])
    assert run(path, "--model", NOVA).exit_code == 1
    assert run(path, "--model", NOVA, "--catalog", corrections).exit_code == 0


def test_no_bar_in_a_pipe(tmp_path: Path) -> None:
    """Where standard error is not a terminal, nothing is written to it."""
    path = write(tmp_path, lines([turns(f"q{at}", "a") for at in range(3_000)]))
    done = subprocess.run(
        [*COMMAND, "validate", str(path), "--model", NOVA], capture_output=True, check=False
    )
    assert done.stderr == b""
    assert b"\x1b[" not in done.stdout


def test_a_bar_on_a_terminal(tmp_path: Path) -> None:
    """Where standard error is a terminal, a bar is drawn there and wiped; standard output stays clean."""
    path = write(tmp_path, lines([turns(f"q{at}", "a") for at in range(3_000)]))
    outer, inner = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    done = subprocess.run(
        [*COMMAND, "validate", str(path), "--model", NOVA],
        stdout=subprocess.PIPE,
        stderr=inner,
        env=environment,
        check=True,
    )
    os.close(inner)
    drawn = os.read(outer, 100_000)
    os.close(outer)
    assert b"100%" in drawn
    assert b"\x1b[" not in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_the_broken_samples_are_found_broken(name: str) -> None:
    """The three samples have errors, each on a line of its own."""
    result = run(BROKEN / name, "--model", COMMANDS[name])
    assert result.exit_code == 1
    assert len(set(re.findall(r"jsonl:(\d+)", result.stdout))) >= 3


def test_the_picture_shows_what_the_command_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    """The text of the README's picture is the command's output, word for word."""
    monkeypatch.chdir(ROOT)
    printed = []
    for name, model in COMMANDS.items():
        file = f"examples/broken/{name}"
        printed += [
            f"$ bedrock-customize validate {file} --model {model}",
            run(file, "--model", model).stdout,
        ]
    picture = ET.parse(ROOT / "docs" / "images" / "validate.svg")  # noqa: S314 - our own file
    drawn = [text.text or "" for text in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert "".join("".join(drawn[1:]).split()) == "".join("".join(printed).split())


def test_the_picture_is_up_to_date() -> None:
    """The tool that draws the picture would draw it as it is."""
    done = subprocess.run([sys.executable, ROOT / "tools" / "report_picture.py", "--check"], check=False)
    assert done.returncode == 0


def test_a_model_that_cannot_be_customized_is_known(tmp_path: Path) -> None:
    """The finding about the format says which model it is, and why another one is needed."""
    path = tmp_path / "train.jsonl"
    path.write_text('{"prompt": "a", "completion": "b"}\n')
    result = CliRunner().invoke(app, ["validate", str(path), "--model", "mistral.mistral-large-2407-v1:0"])
    assert "choose another model: no table of customizable models names a model of Mistral AI" in " ".join(
        result.stdout.split()
    )
