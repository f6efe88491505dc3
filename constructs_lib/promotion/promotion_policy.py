"""The promotion of one published model or one deployment: its arguments, its property, what it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..checks.rules import promotion as rules
from ..checks.rules.data import output_of_function
from ..contract.promotion import (
    BAKE_MEMBER,
    CONDITIONS_MEMBER,
    PROMOTION_STORES_PROPERTY,
    STATE_MACHINE_MEMBER,
    STORE_MEMBER,
    WHEN_UNSURE_MEMBER,
    WhenUnsure,
)
from ..contract.resource import OnDelete
from ..findings import error
from ..job.argument_types import shown
from ..job.beside_job import BesideJob
from ..job.handler_permissions import Capability
from ..job.job_data import location
from ..job.outputs import Outputs
from ..job.storage import OutputBucket
from ..permissions import model_arns, no_approval_statement
from ..request import OutputData
from .bake import Bake
from .conditions import AnswersCondition, Asked, Condition
from .promote_if import PromoteIf
from .records import Records

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import aws_cdk as cdk
    from constructs import Construct

    from ..findings import Finding
    from ..job.provider import JobProvider
    from ..job.stack_env import StackEnv
    from ..job.stack_jobs import DefinedJob
    from ..permissions import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionArguments:
    """What was given of a promotion.

    Args:
        promote_if: what must be so. Default: nothing.
        when_unsure: what happens if it is not clear.
        bake: how long alarms take a model back. Default: none does.
    """

    promote_if: Any
    when_unsure: Any
    bake: Any

    @property
    def is_given(self) -> bool:
        """Whether anything decides about a new model."""
        return self.promote_if is not None or self.bake is not None

    @property
    def conditions(self) -> Sequence[Condition]:
        """The conditions, in the order in which they are asked."""
        if not isinstance(self.promote_if, PromoteIf):
            return ()
        given: Any = self.promote_if.conditions
        return given if isinstance(given, tuple | list) else (given,)  # what is no condition is found below

    @property
    def is_slow(self) -> bool:
        """Whether a look cannot do everything, so that a state machine is needed."""
        asks = self.when_unsure is WhenUnsure.ASK
        return asks or self.bake is not None or any(one.is_slow for one in self.conditions)

    def findings(self, env: StackEnv, job: DefinedJob | None, *, has_deployment: bool) -> Iterator[Finding]:
        """Yield what is wrong with the arguments.

        Args:
            env: the stack.
            job: the job that is followed. None where none is.
            has_deployment: whether it is for a deployment, and not for a parameter.
        """
        if not isinstance(self.when_unsure, WhenUnsure):
            fix = "write WhenUnsure.KEEP, WhenUnsure.ASK or WhenUnsure.PROMOTE"
            yield error("argument-type", "when_unsure", "must be a WhenUnsure", shown(self.when_unsure), fix)
        elif self.promote_if is None and self.when_unsure is not WhenUnsure.KEEP:
            yield rules.when_unsure_alone()
        if self.bake is not None and not isinstance(self.bake, Bake):
            fix = "write Bake(alarms=[alarm])"
            yield error("argument-type", "bake", "must be a Bake", shown(self.bake), fix)
        elif self.bake is not None:
            yield from self.bake.findings(env, has_deployment=has_deployment)
        yield from self._condition_types()
        if job is None or not self.is_given:
            return
        yield from _output_findings(env, job)
        asked = Asked(env=env, job=job, is_checked=has_deployment)
        for one in self.conditions:
            if isinstance(one, Condition):
                yield from one.findings(asked)

    def make(
        self, path: str, env: StackEnv, job: DefinedJob | None, provider: JobProvider
    ) -> Promotion | None:
        """Return the promotion; None where every new model is promoted.

        Args:
            path: the path of the construct.
            env: its stack.
            job: the job that is followed.
            provider: the function.
        """
        if job is None or not self.is_given:
            return None
        return Promotion(self, path=path, env=env, job=job, provider=provider)

    def _condition_types(self) -> Iterator[Finding]:
        rule, fix = "must be a PromoteIf", "write PromoteIf.validation_loss()"
        if self.promote_if is None:
            return
        if not isinstance(self.promote_if, PromoteIf):
            yield error("argument-type", "promote_if", rule, shown(self.promote_if), fix)
        elif not self.conditions:
            rule = "must have a condition at least"
            yield error("promotion-condition", "promote_if", rule, shown(self.promote_if), fix)
        for one in self.conditions:
            if not isinstance(one, Condition):
                yield error("argument-type", "promote_if.all_of", rule, shown(one), fix)


class Promotion:
    """The promotion of one published model or one deployment.

    Args:
        given: its arguments, which are valid.
        path: the path of the construct.
        env: its stack.
        job: the job that is followed.
        provider: the function.
    """

    def __init__(
        self,
        given: PromotionArguments,
        *,
        path: str,
        env: StackEnv,
        job: DefinedJob,
        provider: JobProvider,
    ) -> None:
        self._given, self._path, self._env = given, path, env
        self._job, self._provider = job, provider
        self._beside = BesideJob(env, path)
        self._records = Records.of(job, self._beside, env)

    @property
    def state_machine_arn(self) -> str | None:
        """The state machine that asks again; None where a look can do everything."""
        return self._provider.state_machine_arn if self._given.is_slow else None

    @property
    def store(self) -> tuple[str, str]:
        """Bucket and prefix of the records."""
        return self._records.output.bucket, self._records.prefix

    @property
    def capabilities(self) -> Sequence[Capability]:
        """What else the function can do: models that are asked are deployed for it."""
        asks = any(isinstance(one, AnswersCondition) for one in self._given.conditions)
        return [Capability.SERVE_MODELS] if asks else []

    @property
    def members(self) -> dict[str, Any]:
        """It as the template has it."""
        given, machine = self._given, self.state_machine_arn
        return {
            CONDITIONS_MEMBER: [one.members(self._env) for one in given.conditions],
            WHEN_UNSURE_MEMBER: given.when_unsure.value,
            STORE_MEMBER: self._records.members,
            **({} if machine is None else {STATE_MACHINE_MEMBER: machine}),
            **({} if given.bake is None else {BAKE_MEMBER: given.bake.members}),
        }

    def connect(self, construct: Construct, resource: cdk.CfnResource) -> cdk.CfnOutput:
        """Permit the function, let the resource wait for it, and return the output that names the records.

        Args:
            construct: the construct.
            resource: its resource.
        """
        self._beside.belongs_to(resource)
        policies = self._provider.allow_apart(f"{resource.logical_id}Promotion", self._statements())
        resource.node.add_dependency(*policies)
        if self._job.on_delete is OnDelete.DELETE_MODEL:
            self._protect_models(resource)
        description = "S3 URI below which it is recorded which models were promoted"
        outputs = Outputs(construct, self._path, self._env)
        return outputs.add("Promotion", value=self._records.uri, description=description)

    def _statements(self) -> list[Statement]:
        given = self._given
        return [
            *self._records.statements,
            no_approval_statement(model_arns(**self._env.arn_parts)),
            *(statement for one in given.conditions for statement in one.statements(self._records)),
            *(given.bake.statements if given.bake else ()),
        ]

    def _protect_models(self, resource: cdk.CfnResource) -> None:
        """Let the deletion of models read the records: what may still serve is not deleted.

        What is promoted to is deleted before the job, and its policy with it; the job needs one of its own.
        """
        job = self._job
        job.promotion_stores.append(self._records.members)
        job.resource.add_property_override(PROMOTION_STORES_PROPERTY, [*job.promotion_stores])
        logical_id, statements = f"{resource.logical_id}Records", self._records.read_statements
        # A function that decides may depend on the job, which therefore must not wait for that.
        apart = job.provider.allow_apart(logical_id, statements, is_alone=True)
        job.resource.node.add_dependency(*apart)


def _output_findings(env: StackEnv, job: DefinedJob) -> Iterator[Finding]:
    given = job.given_output
    place = location(given, env) if isinstance(given, OutputData) else None
    in_vpc = isinstance(given, OutputBucket) and given.only_from_vpc_id is not None
    written = "the records of the promotion"
    yield from output_of_function(place, env.account, "promotion-output", written, is_in_vpc=in_vpc)
