"""The resources by which a deployment waits for a job: a wait condition, and the result of the job."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import jsii

from ..contract.replacement import infrastructure, training_inputs
from ..contract.resource import (
    FAIL_ON_FAILURE_PROPERTY,
    FAIL_ON_TIMEOUT_PROPERTY,
    JOB_ARN_PROPERTY,
    JOB_PROPERTY,
    RESULT_TYPE,
    RETRAIN_PROPERTY,
    SECONDS_PROPERTY,
    STATE_MACHINE_PROPERTY,
    UNTIL_PROPERTY,
    WAIT_CONDITION_PROPERTY,
    short_logical_id,
)
from ..contract.tasks import SIGNALS
from .provider import SERVICE_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs import Construct

    from .provider import JobProvider
    from .wait import Wait

_LONGEST_ID = 200
_HASH = 8


class AwaitedJob:
    """What a deployment waits for, defined around the job's own resource.

    CloudFormation waits for a wait condition only when it creates it. Its logical id therefore has a hash of
    everything whose change starts another job, and of the timeout: such a deployment creates another wait
    condition, and any other deployment waits for nothing.

    Args:
        job: the construct.
        wait: how the deployment waits.
        provider: the function behind the job.
    """

    def __init__(self, job: Construct, wait: Wait, provider: JobProvider) -> None:
        self._job, self._wait, self._provider = job, wait, provider
        self._id = _LogicalId(wait.seconds)
        self._condition: cdk.CfnResource | None = None
        if wait.is_for_completion:
            self._condition = cdk.CfnResource(job, "WaitCondition", type="AWS::CloudFormation::WaitCondition")
            self._condition.cfn_options.creation_policy = cdk.CfnCreationPolicy(
                resource_signal=cdk.CfnResourceSignal(
                    count=SIGNALS, timeout=cdk.Duration.seconds(wait.seconds).to_iso_string()
                )
            )
            self._condition.override_logical_id(cdk.Lazy.uncached_string(self._id))

    @property
    def state_machine_arn(self) -> str | None:
        """The state machine that signals the wait condition; None where there is no wait condition."""
        return self._provider.state_machine_arn if self._condition else None

    @property
    def property(self) -> Mapping[str, str] | None:
        """The property of the job's resource; None where there is no wait condition."""
        if self._condition is None:
            return None
        return {
            WAIT_CONDITION_PROPERTY: self._condition.logical_id,
            STATE_MACHINE_PROPERTY: self._provider.state_machine_arn,
            SECONDS_PROPERTY: str(self._wait.seconds),
        }

    def define(self, resource: cdk.CfnResource, properties: Mapping[str, Any]) -> list[cdk.CfnResource]:
        """Define what the deployment waits for, and return it; the last resource is the result of the job.

        Args:
            resource: the job's own resource.
            properties: its properties.
        """
        self._id.belongs_to(resource, properties)
        if self._condition is not None:
            self._condition.node.add_dependency(resource)
        wait = self._wait
        result = cdk.CfnResource(
            self._job,
            "Result",
            type=RESULT_TYPE,
            properties={
                "ServiceToken": self._provider.service_token,
                "ServiceTimeout": SERVICE_TIMEOUT,
                JOB_PROPERTY: resource.logical_id,
                JOB_ARN_PROPERTY: resource.ref,
                UNTIL_PROPERTY: wait.until.value if wait.until else None,
                SECONDS_PROPERTY: str(wait.seconds),
                FAIL_ON_FAILURE_PROPERTY: _text(wait.fail_on_failure),
                FAIL_ON_TIMEOUT_PROPERTY: _text(wait.fail_on_timeout),
            },
        )
        if self._condition is None:
            return [result]
        result.node.add_dependency(self._condition)
        return [self._condition, result]


def _text(is_true: bool) -> str:  # noqa: FBT001 - the value itself
    return "true" if is_true else "false"


# Resolved late: the properties may have values of constructs, and the app may still override logical ids.
@jsii.implements(cdk.IStringProducer)
class _LogicalId:
    def __init__(self, seconds: int) -> None:
        self._seconds = seconds
        self._resource: cdk.CfnResource | None = None
        self._properties: Mapping[str, Any] = {}

    def belongs_to(self, resource: cdk.CfnResource, properties: Mapping[str, Any]) -> None:
        self._resource, self._properties = resource, properties

    def produce(self, context: cdk.IResolveContext) -> str:
        if self._resource is None:
            raise RuntimeError("the job's resource is not defined yet")
        resolved = context.resolve(self._properties)
        decisive = {
            "inputs": training_inputs(resolved),
            "infrastructure": infrastructure(resolved),
            "retrains": resolved.get(RETRAIN_PROPERTY),
            "seconds": self._seconds,
        }
        digest = hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()[:_HASH]
        start = short_logical_id(str(context.resolve(self._resource.logical_id)), _LONGEST_ID)
        return f"{start}WaitCondition{digest}"
