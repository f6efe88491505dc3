"""What every rule checks: one job, and what is known about its environment and its model."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, overload

from ..catalog import Catalog, identifiers
from ..contract import join, walk
from ..permissions import S3Location
from ..request.data import FILE
from ..request.tokens import is_known

if TYPE_CHECKING:
    from os import PathLike

    from ..catalog import CustomizationFacts, Model
    from ..contract import ValuePath
    from ..findings import Finding, Severity
    from .restrictions import Restrictions

_Value = TypeVar("_Value")
Part: TypeAlias = Any
"""A part of a request, of any type."""

BASE = "baseModelIdentifier"
TRAINING = "trainingDataConfig.s3Uri"
LOGS = "trainingDataConfig.invocationLogsConfig.invocationLogSource.s3Uri"
OUTPUT = "outputDataConfig.s3Uri"
KEY = "customModelKmsKeyId"
TEACHER = "customizationConfig.distillationConfig.teacherModelConfig.teacherModelIdentifier"
GRADER = "customizationConfig.rftConfig.graderConfig.lambdaGrader.lambdaArn"
ACCESS_LOGS = "output_data.access_logs"
BOUNDARY = "role.permissions_boundary"

_DEEPER = re.compile(r"[.\[]")

UNKNOWN = "{{resolve:refused}}"
"""Replaces a rejected value: like a token, it is not known, so no rule reports it."""

MADE = ("jobName", "customModelName", "roleArn", "outputDataConfig")
"""What a job may leave out although the API requires it: the construct or its function makes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleFacts:
    """What is known of the service role beyond its ARN.

    Args:
        path: the construct's path, for a role of this app. Default: it is not defined in this app.
        trust: its trust policy. Default: it is not known.
        boundary_arn: the permissions boundary of a role that is made. Default: none.
    """

    path: str = ""
    trust: Mapping[str, Any] | None = None
    boundary_arn: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstructFacts:
    """What is known of a construct that a job was given.

    Args:
        path: the construct's path.
        account: its account, which may be a token. Default: not known.
        region: its Region, which may be a token. Default: not known.
    """

    path: str
    account: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenReference:
    """A reference to a construct that the CDK cannot resolve in the job's stack.

    Args:
        path: where the reference is.
        target: the path of the construct, or of its stack.
        fix: what to do about it.
    """

    path: str
    target: str
    fix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkFacts:
    """What is known of the VPC that a job reaches its data from, beyond the ids in the request.

    Args:
        vpc: the path of the VPC's construct. Default: only ids are known.
        config: the `vpcConfig` of the request, as far as it is known before the network is made.
        makes_security_group: whether the security group is made. Default: it is given.
        no_subnets: why no subnet could be selected. Default: they could.
        public_subnets: the paths of public subnets, by their index in the request.
        unknown_routes: the paths of subnets whose route table is not known and must be.
        lacks_prefix_list: whether the prefix list of S3 must be given. Default: it is known, or not needed.
        other_stack: the path of another stack, for whose jobs alone the network is made. Default: none.
        other_subnets: whether other jobs of the stack use other subnets of the isolated VPC.
    """

    vpc: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    makes_security_group: bool = False
    no_subnets: str = ""
    public_subnets: Mapping[int, str] = field(default_factory=dict)
    unknown_routes: Sequence[str] = ()
    lacks_prefix_list: bool = False
    other_stack: str = ""
    other_subnets: bool = False


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One job, as far as it is known before deployment.

    Args:
        request: the request, with the API's names. It may contain tokens; `check` hides what the service
            model rejects from all other rules.
        region: where the job will run. Default: not known, so rules about Regions are skipped.
        account: the job's account. Default: not known, so rules about accounts are skipped.
        catalog: what is documented of models. Default: the catalogue of this library.
        today: the day for which dates are checked. Default: today, in UTC.
        inputs: what the job reads from S3, by path. Default: what the request names.
        output: where it writes. Default: what the request names.
        constructs: buckets, role, grader and VPC that were given as constructs, by path. Default: none.
        keys_of_files: the keys that local files are encrypted with where they are uploaded to, by path.
        keys_of_constructs: keys that were given as constructs, by the path of what they encrypt.
        broken_references: references to constructs that the job's stack cannot refer to. Default: none.
        dynamic_references: tokens that are dynamic references as a whole, by path. Default: none.
        settings: texts of the template that are no part of the request, by argument. Default: none.
        files: the files to read for `file://` data, by path. Default: those that the request names.
        made: what the construct or the function makes if it is absent.
        makes_role: whether the service role is made. Default: as the request states.
        role: what is known of the role. Default: nothing.
        network: what is known of the VPC. Default: nothing.
        has_foreign_key: whether a key is defined outside this app. Default: as the request states.
        has_key_without_bedrock: whether the policy of the app's own key lacks Bedrock.
        is_base_trained_here: whether the base model is what another job of the app trains.
        other_stack_provider: the path of a provider of another stack. Default: none.
        output_vpc_id: the VPC that the output bucket is restricted to. Default: none.
        repeated_hyper_parameters: keys that were given by name and in `other`.
        max_training_tokens: the most tokens to train with. Default: no limit.
        is_limited_at_deployment: whether the function compares data in S3 with that limit before it starts
            the job. Default: it does not.
        restrictions: what platform teams allow the job; all of them apply. Default: everything.
        found: the findings of the reading of its file, its arguments and its local data.
    """

    request: Mapping[str, Any]
    region: str | None = None
    account: str | None = None
    catalog: Catalog = field(default_factory=Catalog.default)
    today: date = field(default_factory=lambda: datetime.now(UTC).date())
    inputs: Mapping[str, S3Location] | None = None
    output: S3Location | None = None
    constructs: Mapping[str, ConstructFacts] = field(default_factory=dict)
    keys_of_files: Mapping[str, str] = field(default_factory=dict)
    keys_of_constructs: Mapping[str, ConstructFacts] = field(default_factory=dict)
    broken_references: Sequence[BrokenReference] = ()
    dynamic_references: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str | PathLike[str]] | None = None
    made: Sequence[str] = MADE
    makes_role: bool | None = None
    role: RoleFacts = RoleFacts()
    network: NetworkFacts | None = None
    has_foreign_key: bool | None = None
    has_key_without_bedrock: bool = False
    is_base_trained_here: bool = False
    other_stack_provider: str = ""
    output_vpc_id: str | None = None
    repeated_hyper_parameters: Sequence[str] = ()
    max_training_tokens: int | None = None
    is_limited_at_deployment: bool = False
    restrictions: Sequence[Restrictions] = ()
    found: Sequence[Finding] = ()

    def without(self, broken: Collection[str]) -> Subject:
        """Return the same job with the values at some paths, and all below them, replaced by `UNKNOWN`.

        Args:
            broken: the paths.
        """
        return replace(
            self,
            request=_without(self.request, broken),
            inputs=_kept(self.inputs, broken),
            constructs=_kept(self.constructs, broken),
            keys_of_files=_kept(self.keys_of_files, broken) or {},
            keys_of_constructs=_kept(self.keys_of_constructs, broken),
            broken_references=[one for one in self.broken_references if not is_below(one.path, broken)],
            files=_kept(self.files, broken),
            output=None if is_below(OUTPUT, broken) else self.output,
        )

    def get(self, path: str) -> Part:
        """Return what the request has at a path without indices, or None.

        Args:
            path: member names with dots between them, such as `outputDataConfig.s3Uri`.
        """
        value: Any = self.request
        for name in path.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        return value

    def text(self, path: str) -> str | None:
        """Return the text at a path where it is known, or None.

        Args:
            path: as of `get`.
        """
        value = self.get(path)
        return value if isinstance(value, str) and is_known(value) else None

    @cached_property
    def parts(self) -> Sequence[tuple[ValuePath, str, object]]:
        """Every part of the request that the service model knows, as `walk` yields them."""
        return tuple(walk(self.request))

    @cached_property
    def data(self) -> dict[str, str]:
        """The URI of all training and validation data, by path; it may hold tokens."""
        found = {TRAINING: self.get(TRAINING)}
        validators = self.get("validationDataConfig.validators")
        for index, one in enumerate(validators if isinstance(validators, list | tuple) else ()):
            uri = one.get("s3Uri") if isinstance(one, Mapping) else None
            found[f"validationDataConfig.validators[{index}].s3Uri"] = uri
        return {path: uri for path, uri in found.items() if isinstance(uri, str)}

    @cached_property
    def read(self) -> Mapping[str, S3Location]:
        """What the job reads from S3, by path; local files are not among it."""
        if self.inputs is not None:
            return self.inputs
        logs = self.get(LOGS)
        uris = {**self.data, **({LOGS: logs} if isinstance(logs, str) else {})}
        return {path: S3Location(uri=uri) for path, uri in uris.items() if not uri.startswith(FILE)}

    @cached_property
    def written(self) -> S3Location | None:
        """Where the job writes, where that was given."""
        uri = self.get(OUTPUT)
        return self.output or (S3Location(uri=uri) if isinstance(uri, str) else None)

    @cached_property
    def keys(self) -> dict[str, str]:
        """The KMS keys of the model, of the buckets and of uploaded files, by path."""
        key = self.get(KEY)
        written = {OUTPUT: self.written} if self.written else {}
        of_buckets = {path: one.key_arn for path, one in {**self.read, **written}.items()}
        found = {KEY: key if isinstance(key, str) else None, **of_buckets, **self.keys_of_files}
        return {path: one for path, one in found.items() if one is not None}

    @cached_property
    def local(self) -> Mapping[str, str | PathLike[str]]:
        """The local files of the data that exist, by path."""
        if self.files is not None:
            return self.files
        local = {path: uri for path, uri in self.data.items() if uri.startswith(FILE) and is_known(uri)}
        return {path: uri.removeprefix(FILE) for path, uri in local.items() if is_file(uri)}

    @property
    def role_is_made(self) -> bool:
        """Whether the construct makes the service role, with only the permissions that the job needs."""
        return "roleArn" not in self.request if self.makes_role is None else self.makes_role

    @property
    def uses_foreign_key(self) -> bool:
        """Whether the owner of a key may have to add statements to its policy."""
        if self.has_foreign_key is None:
            return KEY in self.request
        return self.has_foreign_key

    @cached_property
    def identifier(self) -> str:
        """The base model as the request names it; "" where it does not."""
        found = self.get(BASE)
        return found if isinstance(found, str) else ""

    @cached_property
    def base(self) -> identifiers.Reference | None:
        """The model id inside the identifier; None where only deployment knows it."""
        return identifiers.parse_known(self.identifier)

    @cached_property
    def model(self) -> Model | None:
        """The base model, where the catalogue knows it."""
        return self.catalog.resolve(self.identifier) if self.base else None

    @property
    def is_derived(self) -> bool:
        """Whether the base is a custom model, for which the figures of its own base are only likely."""
        return self.base is not None and self.base.kind == "custom-model"

    @property
    def kind(self) -> str | None:
        """The customization type that Bedrock will use; None where only deployment knows it."""
        kind = self.request.get("customizationType", "FINE_TUNING")
        return kind if isinstance(kind, str) and is_known(kind) else None

    @property
    def facts(self) -> CustomizationFacts | None:
        """What is documented of this customization type of this model."""
        return self.model.customizations.get(self.kind) if self.model and self.kind else None

    def severity(self, *, verified: bool) -> Severity:
        """Return `error` for what is documented and verified, else `warning`.

        Args:
            verified: whether AWS's documents state what the rule rests on.
        """
        return "error" if verified and not self.is_derived else "warning"

    @property
    def hyper_parameters(self) -> Mapping[str, Any]:
        """The request's own hyperparameters; not those of reinforcement fine-tuning."""
        given = self.request.get("hyperParameters")
        return given if isinstance(given, Mapping) else {}


def is_file(uri: str) -> bool:
    """Return whether a `file://` URI names a file that exists.

    Args:
        uri: the URI, without tokens.
    """
    try:
        return Path(uri.removeprefix(FILE)).is_file()
    except (OSError, ValueError):  # ValueError: a name that no file can have
        return False


def is_below(path: str, others: Collection[str]) -> bool:
    """Return whether a path is one of others, or leads below one.

    Args:
        path: a path with the API's names.
        others: such paths.
    """
    return any(path == one or path.startswith((f"{one}.", f"{one}[")) for one in others)


@overload
def _kept(values: Mapping[str, _Value], broken: Collection[str]) -> dict[str, _Value]: ...
@overload
def _kept(values: Mapping[str, _Value] | None, broken: Collection[str]) -> dict[str, _Value] | None: ...
def _kept(values: Mapping[str, _Value] | None, broken: Collection[str]) -> dict[str, _Value] | None:
    if values is None:
        return None
    return {path: one for path, one in values.items() if not is_below(path, broken)}


def _without(value: Part, broken: Collection[str], path: str = "") -> Part:
    """Copy a part of a request with `UNKNOWN` at the broken paths, also at those that are missing."""
    if path in broken:
        return UNKNOWN
    if isinstance(value, Mapping):
        start = f"{path}." if path else ""
        missing = {one.removeprefix(start) for one in broken if one.startswith(start)} - set(value)
        parts = {name: _without(item, broken, join(path, str(name))) for name, item in value.items()}
        return {**parts, **{name: UNKNOWN for name in missing if not _DEEPER.search(name)}}
    if isinstance(value, list | tuple):
        return [_without(item, broken, f"{path}[{index}]") for index, item in enumerate(value)]
    return value
