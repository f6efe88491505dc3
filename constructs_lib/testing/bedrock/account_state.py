"""Everything that one account has in one Region."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from .behaviour import Moment
from .deployment_record import DeploymentRecord
from .records import NOT_ENDED, JobRecord
from .service import ServiceError, not_found
from .serving_record import ServingRecord
from .throughput_record import ThroughputRecord

_Record = TypeVar("_Record", bound=ServingRecord)


class ServingRecords(Generic[_Record]):
    """The deployments, or the provisioned throughputs, of one account in one Region.

    Args:
        noun: what they are, for messages.
        record: the class of their records.
    """

    def __init__(self, noun: str, record: type[_Record]) -> None:
        self.noun = noun
        self.record = record
        self._records: dict[str, _Record] = {}

    def put(self, record: _Record) -> None:
        """Add or replace one; its token can never be used again."""
        self._records[record.arn] = record

    def with_token(self, token: str) -> _Record | None:
        """Return the one that was created with an idempotency token, also if it was deleted."""
        return next((one for one in self.all() if token and one.token == token), None)

    def find(self, identifier: str, now: float) -> _Record | None:
        """Return one that exists by name or ARN, even if the API does not show it yet."""
        return next((one for one in self.existing(now) if identifier in (one.arn, one.name)), None)

    def get(self, identifier: str, moment: Moment) -> _Record:
        """Return one by name or ARN.

        Args:
            identifier: name or ARN.
            moment: the time of the call.

        Raises:
            ServiceError: `ResourceNotFoundException` if there is none, or not yet.
        """
        record = self.find(identifier, moment.now)
        if record is None or moment.now < record.readable:
            raise not_found(f"Could not find the {self.noun} {identifier}")
        return record

    def check_name(self, name: str, moment: Moment) -> None:
        """Check that a name can be given.

        Args:
            name: the name.
            moment: the time of the call.

        Raises:
            ServiceError: it is in use.
        """
        free_after = moment.behaviour.name_free_after_seconds
        if any(one.name == name and moment.now < one.deleted + free_after for one in self.all()):
            message = f"The provided {self.noun} name is currently in use."
            raise ServiceError(moment.behaviour.deployment_name_in_use, message)

    def number_of(self, name: str) -> str:
        """Return how many have had a name, which distinguishes their ids; "" if none has."""
        return str(sum(one.name == name for one in self.all()) or "")

    def existing(self, now: float) -> Iterator[_Record]:
        """Return those that exist, oldest first."""
        return (one for one in self.all() if one.exists(now))

    def readable(self, now: float) -> Iterator[_Record]:
        """Return those that the API shows, oldest first."""
        return (one for one in self.existing(now) if now >= one.readable)

    def all(self) -> Iterator[_Record]:
        """Return those that exist and those that were deleted, oldest first."""
        return iter(self._records.values())


def _deployments() -> ServingRecords[DeploymentRecord]:
    return ServingRecords("custom model deployment", DeploymentRecord)


def _throughputs() -> ServingRecords[ThroughputRecord]:
    return ServingRecords("provisioned throughput", ThroughputRecord)


@dataclass(slots=True)
class AccountState:
    """The jobs of one account in one Region, with their models, and the deployments and throughputs.

    A model exists when its job has completed.

    Args:
        account: 12 digits.
        region: such as `us-east-1`.
        deployments: its deployments.
        throughputs: its provisioned throughputs.
    """

    account: str
    region: str
    deployments: ServingRecords[DeploymentRecord] = field(default_factory=_deployments)
    throughputs: ServingRecords[ThroughputRecord] = field(default_factory=_throughputs)
    _jobs: dict[str, JobRecord] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)
    _tokens: dict[str, str] = field(default_factory=dict)

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

    def serving(self, now: float) -> Iterator[ServingRecord]:
        """Return the deployments, and then the throughputs, that exist.

        Args:
            now: seconds since 1970.
        """
        yield from self.deployments.existing(now)
        yield from self.throughputs.existing(now)

    def arns_that_serve(self, model_arn: str, now: float) -> list[str]:
        """Return the ARNs of the deployments and throughputs that prevent a model's deletion.

        Args:
            model_arn: the ARN of the model.
            now: seconds since 1970.
        """
        return [one.arn for one in self.serving(now) if one.uses(model_arn, now)]

    def withdraw(self, identifier: str, now: float) -> bool:
        """Remove the deployments and throughputs with a name or an ARN; return whether there were any.

        Args:
            identifier: name or ARN of a deployment or throughput.
            now: seconds since 1970.
        """
        deployment = self.deployments.find(identifier, now)
        throughput = self.throughputs.find(identifier, now)
        if deployment is not None:
            self.deployments.put(deployment.removed(now))
        if throughput is not None:
            self.throughputs.put(throughput.removed(now))
        return deployment is not None or throughput is not None
