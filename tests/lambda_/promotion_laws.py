"""What must be true of every history of a promotion, whoever does what, and when.

1. What serves changes only to a model with a promoted verdict, or back to a model that served before; and
   not to a new one while its alarms are on.
2. A verdict is written once; only a person changes it.
3. What is not sure, broken, late or denied promotes nothing, unless the policy says so.
4. A model that serves, that a baking one would be replaced by, or that is not decided is never deleted.
5. A withdrawn model is given to nothing, and at rest it does not serve; one step back for each promotion.
6. The function writes no tag of an approval.
7. At rest a promoted model serves, and what can be decided is decided.
10. A rollback asks nothing, decides nothing and takes no time.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from contract.promotion import APPROVED_TAG, PROGRESS_END, VERDICT_END, WITHDRAWN_END, model_id

from tests.lambda_.promotion_world import PREFIX, World

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MOST_CHANGES = 3


@dataclass
class Actor:
    """Who does something: `look`, `task`, `event`, `rollback`, or `person`."""

    kind: str
    began: float = 0.0
    withdrawn: frozenset[str] = frozenset()
    served: list[str] = field(default_factory=list)
    policies: list[dict[str, Any]] = field(default_factory=list)
    has_alarm: bool = False
    is_stopped: bool = False


class Laws:
    """The laws, on one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.breaches: list[str] = []
        self.is_resting = False
        self._actors: list[Actor] = []
        self._steps_back: dict[str, int] = {}
        self._forced: dict[str, int] = {}
        world.on_serve = self._serve
        world.on_write = self._write
        world.on_question = self._question
        world.on_tags = self._tag

    @contextmanager
    def acting(self, actor: Actor) -> Iterator[None]:
        """Let somebody do something."""
        world = self.world
        actor.began, actor.withdrawn = world.now, self._withdrawn()
        actor.has_alarm = world.alarm[0]
        actor.served, actor.policies = [world.serves], [world.policy]
        self._actors.append(actor)
        try:
            yield
        finally:
            self._actors.pop()
            if actor.kind == "rollback" and world.now > actor.began + 60:
                self._break("10: a rollback takes time")

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Let something else happen while somebody does something."""
        yield
        for actor in self._actors:
            actor.served.append(self.world.serves)

    def forced(self, model_arn: str) -> None:
        """A person has promoted a model."""
        self._forced[model_arn] = self._forced.get(model_arn, 0) + 1

    def deletes(self, model_arn: str) -> None:
        """The function deletes a model."""
        world = self.world
        serves, verdict = world.serves, world.read(world.serves) if world.serves else None
        if model_arn == serves:
            self._break("4: what serves is deleted")
        current = world.trained[world.current]
        is_candidate = current.model_arn == model_arn and current.status == "Completed"
        if is_candidate and world.read(model_arn) is None and world.read(model_arn, WITHDRAWN_END) is None:
            self._break("4: a candidate without verdict is deleted")
        is_baking = "Bake" in self._policy_in_store() and serves and not world.read(serves, ".baked.json")
        if is_baking and verdict and verdict["verdict"] == "promoted" and verdict["serving"] == model_arn:
            self._break("4: what a baking model would be replaced by is deleted")

    def at_rest(self) -> None:
        """Check what must be true when nothing else happens."""
        world = self.world
        serves = world.serves
        if serves in self._withdrawn() and self._way_back(serves):
            self._break("5: a withdrawn model serves at rest")
        current = world.trained[world.current]
        candidate = current.model_arn
        if world.by_model(candidate) is None or candidate == serves:
            return
        verdict = world.read(candidate)
        if verdict is None:
            if candidate not in self._withdrawn() and not self._may_be_undecided(candidate):
                self._break("7: nothing is decided at rest")
            return
        is_promoted = verdict is not None and verdict["verdict"] == "promoted"
        if is_promoted and candidate not in self._withdrawn() and world.failed_target != candidate:
            self._break("7: a promoted model does not serve at rest")

    # -- while it happens ------------------------------------------------------------------------------------

    def _serve(self, before: str, after: str) -> None:
        actor = self._actors[-1] if self._actors else Actor("person")
        if actor.kind == "person" or before == after:
            return
        verdict = self.world.read(after)
        is_promoted = verdict is not None and verdict["verdict"] == "promoted"
        if not is_promoted and not self._has_served_before(after):
            self._break(f"1: {model_id(after)} serves without a verdict")
        if after in actor.withdrawn and after in self._withdrawn():
            self._break(f"5: {model_id(after)} serves although it was withdrawn")
        former = self.world.read(before) if before else None
        is_way_back = former is not None and after in (former["serving"], before)
        is_free = actor.kind == "rollback" or is_way_back or before in self._withdrawn()
        has_alarm = actor.has_alarm and self.world.alarm[0] and "Bake" in self._policy_in_store()
        if before and has_alarm and not is_free and after not in actor.served:
            self._break("1: a new model serves while an alarm is on")
        is_rejected = verdict is not None and verdict["verdict"] == "rejected"
        if is_rejected and not self._has_served_before(after):
            self._break(f"1: {model_id(after)} serves although it was rejected")

    def _write(self, key: str, new: bytes, old: bytes | None) -> None:
        actor, name = self._actors[-1], key.removeprefix(PREFIX)
        ends = (PROGRESS_END, WITHDRAWN_END, ".baked.json")
        if name.endswith(WITHDRAWN_END):
            self._take_back(json.loads(new))
        if name == "policy.json" or name.endswith(ends) or not name.endswith(VERDICT_END):
            return
        if actor.kind == "rollback":
            self._break("10: a rollback decides")
        if old is not None:
            self._break("2: a verdict is written again")
        document = json.loads(new)
        if document["serving"] not in [*actor.served, self.world.serves]:
            self._break("3: a verdict is about a model that did not serve")
        if document["verdict"] == "promoted" and not any(
            self._may_be_promoted(document, policy) for policy in (*actor.policies, self.world.policy)
        ):
            self._break(f"3: {name} is promoted although the conditions do not say so")

    def _take_back(self, document: dict[str, Any]) -> None:
        model = document["candidate"]
        self._steps_back[model] = self._steps_back.get(model, 0) + 1
        if self._steps_back[model] > 1 + self._forced.get(model, 0):
            self._break("5: more than one step back for a promotion")

    def _tag(self, _arn: str, tags: Mapping[str, str]) -> None:
        if APPROVED_TAG in tags:
            self._break("6: the function approves a model")

    def _question(self) -> None:
        if self._actors[-1].kind != "task":
            self._break("10: the function of the user is asked by something else than a task")

    # -- what is true ----------------------------------------------------------------------------------------

    def _withdrawn(self) -> frozenset[str]:
        """Return the models that were withdrawn and that no person has promoted since."""
        found: set[str] = set()
        for one in self.world.trained:
            record = self.world.read(one.model_arn, WITHDRAWN_END)
            verdict = self.world.read(one.model_arn) if record else None
            is_overruled = verdict and verdict.get("forced") and verdict["time"] > (record or {})["time"]
            if record and not is_overruled:
                found.add(one.model_arn)
        return frozenset(found)

    def _way_back(self, model_arn: str) -> str:
        passed, withdrawn, to = {model_arn}, self._withdrawn(), model_arn
        while to in withdrawn:
            record = self.world.read(to, WITHDRAWN_END) or {}
            to = record["to"]
            if not to or to in passed:
                return ""
            passed.add(to)
        return to if self.world.by_model(to) else ""

    def _has_served_before(self, model_arn: str) -> bool:
        records = [
            self.world.read(one.model_arn, end) or {}
            for one in self.world.trained
            for end in (VERDICT_END, WITHDRAWN_END)
        ]
        return any(model_arn in (one.get("serving"), one.get("to")) for one in records)

    def _may_be_promoted(self, document: dict[str, Any], policy: dict[str, Any]) -> bool:
        world = self.world
        candidate, serving = world.any_model(document["candidate"]), world.any_model(document["serving"])
        assert candidate
        answers = []
        for one in policy["Conditions"]:
            if one["Type"] == "ValidationLoss":
                if serving is None:
                    answers.append("yes")
                elif candidate.loss is None or serving.loss is None or not serving.has_model:
                    answers.append("unsure")
                else:
                    answers.append("yes" if candidate.loss <= serving.loss else "no")
            elif one["Type"] == "Function":
                is_better = serving is None or candidate.quality >= serving.quality
                answers.append(("yes" if is_better else "no") if candidate.is_judged else "unsure")
            else:
                answers.append("yes" if candidate.tag == "approved" else "no")
        if candidate.tag == "rejected" or "no" in answers:
            return False
        is_sure = "unsure" not in answers or policy["WhenUnsure"] == "Promote"
        return is_sure or (policy["WhenUnsure"] == "Ask" and candidate.tag == "approved")

    def _may_be_undecided(self, candidate: str) -> bool:
        """Return whether a candidate may be without a verdict at rest."""
        policy, world = self._policy_in_store(), self.world
        progress = world.read(candidate, PROGRESS_END)
        if progress is None:
            return False
        is_given_up = int(progress["changes"]) >= _MOST_CHANGES
        is_unsure = any(one["answer"] == "unsure" for one in progress["conditions"])
        waits = (
            policy["WhenUnsure"] != "Promote"
        )  # for a person: an approval after an unsure answer has 14 days
        return is_given_up or (is_unsure and waits)

    def _policy_in_store(self) -> dict[str, Any]:
        return dict(json.loads(self.world.objects[f"{PREFIX}policy.json"]))

    def _break(self, law: str) -> None:
        self.breaches.append(law)
