"""What is wrong with the jobs of a stack together, once the whole app is defined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...findings import NOT_SHOWN, error, note, warning
from ..rule import register

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...findings import Finding

SCHEDULED_JOBS = 10
"""Customization jobs that an account may have scheduled in a Region; AWS does not raise this quota.

https://docs.aws.amazon.com/general/latest/gr/bedrock.html
"""

# https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html and
# https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
_ACCEPT_ONCE = {
    "function_name": "Lambda accepts a name once per account and Region",
    "role_name": "IAM accepts a name once per account, in upper or lower case",
}

register({"exported-model-arn": "`output_model_arn` is exported, which is empty as long as the job runs."})
register(
    {
        "exported-job-arn": "A value is exported that a retraining changes.",
        "key-destroyed": "The key of a model that stays is deleted with its stack.",
        "scheduled-jobs": "A stack defines more jobs than Bedrock schedules at once.",
    },
    "warning",
)
register(
    {"name-repeated": "Two jobs, models, functions or roles of the app have one name."}, is_documented=True
)
register({"removal-policy-ignored": "A removal policy was applied to a job, which ignores it."}, "note")


def repeated_name(path: str, field: str, name: str, other: str, *, is_certain: bool) -> Finding:
    """Return what is wrong with a name that two jobs, models, functions or roles have.

    Args:
        path: the path of the job, or of the function, that was defined later.
        field: the field of the request, or the setting of the function.
        name: the name.
        other: the path of the other one.
        is_certain: whether both are deployed, and at the same time.
    """
    accepts = _ACCEPT_ONCE.get(field, "Bedrock accepts a name once per account and Region")
    fix = "write another name for one of them, or leave it out to have a unique one generated"
    if is_certain:
        rule = f"of {path} must not be that of {other} too: {accepts}, so the deployment would fail"
        after = "" if field in _ACCEPT_ONCE else " after one of the jobs has started"
        return error("name-repeated", field, f"{rule}{after}", name, fix)
    rule = f"of {path} is that of {other} too: {accepts}, so both cannot be deployed"
    fix = f"{fix}; acknowledge this if only one is ever deployed"
    return warning("name-repeated", field, rule, name, fix)


def too_many_jobs() -> Finding:
    """Return the warning about a stack that defines more than `SCHEDULED_JOBS` jobs."""
    rule = (
        f"this stack defines more than {SCHEDULED_JOBS} jobs, but Bedrock accepts only {SCHEDULED_JOBS} "
        "scheduled jobs per account and Region and rejects the others"
    )
    fix = (
        "move some to another stack and deploy it when jobs have ended, or acknowledge this warning: "
        "dependencies between jobs do not help, because a deployment does not wait until a job has ended"
    )
    return warning("scheduled-jobs", "", rule, NOT_SHOWN, fix)


def ignored_removal_policy(path: str) -> Finding:
    """Return the note about a removal policy that the resource of a job ignores.

    Args:
        path: the path of the resource.
    """
    rule = (
        "keeps the removal policy DESTROY although an aspect or apply_removal_policy sets another: "
        "the job of a retained resource would continue to be billed, and no stack could stop it"
    )
    fix = (
        "use on_delete=OnDelete.RETAIN to leave a job running; a finished model is kept anyway, "
        "unless on_delete is OnDelete.DELETE_MODEL"
    )
    return note("removal-policy-ignored", path, rule, NOT_SHOWN, fix)


def destroyed_key(path: str, key: str) -> Finding:
    """Return the warning about a key that is deleted while the model that it encrypts stays.

    Args:
        path: the path of what trains the model.
        key: the path of the key.
    """
    rule = (
        f"of {path} is {key}, which has the removal policy DESTROY, while the finished model stays: "
        "when the key is removed, KMS schedules its deletion, and without the key nobody can use the model"
    )
    fix = (
        "set RemovalPolicy.RETAIN for the key, or on_delete=OnDelete.DELETE_MODEL, or acknowledge this "
        "warning if the models are not needed afterwards"
    )
    source = "https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html"
    return warning("key-destroyed", "custom_model_kms_key", rule, NOT_SHOWN, fix, source=source)


def empty_export(path: str) -> Finding:
    """Return the error about an exported ARN of a model that does not exist yet.

    Args:
        path: the path of the job.
    """
    rule = (
        "must not be exported, because it is empty while the job runs and CloudFormation does not export an "
        "empty value: the first deployment would fail after the job has started"
    )
    fix = (
        "put job.custom_model_name, which bedrock:GetCustomModel accepts too, into an ssm.StringParameter "
        "that other stacks read"
    )
    return error("exported-model-arn", f"output_model_arn of {path}", rule, NOT_SHOWN, fix)


def empty_result_export(path: str) -> Finding:
    """Return the error about an exported ARN of a model that may not exist when the deployment is complete.

    Args:
        path: the path of the job.
    """
    rule = (
        "must not be exported, because it is empty if the job is still in progress when the time is over, or "
        "has failed, and CloudFormation does not export an empty value"
    )
    fix = (
        "give the wait fail_on_timeout=True and leave fail_on_failure out, or let other stacks read the "
        "parameter of job.publish_model_arn"
    )
    return error("exported-model-arn", f"custom_model_arn of {path}", rule, NOT_SHOWN, fix)


def changing_export(path: str, names: Iterable[str]) -> Finding:
    """Return the warning about exported values that a retraining changes.

    Args:
        path: the path of the job.
        names: the names of the values.
    """
    rule = (
        "is exported, and a retraining changes it: CloudFormation does not change an export that another "
        "stack uses, so the deployment fails after the new job has started"
    )
    fix = (
        "put the value into a parameter instead, ssm.StringParameter(stack, 'JobArn', "
        "parameter_name='/jobs/triage', string_value=job.job_arn), and let other stacks read it with "
        "ssm.StringParameter.value_for_string_parameter(scope, '/jobs/triage'), or acknowledge this warning"
    )
    return warning("exported-job-arn", f"{' and '.join(names)} of {path}", rule, NOT_SHOWN, fix)
