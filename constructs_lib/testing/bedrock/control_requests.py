"""What a double does with the requests of `DoubleControl`; it takes them from this machine only."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from email.message import Message
from typing import Any, TypeVar
from urllib.parse import urlsplit

from ...contract.promotion import APPROVED_VALUE
from .behaviour import behaviour_document, checked_changes, members_of
from .control import PREFIX
from .double import BedrockDouble
from .faults import Fault, LoseResponse, Refuse, Slow
from .rest import Response, dumps, encode_error
from .service import ServiceError, invalid

_N = TypeVar("_N", int, float)
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
