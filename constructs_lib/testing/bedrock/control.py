"""Steering a double from another process: JSON under `/_double/`, on the loopback only."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from email.message import Message
from typing import Any
from urllib.parse import urlsplit

from constructs_lib.testing.bedrock.behaviour import Behaviour
from constructs_lib.testing.bedrock.double import BedrockDouble
from constructs_lib.testing.bedrock.errors import ServiceError, invalid
from constructs_lib.testing.bedrock.faults import Fault, LoseAnswer, Refuse, Slow
from constructs_lib.testing.bedrock.wire import Response, dumps, encode_error

PREFIX = "/_double/"
_Action = Callable[[BedrockDouble, dict[str, Any]], Mapping[str, Any]]
_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})


def answer(double: BedrockDouble, method: str, target: str, headers: Message, body: bytes) -> Response:
    """Carry out one request to the control plane.

    Args:
        double: who is steered.
        method: `GET` reads, `POST` changes.
        target: path and query.
        headers: the request's headers; a page in a browser must not get through with them.
        body: JSON, or nothing.
    """
    try:
        _check_origin(method, headers)
        action = _action(method, target)
        return Response(status=200, body=dumps(action(double, json.loads(body or b"{}"))))
    except ServiceError as error:
        return encode_error(error)
    except (LookupError, TypeError, ValueError) as error:
        return encode_error(invalid(str(error)))


def fault_document(fault: Fault) -> dict[str, Any]:
    """Return a fault as it travels.

    Args:
        fault: `Refuse`, `LoseAnswer` or `Slow`; the others are functions, which cannot travel.

    Raises:
        TypeError: for a fault that cannot travel.
    """
    if not isinstance(fault, Refuse | LoseAnswer | Slow):
        raise TypeError(f"{fault!r} cannot be sent to another process; use Refuse, LoseAnswer or Slow")
    return {"kind": type(fault).__name__, **asdict(fault)}


def _fault(document: dict[str, Any]) -> Fault:
    members = dict(document)
    kind = members.pop("kind", "Refuse")
    if kind == "LoseAnswer":
        error = members.get("error")
        return LoseAnswer(Refuse(**error) if error else None)
    return Slow(**members) if kind == "Slow" else Refuse(**members)


def _check_origin(method: str, headers: Message) -> None:
    host = headers.get("Host", "").rpartition(":")[0] or headers.get("Host", "")
    if host not in _HOSTS or (method == "POST" and headers.get_content_type() != "application/json"):
        message = "the control plane takes requests of this machine's programs only, POST as application/json"
        raise ServiceError("AccessDeniedException", message)


def _action(method: str, target: str) -> _Action:
    action = _ACTIONS.get((method, urlsplit(target).path.removeprefix(PREFIX)))
    if action is None:
        known = ", ".join(sorted(f"{verb} {PREFIX}{name}" for verb, name in _ACTIONS))
        raise ServiceError("UnknownOperationException", f"there is only {known}")
    return action


def _jobs(double: BedrockDouble, _: dict[str, Any]) -> Mapping[str, Any]:
    return {"jobs": [asdict(job) for job in double.jobs()]}


def _models(double: BedrockDouble, _: dict[str, Any]) -> Mapping[str, Any]:
    return {"models": [asdict(model) for model in double.models()]}


def _serving(double: BedrockDouble, _: dict[str, Any]) -> Mapping[str, Any]:
    return {"serving": [asdict(one) for one in double.serving()]}


def _calls(double: BedrockDouble, _: dict[str, Any]) -> Mapping[str, Any]:
    return {"calls": [asdict(call) for call in double.calls()]}


def _health(double: BedrockDouble, _: dict[str, Any]) -> Mapping[str, Any]:
    return {"status": "ok", "now": double.clock.now(), "account": double.account}


def _clock(double: BedrockDouble, document: dict[str, Any]) -> Mapping[str, Any]:
    double.clock.advance(float(document["advance"]))
    return {"now": double.clock.now()}


def _behaviour(double: BedrockDouble, document: dict[str, Any]) -> Mapping[str, Any]:
    unknown = sorted(set(document) - {field.name for field in fields(Behaviour)})
    if unknown:
        raise ValueError(f"a behaviour has no {', '.join(unknown)}")
    double.behave(**document)
    return {"behaviour": asdict(double.behaviour)}


def _faults(double: BedrockDouble, document: dict[str, Any]) -> Mapping[str, Any]:
    times, skip = int(document.get("times", 1)), int(document.get("skip", 0))
    double.faults.add(document["operation"], _fault(document["fault"]), times=times, skip=skip)
    return {}


def _finish(double: BedrockDouble, document: dict[str, Any]) -> Mapping[str, Any]:
    job, status = document["job"], document["status"]
    if status == "Failed":
        double.fail(job, document.get("failureMessage", ""))
    elif status in ("Completed", "Stopped"):
        (double.complete if status == "Completed" else double.halt)(job)
    else:
        raise ValueError(f"a job ends Completed, Failed or Stopped, got {status!r}")
    return {}


def _deploy(double: BedrockDouble, document: dict[str, Any]) -> Mapping[str, Any]:
    return {"arn": double.deploy_model(**document)}


def _provision(double: BedrockDouble, document: dict[str, Any]) -> Mapping[str, Any]:
    return {"arn": double.provision(**document)}


def _withdraw(double: BedrockDouble, document: dict[str, Any]) -> Mapping[str, Any]:
    double.withdraw(document["serving"])
    return {}


def _reset(double: BedrockDouble, _: dict[str, Any]) -> Mapping[str, Any]:
    double.reset()
    return {}


_ACTIONS: Mapping[tuple[str, str], _Action] = {
    ("GET", "calls"): _calls,
    ("GET", "health"): _health,
    ("GET", "jobs"): _jobs,
    ("GET", "models"): _models,
    ("GET", "serving"): _serving,
    ("POST", "behaviour"): _behaviour,
    ("POST", "clock"): _clock,
    ("POST", "deploy"): _deploy,
    ("POST", "faults"): _faults,
    ("POST", "finish"): _finish,
    ("POST", "provision"): _provision,
    ("POST", "reset"): _reset,
    ("POST", "withdraw"): _withdraw,
}
