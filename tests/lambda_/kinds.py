"""Resources of a simulated stack besides jobs: of which type they are, and how they refer to a job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contract.resource import (
    DEPLOYMENT_TYPE,
    PUBLISHED_MODEL_TYPE,
    RESOURCE_TYPE,
    RESULT_TYPE,
    THROUGHPUT_TYPE,
    deployment_name,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.lambda_.operations import Properties, Stack

JOB, PUBLISHED, DEPLOYMENT, RESULT = RESOURCE_TYPE, PUBLISHED_MODEL_TYPE, DEPLOYMENT_TYPE, RESULT_TYPE
THROUGHPUT = THROUGHPUT_TYPE
WAIT_CONDITION = "AWS::CloudFormation::WaitCondition"


def ref(logical: str) -> dict[str, str]:
    """Write a reference to a job, as a template does."""
    return {"Ref": logical}


def kind_of(properties: Mapping[str, Any]) -> str:
    """Return the type of the resource that has these properties."""
    if "Request" in properties:
        return JOB
    if "Until" in properties:
        return RESULT
    if "Purchase" in properties:
        return THROUGHPUT
    if "Timeout" in properties:
        return WAIT_CONDITION
    return PUBLISHED if "ParameterName" in properties else DEPLOYMENT


def resolved(properties: Properties, stack: Stack) -> Properties:
    """Put the physical ids of jobs in the place of references to them."""

    def written(value: Any) -> Any:  # noqa: ANN401 - a property's value
        if isinstance(value, dict) and set(value) == {"Ref"}:
            return stack.resources[value["Ref"]].physical_id
        return {name: written(one) for name, one in value.items()} if isinstance(value, dict) else value

    return {name: written(one) for name, one in properties.items()}


def things_of(wanted: Mapping[str, Properties]) -> list[dict[str, str]]:
    """Return what the rule of a template says of its resources."""
    things = []
    for logical, properties in wanted.items():
        kind = kind_of(properties)
        if kind == PUBLISHED:
            things.append(_thing("published", properties["Job"], logical, properties["ParameterName"]))
        elif kind == DEPLOYMENT and "Follow" in properties:
            follow = properties["Follow"]
            things.append(_thing("deployment", follow["Job"], logical, follow["Parameter"]))
    return things


def name_of(properties: Mapping[str, Any], stack: str, logical: str) -> str:
    """Return the name of a deployment."""
    return str(properties.get("DeploymentName") or deployment_name(stack, logical))


def _thing(kind: str, job: str, resource: str, parameter: str) -> dict[str, str]:
    return {"kind": kind, "job": job, "resource": resource, "parameter": parameter}
