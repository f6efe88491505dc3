"""Bedrock's REST protocol: decode HTTP requests into operations, encode responses and errors.

The encoding of a stream of events is that of
https://docs.aws.amazon.com/lexv2/latest/dg/event-stream-encoding.html.
"""

import json
import re
import struct
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import uuid4
from zlib import crc32

from .service import CONTROL, RUNTIME, Document, ServiceError, invalid, service_document

_LABEL = re.compile(r"\{(\w+)\}")
_SCOPE = re.compile(r"Credential=(?P<key>[^/,\s]+)/\d{8}/(?P<region>[a-z0-9-]+)/")
_ACCOUNT = re.compile(r"\d{12}")
_EVENT_STREAM = "application/vnd.amazon.eventstream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """How an operation is called over HTTP.

    Args:
        operation: the API's name.
        method: the HTTP method.
        path: matches the path before percent-decoding; its groups are members of the request.
        queries: members of the request and their types, by the names of the query parameters.
        status: the HTTP status of a response.
        request_body: the member of the request that the whole body is; "" if the body has members.
        response_body: the member of the response that the whole body is; "" if the body has members.
        is_stream: whether that member is a stream of events.
    """

    operation: str
    method: str
    path: re.Pattern[str]
    queries: Mapping[str, tuple[str, str]]
    status: int
    request_body: str
    response_body: str
    is_stream: bool


@cache
def routes() -> tuple[Route, ...]:
    """Return the routes of all operations of Bedrock, fixed paths before those with labels."""
    return tuple(
        _route(name, operation, document["shapes"])
        for document in (service_document(CONTROL), service_document(RUNTIME))
        for name, operation in sorted(document["operations"].items(), key=_labels)
    )


def route(method: str, path: str) -> Route:
    """Return the route of a request.

    Args:
        method: the HTTP method.
        path: the path before percent-decoding.

    Raises:
        ServiceError: `UnknownOperationException` if Bedrock has no such operation.
    """
    for one in routes():
        if one.method == method and one.path.fullmatch(path):
            return one
    raise ServiceError("UnknownOperationException", f"Bedrock has no operation at {method} {path}")


def _labels(item: tuple[str, Mapping[str, Any]]) -> int:
    return len(_LABEL.findall(item[1]["http"]["requestUri"]))


def _route(name: str, operation: Mapping[str, Any], shapes: Mapping[str, Any]) -> Route:
    http = operation["http"]
    template = http["requestUri"].partition("?")[0].rstrip("/")
    sent, received = (
        shapes[operation[end]["shape"]] if end in operation else {} for end in ("input", "output")
    )
    payload = received.get("payload", "")
    body = shapes[received["members"][payload]["shape"]] if payload else {}
    return Route(
        operation=name,
        method=http["method"],
        path=re.compile(_LABEL.sub(r"(?P<\1>[^/]+)", template) + "/?"),
        queries=dict(_queries(sent.get("members", {}), shapes)),
        status=http.get("responseCode", 200),
        request_body=sent.get("payload", ""),
        response_body=payload,
        is_stream=body.get("eventstream", False),
    )


def _queries(members: Mapping[str, Any], shapes: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, str]]]:
    for member, target in members.items():
        if target.get("location") == "querystring":
            yield target.get("locationName", member), (member, shapes[target["shape"]]["type"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The caller that signed a request.

    Args:
        account: the access key id if it is 12 digits, as in MiniStack; otherwise "".
        region: the Region in the signature's scope, "" for an unsigned request.
    """

    account: str
    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An HTTP response.

    Args:
        status: the HTTP status.
        body: the JSON document, or the stream of events.
        headers: headers that not every response has.
        content_type: what the body is. Default: JSON.
    """

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"


def caller(authorization: str) -> Caller:
    """Return the caller in the scope of a signature; the signature itself is not verified.

    Args:
        authorization: the `Authorization` header, "" if there is none.
    """
    scope = _SCOPE.search(authorization)
    if scope is None:
        return Caller(account="", region="")
    account = scope["key"] if _ACCOUNT.fullmatch(scope["key"]) else ""
    return Caller(account=account, region=scope["region"])


def decode(method: str, target: str, body: bytes) -> tuple[Route, Document]:
    """Return the route of a request, and the members of the request.

    Args:
        method: the HTTP method.
        target: path and query before percent-decoding.
        body: JSON, or nothing.

    Raises:
        ServiceError: the operation is unknown, or the body is not a JSON object.
    """
    url = urlsplit(target)
    found = route(method, url.path)
    labels = found.path.fullmatch(url.path)
    document = _document(body)
    request: Document = {found.request_body: document} if found.request_body else document
    request.update({name: unquote(value) for name, value in labels.groupdict().items()} if labels else {})
    for name, values in parse_qs(url.query).items():
        if name in found.queries:
            member, kind = found.queries[name]
            request[member] = _typed(values[-1], kind, member)
    return found, request


def encode(route: Route, document: Document) -> Response:
    """Return the HTTP response of a call that succeeded.

    Args:
        route: the route of the request.
        document: with the API's names, timestamps as `datetime`.
    """
    content: Any = document[route.response_body] if route.response_body else document
    headers = {"x-amzn-RequestId": str(uuid4())}
    if not route.is_stream:
        return Response(status=route.status, body=dumps(content), headers=headers)
    events = b"".join(_event(kind, members) for one in content for kind, members in one.items())
    headers["X-Amzn-Bedrock-Content-Type"] = document.get("contentType", "application/json")
    return Response(status=route.status, body=events, headers=headers, content_type=_EVENT_STREAM)


def encode_error(error: ServiceError) -> Response:
    """Return the HTTP response of a call that failed.

    Args:
        error: the error of the service.
    """
    body = dumps({"message": error.message, **error.members})
    headers = {"x-amzn-RequestId": str(uuid4()), "x-amzn-ErrorType": error.code}
    return Response(status=error.status, body=body, headers=headers)


def dumps(document: object) -> bytes:
    """Return a document as JSON, timestamps in ISO 8601 and bytes in base64.

    Args:
        document: JSON values, `datetime` and bytes.
    """
    return json.dumps(document, default=_encoded, ensure_ascii=False).encode()


def _event(kind: str, members: Document) -> bytes:
    """Return one message of a stream: lengths and their checksum, headers, members, checksum of all."""
    names = {":event-type": kind, ":content-type": "application/json", ":message-type": "event"}
    headers = b"".join(
        struct.pack(f"!B{len(name)}sBH{len(value)}s", len(name), name.encode(), 7, len(value), value.encode())
        for name, value in names.items()
    )
    payload = dumps(members)
    lengths = struct.pack("!II", len(headers) + len(payload) + 16, len(headers))
    message = lengths + struct.pack("!I", crc32(lengths)) + headers + payload
    return message + struct.pack("!I", crc32(message))


def _encoded(value: object) -> str:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    raise TypeError(f"{value!r} cannot be encoded as JSON")


def _document(body: bytes) -> Document:
    try:
        document = json.loads(body or b"{}")
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise ServiceError("SerializationException", "The body must be a JSON object.", 400)
    return document


def _typed(value: str, kind: str, member: str) -> Any:  # noqa: ANN401 - the type is in the service model
    try:
        if kind == "integer":
            return int(value)
        if kind == "timestamp":
            return datetime.fromisoformat(value)
    except ValueError:
        raise invalid(f"{member} must be of type {kind}, got {value!r}; correct it") from None
    return value == "true" if kind == "boolean" else value
