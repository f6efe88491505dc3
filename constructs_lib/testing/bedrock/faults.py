"""Faults that a test scripts, call by call."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from constructs_lib.testing.bedrock.errors import AnswerLost, ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs_lib.testing.bedrock.double import BedrockDouble

ANY_OPERATION = "*"


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
