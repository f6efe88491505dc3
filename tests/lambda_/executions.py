"""Step Functions as boto3's client of it: it keeps what is started."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable


class StartedExecutions:
    """Has those methods of boto3's Step Functions client that the handler calls.

    As the local AWS does it, a second execution of one name is refused, also while the first one runs with
    the same input. `before` holds what happens before the next calls, in order.
    """

    def __init__(self) -> None:
        self.inputs: dict[str, dict[str, Any]] = {}
        self.machines: dict[str, str] = {}
        self.stopped: list[str] = []
        self.before: list[Callable[[], object]] = []

    def refuse(self, code: str, times: int = 1) -> None:
        """Refuse the next calls."""

        def raise_it() -> None:
            raise _error("StartExecution", code)

        self.before.extend([raise_it] * times)

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> dict[str, Any]:  # noqa: N803 - boto3's spelling
        """Start an execution."""
        self._disturb()
        if name in self.inputs:
            raise _error("StartExecution", "ExecutionAlreadyExists")
        self.inputs[name] = json.loads(input)
        self.machines[name] = stateMachineArn
        return {"executionArn": f"{stateMachineArn.replace(':stateMachine:', ':execution:')}:{name}"}

    def stop_execution(self, *, executionArn: str) -> dict[str, Any]:  # noqa: N803 - boto3's spelling
        """Stop an execution."""
        self._disturb()
        if executionArn.rpartition(":")[2] not in self.inputs:
            raise _error("StopExecution", "ExecutionDoesNotExist")
        self.stopped.append(executionArn)
        return {}

    def _disturb(self) -> None:
        if self.before:
            self.before.pop(0)()


def _error(operation: str, code: str) -> ClientError:
    metadata: Any = {"HTTPStatusCode": 400}
    detail: Any = {"Code": code, "Message": f"{operation} was refused"}
    return ClientError({"Error": detail, "ResponseMetadata": metadata}, operation)
