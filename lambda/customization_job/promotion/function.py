"""The condition that is a function of the user: what it gets, and what its answer means."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from contract.promotion import FUNCTION_ARN_MEMBER

from ..frame.errors import AwsError, ErrorKind
from .answer import LATER, NO, YES, Answer
from .ports import LARGEST_ANSWER
from .store import LARGEST

if TYPE_CHECKING:
    from .policy import Condition
    from .ports import Functions

_LONGEST_REASON = 500
_MOST_SCORES = 50


class FunctionError(Exception):
    """The function of the user gave no answer; the text is why."""


def ask(condition: Condition, question: Mapping[str, object], functions: Functions) -> Answer:
    """Invoke the function once, and wait for its answer.

    Args:
        condition: the condition.
        question: what the function gets.
        functions: Lambda.

    Raises:
        FunctionError: it gave no answer.
    """
    try:
        content, has_failed = functions.invoke(
            condition.members[FUNCTION_ARN_MEMBER], json.dumps(question).encode()
        )
    except AwsError as error:
        if error.kind is ErrorKind.THROTTLED:
            return Answer(LATER, "the function of the user is throttled")
        raise FunctionError(f"it could not be invoked ({error.reason})") from None
    if has_failed:
        raise FunctionError("it has failed, or has taken too long; see its own log")
    return _read(content)


def _read(content: bytes) -> Answer:
    if len(content) > LARGEST_ANSWER:
        raise FunctionError(f"its answer is larger than {LARGEST_ANSWER // 1024} kB")
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        answer = None
    verdict = answer.get("verdict") if isinstance(answer, dict) else None
    if verdict not in (YES, NO, LATER):
        raise FunctionError(f"its answer has no verdict that is {YES}, {NO} or {LATER}")
    reason, scores = answer.get("reason"), answer.get("scores")
    words = " ".join(reason.split()) if isinstance(reason, str) else ""
    text = "".join(filter(str.isprintable, words))[:_LONGEST_REASON]
    numbers = [
        (str(name)[:64], value)
        for name, value in (scores.items() if isinstance(scores, Mapping) else ())
        if isinstance(value, int | float) and abs(value) < LARGEST
    ]
    return Answer(verdict, text or f"the function of the user said {verdict}", dict(numbers[:_MOST_SCORES]))
