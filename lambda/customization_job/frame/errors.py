"""What an error of AWS means for the handler: one table of codes and messages, read from top to bottom."""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

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
_NO_CUSTOMER = ("OptInRequired", "SubscriptionRequiredException")
_TOO_FAST = ("ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded")
_QUOTA = ("ServiceQuotaExceededException", "TooManyTagsException")
_CONFLICT = ("ConflictException", "ResourceInUseException")
_DENIED = ("AccessDeniedException", "AccessDenied")
_MISSING = ("ResourceNotFoundException",)
_INVALID = ("ValidationException", "ValidationError")
_REFUSED = (*_DENIED, *_MISSING, *_INVALID)


class _Row(NamedTuple):
    """One row of the table.

    Args:
        kind: What the error means.
        codes: The names of the errors that it is about.
        says: What the message holds, as a regular expression for lower case. Default: whatever it says.
        operation: The only call that it is about. Default: any call.
    """

    kind: Kind
    codes: tuple[str, ...]
    says: str = ""
    operation: str = ""

    def fits(self, operation: str, code: str, text: str) -> bool:
        """Tell whether an error is of this row."""
        is_asked = self.operation in ("", operation) and code in self.codes
        return is_asked and re.search(self.says, text) is not None


def _by(policy: str) -> str:
    """Tell how IAM says that a policy of one type denies a call, or fails to allow it."""
    return rf"(explicit deny in an?|because no) {policy}"


# The first row that fits decides. Bedrock tries the service role, the data and the model when a job is
# created, and reports most of what it finds as a ValidationException: only the text tells what passes by
# itself from what does not. Of other calls no such text is known; their ValidationException is a wrong
# request, such as a stop that comes too late.
#
# https://docs.aws.amazon.com/bedrock/latest/userguide/fine-tuning-troubleshooting.html
# https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
_TABLE = (
    _Row(Kind.CREDENTIALS, _CREDENTIALS),
    _Row(Kind.NO_ACCOUNT_ACCESS, _NO_CUSTOMER),
    _Row(Kind.THROTTLED, _TOO_FAST),
    _Row(Kind.QUOTA, _QUOTA),
    _Row(Kind.CONFLICT, _CONFLICT),
    _Row(Kind.INVALID, _INVALID, r"validation errors? detected"),  # first, because it quotes the request
    # What the account may not use. Which code says so differs.
    _Row(Kind.LEGACY_MODEL, _REFUSED, r"marked by provider as legacy", CREATE_JOB),
    _Row(Kind.NO_MODEL_ACCESS, _REFUSED, r"use case details have not been submitted", CREATE_JOB),
    _Row(Kind.NO_MODEL_ACCESS, _REFUSED, r"don't have access to the model", CREATE_JOB),
    _Row(Kind.NO_SUBSCRIPTION, _REFUSED, r"model access is denied due to", CREATE_JOB),
    _Row(Kind.NO_ACCOUNT_ACCESS, _REFUSED, r"account is not authorized to", CREATE_JOB),
    # What somebody else has to permit, and at the end what a fresh policy may permit in a moment.
    _Row(Kind.NO_ACCOUNT_ACCESS, _DENIED, r"account is not authorized to"),
    _Row(Kind.CROSS_ACCOUNT_ROLE, _DENIED, r"cross-account pass role is not allowed"),
    _Row(Kind.DENIED_BY_ORGANIZATION, _DENIED, _by(r"(service|resource) control policy")),
    _Row(Kind.DENIED_BY_BOUNDARY, _DENIED, _by(r"permissions? boundary")),
    _Row(Kind.DENIED_BY_ENDPOINT, _DENIED, _by(r"vpc endpoint policy")),
    _Row(Kind.FORBIDDEN, _DENIED, r"explicit deny"),
    _Row(Kind.DENIED_BY_KEY, _DENIED, r"\bkms:.*because no resource-based policy"),
    _Row(Kind.DENIED, _DENIED),
    # What is not there, and what is wrong in the request or not ready yet.
    _Row(Kind.NOT_FOUND, _MISSING),
    _Row(Kind.NAME_IN_USE, _INVALID, r"\bname is (currently |already )?in use", CREATE_JOB),
    _Row(Kind.NO_ACCOUNT_ACCESS, _INVALID, r"^operation not allowed", CREATE_JOB),
    _Row(Kind.ROLE_NOT_READY, _INVALID, r"could not assume|unable to assume|cannot be assumed", CREATE_JOB),
    _Row(Kind.ROLE_LACKS_MODEL, _INVALID, r"role.* not able to call .*model", CREATE_JOB),
    _Row(Kind.DATA_NOT_READY, _INVALID, r"could not validate|perms missing", CREATE_JOB),
    _Row(Kind.DATA_NOT_READY, _INVALID, r"not authorized to perform|access denied", CREATE_JOB),
    _Row(Kind.INVALID, _INVALID),
)

_TOO_MANY, _SERVER_ERROR = 429, 500


def kind_of(operation: str, code: str, message: str, status: int) -> Kind:
    """Say what an error means.

    Args:
        operation: The call, in the API's words.
        code: The error's name.
        message: Its sentence.
        status: The HTTP status, which decides about a code that the table does not have.
    """
    text = " ".join(message.lower().split())
    for row in _TABLE:
        if row.fits(operation, code, text):
            return row.kind
    if status == _SERVER_ERROR:
        return Kind.SERVER_ERROR
    if status > _SERVER_ERROR:
        return Kind.NO_ANSWER
    return Kind.THROTTLED if status == _TOO_MANY else Kind.INVALID
