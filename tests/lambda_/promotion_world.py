"""A stack, Bedrock, S3 and CloudWatch in memory, as far as a promotion reads and changes them.

The function's own code runs on these ports. Before and after the effect of any call something else may
happen: another look, a person, an alarm, or the end of the function.
"""

from __future__ import annotations

import io
import json
from contextlib import nullcontext
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from contract.promotion import APPROVED_TAG, model_id
from contract.resource import DEPLOYMENT_TYPE, PUBLISHED_MODEL_TYPE, RESOURCE_TYPE, ownership_tags
from customization_job.deployments.ports import Deployment
from customization_job.frame.errors import AwsError, ErrorKind
from customization_job.frame.executions import Executions
from customization_job.frame.log import Log
from customization_job.frame.objects import StoredObject
from customization_job.frame.parameters import Parameter
from customization_job.frame.stack import ResourceState, StackState
from customization_job.handler import Dependencies
from customization_job.jobs.ports import CustomModel, Job
from customization_job.promotion.ports import Alarm

from tests.lambda_.builders import STACK
from tests.lambda_.fakes import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from customization_job.frame.retry import Retry

RESOURCE, PARAMETER = "Serving", "/app/model"
BUCKET, PREFIX = "results", "promotion/Serving/"
_JOB = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:model-customization-job/amazon.nova-lite-v1:0:300k/"
_MODEL = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:custom-model/amazon.nova-lite-v1:0:300k/"
DEPLOYMENT = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:custom-model-deployment/serving00001"
NAME = "serving"
OWN = ownership_tags(STACK, RESOURCE)


class Stopped(BaseException):
    """Lambda ends the function."""


@dataclass
class Trained:
    """A job, and its model once it is complete."""

    number: int
    loss: float | None
    quality: int = 0
    is_judged: bool = True
    status: str = "InProgress"
    has_model: bool = True
    tag: str = ""

    @property
    def job_arn(self) -> str:
        """The job."""
        return f"{_JOB}{self.number:012}"

    @property
    def model_arn(self) -> str:
        """The model."""
        return f"{_MODEL}{self.number:012}"


@dataclass
class Serving:
    """What serves: a deployment, or a parameter, which changes at once."""

    model_arn: str
    changed: float
    target: str = ""
    until: float = 0.0
    has_failed: bool = False


@dataclass
class World:
    """All of it.

    `interruptions` are what happens at the next calls: number of the call, whether before or after its
    effect, and what; `on_serve` is told of every change of what serves, and by whom.
    """

    is_deployment: bool
    policy: dict[str, Any]
    updating_seconds: float = 30.0
    now: float = 1_767_225_600.0
    status: str = "UPDATE_COMPLETE"
    trained: list[Trained] = field(default_factory=list)
    current: int = 0
    resource_status: str = "UPDATE_COMPLETE"
    serving: Serving | None = None
    arn_parameter: str = ""
    objects: dict[str, bytes] = field(default_factory=dict)
    alarm: tuple[bool, float] = (False, 0.0)
    fails_updates: bool = False
    failed_target: str = ""
    executions: dict[str, dict[str, Any]] = field(default_factory=dict)
    questions: int = 0
    interruptions: list[tuple[int, bool, Callable[[], object]]] = field(default_factory=list)
    on_serve: Callable[[str, str], None] = lambda _before, _after: None
    on_write: Callable[[str, bytes, bytes | None], None] = lambda _key, _new, _old: None
    on_question: Callable[[], None] = lambda: None
    on_tags: Callable[[str, Mapping[str, str]], None] = lambda _arn, _tags: None
    calls: int = 0

    # -- what happens between calls --------------------------------------------------------------------------

    def call(self, effect: Callable[[], Any]) -> Any:  # noqa: ANN401 - any result
        """Make a call of a port, with what happens before it and after it."""
        self.calls += 1
        self._interrupt(is_after=False)
        result = effect()
        self._interrupt(is_after=True)
        return result

    def _interrupt(self, *, is_after: bool) -> None:
        for one in list(self.interruptions):
            if one[:2] == (self.calls, is_after):
                self.interruptions.remove(one)
                one[2]()

    # -- what there is ---------------------------------------------------------------------------------------

    def by_model(self, arn: str) -> Trained | None:
        """Return the training of a model that exists."""
        found = [one for one in self.trained if arn == one.model_arn]
        return found[0] if found and found[0].has_model and found[0].status == "Completed" else None

    def any_model(self, arn: str | None) -> Trained | None:
        """Return the training of a model, whether it exists still or not."""
        return next((one for one in self.trained if arn == one.model_arn), None)

    @property
    def serves(self) -> str:
        """The model that serves, or is about to."""
        self.settle()
        if self.serving is None:
            return ""
        return self.serving.target or self.serving.model_arn

    def settle(self) -> None:
        """End an update whose time has come."""
        serving = self.serving
        if serving is None or not serving.target or self.now < serving.until:
            return
        target, serving.target, serving.changed = serving.target, "", serving.until
        if serving.has_failed:
            self.failed_target = target
        else:
            serving.model_arn = target

    def serve(self, model_arn: str) -> None:
        """Let something else serve, or begin to."""
        before = self.serves
        serving = self.serving
        if serving is None or not self.is_deployment or self.updating_seconds == 0:
            self.serving = Serving(model_arn, self.now)
        else:
            serving.target, serving.until = model_arn, self.now + self.updating_seconds
            serving.changed, serving.has_failed = self.now, self.fails_updates
        self.failed_target = ""
        self.on_serve(before, model_arn)

    def read(self, model_arn: str, end: str = ".json") -> dict[str, Any] | None:
        """Return a record about a model."""
        found = self.objects.get(f"{PREFIX}{model_id(model_arn)}{end}")
        return None if found is None else json.loads(found)

    def write(self, model_arn: str, end: str, document: Mapping[str, object]) -> None:
        """Write a record, as a person does it."""
        self.objects[f"{PREFIX}{model_id(model_arn)}{end}"] = json.dumps(document).encode()


class _Port:
    def __init__(self, world: World) -> None:
        self.world = world


class _Stacks(_Port):
    def get_stack(self, _stack_id: str, *, is_needed: bool = True) -> StackState:
        del is_needed
        world = self.world
        return world.call(lambda: StackState(status=world.status, changed=world.now - 5))

    def get_resource(self, _stack_id: str, logical_id: str) -> ResourceState:
        return self.world.call(lambda: self._resource(logical_id))

    def _resource(self, logical_id: str) -> ResourceState:
        world = self.world
        if logical_id == "Job":
            arn = world.trained[world.current].job_arn
            return ResourceState(
                is_known=True, physical_id=arn, status="UPDATE_COMPLETE", resource_type=RESOURCE_TYPE
            )
        return ResourceState(
            is_known=True,
            physical_id=NAME if world.is_deployment else PARAMETER,
            status=world.resource_status,
            changed=world.now,
            resource_type=DEPLOYMENT_TYPE if world.is_deployment else PUBLISHED_MODEL_TYPE,
        )


class _Bedrock(_Port):
    def get_job(self, identifier: str) -> Job | None:
        return self.world.call(lambda: self._job(identifier))

    def _job(self, identifier: str) -> Job | None:
        for one in self.world.trained:
            if one.job_arn == identifier:
                model = one.model_arn if one.status == "Completed" else ""
                return Job(arn=identifier, name="job", status=one.status, model_arn=model)
        return None

    def get_model(self, identifier: str) -> str | None:
        return self.world.call(lambda: identifier if self.world.by_model(identifier) else None)

    def describe_model(self, arn: str) -> CustomModel | None:
        return self.world.call(lambda: self._described(arn))

    def _described(self, arn: str) -> CustomModel | None:
        found = self.world.by_model(arn)
        if found is None:
            return None
        losses = (found.loss,) if found.loss is not None else ()
        data = frozenset({"s3://data/validation.jsonl"})
        return CustomModel(
            base_model_arn="base",
            customization_type="FINE_TUNING",
            validation_data=data,
            validation_losses=losses,
        )

    def get_tags(self, arn: str) -> Mapping[str, str]:
        def tags() -> Mapping[str, str]:
            found = self.world.by_model(arn)
            return {APPROVED_TAG: found.tag} if found and found.tag else {}

        return self.world.call(tags)

    def add_tags(self, arn: str, tags: Mapping[str, str]) -> None:
        self.world.call(lambda: self.world.on_tags(arn, tags))


class _Deployments(_Port):
    def get(self, _name: str) -> Deployment | None:
        return self.world.call(self._found)

    def _found(self) -> Deployment | None:
        world = self.world
        world.settle()
        serving = world.serving
        if serving is None:
            return None
        status = "Updating" if serving.target else "UpdateFailed" if world.failed_target else ""
        return Deployment(
            arn=DEPLOYMENT,
            name=NAME,
            model_arn=serving.model_arn,
            status="Active",
            changed=serving.changed,
            created=1.0,
            update_model_arn=serving.target or world.failed_target,
            update_status=status,
        )

    def create(self, request: Mapping[str, Any]) -> str:
        def effect() -> str:
            if self.world.serving is None:
                self.world.serve(request["modelArn"])
            return DEPLOYMENT

        return self.world.call(effect)

    def update(self, _arn: str, model_arn: str) -> None:
        def effect() -> None:
            world = self.world
            world.settle()
            if world.serving is None or world.by_model(model_arn) is None:
                raise AwsError(
                    ErrorKind.NOT_FOUND, "UpdateCustomModelDeployment", "ResourceNotFoundException"
                )
            if world.serving.target:
                raise AwsError(ErrorKind.CONFLICT, "UpdateCustomModelDeployment", "ConflictException")
            world.serve(model_arn)

        self.world.call(effect)

    def get_tags(self, _arn: str) -> Mapping[str, str]:
        return self.world.call(lambda: OWN)

    def add_tags(self, _arn: str, tags: Mapping[str, str]) -> None:
        assert APPROVED_TAG not in tags


class _Parameters(_Port):
    def get(self, name: str, *, is_needed: bool = True) -> Parameter | None:
        del is_needed
        return self.world.call(lambda: self._found(name))

    def _found(self, name: str) -> Parameter | None:
        world = self.world
        if world.is_deployment:
            return Parameter(name=name, value=world.arn_parameter, tags=OWN) if world.arn_parameter else None
        if world.serving is None:
            return None
        return Parameter(name=name, value=world.serving.model_arn, changed=world.serving.changed, tags=OWN)

    def create(self, _name: str, value: str, _tags: Mapping[str, str]) -> bool:
        return self.world.call(lambda: self._write(value, is_new=True))

    def set_value(self, _name: str, value: str, _tags: Mapping[str, str]) -> None:
        self.world.call(lambda: self._write(value, is_new=False))

    def _write(self, value: str, *, is_new: bool) -> bool:
        world = self.world
        if world.is_deployment:
            world.arn_parameter = value
            return True
        if is_new and world.serving is not None:
            return False
        world.serve(value)
        return True

    def add_tags(self, _name: str, tags: Mapping[str, str]) -> None:
        del tags

    def remove_tags(self, _name: str, keys: Sequence[str]) -> None:
        del keys


class _Objects(_Port):
    def find(self, _bucket: str, key: str, _account: str) -> StoredObject | None:
        def effect() -> StoredObject | None:
            found = self.world.objects.get(key)
            return None if found is None else StoredObject(found, str(hash(found)))

        return self.world.call(effect)

    def put(self, _bucket: str, key: str, _account: str, content: bytes) -> None:
        self.world.call(lambda: self._write(key, content))

    def replace(self, _bucket: str, key: str, _account: str, new: StoredObject) -> bool:
        def effect() -> bool:
            found = self.world.objects.get(key)
            if new.etag != ("" if found is None else str(hash(found))):
                return False
            self._write(key, new.content)
            return True

        return self.world.call(effect)

    def delete(self, _bucket: str, key: str, _account: str) -> None:
        self.world.call(lambda: self.world.objects.pop(key, None))

    def _write(self, key: str, content: bytes) -> None:
        before = self.world.objects.get(key)
        self.world.objects[key] = content
        self.world.on_write(key, content, before)


class _Alarms(_Port):
    def get(self, names: Sequence[str]) -> list[Alarm]:
        is_on, changed = self.world.alarm
        return self.world.call(lambda: [Alarm(name, is_on=is_on, changed=changed) for name in names])

    def invocations(self, _model_id: str, since: float, until: float) -> float:
        return self.world.call(lambda: (until - since) / 600)


class _Functions(_Port):
    def invoke(self, _arn: str, payload: bytes) -> tuple[bytes, bool]:
        def effect() -> tuple[bytes, bool]:
            world = self.world
            world.questions += 1
            world.on_question()
            question = json.loads(payload)
            candidate, serving = (world.any_model(question[one]) for one in ("candidate", "serving"))
            is_better = serving is None or (candidate and candidate.quality >= serving.quality)
            has_failed = candidate is None or not candidate.is_judged
            return json.dumps({"verdict": "yes" if is_better else "no"}).encode(), has_failed

        return self.world.call(effect)


class _Topics(_Port):
    def publish(self, _arn: str, _subject: str, _message: str) -> None:
        self.world.call(lambda: None)


class _Executions(_Port, Executions):
    def start(self, _machine_arn: str, name: str, given: Mapping[str, Any]) -> None:
        self.world.call(lambda: self.world.executions.setdefault(name, json.loads(json.dumps(given))))


class _QuietLog(Log):
    def _write(self, members: Mapping[str, object]) -> None:
        """Keep only what went wrong in the code."""
        if members.get("act") == "crashed":
            raise AssertionError(members)


class _Clock:
    def __init__(self, world: World) -> None:
        self._world = world

    def now(self) -> float:
        """Return the time."""
        return self._world.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self._world.now += seconds

    def chance(self) -> float:
        """Draw the middle, always."""
        return 0.5


class WorldDependencies(Dependencies):
    """The dependencies of the handler, on a world; `answers` are the responses to events."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.clock = _Clock(world)
        self.answers: list[dict[str, Any]] = []

    def stack_id(self) -> str:
        """Return the stack that the function belongs to."""
        return STACK

    def open_log(self, event: Mapping[str, object]) -> Log:
        """Write nothing."""
        return _QuietLog(event, io.StringIO(), "ERROR")

    def services(self, _env: object, retry: Retry, log: Log) -> Any:  # noqa: ANN401 - the ports by their names
        """Return the ports."""
        world = self.world
        return SimpleNamespace(
            retry=retry,
            log=log,
            stacks=_Stacks(world),
            bedrock=_Bedrock(world),
            deployments=_Deployments(world),
            parameters=_Parameters(world),
            objects=_Objects(world),
            alarms=_Alarms(world),
            functions=_Functions(world),
            topics=_Topics(world),
            executions=_Executions(world),
        )

    def watchdog(self, _seconds: float, _on_timeout: object) -> Any:  # noqa: ANN401 - a context manager
        """Time does not pass by itself."""
        return nullcontext()

    def put(self, _url: object, content: bytes, _until: float, _log: object) -> int:
        """Keep the response."""
        self.answers.append(json.loads(content))
        return 200
