"""Single records are checked as `validate` checks them in a file."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from constructs_lib.datasets import validate
from constructs_lib.datasets.checking.record_checker import MOST_FINDINGS, RecordChecker
from constructs_lib.datasets.reading.lines import LONGEST_LINE
from tests.unit.datasets.helpers import HAIKU, LLAMA_31, NOVA, lines, said, turns, write
from tests.unit.datasets.test_fuzz import ALL, nearly_right

if TYPE_CHECKING:
    from pathlib import Path

ABOUT_OTHER_LINES = {"duplicate-record", "media-bucket", "media-mixed", "modality-mixed"}


def line_of(record: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """Return a record as a line without its end."""
    return json.dumps(record).encode()


def test_a_valid_record_has_no_findings() -> None:
    """Also with a line end of any kind."""
    checker = RecordChecker(model=NOVA)
    for end in (b"", b"\n", b"\r\n"):
        line = line_of(turns("a", "b")) + end
        assert checker.findings(line) == ()
        assert checker.is_valid(line)


def test_an_error() -> None:
    """It has its severity, its source and a path, and the record is not valid."""
    line, checker = line_of(turns("a")), RecordChecker(model=NOVA)
    [found] = checker.findings(line)
    assert found.name == "dataset-roles-start-and-end"
    assert (found.severity, found.path) == ("error", "messages[0].role")
    assert found.source.startswith("https://")
    assert not checker.is_valid(line)


def test_a_warning() -> None:
    """A record with warnings alone is valid, and no warning says "must"."""
    record = {"prompt": "a", "completion": "b", "label": 1}
    checker = RecordChecker(model=LLAMA_31)
    [found] = checker.findings(line_of(record))
    assert found.severity == "warning"
    assert "must" not in found.rule
    assert checker.is_valid(line_of(record))


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (b"", "dataset-blank-line"),
        (b" \r\n", "dataset-blank-line"),
        (b"{", "dataset-json"),
        (b"[1]", "dataset-not-an-object"),
        (b"\xff", "dataset-encoding"),
        (b'{"a": "\0"}', "dataset-encoding"),
        (b"[" * 100_000, "dataset-json"),
        (b'{"a": "' + b"x" * LONGEST_LINE + b'"}', "dataset-line-too-long"),
    ],
)
def test_a_line_without_a_record(line: bytes, name: str) -> None:
    """Each is one finding, whatever the bytes are."""
    checker = RecordChecker(model=NOVA)
    assert [one.name for one in checker.findings(line)] == [name]
    assert not checker.is_valid(line)


def test_the_longest_line_is_checked() -> None:
    """At the bound it is read, one byte above it is not."""
    checker = RecordChecker(model=LLAMA_31)
    empty = len(line_of({"prompt": "a", "completion": ""}))
    fits = line_of({"prompt": "a", "completion": "x" * (LONGEST_LINE - empty)})
    above = line_of({"prompt": "a", "completion": "x" * (LONGEST_LINE - empty + 1)})
    assert "dataset-line-too-long" not in {one.name for one in checker.findings(fits)}
    assert [one.name for one in checker.findings(above)] == ["dataset-line-too-long"]


def test_findings_are_few_and_an_error_is_among_them() -> None:
    """A record with thousands of warnings and one error last is not taken for valid."""
    record = {
        "messages": [said("user", "a") | {f"x{at}": 1 for at in range(1000)}, said("user", "b")],
    }
    checker = RecordChecker(model=NOVA)
    found = checker.findings(line_of(record))
    assert len(found) == MOST_FINDINGS
    assert {one.severity for one in found} == {"warning", "error"}
    assert not checker.is_valid(line_of(record))


def test_the_first_record_decides_the_format() -> None:
    """Where there are several formats; a line without a record decides nothing."""
    checker = RecordChecker(model="unknown.model-v1:0")
    assert not checker.is_valid(b"{")
    assert not checker.format
    assert checker.is_valid(line_of({"prompt": "a", "completion": "b"}))
    assert checker.format == "prompt-completion"
    assert not checker.is_valid(line_of(turns("a", "b")))


def test_a_format_can_be_given() -> None:
    """Then no record decides; an unknown one is refused with the names that there are."""
    checker = RecordChecker(model="unknown.model-v1:0", format="prompt-completion")
    assert not checker.is_valid(line_of(turns("a", "b")))
    assert checker.is_valid(line_of({"prompt": "a", "completion": "b"}))
    with pytest.raises(ValueError, match=r"must be one of prompt-completion, .*, got 'xml'"):
        RecordChecker(model=HAIKU, format="xml")


@pytest.mark.parametrize(("model", "kind"), ALL)
@given(records=st.lists(nearly_right(), min_size=1, max_size=3))
@settings(max_examples=30, deadline=None)
def test_it_agrees_with_validate(
    tmp_path_factory: pytest.TempPathFactory, model: str, kind: str, records: list[Any]
) -> None:
    """The same findings, apart from those about other lines."""
    assume(not isinstance(records[0], list))  # a file that starts with a list is not read
    assume(not any(isinstance(one, str) for one in records))  # `lines` takes it for a line
    path: Path = write(tmp_path_factory.mktemp("checker"), lines(records))
    report = validate(path, model=model, customization_type=kind, limit=100)
    assume(not any(rule == "foreign-shape" for _, rule in report.counted))  # then no line is read
    checker = RecordChecker(model=model, customization_type=kind, format=report.format)
    expected: dict[int, list[object]] = {at: [] for at in range(1, len(records) + 1)}
    for one in report.findings:
        if one.line is not None and one.name.removeprefix("dataset-") not in ABOUT_OTHER_LINES:
            expected[one.line].append((one.severity, one.id, one.path, one.rule, str(one.got), one.source))
    for at, line in enumerate(lines(records).split(b"\n")[:-1], 1):
        found = checker.findings(line)
        told = [(one.severity, one.id, one.path, one.rule, str(one.got), one.source) for one in found]
        assert Counter(told) <= Counter(expected[at])
        assert len(told) == min(MOST_FINDINGS, len(expected[at]))
        assert checker.is_valid(line) == all(one.severity != "error" for one in found)
