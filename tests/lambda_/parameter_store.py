"""Parameter Store as boto3's client of it, with calls that can be disturbed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from constructs_lib.testing import parameter_store
from constructs_lib.testing.parameter_store import StoredParameter

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs_lib.testing.bedrock import Clock

__all__ = ["ParameterStore", "StoredParameter", "error"]

_READS = ("GetParameter", "ListTagsForResource")


def error(operation: str, code: str, message: str = "") -> ClientError:
    """Return an error of Systems Manager."""
    metadata: Any = {"HTTPStatusCode": 500 if code == "InternalServerError" else 400}
    return ClientError({"Error": {"Code": code, "Message": message}, "ResponseMetadata": metadata}, operation)


class ParameterStore(parameter_store.ParameterStore):
    """Has the methods of boto3's SSM client for what the store responds to.

    `calls` names the calls; `before` holds what happens before the next calls of an operation, in order.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock.now)
        self.calls: list[str] = []
        self.before: dict[str, list[Callable[[], object]]] = {}

    @property
    def writes(self) -> list[str]:
        """Name the calls that change something."""
        return [one for one in self.calls if one not in _READS]

    def refuse(self, operation: str, code: str, times: int = 1) -> None:
        """Refuse the next calls of an operation."""

        def raise_it() -> None:
            raise error(operation, code, f"{operation} was refused")

        self.before.setdefault(operation, []).extend([raise_it] * times)

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        """Return a method of the client."""
        if name.startswith("_"):
            raise AttributeError(name)
        operation = "".join(part.capitalize() for part in name.split("_"))

        def call(**request: Any) -> dict[str, Any]:  # noqa: ANN401 - boto3's arguments
            self.calls.append(operation)
            if waiting := self.before.get(operation):
                waiting.pop(0)()
            status, answer = self.respond(operation, request)
            if status >= 300:
                raise error(operation, answer["__type"], answer["message"])
            if parameter := answer.get("Parameter"):
                modified = datetime.fromtimestamp(parameter["LastModifiedDate"], UTC)
                return {"Parameter": {**parameter, "LastModifiedDate": modified}}
            return answer

        return call
