"""Which properties need a new training when they change: one definition for the library and its Lambda."""

import re
from collections.abc import Mapping

from .resource import REQUEST_PROPERTY, REVISION_PROPERTY, UPLOADED_FILES_PROPERTY

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
"""Fields of the request whose change needs a new job: what is trained, and the names of job and model."""

INFRASTRUCTURE_FIELDS = ("roleArn", "vpcConfig", "outputDataConfig")
"""Fields that a running job needs and a finished model does not: a change must not start a new training."""

TAG_PROPERTIES = {"JobTags": "jobTags", "CustomModelTags": "customModelTags"}
"""The properties beside `Request` that hold tags, updated in place, and the request's field of each."""

TAG_FIELDS = tuple(TAG_PROPERTIES.values())
"""Fields of the request that are tags."""

_SAME_MODEL = re.compile(r"arn:[^:]+:bedrock:[^:]*::foundation-model/(?P<id>.+)")
_SAME_KEY = re.compile(r"arn:[^:]+:kms:[^:]*:[^:]*:key/(?P<id>.+)")


def training_inputs(properties: Mapping[str, object]) -> dict[str, object]:
    """Return the part of a custom resource's properties that the model depends on.

    If the parts of two sets of properties are equal, no new training is needed. It makes no difference
    whether a field is left out or has Bedrock's default, whether a container is empty or absent, and whether
    a foundation model or a key is written as id or ARN. A file that the deployment uploads is compared by its
    content (`UploadedFiles`), not by the bootstrap bucket that it is uploaded to.

    Args:
        properties: the resource's properties, `Request` with the API's types (see `typed`).
    """
    request = {"customizationType": "FINE_TUNING", **_request(properties)}
    hashes = _uploaded(properties)
    part = {name: _normalized(_pruned(request[name]), hashes) for name in REQUEST_FIELDS if name in request}
    part["Revision"] = properties.get(REVISION_PROPERTY)
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
    """Return the sorted names whose values differ (between results of one of the functions above)."""
    return tuple(sorted(name for name in {*old, *new} if old.get(name) != new.get(name)))


def _request(properties: Mapping[str, object]) -> Mapping[str, object]:
    request = properties.get(REQUEST_PROPERTY)
    return request if isinstance(request, Mapping) else {}


def _uploaded(properties: Mapping[str, object]) -> list[tuple[object, str]]:
    """Return the S3 URI of every uploaded file, maybe an intrinsic function, with the hash of its content."""
    files = properties.get(UPLOADED_FILES_PROPERTY)
    listed = [one for one in files if isinstance(one, Mapping)] if isinstance(files, list | tuple) else []
    return [(one["S3Uri"], f"sha256:{one.get('Sha256')}") for one in listed if one.get("S3Uri")]


def _normalized(value: object, hashes: list[tuple[object, str]]) -> object:
    """Return one form for equal things: URIs of uploaded files, ARNs of foundation models and keys."""
    for uri, digest in hashes:
        if value == uri:
            return digest
    if isinstance(value, Mapping):
        return {key: _normalized(item, hashes) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_normalized(item, hashes) for item in value]
    match = isinstance(value, str) and (_SAME_MODEL.fullmatch(value) or _SAME_KEY.fullmatch(value))
    return match["id"] if match else value


def _pruned(value: object) -> object:
    """Remove null, `{}` and `[]` at every level of a mapping."""
    if isinstance(value, Mapping):
        kept = {key: _pruned(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if not _is_empty(item)}
    if isinstance(value, (list, tuple)):
        return [_pruned(item) for item in value]
    return value


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, (Mapping, list)) and not value)
