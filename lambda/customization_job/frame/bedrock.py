"""Bedrock over the AWS SDK, as far as all resource types call it. Every call is retried where that helps."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from contract import default_model, redacted

from .aws import call
from .errors import AwsError, ErrorKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .log import Log
    from .retry import Retry

_SERVICE = "bedrock"
_FREE_TEXT = ("ResponseMetadata", "failureMessage")


class BedrockClient:
    """Calls Bedrock, and knows what all resource types need of it: tags.

    Args:
        client: `boto3.client("bedrock")`, or an object with the same methods.
        retry: retries the calls.
        log: where calls are written at level DEBUG. Default: nowhere.
    """

    def __init__(self, client: object, retry: Retry, log: Log | None = None) -> None:
        self._client = client
        self._retry = retry
        self._log = log

    def get_tags(self, arn: str) -> Mapping[str, str]:
        """Return the tags of a resource."""
        output = self.call("ListTagsForResource", {"resourceARN": arn})
        return {tag["key"]: tag["value"] for tag in output.get("tags", ())}

    def add_tags(self, arn: str, tags: Mapping[str, str]) -> None:
        """Add tags, or change their values."""
        listed = [{"key": key, "value": value} for key, value in sorted(tags.items())]
        self.call("TagResource", {"resourceARN": arn, "tags": listed})

    def remove_tags(self, arn: str, keys: Iterable[str]) -> None:
        """Remove tags."""
        self.call("UntagResource", {"resourceARN": arn, "tagKeys": list(keys)})

    def pages(self, operation: str, request: Mapping[str, object]) -> Iterator[Mapping[str, Any]]:
        """Yield the pages of a list. No event depends on one, so a denied call is not retried."""
        token: dict[str, object] = {}
        while True:
            output = self.call(operation, {**request, **token}, is_needed=False)
            yield output
            if not output.get("nextToken"):
                return
            token = {"nextToken": output["nextToken"]}

    def find(self, operation: str, request: Mapping[str, object]) -> Mapping[str, Any] | None:
        """Make a call that reads something; return None where it does not exist."""

        def action() -> Mapping[str, Any] | None:
            try:
                return self._send(operation, request)
            except AwsError as error:
                if error.kind is ErrorKind.NOT_FOUND:  # a result, and a sign that the call is permitted
                    return None
                raise

        return self._retry.call(operation, action)

    def call(
        self,
        operation: str,
        request: Mapping[str, object],
        *,
        is_needed: bool = True,
        is_repeated: bool = True,
    ) -> Mapping[str, Any]:
        """Make a call; see `Retry.call`."""
        action = partial(self._send, operation, request)
        return self._retry.call(operation, action, is_needed=is_needed, is_repeated=is_repeated)

    def _send(self, operation: str, request: Mapping[str, object]) -> Mapping[str, Any]:
        try:
            output = call(_SERVICE, self._client, operation, request)
        except AwsError as error:
            self._write(operation, request, refused=error.reason)
            raise
        self._write(operation, request, output)
        return output

    def _write(
        self,
        operation: str,
        request: Mapping[str, object],
        output: Mapping[str, Any] | None = None,
        *,
        refused: str | None = None,
    ) -> None:
        """Log a call at level DEBUG, without secrets and without the service's own messages."""
        if self._log is None or not self._log.is_debugging:
            return
        shown = {name: value for name, value in (output or {}).items() if name not in _FREE_TEXT}
        self._log.write(
            "called",
            "DEBUG",
            operation=operation,
            request=redacted(request, default_model().operation_input(operation)),
            answer=redacted(shown, f"{operation}Response"),
            refused=refused,
        )
