"""A validation plugin of the CDK that checks the jobs in all templates of an app."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import aws_cdk as cdk
import jsii

from ..catalog import Catalog
from ..checks import RULES, Checks, Subject, check
from ..checks.rules.policy import RESTRICTIONS, tag_findings
from ..checks.subject import MADE
from ..contract.replacement import TAG_FIELDS
from ..distribution import NAME, installed_version
from ..findings import PREFIX, InvalidJob, printable
from .cloud_assembly import assembled_stacks, read_json
from .defaults import CustomizationDefaults
from .exports import REF
from .stack_env import StackEnv
from .stack_jobs import StackJobs
from .template_jobs import jobs_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from aws_cdk import aws_bedrock as bedrock

    from ..findings import Finding
    from ..request import BaseModel
    from .cloud_assembly import AssembledStack
    from .stack_jobs import DefinedJob, DefinedSweep
    from .template_jobs import TemplateJob

_OVERRULE = "ModelCustomizationValidation(checks=Checks(overrides={{'{name}': 'warn'}}))"
_RULES_OF_CONSTRUCT = ("deploy-time-location", "deploy-time-uri", "deploy-time-teacher", "unknown-at-synth")
"""Rules about the policies and the function of the construct, which another custom resource does not have."""

_SEVERITIES = {"error": "error", "warning": "warning", "note": "info"}


@jsii.implements(cdk.IPolicyValidationPlugin)
class ModelCustomizationValidation:
    """Checks the jobs in all templates of an app or a stage, also those in hand-written custom resources.

        cdk.Validations.of(app).add_plugins(ModelCustomizationValidation())

    The rules are those of `ModelCustomizationJob`; an intrinsic function is a value that only the deployment
    knows. Errors fail the synthesis. Jobs of the construct keep their own `checks` and `catalog`, and only
    errors are reported for them: the construct has reported everything else.

    Args:
        checks: how serious each rule is. Default: as docs/checks.md lists it.
        catalog: what is documented of models. Default: the catalogue of this library.
        region: the Region of stacks that do not state theirs. Default: not known.
        account: the account of stacks that do not state theirs. Default: not known.
        allowed_base_models: as for `CustomizationDefaults`; so are the other restrictions.
        allowed_regions: the Regions that jobs may run in. Default: all.
        required_tags: keys of tags that each job must have. Default: none.
        max_training_tokens: the most tokens that a job may train with. Default: no limit.

    Raises:
        InvalidJob: a restriction is not possible; the error lists every problem.
    """

    def __init__(
        self,
        *,
        checks: Checks | None = None,
        catalog: Catalog | None = None,
        region: str | None = None,
        account: str | None = None,
        allowed_base_models: Sequence[BaseModel | bedrock.IModel | str] | None = None,
        allowed_regions: Sequence[str] | None = None,
        required_tags: Sequence[str] | Mapping[str, str | Sequence[str] | None] | None = None,
        max_training_tokens: int | None = None,
    ) -> None:
        try:
            given = CustomizationDefaults(
                checks=checks,
                catalog=catalog,
                allowed_base_models=allowed_base_models,
                allowed_regions=allowed_regions,
                required_tags=required_tags,
                max_training_tokens=max_training_tokens,
            )
        except InvalidJob as problem:
            raise InvalidJob(type(self).__name__, problem.findings) from None
        self._checks, self._catalog = checks or Checks.strict(), catalog or Catalog.default()
        self._region, self._account = region, account
        self._restrictions = [given.restrictions(type(self).__name__)]
        self._most_tokens = max_training_tokens

    @property
    def name(self) -> str:
        """The name in reports and in the ids of acknowledgements."""
        return NAME

    @property
    def version(self) -> str | None:
        """The version of this library."""
        return installed_version()

    @property
    def rule_ids(self) -> list[str]:
        """The ids of all rules."""
        return [f"{PREFIX}{name}" for name in sorted(RULES)]

    def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        """Return what is wrong with the jobs in the templates.

        Args:
            context: the templates.
        """
        defined: dict[tuple[Path, str], DefinedJob | DefinedSweep] | None = None
        violations: dict[tuple[object, ...], cdk.PolicyViolation] = {}
        is_valid = True
        stacks = list(assembled_stacks(context.template_paths))
        templates = {one.resolve() for stack in stacks for one in stack.templates}
        for found in stacks:
            stack = replace(
                found, region=found.region or self._region, account=found.account or self._account
            )
            for template in stack.templates:
                for job in jobs_in(read_json(template), stack.pseudo_parameters):
                    if job.is_of_construct and defined is None:
                        defined = _defined_jobs(templates)
                    of_construct = (defined or {}).get((template.resolve(), job.logical_id))
                    for one in self._findings(job, of_construct, stack):
                        # What all trials of a sweep have in common is found once.
                        key = (template, job.logical_id, *job.location(one.path), str(one))
                        violations.setdefault(key, _violation(one, job, template))
                        is_valid = is_valid and one.severity != "error"
        return cdk.PolicyValidationPluginReport(
            success=is_valid, violations=[*violations.values()], plugin_version=self.version
        )

    def _findings(
        self, job: TemplateJob, of_construct: DefinedJob | DefinedSweep | None, stack: AssembledStack
    ) -> Iterator[Finding]:
        subject = Subject(
            request=job.request,
            region=stack.region,
            account=stack.account,
            catalog=of_construct.catalog if of_construct else self._catalog,
            restrictions=self._restrictions,
            # What depends on the role, or on the keys of the app, is known only to who made them.
            makes_role=False,
            has_foreign_key=False,
            made=() if job.is_complete else MADE,
        )
        most = self._most_tokens
        if most is not None and job.limit is not None:
            subject = replace(subject, is_limited_at_deployment=job.limit <= most)
        if of_construct is None or most is not None:  # the construct has read its files already
            uploaded = {path: file for path, uri in subject.data.items() if (file := stack.file(uri))}
            subject = replace(subject, files=uploaded)
        found = check(subject, of_construct.checks if of_construct else self._checks, overrule=_OVERRULE)
        tags = {name: _tags(job.request.get(name)) for name in TAG_FIELDS}
        for one in [*found, *tag_findings(self._restrictions, tags, inherits=of_construct is not None)]:
            if one.name not in _RULES_OF_CONSTRUCT and (of_construct is None or one.severity == "error"):
                yield one


def _tags(tags: object) -> dict[str, object]:
    listed = tags if isinstance(tags, list) else ()
    found = (one for one in listed if isinstance(one, dict) and isinstance(one.get("key"), str))
    return {one["key"]: one.get("value") for one in found}


def _defined_jobs(templates: Collection[Path]) -> dict[tuple[Path, str], DefinedJob | DefinedSweep]:
    """Return the jobs and sweeps of this process in some templates, by template and logical id.

    No other stack is asked for anything: a process may define thousands (the tests of a company), among them
    some that cannot be resolved, and with jsii 1.140 a callback fails after some 3,000 calls.
    """
    found: dict[tuple[Path, str], DefinedJob | DefinedSweep] = {}
    for env in StackEnv.all():
        jobs = env.find(StackJobs)
        template = jobs.template if jobs else None
        if jobs and template and template in templates:
            here: list[DefinedJob | DefinedSweep] = [*jobs.jobs, *jobs.sweeps]
            refs = env.stack.resolve([one.ref for one in here])
            found |= {(template, ref[REF]): one for ref, one in zip(refs, here, strict=True)}
    return found


def _violation(finding: Finding, job: TemplateJob, template: Path) -> cdk.PolicyViolation:
    resource = cdk.PolicyViolatingResource(
        resource_logical_id=job.logical_id,
        template_path=str(template),
        locations=job.location(finding.path),
    )
    # A restriction is fatal to the CDK, so that no acknowledgement hides it.
    is_restriction = finding.severity == "error" and finding.name in RESTRICTIONS
    return cdk.PolicyViolation(
        rule_name=finding.id,
        description=str(finding).partition(f"; {printable(finding.fix)}")[0],
        fix=f"{printable(finding.fix)}{f'. To overrule: {finding.overrule}' if finding.overrule else ''}",
        severity="fatal" if is_restriction else _SEVERITIES[finding.severity],
        violating_resources=[resource],
        rule_metadata={"source": finding.source} if finding.source else None,
    )
