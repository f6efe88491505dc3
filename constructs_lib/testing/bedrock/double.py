"""The double itself: a Bedrock that lives in one Python object."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from threading import RLock
from typing import TYPE_CHECKING, Any

from constructs_lib.testing.bedrock.account_state import AccountState
from constructs_lib.testing.bedrock.behaviour import Behaviour, Clock, Moment
from constructs_lib.testing.bedrock.faults import Faults
from constructs_lib.testing.bedrock.operations import OPERATIONS
from constructs_lib.testing.bedrock.records import DEPLOYMENT, THROUGHPUT, ServingRecord
from constructs_lib.testing.bedrock.responses import base_model_arn, copied
from constructs_lib.testing.bedrock.service import AnswerLost, Document, ServiceError, check
from constructs_lib.testing.bedrock.views import Call, Job, Model, Serving, view_job, view_model, view_serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from constructs_lib.testing.bedrock.client import BedrockClient
    from constructs_lib.testing.bedrock.records import (
        DeploymentStatus,
        JobRecord,
        ServingKind,
        ThroughputStatus,
    )

ACCOUNT = "000000000000"
REGION = "us-east-1"
_REMEMBERED_CALLS = 10_000


class BedrockDouble:
    """A stateful stand-in for Bedrock's customization API, in process and without HTTP.

    Requests are checked against botocore's own service model; names are never freed; the same client request
    token answers the same job; jobs end when the clock says so. What the documents leave open,
    `Behaviour` says.

    Args:
        behaviour: what it does where the documents leave room. Default: see `Behaviour`.
        clock: the time it lives in. Default: this machine's, and `double.clock.advance(seconds)` turns it.
        account: 12 digits, for callers whose access key does not say. Default: twelve zeros, as MiniStack.
    """

    def __init__(
        self, *, behaviour: Behaviour | None = None, clock: Clock | None = None, account: str = ACCOUNT
    ) -> None:
        self.clock = clock or Clock()
        self.faults = Faults()
        self.account = account
        self._first_behaviour = self.behaviour = behaviour or Behaviour()
        self._states: dict[tuple[str, str], AccountState] = {}
        self._calls: deque[Call] = deque(maxlen=_REMEMBERED_CALLS)
        self._lock = RLock()

    def call(
        self, operation: str, request: Mapping[str, Any], *, account: str = "", region: str = REGION
    ) -> Document:
        """Carry out one operation.

        Args:
            operation: the API's name, such as `CreateModelCustomizationJob`.
            request: in the API's own words.
            account: who asks. Default: the double's account.
            region: where. Default: us-east-1.

        Returns:
            The answer in the API's own words, timestamps as `datetime`; it shares nothing with the double.

        Raises:
            ServiceError: what Bedrock would refuse, or a fault.
            AnswerLost: a fault that loses the answer.
        """
        asked: Document = copied(dict(request))
        state = self._state_of(account or self.account, region)
        error = "CallerFailed"
        try:
            answer = self._around(operation, asked, state)
            error = ""
        except ServiceError as refusal:
            error = refusal.code
            raise
        except AnswerLost:
            error = "AnswerLost"
            raise
        finally:
            made = Call(operation=operation, request=asked, account=state.account, region=region, error=error)
            self._calls.append(made)
        return answer

    def client(self, *, account: str = "", region: str = REGION) -> BedrockClient:
        """Return an object that quacks as `boto3.client("bedrock")` and speaks to this double without HTTP.

        Args:
            account: whose calls they are. Default: the double's account.
            region: where. Default: us-east-1.
        """
        from constructs_lib.testing.bedrock.client import BedrockClient

        return BedrockClient(self, account=account or self.account, region=region)

    def behave(self, **changes: Any) -> None:  # noqa: ANN401 - the fields of Behaviour, whose types they have
        """Change the behaviour for calls and jobs from now on.

        Args:
            changes: fields of `Behaviour`.
        """
        self.behaviour = replace(self.behaviour, **changes)

    def complete(self, job: str, *, account: str = "", region: str = "") -> None:
        """Let a job complete now.

        Args:
            job: name or ARN.
            account: where to look. Default: everywhere.
            region: where to look. Default: everywhere.
        """
        self._turn(job, account, region, lambda record: record.completed(self.clock.now()))

    def fail(self, job: str, message: str, *, account: str = "", region: str = "") -> None:
        """Let a job fail now.

        Args:
            job: name or ARN.
            message: why; cut to 2,048 characters, as Bedrock does.
            account: where to look. Default: everywhere.
            region: where to look. Default: everywhere.
        """
        self._turn(job, account, region, lambda record: record.failed(self.clock.now(), message))

    def halt(self, job: str, *, account: str = "", region: str = "") -> None:
        """Let a job be stopped now, as by somebody in the console.

        Args:
            job: name or ARN.
            account: where to look. Default: everywhere.
            region: where to look. Default: everywhere.
        """
        self._turn(job, account, region, lambda record: record.stopped(self.clock.now()))

    def jobs(self, *, account: str = "", region: str = "", status: str = "") -> tuple[Job, ...]:
        """Return jobs as they are now, oldest first, without counting as a call.

        Args:
            account: only this account's. Default: all.
            region: only this Region's. Default: all.
            status: only those in this state. Default: all.
        """
        with self._lock:
            now = self.clock.now()
            views = [view_job(job, now) for state in self._states_in(account, region) for job in state]
        return tuple(job for job in views if status in ("", job.status))

    def models(self, *, account: str = "", region: str = "") -> tuple[Model, ...]:
        """Return the custom models that exist now, without counting as a call.

        Args:
            account: only this account's. Default: all.
            region: only this Region's. Default: all.
        """
        with self._lock:
            now = self.clock.now()
            return tuple(
                view_model(job) for state in self._states_in(account, region) for job in state.models(now)
            )

    def deploy_model(
        self,
        model: str,
        *,
        name: str,
        status: DeploymentStatus = "Active",
        account: str = "",
        region: str = "",
    ) -> str:
        """Put an on-demand deployment of a model there, as somebody else would; return its ARN.

        Args:
            model: name or ARN of a custom model that exists.
            name: the deployment's name.
            status: its state. Default: `Active`.
            account: where to look for the model. Default: everywhere.
            region: where to look for the model. Default: everywhere.
        """
        return self._serve(model, DEPLOYMENT, account, region, name=name, status=status)

    def provision(
        self,
        model: str,
        *,
        name: str,
        units: int = 1,
        status: ThroughputStatus = "InService",
        account: str = "",
        region: str = "",
    ) -> str:
        """Put a provisioned throughput of a model there, as somebody else would; return its ARN.

        Args:
            model: name or ARN of a custom model that exists.
            name: the throughput's name.
            units: its model units. Default: one.
            status: its state. Default: `InService`.
            account: where to look for the model. Default: everywhere.
            region: where to look for the model. Default: everywhere.
        """
        return self._serve(model, THROUGHPUT, account, region, name=name, status=status, units=units)

    def withdraw(self, serving: str, *, account: str = "", region: str = "") -> None:
        """Remove a deployment or a provisioned throughput, as somebody else would.

        Args:
            serving: name or ARN.
            account: where to look. Default: everywhere.
            region: where to look. Default: everywhere.
        """
        with self._lock:
            gone = [state.withdraw(serving) for state in self._states_in(account, region)]
        if not any(gone):
            raise LookupError(
                f"the Bedrock double has nothing that serves as {serving!r}; see double.serving()"
            )

    def serving(self, *, account: str = "", region: str = "") -> tuple[Serving, ...]:
        """Return the deployments and throughputs that exist now, without counting as a call.

        Args:
            account: only this account's. Default: all.
            region: only this Region's. Default: all.
        """
        with self._lock:
            return tuple(
                view_serving(one) for state in self._states_in(account, region) for one in state.serving()
            )

    def calls(self, operation: str = "") -> tuple[Call, ...]:
        """Return the last 10,000 calls, oldest first.

        Args:
            operation: only calls of this one. Default: all.
        """
        return tuple(call for call in tuple(self._calls) if operation in ("", call.operation))

    def reset(self) -> None:
        """Forget everything: jobs, names, tokens, what serves models, calls, faults, clock and behaviour."""
        with self._lock:
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
        if operation not in OPERATIONS:
            known = ", ".join(sorted(OPERATIONS))
            message = f"{operation} is not an operation of the Bedrock double, which knows {known}"
            raise ServiceError("UnknownOperationException", message)
        check(operation, request)
        with self._lock:
            return OPERATIONS[operation](state, Moment(self.clock.now(), self.behaviour), request)

    def _state_of(self, account: str, region: str) -> AccountState:
        with self._lock:
            return self._states.setdefault((account, region), AccountState(account, region))

    def _states_in(self, account: str, region: str) -> Iterator[AccountState]:
        for state in self._states.values():
            if account in ("", state.account) and region in ("", state.region):
                yield state

    def _turn(
        self, identifier: str, account: str, region: str, turn: Callable[[JobRecord], JobRecord]
    ) -> None:
        with self._lock:
            for state in self._states_in(account, region):
                job = state.find(identifier)
                if job is not None:
                    state.put(turn(job))
                    return
        raise LookupError(f"the Bedrock double has no job {identifier!r}; see double.jobs()")

    def _serve(
        self,
        model: str,
        kind: ServingKind,
        account: str,
        region: str,
        **members: Any,  # noqa: ANN401 - of the record
    ) -> str:
        with self._lock:
            now = self.clock.now()
            for state in self._states_in(account, region):
                for job in state.models(now):
                    if model in (job.model_arn, job.model_name):
                        record = ServingRecord(
                            kind=kind,
                            account=state.account,
                            region=state.region,
                            model_arn=job.model_arn,
                            base_model_arn=base_model_arn(job),
                            created=now,
                            **members,
                        )
                        state.serve(record)
                        return record.arn
        raise LookupError(f"the Bedrock double has no model {model!r}; see double.models()")
