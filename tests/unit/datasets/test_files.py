"""Bytes: encodings, blank and long lines, repeats, what cannot be read, and how much is shown."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from constructs_lib.catalog import Catalog
from constructs_lib.datasets import validate
from constructs_lib.datasets.checking.repeats import Hashes, between, within
from constructs_lib.datasets.reading.lines import BLOCK, LONGEST_LINE, pieces
from tests.unit.datasets.helpers import (
    LLAMA_31,
    LLAMA_32,
    NOVA,
    chat,
    found,
    lines,
    media,
    of_the_file,
    shown,
    turns,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

GOOD = [turns(f"question {at}", f"answer {at}") for at in range(100)]


def rules(folder: Path, content: bytes) -> list[str]:
    """Check bytes, and return severity, rule and position of each finding but the advice."""
    report = validate(write(folder, content), model=NOVA, limit=50)
    return [
        f"{one.severity} {one.name.removeprefix('dataset-')} {one.line}:{one.column}"
        for one in report.findings
        if "training-records" not in one.name
    ]


TEXT, MORE = lines(GOOD), lines([turns("x", "y")])
AT_END = ["warning blank-line-at-end 1:None", "warning blank-line-at-end 2:None"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (TEXT, []),
        (TEXT.removesuffix(b"\n"), []),
        (b"\xef\xbb\xbf" + TEXT, ["error byte-order-mark 1:None"]),
        (TEXT.replace(b"\n", b"\r\n"), ["note line-ends 1:None"]),
        (TEXT.replace(b"\n", b"\r\n", 1), ["note line-ends 1:None"]),
        (TEXT.replace(b"\n", b" \t\n"), []),
        (TEXT.decode().encode("utf-16"), ["error encoding 1:None"]),
        (TEXT.decode().encode("utf-16-le"), ["error encoding 1:None"]),
        (TEXT.decode().encode("utf-16-be"), ["error encoding 1:None"]),
        (gzip.compress(TEXT), ["error compressed 1:None"]),
        (b"PK\x03\x04" + TEXT, ["error compressed 1:None"]),
        (b"PAR1" + TEXT, ["error foreign-shape 1:None"]),
        (b"", ["error empty None:None"]),
        (b"\n\n", [*AT_END, "error empty None:None"]),
        (b"[" + TEXT, ["error foreign-shape 1:None"]),
        (TEXT + b"\n", ["warning blank-line-at-end 101:None"]),
        (
            TEXT + b"\n \n" + lines([turns("x", "y")]),
            ["error blank-line 101:None", "error blank-line 102:None"],
        ),
        (b"\n" + TEXT, ["error blank-line 1:None"]),
        (TEXT + b"{\n", ["error json 101:2"]),
        (TEXT + b"\x00\n", ["error encoding 101:1"]),
        (TEXT + b'{"a": "\x00"}\n', ["error encoding 101:8"]),
        (TEXT + b'{"a": "\xff"}\n', ["error encoding 101:8"]),
        (TEXT + '{"é": "'.encode() + b'\xff"}\n', ["error encoding 101:8"]),
        (TEXT + b'{"a": "\xc3"}\n', ["error encoding 101:8"]),
        (TEXT + b'{"messages": "\\ud800"}\n', ["error encoding 101:None"]),
        (TEXT + b"3\n", ["error not-an-object 101:1"]),
        (TEXT + b"null\n", ["error not-an-object 101:1"]),
        (TEXT + b'{"a": 1} {"b": 2}\n', ["error json 101:10"]),
        (TEXT + b'{"a": 1}{"b": 2}\n', ["error json 101:9"]),
        (TEXT + b'{"a": 1,}\n', ["error json 101:8"]),
        (TEXT + b"{'a': 1}\n", ["error json 101:2"]),
        (TEXT + b'{"a": NaN}\n', ["error json 101:7"]),
        (TEXT + b'{"a": ' + b"9" * 5000 + b"}\n", ["error json 101:None"]),
        (TEXT + b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n", ["error json 101:None"]),
        (TEXT + b'{"messages":\n"x"}\n', ["error json 101:13", "error json 102:4"]),
    ],
    ids=lambda value: None if isinstance(value, list) else str(len(value)),
)
def test_bytes(tmp_path: Path, content: bytes, expected: list[str]) -> None:
    """What is wrong with the bytes is reported with line and column, and the rest is still checked."""
    assert rules(tmp_path, content) == expected


@pytest.mark.parametrize(
    ("line", "fix"),
    [
        (b"{'a': 1}", "use double quotes"),
        (b'{"a": 1,}', "remove the comma"),
        (b'{"a": None}', "write null"),
        (b'{"a": True}', "write true"),
        (b'{"a": 1} x', "put every record on a line of its own"),
        (b'{"a": "x\ty"}', "escape it"),
        (b'{"a": "x', "close the string"),
        (b'{"a": "\\x"}', "double the backslash"),
        (b'{"a" 1}', "put a colon"),
        (b'{"a": 1 "b": 2}', "put a comma"),
        (b'{"a": 1', "finish the record on this line"),
        (b"{", "finish the record on this line"),
        (b'{"a": [1, 2,]}', "remove the comma"),
        (b"hello", "correct the JSON there"),
    ],
)
def test_faults_of_json_are_explained(tmp_path: Path, line: bytes, fix: str) -> None:
    """A line that is no JSON is answered with what to do about it."""
    report = validate(write(tmp_path, line + b"\n"), model=NOVA)
    [one] = [one for one in report.findings if one.name == "dataset-json"]
    assert one.fix.startswith(fix)
    assert one.column is not None


def test_a_long_line_is_passed_over(tmp_path: Path) -> None:
    """A line above the bound is reported and not read; the lines around it are checked."""
    long = b'{"a": "' + b"x" * LONGEST_LINE + b'"}\n'
    bad = lines([turns("a")])
    report = validate(write(tmp_path, bad + long + bad), model=NOVA)
    assert {(rule, line) for _, rule, line, _ in found(report)} == {
        ("roles-start-and-end", 1),
        ("line-too-long", 2),
        ("duplicate-record", 3),
        ("roles-start-and-end", 3),
    }
    assert report.training.counts.records == 3


def cut(blocks: list[bytes]) -> list[bytes | None]:
    """Cut blocks into lines."""
    return [line for piece in pieces(blocks) for line in ([None] if piece is None else piece.split(b"\n"))]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, BLOCK])
def test_lines_are_cut_alike_from_any_blocks(size: int) -> None:
    """However the bytes arrive, the lines and their numbers are the same."""
    text = b"\xef\xbb\xbfa\n\nbb\r\nccc\n\nd"
    blocks = [text[at : at + size] for at in range(0, len(text), size)]
    if size < 3:
        blocks = [text[:3], *[text[at : at + size] for at in range(3, len(text), size)]]
    assert cut(blocks) == [b"a", b"", b"bb\r", b"ccc", b"", b"d"]


@pytest.mark.parametrize(("more", "checked"), [(0, True), (1, False)])
def test_the_longest_line(more: int, *, checked: bool) -> None:
    """A line of the bound is kept, a longer one is not."""
    text = b"x" * (LONGEST_LINE + more) + b"\nz"
    blocks = [text[at : at + BLOCK] for at in range(0, len(text), BLOCK)]
    assert cut(blocks) == [text[:-2] if checked else None, b"z"]


REPEATS = [
    ([], 0, []),
    (["a", "b", "c"], 0, []),
    (["a", "b", "a"], 1, [(1, 3)]),
    (["a", "a", "a"], 2, [(1, 2), (1, 3)]),
    (["a", "b", "b", "a"], 2, [(2, 3), (1, 4)]),
    (["", "", "a", ""], 0, []),
]


def hashed(texts: list[str]) -> Hashes:
    """Hash lines."""
    hashes = Hashes()
    hashes.add(hash(text.encode()) for text in texts)
    return hashes


@pytest.mark.parametrize(("texts", "count", "pairs"), REPEATS)
def test_repeats(texts: list[str], count: int, pairs: list[tuple[int, int]]) -> None:
    """A line that repeats an earlier one is counted, with the line of the earlier one."""
    found_ = within(hashed(texts), 10)
    assert (found_.count, list(found_.examples)) == (count, pairs)


@pytest.mark.parametrize("distance", [1, 99_999, 250_000])
def test_repeats_at_any_distance(distance: int) -> None:
    """Repeats are found however far they are apart."""
    texts = [str(at) for at in range(300_000)]
    texts[50 + distance] = "50"
    found_ = within(hashed(texts), 5)
    assert (found_.count, found_.examples) == (1, ((51, 51 + distance),))


def test_repeats_of_everything() -> None:
    """A file that was appended to itself repeats every line; all are counted, few are shown."""
    texts = [str(at) for at in range(300_000)]
    found_ = within(hashed([*texts, *texts]), 3)
    assert found_.count == 300_000
    assert len(found_.examples) == 3
    assert all(later == first + 300_000 for first, later in found_.examples)


def test_shared_records() -> None:
    """Lines of the validation data that also train are counted, with where they train."""
    found_ = between(hashed(["a", "b", "c", ""]), hashed(["x", "c", "a", "c", ""]), 2)
    assert (found_.count, found_.examples) == (3, ((3, 2), (1, 3)))


def test_the_first_repeats_are_the_examples() -> None:
    """Whatever the hashes are, the repeats that are named are the earliest, in the order of the lines."""
    texts = [f"a{at}" for at in range(500)]
    again = hashed([*texts, *texts])
    assert within(again, 4).examples == tuple((line, line + 500) for line in (1, 2, 3, 4))
    assert between(hashed(texts[::-1]), hashed(texts), 3).examples == ((500, 1), (499, 2), (498, 3))


REPORT = """
import sys
from constructs_lib.datasets import validate
report = validate(sys.argv[1], model="amazon.nova-lite-v1:0:300k", validation=sys.argv[1], limit=5)
print(*report.findings, *report.by_rule(), sep="\\n")
"""


def test_the_same_files_give_the_same_report_in_every_run(tmp_path: Path) -> None:
    """Python salts its hashes anew in every process; the report does not depend on that."""
    path = write(tmp_path, [turns(f"q{at % 40}", "a", **{f"x{at % 3}": 1}) for at in range(100)])
    reports = {
        subprocess.run(
            [sys.executable, "-c", REPORT, str(path)],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2", "3", "random")
    }
    assert len(reports) == 1
    assert "the record of line 1 of the training data" in reports.pop()


def test_repeats_are_warnings(tmp_path: Path) -> None:
    """Repeats inside a file and across files are warnings, each with both lines."""
    path = write(tmp_path, [*GOOD, GOOD[4]])
    other = write(tmp_path, [GOOD[7], turns("new", "new")], "validation.jsonl")
    report = validate(path, model=NOVA, validation=other)
    assert [(one.severity, one.name, one.line, one.got) for one in report.findings] == [
        ("warning", "dataset-duplicate-record", 101, "the record of line 5 again"),
        (
            "warning",
            "dataset-validation-record-trains",
            1,
            "the record of line 8 of the training data",
        ),
    ]
    assert (report.errors, report.warnings, report.ok) == (0, 2, True)


@pytest.mark.parametrize("name", ["missing.jsonl", ".", "train.jsonl.gz", "a/b\0c"])
def test_what_cannot_be_read(tmp_path: Path, name: str) -> None:
    """A file that is not there, a folder without data and a .gz are findings, not exceptions."""
    if name.endswith(".gz"):
        write(tmp_path, gzip.compress(TEXT), name)
    report = validate(tmp_path / name, model=NOVA, validation=tmp_path / name)
    expected = "compressed" if name.endswith(".gz") else "unreadable"
    assert {rule for _, rule in of_the_file(report)} == {expected}
    assert report.errors == 2
    assert not report.ok


def test_compressed_data_is_refused_with_the_reason(tmp_path: Path) -> None:
    """The finding about a .gz has the reason: Bedrock does not read it."""
    report = validate(write(tmp_path, gzip.compress(TEXT), "train.jsonl.gz"), model=NOVA)
    assert "Bedrock reads training data as plain JSON Lines" in str(report.findings[0])


@pytest.mark.parametrize("limit", [1, 5, 20])
def test_few_are_shown_and_all_are_counted(tmp_path: Path, limit: int) -> None:
    """At most N findings are kept, some of every rule, errors first; the counts are complete."""
    bad = [*(turns(f"q{at}", "a", x=1) for at in range(50)), *(turns(f"p{at}") for at in range(30)), "{"]
    report = validate(write(tmp_path, bad), model=NOVA, limit=limit)
    assert len(report.findings) == limit
    assert report.counted["warning", "unknown-field"] == 50
    assert report.counted["error", "roles-start-and-end"] == 30
    assert (report.errors, report.warnings) == (31, 50)
    assert "error" in {one.severity for one in report.findings}
    if limit > 1:
        assert {one.name for one in report.findings} >= {"dataset-json", "dataset-roles-start-and-end"}


def test_huge_values_are_not_kept(tmp_path: Path) -> None:
    """What was found is shown short, however long it is."""
    block = {"role": "user", "content": [{"z" * 100_000: 1}]}
    long = {"messages": "x" * 100_000, "y" * 100_000: 1}
    report = validate(write(tmp_path, [long, {"messages": [block, block]}]), model=NOVA)
    assert {one.name for one in report.findings} >= {"dataset-field-type", "dataset-content-block"}
    assert all(len(str(one)) < 700 for one in report.findings)


def test_findings_say_file_line_path_rule_and_fix(tmp_path: Path) -> None:
    """A finding is one sentence that an editor can jump from."""
    path = write(tmp_path, [turns("a", "b"), turns("a")])
    [one] = [one for one in validate(path, model=NOVA).findings if one.severity == "error" and one.line == 2]
    assert str(one) == (
        f"{path}:2: messages[0].role must be assistant in the last message, got 'user'; "
        "end with the answer that the model should learn. "
        "See https://docs.aws.amazon.com/nova/latest/userguide/fine-tune-prepare-data-understanding.html"
    )
    assert one.id == "bedrock-customization:dataset-roles-start-and-end"


def test_counts(tmp_path: Path) -> None:
    """Records, characters and bytes are counted, of records with faults too."""
    content = lines([turns("abc", "de", system=[{"text": "f"}]), turns("gh"), "{"])
    counts = validate(write(tmp_path, content), model=NOVA).training.counts
    assert (counts.records, counts.characters, counts.bytes) == (3, 8, len(content))


def test_progress(tmp_path: Path) -> None:
    """The callback gets the bytes read, up to the size of the file."""
    path = write(tmp_path, TEXT)
    calls: list[tuple[str, int, int]] = []
    validate(path, model=NOVA, progress=lambda *args: calls.append(args))
    assert calls == [(str(path), len(TEXT), len(TEXT))]


def test_errors_of_the_json_are_positions_in_characters(tmp_path: Path) -> None:
    """The column counts characters, as editors do, and not bytes."""
    line = json.dumps({"prompt": "éé", "completion": "x"}, ensure_ascii=False)[:-1] + ",}"
    report = validate(write(tmp_path, line.encode()), model=LLAMA_31)
    [one] = [one for one in report.findings if one.name == "dataset-json"]
    assert one.column == len(line) - 1  # the comma


def test_one_finding_for_each_rule(tmp_path: Path) -> None:
    """A warning of the CDK is about a rule: its first finding, with how many there are and where."""
    bad = [turns(f"q{at}", "a", x=1) for at in range(50)] + [
        turns("p", "a"),
        "{",
        turns("p", "a"),
        turns("r"),
    ]
    report = validate(write(tmp_path, bad), model=NOVA, limit=1)
    found_ = report.by_rule()
    assert [(one.severity, one.name, one.line) for one in found_] == [
        ("error", "dataset-json", 52),
        ("error", "dataset-roles-start-and-end", 54),
        ("warning", "dataset-unknown-field", 1),
        ("warning", "dataset-duplicate-record", 53),
        ("note", "dataset-training-records", None),
    ]
    [many] = [one for one in found_ if one.name == "dataset-unknown-field"]
    assert many.rule.endswith(" (50 times, first in lines 1, 2, 3)")
    assert not any("times" in one.rule for one in found_ if one is not many)


def test_a_rule_that_both_files_break_is_counted_in_both(tmp_path: Path) -> None:
    """The lines that are named are those of the file that the finding is about."""
    path, other = write(tmp_path, ["{", "{"]), write(tmp_path, ["{"], "validation.jsonl")
    [one] = [one for one in validate(path, model=NOVA, validation=other).by_rule() if "json" in one.id]
    assert (one.file, one.line) == (str(path), 1)
    assert one.rule.endswith(" (3 times, first in lines 1, 2)")


@pytest.mark.parametrize(("limit", "lines_"), [(1, [1]), (2, [1, 2]), (5, [1, 2, 3, 4, 5])])
def test_the_first_lines_are_shown(tmp_path: Path, limit: int, lines_: list[int]) -> None:
    """Where there are more findings of one rule than are shown, the first lines are."""
    report = validate(write(tmp_path, ["{"] * 9), model=NOVA, limit=limit)
    shown_ = [one.line for one in report.findings if one.name == "dataset-json"]
    assert shown_ == lines_[: len(shown_)]


def test_only_errors_say_must(tmp_path: Path) -> None:
    """The same rule is an error for one model and a warning for another, and is worded accordingly."""
    path = write(tmp_path, [turns("", "b")])
    words = {
        one.severity: one.rule
        for model in (NOVA, LLAMA_32)
        for one in validate(path, model=model).findings
        if one.name == "dataset-empty-text"
    }
    assert words == {
        "error": "must contain text",
        "warning": "should contain text",
    }


def test_a_warning_never_says_must(tmp_path: Path) -> None:
    """Neither in its rule nor in its fix, and neither about a record nor about a whole file."""
    broken = [
        turns("User: a", "b", "c", x=1),
        {"messages": [{"role": "usr", "content": "x"}]},
        {"prompt": 1, "completion": ""},
        {"messages": "x"},
        "{",
        "",
        "[",
        chat("a", "", "b"),
        shown(media(uri="x"), media(format="gif")),
    ]
    path = write(tmp_path, broken)
    reports = [
        validate(path, model=model.id, customization_type=kind, validation=path)
        for model in Catalog.default().models
        for kind in model.customizations
    ]
    milder = [one for report in reports for one in report.findings if one.severity != "error"]
    assert len({one.name for one in milder}) > 5
    assert not [one for one in milder if re.search(r"\bmust\b", f"{one.rule} {one.fix}")]
