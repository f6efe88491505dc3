"""`bedrock-customize check`: every problem with its place, before anything is deployed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from constructs_lib.cli.main import app

EIGHT = Path(__file__).parent / "eight-mistakes.yaml"
GOOD = "baseModelIdentifier: amazon.nova-lite-v1:0:300k\ntrainingDataConfig: {s3Uri: s3://my-bucket/train.jsonl}\n"


def _check(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["check", *map(str, arguments)])


def test_eight_mistakes_are_eight_problems() -> None:
    """One line each: file, line, place, rule, what was found, what to do."""
    result = _check(EIGHT)
    assert result.exit_code == 1
    *problems, summary = result.stdout.splitlines()
    lines = (2, 6, 8, 10, 12, 17, 18, 20)
    assert [line.split(": error: ")[0] for line in problems] == [f"{EIGHT}:{line}" for line in lines]
    assert summary == f"{EIGHT}: 8 problems"


def test_a_machine_reads_json() -> None:
    """The same problems, as members."""
    result = _check(EIGHT, "--output", "json")
    assert result.exit_code == 1
    [file] = json.loads(result.stdout)["files"]
    assert file["file"] == str(EIGHT)
    assert file["warnings"] == []
    assert file["problems"][0] == {
        "path": "jobName",
        "rule": "must be letters, digits, '+', '-' and '.', starting with a letter or digit (no underscore)",
        "got": "my_first_job",
        "fix": "write it like tickets-2026-11",
        "line": 2,
    }
    assert len(file["problems"]) == 8


def test_what_is_missing_or_no_json_value_is_told_to_machines_too(tmp_path: Path) -> None:
    """Nothing is null; a number that JSON lacks is text."""
    file = tmp_path / "job.yaml"
    file.write_text("hyperParameters: {a: .nan}\ntrainingDataConfig: {}", encoding="utf-8")
    found = json.loads(_check(file, "--output", "json").stdout)["files"][0]["problems"]
    assert {one["path"]: (one["got"], one["line"]) for one in found} == {
        "baseModelIdentifier": (None, 1),
        "hyperParameters.a": ("nan", 1),
    }


def test_a_good_file_can_be_deployed(tmp_path: Path) -> None:
    """A warning is no problem."""
    good, doubtful = tmp_path / "good.yaml", tmp_path / "doubtful.yaml"
    good.write_text(GOOD, encoding="utf-8")
    doubtful.write_text(f"{GOOD}clientRequestToken: a\n", encoding="utf-8")
    result = _check(good, doubtful)
    assert result.exit_code == 0
    [first, warning, second] = result.stdout.splitlines()
    assert first == f"{good}: can be deployed"
    assert warning.startswith(f"{doubtful}:3: warning: clientRequestToken: it is not sent")
    assert warning.endswith("[bedrock-customization:client-request-token]")
    assert second == f"{doubtful}: can be deployed, 1 warning"
    found = json.loads(_check(doubtful, "--output", "json").stdout)["files"][0]
    assert [(one["id"], one["line"]) for one in found["warnings"]] == [
        ("bedrock-customization:client-request-token", 3)
    ]


def test_one_bad_file_among_good_ones_fails(tmp_path: Path) -> None:
    """Every file is judged, whatever the others are."""
    good = tmp_path / "good.yaml"
    good.write_text(GOOD, encoding="utf-8")
    result = _check(tmp_path / "no.yaml", good)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        f"{tmp_path}/no.yaml: error: must exist, got no such file; correct the path",
        f"{tmp_path}/no.yaml: 1 problem",
        f"{good}: can be deployed",
    ]


def test_a_key_twice_is_one_problem_more(tmp_path: Path) -> None:
    """What can be read is judged all the same."""
    file = tmp_path / "job.json"
    file.write_text('{"jobName": "a",\n"jobName": "b",\n"trainingDataConfig": {}}', encoding="utf-8")
    lines = _check(file).stdout.splitlines()
    assert [line.split(": error: ")[1].split(" ")[0] for line in lines[:-1]] == [
        "baseModelIdentifier",
        "jobName",
    ]


def test_what_aws_documents_for_the_model_is_judged_too(tmp_path: Path) -> None:
    """What is documented and verified is a problem, what is dated a warning; both can be left out."""
    file = tmp_path / "job.yaml"
    file.write_text(f"{GOOD}hyperParameters: {{epochCount: 99, unheardOf: 1}}\n", encoding="utf-8")
    result = _check(file)
    assert result.exit_code == 1
    assert f"{file}:3: error: hyperParameters.epochCount must be" in result.stdout
    assert "bedrock-customization:hyper-parameter-unknown" in result.stdout
    result = _check(file, "--no-catalog")
    assert (result.exit_code, result.stdout) == (0, f"{file}: can be deployed\n")


@pytest.mark.parametrize("arguments", [[], ["--output", "xml", "job.yaml"], ["--nonsense"]])
def test_wrong_usage_is_two(arguments: list[str]) -> None:
    """Not the code of a file that is wrong."""
    assert _check(*arguments).exit_code == 2


def test_markup_in_a_file_is_only_text(tmp_path: Path) -> None:
    """Square brackets are no styles, and control characters do not reach the terminal."""
    file = tmp_path / "job.yaml"
    file.write_text(f'{GOOD}"[red]\\e[31m": 1\njobName: "[bold]\\e[0m"\n', encoding="utf-8")
    result = _check(file)
    assert "[red]" in result.stdout
    assert "[bold]" in result.stdout
    assert "\x1b" not in result.stdout
