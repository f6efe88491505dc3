"""What a custom model's weights depend on: the one definition that the library and its Lambda share."""

from collections.abc import Mapping

REQUEST_FIELDS = (
    "baseModelIdentifier",
    "customizationType",
    "trainingDataConfig",
    "validationDataConfig",
    "hyperParameters",
    "customizationConfig",
    "customModelKmsKeyId",
    "jobName",
    "customModelName",
)
"""Fields of the request whose change needs a new job: what is trained, and the names given to it."""

INFRASTRUCTURE_FIELDS = ("roleArn", "vpcConfig", "outputDataConfig")
"""Fields a running job needs and a finished model does not: changing them must not buy a second training."""

TAG_FIELDS = ("jobTags", "customModelTags")
"""Fields changed in place on the job and its model."""

_NAMES = ("jobName", "customModelName")


def weights(properties: Mapping[str, object]) -> dict[str, object]:
    """Return the part of a custom resource's properties that the weights depend on.

    Two sets of properties with equal parts stand for the same training: what Bedrock assumes where a
    field is left out, and empty containers, make no difference.

    Args:
        properties: the resource's properties, `Request` with the API's types (see `typed`).
    """
    request = {"customizationType": "FINE_TUNING", **_request(properties)}
    part = {name: _pruned(request[name]) for name in REQUEST_FIELDS if name in request}
    if any(not request.get(name) for name in _NAMES):
        part["NamePrefix"] = properties.get("NamePrefix")
    part["Revision"] = properties.get("Revision")
    return {name: value for name, value in part.items() if not _is_empty(value)}


def infrastructure(properties: Mapping[str, object]) -> dict[str, object]:
    """Return the part of a custom resource's properties that only a running job depends on.

    Args:
        properties: the resource's properties, `Request` with the API's types (see `typed`).
    """
    request = _request(properties)
    part = {name: _pruned(request[name]) for name in INFRASTRUCTURE_FIELDS if name in request}
    return {name: value for name, value in part.items() if not _is_empty(value)}


def changed(old: Mapping[str, object], new: Mapping[str, object]) -> tuple[str, ...]:
    """Return the sorted names whose values differ between two parts (of `weights` or `infrastructure`)."""
    return tuple(sorted(name for name in {*old, *new} if old.get(name) != new.get(name)))


def _request(properties: Mapping[str, object]) -> Mapping[str, object]:
    request = properties.get("Request")
    return request if isinstance(request, Mapping) else {}


def _pruned(value: object) -> object:
    """Drop what says nothing: null, `{}` and `[]`, however deep."""
    if isinstance(value, Mapping):
        kept = {key: _pruned(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if not _is_empty(item)}
    if isinstance(value, (list, tuple)):
        return [_pruned(item) for item in value]
    return value


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, (Mapping, list)) and not value)
