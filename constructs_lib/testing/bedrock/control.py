"""Control of a double that runs in another process: requests in JSON below `/_double/`."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from ...contract.promotion import APPROVED_VALUE, REJECTED_VALUE
from .behaviour import Behaviour, behaviour_document, checked_changes
from .deployment_record import DeploymentStatus
from .double import REGION
from .faults import Fault, LoseResponse, Refuse, Slow
from .job_events import Unsent
from .metrics_writer import Unwritten
from .records import JobStatus
from .service import CONTROL
from .throughput_record import Commitment, ThroughputStatus
from .views import Call, Deployment, Job, Model, Serving

PREFIX = "/_double/"
"""How the paths of its requests begin."""

_SECONDS = 10.0
_WRITING_SECONDS = 120.0  # the metrics files of all jobs that complete when the clock is advanced


class DoubleControl:
    """Inspects and controls a double that runs in another process.

    Args:
        url: the double's URL, the value of `AWS_ENDPOINT_URL_BEDROCK`.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._address = urlsplit(url).netloc

    def client(self, service: str = CONTROL, *, region: str = REGION) -> Any:  # noqa: ANN401 - botocore makes its clients at run time
        """Return a boto3 client of the double, which uses no profile, key or proxy of the user.

        Args:
            service: `bedrock`, or `bedrock-runtime` for calls of deployed models. Default: `bedrock`.
            region: the Region to call. Default: us-east-1.
        """
        from ..environment import local_client

        account = self._send("GET", "health")["account"]
        return local_client(service, url=self.url, account=account, region=region)

    def jobs(self, *, status: str = "") -> tuple[Job, ...]:
        """Return jobs as they are now, oldest first.

        Args:
            status: only those in this state. Default: all.
        """
        jobs = (Job(**job) for job in self._send("GET", "jobs")["jobs"])
        return tuple(job for job in jobs if status in ("", job.status))

    def models(self) -> tuple[Model, ...]:
        """Return the custom models that exist now."""
        return tuple(Model(**model) for model in self._send("GET", "models")["models"])

    def serving(self) -> tuple[Serving, ...]:
        """Return the deployments and throughputs that exist now."""
        return tuple(Serving(**one) for one in self._send("GET", "serving")["serving"])

    def deployments(self) -> tuple[Deployment, ...]:
        """Return the deployments that exist now, oldest first."""
        return tuple(Deployment(**one) for one in self._send("GET", "deployments")["deployments"])

    def calls(self, operation: str = "") -> tuple[Call, ...]:
        """Return the last calls, oldest first.

        Args:
            operation: only calls of this one, by the API's name. Default: all.
        """
        calls = (Call(**call) for call in self._send("GET", "calls")["calls"])
        return tuple(call for call in calls if operation in ("", call.operation))

    def now(self) -> float:
        """Return the time of the clock, in seconds since 1970."""
        return float(self._send("GET", "health")["now"])

    def advance(self, seconds: float) -> None:
        """Advance the clock.

        Args:
            seconds: by how much.
        """
        self._send("POST", "clock", {"advance": seconds}, timeout=_WRITING_SECONDS)

    def configure(self, **changes: Any) -> None:  # noqa: ANN401 - the fields of Behaviour, whose types they have
        """Change the behaviour for calls and jobs from now on.

        Args:
            changes: fields of `Behaviour`.
        """
        self._send("POST", "behaviour", behaviour_document(changes))

    def behaviour(self) -> Behaviour:
        """Return how the double behaves now; what is a function of its process is left out."""
        return Behaviour(**checked_changes(self._send("POST", "behaviour", {})["behaviour"]))

    def add_fault(
        self,
        operation: str,
        fault: Fault,
        *,
        times: int | None = None,
        skip: int = 0,
        for_seconds: float | None = None,
    ) -> None:
        """Script a fault for later calls.

        Args:
            operation: the API's name of the operation; `*` is any.
            fault: `Refuse`, `LoseResponse` or `Slow`.
            times: for how many calls. Default: one, or all calls of `for_seconds`.
            skip: how many matching calls succeed first. Default: none.
            for_seconds: for how long from now, by the clock of the double. Default: for any time.
        """
        document = {"operation": operation, "fault": fault_document(fault)}
        self._send("POST", "faults", {**document, "times": times, "skip": skip, "for_seconds": for_seconds})

    def complete(self, job: str) -> None:
        """Complete a job now.

        Args:
            job: name or ARN.
        """
        self._send("POST", "finish", {"job": job, "status": "Completed"})

    def fail(self, job: str, message: str) -> None:
        """Fail a job now.

        Args:
            job: name or ARN.
            message: the failure message.
        """
        self._send("POST", "finish", {"job": job, "status": "Failed", "failureMessage": message})

    def stop(self, job: str) -> None:
        """Stop a job now, without a call and without the status `Stopping`.

        Args:
            job: name or ARN.
        """
        self._send("POST", "finish", {"job": job, "status": "Stopped"})

    def emit(self, job: str, status: JobStatus | None = None) -> None:
        """Send the event of a job now, whatever `Behaviour.events` is; the job does not change.

        Args:
            job: name or ARN.
            status: the status in the event. Default: the job's own.
        """
        self._send("POST", "emit", {"job": job, "status": status}, timeout=_WRITING_SECONDS)

    def deploy_model(
        self,
        model: str,
        *,
        name: str,
        status: DeploymentStatus = "Active",
        failure_message: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> str:
        """Create an on-demand deployment of a model, without a call; return its ARN.

        Args:
            model: name or ARN of a custom model that exists.
            name: the deployment's name.
            status: its state; `Creating` until `activate` or `fail_deployment`. Default: `Active`.
            failure_message: why it failed. Default: no message.
            tags: its tags. Default: none.
        """
        document = {"model": model, "name": name, "status": status, "failure_message": failure_message}
        return str(self._send("POST", "deploy", {**document, "tags": dict(tags or {})})["arn"])

    def activate(self, deployment: str) -> None:
        """Complete the creation of a deployment or a throughput now, or its update if one is underway.

        Args:
            deployment: name or ARN.
        """
        self._send("POST", "deployment", {"deployment": deployment})

    def fail_deployment(self, deployment: str, message: str) -> None:
        """Fail a deployment or a throughput now, or its update, after which it serves the old model.

        Args:
            deployment: name or ARN.
            message: the failure message.
        """
        self._send("POST", "deployment", {"deployment": deployment, "failureMessage": message})

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
    ) -> str:
        """Create a provisioned throughput of a model, without a call; return its ARN.

        Args:
            model: name or ARN of a custom model that exists, or id or ARN of a foundation model.
            name: the throughput's name.
            units: its model units. Default: one.
            status: its state. Default: `InService`.
            commitment: `OneMonth` or `SixMonths`, here 30 or 180 days. Default: no commitment.
            failure_message: why it failed. Default: no message.
            tags: its tags. Default: none.
        """
        document = {
            "model": model,
            "name": name,
            "units": units,
            "status": status,
            "commitment": commitment,
            "failure_message": failure_message,
            "tags": dict(tags or {}),
        }
        return str(self._send("POST", "provision", document)["arn"])

    def approve(self, model: str) -> None:
        """Approve a model as a person does, with the tag that promotion reads.

        Args:
            model: name or ARN.
        """
        self._send("POST", "approval", {"model": model, "value": APPROVED_VALUE})

    def reject(self, model: str) -> None:
        """Reject a model as a person does, with the tag that promotion reads.

        Args:
            model: name or ARN.
        """
        self._send("POST", "approval", {"model": model, "value": REJECTED_VALUE})

    def withdraw(self, serving: str) -> None:
        """Delete a deployment or a provisioned throughput, without a call.

        Args:
            serving: name or ARN.
        """
        self._send("POST", "withdraw", {"serving": serving})

    def unwritten(self) -> tuple[Unwritten, ...]:
        """Return the metrics files that could not be written, and why; they are not tried again."""
        return tuple(Unwritten(**one) for one in self._send("GET", "unwritten")["unwritten"])

    def unsent(self) -> tuple[Unsent, ...]:
        """Return the events that could not be sent, and why; they are not tried again."""
        return tuple(Unsent(**one) for one in self._send("GET", "unsent")["unsent"])

    def reset(self) -> None:
        """Remove all jobs, calls and faults; reset the clock and the behaviour."""
        self._send("POST", "reset", {})

    def healthy(self) -> bool:
        """Return whether a double responds at the URL."""
        try:
            return bool(self._send("GET", "health")["status"] == "ok")
        except (OSError, ValueError, KeyError):
            return False

    def _send(
        self, method: str, path: str, document: dict[str, Any] | None = None, *, timeout: float = _SECONDS
    ) -> dict[str, Any]:
        body = None if document is None else json.dumps(document)
        connection = HTTPConnection(self._address, timeout=timeout)
        try:
            connection.request(method, PREFIX + path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            content: dict[str, Any] = json.loads(response.read())
        finally:
            connection.close()
        if response.status != 200:  # noqa: PLR2004 - HTTP's OK
            raise ValueError(content.get("message", content))
        return content


def fault_document(fault: Fault) -> dict[str, Any]:
    """Return a fault as JSON holds it.

    Args:
        fault: `Refuse`, `LoseResponse` or `Slow`; the others call functions of this process.

    Raises:
        TypeError: for another fault.
    """
    if not isinstance(fault, Refuse | LoseResponse | Slow):
        raise TypeError(f"{fault!r} cannot be sent to another process; use Refuse, LoseResponse or Slow")
    return {"kind": type(fault).__name__, **asdict(fault)}
