"""Whether a deployment waits for its job, and how long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ..checks.rules.waiting import (
    LONGEST_COMPLETION,
    completion_findings,
    lock,
    not_a_duration,
    session_findings,
    validation_findings,
)
from ..contract.resource import Until
from .argument_types import shown, wrong_type

if TYPE_CHECKING:
    from collections.abc import Iterator

    import aws_cdk as cdk

    from ..findings import Finding
    from .stack_env import StackEnv

_VALIDATION_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Wait:
    """Whether a deployment of the stack waits for a job: `Wait.NONE`, `for_validation`, `for_completion`.

    The wait is no part of the request: adding, changing or removing it never starts a job. See
    docs/waiting.md on which to choose; `bedrock-customize watch` waits outside of the deployment.

    Args:
        until: what is waited for; None: nothing.
        duration: how long at most. Default: as of `for_validation` and `for_completion`.
        fail_on_timeout: whether the deployment fails if the job is still in progress then.
        fail_on_failure: whether the deployment fails if the job has failed or was stopped.
    """

    NONE: ClassVar[Wait]
    """The deployment is complete as soon as the job has started. The default."""

    until: Until | None
    duration: cdk.Duration | None = None
    fail_on_timeout: bool = False
    fail_on_failure: bool = True

    @staticmethod
    def for_validation(*, up_to: cdk.Duration | None = None) -> Wait:
        """Wait until Bedrock has checked the training data; a job that fails by then fails the deployment.

        Args:
            up_to: how long at most, 1 to 12 minutes. A job that is still in progress then is no failure.
                Default: 10 minutes.
        """
        return Wait(Until.VALIDATION, up_to)

    @staticmethod
    def for_completion(
        timeout: cdk.Duration | None = None, *, fail_on_timeout: bool = False, fail_on_failure: bool = True
    ) -> Wait:
        """Wait until the job has ended, so that the rest of the stack can use its model.

        The stack takes no other update while it waits. A deployment that fails is rolled back by
        CloudFormation: a first deployment deletes what it has created.

        Args:
            timeout: how long at most, 30 minutes to 12 hours. Default: 12 hours, the longest that
                CloudFormation waits.
            fail_on_timeout: whether the deployment fails, and its rollback stops the job, if the job is still
                in progress then. Default: the deployment is complete, and `custom_model_arn` is empty.
            fail_on_failure: whether the deployment fails if the job has failed or was stopped. Default: it
                does; otherwise `custom_model_arn` is empty.
        """
        return Wait(Until.COMPLETION, timeout, fail_on_timeout, fail_on_failure)

    @property
    def is_for_completion(self) -> bool:
        """Whether it ends with the job."""
        return self.until is Until.COMPLETION

    @property
    def may_lack_model(self) -> bool:
        """Whether the deployment can be complete without a model."""
        return not (self.is_for_completion and self.fail_on_timeout and self.fail_on_failure)

    @property
    def seconds(self) -> int:
        """How long it lasts at most; 0 where the deployment does not wait."""
        if self.duration is not None:
            return int(self.duration.to_seconds(integral=False))
        return self.default_seconds if self.until else 0

    @property
    def default_seconds(self) -> int:
        """How long it lasts where no time is given."""
        return LONGEST_COMPLETION if self.is_for_completion else _VALIDATION_SECONDS

    def problems(self) -> Iterator[Finding]:
        """Yield what is wrong with the arguments."""
        import aws_cdk as cdk

        if self.until is None:
            return
        if not isinstance(self.until, Until):
            fix = "write Wait.for_completion() or Wait.for_validation()"
            yield wrong_type("wait", "must be a Wait of one of its methods", self.until, fix)
            return
        given: object = self.duration
        seconds: float | None = self.default_seconds
        if isinstance(given, cdk.Duration):
            seconds = None if given.is_unresolved() else given.to_seconds(integral=False)
        elif given is not None:
            yield not_a_duration(shown(given), is_for_completion=self.is_for_completion)
        if self.is_for_completion:
            flags = {"fail_on_timeout": self.fail_on_timeout, "fail_on_failure": self.fail_on_failure}
            yield from completion_findings(seconds, {name: shown(one) for name, one in flags.items()})
        else:
            yield from validation_findings(seconds)

    def remarks(self, env: StackEnv) -> Iterator[Finding]:
        """Yield what the author should know.

        Args:
            env: the stack of the job.
        """
        import aws_cdk as cdk

        if self.is_for_completion:
            yield lock(self.seconds)
            has_role = not isinstance(env.stack.synthesizer, cdk.CliCredentialsStackSynthesizer)
            yield from session_findings(self.seconds, has_role=has_role)


Wait.NONE = Wait(None)
