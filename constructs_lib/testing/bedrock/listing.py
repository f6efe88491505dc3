"""Filtering, sorting and paging, the same for jobs and models."""

from collections.abc import Callable, Iterable

from constructs_lib.testing.bedrock.errors import invalid
from constructs_lib.testing.bedrock.shelf import Document

_PAGE = 100


def page(
    summaries: Iterable[Document], request: Document, key: str, keep: Callable[[Document], bool]
) -> Document:
    """Return one page of summaries.

    Args:
        summaries: all of them, oldest first.
        request: the list request with its filters, order and page.
        key: the member of the answer that holds the page.
        keep: the filters that are special to what is listed.

    Raises:
        ServiceError: `ValidationException` for a token that no answer has given.
    """
    found = [summary for summary in summaries if _in_time(summary, request) and keep(summary)]
    if request.get("sortOrder") != "Ascending":
        found.reverse()
    first = _offset(request.get("nextToken", "0"))
    last = first + int(request.get("maxResults", _PAGE))
    more: Document = {"nextToken": str(last)} if last < len(found) else {}
    return {key: found[first:last], **more}


def _in_time(summary: Document, request: Document) -> bool:
    created = summary["creationTime"]
    after, before = request.get("creationTimeAfter"), request.get("creationTimeBefore")
    return bool((after is None or created > after) and (before is None or created < before))


def _offset(token: str) -> int:
    if not token.isascii() or not token.isdigit():
        raise invalid(
            f"nextToken is not one that this service has given, got {token!r}; leave it out to begin"
        )
    return int(token)
