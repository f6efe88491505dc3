"""What is wrong with a job, said all at once; what is doubtful, as warnings that can be acknowledged."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from constructs_lib.job.data import inputs_by_path, key_of, location, readable
from constructs_lib.job.knowledge import Knowledge
from constructs_lib.job.roles import ServiceRole
from constructs_lib.job.storage import OutputBucket
from constructs_lib.permissions import (
    BOUNDARY,
    FUNCTION,
    MODEL,
    NETWORK_ID,
    bucket_problems,
    called_problems,
    exact_problems,
    key_problems,
    location_problems,
    overlap_problems,
    role_problems,
    trust_doubts,
    trust_problems,
)
from constructs_lib.request import InvalidJob, Problem, check
from constructs_lib.request.fields import typed_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from constructs import Construct

    from constructs_lib import findings
    from constructs_lib.catalog import Catalog, Checks, Finding
    from constructs_lib.job.asset import Copies
    from constructs_lib.job.network import JobNetwork
    from constructs_lib.job.provider import JobProvider
    from constructs_lib.job.stack_env import StackEnv
    from constructs_lib.request import Doubt, JobSpec, MediaData, OutputData
    from constructs_lib.request.interfaces import Key
    from constructs_lib.request.s3_data import S3Data

_OUTPUT = "outputDataConfig.s3Uri"
_TEACHER = "customizationConfig.distillationConfig.teacherModelConfig.teacherModelIdentifier"
_GRADER = "customizationConfig.rftConfig.graderConfig.lambdaGrader.lambdaArn"


def judge(
    job: Construct,
    path: str,
    place: StackEnv,
    spec: JobSpec,
    *,
    copies: Copies,
    media: Sequence[MediaData],
    role: iam.IRole | iam.Role | ServiceRole | str | None,
    output: OutputData | OutputBucket | None,
    network: JobNetwork | None,
    checks: Checks | None,
    catalog: Catalog | None,
    max_training_tokens: int | None,
    provider: JobProvider | None,
) -> list[Doubt | Finding | findings.Finding]:
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
        *_named(_called_problems(place, spec, makes_role=makes_role)),
        *_named(_output_problems(output)),
        *_named(network.problems(job) if network else ()),
        *_provider_problems(place, provider),
        *knowledge.problems,
    ]
    # The service's own rules come first; what the gate says of the same value would be said twice.
    said = {problem.path for problem in found}
    found += [one for one in _named(_exact_problems(spec)) if one.path not in said]
    if found:
        raise InvalidJob(path, {str(problem): problem for problem in found}.values())
    return [*_role_doubts(place, role), *knowledge.remarks]


def warn(job: Construct, doubts: Iterable[Doubt | Finding | findings.Finding]) -> None:
    """Say what is doubtful, under ids that `Annotations.of(job).acknowledge_warning` takes."""
    annotations = cdk.Annotations.of(job)
    for doubt in doubts:
        is_note = getattr(doubt, "severity", "warning") == "note"
        (annotations.add_info_v2 if is_note else annotations.add_warning_v2)(doubt.id, str(doubt))


def _named(problems: Iterable[Problem | findings.Finding]) -> Iterator[Problem | findings.Finding]:
    return (replace(problem, path=typed_path(problem.path)) for problem in problems)


def _data_problems(
    place: StackEnv, spec: JobSpec, media: Sequence[MediaData], *, makes_role: bool
) -> Iterator[Problem]:
    read = inputs_by_path(spec, media)
    written = {} if spec.output_data is None else {_OUTPUT: spec.output_data}
    for path, data in (read | written).items():
        yield from location_problems(path, location(data))
        if key := key_of(data):
            yield from key_problems(path, _arn_of(key), region=place.region)
        yield from _bucket_problems(path, data, place)
    if spec.output_data is not None and makes_role:
        places = {path: location(data) for path, data in read.items()}
        yield from overlap_problems(places, location(spec.output_data))


def _bucket_problems(path: str, data: S3Data, place: StackEnv) -> Iterator[Problem]:
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


def _key_problems(place: StackEnv, spec: JobSpec) -> Iterator[Problem]:
    key = spec.custom_model_kms_key
    if key is not None:
        yield from key_problems("customModelKmsKeyId", _arn_of(key), region=place.region)


def _arn_of(key: Key | str) -> str:
    return key if isinstance(key, str) else key.key_arn


def _role_problems(
    place: StackEnv, role: iam.IRole | iam.Role | ServiceRole | str | None
) -> Iterator[Problem]:
    if isinstance(role, iam.Role) and role.assume_role_policy is not None:
        yield from trust_problems("roleArn", role.node.path, place.stack.resolve(role.assume_role_policy))
    if isinstance(role, ServiceRole):
        if role.permissions_boundary is not None:
            arn = role.permissions_boundary.managed_policy_arn
            yield from exact_problems("role.permissions_boundary", arn, BOUNDARY)
    elif role is not None:
        arn = role if isinstance(role, str) else role.role_arn
        yield from role_problems("roleArn", arn, account=place.account)


def _role_doubts(place: StackEnv, role: iam.IRole | iam.Role | ServiceRole | str | None) -> Iterator[Doubt]:
    if isinstance(role, iam.Role) and role.assume_role_policy is not None:
        yield from trust_doubts(place.stack.resolve(role.assume_role_policy))


def _exact_problems(spec: JobSpec) -> Iterator[Problem]:
    """Judge what enters a policy and is not judged beside its own rules."""
    yield from exact_problems("baseModelIdentifier", spec.base_model.model_id, MODEL)
    if spec.customization.teacher is not None:
        yield from exact_problems(_TEACHER, spec.customization.teacher.model_id, MODEL)
    if (grader := _grader(spec)) is not None:
        yield from exact_problems(_GRADER, grader, FUNCTION)


def _called_problems(place: StackEnv, spec: JobSpec, *, makes_role: bool) -> Iterator[Problem]:
    """Ask whose grader and teacher these are, where the role that may call them is made here."""
    teacher = spec.customization.teacher
    called = {_TEACHER: teacher and teacher.model_id, _GRADER: _grader(spec)}
    for path, arn in called.items():
        if arn and makes_role:
            yield from called_problems(path, arn, account=place.account, region=place.region)


def _grader(spec: JobSpec) -> str | None:
    grader = spec.customization.grader
    return grader if grader is None or isinstance(grader, str) else grader.function_arn


def _output_problems(output: OutputData | OutputBucket | None) -> Iterator[Problem]:
    if isinstance(output, OutputBucket) and output.only_from_vpc_id is not None:
        yield from exact_problems("output_data.only_from_vpc_id", output.only_from_vpc_id, NETWORK_ID)


def _provider_problems(place: StackEnv, provider: JobProvider | None) -> Iterator[Problem]:
    if provider is not None and provider.home is not place.stack:
        rule = "must be a provider of the job's own stack, because its function serves no other"
        fix = "make a JobProvider in the job's stack, or leave provider out"
        yield Problem("provider", rule, provider.node.path, fix)
