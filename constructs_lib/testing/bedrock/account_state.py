"""Everything that one account has in one Region."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from .behaviour import Moment
from .records import NOT_ENDED, JobRecord, ServingKind, ServingRecord
from .service import not_found


@dataclass(slots=True)
class AccountState:
    """The jobs of one account in one Region, with their models, and the deployments and throughputs.

    A model exists when its job has completed; deployments and throughputs are created by tests.

    Args:
        account: 12 digits.
        region: such as `us-east-1`.
    """

    account: str
    region: str
    _jobs: dict[str, JobRecord] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)
    _tokens: dict[str, str] = field(default_factory=dict)
    _serving: dict[str, ServingRecord] = field(default_factory=dict)

    def __iter__(self) -> Iterator[JobRecord]:
        return iter(self._jobs.values())

    def put(self, job: JobRecord) -> None:
        """Add or replace a job; its name and token can never be used again.

        Args:
            job: the record.
        """
        self._jobs[job.arn] = job
        self._names[job.name] = job.arn
        if job.token:
            self._tokens[job.token] = job.arn

    def named(self, name: str) -> JobRecord | None:
        """Return the job with a name."""
        return self._jobs.get(self._names.get(name, ""))

    def with_token(self, token: str) -> JobRecord | None:
        """Return the job that was created with an idempotency token."""
        return self._jobs.get(self._tokens.get(token, ""))

    def find(self, identifier: str) -> JobRecord | None:
        """Return a job by name or ARN, even if the API does not show it yet."""
        return self._jobs.get(identifier) or self.named(identifier)

    def job(self, identifier: str, moment: Moment) -> JobRecord:
        """Return a job by name or ARN.

        Args:
            identifier: name or ARN.
            moment: the time of the call.

        Raises:
            ServiceError: `ResourceNotFoundException` if there is none, or not yet.
        """
        job = self.find(identifier)
        if job is None or moment.now < job.created + moment.behaviour.visible_after_seconds:
            raise not_found(f"Could not find the model customization job {identifier}")
        return job

    def model(self, identifier: str, moment: Moment) -> JobRecord:
        """Return the job of a model that exists.

        Args:
            identifier: the model's name or ARN.
            moment: the time of the call.

        Raises:
            ServiceError: `ResourceNotFoundException` if there is none.
        """
        for job in self.models(moment.now):
            if identifier in (job.model_arn, job.model_name):
                return job
        raise not_found(f"Could not find the custom model {identifier}")

    def models(self, now: float) -> Iterator[JobRecord]:
        """Return the jobs whose models exist, oldest first."""
        return (job for job in self if job.has_model(now))

    def not_ended(self, now: float) -> Iterator[JobRecord]:
        """Return the jobs in progress or stopping, oldest first."""
        return (job for job in self if job.status(now) in NOT_ENDED)

    def serve(self, record: ServingRecord) -> None:
        """Add a deployment or a throughput.

        Args:
            record: the deployment or throughput.

        Raises:
            ValueError: another of its kind has the name.
        """
        if record.arn in self._serving:
            raise ValueError(f"{record.kind} {record.name!r} already exists; choose another name")
        self._serving[record.arn] = record

    def withdraw(self, identifier: str) -> bool:
        """Remove the deployments and throughputs with a name or an ARN; return whether there were any.

        Args:
            identifier: name or ARN of a deployment or throughput.
        """
        found = [one.arn for one in self.serving() if identifier in (one.arn, one.name)]
        for name in found:
            del self._serving[name]
        return bool(found)

    def put_serving(self, record: ServingRecord) -> None:
        """Replace a deployment or a throughput.

        Args:
            record: the deployment or throughput.
        """
        self._serving[record.arn] = record

    def served(self, identifier: str, kind: ServingKind | None = None) -> ServingRecord:
        """Return a deployment or a throughput.

        Args:
            identifier: its ARN, or its name.
            kind: which of both it is. Default: an ARN says so.

        Raises:
            ServiceError: `ResourceNotFoundException` if there is none.
        """
        for one in self.serving(kind):
            if identifier == one.arn or (kind and identifier == one.name):
                return one
        raise not_found(f"Could not find the resource {identifier}")

    def serving(self, kind: ServingKind | None = None) -> Iterator[ServingRecord]:
        """Return deployments and throughputs, oldest first.

        Args:
            kind: only deployments, or only throughputs. Default: both.
        """
        return (one for one in self._serving.values() if kind in (None, one.kind))
