"""The service role of one job: its trust policy and its permissions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..request.tokens import is_known
from .keys import data_key_statements, model_key_statements
from .statements import allow, document, merged
from .vpc import network_statements

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .locations import S3Location
    from .statements import Statement

_PROFILE = ":inference-profile/"
# The geographies that AWS puts before a model's id; a second dot alone does not show one (`zai.glm-4.7`).
_PROFILE_ID = re.compile(r"(?:us|us-gov|eu|apac|jp|au|ca|global)\.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRoleNeeds:
    """What the permissions of a job's service role depend on.

    Args:
        partition: AWS partition of the job.
        region: Region of the job.
        account: account of the job.
        inputs: training and validation data, invocation logs, and what the data refers to (images, videos).
        output: prefix that Bedrock writes results to. Default: nothing may be written.
        grader_arn: reward function of reinforcement fine-tuning, with or without an alias. Default: none.
        teacher: teacher of a distillation: the id or ARN of a model, or an inference profile. Default: none.
        model_key_arn: ARN of the KMS key that encrypts the custom model, or of its alias. Default: AWS's own
            key, which needs nothing.
        subnet_ids: subnets that Bedrock attaches network interfaces to. Default: none.
        security_group_ids: security groups of these interfaces. Default: none.
    """

    partition: str
    region: str
    account: str
    inputs: Sequence[S3Location] = ()
    output: S3Location | None = None
    grader_arn: str | None = None
    teacher: str | None = None
    model_key_arn: str | None = None
    subnet_ids: Sequence[str] = ()
    security_group_ids: Sequence[str] = ()


def service_role_trust(*, partition: str, region: str, account: str) -> dict[str, Any]:
    """Return the trust policy: only Bedrock, and only for customization jobs of this account and Region.

    The job's id is unknown until the role has been used, so the ARN ends in `/*`. See
    https://docs.aws.amazon.com/bedrock/latest/userguide/custom-model-job-access-security.html.
    """
    return document(
        [
            {
                "Effect": "Allow",
                "Principal": {"Service": "bedrock.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": account},
                    "ArnLike": {
                        "aws:SourceArn": job_arns(partition=partition, region=region, account=account)
                    },
                },
            }
        ]
    )


def job_arns(*, partition: str, region: str, account: str) -> str:
    """Return the ARN of every customization job of one account and Region."""
    return f"arn:{partition}:bedrock:{region}:{account}:model-customization-job/*"


def service_role_statements(needs: ServiceRoleNeeds) -> list[Statement]:
    """Return what Bedrock documents for this kind of job, on exactly the data, keys and network given.

    See https://docs.aws.amazon.com/bedrock/latest/userguide/custom-model-job-access-security.html and
    https://docs.aws.amazon.com/bedrock/latest/userguide/rft-access-security.html.
    """
    encrypted = [location.key_arn for location in _locations(needs, with_output=True) if location.key_arn]
    written = [needs.output.key_arn] if needs.output and needs.output.key_arn else []
    return merged(
        [
            *_data_statements(needs),
            *data_key_statements(read=encrypted, write=written, region=needs.region),
            *model_key_statements([needs.model_key_arn] if needs.model_key_arn else [], region=needs.region),
            *_teacher_statements(needs),
            *_grader_statements(needs),
            *network_statements(
                partition=needs.partition,
                region=needs.region,
                account=needs.account,
                subnet_ids=needs.subnet_ids,
                security_group_ids=needs.security_group_ids,
            ),
        ]
    )


def _data_statements(needs: ServiceRoleNeeds) -> Iterator[Statement]:
    for location in _locations(needs):
        yield allow(["s3:GetObject"], location.objects_to_read(needs.partition), _owned_by(location, needs))
    if needs.output is not None:
        written = needs.output.objects_to_write(needs.partition)
        yield allow(["s3:GetObject"], written, _owned_by(needs.output, needs))
        yield allow(["s3:PutObject"], written, _owned_by(needs.output, needs))
    # Limited to bucket and owner, not by `s3:prefix`: HeadBucket and a request for a missing object carry no
    # prefix, a listing of the folder carries another prefix than the object's key, and AWS does not document
    # which of these calls Bedrock makes.
    for location in _locations(needs, with_output=True):
        yield allow(["s3:ListBucket"], [location.bucket_arn(needs.partition)], _owned_by(location, needs))


def _teacher_statements(needs: ServiceRoleNeeds) -> list[Statement]:
    profile = profile_arn(needs)
    if profile is None:
        # AWS's page names a permission for profiles only; Bedrock may call a model itself as this role too.
        teacher = needs.teacher
        arn = teacher and foundation_model_arn(teacher, partition=needs.partition, region=needs.region)
        return [allow(["bedrock:InvokeModel"], [arn])] if arn else []
    # The profile decides which Region serves a call, and AWS may add Regions to it. So the Region is open,
    # but the model is fixed, and only a call through this profile carries the profile's ARN.
    model = profile.rpartition("/")[2].partition(".")[2]
    return [
        allow(["bedrock:InvokeModel"], [profile]),
        allow(
            ["bedrock:InvokeModel"],
            [f"arn:{needs.partition}:bedrock:*::foundation-model/{model}"],
            {"StringEquals": {"bedrock:InferenceProfileArn": profile}},
        ),
    ]


def foundation_model_arn(identifier: str, *, partition: str, region: str) -> str:
    """Return the ARN of a model that is named by id or by ARN; a token is taken for an id."""
    if identifier.startswith("arn:"):
        return identifier
    return f"arn:{partition}:bedrock:{region}::foundation-model/{identifier}"


def is_profile(teacher: str) -> bool:
    """Return whether a teacher is written as an inference profile, by its id or ARN."""
    return _PROFILE in teacher or _PROFILE_ID.match(teacher) is not None


def profile_arn(needs: ServiceRoleNeeds) -> str | None:
    """Return the ARN of the inference profile of the teacher; None if the teacher is a plain model."""
    teacher = needs.teacher or ""
    if _PROFILE in teacher:
        return teacher
    if _PROFILE_ID.match(teacher):
        return f"arn:{needs.partition}:bedrock:{needs.region}:{needs.account}:inference-profile/{teacher}"
    return None


def _grader_statements(needs: ServiceRoleNeeds) -> list[Statement]:
    if needs.grader_arn is None:
        return []
    # A token may become the ARN of a function or of one of its aliases.
    either = [needs.grader_arn, f"{needs.grader_arn}:*"]
    return [allow(["lambda:InvokeFunction"], either[:1] if is_known(needs.grader_arn) else either)]


def _locations(needs: ServiceRoleNeeds, *, with_output: bool = False) -> list[S3Location]:
    return [*needs.inputs, *([needs.output] if with_output and needs.output else [])]


def _owned_by(location: S3Location, needs: ServiceRoleNeeds) -> dict[str, dict[str, Any]]:
    return {"StringEquals": {"aws:ResourceAccount": location.owner or needs.account}}
