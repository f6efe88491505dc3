"""What an error of AWS means for the handler: one table of codes and messages, read from top to bottom."""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

CREATE_JOB = "CreateModelCustomizationJob"
"""The call that starts a job: its errors mean something else than those of other calls."""


class ErrorKind(Enum):
    """Why a call failed, as far as the handler treats it, or explains it, differently."""

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
    DENIED_EXPLICITLY = "denied explicitly"
    CROSS_ACCOUNT_ROLE = "role of another account"
    ROLE_NOT_READY = "role not ready"
    ROLE_LACKS_MODEL = "role may not call the model"
    DATA_NOT_READY = "data not ready"
    THROTTLED = "throttled"
    UNREACHABLE = "unreachable"
    UNTRUSTED = "certificate not trusted"
    NO_CA_BUNDLE = "CA bundle not read"
    NO_RESPONSE = "no response"
    SERVER_ERROR = "server error"
    BROKEN = "broken"

    @property
    def is_denial(self) -> bool:
        """Whether the function is not permitted to make the call, by any type of policy."""
        return self in _DENIALS

    @property
    def may_have_worked(self) -> bool:
        """Whether the call may have taken effect nevertheless."""
        return self in (ErrorKind.NO_RESPONSE, ErrorKind.SERVER_ERROR, ErrorKind.UNREACHABLE)

    @property
    def is_temporary(self) -> bool:
        """Whether the call may succeed some minutes later, without anybody's help."""
        return self in _TEMPORARY


_TEMPORARY = {
    ErrorKind.THROTTLED,
    ErrorKind.SERVER_ERROR,
    ErrorKind.NO_RESPONSE,
    ErrorKind.UNREACHABLE,
    ErrorKind.CONFLICT,
}

_DENIALS = {
    ErrorKind.DENIED,
    ErrorKind.DENIED_BY_ORGANIZATION,
    ErrorKind.DENIED_BY_BOUNDARY,
    ErrorKind.DENIED_BY_ENDPOINT,
    ErrorKind.DENIED_BY_KEY,
    ErrorKind.DENIED_EXPLICITLY,
    ErrorKind.NO_ACCOUNT_ACCESS,
}


class Connection(NamedTuple):
    """The connection of a call that got no response.

    Args:
        service: the service, as its endpoints name it, such as `cloudformation`.
        host: the host of its endpoint.
        seconds: how long a connection is waited for.
        proxy: host and port of the proxy on the way. Default: none.
        refusal: the status with which the proxy refused to connect. Default: it did not.
    """

    service: str
    host: str
    seconds: float
    proxy: str = ""
    refusal: str = ""


class AwsError(Exception):
    """A call that AWS rejected, or did not respond to.

    Args:
        kind: what it means for the handler.
        operation: the API's name of the call.
        code: the service's error code.
        message: the service's message; it may quote values of the request.
        connection: the connection, where there was no response. Default: there was one.

    Attributes:
        tries: how often the call was tried.
        seconds: how long that took.
        is_always_the_same: whether every try failed in the same way.
        may_have_worked: whether one of the tries may have taken effect nevertheless.
    """

    def __init__(
        self,
        kind: ErrorKind,
        operation: str,
        code: str = "",
        message: str = "",
        connection: Connection | None = None,
    ) -> None:
        super().__init__(f"{operation}: {code or kind.value}")
        self.kind = kind
        self.operation = operation
        self.code = code
        self.message = message
        self.connection = connection
        self.tries = 1
        self.seconds = 0.0
        self.is_always_the_same = True
        self.may_have_worked = kind.may_have_worked

    @property
    def service(self) -> str:
        """The service that did not respond; "" where it did."""
        return self.connection.service if self.connection else ""

    @property
    def reason(self) -> str:
        """What to log of it: the code, and never the message, which may quote a secret."""
        return self.code or self.kind.value


_CREDENTIALS = (
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
)
_NO_SERVICE = ("OptInRequired", "SubscriptionRequiredException")
_TOO_FAST = (
    "ThrottlingException",
    "Throttling",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "TooManyUpdates",
    "SlowDown",
)
_QUOTA = (
    "ServiceQuotaExceededException",
    "TooManyTagsException",
    "TooManyTagsError",
    "ParameterLimitExceeded",
    "ExecutionLimitExceeded",
)
_CONFLICT = (
    "ConflictException",
    "ResourceInUseException",
    "ParameterAlreadyExists",
    "PreconditionFailed",
    "ConditionalRequestConflict",
)
_DENIED = ("AccessDeniedException", "AccessDenied")
_MISSING = (
    "ResourceNotFoundException",
    "ParameterNotFound",
    "InvalidResourceId",
    "NoSuchKey",
    "NoSuchBucket",
    "StateMachineDoesNotExist",
    "StateMachineDeleting",
)
_INVALID = ("ValidationException", "ValidationError")
_REJECTED = (*_DENIED, *_MISSING, *_INVALID)


class _Row(NamedTuple):
    """One row of the table.

    Args:
        kind: what the error means.
        codes: the error codes that it is about.
        pattern: what the message contains, as a regular expression for lower case. Default: anything.
        operation: the only call that it is about. Default: any call.
    """

    kind: ErrorKind
    codes: tuple[str, ...]
    pattern: str = ""
    operation: str = ""

    def matches(self, operation: str, code: str, text: str) -> bool:
        """Return whether an error belongs to this row."""
        is_about = self.operation in ("", operation) and code in self.codes
        return is_about and re.search(self.pattern, text) is not None


def _by(policy: str) -> str:
    """Return how IAM says that a policy of one type denies a call, or does not allow it."""
    return rf"(explicit deny in an?|because no) {policy}"


# The first row that matches decides. Bedrock tries the service role, the data and the model when a job is
# created, and reports most of what it finds as a ValidationException: only the text distinguishes what goes
# away by itself from what does not. Of other calls no such text is known; their ValidationException is a
# wrong request, such as a stop that comes too late.
#
# https://docs.aws.amazon.com/bedrock/latest/userguide/fine-tuning-troubleshooting.html
# https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
_TABLE = (
    _Row(ErrorKind.CREDENTIALS, _CREDENTIALS),
    _Row(ErrorKind.NO_ACCOUNT_ACCESS, _NO_SERVICE),
    _Row(ErrorKind.THROTTLED, _TOO_FAST),
    _Row(ErrorKind.QUOTA, _QUOTA),
    _Row(ErrorKind.CONFLICT, _CONFLICT),
    _Row(ErrorKind.INVALID, _INVALID, r"validation errors? detected"),  # first, because it quotes the request
    # What the account may not use; the code differs from case to case.
    _Row(ErrorKind.LEGACY_MODEL, _REJECTED, r"marked by provider as legacy", CREATE_JOB),
    _Row(ErrorKind.NO_MODEL_ACCESS, _REJECTED, r"use case details have not been submitted", CREATE_JOB),
    _Row(ErrorKind.NO_MODEL_ACCESS, _REJECTED, r"don't have access to the model", CREATE_JOB),
    _Row(ErrorKind.NO_SUBSCRIPTION, _REJECTED, r"model access is denied due to", CREATE_JOB),
    _Row(ErrorKind.NO_ACCOUNT_ACCESS, _REJECTED, r"account is not authorized to", CREATE_JOB),
    # What another owner must permit; last, what a policy that was just created may permit in a moment.
    _Row(ErrorKind.NO_ACCOUNT_ACCESS, _DENIED, r"account is not authorized to"),
    _Row(ErrorKind.CROSS_ACCOUNT_ROLE, _DENIED, r"cross-account pass role is not allowed"),
    _Row(ErrorKind.DENIED_BY_ORGANIZATION, _DENIED, _by(r"(service|resource) control policy")),
    _Row(ErrorKind.DENIED_BY_BOUNDARY, _DENIED, _by(r"permissions? boundary")),
    _Row(ErrorKind.DENIED_BY_ENDPOINT, _DENIED, _by(r"vpc endpoint policy")),
    _Row(ErrorKind.DENIED_EXPLICITLY, _DENIED, r"explicit deny"),
    _Row(ErrorKind.DENIED_BY_KEY, _DENIED, r"\bkms:.*because no resource-based policy"),
    _Row(ErrorKind.DENIED, _DENIED),
    # What does not exist, what is wrong in the request, and what is not ready yet.
    _Row(ErrorKind.NOT_FOUND, _MISSING),
    _Row(ErrorKind.NAME_IN_USE, _INVALID, r"\bname is (currently |already )?in use", CREATE_JOB),
    _Row(ErrorKind.NO_ACCOUNT_ACCESS, _INVALID, r"^operation not allowed", CREATE_JOB),
    _Row(
        ErrorKind.ROLE_NOT_READY, _INVALID, r"could not assume|unable to assume|cannot be assumed", CREATE_JOB
    ),
    _Row(ErrorKind.ROLE_LACKS_MODEL, _INVALID, r"role.* not able to call .*model", CREATE_JOB),
    _Row(ErrorKind.DATA_NOT_READY, _INVALID, r"could not validate|perms missing", CREATE_JOB),
    _Row(ErrorKind.DATA_NOT_READY, _INVALID, r"not authorized to perform|access denied", CREATE_JOB),
    _Row(ErrorKind.INVALID, _INVALID),
)

_TOO_MANY, _SERVER_ERROR = 429, 500


def error_kind(operation: str, code: str, message: str, status: int) -> ErrorKind:
    """Return what an error means.

    Args:
        operation: the API's name of the call.
        code: the service's error code.
        message: the service's message.
        status: the HTTP status, which decides about a code that the table does not have.
    """
    text = " ".join(message.lower().split())
    for row in _TABLE:
        if row.matches(operation, code, text):
            return row.kind
    if status == _SERVER_ERROR:
        return ErrorKind.SERVER_ERROR
    if status > _SERVER_ERROR:
        return ErrorKind.NO_RESPONSE
    return ErrorKind.THROTTLED if status == _TOO_MANY else ErrorKind.INVALID
