"""The operations on tags, which jobs, models, deployments and throughputs have."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from .account_state import AccountState
from .behaviour import Moment
from .service import Document, ServiceError, invalid

_STOPPED = frozenset({"Stopping", "Stopped"})
_NOT_TAGGABLE = _STOPPED | {"Failed"}


def tag_resource(state: AccountState, moment: Moment, request: Document) -> Document:
    """Carry out `TagResource`."""
    tagged = _taggable(state, moment, request["resourceARN"])
    added = checked(request["tags"], request["resourceARN"], moment, tagged.tags)
    tagged.put({**tagged.tags, **added})
    return {}


def untag_resource(state: AccountState, moment: Moment, request: Document) -> Document:
    """Carry out `UntagResource`."""
    tagged = _taggable(state, moment, request["resourceARN"])
    removed = set(request["tagKeys"])
    tagged.put({key: value for key, value in tagged.tags.items() if key not in removed})
    return {}


def list_tags(state: AccountState, moment: Moment, request: Document) -> Document:
    """Carry out `ListTagsForResource`."""
    tagged = _tagged(state, moment, request["resourceARN"])
    if not moment.behaviour.stopped_jobs_list_tags and tagged.job_status in _STOPPED:
        raise invalid(f"Tags of {request['resourceARN']} cannot be listed: the job is {tagged.job_status}")
    return {"tags": [{"key": key, "value": value} for key, value in tagged.tags.items()]}


def checked(
    tags: Iterable[Mapping[str, str]], resource: str, moment: Moment, present: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Validate tags and return them as a mapping.

    Args:
        tags: in the form of the API, `{"key": ..., "value": ...}`.
        resource: name or ARN of the resource, for the error.
        moment: has the quota of tags.
        present: the tags that the resource already has. Default: none.

    Raises:
        ServiceError: a key is reserved or repeated, or there are too many tags.
    """
    listed = list(tags)
    added = {tag["key"]: tag["value"] for tag in listed}
    if len(added) < len(listed):
        raise invalid("tags must not repeat a key; send each key once")
    if any(key.lower().startswith("aws:") for key in added):
        raise invalid("tag keys must not begin with aws:, which is reserved for AWS; choose another key")
    if len({*added, *(present or {})}) > moment.behaviour.tags_per_resource:
        message = f"A resource takes at most {moment.behaviour.tags_per_resource} tags."
        raise ServiceError("TooManyTagsException", message, members={"resourceName": resource})
    return added


class _Tagged(NamedTuple):
    """The tags of a resource; `put` replaces them, `job_status` is that of the job of a job or a model."""

    tags: Mapping[str, str]
    put: Callable[[Mapping[str, str]], None]
    job_status: str = ""


def _tagged(state: AccountState, moment: Moment, resource: str) -> _Tagged:
    if ":model-customization-job/" in resource:
        job = state.job(resource, moment)
        return _Tagged(job.tags, lambda tags: state.put(replace(job, tags=tags)), job.status(moment.now))
    if ":custom-model/" in resource:
        job = state.model(resource, moment)
        return _Tagged(
            job.model_tags, lambda tags: state.put(replace(job, model_tags=tags)), job.status(moment.now)
        )
    if ":custom-model-deployment/" in resource:
        deployment = state.deployments.get(resource, moment)
        return _Tagged(deployment.tags, lambda tags: state.deployments.put(replace(deployment, tags=tags)))
    throughput = state.throughputs.get(resource, moment)
    return _Tagged(throughput.tags, lambda tags: state.throughputs.put(replace(throughput, tags=tags)))


def _taggable(state: AccountState, moment: Moment, resource: str) -> _Tagged:
    tagged = _tagged(state, moment, resource)
    if not moment.behaviour.finished_jobs_taggable and tagged.job_status in _NOT_TAGGABLE:
        raise invalid(f"Tags of {resource} cannot be changed: the job is {tagged.job_status}")
    return tagged
