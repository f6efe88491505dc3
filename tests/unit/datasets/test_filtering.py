"""Valid records and the others go to files of their own, judged as the report judges them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from constructs_lib.datasets import Filtered, OutputError, filter_records, validate
from constructs_lib.datasets.reading.lines import LONGEST_LINE
from tests.unit.datasets.helpers import LLAMA_31, NOVA, lines, media, shown, write
from tests.unit.datasets.test_fuzz import ALL, nearly_right

if TYPE_CHECKING:
    from pathlib import Path

QUICK = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
PAIR = b'{"prompt": "a", "completion": "b"}'


def filtered(tmp_path: Path, content: bytes | list[Any], **options: Any) -> Filtered:  # noqa: ANN401 - as `filter_records`
    """Filter records into the files `good` and `bad`."""
    path = write(tmp_path, content, "in.jsonl")
    options = {"model": LLAMA_31, "keep": tmp_path / "good", "reject": tmp_path / "bad"} | options
    return filter_records(path, **options)


def rejected(tmp_path: Path) -> list[dict[str, Any]]:
    """Return what the file of rejected records says."""
    return [json.loads(line) for line in (tmp_path / "bad").read_text(encoding="utf-8").split("\n")[:-1]]


def test_good_and_bad_records(tmp_path: Path) -> None:
    """The good ones byte for byte, the others with file, line, findings and the line itself."""
    content = b"\n".join([PAIR + b"\r", b'{"prompt":  "\xc3\xa4"}', PAIR + b" ", b"{", PAIR])
    found = filtered(tmp_path, content)
    assert (tmp_path / "good").read_bytes() == b"\n".join([PAIR + b"\r", PAIR + b" ", PAIR, b""])
    bad = rejected(tmp_path)
    assert [(one["line"], one["record"]) for one in bad] == [(2, '{"prompt":  "ä"}'), (4, "{")]
    assert {one["file"] for one in bad} == {str(tmp_path / "in.jsonl")}
    assert [one["id"].partition(":")[2] for one in bad[0]["findings"]] == ["dataset-missing-field"]
    assert bad[0]["findings"][0]["path"] == "completion"
    assert bad[1]["findings"][0]["column"] == 2
    assert found.kept is not None
    assert found.rejected is not None
    assert (found.kept.records, found.rejected.records) == (3, 2)
    assert (found.kept.bytes, found.rejected.bytes) == tuple(
        (tmp_path / name).stat().st_size for name in ("good", "bad")
    )


def test_it_is_the_report_of_validate(tmp_path: Path) -> None:
    """The same pass makes both."""
    found = filtered(tmp_path, [*[{"prompt": "a", "completion": "b"}] * 3, {"prompt": 1}, "{"])
    assert found.report == validate(tmp_path / "in.jsonl", model=LLAMA_31)


def test_warnings_and_repeats_stay_in(tmp_path: Path) -> None:
    """Only errors of a record itself take it out."""
    records = [{"prompt": "a", "completion": "b", "x": 1}] * 2
    found = filtered(tmp_path, records)
    assert (tmp_path / "good").read_bytes() == lines(records)
    assert found.report.warnings > 2
    assert not rejected(tmp_path)


def test_mixed_media_are_only_reported(tmp_path: Path) -> None:
    """Which of the records is wrong, nobody knows."""
    records = [shown(media()), shown(media("video", "s3://bucket/a.mp4", "mp4"))]
    found = filtered(tmp_path, records, model=NOVA)
    assert not found.report.ok
    assert (tmp_path / "good").read_bytes() == lines(records)


def test_blank_lines_are_in_neither(tmp_path: Path) -> None:
    """They are no records; a byte order mark is none either."""
    filtered(tmp_path, b"\xef\xbb\xbf" + PAIR + b"\n\n" + PAIR + b"\n \n")
    assert (tmp_path / "good").read_bytes() == b"\n".join([PAIR, PAIR, b""])
    assert not rejected(tmp_path)


@pytest.mark.parametrize(
    ("line", "record"),
    [
        (b"\xff{", "\\xff{"),
        (b'{"a": "\0"}', '{"a": "\0"}'),
        (b'{"a": "\xed\xa0\x80"}', '{"a": "\\xed\\xa0\\x80"}'),
        (b'{"prompt": "\\ud800", "completion": "b"}', '{"prompt": "\\ud800", "completion": "b"}'),
        (b'{"\\ud800": 1}', '{"\\ud800": 1}'),
        (b'{"a": "' + b"x" * LONGEST_LINE + b'"}', None),
    ],
)
def test_any_bytes_make_a_valid_line_of_json(tmp_path: Path, line: bytes, record: str | None) -> None:
    """What is not UTF-8 is escaped, and a line that is too long is left out."""
    filtered(tmp_path, b"\n".join([PAIR, line, PAIR]))
    [bad] = rejected(tmp_path)
    assert (bad["line"], bad["record"]) == (2, record)
    assert (tmp_path / "good").read_bytes() == b"\n".join([PAIR, PAIR, b""])


@pytest.mark.parametrize("name", ["keep", "reject"])
def test_one_of_the_files_is_enough(tmp_path: Path, name: str) -> None:
    """The other one is not written."""
    other = {"keep": "reject", "reject": "keep"}[name]
    found = filtered(tmp_path, [{"prompt": "a"}], **{other: None})
    assert (found.kept is None) == (name == "reject")
    assert (found.rejected is None) == (name == "keep")
    assert len([*tmp_path.iterdir()]) == 2


@pytest.mark.parametrize("content", [b"\x1f\x8b\x08", b"[1]\n", None])
def test_a_file_that_cannot_be_read_leaves_nothing(tmp_path: Path, content: bytes | None) -> None:
    """The report says why; half a result would be taken for the whole."""
    path = tmp_path / "in.jsonl"
    if content is not None:
        path.write_bytes(content)
    found = filter_records(path, model=NOVA, keep=tmp_path / "good", reject=tmp_path / "bad")
    assert not found.report.ok
    assert (found.kept, found.rejected) == (None, None)
    assert [one.name for one in tmp_path.iterdir()] == ["in.jsonl"] * (content is not None)


@pytest.mark.parametrize("force", [False, True])
def test_no_input_is_overwritten(tmp_path: Path, *, force: bool) -> None:
    """Neither the training data nor the validation data, whatever is said."""
    path, other = write(tmp_path, PAIR), write(tmp_path, PAIR, "valid.jsonl")
    for keep in (path, other):
        with pytest.raises(OutputError, match="must not be a file that is read"):
            filter_records(path, model=LLAMA_31, validation=other, keep=keep, force=force)
        assert keep.read_bytes() == PAIR


def test_validation_data_are_not_written(tmp_path: Path) -> None:
    """They are checked, and the files have the training data."""
    other = write(tmp_path, [{"prompt": "v"}, {"prompt": "v", "completion": "w"}], "valid.jsonl")
    filtered(tmp_path, PAIR, validation=other)
    assert (tmp_path / "good").read_bytes() == PAIR + b"\n"
    assert not rejected(tmp_path)


@pytest.mark.parametrize(("model", "kind"), ALL)
@given(
    records=st.lists(nearly_right(), min_size=1, max_size=4),
    broken=st.integers(0, 300),
    byte=st.binary(max_size=2),
)
@QUICK
def test_good_records_have_no_errors_and_none_is_lost(  # noqa: PLR0917 - hypothesis and the table give them by name
    tmp_path: Path, model: str, kind: str, records: list[Any], broken: int, byte: bytes
) -> None:
    """What is kept is valid in a file of its own, and every record is in one of the files."""
    content = lines(records)
    content = content[:broken] + byte + content[broken:]
    options = {"model": model, "customization_type": kind, "force": True}
    found = filtered(tmp_path, content, **options)
    if found.kept is None or found.rejected is None:
        assert not found.report.ok
        return
    assert found.kept.records + found.rejected.records == found.report.training.counts.records
    assert all(any(f["severity"] == "error" for f in one["findings"]) for one in rejected(tmp_path))
    if found.kept.records and found.report.format == _format_of(tmp_path / "good", options):
        again = filter_records(
            tmp_path / "good", model=model, customization_type=kind, reject=tmp_path / "none", force=True
        )
        if again.rejected is None:  # without the others they may have the shape of another tool's data
            [found_alone] = again.report.findings
            assert found_alone.name == "dataset-foreign-shape"
        else:
            assert again.rejected.records == 0


def _format_of(path: Path, options: dict[str, Any]) -> str:
    return validate(path, model=options["model"], customization_type=options["customization_type"]).format


def test_many_records_in_many_blocks(tmp_path: Path) -> None:
    """Blocks and pieces of lines have no seams."""
    records = [
        {"prompt": f"q{at}", "completion": "b" * (1 + at % 700)} if at % 97 else "{" for at in range(3000)
    ]
    found = filtered(tmp_path, records)
    assert (tmp_path / "good").read_bytes() == lines([one for one in records if one != "{"])
    assert [one["line"] for one in rejected(tmp_path)] == [1 + at for at in range(0, 3000, 97)]
    assert found.report.errors == 31
