"""The keyword arguments of a job, with their types checked."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from ..catalog import Catalog
from ..checks import Checks, Restrictions
from ..checks.rules import keep as rules
from ..request import (
    BaseModel,
    Customization,
    HyperParameters,
    InvocationLogs,
    JobSpec,
    MediaData,
    MetadataFilter,
    OnDelete,
    OutputData,
    RftHyperParameters,
    TrainingData,
    ValidationData,
)
from ..request.customization import DistillationConfig, RftConfig
from ..request.tokens import is_known
from .argument_types import ROLE_NAME, ROLE_PATH, has, is_whole_number, with_article, wrong_type
from .keep import Keep
from .network import JobNetwork, WithoutVpc
from .provider import JobProvider
from .request_arguments import request_defaults
from .roles import ServiceRole
from .storage import AWS_OWNED_KEY, OutputBucket
from .wait import Wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..findings import Finding
    from ..request.data import S3Data
    from ..request.reading import Document
    from .defaults import AppliedDefaults

    MakePrefix: TypeAlias = Callable[[], str]

_EXPORT_NAME = re.compile(r"[A-Za-z0-9:-]{1,255}")
"""The CDK raises an error of its own for any other."""


Checked: TypeAlias = Any
"""An argument whose type was checked: of the type that was asked for, or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """The arguments of one job. One of the wrong type is left out, and reported in `found`.

    Args:
        spec: the request, without what the construct makes.
        media: what the data refers to.
        key: the key of the model, or `AWS_OWNED_KEY`. None where one is made.
        output: where the job writes, or how the bucket is made. None where the stack's jobs share one.
        role: a role, or how it is made. None where one is made by default.
        network: the VPC. None where there is none.
        on_delete: what happens to job and model when the resource is deleted.
        provider: the function behind the job. None where it is the stack's own.
        checks: how serious the findings are.
        catalog: what is documented of models.
        max_training_tokens: the most tokens to train with. None where there is no limit.
        revision: a text whose change starts another job. None where there is none.
        retrains_on_infrastructure_change: whether a change of role, network or output starts another job.
        job_arn_export_name: the name under which the ARN is exported. None where it is not.
        wait: whether the deployment waits for the job.
        keep: which models are kept when others have taken their place.
        found: the arguments of the wrong type.
        document: the job file that the arguments were read from. None where there was none.
        restrictions: what platform teams allow the job.
    """

    spec: JobSpec
    media: Sequence[MediaData]
    key: Any
    output: OutputData | OutputBucket | None
    role: Any
    network: JobNetwork | None
    on_delete: OnDelete
    provider: JobProvider | None
    checks: Checks
    catalog: Catalog
    max_training_tokens: int | None
    revision: str | None
    retrains_on_infrastructure_change: bool
    job_arn_export_name: str | None
    wait: Wait
    keep: Keep
    found: Sequence[Finding]
    document: Document | None
    restrictions: Sequence[Restrictions] = ()


@dataclass(slots=True)
class _Reader:
    """Checks the type of each argument, and collects a finding about each wrong one."""

    found: list[Finding]

    def refuse(self, path: str, rule: str, got: object, fix: str) -> None:
        """Add a finding about an argument."""
        self.found.append(wrong_type(path, rule, got, fix))

    def one(self, value: object, kind: type, path: str, rule: str, fix: str) -> Checked:
        """Take a value of a type, or None."""
        if value is None or (is_whole_number(value) if kind is int else isinstance(value, kind)):
            return value
        self.refuse(path, rule, value, fix)
        return None

    def having(self, value: object, attribute: str, path: str, rule: str, fix: str) -> Checked:
        """Take a string, a construct that has an attribute, or None."""
        if value is None or isinstance(value, str) or has(value, attribute):
            return value
        self.refuse(path, rule, value, fix)
        return None

    def tags(self, value: object, path: str) -> Checked:
        """Take a mapping of tags, or None."""
        rule, fix = "must be a mapping of keys to values", "write {'project': 'tickets'}"
        return self.one(value, Mapping, path, rule, fix)

    def many(self, value: object, take: Callable[[object, str], Checked], path: str) -> Checked:
        """Take a sequence; a single item is treated as a sequence of one."""
        if value is None:
            return None
        items = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        taken = [take(item, f"{path}[{index}]") for index, item in enumerate(items)]
        return tuple(one for one in taken if one is not None)


def read(
    job: object,
    defaults: AppliedDefaults,
    output_prefix: MakePrefix,
    *,
    base_model: object,
    training_data: object,
    customization: object,
    validation_data: object,
    output_data: object,
    media_data: object,
    custom_model_kms_key: object,
    role: object,
    job_tags: object,
    custom_model_tags: object,
    network: object,
    on_delete: object,
    provider: object,
    checks: object,
    catalog: object,
    max_training_tokens: object,
    revision: object,
    job_name: object = None,
    custom_model_name: object = None,
    retrain_on_infrastructure_change: object = False,
    job_arn_export_name: object = None,
    wait: object = Wait.NONE,
    keep: object = Keep.ALL,
) -> Arguments:
    """Check the types of the constructor's arguments; a wrong type is a finding, never a traceback.

    An argument that is None takes its value from `defaults`. `output_prefix` returns the prefix of this job's
    results below a location that is a default. A sweep does not have the last six.
    """
    of_request, document = request_defaults(job)
    reader = _Reader([])
    key = defaults.value("custom_model_kms_key", custom_model_kms_key)
    key = reader.having(
        of_request.get("custom_model_kms_key") if key is None else key,
        "key_arn",
        "customModelKmsKeyId",
        "must be an aws_kms.IKey, a key's ARN, id or alias, or AWS_OWNED_KEY",
        "pass the key, or leave it out to have one made",
    )
    output = _output(reader, output_data)
    if output_data is None:
        output = _below(_output(reader, defaults.value("output_data", None)), output_prefix)
    spec = JobSpec(
        base_model=_model(reader, base_model, "baseModelIdentifier"),
        training_data=_training(reader, training_data),
        customization=_customization(reader, customization)
        or of_request.get("customization", Customization.fine_tuning()),
        validation_data=reader.many(validation_data, _validation(reader), "validationDataConfig.validators"),
        output_data=output if isinstance(output, OutputData) else None,
        job_name=reader.one(job_name, str, "jobName", "must be a string", _NAME),
        custom_model_name=reader.one(custom_model_name, str, "customModelName", "must be a string", _NAME),
        custom_model_kms_key=None if key == AWS_OWNED_KEY else key,
        job_tags=defaults.tags("job_tags", reader.tags(job_tags, "jobTags")),
        custom_model_tags=defaults.tags(
            "custom_model_tags", reader.tags(custom_model_tags, "customModelTags")
        ),
    )
    # In the order of the arguments, because errors are reported in this order.
    media = reader.many(media_data, _media(reader), "media_data") or ()
    given_role = defaults.role(_role(reader, role))
    chosen_network = _network(reader, defaults.value("network", network))
    deletion = _on_delete(reader, defaults.value("on_delete", on_delete))
    is_named = job_name is not None or custom_model_name is not None
    return Arguments(
        spec=defaults.with_key_of_uploads(spec),
        media=media,
        key=key,
        output=output,
        role=given_role,
        network=chosen_network,
        on_delete=deletion,
        provider=reader.one(
            provider, JobProvider, "provider", "must be a JobProvider", "write JobProvider(stack, 'Provider')"
        ),
        checks=reader.one(
            defaults.value("checks", checks),
            Checks,
            "checks",
            "must be a Checks",
            "write Checks(overrides={...})",
        )
        or Checks.strict(),
        catalog=reader.one(
            defaults.value("catalog", catalog),
            Catalog,
            "catalog",
            "must be a Catalog",
            "write Catalog.from_file('corrections.json')",
        )
        or Catalog.default(),
        max_training_tokens=_limit(reader, max_training_tokens),
        revision=_revision(reader, revision),
        retrains_on_infrastructure_change=reader.one(
            retrain_on_infrastructure_change,
            bool,
            "retrain_on_infrastructure_change",
            "must be True or False",
            "leave it out unless such a change should start another job",
        )
        or False,
        job_arn_export_name=_export_name(reader, job_arn_export_name),
        wait=_wait(reader, wait),
        keep=_keep(reader, keep, deletion, is_named=is_named),
        found=tuple(reader.found),
        document=document,
        restrictions=defaults.restrictions,
    )


def read_training_data(value: object) -> tuple[TrainingData, Sequence[Finding]]:
    """Return the training data of one trial of a sweep, and what is wrong with its type.

    Args:
        value: data, invocation logs, an S3 URI, or the path of a local file.
    """
    reader = _Reader([])
    return _training(reader, value), reader.found


def _below(output: OutputData | OutputBucket | None, prefix: MakePrefix) -> OutputData | OutputBucket | None:
    """Return the part of a default location that is one job's own, so that no job can read another's data."""
    if not isinstance(output, OutputData):
        return output
    if output.bucket is not None:
        start = f"{output.key.rstrip('/')}/" if output.key else ""
        return replace(output, key=f"{start}{prefix()}")
    return replace(output, s3_uri=f"{output.s3_uri.rstrip('/')}/{prefix()}")


_NAME = "write it like 'tickets-2026-11', or leave it out to have a unique one generated"
_NETWORK = (
    "write JobNetwork.isolated(vpc), JobNetwork.from_vpc(vpc, security_groups=[...]) or "
    "JobNetwork.from_ids(...)"
)


def _revision(reader: _Reader, value: object) -> Checked:
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return value
    return reader.one(value, str, "revision", "must be a string", "write '2', or any other text")


def _export_name(reader: _Reader, value: object) -> str | None:
    path, fix = "job_arn_export_name", "write a name such as 'tickets-job-arn'"
    name: str | None = reader.one(value, str, path, "must be a string", fix)
    if name is not None and is_known(name) and not _EXPORT_NAME.fullmatch(name):
        reader.refuse(path, "must be 1 to 255 letters, digits, hyphens and colons", name, fix)
        return None
    return name


def _wait(reader: _Reader, value: object) -> Wait:
    rule, fix = "must be a Wait", "write Wait.for_completion() or Wait.for_validation()"
    wait: Wait = reader.one(value, Wait, "wait", rule, fix) or Wait.NONE
    problems = [*wait.problems()]
    reader.found += problems
    return Wait.NONE if problems else wait


def _limit(reader: _Reader, value: object) -> int | None:
    path, fix = "max_training_tokens", "write 1_000_000"
    limit: int | None = reader.one(value, int, path, "must be a whole number", fix)
    if limit is not None and not is_known(limit):
        reader.refuse(path, "must be a number that is known at synthesis", limit, fix)
        return None
    return limit


def _keep(reader: _Reader, value: object, on_delete: OnDelete, *, is_named: bool) -> Keep:
    rule, fix = "must be a Keep", "write Keep.ALL or Keep.newest(3)"
    keep: Keep = reader.one(value, Keep, "keep", rule, fix) or Keep.ALL
    if keep.number is None:
        return keep
    if not keep.is_newest or not is_whole_number(keep.number):
        reader.refuse("keep", "must be Keep.ALL or Keep.newest(3), a whole number of models", keep, fix)
        return Keep.ALL
    deletes_models = on_delete is OnDelete.DELETE_MODEL
    reader.found += rules.newest(keep.number, deletes_models=deletes_models, is_named=is_named)
    return keep


def _network(reader: _Reader, value: object) -> JobNetwork | None:
    network: JobNetwork | None = reader.one(value, JobNetwork, "vpcConfig", "must be a JobNetwork", _NETWORK)
    if network is None or isinstance(network, WithoutVpc):
        return None
    found = list(network.problems())
    reader.found += found
    return None if found else network


def _role(reader: _Reader, value: object) -> Checked:
    if isinstance(value, ServiceRole):
        return value if _is_service_role(reader, value) else None
    rule = "must be an aws_iam.IRole, a role's ARN, or a ServiceRole"
    return reader.having(
        value, "role_arn", "roleArn", rule, "pass the role, or leave it out to have one made"
    )


def _is_service_role(reader: _Reader, role: ServiceRole) -> bool:
    """Return whether IAM would accept these settings, which the CDK rejects with errors of its own."""
    known, boundary = len(reader.found), role.permissions_boundary
    if not _may_match(role.role_name, ROLE_NAME):
        rule = "must have a name of at most 64 letters, digits and _+=,.@-"
        reader.refuse("roleArn", rule, role.role_name, "change it, or leave it out to have one generated")
    if not _may_match(role.path, ROLE_PATH):
        rule = "must have a path that starts and ends with '/'"
        reader.refuse("roleArn", rule, role.path, "write '/bedrock/'")
    if boundary is not None and not isinstance(boundary, str) and not has(boundary, "managed_policy_arn"):
        rule = "must have an aws_iam.IManagedPolicy, or its ARN, as its permissions boundary"
        reader.refuse("roleArn", rule, boundary, "pass the managed policy")
    return len(reader.found) == known


def _may_match(value: object, pattern: re.Pattern[str]) -> bool:
    """Return whether a value is left out, or a text that has a pattern as far as it is known."""
    return value is None or (
        isinstance(value, str) and (not is_known(value) or pattern.fullmatch(value) is not None)
    )


def _model(reader: _Reader, value: object, path: str) -> BaseModel:
    if isinstance(value, BaseModel) and isinstance(value.model_id, str):
        return value
    if isinstance(value, str) or has(value, "model_arn"):
        return BaseModel.of(cast("str", value))
    reader.refuse(path, "must be a model: its id or ARN, a BaseModel or an aws_bedrock.IModel", value, _MODEL)
    return BaseModel("")


_MODEL = "write BaseModel.NOVA_LITE, or the model's id"
_DATA = "write TrainingData.from_file(path), .from_s3_uri('s3://bucket/key') or .from_bucket(bucket, key)"


def _training(reader: _Reader, value: object) -> TrainingData:
    if isinstance(value, InvocationLogs):
        value = TrainingData.from_invocation_logs(value)
    data: TrainingData | None = _data(reader, value, TrainingData, "trainingDataConfig.s3Uri", _DATA)
    if data is None:
        return TrainingData()
    logs = data.invocation_logs
    if logs is not None and not isinstance(logs, InvocationLogs):
        path = "trainingDataConfig.invocationLogsConfig"
        reader.refuse(path, "must be an InvocationLogs", logs, "write InvocationLogs.from_bucket(bucket)")
        return replace(data, invocation_logs=None)
    if logs is not None:
        path = "trainingDataConfig.invocationLogsConfig.invocationLogSource.s3Uri"
        if not _is_location(reader, logs, path):
            return replace(data, invocation_logs=None)
        chosen = logs.request_metadata_filter
        if chosen is not None and not _is_filter(chosen):
            path = "trainingDataConfig.invocationLogsConfig.requestMetadataFilters"
            fix = "write MetadataFilter.equals('project', 'tickets'), or and_all(filter, filter)"
            reader.refuse(path, "must be a MetadataFilter of keys and values", chosen, fix)
            return replace(data, invocation_logs=replace(logs, request_metadata_filter=None))
    return data


def _is_filter(value: object) -> bool:
    if not isinstance(value, MetadataFilter):
        return False
    pairs = (one for one in (value.equal, value.unequal) if one is not None)
    return all(
        isinstance(one, tuple) and len(one) == len(("key", "value")) and isinstance(one[0], Hashable)
        for one in pairs
    ) and all(map(_is_filter, (*(value.all_of or ()), *(value.any_of or ()))))


def _validation(reader: _Reader) -> Callable[[object, str], ValidationData | None]:
    fix = _DATA.replace("TrainingData", "ValidationData")
    return lambda value, path: _data(reader, value, ValidationData, path, fix)


def _media(reader: _Reader) -> Callable[[object, str], MediaData | None]:
    fix = "write MediaData.from_bucket(bucket, prefix) or MediaData.from_s3_uri('s3://bucket/prefix/')"
    return lambda value, path: _data(reader, value, MediaData, path, fix)


def _data(reader: _Reader, value: object, kind: type[Any], path: str, fix: str) -> Checked:
    """Take data of a kind, an S3 URI, or where it is uploaded the path of a local file."""
    if isinstance(value, kind):
        return value if _is_location(reader, value, path) else None
    is_uploaded = hasattr(kind, "from_file")
    if isinstance(value, str) and value and ("://" in value or not is_known(value) or not is_uploaded):
        return kind(s3_uri=value)
    if isinstance(value, str | os.PathLike) and value and is_uploaded:
        return kind.from_file(Path(value))
    kinds = "an S3 URI or the path of a file" if is_uploaded else "or an S3 URI"
    reader.refuse(path, f"must be {with_article(kind.__name__)}, {kinds}", value, fix)
    return None


def _is_location(reader: _Reader, data: S3Data, path: str) -> bool:
    """Return whether every part of a location has the right type; report those that do not."""
    known = len(reader.found)
    if not isinstance(data.s3_uri, str):
        reader.refuse(path, "must have a string as its URI", data.s3_uri, "write 's3://bucket/key'")
    if data.bucket is not None and not has(data.bucket, "bucket_name"):
        fix = "pass the bucket, or use from_s3_uri('s3://bucket/key')"
        reader.refuse(path, "must be in an aws_s3.IBucket", data.bucket, fix)
    if not isinstance(data.key, str):
        reader.refuse(path, "must have a string as its key", data.key, "write 'folder/train.jsonl'")
    reader.one(data.bucket_owner, str, path, "must have a string as its bucket owner", "put it in quotes")
    rule = "must have an aws_kms.IKey, or a key's ARN, id or alias, as its encryption key"
    reader.having(data.encryption_key, "key_arn", path, rule, "pass the key, or leave it out")
    return len(reader.found) == known


def _output(reader: _Reader, value: object) -> OutputData | OutputBucket | None:
    path = "outputDataConfig.s3Uri"
    if value is None:
        return None
    if isinstance(value, OutputBucket):
        _check_bucket_settings(reader, value, path)
        return value
    fix = "write OutputData.from_bucket(bucket, prefix), or leave it out to have a bucket made"
    found: OutputData | None = _data(reader, value, OutputData, path, fix)
    return found


def _check_bucket_settings(reader: _Reader, settings: OutputBucket, path: str) -> None:
    logs, days = settings.access_logs, settings.expire_after_days
    if logs is not None and not has(logs, "bucket_name"):
        reader.refuse(path, "must have an aws_s3.IBucket for its access logs", logs, "pass the bucket")
    rule = "must have a whole number of days, at least 1, after which objects expire"
    if reader.one(days, int, path, rule, "write 90") is not None and is_known(days) and cast("int", days) < 1:
        reader.refuse(path, rule, days, "write 90")
    vpc_id, rule = settings.only_from_vpc_id, "must have a string as the VPC's id"
    reader.one(vpc_id, str, path, rule, "write 'vpc-0a1b2c3d'")


def _customization(reader: _Reader, value: object) -> Customization | None:
    if value is None:
        return None
    if isinstance(value, str):
        return Customization.of(value)
    if not isinstance(value, Customization):
        fix = "write Customization.fine_tuning(...)"
        if isinstance(value, HyperParameters | RftHyperParameters):
            kind = "fine_tuning" if isinstance(value, HyperParameters) else "reinforcement_fine_tuning"
            fix = f"write Customization.{kind}({type(value).__name__}(...))"
        reader.refuse("customizationType", "must be a Customization", value, fix)
        return None
    parameters: object = value.hyper_parameters
    if isinstance(parameters, Mapping):
        value = replace(value, hyper_parameters=HyperParameters.of(parameters))
    else:
        rule, fix = "must be HyperParameters, or a mapping", "write HyperParameters(epoch_count=2)"
        taken = reader.one(parameters, HyperParameters, "hyperParameters", rule, fix)
        value = replace(value, hyper_parameters=taken)
    return replace(value, distillation_config=_teacher(reader, value), rft_config=_grader(reader, value))


def _teacher(reader: _Reader, value: Customization) -> DistillationConfig | None:
    config: DistillationConfig | None = reader.one(
        value.distillation_config,
        DistillationConfig,
        "customizationConfig.distillationConfig",
        "must be a DistillationConfig",
        "write Customization.distillation(teacher)",
    )
    if config is None:
        return None
    path = "customizationConfig.distillationConfig.teacherModelConfig.teacherModelIdentifier"
    return replace(config, teacher=_model(reader, config.teacher, path))


def _grader(reader: _Reader, value: Customization) -> RftConfig | None:
    config: RftConfig | None = reader.one(
        value.rft_config,
        RftConfig,
        "customizationConfig.rftConfig",
        "must be an RftConfig",
        "write Customization.reinforcement_fine_tuning(grader)",
    )
    if config is None:
        return None
    grader = reader.having(
        config.grader,
        "function_arn",
        "customizationConfig.rftConfig.graderConfig.lambdaGrader.lambdaArn",
        "must be an aws_lambda.IFunction, or a function's ARN",
        "pass the function",
    )
    parameters = reader.one(
        config.hyper_parameters,
        RftHyperParameters,
        "customizationConfig.rftConfig.hyperParameters",
        "must be RftHyperParameters",
        "write RftHyperParameters(epoch_count=2)",
    )
    return replace(config, grader=grader, hyper_parameters=parameters)


def _on_delete(reader: _Reader, value: object) -> OnDelete:
    if value is None:
        return OnDelete.STOP_JOB
    if isinstance(value, OnDelete):
        return value
    names = {one.name.lower(): one.name for one in OnDelete} | {
        one.value.lower(): one.name for one in OnDelete
    }
    near = get_close_matches(value.lower(), names, n=1, cutoff=0.4) if isinstance(value, str) else ()
    fix = f"write OnDelete.{names[near[0]]}" if near else "write OnDelete.STOP_JOB"
    reader.refuse("on_delete", "must be an OnDelete", value, fix)
    return OnDelete.STOP_JOB
