"""The scores of one model on the records: what is kept of them, and how the missing ones are collected.

An answer is scored at once, and only its score is kept: neither a prompt nor an answer leaves the function.
Any number of calls go on where the last one has stopped; of two at once, the first score of a record counts.
"""

from __future__ import annotations

import math
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from ..frame.errors import AwsError, ErrorKind
from .candidates import DAY, HOUR, HeldError
from .scoring import score

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from contract.evaluation import EvaluationRecord

    from ..services import Services
    from .store import Store

AT_A_TIME = 50
"""Records that are asked between two writes of the scores."""

_THREADS = 4
_MARGIN = 30.0
"""Seconds before the end of the call after which no record is asked any more."""

_WRITES = 10
_SEEN = "seen"
_CODE = re.compile(r"[A-Za-z]{1,64}")
_STOPPED = ("guardrail_intervened", "content_filtered")
"""Reasons to stop after which the text is not the model's answer."""


class Settings(NamedTuple):
    """How the models are asked.

    Args:
        score: the name of the score.
        max_tokens: the most tokens of an answer.
    """

    score: str
    max_tokens: int


class Scored(NamedTuple):
    """The score of one answer.

    Args:
        score: from 0 to 1.
        error: why there was no answer, "" where there was one.
        input_tokens: the tokens that were read.
        output_tokens: the tokens that were made.
        is_cut: whether the answer was longer than permitted.
    """

    score: float
    error: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    is_cut: bool = False


@dataclass
class Scores:
    """What is known of the answers of one model.

    Args:
        store: the records.
        name: the name of this one.
        count: how many records there are.

    Attributes:
        values: the score of each record, None where it is not known yet.
        errors: why there was no answer, by the record's index.
        input_tokens: the tokens of all prompts.
        output_tokens: the tokens of all answers.
        cut: how many answers were longer than permitted.
        held: since when the model cannot be asked, by the reason; and when that was seen last.
    """

    store: Store
    name: str
    count: int
    values: list[float | None] = field(init=False)
    errors: dict[int, str] = field(init=False)
    input_tokens: int = field(init=False)
    output_tokens: int = field(init=False)
    cut: int = field(init=False)
    held: dict[str, float] = field(init=False)

    def __post_init__(self) -> None:
        self._etag = ""
        self.read()

    def read(self) -> None:
        """Read what is kept; what this library would not write is asked again."""
        document, self._etag = self.store.read_note(self.name)
        kept = document if document and _is_valid(document, self.count) else {}
        self.values = kept.get("scores") or [None] * self.count
        self.errors = {int(index): code for index, code in kept.get("errors", {}).items()}
        self.input_tokens, self.output_tokens = kept.get("inputTokens", 0), kept.get("outputTokens", 0)
        self.cut, self.held = kept.get("cut", 0), kept.get("held", {})

    @property
    def missing(self) -> list[int]:
        """The indexes of the records without a score."""
        return [index for index, value in enumerate(self.values) if value is None]

    @property
    def known(self) -> list[float]:
        """The scores that there are."""
        return [value for value in self.values if value is not None]

    @property
    def has_too_many_errors(self) -> bool:
        """Whether more than one record of twenty had no answer."""
        return len(self.errors) * 20 > self.count

    def add(self, found: Mapping[int, Scored]) -> None:
        """Keep scores; of a record that another call has scored meanwhile, that score counts.

        Raises:
            HeldError: others write at the same time, again and again.
        """
        self._write(lambda: self._take(found))

    def hold(self, code: str, now: float) -> float:
        """Keep since when the model cannot be asked for a reason; return for how many seconds.

        After an hour in which nobody has asked it is another time.
        """

        def change() -> None:
            if now - self.held.get(_SEEN, now) > HOUR:
                self.held = {}
            self.held = {code: now, **self.held, _SEEN: now}

        self._write(change)
        return now - self.held[code]

    def _take(self, found: Mapping[int, Scored]) -> None:
        self.held = {}
        for index, one in found.items():
            self.input_tokens += one.input_tokens
            self.output_tokens += one.output_tokens
            if self.values[index] is None:
                self.values[index] = one.score
                self.cut += one.is_cut
                if one.error:
                    self.errors[index] = one.error

    def _write(self, change: Any) -> None:  # noqa: ANN401 - a function without arguments
        for attempt in range(_WRITES):
            if attempt:
                self.read()
            change()
            if self.store.write_json(self.name, self._document(), self._etag):
                self.read()
                return
        raise HeldError("another task writes the same scores", 60.0, DAY, "busy")

    def _document(self) -> dict[str, object]:
        return {
            "scores": self.values,
            "errors": {str(index): code for index, code in self.errors.items()},
            "inputTokens": self.input_tokens,
            "outputTokens": self.output_tokens,
            "cut": self.cut,
            "held": self.held,
        }


class Collected(NamedTuple):
    """What some records have brought.

    Args:
        scored: the scores, by the record's index.
        held: why the others have none; None where all have one.
    """

    scored: dict[int, Scored]
    held: HeldError | None


def collect(
    missing: Sequence[int],
    records: Sequence[EvaluationRecord],
    arn: str,
    settings: Settings,
    services: Services,
) -> Collected:
    """Ask a deployment for the next records that have no score, several at a time.

    Args:
        missing: the indexes of those records.
        records: all records.
        arn: the deployment's ARN.
        settings: how it is asked.
        services: the services of AWS.
    """
    asked = missing[:AT_A_TIME]
    refused: list[AwsError] = []

    def ask(index: int) -> Scored | None:
        if refused or services.retry.left < _MARGIN:
            return None
        try:
            return _ask(records[index], arn, settings, services)
        except AwsError as error:
            refused.append(error)
            return None

    services.runtime.connect()
    with ThreadPoolExecutor(_THREADS) as threads:
        found = zip(asked, threads.map(ask, asked), strict=True)
        scored = {index: one for index, one in found if one is not None}
    if refused:
        return Collected(scored, held_by(refused[0]))
    if len(scored) < len(asked):
        return Collected(scored, HeldError("the next call goes on", 1.0, math.inf, "time"))
    return Collected(scored, None)


def _ask(record: EvaluationRecord, arn: str, settings: Settings, services: Services) -> Scored:
    """Ask one record.

    Raises:
        AwsError: not this record is refused, but all are, or the service fails.
    """
    try:
        reply = services.runtime.converse(arn, record.messages, record.system, settings.max_tokens)
    except AwsError as error:
        if error.kind is not ErrorKind.INVALID:
            raise
        return Scored(0.0, error.code if _CODE.fullmatch(error.code) else "refused")
    tokens = (reply.input_tokens, reply.output_tokens)
    if reply.stop_reason in _STOPPED:
        return Scored(0.0, reply.stop_reason, *tokens)
    is_cut = reply.stop_reason == "max_tokens"
    return Scored(score(settings.score, reply.text, record.reference), "", *tokens, is_cut=is_cut)


def held_by(error: AwsError) -> HeldError:
    """Return what it means that Bedrock refuses a call that no record is the reason of."""
    if error.kind.is_temporary:
        return HeldError(f"Bedrock does not answer now ({error.reason})", 60.0, DAY, "temporary")
    return HeldError(f"Bedrock refuses {error.operation} ({error.reason})", 60.0, HOUR, "refused")


def _is_valid(kept: Mapping[str, Any], count: int) -> bool:
    """Return whether this library may have written something."""
    scores, errors, held = kept.get("scores"), kept.get("errors"), kept.get("held")
    numbers = [kept.get(name) for name in ("inputTokens", "outputTokens", "cut")]
    known = {str(index) for index in range(count)}
    return (
        isinstance(scores, list)
        and len(scores) == count
        and all(one is None or (_is_number(one) and 0 <= one <= 1) for one in scores)
        and isinstance(errors, dict)
        and all(one in known and isinstance(errors[one], str) for one in errors)
        and isinstance(held, dict)
        and all(map(_is_number, held.values()))
        and all(isinstance(one, int) and not isinstance(one, bool) and one >= 0 for one in numbers)
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
