"""The keyword arguments of a job, with their types checked, and a request as keyword arguments."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields, is_dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from constructs_lib.catalog import Catalog
from constructs_lib.checks import Checks
from constructs_lib.contract import NOTHING, safeguards, violations
from constructs_lib.findings import Described, Finding, error
from constructs_lib.job.network import JobNetwork
from constructs_lib.job.provider import JobProvider
from constructs_lib.job.roles import ServiceRole
from constructs_lib.job.storage import AWS_OWNED_KEY, OutputBucket
from constructs_lib.request import (
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
    from_request,
)
from constructs_lib.request.data import FILE
from constructs_lib.request.hyper_parameters import with_exact_numbers
from constructs_lib.request.tokens import is_known, literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from constructs_lib.request.customization import DistillationConfig, RftConfig
    from constructs_lib.request.reading import Document

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
        found: the arguments of the wrong type.
        document: the job file that the arguments were read from. None where there was none.
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
    found: Sequence[Finding]
    document: Document | None


@dataclass(slots=True)
class _Reader:
    """Checks the type of each argument, and collects a finding about each wrong one."""

    found: list[Finding]

    def refuse(self, path: str, rule: str, got: object, fix: str) -> None:
        self.found.append(error("argument-type", path, rule, _shown(got), fix))

    def one(self, value: object, kind: type, path: str, rule: str, fix: str) -> Checked:
        if value is None or isinstance(value, kind):
            return value
        self.refuse(path, rule, value, fix)
        return None

    def having(self, value: object, attribute: str, path: str, rule: str, fix: str) -> Checked:
        """Take a string, a construct that has an attribute, or None."""
        if value is None or isinstance(value, str) or hasattr(value, attribute):
            return value
        self.refuse(path, rule, value, fix)
        return None

    def tags(self, value: object, path: str) -> Checked:
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
    *,
    base_model: object,
    training_data: object,
    customization: object,
    validation_data: object,
    output_data: object,
    media_data: object,
    job_name: str | None,
    custom_model_name: str | None,
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
) -> Arguments:
    """Check the types of the constructor's arguments; a wrong type is a finding, never a traceback."""
    defaults, document = request_defaults(job)
    reader = _Reader([])
    if custom_model_kms_key is None:
        custom_model_kms_key = defaults.get("custom_model_kms_key")
    key = reader.having(
        custom_model_kms_key,
        "key_arn",
        "customModelKmsKeyId",
        "must be an aws_kms.IKey, a key's ARN, id or alias, or AWS_OWNED_KEY",
        "pass the key, or leave it out to have one made",
    )
    output = _output(reader, output_data)
    spec = JobSpec(
        base_model=_model(reader, base_model, "baseModelIdentifier"),
        training_data=_training(reader, training_data),
        customization=_customization(reader, customization)
        or defaults.get("customization", Customization.fine_tuning()),
        validation_data=reader.many(validation_data, _validation(reader), "validationDataConfig.validators"),
        output_data=output if isinstance(output, OutputData) else None,
        job_name=job_name,
        custom_model_name=custom_model_name,
        custom_model_kms_key=None if key == AWS_OWNED_KEY else key,
        job_tags=reader.tags(job_tags, "jobTags"),
        custom_model_tags=reader.tags(custom_model_tags, "customModelTags"),
    )
    return Arguments(
        spec=spec,
        media=reader.many(media_data, _media(reader), "media_data") or (),
        key=key,
        output=output,
        role=_role(reader, role),
        network=reader.one(network, JobNetwork, "vpcConfig", "must be a JobNetwork", _NETWORK),
        on_delete=_on_delete(reader, on_delete),
        provider=reader.one(
            provider, JobProvider, "provider", "must be a JobProvider", "write JobProvider(stack, 'Provider')"
        ),
        checks=reader.one(checks, Checks, "checks", "must be a Checks", "write Checks(overrides={...})")
        or Checks.strict(),
        catalog=reader.one(
            catalog, Catalog, "catalog", "must be a Catalog", "write Catalog.from_file('corrections.json')"
        )
        or Catalog.default(),
        max_training_tokens=reader.one(
            max_training_tokens, int, "max_training_tokens", "must be a whole number", "write 1_000_000"
        ),
        found=tuple(reader.found),
        document=document,
    )


_NETWORK = (
    "write JobNetwork.isolated(vpc), JobNetwork.from_vpc(vpc, security_groups=[...]) or "
    "JobNetwork.from_ids(...)"
)


def _role(reader: _Reader, value: object) -> Checked:
    if isinstance(value, ServiceRole):
        return value
    rule = "must be an aws_iam.IRole, a role's ARN, or a ServiceRole"
    return reader.having(
        value, "role_arn", "roleArn", rule, "pass the role, or leave it out to have one made"
    )


def _model(reader: _Reader, value: object, path: str) -> BaseModel:
    if isinstance(value, BaseModel):
        return value
    if value is not None and (isinstance(value, str) or hasattr(value, "model_arn")):
        return BaseModel.of(value)
    reader.refuse(path, "must be a model: its id or ARN, a BaseModel or an aws_bedrock.IModel", value, _MODEL)
    return BaseModel("")


_MODEL = "write BaseModel.NOVA_LITE, or the model's id"
_DATA = "write TrainingData.from_file(path), .from_s3_uri('s3://bucket/key') or .from_bucket(bucket, key)"


def _training(reader: _Reader, value: object) -> TrainingData:
    if isinstance(value, InvocationLogs):
        return TrainingData.from_invocation_logs(value)
    data: TrainingData | None = _data(reader, value, TrainingData, "trainingDataConfig", _DATA)
    if data is None:
        return TrainingData()
    logs = data.invocation_logs
    if logs is not None and not isinstance(logs, InvocationLogs):
        path = "trainingDataConfig.invocationLogsConfig"
        reader.refuse(path, "must be an InvocationLogs", logs, "write InvocationLogs.from_bucket(bucket)")
        return replace(data, invocation_logs=None)
    if logs is not None:
        chosen = reader.one(
            logs.request_metadata_filter,
            MetadataFilter,
            "trainingDataConfig.invocationLogsConfig.requestMetadataFilters",
            "must be a MetadataFilter",
            "write MetadataFilter.equals('project', 'tickets')",
        )
        return replace(data, invocation_logs=replace(logs, request_metadata_filter=chosen))
    return data


def _validation(reader: _Reader) -> Callable[[object, str], ValidationData | None]:
    fix = _DATA.replace("TrainingData", "ValidationData")
    return lambda value, path: _data(reader, value, ValidationData, path, fix)


def _media(reader: _Reader) -> Callable[[object, str], MediaData | None]:
    fix = "write MediaData.from_bucket(bucket, prefix) or MediaData.from_s3_uri('s3://bucket/prefix/')"
    return lambda value, path: _data(reader, value, MediaData, path, fix)


def _data(reader: _Reader, value: object, kind: type[Any], path: str, fix: str) -> Checked:
    """Take data of a kind, an S3 URI, or where it is uploaded the path of a local file."""
    if isinstance(value, kind):
        return value
    is_uploaded = hasattr(kind, "from_file")
    if isinstance(value, str) and ("://" in value or not is_known(value) or not is_uploaded):
        return kind(s3_uri=value)
    if isinstance(value, str | os.PathLike) and is_uploaded:
        return kind.from_file(Path(value))
    reader.refuse(path, f"must be {_with_article(kind.__name__)}, or an S3 URI", value, fix)
    return None


def _output(reader: _Reader, value: object) -> OutputData | OutputBucket | None:
    if value is None or isinstance(value, OutputBucket):
        return value
    fix = "write OutputData.from_bucket(bucket, prefix), or leave it out to have a bucket made"
    found: OutputData | None = _data(reader, value, OutputData, "outputDataConfig", fix)
    return found


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
    config = value.distillation_config
    if config is None or (isinstance(config.teacher, BaseModel) and isinstance(config.teacher.model_id, str)):
        return config
    path = "customizationConfig.distillationConfig.teacherModelConfig.teacherModelIdentifier"
    return replace(config, teacher=_model(reader, config.teacher, path))


def _grader(reader: _Reader, value: Customization) -> RftConfig | None:
    config = value.rft_config
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
    if isinstance(value, OnDelete):
        return value
    names = {one.name.lower(): one.name for one in OnDelete} | {
        one.value.lower(): one.name for one in OnDelete
    }
    near = get_close_matches(str(value).lower(), names, n=1, cutoff=0.4)
    fix = f"write OnDelete.{names[near[0]]}" if near else "write OnDelete.STOP_JOB"
    reader.refuse("on_delete", "must be an OnDelete", value, fix)
    return OnDelete.STOP_JOB


def _shown(value: object) -> object:
    """Return a short value as it is, and the type of any other."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        given = ", ".join(one.name for one in fields(value) if getattr(value, one.name) not in (None, "", {}))
        return Described(f"{type(value).__name__}({given and '...'})")
    if isinstance(value, list | tuple | Mapping):
        return Described(type(value).__name__)
    return Described(_with_article(type(value).__name__))


def _with_article(name: str) -> str:
    return f"{'an' if name[:1] in 'AEIOU' else 'a'} {name}"


_REQUEST_DEFAULTS: Mapping[str, Any] = {
    "custom_model_kms_key": AWS_OWNED_KEY,
    "customization": Customization(),
}
"""The defaults of a request, where those of the construct differ."""

_NEXT_JOB: ContextVar[tuple[type, Mapping[str, Any], Document] | None] = ContextVar("next_job", default=None)


@contextmanager
def with_request_defaults(job: type, given: Mapping[str, object], document: Document) -> Iterator[None]:
    """Apply the defaults of a request, and not those of the construct, to the next `job`.

    They are not passed as arguments, because arguments would override the defaults of a subclass.

    Args:
        job: the class whose constructor is called.
        given: the arguments that override the request.
        document: the request, with the positions of its parts.
    """
    defaults = {name: value for name, value in _REQUEST_DEFAULTS.items() if name not in given}
    token = _NEXT_JOB.set((job, defaults, document))
    try:
        yield
    finally:
        _NEXT_JOB.reset(token)


def request_defaults(job: object) -> tuple[Mapping[str, Any], Document | None]:
    """Return the defaults of a request and its document, if `job` is defined by a request.

    Args:
        job: the construct. Another job that a subclass makes in its constructor has no request.
    """
    found = _NEXT_JOB.get()
    if found is None or type(job) is not found[0]:
        return {}, None
    _NEXT_JOB.set(None)
    return found[1], found[2]


def is_valid(request: Mapping[str, Any], made: Sequence[str]) -> bool:
    """Return whether a request can be converted to values without losing anything.

    It is valid by the service model, except that it may lack what the construct makes. No tag key is given
    twice, because values store tags in a mapping.

    Args:
        request: a request with the API's names.
        made: what may be absent.
    """
    for one in violations(with_exact_numbers(request), is_known=is_known):
        is_made = one.got is NOTHING and one.path in made
        is_local = one.path.endswith("s3Uri") and str(one.got).startswith(FILE)
        if not is_made and not is_local:
            return False
    return all(one.name != "tag-repeated" for one in safeguards(request, literal=literal))


def arguments_of(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return a valid request as keyword arguments.

    What the request leaves out is no argument, so that the defaults of a subclass apply. The client token
    has no argument, because it is not sent.

    Args:
        request: a valid request; see `is_valid`.
    """
    spec = from_request(request)
    vpc = spec.vpc_config
    given = {
        "base_model": spec.base_model,
        "training_data": spec.training_data,
        "customization": None if spec.customization == Customization() else spec.customization,
        "validation_data": spec.validation_data,
        "output_data": spec.output_data,
        "job_name": spec.job_name,
        "custom_model_name": spec.custom_model_name,
        "custom_model_kms_key": spec.custom_model_kms_key,
        "role": spec.role_arn,
        "job_tags": spec.job_tags,
        "custom_model_tags": spec.custom_model_tags,
        "network": vpc
        and JobNetwork.from_ids(subnet_ids=vpc.subnet_ids, security_group_ids=vpc.security_group_ids),
    }
    return {name: value for name, value in given.items() if value is not None}
