"""An endpoint of CloudFormation, STS, Systems Manager and Bedrock that responds as a test says."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from types import TracebackType

ACCOUNT = "111122223333"
REGION = "us-east-1"
_DOCUMENT = "<{0}Response><{0}Result>{1}</{0}Result></{0}Response>"
_ERROR = "<ErrorResponse><Error><Code>{}</Code><Message>{}</Message></Error></ErrorResponse>"


class AwsEndpoint:
    """What CloudFormation has, by the names or ARNs of stacks, and Bedrock, by the ARNs or names of jobs.

    Attributes:
        stacks: status, template and resources (type, logical id, physical id, and their status unless it is
            CREATE_COMPLETE) of each stack; `former` are resources that only its events have, and `outputs`
            its outputs by name.
        parameters: the values of parameters by name.
        jobs: the status of each job.
        models: the names of the custom models, which jobs of others have trained.
        errors: status, code and message with which a call fails, by its name.
        throttled: how often a call is throttled before it succeeds, by its name.
        bodies: what a call responds in place of its response, by its name.
        page: how many stacks or resources a response has.
        calls: the names of the calls.
        nonsense: what Bedrock responds instead. None: what it has.
    """

    def __init__(self) -> None:
        self.stacks: dict[str, dict[str, Any]] = {}
        self.jobs: dict[str, str] = {}
        self.models: set[str] = set()
        self.parameters: dict[str, str] = {}
        self.errors: dict[str, tuple[int, str, str]] = {}
        self.throttled: dict[str, int] = {}
        self.bodies: dict[str, str] = {}
        self.page = 100
        self.calls: list[str] = []
        self.nonsense: str | None = None
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["Content-Length"])).decode()
                if "X-Amz-Target" in self.headers:
                    self._send(*owner._parameter(json.loads(content)), "application/json")
                    return
                call = {name: values[0] for name, values in parse_qs(content).items()}
                self._send(*owner._query(call), "text/xml")

            def do_GET(self) -> None:
                status, text = owner._bedrock(self.path)
                if owner.nonsense is not None:
                    status, text = 200, owner.nonsense
                self._send(status, text, "application/json")

            def _send(self, status: int, text: str, kind: str) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                if status >= 400 and kind == "application/json":
                    self.send_header("x-amzn-ErrorType", json.loads(text)["code"])
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def env(self) -> dict[str, str]:
        """The environment variables that send an AWS SDK here."""
        return {
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": REGION,
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "NO_PROXY": "127.0.0.1",
        }

    def add(self, name: str, template: object, status: str = "CREATE_COMPLETE", **jobs: str) -> None:
        """Add a stack whose jobs have these statuses.

        Args:
            name: the stack's name, or the ARN of a nested one.
            template: its template, as a text or as an object.
            status: the stack's status.
            jobs: the status of each job by its logical id; "" for one that Bedrock does not know.
        """
        found = []
        for logical_id, job in jobs.items():
            arn = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:model-customization-job/x/{logical_id}"
            found.append(("Custom::BedrockModelCustomizationJob", logical_id, arn))
            if job:
                self.jobs[arn] = job
        text = template if isinstance(template, str) else json.dumps(template)
        self.stacks[name] = {"status": status, "template": text, "resources": found}

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _query(self, call: dict[str, str]) -> tuple[int, str]:
        action = call["Action"]
        self.calls.append(action)
        if action in self.errors:
            status, code, message = self.errors[action]
            return status, _ERROR.format(code, escape(message))
        if self.throttled.get(action, 0):
            self.throttled[action] -= 1
            return 400, _ERROR.format("Throttling", "Rate exceeded")
        if action == "ListStacks":
            return 200, self.bodies.get(action, _DOCUMENT.format(action, self._summaries(call)))
        if action == "GetCallerIdentity":
            arn = f"<Arn>arn:aws:sts::{ACCOUNT}:assumed-role/Team/ann</Arn>"
            return 200, _DOCUMENT.format(action, f"{arn}<Account>{ACCOUNT}</Account>")
        name = call["StackName"]
        name = name if name in self.stacks else name.rpartition(":stack/")[2].partition("/")[0]
        # CloudFormation finds a stack by its name, too.
        name = next((one for one in self.stacks if f":stack/{name}/" in one), name)
        if name not in self.stacks:
            return 400, _ERROR.format("ValidationError", f"Stack with id {escape(name)} does not exist")
        stack = self.stacks[name]
        stack_id = self.stack_id(name)
        results = {
            "DescribeStacks": (
                f"<Stacks><member><StackId>{stack_id}</StackId><StackName>{name}</StackName>"
                f"<CreationTime>2026-11-26T22:00:00Z</CreationTime><StackStatus>{stack['status']}</StackStatus>"
                "<Outputs>"
                + "".join(
                    f"<member><OutputKey>{key}</OutputKey><OutputValue>{escape(value)}</OutputValue></member>"
                    for key, value in stack.get("outputs", {}).items()
                )
                + "</Outputs></member></Stacks>"
            ),
            "GetTemplate": f"<TemplateBody>{escape(stack['template'])}</TemplateBody>",
            "DescribeStackEvents": "<StackEvents>"
            + "".join(
                f"<member><StackId>{stack_id}</StackId><EventId>1</EventId><StackName>{name}</StackName>"
                f"<ResourceType>{kind}</ResourceType><LogicalResourceId>{logical}</LogicalResourceId>"
                f"<PhysicalResourceId>{physical}</PhysicalResourceId>"
                "<ResourceStatus>DELETE_COMPLETE</ResourceStatus></member>"
                for kind, logical, physical in stack.get("former", ())
            )
            + "</StackEvents>",
            "ListStackResources": _page(
                "StackResourceSummaries",
                [
                    f"<ResourceType>{kind}</ResourceType><LogicalResourceId>{logical}</LogicalResourceId>"
                    f"<PhysicalResourceId>{physical}</PhysicalResourceId>"
                    f"<ResourceStatus>{status[0] if status else 'CREATE_COMPLETE'}</ResourceStatus>"
                    "<LastUpdatedTimestamp>2026-11-26T22:00:00Z</LastUpdatedTimestamp>"
                    for kind, logical, physical, *status in stack["resources"]
                ],
                call,
                self.page,
            ),
        }
        return 200, _DOCUMENT.format(action, results[action])

    def _summaries(self, call: dict[str, str]) -> str:
        asked = {value for name, value in call.items() if name.startswith("StackStatusFilter.")}
        found = [
            f"<StackId>{escape(self.stack_id(name))}</StackId><StackStatus>{stack['status']}</StackStatus>"
            f"<StackName>{escape(name.rpartition(':stack/')[2].partition('/')[0] or name)}</StackName>"
            f"<CreationTime>2026-11-26T22:00:00Z</CreationTime>"
            + "".join(f"<RootId>{one}</RootId>" for one in [stack.get("root")] if one)
            for name, stack in self.stacks.items()
            if stack["status"] in asked or not asked
        ]
        return _page("StackSummaries", found, call, self.page)

    @staticmethod
    def stack_id(name: str) -> str:
        """Return the ARN of a stack.

        Args:
            name: its name, or its ARN.
        """
        arn = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{name}/6dce3755-0000"
        return name if name.startswith("arn:") else arn

    def _parameter(self, call: dict[str, str]) -> tuple[int, str]:
        self.calls.append("GetParameter")
        name = call["Name"]
        if "GetParameter" in self.errors:
            status, code, message = self.errors["GetParameter"]
            return status, json.dumps({"code": code, "__type": code, "message": message})
        if "GetParameter" in self.bodies:
            return 200, self.bodies["GetParameter"]
        if name not in self.parameters:
            return 400, json.dumps({"code": "ParameterNotFound", "__type": "ParameterNotFound"})
        return 200, json.dumps({"Parameter": {"Name": name, "Value": self.parameters[name]}})

    def _bedrock(self, path: str) -> tuple[int, str]:
        operation = "GetModelCustomizationJob" if "/model-customization-jobs/" in path else "List"
        self.calls.append(operation)
        if operation in self.errors:
            status, code, message = self.errors[operation]
            return status, json.dumps({"code": code, "message": message})
        if "/custom-models/" in path:
            name = urlsplit(path).path.rpartition("/")[2]
            if name in self.models:
                return 200, json.dumps({"modelName": name, "modelArn": f"arn:{name}", "jobArn": "arn:other"})
            return 404, json.dumps({"code": "ResourceNotFoundException", "message": "no such model"})
        if operation == "List":
            return 200, json.dumps({"modelCustomizationJobSummaries": []})
        arn = unquote(urlsplit(path).path).partition("/model-customization-jobs/")[2]
        if arn not in self.jobs:
            return 404, json.dumps({"code": "ResourceNotFoundException", "message": "no such job"})
        found = {"jobArn": arn, "jobName": "tickets", "status": self.jobs[arn]}
        times = {"creationTime": "2026-11-26T22:05:00Z", "endTime": "2026-11-26T23:00:00Z"}
        return 200, json.dumps({**found, **times})


def _page(member: str, found: list[str], call: dict[str, str], size: int) -> str:
    first = int(call.get("NextToken", "0"))
    shown = "".join(f"<member>{one}</member>" for one in found[first : first + size])
    more = f"<NextToken>{first + size}</NextToken>" if first + size < len(found) else ""
    return f"<{member}>{shown}</{member}>{more}"
