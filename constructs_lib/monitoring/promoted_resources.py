"""What a stack has with a promotion policy: published models and deployments, and their stores."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from ..contract.promotion import (
    BAKE_MEMBER,
    BUCKET_MEMBER,
    CONDITIONS_MEMBER,
    PREFIX_MEMBER,
    PROMOTION_PROPERTY,
    STATE_MACHINE_MEMBER,
    STORE_MEMBER,
    TYPE_MEMBER,
    WHEN_UNSURE_MEMBER,
)
from ..contract.resource import DEPLOYMENT_TYPE, FOLLOW_PROPERTY, JOB_PROPERTY, PUBLISHED_MODEL_TYPE
from ..deployment.aws_calls import AwsCallError
from ..deployment.deployed_stacks import described_stack, stack_resources, stack_status, stack_template
from ..deployment.synthesized_stacks import NESTED_STACK
from .job_targets import NoJobError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..deployment.aws_calls import Client
    from ..deployment.deployed_stacks import StackResource
    from .aws_access import AwsAccess

DEFINE_POLICY = "define one with promote_if= of publish_model_arn or CustomModelDeployment"
"""What to do where there is no promotion policy."""

_DEEPEST = 20
_NOT_CREATED = (
    "not-created/"  # how the function's id of a parameter or a deployment begins that never existed
)
_S3 = "s3://"


class Kind(StrEnum):
    """What serves the model."""

    PARAMETER = "parameter"
    DEPLOYMENT = "deployment"


_KINDS = {PUBLISHED_MODEL_TYPE: Kind.PARAMETER, DEPLOYMENT_TYPE: Kind.DEPLOYMENT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What decides about a new model, as the template says it.

    Args:
        conditions: the types of the conditions, in the order in which they are asked.
        when_unsure: what an unsure answer means. Default: what serves is kept.
        has_state_machine: whether a state machine asks again and again.
        has_bake: whether alarms may take the model back after the swap.
    """

    conditions: Sequence[str] = ()
    when_unsure: str = ""
    has_state_machine: bool = False
    has_bake: bool = False

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Policy:
        """Return the policy in a template, whatever is in it.

        Args:
            found: the property of the resource.
        """
        conditions = found.get(CONDITIONS_MEMBER)
        listed = conditions if isinstance(conditions, list) else []
        return cls(
            conditions=[str(one.get(TYPE_MEMBER)) for one in listed if isinstance(one, Mapping)],
            when_unsure=str(found.get(WHEN_UNSURE_MEMBER, "")),
            has_state_machine=bool(found.get(STATE_MACHINE_MEMBER)),
            has_bake=bool(found.get(BAKE_MEMBER)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotedResource:
    """A published model or a deployment with a promotion policy.

    Args:
        stack: the name of the stack.
        stack_id: the ARN of the stack, or of the nested stack that the resource is in.
        stack_status: CloudFormation's word for the status of the stack.
        resource: the logical id; in a nested stack after that stack's logical id and a slash.
        kind: what it is.
        physical_id: the name of the parameter or of the deployment; "" while it has none.
        job: the logical id of the job's resource.
        job_arn: the ARN of the resource's current job; "" while it has none.
        bucket: the bucket with its records.
        prefix: what the keys of its records begin with; with a slash at its end.
        policy: what decides.
    """

    stack: str
    stack_id: str
    stack_status: str
    resource: str
    kind: Kind
    physical_id: str
    job: str
    job_arn: str
    bucket: str
    prefix: str
    policy: Policy = field(default_factory=Policy)

    @property
    def account(self) -> str:
        """The account of the stack, which owns the bucket."""
        return self.stack_id.split(":")[4]


class NoPromotionError(NoJobError):
    """A stack has nothing with a promotion policy."""


def promoted_resources(access: AwsAccess, stack: str, resource: str | None = None) -> list[PromotedResource]:
    """Return what a stack and its nested stacks have with a promotion policy, in CloudFormation's order.

    Args:
        access: the AWS that is asked.
        stack: the stack's name or ARN.
        resource: only the one with this logical id, or with the first letters that only it has. Default: all.

    Raises:
        NoPromotionError: there is no such stack, or nothing in it has a promotion policy.
        AwsCallError: CloudFormation cannot be asked.
    """
    cloudformation = access.shared_client("cloudformation")
    status, stack_id = stack_status(cloudformation, stack)
    if not stack_id or status == "DELETE_COMPLETE":
        raise NoPromotionError(
            f"There is no stack {stack} in {access.where}; check its name, --region and --profile."
        )
    name = stack_id.rpartition(":stack/")[2].partition("/")[0]
    found = list(_resources(cloudformation, (name, stack_id, status), "", 0))
    if not found:
        raise NoPromotionError(
            f"Nothing in the stack {name} ({status}) has a promotion policy; {DEFINE_POLICY}."
        )
    if resource is None:
        return found
    alike = [one for one in found if one.resource == resource] or [
        one for one in found if one.resource.startswith(resource)
    ]
    if len(alike) != 1:
        listed = ", ".join(one.resource for one in found)
        what = f"no resource {resource}" if not alike else f"more than one resource {resource}"
        raise NoPromotionError(f"The stack {name} has {what} with a promotion policy, but {listed}.")
    return alike


def _resources(
    cloudformation: Client, stack: tuple[str, str, str], path: str, depth: int
) -> Iterator[PromotedResource]:
    name, stack_id, status = stack
    listed = list(stack_resources(cloudformation, stack_id))
    if any(one.type in _KINDS for one in listed):
        template = stack_template(cloudformation, stack_id)
        defined = {logical_id: _properties(one) for logical_id, one in template["Resources"].items()}
        promoted = [one for one in listed if one.type in _KINDS and _policy(defined, one)]
        outputs = _store_uris(cloudformation, stack_id, template) if promoted else {}
        physical_ids = {one.logical_id: one.physical_id for one in listed}
        for one in promoted:
            properties, policy = defined[one.logical_id], _policy(defined, one)
            bucket, prefix = _store(policy.get(STORE_MEMBER), outputs, one.logical_id)
            follow = properties.get(FOLLOW_PROPERTY)
            job = str((follow if isinstance(follow, Mapping) else properties).get(JOB_PROPERTY, ""))
            yield PromotedResource(
                stack=name,
                stack_id=stack_id,
                stack_status=status,
                resource=f"{path}{one.logical_id}",
                kind=_KINDS[one.type],
                physical_id="" if one.physical_id.startswith(_NOT_CREATED) else one.physical_id,
                job=job,
                job_arn=physical_ids.get(job, ""),
                bucket=bucket,
                prefix=prefix,
                policy=Policy.of(policy),
            )
    for one in listed:
        if one.type == NESTED_STACK and one.physical_id and depth < _DEEPEST:
            nested = (name, one.physical_id, status)
            yield from _resources(cloudformation, nested, f"{path}{one.logical_id}/", depth + 1)


def _properties(resource: object) -> Mapping[str, Any]:
    found = resource.get("Properties") if isinstance(resource, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _policy(defined: Mapping[str, Mapping[str, Any]], resource: StackResource) -> Mapping[str, Any]:
    found = defined.get(resource.logical_id, {}).get(PROMOTION_PROPERTY)
    return found if isinstance(found, Mapping) else {}


def _store_uris(
    cloudformation: Client, stack_id: str, template: Mapping[str, Any]
) -> dict[tuple[str, ...], str]:
    """Return the outputs that are S3 URIs, by what the template makes them of.

    The template may make the bucket's name from anything; only the output says what it has become.
    """
    values = described_stack(cloudformation, stack_id).outputs
    defined = template.get("Outputs")
    return {
        _parts(one.get("Value")): values[name]
        for name, one in (defined if isinstance(defined, Mapping) else {}).items()
        if isinstance(one, Mapping) and values.get(str(name), "").startswith(_S3)
    }


def _store(store: object, outputs: Mapping[tuple[str, ...], str], logical_id: str) -> tuple[str, str]:
    """Return the bucket and the prefix of the records of a resource."""
    found = store if isinstance(store, Mapping) else {}
    parts = [_S3, found.get(BUCKET_MEMBER), "/", found.get(PREFIX_MEMBER)]
    made_of = _parts({"Fn::Join": ["", parts]})
    uri = made_of[0] if len(made_of) == 1 else outputs.get(made_of, "")
    bucket, slash, prefix = uri.removeprefix(_S3).partition("/")
    if not (bucket and slash and prefix):
        raise AwsCallError(
            f"The stack has no output with the location of the records of {logical_id}; deploy it again."
        )
    return bucket, f"{prefix.rstrip('/')}/"


def _parts(value: object) -> tuple[str, ...]:
    """Return what a text in a template is made of: texts, the last one without a slash, and functions."""
    found: list[str] = []
    is_text = False
    for text, part in _flat(value):
        if text and is_text:
            found[-1] += part
        else:
            found.append(part)
        is_text = text
    if is_text:
        found[-1] = found[-1].rstrip("/")
    return tuple(found)


def _flat(value: object) -> Iterator[tuple[bool, str]]:
    """Yield the parts of a text, and of each whether it is one itself."""
    if isinstance(value, str):
        yield True, value
        return
    match value:
        case {"Fn::Join": [str() as separator, list() as parts]}:
            for number, one in enumerate(parts):
                if number and separator:
                    yield True, separator
                yield from _flat(one)
        case _:
            yield False, json.dumps(value, sort_keys=True, default=str)
