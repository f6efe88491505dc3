"""What scores of two models show, and with how many records: the bound, three answers, and what is needed."""

from __future__ import annotations

import math
import random
from statistics import NormalDist, fmean, pstdev
from typing import TYPE_CHECKING

import pytest
from customization_job.promotion.comparison import (
    FEWEST,
    NO,
    UNSURE,
    YES,
    Comparison,
    compare,
    reach,
    together,
)
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CONFIDENCE = 0.95
NORMAL = NormalDist().inv_cdf(CONFIDENCE)

SERVING_RIGHT, DIFFERING, MARGIN, DRAWS = 0.85, 0.12, 0.03, 600
WORSE, EQUAL, BETTER = -0.03, 0.0, 0.03

# Records: how often, in percent, a model is promoted that is 3 points worse, equal, and 3 points better.
# By the rule "the mean is not lower" (of worse and equal ones only), by the normal bound, and by ours.
TABLE = {
    50: ((34, 60), (7, 17, 36), (4, 11, 27)),
    100: ((22, 55), (6, 24, 57), (4, 19, 50)),
    200: ((13, 50), (6, 32, 78), (5, 32, 78)),
    500: ((3, 55), (5, 62, 99), (5, 60, 99)),
    1000: ((1, 48), (5, 87, 100), (5, 86, 100)),
}
NEAR = 7
"""Percentage points: a share of 600 draws has a standard error of up to 2, and the table has it too."""


def drawn(chance: random.Random, records: int, better_by: float) -> tuple[list[float], list[float]]:
    """Return the scores of a candidate and of what serves; 12 % of them differ."""
    gain, loss = (DIFFERING + better_by) / 2, (DIFFERING - better_by) / 2
    candidate, serving = [], []
    for _ in range(records):
        is_right = chance.random() < SERVING_RIGHT
        # A wrong answer can only become right, and a right one wrong.
        share = loss / SERVING_RIGHT if is_right else gain / (1 - SERVING_RIGHT)
        differs = chance.random() < share
        serving.append(float(is_right))
        candidate.append(float(is_right != differs))
    return candidate, serving


def is_mean_not_lower(candidate: Sequence[float], serving: Sequence[float]) -> bool:
    """The rule of most pipelines."""
    return fmean(candidate) >= fmean(serving)


def is_normal_bound_above(candidate: Sequence[float], serving: Sequence[float]) -> bool:
    """The normal bound of the mean difference, without any correction."""
    differences = [new - old for new, old in zip(candidate, serving, strict=True)]
    return fmean(differences) - NORMAL * pstdev(differences) / math.sqrt(len(differences)) > -MARGIN


def is_promoted(candidate: Sequence[float], serving: Sequence[float]) -> bool:
    """Our rule."""
    return compare(candidate, serving, MARGIN, CONFIDENCE).answer == YES


@pytest.mark.parametrize("records", TABLE)
def test_the_table_of_the_rules(records: int) -> None:
    """600 draws of each kind: by means alone, an equal model is a coin flip, and a worse one often passes."""
    chance = random.Random(f"promotion {records}")  # noqa: S311 - the same draws in every run
    draws = {
        better_by: [drawn(chance, records, better_by) for _ in range(DRAWS)]
        for better_by in (WORSE, EQUAL, BETTER)
    }

    def shares(rule: Callable[[Sequence[float], Sequence[float]], bool]) -> list[float]:
        return [100 * fmean(rule(*one) for one in kind) for kind in draws.values()]

    naive, normal, ours = map(shares, (is_mean_not_lower, is_normal_bound_above, is_promoted))
    expected = TABLE[records]
    assert naive[:2] == pytest.approx(expected[0], abs=NEAR)
    assert normal == pytest.approx(expected[1], abs=NEAR)
    assert ours == pytest.approx(expected[2], abs=NEAR)
    assert ours[0] <= 7, "a model that is worse by the margin is promoted in one of twenty cases"


def promoted_if_worse(records: int, margin: float, gain: float, rule: Callable[[int, int], bool]) -> float:
    """Return exactly how often a model is promoted that is worse by the margin.

    Args:
        records: how many.
        margin: by how much it is worse.
        gain: the share of records in which it is better nevertheless.
        rule: tells by the numbers of records in which it is better and worse.
    """
    loss = gain + margin
    total = 0.0
    for differing in range(records + 1):
        share = _binomial(records, differing, gain + loss)
        if share < 1e-9:
            continue
        least, most = 0, differing + 1  # how many of them must be better
        while least < most:
            tried = (least + most) // 2
            if rule(tried, differing - tried):
                most = tried
            else:
                least = tried + 1
        total += share * sum(
            _binomial(differing, better, gain / (gain + loss)) for better in range(least, differing + 1)
        )
    return total


def _binomial(count: int, hits: int, share: float) -> float:
    if share in (0.0, 1.0):
        return float(hits == count * share)
    log = math.lgamma(count + 1) - math.lgamma(hits + 1) - math.lgamma(count - hits + 1)
    return math.exp(log + hits * math.log(share) + (count - hits) * math.log(1 - share))


def counted(records: int, better: int, worse: int, margin: float) -> Comparison:
    """Return the comparison of 0/1 scores."""
    candidate = [1.0] * better + [0.0] * worse + [1.0] * (records - better - worse)
    serving = [0.0] * better + [1.0] * (records - better)
    return compare(candidate, serving, margin, CONFIDENCE)


@pytest.mark.parametrize("margin", [0.01, 0.03, 0.1])
@pytest.mark.parametrize("records", [20, 50, 80, 100, 200])
def test_a_worse_model_is_promoted_as_rarely_as_the_confidence_says(records: int, margin: float) -> None:
    """Computed exactly, also where few records differ or all differences are against it."""

    def ours(better: int, worse: int) -> bool:
        return counted(records, better, worse, margin).answer == YES

    gains = (0.0, 0.005, 0.02, 0.08, 0.3)
    assert max(promoted_if_worse(records, margin, gain, ours) for gain in gains) < 0.06


def test_the_normal_bound_alone_is_wrong_where_few_records_differ() -> None:
    """It promotes a model that is worse by the margin in more than half of all cases."""

    def normal(better: int, worse: int) -> bool:
        mean, square = (better - worse) / 20, (better + worse) / 20
        return mean - NORMAL * math.sqrt((square - mean**2) / 20) > -0.03

    assert promoted_if_worse(20, 0.03, 0.0, normal) > 0.5


@pytest.mark.parametrize("records", [20, 100, 1000])
def test_records_that_are_all_equal_show_what_the_rule_of_three_says(records: int) -> None:
    """Of n records none was worse: at most 3/n of all are, at 95 %."""
    found = compare([0.5] * records, [0.5] * records, 0.0, CONFIDENCE)
    assert (found.mean, found.answer, found.needed) == (0.0, UNSURE, None)
    assert found.lower == -found.upper == pytest.approx(-3 / records, rel=0.16)
    assert compare([1.0] * 100, [1.0] * 100, 0.03, CONFIDENCE).answer == YES
    assert compare([1.0] * 90, [1.0] * 90, 0.03, CONFIDENCE).answer == UNSURE


def test_it_says_what_could_be_seen_and_how_many_records_would_do() -> None:
    """With 100 records, of which 12 differ, less than six points are not seen."""
    found = counted(100, 6, 6, MARGIN)
    assert (found.answer, found.mean) == (UNSURE, 0.0)
    assert found.unseen == pytest.approx(0.06, abs=0.005)
    assert found.needed is not None
    assert 350 <= found.needed <= 420
    part = found.needed // 100
    assert counted(100 * part + 100, 6 * part + 6, 6 * part + 6, MARGIN).answer == YES
    assert counted(100, 6, 8, 0.0).needed
    assert counted(100, 6, 6, 0.0).needed is None, "an equal model is never better"


@pytest.mark.parametrize("records", [0, 1, 2, FEWEST - 1])
def test_a_few_records_show_nothing(records: int) -> None:
    """Neither all right against all wrong, nor the other way round; a number that would do is named."""
    for candidate, serving in ((1.0, 0.0), (0.0, 1.0), (1.0, 1.0)):
        found = compare([candidate] * records, [serving] * records, 0.1, CONFIDENCE)
        assert found.answer == UNSURE
        assert -1 <= found.lower <= found.mean <= found.upper <= 1
        assert found.needed is None or found.needed >= FEWEST
    assert reach([1.0] * records, 0.5, CONFIDENCE).answer == UNSURE


def test_an_absolute_limit() -> None:
    """Of 200 records 190 are right: certainly 90 %, perhaps 95 %, certainly not 99 %."""
    scores = [1.0] * 190 + [0.0] * 10
    assert [reach(scores, limit, CONFIDENCE).answer for limit in (0.9, 0.95, 0.99)] == [YES, UNSURE, NO]
    assert reach([1.0] * 200, 1.0, CONFIDENCE).answer == UNSURE
    assert reach([1.0] * 200, 1.0, CONFIDENCE).upper == 1.0


def test_several_answers_together() -> None:
    """One no is enough."""
    assert together(YES, YES) == YES
    assert together(YES, UNSURE) == UNSURE
    assert together(NO, UNSURE, YES) == NO


score = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0, 1))
pairs = st.lists(st.tuples(score, score), min_size=1, max_size=60)
share = st.floats(0, 1)
confidence = st.floats(0.6, 0.999)


def both(scores: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    """Return the scores of both models."""
    return [one for one, _ in scores], [other for _, other in scores]


@given(pairs, share, confidence)
@settings(max_examples=150, deadline=None)
def test_the_other_way_round_is_the_mirror(
    scores: list[tuple[float, float]], margin: float, confidence: float
) -> None:
    """What the one is at least better, the other is at most worse; bounds are in the range of the scores."""
    one, other = both(scores)
    found, mirrored = compare(one, other, margin, confidence), compare(other, one, margin, confidence)
    assert found.lower == pytest.approx(-mirrored.upper, abs=1e-9)
    assert found.mean == pytest.approx(-mirrored.mean, abs=1e-9)
    assert -1 <= found.lower <= found.upper <= 1
    assert found.unseen > 0


@given(pairs, share, share, confidence)
@settings(max_examples=150, deadline=None)
def test_a_larger_margin_never_makes_an_answer_worse(
    scores: list[tuple[float, float]], one: float, other: float, confidence: float
) -> None:
    """From no over unsure to yes; a lower limit likewise, and more confidence never decides more."""
    small, large = sorted((one, other))
    order = [NO, UNSURE, YES]
    ranks = [order.index(compare(*both(scores), margin, confidence).answer) for margin in (small, large)]
    assert ranks == sorted(ranks)
    ranks = [order.index(reach(both(scores)[0], limit, confidence).answer) for limit in (large, small)]
    assert ranks == sorted(ranks)


@given(pairs, share, st.integers(2, 40))
@settings(max_examples=150, deadline=None)
def test_more_of_the_same_records_show_more(
    scores: list[tuple[float, float]], margin: float, times: int
) -> None:
    """The bounds come nearer to the mean; an answer that was clear stays."""
    found = compare(*both(scores), margin, CONFIDENCE)
    more = compare(*both(scores * times), margin, CONFIDENCE)
    assert more.upper - more.lower <= found.upper - found.lower + 1e-9
    assert more.unseen < found.unseen


@given(st.lists(score, min_size=1, max_size=60), share, confidence)
@settings(max_examples=100, deadline=None)
def test_equal_answers_are_never_worse(scores: list[float], margin: float, confidence: float) -> None:
    """Whatever the scores are."""
    assert compare(scores, scores, margin, confidence).answer != NO


@given(pairs, st.floats(0, 0.3))
@settings(max_examples=100, deadline=None)
def test_what_is_said_to_be_needed_does(scores: list[tuple[float, float]], margin: float) -> None:
    """With so many records of the same kind there is an answer."""
    found = compare(*both(scores), margin, CONFIDENCE)
    if found.needed is not None:
        enough = compare(*both(scores * (found.needed // len(scores) + 1)), margin, CONFIDENCE)
        assert found.needed > 10_000 or enough.answer != UNSURE
