"""Bedrock's whole service model, from the installed botocore: what a request may hold, and its way."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from constructs_lib.contract import ServiceModel, violations
from constructs_lib.testing.bedrock.errors import ServiceError, invalid
from constructs_lib.testing.bedrock.shelf import Document

_LABEL = re.compile(r"\{(\w+)\}")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where an operation's request travels.

    Args:
        operation: the API's name.
        method: the HTTP method.
        path: matches the path, as it was sent; its groups are members of the request.
        queries: query parameters, and the members they carry with their types.
        status: the HTTP status of an answer.
    """

    operation: str
    method: str
    path: re.Pattern[str]
    queries: Mapping[str, tuple[str, str]]
    status: int


@cache
def routes() -> tuple[Route, ...]:
    """Return the route of every operation of Bedrock, fixed paths before those with labels."""
    document = service_document()
    operations = sorted(document["operations"].items(), key=_labels)
    return tuple(_route(name, operation, document["shapes"]) for name, operation in operations)


def route(method: str, path: str) -> Route:
    """Return the route of a request.

    Args:
        method: the HTTP method.
        path: the path as it was sent, percent signs and all.

    Raises:
        ServiceError: `UnknownOperationException` where Bedrock has no such operation.
    """
    for known in routes():
        if known.method == method and known.path.fullmatch(path):
            return known
    raise ServiceError("UnknownOperationException", f"Bedrock has no operation at {method} {path}")


def _labels(item: tuple[str, Mapping[str, Any]]) -> int:
    return len(_LABEL.findall(item[1]["http"]["requestUri"]))


def _route(name: str, operation: Mapping[str, Any], shapes: Mapping[str, Any]) -> Route:
    http = operation["http"]
    template = http["requestUri"].partition("?")[0].rstrip("/")
    members = shapes[operation["input"]["shape"]]["members"] if "input" in operation else {}
    return Route(
        operation=name,
        method=http["method"],
        path=re.compile(_LABEL.sub(r"(?P<\1>[^/]+)", template) + "/?"),
        queries=dict(_queries(members, shapes)),
        status=http.get("responseCode", 200),
    )


def _queries(members: Mapping[str, Any], shapes: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, str]]]:
    for member, target in members.items():
        if target.get("location") == "querystring":
            yield target.get("locationName", member), (member, shapes[target["shape"]]["type"])
