"""What a double answers where it does not answer what was asked."""

from collections.abc import Mapping

STATUS = {
    "AccessDeniedException": 403,
    "ConflictException": 400,
    "InternalServerException": 500,
    "ResourceNotFoundException": 404,
    "ServiceQuotaExceededException": 400,
    "ThrottlingException": 429,
    "TooManyTagsException": 400,
    "UnknownOperationException": 404,
    "ValidationException": 400,
}
"""The HTTP status of each error code, as Bedrock's service model has it."""


class ServiceError(Exception):
    """An error that the service answers.

    Args:
        code: the error's name, such as `ValidationException`.
        message: the sentence that the caller reads.
        status: the HTTP status. Default: the one of the code, or 400.
        members: further members of the error's body, such as `resourceName`.
    """

    def __init__(
        self,
        code: str,
        message: str,
        status: int | None = None,
        members: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status or STATUS.get(code, 400)
        self.members = dict(members or {})


class AnswerLost(Exception):  # noqa: N818 - it is not an error of the service, it is no answer at all
    """The connection closed before the caller had its answer."""


def invalid(message: str) -> ServiceError:
    """Return the error for a request that is wrong in itself."""
    return ServiceError("ValidationException", message)


def not_found(message: str) -> ServiceError:
    """Return the error for something that is not there."""
    return ServiceError("ResourceNotFoundException", message)


def over_quota(message: str) -> ServiceError:
    """Return the error for one job or model too many."""
    return ServiceError("ServiceQuotaExceededException", message)
