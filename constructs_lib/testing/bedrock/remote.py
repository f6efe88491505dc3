"""A double in another process, steered with the verbs of one in this process."""

import json
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from constructs_lib.testing.bedrock.control import PREFIX, fault_document
from constructs_lib.testing.bedrock.faults import Fault
from constructs_lib.testing.bedrock.serving import DeploymentStatus, ThroughputStatus
from constructs_lib.testing.bedrock.views import Call, Job, Model, Serving

_SECONDS = 10.0


class DoubleControl:
    """Steers the double behind a URL.

    Args:
        url: where it listens, the value of `AWS_ENDPOINT_URL_BEDROCK`.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._address = urlsplit(url).netloc

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

    def calls(self, operation: str = "") -> tuple[Call, ...]:
        """Return the last calls, oldest first.

        Args:
            operation: only calls of this one, by the API's name. Default: all.
        """
        calls = (Call(**call) for call in self._send("GET", "calls")["calls"])
        return tuple(call for call in calls if operation in ("", call.operation))

    def advance(self, seconds: float) -> None:
        """Turn the clock forward.

        Args:
            seconds: by how much.
        """
        self._send("POST", "clock", {"advance": seconds})

    def behave(self, **changes: Any) -> None:  # noqa: ANN401 - the fields of Behaviour, whose types they have
        """Change the behaviour for calls and jobs from now on.

        Args:
            changes: fields of `Behaviour`.
        """
        self._send("POST", "behaviour", changes)

    def add_fault(self, operation: str, fault: Fault, *, times: int = 1, skip: int = 0) -> None:
        """Let a fault happen at coming calls.

        Args:
            operation: the API's name of the call; `*` stands for any.
            fault: `Refuse`, `LoseAnswer` or `Slow`.
            times: at how many calls. Default: one.
            skip: how many matching calls pass untouched before. Default: none.
        """
        document = {"operation": operation, "fault": fault_document(fault), "times": times, "skip": skip}
        self._send("POST", "faults", document)

    def complete(self, job: str) -> None:
        """Let a job complete now.

        Args:
            job: name or ARN.
        """
        self._send("POST", "finish", {"job": job, "status": "Completed"})

    def fail(self, job: str, message: str) -> None:
        """Let a job fail now.

        Args:
            job: name or ARN.
            message: why.
        """
        self._send("POST", "finish", {"job": job, "status": "Failed", "failureMessage": message})

    def halt(self, job: str) -> None:
        """Let a job be stopped now, as by somebody in the console.

        Args:
            job: name or ARN.
        """
        self._send("POST", "finish", {"job": job, "status": "Stopped"})

    def deploy_model(self, model: str, *, name: str, status: DeploymentStatus = "Active") -> str:
        """Put an on-demand deployment of a model there, as somebody else would; return its ARN.

        Args:
            model: name or ARN of a custom model that exists.
            name: the deployment's name.
            status: its state. Default: `Active`.
        """
        return str(self._send("POST", "deploy", {"model": model, "name": name, "status": status})["arn"])

    def provision(
        self, model: str, *, name: str, units: int = 1, status: ThroughputStatus = "InService"
    ) -> str:
        """Put a provisioned throughput of a model there, as somebody else would; return its ARN.

        Args:
            model: name or ARN of a custom model that exists.
            name: the throughput's name.
            units: its model units. Default: one.
            status: its state. Default: `InService`.
        """
        document = {"model": model, "name": name, "units": units, "status": status}
        return str(self._send("POST", "provision", document)["arn"])

    def withdraw(self, serving: str) -> None:
        """Remove a deployment or a provisioned throughput, as somebody else would.

        Args:
            serving: name or ARN.
        """
        self._send("POST", "withdraw", {"serving": serving})

    def reset(self) -> None:
        """Let the double forget everything."""
        self._send("POST", "reset", {})

    def healthy(self) -> bool:
        """Tell whether a double answers there."""
        try:
            return bool(self._send("GET", "health")["status"] == "ok")
        except (OSError, ValueError, KeyError):
            return False

    def _send(self, method: str, what: str, document: dict[str, Any] | None = None) -> dict[str, Any]:
        body = None if document is None else json.dumps(document)
        connection = HTTPConnection(self._address, timeout=_SECONDS)
        try:
            connection.request(method, PREFIX + what, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer: dict[str, Any] = json.loads(response.read())
        finally:
            connection.close()
        if response.status != 200:  # noqa: PLR2004 - HTTP's OK
            raise ValueError(answer.get("message", answer))
        return answer
