"""New data in S3: what a rule of EventBridge can know of it, and what would start trainings without end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...findings import NOT_SHOWN, error, note, warning
from ..rule import register
from .data import differ, meets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ...findings import Finding
    from ...permissions import S3Location

register(
    {
        "new-data-unknown": "A rule for new data could not know the data, or would not get its events.",
        "new-data-output": "The output of a job would count as new data of the job.",
    }
)
register({"new-data-in-parts": "Each of several objects with data sends an event of its own."}, "warning")
register({"new-data-events": "A bucket with data sends events only where that is enabled for it."}, "note")


def new_data_findings(
    locations: Sequence[S3Location],
    output: S3Location,
    account: str,
    marker: object,
    *,
    has_events: bool,
) -> Iterator[Finding]:
    """Yield what is wrong with a rule for the data of a job.

    Args:
        locations: what the job reads from S3.
        output: where it writes.
        account: the account of its stack.
        marker: the key of the object that alone counts. None for all that the job reads.
        has_events: whether the app itself lets all of the buckets send events.
    """
    if not locations:
        rule = "reads no data from S3: a local file is new when the app is synthesized, and logs always grow"
        fix = "give the data in S3, or start the deployment when the file changes"
        yield error("new-data-unknown", "training_data", rule, NOT_SHOWN, fix)
    if any(one.is_deploy_time for one in locations):
        rule = "must start with s3:// and a bucket, because the rule names the bucket and the key"
        fix = "write s3:// and the bucket's name, and only the rest as a token"
        yield error("new-data-unknown", "training_data", rule, NOT_SHOWN, fix)
    for owner in dict.fromkeys(one.owner for one in locations if differ(one.owner, account)):
        rule = "must be in a bucket of the stack's account, because S3 sends events to the bucket's account"
        fix = "define the rule there, with a target that reaches this account"
        yield error("new-data-unknown", "training_data", rule, owner, fix)
    if marker is not None and (not isinstance(marker, str) or not marker):
        kind = marker if isinstance(marker, str) else NOT_SHOWN
        yield error("new-data-unknown", "marker", "must be the key of an object", kind, "write _SUCCESS")
    if marker is None:
        yield from _of_all_objects(locations, output)
    if locations and not has_events:
        rule = "sends events only if EventBridge is enabled in its notifications, which the app cannot see"
        fix = "enable it where the bucket is defined, in the CDK with event_bridge_enabled=True"
        yield note("new-data-events", "training_data", rule, NOT_SHOWN, fix)


def _of_all_objects(locations: Sequence[S3Location], output: S3Location) -> Iterator[Finding]:
    if any(meets(one, output) for one in locations if not one.is_deploy_time):
        rule = "must not be where the data is, because each training would be a reason for the next one"
        yield error("new-data-output", "output_data", rule, output.uri, "write to another prefix or bucket")
    prefixes = [one for one in locations if not one.keys_as_input() or one.keys_as_input()[0].endswith("*")]
    if len(locations) > 1 or prefixes:
        rule = "may be several objects, each with an event, so that a part of them may be trained on first"
        fix = "upload an object such as _SUCCESS last, and write marker= with its key"
        yield warning("new-data-in-parts", "training_data", rule, NOT_SHOWN, fix)
