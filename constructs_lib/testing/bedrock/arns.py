"""Names and ARNs as Bedrock writes them."""

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
    """Return 12 of `a` to `z` and `0` to `9`, as every ARN of Bedrock's ends; the same for the same parts.

    Args:
        parts: what makes the thing unique.
    """
    number = int.from_bytes(hashlib.sha256("|".join(parts).encode()).digest()[:8])
    found = ""
    while len(found) < _ID_LENGTH:
        number, digit = divmod(number, len(_ID_DIGITS))
        found += _ID_DIGITS[digit]
    return found


def arn(region: str, account: str, resource: str) -> str:
    """Return a Bedrock ARN.

    Args:
        region: such as `us-east-1`.
        account: 12 digits, or nothing for foundation models.
        resource: type and id, such as `custom-model/...`.
    """
    return f"arn:{partition(region)}:bedrock:{region}:{account}:{resource}"


def foundation_model_id(identifier: str) -> str:
    """Return a base model's id, without the ARN around it; "" where it is the name of a custom model.

    Args:
        identifier: `baseModelIdentifier` of a request: id, ARN of a foundation or custom model, or name.
    """
    match = _FOUNDATION_MODEL.fullmatch(identifier) or _CUSTOM_MODEL.fullmatch(identifier)
    if match:
        return match["id"]
    return identifier if "." in identifier else ""


def is_custom_model(identifier: str) -> bool:
    """Tell whether a base model is a custom one, by ARN or by name.

    Args:
        identifier: `baseModelIdentifier` of a request.
    """
    return bool(_CUSTOM_MODEL.fullmatch(identifier)) or "." not in identifier


def kms_key_arn(key: str, region: str, account: str) -> str:
    """Return the ARN of the key that a request names by id, ARN or alias.

    Args:
        key: `customModelKmsKeyId` of a request.
        region: where the request was sent.
        account: whose key it is, where the request does not say.
    """
    if _KMS_KEY_ARN.fullmatch(key):
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()
    alias_target = "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))
    key_id = alias_target if "alias/" in key else key
    return f"arn:{partition(region)}:kms:{region}:{account}:key/{key_id}"
