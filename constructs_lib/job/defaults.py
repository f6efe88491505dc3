"""Defaults and restrictions that a platform team sets for every job below a scope of an app."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from ..checks import Restrictions
from ..findings import NOT_SHOWN, InvalidJob, error
from ..request import BaseModel
from .argument_types import no_construct
from .provider_settings import EXCLUDES, NEEDS
from .roles import ServiceRole
from .stack_env import StackEnv
from .stack_jobs import StackJobs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aws_cdk import aws_bedrock as bedrock
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms
    from constructs import Construct, IConstruct

    from ..catalog import Catalog
    from ..checks import Checks
    from ..findings import Finding
    from ..request import JobSpec, OnDelete, OutputData
    from ..request.data import S3Object
    from .network import JobNetwork
    from .provider_settings import ProviderSettings
    from .storage import OutputBucket

    _Data = TypeVar("_Data", bound=S3Object)

Value: TypeAlias = Any
"""The value of an argument, of the type that the argument has."""

_REPLACED: Mapping[str, Sequence[str]] = {
    **EXCLUDES,
    "dead_letter_topic": ("dead_letter_queue",),
    "vpc": [name for name, needed in NEEDS.items() if needed == "vpc"],
}
"""Settings of the scopes around that a provider's own setting replaces, besides the one of its name."""

_OF_ROLE = ("permissions_boundary", "role_path")
_OF_PROVIDER = (*_OF_ROLE, "checks")


@dataclass(frozen=True, kw_only=True, eq=False)
class CustomizationDefaults:
    """Values of arguments for every job below a scope that does not set them itself, and restrictions.

        CustomizationDefaults(
            custom_model_kms_key=key, job_tags={"cost-center": "4711"}, allowed_regions=["eu-west-1"]
        ).apply_to(app)

    The template is the same as if each job had been given the value. The defaults of the nearest scope are
    used; tags and settings of the provider are merged by key. An argument of the job, or a field of its job
    file, overrides every default; `AWS_OWNED_KEY` and `JobNetwork.without_vpc()` opt out of a key and of a
    network. The restrictions (`allowed_...`, `required_tags`, `max_training_tokens`) of all scopes apply
    together, and no argument of a job overrides them, `checks` included.

    Args:
        custom_model_kms_key: the key of custom models: a key, its ARN, id or alias, or `AWS_OWNED_KEY`.
            Default: a key that the jobs of the stack share; for a job file, one that AWS owns.
        network: the VPC of the jobs. Default: none.
        output_data: where results go: settings of a bucket for each job, or a location, below which each job
            gets the prefix `<stack name>/<unique id>/`. Default: a bucket that the jobs of the stack share.
        job_tags: tags of the jobs. Default: none.
        custom_model_tags: tags of the models. Default: none.
        permissions_boundary: a managed policy, or its ARN, as permissions boundary of the roles that are
            made, those of the functions too. Default: none.
        role_path: the path of the roles that are made, such as `/bedrock/`. Default: `/`.
        on_delete: what happens to job and model when the resource is deleted. Default: `OnDelete.STOP_JOB`.
        checks: how serious each rule is. Default: as docs/checks.md lists it.
        catalog: what is documented of models. Default: the catalogue of this library.
        provider: settings of the functions that call Bedrock, `ProviderSettings(...)`. Default: none.
        bootstrap_kms_key: the key of the CDK's bootstrap bucket, its ARN, id or alias, if `cdk bootstrap` was
            called with `--bootstrap-kms-key-id`: the jobs' roles may decrypt uploaded files with it. Default:
            none.
        allowed_base_models: the base models that jobs may customize: ids or ARNs in any form, and
            `custom-model/*` for every custom model. A model that only the deployment knows is allowed if the
            same token is listed. Default: all.
        allowed_regions: the Regions that jobs may run in; `cdk.Aws.REGION` in it allows stacks without a
            Region. Default: all.
        required_tags: keys that the tags of each job must have, inherited ones included; or a mapping of keys
            to a value, to a list of values, or to None for any value. Default: none.
        max_training_tokens: the most tokens that a job may train with, in all epochs; compared as that of
            `ModelCustomizationJob`. Invocation logs cannot be compared and are refused. Default: no limit.

    Raises:
        InvalidJob: a value is not possible; the error lists every problem.
    """

    custom_model_kms_key: kms.IKey | kms.Key | str | None = None
    network: JobNetwork | None = None
    output_data: OutputData | OutputBucket | str | None = None
    job_tags: Mapping[str, str] | None = None
    custom_model_tags: Mapping[str, str] | None = None
    permissions_boundary: iam.IManagedPolicy | iam.ManagedPolicy | str | None = None
    role_path: str | None = None
    on_delete: OnDelete | None = None
    checks: Checks | None = None
    catalog: Catalog | None = None
    provider: ProviderSettings | None = None
    bootstrap_kms_key: kms.IKey | kms.Key | str | None = None
    allowed_base_models: Sequence[BaseModel | bedrock.IModel | str] | None = None
    allowed_regions: Sequence[str] | None = None
    required_tags: Sequence[str] | Mapping[str, str | Sequence[str] | None] | None = None
    max_training_tokens: int | None = None

    def __post_init__(self) -> None:
        # Imported late: the arguments of a job know its provider, which asks this module for its settings.
        from .default_checks import wrong_defaults

        if found := list(wrong_defaults(self)):
            raise InvalidJob("CustomizationDefaults", found)

    def apply_to(self, scope: Construct | IConstruct) -> None:
        """Set these defaults for every job below a scope that is defined from now on.

        Args:
            scope: an app, a stage, a stack, or any construct.

        Raises:
            InvalidJob: the scope has defaults already, or a job or a provider below it was defined before.
        """
        if not hasattr(scope, "node"):
            raise InvalidJob(
                "CustomizationDefaults", [no_construct(scope, "pass an app, a stage, a stack or a construct")]
            )
        path = scope.node.path
        if misplaced := list(_misplaced(self, scope, path)):
            raise InvalidJob(f"CustomizationDefaults of {path or 'the app'}", misplaced)
        _APPLIED[scope] = self
        _RESOLVED.clear()

    def restrictions(self, owner: str) -> Restrictions:
        """Return what these defaults allow, as the checks take it.

        Args:
            owner: where they were set.
        """
        models, tags = self.allowed_base_models, self.required_tags or {}
        return Restrictions(
            owner=owner,
            base_models=None if models is None else [BaseModel.of(one).model_id for one in several(models)],
            regions=None if self.allowed_regions is None else several(self.allowed_regions),
            tags={key: several(tags[key] or ()) for key in tags}
            if isinstance(tags, Mapping)
            else dict.fromkeys(several(tags), ()),
            max_training_tokens=self.max_training_tokens,
        )


@dataclass(frozen=True, slots=True)
class AppliedDefaults:
    """What the defaults of all scopes around a construct come to.

    Args:
        values: by the names of `CustomizationDefaults`; what is in no scope is absent.
        restrictions: those of each scope, the outermost first.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    restrictions: Sequence[Restrictions] = ()

    def value(self, name: str, own: Value) -> Value:
        """Return an argument of a job, or the default where it is None."""
        return self.values.get(name) if own is None else own

    def tags(self, name: str, own: Mapping[str, str] | None) -> Mapping[str, str] | None:
        """Return tags of a job or a model, with those of the defaults that it does not set itself."""
        around = self.values.get(name)
        return {**around, **(own or {})} if around else own

    def role(self, own: Value) -> Value:
        """Return the settings of a role that is made, with the defaults; a given role is not changed."""
        given = {name: self.values[name] for name in _OF_ROLE if name in self.values}
        if not given or not (own is None or isinstance(own, ServiceRole)):
            return own
        settings = own or ServiceRole()
        return replace(
            settings,
            permissions_boundary=self.value("permissions_boundary", settings.permissions_boundary),
            path=self.value("role_path", settings.path),
        )

    def with_key_of_uploads(self, spec: JobSpec) -> JobSpec:
        """Return a job whose local files are decrypted with the bootstrap key, unless they name another."""
        key = self.values.get("bootstrap_kms_key")
        if key is None:
            return spec

        def completed(data: _Data) -> _Data:
            lacks_key = data.path is not None and data.encryption_key is None
            return replace(data, encryption_key=key) if lacks_key else data

        validation = spec.validation_data
        return replace(
            spec,
            training_data=completed(spec.training_data),
            validation_data=validation and tuple(map(completed, validation)),
        )


# Held here and not in the tree, which takes no objects of Python; see also `StackEnv`.
_APPLIED: dict[Any, CustomizationDefaults] = {}
_RESOLVED: dict[Any, AppliedDefaults] = {}
_NONE = AppliedDefaults()


def defaults_of(scope: Construct | IConstruct) -> AppliedDefaults:
    """Return the defaults of all scopes around a construct, its own included.

    An app without defaults makes no call to the CDK's Node process for it.

    Args:
        scope: the construct around a job, or the stack of a provider.
    """
    if not _APPLIED:
        return _NONE
    if scope not in _RESOLVED:
        _RESOLVED[scope] = _merged(scope.node.scopes)
    return _RESOLVED[scope]


def settings_with_defaults(scope: Construct | IConstruct, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a provider, with the defaults of the scopes around it.

    Args:
        scope: the construct around the provider.
        given: its own settings; None counts as left out.
    """
    values = defaults_of(scope).values
    general = {name: values[name] for name in _OF_PROVIDER if name in values}
    return _with_settings(_with_settings(general, values.get("provider", {})), given)


def _with_settings(around: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    own = {name: value for name, value in own.items() if value is not None}
    dropped = {one for name in own for one in _REPLACED.get(name, ())}
    return {**{name: value for name, value in around.items() if name not in dropped}, **own}


_MERGED: Mapping[str, Callable[[Any, Any], dict[str, Any]]] = {
    "job_tags": lambda around, own: {**around, **own},
    "custom_model_tags": lambda around, own: {**around, **own},
    "provider": _with_settings,
}


def _merged(scopes: Sequence[IConstruct]) -> AppliedDefaults:
    values: dict[str, Any] = {}
    restrictions = []
    for scope in scopes:  # the outermost first
        if (applied := _APPLIED.get(scope)) is None:
            continue
        for one in fields(applied):
            value, around = getattr(applied, one.name), values.get(one.name)
            if value is not None:
                merge = _MERGED.get(one.name)
                values[one.name] = merge(around, value) if around and merge else value
        path = scope.node.path
        restrictions.append(applied.restrictions(f"the CustomizationDefaults of {path or 'the app'}"))
    return AppliedDefaults(values, restrictions)


def _misplaced(defaults: CustomizationDefaults, scope: IConstruct, path: str) -> Iterator[Finding]:
    if scope in _APPLIED:
        rule = "must be called once for a scope, which has other defaults already"
        fix = "write all of them into one CustomizationDefaults, or apply these to a scope inside"
        yield error("defaults-scope", "apply_to", rule, NOT_SHOWN, fix)
    is_of_provider = any(getattr(defaults, name) is not None for name in ("provider", *_OF_PROVIDER))
    if defined := _defined_below(scope, path, providers=is_of_provider):
        rule = f"must be called before {defined} is defined, which would be without these defaults"
        yield error("defaults-scope", "apply_to", rule, NOT_SHOWN, "call it before")
    if defaults.provider is not None and _is_inside_stack(scope, path):
        rule = "must be applied to a stack or to a scope around it, because a stack has one function"
        yield error("defaults-scope", "provider", rule, path, "apply them to the stack")


def _defined_below(scope: IConstruct, path: str, *, providers: bool) -> str:
    """Return the path of a job, or of a provider, that is defined below a scope; "" where there is none."""
    from .provider import JobProvider

    root = scope.node.root
    for env in StackEnv.all():
        if env.root is not root:
            continue
        jobs = env.find(StackJobs)
        made: list[Construct] = [one.job for one in jobs.jobs] if jobs else []
        made += [one.sweep for one in jobs.sweeps] if jobs else []
        provider = env.find(JobProvider) if providers else None
        for one in [*made, *([provider] if provider else [])]:
            found = one.node.path
            if (not path or found.startswith(f"{path}/")) and scope in one.node.scopes:
                return found
    return ""


def _is_inside_stack(scope: IConstruct, path: str) -> bool:
    from aws_cdk import Stack

    around = (one for one in scope.node.scopes if Stack.is_stack(one))
    stack = max(around, key=lambda one: len(one.node.path), default=None)
    return stack is not None and stack.node.path != path


def several(value: object) -> tuple[Any, ...]:
    """Return the items of a list, or the keys of a mapping; a single item is treated as a list of one.

    Args:
        value: one of the restrictions.
    """
    if isinstance(value, set | frozenset):
        return tuple(sorted(value, key=str))  # the order of a set differs from run to run
    return tuple(value) if isinstance(value, list | tuple | Mapping) else (value,)
