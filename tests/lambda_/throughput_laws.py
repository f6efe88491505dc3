"""What must hold of provisioned throughputs whatever happens: what is bought is billed. One method a law."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contract.resource import EXPIRES_TAG, ownership_tags

from tests.lambda_.kinds import THROUGHPUT
from tests.lambda_.laws import is_current

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from constructs_lib.testing.bedrock import Serving
    from tests.lambda_.operations import Event, Stack
    from tests.lambda_.probe import Invocation, ProbedFakes

_LIVE = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")
BUY = "create_provisioned_model_throughput"
_CHANGE = "update_provisioned_model_throughput"
_DELETE = "delete_provisioned_model_throughput"


class ThroughputLaws:
    """Tells every violation.

    Args:
        fakes: everything outside the function.
        breach: is told the law that is violated, and by what.
    """

    def __init__(self, fakes: ProbedFakes, breach: Callable[[str, str], None]) -> None:
        self._fakes = fakes
        self._breach = breach
        self._bought_by: dict[str, Event] = {}
        self._bought_at: dict[str, float] = {}
        self._failed: dict[str, str] = {}
        self._excused: set[str] = set()
        self._is_disturbed = False

    @property
    def bought(self) -> int:
        """How many throughputs were bought."""
        return len(self._bought_by)

    def note_by_hand(self) -> None:
        """Remember that somebody has deleted a throughput."""
        self._is_disturbed = True

    def watch(self, name: str, run: Invocation, request: Mapping[str, Any]) -> Callable[[], None] | None:
        """Hold a call that is about to be made to the laws."""
        if name == BUY:
            before = {one.arn for one in self._throughputs()}
            return lambda: self._check_purchase(run, before)
        if name in (_CHANGE, _DELETE) and (found := self._found(str(request["provisionedModelId"]))):
            self._check_foreign(run, found)
            if name == _DELETE:
                self._check_needed(run, found)
        return None

    # -- what is bought ------------------------------------------------------------------------------------

    def _check_purchase(self, run: Invocation, before: set[str]) -> None:
        """Only a Create buys, or an Update that changes `Purchase`; once, and never in a rollback."""
        new = [one for one in self._throughputs() if one.arn not in before]
        event = run.event
        for one in new:
            self._check_buyer(event, one)
            if run.status_seen not in _LIVE:
                self._breach("nothing is bought in a rollback", f"{_of(event)}, {run.status_seen}")
            if any(known.request_id == event.request_id for known in self._bought_by.values()):
                self._breach("one event never buys twice", _of(event))
            self._bought_by[one.arn], self._bought_at[one.arn] = event, self._fakes.clock.now()

    def _check_buyer(self, event: Event, bought: Serving) -> None:
        """Neither looks, tasks, rollbacks nor Deletes buy, and no Update but one of `Purchase`."""
        body = event.body
        if event.phase != "forward" or body.get("ResourceType") != THROUGHPUT:
            self._breach("only an event that may buy buys", f"{_of(event)}, {event.phase}")
            return
        properties, old = body["ResourceProperties"], body.get("OldResourceProperties", {})
        if body["RequestType"] != "Create" and properties["Purchase"] == old.get("Purchase"):
            self._breach("an Update buys nothing", _of(event))
        if bought.model_arn != properties.get("ModelId"):
            self._breach("what is bought is what the template says", f"{bought}")

    # -- what is changed and deleted ------------------------------------------------------------------------

    def _check_foreign(self, run: Invocation, found: Serving) -> None:
        """Only what belongs to the resource is changed."""
        event = run.event
        if event.phase == "task":
            is_ours = event.stack.arn in found.tags.values()
        else:
            is_ours = ownership_tags(*event.resource).items() <= found.tags.items()
        if not is_ours:
            self._breach("no foreign throughput is changed", f"{found.name}, {_of(event)}")

    def _check_needed(self, run: Invocation, found: Serving) -> None:
        """What is paid for is deleted by its Delete, when its time is over, or by who has bought it."""
        event = run.event
        if event.phase == "task":
            bought, seconds = self._bought_at.get(found.arn, 0.0), found.tags.get(EXPIRES_TAG)
            if seconds is None or self._fakes.clock.now() < bought + float(seconds):
                self._breach("nothing is deleted before its time", f"{found.tags}")
            return
        buyer = self._bought_by.get(found.arn)
        if buyer is not None and buyer.request_id == event.request_id:
            return
        # operations that have failed without a rollback count as one with what followed them
        is_undone = event.phase == "back" and buyer is not None and buyer.number > event.stack.stable_number
        if event.body["RequestType"] != "Delete" and not is_undone:
            self._breach("only a Delete deletes a throughput", _of(event))
        if not is_undone and is_current(run, found.arn) and not _is_believed(event):
            self._breach("a current throughput is not deleted", _of(event))

    def is_of(self, event: Event, arn: str) -> bool:
        """Return whether a throughput was bought for the resource of an event."""
        return self._owner(arn) == event.resource

    # -- how events end ------------------------------------------------------------------------------------

    def check_success(self, event: Event, answer: Mapping[str, Any]) -> None:
        """A success has the throughput, with the model, or says that there is none."""
        arn, properties = answer["Data"]["ThroughputArn"], event.body["ResourceProperties"]
        if not arn:
            is_right = "ModelId" not in properties or event.body["RequestType"] == "Update"
            if not is_right:
                self._breach("a Create that has a model buys", _of(event))
            return
        if answer["PhysicalResourceId"] != arn:
            self._breach("the physical id is the ARN", f"{answer}")
        found = self._found(arn)
        is_late = event.sent + 1_000 < self._fakes.clock.now()
        if found is None:
            if not self._is_disturbed and not is_late:
                self._breach("a success has a throughput", f"{_of(event)}, {answer}")
        elif "ModelId" in properties and found.model_arn != properties["ModelId"] and not is_late:
            self._breach("a success serves the model", f"{_of(event)}, {found}")

    def check_delete(self, event: Event, answer: Mapping[str, Any] | None) -> None:
        """Remember what is left on purpose, and what a Delete says that it could not delete."""
        properties = event.body["ResourceProperties"]
        ours = {one.arn for one in self._throughputs() if self._owner(one.arn) == event.resource}
        if answer is None or answer["Status"] == "FAILED":
            self._excused |= ours  # the failed Delete is in the stack's events, with the reason
        elif properties.get("OnDelete") == "Retain":
            self._excused |= ours

    def check_quiet(self, stack: Stack) -> None:
        """Check, when nothing is in progress, that all that is billed is known to somebody."""
        known = {one.physical_id for one in stack.resources.values()}
        known |= {one.physical_id for _, one in stack.leftovers}
        pending = {name for name, one in stack.resources.items() if one.status != "COMPLETE"}
        pending |= {name for name, _ in stack.leftovers}
        log = self._fakes.log.getvalue()
        for one in self._throughputs():
            owner = self._owner(one.arn)
            names = {one.arn, one.name}
            is_known = names & (known | self._excused) or owner[1] in pending or one.arn in log_errors(log)
            if owner[0] == stack.arn and not is_known:
                self._breach("nothing is billed that nobody knows of", f"{one.name} after {stack.status}")

    # -- what there is --------------------------------------------------------------------------------------

    def _throughputs(self) -> list[Serving]:
        return [one for one in self._fakes.double.serving() if one.kind == "provisioned-model"]

    def _found(self, identifier: str) -> Serving | None:
        return next((one for one in self._throughputs() if identifier in (one.arn, one.name)), None)

    def _owner(self, arn: str) -> tuple[str, str]:
        return self._bought_by[arn].resource if arn in self._bought_by else ("", "")


def _is_believed(event: Event) -> bool:
    """Return whether a Delete comes again in a later operation, which has not touched the resource.

    CloudFormation may not show yet that it deletes it: see "What it does not promise" in docs/reliability.md.
    """
    stack, shown = event.stack, event.stack.record.resources[event.resource[1]]
    is_repeat = event.body["RequestType"] == "Delete" and event.number != stack.number
    return is_repeat and (shown.changed or 0.0) < (stack.record.updated or stack.record.created)


def log_errors(log: str) -> str:
    """Return the lines of a log that report an error."""
    return "\n".join(line for line in log.splitlines() if '"ERROR"' in line)


def _of(event: Event) -> str:
    body = event.body
    return f"{body['RequestType']} of {body['LogicalResourceId']} ({event.phase}, {event.stack.status})"
