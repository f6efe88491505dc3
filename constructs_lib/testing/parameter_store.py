"""Parameters of Systems Manager in memory, as far as the handler calls Parameter Store."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_Request = dict[str, Any]
_MOST_TAGS = 50


@dataclass
class StoredParameter:
    """A parameter in memory.

    Args:
        value: its value.
        tags: its tags. Default: it has none.
        version: how often it has been written. Default: once.
        changed: when it was written last, in seconds since 1970. Default: 1970.
    """

    value: str
    tags: dict[str, str] = field(default_factory=dict)
    version: int = 1
    changed: float = 0.0


class _ParameterError(Exception):
    """An error that the API returns; its text is the code."""


class ParameterStore:
    """Keeps the parameters that `run_handler` and `run_look` read and write.

    Pass the same store to several calls, and it keeps what they have written. Its errors are those of Systems
    Manager: tags and Overwrite exclude each other, no value is empty, and a parameter that is overwritten
    after it was deleted has version 1 again, and no tags.

    Args:
        now: returns the seconds since 1970. Default: the machine's clock.
    """

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self.parameters: dict[str, StoredParameter] = {}
        """The parameters, by name."""
        self._now = now

    @property
    def values(self) -> dict[str, str]:
        """The values of all parameters by their names."""
        return {name: one.value for name, one in self.parameters.items()}

    def tags(self, name: str) -> dict[str, str]:
        """Return the tags of a parameter; none where there is no such parameter.

        Args:
            name: the name of the parameter.
        """
        found = self.parameters.get(name)
        return dict(found.tags) if found else {}

    def put(self, name: str, value: str, tags: Mapping[str, str] | None = None) -> None:
        """Create a parameter, or replace it, as somebody else would.

        Args:
            name: its name.
            value: its value.
            tags: its tags. Default: it has none.
        """
        self.parameters[name] = StoredParameter(value, dict(tags or {}), changed=self._now())

    def delete(self, name: str) -> None:
        """Delete a parameter, if it exists.

        Args:
            name: the name of the parameter.
        """
        self.parameters.pop(name, None)

    def respond(self, operation: str, request: _Request) -> tuple[int, dict[str, Any]]:
        """Return HTTP status and body of the response to one call of the API.

        Args:
            operation: the API's name of the call.
            request: the members of the request.
        """
        operations: dict[str, Callable[[_Request], dict[str, Any]]] = {
            "PutParameter": self._put,
            "GetParameter": self._get,
            "DeleteParameter": self._delete,
            "ListTagsForResource": self._list_tags,
            "AddTagsToResource": self._add_tags,
            "RemoveTagsFromResource": self._remove_tags,
        }
        if operation not in operations:
            return 400, {"__type": "InvalidAction", "message": f"use one of {', '.join(operations)}"}
        try:
            return 200, operations[operation](request)
        except _ParameterError as error:
            return 400, {"__type": str(error), "message": f"{operation} was refused"}

    def _put(self, request: _Request) -> dict[str, Any]:
        name, known = request["Name"], self.parameters.get(request["Name"])
        tags = _by_key(request.get("Tags", ()))
        if not request["Value"] or (request.get("Overwrite") and tags) or len(tags) > _MOST_TAGS:
            raise _ParameterError("ValidationException")
        if known and not request.get("Overwrite"):
            raise _ParameterError("ParameterAlreadyExists")
        tags, version = (known.tags, known.version + 1) if known else (tags, 1)
        self.parameters[name] = StoredParameter(request["Value"], tags, version, self._now())
        return {"Version": version, "Tier": "Standard"}

    def _get(self, request: _Request) -> dict[str, Any]:
        found = self._found(request["Name"], "ParameterNotFound")
        parameter = {"Name": request["Name"], "Type": "String", "Value": found.value}
        return {"Parameter": {**parameter, "Version": found.version, "LastModifiedDate": found.changed}}

    def _delete(self, request: _Request) -> dict[str, Any]:
        self._found(request["Name"], "ParameterNotFound")
        self.delete(request["Name"])
        return {}

    def _list_tags(self, request: _Request) -> dict[str, Any]:
        tags = self._found(request["ResourceId"], "InvalidResourceId").tags
        return {"TagList": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def _add_tags(self, request: _Request) -> dict[str, Any]:
        self._found(request["ResourceId"], "InvalidResourceId").tags.update(_by_key(request["Tags"]))
        return {}

    def _remove_tags(self, request: _Request) -> dict[str, Any]:
        tags = self._found(request["ResourceId"], "InvalidResourceId").tags
        for key in request["TagKeys"]:
            tags.pop(key, None)
        return {}

    def _found(self, name: str, code: str) -> StoredParameter:
        if name not in self.parameters:
            raise _ParameterError(code)
        return self.parameters[name]


def _by_key(tags: Any) -> dict[str, str]:  # noqa: ANN401 - a member of a request
    return {tag["Key"]: tag["Value"] for tag in tags}
