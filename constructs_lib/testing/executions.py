"""Executions of state machines in memory, as far as the handler calls Step Functions."""

from __future__ import annotations

import json
from typing import Any


class StartedExecutions:
    """Keeps the executions that `run_handler` starts; none of them runs.

    A second execution of one name is refused. `run_task` carries out one task as a running execution would.
    """

    def __init__(self) -> None:
        self.inputs: dict[str, dict[str, Any]] = {}
        """The input of each execution, by the name of the execution."""
        self.machines: dict[str, str] = {}
        """The ARN of the state machine of each execution, by the name of the execution."""

    def respond(self, operation: str, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Return HTTP status and body of the response to one call of the API.

        Args:
            operation: the API's name of the call.
            request: its members.
        """
        if operation == "StartExecution":
            return self._start(str(request["stateMachineArn"]), str(request["name"]), str(request["input"]))
        return _refused("UnknownOperationException", f"{operation} is not supported here")

    def _start(self, machine_arn: str, name: str, given: str) -> tuple[int, dict[str, Any]]:
        if name in self.inputs:
            return _refused("ExecutionAlreadyExists", f"Execution already exists: {name}")
        self.inputs[name] = json.loads(given)
        self.machines[name] = machine_arn
        execution_arn = f"{machine_arn.replace(':stateMachine:', ':execution:')}:{name}"
        return 200, {"executionArn": execution_arn, "startDate": 0}


def _refused(code: str, message: str) -> tuple[int, dict[str, Any]]:
    return 400, {"__type": code, "message": message}
