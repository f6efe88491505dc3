"""What a run will create and what it can cost at most, said before anything is asked of AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.smoke import cleanup, data, free, serving, stacks, training
from tools.smoke.account import TAG
from tools.smoke.questions import JOB_PARTS, PARTS, QUESTIONS

if TYPE_CHECKING:
    from collections.abc import Collection

NO_STACK = ("quotas", "simulator")
"""The parts that create nothing."""

_NEEDS = {"deployment": ("job",)}
_SECONDS = {**free.SECONDS, **training.SECONDS, **serving.SECONDS}


def chosen(only: Collection[str], skip: Collection[str]) -> tuple[str, ...]:
    """Return the parts of a run, in order, with those that they need.

    Args:
        only: the parts that are asked for; all without any.
        skip: the parts that are left out.

    Raises:
        ValueError: there is no such part, or a part is left out that another one needs.
    """
    unknown = sorted({*only, *skip} - set(PARTS))
    if unknown:
        raise ValueError(f"there is no part {', '.join(unknown)}; the parts are {', '.join(PARTS)}")
    asked = {one for one in PARTS if (not only or one in only) and one not in skip}
    needed = {other for one in asked for other in _NEEDS.get(one, ())}
    if only and (missing := sorted(needed & set(skip))):
        raise ValueError(f"the part {', '.join(missing)} is skipped, and another part needs it; skip both")
    kept = {one for one in asked if not set(_NEEDS.get(one, ())) & set(skip)}
    kept |= {other for one in kept for other in _NEEDS.get(one, ())}
    return tuple(one for one in PARTS if one in kept)


def most_hours(parts: Collection[str], hours: float) -> float:
    """Return how many hours a run waits at most, with the removal of everything in one round.

    Args:
        parts: its parts.
        hours: how long a training is waited for.
    """
    seconds = sum(_SECONDS[one] for one in parts) + stacks.SECONDS + cleanup.MOST_SECONDS
    return seconds / 3600 + (hours if "job" in parts else 0)


def described(parts: Collection[str], *, prefix: str, run_id: str, region: str, hours: float) -> str:
    """Return what is shown before the question whether to go on.

    Args:
        parts: the parts of the run.
        prefix: how the names of everything begin.
        run_id: the value of the tag.
        region: the Region.
        hours: how long a training is waited for.
    """
    with_jobs = bool(set(parts) & set(JOB_PARTS))
    asked = [str(one.number) for one in QUESTIONS if one.part in parts]
    lines = [
        f"Smoke test in {region}: {', '.join(parts)} (questions {', '.join(asked)}).",
        "",
        "It creates:",
        *(f"  - {one}" for one in _created(parts)),
        "",
        f"Every name begins with {prefix}; every resource that takes tags has {TAG}={run_id}.",
        "At the end, after an error and after Ctrl-C it removes all of it, or says what it could not remove.",
        *(["What stays: the records of the jobs, whose names cannot be used again."] if with_jobs else []),
        "",
        "What it costs; multiply by the prices of your Region:",
        *(f"  - {one}" for one in costs(parts)),
        f"It waits at most {most_hours(parts, hours):.1f} hours in all.",
    ]
    return "\n".join(lines)


def costs(parts: Collection[str]) -> list[str]:
    """Return what is billed, and how much of it at most.

    Args:
        parts: the parts of the run.
    """
    tokens = data.most_tokens()
    lines = []
    if "refusals" in parts or "job" in parts:
        expected = tokens if "job" in parts else 0
        jobs = data.MOST_JOBS if "job" in parts else data.REFUSED_JOBS
        lines += [
            (
                f"training of {data.BASE_MODEL}: expected {expected:,} tokens; at most "
                f"{jobs * tokens:,}, if Bedrock accepted also what it should refuse, and stopped no job"
            ),
            "storage of one custom model, for which AWS has a monthly price, until it is deleted at the end",
        ]
    if "deployment" in parts:
        each = data.QUESTION_TOKENS + data.ANSWER_TOKENS
        lines.append(
            f"on-demand inference: at most {data.MOST_CALLS} calls, {data.MOST_CALLS * each:,} tokens; "
            "AWS has no price by the hour for such a deployment"
        )
    if set(parts) - set(NO_STACK):
        lines.append(
            "at most a few thousand requests of S3, SQS, Lambda, EventBridge, CloudWatch Logs and "
            "CloudFormation, and less than 1 MB in S3"
        )
    return lines or ["nothing: the calls of these parts have no price"]


def _created(parts: Collection[str]) -> list[str]:
    lines = []
    if set(parts) - set(NO_STACK) - {"signals"}:
        lines.append(
            "a stack with a bucket, four roles, a Lambda function with its log group, two queues and "
            "an EventBridge rule"
        )
    if "signals" in parts:
        lines.append("a stack with two wait conditions")
    if "stacks" in parts:
        lines.append("two stacks with two custom resources each, one of which fails")
    if "refusals" in parts:
        lines.append(
            f"nothing by {data.REFUSED_JOBS} requests for jobs that Bedrock should refuse; a job that it "
            "accepts is stopped"
        )
    if "job" in parts:
        lines.append("a job of 8 records that is stopped at once")
        lines.append("a job of 8 records that trains one epoch, and its custom model")
    if "deployment" in parts:
        lines.append("an on-demand deployment of the model, and a second one after it, under the same name")
    return lines or ["nothing"]
