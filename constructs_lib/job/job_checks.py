"""Checks a job of the CDK, and reports findings with the names that the job's author used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from os import PathLike
from typing import TYPE_CHECKING, Any

from aws_cdk import aws_iam as iam

from ..catalog import Catalog
from ..checks import Checks, RoleFacts, Subject, check
from ..checks.subject import MADE, OUTPUT
from ..contract import REQUEST, default_model
from ..findings import InvalidJob, in_file_order
from ..request import to_request
from ..request.fields import typed_path
from ..request.hyper_parameters import with_exact_numbers
from ..request.reading import Document, read_file
from ..request.tokens import is_known
from .argument_types import wrong_type
from .defaults import defaults_of
from .job_data import inputs_by_path, location
from .outputs import has_foreign_key, lacks_bedrock
from .references import constructs_of, keys_of, references_of, settings_of
from .request_arguments import is_valid
from .roles import ServiceRole, arn_of_policy, trust_policy_of
from .stack_env import StackEnv
from .stack_jobs import is_trained_here
from .storage import OutputBucket

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from constructs import Construct

    from ..checks import NetworkFacts
    from ..datasets import FileCopy
    from ..findings import Finding
    from ..request import JobSpec
    from ..request.reading import Source
    from .arguments import Arguments
    from .asset import Copies

_TOP = re.compile(r"[.\[]")


def check_job(job: Construct, path: str, subject: Subject, given: Arguments) -> list[Finding]:
    """Raise all errors of a job together; return its warnings and notes.

    Args:
        job: the construct.
        path: its path in the app.
        subject: what is known of it; see `subject_of`.
        given: its arguments.

    Raises:
        InvalidJob: the job is not valid; the error lists every problem, and the construct is removed.
    """
    found = with_names_of_author(check(subject, given.checks), given.document, subject.request)
    raise_errors(job, where(path, given.document), found)
    return found


def raise_errors(construct: Construct, name: str, found: Sequence[Finding]) -> None:
    """Raise all errors among findings together.

    Args:
        construct: what they are about; it is removed.
        name: how the error names it.
        found: the findings.

    Raises:
        InvalidJob: there are errors.
    """
    if any(one.severity == "error" for one in found):
        # An empty construct would keep the corrected cell of a notebook from using the same id.
        if construct.node.scope:
            construct.node.scope.node.try_remove_child(construct.node.id)
        raise InvalidJob(name, found)


def where(path: str, document: Document | None) -> str:
    """Return how an error names a job: its path, and its file where it has one."""
    return f"{path} ({document.name})" if document and document.name else path


def subject_of(job: Construct, env: StackEnv, given: Arguments, copies: Copies) -> Subject:
    """Return everything that the rules need to know of a job of the CDK.

    Args:
        job: the construct.
        env: its stack.
        given: its arguments.
        copies: its local files, as they will be uploaded.
    """
    spec, role, network, provider = given.spec, given.role, given.network, given.provider
    facts = network.facts(job) if network else None
    read = inputs_by_path(spec, given.media)
    uploaded = {path: one for path, one in spec.data.items() if one.path and one.encryption_key}
    request, keys = _request(given, facts), keys_of(given, {**read, **uploaded})
    inputs = {path: location(data) for path, data in read.items()}
    output = location(spec.output_data) if spec.output_data else None
    locations = {**inputs, **({OUTPUT: output} if output else {})}
    settings = settings_of(given, locations)
    broken, dynamic = references_of(env, given, request, locations, settings)
    parameters = spec.customization.hyper_parameters
    return Subject(
        request=request,
        region=env.region,
        account=env.account,
        catalog=given.catalog,
        inputs=inputs,
        output=output,
        constructs=constructs_of(given, read),
        keys_of_files={path: str(location(one).key_arn) for path, one in uploaded.items()},
        keys_of_constructs=keys,
        broken_references=broken,
        dynamic_references=dynamic,
        settings=settings,
        files=_files(spec, copies),
        made=(*MADE, "vpcConfig.securityGroupIds") if facts and facts.makes_security_group else MADE,
        makes_role=role is None or isinstance(role, ServiceRole),
        role=_role(env, role),
        network=facts,
        has_foreign_key=has_foreign_key(spec, env, read.values()),
        has_key_without_bedrock=lacks_bedrock(spec, env),
        is_base_trained_here=is_trained_here(spec.base_model.model_id),
        other_stack_provider=provider.node.path if provider and provider.home is not env.stack else "",
        output_vpc_id=given.output.only_from_vpc_id if isinstance(given.output, OutputBucket) else None,
        repeated_hyper_parameters=parameters.repeated() if parameters else (),
        max_training_tokens=given.max_training_tokens,
        is_limited_at_deployment=True,
        restrictions=given.restrictions,
        found=[*given.found, *copies.found],
    )


def _request(given: Arguments, network: NetworkFacts | None) -> dict[str, Any]:
    """Return the request as far as it is known before anything is made."""
    request, role, document = to_request(given.spec), given.role, given.document
    if network and network.config:
        request["vpcConfig"] = network.config
    if role is not None and not isinstance(role, ServiceRole):
        request["roleArn"] = role if isinstance(role, str) else role.role_arn
    if document and "clientRequestToken" in document.request:
        request["clientRequestToken"] = document.request["clientRequestToken"]
    return request


def _files(spec: JobSpec, copies: Copies) -> dict[str, FileCopy]:
    files = {path: one.path for path, one in spec.data.items() if one.path is not None}
    return {path: copies.by_path[file] for path, file in files.items() if file in copies.by_path}


def _role(env: StackEnv, role: object) -> RoleFacts:
    if isinstance(role, iam.Role):
        return RoleFacts(path=role.node.path, trust=trust_policy_of(role, env))
    boundary = role.permissions_boundary if isinstance(role, ServiceRole) else None
    return RoleFacts(boundary_arn=arn_of_policy(boundary) if boundary else None)


def with_names_of_author(
    findings: Iterable[Finding], document: Document | None, request: Mapping[str, Any]
) -> list[Finding]:
    """Return findings with the names that the job's author used.

    A field of a job file gets the API's name, with file and line; a keyword argument gets its own name. Where
    both are used, a field counts as one of the file if its value comes from there.

    Args:
        findings: with paths that have the API's names.
        document: the job file, or the request that was given as a mapping. None where there is none.
        request: the request of the job, arguments included.
    """
    written = with_exact_numbers(document.request) if document else {}
    named = (_named(one, document, written, request) for one in findings)
    return in_file_order(named, document.name if document else "")


def _named(
    finding: Finding, document: Document | None, written: Mapping[str, Any], request: Mapping[str, Any]
) -> Finding:
    if finding.file:
        return finding
    top = _TOP.split(finding.path)[0]
    is_of_request = top in written or top in default_model().shape(REQUEST)["members"]
    if document is not None and is_of_request and written.get(top) == request.get(top):
        return document.located(finding) if document.name else finding
    return replace(finding, path=typed_path(finding.path))


def document_of(request: Source) -> Document:
    """Return a request with the positions of its parts; a mapping has none.

    Args:
        request: a mapping in the API's casing, or the path of a job file.
    """
    if isinstance(request, Mapping):
        return Document(name="", request=dict(request))
    if isinstance(request, str | PathLike) and is_known(request):
        return read_file(request)
    rule = "must be a request, as a mapping in the API's casing or as the path of a job file"
    found = wrong_type("request", rule, request, "write 'job.yaml'")
    return Document(name="", findings=(found,))


def check_document(scope: Construct, path: str, document: Document, overrides: Mapping[str, Any]) -> None:
    """Raise all errors of a request that cannot be converted to arguments.

    Any other request is checked by the constructor, together with the arguments that override it.

    Args:
        scope: the construct around the job.
        path: the job's path in the app.
        document: the request.
        overrides: keyword arguments of the constructor.

    Raises:
        InvalidJob: the job is not valid; the error lists every problem.
    """
    if not document.findings and is_valid(document.request, MADE):
        return
    defaults = defaults_of(scope)
    given = {**defaults.values, **{name: one for name, one in overrides.items() if one is not None}}
    env, checks, catalog = StackEnv.of(scope), given.get("checks"), given.get("catalog")
    subject = Subject(
        request=document.request,
        region=env.region,
        account=env.account,
        catalog=catalog if isinstance(catalog, Catalog) else Catalog.default(),
        restrictions=defaults.restrictions,
        found=document.findings,
    )
    found = check(subject, checks if isinstance(checks, Checks) else None)
    found = list(document.findings) if document.is_unreadable else found
    raise InvalidJob(where(path, document), with_names_of_author(found, document, subject.request))
