"""What happens to a job: the event that CloudFormation sends, the request that Bedrock hears, the answer."""

from __future__ import annotations

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from constructs_lib.testing import BedrockDouble, BedrockServer, run_handler
from tests.contract.cfn_event import as_cloudformation_sends
from tests.lambda_.builders import carried_out
from tests.lambda_.fakes import TurnedClock
from tests.upgrade.intrinsics import JOB, Stack
from tests.upgrade.synthesis import stack_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

CREATED, UPDATED = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class History:
    """The creation of one job.

    Args:
        template: The path of the template that it is from.
        event: What CloudFormation sent.
        requests: What `CreateModelCustomizationJob` was asked for.
        answer: Status, physical id and attributes that CloudFormation was told.
    """

    template: str
    event: dict[str, Any]
    requests: list[dict[str, Any]]
    answer: dict[str, Any]

    @property
    def logical_id(self) -> str:
        """The job's logical id."""
        return str(self.event["LogicalResourceId"])


class Bedrock:
    """A Bedrock with no jobs yet, and the handler before it, in this process."""

    def __init__(self) -> None:
        self.double = BedrockDouble(clock=TurnedClock())
        # A job may go on with the model of a job that is in another one.
        self.double.configure(known_models_only=False)

    def carry_out(self, event: Mapping[str, Any], *, began: datetime) -> dict[str, Any]:
        """Let the handler carry out an event; give what it answered.

        Args:
            event: What CloudFormation sends.
            began: When the stack's operation began.
        """
        answer = self._answer(event, began)
        return {name: answer.get(name) for name in ("Status", "PhysicalResourceId", "Data")}

    def _answer(self, event: Mapping[str, Any], began: datetime) -> dict[str, Any]:
        return carried_out(dict(event), self.double, began=began.timestamp())

    @property
    def requests(self) -> list[dict[str, Any]]:
        """What `CreateModelCustomizationJob` was asked for."""
        return [dict(call.request) for call in self.double.calls("CreateModelCustomizationJob")]


class UploadedHandler(Bedrock):
    """The same, with the files that a deployment would upload, which call Bedrock over HTTP with boto3."""

    def _answer(self, event: Mapping[str, Any], began: datetime) -> dict[str, Any]:
        with BedrockServer(self.double) as server:
            return run_handler(event, bedrock_url=server.url, began=began)


def record(templates: Mapping[str, str]) -> list[History]:
    """Create every job of these templates with the handler of today.

    Args:
        templates: The text of each, by its path.
    """
    cases = [(path, one) for path, text in templates.items() for one in events(path, text)]
    return in_parallel(_recorded, cases)


def events(path: str, template: str) -> list[dict[str, Any]]:
    """Write the events with which CloudFormation creates the jobs of a template.

    Args:
        path: The template's path.
        template: Its text.
    """
    parsed = json.loads(template)
    stack = Stack(stack_name(path), parsed)
    jobs = {name: one["Properties"] for name, one in parsed["Resources"].items() if one["Type"] == JOB}
    return [_created(stack, name, as_cloudformation_sends(stack.resolved(one))) for name, one in jobs.items()]


def update_of(history: History, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Write the event with which CloudFormation updates the job of a history.

    Args:
        history: How the job was created.
        properties: What the job's resource has from now on.
    """
    old = history.event
    return {
        **old,
        "RequestType": "Update",
        "RequestId": _request_id(old["StackId"], history.logical_id, "Update"),
        "PhysicalResourceId": history.answer["PhysicalResourceId"],
        "ResourceProperties": properties,
        "OldResourceProperties": old["ResourceProperties"],
    }


def written(histories: Iterable[History]) -> str:
    """Write histories as the baseline holds them."""
    return json.dumps([asdict(one) for one in histories], indent=1) + "\n"


def read(text: str) -> list[History]:
    """Read histories as the baseline holds them."""
    return [History(**one) for one in json.loads(text)]


def in_parallel(act: Callable[..., Any], cases: Iterable[tuple[Any, ...]]) -> list[Any]:
    """Act on every case, some at a time: most of a handler's time its process takes to start.

    Args:
        act: What to do.
        cases: The arguments of each.
    """
    with ThreadPoolExecutor(max_workers=4) as pool:
        return list(pool.map(lambda case: act(*case), cases))


def _recorded(path: str, event: dict[str, Any]) -> History:
    bedrock = UploadedHandler()
    answer = bedrock.carry_out(event, began=CREATED)
    return History(template=path, event=event, requests=bedrock.requests, answer=answer)


def _created(stack: Stack, logical_id: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "RequestType": "Create",
        "ResponseURL": "https://cloudformation-custom-resource-response-useast1.s3.amazonaws.com/x",
        "StackId": stack.id,
        "RequestId": _request_id(stack.id, logical_id, "Create"),
        "LogicalResourceId": logical_id,
        "ResourceType": JOB,
        "ServiceToken": properties["ServiceToken"],
        "ResourceProperties": properties,
    }


def _request_id(stack_id: str, logical_id: str, kind: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{stack_id}/{logical_id}/{kind}"))
