"""`docs/smoke-test.md`, the rows that its questions settle, and the smoke test itself say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.smoke import data, plan
from tools.smoke.questions import FREE_PARTS, PARTS, QUESTIONS, Question, table

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "smoke-test.md").read_text(encoding="utf-8")
LINK = re.compile(r"\[(\d+)\]\(smoke-test\.md#the-questions\)")


def rows(page: str, number: str) -> dict[str, str]:
    """Return the numbered rows of the tables of a page."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return dict(re.findall(rf"^\| ({number}) \|(.*)\|$", text, re.MULTILINE))


FAILURES = rows("reliability.md", r"\d+[a-z]?")
DOCUMENTED = rows("security.md", r"D\d+")


def questions_of(row: str) -> set[int]:
    """Return the questions that a row names."""
    return {int(number) for number in LINK.findall(row)}


def test_the_page_has_the_table_of_the_questions() -> None:
    """It is the output of `python -m tools.smoke --questions`."""
    assert table() in PAGE
    assert "\n## The questions\n" in PAGE


def test_questions_are_numbered_and_belong_to_a_part() -> None:
    """Each part asks something, and the numbers follow the parts."""
    assert [one.number for one in QUESTIONS] == list(range(1, len(QUESTIONS) + 1))
    assert list(dict.fromkeys(one.part for one in QUESTIONS)) == list(PARTS)
    assert [name for name in PARTS if f"| `{name}` |" not in PAGE.partition("## The questions")[0]] == []


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: str(one.number))
def test_a_question_names_rows_that_name_it(question: Question) -> None:
    """An answer settles something, and whoever reads the row finds the question."""
    named = [(FAILURES, one) for one in question.failures] + [
        (DOCUMENTED, one) for one in question.documented
    ]
    assert named
    assert [row for page, row in named if question.number not in questions_of(page[row])] == []


def test_a_row_names_questions_that_name_it() -> None:
    """No row points to a question that settles something else."""
    failures = {(one.number, row) for one in QUESTIONS for row in one.failures}
    documented = {(one.number, row) for one in QUESTIONS for row in one.documented}
    assert {(one, row) for row, text in FAILURES.items() for one in questions_of(text)} == failures
    assert {(one, row) for row, text in DOCUMENTED.items() for one in questions_of(text)} == documented


def test_what_only_aws_can_show_has_a_question_or_says_that_it_has_none() -> None:
    """Every row that depends on AWS, and every point that is based on documentation."""
    depends = {row: text for row, text in FAILURES.items() if re.search("On AWS|ot testable offline", text)}
    assert len(depends) > 40
    assert len(DOCUMENTED) == 11
    open_rows = {**depends, **DOCUMENTED}
    assert [
        row for row, text in open_rows.items() if not questions_of(text) and "no question" not in text
    ] == []


def test_the_numbers_of_the_page_are_those_of_the_plan() -> None:
    """What the page says about cost is what the run says before its question."""
    tokens = data.most_tokens()
    for number in (f"{tokens} tokens", f"at most {data.MOST_JOBS * tokens:,}", f"{data.MOST_CALLS} calls"):
        assert number in PAGE
    assert f"waits at most {plan.most_hours(PARTS, 4):.1f} hours" in PAGE
    assert f"wait at most {plan.most_hours(FREE_PARTS, 4):.1f} hours" in PAGE
    calls = data.MOST_CALLS * (data.QUESTION_TOKENS + data.ANSWER_TOKENS)
    assert f"{calls:,} tokens, by estimate" in PAGE
