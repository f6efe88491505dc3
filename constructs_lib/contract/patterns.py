r"""Every pattern of the service model: whether it takes linear time, and what it means in words.

Some of Bedrock's own patterns take exponential time: `[a-zA-Z0-9](-*[a-zA-Z0-9\+\-\.])*` needs half a second
for 24 hyphens and does not finish for 63. For an ambiguous pattern, the table has an unambiguous one that
matches the same strings. A pattern that is not in the table is not used; a test fails when botocore adds one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """One pattern of the service model, reviewed by a person.

    Args:
        model: the pattern as the service model writes it.
        linear: a pattern that matches the same strings and cannot backtrack far ("": the model's own cannot).
        words: the rule in words ("": the pattern itself is shown).
        example: a value that matches.
    """

    model: str
    linear: str = ""
    words: str = ""
    example: str = ""

    def accepts(self, text: str) -> bool:
        """Return whether the whole of `text` matches, in time linear in its length."""
        return _compiled(self.linear or self.model).fullmatch(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


# The model's building blocks, as it writes them, and the same without ambiguity.
_ARN = r"arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:"
_PART = r"[a-z0-9-]{1,63}"
_TWO_PARTS = r"[a-z0-9-]{2,126}"
_VERSION = rf"([:]{_PART}){{0,2}}"
_NAME = r"([0-9a-zA-Z][_-]?)"
_MODEL_ID = rf"{_PART}[.]{{1}}{_PART}([.]?{_PART}){_VERSION}"
_MODEL_ID_LINEAR = rf"{_PART}[.](?:{_TWO_PARTS}|{_PART}[.]{_PART}){_VERSION}"
_DOTTED_ID = rf"{_PART}[.]{{1}}{_PART}({_PART}[.]){{0,2}}{_PART}{_VERSION}"
_DOTTED_ID_LINEAR = rf"{_PART}[.]{_TWO_PARTS}(?:[.]{_PART}){{0,2}}{_VERSION}"
_SHORT_ID = rf"{_PART}[.]{{1}}{_PART}"
_FOUNDATION_ID = rf"{_PART}[.]{{1}}({_PART}[.]){{0,2}}{_PART}{_VERSION}"
_JOB_NAME = r"[a-zA-Z0-9](-*[a-zA-Z0-9\+\-\.])*"
_JOB_NAME_LINEAR = r"[a-zA-Z0-9][a-zA-Z0-9+.\-]*"
_JOB_ARN = rf"{_ARN}[0-9]{{12}}:model-customization-job/"
_DEPLOYMENT = "[0-9]{12}:custom-model-deployment/[a-z0-9]{12}"
_OTHER_TAGGABLE = (
    "provisioned-model|model-invocation-job|model-evaluation-job|evaluation-job|model-import-job|imported-model|"
    "async-invoke|provisioned-model-v2|provisioned-model-reservation|prompt-router|custom-model-deployment"
)

_OF_A_REQUEST = (
    Pattern(
        model=_JOB_NAME,
        linear=_JOB_NAME_LINEAR,
        words="must be letters, digits, '+', '-' and '.', starting with a letter or digit (no underscore)",
        example="tickets-2026-11",
    ),
    Pattern(
        model=rf"{_NAME}{{1,63}}",
        words="must be letters and digits, each followed by at most one '-' or '_' (no '.', no '--')",
        example="tickets-2026-11",
    ),
    Pattern(
        model=r"arn:aws(-[^:]+)?:iam::([0-9]{12})?:role/.+",
        words="must be the ARN of an IAM role",
        example="arn:aws:iam::123456789012:role/Customization",
    ),
    Pattern(
        model=r"[a-zA-Z0-9]([-a-zA-Z0-9]{0,254}[a-zA-Z0-9])?",
        words="must be letters, digits and '-', with a letter or digit at both ends",
        example="2f9a4c1e-7",
    ),
    Pattern(
        model=(
            rf"({_ARN}(([0-9]{{12}}:custom-model/({_MODEL_ID})/[a-z0-9]{{12}})"
            rf"|(:foundation-model/{_SHORT_ID}{_VERSION})))|({_MODEL_ID})|({_NAME}+)"
        ),
        linear=(
            rf"{_ARN}(?:[0-9]{{12}}:custom-model/{_MODEL_ID_LINEAR}/[a-z0-9]{{12}}"
            rf"|:foundation-model/{_SHORT_ID}{_VERSION})|{_MODEL_ID_LINEAR}|{_NAME}+"
        ),
        words="must be a foundation model's id or ARN, or a custom model's name or ARN",
        example="amazon.nova-lite-v1:0:300k",
    ),
    Pattern(
        model=(
            r"(arn:aws(-[^:]+)?:kms:[a-zA-Z0-9-]*:[0-9]{12}:((key/[a-zA-Z0-9-]{36})|(alias/[a-zA-Z0-9-_/]+)))"
            r"|([a-zA-Z0-9-]{36})|(alias/[a-zA-Z0-9-_/]+)"
        ),
        words="must be a KMS key's id or ARN, or an alias",
        example="arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    ),
    Pattern(
        model=r"[a-zA-Z0-9\s._:/=+@-]*",
        words="must be letters, digits, spaces and any of . _ : / = + @ -",
        example="cost-centre",
    ),
    Pattern(
        model=r"s3://[a-z0-9][-.a-z0-9]{1,61}[a-z0-9](?:/[-!_*'().a-z0-9A-Z]+(?:/[-!_*'().a-z0-9A-Z]+)*)?/?",
        words=(
            "must be s3://bucket or s3://bucket/key, the bucket 3-63 of a-z 0-9 . - and the key of letters, "
            "digits and ! - _ . ' ( ) with single slashes (Bedrock does not accept '=', '+', '@' or spaces)"
        ),
        example="s3://my-bucket/train/tickets.jsonl",
    ),
    Pattern(
        model=r"[a-zA-Z0-9\s._:/=+$@-]{1,256}",
        words="must be 1-256 letters, digits, spaces and any of . _ : / = + $ @ -",
        example="project",
    ),
    Pattern(
        model=r"[a-zA-Z0-9\s._:/=+$@-]{0,256}",
        words="must be at most 256 letters, digits, spaces and any of . _ : / = + $ @ -",
        example="support",
    ),
    Pattern(
        model=r"[-0-9a-zA-Z]+",
        words="must be letters, digits and '-'",
        example="subnet-0a1b2c3d (sg-0a1b2c3d for a security group)",
    ),
    Pattern(
        model=(
            rf"({_ARN}((:foundation-model/({_MODEL_ID})|({_NAME}+)$)|([0-9]{{12}}:inference-profile/[a-zA-Z0-9-:.]+$)))"
            rf"|({_MODEL_ID})"
        ),
        # `$` at the end has no effect where the whole text must match.
        linear=(
            rf"{_ARN}(?::foundation-model/{_MODEL_ID_LINEAR}|{_NAME}+|[0-9]{{12}}:inference-profile/[a-zA-Z0-9-:.]+)"
            rf"|{_MODEL_ID_LINEAR}"
        ),
        words="must be a foundation model's id or ARN, or an inference profile's ARN",
        example="amazon.nova-pro-v1:0",
    ),
    Pattern(
        model=(
            r"arn:(aws[a-zA-Z-]*)?:lambda:[a-z]{2}(-gov)?-[a-z]+-\d{1}:\d{12}:function:[a-zA-Z0-9-_\.]+"
            r"(:(\$LATEST|[a-zA-Z0-9-_]+))?"
        ),
        # Python's `\d` matches the digits of every script, the service's does not.
        linear=(
            r"arn:(aws[a-zA-Z-]*)?:lambda:[a-z]{2}(-gov)?-[a-z]+-[0-9]:[0-9]{12}:function:[a-zA-Z0-9-_.]+"
            r"(:(\$LATEST|[a-zA-Z0-9-_]+))?"
        ),
        words="must be the ARN of a Lambda function",
        example="arn:aws:lambda:us-east-1:123456789012:function:grader",
    ),
)

_OF_OTHER_CALLS = (
    Pattern(model=r"[0-9]{12}", words="must be an account's 12 digits"),
    Pattern(
        model=(
            r"arn:aws(|-us-gov|-cn|-iso|-iso-b):bedrock:[a-z0-9-]{1,20}:[0-9]{12}:custom-model/"
            rf"(imported|{_DOTTED_ID})/[a-z0-9]{{12}}"
        ),
        linear=(
            r"arn:aws(|-us-gov|-cn|-iso|-iso-b):bedrock:[a-z0-9-]{1,20}:[0-9]{12}:custom-model/"
            rf"(?:imported|{_DOTTED_ID_LINEAR})/[a-z0-9]{{12}}"
        ),
        words="must be a custom model's ARN",
    ),
    Pattern(model=rf"{_ARN}:foundation-model/{_FOUNDATION_ID}", words="must be a foundation model's ARN"),
    Pattern(
        model=r"arn:aws(-[^:]+)?:kms:[a-zA-Z0-9-]*:[0-9]{12}:key/[a-zA-Z0-9-]{36}",
        words="must be a KMS key's ARN",
    ),
    Pattern(
        model=(
            rf"{_ARN}(([0-9]{{12}}:custom-model/((imported)|({_SHORT_ID}))({_VERSION})?/[a-z0-9]{{12}})"
            rf"|(:foundation-model/{_FOUNDATION_ID}))"
        ),
        words="must be a model's ARN",
    ),
    Pattern(
        model=rf"{_JOB_ARN}{_DOTTED_ID}/[a-z0-9]{{12}}",
        linear=rf"{_JOB_ARN}{_DOTTED_ID_LINEAR}/[a-z0-9]{{12}}",
        words="must be a model customization job's ARN",
    ),
    Pattern(
        model=rf"({_JOB_ARN}{_DOTTED_ID}/[a-z0-9]{{12}})|({_JOB_NAME})",
        linear=rf"{_JOB_ARN}{_DOTTED_ID_LINEAR}/[a-z0-9]{{12}}|{_JOB_NAME_LINEAR}",
        words="must be a model customization job's name or ARN",
    ),
    Pattern(
        model=(
            rf"{_ARN}(([0-9]{{12}}:custom-model/((imported)|({_SHORT_ID}))({_VERSION})?/[a-z0-9]{{12}})"
            rf"|(:foundation-model/({_MODEL_ID})))|(({_MODEL_ID}))|({_NAME}+)"
        ),
        linear=(
            rf"{_ARN}(?:[0-9]{{12}}:custom-model/(?:imported|{_SHORT_ID}){_VERSION}/[a-z0-9]{{12}}"
            rf"|:foundation-model/{_MODEL_ID_LINEAR})|{_MODEL_ID_LINEAR}|{_NAME}+"
        ),
        words="must be a model's name, id or ARN",
    ),
    Pattern(model=rf"({_SHORT_ID})", words="must be a model's name"),
    Pattern(model=r"[\s\S]*"),
    Pattern(model=r"\S*", words="must not contain spaces"),
    Pattern(
        model=(
            r".*(^[a-zA-Z0-9][a-zA-Z0-9\-]*$)"
            r"|(^arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:custom-model/(imported)/[a-z0-9]{12}$)"
            r"|(^arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:([0-9]{12}|)("
            rf"(:(fine-tuning-job|model-customization-job|custom-model)/{_DOTTED_ID}(/[a-z0-9]{{12}})$)"
            r"|(:guardrail/[a-z0-9]+$)|(:automated-reasoning-policy/[a-zA-Z0-9]+(:[a-zA-Z0-9]+)?$)"
            r"|(:(inference-profile|application-inference-profile)/[a-zA-Z0-9-:.]+$)"
            rf"|(:({_OTHER_TAGGABLE})/[a-z0-9]{{12}}$))).*"
        ),
        linear=(
            r"[a-zA-Z0-9][a-zA-Z0-9\-]*"
            r"|arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:custom-model/imported/[a-z0-9]{12}"
            r"|arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:(?:[0-9]{12}|):(?:"
            rf"(?:fine-tuning-job|model-customization-job|custom-model)/{_DOTTED_ID_LINEAR}/[a-z0-9]{{12}}"
            r"|guardrail/[a-z0-9]+|automated-reasoning-policy/[a-zA-Z0-9]+(?::[a-zA-Z0-9]+)?"
            r"|(?:inference-profile|application-inference-profile)/[a-zA-Z0-9-:.]+"
            rf"|(?:{_OTHER_TAGGABLE})/[a-z0-9]{{12}})"
        ),
        words="must be the ARN of a Bedrock resource that can be tagged",
    ),
)

# For the local Bedrock after training: deployments and throughput.
_OF_SERVING = (
    Pattern(
        model=rf"{_DOTTED_ID}(/[a-z0-9]{{12}}|)",
        linear=rf"{_DOTTED_ID_LINEAR}(?:/[a-z0-9]{{12}})?",
        words="must be a model's id",
    ),
    Pattern(model=r".*", words="must be one line"),
    Pattern(model=rf"{_ARN}{_DEPLOYMENT}", words="must be a custom model deployment's ARN"),
    Pattern(
        model=rf"(arn:aws(|-us-gov|-cn|-iso|-iso-b):bedrock:[a-z0-9-]{{1,20}}:{_DEPLOYMENT})|^{_NAME}{{1,63}}",
        words="must be a custom model deployment's name or ARN",
    ),
    Pattern(
        model=rf"({_ARN}:foundation-model/{_FOUNDATION_ID})|({_MODEL_ID})",
        linear=rf"{_ARN}:foundation-model/{_FOUNDATION_ID}|{_MODEL_ID_LINEAR}",
        words="must be a foundation model's id or ARN",
    ),
    Pattern(model=r"[A-Za-z0-9- ]{1,63}", words="must be 1-63 letters, digits, spaces and '-'"),
    Pattern(
        model=rf"{_ARN}[0-9]{{12}}:provisioned-model/[a-z0-9]{{12}}",
        words="must be a provisioned throughput's ARN",
    ),
    Pattern(
        model=rf"(({_NAME}+)|({_ARN}[0-9]{{12}}:provisioned-model/[a-z0-9]{{12}}))",
        words="must be a provisioned throughput's name or ARN",
    ),
    Pattern(model=rf"{_NAME}+", words="must be letters and digits, each followed by at most one '-' or '_'"),
)

PATTERNS = {one.model: one for one in (*_OF_A_REQUEST, *_OF_OTHER_CALLS, *_OF_SERVING)}
"""Every reviewed pattern, by the text that the service model has."""
