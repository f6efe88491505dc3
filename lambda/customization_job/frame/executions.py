"""Executions of a state machine of the stack: the port, and its real implementation over Step Functions."""

from __future__ import annotations

import json
from functools import cached_property, partial
from typing import TYPE_CHECKING, Protocol

from .aws import call
from .errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .retry import Retry

_SERVICE = "states"
_EXISTS = "ExecutionAlreadyExists"


class Executions(Protocol):
    """The calls of Step Functions. What fails is an `AwsError`."""

    def start(self, machine_arn: str, name: str, given: Mapping[str, object]) -> None:
        """Start an execution; one of this name counts as started.

        Args:
            machine_arn: the ARN of the state machine.
            name: the name of the execution, which a repeated event gives it again.
            given: its input, such as `{"task": {...}}`; see `frame.task`.
        """
        ...


class StepFunctionsExecutions:
    """The real implementation of the port `Executions`.

    Args:
        connect: returns the client, `boto3.client("stepfunctions")` or an object with the same methods;
            called when it is needed.
        retry: retries the calls.
    """

    def __init__(self, connect: Callable[[], object], retry: Retry) -> None:
        self._connect = connect
        self._retry = retry

    def start(self, machine_arn: str, name: str, given: Mapping[str, object]) -> None:
        """Start an execution; one of this name counts as started."""
        request = {"stateMachineArn": machine_arn, "name": name, "input": json.dumps(given)}
        action = partial(call, _SERVICE, self._client, "StartExecution", request)
        try:
            self._retry.call("StartExecution", action)
        except AwsError as error:
            if error.code != _EXISTS:
                raise

    @cached_property
    def _client(self) -> object:
        return self._connect()
