"""Several files, folders and standard input: what is read, how it is named, and the limits of the whole."""

from __future__ import annotations

import gzip
import io
import json
import os
import sys
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from constructs_lib.cli.main import app
from constructs_lib.datasets import validate, validate_file_cached
from constructs_lib.datasets.reading.folders import MOST_FILES, Folder
from constructs_lib.datasets.reading.sources import UnreadableError, expand
from tests.unit.datasets.helpers import DISTILLATION, NOVA, lines, of_the_file, turns, write
from tests.unit.datasets.test_invocation_logs import log

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from constructs_lib.datasets import Report

HOUR = "AWSLogs/111122223333/BedrockModelInvocationLogs/us-east-1/2026/11/23/17"


def run(*words: object, stdin: bytes | None = None) -> Result:
    """Run the console."""
    return CliRunner().invoke(app, [str(word) for word in words], input=stdin)


def records(start: int, end: int) -> bytes:
    """Return valid records, all different."""
    return lines([turns(f"q{at}", "a") for at in range(start, end)])


def kinds(report: Report) -> list[str]:
    """Return severity, rule and file of each finding but the advice on the number of records."""
    return [
        f"{one.severity} {one.name.removeprefix('dataset-')} {one.file}"
        for one in report.findings
        if one.name != "dataset-training-records"
    ]


def logs_in(folder: Path) -> Path:
    """Write logs as Bedrock lays them out: three files, a long body, and the check of the permission."""
    hour = folder / HOUR
    (hour / "data").mkdir(parents=True)
    for at in range(3):
        part = lines([log({"prompt": f"p{at} {number}"}) for number in range(40)])
        write(hour, gzip.compress(part), f"20261123T17160{at}Z_ab.json.gz")
    write(hour / "data", gzip.compress(b'{"prompt": "long"}'), "7ee514f3_input.json.gz")
    write(hour / "data", b"\x89PNG", "7ee514f3_input_image.png")
    write(folder, b"", "amazon-bedrock-logs-permission-check")
    return folder


def test_several_files_are_one_dataset(tmp_path: Path) -> None:
    """The facts are those of each file and of all; the limits are those of all."""
    one, other = write(tmp_path, records(0, 5), "a.jsonl"), write(tmp_path, records(5, 8), "b.jsonl")
    report = validate([one, other], model=NOVA)
    assert kinds(report) == [f"warning several-files {one} and {other}"]
    assert "upload them as one file" in str(report.findings[0])
    assert report.training.counts.records == 8
    few = [found for found in report.findings if found.name == "dataset-training-records"]
    assert [(found.file, str(found.got)) for found in few] == [(f"{one} and {other}", "8")]
    assert [(facts.file, facts.counts.records) for facts in report.training.files] == [
        (str(one), 5),
        (str(other), 3),
    ]
    assert report.training.counts.bytes == sum(path.stat().st_size for path in (one, other))


def test_a_list_of_one_is_that_file(tmp_path: Path) -> None:
    """One file in a list, or named twice, gives the report that it gives alone."""
    path = write(tmp_path, records(0, 10))
    alone = validate(path, model=NOVA)
    assert validate([path], model=NOVA) == alone
    assert validate([path, str(path)], model=NOVA).training.counts.records == 10


def test_findings_and_repeats_name_the_file(tmp_path: Path) -> None:
    """A line is that of its own file, and a repeated record names the file that has it first."""
    first = write(tmp_path, records(0, 5), "a.jsonl")
    second = write(tmp_path, b"\n" + records(4, 6) + b"{\n" + records(5, 6), "b.jsonl")
    third = write(tmp_path, records(0, 1), "c.jsonl")
    report = validate([first, second, third], model=NOVA)
    found = [
        (one.file, one.line, str(one.got))
        for one in report.findings
        if one.name == "dataset-duplicate-record"
    ]
    assert found == [
        (str(second), 2, "the record of line 5 of .../a.jsonl again"),
        (str(second), 5, "the record of line 3 again"),
        (str(third), 1, "the record of line 1 of .../a.jsonl again"),
    ]
    assert [(one.file, one.line) for one in report.findings if one.severity == "error"] == [
        (str(second), 1),
        (str(second), 4),
    ]
    assert [facts.repeated for facts in report.training.files] == [0, 1, 0]
    assert report.training.repeated == 3


def test_validation_data_of_several_files(tmp_path: Path) -> None:
    """A record of any validation file that any training file has too is found where it is."""
    training = [write(tmp_path, records(0, 5), "a.jsonl"), write(tmp_path, records(5, 9), "b.jsonl")]
    validation = [write(tmp_path, records(20, 22), "c.jsonl"), write(tmp_path, records(7, 8), "d.jsonl")]
    report = validate(training, model=NOVA, validation=validation)
    [one] = [one for one in report.findings if one.name == "dataset-validation-record-trains"]
    assert (one.file, one.line) == (str(validation[1]), 1)
    assert str(one.got) == "the record of line 3 of .../b.jsonl"
    assert report.validation is not None
    assert report.validation.counts.records == 3


def test_a_folder_of_logs(tmp_path: Path) -> None:
    """A folder with the logs of an hour is read whole; long bodies beside them are no logs."""
    folder = logs_in(tmp_path / "logs")
    report = validate(folder, model=NOVA, customization_type=DISTILLATION)
    assert report.findings == ()
    assert report.training.file == str(folder)
    assert (report.training.counts.records, len(report.training.files)) == (120, 3)
    assert report.training.counts.characters == sum(len(f"p0 {at}an answer") for at in range(40)) * 3
    assert validate(folder / HOUR, model=NOVA, customization_type=DISTILLATION).findings == ()


def test_other_files_are_named_once(tmp_path: Path) -> None:
    """Files that are no data are one note, and links to folders are not followed."""
    for name in ("b.jsonl", "a.JSONL"):
        write(tmp_path, records(ord(name[0]) * 10, ord(name[0]) * 10 + 8), name)
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "loop").symlink_to(tmp_path)
    for at in range(5):
        write(tmp_path / "inner", b"x", f"{at}.txt")
    assert expand(tmp_path) == [str(tmp_path / "a.JSONL"), str(tmp_path / "b.jsonl")]
    notes = [one for one in validate(tmp_path, model=NOVA).findings if one.name == "dataset-other-files"]
    assert [one.severity for one in notes] == ["note"]
    assert "5 other files in it, first inner/0.txt, inner/1.txt, inner/2.txt, were not read" in str(notes[0])


def test_a_folder_without_data(tmp_path: Path) -> None:
    """A folder without data is an error that says what data is; so is one missing file of several."""
    write(tmp_path, b"a,b", "a.csv")
    report = validate(tmp_path, model=NOVA)
    assert of_the_file(report) == [("error", "unreadable"), ("note", "other-files")]
    assert ".jsonl, .json or .json.gz" in str(report.findings[0])
    with pytest.raises(UnreadableError):
        expand(tmp_path)
    missing = tmp_path / "missing.jsonl"
    report = validate([write(tmp_path, records(0, 8)), missing], model=NOVA)
    assert f"error unreadable {missing}" in kinds(report)
    assert report.training.counts.records == 8


def test_no_files_at_all() -> None:
    """An empty list is one error, and no dataset without faults."""
    assert of_the_file(validate([], model=NOVA)) == [("error", "unreadable")]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_a_folder_that_may_not_be_read(tmp_path: Path) -> None:
    """A folder inside without permission is an error, not half of the data."""
    (tmp_path / "inner").mkdir(mode=0)
    write(tmp_path, records(0, 8))
    assert ("error", "unreadable") in of_the_file(validate(tmp_path, model=NOVA))


@pytest.mark.parametrize("more", [0, 1])
def test_the_most_files(more: int) -> None:
    """A folder may have 100,000 files; more are an error, and not all names are kept."""
    folder = Folder.of("x", ((f"x/{at}.json", 1) for at in range(MOST_FILES + more)))
    assert len(folder.files) == folder.size == MOST_FILES
    assert bool([*folder.findings()]) == bool(more)


def test_an_empty_file_does_not_decide_the_format(tmp_path: Path) -> None:
    """The first file with a record decides how all are read."""
    write(tmp_path, b"\n", "a.json")
    write(tmp_path, lines([log({"prompt": f"p{at}"}) for at in range(100)]), "b.json")
    report = validate(tmp_path, model=NOVA, customization_type=DISTILLATION)
    assert report.format == "invocation-logs"
    assert {one.name for one in report.findings if one.line is None} == {"dataset-empty"}


def test_a_first_log_that_is_longer_than_a_block(tmp_path: Path) -> None:
    """A log of 300,000 bytes at the start is recognized as one."""
    content = lines([log({"prompt": f"{at} " + "x " * 150_000}) for at in range(2)])
    report = validate(write(tmp_path, content), model=NOVA, customization_type=DISTILLATION)
    assert report.format == "invocation-logs"
    assert of_the_file(report) == [("error", "training-records")]


@pytest.mark.parametrize("also", [[], ["a.jsonl"]])
def test_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, also: list[str]) -> None:
    """`-` reads standard input, alone or beside files, and findings name it so."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, records(100, 108), "a.jsonl")
    done = run("validate", "-", *also, "--model", NOVA, stdin=records(0, 8) + b"{\n")
    assert done.exit_code == 1
    assert "breaks a rule\n-:9:2: error: must be JSON" in done.output
    assert "-: 9 records" in done.output


def test_logs_on_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compressed logs are read from standard input, too."""
    packed = gzip.compress(lines([log({"prompt": f"p{at}"}) for at in range(100)]))
    done = run("validate", "-", "--model", NOVA, "--type", DISTILLATION, stdin=packed)
    assert done.exit_code == 0, done.output
    monkeypatch.setattr(sys, "stdin", None)
    assert "standard input is closed" in str(validate("-", model=NOVA).findings[0])


def test_a_file_that_is_uploaded_is_no_folder_and_no_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a file is uploaded, a folder and `-` are mistakes, and nothing waits for input."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(records(0, 8))))
    write(tmp_path, records(0, 8))
    for path in ("-", str(tmp_path)):
        assert ("error", "unreadable") in of_the_file(validate_file_cached(path, model=NOVA))


def test_the_console_shows_files_and_sum(tmp_path: Path) -> None:
    """The console has a line for each file and one for all; JSON has the files in the sum."""
    one, other = write(tmp_path, records(0, 8), "a.jsonl"), write(tmp_path, records(8, 9), "b.jsonl")
    done = run("validate", one, other, "--model", NOVA)
    assert done.exit_code == 0
    assert f"{one}: 8 records" in done.output
    assert f"{one} and {other} (2 files): 9 records" in done.output
    [total] = json.loads(run("validate", one, other, "--model", NOVA, "--output", "json").stdout)["files"]
    assert [file["counts"]["records"] for file in total["files"]] == [8, 1]
    for at in range(30):
        write(tmp_path, records(at, at + 1), f"c{at}.jsonl")
    assert "and 12 other files" in run("validate", tmp_path, "--model", NOVA).output


def test_the_progress_of_a_folder_is_that_of_the_whole(tmp_path: Path) -> None:
    """A folder has one bar: its bytes grow to those of all files."""
    folder = logs_in(tmp_path / "logs")
    calls: list[tuple[str, int, int]] = []
    validate(folder, model=NOVA, customization_type=DISTILLATION, progress=lambda *call: calls.append(call))
    size = sum(path.stat().st_size for path in (folder / HOUR).glob("*.json.gz"))
    assert {(name, whole) for name, _, whole in calls} == {(str(folder), size)}
    assert [read for _, read, _ in calls] == sorted(read for _, read, _ in calls)
    assert calls[-1][1] == size
