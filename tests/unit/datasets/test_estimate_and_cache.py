"""Tokens and money by estimate, and reports that are made once."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from constructs_lib.catalog import Catalog
from constructs_lib.datasets import content_hash, estimate, tokens_trained, validate, validate_file_cached
from tests.unit.datasets.helpers import HAIKU, LLAMA_31, NOVA, chat, media, shown, turns, write

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("characters", "epochs", "tokens", "most", "trained"),
    [
        (1, 1, 1, 1, 1),
        (6, 1, 1, 2, 1),
        (7, 1, 2, 3, 2),
        (600, 3, 100, 200, 300),
        (12_001, 5, 2001, 4001, 10_005),
    ],
)
def test_tokens(  # noqa: PLR0917 - one column of the table for each
    tmp_path: Path, characters: int, epochs: int, tokens: int, most: int, trained: int
) -> None:
    """Tokens are characters by six, rounded up, and once more at three where tokens are short."""
    record = {"prompt": "x" * (characters - 1), "completion": "y"} if characters > 1 else {"prompt": "x"}
    report = validate(write(tmp_path, [record]), model=LLAMA_31)
    found = estimate(report, epochs=epochs)
    assert (found.tokens, found.most_tokens, found.tokens_trained) == (tokens, most, trained)
    assert tokens_trained(report, epochs) == trained
    assert (found.price, found.most_price) == (None, None)
    assert found.characters == characters


def test_claude_is_estimated_as_its_validator_does(tmp_path: Path) -> None:
    """AWS's validator for Claude counts three characters for each token, and the method names it."""
    found = estimate(validate(write(tmp_path, [chat("abc", "def")]), model=HAIKU), epochs=1)
    assert (found.tokens, found.most_tokens) == (2, 2)
    assert "divided by 3" in found.method
    assert "validator for Claude" in found.method


@pytest.mark.parametrize(("price", "expected"), [("0.001", "0.0002"), ("10", "2"), ("0", "0")])
def test_money(tmp_path: Path, price: str, expected: str) -> None:
    """Money is exact: tokens trained, times the price of a thousand."""
    report = validate(write(tmp_path, [turns("x" * 599, "y")]), model=NOVA)
    found = estimate(report, epochs=2, price_per_1k_tokens=Decimal(price))
    assert found.price == Decimal(expected)
    assert found.most_price == 2 * Decimal(expected)


def test_the_method_says_how_wrong_it_can_be(tmp_path: Path) -> None:
    """The estimate names its figure, what it leaves out, and the other end."""
    found = estimate(validate(write(tmp_path, [shown(media(), answer="x" * 60)]), model=NOVA), epochs=1)
    assert found.tokens == 10
    assert "divided by 6, AWS's figure for planning" in found.method
    assert "at 3 it would be 20 tokens" in found.method


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
