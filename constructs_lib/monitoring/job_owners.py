"""Whose a job is: of which stack and resource, or of nobody any more."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from ..contract.resource import RESOURCE_TYPE
from ..contract.sweeps import SWEEP_TYPE
from ..deployment.aws_calls import AwsCallError
from ..deployment.deployed_stacks import stack_resources
from .account_reader import required

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .account_reader import AccountReader

_DELETED = "DELETE_COMPLETE"
_MAY_BE_ROLLED_BACK = ("UPDATE_FAILED", "UPDATE_ROLLBACK_FAILED")

# The function has more in a token; what follows may grow with its versions.
_TOKEN = re.compile(
    r"v[0-9]+-(?P<stack>[0-9a-f]{8})-(?P<resource>[0-9a-f]{8})-[0-9a-f]{16}-[0-9]{1,6}(?:-[0-9a-z]+)*"
)
_LONGEST_GROUP = 16
_GENERATED_NAME = re.compile(r"[A-Za-z0-9]{1,30}-(?P<stack>[A-Za-z0-9]{1,16})-[0-9a-f]{12}")


class Ownership(StrEnum):
    """How a job stands to the stack that it was started for."""

    OWNED = "owned"
    """A resource of a stack has it, or it is a trial of a sweep of a stack."""

    IN_TRANSITION = "in transition"
    """Its resource has another job or none, and the stack is being changed or may still be rolled back."""

    REPLACED = "replaced"
    """Its resource has another job."""

    REMOVED = "removed"
    """Its stack has no such resource any more."""

    DELETED = "deleted"
    """Its stack is deleted."""

    CANDIDATE = "candidate"
    """A deployment that a promotion has made to ask its model, and not one that the stack defines."""

    UNKNOWN = "unknown"
    """The stacks cannot be read."""

    NOT_OURS = "not ours"
    """This library did not start it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOwner:
    """The stack and the resource that a job was started for.

    Args:
        ownership: how the job stands to them.
        stack: the stack's name; that of the outermost one, where a nested stack has the job. Default: not
            known, as of a stack that was deleted more than 90 days ago.
        stack_id: the ARN of the stack, or the nested stack, that the resource is in. Default: not known.
        stack_status: CloudFormation's word for the status of that stack; while the outermost one is changed,
            of that. Default: not known.
        resource: the logical id of the resource. Default: not known.
        current_job: the ARN of the job that the resource has now. Default: none, or not known.
    """

    ownership: Ownership
    stack: str = ""
    stack_id: str = ""
    stack_status: str = ""
    resource: str = ""
    current_job: str = ""

    @property
    def is_ours(self) -> bool:
        """Whether this library started the job."""
        return self.ownership is not Ownership.NOT_OURS

    def __str__(self) -> str:
        stack = f"stack {self.stack}"
        if self.ownership is Ownership.DELETED and not self.stack:
            return "a stack that was deleted more than 90 days ago"
        return {
            Ownership.OWNED: f"{stack}, resource {self.resource}",
            Ownership.IN_TRANSITION: f"{stack}: {self.stack_status}",
            Ownership.REPLACED: f"{stack}, resource {self.resource}: has another job",
            Ownership.REMOVED: f"{stack}: the resource was removed",
            Ownership.DELETED: f"{stack}: deleted",
            Ownership.CANDIDATE: f"{stack}: made to ask a model before its promotion",
            Ownership.UNKNOWN: "owner unknown",
            Ownership.NOT_OURS: "not started by this library",
        }[self.ownership]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A stack in CloudFormation's list.

    Args:
        name: its name.
        stack_id: its ARN.
        status: CloudFormation's word.
        root_id: the ARN of the outermost stack that it is nested in. Default: it is nested in none.
    """

    name: str
    stack_id: str
    status: str
    root_id: str = ""

    @property
    def uuid_group(self) -> str:
        """The part of its ARN that the generated names of its jobs have."""
        return self.stack_id.rpartition("/")[2].partition("-")[0][:_LONGEST_GROUP]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Resources:
    """The resources of a stack that have jobs.

    Args:
        jobs: the ARN of the job that each resource has now, by logical id.
        sweeps: the logical ids of sweeps, each of which has several jobs.
    """

    jobs: Mapping[str, str]
    sweeps: Sequence[str]


class Stacks:
    """The stacks of an account in one Region; each is read once, when something asks for it.

    Args:
        reader: reads them.
    """

    def __init__(self, reader: AccountReader) -> None:
        self._reader = reader
        self._existing: dict[str, Stack] | None = None
        self._deleted: dict[str, Stack] | None = None
        self._jobs: dict[str, _Resources | None] = {}
        self.are_readable = True

    def owners(self, jobs: Iterable[tuple[str, str]]) -> dict[str, JobOwner]:
        """Return the owners of jobs by their ARNs.

        Only the stacks that the tokens name are read, each with one call for 100 resources.

        Args:
            jobs: ARN and client request token of each job.
        """
        tokens = {arn: _TOKEN.fullmatch(token) for arn, token in jobs}
        hashes = {arn: found["stack"] for arn, found in tokens.items() if found}
        stacks = self._by_hash(set(hashes.values()))
        self._read(stack for stack in stacks.values() if stack.status != _DELETED)
        return {
            arn: self._owner(arn, stacks.get(token["stack"]), token["resource"])
            if token
            else JobOwner(ownership=Ownership.NOT_OURS)
            for arn, token in tokens.items()
        }

    def owners_by_name(self, jobs: Iterable[tuple[str, str]]) -> dict[str, JobOwner]:
        """Return the owners of those jobs that the stack has which a generated name speaks of.

        It saves the call for the token. A job that is not found so may still have an owner.

        Args:
            jobs: ARN and name of each job.
        """
        parts = {arn: part for arn, name in jobs if (part := stack_part(name))}
        by_part: dict[str, list[Stack]] = {}
        for stack in self._all_existing().values() if parts else ():
            by_part.setdefault(stack.uuid_group, []).append(stack)
        asked = {arn: by_part.get(part, []) for arn, part in parts.items()}
        self._read(stack for stacks in asked.values() for stack in stacks)
        owners = {arn: self._owned(arn, stack) for arn, stacks in asked.items() for stack in stacks}
        return {arn: owner for arn, owner in owners.items() if owner}

    def find(self, stack_id: str) -> Stack | None:
        """Return a stack that exists; None where there is none, or stacks cannot be read.

        Args:
            stack_id: its ARN.
        """
        return self._all_existing().get(short_hash(stack_id))

    def _owner(self, arn: str, stack: Stack | None, resource: str) -> JobOwner:
        """Return the owner of a job with a token of this library."""
        if stack is None:
            ownership = Ownership.DELETED if self.are_readable else Ownership.UNKNOWN
            return JobOwner(ownership=ownership)
        if stack.status == _DELETED:
            return _of(stack, Ownership.DELETED, stack.name)
        found = self._jobs[stack.stack_id]
        if found is None:
            return _of(stack, Ownership.UNKNOWN, self._root(stack).name)
        if owned := self._owned(arn, stack):
            return owned
        for sweep in found.sweeps:
            if short_hash(sweep) == resource:
                name = self._root(stack).name
                return _of(stack, Ownership.OWNED, name, resource=sweep, current_job=arn)
        jobs = found.jobs
        logical_id = next((one for one in jobs if short_hash(one) == resource), "")
        ownership = Ownership.REPLACED if logical_id else Ownership.REMOVED
        root = self._root(stack)
        # A nested stack is complete before the outermost one, which may still roll it back.
        if changing := next((one.status for one in (stack, root) if _is_changing(one.status)), ""):
            ownership, stack = Ownership.IN_TRANSITION, replace(stack, status=changing)
        return _of(stack, ownership, root.name, resource=logical_id, current_job=jobs.get(logical_id, ""))

    def _owned(self, arn: str, stack: Stack) -> JobOwner | None:
        found = self._jobs[stack.stack_id]
        for logical_id, job in found.jobs.items() if found else ():
            if job == arn:
                name = self._root(stack).name
                return _of(stack, Ownership.OWNED, name, resource=logical_id, current_job=arn)
        return None

    def _root(self, stack: Stack) -> Stack:
        return self._all_existing().get(short_hash(stack.root_id), stack) if stack.root_id else stack

    def _by_hash(self, hashes: set[str]) -> dict[str, Stack]:
        found = {one: stack for one, stack in self._all_existing().items() if one in hashes} if hashes else {}
        if hashes - set(found) and self.are_readable:
            found |= {one: stack for one, stack in self._all_deleted().items() if one in hashes - set(found)}
        return found

    def _all_existing(self) -> dict[str, Stack]:
        if self._existing is None:
            shape = self._reader.cloudformation.meta.service_model.shape_for("StackStatus")
            self._existing = self._listed([one for one in shape.enum if one != _DELETED])
        return self._existing

    def _all_deleted(self) -> dict[str, Stack]:
        # After the others: a stack that is deleted meanwhile is in one of the two lists.
        if self._deleted is None:
            self._deleted = self._listed([_DELETED])
        return self._deleted

    def _listed(self, statuses: list[str]) -> dict[str, Stack]:
        reader = self._reader
        try:
            return {
                short_hash(stack.stack_id): stack
                for one in reader.pages(
                    reader.cloudformation, "list_stacks", "StackSummaries", StackStatusFilter=statuses
                )
                for stack in [_stack(one)]
            }
        except AwsCallError as error:
            self.are_readable = False
            reader.note(error, "The stacks could not be listed, so who owns a job is unknown.")
            return {}

    def _read(self, stacks: Iterable[Stack]) -> None:
        """Read the jobs of stacks, of each stack once."""
        new = list({one.stack_id: one for one in stacks if one.stack_id not in self._jobs}.values())
        self._jobs |= zip([one.stack_id for one in new], self._reader.each(self._jobs_of, new), strict=True)

    def _jobs_of(self, stack: Stack) -> _Resources | None:
        try:
            found = list(stack_resources(self._reader.cloudformation, stack.stack_id))
        except AwsCallError as error:
            self._reader.note(
                error, "The resources of some stacks could not be read, so who owns their jobs is unknown."
            )
            return None
        return _Resources(
            jobs={one.logical_id: one.physical_id for one in found if one.type == RESOURCE_TYPE},
            sweeps=[one.logical_id for one in found if one.type == SWEEP_TYPE],
        )


def short_hash(text: str) -> str:
    """Return the 8 characters that a client request token has for a stack's ARN, or a logical id.

    The function computes the same (`jobs/identity.py`); a test compares them.

    Args:
        text: the ARN, or the logical id.
    """
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def has_our_token(token: str) -> bool:
    """Return whether this library started the job that has a client request token.

    Args:
        token: the token.
    """
    return _TOKEN.fullmatch(token) is not None


def is_started_for(token: str, stack_id: str, logical_id: str) -> bool:
    """Return whether a job was started for a resource of a stack.

    Args:
        token: its client request token.
        stack_id: the stack's ARN.
        logical_id: the resource's logical id.
    """
    found = _TOKEN.fullmatch(token)
    owner = (short_hash(stack_id), short_hash(logical_id))
    return found is not None and (found["stack"], found["resource"]) == owner


def stack_part(name: str) -> str:
    """Return the part of a generated job name that says which stack it is of; "" for any other name.

    Args:
        name: the job's name.
    """
    found = _GENERATED_NAME.fullmatch(name)
    return found["stack"] if found else ""


def _is_changing(status: str) -> bool:
    return status.endswith("_IN_PROGRESS") or status in _MAY_BE_ROLLED_BACK


def _stack(summary: Mapping[str, object]) -> Stack:
    name, stack_id, status = required(summary, "StackName", "StackId", "StackStatus")
    return Stack(
        name=str(name), stack_id=str(stack_id), status=str(status), root_id=str(summary.get("RootId") or "")
    )


def _of(
    stack: Stack, ownership: Ownership, name: str, *, resource: str = "", current_job: str = ""
) -> JobOwner:
    return JobOwner(
        ownership=ownership,
        stack=name,
        stack_id=stack.stack_id,
        stack_status=stack.status,
        resource=resource,
        current_job=current_job,
    )
