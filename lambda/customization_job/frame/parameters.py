"""Parameters of Systems Manager that belong to resources of the stack: the port, and its real implementation.

A parameter is ours only if the two tags of ownership say so, which it gets when it is created. Nothing is
ever written to another one, and no parameter is ever emptied.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Protocol

from contract.resource import ownership_tags

from .aws import call, seconds_of
from .errors import AwsError, ErrorKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from .retry import Retry

_SERVICE = "ssm"
_PARAMETER = {"ResourceType": "Parameter"}
_FIRST_VERSION = 1
_MOST_TAGS = 50
_OF_AWS = "aws:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter as Systems Manager returns it.

    Args:
        name: its name.
        value: its value.
        version: how often it has been written.
        changed: when it was written last, in seconds since 1970. Default: unknown.
        tags: its tags.
    """

    name: str
    value: str
    version: int = _FIRST_VERSION
    changed: float | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    def is_owned_by(self, stack_id: str, logical_id: str) -> bool:
        """Return whether it belongs to a resource of a stack."""
        return ownership_tags(stack_id, logical_id).items() <= self.tags.items()


class Parameters(Protocol):
    """The calls of Systems Manager. What does not exist is None; what fails otherwise is an `AwsError`."""

    def get(self, name: str, *, is_needed: bool = True) -> Parameter | None:
        """Return a parameter with its tags.

        Args:
            name: its name.
            is_needed: whether the event fails without it; else a denied call is not retried.
        """
        ...

    def create(self, name: str, value: str, tags: Mapping[str, str]) -> bool:
        """Create a parameter; return False where there is one of that name."""
        ...

    def set_value(self, name: str, value: str, tags: Mapping[str, str]) -> None:
        """Change the value of a parameter.

        Args:
            name: its name.
            value: its new value.
            tags: its tags, in case somebody deletes it meanwhile, so that this creates it again.
        """
        ...

    def delete(self, name: str) -> None:
        """Delete a parameter, if it exists."""
        ...

    def add_tags(self, name: str, tags: Mapping[str, str]) -> None:
        """Add tags, or change their values."""
        ...

    def remove_tags(self, name: str, keys: Iterable[str]) -> None:
        """Remove tags."""
        ...


def all_tags(stack_id: str, logical_id: str, tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags of a parameter that is created: those of ownership, and as many others as there may be.

    Tags that AWS itself has given something cannot be given to another resource.
    """
    ours = ownership_tags(stack_id, logical_id)
    others = {key: value for key, value in sorted(tags.items()) if not key.lower().startswith(_OF_AWS)}
    room = _MOST_TAGS - len(ours)
    return {**dict([*others.items()][:room]), **ours}


class SsmParameters:
    """The real implementation of the port `Parameters`.

    Args:
        connect: returns the client, `boto3.client("ssm")` or an object with the same methods; called when it
            is needed.
        retry: retries the calls.
    """

    def __init__(self, connect: Callable[[], object], retry: Retry) -> None:
        self._connect = connect
        self._retry = retry

    def get(self, name: str, *, is_needed: bool = True) -> Parameter | None:
        """Return a parameter with its tags."""
        found = self._call("GetParameter", {"Name": name}, is_needed=is_needed)
        listed = self._call("ListTagsForResource", _named(name), is_needed=is_needed) if found else None
        if found is None or listed is None:  # it may be deleted between the two calls
            return None
        parameter = found["Parameter"]
        return Parameter(
            name=name,
            value=str(parameter.get("Value", "")),
            version=int(parameter.get("Version", 0)),
            changed=seconds_of(parameter.get("LastModifiedDate")),
            tags={tag["Key"]: tag["Value"] for tag in listed.get("TagList", ())},
        )

    def create(self, name: str, value: str, tags: Mapping[str, str]) -> bool:
        """Create a parameter; return False where there is one of that name."""
        request = {"Name": name, "Value": value, "Type": "String", "Tags": _listed(tags)}
        try:
            self._call("PutParameter", request)
        except AwsError as error:
            if error.kind is ErrorKind.CONFLICT:
                return False
            raise
        return True

    def set_value(self, name: str, value: str, tags: Mapping[str, str]) -> None:
        """Change the value of a parameter, and tag it where this has created it again.

        One call cannot do both: tags and Overwrite exclude each other.
        """
        request = {"Name": name, "Value": value, "Type": "String", "Overwrite": True}
        output = self._call("PutParameter", request)
        if output and output.get("Version") == _FIRST_VERSION:
            self.add_tags(name, tags)

    def delete(self, name: str) -> None:
        """Delete a parameter, if it exists."""
        self._call("DeleteParameter", {"Name": name})

    def add_tags(self, name: str, tags: Mapping[str, str]) -> None:
        """Add tags, or change their values."""
        self._call("AddTagsToResource", {**_named(name), "Tags": _listed(tags)})

    def remove_tags(self, name: str, keys: Iterable[str]) -> None:
        """Remove tags."""
        self._call("RemoveTagsFromResource", {**_named(name), "TagKeys": list(keys)})

    @cached_property
    def _client(self) -> object:
        return self._connect()

    def _call(
        self, operation: str, request: Mapping[str, object], *, is_needed: bool = True
    ) -> Mapping[str, Any] | None:
        """Make a call; return None where there is no such parameter, which is a sign that it is permitted."""

        def action() -> Mapping[str, Any] | None:
            try:
                return send()
            except AwsError as error:
                if error.kind is ErrorKind.NOT_FOUND:
                    return None
                raise

        send = partial(call, _SERVICE, self._client, operation, request)
        return self._retry.call(operation, action, is_needed=is_needed)


def _named(name: str) -> dict[str, str]:
    return {**_PARAMETER, "ResourceId": name}


def _listed(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
