"""Control of a double from another process, client and server: JSON under `/_double/`, this machine only."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from email.message import Message
from http.client import HTTPConnection
from typing import Any, TypeVar
from urllib.parse import urlsplit

from ...contract.promotion import APPROVED_VALUE, REJECTED_VALUE
from .behaviour import Behaviour, behaviour_document, checked_changes, members_of
from .deployment_record import DeploymentStatus
from .double import REGION, BedrockDouble
from .faults import Fault, LoseResponse, Refuse, Slow
from .job_events import Unsent
from .metrics_writer import Unwritten
from .records import JobStatus
from .rest import Response, dumps, encode_error
from .service import CONTROL, ServiceError, invalid
from .throughput_record import Commitment, ThroughputStatus
from .views import Call, Deployment, Job, Model, Serving

_SECONDS = 10.0
_WRITING_SECONDS = 120.0  # the metrics files of all jobs that complete when the clock is advanced
_N = TypeVar("_N", int, float)


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


PREFIX = "/_double/"
_Action = Callable[[BedrockDouble, dict[str, Any]], Mapping[str, Any]]
_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})


def respond(
    double: BedrockDouble, method: str, target: str, headers: Message, body: bytes, *, is_local: bool
) -> Response:
    """Return the response to one request of `DoubleControl`.

    Args:
        double: the double to control.
        method: `GET` reads, `POST` changes.
        target: path and query.
        headers: the request's headers; requests that a web page in a browser could send are refused.
        body: JSON, or nothing.
        is_local: whether the request comes from this machine.
    """
    try:
        _check_origin(method, headers, is_local=is_local)
        action = _action(method, target)
        return Response(status=200, body=dumps(action(double, json.loads(body or b"{}"))))
    except ServiceError as error:
        return encode_error(error)
    except (LookupError, TypeError, ValueError) as error:
        return encode_error(invalid(str(error)))


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


def _fault(document: dict[str, Any]) -> Fault:
    members = dict(document)
    kind = members.pop("kind", "Refuse")
    if kind == "LoseResponse":
        error = members.get("error")
        return LoseResponse(Refuse(**error) if error else None)
    return Slow(**members) if kind == "Slow" else Refuse(**members)


def _check_origin(method: str, headers: Message, *, is_local: bool) -> None:
    host = headers.get("Host", "").rpartition(":")[0] or headers.get("Host", "")
    if (
        not is_local
        or host not in _HOSTS
        or (method == "POST" and headers.get_content_type() != "application/json")
    ):
        message = "/_double/ accepts only requests from this machine, and POST only as application/json"
        raise ServiceError("AccessDeniedException", message)


def _action(method: str, target: str) -> _Action:
    action = _ACTIONS.get((method, urlsplit(target).path.removeprefix(PREFIX)))
    if action is None:
        known = ", ".join(sorted(f"{verb} {PREFIX}{name}" for verb, name in _ACTIONS))
        raise ServiceError("UnknownOperationException", f"unknown request; use one of {known}")
    return action


def _jobs(double: BedrockDouble, _: dict[str, Any]) -> Mapping[str, Any]:
    return {"jobs": [asdict(job) for job in double.jobs()]}


def _models(double: BedrockDouble, _: dict[str, Any]) -> Mapping[str, Any]:
    return {"models": [asdict(model) for model in double.models()]}


def _serving(double: BedrockDouble, _: dict[str, Any]) -> Mapping[str, Any]:
    return {"serving": [asdict(one) for one in double.serving()]}


def _deployments(double: BedrockDouble, _: dict[str, Any]) -> Mapping[str, Any]:
    return {"deployments": [asdict(one) for one in double.deployments()]}


def _end_deployment(double: BedrockDouble, document: dict[str, Any]) -> Mapping[str, Any]:
    deployment = document["deployment"]
    if "failureMessage" in document:
        double.fail_deployment(deployment, document["failureMessage"])
    else:
        double.activate(deployment)
    return {}


def _calls(double: BedrockDouble, _: dict[str, Any]) -> Mapping[str, Any]:
    return {"calls": [asdict(call) for call in double.calls()]}


def _health(double: BedrockDouble, _: dict[str, Any]) -> Mapping[str, Any]:
    return {"status": "ok", "now": double.clock.now(), "account": double.account}


def _clock(double: BedrockDouble, document: dict[str, Any]) -> Mapping[str, Any]:
    double.clock.advance(float(document["advance"]))
    double.write_metrics()
    double.send_events()
    return {"now": double.clock.now()}


def _behaviour(double: BedrockDouble, document: dict[str, Any]) -> Mapping[str, Any]:
    double.configure(**checked_changes(document))
    members = members_of(double.behaviour).items()
    return {"behaviour": behaviour_document({name: one for name, one in members if not callable(one)})}


def _faults(double: BedrockDouble, document: dict[str, Any]) -> Mapping[str, Any]:
    double.faults.add(
        document["operation"],
        _fault(document["fault"]),
        times=_number(document, "times", int),
        skip=_number(document, "skip", int) or 0,
        for_seconds=_number(document, "for_seconds", float),
    )
    return {}


def _number(document: dict[str, Any], name: str, kind: type[_N]) -> _N | None:
    given = document.get(name)
    return None if given is None else kind(given)


def _unwritten(double: BedrockDouble, _: dict[str, Any]) -> Mapping[str, Any]:
    return {"unwritten": [asdict(one) for one in double.unwritten()]}


def _unsent(double: BedrockDouble, _: dict[str, Any]) -> Mapping[str, Any]:
    return {"unsent": [asdict(one) for one in double.unsent()]}


def _emit(double: BedrockDouble, document: dict[str, Any]) -> Mapping[str, Any]:
    double.emit(document["job"], document.get("status"))
    return {}


def _finish(double: BedrockDouble, document: dict[str, Any]) -> Mapping[str, Any]:
    job, status = document["job"], document["status"]
    if status == "Failed":
        double.fail(job, document.get("failureMessage", ""))
    elif status in ("Completed", "Stopped"):
        (double.complete if status == "Completed" else double.stop)(job)
    else:
        raise ValueError(f"status must be Completed, Failed or Stopped, got {status!r}")
    return {}


def _deploy(double: BedrockDouble, document: dict[str, Any]) -> Mapping[str, Any]:
    return {"arn": double.deploy_model(**document)}


def _provision(double: BedrockDouble, document: dict[str, Any]) -> Mapping[str, Any]:
    return {"arn": double.provision(**document)}


def _approval(double: BedrockDouble, document: dict[str, Any]) -> Mapping[str, Any]:
    (double.approve if document["value"] == APPROVED_VALUE else double.reject)(document["model"])
    return {}


def _withdraw(double: BedrockDouble, document: dict[str, Any]) -> Mapping[str, Any]:
    double.withdraw(document["serving"])
    return {}


def _reset(double: BedrockDouble, _: dict[str, Any]) -> Mapping[str, Any]:
    double.reset()
    return {}


_ACTIONS: Mapping[tuple[str, str], _Action] = {
    ("GET", "calls"): _calls,
    ("GET", "deployments"): _deployments,
    ("GET", "health"): _health,
    ("GET", "jobs"): _jobs,
    ("GET", "models"): _models,
    ("GET", "serving"): _serving,
    ("GET", "unsent"): _unsent,
    ("GET", "unwritten"): _unwritten,
    ("POST", "approval"): _approval,
    ("POST", "behaviour"): _behaviour,
    ("POST", "clock"): _clock,
    ("POST", "deploy"): _deploy,
    ("POST", "deployment"): _end_deployment,
    ("POST", "emit"): _emit,
    ("POST", "faults"): _faults,
    ("POST", "finish"): _finish,
    ("POST", "provision"): _provision,
    ("POST", "reset"): _reset,
    ("POST", "withdraw"): _withdraw,
}
