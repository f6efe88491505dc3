"""What the scores of both models say, in a sentence and in numbers; of records they name categories only."""

from __future__ import annotations

from collections import defaultdict
from statistics import fmean
from typing import TYPE_CHECKING, NamedTuple

from contract.evaluation import FEWEST_RECORDS, MOST_RECORDS

from .answer import NO, UNSURE, Answer
from .comparison import together

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from contract.evaluation import EvaluationRecord

    from .comparison import Comparison
    from .scores import Scores, Settings

CANDIDATE, SERVING = "the candidate", "what serves"

_NAMES = {CANDIDATE: "candidate", SERVING: "serving"}
_DIGITS = 4
_MOST_LINES = 20
_MOST_CATEGORIES = 20


class Result(NamedTuple):
    """The scores, and what they show.

    Args:
        settings: how the models were asked.
        records: the records.
        candidate: the scores of the candidate.
        absolute: what they show of the absolute limit. Default: there is none.
        serving: the scores of what serves. Default: it was not asked.
        relative: what both show of the margin. Default: it does not count.
    """

    settings: Settings
    records: Sequence[EvaluationRecord]
    candidate: Scores
    absolute: Comparison | None = None
    serving: Scores | None = None
    relative: Comparison | None = None

    def answer(self) -> Answer:
        """Return the answer of the condition."""
        shown = [one for one in (self.absolute, self.relative) if one]
        verdict = together(*(one.answer for one in shown))
        sentences = [self._absolute(self.absolute)] if self.absolute else []
        if self.relative and self.serving:
            sentences.append(self._relative(self.relative, self.serving))
        if verdict == UNSURE:
            sentences += [_needed(one) for one in shown if one.answer == UNSURE]
        return Answer(verdict, "; ".join(sentences), dict(self._numbers()))

    def _absolute(self, found: Comparison) -> str:
        bound = f"at most {found.upper:.3f}" if found.answer == NO else f"at least {found.lower:.3f}"
        return (
            f"{self.settings.score} is {found.mean:.3f} on {found.records} records, and {bound} with "
            f"{_percent(found.confidence)} confidence; it should be at least {found.limit:.3f}"
        )

    def _relative(self, found: Comparison, serving: Scores) -> str:
        name, new, old = self.settings.score, fmean(self.candidate.known), fmean(serving.known)
        end = f"at most {_points(found.upper)}" if found.answer == NO else f"at least {_points(found.lower)}"
        return (
            f"{name} is {new:.3f} against {old:.3f} of what serves on {found.records} records, "
            f"a difference of {_points(found.mean)} points, and {end} with {_percent(found.confidence)} "
            f"confidence; it should be more than {_points(found.limit)}"
        )

    def _numbers(self) -> Iterator[tuple[str, object]]:
        yield "score", self.settings.score
        yield "records", len(self.records)
        yield from counted(CANDIDATE, self.candidate).items()
        if self.serving:
            yield from counted(SERVING, self.serving).items()
        if self.absolute:
            yield from _bounds("absolute", self.absolute).items()
        if self.relative:
            yield from _bounds("difference", self.relative).items()
        yield "categories", self._categories()
        if self.serving:
            pairs = zip(self.records, self.candidate.known, self.serving.known, strict=True)
            worse = [record.line for record, new, old in pairs if new < old]
            yield "worse", len(worse)
            yield "worseLines", worse[:_MOST_LINES]

    def _categories(self) -> dict[str, dict[str, float]]:
        """Return the mean scores of each category; they decide nothing."""
        indexes: dict[str, list[int]] = defaultdict(list)
        for index, record in enumerate(self.records):
            if record.category:
                indexes[record.category].append(index)
        models = [(CANDIDATE, self.candidate), *([(SERVING, self.serving)] if self.serving else [])]
        return {
            category: {
                "records": len(found),
                **{_NAMES[name]: _rounded(fmean(one.known[at] for at in found)) for name, one in models},
            }
            for category, found in sorted(indexes.items())[:_MOST_CATEGORIES]
        }


def counted(called: str, scores: Scores) -> dict[str, object]:
    """Return what was counted of one model: the mean of its scores, errors and tokens.

    Args:
        called: `CANDIDATE` or `SERVING`.
        scores: its scores, perhaps not all.
    """
    name, known = _NAMES[called], scores.known
    numbers: dict[str, object] = {
        f"{name}Records": len(known),
        f"{name}InputTokens": scores.input_tokens,
        f"{name}OutputTokens": scores.output_tokens,
        f"{name}Errors": len(scores.errors),
        f"{name}Cut": scores.cut,
    }
    return {**({name: _rounded(fmean(known))} if known else {}), **numbers}


def _bounds(name: str, found: Comparison) -> dict[str, object]:
    return {
        f"{name}Mean": _rounded(found.mean),
        f"{name}Lower": _rounded(found.lower),
        f"{name}Upper": _rounded(found.upper),
        f"{name}Limit": _rounded(found.limit),
        f"{name}Confidence": found.confidence,
        f"{name}Unseen": _rounded(found.unseen),
        f"{name}Needed": found.needed,
    }


def _needed(found: Comparison) -> str:
    """Return what cannot be seen with so many records, and how many would do."""
    if found.records < FEWEST_RECORDS:
        return f"{found.records} records show nothing; at least {FEWEST_RECORDS} are needed"
    seen = f"with {found.records} records a difference below {100 * found.unseen:.0f} points cannot be seen"
    if found.needed is None:
        return f"{seen}, and no number of records would do: choose a larger margin"
    if found.needed > MOST_RECORDS:
        return f"{seen}, and more than {MOST_RECORDS:,} would be needed: choose a larger margin"
    return f"{seen}; about {found.needed:,} would do"


def _points(share: float) -> str:
    return f"{100 * share:+.1f}"


def _percent(share: float) -> str:
    return f"{100 * share:g} %"


def _rounded(number: float) -> float:
    return round(number, _DIGITS)
