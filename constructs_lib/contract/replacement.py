"""What a custom model's weights depend on: the one definition that the library and its Lambda share."""

import re
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

TAG_PROPERTIES = {"JobTags": "jobTags", "CustomModelTags": "customModelTags"}
"""Properties beside `Request`, changed in place on the job and its model, by the request's field."""

TAG_FIELDS = tuple(TAG_PROPERTIES.values())
"""Fields of the request that are tags."""

_SAME_MODEL = re.compile(r"arn:[^:]+:bedrock:[^:]*::foundation-model/(?P<id>.+)")
_SAME_KEY = re.compile(r"arn:[^:]+:kms:[^:]*:[^:]*:key/(?P<id>.+)")


def training_inputs(properties: Mapping[str, object]) -> dict[str, object]:
    """Return the part of a custom resource's properties that the weights depend on.

    Two sets of properties with equal parts stand for the same training: what Bedrock assumes where a
    field is left out, empty containers, and the id of a foundation model or a key instead of its ARN make no
    difference. A file that the deployment uploads counts by its content (`UploadedFiles`), not by the
    bootstrap bucket that it goes through.

    Args:
        properties: the resource's properties, `Request` with the API's types (see `typed`).
    """
    request = {"customizationType": "FINE_TUNING", **_request(properties)}
    hashes = _uploaded(properties)
    part = {name: _settled(_pruned(request[name]), hashes) for name in REQUEST_FIELDS if name in request}
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


def _uploaded(properties: Mapping[str, object]) -> list[tuple[object, str]]:
    """Return the S3 URI of every uploaded file, maybe an intrinsic function, with the hash of its content."""
    files = properties.get("UploadedFiles")
    listed = [one for one in files if isinstance(one, Mapping)] if isinstance(files, list | tuple) else []
    return [(one["S3Uri"], f"sha256:{one.get('Sha256')}") for one in listed if one.get("S3Uri")]


def _settled(value: object, hashes: list[tuple[object, str]]) -> object:
    """Bring what means the same into one form: URIs of uploaded files, ARNs of foundation models and keys."""
    for uri, digest in hashes:
        if value == uri:
            return digest
    if isinstance(value, Mapping):
        return {key: _settled(item, hashes) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_settled(item, hashes) for item in value]
    match = isinstance(value, str) and (_SAME_MODEL.fullmatch(value) or _SAME_KEY.fullmatch(value))
    return match["id"] if match else value


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
