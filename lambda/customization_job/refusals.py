"""What an error of AWS means for the handler: the one table of codes and messages."""

from __future__ import annotations

from .ports import Kind

_BY_CODE = {
    "ResourceNotFoundException": Kind.NOT_FOUND,
    "ConflictException": Kind.CONFLICT,
    "ResourceInUseException": Kind.CONFLICT,
    "ValidationException": Kind.INVALID,
    "ValidationError": Kind.INVALID,
    "ServiceQuotaExceededException": Kind.QUOTA,
    "TooManyTagsException": Kind.QUOTA,
    "AccessDeniedException": Kind.DENIED,
    "AccessDenied": Kind.DENIED,
    "ThrottlingException": Kind.THROTTLED,
    "Throttling": Kind.THROTTLED,
    "TooManyRequestsException": Kind.THROTTLED,
    "RequestLimitExceeded": Kind.THROTTLED,
}

# Bedrock tries the service role when a job is created. What IAM, S3 and KMS have not told each other yet it
# reports as a ValidationException; only its text tells it from a wrong request. See
# https://docs.aws.amazon.com/bedrock/latest/userguide/fine-tuning-troubleshooting.html.
_ROLE_NOT_READY = ("could not assume", "unable to assume", "cannot be assumed")
_DATA_NOT_READY = ("could not validate", "perms missing", "not authorized to perform", "access denied")
_FORBIDDEN = ("explicit deny",)


def kind_of(code: str, message: str, status: int) -> Kind:
    """Say what an error means.

    Args:
        code: The error's name.
        message: Its sentence.
        status: The HTTP status.
    """
    kind = _BY_CODE.get(code)
    text = message.lower()
    if kind is Kind.INVALID and any(part in text for part in _ROLE_NOT_READY):
        return Kind.ROLE_NOT_READY
    if kind is Kind.INVALID and any(part in text for part in _DATA_NOT_READY):
        return Kind.DATA_NOT_READY
    if kind is Kind.DENIED and any(part in text for part in _FORBIDDEN):
        return Kind.FORBIDDEN
    if kind:
        return kind
    if status >= 500:  # noqa: PLR2004 - where HTTP's server errors begin
        return Kind.NO_ANSWER
    return Kind.THROTTLED if status == 429 else Kind.INVALID  # noqa: PLR2004 - HTTP's Too Many Requests
