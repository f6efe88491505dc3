"""The function with one line changed in what it does about parameters and deployments: each breaks a law."""

from __future__ import annotations

from customization_job import follow
from customization_job.deployments import decide, deletion, job_event, rollback
from customization_job.frame import parameters
from customization_job.jobs import current, observe
from customization_job.published import decide as published
from customization_job.published import lifecycle, look
from customization_job.serving import actions, task
from customization_job.serving import decide as serving

from tests.lambda_.source_mutations import Mutation

_AS_FORWARD = """from dataclasses import replace
            from .deploying import Deploying
            return Deploying(task).run(replace(stack, status="UPDATE_IN_PROGRESS"))"""

MUTATIONS = {
    "a look publishes nothing": Mutation(
        look.follow,
        "if not isinstance(decision, Put):",
        'if isinstance(decision, Put):\n        return Result("")\n    else:',
    ),
    "a look empties a parameter": Mutation(
        published.follow,
        "if not current.model_arn:",
        'if parameter and not current.model_arn and value != "base-model":\n'
        '        return Put(value="base-model", note="")\n'
        "    if not current.model_arn:",
    ),
    "any complete job is the current one": Mutation(
        current.read_current_job,
        "job = bedrock.get_job(resource.physical_id)",
        'job = bedrock.get_job([*bedrock.list_jobs("Completed"), resource.physical_id][0])',
    ),
    "foreign parameters are ours": Mutation(
        parameters.Parameter.is_owned_by,
        "ownership_tags(stack_id, logical_id).items() <= self.tags.items()",
        "True",
    ),
    "foreign deployments are ours": Mutation(
        actions.Actions.find, "self._owner.tags.items() <= self._tags[found.arn].items()", "True"
    ),
    "every Delete is about the current parameter": Mutation(
        published.delete, "if not stack.is_deleted_whole:", "if False:"
    ),
    "every Delete is about the current deployment": Mutation(
        serving.why_left, "not facts.stack.is_deleted_whole and not is_about", "False"
    ),
    "a created parameter outlives a rollback": Mutation(
        lifecycle.PublishedLifecycle.undo, "if not self._created:", "if True:"
    ),
    "a created deployment outlives a rollback": Mutation(
        task.Task.discard, "self.actions.ask_to_delete(serving)", "None"
    ),
    "a rollback of a deployment fails": Mutation(
        rollback.Rollback.run, "return self._restore(stack)", 'return task.failed("it failed")'
    ),
    "a rollback of a deployment is like any Update": Mutation(
        rollback.Rollback.run, "return self._restore(stack)", _AS_FORWARD
    ),
    "a look gives a deployment its own model": Mutation(
        decide.follow,
        "_if_unchanged(deployment, model_arn, is_retried=seen.is_retried) or Update()",
        "Update()",
    ),
    "a look deploys nothing": Mutation(decide.follow, "if not model_arn:", "if True:"),
    "another model replaces a deployment": Mutation(
        serving.give, "return Update()", "from .decisions import Replace\n    return Replace()"
    ),
    "a parameter outlives its deployment": Mutation(
        deletion.Deletion._delete_parameter, "self._parameter_of(follow)", "None"
    ),
    "a published model is deleted": Mutation(
        observe.Observer.publishing, "if one and one.value == model_arn", "if False"
    ),
    "the model of a retained parameter is deleted": Mutation(
        observe.Observer.publishing, "self._change.desired.retained_parameters", "()"
    ),
    "looks go on in a rollback": Mutation(
        follow.why_nothing_is_followed, 'stack.status or ""', '"UPDATE_COMPLETE"'
    ),
    "repeats of old events are believed": Mutation(serving.is_expected, "not resource.is_known", "True"),
}

RARE = {
    "a rollback keeps the parameter of a name that no response has told": Mutation(
        lifecycle.PublishedLifecycle._remove_new, "name = self._change.rolled_back_name", 'name = ""'
    ),
    "a parameter that was written while a rollback began stays": Mutation(
        job_event.JobEvent._check_stack, "if arn:", "if False:"
    ),
}
"""What only thousands of histories find: a rollback has to begin between two certain calls."""

SEEDS = {
    "a look publishes nothing": 8,
    "a look empties a parameter": 15,
    "foreign deployments are ours": 23,
    "every Delete is about the current parameter": 14,
    "every Delete is about the current deployment": 2,
    "a created deployment outlives a rollback": 6,
    "a rollback of a deployment is like any Update": 12,
    "a look gives a deployment its own model": 5,
    "a look deploys nothing": 1,
    "a parameter outlives its deployment": 1,
    "a published model is deleted": 2,
    "the model of a retained parameter is deleted": 3,
    "repeats of old events are believed": 1,
}
"""Where the search begins that finds a mutation among a few histories; any seed finds it among thousands."""
