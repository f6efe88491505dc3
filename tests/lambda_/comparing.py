"""Two models that are asked the same records: Bedrock over HTTP, S3 and CloudFormation in memory."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import RLock
from typing import TYPE_CHECKING, Any

from customization_job.frame.log import Log
from customization_job.frame.retry import Retry
from customization_job.promotion.answer import LATER, Answer
from customization_job.promotion.answers import ask_answers, clean_up, forget
from customization_job.promotion.policy import Condition
from customization_job.promotion.store import Store
from customization_job.services import Services
from customization_job.serving.actions import Owner

from constructs_lib.testing.bedrock import BedrockDouble, BedrockServer, ModelAnswer
from constructs_lib.testing.environment import local_client
from tests.lambda_.builders import REQUEST, STACK
from tests.lambda_.cloudformation import Record, ResourceRecord
from tests.lambda_.fakes import ACCOUNT, REGION, Fakes, Killed, TurnedClock
from tests.lambda_.object_store import ObjectStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DATA, BUCKET, PREFIX = "s3://data-bucket/tickets/evaluation.jsonl", "store-bucket", "out/promotion/Chat/"
RESOURCE = "Chat"
SECONDS = 240.0


def lines(count: int, **members: object) -> bytes:
    """Write records: ticket 0 belongs to team 0, and so on."""
    records = (
        {"prompt": f"Whose is ticket {number}?", "referenceResponse": f"team {number}", **members}
        for number in range(count)
    )
    return b"".join(json.dumps(one).encode() + b"\n" for one in records)


def number_of(prompt: str) -> int:
    """Return which record a prompt belongs to."""
    return int(prompt.removeprefix("Whose is ticket ").removesuffix("?"))


class SharedStore(ObjectStore):
    """Objects that several threads may call."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = RLock()

    def get_object(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - boto3's
        """Return an object."""
        with self._lock:
            return super().get_object(**request)

    def put_object(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - boto3's
        """Write an object."""
        with self._lock:
            return super().put_object(**request)


class KillAfter:
    """Kills the function right after its n-th call of AWS, whichever service that is."""

    def __init__(self, left: int) -> None:
        self.left = left

    def around(self, client: object) -> Any:  # noqa: ANN401 - a client
        """Return a client that counts."""
        return _Counted(client, self)


class _Counted:
    def __init__(self, client: object, kill: KillAfter) -> None:
        self._client = client
        self._kill = kill

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - a method
        method = getattr(self._client, name)
        if not callable(method):
            return method

        def counted(**request: Any) -> Any:  # noqa: ANN401 - boto3's
            answer = method(**request)
            self._kill.left -= 1
            if self._kill.left == 0:
                raise Killed
            return answer

        return counted


@dataclass(frozen=True)
class Served:
    """A double that is served over HTTP, and clients of it."""

    double: BedrockDouble
    clients: dict[str, Any]


@contextmanager
def served() -> Iterator[Served]:
    """Serve a double; a client takes a while to make."""
    double = BedrockDouble(clock=TurnedClock(), account=ACCOUNT)
    with BedrockServer(double) as server:
        clients = {
            service: local_client(
                service, url=server.url, account=ACCOUNT, region=REGION, retries={"total_max_attempts": 1}
            )
            for service in ("bedrock", "bedrock-runtime")
        }
        yield Served(double, clients)
        for client in clients.values():
            client.close()


@dataclass
class Comparing(Fakes):
    """A stack with a deployment that serves one model, and a candidate. Bedrock is as if it were new.

    `clients` are clients of the double over HTTP.
    """

    clients: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def on(cls, bedrock: Served) -> Comparing:
        """Return a stack on a double that is served."""
        bedrock.double.reset()
        return cls(double=bedrock.double, clients=bedrock.clients)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.objects: SharedStore = SharedStore()
        self.records[STACK] = Record(status="UPDATE_COMPLETE")
        kind = "Custom::BedrockCustomModelDeployment"
        self.records[STACK].resources[RESOURCE] = ResourceRecord(RESOURCE, "CREATE_COMPLETE", kind=kind)
        self.owner = Owner(stack_id=STACK, logical_id=RESOURCE)
        self.kill: KillAfter | None = None
        self.told: list[tuple[str, str]] = []
        self.right: dict[str, Callable[[int], bool | ModelAnswer]] = {}
        self.double.configure(answers=self._say)
        self.write_data(lines(40))

    def connect(self, service: str) -> Any:  # noqa: ANN401 - a client
        """Return a client; that of Bedrock calls the double over HTTP."""
        found = self.clients.get(service) or super().connect(service)
        return self.kill.around(found) if self.kill else found

    def write_data(self, content: bytes) -> None:
        """Write the data."""
        bucket, _, key = DATA.removeprefix("s3://").partition("/")
        self.objects.objects[bucket, key] = content

    def train(self, name: str, right: Callable[[int], bool | ModelAnswer]) -> str:
        """Train a model that answers the records for which `right` is true; return its ARN."""
        request = {**REQUEST, "jobName": f"job-{name}", "customModelName": name}
        self.double.call("CreateModelCustomizationJob", request, account=ACCOUNT, region=REGION)
        self.double.complete(f"job-{name}")
        arn = next(one.arn for one in self.double.models() if one.name == name)
        self.right[arn] = right
        return arn

    def serve(self, model: str) -> str:
        """Serve a model; return the deployment's ARN."""
        return self.double.deploy_model(model, name="chat", tags=dict(self.owner.tags))

    def store(self, services: Services) -> Store:
        """Return the records."""
        return Store(BUCKET, PREFIX, ACCOUNT, services.objects)

    def call(self, seconds: float = SECONDS) -> Services:
        """Return the services of one call of the function."""
        retry = Retry(self.clock, self.clock.now() + seconds)
        return Services(self.connect, retry, Log({}, self.log, "DEBUG"))

    def ask(
        self,
        candidate: str,
        serving: str = "",
        deployment: str = "",
        *,
        seconds: float = SECONDS,
        **members: str,
    ) -> Answer:
        """Ask the condition once."""
        condition = Condition(
            "Answers", {"Data": DATA, "Score": "ExactMatch", "Margin": "0.1", "Confidence": "0.95", **members}
        )
        services = self.call(seconds)
        return ask_answers(
            condition, candidate, serving, deployment, self.owner, self.store(services), services
        )

    def decide(self, candidate: str, serving: str = "", deployment: str = "", **members: str) -> Answer:
        """Ask again and again, as the state machine does, until there is an answer."""
        for _ in range(400):
            answer = self.ask(candidate, serving, deployment, **members)
            if answer.answer != LATER:
                return answer
            self.clock.advance(answer.pause)
        raise AssertionError(answer.reason)

    def clean_up(self, *keep: str) -> bool:
        """Delete the deployments that are not needed."""
        services = self.call()
        return clean_up(self.owner, self.store(services), services, keep)

    def forget(self) -> None:
        """Delete the resource."""
        services = self.call()
        forget(self.owner, self.store(services), services)

    @property
    def candidates(self) -> list[str]:
        """The models of the deployments that exist only to be asked."""
        return [one.model_arn for one in self.double.deployments() if one.name.startswith("candidate-")]

    @property
    def kept(self) -> dict[str, Any]:
        """The records in the store, by their names."""
        return {
            key.removeprefix(PREFIX): json.loads(content)
            for (bucket, key), content in self.objects.objects.items()
            if bucket == BUCKET
        }

    @property
    def said(self) -> list[dict[str, Any]]:
        """The log."""
        return [json.loads(line) for line in self.log.getvalue().splitlines()]

    def _say(self, model: str, prompt: str) -> str | ModelAnswer:
        self.told.append((model, prompt))
        number = number_of(prompt)
        found = self.right[model](number)
        if isinstance(found, ModelAnswer):
            return found
        return f"team {number}" if found else f"wrong team {number}"
