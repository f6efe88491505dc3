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
            raise _error(code)

        self.before.extend([raise_it] * times)

    def start_execution(self, **request: str) -> dict[str, Any]:
        """Start an execution."""
        if self.before:
            self.before.pop(0)()
        status, answer = self.respond("StartExecution", request)
        if status >= 300:
            raise _error(answer["__type"])
        return answer


def _error(code: str) -> ClientError:
    metadata: Any = {"HTTPStatusCode": 400}
    detail: Any = {"Code": code, "Message": "StartExecution was refused"}
    return ClientError({"Error": detail, "ResponseMetadata": metadata}, "StartExecution")
