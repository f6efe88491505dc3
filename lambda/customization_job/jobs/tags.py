"""Tags, brought up to date in place: the one thing about a job that can be changed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ..frame.errors import Kind, Refusal
from .identity import Token

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..frame.log import Journal
    from ..frame.retry import Patience
    from .desired_state import Change
    from .ports import Bedrock, Job

_HARMLESS = (Kind.NOT_FOUND, Kind.INVALID, Kind.CONFLICT)


def update_tags(change: Change, job: Job, bedrock: Bedrock, patience: Patience, journal: Journal) -> None:
    """Give a job, and its model where it exists, the tags that are wished.

    Only what differs is sent, and only tags that the template gave before are taken away; from a model also
    those that its job was started with, which the template may have dropped while there was no model to take
    them from. Some ended jobs refuse tags; that fails nothing.

    Raises:
        Refusal: A job in progress, or a model, could not be tagged.
    """
    places = {job.arn: "jobTags", **({job.model_arn: "customModelTags"} if job.model_arn else {})}
    for arn, member in places.items():
        wanted, before = change.wish.tags(member), change.previous.tags(member)
        given = Token.read(job.token) if arn == job.model_arn else None
        if not wanted and not before and not (given and given.model_tags):
            continue
        try:
            present = patience.call("ListTagsForResource", partial(bedrock.get_tags, arn))
            ours = {key for key in present if key in before or (given and given.gave_model_tag(key))}
            changed = _update(arn, wanted, ours, present, bedrock, patience)
        except Refusal as refusal:
            if job.is_running or refusal.kind not in _HARMLESS:
                raise
            journal.write("tags refused", "WARNING", resource=arn, code=refusal.code, jobStatus=job.status)
        else:
            journal.write("tags updated", resource=arn, changed=changed)


def _update(  # noqa: PLR0917 - two ports and what is compared
    arn: str,
    wanted: Mapping[str, str],
    ours: set[str],
    present: Mapping[str, str],
    bedrock: Bedrock,
    patience: Patience,
) -> int:
    """Change the tags of one resource; give how many were changed."""
    gone = sorted(ours - set(wanted))
    new = {key: value for key, value in wanted.items() if present.get(key) != value}
    if gone:
        patience.call("UntagResource", lambda: bedrock.remove_tags(arn, gone))
    if new:
        patience.call("TagResource", lambda: bedrock.add_tags(arn, new))
    return len(gone) + len(new)
