"""Carries out one event of a published model: observe, decide, act."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contract.follow import PUBLISHED_KIND
from contract.promotion import PROMOTION_PROPERTY
from contract.resource import VALUE_ATTRIBUTE, ownership_tags

from ..frame.errors import AwsError
from ..frame.event import CREATE, DELETE, NOT_CREATED, UPDATE
from ..frame.look import Thing
from ..frame.observe import is_created_here, read_resource, read_stack
from ..frame.parameters import all_tags
from ..frame.properties import member
from ..frame.response import Outcome
from ..frame.stack import UNKNOWN_RESOURCE, ResourceState, StackPhase, StackState
from ..jobs.current import CurrentJob, read_current_job
from . import decide, messages
from .decide import Fail, Keep, Leave, Observation, Put
from .desired_state import Change, problems

if TYPE_CHECKING:
    from ..frame.parameters import Parameter
    from ..services import Services

_DECISIONS = 3
"""How often an event is decided again because somebody created the parameter between observing and acting."""

_TAGGING = (StackPhase.IN_PROGRESS, StackPhase.ROLLING_BACK)
_DELETE_COMMAND = "aws ssm delete-parameter --name"


class PublishedLifecycle:
    """One event of a published model.

    Args:
        change: the event.
        services: the services of AWS.
    """

    def __init__(self, change: Change, services: Services) -> None:
        self._change = change
        self._services = services
        self._log = services.log
        self._created = ""
        self.physical_id = change.physical_id or f"{NOT_CREATED}{change.request_id}"

    def run(self) -> Outcome:
        """Do what the event asks for, or return why not."""
        try:
            return self._delete() if self._change.request_type == DELETE else self._create_or_update()
        except AwsError as error:
            reason = messages.call_failed(error)
        self.undo()
        return Outcome(physical_id=self.physical_id, failure=reason)

    def undo(self) -> None:
        """Delete the parameter that this event has created, because the event is reported as failed."""
        if not self._created:
            return
        self._services.retry.extend()
        if self._resource().has_current(self._created):
            return  # another delivery of this event has responded with it
        try:
            self._remove(self._created)
        except AwsError as error:
            self._log_left(self._created, error)

    # -- Create and Update -----------------------------------------------------------------------------------

    def _create_or_update(self) -> Outcome:
        change = self._change
        stack = self._stack()
        found = list(problems(change))
        if change.request_type == UPDATE and stack.phase is StackPhase.ROLLING_BACK:
            return self._restore(stack, found)
        return self._failed(messages.invalid(found)) if found else self._publish(stack)

    def _restore(self, stack: StackState, found: list[str]) -> Outcome:
        """Carry out an Update of a rollback, which never fails: what cannot be done now is only logged."""
        self._remove_new(stack)
        if found:
            self._log.write("properties not valid", "WARNING", reason=messages.invalid(found))
            return Outcome(physical_id=self.physical_id, data={VALUE_ATTRIBUTE: ""})
        try:
            return self._publish(stack)
        except AwsError as error:
            self._log.write("parameter not written", "ERROR", reason=messages.call_failed(error))
        return Outcome(physical_id=self._change.desired.name, data={VALUE_ATTRIBUTE: ""})

    def _remove_new(self, stack: StackState) -> None:
        """Delete the parameter of the name that is rolled back; a response about it may have been lost."""
        name = self._change.rolled_back_name
        try:
            found = self._services.parameters.get(name, is_needed=False) if name else None
            if found and self._is_ours(found) and self._is_created_here(found, stack):
                self._remove(name)
        except AwsError as error:
            self._log_left(name, error)

    def _publish(self, stack: StackState) -> Outcome:
        for _ in range(_DECISIONS):
            seen = self._observe(stack)
            decision = decide.create_or_update(self._change, seen)
            self._write_decision(decision, seen)
            match decision:
                case Fail(reason=reason):
                    return self._failed(reason)
                case Put(value=value) if not self._put(seen.parameter, value):
                    continue
                case Put() if self._created and (after := self._stack()).phase.has_failed:
                    self.undo()  # the rollback may have looked for it before it was created
                    return self._failed(messages.NOT_IN_PROGRESS[after.phase])
            self._update_tags(seen)
            return Outcome(physical_id=self._change.desired.name, data={VALUE_ATTRIBUTE: decision.value})
        return self._failed(messages.CHANGED)

    def _observe(self, stack: StackState) -> Observation:
        change, parameters = self._change, self._services.parameters
        name, former = change.desired.name, None
        if change.request_type == UPDATE and change.physical_id == change.previous.name != name:
            former = self._former()
        current, parameter = self._current_job(), parameters.get(name)
        is_foreign = parameter is not None and not self._is_ours(parameter)
        policy = member(change.properties, PROMOTION_PROPERTY)
        if policy is not None and not is_foreign:
            current = self._promoted(policy, current, former or parameter, stack)
        return Observation(
            stack=stack,
            resource=self._resource(),
            current=current,
            parameter=parameter,
            former=former,
        )

    def _former(self) -> Parameter | None:
        """Read the parameter of the old name; the role may not be permitted to read it any more."""
        try:
            found = self._services.parameters.get(self._change.previous.name, is_needed=False)
        except AwsError as error:
            self._log.write("parameter not read", "WARNING", reason=messages.call_failed(error))
            return None
        return found if found and self._is_ours(found) else None

    def _current_job(self) -> CurrentJob:
        """Read the current job; a deployment goes on without it, and the value stays until the next look."""
        services, change = self._services, self._change
        try:
            return read_current_job(change.stack_id, change.desired.job, services.bedrock, services.stacks)
        except AwsError as error:
            self._log.write("job not read", "ERROR", reason=messages.call_failed(error))
            return CurrentJob(note="the job could not be read")

    def _promoted(
        self, policy: object, current: CurrentJob, parameter: Parameter | None, stack: StackState
    ) -> CurrentJob:
        """Return the current job with the model that is to be published; see `promotion.follow`."""
        from ..promotion.follow import of_event

        change = self._change
        thing = Thing(
            kind=PUBLISHED_KIND,
            job=change.desired.job,
            resource=change.logical_id,
            parameter=change.desired.name,
        )
        job_arn = change.desired.job_arn
        promotion = of_event(policy, job_arn, change.stack_id, thing, self._services, phase=stack.phase)
        is_rollback = stack.phase is StackPhase.ROLLING_BACK
        return promotion.promoted(current, promotion.served_by_parameter(parameter), is_rollback=is_rollback)

    def _put(self, parameter: Parameter | None, value: str) -> bool:
        """Write the value; return False where somebody has created the parameter meanwhile."""
        change, parameters = self._change, self._services.parameters
        name = change.desired.name
        tags = all_tags(change.stack_id, change.logical_id, change.desired.tags)
        if parameter:
            parameters.set_value(name, value, tags)
        else:
            if change.request_type == CREATE:
                self.physical_id = name  # a response that is lost may have been this event's
            if not parameters.create(name, value, tags):
                return False
            self._created = name
        self._log.write("parameter written", parameter=name, value=value)
        return True

    def _update_tags(self, seen: Observation) -> None:
        """Give a parameter that existed the desired tags; only tags that the template gave are removed."""
        change, parameter = self._change, seen.parameter
        if parameter is None or not self._is_ours(parameter) or seen.stack.phase not in _TAGGING:
            return
        desired = {**change.desired.tags, **ownership_tags(change.stack_id, change.logical_id)}
        new = {key: value for key, value in desired.items() if parameter.tags.get(key) != value}
        dropped = sorted(set(change.previous.tags) & set(parameter.tags) - set(desired))
        if dropped:
            self._services.parameters.remove_tags(parameter.name, dropped)
        if new:
            self._services.parameters.add_tags(parameter.name, new)
        if dropped or new:
            self._log.write("tags updated", resource=parameter.name, changed=len(dropped) + len(new))

    # -- Delete ----------------------------------------------------------------------------------------------

    def _delete(self) -> Outcome:
        change = self._change
        stack = self._stack()
        resource = UNKNOWN_RESOURCE if stack.is_deleted_whole else self._resource()
        name = change.name_to_delete
        is_last = stack.is_deleted_whole or resource.is_leaving
        if is_last and member(change.properties, PROMOTION_PROPERTY) is not None:
            from ..promotion.follow import forget
            from ..serving.actions import Owner

            owner = Owner(stack_id=change.stack_id, logical_id=change.logical_id)
            forget(change.properties, owner, self._services)
        try:
            self._delete_or_leave(name, stack, resource)
        except AwsError as error:
            # In a rollback nothing may fail, and the permission may have gone with the former template.
            is_left = stack.is_rollback or (error.kind.is_denial and not stack.is_deleted_whole)
            if not is_left:
                return self._failed(messages.not_deleted(name, error))
            self._log_left(name, error)
        return Outcome(physical_id=change.physical_id)

    def _delete_or_leave(self, name: str, stack: StackState, resource: ResourceState) -> None:
        try:
            parameter = self._services.parameters.get(name, is_needed=False) if name else None
        except AwsError as error:
            if not error.kind.is_denial:
                raise
            # By the tag of the stack its former parameters may be read, and those that are gone have no tags.
            return self._log_left_alone(name, messages.UNREADABLE, "WARNING")
        is_created_here = parameter is not None and self._is_created_here(parameter, stack)
        decision = decide.delete(self._change, parameter, stack, resource, is_created_here=is_created_here)
        if isinstance(decision, Leave):
            level = "WARNING" if decision.is_unclear else "INFO"
            return self._log_left_alone(name, decision.note, level)
        return self._remove(name)

    def _remove(self, name: str) -> None:
        self._services.parameters.delete(name)
        self._log.write("parameter deleted", parameter=name)

    def _log_left_alone(self, name: str, note: str, level: str) -> None:
        command = None if level == "INFO" else f"{_DELETE_COMMAND} {name}"
        self._log.write("parameter left alone", level, parameter=name, decision=note, command=command)

    def _log_left(self, name: str, error: AwsError) -> None:
        self._log.write(
            "parameter not deleted",
            "ERROR",
            parameter=name,
            reason=messages.call_failed(error),
            command=f"{_DELETE_COMMAND} {name}",
        )

    # -- What both read --------------------------------------------------------------------------------------

    def _stack(self) -> StackState:
        services, is_delete = self._services, self._change.request_type == DELETE
        return read_stack(
            services.stacks, self._change.stack_id, services.retry, self._log, is_delete=is_delete
        )

    def _resource(self) -> ResourceState:
        change = self._change
        return read_resource(self._services.stacks, change.stack_id, change.logical_id, self._log)

    def _is_created_here(self, parameter: Parameter, stack: StackState) -> bool:
        """Return whether the operation that is rolled back has created a parameter, as far as is known."""
        if not stack.is_rollback or stack.is_rollback_of_creation:
            return stack.is_rollback
        stacks, stack_id = self._services.stacks, self._change.stack_id
        is_new = parameter.version == 1  # else only the time of the last change is known
        return is_new and bool(is_created_here(parameter.changed, stack, stacks, stack_id, self._log))

    def _is_ours(self, parameter: Parameter) -> bool:
        return parameter.is_owned_by(self._change.stack_id, self._change.logical_id)

    def _failed(self, reason: str) -> Outcome:
        return Outcome(physical_id=self.physical_id, failure=reason)

    def _write_decision(self, decision: Put | Keep | Fail, seen: Observation) -> None:
        self._log.write(
            "decided",
            getattr(decision, "level", "INFO"),
            decision=type(decision).__name__,
            stack=seen.stack.phase.name,
            parameter=self._change.desired.name,
            note=getattr(decision, "note", None) or getattr(decision, "reason", None),
        )
