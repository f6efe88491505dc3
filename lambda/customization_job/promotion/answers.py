"""The condition that compares answers: the candidate and what serves answer the same records.

A call of the function does as much as it has time for; the next one goes on. The scores of a model are kept
by the content of the data and by how it is asked: those of what serves are collected once, and changed data
is asked again. They hold no text, so that nothing has to be deleted later.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from typing import TYPE_CHECKING

from contract.evaluation import read_evaluation
from contract.promotion import (
    AT_LEAST_MEMBER,
    CONFIDENCE_MEMBER,
    DATA_MEMBER,
    JSON_EQUAL,
    MARGIN_MEMBER,
    MAX_TOKENS_MEMBER,
    SCORE_MEMBER,
    model_id,
)

from ..frame.errors import AwsError
from .answer import LATER, NO, UNSURE, YES, Answer
from .candidates import DAY, Candidates, HeldError
from .comparison import compare, reach
from .results import CANDIDATE, SERVING, Result, counted
from .scores import Scores, Settings, collect, held_by

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from contract.evaluation import EvaluationRecord

    from ..services import Services
    from ..serving.actions import Owner
    from .policy import Condition
    from .store import Store

_URI = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9])/(?P<key>.{1,1024})")
_MAX_TOKENS, _CONFIDENCE = 512.0, 0.95
_PROBLEMS = 3
_NEW_POLICY = 900.0
"""Seconds after which a policy of IAM counts everywhere."""


class _UndecidedError(Exception):
    """There are not all scores, now or at all; `answer` says which."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.reason)
        self.answer = answer


def ask_answers(  # noqa: PLR0917 - in the order in which they are needed
    condition: Condition,
    candidate_model_arn: str,
    serving_model_arn: str,
    serving_deployment_arn: str,
    owner: Owner,
    store: Store,
    services: Services,
) -> Answer:
    """Ask both models what is still missing, and compare them when nothing is.

    Args:
        condition: the condition.
        candidate_model_arn: the new model.
        serving_model_arn: the model that serves; "" where none does.
        serving_deployment_arn: the deployment that serves it; "" where there is none.
        owner: the resource.
        store: its records.
        services: the services of AWS.

    Raises:
        AwsError: the records could not be read or written.
    """
    asked = _Asked(condition, Candidates(owner, store, services), store, services)
    return asked.answer(candidate_model_arn, serving_model_arn, serving_deployment_arn)


def clean_up(owner: Owner, store: Store, services: Services, keep: Sequence[str] = ()) -> bool:
    """Delete the deployments that exist only to be asked; return whether none of them is left.

    Args:
        owner: the resource.
        store: its records.
        services: the services of AWS.
        keep: the ARNs of the models that have no verdict yet, and of what serves while they are asked.

    Raises:
        AwsError: what there is could not be read.
    """
    return Candidates(owner, store, services).clean_up([model_id(arn) for arn in keep])


def forget(owner: Owner, store: Store, services: Services) -> None:
    """Delete all deployments that exist only to be asked, and wait for it: the resource is deleted.

    Args:
        owner: the resource.
        store: its records.
        services: the services of AWS.

    Raises:
        AwsError: what there is could not be read.
    """
    Candidates(owner, store, services).remove_all()


class _Asked:
    """One look at the condition."""

    def __init__(
        self, condition: Condition, candidates: Candidates, store: Store, services: Services
    ) -> None:
        self._condition = condition
        self._candidates = candidates
        self._store = store
        self._services = services
        self._settings = Settings(
            condition.members[SCORE_MEMBER], int(condition.number(MAX_TOKENS_MEMBER, _MAX_TOKENS))
        )
        self._confidence = condition.number(CONFIDENCE_MEMBER, _CONFIDENCE)
        self._records: list[EvaluationRecord] = []
        self._data = ""
        self._pending: list[str] = []

    def answer(self, candidate: str, serving: str, deployment: str) -> Answer:
        """Return the answer."""
        self._pending = [model_id(arn) for arn in (candidate, serving) if arn]
        self._candidates.clean_up(self._pending)
        is_absolute = AT_LEAST_MEMBER in self._condition.members
        is_relative = bool(serving) and MARGIN_MEMBER in self._condition.members
        if not is_relative and not is_absolute:
            return Answer(YES, "nothing serves yet")
        try:
            self._read_data(candidate)
            found = self._scores_of(candidate, "", CANDIDATE)
            limit = self._condition.number(AT_LEAST_MEMBER)
            absolute = reach(found.known, limit, self._confidence) if is_absolute else None
            if not is_relative or (absolute and absolute.answer == NO):
                return Result(self._settings, self._records, found, absolute).answer()
            other = self._scores_of(serving, deployment, SERVING)
        except _UndecidedError as undecided:
            return undecided.answer
        margin = self._condition.number(MARGIN_MEMBER)
        relative = compare(found.known, other.known, margin, self._confidence)
        return Result(self._settings, self._records, found, absolute, other, relative).answer()

    def _read_data(self, candidate: str) -> None:
        uri = self._condition.members[DATA_MEMBER]
        match = _URI.fullmatch(uri)
        if match is None:
            raise self._given_up("the data must be an object in S3")
        try:
            found = self._services.objects.get(match["bucket"], match["key"], self._store.account)
        except AwsError as error:
            if error.kind.is_temporary:
                reason = f"{uri} cannot be read now ({error.reason})"
                raise _UndecidedError(Answer(LATER, reason)) from None
            raise self._given_up(f"{uri} cannot be read ({error.reason})") from None
        if found is None:
            raise self._without_data(f"{uri} does not exist, or the function may not read it", candidate)
        is_json = self._settings.score == JSON_EQUAL
        self._records, problems = read_evaluation(found.content, references_are_json=is_json)
        if problems:
            shown = ". ".join(problem.sentence for problem in problems[:_PROBLEMS])
            raise self._given_up(f"{uri} cannot be used: {shown}")
        self._data = hashlib.sha256(found.content).hexdigest()

    def _without_data(self, reason: str, candidate: str) -> _UndecidedError:
        """Return that the data is read again; a new policy takes a while until it counts."""
        waiting = Scores(self._store, f"answers/{model_id(candidate)}-data.json", 0)
        if waiting.hold("data", self._services.retry.now) < _NEW_POLICY:
            return _UndecidedError(Answer(LATER, reason))
        return self._given_up(reason)

    def _scores_of(self, model: str, deployment: str, called: str) -> Scores:
        """Return the scores of a model when there are all of them."""
        settings = f"{self._data}|{self._settings.score}|{self._settings.max_tokens}"
        name = f"answers/{model_id(model)}-{hashlib.sha256(settings.encode()).hexdigest()[:16]}.json"
        scores = Scores(self._store, name, len(self._records))
        try:
            while scores.missing and not scores.has_too_many_errors:
                self._collect(scores, model, deployment)
        except HeldError as held:
            raise self._held(held, scores, called) from None
        except AwsError as error:
            raise self._held(held_by(error), scores, called) from None
        self._pending.remove(model_id(model))
        self._candidates.clean_up(self._pending)
        if scores.has_too_many_errors:
            codes = Counter(scores.errors.values()).most_common(_PROBLEMS)
            shown = ", ".join(f"{code}: {count}" for code, count in codes)
            reason = f"{called} gave no answer to more than one record of twenty ({shown})"
            raise self._given_up(reason, counted(called, scores))
        return scores

    def _collect(self, scores: Scores, model: str, deployment: str) -> None:
        """Ask some records, of a deployment that has the model before it and after it."""

        def require() -> None:
            found = self._services.deployments.get(deployment)
            if found is None or found.model_arn != model or not found.is_active or found.is_updating:
                raise HeldError("what serves is being changed", 60.0, DAY, "changing")

        if deployment:
            require()
        arn = deployment or self._candidates.ready(model)
        found = collect(scores.missing, self._records, arn, self._settings, self._services)
        if deployment:
            require()
        if found.scored:
            scores.add(found.scored)
        if found.held:
            raise found.held

    def _held(self, held: HeldError, scores: Scores, called: str) -> _UndecidedError:
        """Return that the condition is asked again, or that it has waited long enough."""
        done = f"{len(scores.known)} of {scores.count} records of {called} have a score"
        reason, numbers = f"{held.reason}; {done}", counted(called, scores)
        waited = 0.0 if math.isinf(held.longest) else scores.hold(held.code, self._services.retry.now)
        if waited < held.longest:
            return _UndecidedError(Answer(LATER, reason, numbers, pause=held.pause))
        self._services.log.write("answers given up", "ERROR", reason=held.reason)
        return self._given_up(reason, numbers)

    def _given_up(self, reason: str, numbers: Mapping[str, object] | None = None) -> _UndecidedError:
        """Return that the condition is unsure; no deployment is left behind."""
        self._candidates.clean_up()
        return _UndecidedError(Answer(UNSURE, reason, numbers or {}))
