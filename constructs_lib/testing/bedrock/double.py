"""The double itself: Bedrock's customization API in one Python object."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from functools import partial
from math import inf
from threading import RLock
from typing import TYPE_CHECKING, Any

from ...contract.promotion import APPROVED_TAG, APPROVED_VALUE, REJECTED_VALUE
from ...distribution import imports_from
from .account_state import AccountState
from .arns import is_custom_model
from .behaviour import Behaviour, Clock, Moment
from .deployment_operations import new_deployment
from .faults import Faults
from .job_events import EventSender, job_event
from .metrics_writer import MetricsWriter
from .operations import OPERATIONS
from .responses import copied
from .runtime import RUNTIME_OPERATIONS
from .service import CONTROL, RUNTIME, Document, ResponseLost, ServiceError, check
from .serving_record import ModelUpdate
from .throughput_operations import find_model, new_throughput
from .views import (
    Call,
    Deployment,
    Job,
    Model,
    Serving,
    view_deployment,
    view_job,
    view_model,
    view_serving,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from .client import BedrockClient
    from .deployment_record import DeploymentStatus
    from .job_events import EventBus, Unsent
    from .metrics_writer import MetricsStore, Unwritten
    from .records import JobRecord, JobStatus
    from .throughput_record import Commitment, ThroughputStatus

ACCOUNT = "000000000000"
REGION = "us-east-1"
_LONGEST_CALL_LIST = 10_000


_ALL_OPERATIONS = {**OPERATIONS, **RUNTIME_OPERATIONS}


def _nothing() -> None:
    """Write no metrics."""


def _check(operation: str, request: Document) -> None:
    """Validate a request; what the body of InvokeModel has, only the model knows."""
    members = {name: value for name, value in request.items() if name != "body"}
    check(operation, members, RUNTIME if operation in RUNTIME_OPERATIONS else CONTROL)


def _no_serving(identifier: str) -> LookupError:
    return LookupError(
        f"the Bedrock double has no deployment or throughput {identifier!r}; see double.serving()"
    )


def _as_told(
    now: float, status: str, failure_message: str | None, tags: Mapping[str, str] | None
) -> dict[str, Any]:
    """Return the members of the record of what a test creates, and not a call, in a status."""
    return {
        "ends": inf if status == "Creating" else now,
        "readable": now,
        "failure": failure_message or "" if status == "Failed" else None,
        "tags": dict(tags or {}),
    }


class BedrockDouble:
    """A stateful double of Bedrock's customization API, in process and without HTTP.

    Requests are validated with botocore's own service model; a job name can be used once; the same client
    request token returns the same job; jobs end when the clock reaches their end. `Behaviour` decides what
    AWS does not document.

    Args:
        behaviour: how it behaves where AWS does not document it. Default: see `Behaviour`.
        clock: its clock. Default: the time of this machine, which `double.clock.advance(seconds)` advances.
        account: 12 digits, for callers whose access key is not an account. Default: twelve zeros.
        store: where metrics files of jobs are written, such as `S3MetricsStore`; `Behaviour.metrics_files`
            decides when. Default: they are not written.
        bus: where events of jobs are sent, such as `EventBridgeBus`; `Behaviour.events` decides which.
            Default: they are not sent.
    """

    def __init__(
        self,
        *,
        behaviour: Behaviour | None = None,
        clock: Clock | None = None,
        account: str = ACCOUNT,
        store: MetricsStore | None = None,
        bus: EventBus | None = None,
    ) -> None:
        self.clock = clock or Clock()
        self.faults = Faults(self.clock)
        """The faults that `add_fault` has added."""
        self.account = account
        self._store = store
        self._writer = MetricsWriter(store) if store else None
        self._bus = bus
        self._sender = EventSender(bus) if bus else None
        self._first_behaviour = self.behaviour = behaviour or Behaviour()
        self._states: dict[tuple[str, str], AccountState] = {}
        self._calls: deque[Call] = deque(maxlen=_LONGEST_CALL_LIST)
        self._lock = RLock()

    def call(
        self, operation: str, request: Mapping[str, Any], *, account: str = "", region: str = REGION
    ) -> Document:
        """Carry out one operation.

        Args:
            operation: the API's name, such as `CreateModelCustomizationJob`.
            request: the members of the request, with the API's names.
            account: the account of the caller. Default: the double's account.
            region: the Region that is called. Default: us-east-1.

        Returns:
            The response with the API's names, timestamps as `datetime`; a copy that the caller may change.

        Raises:
            ServiceError: Bedrock would refuse the call, or a test has scripted an error.
            ResponseLost: a test has scripted the loss of the response.
        """
        sent: Document = copied(dict(request))
        state = self._state_of(account or self.account, region)
        error = "CallerFailed"
        try:
            response = self._around(operation, sent, state)
            error = ""
        except ServiceError as service_error:
            error = service_error.code
            raise
        except ResponseLost:
            error = "ResponseLost"
            raise
        finally:
            call = Call(operation=operation, request=sent, account=state.account, region=region, error=error)
            self._calls.append(call)
        return response

    def client(self, *, account: str = "", region: str = REGION) -> BedrockClient:
        """Return a client with the interface of `boto3.client("bedrock")` that calls this double.

        Args:
            account: the account of the caller. Default: the double's account.
            region: the Region to call. Default: us-east-1.
        """
        with imports_from("local", "The Bedrock double"):
            from .client import BedrockClient

        return BedrockClient(self, account=account or self.account, region=region)

    def configure(self, **changes: Any) -> None:  # noqa: ANN401 - the fields of Behaviour, whose types they have
        """Change the behaviour for calls and jobs from now on.

        Args:
            changes: fields of `Behaviour`.
        """
        self.behaviour = replace(self.behaviour, **changes)

    def complete(self, job: str, *, account: str = "", region: str = "") -> None:
        """Complete a job now.

        Args:
            job: name or ARN.
            account: only in this account. Default: in all.
            region: only in this Region. Default: in all.
        """
        self._change(job, account, region, lambda record: record.completed(self.clock.now()))

    def fail(self, job: str, message: str, *, account: str = "", region: str = "") -> None:
        """Fail a job now.

        Args:
            job: name or ARN.
            message: the failure message; cut to 2,048 characters, as Bedrock does.
            account: only in this account. Default: in all.
            region: only in this Region. Default: in all.
        """
        self._change(job, account, region, lambda record: record.failed(self.clock.now(), message))

    def stop(self, job: str, *, account: str = "", region: str = "") -> None:
        """Stop a job now, without a call and without the status `Stopping`.

        Args:
            job: name or ARN.
            account: only in this account. Default: in all.
            region: only in this Region. Default: in all.
        """
        self._change(job, account, region, lambda record: record.stopped(self.clock.now()))

    def jobs(self, *, account: str = "", region: str = "", status: str = "") -> tuple[Job, ...]:
        """Return jobs as they are now, oldest first; this is not counted as a call.

        Args:
            account: only this account's. Default: all.
            region: only this Region's. Default: all.
            status: only jobs with this status. Default: all.
        """
        with self._lock:
            now = self.clock.now()
            views = [view_job(job, now) for state in self._states_in(account, region) for job in state]
        return tuple(job for job in views if status in ("", job.status))

    def models(self, *, account: str = "", region: str = "") -> tuple[Model, ...]:
        """Return the custom models that exist now; this is not counted as a call.

        Args:
            account: only this account's. Default: all.
            region: only this Region's. Default: all.
        """
        with self._lock:
            now = self.clock.now()
            return tuple(
                view_model(job) for state in self._states_in(account, region) for job in state.models(now)
            )

    def approve(self, model: str, *, account: str = "", region: str = "") -> None:
        """Approve a model as a person does, with the tag that promotion reads.

        Args:
            model: name or ARN of a custom model that exists.
            account: only a model of this account. Default: of all.
            region: only a model of this Region. Default: of all.
        """
        self._tag_model(model, APPROVED_VALUE, account, region)

    def reject(self, model: str, *, account: str = "", region: str = "") -> None:
        """Reject a model as a person does, with the tag that promotion reads.

        Args:
            model: name or ARN of a custom model that exists.
            account: only a model of this account. Default: of all.
            region: only a model of this Region. Default: of all.
        """
        self._tag_model(model, REJECTED_VALUE, account, region)

    def deploy_model(
        self,
        model: str,
        *,
        name: str,
        status: DeploymentStatus = "Active",
        failure_message: str | None = None,
        tags: Mapping[str, str] | None = None,
        account: str = "",
        region: str = "",
    ) -> str:
        """Create an on-demand deployment of a model, without a call; return its ARN.

        Args:
            model: name or ARN of a custom model that exists.
            name: the deployment's name.
            status: its status; `Creating` until `activate` or `fail_deployment`. Default: `Active`.
            failure_message: why it failed. Default: no message.
            tags: its tags. Default: none.
            account: only a model of this account. Default: of all.
            region: only a model of this Region. Default: of all.
        """
        with self._lock:
            now = self.clock.now()
            state, job = self._state_of_model(model, account, region)
            if state.deployments.find(name, now):
                raise ValueError(f"the deployment {name!r} already exists; choose another name")
            record = new_deployment(
                state,
                Moment(now, self.behaviour),
                name=name,
                first_model_arn=job.model_arn,
                **_as_told(now, status, failure_message, tags),
            )
            state.deployments.put(record)
        return record.arn

    def activate(self, deployment: str, *, account: str = "", region: str = "") -> None:
        """Complete the creation of a deployment or a throughput now, or its update if one is underway.

        Args:
            deployment: name or ARN.
            account: only in this account. Default: in all.
            region: only in this Region. Default: in all.
        """
        self._end_deployment(deployment, None, account, region)

    def fail_deployment(self, deployment: str, message: str, *, account: str = "", region: str = "") -> None:
        """Fail a deployment or a throughput now, or its update, after which it serves the old model.

        Args:
            deployment: name or ARN.
            message: the failure message; cut to 2,048 characters.
            account: only in this account. Default: in all.
            region: only in this Region. Default: in all.
        """
        self._end_deployment(deployment, message, account, region)

    def deployments(self, *, account: str = "", region: str = "") -> tuple[Deployment, ...]:
        """Return the deployments that exist now, oldest first; this is not counted as a call.

        Args:
            account: only this account's. Default: all.
            region: only this Region's. Default: all.
        """
        with self._lock:
            now = self.clock.now()
            return tuple(
                view_deployment(one, now)
                for state in self._states_in(account, region)
                for one in state.deployments.existing(now)
            )

    def provision(
        self,
        model: str,
        *,
        name: str,
        units: int = 1,
        status: ThroughputStatus = "InService",
        commitment: Commitment | None = None,
        failure_message: str | None = None,
        tags: Mapping[str, str] | None = None,
        account: str = "",
        region: str = "",
    ) -> str:
        """Create a provisioned throughput of a model, without a call; return its ARN.

        Args:
            model: name or ARN of a custom model that exists, or id or ARN of a foundation model.
            name: the throughput's name.
            units: its model units. Default: one.
            status: its status. Default: `InService`.
            commitment: `OneMonth` or `SixMonths`, here 30 or 180 days. Default: no commitment.
            failure_message: why it failed. Default: no message.
            tags: its tags. Default: none.
            account: only a model of this account. Default: of all; a foundation model's throughput belongs to
                the double's account.
            region: only a model of this Region. Default: of all; a foundation model's throughput is in
                us-east-1.
        """
        with self._lock:
            now = self.clock.now()
            if is_custom_model(model):
                state, job = self._state_of_model(model, account, region)
                model = job.model_arn
            else:
                state = self._state_of(account or self.account, region or REGION)
            if state.throughputs.find(name, now):
                raise ValueError(f"the throughput {name!r} already exists; choose another name")
            moment = Moment(now, self.behaviour)
            model_arn, base = find_model(state, moment, model)
            updating = ModelUpdate(model_arn=model_arn, begun=now, ends=inf)
            record = new_throughput(
                state,
                moment,
                name=name,
                first_model_arn=model_arn,
                base_model_arn=base,
                update=updating if status == "Updating" else None,
                units=units,
                commitment=commitment,
                **_as_told(now, status, failure_message, tags),
            )
            state.throughputs.put(record)
        return record.arn

    def withdraw(self, serving: str, *, account: str = "", region: str = "") -> None:
        """Delete a deployment or a provisioned throughput, without a call.

        Args:
            serving: name or ARN.
            account: only in this account. Default: in all.
            region: only in this Region. Default: in all.
        """
        with self._lock:
            now = self.clock.now()
            found = [state.withdraw(serving, now) for state in self._states_in(account, region)]
        if not any(found):
            raise _no_serving(serving)

    def serving(self, *, account: str = "", region: str = "") -> tuple[Serving, ...]:
        """Return the deployments, and then the throughputs, that exist now; this is not counted as a call.

        Args:
            account: only this account's. Default: all.
            region: only this Region's. Default: all.
        """
        with self._lock:
            now = self.clock.now()
            return tuple(
                view_serving(one, now)
                for state in self._states_in(account, region)
                for one in state.serving(now)
            )

    def calls(self, operation: str = "") -> tuple[Call, ...]:
        """Return the last 10,000 calls, oldest first.

        Args:
            operation: only calls of this operation. Default: all.
        """
        return tuple(call for call in tuple(self._calls) if operation in ("", call.operation))

    @property
    def has_store(self) -> bool:
        """Whether metrics files are written."""
        return self._store is not None

    def write_metrics(self) -> None:
        """Write the metrics files of jobs that have ended or trained further since the last time.

        Calls of the API, and changes of a job by a test, do so before they return; a server does so all the
        time. It is only needed after advancing the clock in process.
        """
        with self._lock:
            write = self._writing(job for state in self._states.values() for job in state)
        write()

    @property
    def has_bus(self) -> bool:
        """Whether events are sent."""
        return self._bus is not None

    def send_events(self) -> None:
        """Send the events of jobs whose status has changed since the last time.

        Changes of a job by a test do so before they return; a server does so all the time. It is only needed
        after calls of the API and after advancing the clock, in process.
        """
        if self._sender is None:
            return
        with self._lock:
            moment = Moment(self.clock.now(), self.behaviour)
            self._sender.observe((job for state in self._states.values() for job in state), moment)
            sender = self._sender
        sender.send()

    def emit(self, job: str, status: JobStatus | None = None, *, account: str = "", region: str = "") -> None:
        """Send the event of a job now, whatever `Behaviour.events` is; the job does not change.

        Args:
            job: name or ARN.
            status: the status in the event. Default: the job's own.
            account: only in this account. Default: in all.
            region: only in this Region. Default: in all.
        """
        with self._lock:
            _, record = self._job(job, account, region)
            event = job_event(record, Moment(self.clock.now(), self.behaviour), status)
            sender = self._sender
        if sender is None:
            raise LookupError("the Bedrock double sends no events; give it a bus, or use a local AWS")
        sender.emit(event)

    def unsent(self) -> tuple[Unsent, ...]:
        """Return the events that could not be sent, and why; they are not tried again."""
        return self._sender.unsent() if self._sender else ()

    def unwritten(self) -> tuple[Unwritten, ...]:
        """Return the metrics files that could not be written, and why; they are not tried again."""
        return self._writer.unwritten() if self._writer else ()

    def reset(self) -> None:
        """Remove all jobs, calls and faults; reset the clock and the behaviour."""
        with self._lock:
            if self._store:
                self._writer = MetricsWriter(self._store)
            if self._bus:
                self._sender = EventSender(self._bus)
            self._states.clear()
            self._calls.clear()
            self.faults.clear()
            self.clock.reset()
            self.behaviour = self._first_behaviour

    def _around(self, operation: str, request: Document, state: AccountState) -> Document:
        def carry_out() -> Document:
            return self._carry_out(operation, request, state)

        with self._lock:
            fault = self.faults.take(operation)
        return carry_out() if fault is None else fault.around(self, carry_out)

    def _carry_out(self, operation: str, request: Document, state: AccountState) -> Document:
        carry_out = _ALL_OPERATIONS.get(operation)
        if carry_out is None:
            known = ", ".join(sorted(_ALL_OPERATIONS))
            message = f"{operation} is not an operation of the Bedrock double; use one of {known}"
            raise ServiceError("UnknownOperationException", message)
        _check(operation, request)
        with self._lock:
            moment = Moment(self.clock.now(), self.behaviour)
            response = carry_out(state, moment, request)
            write = self._writing(state, moment)
        write()  # before the response: who reads Completed finds the files
        return response

    def _writing(self, jobs: Iterable[JobRecord], moment: Moment | None = None) -> Callable[[], None]:
        """Note the events of jobs as they are now; return a function that writes their metrics files."""
        moment, jobs, writer = moment or Moment(self.clock.now(), self.behaviour), tuple(jobs), self._writer
        if self._sender:
            self._sender.observe(jobs, moment)
        return partial(writer.write, jobs, moment) if writer else _nothing

    def _state_of(self, account: str, region: str) -> AccountState:
        with self._lock:
            return self._states.setdefault((account, region), AccountState(account, region))

    def _states_in(self, account: str, region: str) -> Iterator[AccountState]:
        for state in self._states.values():
            if account in ("", state.account) and region in ("", state.region):
                yield state

    def _change(
        self, identifier: str, account: str, region: str, change: Callable[[JobRecord], JobRecord]
    ) -> None:
        with self._lock:
            state, job = self._job(identifier, account, region)
            state.put(change(job))
            write = self._writing(state)
        write()
        self.send_events()

    def _job(self, identifier: str, account: str, region: str) -> tuple[AccountState, JobRecord]:
        for state in self._states_in(account, region):
            job = state.find(identifier)
            if job is not None:
                return state, job
        raise LookupError(f"the Bedrock double has no job {identifier!r}; see double.jobs()")

    def _tag_model(self, model: str, value: str, account: str, region: str) -> None:
        with self._lock:
            state, job = self._state_of_model(model, account, region)
            state.put(replace(job, model_tags={**job.model_tags, APPROVED_TAG: value}))

    def _end_deployment(self, identifier: str, failure: str | None, account: str, region: str) -> None:
        with self._lock:
            now = self.clock.now()
            for state in self._states_in(account, region):
                if (deployment := state.deployments.find(identifier, now)) is not None:
                    state.deployments.put(deployment.ended(now, failure))
                    return
                if (throughput := state.throughputs.find(identifier, now)) is not None:
                    state.throughputs.put(throughput.ended(now, failure))
                    return
        raise _no_serving(identifier)

    def _state_of_model(self, model: str, account: str, region: str) -> tuple[AccountState, JobRecord]:
        for state in self._states_in(account, region):
            for job in state.models(self.clock.now()):
                if model in (job.model_arn, job.model_name):
                    return state, job
        raise LookupError(f"the Bedrock double has no model {model!r}; see double.models()")
