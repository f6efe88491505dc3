"""What the handler needs from the world, and no more. Each port has one real form; tests bring their own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .stack import StackState, Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A customization job as Bedrock tells it.

    Args:
        arn: Its ARN.
        name: Its name, which is never free again.
        status: `InProgress`, `Stopping`, `Stopped`, `Completed` or `Failed`.
        token: The `clientRequestToken` it was created with: whose it is, and for what. Default: not told.
        model_name: The name of the model it makes.
        model_arn: The model's ARN, "" until the job is complete.
        failure: Why it failed, "" where it did not.
        created: When it was created, in seconds since 1970. Default: not told.
        has_model: Whether the model of a completed job still exists.
    """

    arn: str
    name: str
    status: str
    token: str = ""
    model_name: str = ""
    model_arn: str = ""
    failure: str = ""
    created: float | None = None
    has_model: bool = True

    @property
    def is_running(self) -> bool:
        """Whether it trains, and costs. A status that nobody knows yet counts as running."""
        return self.status not in ("Stopping", "Stopped", "Completed", "Failed")

    @property
    def is_useful(self) -> bool:
        """Whether it has a model, or may still make one."""
        return self.is_running or (self.status == "Completed" and self.has_model)


class Bedrock(Protocol):
    """The calls of Bedrock. What does not exist is None; everything else that fails is a `Refusal`."""

    def get_job(self, identifier: str) -> Job | None:
        """Find a job by ARN or name."""
        ...

    def list_jobs(self, status: str) -> Sequence[str]:
        """Give the ARNs of all jobs of the account in one status, newest first."""
        ...

    def create_job(self, request: Mapping[str, object]) -> str:
        """Start a job; give its ARN."""
        ...

    def stop_job(self, arn: str) -> None:
        """Ask a job to stop."""
        ...

    def get_model(self, identifier: str) -> str | None:
        """Find a model by ARN or name; give its ARN."""
        ...

    def delete_model(self, arn: str) -> None:
        """Delete a model."""
        ...

    def serving(self, model_arn: str) -> Sequence[str]:
        """Give the ARNs of the deployments and provisioned throughputs that serve a model."""
        ...

    def get_tags(self, arn: str) -> Mapping[str, str]:
        """Read the tags of a job or a model."""
        ...

    def add_tags(self, arn: str, tags: Mapping[str, str]) -> None:
        """Add tags, or change their values."""
        ...

    def remove_tags(self, arn: str, keys: Iterable[str]) -> None:
        """Take tags away."""
        ...


class Stacks(Protocol):
    """The questions to CloudFormation. What is refused is a `Refusal`."""

    def get_stack(self, stack_id: str) -> StackState:
        """Read where a stack's operation stands, and when it began."""
        ...

    def get_resource(self, stack_id: str, logical_id: str) -> Standing:
        """Read which physical id stands for a resource."""
        ...

    def list_resources(self, stack_id: str) -> Mapping[str, str]:
        """Read which physical id stands for every resource of a stack, by logical id."""
        ...

    def operation_began(self, stack_id: str) -> float | None:
        """Read from the stack's events when its last operation began, in seconds since 1970.

        Failed operations that were not rolled back count as one with what followed them.
        """
        ...


CREATE_JOB = "CreateModelCustomizationJob"
"""The call that starts a job: what Bedrock refuses there is not what it refuses elsewhere."""


class Kind(Enum):
    """Why a call was refused, as far as the handler treats it, or explains it, differently."""

    NOT_FOUND = "not found"
    CONFLICT = "conflict"
    INVALID = "invalid"
    NAME_IN_USE = "name in use"
    QUOTA = "quota"
    LEGACY_MODEL = "legacy model"
    NO_ACCOUNT_ACCESS = "no access of the account"
    NO_MODEL_ACCESS = "no access to the model"
    NO_SUBSCRIPTION = "no subscription to the model"
    CREDENTIALS = "credentials"
    DENIED = "denied"
    DENIED_BY_ORGANIZATION = "denied by the organization"
    DENIED_BY_BOUNDARY = "denied by a permissions boundary"
    DENIED_BY_ENDPOINT = "denied by an endpoint policy"
    DENIED_BY_KEY = "denied by a key policy"
    FORBIDDEN = "forbidden"
    CROSS_ACCOUNT_ROLE = "role of another account"
    ROLE_NOT_READY = "role not ready"
    ROLE_LACKS_MODEL = "role may not call the model"
    DATA_NOT_READY = "data not ready"
    THROTTLED = "throttled"
    UNREACHABLE = "unreachable"
    NO_ANSWER = "no answer"
    SERVER_ERROR = "server error"
    BROKEN = "broken"

    @property
    def is_denial(self) -> bool:
        """Whether the function may not make the call, whoever forbids it."""
        return self in _DENIALS

    @property
    def may_have_worked(self) -> bool:
        """Whether the call may have taken effect all the same."""
        return self in (Kind.NO_ANSWER, Kind.SERVER_ERROR, Kind.UNREACHABLE)


_DENIALS = {
    Kind.DENIED,
    Kind.DENIED_BY_ORGANIZATION,
    Kind.DENIED_BY_BOUNDARY,
    Kind.DENIED_BY_ENDPOINT,
    Kind.DENIED_BY_KEY,
    Kind.FORBIDDEN,
    Kind.NO_ACCOUNT_ACCESS,
}


class Refusal(Exception):  # noqa: N818 - a service refuses; the name is the domain's
    """A call that a service refused, or never answered.

    Args:
        kind: What it means for the handler.
        operation: The call, in the API's words.
        code: The service's own name of the error.
        message: The service's own sentence; it may hold values of the request.

    Attributes:
        tries: How often the call was tried.
        seconds: How long that took.
        is_always_the_same: Whether every try was refused alike.
    """

    def __init__(self, kind: Kind, operation: str, code: str = "", message: str = "") -> None:
        super().__init__(f"{operation}: {code or kind.value}")
        self.kind = kind
        self.operation = operation
        self.code = code
        self.message = message
        self.tries = 1
        self.seconds = 0.0
        self.is_always_the_same = True
