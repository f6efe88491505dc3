"""Writing of metrics files where a job's output goes: when, and what could not be written."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from ..environment import LocalClients
from .training_metrics import metrics_files, written_rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .behaviour import Moment
    from .records import JobRecord
    from .training_metrics import MetricsFile

_READ_SECONDS = 5.0


class MetricsStore(Protocol):
    """Where metrics files are written."""

    def put(self, file: MetricsFile) -> None:
        """Write a file, or replace it.

        Args:
            file: bucket, key and content.

        Raises:
            Exception: it cannot be written; the double reports the message and goes on.
        """
        ...


class S3MetricsStore:
    """Writes metrics files to an emulator of S3, with the encryption that the bucket has by default.

    Args:
        url: the endpoint of S3, such as `LocalAws().url`.
    """

    def __init__(self, url: str) -> None:
        self._clients = LocalClients("s3", url, read_timeout=_READ_SECONDS)

    def put(self, file: MetricsFile) -> None:
        """Write a file as the account of the job, in the job's Region.

        Args:
            file: bucket, key and content.
        """
        client = self._clients.of(file.account, file.region)
        client.put_object(Bucket=file.bucket, Key=file.key, Body=file.body, ContentType="text/csv")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwritten:
    """A metrics file that could not be written.

    Args:
        job_arn: the ARN of its job.
        uri: the URI of the object.
        reason: the message of the error.
    """

    job_arn: str
    uri: str
    reason: str


class MetricsWriter:
    """Writes each file when its job has come so far, once; a file that cannot be written is not tried again.

    Args:
        store: where the files are written.
    """

    def __init__(self, store: MetricsStore) -> None:
        self._store = store
        self._lock = Lock()
        self._written: dict[str, tuple[int, bool]] = {}
        self._unwritten: dict[str, Unwritten] = {}

    def write(self, jobs: Iterable[JobRecord], moment: Moment) -> None:
        """Write the files of jobs as they are at a time, and return when they are written.

        Args:
            jobs: the records.
            moment: the time, and the behaviour of the double.
        """
        with self._lock:
            for job in jobs:
                rows = written_rows(job, moment)
                reached = (rows, job.status(moment.now) == "Completed")
                if rows and self._written.get(job.arn) != reached:
                    self._written[job.arn] = reached
                    for file in metrics_files(job, moment):
                        self._put(job, file)

    def unwritten(self) -> tuple[Unwritten, ...]:
        """Return the files that could not be written."""
        with self._lock:
            return tuple(self._unwritten.values())

    def _put(self, job: JobRecord, file: MetricsFile) -> None:
        try:
            self._store.put(file)
        except Exception as error:  # noqa: BLE001 - whatever a store raises, the double goes on
            self._unwritten[file.uri] = Unwritten(job_arn=job.arn, uri=file.uri, reason=str(error))
        else:
            self._unwritten.pop(file.uri, None)
