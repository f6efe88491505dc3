"""Bedrock's API as botocore's service model describes it: its errors, and what a request may hold."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from constructs_lib.contract import ServiceModel, violations

Document = dict[str, Any]
"""A request or a response, with the API's own names."""

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


@cache
def service_document() -> Document:
    """Return botocore's model of Bedrock, whatever else `AWS_DATA_PATH` offers."""
    from botocore.loaders import Loader

    search = [Loader.BUILTIN_DATA_PATH]
    loader = Loader(extra_search_paths=search, include_default_search_paths=False)
    document: Document = loader.load_service_model("bedrock", "service-2")
    return document


@cache
def service_model() -> ServiceModel:
    """Return the same model as the library's rules read it."""
    return ServiceModel(service_document())


def check(operation: str, request: Mapping[str, Any]) -> None:
    """Refuse a request that Bedrock's service model does not allow.

    Args:
        operation: the API's name, such as `CreateModelCustomizationJob`.
        request: what was asked.

    Raises:
        ServiceError: `ValidationException` that names every broken rule.
    """
    model = service_model()
    broken = [str(problem) for problem in violations(request, model.operation_input(operation), model=model)]
    if broken:
        count = f"{len(broken)} validation error{'s' if len(broken) > 1 else ''} detected"
        raise invalid(f"{count}: {'; '.join(broken)}")
