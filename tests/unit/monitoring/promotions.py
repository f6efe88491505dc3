"""A stack whose models must be promoted: a deployment or a parameter, its job, and the records in S3."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from constructs_lib.contract.promotion import (
    BAKED_END,
    PROGRESS_END,
    PROMOTED,
    REJECTED,
    VERDICT_END,
    WITHDRAWN_END,
    model_id,
)
from tests.unit.monitoring.conftest import JOB_TYPE, OUTPUT_BUCKET
from tests.unit.monitoring.owned_jobs import stack_arn, start

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.unit.monitoring.conftest import Account

TICKETS = stack_arn("Tickets")
JOB, SERVE, PUBLISHED = "Triage", "ServeF8A5E379", "PublishedB1C2D3E4"
DEPLOYMENT, PARAMETER = "tickets", "/tickets/model"
PREFIX = "tickets/promotion"
_BUCKET = {"Fn::Select": [0, {"Fn::Split": ["/", {"Ref": "Output"}]}]}


class PromotedStack:
    """The stack `Tickets`, whose job has trained two models; the first one serves.

    Args:
        account: the account.
        conditions: the types of the policy's conditions.
        members: further members of the policy.

    Attributes:
        account: the account.
        first: the ARN of the model that serves.
        second: the ARN of the model of the current job.
    """

    def __init__(
        self, account: Account, conditions: Sequence[str] = ("ValidationLoss",), **members: object
    ) -> None:
        self.account = account
        self._policy = {"Conditions": [{"Type": one} for one in conditions], "WhenUnsure": "Keep", **members}
        self._outputs: dict[str, Any] = {}
        self._properties: dict[str, Any] = {}
        self.resources: list[tuple[str, ...]] = []
        self.first, self.first_job = self.train()
        account.double.deploy_model(self.first, name=DEPLOYMENT)
        self.second, self.job = self.train()
        self.add_deployment()

    def train(self, *, is_complete: bool = True) -> tuple[str, str]:
        """Let the job's resource have another job; return the ARN of its model and of the job.

        Args:
            is_complete: whether the job completes. Default: yes.
        """
        account = self.account
        arn = start(account, TICKETS, JOB, number=len(account.double.jobs()))
        if is_complete:
            account.double.complete(arn)
        self.resources = [one for one in self.resources if one[1] != JOB]
        self.resources.append((JOB_TYPE, JOB, arn))
        self._write()
        [model] = [str(one.model_arn or "") for one in account.double.jobs() if one.arn == arn]
        return model, arn

    def go_back(self) -> None:
        """Let the job's resource have its first job again."""
        self.resources = [one for one in self.resources if one[1] != JOB]
        self.resources.append((JOB_TYPE, JOB, self.first_job))
        self._write()

    def add_deployment(self, physical_id: str = DEPLOYMENT) -> None:
        """Add the deployment.

        Args:
            physical_id: its physical id. Default: the name of the one that exists.
        """
        self._add(
            "Custom::BedrockCustomModelDeployment",
            SERVE,
            physical_id,
            {"Follow": {"Job": JOB, "JobArn": "x"}},
        )

    def add_parameter(self, value: str) -> None:
        """Add a parameter.

        Args:
            value: its value.
        """
        self.account.endpoint.parameters[PARAMETER] = value
        self._add("Custom::BedrockPublishedModel", PUBLISHED, PARAMETER, {"Job": JOB, "JobArn": "x"})

    def swap(self, model: str) -> None:
        """Let the deployment serve another model.

        Args:
            model: its ARN.
        """
        self.account.double.withdraw(DEPLOYMENT)
        self.account.double.deploy_model(model, name=DEPLOYMENT)

    def decide(
        self,
        model: str,
        verdict: str = REJECTED,
        *,
        serving: str = "",
        resource: str = SERVE,
        **members: object,
    ) -> dict[str, Any]:
        """Write the verdict about a model as the function does, and return it.

        Args:
            model: its ARN.
            verdict: the verdict. Default: rejected.
            serving: what served. Default: nothing.
            resource: the deployment or the parameter. Default: the deployment.
            members: further members, or other values.
        """
        numbers = {"candidate": 0.71, "serving": 0.5, "margin": 0}
        reason = "validation loss 0.71 is above 0.5"
        answer = "yes" if verdict == PROMOTED else "no"
        document = {
            "candidate": model,
            "serving": serving,
            "job": "arn",
            "verdict": verdict,
            "reason": reason,
            "conditions": [
                {"type": "ValidationLoss", "answer": answer, "reason": reason, "numbers": numbers}
            ],
            "time": "2026-11-27T11:00:00Z",
            "by": "function",
            "forced": False,
            **members,
        }
        self.put(model, VERDICT_END, document, resource)
        return document

    def withdraw(self, model: str, to: str, time: str = "2026-11-27T12:00:00Z") -> None:
        """Write that a model was taken back, as the function does.

        Args:
            model: its ARN.
            to: the model that serves then.
            time: when.
        """
        document = {"candidate": model, "to": to, "reason": "alarm Errors", "time": time, "by": "function"}
        self.put(model, WITHDRAWN_END, document)

    def bake(self, model: str, outcome: str = "proven") -> None:
        """Write that the bake of a model has ended.

        Args:
            model: its ARN.
            outcome: how.
        """
        self.put(model, BAKED_END, {"candidate": model, "outcome": outcome, "time": "2026-11-27T13:00:00Z"})

    def wait_for(self, model: str, sentence: str, **members: object) -> None:
        """Write what an undecided candidate waits for.

        Args:
            model: its ARN.
            sentence: what.
            members: further members.
        """
        document = {"candidate": model, "waitingFor": sentence, "since": "2026-11-27T10:00:00Z", **members}
        self.put(model, PROGRESS_END, document)

    def put(self, model: str, end: str, document: object, resource: str = SERVE) -> None:
        """Write an object of the store.

        Args:
            model: the model's ARN.
            end: what its name ends with.
            document: JSON, or bytes that are anything.
            resource: the deployment or the parameter. Default: the deployment.
        """
        content = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.account.s3.buckets[OUTPUT_BUCKET][key_of(model, end, resource)] = content

    def record(self, model: str, end: str, resource: str = SERVE) -> Mapping[str, Any] | None:
        """Return a record; None where there is none.

        Args:
            model: the model's ARN.
            end: what its name ends with.
            resource: the deployment or the parameter. Default: the deployment.
        """
        content = self.account.s3.buckets[OUTPUT_BUCKET].get(key_of(model, end, resource))
        found: Mapping[str, Any] | None = json.loads(content) if content else None
        return found

    def tags(self, model: str) -> dict[str, str]:
        """Return the tags of a model.

        Args:
            model: its ARN.
        """
        found = self.account.double.call("ListTagsForResource", {"resourceARN": model})
        return {one["key"]: one["value"] for one in found["tags"]}

    def tag(self, model: str, key: str, value: str) -> None:
        """Tag a model.

        Args:
            model: its ARN.
            key: the key.
            value: the value.
        """
        request = {"resourceARN": model, "tags": [{"key": key, "value": value}]}
        self.account.double.call("TagResource", request)

    def _add(self, kind: str, logical_id: str, physical_id: str, properties: Mapping[str, object]) -> None:
        prefix = f"{PREFIX}/{logical_id}/"
        policy = {**self._policy, "Store": {"Bucket": _BUCKET, "Prefix": prefix}}
        self._properties[logical_id] = {
            "Type": kind,
            "Properties": {"ServiceToken": "x", **properties, "Promotion": policy},
        }
        value = {"Fn::Join": ["", ["s3://", _BUCKET, f"/{PREFIX}/{logical_id}"]]}
        self._outputs[f"{logical_id}Promotion"] = {"Value": value}
        self.resources = [one for one in self.resources if one[1] != logical_id]
        self.resources.append((kind, logical_id, physical_id))
        self._write()

    def _write(self, status: str = "UPDATE_COMPLETE") -> None:
        template = {
            "Resources": {JOB: {"Type": JOB_TYPE, "Properties": {}}, **self._properties},
            "Outputs": self._outputs,
        }
        outputs = {
            name: f"s3://{OUTPUT_BUCKET}/{PREFIX}/{name.removesuffix('Promotion')}" for name in self._outputs
        }
        self.account.endpoint.stacks[TICKETS] = {
            "status": status,
            "template": json.dumps(template),
            "resources": self.resources,
            "outputs": outputs,
        }


def key_of(model: str, end: str, resource: str = SERVE) -> str:
    """Return the key of a record.

    Args:
        model: the model's ARN.
        end: what its name ends with.
        resource: the deployment or the parameter. Default: the deployment.
    """
    return f"{PREFIX}/{resource}/{model_id(model)}{end}"
