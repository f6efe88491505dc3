"""Handlers with one bug each, and one that is written as they usually are. Every one must break a law."""

from __future__ import annotations

import json
import uuid
from dataclasses import fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from customization_job.acts import Keep, Refuse, Seen, Start
from customization_job.answer import Outcome, body
from customization_job.bedrock import BedrockJobs
from customization_job.endings import Endings, Unfinished
from customization_job.identity import fingerprint
from customization_job.lifecycle import Lifecycle
from customization_job.look import Look
from customization_job.ports import Job, Kind, Refusal
from customization_job.stack import Stack
from customization_job.wire import UPDATE, Change, Wish

from tests.lambda_.probe import ProbedWorld

if TYPE_CHECKING:
    from collections.abc import Mapping


class _Mutant(ProbedWorld):
    """A world whose handler is built of other parts."""

    _Lifecycle: type[Lifecycle] = Lifecycle
    _Bedrock: type[BedrockJobs] = BedrockJobs
    _Change: type[Change] = Change

    def services(self, place: object, journal: object) -> Any:  # noqa: ANN401 - two ports
        bedrock, stacks = super().services(place, journal)
        return self._Bedrock(bedrock._client), stacks

    def lifecycle(self, *parts: Any) -> Lifecycle:  # noqa: ANN401 - handed through
        change, *rest = parts
        told = {one.name: getattr(change, one.name) for one in fields(change)}
        return self._Lifecycle(self._Change(**told), *rest)


class NeverAsksTheStack(_Mutant):
    """Takes every stack for one that is being deployed."""

    def read_status(self, stack_id: str) -> str:
        """Say that all is well."""
        super().read_status(stack_id)
        return "UPDATE_IN_PROGRESS"


class AsksTheStackOnce(_Mutant):
    """Does not look again after a job was started."""

    def read_status(self, stack_id: str) -> str:
        """Repeat what was said first."""
        seen = self.runs[-1].status_seen
        return seen or super().read_status(stack_id)


class _RandomTokens(BedrockJobs):
    def create_job(self, request: Mapping[str, object]) -> str:
        return super().create_job(
            {**request, "clientRequestToken": str(uuid.UUID(int=len(self._client._world.double.calls())))}
        )


class RandomToken(_Mutant):
    """Sends a token that says nothing."""

    _Bedrock = _RandomTokens


class _NamedByEvent(Change):
    def job_name(self, wish: Wish, generation: int) -> str:
        return wish.job_name or f"{wish.prefix}-{self.mark}-{generation}"

    def request(self, generation: int, token: str) -> dict[str, object]:
        made = f"{self.wish.prefix}-{self.mark}-{generation}"
        names = {"jobName": self.wish.job_name or made, "customModelName": self.wish.model_name or made}
        return {**self.wish.request, **names, "clientRequestToken": token}


class NamesFromRequestId(_Mutant):
    """Names jobs after the event, as most handlers do."""

    _Change = _NamedByEvent


class _IgnoresInventedIds(Look):
    def jobs_to_end(self) -> tuple[Job, ...]:
        return super().jobs_to_end() if self._change.job_arn else ()


class SwallowsInventedIds(_Mutant):
    """Answers a Delete of an id that it never gave without looking."""

    class _Lifecycle(Lifecycle):
        def __init__(self, *parts: Any) -> None:  # noqa: ANN401 - handed through
            super().__init__(*parts)
            self._look = _IgnoresInventedIds(*parts)


class ReplacesAlways(_Mutant):
    """Starts a job for every Update."""

    class _Lifecycle(Lifecycle):
        def _decide(self, seen: Seen) -> Keep | Start | Refuse:
            if self._change.kind == UPDATE and seen.stack is Stack.LIVE:
                return Start(generation=len(seen.jobs))
            return super()._decide(seen)


class StartsInRollbacks(_Mutant):
    """Treats the Update of a rollback as any other."""

    class _Lifecycle(Lifecycle):
        def _decide(self, seen: Seen) -> Keep | Start | Refuse:
            return super()._decide(replace(seen, stack=Stack.LIVE))


class FailedUpdateChangesId(_Mutant):
    """Answers a failed Update with whatever id it has in its hands."""

    class _Lifecycle(Lifecycle):
        def _remember(self, physical_id: str) -> None:
            self.physical_id = physical_id


class _FirstOnly(Look):
    def _generations(self, wish: Wish) -> tuple[Job, ...]:
        return super()._generations(wish)[:1]


class OneGeneration(_Mutant):
    """Believes that a stopped job frees its name."""

    class _Lifecycle(Lifecycle):
        def __init__(self, *parts: Any) -> None:  # noqa: ANN401 - handed through
            super().__init__(*parts)
            self._look = _FirstOnly(*parts)

        def _decide(self, seen: Seen) -> Keep | Start | Refuse:
            act = super()._decide(seen)
            return Start(generation=0) if isinstance(act, Start) else act


class _TaggedWish(Wish):
    @cached_property
    def fingerprint(self) -> str:
        return fingerprint({**self.properties, "Revision": json.dumps(self.request.get("jobTags"))})


class _Tagged(Change):
    def __init__(self, *, wish: Wish, previous: Wish, **told: Any) -> None:  # noqa: ANN401 - handed through
        super().__init__(
            wish=_TaggedWish(properties=wish.properties),
            previous=_TaggedWish(properties=previous.properties),
            **told,
        )


class TagsAreInputs(_Mutant):
    """Counts tags among what the weights depend on."""

    _Change = _Tagged


class _StopsOnce(Endings):
    def _ask_to_stop(self, job: Job) -> bool:
        try:
            self._patience.call("StopModelCustomizationJob", lambda: self._bedrock.stop_job(job.arn))
        except Refusal as refusal:
            raise Unfinished(f"the job was not stopped: {refusal}") from None
        return True


class StopRaceIsFatal(_Mutant):
    """Fails a Delete when the job ended between looking and stopping."""

    class _Lifecycle(Lifecycle):
        def __init__(self, *parts: Any) -> None:  # noqa: ANN401 - handed through
            super().__init__(*parts)
            change, bedrock, _, patience, journal = parts
            self._endings = _StopsOnce(change, bedrock, self._look, patience, journal)


class _Resurrecting(BedrockJobs):
    def get_job(self, identifier: str) -> Job | None:
        job = super().get_job(identifier)
        return replace(job, status="Completed") if job and job.status == "Stopped" else job

    def get_model(self, identifier: str) -> str | None:
        return super().get_model(identifier) or "arn"


class AdoptsTheDead(_Mutant):
    """Takes a stopped job, or one whose model is gone, for a good one."""

    _Bedrock = _Resurrecting


class LosesJobs(_Mutant):
    """Does not stop what a cancelled Update started."""

    class _Lifecycle(Lifecycle):
        def _keep(self, act: Keep, seen: Seen) -> Outcome:
            return super()._keep(replace(act, stop=()), seen)


class ForgetsItsOwnFailure(_Mutant):
    """Starts again where the job that this event started has failed already."""

    class _Lifecycle(Lifecycle):
        def _decide(self, seen: Seen) -> Keep | Start | Refuse:
            act = super()._decide(seen)
            is_own_end = isinstance(act, Refuse) and act.job and seen.stack is Stack.LIVE
            return Start(generation=len(seen.jobs)) if is_own_end else act


class PaysForPlumbing(_Mutant):
    """Trains again when the role of a finished job changes."""

    class _Lifecycle(Lifecycle):
        def _decide(self, seen: Seen) -> Keep | Start | Refuse:
            act = super()._decide(seen)
            changed = self._change.wish.infrastructure != self._change.previous.infrastructure
            is_finished = bool(seen.current and seen.current.status == "Completed")
            if (
                isinstance(act, Keep)
                and act.job == seen.current
                and changed
                and is_finished
                and seen.stack is Stack.LIVE
            ):
                return Start(generation=len(seen.jobs))
            return act


def naive(event: dict[str, Any], _context: object, world: ProbedWorld) -> None:
    """Handle an event as first sketches do: start a job on Create and Update, stop it on Delete."""
    bedrock, _ = world.services(None, None)
    request = {**event["ResourceProperties"]["Request"], "clientRequestToken": event["RequestId"]}
    name = f"{event['LogicalResourceId']}-{event['RequestId'][-12:]}"
    request.setdefault("jobName", name)
    request.setdefault("customModelName", name)
    outcome = Outcome(physical_id=event.get("PhysicalResourceId", "none"))
    try:
        if event["RequestType"] != "Delete":
            arn = bedrock.create_job(request)
            outcome = Outcome(
                physical_id=arn,
                data=dict.fromkeys(
                    ("JobArn", "JobName", "CustomModelName", "JobStatus", "OutputModelArn"), ""
                ),
            )
        elif event["PhysicalResourceId"].startswith("arn:"):
            bedrock.stop_job(event["PhysicalResourceId"])
    except Refusal as refusal:
        if refusal.kind is not Kind.CONFLICT:
            outcome = outcome._replace(failure=str(refusal))
    world.put(None, body(event, outcome), 0.0)


MUTANTS: dict[str, type[ProbedWorld]] = {
    one.__name__: one
    for one in (
        NeverAsksTheStack,
        AsksTheStackOnce,
        RandomToken,
        NamesFromRequestId,
        SwallowsInventedIds,
        ReplacesAlways,
        StartsInRollbacks,
        FailedUpdateChangesId,
        OneGeneration,
        TagsAreInputs,
        StopRaceIsFatal,
        AdoptsTheDead,
        LosesJobs,
        ForgetsItsOwnFailure,
        PaysForPlumbing,
    )
}
