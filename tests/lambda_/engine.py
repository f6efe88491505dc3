"""CloudFormation and Lambda, as far as a custom resource can see them: events, statuses, retries, rollbacks.

It encodes what is documented (and, where AWS leaves room, each of the ways it could be): a failed Update is
followed by one with swapped properties, a cancelled Create by a Delete with an invented id, a replaced
resource by a Delete of the old one; Lambda delivers an event again when the function dies.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

from customization_job.answer import Undelivered
from customization_job.handler import on_event

from tests.lambda_.laws import Laws
from tests.lambda_.operations import Event, Operation, Plan, Properties, Resource, Script, Stack
from tests.lambda_.world import ACCOUNT, FUNCTION, LAMBDA_SECONDS, REGION, Context, Killed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.lambda_.probe import ProbedWorld, Trouble

_TO_BE_DELETED = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED")
SERVICE_TIMEOUT = 2700.0

RESPONSE_URL = (
    f"https://cloudformation-custom-resource-response-{REGION.replace('-', '')}.s3.{REGION}.amazonaws.com/"
    "answer?X-Amz-Signature=canary"
)


class Engine:
    """Carries out operations on one stack at a time, and holds the handler to the laws."""

    def __init__(self, world: ProbedWorld, entry: Callable[..., object] = on_event) -> None:
        self.world = world
        self.laws = Laws(world)
        self.stack: Stack | None = None
        self._entry = entry
        self._names = count()
        world.laws = self.laws

    def deploy(self, wanted: dict[str, Properties], script: Script) -> None:
        """Create the stack, or update it."""
        if self.stack is not None and self.stack.status in _TO_BE_DELETED:
            self.destroy(Script())
        if self.stack is None:
            self.stack = self._new_stack()
            self._go(self.stack, "CREATE_IN_PROGRESS", {}, wanted, script)
        else:
            before = {name: replace(one) for name, one in self.stack.resources.items()}
            self._go(self.stack, "UPDATE_IN_PROGRESS", before, wanted, script)
        self.laws.check_quiet(self.stack)

    def destroy(self, script: Script) -> None:
        """Delete the stack."""
        if self.stack is None:
            return
        stack, operation = self.stack, Operation(self.stack, script, {}, {})
        self._set(stack, "DELETE_IN_PROGRESS")
        for logical, resource in list(stack.resources.items()):
            if self._delete(operation, logical, resource):
                del stack.resources[logical]
        self._set(stack, "DELETE_FAILED" if stack.resources else "DELETE_COMPLETE")
        self._repeat(operation)
        if not stack.resources:
            self.stack = None
        self.laws.check_quiet(stack)

    def _go(
        self,
        stack: Stack,
        status: str,
        before: dict[str, Resource],
        wanted: dict[str, Properties],
        script: Script,
    ) -> None:
        operation = Operation(stack, script, before, wanted)
        self._set(stack, status)
        plans = iter(script.forward)
        for number, (logical, properties) in enumerate(wanted.items()):
            if script.sibling_after == number:
                self._go_back(operation)
            if operation.is_over:
                break
            if logical not in before or before[logical].properties != properties:
                self._forward(operation, logical, next(plans, Plan()))
        if not operation.is_over and script.sibling_after == len(wanted):
            self._go_back(operation)
        if not operation.is_over:
            self._finish(operation)
        if "ROLLBACK" in stack.status and not script.is_troubled:
            self.laws.check_untroubled(wanted)
        self._repeat(operation)

    def _forward(self, operation: Operation, logical: str, plan: Plan) -> None:
        event = self._wish(operation, logical)
        operation.done[logical] = None  # in flight
        if plan.late:
            self._go_back(operation)
            self.deliver(event, plan.troubles, operation)
            return
        answer = self.deliver(event, plan.troubles, operation)
        if operation.is_over:
            return
        if answer is None or answer["Status"] == "FAILED":
            if answer and logical not in operation.before:
                operation.done[logical] = answer["PhysicalResourceId"]
            self._go_back(operation)
            return
        operation.done[logical] = answer["PhysicalResourceId"]
        operation.stack.resources[logical] = Resource(answer["PhysicalResourceId"], operation.wanted[logical])
        self.laws.check_success(event, answer)

    def _finish(self, operation: Operation) -> None:
        stack, is_update = operation.stack, operation.stack.status == "UPDATE_IN_PROGRESS"
        operation.is_over = True
        if is_update:
            self._set(stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        for logical, old in operation.before.items():
            if logical not in operation.wanted:
                self._delete(operation, logical, old)
                del stack.resources[logical]
            elif stack.resources[logical].physical_id != old.physical_id:
                self._delete(operation, logical, old)
        self._set(stack, "UPDATE_COMPLETE" if is_update else "CREATE_COMPLETE")

    def _go_back(self, operation: Operation) -> None:
        """Take back what was done; a sibling may have failed in the middle of one of our calls."""
        operation.is_over = True
        if operation.stack.status == "CREATE_IN_PROGRESS":
            self._set(operation.stack, "ROLLBACK_IN_PROGRESS")
            failed = self._delete_new(operation)
            self._set(operation.stack, "ROLLBACK_FAILED" if failed else "ROLLBACK_COMPLETE")
            return
        self._set(operation.stack, "UPDATE_ROLLBACK_IN_PROGRESS")
        gone = [
            self._restore(operation, name) for name in reversed(operation.done) if name in operation.before
        ]
        self._set(operation.stack, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        for logical, resource in filter(None, gone):
            self._delete(operation, logical, resource)
        self._delete_new(operation)
        self._set(operation.stack, "UPDATE_ROLLBACK_COMPLETE")

    def _restore(self, operation: Operation, logical: str) -> tuple[str, Resource] | None:
        old, new_id = operation.before[logical], operation.done[logical]
        wanted = operation.wanted[logical]
        is_replaced = new_id is not None and new_id != old.physical_id
        operation.stack.resources[logical] = replace(old)
        if not (is_replaced and operation.script.asks == "nothing"):
            asked = new_id if is_replaced and operation.script.asks == "new" else old.physical_id
            event = self._event(operation, "Update", logical, old.properties, "back", str(asked), wanted)
            answer = self._with_plan(event, operation)
            if answer is None or answer["Status"] == "FAILED":
                answer = self.deliver(event, (), operation)  # continue-update-rollback
            self.laws.check_restored(answer, old)
            if answer and answer["Status"] == "SUCCESS":
                operation.stack.resources[logical].physical_id = answer["PhysicalResourceId"]
        kept = operation.stack.resources[logical].physical_id
        return (logical, Resource(str(new_id), wanted)) if is_replaced and new_id != kept else None

    def _delete_new(self, operation: Operation) -> bool:
        failed = False
        for logical, physical_id in reversed(operation.done.items()):
            if logical in operation.before:
                continue
            known = physical_id or f"stack-{logical}-1ABCDEFGHIJKL"
            resource = Resource(known, operation.wanted[logical])
            operation.stack.resources.pop(logical, None)
            if (
                not self._delete(operation, logical, resource)
                and operation.stack.status == "ROLLBACK_IN_PROGRESS"
            ):
                failed = True  # an update's rollback would abandon it
                operation.stack.resources[logical] = resource
        return failed

    def deliver(
        self, event: Event, troubles: tuple[Trouble, ...] = (), operation: Operation | None = None
    ) -> dict[str, Any] | None:
        """Let Lambda carry out an event: up to three attempts, one and two minutes apart."""
        sent = json.dumps(event.body)
        for attempt in range(3):
            invocation = self.world.begin(event, attempt, troubles, self._actions(event, operation))
            try:
                with self.world.clock.alarm(LAMBDA_SECONDS, invocation.kill):
                    self._entry(json.loads(sent), Context(self.world.clock), self.world)
            except (Killed, Undelivered):
                self.world.end(invocation, was_killed=True)
                self.world.clock.advance(60.0 * (attempt + 1))
            else:
                self.world.end(invocation, was_killed=False)
                break
        if event.request_id not in self.world.heard:
            self.world.clock.advance(SERVICE_TIMEOUT)  # CloudFormation waits for nothing
        return self.world.heard.get(event.request_id)

    def _actions(self, event: Event, operation: Operation | None) -> Mapping[str, Callable[[], object]]:
        def sibling() -> None:
            if operation and not operation.is_over and event.phase == "forward":
                self._go_back(operation)

        return {"sibling": sibling, "duplicate": lambda: self.deliver(event)}

    def _with_plan(self, event: Event, operation: Operation) -> dict[str, Any] | None:
        number, plans = next(operation.backs), operation.script.back
        troubles = plans[number].troubles if number < len(plans) else ()
        return self.deliver(event, troubles, operation)

    def _delete(self, operation: Operation, logical: str, resource: Resource) -> bool:
        phase = "gone" if operation.stack.status == "DELETE_IN_PROGRESS" else "cleanup"
        event = self._event(operation, "Delete", logical, resource.properties, phase, resource.physical_id)
        answer = self._with_plan(event, operation)
        succeeded = bool(answer and answer["Status"] == "SUCCESS")
        self.laws.check_delete(event, answer, operation.stack.status)
        return succeeded

    def _wish(self, operation: Operation, logical: str) -> Event:
        properties, old = operation.wanted[logical], operation.before.get(logical)
        if old is None:
            return self._event(operation, "Create", logical, properties, "forward")
        return self._event(
            operation, "Update", logical, properties, "forward", old.physical_id, old.properties
        )

    def _event(  # noqa: PLR0917 - the fields of CloudFormation's own event, in its order
        self,
        operation: Operation,
        kind: str,
        logical: str,
        properties: Properties,
        phase: str,
        physical_id: str = "",
        old: Properties | None = None,
    ) -> Event:
        body = {
            "RequestType": kind,
            "ResponseURL": RESPONSE_URL,
            "StackId": operation.stack.arn,
            "RequestId": str(uuid.UUID(int=next(self._names))),
            "ResourceType": "Custom::BedrockModelCustomizationJob",
            "LogicalResourceId": logical,
            "ServiceToken": FUNCTION,
            "ResourceProperties": properties,
            **({"PhysicalResourceId": physical_id} if kind != "Create" else {}),
            **({"OldResourceProperties": old} if old else {}),
        }
        event = Event(body, phase)
        operation.events.append(event)
        return event

    def _repeat(self, operation: Operation) -> None:
        for number in operation.script.duplicates:
            if operation.events:
                self.deliver(operation.events[number % len(operation.events)])

    def _new_stack(self) -> Stack:
        name = uuid.UUID(int=next(self._names))
        return Stack(f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/stack/{name}")

    def _set(self, stack: Stack, status: str) -> None:
        stack.status = self.world.statuses[stack.arn] = status
