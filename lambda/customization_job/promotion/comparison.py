"""Whether the scores of a model show that it is not worse than another one: yes, no, or not sure.

Both models are scored on the same records, and what is compared is the difference in each record: most of the
chance in a mean of scores is in the records, which are the same for both. A mean that is not lower shows
nothing: with 100 records, a model that is worse by 3 points passes that test about one time in five.

The bounds are those of a mean at one-sided confidence. The normal bound alone is wrong where few records
differ, which is usual for two good models: where none differs, it has no width at all. Therefore:

* Records that differ as much as they can are added at both ends, as Agresti and Min (Statistics in Medicine
  24, 2005) and Bonett and Price (JEBS 37, 2012) do for paired proportions: so many that records which are all
  equal show what they do exactly, 3/n at 95 % (the rule of three: Hanley and Lippman-Hand, JAMA 249, 1983).
* The bound is corrected for skewness, as Johnson (JASA 73, 1978) does for t: where nearly all differences
  have one sign, the normal bound on the other side is too near.

Computed exactly for scores of 0 and 1, a model that is worse by the margin is promoted in at most 6 % of
cases at 95 %, for 20 to 400 records, margins of 1 to 10 points and any share of differing records; by the
normal bound alone in up to 80 %. Fewer than ten records show nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist
from typing import TYPE_CHECKING

from contract.evaluation import FEWEST_RECORDS

from .answer import NO, UNSURE, YES

if TYPE_CHECKING:
    from collections.abc import Sequence

_SEARCHED = 10**7
"""The most records that are considered when it is said how many would be needed."""


@dataclass(frozen=True)
class Comparison:
    """What scores show about a limit.

    Args:
        records: how many there are.
        moments: the means of the values, of their squares and of their cubes, all as differences from the
            middle of the values' range.
        middle: the middle of the range in which each value must be.
        half: half of the width of that range.
        limit: what the mean should not be below.
        confidence: the one-sided confidence, more than 0.5 and less than 1.
    """

    records: int
    moments: tuple[float, float, float]
    middle: float
    half: float
    limit: float
    confidence: float

    @cached_property
    def mean(self) -> float:
        """The mean of the values; 0 where there is none."""
        return self.middle + self.moments[0] if self.records else 0.0

    @cached_property
    def lower(self) -> float:
        """What the mean is at least, with the confidence."""
        return max(self._least(self.records), self.middle - self.half)

    @cached_property
    def upper(self) -> float:
        """What the mean is at most, with the confidence."""
        return min(self._most(self.records), self.middle + self.half)

    @property
    def answer(self) -> str:
        """Whether the mean is not below the limit: yes, no or unsure."""
        return self._answer(self.records)

    @cached_property
    def unseen(self) -> float:
        """The difference below which nothing can be seen with so many records."""
        return self._width(self.records)

    @cached_property
    def needed(self) -> int | None:
        """About how many records would give an answer, if the mean and the spread stay as they are.

        None where no number of records would: the mean is the limit itself.
        """
        if self._answer(_SEARCHED) == UNSURE:
            return None
        enough, too_few = _SEARCHED, FEWEST_RECORDS - 1
        while enough - too_few > 1:
            tried = (enough + too_few) // 2
            if self._answer(tried) == UNSURE:
                too_few = tried
            else:
                enough = tried
        unit = int(10 ** max(len(str(enough)) - 2, 0))
        return -(-enough // unit) * unit

    def _answer(self, records: int) -> str:
        if records < FEWEST_RECORDS:
            return UNSURE
        if self._least(records) > self.limit:
            return YES
        return NO if self._most(records) < self.limit else UNSURE

    def _least(self, records: int) -> float:
        return self.middle + min(self._bound(records, 1.0), self.moments[0])

    def _most(self, records: int) -> float:
        return self.middle + max(-self._bound(records, -1.0), self.moments[0])

    @cached_property
    def _quantile(self) -> float:
        return NormalDist().inv_cdf(self.confidence)

    @cached_property
    def _added(self) -> float:
        """How many records are added at both ends together."""
        return (math.log(1 - self.confidence) / self._quantile) ** 2

    def _spread(self, records: int) -> tuple[float, float]:
        """Return the mean with the added records, and the variance."""
        first, second, _ = self.moments
        total = records + self._added
        mean = records * first / total
        return mean, (records * second + self._added * self.half**2) / total - mean**2

    def _width(self, records: int) -> float:
        return self._quantile * math.sqrt(self._spread(records)[1] / (records + self._added))

    def _bound(self, records: int, sign: float) -> float:
        """Return the lower bound of the mean, from the middle of the range; of mirrored values for -1."""
        mean, variance = self._spread(records)
        total = records + self._added
        square = variance + mean**2
        third = records * self.moments[2] / total - 3 * mean * square + 2 * mean**3
        correction = (2 * self._quantile**2 + 1) * third / variance / (6 * total)
        return sign * (mean + correction) - self._width(records)


def compare(
    candidate: Sequence[float], serving: Sequence[float], margin: float, confidence: float
) -> Comparison:
    """Compare two models, record by record.

    Args:
        candidate: the scores of the one, each from 0 to 1.
        serving: those of the other on the same records, in the same order.
        margin: by how much the mean of the candidate may be lower, from 0 to 1.
        confidence: the one-sided confidence, more than 0.5 and less than 1.
    """
    differences = [new - old for new, old in zip(candidate, serving, strict=True)]
    return _comparison(differences, 0.0, 1.0, -margin, confidence)


def reach(candidate: Sequence[float], at_least: float, confidence: float) -> Comparison:
    """Compare the scores of a model with an absolute limit.

    Args:
        candidate: the scores, each from 0 to 1.
        at_least: the limit of their mean.
        confidence: the one-sided confidence, more than 0.5 and less than 1.
    """
    return _comparison(candidate, 0.5, 0.5, at_least, confidence)


def _comparison(
    values: Sequence[float], middle: float, half: float, limit: float, confidence: float
) -> Comparison:
    count = len(values)
    centred = [value - middle for value in values]
    first, second, third = (
        math.fsum(value**power for value in centred) / max(count, 1) for power in (1, 2, 3)
    )
    return Comparison(
        records=count,
        moments=(first, second, third),
        middle=middle,
        half=half,
        limit=limit,
        confidence=confidence,
    )


def together(*answers: str) -> str:
    """Return what several answers say together: all must be yes, and one no is enough.

    Args:
        answers: the answers.
    """
    return next((one for one in (NO, UNSURE) if one in answers), YES)
