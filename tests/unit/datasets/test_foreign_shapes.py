"""`validate` says once what a file is that is not in the model's format; a broken file is no such file."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from constructs_lib.cli.main import app
from constructs_lib.datasets import validate
from tests.unit.datasets.helpers import (
    CANVAS,
    CPT,
    DISTILLATION,
    HAIKU,
    LLAMA_31,
    NOVA,
    NOVA_2,
    RFT,
    TITAN,
    VERSION,
    chat,
    lines,
    said,
    turns,
    write,
)
from tests.unit.datasets.test_convert import SHAPES
from tests.unit.datasets.test_convert_files import CSV, arrow, parquet, workbook

if TYPE_CHECKING:
    from pathlib import Path

    from constructs_lib.datasets import Report

FT = "FINE_TUNING"
JOB = """\
baseModelIdentifier: amazon.nova-lite-v1:0:300k
trainingDataConfig: {s3Uri: file://train.jsonl}
"""
MANY = 1000


def foreign(report: Report) -> list[tuple[int | None, object, str]]:
    """Return line, what was found and what to do of the findings about the shape."""
    return [
        (one.line, str(one.got), one.fix) for one in report.findings if one.name == "dataset-foreign-shape"
    ]


WITH_SYSTEM = {"messages": [{"role": "system", "content": "s"}, *chat("a", "b")["messages"]]}
NAMED: list[tuple[str, str, str, Any, str]] = [
    (NOVA, FT, "in.jsonl", chat("a", "b"), "OpenAI's chat format"),
    (NOVA, FT, "in.jsonl", WITH_SYSTEM, "OpenAI's chat format"),
    (NOVA, FT, "in.jsonl", SHAPES["sharegpt"], "the ShareGPT format"),
    (NOVA, FT, "in.jsonl", SHAPES["alpaca"], "the Alpaca format"),
    (NOVA, FT, "in.jsonl", SHAPES["pairs"], "prompts and completions"),
    (NOVA, FT, "in.jsonl", {"prompt": "a", "completion": "b"}, "prompts and completions"),
    (NOVA, FT, "in.jsonl", SHAPES["preferences"], "preferences, with a chosen and a rejected answer"),
    (NOVA, FT, "in.jsonl", SHAPES["anthropic"], "Anthropic's messages format"),
    (NOVA, FT, "in.jsonl", SHAPES["gemini"], "Gemini's format"),
    (NOVA, FT, "in.jsonl", SHAPES["logs"], "Bedrock's invocation logs"),
    (NOVA, FT, "in.jsonl", SHAPES["batch"], "records of Bedrock's batch inference"),
    (LLAMA_31, FT, "in.jsonl", turns("a", "b"), "conversations of the Converse API"),
    (LLAMA_31, FT, "in.jsonl", SHAPES["pairs"], "prompts and completions"),
    (HAIKU, FT, "in.jsonl", WITH_SYSTEM, "OpenAI's chat format"),
    (HAIKU, FT, "in.jsonl", turns("a", "b"), "conversations of the Converse API"),
    (NOVA_2, RFT, "in.jsonl", turns("a", "b"), "conversations of the Converse API"),
    (NOVA, DISTILLATION, "in.jsonl", chat("a", "b"), "OpenAI's chat format"),
    (TITAN, CPT, "in.jsonl", {"text": "a"}, "text without prompts and answers"),
]


@pytest.mark.parametrize(("model", "kind", "name", "record", "title"), NAMED)
def test_a_shape_is_named_once(  # noqa: PLR0917 - pytest gives them by name
    tmp_path: Path, model: str, kind: str, name: str, record: object, title: str
) -> None:
    """One finding for a thousand records, and its command converts the file."""
    path = write(tmp_path, [record] * MANY, name)
    report = validate(path, model=model, customization_type=kind)
    [(line, got, fix)] = foreign(report)
    assert (line, got, report.errors) == (1, title, 1)
    assert report.training.counts.records == 0
    command = shlex.split(fix.removeprefix("convert it: ").strip("`"))
    assert command[:3] == ["bedrock-customize", "convert", str(path)]
    assert command[-1] == str(tmp_path / "in-converted.jsonl")
    assert CliRunner().invoke(app, command[1:]).exit_code in {0, 1}
    written = validate(command[-1], model=model, customization_type=kind)
    assert written.training.counts.records == MANY
    assert foreign(written) == []


CONTAINERS = [
    ("in.csv", CSV.encode(), "a CSV table with prompts and completions"),
    ("in", CSV.encode(), "a CSV table with prompts and completions"),
    ("in.tsv", b"question\tanswer\na\tb\n", "a table with tabs with prompts and completions"),
    ("in.csv", b"frage,antwort\na,b\n", "a CSV table"),
    ("in.yaml", b"- question: a\n  answer: b\n", "YAML with prompts and completions"),
    ("in.json", json.dumps([turns("a", "b")] * 3).encode(), "a JSON list"),
    (
        "in.json",
        json.dumps([chat("a", "b")] * 9999, indent=1).encode(),
        "a JSON list with OpenAI's chat format",
    ),
    ("in.json", json.dumps(turns("a", "b"), indent=1).encode(), "JSON that is not JSON Lines"),
    ("in.parquet", parquet([chat("a", "b")]), "a Parquet file"),
    ("in.arrow", arrow([chat("a", "b")]), "an Arrow file"),
    ("in.xlsx", workbook(["question", "answer"], ["a", "b"]), "an Excel workbook"),
]


@pytest.mark.parametrize(("name", "content", "title"), CONTAINERS)
def test_a_container_is_named_once(tmp_path: Path, name: str, content: bytes, title: str) -> None:
    """And its command converts the file, with the columns where their names say too little."""
    path = write(tmp_path, content, name)
    [(line, got, fix)] = foreign(validate(path, model=NOVA))
    assert (line, got) == (1, title)
    command = shlex.split(fix.removeprefix("convert it: ").strip("`"))
    assert CliRunner().invoke(app, command[1:]).exit_code in {0, 1}
    assert validate(command[-1], model=NOVA).training.counts.records > 0


TOOLS = {**chat("a", "b"), "tools": [{"type": "function"}]}
IMPOSSIBLE = [
    (NOVA, FT, TOOLS, "it cannot be converted: it uses tools, which cannot be carried over"),
    (NOVA, FT, {"text": "a"}, "it cannot be converted: it is text without a prompt and an answer"),
    (CANVAS, FT, SHAPES["openai"], "it cannot be converted: other shapes cannot become image-caption"),
    (TITAN, FT, turns("a", "b", "c", "d"), "it cannot be converted: it has more than one turn"),
]


@pytest.mark.parametrize(("model", "kind", "record", "fix"), IMPOSSIBLE)
def test_why_there_is_no_command(tmp_path: Path, model: str, kind: str, record: object, fix: str) -> None:
    """Where none of the first records can be converted, the reason is said instead."""
    [(_, _, said_)] = foreign(validate(write(tmp_path, [record] * 5), model=model, customization_type=kind))
    assert said_.startswith(fix)


def test_mixed_shapes_are_said(tmp_path: Path) -> None:
    """Both are named."""
    report = validate(write(tmp_path, [chat("a", "b"), SHAPES["alpaca"]]), model=NOVA)
    [(_, got, fix)] = foreign(report)
    assert got == "OpenAI's chat format and the Alpaca format"
    assert fix.startswith("make a file of each shape")


def test_a_model_that_is_not_in_the_catalogue(tmp_path: Path) -> None:
    """The shape is named, but its format is not known."""
    report = validate(write(tmp_path, [SHAPES["alpaca"]] * 9), model="new.model-v1:0")
    [(_, got, fix)] = foreign(report)
    assert got == "the Alpaca format"
    assert "for a model that the catalogue has" in fix
    assert foreign(validate(write(tmp_path, [chat("a", "b")] * 9), model="new.model-v1:0")) == []


OWN: list[tuple[str, str, list[Any]]] = [
    (NOVA, FT, [turns("a", "b"), chat("a", "b")]),
    (NOVA, FT, [turns("a", "b", schemaVersion=VERSION), {"prompt": "a", "completion": "b"}]),
    (NOVA, FT, [chat("a", "b", schemaVersion=VERSION)]),
    (NOVA, FT, [{"messages": [said("user", "a"), {"role": "assistant", "content": "b"}]}]),
    (NOVA, FT, [{"mesages": turns("a", "b")["messages"]}]),
    (NOVA, FT, [{"messages": "a"}]),
    (NOVA, FT, [{"messages": []}]),
    (NOVA, FT, [{}]),
    (NOVA, FT, ["{'messages': []}"]),
    (NOVA, FT, ['{"messages":', '"x"}']),
    (NOVA, FT, ["hello, world"]),
    (NOVA, FT, ['"prompt","completion"']),
    (LLAMA_31, FT, [{"prompt": "a"}]),
    (LLAMA_31, FT, [{"Prompt": "a", "completion": "b"}]),
    (LLAMA_31, FT, [{"prompt": "a", "completions": "b"}]),
    (LLAMA_31, FT, [{"prompt": 1, "completion": ["b"]}]),
    (HAIKU, FT, [chat("a", "b", system=["s"])]),
    (HAIKU, FT, [chat("a", "b"), WITH_SYSTEM]),
    (NOVA_2, RFT, [chat("a", tools=[{"x": 1}])]),
    (NOVA_2, RFT, [WITH_SYSTEM]),
    (NOVA, DISTILLATION, [SHAPES["logs"]]),
    (TITAN, CPT, [{"input": "a", "text": "b"}]),
    (CANVAS, FT, [{"image_ref": "s3://bucket/a.png", "caption": "abc"}]),
]


@pytest.mark.parametrize(("model", "kind", "records"), OWN)
def test_a_file_of_the_models_own_format_is_checked_line_by_line(
    tmp_path: Path, model: str, kind: str, records: list[Any]
) -> None:
    """Whatever is wrong with it: its findings name lines and paths."""
    report = validate(write(tmp_path, lines(records)), model=model, customization_type=kind)
    assert foreign(report) == []
    assert report.training.counts.records == len(records)


def test_a_list_of_records_without_fields(tmp_path: Path) -> None:
    """There is no column to name."""
    [(_, _, fix)] = foreign(validate(write(tmp_path, b"[{}]"), model=NOVA))
    assert "--columns prompt=NAME,completion=NAME" in fix


def test_check_and_the_construct_say_it_too(tmp_path: Path) -> None:
    """The report by rule is what both show."""
    path = write(tmp_path, [chat("a", "b")] * MANY)
    job = tmp_path / "job.yaml"
    job.write_text(JOB)
    result = CliRunner().invoke(app, ["check", str(job), "--region", "us-east-1"])
    assert result.exit_code == 1
    assert result.stdout.count("[dataset-foreign-shape]") == 1
    assert f"`bedrock-customize convert {path} " in result.stdout


def test_names_that_a_shell_would_read(tmp_path: Path) -> None:
    """The command can be pasted."""
    folder = tmp_path / "my data"
    folder.mkdir()
    path = write(folder, [chat("a", "b")], "it's.jsonl")
    [(_, _, fix)] = foreign(validate(path, model=NOVA))
    words = shlex.split(fix.removeprefix("convert it: ").strip("`"))
    assert words[2] == str(path)
    assert words[-1] == str(folder / "it's-converted.jsonl")


@pytest.mark.parametrize(
    ("name", "content", "got", "fix"),
    [
        ("job.yaml", JOB, "a job file", "`bedrock-customize check job.yaml` checks a job file"),
        ("job.json", '{\n "baseModelIdentifier": "x"\n}', "a job file", "`bedrock-customize check job.json`"),
        ("train.pdf", "%PDF-1.7\n1 0 obj", "a PDF", "write its content as JSON Lines"),
        (
            "t.jsonl",
            "version https://git-lfs.github.com/spec/v1\noid x\n",
            "a pointer of Git LFS to it",
            "git lfs",
        ),
    ],
)
def test_what_is_no_data_is_named(  # noqa: PLR0917 - pytest gives them by name
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: str, got: str, fix: str
) -> None:
    """Its lines are not checked as records, and no command is advised that would convert it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text(content, encoding="utf-8")
    [one] = validate(name, model=NOVA).findings
    assert (str(one.got), fix in one.fix) == (got, True), one.sentence
