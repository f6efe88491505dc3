"""A run of the smoke test: what was observed and concluded for each question, and what the steps share."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tools.smoke.account import AWS_ERRORS, NotPossibleError
from tools.smoke.questions import QUESTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from tools.smoke.account import Account


@dataclass(slots=True)
class Answer:
    """What is known about a question.

    Args:
        calls: the calls that were made for it, in order.
        observed: what they have shown.
        conclusion: the answer, "" without one.
        failed: whether a step that asks the question has failed.
    """

    calls: list[str] = field(default_factory=list)
    observed: list[str] = field(default_factory=list)
    conclusion: str = ""
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a part.

    Args:
        questions: the numbers of the questions that are asked in it.
        act: asks them.
    """

    questions: tuple[int, ...]
    act: Callable[[Run], None]


@dataclass(slots=True, kw_only=True)
class Run:
    """A run, from its first call to its report.

    Args:
        account: the account.
        hours: how long a job is waited for; then it is stopped.
        external_id: the id with which the role for narrow permissions is assumed.
    """

    account: Account
    hours: float
    external_id: str
    began: float = field(default_factory=time.monotonic)
    answers: dict[int, Answer] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    jobs: dict[str, str] = field(default_factory=dict)
    model_arn: str = ""
    deployment_arn: str = ""
    base_is_there: bool = False

    def say(self, text: str) -> None:
        """Show on standard error what is being done."""
        minutes, seconds = divmod(int(time.monotonic() - self.began), 60)
        print(f"[{minutes:3d}:{seconds:02d}] {text}", file=sys.stderr, flush=True)

    def observe(self, number: int, text: str) -> None:
        """Record an observation for a question, and all calls since the last one.

        Args:
            number: the question.
            text: what was observed.
        """
        answer = self.answers.setdefault(number, Answer())
        answer.calls += self.account.calls
        self.account.calls.clear()
        answer.observed.append(text)

    def conclude(self, number: int, text: str) -> None:
        """Record the answer to a question.

        Args:
            number: the question.
            text: the answer.
        """
        self.answers.setdefault(number, Answer()).conclusion = text

    def need(self, value: str, what: str) -> str:
        """Return a value that an earlier step has set.

        Args:
            value: the value.
            what: what it is, for the report.

        Raises:
            NotPossibleError: no earlier step has set it.
        """
        if not value:
            raise NotPossibleError(f"there is no {what}")
        return value

    def carry_out(self, part: str, steps: Iterable[Step]) -> None:
        """Carry out the steps of a part; a step that fails does not stop the others.

        Args:
            part: the name of the part.
            steps: its steps.
        """
        for step in steps:
            numbers = ", ".join(map(str, step.questions))
            self.say(f"{part}: question{'s' if len(step.questions) > 1 else ''} {numbers}")
            self.account.calls.clear()
            try:
                step.act(self)
            except NotPossibleError as error:
                self._give_up(step, f"Not asked: {error}.")
            except AWS_ERRORS as error:
                self._give_up(step, f"Not answered: {error}")
            except Exception as error:  # noqa: BLE001 - a bug in one step must not stop the others
                self._give_up(step, f"Not answered, by a bug of the smoke test: {error!r}")

    def open_questions(self, parts: Collection[str]) -> list[int]:
        """Return the numbers of the questions without an answer.

        Args:
            parts: the parts of the run.
        """
        asked = {one.number: self.answers.get(one.number, Answer()) for one in QUESTIONS if one.part in parts}
        return [number for number, one in asked.items() if one.failed or not one.conclusion]

    def _give_up(self, step: Step, why: str) -> None:
        self.say(why)
        for number in step.questions:
            answer = self.answers.setdefault(number, Answer())
            answer.calls += self.account.calls
            self.account.calls.clear()
            answer.conclusion = f"{answer.conclusion} {why}".strip()
            answer.failed = True
