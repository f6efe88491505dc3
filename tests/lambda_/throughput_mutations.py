"""The function with one line changed in how it buys, keeps and deletes throughput: each breaks a law.

What only thousands of histories find has tests of its own in test_throughputs.py.
"""

from __future__ import annotations

from customization_job.serving import decide as serving
from customization_job.serving import deletion
from customization_job.throughputs import decide, expiry
from customization_job.throughputs.rollback import Rollback

from tests.lambda_.source_mutations import Mutation

_BUY = "task.throughputs.create(change.request(change.desired.model_arn, task.owner.with_tags({})))"

MUTATIONS = {
    "any Update buys": Mutation(decide.create_or_update, "not change.is_purchase_changed", "False"),
    "a rollback buys": Mutation(
        Rollback._restore,
        "throughput, is_ours = task.find()",
        "throughput, is_ours = task.find()\n"
        f"    if throughput is None and change.desired.model_arn:\n        {_BUY}",
    ),
    "a task buys": Mutation(
        expiry.carry_out,
        "return _without(resource)",
        'services.throughputs.create({"provisionedModelName": name, "modelUnits": 1, "modelId": '
        '"arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0:300k"})\n'
        "        return _without(resource)",
    ),
    "a Create buys in a rollback": Mutation(
        serving.if_impossible, "if phase is StackPhase.IN_PROGRESS or", "if True or"
    ),
    "a Delete leaves what is billed": Mutation(
        deletion.Deletion.delete, "case Remove() if serving:", "case Remove() if False:"
    ),
    "a throughput expires at once": Mutation(expiry._look, "if left > 0:", "if False:"),
    "every Delete is about the current throughput": Mutation(
        serving.why_left, "not facts.stack.is_deleted_whole and not is_about", "False"
    ),
}

SEEDS = {
    "any Update buys": 3,
    "a rollback buys": 3,
    "a Create buys in a rollback": 8,
    "every Delete is about the current throughput": 5,
}
"""Where the search begins that finds a mutation among a few histories; any seed finds it among thousands."""
