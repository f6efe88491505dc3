"""`-` is standard input where a file is read; where it has no meaning a sentence says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from constructs_lib.cli.main import app

NOVA = "amazon.nova-lite-v1:0:300k"
ROOT = Path(__file__).parents[3]
EIGHT = Path(__file__).parent / "eight-mistakes.yaml"
TRAINING = (ROOT / "examples" / "fine-tune-nova.jsonl").read_text()
JOB = {
    "baseModelIdentifier": NOVA,
    "trainingDataConfig": {"s3Uri": "s3://amzn-s3-demo-bucket/train.jsonl"},
}
HERE = ("--region", "us-east-1", "--account", "123456789012")


def _run(*arguments: str, stdin: str = "") -> Result:
    result = CliRunner(env={"COLUMNS": "200"}).invoke(app, list(arguments), input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def _said(result: Result) -> str:
    return " ".join(result.output.replace("│", " ").split())


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_check_reads_a_job_file_from_stdin() -> None:
    """The findings are those of the file, at the same lines and columns."""
    result = _run("check", "-", *HERE, "--output", "json", stdin=EIGHT.read_text())
    [piped] = json.loads(result.stdout)["files"]
    [file] = json.loads(_run("check", str(EIGHT), *HERE, "--output", "json").stdout)["files"]
    assert result.exit_code == 1
    assert piped["file"] == "stdin"
    assert [one | {"file": str(EIGHT)} for one in piped["findings"]] == file["findings"]


def test_check_reads_json_from_stdin_too() -> None:
    """As the AWS CLI and jq write it."""
    result = _run("check", "-", *HERE, stdin=json.dumps(JOB))
    assert result.exit_code == 0
    assert result.stdout.startswith("stdin: nothing found\n")


def test_the_data_of_a_job_on_stdin_is_relative_to_the_current_folder(tmp_path: Path) -> None:
    """There is no folder of the job file."""
    (tmp_path / "train.jsonl").write_text(TRAINING)
    job = JOB | {"trainingDataConfig": {"s3Uri": "file://train.jsonl"}}
    result = _run("check", "-", *HERE, stdin=json.dumps(job))
    assert result.exit_code == 0
    assert result.stdout.startswith("train.jsonl: note: the training data should have at least 100 records")


@pytest.mark.parametrize("text", ["", "a: [", "- a\n", "\x00"])
def test_what_is_no_job_file_is_a_finding(text: str) -> None:
    """Whatever is piped into the command."""
    result = _run("check", "-", stdin=text)
    assert result.exit_code == 1
    assert "[job-file]" in result.stdout


@pytest.mark.parametrize("order", [0, 1])
def test_diff_compares_with_stdin(tmp_path: Path, order: int) -> None:
    """As in `aws cloudformation get-template ... | bedrock-customize diff - new.json`."""
    job = {"Type": "Custom::BedrockModelCustomizationJob", "Properties": {"Request": JOB}}
    template = json.dumps({"Resources": {"Job": job}})
    (tmp_path / "other.json").write_text(template)
    files = ["-", "other.json"]
    result = _run("diff", *(files[::-1] if order else files), stdin=template)
    assert result.exit_code == 0
    assert "a deploy would start no job" in result.stdout


def test_estimate_reads_stdin() -> None:
    """As `validate` and `convert` do."""
    result = _run("estimate", "-", "--model", NOVA, stdin=TRAINING)
    assert result.exit_code == 0
    assert result.stdout.startswith("-: ")


@pytest.mark.parametrize("out", ["-", None])
def test_a_job_file_is_written_to_stdout(tmp_path: Path, out: str | None) -> None:
    """`--out -` is the same as no --out, and writes no file of that name."""
    command = "aws bedrock create-model-customization-job --base-model-identifier " + NOVA
    result = _run("from-cli", "-", *(("--out", out) if out else ()), stdin=command)
    assert (
        f'baseModelIdentifier: "{NOVA}"' in result.stdout or f"baseModelIdentifier: {NOVA}" in result.stdout
    )
    assert not (tmp_path / "-").exists()


REFUSED = {
    "deploy": ["deploy", "-"],
    "destroy": ["destroy", "-"],
    "catalogue": ["models", "--catalog", "-"],
    "tokenizer": ["estimate", "t.jsonl", "--model", NOVA, "--tokenizer", "-"],
    "keep": ["validate", "t.jsonl", "--model", NOVA, "--keep", "-"],
    "reject": ["validate", "t.jsonl", "--model", NOVA, "--reject", "-"],
    "drop-invalid": ["convert", "t.jsonl", "--model", NOVA, "-o", "x.jsonl", "--drop-invalid", "-"],
    "outputs file": ["deploy", "job.yaml", "--outputs-file", "-"],
    "folder of a split": ["split", "t.jsonl", "--model", NOVA, "--validation", "1", "-o", "-"],
    "cloud assembly": ["diff", "--app", "-"],
}


@pytest.mark.parametrize("command", REFUSED.values(), ids=REFUSED.keys())
def test_where_it_has_no_meaning_a_sentence_says_so(tmp_path: Path, command: list[str]) -> None:
    """It is not a file of that name that does not exist."""
    result = _run(*command)
    assert result.exit_code == 2
    assert "must be a file, got -, which is standard input or output; name a file" in _said(result)
    assert [*tmp_path.iterdir()] == []


TWICE = {
    "check": ["check", "-", "-"],
    "validate": ["validate", "-", "--model", NOVA, "--validation", "-"],
    "convert": ["convert", "-", "-", "--model", NOVA, "-o", "x.jsonl"],
    "diff": ["diff", "-", "-"],
}


@pytest.mark.parametrize("command", TWICE.values(), ids=TWICE.keys())
def test_stdin_is_read_once(command: list[str]) -> None:
    """The second file would be empty."""
    result = _run(*command, stdin="{}")
    assert result.exit_code == 2
    assert "- (standard input) must be given only once; save one of them as a file" in _said(result)


def test_data_that_is_split_is_a_file() -> None:
    """It is read twice."""
    result = _run("split", "-", "--model", NOVA, "--validation", "1", "-o", "x", stdin=TRAINING)
    assert result.exit_code == 1
    assert "a dataset that is split is read twice, got standard input; write it to a file first" in _said(
        result
    )
