"""The rule for new data in S3, whose target runs what trains again where the content has changed.

S3 sends the events of a bucket to EventBridge only where that is enabled for the bucket, for every object and
without a filter of its own: https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..checks.rules.new_data import new_data_findings
from ..checks.run_rules import with_severities
from ..findings import InvalidJob
from ..request import InvocationLogs
from .events import rule_of_pattern
from .job_data import location
from .stack_jobs import report

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aws_cdk import aws_events as events
    from typing_extensions import Unpack

    from ..permissions import S3Location
    from ..request.data import S3Data
    from .events import RuleOptions
    from .stack_env import StackEnv
    from .stack_jobs import DefinedJob

_SOURCE, _DETAIL_TYPE = "aws.s3", "Object Created"


def new_data_rule(
    job: DefinedJob, env: StackEnv, id: str, marker: str | None, **options: Unpack[RuleOptions]
) -> events.Rule:
    """Define the rule for what a job reads from S3, and let the buckets of the app send their events.

    Args:
        job: the job.
        env: its stack.
        id: the id of the rule, in the scope of the job.
        marker: the key of the object that alone counts. None for all that the job reads.
        **options: see `RuleOptions`.

    Raises:
        InvalidJob: the job reads nothing of which the rule would know, or writes to it itself.
    """
    data = _watched(job)
    locations = [location(one, env) for one in data]
    buckets: list[Any] = [one.bucket for one in data if _is_of_app(one)]
    found = with_severities(
        new_data_findings(
            locations,
            job.parts.output.location,
            env.account,
            marker,
            has_events=len(buckets) == len(data),
        ),
        job.checks,
    )
    if any(one.severity == "error" for one in found):
        raise InvalidJob(f"{job.path}.on_new_data", found)
    for bucket in {one.node.path: one for one in buckets}.values():
        bucket.enable_event_bridge_notification()
    detail = {"bucket": {"name": _unique(one.bucket for one in locations)}, **_keys(locations, marker)}
    pattern = {"source": [_SOURCE], "detail_type": [_DETAIL_TYPE], "detail": detail}
    rule = rule_of_pattern(job.job, id, pattern, **options)
    report(rule, found)
    return rule


def _watched(job: DefinedJob) -> Sequence[S3Data]:
    """Return what the job reads of S3, without local files and without logs, which grow all the time."""
    uploaded = {one.s3_uri for one in job.parts.data.files}
    read = job.parts.data.read
    return [one for one in read if one.uri not in uploaded and not isinstance(one, InvocationLogs)]


def _is_of_app(data: S3Data) -> bool:
    from aws_cdk import aws_s3 as s3

    return isinstance(data.bucket, s3.Bucket)


def _keys(locations: Sequence[S3Location], marker: str | None) -> Mapping[str, Any]:
    """Return the keys, as patterns of EventBridge; nothing where a whole bucket is read.

    With several buckets the keys of one count in the others, too: an event more does no harm, because what
    the target runs asks for the content.
    """
    if marker is not None:
        return {"object": {"key": [marker]}}
    keys = [one.keys_as_input() for one in locations]
    if not all(keys):
        return {}
    patterns = (
        {"prefix": key.removesuffix("*")} if key.endswith("*") else key for one in keys for key in one
    )
    return {"object": {"key": _unique(patterns)}}


def _unique(values: Iterable[Any]) -> list[Any]:
    found: list[Any] = []
    for one in values:
        if one not in found:
            found.append(one)
    return found
