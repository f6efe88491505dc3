"""What costs money in an account and no stack owns: jobs, models, deployments, throughputs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..contract.promotion import CANDIDATE_TAG
from ..contract.resource import STACK_TAG
from ..deployment.aws_calls import AwsCallError, aws_calls, not_of_aws
from .account_reader import required
from .job_description import COMPLETED, IN_PROGRESS, STOPPING
from .job_list import described, job_owners, job_summaries
from .job_owners import JobOwner, Ownership, Stacks

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from .account_reader import AccountReader
    from .job_description import JobDescription

_PAGE = 1000
_ASKED = "the promotion of its model asks it, and deletes it within a day"
_LONGEST_ASKED = timedelta(days=2)
_CHANGING = "its stack is being changed, or may be rolled back"
_OF_OTHERS = JobOwner(ownership=Ownership.NOT_OURS)


class Kind(StrEnum):
    """What it is."""

    JOB = "job"
    MODEL = "model"
    DEPLOYMENT = "deployment"
    THROUGHPUT = "throughput"


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphan:
    """Something that costs money and that no stack owns.

    What is billed is on https://aws.amazon.com/bedrock/pricing/.

    Args:
        kind: what it is.
        name: its name.
        arn: its ARN.
        state: Bedrock's word, such as `Active`.
        since: when it was created.
        costs: what is billed, in a few words.
        owner: the stack that it was made for. Default: this library has not made it.
        committed_until: when the commitment of a throughput ends, before which it cannot be deleted. Default:
            it has none.
        needed: why it is no orphan now. Default: "", it is one.
    """

    kind: Kind
    name: str
    arn: str
    state: str
    since: datetime
    costs: str
    owner: JobOwner = _OF_OTHERS
    committed_until: datetime | None = None
    needed: str = ""

    @property
    def may_be_ended(self) -> bool:
        """Whether a command that ends it can be shown: not where it ends already, or may have an owner."""
        is_known = self.owner.ownership is not Ownership.UNKNOWN
        return is_known and not self.needed and self.state != STOPPING


def find_orphans(
    reader: AccountReader,
    *,
    now: datetime,
    kinds: Iterable[Kind] = tuple(Kind),
    with_others: bool = False,
) -> list[Orphan]:
    """Return what costs money and no stack owns, and what only seems to, with the reason.

    Args:
        reader: reads the account; what it could not read is in its `unread`.
        now: the time.
        kinds: what to look for. Default: everything.
        with_others: whether to return what this library has not made, too. Default: no.

    Raises:
        AwsCallError: nothing at all can be read.
    """
    account = _Account(reader, now)
    finders: dict[Kind, Callable[[], Iterable[Orphan]]] = {
        Kind.JOB: account.jobs,
        Kind.MODEL: account.models,
        Kind.DEPLOYMENT: lambda: account.tagged(account.deployments),
        Kind.THROUGHPUT: lambda: account.tagged(account.throughputs),
    }
    found = [one for kind in dict.fromkeys(kinds) for one in finders[kind]()]
    left_out = {Ownership.OWNED} if with_others else {Ownership.OWNED, Ownership.NOT_OURS}
    return [one for one in found if one.owner.ownership not in left_out]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Serving:
    """A deployment or a throughput.

    Args:
        orphan: itself.
        models: the ARNs of the models that it serves, or is changed to.
    """

    orphan: Orphan
    models: frozenset[str]


class _Account:
    """What an account has; each kind of thing is listed once, when something needs it.

    Args:
        reader: reads it.
        now: the time.
    """

    def __init__(self, reader: AccountReader, now: datetime) -> None:
        self._reader = reader
        self._now = now
        self._stacks = Stacks(reader)

    def jobs(self) -> Iterator[Orphan]:
        """Yield the jobs that run."""
        running = [*(self._jobs(IN_PROGRESS) or ()), *(self._jobs(STOPPING) or ())]
        owners = self._owners(running)
        for job in running:
            owner = owners[job.arn]
            yield Orphan(
                kind=Kind.JOB,
                name=job.name,
                arn=job.arn,
                state=job.status,
                since=job.created,
                costs="tokens until it is stopped",
                owner=owner,
                needed=_CHANGING if owner.ownership is Ownership.IN_TRANSITION else "",
            )

    def models(self) -> Iterator[Orphan]:
        """Yield the models that nothing serves."""
        if self._models is None or self.deployments is None or self.throughputs is None:
            return  # what is served is no orphan
        served = {arn for one in (*self.deployments, *self.throughputs) for arn in one.models}
        unserved = [one for one in self._models if one.arn not in served]
        completed = self._jobs(COMPLETED) if unserved else []
        if completed is None:
            return  # whose they are is unknown
        jobs = {job.model_arn: job for job in completed if job.model_arn}
        owners = self._owners([jobs[one.arn] for one in unserved if one.arn in jobs])
        # The jobs that have a model, so that the models before theirs are not needed any more.
        succeeded = {jobs[one.arn].arn for one in self._models if one.arn in jobs}
        for one in unserved:
            owner = owners[jobs[one.arn].arn] if one.arn in jobs else one.owner
            yield replace(one, owner=owner, needed=_needed(owner, succeeded))

    def tagged(self, serving: Sequence[_Serving] | None) -> Iterator[Orphan]:
        """Yield deployments or throughputs with the stacks that their tags name.

        Args:
            serving: those of the account; None where they could not be listed.
        """
        listed = [one.orphan for one in serving or ()]
        for one, tags in zip(listed, self._reader.each(self._tags, listed), strict=True):
            owner = self._stack_owner(one.arn, tags)
            is_asked = owner.ownership is Ownership.CANDIDATE and self._now - one.since < _LONGEST_ASKED
            yield replace(one, owner=owner, needed=_ASKED if is_asked else "")

    @cached_property
    def deployments(self) -> list[_Serving] | None:
        """The deployments; None where they could not be listed."""
        return self._listed(
            _deployment,
            "list_custom_model_deployments",
            "modelDeploymentSummaries",
            "The deployments could not be listed, so which models are served is unknown.",
        )

    @cached_property
    def throughputs(self) -> list[_Serving] | None:
        """The provisioned throughputs; None where they could not be listed."""
        return self._listed(
            _throughput,
            "list_provisioned_model_throughputs",
            "provisionedModelSummaries",
            "The throughputs could not be listed, so which models are served is unknown.",
        )

    @cached_property
    def _models(self) -> list[Orphan] | None:
        return self._listed(
            _model,
            "list_custom_models",
            "modelSummaries",
            "The custom models could not be listed.",
            modelStatus="Active",
            isOwned=True,
        )

    def _jobs(self, status: str) -> list[JobDescription] | None:
        try:
            return list(job_summaries(self._reader, statusEquals=status))
        except AwsCallError as error:
            self._reader.note(error, "The jobs could not be listed.")
            return None

    def _listed(
        self,
        read: Callable[[Mapping[str, Any]], Any],
        operation: str,
        member: str,
        consequence: str,
        **filters: object,
    ) -> list[Any] | None:
        reader = self._reader
        try:
            found = reader.pages(reader.bedrock, operation, member, maxResults=_PAGE, **filters)
            return [read(one) for one in found]
        except AwsCallError as error:
            reader.note(error, consequence)
            return None

    def _owners(self, jobs: Sequence[JobDescription]) -> dict[str, JobOwner]:
        """Return the owners of jobs; the token is read only of those that no stack is seen to have."""
        named = self._stacks.owners_by_name((one.arn, one.name) for one in jobs)
        read, unread = described(self._reader, [one for one in jobs if one.arn not in named])
        return {**named, **job_owners(self._stacks, read, unread)}

    def _tags(self, orphan: Orphan) -> dict[str, str] | None:
        try:
            with aws_calls():
                listed = self._reader.bedrock.list_tags_for_resource(resourceARN=orphan.arn).get("tags") or ()
            return {str(key): str(value) for key, value in (required(one, "key", "value") for one in listed)}
        except AwsCallError as error:
            self._reader.note(error, "The tags of some deployments or throughputs could not be read.")
            return None

    def _stack_owner(self, arn: str, tags: Mapping[str, str] | None) -> JobOwner:
        if tags is None:
            return JobOwner(ownership=Ownership.UNKNOWN)
        stack_id = tags.get(STACK_TAG, "")
        # A tag may be copied; only a stack of the same account and Region can be looked for.
        if stack_id.split(":")[2:5] != ["cloudformation", *arn.split(":")[3:5]]:
            return _OF_OTHERS
        if stack := self._stacks.find(stack_id):
            ownership = Ownership.CANDIDATE if CANDIDATE_TAG in tags else Ownership.OWNED
            return JobOwner(
                ownership=ownership, stack=stack.name, stack_id=stack_id, stack_status=stack.status
            )
        ownership = Ownership.DELETED if self._stacks.are_readable else Ownership.UNKNOWN
        name = stack_id.rpartition(":stack/")[2].partition("/")[0]
        return JobOwner(ownership=ownership, stack=name, stack_id=stack_id)


def _needed(owner: JobOwner, succeeded: Collection[str]) -> str:
    """Return why a model of a job is still needed; "" where it is not.

    Args:
        owner: the owner of the job.
        succeeded: the ARNs of the jobs that have a model.
    """
    if owner.ownership is Ownership.IN_TRANSITION:
        return _CHANGING
    if owner.ownership is Ownership.REPLACED and owner.current_job not in succeeded:
        return "the job that replaced its job has no model"
    return ""


def _model(summary: Mapping[str, Any]) -> Orphan:
    arn, name, since = required(summary, "modelArn", "modelName", "creationTime")
    return Orphan(
        kind=Kind.MODEL,
        name=str(name),
        arn=str(arn),
        state=str(summary.get("modelStatus", "Active")),
        since=_utc(since),
        costs="storage by the month",
    )


def _deployment(summary: Mapping[str, Any]) -> _Serving:
    arn, name, model, since, state = required(
        summary, "customModelDeploymentArn", "customModelDeploymentName", "modelArn", "createdAt", "status"
    )
    found = Orphan(
        kind=Kind.DEPLOYMENT,
        name=str(name),
        arn=str(arn),
        state=str(state),
        since=_utc(since),
        costs="tokens when it is invoked; its model by the month",
    )
    return _Serving(orphan=found, models=frozenset([str(model)]))


def _throughput(summary: Mapping[str, Any]) -> _Serving:
    arn, name, model, since, state, units = required(
        summary,
        "provisionedModelArn",
        "provisionedModelName",
        "modelArn",
        "creationTime",
        "status",
        "modelUnits",
    )
    until = summary.get("commitmentExpirationTime")
    found = Orphan(
        kind=Kind.THROUGHPUT,
        name=str(name),
        arn=str(arn),
        state=str(state),
        since=_utc(since),
        costs=f"{units} model unit{'s' * (units != 1)} by the hour",
        committed_until=None if until is None else _utc(until),
    )
    return _Serving(orphan=found, models=frozenset([str(model), str(summary.get("desiredModelArn", model))]))


def _utc(time: Any) -> datetime:  # noqa: ANN401 - boto3 has no types
    if not isinstance(time, datetime):
        raise not_of_aws()
    return time.astimezone(UTC)
