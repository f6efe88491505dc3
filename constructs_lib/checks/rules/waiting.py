"""Waiting for a job in the deployment: how long it is possible, and what it means for the stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...findings import NOT_SHOWN, Described, error, note, warning
from ..rule import register

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ...findings import Finding

register(
    {
        "wait-timeout": "A deployment cannot wait for a job as long, or as briefly, as it should.",
        "wait-missing": "The model or the losses of a job are used, but no deployment waits for them.",
    }
)
register(
    {
        "wait-parameter": "A job that the deployment waits for depends on a parameter of the template.",
        "wait-session": "A deployment waits longer than the credentials of its author may be valid.",
    },
    "warning",
)
register(
    {"wait-lock": "A deployment waits for a job, and the stack takes no other update meanwhile."}, "note"
)

LONGEST_COMPLETION = 12 * 3600
"""Seconds that CloudFormation waits for signals at most.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-creationpolicy.html
"""

_SHORTEST_COMPLETION = 30 * 60
_VALIDATION = (60, 12 * 60)
_SESSION = 3600
_PAGE = (
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-creationpolicy.html"
)
_FOR_COMPLETION = "write Wait.for_completion(Duration.hours(6))"
_FOR_VALIDATION = "write Wait.for_validation(up_to=Duration.minutes(10))"
_OUTSIDE = (
    "leave wait out, and use `bedrock-customize watch`, events (job.on_completed), or "
    "Release.ON_COMPLETION of a deployment"
)


def completion_findings(seconds: float | None, flags: Mapping[str, object]) -> Iterator[Finding]:
    """Yield what is wrong with a wait for the completion of a job.

    Args:
        seconds: the timeout in seconds. None where it is not known.
        flags: the other arguments by name, as an error shows them.
    """
    path, write = "wait.timeout", _FOR_COMPLETION
    if seconds is None:
        yield _not_known(path, write)
    elif seconds > LONGEST_COMPLETION:
        rule = "must be at most 12 hours, because CloudFormation waits no longer"
        yield error("wait-timeout", path, rule, _shown(seconds), _OUTSIDE, source=_PAGE)
    elif seconds < _SHORTEST_COMPLETION:
        rule = "must be at least 30 minutes, because no job is complete sooner"
        yield error("wait-timeout", path, rule, _shown(seconds), f"{write}, or Wait.for_validation()")
    for name, value in flags.items():
        if not isinstance(value, bool):
            yield error(
                "argument-type", f"wait.{name}", "must be True or False", value, "correct the argument"
            )


def validation_findings(seconds: float | None) -> Iterator[Finding]:
    """Yield what is wrong with a wait for the validation of the data.

    Args:
        seconds: as above.
    """
    path, write = "wait.up_to", _FOR_VALIDATION
    shortest, longest = _VALIDATION
    if seconds is None:
        yield _not_known(path, write)
    elif not shortest <= seconds <= longest:
        rule = "must be 1 to 12 minutes, because the function behind the job runs no longer"
        fix = f"{write}, or Wait.for_completion()"
        yield error("wait-timeout", path, rule, _shown(seconds), fix)


def not_a_duration(got: object, *, is_for_completion: bool) -> Finding:
    """Return the error that a time is none of the CDK's durations.

    Args:
        got: the value, as an error shows it.
        is_for_completion: whether the wait is for the completion of the job.
    """
    path, fix = ("wait.timeout", _FOR_COMPLETION) if is_for_completion else ("wait.up_to", _FOR_VALIDATION)
    return error("argument-type", path, "must be an aws_cdk.Duration", got, fix)


def session_findings(seconds: float, *, has_role: bool) -> Iterator[Finding]:
    """Yield a warning if CloudFormation's credentials may expire while it waits.

    Args:
        seconds: the timeout.
        has_role: whether CloudFormation has a role of its own.
    """
    if seconds > _SESSION and not has_role:
        rule = (
            "is longer than an hour, and the stack's synthesizer gives CloudFormation no role: it works with "
            "the credentials of whoever deploys, and a session of a role may expire before"
        )
        fix = "use the default synthesizer, which has an execution role, or make sure that the session lasts"
        yield warning("wait-session", "wait.timeout", rule, _shown(seconds), fix)


def lock(seconds: float) -> Finding:
    """Return the note that a stack takes no other update while it waits.

    Args:
        seconds: the timeout.
    """
    rule = "lets each deployment that starts a job wait for it; the stack takes no other update meanwhile"
    fix = "give the job a stack of its own, or leave wait out and use `bedrock-customize watch`"
    return note("wait-lock", "wait", rule, Described(f"up to {_shown(seconds)}"), fix)


def of_parameters(path: str, names: str) -> Finding:
    """Return the warning that another value of a parameter starts a job that no deployment waits for.

    Args:
        path: the job's path.
        names: the parameters.
    """
    rule = (
        f"depends on the parameter {names}: another value with the same template starts a job that the "
        "deployment does not wait for"
    )
    fix = "put the value into the template, or read custom_model_arn as empty then"
    return warning("wait-parameter", f"wait of {path}", rule, NOT_SHOWN, fix)


def not_waited_for(name: str) -> Finding:
    """Return the error that an attribute of a complete job is used without waiting for it.

    Args:
        name: the attribute.
    """
    rule = "is known only if the deployment waits for the completion of the job"
    fix = (
        "give the job wait=Wait.for_completion(), or use publish_model_arn, which writes the model's ARN "
        "into a parameter as soon as there is one"
    )
    return error("wait-missing", name, rule, NOT_SHOWN, fix)


def _not_known(path: str, write: str) -> Finding:
    rule = "must be known at synthesis, because the template of the wait depends on it"
    return error("wait-timeout", path, rule, NOT_SHOWN, write)


def _shown(seconds: float) -> Described:
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    parts = [
        f"{int(one)} {name}{'' if one == 1 else 's'}"
        for one, name in ((hours, "hour"), (minutes, "minute"), (left, "second"))
        if one
    ]
    return Described(" ".join(parts) or "0 seconds")
