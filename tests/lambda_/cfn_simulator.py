"""CloudFormation and Lambda, as far as a custom resource can see them: events, statuses, retries, rollbacks.

It encodes what is documented (and, where AWS leaves room, each of the ways it could be): a failed Update is
followed by one with swapped properties, a cancelled Create by a Delete with an invented id, a replaced
resource by a Delete of the old one; a failed deployment whose rollback is disabled leaves everything as it is
to the next one; Lambda delivers an event again when the function dies, and now and then when it does not.
"""

from __future__ import annotations

import json
import uuid
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

from contract.tasks import WAIT_KIND
from customization_job.follow import LookError
from customization_job.frame.response import DeliveryError, UnfinishedError
from customization_job.handler import on_event
from customization_job.tasks import TaskError

from tests.lambda_.cloudformation import Record, ResourceRecord
from tests.lambda_.fakes import ACCOUNT, FUNCTION, LAMBDA_SECONDS, REGION, Context, Killed
from tests.lambda_.invariants import Invariants
from tests.lambda_.kinds import JOB, WAIT_CONDITION, kind_of, resolved, things_of
from tests.lambda_.operations import (
    CREATE_FAILED,
    UPDATE_FAILED,
    Attempt,
    Event,
    Operation,
    Plan,
    Properties,
    Resource,
    Script,
    Stack,
    Variant,
    Waiting,
)
from tests.lambda_.state_machines import StateMachines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tests.lambda_.probe import Invocation, ProbedFakes, Trouble
    from tests.lambda_.state_machines import Execution

_TO_BE_DELETED = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED")
_SETTLED = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
_REMEMBERED = 6
SERVICE_TIMEOUT = 2700.0
EVENT_AGE = 2700.0

RESPONSE_URL = (
    f"https://cloudformation-custom-resource-response-{REGION.replace('-', '')}.s3.{REGION}.amazonaws.com/"
    "answer?X-Amz-Signature=canary"
)

Wanted = dict[str, Properties]


class CfnSimulator:
    """Carries out operations on one stack at a time, and holds the handler to the invariants.

    `following` gives the next deployment of the history, or None, to an operation that is overtaken by it.
    """

    def __init__(
        self, fakes: ProbedFakes, entry: Callable[..., object] = on_event, variant: Variant | None = None
    ) -> None:
        self.fakes = fakes
        self.invariants = Invariants(fakes)
        self.stack: Stack | None = None
        self.following: Callable[[], tuple[Wanted, Script] | None] = lambda: None
        self.machines = StateMachines(fakes, self._carry_out_task)
        self.turn: Callable[[str], None] = lambda _how: None
        self._operation: Operation | None = None
        self._variant = variant or Variant()
        self._entry = entry
        self._names = count()
        self._stacks: dict[str, Stack] = {}
        self._past: list[Event] = []
        self._kinds: dict[tuple[str, str], str] = {}
        self._rules: list[tuple[Stack, list[dict[str, str]]]] = []
        self._begun: Operation | None = None
        self._root = self._arn("root")
        self._root_record = Record()
        self._first = ""
        fakes.invariants, fakes.listener = self.invariants, self._receive
        fakes.records[self._root] = self._root_record

    def deploy(self, wanted: Wanted, script: Script) -> None:
        """Create the stack, or update it."""
        if self.stack is not None and self.stack.status in _TO_BE_DELETED:
            self.destroy(Script())
            if self.stack is not None:
                return  # it cannot be deleted, so it cannot be created again
        operation: Operation | None = self._begin(wanted, script)
        while operation:
            self._carry_out(operation)
            self._remember(operation)
            stack, operation, self._begun = operation.stack, self._begun, None
        self.invariants.check_quiet(stack)

    def destroy(self, script: Script) -> None:
        """Delete the stack."""
        if self.stack is None:
            return
        stack, operation = self.stack, Operation(self.stack, script, {})
        self._start(stack, script)
        root = "DELETE_IN_PROGRESS" if script.parent_fails else "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
        self._set(stack, "DELETE_IN_PROGRESS", root=root)
        self._repeat_earlier(operation, "begin")
        for logical, resource in stack.leftovers:
            # or it forgets what it had replaced; names do not follow a stack refactoring, so then it must not
            is_named = logical not in stack.resources or self.invariants.was_moved(stack.arn, logical)
            if script.cleans_first or is_named:
                self._delete(operation, logical, resource)
            else:
                self.invariants.note_forgotten(resource.physical_id)
                self.invariants.laws.note_forgotten(stack)
        stack.leftovers.clear()
        for logical, resource in _dependents_first(stack.resources.items()):
            if self._delete(operation, logical, resource):
                del stack.resources[logical]
        self._set(stack, "DELETE_FAILED" if stack.resources else "DELETE_COMPLETE", root="UPDATE_COMPLETE")
        self._repeat(operation)
        self._repeat_earlier(operation, "end")
        if not stack.resources:
            self.stack = None
            self.invariants.laws.check_deleted(stack)
        self._remember(operation)
        self.invariants.check_quiet(stack)

    def refactor(self, logical: str, new: str) -> bool:
        """Return a resource another logical id, as a stack refactoring does, without an event."""
        stack = self.stack
        if (
            stack is None
            or stack.stable is None
            or stack.status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
            or logical not in stack.resources
            or new in stack.resources
        ):
            return False
        for table in (stack.resources, stack.stable, stack.record.resources):
            table[new] = table.pop(logical)  # type: ignore[attr-defined]
        self.invariants.note_moved(stack.arn, logical, new)
        return True

    def _begin(self, wanted: Wanted, script: Script) -> Operation:
        is_new = self.stack is None
        stack = self.stack or self._new_stack()
        self.stack = stack
        self._start(stack, script)
        now = self.fakes.clock.now()
        if is_new and not self._variant.has_change_set:
            stack.record.created = now
        else:
            stack.record.updated = now
        status = "CREATE_IN_PROGRESS" if is_new else "UPDATE_IN_PROGRESS"
        self._set(stack, status)
        self._kinds.update({(stack.arn, logical): kind_of(one) for logical, one in wanted.items()})
        self._rules.append((stack, things_of(wanted)))
        return Operation(stack, script, wanted)

    def _start(self, stack: Stack, script: Script) -> None:
        self.fakes.clock.advance(1.0)
        stack.goes_back = False
        if stack.status.endswith("_COMPLETE"):
            stack.stable_number = stack.number
        stack.number += 1
        self.fakes.missing = script.denied
        self.invariants.note_models(stack)

    def _carry_out(self, operation: Operation) -> None:
        stack, script = operation.stack, operation.script
        self._repeat_earlier(operation, "begin")
        self._set_failed_aside(operation)
        plans = iter(script.forward)
        for number, logical in enumerate(operation.wanted):
            if script.sibling_after == number and not operation.is_over:
                self._fail(operation)
            if operation.is_over:
                break
            if self._is_due(operation, logical):
                is_waiting = kind_of(operation.wanted[logical]) == WAIT_CONDITION
                step = self._wait if is_waiting else partial(self._forward, plan=next(plans, Plan()))
                step(operation, logical)
                self._repeat_earlier(operation, "middle")
        is_creation = stack.status == "CREATE_IN_PROGRESS"
        if not operation.is_over and (
            script.sibling_after == len(operation.wanted)
            or (self._has_failing_parent(script) and not is_creation)
        ):
            self._fail(operation)
        if not operation.is_over:
            self._finish(operation)
            if is_creation and self._has_failing_parent(script):
                self._take_back(operation)
        if self._begun:
            return
        if stack.status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE") and not script.is_troubled:
            self.invariants.check_untroubled(operation.wanted)
        self._repeat(operation)
        self._repeat_earlier(operation, "end")

    def _set_failed_aside(self, operation: Operation) -> None:
        """Take what a failed deployment could not create for something to be deleted, now or later."""
        stack = operation.stack
        for logical, resource in list(stack.resources.items()):
            if resource.status == CREATE_FAILED:
                stack.unsignaled.add(logical)
                stack.leftovers.append((logical, resource))
                stack.attempts.pop(logical, None)
                del stack.resources[logical]
        if operation.script.cleans_first:
            restored = {one.physical_id for one in (stack.stable or {}).values()}
            for _, resource in stack.leftovers:
                if resource.physical_id in restored:
                    stack.stable = None  # what a rollback would restore is about to be deleted
            self._clean(operation, stack.leftovers)
            stack.leftovers.clear()

    def _is_due(self, operation: Operation, logical: str) -> bool:
        resource = operation.stack.resources.get(logical)
        return (
            resource is None
            or resource.status == UPDATE_FAILED
            or resource.properties != resolved(operation.wanted[logical], operation.stack)
        )

    def _forward(self, operation: Operation, logical: str, plan: Plan) -> None:
        stack = operation.stack
        properties, old = resolved(operation.wanted[logical], stack), stack.resources.get(logical)
        event = self._desired(operation, logical)
        attempt = stack.attempts[logical] = Attempt(None, properties)
        operation.in_flight = logical
        kind = event.body["RequestType"].upper()
        self._tell(stack, logical, old.physical_id if old else "", f"{kind}_IN_PROGRESS")
        if plan.late:
            self._fail(operation)
            self.deliver(event, plan.troubles, operation)
            return
        answer = self.deliver(event, plan.troubles, operation)
        if operation.is_over:
            return
        if answer is None or answer["Status"] == "FAILED":
            if answer and not plan.troubles and not operation.script.denied:
                self.invariants.waiting.check_failure(event, answer)
            if answer and (old is None or self._variant.takes_failed_id):
                attempt.physical_id = answer["PhysicalResourceId"]
            self._fail(operation)
            return
        operation.in_flight = ""
        attempt.physical_id = answer["PhysicalResourceId"]
        if old and old.physical_id != answer["PhysicalResourceId"]:
            stack.leftovers.append((logical, old))
        stack.resources[logical] = Resource(answer["PhysicalResourceId"], properties)
        self._tell(stack, logical, answer["PhysicalResourceId"], f"{kind}_COMPLETE")
        self.invariants.check_success(event, answer)

    def _wait(self, operation: Operation, logical: str) -> None:
        """Create a wait condition, and let the looks of the state machine come until it has its signals."""
        stack, clock, properties = operation.stack, self.fakes.clock, operation.wanted[logical]
        is_asked = logical not in stack.unsignaled or any(
            one.body["ResourceType"] == JOB and one.phase == "forward" for one in operation.events
        )
        waiting = operation.waiting = Waiting(clock.now(), is_asked=is_asked)
        began, physical_id = waiting.began, f"{stack.arn}/{logical}"
        stack.attempts[logical] = Attempt(physical_id, properties)
        operation.in_flight = logical
        self.fakes.signaled[stack.arn, logical] = set()
        self._tell(stack, logical, physical_id, "CREATE_IN_PROGRESS")
        self.machines.is_dead = False
        meanwhile, self._operation = list(operation.script.meanwhile), operation
        for number in count():
            while happening := next((one for one in meanwhile if one[0] == number), None):
                meanwhile.remove(happening)
                before = clock.now()
                self._happen(operation, happening[1])
                self.machines.note_disturbed(before, clock.now())
            if operation.is_over:
                return
            if len(self.fakes.signaled[stack.arn, logical]) >= properties["Count"]:
                break
            ends, following = began + properties["Timeout"], self.machines.next()
            if clock.now() >= ends or following is None or following.due >= ends:
                clock.advance(max(0.0, ends - clock.now()))
                is_dead = self.machines.is_dead
                self.invariants.waiting.check_timeout(operation, logical, waiting, is_dead=is_dead)
                self._fail(operation)
                return
            self.machines.step()
        operation.in_flight = ""
        stack.unsignaled.discard(logical)
        self.invariants.waiting.check_complete(operation, logical, waiting, self.machines.calm_seconds)
        stack.resources[logical] = Resource(physical_id, properties)
        self._tell(stack, logical, physical_id, "CREATE_COMPLETE")

    def _happen(self, operation: Operation, what: str) -> None:
        """Let something happen while a wait condition waits."""
        match what:
            case "sibling" if not operation.is_over:
                self._fail(operation)
            case "cancel" if operation.stack.status == "UPDATE_IN_PROGRESS" and operation.stack.stable:
                self._go_back(operation)
            case "stopped for an hour":
                self.machines.stop_for_an_hour()
            case "twice":
                self.machines.run_twice()
            case "earlier":
                self._deliver_earlier(0)
            case "complete" | "fail" | "halt" | "delete-model":
                self.turn(what)

    @contextmanager
    def _function_of(self, stack_id: str) -> Iterator[None]:
        """Let the function belong to a stack during one call; "" is the stack of the event.

        A call may be made within another one: what happens meanwhile is another stack's.
        """
        own, self.fakes.own = self.fakes.own, stack_id
        try:
            yield
        finally:
            self.fakes.own = own

    def _carry_out_task(self, execution: Execution) -> dict[str, Any] | None:
        """Let the state machine call the function once."""
        stack_id, operation = execution.task["stackId"], self._operation
        stack = self._stacks[stack_id]
        body = {
            "RequestType": "Task",
            "RequestId": str(uuid.UUID(int=next(self._names))),
            "StackId": stack_id,
            "LogicalResourceId": "",
            "ResourceProperties": {},
        }
        event = Event(body, "task", stack, stack.number, self.fakes.clock.now())
        troubled = operation.script.troubled_looks if operation else ()
        troubles = tuple(one for number, one in troubled if number == execution.number)
        condition = stack.record.resources.get(execution.task.get("waitCondition", ""))
        is_idle = not stack.is_moving or (condition is not None and condition.status == "CREATE_COMPLETE")
        actions = self._actions(event, operation)
        invocation = self.fakes.begin(event, execution.attempt, troubles, actions)
        answer: Any = None
        try:
            with self._function_of(stack_id), self.fakes.clock.alarm(LAMBDA_SECONDS, invocation.kill):
                sent = json.loads(json.dumps({"task": execution.task}))
                answer = self._entry(sent, Context(self.fakes.clock), self.fakes)
        except (Killed, TaskError):
            self.fakes.end(invocation, was_killed=True)
            return None
        finally:
            self._note_look(execution, operation, invocation)
        self.fakes.end(invocation, was_killed=False)
        if execution.task["kind"] == WAIT_KIND:
            self.invariants.waiting.check_task(execution, answer, invocation, is_idle=is_idle)
        return dict(json.loads(json.dumps(answer)))

    def _note_look(self, execution: Execution, operation: Operation | None, run: Invocation) -> None:
        """Remember how a look went, for the laws of the wait condition that it is about."""
        if not run.is_calm:
            self.machines.note_disturbed(run.event.sent, self.fakes.clock.now())
        if operation is None or operation.waiting is None or operation.stack is not run.event.stack:
            return
        if operation.in_flight == execution.task.get("waitCondition"):
            operation.waiting.calm_looks.append(run.is_calm)
            operation.waiting.is_unread |= "describe_stacks" in run.denied

    def let_pass(self, seconds: float) -> None:
        """Let time pass, with the looks of state machines in it."""
        self._operation, until = None, self.fakes.clock.now() + seconds
        self.machines.run_until(until)
        self.fakes.clock.advance(max(0.0, until - self.fakes.clock.now()))

    def run_to_the_end(self) -> None:
        """Let every execution go on until it is over; in the end the function's role gets what it lacks."""
        self._operation = None
        is_over, missing = self.machines.run_to_the_end(), self.fakes.missing
        if not is_over and missing:
            self.fakes.missing = frozenset()
            is_over = self.machines.run_to_the_end()
            self.fakes.missing = missing
        self.invariants.waiting.check_over(is_over=is_over)

    def _finish(self, operation: Operation) -> None:
        stack, is_update = operation.stack, operation.stack.status == "UPDATE_IN_PROGRESS"
        operation.is_over = True
        stack.attempts.clear()
        if is_update:
            self._set(stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        gone = [(name, one) for name, one in stack.resources.items() if name not in operation.wanted]
        leaving = _dependents_first(gone)
        for logical, _ in leaving:
            del stack.resources[logical]
        self._clean(operation, (*stack.leftovers, *leaving))
        stack.leftovers.clear()
        stack.stable = _copied(stack.resources)
        self._set(stack, "UPDATE_COMPLETE" if is_update else "CREATE_COMPLETE")

    def _fail(self, operation: Operation) -> None:
        """Let a resource fail; a sibling may do so in the middle of one of our calls."""
        stack, is_creation = operation.stack, operation.stack.status == "CREATE_IN_PROGRESS"
        has_no_way_back = stack.stable is None and not is_creation
        if operation.script.stays or has_no_way_back:
            self._stay(operation)
        elif is_creation:
            self._take_back(operation)
        else:
            self._go_back(operation)

    def _stay(self, operation: Operation) -> None:
        """Leave everything as it is: rollback is disabled."""
        operation.is_over = True
        stack, logical = operation.stack, operation.in_flight
        if logical:
            attempt, resource = stack.attempts[logical], stack.resources.get(logical)
            if resource is None:
                known = attempt.physical_id or _invented(logical)
                resource = stack.resources[logical] = Resource(known, attempt.properties, CREATE_FAILED)
            else:
                if attempt.physical_id not in (None, resource.physical_id):
                    stack.leftovers.append((logical, replace(resource)))
                    resource.physical_id = str(attempt.physical_id)
                resource.status = UPDATE_FAILED
                self.invariants.note_ignored_response(stack, logical)
                self.invariants.laws.note_forgotten(stack)
            self._tell(stack, logical, resource.physical_id, resource.status)
        self._set(stack, CREATE_FAILED if stack.status == "CREATE_IN_PROGRESS" else UPDATE_FAILED)

    def _take_back(self, operation: Operation) -> None:
        """Undo a creation; that of a nested stack is undone by its deletion where the parent has failed."""
        operation.is_over = True
        stack = operation.stack
        stack.goes_back, stack.stable = True, None
        if self._variant.moves_time_back:
            stack.record.updated = self.fakes.clock.now()
        if self._has_failing_parent(operation.script):
            prefix = "" if self._root_record.status.startswith("CREATE") else "UPDATE_"
            self._set(stack, "DELETE_IN_PROGRESS", root=f"{prefix}ROLLBACK_IN_PROGRESS")
            done, failed = "DELETE_COMPLETE", "DELETE_FAILED"
        else:
            self._set(stack, "ROLLBACK_IN_PROGRESS")
            done, failed = "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"
        created = dict(stack.attempts) or {
            name: Attempt(one.physical_id, one.properties) for name, one in stack.resources.items()
        }
        self._delete_new(operation, created)
        stack.attempts.clear()
        root = self._root_record.status.replace("IN_PROGRESS", "COMPLETE")
        self._set(stack, failed if stack.resources else done, root=root)
        if stack.status == "DELETE_COMPLETE":
            self.stack = None

    def _go_back(self, operation: Operation) -> None:
        """Take back what was done since the stack was complete."""
        operation.is_over = True
        stack, stable = operation.stack, operation.stack.stable or {}
        stack.goes_back = True
        if self._variant.moves_time_back:
            stack.record.updated = self.fakes.clock.now()
        root = "UPDATE_ROLLBACK_IN_PROGRESS" if self._has_failing_parent(operation.script) else ""
        self._set(stack, "UPDATE_ROLLBACK_IN_PROGRESS", root=root)
        self._repeat_earlier(operation, "back")
        gone = [self._restore(operation, name) for name in reversed(stack.attempts) if name in stable]
        self._set(stack, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", root=root)
        lost = [
            (name, one)
            for name, one in stack.leftovers
            if name not in stable or stack.resources[name].physical_id != one.physical_id
        ]
        self._clean(operation, (*filter(None, gone), *lost))
        self._delete_new(operation, {k: one for k, one in stack.attempts.items() if k not in stable})
        stack.attempts.clear()
        stack.leftovers.clear()
        stack.stable = _copied(stack.resources)
        self._set(stack, "UPDATE_ROLLBACK_COMPLETE")

    def _restore(self, operation: Operation, logical: str) -> tuple[str, Resource] | None:
        stack = operation.stack
        old, attempt = (stack.stable or {})[logical], stack.attempts[logical]
        new_id = attempt.physical_id or stack.resources[logical].physical_id
        is_replaced = new_id != old.physical_id
        stack.resources[logical] = replace(old)
        if is_replaced and operation.script.asks == "nothing" and logical != operation.in_flight:
            self._tell(stack, logical, old.physical_id, "UPDATE_COMPLETE")
        else:
            # names do not follow a stack refactoring, so only its id leads to its former job
            asks_new = operation.script.asks == "new" and not self.invariants.was_moved(stack.arn, logical)
            asked = new_id if asks_new else old.physical_id
            told = (operation, "Update", logical, old.properties, "back", asked, attempt.properties)
            self._tell(stack, logical, asked, "UPDATE_IN_PROGRESS")
            answer = self._with_plan(event := self._event(*told), operation)
            if answer is None or answer["Status"] == "FAILED":  # somebody continues the rollback
                answer = self.deliver(event := self._event(*told), (), operation)
            self.invariants.check_restored(answer, old, event)
            if answer and answer["Status"] == "SUCCESS":
                stack.resources[logical].physical_id = answer["PhysicalResourceId"]
            self._tell(stack, logical, stack.resources[logical].physical_id, "UPDATE_COMPLETE")
        kept = stack.resources[logical].physical_id
        return (logical, Resource(new_id, attempt.properties)) if is_replaced and new_id != kept else None

    def _delete_new(self, operation: Operation, created: Mapping[str, Attempt]) -> None:
        stack = operation.stack
        for logical in reversed(created):
            attempt = created[logical]
            resource = Resource(attempt.physical_id or _invented(logical), attempt.properties)
            stack.resources.pop(logical, None)
            succeeded = self._delete(operation, logical, resource)
            if not succeeded and not stack.status.startswith("UPDATE"):
                stack.resources[logical] = resource  # an update's rollback would abandon it

    def deliver(
        self,
        event: Event,
        troubles: tuple[Trouble, ...] = (),
        operation: Operation | None = None,
        first: int = 0,
    ) -> dict[str, Any] | None:
        """Let Lambda carry out an event: up to three attempts, one and two minutes apart.

        CloudFormation goes on as soon as it has heard an answer, so what is tried again after that comes at
        the end of the operation.
        """
        self.fakes.clock.advance(0.5)
        sent = json.dumps(event.body)
        for attempt in range(first, 3):
            invocation = self.fakes.begin(event, attempt, troubles, self._actions(event, operation))
            try:
                with self._function_of(""), self.fakes.clock.alarm(LAMBDA_SECONDS, invocation.kill):
                    self._entry(json.loads(sent), Context(self.fakes.clock), self.fakes)
            except (Killed, DeliveryError, UnfinishedError):
                self.fakes.end(invocation, was_killed=True)
                if operation and event.request_id in self.fakes.heard:
                    operation.retries.append((event, troubles, attempt + 1))
                    break
                self.fakes.clock.advance(60.0 * (attempt + 1))
            else:
                self.fakes.end(invocation, was_killed=False)
                break
        if event.request_id not in self.fakes.heard:
            self.fakes.clock.advance(SERVICE_TIMEOUT)  # CloudFormation waits for nothing
        return self.fakes.heard.get(event.request_id)

    def look(self, earlier: int = 0, troubles: tuple[Trouble, ...] = ()) -> bool:
        """Let a rule call the function; return whether it has done all.

        Args:
            earlier: of how many deployments ago the rule is; a stack that is deleted may have sent it, too.
            troubles: what goes wrong around the function's calls.
        """
        if not self._rules:
            return True
        stack, things = self._rules[-1 - earlier % len(self._rules)]
        return self._look(stack, things, troubles)

    def look_in_peace(self) -> None:
        """Let the rule of a stack call the function twice while nothing else happens."""
        stack = self.stack
        if stack is None or stack.status not in _SETTLED:
            return
        wanted = {name: one.properties for name, one in stack.resources.items() if one.status == "COMPLETE"}
        missing, self.fakes.missing = self.fakes.missing, frozenset()
        for number in range(2):
            before = self.invariants.laws.snapshot()
            if self._look(stack, things_of(wanted)):
                self.invariants.laws.check_followed(stack, wanted)
                if number:
                    self.invariants.laws.check_unchanged(before)
        self.fakes.missing = missing

    def _look(self, stack: Stack, things: list[dict[str, str]], troubles: tuple[Trouble, ...] = ()) -> bool:
        body = {
            "RequestType": "Look",
            "RequestId": str(uuid.UUID(int=next(self._names))),
            "StackId": stack.arn,
            "LogicalResourceId": "",
            "ResourceProperties": {},
            "Things": things,
        }
        event = Event(body, "look", stack, stack.number, self.fakes.clock.now())
        sent = {"follow": stack.arn, "things": things}
        for attempt in range(3):
            invocation = self.fakes.begin(event, attempt, troubles, self._actions(event, None))
            try:
                with self._function_of(stack.arn), self.fakes.clock.alarm(LAMBDA_SECONDS, invocation.kill):
                    self._entry(json.loads(json.dumps(sent)), Context(self.fakes.clock), self.fakes)
            except (Killed, LookError):
                self.fakes.end(invocation, was_killed=True)
            else:
                self.fakes.end(invocation, was_killed=False)
                return True
            self.fakes.clock.advance(60.0 * (attempt + 1))
        return False

    def _actions(self, event: Event, operation: Operation | None) -> Mapping[str, Callable[[], object]]:
        def sibling() -> None:
            if operation and not operation.is_over and event.phase in ("forward", "task"):
                self._fail(operation)

        def overtaken() -> None:
            """Let the operation fail and the next one begin while the function still works."""
            sibling()
            is_over = operation and operation.is_over and operation.stack is self.stack
            if not is_over or self._begun or operation.stack.status in _TO_BE_DELETED:  # type: ignore[union-attr]
                return
            if following := self.following():
                self._begun = self._begin(*following)

        return {
            "sibling": sibling,
            "overtaken": overtaken,
            "duplicate": lambda: self.deliver(event),
            "earlier": lambda: self._deliver_earlier(0),
            "look": self.look,
            "task": self.machines.step,
            "earlier look": lambda: self.look(1),
        }

    def _with_plan(self, event: Event, operation: Operation) -> dict[str, Any] | None:
        number, plans = next(operation.backs), operation.script.back
        troubles = plans[number].troubles if number < len(plans) else ()
        return self.deliver(event, troubles, operation)

    def _clean(self, operation: Operation, resources: Iterable[tuple[str, Resource]]) -> None:
        for logical, resource in tuple(resources):
            self._delete(operation, logical, resource)

    def _delete(self, operation: Operation, logical: str, resource: Resource) -> bool:
        stack = operation.stack
        if kind_of(resource.properties) == WAIT_CONDITION:
            self._tell(stack, logical, resource.physical_id, "DELETE_COMPLETE")
            return True
        is_stacks = stack.status == "DELETE_IN_PROGRESS" and not stack.goes_back
        event = self._event(
            operation,
            "Delete",
            logical,
            resource.properties,
            "gone" if is_stacks else "cleanup",
            resource.physical_id,
        )
        leaves = is_stacks or logical not in stack.resources
        if leaves:
            self._tell(stack, logical, resource.physical_id, "DELETE_IN_PROGRESS")
        answer = self._with_plan(event, operation)
        succeeded = bool(answer and answer["Status"] == "SUCCESS")
        if leaves:
            self._tell(
                stack, logical, resource.physical_id, "DELETE_COMPLETE" if succeeded else "DELETE_FAILED"
            )
        self.invariants.check_delete(event, answer, leaves=leaves)
        return succeeded

    def _tell(self, stack: Stack, logical: str, physical_id: str, status: str) -> None:
        """Change what CloudFormation says of a resource."""
        if status == "DELETE_COMPLETE" and not self._variant.tells_deleted:
            stack.record.resources.pop(logical, None)
        else:
            now, kind = self.fakes.clock.now(), self._kinds.get((stack.arn, logical), JOB)
            stack.record.resources[logical] = ResourceRecord(physical_id, status, now, kind)
        stack.record.events.append((self.fakes.clock.now(), physical_id, status))

    def _desired(self, operation: Operation, logical: str) -> Event:
        properties = resolved(operation.wanted[logical], operation.stack)
        old = operation.stack.resources.get(logical)
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
        stack = operation.stack
        body = {
            "RequestType": kind,
            "ResponseURL": RESPONSE_URL,
            "StackId": stack.arn,
            "RequestId": str(uuid.UUID(int=next(self._names))),
            "ResourceType": kind_of(properties),
            "LogicalResourceId": logical,
            "ServiceToken": FUNCTION,
            "ResourceProperties": properties,
            **({"PhysicalResourceId": physical_id} if kind != "Create" else {}),
            **({"OldResourceProperties": old} if old else {}),
        }
        event = Event(body, phase, stack, stack.number, self.fakes.clock.now())
        operation.events.append(event)
        return event

    def _receive(self, event: Event, answer: Mapping[str, Any]) -> None:
        """Let CloudFormation record the response."""
        kind, logical = event.body["RequestType"].upper(), event.body["LogicalResourceId"]
        standing = event.stack.record.resources.get(logical)
        is_awaited = standing is not None and standing.status == f"{kind}_IN_PROGRESS"
        if event.phase == "forward" and event.number == event.stack.number and is_awaited:
            has_failed = answer["Status"] == "FAILED"
            known = event.body.get("PhysicalResourceId") if has_failed else None
            status = f"{kind}_FAILED" if has_failed else f"{kind}_COMPLETE"
            self._tell(event.stack, logical, known or answer["PhysicalResourceId"], status)

    def _repeat(self, operation: Operation) -> None:
        for event, troubles, first in operation.retries:
            self.fakes.clock.advance(60.0)
            self.deliver(event, troubles, first=first)
        for number in operation.script.duplicates:
            if operation.events:
                self.deliver(operation.events[number % len(operation.events)])

    def _repeat_earlier(self, operation: Operation, moment: str) -> None:
        for number, when in operation.script.looks:
            if when == moment and not self._begun:
                self.look(number)
        for number, when in operation.script.repeats:
            if when == moment and not self._begun:
                self._deliver_earlier(number)

    def _deliver_earlier(self, number: int) -> None:
        """Deliver an event of an earlier operation once more, unless it is too old."""
        now = self.fakes.clock.now()
        known = [one for one in self._past if now - one.sent <= EVENT_AGE and not self._is_mistaken(one)]
        if known:
            self.deliver(known[-1 - number % len(known)])

    @staticmethod
    def _is_mistaken(event: Event) -> bool:
        """Return whether CloudFormation waits for the response to an event that looks the same.

        A Delete may also come in the very moment in which an Update is about to let its job stand again.
        """
        kind, known = event.body["RequestType"].upper(), event.body.get("PhysicalResourceId", "")
        awaited = event.stack.record.resources.get(event.body["LogicalResourceId"])
        if awaited is None:
            return False
        is_adopting = kind == "DELETE" and awaited.status in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")
        return is_adopting or (awaited.physical_id, awaited.status) == (known, f"{kind}_IN_PROGRESS")

    def _remember(self, operation: Operation) -> None:
        answered = [event for event in operation.events if event.request_id in self.fakes.heard]
        self._past = [*self._past, *answered][-_REMEMBERED:]

    def _has_failing_parent(self, script: Script) -> bool:
        return self._variant.is_nested and script.parent_fails

    def _new_stack(self) -> Stack:
        stack = Stack(self._arn("stack"))
        stack.record.root = self._root if self._variant.is_nested else ""
        stack.record.created = self.fakes.clock.now()
        self._first = self._first or stack.arn
        self.fakes.records[stack.arn] = stack.record
        self._stacks[stack.arn] = stack
        return stack

    def _arn(self, name: str) -> str:
        return f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{name}/{uuid.UUID(int=next(self._names))}"

    def _set(self, stack: Stack, status: str, root: str = "") -> None:
        """Change a stack's status, and that of the stack it may be nested in."""
        now = self.fakes.clock.now()
        stack.record.set(status, now, stack.arn)
        is_first = stack.arn == self._first
        same = status if is_first else status.replace("CREATE_", "UPDATE_")
        self._root_record.set(root or same, now, self._root)


def _copied(resources: Mapping[str, Resource]) -> dict[str, Resource]:
    return {logical: replace(one) for logical, one in resources.items()}


def _dependents_first(resources: Iterable[tuple[str, Resource]]) -> list[tuple[str, Resource]]:
    """Order resources so that what refers to a job comes before it."""
    return sorted(resources, key=lambda one: kind_of(one[1].properties) == JOB)


def _invented(logical: str) -> str:
    return f"stack-{logical}-1ABCDEFGHIJKL"
