"""Counts and sums: both sides of every documented bound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib.catalog import Catalog, Dataset, Limit
from constructs_lib.datasets import validate
from constructs_lib.datasets.checking.file_checker import Counts
from constructs_lib.datasets.checking.limits import measured, outside, severity_of
from constructs_lib.datasets.dataset_findings import rule_of
from tests.unit.datasets.helpers import (
    CANVAS,
    CPT,
    DISTILLATION,
    EMBED,
    HAIKU,
    LLAMA_31,
    NOVA,
    NOVA_2,
    RFT,
    TITAN,
    VERSION,
    chat,
    of_the_file,
    turns,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

    from constructs_lib.catalog import Quantity

FT = "FINE_TUNING"
ADVICE = ("note", "training-records")


def records(model: str, kind: str, number: int) -> list[Any]:
    """Return so many different valid records for a model."""
    match model, kind:
        case (_, "DISTILLATION"):
            return [turns(f"q{at}", schemaVersion=VERSION) for at in range(number)]
        case (_, "REINFORCEMENT_FINE_TUNING"):
            return [chat(f"q{at}") for at in range(number)]
        case ("amazon.titan-embed-image-v1:0" | "amazon.nova-canvas-v1:0", _):
            return [
                {"image-ref": f"s3://bucket/{at}.png", "caption": f"an image, {at}"} for at in range(number)
            ]
        case ("anthropic.claude-3-haiku-20240307-v1:0:200k", _):
            return [chat(f"q{at}", "a") for at in range(number)]
        case (_, _) if model == LLAMA_31:
            return [{"prompt": f"q{at}", "completion": "a"} for at in range(number)]
    return [turns(f"q{at}", "a", schemaVersion=VERSION) for at in range(number)]


TRAINING = [
    (NOVA, FT, 7, [("error", "training-records"), ADVICE]),
    (NOVA, FT, 8, [ADVICE]),
    (NOVA, FT, 99, [ADVICE]),
    (NOVA, FT, 100, []),
    (NOVA, FT, 20_000, []),
    (NOVA, FT, 20_001, [("error", "training-records"), ("error", "total-records")]),
    (NOVA_2, FT, 7, [("error", "training-records"), ("warning", "training-records")]),
    (NOVA_2, FT, 8, [("warning", "training-records")]),
    (NOVA_2, FT, 199, [("warning", "training-records")]),
    (NOVA_2, FT, 200, []),
    (NOVA_2, RFT, 99, [("error", "training-records")]),
    (NOVA_2, RFT, 100, []),
    (NOVA_2, RFT, 20_000, []),
    (NOVA_2, RFT, 20_001, [("error", "training-records")]),
    (NOVA, DISTILLATION, 99, [("error", "training-records")]),
    (NOVA, DISTILLATION, 100, []),
    (NOVA, DISTILLATION, 15_000, []),
    (NOVA, DISTILLATION, 15_001, [("error", "training-records")]),
    (LLAMA_31, DISTILLATION, 99, [("error", "training-records")]),
    (LLAMA_31, DISTILLATION, 100, []),
    (LLAMA_31, DISTILLATION, 15_000, []),
    (LLAMA_31, DISTILLATION, 15_001, [("error", "training-records")]),
    (CANVAS, FT, 4, [("error", "training-records")]),
    (CANVAS, FT, 5, []),
    (CANVAS, FT, 10_000, []),
    (CANVAS, FT, 10_001, [("error", "training-records")]),
    (EMBED, FT, 999, [("error", "training-records")]),
    (EMBED, FT, 1000, []),
    (HAIKU, FT, 31, [("error", "training-records"), ("error", "total-records")]),
    (HAIKU, FT, 32, []),
    (HAIKU, FT, 10_000, []),
    (HAIKU, FT, 10_001, [("error", "training-records"), ("warning", "total-records")]),
    (LLAMA_31, FT, 99, [("error", "total-records")]),
    (LLAMA_31, FT, 100, []),
    (LLAMA_31, FT, 10_000, []),
    (LLAMA_31, FT, 10_001, [("warning", "training-records"), ("warning", "total-records")]),
]


@pytest.mark.parametrize(("model", "kind", "number", "expected"), TRAINING)
def test_records_of_the_training_data(
    tmp_path: Path, model: str, kind: str, number: int, expected: list[tuple[str, str]]
) -> None:
    """A number of records at a bound is valid, the next one beyond it is not."""
    report = validate(write(tmp_path, records(model, kind, number)), model=model, customization_type=kind)
    assert sorted(of_the_file(report)) == sorted(expected)


BOTH = [
    (LLAMA_31, 60, 40, []),
    (LLAMA_31, 60, 39, [("error", "total-records")]),
    (LLAMA_31, 9_000, 1_000, []),
    (LLAMA_31, 9_001, 1_000, [("warning", "total-records")]),
    (LLAMA_31, 200, 1_001, [("error", "validation-records")]),
    (HAIKU, 32, 32, []),
    (HAIKU, 32, 31, [("error", "validation-records")]),
    (HAIKU, 9_000, 1_000, []),
    (HAIKU, 8_000, 1_001, [("error", "validation-records")]),
    (NOVA, 100, 1_000, []),
    (NOVA, 100, 1_001, [("warning", "validation-records")]),
    (NOVA, 19_500, 500, []),
    (NOVA, 19_501, 500, [("error", "total-records")]),
]


@pytest.mark.parametrize(("model", "training", "validation", "expected"), BOTH)
def test_records_of_both_files(
    tmp_path: Path, model: str, training: int, validation: int, expected: list[tuple[str, str]]
) -> None:
    """Where a limit is a sum, both files are counted together."""
    all_records = records(model, FT, training + validation)
    path = write(tmp_path, all_records[:training])
    other = write(tmp_path, all_records[training:], "validation.jsonl")
    report = validate(path, model=model, validation=other)
    assert sorted(of_the_file(report)) == sorted(expected)
    assert report.counted.keys() == set(expected)


@pytest.mark.parametrize(
    ("number", "elsewhere", "wrong"), [(99, False, True), (99, True, False), (10_001, True, True)]
)
def test_validation_data_elsewhere(tmp_path: Path, number: int, *, elsewhere: bool, wrong: bool) -> None:
    """Where validation data was not read, the minimum of the sum cannot be checked; the maximum can."""
    path = write(tmp_path, records(LLAMA_31, FT, number))
    report = validate(path, model=LLAMA_31, validation_elsewhere=elsewhere)
    assert ("total-records" in [rule for _, rule in of_the_file(report)]) == wrong


@pytest.mark.parametrize(
    ("model", "kind", "quantity", "least", "most", "level"),
    [
        (TITAN, FT, "training-bytes", None, 1 << 30, "error"),
        (TITAN, FT, "validation-bytes", None, 100 << 20, "error"),
        (HAIKU, FT, "training-bytes", None, 10 << 30, "error"),
        (HAIKU, FT, "validation-bytes", None, 1 << 30, "error"),
        (NOVA, DISTILLATION, "training-bytes", None, 1 << 30, "error"),
        (TITAN, CPT, "training-records", None, 100_000, "warning"),
        (EMBED, FT, "training-records", 1000, 500_000, "error"),
    ],
)
def test_bounds_too_large_to_write(  # noqa: PLR0917 - one column of the table for each
    model: str, kind: str, quantity: Quantity, least: int | None, most: int, level: str
) -> None:
    """Bounds of gigabytes and half a million records are compared without a file of that size."""
    known = Catalog.default().find(model)
    assert known is not None
    dataset = known.customizations[kind].dataset
    assert [*outside(dataset, quantity, most, incomplete=False)] == []
    [(found, limit)] = outside(dataset, quantity, most + 1, incomplete=False)
    assert (rule_of(found), severity_of(limit)) == (quantity, level)
    if least is not None:
        assert [*outside(dataset, quantity, least, incomplete=False)] == []
        assert [rule_of(one) for one, _ in outside(dataset, quantity, least - 1, incomplete=False)] == [
            quantity
        ]


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (Limit(source="s", verified=True), "error"),
        (Limit(source="s", verified=True, adjustable=True), "warning"),
        (Limit(source="s", verified=False), "warning"),
        (Limit(source="s", verified=True, advice=True), "note"),
    ],
)
def test_severity_of_a_limit(limit: Limit, expected: str) -> None:
    """What is verified and fixed is an error; quotas and unverified limits are warnings; advice is a note."""
    assert severity_of(limit) == expected


def test_undocumented_is_not_unlimited_and_not_checked() -> None:
    """Where no figure is documented there is nothing to compare with."""
    assert [*outside(Dataset(formats=("x",)), "training-records", 10**9, incomplete=False)] == []


def test_what_is_measured() -> None:
    """Bytes and records of each file, and the sum of the records."""
    both = {
        q: v for q, v, *_ in measured(Counts(bytes=5, records=3), Counts(bytes=7, records=4), elsewhere=False)
    }
    assert both == {
        "training-records": 3,
        "training-bytes": 5,
        "total-records": 7,
        "validation-records": 4,
        "validation-bytes": 7,
    }


BROKEN_OF = [
    (NOVA, DISTILLATION, 100, 0, []),
    (NOVA, DISTILLATION, 99, 1, [("error", "training-records")]),
    (NOVA, DISTILLATION, 90, 90, [("error", "training-records")]),
    (NOVA, DISTILLATION, 100, 90, []),
    (HAIKU, FT, 32, 10, []),
    (HAIKU, FT, 31, 10, [("error", "training-records")]),
]


@pytest.mark.parametrize(("model", "kind", "valid", "broken", "expected"), BROKEN_OF)
def test_only_valid_records_count_towards_a_minimum(  # noqa: PLR0917 - one column of the table for each
    tmp_path: Path, model: str, kind: str, valid: int, broken: int, expected: list[tuple[str, str]]
) -> None:
    """AWS leaves invalid records out, and then needs as many as it documents."""
    path = write(tmp_path, [*records(model, kind, valid), *[{"x": at} for at in range(broken)]])
    report = validate(path, model=model, customization_type=kind)
    assert report.training.counts.valid == valid
    assert [one for one in of_the_file(report) if one[1] == "training-records"] == expected
    if expected:
        [one] = [one for one in report.findings if one.name == "dataset-training-records"]
        assert one.got == f"{valid} of {valid + broken}"
        assert "valid records" in one.rule


@pytest.mark.parametrize("content", [b"", b"\n"], ids=["no bytes", "a blank line"])
def test_a_file_without_records_is_not_also_too_short(tmp_path: Path, content: bytes) -> None:
    """One mistake is one finding, and the other file is compared as always."""
    path = tmp_path / "train.jsonl"
    path.write_bytes(content)
    report = validate(path, model=NOVA)
    assert [one for one in of_the_file(report) if one[1] != "blank-line"] == [("error", "empty")]
    validation = write(tmp_path, records(LLAMA_31, FT, 1), "validation.jsonl")
    report = validate(path, model=LLAMA_31, validation=validation)
    assert {rule for _, rule in of_the_file(report)} - {"blank-line"} == {"empty", "total-records"}


def test_all_records_count_towards_a_maximum(tmp_path: Path) -> None:
    """A file with too many records has too many, whether they are valid or not."""
    path = write(tmp_path, [*records(LLAMA_31, FT, 10_000), "{"])
    assert ("warning", "total-records") in of_the_file(validate(path, model=LLAMA_31))


def test_valid_records_of_both_files(tmp_path: Path) -> None:
    """Where a minimum is a sum, the invalid records of neither file count."""
    path = write(tmp_path, records(LLAMA_31, FT, 60))
    other = write(tmp_path, [*records(LLAMA_31, FT, 99)[60:], "{"], "validation.jsonl")
    report = validate(path, model=LLAMA_31, validation=other)
    [one] = [one for one in report.findings if one.name == "dataset-total-records"]
    assert one.got == "99 of 100"


def test_a_record_with_only_warnings_is_valid(tmp_path: Path) -> None:
    """A rule that is not documented is a warning, and does not take the record out of the count."""
    report = validate(write(tmp_path, [turns("a", "b", x=1), turns("c")]), model=NOVA)
    assert (report.training.counts.records, report.training.counts.invalid) == (2, 1)


@pytest.mark.parametrize(
    ("model", "expected"),
    [(NOVA, []), (NOVA_2, [("warning", "validation-data")]), (EMBED, [("error", "validation-data")])],
)
def test_models_without_validation_data(tmp_path: Path, model: str, expected: list[tuple[str, str]]) -> None:
    """Validation data that a model does not use is reported."""
    path = write(tmp_path, records(model, FT, 3))
    other = write(tmp_path, records(model, FT, 6)[3:], "validation.jsonl")
    report = validate(path, model=model, validation=other)
    assert [one for one in of_the_file(report) if one[1] == "validation-data"] == expected
