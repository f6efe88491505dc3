"""Values that a template cannot contain: intrinsic functions, dynamic references, tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ...contract import default_model, violations
from ...findings import Described, error
from ...request.tokens import is_known, literal
from ..rule import rule
from ..subject import is_below
from . import customization, data, network, role
from . import key as keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ...contract import ValuePath
    from ...findings import Finding
    from ..subject import BrokenReference, Subject

IN_VPC = "vpcConfig."
"""The path of what only the policies of a role that is made are made from."""

_SECURE = "{{resolve:ssm-secure:"
_SECURE_RULE = "must not contain an ssm-secure reference, which CloudFormation does not resolve here"
_SECURE_FIX = "use {{resolve:ssm:...}} or {{resolve:secretsmanager:...}}"


def unknown_parts(parts: Iterable[tuple[ValuePath, str, object]]) -> Iterator[tuple[ValuePath, str]]:
    """Yield the structures, maps and lists of a request that are tokens: path and type.

    Args:
        parts: all parts of the request; see `walk`.
    """
    for at, shape, value in parts:
        kind = default_model().shape(shape)["type"]
        is_token = not is_known(value) and not (kind != "list" and isinstance(value, Mapping))
        if kind in ("structure", "map", "list") and is_token:
            yield at, kind


@rule("unknown-at-synth", "A structure, a map or a list of the request is a token as a whole.")
def unknown_at_synth(subject: Subject) -> Iterator[Finding]:
    """Report structures and lists that are tokens: permissions depend on their members."""
    rule = "must be known at synthesis, because permissions are made from its members"
    got = Described("a token")
    for at, kind in unknown_parts(subject.parts):
        if kind != "list":
            yield at.error("unknown-at-synth", rule, got, "write its members, with tokens inside")
        elif subject.role_is_made or not at.path.startswith(IN_VPC):
            fix = "write [cdk.Fn.select(0, list), cdk.Fn.select(1, list)]"
            yield at.error("unknown-at-synth", rule, got, fix)


@rule("intrinsic-key", "A key of a map would be read as an intrinsic function.")
def intrinsic_keys(subject: Subject) -> Iterator[Finding]:
    """Report keys that CloudFormation would read as intrinsic functions."""
    for at, shape, value in subject.parts:
        is_map = default_model().shape(shape)["type"] == "map"
        for key in map(str, value) if is_map and isinstance(value, Mapping) else ():
            if key in ("Ref", "Condition") or key.startswith("Fn::"):
                rule = "must not be a key, because CloudFormation would read the map as an intrinsic function"
                fix = "choose another key; a value may hold a token of the CDK"
                yield at.entry_key(key).error("intrinsic-key", rule, key, fix)


@rule("cross-stack-reference", "The job's stack cannot refer to a construct of another stack.")
def references(subject: Subject) -> Iterator[Finding]:
    """Report references that the CDK would refuse at the end of the synthesis, without naming the job."""
    finders = (
        role.account,
        keys.regions,
        customization.called,
        data.bucket_regions,
        data.access_logs,
        network.region,
    )
    refused = {one.path for find in finders for one in find(subject)}
    for one in subject.broken_references:
        if not is_below(one.path, refused):
            yield cannot_refer(one)


def cannot_refer(broken: BrokenReference) -> Finding:
    """Return the error about a reference that the CDK would refuse.

    Args:
        broken: the reference.
    """
    rule = "must be something that the job's stack can refer to"
    return error("cross-stack-reference", broken.path, rule, Described(broken.target), broken.fix)


@rule("ssm-secure", "A value holds an ssm-secure reference, which a custom resource cannot resolve.")
def secure_references(subject: Subject) -> Iterator[Finding]:
    """Report dynamic references that CloudFormation does not resolve in a custom resource."""
    for at, _, value in subject.parts:
        if isinstance(value, str) and _SECURE in value:
            yield at.error("ssm-secure", _SECURE_RULE, value, _SECURE_FIX)
    for path, text in (*subject.settings.items(), *subject.dynamic_references.items()):
        if _SECURE in text:
            yield error("ssm-secure", path, _SECURE_RULE, text, _SECURE_FIX)


@rule("deploy-time-uri-form", "The known part of a URI with tokens cannot belong to a valid URI.")
def known_part_of_uris(subject: Subject) -> Iterator[Finding]:
    """Report a URI with tokens that is not valid for any value of the tokens."""
    for at, shape, value in subject.parts:
        if shape != "S3Uri" or not isinstance(value, str) or is_known(value):
            continue
        if value.startswith("s3://"):
            guesses = [[*violations(literal(value, stand_in), "S3Uri")] for stand_in in ("aaa", "")]
            if all(guesses):
                yield at.error("deploy-time-uri-form", guesses[0][0].rule, value, guesses[0][0].fix)
