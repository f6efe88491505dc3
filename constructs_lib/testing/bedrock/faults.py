"""Faults that a test scripts, call by call."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from constructs_lib.testing.bedrock.service import AnswerLost, ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs_lib.testing.bedrock.double import BedrockDouble

ANY_OPERATION = "*"
_USER = "User: arn:aws:sts::123456789012:assumed-role/handler/handler"


class Fault(Protocol):
    """What may happen around one call."""

    def around(self, double: BedrockDouble, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Carry out `call`, or do not, and answer.

        Args:
            double: the double that was called.
            call: carries out the operation and returns its answer.
        """
        ...


@dataclass(frozen=True, slots=True)
class Refuse:
    """The call is refused and takes no effect.

    Args:
        code: the error's name, such as `ThrottlingException`.
        message: the sentence that the caller reads.
        status: the HTTP status. Default: the one of the code.
    """

    code: str
    message: str = "refused by a fault of the Bedrock double"
    status: int | None = None

    def around(self, _double: BedrockDouble, _call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Raise the error instead of calling."""
        raise self.error()

    def error(self) -> ServiceError:
        """Return the error that the caller sees."""
        return ServiceError(self.code, self.message, self.status)

    @classmethod
    def throttled(cls) -> Refuse:
        """Too many calls per second."""
        return cls("ThrottlingException", "Too many requests, please wait before trying again.")

    @classmethod
    def internal(cls, status: int = 500) -> Refuse:
        """The service fails.

        Args:
            status: the HTTP status. Default: 500.
        """
        message = "The server encountered an internal error. Retry your request."
        return cls("InternalServerException", message, status)

    @classmethod
    def role_not_ready(cls) -> Refuse:
        """IAM has not yet told Bedrock about a new role."""
        message = (
            "Could not assume provided IAM role. Please provide the proper permissions for the IAM role."
        )
        return cls("ValidationException", message)

    @classmethod
    def access_denied(cls, action: str = "bedrock:CreateModelCustomizationJob") -> Refuse:
        """The caller's policies do not allow the call, or not yet.

        Args:
            action: what is not allowed.
        """
        message = f"User is not authorized to perform: {action} because no identity-based policy allows it"
        return cls("AccessDeniedException", message)

    @classmethod
    def not_found(cls) -> Refuse:
        """The resource is not there, or not yet."""
        return cls("ResourceNotFoundException", "The specified resource could not be found.")

    @classmethod
    def quota(cls) -> Refuse:
        """One job or model too many."""
        return cls(
            "ServiceQuotaExceededException", "You have exceeded a service quota. Submit it again later."
        )

    @classmethod
    def conflict(cls) -> Refuse:
        """The resource is in a state that does not allow the call."""
        return cls("ConflictException", "The resource is in use or in a conflicting state.")

    @classmethod
    def validation(cls, message: str) -> Refuse:
        """The request is wrong in itself.

        Args:
            message: the sentence that the caller reads.
        """
        return cls("ValidationException", message)

    # What follows is worded as AWS words it: recorded on this operation, on a sibling, or IAM's general form.

    @classmethod
    def name_in_use(cls, what: str = "job") -> Refuse:
        """A name that another job or model holds.

        Args:
            what: whose name, `job` or `custom model`. Default: the job's.
        """
        return cls.validation(f"The provided {what} name is currently in use.")

    @classmethod
    def denied_by(cls, policy: str, action: str = "bedrock:CreateModelCustomizationJob") -> Refuse:
        """A policy that must allow the call does not.

        Args:
            policy: its type: `service control policy`, `permissions boundary`, `VPC endpoint policy`,
                `resource-based policy`, ...
            action: what is not allowed.
        """
        message = (
            f"{_USER} is not authorized to perform: {action} because no {policy} allows the {action} action"
        )
        return cls("AccessDeniedException", message)

    @classmethod
    def denied_explicitly(cls, policy: str, action: str = "bedrock:CreateModelCustomizationJob") -> Refuse:
        """A policy denies the call.

        Args:
            policy: its type, such as `service control policy`.
            action: what is denied.
        """
        message = f"{_USER} is not authorized to perform: {action} with an explicit deny in a {policy}"
        return cls("AccessDeniedException", message)

    @classmethod
    def account_not_authorized(cls, code: str = "AccessDeniedException") -> Refuse:
        """AWS does not let the account make the call.

        Args:
            code: the error's name; `ValidationException` was recorded too.
        """
        return cls(code, "Your account is not authorized to invoke this API operation.")

    @classmethod
    def operation_not_allowed(cls) -> Refuse:
        """The same, in other words."""
        return cls.validation("Operation not allowed")

    @classmethod
    def no_customer(cls, code: str = "OptInRequired") -> Refuse:
        """The account is not a customer of the service.

        Args:
            code: the error's name; `SubscriptionRequiredException` says the same.
        """
        return cls(code, "The AWS Access Key Id needs a subscription for the service", 403)

    @classmethod
    def no_model_access(cls) -> Refuse:
        """The account may not use the model."""
        message = "You don't have access to the model with the specified model ID."
        return cls("AccessDeniedException", message)

    @classmethod
    def use_case_missing(cls) -> Refuse:
        """The account has not told the provider what it wants the model for."""
        message = "Model use case details have not been submitted for this account."
        return cls("ResourceNotFoundException", message)

    @classmethod
    def no_subscription(cls) -> Refuse:
        """The account's subscription to the model is missing, or was made a moment ago."""
        message = (
            "Model access is denied due to IAM user or service role is not authorized to perform the "
            "required AWS Marketplace actions (aws-marketplace:ViewSubscriptions, aws-marketplace:Subscribe) "
            "to enable access to this model. If you recently fixed this issue, try again after 5 minutes."
        )
        return cls("AccessDeniedException", message)

    @classmethod
    def legacy_model(cls) -> Refuse:
        """The model is on its way out, and the account has not used it lately."""
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
        """The service role may not read the data, or not yet."""
        return cls.validation(
            "Could not validate GetObject permissions to access Amazon S3 bucket: bucket at key train.jsonl"
        )

    @classmethod
    def output_not_writable(cls) -> Refuse:
        """The service role may not write the output, or not yet."""
        return cls.validation("Amazon S3 perms missing (PutObject): s3://bucket/out/")

    @classmethod
    def data_not_parsed(cls) -> Refuse:
        """The data is no JSON Lines file."""
        return cls.validation("Unable to parse Amazon S3 file: train.jsonl: not valid JSONL")

    @classmethod
    def role_lacks_model(cls) -> Refuse:
        """The service role may not call a model, or not yet."""
        return cls.validation("The provided service role is not able to call specified teacher model")

    @classmethod
    def cross_account_role(cls) -> Refuse:
        """The service role belongs to another account."""
        return cls("AccessDeniedException", "Cross-account pass role is not allowed.")

    @classmethod
    def expired_token(cls, code: str = "ExpiredTokenException") -> Refuse:
        """The caller's credentials are not accepted.

        Args:
            code: the error's name; `UnrecognizedClientException` says that nobody has them.
        """
        word = "expired" if code.startswith("Expired") else "invalid"
        return cls(code, f"The security token included in the request is {word}", 403)


@dataclass(frozen=True, slots=True)
class LoseAnswer:
    """The call takes effect, and the caller does not learn it.

    Args:
        error: what is answered instead. Default: nothing, the connection closes.
    """

    error: Refuse | None = None

    def around(self, _double: BedrockDouble, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Call, forget the answer, fail."""
        with suppress(ServiceError):
            call()
        raise self.error.error() if self.error else AnswerLost


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """Something happens just before the call: a job completes, the caller dies (where `act` raises).

    Args:
        act: called with the double.
    """

    act: Callable[[BedrockDouble], object]

    def around(self, double: BedrockDouble, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Act, then call."""
        self.act(double)
        return call()


@dataclass(frozen=True, slots=True)
class Afterwards:
    """Something happens after the call took effect and before its answer arrives.

    Args:
        act: called with the double.
    """

    act: Callable[[BedrockDouble], object]

    def around(self, double: BedrockDouble, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Call, then act."""
        answer = call()
        self.act(double)
        return answer


@dataclass(frozen=True, slots=True)
class Slow:
    """The answer takes its time.

    Args:
        seconds: how long; a still clock is turned by as much.
    """

    seconds: float

    def around(self, double: BedrockDouble, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Call, then wait."""
        answer = call()
        double.clock.sleep(self.seconds)
        return answer


@dataclass(slots=True)
class _Entry:
    operation: str
    fault: Fault
    times: int
    skip: int

    def matches(self, operation: str) -> bool:
        return self.times > 0 and self.operation in (operation, ANY_OPERATION)


@dataclass(slots=True)
class Faults:
    """The faults still to come, in the order in which they were added."""

    _entries: list[_Entry] = field(default_factory=list)

    def add(self, operation: str, fault: Fault, *, times: int = 1, skip: int = 0) -> None:
        """Let a fault happen at coming calls.

        Args:
            operation: the API's name of the call, such as `GetModelCustomizationJob`; `*` stands for any.
            fault: what happens.
            times: at how many calls. Default: one.
            skip: how many matching calls pass untouched before. Default: none.
        """
        self._entries.append(_Entry(operation, fault, times, skip))

    def take(self, operation: str) -> Fault | None:
        """Use up and return the fault for this call, if there is one.

        Args:
            operation: the API's name of the call.
        """
        for entry in self._entries:
            if entry.matches(operation):
                if entry.skip == 0:
                    entry.times -= 1
                    return entry.fault
                entry.skip -= 1
        return None

    def clear(self) -> None:
        """Forget every fault still to come."""
        self._entries.clear()
