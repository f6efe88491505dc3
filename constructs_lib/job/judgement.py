"""What is wrong with a job, said all at once; what is doubtful, as warnings that can be acknowledged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from constructs_lib.job.data import inputs_by_path, location, readable
from constructs_lib.job.knowledge import Knowledge
from constructs_lib.job.permissions import (
    bucket_problems,
    key_problems,
    location_problems,
    overlap_problems,
    role_problems,
    trust_problems,
)
from constructs_lib.job.settings import ServiceRole
from constructs_lib.spec import InvalidJob, Problem, check
from constructs_lib.spec.fields import typed_path
from constructs_lib.spec.problems import renamed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from constructs import Construct

    from constructs_lib.catalog import Catalog, Checks, Finding
    from constructs_lib.job.copies import Copies
    from constructs_lib.job.network import JobNetwork
    from constructs_lib.job.place import Place
    from constructs_lib.job.provider import JobProvider
    from constructs_lib.spec import Doubt, JobSpec, MediaData
    from constructs_lib.spec.s3_data import S3Data

_OUTPUT = "outputDataConfig.s3Uri"


def judge(
    job: Construct,
    path: str,
    place: Place,
    spec: JobSpec,
    *,
    copies: Copies,
    media: Sequence[MediaData],
    role: iam.IRole | iam.Role | ServiceRole | str | None,
    network: JobNetwork | None,
    checks: Checks | None,
    catalog: Catalog | None,
    max_training_tokens: int | None,
    provider: JobProvider | None,
) -> list[Finding]:
    """Stop the synthesis where anything is wrong; give what is only worth a remark.

    Raises:
        InvalidJob: With every problem, each under the name that the construct's argument has.
    """
    makes_role = role is None or isinstance(role, ServiceRole)
    knowledge = Knowledge(
        spec,
        readable=readable(spec, media, made_role=makes_role),
        copies=copies.by_path,
        region=place.region,
        checks=checks,
        catalog=catalog,
        max_training_tokens=max_training_tokens,
    )
    found = [
        *check(spec),
        *_named(copies.problems),
        *_named(_data_problems(place, spec, media, makes_role=makes_role)),
        *_named(_key_problems(place, spec)),
        *_named(_role_problems(place, role)),
        *_named(network.problems(job) if network else ()),
        *_provider_problems(place, provider),
        *knowledge.problems,
    ]
    if found:
        raise InvalidJob(path, {str(problem): problem for problem in found}.values())
    return knowledge.remarks


def warn(job: Construct, doubts: Iterable[Doubt | Finding]) -> None:
    """Say what is doubtful, under ids that `Annotations.of(job).acknowledge_warning` takes."""
    annotations = cdk.Annotations.of(job)
    for doubt in doubts:
        is_note = getattr(doubt, "severity", "warning") == "note"
        (annotations.add_info_v2 if is_note else annotations.add_warning_v2)(doubt.id, str(doubt))


def _named(problems: Iterable[Problem]) -> Iterator[Problem]:
    return (renamed(problem, typed_path(problem.path)) for problem in problems)


def _data_problems(
    place: Place, spec: JobSpec, media: Sequence[MediaData], *, makes_role: bool
) -> Iterator[Problem]:
    read = inputs_by_path(spec, media)
    written = {} if spec.output_data is None else {_OUTPUT: spec.output_data}
    for path, data in (read | written).items():
        yield from location_problems(path, location(data))
        yield from _bucket_problems(path, data, place)
    if spec.output_data is not None and makes_role:
        places = {path: location(data) for path, data in read.items()}
        yield from overlap_problems(places, location(spec.output_data))


def _bucket_problems(path: str, data: S3Data, place: Place) -> Iterator[Problem]:
    if data.bucket is None:
        return
    home = data.bucket.env
    yield from bucket_problems(
        path,
        location(data),
        bucket_account=home.account,
        bucket_region=home.region,
        account=place.account,
        region=place.region,
    )


def _key_problems(place: Place, spec: JobSpec) -> Iterator[Problem]:
    key = spec.custom_model_kms_key
    if key is not None:
        name = key if isinstance(key, str) else key.key_arn
        yield from key_problems("customModelKmsKeyId", name, region=place.region)


def _role_problems(place: Place, role: iam.IRole | iam.Role | ServiceRole | str | None) -> Iterator[Problem]:
    if isinstance(role, iam.Role) and role.assume_role_policy is not None:
        yield from trust_problems("roleArn", role.node.path, place.stack.resolve(role.assume_role_policy))
    if isinstance(role, str):
        yield from role_problems("roleArn", role, account=place.account)


def _provider_problems(place: Place, provider: JobProvider | None) -> Iterator[Problem]:
    if provider is not None and provider.home is not place.stack:
        rule = "must be a provider of the job's own stack, because its function serves no other"
        fix = "make a JobProvider in the job's stack, or leave provider out"
        yield Problem("provider", rule, provider.node.path, fix)
