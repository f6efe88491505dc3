"""Filtering, sorting and paging, the same for everything that is listed."""

from collections.abc import Callable, Iterable
from datetime import datetime

from constructs_lib.testing.bedrock.errors import invalid
from constructs_lib.testing.bedrock.shelf import Document

_PAGE = 100


def page(
    summaries: Iterable[Document],
    request: Document,
    key: str,
    keep: Callable[[Document], bool],
    *,
    time: str = "creationTime",
) -> Document:
    """Return one page of summaries.

    Args:
        summaries: all of them, oldest first.
        request: the list request with its filters, order and page.
        key: the member of the answer that holds the page.
        keep: the filters that are special to what is listed.
        time: the member of a summary that says when it was created. Default: `creationTime`.

    Raises:
        ServiceError: `ValidationException` for a token that no answer has given.
    """
    found = [summary for summary in summaries if _in_time(summary[time], request) and keep(summary)]
    if request.get("sortOrder") != "Ascending":
        found.reverse()
    first = _offset(request.get("nextToken", "0"))
    last = first + int(request.get("maxResults", _PAGE))
    more: Document = {"nextToken": str(last)} if last < len(found) else {}
    return {key: found[first:last], **more}


def _in_time(created: datetime, request: Document) -> bool:
    after = request.get("creationTimeAfter", request.get("createdAfter"))
    before = request.get("creationTimeBefore", request.get("createdBefore"))
    return bool((after is None or created > after) and (before is None or created < before))


def _offset(token: str) -> int:
    if not token.isascii() or not token.isdigit():
        raise invalid(
            f"nextToken is not one that this service has given, got {token!r}; leave it out to begin"
        )
    return int(token)
