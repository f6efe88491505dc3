"""Bedrock's service model from the installed botocore: validation of requests, and the API's errors."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from ...contract import ServiceModel, violations
from ...distribution import imports_from

Document = dict[str, Any]
"""A request or a response, with the API's own names."""

STATUS = {
    "AccessDeniedException": 403,
    "ConflictException": 400,
    "InternalServerException": 500,
    "ModelErrorException": 424,
    "ModelNotReadyException": 429,
    "ModelTimeoutException": 408,
    "ResourceNotFoundException": 404,
    "ServiceQuotaExceededException": 400,
    "ServiceUnavailableException": 503,
    "ThrottlingException": 429,
    "TooManyTagsException": 400,
    "UnknownOperationException": 404,
    "ValidationException": 400,
}
"""The HTTP status of each error code in Bedrock's service model."""


class ServiceError(Exception):
    """An error response of the service.

    Args:
        code: the error's name, such as `ValidationException`.
        message: the message that the caller gets.
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


class ResponseLost(Exception):  # noqa: N818 - not an error of the service: there is no response
    """The connection was closed before the caller got the response."""


def invalid(message: str) -> ServiceError:
    """Return the error for a request that is not valid."""
    return ServiceError("ValidationException", message)


def not_found(message: str) -> ServiceError:
    """Return the error for a resource that does not exist."""
    return ServiceError("ResourceNotFoundException", message)


def over_quota(message: str) -> ServiceError:
    """Return the error for an exceeded quota."""
    return ServiceError("ServiceQuotaExceededException", message)


CONTROL = "bedrock"
RUNTIME = "bedrock-runtime"
"""botocore's names of both APIs: of jobs, models and deployments, and of calls of models."""


@cache
def service_document(service: str = CONTROL) -> Document:
    """Return botocore's own model of Bedrock, regardless of `AWS_DATA_PATH`.

    Args:
        service: `CONTROL` or `RUNTIME`. Default: `CONTROL`.
    """
    with imports_from("local", "The Bedrock double"):
        from botocore.loaders import Loader

    search = [Loader.BUILTIN_DATA_PATH]
    loader = Loader(extra_search_paths=search, include_default_search_paths=False)
    document: Document = loader.load_service_model(service, "service-2")
    return document


@cache
def service_model(service: str = CONTROL) -> ServiceModel:
    """Return the same model in the form that the library's rules use.

    Args:
        service: `CONTROL` or `RUNTIME`. Default: `CONTROL`.
    """
    return ServiceModel(service_document(service))


def check(operation: str, request: Mapping[str, Any], service: str = CONTROL) -> None:
    """Validate a request against Bedrock's service model.

    Args:
        operation: the API's name, such as `CreateModelCustomizationJob`.
        request: the members of the request.
        service: the API of the operation. Default: `CONTROL`.

    Raises:
        ServiceError: `ValidationException` with every violated rule.
    """
    model = service_model(service)
    broken = [str(problem) for problem in violations(request, model.operation_input(operation), model=model)]
    if broken:
        count = f"{len(broken)} validation error{'s' if len(broken) > 1 else ''} detected"
        raise invalid(f"{count}: {'; '.join(broken)}")
