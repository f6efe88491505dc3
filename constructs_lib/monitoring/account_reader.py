"""Many calls to one account: several at once, counted, and in sentences what could not be read."""

from __future__ import annotations

from multiprocessing.pool import ThreadPool
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from ..deployment.aws_calls import AwsCallError, aws_calls, not_of_aws

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ..deployment.aws_calls import Client
    from .aws_access import AwsAccess

_THREADS = 8  # less than the ten connections that a client keeps open

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class AccountReader:
    """Reads an account in one Region; it changes nothing.

    Args:
        access: the AWS that is asked.

    Attributes:
        bedrock: a client.
        cloudformation: a client.
        calls: how many calls were made; one that AWS limited and that was sent again counts once.

    Raises:
        AwsCallError: the configuration cannot be used.
    """

    def __init__(self, access: AwsAccess) -> None:
        self.access = access
        self.calls = 0
        self._unread: dict[str, AwsCallError] = {}
        self._lock = Lock()
        # Before there are threads: boto3 makes clients in one thread only.
        self.bedrock = self._client("bedrock")
        self.cloudformation = self._client("cloudformation")

    @property
    def unread(self) -> list[str]:
        """What could not be read, and why: one sentence for each kind of thing."""
        return [f"{consequence} {error}" for consequence, error in self._unread.items()]

    def account(self) -> str:
        """Return the account of the credentials.

        Raises:
            AwsCallError: AWS does not accept the credentials.
        """
        self._count()
        return self.access.account

    def pages(self, client: Client, operation: str, member: str, **request: object) -> Iterator[Any]:
        """Yield what a list operation lists, page after page.

        Args:
            client: one of the two clients.
            operation: boto3's name of the operation.
            member: the member of its response that has the list.
            request: its filters.

        Raises:
            AwsCallError: it failed, or the response is none of this operation.
        """
        with aws_calls():
            for page in client.get_paginator(operation).paginate(**request):
                if member not in page and not page["ResponseMetadata"].get("RequestId"):
                    raise not_of_aws()  # boto3 takes a page of a proxy for an empty response
                yield from page.get(member) or ()

    def each(self, read: Callable[[_Item], _Result], items: Iterable[_Item]) -> list[_Result]:
        """Return what a function returns of each item, in their order; several run at once.

        Args:
            read: makes calls.
            items: what it is called with.

        Raises:
            AwsCallError: the first that the function raised.
        """
        # Its threads are daemons: after Ctrl-C nobody waits for a call that AWS limits, and no more are made.
        with ThreadPool(_THREADS) as threads:
            return list(threads.imap(read, items))

    def note(self, error: AwsCallError, consequence: str) -> None:
        """Note that something could not be read, unless every other call would fail, too.

        Args:
            error: why; of several with the same consequence the first is noted.
            consequence: what is unknown as a result, as a sentence.

        Raises:
            AwsCallError: the error, where nothing at all can be read.
        """
        if error.is_general or error.is_of_region:
            raise error
        self._unread.setdefault(consequence, error)

    def _client(self, service: str) -> Client:
        made = self.access.client(service)
        made.meta.events.register("before-call", self._count)
        return made

    def _count(self, **_event: object) -> None:
        with self._lock:
            self.calls += 1


def required(summary: Mapping[str, Any], *members: str) -> list[Any]:
    """Return members of a summary that every one of its kind has.

    Args:
        summary: what a list operation lists.
        members: their names.

    Raises:
        AwsCallError: it has not, so whatever responded was not AWS.
    """
    try:
        return [summary[name] for name in members]
    except (KeyError, TypeError):
        raise not_of_aws() from None
