"""The conditions of a promotion: what each takes, what the template has of it, and what it needs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from ..checks.rules import promotion as rules
from ..checks.rules.data import differ
from ..checks.rules.serving import ON_DEMAND, hosting_findings
from ..contract.promotion import (
    ANSWERS,
    APPROVED,
    AT_LEAST_MEMBER,
    AT_MOST_MEMBER,
    CONFIDENCE_MEMBER,
    DATA_MEMBER,
    FUNCTION,
    FUNCTION_ARN_MEMBER,
    MARGIN_MEMBER,
    MAX_TOKENS_MEMBER,
    SCORE_MEMBER,
    SECONDS_MEMBER,
    TOPIC_ARN_MEMBER,
    TYPE_MEMBER,
    VALIDATION_LOSS,
    Score,
)
from ..findings import error
from ..job.argument_types import has, shown, topic_problems
from ..job.asset import add_data_asset, copy_files
from ..job.job_data import arn_of_key, location
from ..permissions import (
    KEY,
    S3_OBJECT,
    answers_statements,
    exact_problems,
    invoke_function_statement,
    send_statements,
    wildcard_problems,
)
from .durations import seconds_of
from .evaluation_data import EvaluationData
from .places import place_findings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import aws_cdk as cdk
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_sns as sns

    from ..findings import Finding
    from ..job.stack_env import StackEnv
    from ..job.stack_jobs import DefinedJob
    from ..permissions import S3Location, Statement
    from ..request.data import S3Data
    from .records import Records

_TWO_WEEKS = 14 * 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whose models the conditions are about.

    Args:
        env: the stack.
        job: the job.
        is_checked: whether it is checked already that AWS can deploy its models on demand.
    """

    env: StackEnv
    job: DefinedJob
    is_checked: bool


class Condition:
    """One condition.

    Attributes:
        rank: the order in which conditions are asked: what costs nothing first, a person last.
        is_slow: whether it takes longer than one call of the function.
        path: how an error names it.
    """

    __slots__ = ()

    rank: ClassVar[int]
    is_slow: ClassVar[bool]

    @property
    def path(self) -> str:
        """How an error names it."""
        raise NotImplementedError

    def findings(self, asked: Asked) -> Iterator[Finding]:
        """Yield what is wrong with the arguments.

        Args:
            asked: whose models it is about.
        """
        raise NotImplementedError

    def members(self, env: StackEnv) -> dict[str, Any]:
        """Return it as the template has it.

        Args:
            env: the stack.
        """
        raise NotImplementedError

    def statements(self, records: Records) -> list[Statement]:
        """Return what the function must be permitted besides its records.

        Args:
            records: the place of the records.
        """
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class LossCondition(Condition):
    """A loss of the training is not higher than that of what serves.

    Args:
        type: the type in the template.
        margin: by how much it may be higher.
        at_most: how high it may be at all. Default: as high as it likes.
    """

    rank: ClassVar[int] = 0
    is_slow: ClassVar[bool] = False

    type: str
    margin: float
    at_most: float | None

    @property
    def path(self) -> str:
        """How an error names it."""
        return f"promote_if.{'validation' if self.type == VALIDATION_LOSS else 'training'}_loss"

    def findings(self, asked: Asked) -> Iterator[Finding]:
        """Yield what is wrong with the arguments."""
        yield from rules.number_findings(f"{self.path}.margin", self.margin, 0)
        if self.at_most is not None:
            yield from rules.number_findings(f"{self.path}.at_most", self.at_most, 0)
        request, data = asked.job.request, asked.job.parts.data
        uploaded = {one.s3_uri for one in data.files}
        yield from rules.loss_findings(
            self.path,
            str(request.get("customizationType", "")),
            is_of_validation=self.type == VALIDATION_LOSS,
            has_validation_data=bool(request.get("validationDataConfig")),
            is_uploaded=all(one.uri in uploaded for one in data.validation or ()),
        )

    def members(self, env: StackEnv) -> dict[str, Any]:  # noqa: ARG002 - the others need it
        """Return it as the template has it."""
        return {
            TYPE_MEMBER: self.type,
            MARGIN_MEMBER: repr(float(self.margin)),
            **({} if self.at_most is None else {AT_MOST_MEMBER: repr(float(self.at_most))}),
        }

    def statements(self, records: Records) -> list[Statement]:  # noqa: ARG002 - the others need it
        """Return nothing: losses are read from the model."""
        return []


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswersCondition(Condition):
    """Answers to records are not worse than those of what serves; see `PromoteIf.answers`."""

    rank: ClassVar[int] = 2
    is_slow: ClassVar[bool] = True

    data: EvaluationData
    score: Score
    margin: float | None
    at_least: float | None
    confidence: float
    max_tokens: int

    @property
    def path(self) -> str:
        """How an error names it."""
        return "promote_if.answers"

    def findings(self, asked: Asked) -> Iterator[Finding]:
        """Yield what is wrong with the arguments."""
        if self.margin is not None:
            yield from rules.number_findings(f"{self.path}.margin", self.margin, 0, 1)
        elif self.at_least is None:
            yield rules.nothing_compared(self.path)
        if self.at_least is not None:
            yield from rules.number_findings(f"{self.path}.at_least", self.at_least, 0, 1)
        yield from rules.number_findings(f"{self.path}.confidence", self.confidence, 0.5, 1, is_inside=True)
        yield from rules.count_findings(f"{self.path}.max_tokens", self.max_tokens, 1)
        if not isinstance(self.score, Score):
            fix = "write Score.EXACT_MATCH"
            yield error("argument-type", f"{self.path}.score", "must be a Score", shown(self.score), fix)
        yield from self._data_findings(asked)
        if not asked.is_checked:
            job = asked.job
            yield from hosting_findings(self.path, job.model, asked.env.region, job.catalog, ON_DEMAND)

    def members(self, env: StackEnv) -> dict[str, Any]:
        """Return it as the template has it."""
        return {
            TYPE_MEMBER: ANSWERS,
            DATA_MEMBER: self._uploaded(env).uri,
            SCORE_MEMBER: self.score.value,
            **({} if self.margin is None else {MARGIN_MEMBER: repr(float(self.margin))}),
            CONFIDENCE_MEMBER: repr(float(self.confidence)),
            MAX_TOKENS_MEMBER: str(self.max_tokens),
            **({} if self.at_least is None else {AT_LEAST_MEMBER: repr(float(self.at_least))}),
        }

    def statements(self, records: Records) -> list[Statement]:
        """Return what the function must be permitted to read the records and to ask deployments."""
        env = records.env
        return answers_statements(self._location(env), env.stack.stack_id, **env.arn_parts)

    def uri(self, env: StackEnv) -> str:
        """Return where the records are, perhaps with a token.

        Args:
            env: the stack.
        """
        return self._uploaded(env).uri

    def _location(self, env: StackEnv) -> S3Location:
        return location(self._uploaded(env), env)

    def _uploaded(self, env: StackEnv) -> S3Data:
        """Return the records in S3; a local file is uploaded by the deployment of the stack."""
        data = self.data
        if data.path is None:
            return data
        copies = copy_files(env, [(f"{self.path}.data", data.path)])
        file = add_data_asset(env, copies.by_path[data.path])
        return replace(data, s3_uri=file.s3_uri)

    def _record_findings(self, copied: Path, file: Path) -> Iterator[Finding]:
        """Yield what is wrong with the records of a local file, under its own name."""
        from ..datasets import validate_evaluation

        score = self.score.value if isinstance(self.score, Score) else ""
        for one in validate_evaluation(copied, score=score).findings:
            yield replace(one, file=str(file))

    def _data_findings(self, asked: Asked) -> Iterator[Finding]:
        path, data, env = f"{self.path}.data", self.data, asked.env
        if not isinstance(data, EvaluationData):
            fix = "write EvaluationData.from_file('evaluation.jsonl')"
            yield error("argument-type", path, "must be an EvaluationData", shown(data), fix)
            return
        if data.path is not None:
            copies = copy_files(env, [(path, data.path)])
            yield from copies.found
            if data.path not in copies.by_path and not copies.found:
                yield rules.no_file(path, str(data.path))
            if data.path not in copies.by_path:
                return
            yield from self._record_findings(copies.by_path[data.path].path, data.path)
        elif location(data, env).is_deploy_time:
            yield rules.no_bucket_known(path)
            return
        elif differ(data.bucket_owner, env.account):
            yield rules.elsewhere(path, "an object", ["account"])
            return
        elif problems := [
            *exact_problems(path, data.uri, S3_OBJECT),
            *wildcard_problems(path, location(data, env).key_arn, KEY),
        ]:
            yield from problems
            return
        training = asked.job.request.get("trainingDataConfig", {})
        if training.get("s3Uri") == self.uri(env):
            yield rules.trained_on(path, str(data.path or data.uri))


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionCondition(Condition):
    """A function of the user says so.

    Args:
        handler: the function.
    """

    rank: ClassVar[int] = 1
    is_slow: ClassVar[bool] = True

    handler: lambda_.IFunction | lambda_.Function

    @property
    def path(self) -> str:
        """How an error names it."""
        return "promote_if.function"

    def findings(self, asked: Asked) -> Iterator[Finding]:
        """Yield what is wrong with the arguments."""
        if not has(self.handler, "function_arn"):
            rule, fix = "must be a function of Lambda", "give a lambda_.Function"
            yield error("argument-type", f"{self.path}.handler", rule, shown(self.handler), fix)
        else:
            yield from place_findings(f"{self.path}.handler", self.handler, asked.env, "a function")

    def members(self, env: StackEnv) -> dict[str, Any]:  # noqa: ARG002 - the others need it
        """Return it as the template has it."""
        return {TYPE_MEMBER: FUNCTION, FUNCTION_ARN_MEMBER: self.handler.function_arn}

    def statements(self, records: Records) -> list[Statement]:  # noqa: ARG002 - the others need it
        """Return what the function must be permitted to call the other one."""
        return [invoke_function_statement(self.handler.function_arn)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalCondition(Condition):
    """A person approves the model.

    Args:
        topic: what is sent a message when somebody is to approve. Default: nothing.
        expires_after: how long somebody can approve. Default: 14 days.
    """

    rank: ClassVar[int] = 3
    is_slow: ClassVar[bool] = True

    topic: sns.ITopic | sns.Topic | None
    expires_after: cdk.Duration | None

    @property
    def path(self) -> str:
        """How an error names it."""
        return "promote_if.approved"

    def findings(self, asked: Asked) -> Iterator[Finding]:
        """Yield what is wrong with the arguments."""
        if self.expires_after is not None:
            seconds, wrong = seconds_of(f"{self.path}.expires_after", self.expires_after)
            yield from wrong or rules.approval_findings(f"{self.path}.expires_after", seconds)
        if self.topic is None:
            return
        path = f"{self.path}.topic"
        if problems := topic_problems(self.topic, path):
            yield from problems
            return
        key = arn_of_key(getattr(self.topic, "master_key", None))
        yield from place_findings(path, self.topic, asked.env, "a topic")
        yield from wildcard_problems(path, key, KEY)
        if getattr(self.topic, "fifo", False):
            yield rules.fifo_topic(path)

    def members(self, env: StackEnv) -> dict[str, Any]:  # noqa: ARG002 - the others need it
        """Return it as the template has it."""
        given = self.expires_after
        seconds = _TWO_WEEKS if given is None else int(given.to_seconds(integral=False))
        topic = {} if self.topic is None else {TOPIC_ARN_MEMBER: self.topic.topic_arn}
        return {TYPE_MEMBER: APPROVED, SECONDS_MEMBER: str(seconds), **topic}

    def statements(self, records: Records) -> list[Statement]:
        """Return what the function must be permitted to send messages."""
        if self.topic is None:
            return []
        key = arn_of_key(getattr(self.topic, "master_key", None))
        return send_statements("sns:Publish", self.topic.topic_arn, key, region=records.env.region)


def in_order(conditions: Sequence[Condition]) -> tuple[Condition, ...]:
    """Return conditions in the order in which they are asked.

    Args:
        conditions: the conditions.
    """
    return tuple(sorted(conditions, key=lambda one: getattr(one, "rank", 0)))
