"""The estimate of tokens, compared with what real tokenizers count."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import geometric_mean, median
from typing import TypedDict

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from constructs_lib.datasets.tokens.token_rates import DENSEST_BYTE, estimated_tokens, most_likely_tokens


class Counted(TypedDict):
    """A text with the counts of real tokenizers."""

    kind: str
    source: str
    text: str
    tokens: dict[str, int]


TEXTS: list[Counted] = json.loads((Path(__file__).parent / "token_counts" / "texts.json").read_bytes())
ENGLISH = [one for one in TEXTS if one["kind"] in ("English", "English chat")]


@pytest.mark.parametrize("counted", TEXTS, ids=lambda one: f"{one['kind']}-{one['source'][:20]}")
def test_every_tokenizer_is_between_the_bounds(counted: Counted) -> None:
    """In whatever language, code or numbers a text is."""
    found, counts = estimated_tokens(counted["text"]), counted["tokens"].values()
    assert len(counts) == 6
    assert found.least <= min(counts)
    assert found.most >= max(counts)
    assert found.least <= found.likely <= found.most


def test_the_texts_are_of_many_people_and_languages() -> None:
    """At least twenty texts of others, and at least twelve languages and kinds."""
    others = [one for one in TEXTS if one["source"] != "written for this test"]
    assert len(others) >= 40
    assert len({one["kind"] for one in others}) >= 35


def test_the_likely_number_is_near_the_middle_of_the_tokenizers() -> None:
    """Half of the texts are within 7 percent of it, nine of ten within a quarter."""
    errors = sorted(
        abs(estimated_tokens(one["text"]).likely / geometric_mean(one["tokens"].values()) - 1)
        for one in TEXTS
    )
    assert median(errors) < 0.07
    assert errors[len(errors) * 9 // 10] < 0.25


@pytest.mark.parametrize("counted", ENGLISH, ids=lambda one: one["source"][:20])
def test_the_bounds_of_english_are_close(counted: Counted) -> None:
    """English is within 10 percent of the middle, and the upper bound is at most half above it."""
    found, middle = estimated_tokens(counted["text"]), geometric_mean(counted["tokens"].values())
    assert found.likely == pytest.approx(middle, rel=0.1)
    assert found.most < 1.5 * middle
    assert found.least > 0.7 * middle


@given(st.text())
@example("\N{GRINNING FACE}" * 9)
@example("\udc80\udc80")
@example("0" * 9)
@example("aé" * 9)
@example("\u0561" * 9)
def test_the_fast_bound_holds_for_any_text(text: str) -> None:
    """What is never looked at closely is never too long."""
    found = estimated_tokens(text)
    assert 0 <= found.least <= found.likely <= found.most
    assert found.likely <= most_likely_tokens(text) + 1e-6
    assert found.likely <= len(text.encode("utf-8", "surrogatepass")) * DENSEST_BYTE + 1e-6


@given(st.text(), st.text())
def test_texts_can_be_joined(first: str, second: str) -> None:
    """The scripts of two texts are counted together as they are alone, up to their English words."""
    apart = estimated_tokens(first).most + estimated_tokens(second).most
    assert estimated_tokens(f"{first} {second}").most == pytest.approx(apart, rel=0.8)
