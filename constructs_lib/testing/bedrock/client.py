"""A client with the interface of `boto3.client("bedrock")` that needs no HTTP."""

from __future__ import annotations

import re
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from botocore.errorfactory import ClientExceptionsFactory
from botocore.exceptions import ConnectionClosedError
from botocore.model import ServiceModel

from .arns import partition
from .operations import OPERATIONS
from .service import ResponseLost, ServiceError, service_document

if TYPE_CHECKING:
    from collections.abc import Callable

    from .double import BedrockDouble
    from .service import Document

_WORD = re.compile(r"(?<!^)(?=[A-Z])")

_METHODS = {_WORD.sub("_", operation).lower(): operation for operation in OPERATIONS}
"""The API's operations by the names of boto3's methods."""


_CREATE_OPERATIONS = frozenset({"CreateCustomModelDeployment", "CreateModelCustomizationJob"})
"""The operations with a client request token, which boto3 makes if there is none."""


@cache
def _exceptions() -> Any:  # noqa: ANN401 - botocore ships no types
    """Return the exception classes of a Bedrock client."""
    return ClientExceptionsFactory().create_client_exceptions(ServiceModel(service_document(), "bedrock"))


class BedrockClient:
    """Calls a double with the methods, responses and exceptions of boto3.

    It does not retry and does not validate parameters, so that a test sees each call that it scripted.

    Args:
        double: the double to call.
        account: the account of the caller, 12 digits.
        region: the Region to call.
    """

    def __init__(self, double: BedrockDouble, *, account: str, region: str) -> None:
        self.exceptions = _exceptions()
        self.meta = SimpleNamespace(
            region_name=region, partition=partition(region), endpoint_url=f"https://bedrock.{region}.double"
        )
        self._double = double
        self._account = account

    def __getattr__(self, name: str) -> Callable[..., Document]:
        operation = _METHODS.get(name)
        if operation is None:
            raise AttributeError(f"the Bedrock double has no {name}; use {', '.join(sorted(_METHODS))}")

        def method(**request: Any) -> Document:  # noqa: ANN401 - the same as in boto3
            return self._call(operation, request)

        return method

    def _call(self, operation: str, request: Document) -> Document:
        if operation in _CREATE_OPERATIONS:
            request.setdefault("clientRequestToken", str(uuid4()))
        try:
            response = self._double.call(
                operation, request, account=self._account, region=self.meta.region_name
            )
        except ServiceError as error:
            raise self._exception(error, operation) from None
        except ResponseLost:
            raise ConnectionClosedError(endpoint_url=self.meta.endpoint_url) from None
        return {**response, "ResponseMetadata": {"HTTPStatusCode": 200, "RetryAttempts": 0}}

    def _exception(self, error: ServiceError, operation: str) -> Exception:
        response = {
            "Error": {"Code": error.code, "Message": error.message},
            "ResponseMetadata": {"HTTPStatusCode": error.status, "RetryAttempts": 0},
            "message": error.message,
            **error.members,
        }
        raised: Exception = self.exceptions.from_code(error.code)(response, operation)
        return raised
