"""Ids and ARNs in the form that Bedrock uses."""

import hashlib
import re
import string

_FOUNDATION_MODEL = re.compile(r"arn:[^:]+:bedrock:[^:]+::foundation-model/(?P<id>.+)")
_CUSTOM_MODEL = re.compile(r"arn:[^:]+:bedrock:[^:]+:\d{12}:custom-model/(?P<id>.+)/[a-z0-9]{12}")
_KMS_KEY_ARN = re.compile(r"arn:[^:]+:kms:[^:]*:\d{12}:key/.+")

_ID_DIGITS = string.ascii_lowercase + string.digits
_ID_LENGTH = 12


def partition(region: str) -> str:
    """Return the partition that a Region belongs to.

    Args:
        region: such as `us-east-1`.
    """
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def short_id(*parts: str) -> str:
    """Return the 12 characters at the end of an ARN, `a` to `z` and `0` to `9`; equal for equal parts.

    Args:
        parts: values that together are unique, such as account, Region and name.
    """
    number = int.from_bytes(hashlib.sha256("|".join(parts).encode()).digest()[:8])
    digits = ""
    while len(digits) < _ID_LENGTH:
        number, digit = divmod(number, len(_ID_DIGITS))
        digits += _ID_DIGITS[digit]
    return digits


def arn(region: str, account: str, resource: str) -> str:
    """Return a Bedrock ARN.

    Args:
        region: such as `us-east-1`.
        account: 12 digits, "" for foundation models.
        resource: type and id, such as `custom-model/...`.
    """
    return f"arn:{partition(region)}:bedrock:{region}:{account}:{resource}"


def foundation_model_id(identifier: str) -> str:
    """Return the id of a base model; "" if the identifier is the name of a custom model.

    Args:
        identifier: `baseModelIdentifier` of a request: id, ARN of a foundation or custom model, or name.
    """
    match = _FOUNDATION_MODEL.fullmatch(identifier) or _CUSTOM_MODEL.fullmatch(identifier)
    if match:
        return match["id"]
    return identifier if "." in identifier else ""


def is_custom_model(identifier: str) -> bool:
    """Return whether an identifier is the ARN or the name of a custom model.

    Args:
        identifier: `baseModelIdentifier` of a request.
    """
    return bool(_CUSTOM_MODEL.fullmatch(identifier)) or "." not in identifier


def kms_key_arn(key: str, region: str, account: str) -> str:
    """Return the ARN of a key that a request identifies by id, ARN or alias.

    Args:
        key: `customModelKmsKeyId` of a request.
        region: the Region of the request.
        account: the account of the key, if the request does not contain it.
    """
    if _KMS_KEY_ARN.fullmatch(key):
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()
    alias_target = "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))
    key_id = alias_target if "alias/" in key else key
    return f"arn:{partition(region)}:kms:{region}:{account}:key/{key_id}"
