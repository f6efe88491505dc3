"""How far a job has come: its parts, when each begins and ends, and what the service tells of them."""

from itertools import pairwise
from math import inf

from constructs_lib.testing.bedrock.clock import timestamp
from constructs_lib.testing.bedrock.record import JobRecord
from constructs_lib.testing.bedrock.shelf import Document

_VALIDATED = 0.02
_PROCESSED = 0.44
"""When validation, and a distillation's data processing, have ended, as shares of a job's duration."""

DISTILLATION = "DISTILLATION"


def status_details(job: JobRecord, now: float) -> Document:
    """Return how far each part of a job has come; only a distillation has data to process.

    Args:
        job: the record.
        now: seconds since 1970.
    """
    return {name: _part(job, now, begins, ends) for name, begins, ends in _parts(job)}


def last_modified(job: JobRecord, now: float) -> float:
    """Return when something last changed: the job's state, or that of one of its parts.

    Args:
        job: the record.
        now: seconds since 1970.
    """
    ended = job.ended(now)
    if ended is not None:
        return ended
    if job.stop_asked is not None:
        return job.stop_asked
    return max(at for _, *span in _parts(job) for at in (job.created, *span) if at <= now)


def _parts(job: JobRecord) -> list[tuple[str, float, float]]:
    """Return the parts of a job, and when each begins and ends if nothing ends the job before."""
    ends = job.created + job.duration
    names = ["validationDetails", "trainingDetails"]
    marks = [job.created, job.created + _VALIDATED * job.duration]
    if job.request.get("customizationType") == DISTILLATION:
        names.insert(1, "dataProcessingDetails")
        marks.append(job.created + _PROCESSED * job.duration)
    begun = zip(names, pairwise(marks), strict=False)
    trains = inf if job.stalls else min(marks[-1] + job.queued, ends)
    return [*((name, *span) for name, span in begun), (names[-1], trains, ends)]


def _part(job: JobRecord, now: float, begins: float, ends: float) -> Document:
    status = job.status(now)
    if status == "Completed":
        return _details("Completed", min(begins, job.ends), min(ends, job.ends))
    reached = now if status == "InProgress" else job.ends if job.stop_asked is None else job.stop_asked
    if reached < begins:
        return {"status": "NotStarted"}
    if reached >= ends and ends < job.created + job.duration:
        return _details("Completed", begins, ends)
    ended = job.ended(now)
    return _details(status, begins, ended if ended is not None else reached)


def _details(status: str, begins: float, changed: float) -> Document:
    return {"status": status, "creationTime": timestamp(begins), "lastModifiedTime": timestamp(changed)}
