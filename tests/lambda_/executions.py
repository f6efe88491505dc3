"""Step Functions as boto3's client of it, with calls that can be disturbed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from constructs_lib.testing import executions

if TYPE_CHECKING:
    from collections.abc import Callable


class StartedExecutions(executions.StartedExecutions):
    """Has those methods of boto3's Step Functions client that the handler calls.

    `before` holds what happens before the next calls, in order.
    """

    def __init__(self) -> None:
        super().__init__()
        self.before: list[Callable[[], object]] = []

    def refuse(self, code: str, times: int = 1) -> None:
        """Refuse the next calls."""

        def raise_it() -> None:
            raise _error("StartExecution", code)

        self.before.extend([raise_it] * times)

    def start_execution(self, **request: str) -> dict[str, Any]:
        """Start an execution."""
        return self._call("StartExecution", request)

    def stop_execution(self, **request: str) -> dict[str, Any]:
        """Stop an execution."""
        return self._call("StopExecution", request)

    def _call(self, operation: str, request: dict[str, str]) -> dict[str, Any]:
        if self.before:
            self.before.pop(0)()
        status, answer = self.respond(operation, request)
        if status >= 300:
            raise _error(operation, answer["__type"])
        return answer


def _error(operation: str, code: str) -> ClientError:
    metadata: Any = {"HTTPStatusCode": 400}
    detail: Any = {"Code": code, "Message": f"{operation} was refused"}
    return ClientError({"Error": detail, "ResponseMetadata": metadata}, operation)
