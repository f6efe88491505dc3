"""The constructs that a job was given: their accounts and Regions, and whether its stack can refer to them.

The CDK finds out at the end of the synthesis that a stack cannot refer to a resource of another one, and its
error names neither the job nor the argument.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk

from ..checks import BrokenReference, ConstructFacts
from ..checks.subject import ACCESS_LOGS, BOUNDARY, GRADER, KEY, OUTPUT
from ..contract import walk
from ..request import is_known
from .job_data import key_of, without_alias
from .network import NetworkInVpc
from .roles import ServiceRole, arn_of_policy
from .stack_env import stacks_around
from .storage import OutputBucket

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..permissions import S3Location
    from ..request.data import S3Data
    from .arguments import Arguments
    from .stack_env import StackEnv

_NAME_IT = (
    "give it a physical name, or PhysicalName.GENERATE_IF_NEEDED as its name, because it may be in another "
    "account or Region than the job"
)
_STATE_ENVS = (
    "give both stacks env=cdk.Environment(account=..., region=...): the CDK does not know whether they are "
    "in one account and Region"
)
_USE_TEXT = (
    "define both in one {}, or use it by its name or ARN: as a string, or imported into the job's stack"
)


def constructs_of(given: Arguments, read: Mapping[str, S3Data]) -> dict[str, ConstructFacts]:
    """Return the constructs of a job's arguments, by path, except keys.

    Args:
        given: the arguments.
        read: what the job reads from S3, by path.
    """
    grader, network = given.spec.customization.grader, given.network
    found: dict[str, Any] = {path: one.bucket for path, one in _data(given, read).items()}
    found |= {
        "roleArn": None if isinstance(given.role, ServiceRole) else given.role,
        GRADER: grader,
        "vpcConfig": network.vpc if isinstance(network, NetworkInVpc) else None,
        ACCESS_LOGS: given.output.access_logs if isinstance(given.output, OutputBucket) else None,
    }
    return _facts(found)


def keys_of(given: Arguments, read: Mapping[str, S3Data]) -> dict[str, ConstructFacts]:
    """Return the keys of a job that are constructs, by the path of what they encrypt.

    Args:
        given: the arguments.
        read: what the job reads from S3, by path.
    """
    keys = {KEY: given.spec.custom_model_kms_key}
    keys |= {path: key_of(one) for path, one in _data(given, read).items()}
    return _facts({path: without_alias(one) for path, one in keys.items()})


def _data(given: Arguments, read: Mapping[str, S3Data]) -> dict[str, S3Data]:
    output = given.spec.output_data
    return {**read, **({OUTPUT: output} if output else {})}


def _facts(constructs: Mapping[str, Any]) -> dict[str, ConstructFacts]:
    known: dict[
        int, ConstructFacts | None
    ] = {}  # every property is asked of Node, and data often share a bucket
    found = {}
    for path, one in constructs.items():
        if one is None or isinstance(one, str):
            continue
        if id(one) not in known:
            known[id(one)] = facts_of(one)
        if (facts := known[id(one)]) is not None:
            found[path] = facts
    return found


def facts_of(construct: Any) -> ConstructFacts | None:  # noqa: ANN401 - any resource of the CDK
    """Return where a construct belongs; None for what implements its interface in Python alone.

    Args:
        construct: a resource, which may be imported.
    """
    env = getattr(construct, "env", None)
    if env is None:
        return None
    return ConstructFacts(path=construct.node.path, account=env.account, region=env.region)


def references_of(
    env: StackEnv,
    given: Arguments,
    request: Mapping[str, Any],
    locations: Mapping[str, S3Location],
    settings: Mapping[str, str],
) -> tuple[list[BrokenReference], dict[str, str]]:
    """Return what the CDK cannot refer to, each cause once, and tokens that are dynamic references, by path.

    Args:
        env: the job's stack.
        given: the arguments.
        request: the request, as far as it is known.
        locations: what the job reads and writes, by path.
        settings: see `settings_of`.
    """
    broken: dict[tuple[str, str], BrokenReference] = {}
    dynamic: dict[str, str] = {}
    for path, text in _texts(given, request, locations, settings):
        for token in () if is_known(text) else cdk.Tokenization.reverse_string(text).tokens:
            if isinstance(token, cdk.Reference):
                if (found := broken_reference(env, path, token)) is not None:
                    broken.setdefault((found.target, found.fix), found)
            # A `Lazy` is not resolved: its value may not be final yet, and the CDK keeps the first one.
            elif isinstance(token, cdk.Intrinsic):
                value = env.stack.resolve(token)
                if isinstance(value, str) and "{{resolve:" in value:
                    dynamic[path] = value
    return list(broken.values()), dynamic


def _texts(
    given: Arguments,
    request: Mapping[str, Any],
    locations: Mapping[str, S3Location],
    settings: Mapping[str, str],
) -> Iterator[tuple[str, str]]:
    """Yield every text of a job that may refer to a construct, and its path."""
    for at, _, value in walk(request):
        if isinstance(value, str):
            yield at.path, value
    target = without_alias(given.spec.custom_model_kms_key)
    if target is not None and not isinstance(target, str):
        yield KEY, target.key_arn
    for path, one in locations.items():
        yield path, one.uri
        yield path, one.key_arn or ""
    yield from settings.items()


def settings_of(given: Arguments, locations: Mapping[str, S3Location]) -> dict[str, str]:
    """Return the texts that the template contains besides the request, by argument.

    Args:
        given: the arguments.
        locations: what the job reads and writes, by path.
    """
    role, output = given.role, given.output
    found: dict[str, object] = {"revision": given.revision, "job_arn_export_name": given.job_arn_export_name}
    found |= {path: one.uri for path, one in locations.items() if path.startswith("media_data")}
    for path, one in locations.items():
        found |= {f"{path}.bucket_owner": one.owner, f"{path}.encryption_key": one.key_arn}
    if isinstance(role, ServiceRole):
        boundary = role.permissions_boundary
        found |= {
            BOUNDARY: boundary and arn_of_policy(boundary),
            "role.role_name": role.role_name,
            "role.path": role.path,
        }
    if isinstance(output, OutputBucket):
        # The logs may be of a wrong type.
        found[ACCESS_LOGS] = getattr(output.access_logs, "bucket_name", None)
        found["output_data.only_from_vpc_id"] = output.only_from_vpc_id
    return {path: one for path, one in found.items() if isinstance(one, str)}


def broken_reference(env: StackEnv, path: str, reference: cdk.Reference) -> BrokenReference | None:
    """Return why the CDK would refuse a reference; None where it would not.

    Args:
        env: the stack that refers.
        path: where the reference is.
        reference: the reference.
    """
    ours, theirs = (stacks_around(one)[-1] for one in (env.stack, cdk.Stack.of(reference.target)))
    if theirs is ours:
        return None
    try:
        resolved = env.stack.resolve(reference)
    except RuntimeError as error:
        if "cross-environment" not in str(error):
            raise
        target = reference.target.node.path.removesuffix("/Resource")
        return BrokenReference(path=path, target=target, fix=_NAME_IT)
    if not (isinstance(resolved, dict) and resolved.keys() & {"Ref", "Fn::GetAtt"}):
        return None  # a physical name, which needs no reference
    fix = ""
    if theirs.node.root is not ours.node.root:
        fix = _USE_TEXT.format("app")
    elif cdk.Stage.of(theirs) is not cdk.Stage.of(ours):
        fix = _USE_TEXT.format("stage")
    else:
        fix = _refused_import(ours, theirs)
    return BrokenReference(path=path, target=theirs.node.path, fix=fix) if fix else None


def _refused_import(ours: cdk.Stack, theirs: cdk.Stack) -> str:
    """Return what to do where the CDK makes no reference between two stacks of a stage; "" where it does."""
    if _same(ours.account, theirs.account) and _same(ours.region, theirs.region):
        return ""
    return "" if is_known(ours.region) and is_known(theirs.region) else _STATE_ENVS


def _same(one: str, other: str) -> bool:
    """Return whether accounts or Regions are equal; what no stack states counts as one."""
    return one == other or not (is_known(one) or is_known(other))
