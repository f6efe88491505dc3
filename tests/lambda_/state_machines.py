"""The executions of a state machine: each calls the function again and again until its task is over."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lambda_.probe import ProbedFakes

FIRST_RETRY, LAST_RETRY = 30.0, 600.0
"""Seconds until a call that has failed is repeated, as in the definition of the state machine."""

_HOUR = 3600.0
_MOST_LOOKS = 3_000


@dataclass(eq=False)
class Execution:
    """One execution.

    Args:
        task: what the function gets at the next look.
        due: when that is, in seconds since 1970.
        number: which look that is, counted from 0.
        attempt: how often this look has failed already.
        idle_looks: how many looks there have been since nobody waits any more.
    """

    task: dict[str, Any]
    due: float
    number: int = 0
    attempt: int = 0
    idle_looks: int = 0


class StateMachines:
    """Runs the executions that the function starts, each look when it is due.

    Args:
        fakes: everything outside the function.
        look: lets the function carry out the task of an execution; returns None where it could not.
    """

    def __init__(self, fakes: ProbedFakes, look: Callable[[Execution], dict[str, Any] | None]) -> None:
        self.is_dead = False
        self._disturbed: list[tuple[float, float]] = []
        self._fakes = fakes
        self._look = look
        self._known: set[str] = set()
        self._running: list[Execution] = []

    def next(self) -> Execution | None:
        """Return the execution whose look comes next; None where no execution runs."""
        for name, given in self._fakes.executions.inputs.items():
            if name not in self._known:
                self._known.add(name)
                task = json.loads(json.dumps(given["task"]))
                self._running.append(Execution(task, self._fakes.clock.now()))
        return min(self._running, key=lambda one: one.due, default=None)

    def note_disturbed(self, began: float, ended: float) -> None:
        """Remember a time in which something else kept looks from coming, or went wrong in one."""
        self._disturbed.append((began, ended))

    def calm_seconds(self, since: float) -> float:
        """Return how much of the time since a moment was not disturbed."""
        now, reached = self._fakes.clock.now(), since
        calm = now - since
        for began, ended in sorted(self._disturbed):
            calm -= max(0.0, min(ended, now) - max(began, reached))
            reached = max(reached, ended)
        return calm

    def step(self) -> None:
        """Let the next look come; one that is being carried out already is not begun again."""
        execution = self.next()
        if execution is None:
            return
        clock = self._fakes.clock
        clock.advance(max(0.0, execution.due - clock.now()))
        self._running.remove(execution)
        began = clock.now()
        answer = self._look(execution)
        if answer is None:
            execution.due = clock.now() + min(FIRST_RETRY * 2**execution.attempt, LAST_RETRY)
            execution.attempt += 1
            self.note_disturbed(began, execution.due)
        elif not answer["isOver"]:
            execution.task, execution.due = answer["task"], clock.now() + answer["pause"]
            execution.number, execution.attempt = execution.number + 1, 0
        else:
            return
        self._running.append(execution)

    def run_until(self, moment: float) -> None:
        """Let every look come that is due until a moment."""
        while (following := self.next()) and following.due <= moment:
            self.step()

    def stop_for_an_hour(self) -> None:
        """Let no look come for an hour."""
        self.is_dead = True
        self.next()
        now = self._fakes.clock.now()
        self.note_disturbed(now, now + _HOUR)
        for one in self._running:
            one.due = max(one.due, now + _HOUR)

    def run_twice(self) -> None:
        """Let the look that is due next come again, as if its response had been lost, and both go on."""
        if execution := self.next():
            self._running.append(replace(execution, due=execution.due + FIRST_RETRY))

    def run_to_the_end(self) -> bool:
        """Run every execution until it is over; return whether all were over after a reasonable time."""
        for _ in range(_MOST_LOOKS):
            if self.next() is None:
                return True
            self.step()
        return False
