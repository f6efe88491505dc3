"""Pages of summaries, which the list operations return."""

from collections.abc import Callable, Iterable
from datetime import datetime

from .service import Document, invalid

_PAGE_SIZE = 100


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
        request: the list request with filters, order, page size and token.
        key: the member of the response that contains the page.
        keep: returns whether a summary matches the filters of this operation.
        time: the member of a summary with the time of creation. Default: `creationTime`.

    Raises:
        ServiceError: `ValidationException` for a token that was in no response.
    """
    found = [summary for summary in summaries if _in_time(summary[time], request) and keep(summary)]
    if request.get("sortOrder") != "Ascending":
        found.reverse()
    first = _offset(request.get("nextToken", "0"))
    last = first + int(request.get("maxResults", _PAGE_SIZE))
    more: Document = {"nextToken": str(last)} if last < len(found) else {}
    return {key: found[first:last], **more}


def _in_time(created: datetime, request: Document) -> bool:
    after = request.get("creationTimeAfter", request.get("createdAfter"))
    before = request.get("creationTimeBefore", request.get("createdBefore"))
    return bool((after is None or created > after) and (before is None or created < before))


def _offset(token: str) -> int:
    if not token.isascii() or not token.isdigit():
        raise invalid(
            f"nextToken must come from an earlier response, got {token!r}; leave it out for the first page"
        )
    return int(token)
