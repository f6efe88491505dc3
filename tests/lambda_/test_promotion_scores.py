"""How an answer is scored against the one that is right; whatever a model writes has a score."""

from __future__ import annotations

import json

import pytest
from contract.promotion import EXACT_MATCH, JSON_EQUAL, JSON_VALID, TOKEN_F1
from customization_job.promotion.scoring import score
from hypothesis import given, settings
from hypothesis import strategies as st

SCORES = (EXACT_MATCH, TOKEN_F1, JSON_EQUAL, JSON_VALID)


@pytest.mark.parametrize(
    ("answer", "reference", "expected"),
    [
        ("billing", "billing", 1),
        (" billing\n", "billing", 1),
        ("two  words", "two words", 1),
        ("cafe\u0301", "caf\u00e9", 1),
        ("Billing", "billing", 0),
        ("billing.", "billing", 0),
        ("", "billing", 0),
    ],
)
def test_an_exact_match(answer: str, reference: str, expected: float) -> None:
    """White space and how characters are composed make no difference; case and punctuation do."""
    assert score(EXACT_MATCH, answer, reference) == expected


@pytest.mark.parametrize(
    ("answer", "reference", "expected"),
    [
        ("The order has not arrived.", "the order has not arrived", 1),
        ("the order", "the order has arrived", 2 * 2 / 6),
        ("no no no", "no", 2 * 1 / 4),
        ("yes", "no", 0),
        ("注文が届く", "注文が届かない", 2 * 4 / 12),
        ("한국어", "한국", 2 * 2 / 5),
        ("!?", "!?", 1),
        ("", "no", 0),
        ("snake_case", "snake case", 1),
    ],
)
def test_an_f1_of_words(answer: str, reference: str, expected: float) -> None:
    """Words that both have, as often as both have them; without spaces between words, characters."""
    assert score(TOKEN_F1, answer, reference) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("answer", "reference", "expected"),
    [
        ('{"a": 1, "b": [true, null]}', '{"b":[true,null],"a":1.0}', 1),
        ("[1, 2]", "[2, 1]", 0),
        ('{"a": 1}', '{"a": 1, "b": 2}', 0),
        ('{"a": true}', '{"a": 1}', 0),
        ("0", "false", 0),
        ('"1"', "1", 0),
        ('{"a": 1, "a": 1}', '{"a": 1}', 0),
        ("NaN", "NaN", 0),
        ("1e999", "1e999", 0),
        ('```json\n{"a": 1}\n```', '{"a": 1}', 0),
        ("", "{}", 0),
        ("[" * 100_000, "[" * 100_000, 0),
        ("[" * 700 + "]" * 700, "[" * 700 + "]" * 700, None),
        ("9" * 5000, "9" * 5000, None),
    ],
)
def test_an_equal_json_value(answer: str, reference: str, expected: float | None) -> None:
    """Neither the order of members nor the form of a number counts; what is no strict JSON is wrong."""
    found = score(JSON_EQUAL, answer, reference)
    assert found in (0, 1) if expected is None else found == expected
    assert score(JSON_EQUAL, reference, answer) == found


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("{}", 1), ("3", 1), ("{", 0), ("{'a': 1}", 0), ('{"a": 1, "a": 2}', 0), ("Infinity", 0), ("", 0)],
)
def test_a_valid_json_value(answer: str, expected: float) -> None:
    """Whatever the answer should be."""
    assert score(JSON_VALID, answer, "anything") == expected


texts = st.one_of(
    st.text(),
    st.text(alphabet='{}[]",:0123456789eEnultrfas \\\ud800\udfff'),
    st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists, max_leaves=5).map(json.dumps),
)


@given(texts, texts, st.sampled_from(SCORES))
@settings(max_examples=300, deadline=None)
def test_any_answer_has_a_score(answer: str, reference: str, name: str) -> None:
    """From 0 to 1, the same in both directions, and nothing is raised; a right answer has the best one."""
    found = score(name, answer, reference)
    assert 0 <= found <= 1
    if name != JSON_VALID:
        assert score(name, reference, answer) == pytest.approx(found)
    best = score(name, reference, reference)
    assert best == 1 or name in (JSON_EQUAL, JSON_VALID)
