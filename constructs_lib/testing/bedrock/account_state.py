"""Everything that one account has in one Region."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from .behaviour import Moment
from .deployment_record import DeploymentRecord
from .records import NOT_ENDED, JobRecord, ThroughputRecord
from .service import not_found


@dataclass(slots=True)
class AccountState:
    """The jobs of one account in one Region, with their models, and the deployments and throughputs.

    A model exists when its job has completed; throughputs are created by tests.

    Args:
        account: 12 digits.
        region: such as `us-east-1`.
    """

    account: str
    region: str
    _jobs: dict[str, JobRecord] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)
    _tokens: dict[str, str] = field(default_factory=dict)
    _deployments: dict[str, DeploymentRecord] = field(default_factory=dict)
    _throughputs: dict[str, ThroughputRecord] = field(default_factory=dict)

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

    def put_throughput(self, record: ThroughputRecord) -> None:
        """Add or replace a throughput.

        Args:
            record: the throughput.
        """
        self._throughputs[record.arn] = record

    def throughput(self, identifier: str) -> ThroughputRecord:
        """Return a throughput.

        Args:
            identifier: its name or ARN.

        Raises:
            ServiceError: `ResourceNotFoundException` if there is none.
        """
        for one in self.throughputs():
            if identifier in (one.arn, one.name):
                return one
        raise not_found(f"Could not find the resource {identifier}")

    def throughputs(self) -> Iterator[ThroughputRecord]:
        """Return the throughputs, oldest first."""
        return iter(self._throughputs.values())

    def put_deployment(self, record: DeploymentRecord) -> None:
        """Add or replace a deployment; its token can never be used again.

        Args:
            record: the deployment.
        """
        self._deployments[record.arn] = record

    def deployment_with_token(self, token: str) -> DeploymentRecord | None:
        """Return the deployment that was created with an idempotency token, also one that was deleted."""
        return next((one for one in self.all_deployments() if token and one.token == token), None)

    def find_deployment(self, identifier: str, now: float) -> DeploymentRecord | None:
        """Return a deployment that exists by name or ARN, even if the API does not show it yet."""
        return next((one for one in self.deployments(now) if identifier in (one.arn, one.name)), None)

    def deployment(self, identifier: str, moment: Moment) -> DeploymentRecord:
        """Return a deployment by name or ARN.

        Args:
            identifier: name or ARN.
            moment: the time of the call.

        Raises:
            ServiceError: `ResourceNotFoundException` if there is none, or not yet.
        """
        record = self.find_deployment(identifier, moment.now)
        if record is None or moment.now < record.readable:
            raise not_found(f"Could not find the custom model deployment {identifier}")
        return record

    def deployments(self, now: float) -> Iterator[DeploymentRecord]:
        """Return the deployments that exist, oldest first."""
        return (one for one in self.all_deployments() if one.exists(now))

    def all_deployments(self) -> Iterator[DeploymentRecord]:
        """Return the deployments that exist and those that were deleted, oldest first."""
        return iter(self._deployments.values())

    def arns_that_serve(self, model_arn: str, now: float) -> list[str]:
        """Return the ARNs of the deployments and throughputs that prevent a model's deletion.

        Args:
            model_arn: the ARN of the model.
            now: seconds since 1970.
        """
        deployments = [one.arn for one in self.deployments(now) if one.uses(model_arn, now)]
        return deployments + [one.arn for one in self.throughputs() if one.model_arn == model_arn]

    def withdraw(self, identifier: str, now: float) -> bool:
        """Remove the deployments and throughputs with a name or an ARN; return whether there were any.

        Args:
            identifier: name or ARN of a deployment or throughput.
            now: seconds since 1970.
        """
        throughputs = [one.arn for one in self.throughputs() if identifier in (one.arn, one.name)]
        for found in throughputs:
            del self._throughputs[found]
        deployment = self.find_deployment(identifier, now)
        if deployment is not None:
            self.put_deployment(deployment.removed(now))
        return bool(throughputs) or deployment is not None
