"""What is known so far of a candidate without a verdict: the record that a person reads meanwhile."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from contract.promotion import PROGRESS_END

from ..frame.properties import shown_time
from .answer import NO, UNSURE, YES, Answer
from .store import StoreError, named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .policy import Condition, Policy
    from .store import Store

MOST_CHANGES = 3
"""How often what serves may change while conditions are asked."""


@dataclass(slots=True)
class Progress:
    """The record of one candidate.

    Args:
        candidate: the candidate.
        serving: the model that serves, with which the candidate is compared.
        policy: what tells policies apart: answers to other conditions do not count.
        since: when the conditions were asked first, in seconds since 1970.
        answers: the answers so far, by the number of the condition.
        function_errors: how often the function of the user has failed in succession.
        asked: since when a person may approve the model. Default: nobody has been asked.
        changes: how often something else has served meanwhile.
        etag: the version of the record.
        waiting_for: what is waited for.
    """

    candidate: str
    serving: str
    policy: str
    since: float
    answers: dict[int, Answer] = field(default_factory=dict)
    function_errors: int = 0
    asked: float | None = None
    changes: int = 0
    etag: str = ""
    waiting_for: str = ""

    @classmethod
    def read(cls, candidate: str, serving: str, policy: Policy, store: Store, now: float) -> Self:
        """Read the record; where something else serves by now, its answers are thrown away.

        Raises:
            AwsError: it could not be read.
        """
        new = cls(candidate, serving, _digest(policy), now)
        try:
            found, new.etag = store.read_note(named(candidate, PROGRESS_END))
            if found and found["candidate"] == candidate:
                new._continue(found, policy)
        except (StoreError, ValueError, TypeError, KeyError, AttributeError, OverflowError):
            new.since = now  # it is no fact, and is written again
        return new

    def write(self, store: Store, policy: Policy, waiting_for: str) -> bool:
        """Write the record, if something has changed; return whether what is waited for has changed.

        Where another call has written it meanwhile, that one goes on.
        """
        before, self.waiting_for = self.waiting_for, waiting_for
        store.write_json(named(self.candidate, PROGRESS_END), self._document(policy), self.etag)
        return before != waiting_for

    def conditions(self, policy: Policy) -> list[dict[str, object]]:
        """Return the answers as records have them."""
        return [entry(policy.conditions[number], answer) for number, answer in sorted(self.answers.items())]

    def _continue(self, found: Mapping[str, Any], policy: Policy) -> None:
        self.since, self.changes = float(found["sinceSeconds"]), int(found["changes"])
        shown_time(self.since)
        self.waiting_for = str(found["waitingFor"])
        self.asked = None if found["asked"] is None else float(found["asked"])
        has_answers = bool(found["conditions"]) or bool(found["functionErrors"])
        if found["serving"] != self.serving:
            self.changes += has_answers
        elif found["policy"] == self.policy:
            self.function_errors = int(found["functionErrors"])
            self.answers = {
                int(one["number"]): Answer(one["answer"], str(one["reason"]), dict(one["numbers"]))
                for one in found["conditions"]
                if one["answer"] in (YES, NO, UNSURE) and 0 <= int(one["number"]) < len(policy.conditions)
            }

    def _document(self, policy: Policy) -> dict[str, object]:
        conditions = zip(self.conditions(policy), sorted(self.answers), strict=True)
        return {
            "candidate": self.candidate,
            "serving": self.serving,
            "waitingFor": self.waiting_for,
            "since": shown_time(self.since),
            "functionErrors": self.function_errors,
            "asked": self.asked,
            "conditions": [{**one, "number": number} for one, number in conditions],
            "changes": self.changes,
            "policy": self.policy,
            "sinceSeconds": self.since,
        }


def entry(condition: Condition, answer: Answer) -> dict[str, object]:
    """Return one answer as records have it."""
    return {
        "type": condition.type,
        "answer": answer.answer,
        "reason": answer.reason,
        "numbers": dict(answer.numbers),
    }


def _digest(policy: Policy) -> str:
    asked = [(one.type, sorted(one.members.items())) for one in policy.conditions]
    return hashlib.sha256(json.dumps([asked, policy.when_unsure]).encode()).hexdigest()[:16]
