"""Promotion: what decides about a new model, what it is asked, and for how long alarms are watched."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ...findings import NOT_SHOWN, Described, error, note, warning
from ...request.tokens import is_known
from ..rule import register

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from ...findings import Finding

register(
    {
        "promotion-condition": "A number of a condition of a promotion is not possible.",
        "promotion-release": "A promotion is given for a model that is deployed by `cdk deploy`.",
        "promotion-loss": "A promotion asks for the validation loss of a job without validation data.",
        "promotion-data": "The records of a promotion are not one object, or the model is trained on them.",
        "promotion-approval": "The time for an approval, or the topic about it, is not possible.",
        "promotion-bake": "The alarms, the time or the invocations after a promotion are not possible.",
        "promotion-place": "A promotion uses something of another account or Region.",
        "promotion-output": "The function could not write the records of a promotion to the job's output.",
        "promotion-missing": "A metric or an event of a promotion is used, but there is no promotion.",
    }
)
register({"promotion-loss-unknown": "AWS documents no losses for the job of a promotion."}, "warning")
register({"promotion-validation-data": "Losses are compared on data that may have been overwritten."}, "note")

MOST_ALARMS = 10
SHORTEST_BAKE, LONGEST_BAKE = 15 * 60, 24 * 3600
"""Seconds."""
SHORTEST_APPROVAL, LONGEST_APPROVAL = 3600, 365 * 24 * 3600
"""Seconds."""

_REINFORCEMENT = "REINFORCEMENT_FINE_TUNING"


def number_findings(
    path: str, value: object, least: float, most: float = math.inf, *, is_inside: bool = False
) -> Iterator[Finding]:
    """Yield an error unless a value is a finite number in a range.

    Args:
        path: the argument.
        value: what was given.
        least: the least value that is possible.
        most: the greatest value that is possible. Default: any.
        is_inside: whether neither of them is possible. Default: both are.
    """
    rule = f"must be a number of at least {least:g}" if most == math.inf else f"must be {least:g} to {most:g}"
    if is_inside:
        rule = f"must be greater than {least:g} and less than {most:g}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield error("argument-type", path, rule, _kind(value), "write a number")
    elif not is_known(value):
        yield error("promotion-condition", path, rule, NOT_SHOWN, "write the number instead of a token")
    elif not math.isfinite(value) or not _is_between(value, least, most, is_inside=is_inside):
        yield error("promotion-condition", path, rule, value, "correct the number")


def count_findings(path: str, value: object, least: int) -> Iterator[Finding]:
    """Yield an error unless a value is a whole number of at least another one.

    Args:
        path: the argument.
        value: what was given.
        least: the least value that is possible.
    """
    rule = f"must be a whole number of at least {least}"
    if isinstance(value, bool) or not isinstance(value, int):
        yield error("argument-type", path, rule, _kind(value), "write a whole number")
    elif not is_known(value) or value < least:
        got = value if is_known(value) else NOT_SHOWN
        yield error("promotion-condition", path, rule, got, "correct the number")


def loss_findings(
    path: str, kind: str, *, is_of_validation: bool, has_validation_data: bool, is_uploaded: bool
) -> Iterator[Finding]:
    """Yield what is wrong with asking for a loss of a job.

    Args:
        path: the condition.
        kind: the customization type of the job.
        is_of_validation: whether it is the validation loss.
        has_validation_data: whether the job has validation data.
        is_uploaded: whether the deployment uploads all of it, under URIs that change with the content.
    """
    if kind == _REINFORCEMENT:
        rule = "may have no answer: AWS documents no losses for reinforcement fine-tuning"
        fix = "use PromoteIf.answers or PromoteIf.function, or see to it that when_unsure is what you want"
        yield warning("promotion-loss-unknown", path, rule, NOT_SHOWN, fix)
    elif is_of_validation and not has_validation_data:
        rule = "must not be asked of a job without validation data, because it has no validation loss"
        fix = "give the job validation_data, or use PromoteIf.training_loss()"
        yield error("promotion-loss", path, rule, NOT_SHOWN, fix)
    elif is_of_validation and not is_uploaded:
        rule = (
            "compares the losses of two models if their validation data has the same URI: an object that was "
            "overwritten between the trainings is not noticed"
        )
        fix = "write other validation data to another key, or give a local file"
        yield note("promotion-validation-data", path, rule, NOT_SHOWN, fix)


def nothing_compared(path: str) -> Finding:
    """Return the error that answers are neither compared nor have a limit.

    Args:
        path: the condition.
    """
    rule = "must have a margin, or a limit in at_least"
    return error("promotion-condition", path, rule, NOT_SHOWN, "write margin=0.03")


def trained_on(path: str, uri: str) -> Finding:
    """Return the error that a model is asked what it was trained on.

    Args:
        path: the condition.
        uri: the records.
    """
    rule = "must not be the training data of the job, which says nothing about other prompts"
    return error("promotion-data", path, rule, uri, "keep some records out of the training data for this")


def no_bucket_known(path: str) -> Finding:
    """Return the error that the bucket of records is known only at deployment.

    Args:
        path: the condition.
    """
    rule = "must start with s3:// and a bucket, because the policy of the function names the object"
    fix = "write EvaluationData.from_s3_uri('s3://bucket/evaluation.jsonl')"
    return error("promotion-data", path, rule, NOT_SHOWN, fix)


def no_file(path: str, file: str) -> Finding:
    """Return the error that a local file with records does not exist.

    Args:
        path: the condition.
        file: the file.
    """
    return error("promotion-data", path, "must name a file that exists", file, "correct the path")


def approval_findings(path: str, seconds: float | None) -> Iterator[Finding]:
    """Yield an error if a person has too little or too much time to approve.

    Args:
        path: the argument.
        seconds: the time. None where it is not known.
    """
    fix = "write Duration.days(14)"
    rule = "must be 1 hour to 365 days"
    if seconds is None:
        yield error("promotion-approval", path, f"{rule}, and known at synthesis", NOT_SHOWN, fix)
    elif not SHORTEST_APPROVAL <= seconds <= LONGEST_APPROVAL:
        yield error("promotion-approval", path, rule, Described(f"{seconds:g} seconds"), fix)


def fifo_topic(path: str) -> Finding:
    """Return the error that a topic keeps an order of messages.

    Args:
        path: the argument.
    """
    rule = "must not be a FIFO topic, which takes no message without a group"
    page = "https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"
    return error("promotion-approval", path, rule, NOT_SHOWN, "give a standard topic", source=page)


def bake_findings(
    seconds: float | None, alarms: int, *, counts: bool, has_deployment: bool
) -> Iterator[Finding]:
    """Yield what is wrong with watching alarms after a promotion.

    Args:
        seconds: how long. None where it is not known.
        alarms: how many.
        counts: whether invocations are counted.
        has_deployment: whether it is for a deployment.
    """
    if not 1 <= alarms <= MOST_ALARMS:
        rule = f"must be 1 to {MOST_ALARMS} alarms"
        fix = "combine some, for example with a metric that is the maximum of theirs"
        yield error("promotion-bake", "bake.alarms", rule, alarms, fix)
    rule, fix = "must be 15 minutes to 24 hours", "write Duration.hours(1)"
    if seconds is None:
        yield error("promotion-bake", "bake.duration", f"{rule}, and known at synthesis", NOT_SHOWN, fix)
    elif not SHORTEST_BAKE <= seconds <= LONGEST_BAKE:
        yield error("promotion-bake", "bake.duration", rule, Described(f"{seconds:g} seconds"), fix)
    if counts and not has_deployment:
        rule = "is possible only for a CustomModelDeployment: a parameter is not invoked"
        yield error("promotion-bake", "bake.minimum_invocations", rule, NOT_SHOWN, "leave it out")


def composite_alarm(path: str) -> Finding:
    """Return the error that an alarm is a composite one.

    Args:
        path: the argument.
    """
    rule = "must not be a composite alarm, which can be read only by who may read every alarm of the account"
    page = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html"
    return error("promotion-bake", path, rule, NOT_SHOWN, "give the alarms that it combines", source=page)


def elsewhere(path: str, noun: str, names: Collection[str]) -> Finding:
    """Return the error that something is in another account or Region than the function.

    Args:
        path: the argument.
        noun: what it is.
        names: `account`, `Region`, or both.
    """
    rule = f"must be {noun} of the stack's {' and '.join(names)}, because the function calls no other"
    return error("promotion-place", path, rule, NOT_SHOWN, f"give {noun} that is there")


def not_followed(path: str, *, is_job: bool) -> Finding:
    """Return the error that a promotion has nothing to decide.

    Args:
        path: the argument.
        is_job: whether the model is that of a job of the stack.
    """
    if is_job:
        rule = "decides when the job is complete, so the deployment must have release=Release.ON_COMPLETION"
        fix = "write release=Release.ON_COMPLETION"
    else:
        rule = "decides about new models of a job, and an ARN names one model"
        fix = "give the job as model, with release=Release.ON_COMPLETION"
    return error("promotion-release", path, rule, NOT_SHOWN, f"{fix}, or leave {path} out")


def when_unsure_alone() -> Finding:
    """Return the error that an answer is given to what is not asked."""
    rule = "is the answer where a condition is unsure, and there is no condition"
    return error("promotion-condition", "when_unsure", rule, NOT_SHOWN, "give promote_if, or leave it out")


def no_promotion(name: str) -> Finding:
    """Return the error that a metric or an event of a promotion is used without one.

    Args:
        name: the method.
    """
    rule = "is about a promotion, and every new model is promoted here"
    return error("promotion-missing", name, rule, NOT_SHOWN, "give promote_if or bake")


def _is_between(value: float, least: float, most: float, *, is_inside: bool) -> bool:
    return least < value < most if is_inside else least <= value <= most


def _kind(value: object) -> Described:
    return Described("None" if value is None else type(value).__name__)
