"""What deploying the stacks of a cloud assembly would do to their jobs, compared with what is deployed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..contract.resource import RESOURCE_TYPE
from .aws_calls import AwsCallError, Session, aws_calls, client
from .changes import MISSING, changes, listed
from .consequences import Consequence, consequences, is_same_training, job_label
from .deployed_stacks import (
    ABSENT,
    CREATED_ANEW,
    NOT_DEPLOYABLE,
    NOT_ROLLED_BACK,
    DeployedStack,
    deployed_stack,
)
from .indirect import indirect_changes
from .other_jobs import earlier_job, taken_name
from .sweep_consequences import SweepConsequence, sweep_consequences
from .synthesized_stacks import NESTED_STACK, SynthesizedStack
from .templates import EMPTY, Template, resources


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedJob:
    """The resource of a job that is in only one of two templates.

    Args:
        name: how the job is named.
        template: the number of the template among those of the stack and its nested stacks.
        resource: the resource.
    """

    name: str
    template: int
    resource: Template


@dataclass(frozen=True, slots=True, kw_only=True)
class StackComparison:
    """What a deploy of one stack would do to its jobs.

    Args:
        stack: the stack as `cdk synth` wrote it.
        status: CloudFormation's status of the deployed one; "" where there is none, or where it is not known.
        stack_id: the ARN of the deployed one; "" where there is none, or where it is not known.
        problem: why the two could not be compared. Default: they could.
        notes: further sentences about the stack.
        jobs: what would happen to each job, those of nested stacks included.
        sweeps: what would happen to each sweep, those of nested stacks included.
        removed: the jobs that a deploy would remove.
        added: the jobs that it would add.
        deployed: the deployed one; None where it is not known.
    """

    stack: SynthesizedStack
    status: str = ""
    stack_id: str = ""
    problem: str = ""
    notes: Sequence[str] = ()
    jobs: Sequence[Consequence] = ()
    sweeps: Sequence[SweepConsequence] = ()
    removed: Sequence[MovedJob] = ()
    added: Sequence[MovedJob] = ()
    deployed: DeployedStack | None = None

    @property
    def is_deployable(self) -> bool:
        """Whether CloudFormation would accept a deploy in this status."""
        is_waiting = self.status not in ABSENT and self.status.endswith("_IN_PROGRESS")
        return not is_waiting and self.status not in NOT_DEPLOYABLE

    @property
    def sentence(self) -> str:
        """What is known of the stack, in one sentence."""
        _, _, _, region, account, *_ = (*self.stack_id.split(":"), "", "", "", "", "")
        where = (self.stack.account or account, self.stack.region or region)
        name = f"{self.stack.id} ({', '.join(filter(None, where))})" if any(where) else self.stack.id
        if self.problem:
            return f"{name} could not be compared: {self.problem}"
        if self.status in ABSENT:
            return f"{name} is not deployed."
        return f"{name} is {self.status}{self._meaning}."

    @property
    def _meaning(self) -> str:
        """What the status means for a deploy, as the end of a sentence."""
        if self.status in CREATED_ANEW:
            return ": `cdk deploy` deletes it first, and creates it again"
        if self.status in NOT_ROLLED_BACK:
            return ": the last deploy failed and was not rolled back, and `cdk rollback` does that"
        if self.status in NOT_DEPLOYABLE:
            return ": CloudFormation rejects a deploy until somebody has repaired it"
        return "" if self.is_deployable else ": CloudFormation rejects a deploy until that has ended"


class Comparer:
    """Compares the stacks of a cloud assembly with those that are deployed.

    Args:
        session: a boto3 session.
        region: the Region of stacks that do not state one. Default: the session's.
    """

    def __init__(self, session: Session, region: str | None = None) -> None:
        self._session = session
        self._region = region
        self._account = ""
        self._failed: dict[str | None, AwsCallError] = {}

    def compare(self, stacks: Sequence[SynthesizedStack]) -> list[StackComparison]:
        """Return what a deploy of each stack would do to its jobs.

        Args:
            stacks: the stacks as `cdk synth` wrote them.

        Raises:
            AwsCallError: no stack could be read, for a reason that is not about one of them.
        """
        found = [self._compare(stack) for stack in stacks]
        return [_after_moves(one, found) for one in found]

    def _compare(self, stack: SynthesizedStack) -> StackComparison:
        region = stack.region or self._region
        try:
            if region in self._failed:
                raise self._failed[region]
            if stack.account:
                self._check_account(stack.account)
            deployed = deployed_stack(self._session, stack.name, region=region)
        except AwsCallError as error:
            if error.is_general:
                raise
            if error.is_of_region:
                self._failed[region] = error
            return StackComparison(stack=stack, problem=str(error))
        pairs = [*_pairs(stack, deployed, {})]
        notes = [f"The status of its jobs could not be read. {deployed.unread}"] if deployed.unread else []
        notes += [
            f"The template of its nested stack {name} was not found; its jobs are not known."
            for pair in pairs
            for name in pair.without_template
        ]
        return StackComparison(
            stack=stack,
            status=deployed.status,
            stack_id=deployed.stack_id,
            notes=notes,
            jobs=[job for pair in pairs for job in self._jobs(pair, region)],
            sweeps=[one for pair in pairs for one in sweep_consequences(pair.old, pair.new)],
            removed=[one for number, pair in enumerate(pairs) for one in _only(number, pair.old, pair.new)],
            added=[one for number, pair in enumerate(pairs) for one in _only(number, pair.new, pair.old)],
            deployed=deployed,
        )

    def _check_account(self, account: str) -> None:
        """Raise AwsCallError where the credentials are of another account."""
        if not self._account:
            with aws_calls():
                identity = client(self._session, "sts", self._region).get_caller_identity()
                self._account = str(identity["Account"])
        if self._account != account:
            raise AwsCallError(
                f"it is in the account {account}, and the credentials are of {self._account}; compare with "
                "a profile of its account (--profile)."
            )

    def _jobs(self, pair: _Pair, region: str | None) -> Iterator[Consequence]:
        current = pair.deployed.jobs if pair.deployed.exists else None
        for one in consequences(pair.old, pair.new, current=current, given=pair.given):
            yield self._after_others(one, pair, region) if one.starts in ("yes", "unknown") else one

    def _after_others(self, one: Consequence, pair: _Pair, region: str | None) -> Consequence:
        """Return what follows from the other jobs and models that Bedrock has."""
        properties = pair.new["Resources"][one.logical_id].get("Properties")
        request = properties.get("Request") if isinstance(properties, Mapping) else None
        if not isinstance(request, Mapping):
            return one
        if taken := taken_name(self._session, region, request, current=one.arn):
            why = f"{one.why}; but {taken}"
            if not pair.deployed.exists and one.starts == "yes":
                return replace(one, starts="fails", why=why)
            why = f"{why}, and the deploy fails unless this resource trained that with the same inputs"
            return replace(one, starts="unknown", why=why)
        if one.starts != "yes" or not pair.deployed.exists:
            return one
        earlier = earlier_job(
            self._session,
            region,
            stack_id=pair.deployed.stack_id,
            logical_id=one.logical_id,
            request=request,
            current=one.arn,
        )
        if not earlier:
            return one
        why = f"{one.why}; if the earlier job {earlier} has the same inputs, it is used and none starts"
        return replace(one, starts="unknown", why=why)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """A stack, or a nested stack, as it is deployed and as it would be.

    Args:
        deployed: what is deployed.
        new: the template to be deployed.
        given: why a parameter of a nested stack gets another value, by its name.
        without_template: the nested stacks whose templates were not found.
    """

    deployed: DeployedStack
    new: Template
    given: Mapping[str, str]
    without_template: Sequence[str]

    @property
    def old(self) -> Template:
        return self.deployed.template


def _pairs(
    stack: SynthesizedStack | None, deployed: DeployedStack, given: Mapping[str, str]
) -> Iterator[_Pair]:
    """Yield both sides of a stack and of its nested stacks."""
    new, nested = (stack.template, stack.nested) if stack else (EMPTY, {})
    lost = [name for name, inner in nested.items() if inner is None]
    yield _Pair(deployed=deployed, new=new, given=given, without_template=lost)
    for name in dict.fromkeys([*nested, *deployed.nested]):
        if name not in lost:
            inner = deployed.nested.get(name, DeployedStack(name=name))
            yield from _pairs(nested.get(name), inner, _given(name, deployed.template, new))


def _only(number: int, one: Template, other: Template) -> list[MovedJob]:
    """Return the jobs of one template that the other has not."""
    mine, others = resources(one, RESOURCE_TYPE), resources(other, RESOURCE_TYPE)
    return [
        MovedJob(name=job_label(name, resource), template=number, resource=resource)
        for name, resource in mine.items()
        if name not in others
    ]


def _given(name: str, old: Template, new: Template) -> dict[str, str]:
    """Return why a parameter of a nested stack gets another value."""
    before, after = (_parameters(one, name) for one in (old, new))
    found: dict[str, str] = {}
    for one, value in after.items():
        differences = [*changes(before.get(one, MISSING), value, f"the parameter {one}")]
        if one in before and (differences := differences or [*indirect_changes(value, old, new)]):
            found[one] = listed(differences)
    return found


def _parameters(template: Template, name: str) -> Mapping[str, object]:
    properties = resources(template, NESTED_STACK).get(name, {}).get("Properties")
    found = properties.get("Parameters") if isinstance(properties, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _after_moves(one: StackComparison, found: Sequence[StackComparison]) -> StackComparison:
    """Return a comparison that says which of its new jobs another stack, or a nested one, has now."""
    added = {new.name: new for new in one.added}
    return replace(one, jobs=[_after_move(job, one, added.get(job.job), found) for job in one.jobs])


def _after_move(
    job: Consequence, stack: StackComparison, added: MovedJob | None, found: Sequence[StackComparison]
) -> Consequence:
    removed = [(other, old) for other in found for old in other.removed] if added else []
    for other, old in removed:
        is_same_template = added and other is stack and old.template == added.template
        if added and not is_same_template and is_same_training(added.resource, old.resource):
            there = "" if other is stack else f" of the stack {other.stack.id}"
            again = ", it trains again" if job.starts == "yes" else ""
            why = (
                f"{job.why}; its inputs are those of {old.name}{there}, which is removed there: a deploy "
                f"cannot move a job to another stack, nested ones included{again}; leave the job where it "
                "is, or use its model by its ARN"
            )
            return replace(job, why=why)
    return job
