"""A job of the CDK as `checks` sees it; what is found, in the words of whoever wrote it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from constructs_lib.checks import RoleFacts, Subject, check
from constructs_lib.checks.subject import MADE, OUTPUT
from constructs_lib.findings import InvalidJob
from constructs_lib.job.data import inputs_by_path, location
from constructs_lib.job.options import OutputBucket, ServiceRole
from constructs_lib.request import OnDelete, to_request
from constructs_lib.request.fields import typed_path
from constructs_lib.request.numbers import with_exact_numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from constructs import Construct

    from constructs_lib.findings import Finding
    from constructs_lib.job.arguments import Arguments
    from constructs_lib.job.data import Copies
    from constructs_lib.job.stack_env import StackEnv
    from constructs_lib.request.reading import Document

_TOP = re.compile(r"[.\[]")


def check_job(job: Construct, path: str, env: StackEnv, given: Arguments, copies: Copies) -> list[Finding]:
    """Stop the synthesis where anything is wrong; return what is only worth a warning or a note.

    Args:
        job: the construct.
        path: its path in the app.
        env: its stack.
        given: its arguments.
        copies: its local files, as they will be uploaded.

    Raises:
        InvalidJob: With everything that is wrong.
    """
    subject = subject_of(job, env, given, copies)
    found = in_words_of_author(check(subject, given.checks), given.document, subject.request)
    errors = [one for one in found if one.severity == "error"]
    if errors:
        raise InvalidJob(where(path, given.document), errors)
    return found


def where(path: str, document: Document | None) -> str:
    """Return what an error calls a job: its path, and its file where it has one."""
    return f"{path} ({document.name})" if document and document.name else path


def subject_of(job: Construct, env: StackEnv, given: Arguments, copies: Copies) -> Subject:
    """Return everything that the rules need to know of a job of the CDK; see `check_job`."""
    spec, role, network = given.spec, given.role, given.network
    facts = network.facts(job) if network else None
    request = to_request(spec)
    if facts and facts.config:
        request["vpcConfig"] = facts.config
    if isinstance(role, str):
        request["roleArn"] = role
    elif role is not None and not isinstance(role, ServiceRole):
        request["roleArn"] = role.role_arn
    parameters = spec.customization.hyper_parameters
    return Subject(
        request=request,
        region=env.region,
        account=env.account,
        catalog=given.catalog,
        inputs={where: location(data) for where, data in inputs_by_path(spec, given.media).items()},
        output=location(spec.output_data) if spec.output_data else None,
        files=copies.by_request_path,
        made=(*MADE, *(facts.made if facts else ())),
        makes_role=role is None or isinstance(role, ServiceRole),
        role=_role(env, role),
        network=facts,
        has_foreign_key=has_foreign_key(given),
        has_key_without_bedrock=lacks_bedrock(env, given),
        is_base_trained_here=is_trained_here(spec.base_model.model_id),
        retained_in=retained_in(network) if network and given.on_delete is OnDelete.RETAIN else "",
        other_stack_provider=_other_stack(env, given),
        output_vpc_id=given.output.only_from_vpc_id if isinstance(given.output, OutputBucket) else None,
        repeated_hyper_parameters=parameters.repeated() if parameters else (),
        max_training_tokens=given.max_training_tokens,
        found=[*given.found, *copies.found],
    )


def _role(env: StackEnv, role: Any) -> RoleFacts:  # noqa: ANN401 - what the constructor takes
    if isinstance(role, iam.Role) and role.assume_role_policy is not None:
        return RoleFacts(path=role.node.path, trust=env.stack.resolve(role.assume_role_policy))
    boundary = role.permissions_boundary if isinstance(role, ServiceRole) else None
    return RoleFacts(boundary_arn=boundary.managed_policy_arn if boundary else None)


def in_words_of_author(
    findings: Iterable[Finding], document: Document | None, request: Mapping[str, Any]
) -> list[Finding]:
    """Return findings with the names that the job's author wrote.

    The author of a job file reads the API's names, with file and line; who wrote keyword arguments reads
    theirs. Where both are used, the file speaks for every field that it still decides.

    Args:
        findings: with paths in the API's words.
        document: the job file, or the request that was given as a mapping. None where there is none.
        request: the request of the job, arguments included.
    """
    asked = with_exact_numbers(document.request) if document else {}
    return [_named(one, document, asked, request) for one in findings]


def _named(
    finding: Finding, document: Document | None, asked: Mapping[str, Any], request: Mapping[str, Any]
) -> Finding:
    if finding.file:
        return finding
    top = _TOP.split(finding.path)[0]
    if document is not None and asked.get(top) == request.get(top):
        return document.located(finding) if document.name else finding
    return replace(finding, path=typed_path(finding.path))


def warn(job: Construct, findings: Iterable[Finding]) -> None:
    """Report findings that stop nothing, with ids that `Annotations.of(job).acknowledge_warning` takes."""
    annotations = cdk.Annotations.of(job)
    for one in findings:
        add = annotations.add_info_v2 if one.severity == "note" else annotations.add_warning_v2
        add(one.id, str(one))


_ = OUTPUT
