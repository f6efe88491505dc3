"""Faults that a test scripts for single calls."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Any, Protocol

from .service import ResponseLost, ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from .behaviour import Clock
    from .double import BedrockDouble

ANY_OPERATION = "*"
_USER = "User: arn:aws:sts::123456789012:assumed-role/handler/handler"


class Fault(Protocol):
    """Something that happens at one call."""

    def around(self, double: BedrockDouble, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Return the response of `call`, or raise an error, before or after calling it.

        Args:
            double: the double that was called.
            call: carries out the operation and returns its response.
        """
        ...


@dataclass(frozen=True, slots=True)
class Refuse:
    """The call fails with an error and has no effect.

    Args:
        code: the error's name, such as `ThrottlingException`.
        message: the message that the caller gets.
        status: the HTTP status. Default: the one of the code.
    """

    code: str
    message: str = "refused by a fault of the Bedrock double"
    status: int | None = None

    def around(self, _double: BedrockDouble, _call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Raise the error without calling."""
        raise self.error()

    def error(self) -> ServiceError:
        """Return the error that the caller gets."""
        return ServiceError(self.code, self.message, self.status)

    @classmethod
    def throttled(cls, status: int = 429) -> Refuse:
        """Too many calls per second.

        Args:
            status: the HTTP status; 400 was recorded too. Default: 429.
        """
        return cls("ThrottlingException", "Too many requests, please wait before trying again.", status)

    @classmethod
    def internal(cls, status: int = 500) -> Refuse:
        """The service has an internal error.

        Args:
            status: the HTTP status. Default: 500.
        """
        message = "The server encountered an internal error. Retry your request."
        return cls("InternalServerException", message, status)

    @classmethod
    def role_not_ready(cls) -> Refuse:
        """A new role is not visible to Bedrock yet."""
        message = (
            "Could not assume provided IAM role. Please provide the proper permissions for the IAM role."
        )
        return cls("ValidationException", message)

    @classmethod
    def access_denied(cls, action: str = "bedrock:CreateModelCustomizationJob") -> Refuse:
        """The caller's policies do not allow the call, or not yet.

        Args:
            action: the action that is not allowed.
        """
        message = f"User is not authorized to perform: {action} because no identity-based policy allows it"
        return cls("AccessDeniedException", message)

    @classmethod
    def not_found(cls) -> Refuse:
        """The resource does not exist, or is not visible yet."""
        return cls("ResourceNotFoundException", "The specified resource could not be found.")

    @classmethod
    def quota(cls) -> Refuse:
        """A quota of jobs or models is exceeded."""
        return cls(
            "ServiceQuotaExceededException", "You have exceeded a service quota. Submit it again later."
        )

    @classmethod
    def conflict(cls) -> Refuse:
        """The resource has a status that does not allow the call."""
        return cls("ConflictException", "The resource is in use or in a conflicting state.")

    @classmethod
    def validation(cls, message: str) -> Refuse:
        """The request is not valid.

        Args:
            message: the message that the caller gets.
        """
        return cls("ValidationException", message)

    # The messages below are recorded of this operation or a similar one, or are IAM's general form.

    @classmethod
    def name_in_use(cls, kind: str = "job") -> Refuse:
        """Another job or model has the name.

        Args:
            kind: `job` or `custom model`. Default: `job`.
        """
        return cls.validation(f"The provided {kind} name is currently in use.")

    @classmethod
    def denied_by(cls, policy: str, action: str = "bedrock:CreateModelCustomizationJob") -> Refuse:
        """A policy that must allow the call does not.

        Args:
            policy: the type of policy, such as `service control policy`, `permissions boundary`,
                `VPC endpoint policy` or `resource-based policy`.
            action: the action that is not allowed.
        """
        message = (
            f"{_USER} is not authorized to perform: {action} because no {policy} allows the {action} action"
        )
        return cls("AccessDeniedException", message)

    @classmethod
    def denied_explicitly(cls, policy: str, action: str = "bedrock:CreateModelCustomizationJob") -> Refuse:
        """A policy denies the call.

        Args:
            policy: the type of policy, such as `service control policy`.
            action: the action that is denied.
        """
        message = f"{_USER} is not authorized to perform: {action} with an explicit deny in a {policy}"
        return cls("AccessDeniedException", message)

    @classmethod
    def account_not_authorized(cls, code: str = "AccessDeniedException") -> Refuse:
        """The account is not authorized to make the call.

        Args:
            code: the error's name; `ValidationException` was recorded too.
        """
        return cls(code, "Your account is not authorized to invoke this API operation.")

    @classmethod
    def operation_not_allowed(cls) -> Refuse:
        """The account is not authorized to make the call, with another message."""
        return cls.validation("Operation not allowed")

    @classmethod
    def no_customer(cls, code: str = "OptInRequired") -> Refuse:
        """The account has not subscribed to the service.

        Args:
            code: the error's name; `SubscriptionRequiredException` has the same meaning.
        """
        return cls(code, "The AWS Access Key Id needs a subscription for the service", 403)

    @classmethod
    def no_model_access(cls) -> Refuse:
        """The account has no access to the model."""
        message = "You don't have access to the model with the specified model ID."
        return cls("AccessDeniedException", message)

    @classmethod
    def use_case_missing(cls) -> Refuse:
        """The account has not submitted the use case details that the model's provider requires."""
        message = "Model use case details have not been submitted for this account."
        return cls("ResourceNotFoundException", message)

    @classmethod
    def no_subscription(cls) -> Refuse:
        """The account has no AWS Marketplace subscription to the model, or only since a moment ago."""
        message = (
            "Model access is denied due to IAM user or service role is not authorized to perform the "
            "required AWS Marketplace actions (aws-marketplace:ViewSubscriptions, aws-marketplace:Subscribe) "
            "to enable access to this model. If you recently fixed this issue, try again after 5 minutes."
        )
        return cls("AccessDeniedException", message)

    @classmethod
    def legacy_model(cls) -> Refuse:
        """The model has the status Legacy, and the account has not used it recently."""
        message = (
            "Access denied. This Model is marked by provider as Legacy and you have not been actively using "
            "the model. Please upgrade to an active model on Amazon Bedrock"
        )
        return cls("ResourceNotFoundException", message)

    @classmethod
    def unknown_model(cls) -> Refuse:
        """No foundation model has the identifier."""
        message = "Could not resolve the foundation model from the provided model identifier."
        return cls("ResourceNotFoundException", message)

    @classmethod
    def data_not_readable(cls) -> Refuse:
        """The service role cannot read the data, or not yet."""
        return cls.validation(
            "Could not validate GetObject permissions to access Amazon S3 bucket: bucket at key train.jsonl"
        )

    @classmethod
    def output_not_writable(cls) -> Refuse:
        """The service role cannot write the output, or not yet."""
        return cls.validation("Amazon S3 perms missing (PutObject): s3://bucket/out/")

    @classmethod
    def data_not_parsed(cls) -> Refuse:
        """The data is not a valid JSON Lines file."""
        return cls.validation("Unable to parse Amazon S3 file: train.jsonl: not valid JSONL")

    @classmethod
    def role_lacks_model(cls) -> Refuse:
        """The service role cannot invoke the teacher model, or not yet."""
        return cls.validation("The provided service role is not able to call specified teacher model")

    @classmethod
    def cross_account_role(cls) -> Refuse:
        """The service role belongs to another account."""
        return cls("AccessDeniedException", "Cross-account pass role is not allowed.")

    @classmethod
    def expired_token(cls, code: str = "ExpiredTokenException") -> Refuse:
        """The caller's credentials are not accepted.

        Args:
            code: the error's name; with `UnrecognizedClientException` the credentials do not exist.
        """
        word = "expired" if code.startswith("Expired") else "invalid"
        return cls(code, f"The security token included in the request is {word}", 403)


@dataclass(frozen=True, slots=True)
class LoseResponse:
    """The call has its effect, and the caller gets no response or an error.

    Args:
        error: the error that the caller gets. Default: none, the connection is closed without a response.
    """

    error: Refuse | None = None

    def around(self, _double: BedrockDouble, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Call, discard the response and raise.

        Args:
            call: carries out the operation and returns its response.
        """
        with suppress(ServiceError):
            call()
        raise self.error.error() if self.error else ResponseLost


@dataclass(frozen=True, slots=True)
class BeforeCall:
    """Something happens before the call: a job completes, or the caller crashes (if `act` raises).

    Args:
        act: called with the double.
    """

    act: Callable[[BedrockDouble], object]

    def around(self, double: BedrockDouble, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Call `act`, then carry out the call.

        Args:
            double: the double that was called.
            call: carries out the operation and returns its response.
        """
        self.act(double)
        return call()


@dataclass(frozen=True, slots=True)
class AfterCall:
    """Something happens after the call has had its effect and before the response arrives.

    Args:
        act: called with the double.
    """

    act: Callable[[BedrockDouble], object]

    def around(self, double: BedrockDouble, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Carry out the call, then call `act`.

        Args:
            double: the double that was called.
            call: carries out the operation and returns its response.
        """
        response = call()
        self.act(double)
        return response


@dataclass(frozen=True, slots=True)
class Slow:
    """The response arrives late.

    Args:
        seconds: how late; a still clock is advanced instead.
    """

    seconds: float

    def around(self, double: BedrockDouble, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Carry out the call, then wait.

        Args:
            double: the double that was called.
            call: carries out the operation and returns its response.
        """
        response = call()
        double.clock.sleep(self.seconds)
        return response


@dataclass(slots=True)
class _Entry:
    operation: str
    fault: Fault
    times: float
    skip: int
    until: float

    def matches(self, operation: str, now: float) -> bool:
        return self.times > 0 and now < self.until and self.operation in (operation, ANY_OPERATION)


@dataclass(slots=True)
class Faults:
    """The faults that tests have scripted, in the order in which they were added.

    Args:
        clock: the clock of the double.
    """

    clock: Clock
    _entries: list[_Entry] = field(default_factory=list)

    def add(
        self,
        operation: str,
        fault: Fault,
        *,
        times: int | None = None,
        skip: int = 0,
        for_seconds: float | None = None,
    ) -> None:
        """Script a fault for later calls.

        Args:
            operation: the API's name of the operation, such as `GetModelCustomizationJob`; `*` is any.
            fault: what happens at these calls.
            times: for how many calls. Default: one, or all calls of `for_seconds`.
            skip: how many matching calls succeed first. Default: none.
            for_seconds: for how long from now, by the clock of the double. Default: for any time.
        """
        most = times if times is not None else 1 if for_seconds is None else inf
        until = inf if for_seconds is None else self.clock.now() + for_seconds
        self._entries.append(_Entry(operation, fault, most, skip, until))

    def take(self, operation: str) -> Fault | None:
        """Return the fault for a call, if there is one, and count it as used.

        Args:
            operation: the API's name of the operation.
        """
        now = self.clock.now()
        for entry in self._entries:
            if entry.matches(operation, now):
                if entry.skip == 0:
                    entry.times -= 1
                    return entry.fault
                entry.skip -= 1
        return None

    def clear(self) -> None:
        """Remove all faults."""
        self._entries.clear()
