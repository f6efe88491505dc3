"""Models that are trained again and again, and what decides which of them serves."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from contract.promotion import model_id

from constructs_lib.testing.bedrock.scripted import JobLosses
from tests.lambda_.builders import properties
from tests.lambda_.cloudformation import ResourceRecord
from tests.lambda_.deploying import LOGICAL_ID, PARAMETER, DeploymentStory
from tests.lambda_.fakes import ACCOUNT, REGION, Killed
from tests.lambda_.parameter_store import StoredParameter
from tests.lambda_.publishing import NAME, Story

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lambda_.builders import Harness

BUCKET, PREFIX = "results", "out/promotion/Published/"
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:promotion"
FUNCTION_ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:judge"
TOPIC_ARN = f"arn:aws:sns:{REGION}:{ACCOUNT}:approvals"
VALIDATION = {"validators": [{"s3Uri": "s3://bucket/validation.jsonl"}]}
LOSS = {"Type": "ValidationLoss", "Margin": "0.0"}
FUNCTION = {"Type": "Function", "FunctionArn": FUNCTION_ARN}
APPROVED = {"Type": "Approved", "Seconds": "1209600", "TopicArn": TOPIC_ARN}
BAKE = {"Alarms": ["errors"], "Seconds": "3600", "MinimumInvocations": "0"}


def policy(*conditions: dict[str, str], **members: object) -> dict[str, Any]:
    """Write a policy as the template has it; a None takes a member away."""
    told = {
        "Conditions": list(conditions),
        "WhenUnsure": "Keep",
        "Store": {"Bucket": BUCKET, "Prefix": PREFIX},
        "StateMachine": MACHINE,
        **members,
    }
    return {name: value for name, value in told.items() if value is not None}


class Promoting:
    """What stories of published models and of deployments have in common here."""

    harness: Harness
    kind: str
    resource: str
    parameter: str
    jobs = 0
    first = ""
    policy: dict[str, Any]

    def set_policy(self, *conditions: dict[str, str], **members: object) -> None:
        """Choose the policy of the events that follow."""
        self.policy = policy(*conditions, **members)

    @property
    def jobs_of(self) -> dict[str, str]:
        """The jobs by their models."""
        return {model.arn: str(model.job_arn) for model in self.harness.double.models()}

    def retrain(self, *losses: float, is_updated: bool = True, **request: object) -> str:
        """Train a model with these validation losses, make its job the current one, and return the model.

        With `is_updated`, the store has the policy as the resource's event for this job writes it.
        """
        self.jobs += 1
        double = self.harness.double
        scripted = JobLosses(training=0.5, validation=losses)
        double.configure(losses=lambda _: scripted)
        told = {
            "hyperParameters": {"epochCount": str(self.jobs)},
            "validationDataConfig": VALIDATION,
            **request,
        }
        arn = str(self.harness.create(properties(told))["PhysicalResourceId"])
        self.harness.fakes.stack.resources["Job"] = ResourceRecord(arn, "UPDATE_COMPLETE")
        double.complete(arn)
        self.job_arn = arn
        if is_updated and self.jobs > 1:
            self.put("policy.json", json.dumps({**self.policy, "JobArn": arn}).encode())
        [model] = [model.arn for model in double.models() if model.job_arn == arn]
        return model

    def thing(self) -> dict[str, str]:
        """Return what the rule's looks are about."""
        return {
            "kind": self.kind,
            "job": "Job",
            "resource": self.resource,
            "parameter": self.parameter,
            "bucket": BUCKET,
            "prefix": PREFIX,
        }

    def glance(self, status: str = "UPDATE_COMPLETE") -> dict[str, Any]:
        """Let the stack's rule call the function, and return the last line of the log."""
        return self.harness.look(self.thing(), status=status)[-1]

    def stop_at(self, number: int, act: Callable[[], object] | None = None) -> None:
        """Let Lambda end a look, or something else, at one of its calls of AWS; some calls may be fewer."""
        counted = [0]

        def count() -> None:
            counted[0] += 1
            if counted[0] == number:
                raise Killed

        fakes = self.harness.fakes
        everything = (fakes.objects, fakes.alarms, fakes.functions, fakes.executions)
        for one in everything:
            one.before = [count] * 99
        with suppress(Killed):
            (act or self.glance)()
        for one in everything:
            one.before = []

    def task(self, model: str, status: str = "UPDATE_COMPLETE") -> dict[str, Any]:
        """Carry out the newest task that was started for a model, and return what the state machine gets."""
        executions = self.harness.fakes.executions.inputs
        named = [name for name in executions if f"-{model_id(model)}-" in name]
        return self.harness.task(executions[named[-1]]["task"], status)

    def run_tasks(self, model: str, most: int = 40) -> None:
        """Carry out the tasks that were started for a model until nothing is left to do."""
        executions, done = self.harness.fakes.executions.inputs, set[str]()
        for _ in range(most):
            waiting = [name for name in executions if f"-{model_id(model)}-" in name and name not in done]
            if not waiting:
                return
            name = waiting[0]
            given = self.harness.task(executions[name]["task"], "UPDATE_COMPLETE")
            if given["isOver"]:
                done.add(name)
            else:
                executions[name] = given
                self.harness.fakes.clock.advance(given["pause"])
        raise AssertionError("the tasks do not end")

    def record(self, model: str, end: str = ".json") -> dict[str, Any] | None:
        """Return a record about a model; None where there is none."""
        found = self.harness.fakes.objects.objects.get((BUCKET, f"{PREFIX}{model_id(model)}{end}"))
        return json.loads(found) if found is not None else None

    def verdict(self, model: str) -> dict[str, Any]:
        """Return the verdict about a model."""
        found = self.record(model)
        assert found is not None
        return found

    def write(self, model: str, end: str, **members: object) -> None:
        """Write a record, as the console does it, or anybody."""
        time = self.now_shown()
        document = {"candidate": model, "reason": "by hand", "time": time, "by": "person", **members}
        self.put(f"{model_id(model)}{end}", json.dumps(document).encode())

    def put(self, name: str, content: bytes) -> None:
        """Write any object into the store."""
        self.harness.fakes.objects.objects[BUCKET, f"{PREFIX}{name}"] = content

    def now_shown(self) -> str:
        """Return the time as records have it."""
        from customization_job.frame.properties import shown_time

        return shown_time(self.harness.fakes.clock.now())

    def tag(self, model: str, value: str) -> None:
        """Approve or reject a model, as a person does it."""
        client = self.harness.double.client(account=ACCOUNT, region=REGION)
        client.tag_resource(
            resourceARN=model, tags=[{"key": "cdk-bedrock-customization:approved", "value": value}]
        )

    def acts(self, act: str) -> list[dict[str, Any]]:
        """Return the lines of the log about one act."""
        return [line for line in self.harness.lines if line["act"] == act]


class Publishing(Promoting, Story):
    """A published model with a promotion."""

    kind, resource, parameter = "published", "Published", NAME

    def __init__(self, harness: Harness) -> None:
        Story.__init__(self, harness)
        self.policy = policy(LOSS)

    def desired(self, **settings: object) -> dict[str, Any]:
        """Write the properties of the parameter's resource."""
        return super().desired(**{"Promotion": self.policy, "JobArn": self.job_arn, **settings})

    def serving(self) -> str | None:
        """Return the model that is published."""
        return self.value()

    def holding(self, model: str) -> StoredParameter:
        """Return the parameter with another value, as somebody writes it by hand."""
        found = self.store.parameters[NAME]
        return StoredParameter(model, found.tags, found.version + 1, self.harness.fakes.clock.now())


class Deploying(Promoting, DeploymentStory):
    """A deployment with a promotion."""

    kind, resource, parameter = "deployment", LOGICAL_ID, PARAMETER

    def __init__(self, harness: Harness) -> None:
        DeploymentStory.__init__(self, harness)
        self.policy = policy(LOSS, Bake=BAKE)

    def following(self, job: str | None = None, **settings: object) -> dict[str, Any]:
        """Write the properties of the deployment."""
        return super().following(job or self.job_arn, **{"Promotion": self.policy, **settings})

    def serving(self) -> str:
        """Return the model that the deployment serves."""
        return self.deployment().model_arn
