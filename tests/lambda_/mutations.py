"""Handlers with one bug each, and one that is written as they usually are. Every one must break a law."""

from __future__ import annotations

import json
import uuid
from dataclasses import fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from customization_job.frame.errors import Kind, Refusal
from customization_job.frame.response import Outcome, body
from customization_job.frame.stack import UNASKED, Stack, StackState, Standing
from customization_job.jobs import messages
from customization_job.jobs.actions import Endings, Unfinished
from customization_job.jobs.bedrock import BedrockJobs
from customization_job.jobs.decisions import Ending, Keep, ModelFacts, Refuse, Seen, Start
from customization_job.jobs.desired_state import RETAIN, STOP_JOB, UPDATE, Change, Wish
from customization_job.jobs.identity import Token, fingerprint
from customization_job.jobs.lifecycle import Lifecycle
from customization_job.jobs.observe import Look

from tests.lambda_.probe import ProbedWorld

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from customization_job.jobs.ports import Job


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
        return wish.job_name or f"job-{self.mark}-{generation}"

    def request(self, generation: int, token: str) -> dict[str, object]:
        made = f"job-{self.mark}-{generation}"
        names = {"jobName": self.wish.job_name or made, "customModelName": self.wish.model_name or made}
        return {**self.wish.request, **self.wish.tag_lists, **names, "clientRequestToken": token}


class NamesFromRequestId(_Mutant):
    """Names jobs after the event, as most handlers do."""

    _Change = _NamedByEvent


class _IgnoresInventedIds(Look):
    def jobs_to_end(self, standing: Standing) -> tuple[Job, ...]:
        return super().jobs_to_end(standing) if self._change.job_arn else ()


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
            return super()._decide(replace(seen, state=replace(seen.state, status="UPDATE_IN_PROGRESS")))


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
        return fingerprint({**self.properties, "Revision": json.dumps(self.properties.get("JobTags"))})


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


class _Looking(_Mutant):
    """A world whose handler looks in another way."""

    _Look: type[Look] = Look

    def lifecycle(self, *parts: Any) -> Lifecycle:  # noqa: ANN401 - handed through
        made = super().lifecycle(*parts)
        _, bedrock, stacks, patience, journal = parts
        made._look = self._Look(made._change, bedrock, stacks, patience, journal)
        made._endings = Endings(made._change, bedrock, made._look, patience, journal)
        return made


class _NothingStands(Look):
    def standing(self) -> Standing:
        seen = super().standing()
        return seen if seen.is_leaving else replace(seen, physical_id="", status="UPDATE_COMPLETE")


class StopsWhatStands(_Looking):
    """Does not ask which job stands."""

    _Look = _NothingStands


class _AlwaysHere(Look):
    def began_here(self, _job: Job, _state: StackState) -> bool | None:
        return True


class StopsWhatItDidNotStart(_Looking):
    """Takes every job for one that the failed deployment has started."""

    _Look = _AlwaysHere


class _AlwaysSuccessor(Look):
    def has_successor(self, _standing: Standing, _job: Job) -> bool:
        return True


class DeletesBeforeTheSuccessor(_Looking):
    """Deletes a model as soon as another job has started."""

    _Look = _AlwaysSuccessor


class _ThreeLooks(Look):
    def _looks(self, times: int) -> Iterator[None]:
        return super()._looks(min(times, 3))


class LooksThreeTimes(_Looking):
    """Gives up before Bedrock shows a new job."""

    _Look = _ThreeLooks


class _OneOperation(Look):
    _changed: float | None = None

    def state(self) -> StackState:
        state = super().state()
        self._changed = self._changed or state.changed
        return replace(state, changed=self._changed)


class TakesTheNextOperationForItsOwn(_Looking):
    """Does not see that another operation has begun while it waited."""

    _Look = _OneOperation


class _SameOwner(Look):
    def _is_ours(self, job: Job, standing: Standing) -> bool:
        token = Token.read(job.token)
        return super()._is_ours(job, standing) and (token is None or token.owner == self._change.owner)


class DisownsWhatMoved(_Looking):
    """Leaves a job alone whose resource has another logical id now."""

    _Look = _SameOwner


class _NoParents(Look):
    def state(self) -> StackState:
        return replace(super().state(), is_parents_rollback=False)


class DoesNotAskTheRoot(_Looking):
    """Takes the deletion of a nested stack for what somebody wanted."""

    _Look = _NoParents


class _Ending(_Mutant):
    """A world whose handler ends jobs in another way."""

    _Endings: type[Endings] = Endings

    def lifecycle(self, *parts: Any) -> Lifecycle:  # noqa: ANN401 - handed through
        made = super().lifecycle(*parts)
        _, bedrock, _, patience, journal = parts
        made._endings = self._Endings(made._change, bedrock, made._look, patience, journal)
        return made


class _NoRollbacks(Endings):
    def _model_facts(self, job: Job, ending: Ending) -> ModelFacts:
        return super()._model_facts(job, replace(ending, state=StackState(status="DELETE_IN_PROGRESS")))


class DeletesModelsInRollbacks(_Ending):
    """Deletes the models of a deployment that failed, and of one that is long over."""

    _Endings = _NoRollbacks


class _Unserved(Endings):
    def _serving(self, _model_arn: str) -> Sequence[str] | None:
        return ()


class ForgetsWhatIsServed(_Ending):
    """Deletes a model without asking who uses it."""

    _Endings = _Unserved


class _Optimist(Endings):
    def _serving(self, model_arn: str) -> Sequence[str] | None:
        return super()._serving(model_arn) or ()


class TakesNoAnswerForNobody(_Ending):
    """Takes a list that may not be read for an empty one."""

    _Endings = _Optimist


class _Strict(Endings):
    def _keep_model(self, job: Job, reason: str, *, is_final: bool) -> None:
        if reason == messages.KEPT_DENIED:
            raise Unfinished(reason)
        super()._keep_model(job, reason, is_final=is_final)


class FailsForAModel(_Ending):
    """Fails a Delete because the model may not be deleted."""

    _Endings = _Strict


class HasNoNet(_Mutant):
    """Ends only what an event names."""

    class _Lifecycle(Lifecycle):
        def _unowned(self, *_: Any) -> Iterator[Job]:  # noqa: ANN401 - whatever it is asked with
            return iter(())


class CastsItsNetAlways(_Mutant):
    """Ends every running job of a resource although one stands."""

    class _Lifecycle(Lifecycle):
        def _delete(self) -> Outcome:
            self._look.standing = lambda: Standing(is_known=True)  # type: ignore[method-assign]
            return super()._delete()


class ForgetsWhatItKept(_Mutant):
    """Deletes, with the stack, only the model that stands."""

    class _Lifecycle(Lifecycle):
        def _kept_before(self, *_: Any) -> Iterator[Job]:  # noqa: ANN401 - whatever it is asked with
            return iter(())


class TagsBlindly(_Mutant):
    """Writes tags although nobody knows what the stack is doing."""

    class _Lifecycle(Lifecycle):
        def _keep(self, act: Keep, seen: Seen) -> Outcome:
            if seen.stack is Stack.UNKNOWN:
                seen = replace(seen, state=StackState(status="UPDATE_IN_PROGRESS"))
            return super()._keep(act, seen)


class UndoesWhatStands(_Mutant):
    """Stops what it started although another delivery of the event was answered with it."""

    class _Lifecycle(Lifecycle):
        def undo(self) -> None:
            self._look.standing = lambda: UNASKED  # type: ignore[method-assign]
            super().undo()


class _Heedless(Wish):
    @property
    def on_delete(self) -> str:
        return STOP_JOB if super().on_delete == RETAIN else super().on_delete


class _HeedlessChange(Change):
    def __init__(self, *, wish: Wish, previous: Wish, **told: Any) -> None:  # noqa: ANN401 - handed through
        super().__init__(
            wish=_Heedless(properties=wish.properties),
            previous=_Heedless(properties=previous.properties),
            **told,
        )


class StopsWhatIsRetained(_Mutant):
    """Stops every job that runs."""

    _Change = _HeedlessChange


class _PathWish(Wish):
    @cached_property
    def fingerprint(self) -> str:
        return fingerprint({**self.properties, "Revision": f"{self.properties.get('Path')}"})


class _PathChange(Change):
    def __init__(self, *, wish: Wish, previous: Wish, **told: Any) -> None:  # noqa: ANN401 - handed through
        super().__init__(
            wish=_PathWish(properties=wish.properties),
            previous=_PathWish(properties=previous.properties),
            **told,
        )


class PathIsAnInput(_Mutant):
    """Counts where a construct stands among what the weights depend on."""

    _Change = _PathChange


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


SEEDS = {
    "AsksTheStackOnce": 2,
    "NamesFromRequestId": 1,
    "SwallowsInventedIds": 2,
    "FailedUpdateChangesId": 3,
    "OneGeneration": 4,
    "StopRaceIsFatal": 8,
    "LosesJobs": 27,
    "ForgetsItsOwnFailure": 1,
    "PaysForPlumbing": 3,
    "StopsWhatStands": 5,
    "StopsWhatItDidNotStart": 2,
    "LooksThreeTimes": 1,
    "TakesTheNextOperationForItsOwn": 36,
    "DisownsWhatMoved": 1,
    "DoesNotAskTheRoot": 2,
    "ForgetsWhatIsServed": 2,
    "TakesNoAnswerForNobody": 1,
    "HasNoNet": 1,
    "TagsBlindly": 5,
    "UndoesWhatStands": 19,
}
"""Where the search begins that finds a mutant among a few histories; any seed finds it among thousands."""

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
        StopsWhatStands,
        StopsWhatItDidNotStart,
        DeletesBeforeTheSuccessor,
        LooksThreeTimes,
        TakesTheNextOperationForItsOwn,
        DisownsWhatMoved,
        DoesNotAskTheRoot,
        DeletesModelsInRollbacks,
        ForgetsWhatIsServed,
        TakesNoAnswerForNobody,
        FailsForAModel,
        HasNoNet,
        CastsItsNetAlways,
        ForgetsWhatItKept,
        TagsBlindly,
        UndoesWhatStands,
        StopsWhatIsRetained,
        PathIsAnInput,
    )
}
