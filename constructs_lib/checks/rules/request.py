"""The rules of Bedrock's service model, and what it allows but no request may contain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ...contract import default_model, safeguards, violations
from ...contract.rules import SUMMARIES as SERVICE_MODEL
from ...contract.safeguards import SUMMARIES as SAFEGUARDS
from ...findings import NOT_SHOWN, NOTHING, Described, Finding, error, warning
from ...permissions import BOUNDARY, FUNCTION, KEY, MODEL, NETWORK_ID, ROLE, exact_problems
from ...request.data import FILE
from ...request.tokens import (
    has_misplaced_token,
    is_known,
    is_of_the_cdk,
    is_placeholder,
    literal,
)
from ..request_fixes import with_fix
from ..rule import register, rule
from ..subject import BASE, GRADER, TEACHER, is_below
from ..subject import BOUNDARY as BOUNDARY_PATH

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from ..subject import Subject

_TEXT_RULE = (
    "must not contain a list, a number or an object of the CDK, whose value is not known inside a text"
)
_TEXT_FIX = (
    "use cdk.Fn.select(0, list), cdk.Tokenization.stringify_number(number), or an attribute such as "
    "bucket.bucket_name"
)
_RESOURCE_KINDS = {BASE: MODEL, TEACHER: MODEL, GRADER: FUNCTION, "roleArn": ROLE}

register(SERVICE_MODEL)
register(SAFEGUARDS)
register(
    {
        "token-in-text": "A text contains a list, a number or an object of the CDK, or a list is one value.",
        "deploy-time-key": "A key of a map is known only at deployment.",
    }
)


def model_findings(request: object, made: Collection[str]) -> Iterator[Finding]:
    """Yield what the service model rejects, except what is made and local files, which are uploaded.

    Args:
        request: a request with the API's names.
        made: the paths of what may be absent.
    """
    for one in violations(request, is_known=is_known):
        is_absent = one.got is NOTHING and one.path in made
        is_local = one.path.endswith("s3Uri") and str(one.got).startswith(FILE)
        if not is_absent and not is_local:
            yield one


def misplaced_tokens(subject: Subject) -> Iterator[Finding]:
    """Yield tokens where the CDK does not resolve them, or where they resolve to something else."""
    lists: set[str] = set()
    for at, shape, value in subject.parts:
        if is_below(at.path, lists):
            continue
        kind = default_model().shape(shape)["type"]
        if isinstance(value, list | tuple) and not is_known(value):
            lists.add(at.path)
        if isinstance(value, str) and has_misplaced_token(value):
            yield at.error("token-in-text", _TEXT_RULE, NOT_SHOWN, _TEXT_FIX)
        elif at.path in lists and kind not in ("list", "structure", "map"):
            got, fix = Described("the token of a list"), "use cdk.Fn.select(0, list)"
            yield at.error("token-in-text", "must be one value", got, fix)
        for key in value if kind == "map" and isinstance(value, Mapping) else ():
            is_text = isinstance(key, str)
            is_known_later = is_text and is_placeholder(key)
            if (not is_known(key) or is_of_the_cdk(key)) and not is_known_later:
                rule = "must have keys that are known at synthesis, because a template has no token as a key"
                got = key if is_text else Described("an object of the CDK")
                yield at.error("deploy-time-key", rule, got, "write the key; its value may be a token")
    for path, text in subject.settings.items():
        if has_misplaced_token(text):
            yield error("token-in-text", path, _TEXT_RULE, NOT_SHOWN, _TEXT_FIX)


def request_findings(subject: Subject) -> Iterator[Finding]:
    """Yield what the service model rejects, and what is unsafe in a policy; `check` calls it first.

    A value is reported once, even where it breaks several rules of the model.
    """
    refused: set[str] = set()
    for one in misplaced_tokens(subject):
        if one.path not in refused:
            refused.add(one.path)
            yield one
    for one in model_findings(subject.request, subject.made):
        if not is_below(one.path, refused):
            refused.add(one.path)
            if one.name == "request-type" and one.path.startswith("hyperParameters."):
                # A number may be written, although a string is sent.
                rule, fix = "must be a finite number or a string", "write a number, or the exact text to send"
                yield replace(one, rule=rule, fix=fix)
            else:
                yield with_fix(one)
    for one in safeguards(subject.request, literal=literal):
        if one.path not in refused:
            refused.add(one.path)
            yield one


@rule("exact-name", "A value that is used in a policy does not name exactly one resource.")
def exact_names(subject: Subject) -> Iterator[Finding]:
    """Report values that do not name exactly one resource."""
    named = [(path, subject.get(path), kind) for path, kind in _RESOURCE_KINDS.items()]
    named += [(path, key, KEY) for path, key in subject.keys.items()]
    named += [
        (BOUNDARY_PATH, subject.role.boundary_arn, BOUNDARY),
        ("output_data.only_from_vpc_id", subject.output_vpc_id, NETWORK_ID),
    ]
    for path, value, kind in named:
        if isinstance(value, str):
            yield from exact_problems(path, value, kind)


@rule("client-request-token", "The request has a client token, which is not sent.", "warning")
def client_request_token(subject: Subject) -> Iterator[Finding]:
    """Report a client token: the function makes its own, so that a repeated event starts no second job."""
    if "clientRequestToken" in subject.request:
        text = "is not sent: the function makes its own, so that a repeated event starts no second job"
        yield warning("client-request-token", "clientRequestToken", text, NOT_SHOWN, "leave it out")


@rule("provider-stack", "A job has a provider of another stack.")
def provider(subject: Subject) -> Iterator[Finding]:
    """Report a provider whose function serves another stack."""
    if subject.other_stack_provider:
        rule = "must be a provider of the job's own stack, because its function serves no other"
        fix = "create a JobProvider in the job's stack, or leave provider out"
        yield error("provider-stack", "provider", rule, subject.other_stack_provider, fix)
