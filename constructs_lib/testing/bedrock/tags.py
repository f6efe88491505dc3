"""Tags of jobs and models."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from constructs_lib.testing.bedrock.errors import ServiceError, invalid, not_found
from constructs_lib.testing.bedrock.record import JobRecord
from constructs_lib.testing.bedrock.shelf import Document, Moment, Shelf

_STOPPED = frozenset({"Stopping", "Stopped"})
_DEAD = _STOPPED | {"Failed"}


def tag_resource(shelf: Shelf, moment: Moment, request: Document) -> Document:
    """Carry out `TagResource`."""
    job, tags = _tagged(shelf, moment, request["resourceARN"])
    added = checked(request["tags"], request["resourceARN"], moment, tags)
    _put(shelf, job, request["resourceARN"], {**tags, **added})
    return {}


def untag_resource(shelf: Shelf, moment: Moment, request: Document) -> Document:
    """Carry out `UntagResource`."""
    job, tags = _tagged(shelf, moment, request["resourceARN"])
    gone = set(request["tagKeys"])
    _put(shelf, job, request["resourceARN"], {key: tags[key] for key in tags if key not in gone})
    return {}


def list_tags(shelf: Shelf, moment: Moment, request: Document) -> Document:
    """Carry out `ListTagsForResource`."""
    job, tags = _found(shelf, moment, request["resourceARN"])
    status = job.status(moment.now)
    if not moment.behaviour.stopped_jobs_list_tags and status in _STOPPED:
        raise invalid(f"Tags of {request['resourceARN']} cannot be listed: the job is {status}")
    return {"tags": [{"key": key, "value": value} for key, value in tags.items()]}


def checked(
    tags: Iterable[Mapping[str, str]], resource: str, moment: Moment, present: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return tags as a mapping.

    Args:
        tags: as the API spells them, `{"key": ..., "value": ...}`.
        resource: name or ARN of what is tagged, for the error.
        moment: the quota that holds.
        present: the tags that are already there. Default: none.

    Raises:
        ServiceError: for a reserved or repeated key, or one tag too many.
    """
    listed = list(tags)
    added = {tag["key"]: tag["value"] for tag in listed}
    if len(added) < len(listed):
        raise invalid("tags must not repeat a key; send each key once")
    if any(key.lower().startswith("aws:") for key in added):
        raise invalid("tag keys must not begin with aws:, which AWS keeps for itself; choose another key")
    if len({*added, *(present or {})}) > moment.behaviour.tags_per_resource:
        message = f"A resource takes at most {moment.behaviour.tags_per_resource} tags."
        raise ServiceError("TooManyTagsException", message, members={"resourceName": resource})
    return added


def _found(shelf: Shelf, moment: Moment, resource: str) -> tuple[JobRecord, Mapping[str, str]]:
    if ":model-customization-job/" in resource:
        job = shelf.job(resource, moment)
        return job, job.tags
    if ":custom-model/" in resource:
        job = shelf.model(resource, moment)
        return job, job.model_tags
    raise not_found(f"Could not find the resource {resource}")


def _tagged(shelf: Shelf, moment: Moment, resource: str) -> tuple[JobRecord, Mapping[str, str]]:
    job, tags = _found(shelf, moment, resource)
    if not moment.behaviour.finished_jobs_taggable and job.status(moment.now) in _DEAD:
        raise invalid(f"Tags of {resource} cannot be changed: the job is {job.status(moment.now)}")
    return job, tags


def _put(shelf: Shelf, job: JobRecord, resource: str, tags: Mapping[str, str]) -> None:
    shelf.put(replace(job, tags=tags) if resource == job.arn else replace(job, model_tags=tags))
