"""Tokens and money by estimate, and reports that are made once."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from constructs_lib.catalog import Catalog
from constructs_lib.datasets import content_hash, estimate, tokens_trained, validate, validate_file_cached
from constructs_lib.datasets.tokens.token_counter import OF_A_MESSAGE
from tests.unit.datasets.helpers import (
    CANVAS,
    DISTILLATION,
    HAIKU,
    LLAMA_31,
    LLAMA_33,
    LLAMA_90B,
    LLAMA_VISION,
    NOVA,
    NOVA_2,
    RFT,
    chat,
    media,
    shown,
    turns,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("x", (1, 1, 1)),
        ("x" * 100, (22, 28, 52)),
        ("日" * 100, (50, 89, 145)),
        ("7" * 100, (33, 75, 130)),
        ("x" * 100 + "日" * 100, (72, 117, 197)),
    ],
)
def test_tokens(tmp_path: Path, text: str, bounds: tuple[int, int, int]) -> None:
    """Each script has tokens of its own; all figures are rounded up."""
    report = validate(write(tmp_path, [{"prompt": text}]), model=LLAMA_31)
    found = estimate(report, epochs=3)
    least, likely, most = bounds
    assert (found.least_tokens, found.tokens, found.most_tokens) == (least, likely, most + OF_A_MESSAGE)
    assert (found.tokens_trained, found.most_tokens_trained) == (3 * likely, 3 * (most + OF_A_MESSAGE))
    assert tokens_trained(report, 3) == 3 * likely
    assert (found.price, found.most_price, found.characters) == (None, None, len(text))


def test_claude_is_estimated_as_its_validator_does(tmp_path: Path) -> None:
    """AWS's validator for Claude counts three characters for each token, and the method names it."""
    found = estimate(validate(write(tmp_path, [chat("x" * 30, "y" * 30)]), model=HAIKU), epochs=1)
    assert (found.least_tokens, found.tokens) == (14, 20)
    assert "divided by 3, the figure that AWS's validator for Claude uses" in found.method


@pytest.mark.parametrize(
    ("price", "expected", "most"),
    [("0.001", "0.000336", "0.000648"), ("10", "3.36", "6.48"), ("0", "0", "0")],
)
def test_money(tmp_path: Path, price: str, expected: str, most: str) -> None:
    """Money is exact: tokens trained, times the price of a thousand."""
    report = validate(write(tmp_path, [turns("x" * 599, "y")]), model=NOVA)
    found = estimate(report, epochs=2, price_per_1k_tokens=Decimal(price))
    assert (found.price, found.most_price) == (Decimal(expected), Decimal(most))


def test_the_method_says_how_wrong_it_can_be(tmp_path: Path) -> None:
    """The estimate says what it rests on, and what AWS's own figure would give."""
    found = estimate(validate(write(tmp_path, [turns("x" * 59, "y")]), model=NOVA), epochs=1)
    assert (
        "the counts of six public tokenizers were between the bounds; the upper bound includes 6"
        in found.method
    )
    assert "At 6 characters for each token, AWS's figure for planning" in found.method
    assert found.method.endswith("it would be 10")


MEDIA = [
    (NOVA, "image", "png", (800, 2_600)),
    (NOVA, "video", "mp4", (288, 25_920)),
    (NOVA_2, "image", "png", (230, 230)),
    (LLAMA_VISION, "image", "png", (1_601, 6_404)),
    (LLAMA_90B, "image", "png", (1_601, 6_404)),
    (LLAMA_33, "image", "png", (0, 0)),
]


@pytest.mark.parametrize(("model", "kind", "format", "each"), MEDIA)
def test_images_and_videos(tmp_path: Path, model: str, kind: str, format: str, each: tuple[int, int]) -> None:
    """Their documented tokens are part of the upper bound; money is only for the texts."""
    record = shown(media(kind, f"s3://bucket/a.{format}", format), {"text": "x" * 99}, answer="y")
    report = validate(write(tmp_path, [record] * 3), model=model)
    found = estimate(report, epochs=2, price_per_1k_tokens=Decimal(1000))
    [one] = found.media
    assert (one.kind, one.count, one.least, one.most) == (kind, 3, 3 * each[0], 3 * each[1])
    assert found.most_tokens_trained == 2 * (found.most_tokens + 3 * each[1])
    assert found.price == found.tokens_trained == 2 * 84
    assert found.most_price == 2 * found.most_tokens


@pytest.mark.parametrize(
    ("model", "kind", "record", "words"),
    [
        (NOVA, DISTILLATION, turns("a question"), "the answers that the teacher generates"),
        (NOVA_2, RFT, chat("a question", reference_answer="b"), "the answers that the model generates"),
        (CANVAS, "FINE_TUNING", {"image-ref": "s3://bucket/a.png", "caption": "a cat"}, "the images"),
    ],
)
def test_what_is_not_in_the_file_has_no_price(
    tmp_path: Path, model: str, kind: str, record: dict[str, object], words: str
) -> None:
    """Where more is trained on than the file has, the estimate says what, and names no money."""
    report = validate(write(tmp_path, [record]), model=model, customization_type=kind)
    found = estimate(report, epochs=1, price_per_1k_tokens=Decimal(1))
    assert found.not_counted.startswith(words)
    assert (found.price, found.most_price) == (None, None)
    assert found.tokens > 0


def test_a_function_counts_instead(tmp_path: Path) -> None:
    """Every text is counted, of records with faults too; the upper bound has what a chat template adds."""
    records = [
        turns("one two", "three"),
        turns("four", "five six", system=[{"text": "seven"}]),
        chat("a", "b"),
    ]
    report = validate(write(tmp_path, records), model=NOVA, count_tokens=lambda text: len(text.split()))
    found = estimate(report, epochs=1)
    assert (found.least_tokens, found.tokens, found.most_tokens) == (7, 7, 7 + 5 * OF_A_MESSAGE)
    assert found.method.startswith("counted with the given tokenizer")


@pytest.mark.parametrize(("each", "expected"), [(1, []), (1.01, ["dataset-tokens-per-record"])])
def test_a_function_decides_about_the_limit_of_a_record(
    tmp_path: Path, each: float, expected: list[str]
) -> None:
    """A record has more tokens than the model takes where the function says so."""
    record = turns("x" * 31_999, "y")
    report = validate(
        write(tmp_path, [record] * 8), model=NOVA, count_tokens=lambda text: int(len(text) * each)
    )
    found = [one for one in report.findings if one.name == "dataset-tokens-per-record"]
    assert [one.name for one in found[:1]] == expected
    assert all("estimate" not in f"{one.rule} {one.got}" for one in found)


def test_content_hash(tmp_path: Path) -> None:
    """The hash is SHA-256 over the bytes, however large the file."""
    path = write(tmp_path, b"x" * 1_000_000)
    assert content_hash(path) == hashlib.sha256(b"x" * 1_000_000).hexdigest()


def test_the_same_bytes_are_checked_once(tmp_path: Path) -> None:
    """A report is made anew when the content, a setting or the catalogue changes, and only then."""
    path, other = write(tmp_path, [turns("a", "b")]), write(tmp_path, [turns("c", "d")], "other.jsonl")
    first = validate_file_cached(path, model=NOVA)
    assert validate_file_cached(path, model=NOVA) is first
    assert validate_file_cached(str(path), model=NOVA) is first
    changed = [
        validate_file_cached(path, model=LLAMA_31),
        validate_file_cached(path, model=NOVA, validation=other),
        validate_file_cached(path, model=NOVA, validation_elsewhere=True),
        validate_file_cached(path, model=NOVA, limit=1),
        validate_file_cached(path, model=NOVA, customization_type="DISTILLATION"),
        validate_file_cached(path, model=NOVA, catalog=replace(Catalog.default())),
        validate_file_cached(other, model=NOVA),
    ]
    assert all(one is not first for one in changed)
    path.write_bytes(path.read_bytes() + other.read_bytes())
    assert validate_file_cached(path, model=NOVA).training.counts.records == 2


def test_a_missing_file_is_a_finding(tmp_path: Path) -> None:
    """A file that is not there makes a report, and is read again the next time."""
    path = tmp_path / "train.jsonl"
    assert not validate_file_cached(path, model=NOVA).ok
    write(tmp_path, [turns(f"q{at}", "a") for at in range(8)])
    assert validate_file_cached(path, model=NOVA).ok
