"""Parameter Store, as far as the handler calls it.

Its errors are those that Systems Manager returns: tags and Overwrite exclude each other, and no value is
empty. A parameter that is overwritten after somebody has deleted it has version 1 again, and no tags.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from constructs_lib.testing.bedrock.behaviour import timestamp

if TYPE_CHECKING:
    from constructs_lib.testing.bedrock import Clock

Tags = Sequence[Mapping[str, str]]


@dataclass
class StoredParameter:
    """One parameter."""

    value: str
    tags: dict[str, str] = field(default_factory=dict)
    version: int = 1
    changed: float = 0.0


def error(operation: str, code: str, message: str = "") -> ClientError:
    """Return an error of Systems Manager."""
    metadata: Any = {"HTTPStatusCode": 500 if code == "InternalServerError" else 400}
    return ClientError({"Error": {"Code": code, "Message": message}, "ResponseMetadata": metadata}, operation)


@dataclass
class ParameterStore:
    """Has those methods of boto3's SSM client that the handler calls.

    `calls` names the calls; `before` holds what happens before the next calls of an operation, in order.
    """

    clock: Clock
    parameters: dict[str, StoredParameter] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    before: dict[str, list[Callable[[], object]]] = field(default_factory=dict)

    @property
    def writes(self) -> list[str]:
        """Name the calls that change something."""
        return [one for one in self.calls if one not in ("GetParameter", "ListTagsForResource")]

    def refuse(self, operation: str, code: str, times: int = 1) -> None:
        """Refuse the next calls of an operation."""

        def raise_it() -> None:
            raise error(operation, code, f"{operation} was refused")

        self.before.setdefault(operation, []).extend([raise_it] * times)

    def put_parameter(
        self,
        *,
        Name: str,  # noqa: N803 - boto3's spelling, as below
        Value: str,  # noqa: N803
        Type: str,  # noqa: N803
        Overwrite: bool = False,  # noqa: N803
        Tags: Tags = (),  # noqa: N803
    ) -> dict[str, Any]:
        """Create a parameter, or overwrite it."""
        self._called("PutParameter")
        if not Value or Type != "String" or (Overwrite and Tags) or len(Tags) > 50:
            raise error("PutParameter", "ValidationException", "not valid")
        known = self.parameters.get(Name)
        if known and not Overwrite:
            raise error("PutParameter", "ParameterAlreadyExists", "The parameter already exists.")
        tags = known.tags if known else {tag["Key"]: tag["Value"] for tag in Tags}
        version = known.version + 1 if known else 1
        self.parameters[Name] = StoredParameter(Value, tags, version, self.clock.now())
        return {"Version": version, "Tier": "Standard"}

    def get_parameter(self, *, Name: str) -> dict[str, Any]:  # noqa: N803 - as above
        """Return a parameter."""
        self._called("GetParameter")
        found = self._found("GetParameter", Name, "ParameterNotFound")
        modified = timestamp(found.changed)
        told = {"Name": Name, "Value": found.value, "Version": found.version, "LastModifiedDate": modified}
        return {"Parameter": told}

    def delete_parameter(self, *, Name: str) -> dict[str, Any]:  # noqa: N803 - as above
        """Delete a parameter."""
        self._called("DeleteParameter")
        self._found("DeleteParameter", Name, "ParameterNotFound")
        del self.parameters[Name]
        return {}

    def list_tags_for_resource(self, *, ResourceType: str, ResourceId: str) -> dict[str, Any]:  # noqa: N803 - as above
        """Return tags."""
        found = self._tagged("ListTagsForResource", ResourceType, ResourceId)
        return {"TagList": [{"Key": key, "Value": value} for key, value in found.tags.items()]}

    def add_tags_to_resource(self, *, ResourceType: str, ResourceId: str, Tags: Tags) -> dict[str, Any]:  # noqa: N803 - as above
        """Add tags."""
        found = self._tagged("AddTagsToResource", ResourceType, ResourceId)
        found.tags.update({tag["Key"]: tag["Value"] for tag in Tags})
        return {}

    def remove_tags_from_resource(
        self,
        *,
        ResourceType: str,  # noqa: N803 - as above
        ResourceId: str,  # noqa: N803 - as above
        TagKeys: Sequence[str],  # noqa: N803 - as above
    ) -> dict[str, Any]:
        """Remove tags."""
        found = self._tagged("RemoveTagsFromResource", ResourceType, ResourceId)
        for key in TagKeys:
            found.tags.pop(key, None)
        return {}

    def _tagged(self, operation: str, kind: str, name: str) -> StoredParameter:
        self._called(operation)
        assert kind == "Parameter"
        return self._found(operation, name, "InvalidResourceId")

    def _found(self, operation: str, name: str, code: str) -> StoredParameter:
        if name not in self.parameters:
            raise error(operation, code)
        return self.parameters[name]

    def _called(self, operation: str) -> None:
        self.calls.append(operation)
        if waiting := self.before.get(operation):
            waiting.pop(0)()
