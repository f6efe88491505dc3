"""Tags, brought up to date in place: the one thing about a job that can be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .ports import Bedrock, Job, Kind, Refusal

if TYPE_CHECKING:
    from .journal import Journal
    from .patience import Patience
    from .wire import Change

_HARMLESS = (Kind.NOT_FOUND, Kind.INVALID, Kind.CONFLICT)


def update_tags(change: Change, job: Job, bedrock: Bedrock, patience: Patience, journal: Journal) -> None:
    """Give a job, and its model where it exists, the tags that are wished.

    Only what differs is sent, and only tags that the template gave before are taken away. Some ended jobs
    refuse tags; that fails nothing.

    Raises:
        Refusal: A job in progress, or a model, could not be tagged.
    """
    places = {job.arn: "jobTags", **({job.model_arn: "customModelTags"} if job.model_arn else {})}
    for arn, member in places.items():
        wanted, before = change.wish.tags(member), change.previous.tags(member)
        if not wanted and not before:
            continue
        try:
            changed = _update(arn, wanted, before, bedrock, patience)
        except Refusal as refusal:
            if job.is_running or refusal.kind not in _HARMLESS:
                raise
            journal.write("tags refused", "WARNING", resource=arn, code=refusal.code, jobStatus=job.status)
        else:
            journal.write("tags updated", resource=arn, changed=changed)


def _update(
    arn: str, wanted: dict[str, str], before: dict[str, str], bedrock: Bedrock, patience: Patience
) -> int:
    present = patience.call("ListTagsForResource", lambda: bedrock.get_tags(arn))
    gone = sorted(key for key in before if key not in wanted and key in present)
    new = {key: value for key, value in wanted.items() if present.get(key) != value}
    if gone:
        patience.call("UntagResource", lambda: bedrock.remove_tags(arn, gone))
    if new:
        patience.call("TagResource", lambda: bedrock.add_tags(arn, new))
    return len(gone) + len(new)
