"""The function with one line changed in what it does about promotions: each breaks a law."""

from __future__ import annotations

from customization_job.promotion import asking, bake, decide, losses, needs, progress
from customization_job.promotion.follow import Promotion
from customization_job.promotion.store import Store

from tests.lambda_.source_mutations import Mutation

MUTATIONS = {
    "1: what is not decided serves": Mutation(decide.decide, "_if_known(facts) or Ask()", "Serve()"),
    "1: what was rejected serves": Mutation(
        decide._if_known, "if facts.verdict and not facts.verdict.is_promoted:", "if False:"
    ),
    "1: a new model serves while an alarm is on": Mutation(
        decide._promoted, "if facts.alarms_on:", "if False:"
    ),
    "2: a verdict is written over another one": Mutation(
        Store.write_json,
        'return self._objects.replace(self.bucket, f"{self.prefix}{name}", self.account, new)',
        'self._objects.put(self.bucket, f"{self.prefix}{name}", self.account, new.content)\n    return True',
    ),
    "3: a higher loss is no reason": Mutation(losses.ask, "new > old + margin", "False"),
    "3: what is not sure is promoted": Mutation(
        asking.Asking._ask, "self._policy.when_unsure == KEEP", "False"
    ),
    "3: a function that fails says yes": Mutation(
        asking.Asking._function,
        "progress.function_errors >= _MOST_FUNCTION_ERRORS:",
        'progress.function_errors:\n            return Answer("yes", str(error))\n        if False:',
    ),
    "3: answers about another model count": Mutation(
        progress.Progress._continue, 'found["serving"] != self.serving', "False"
    ),
    "3: a rejection does not count": Mutation(
        asking.Asking._conclude, "self._tag == REJECTED_VALUE", "False"
    ),
    "3: the policy of another job counts": Mutation(
        decide._if_known, "if not facts.is_updated:", "if False:"
    ),
    "4: the way back is deleted": Mutation(
        needs.why_needed, "_is_way_back(model_arn, other, store)", "False"
    ),
    "4: a candidate is deleted": Mutation(needs.why_needed, "model_arn == candidate", "False"),
    "5: a withdrawn model serves on": Mutation(decide.decide, "if facts.way_back:", "if False:"),
    "5: a withdrawn model serves again": Mutation(decide._if_known, "if facts.withdrawal:", "if False:"),
    "5: the way back leads to a withdrawn model": Mutation(
        Promotion._way_back, "if found is None:", "if True:"
    ),
    "5: a model is withdrawn twice": Mutation(
        Promotion._withdraw, "if former and not former.is_overruled_by(verdict):", "if False:"
    ),
    "6: the function approves": Mutation(
        asking.Asking._approved,
        "progress.asked = now",
        "progress.asked = now\n"
        '        self._services.bedrock.add_tags(self._candidate, {APPROVED_TAG: "approved"})',
    ),
    "7: a promoted model waits for ever": Mutation(decide._promoted, "if facts.is_baking:", "if True:"),
    "7: a bake never ends": Mutation(bake.check, "if now < end:", "if True:"),
    "7: a task does not go on": Mutation(asking.Asking._answer, "if not self._is_task:", "if True:"),
    "10: a rollback decides": Mutation(decide._if_known, "if facts.is_rollback:", "if False:"),
}

SEEDS = {
    "1: what is not decided serves": 0,
    "1: what was rejected serves": 11,
    "1: a new model serves while an alarm is on": 25,
    "2: a verdict is written over another one": 15,
    "3: a higher loss is no reason": 15,
    "3: what is not sure is promoted": 30,
    "3: a function that fails says yes": 72,
    "3: answers about another model count": 447,
    "3: a rejection does not count": 8,
    "3: the policy of another job counts": 85,
    "4: the way back is deleted": 706,
    "4: a candidate is deleted": 3,
    "5: a withdrawn model serves on": 54,
    "5: a withdrawn model serves again": 98,
    "5: the way back leads to a withdrawn model": 140,
    "5: a model is withdrawn twice": 518,
    "6: the function approves": 5,
    "7: a promoted model waits for ever": 1,
    "7: a bake never ends": 257,
    "7: a task does not go on": 10,
    "10: a rollback decides": 1,
}
"""Where the search begins; from anywhere it takes at most a thousand histories."""
