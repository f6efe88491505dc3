"""Each row of docs/cli-parity.md: the AWS CLI's command and the construct are run side by side."""

from __future__ import annotations

import importlib.metadata
import inspect
import io
import json
import os
import pty
import re
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import botocore.session
import pytest
import yaml
from awscli.clidriver import create_clidriver
from customization_job.frame.aws import call, client
from customization_job.frame.errors import AwsError
from typer.testing import CliRunner

from constructs_lib import (
    BaseModel,
    Customization,
    HyperParameters,
    InvalidJob,
    InvocationLogs,
    JobNetwork,
    JobProvider,
    MetadataFilter,
    ModelCustomizationJob,
    TrainingData,
    ValidationData,
)
from constructs_lib.cli.main import app
from constructs_lib.testing import BedrockServer, Slow, run_handler
from tests.contract.cfn_event import event
from tests.synth.templates import KEY, of_type, template, the_job

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/cli-parity.md"
ROW = re.compile(r"^\| `(--[a-z0-9-]+)` \| (.+) \| (.+) \|$", re.MULTILINE)
ROWS = {name: (text, tests) for name, text, tests in ROW.findall(PAGE.read_text(encoding="utf-8"))}
NAMED = {
    (path or "tests/contract/test_cli_parity.py", name)
    for _, tests in ROWS.values()
    for path, name in re.findall(r"`(?:(tests/[a-z_/]+\.py)::)?(test_[a-z0-9_]+)`", tests)
}
NODE = ROOT / "node_modules" / ".bin"

# https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-options.html marks these "version 2 only".
ONLY_IN_VERSION_2 = {
    "--cli-input-yaml",
    "--cli-binary-format",
    "--cli-error-format",
    "--no-cli-pager",
    "--cli-auto-prompt",
    "--no-cli-auto-prompt",
}

ROLE = "arn:aws:iam::111122223333:role/training"
TOKEN = "token-of-the-user"  # noqa: S105 - a client request token, which is no secret
TAG = {"key": "team", "value": "tickets"}
REQUEST: dict[str, Any] = {
    "jobName": "tickets-1",
    "customModelName": "tickets-model",
    "roleArn": ROLE,
    "baseModelIdentifier": "amazon.nova-lite-v1:0:300k",
    "customizationType": "FINE_TUNING",
    "customModelKmsKeyId": KEY,
    "jobTags": [TAG],
    "customModelTags": [{"key": "stage", "value": "test"}],
    "trainingDataConfig": {"s3Uri": "s3://amzn-s3-demo-bucket/train.jsonl"},
    "validationDataConfig": {"validators": [{"s3Uri": "s3://amzn-s3-demo-bucket/validation.jsonl"}]},
    "outputDataConfig": {"s3Uri": "s3://amzn-s3-demo-bucket/out/"},
    "hyperParameters": {"epochCount": "2", "learningRate": "0.00001"},
    "vpcConfig": {
        "subnetIds": ["subnet-0123456789abcdef0"],
        "securityGroupIds": ["sg-0123456789abcdef0"],
    },
}
DISTILLATION: dict[str, Any] = {
    "jobName": "tickets-2",
    "customModelName": "tickets-model-2",
    "roleArn": ROLE,
    "baseModelIdentifier": "amazon.nova-lite-v1:0:300k",
    "customizationType": "DISTILLATION",
    "customModelKmsKeyId": KEY,
    "trainingDataConfig": {"s3Uri": "s3://amzn-s3-demo-bucket/prompts.jsonl"},
    "outputDataConfig": {"s3Uri": "s3://amzn-s3-demo-bucket/out/"},
    "customizationConfig": {
        "distillationConfig": {
            "teacherModelConfig": {
                "teacherModelIdentifier": "amazon.nova-pro-v1:0",
                "maxResponseLengthForInference": 1000,
            }
        }
    },
}
ARGUMENTS: dict[str, Any] = {
    "job_name": "tickets-1",
    "custom_model_name": "tickets-model",
    "role": ROLE,
    "base_model": BaseModel.NOVA_LITE,
    "customization": Customization.fine_tuning(HyperParameters(epoch_count=2, learning_rate=1e-5)),
    "custom_model_kms_key": KEY,
    "job_tags": {"team": "tickets"},
    "custom_model_tags": {"stage": "test"},
    "training_data": "s3://amzn-s3-demo-bucket/train.jsonl",
    "validation_data": [ValidationData.from_s3_uri("s3://amzn-s3-demo-bucket/validation.jsonl")],
    "output_data": "s3://amzn-s3-demo-bucket/out/",
    "network": JobNetwork.from_ids(
        subnet_ids=["subnet-0123456789abcdef0"], security_group_ids=["sg-0123456789abcdef0"]
    ),
}
REQUEST_OPTIONS = {
    "--" + re.sub(r"(?<!^)([A-Z])", r"-\1", name).lower(): name for name in (*REQUEST, "customizationConfig")
}


def fine_tuning(stack: cdk.Stack, **changes: object) -> ModelCustomizationJob:
    """A job with the keyword arguments that are the request of `REQUEST`."""
    return ModelCustomizationJob(stack, "Triage", **(ARGUMENTS | changes))


def new_stack(**settings: Any) -> cdk.Stack:  # noqa: ANN401 - settings of the function
    """A stack whose function has these settings."""
    stack = cdk.Stack(cdk.App(), "Tickets")
    if settings:
        JobProvider.configure(stack, **settings)
    return stack


def settings_of(stack: cdk.Stack) -> dict[str, str]:
    """The environment variables of the stack's function that are known at synthesis."""
    [function] = of_type(stack, "AWS::Lambda::Function")
    variables = function["Properties"].get("Environment", {}).get("Variables", {})
    return {name: value for name, value in variables.items() if isinstance(value, str)}


@contextmanager
def deployed(
    stack: cdk.Stack,
    *,
    server: BedrockServer | None = None,
    seconds: float = 120,
    region: str = "us-east-1",
) -> Iterator[tuple[BedrockServer, dict[str, Any], list[str]]]:
    """Run a stack's function with its environment; yield Bedrock, the response and the log."""
    created = event(the_job(stack)["Properties"])
    created["StackId"] = created["StackId"].replace("us-east-1", region)
    own = settings_of(stack)
    server = server or BedrockServer()
    log: list[str] = []
    with server, pytest.MonkeyPatch.context() as patch:
        for name, value in own.items():
            patch.setenv(name, value)
        url = own.get("AWS_ENDPOINT_URL_BEDROCK", "") or server.url
        yield server, run_handler(created, bedrock_url=url, log=log.append, seconds=seconds), log


def creations(server: BedrockServer) -> list[dict[str, Any]]:
    """The requests of CreateModelCustomizationJob that Bedrock got, without client tokens."""
    calls = server.double.calls("CreateModelCustomizationJob")
    return [
        {name: value for name, value in call.request.items() if name != "clientRequestToken"}
        for call in calls
    ]


def sent_by_the_aws_cli(*arguments: str) -> dict[str, Any]:
    """The request that the AWS CLI sends for a command line."""
    with BedrockServer() as server:
        command = [sys.executable, "-m", "awscli", "bedrock", "create-model-customization-job"]
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            "AWS_ACCESS_KEY_ID": "111122223333",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_SECRET_ACCESS_KEY": "secret",
        }
        options = ["--endpoint-url", server.url, "--client-request-token", TOKEN]
        subprocess.run([*command, *arguments, *options], check=True, env=environment, capture_output=True)
        [request] = creations(server)
        return request


def sent_by_options(request: dict[str, Any]) -> dict[str, Any]:
    """The request that the AWS CLI sends where each field is an option."""
    options = {name: option for option, name in REQUEST_OPTIONS.items()}
    pairs = [
        (options[name], value if isinstance(value, str) else json.dumps(value))
        for name, value in request.items()
    ]
    return sent_by_the_aws_cli(*(part for pair in pairs for part in pair))


def sent_by_the_construct(kind: str) -> dict[str, Any]:
    """The request that the function sends where each field is a keyword argument."""
    stack = new_stack()
    if kind == "FINE_TUNING":
        fine_tuning(stack)
    else:
        ModelCustomizationJob(
            stack,
            "Triage",
            job_name="tickets-2",
            custom_model_name="tickets-model-2",
            role=ROLE,
            custom_model_kms_key=KEY,
            base_model=BaseModel.NOVA_LITE,
            training_data="s3://amzn-s3-demo-bucket/prompts.jsonl",
            output_data="s3://amzn-s3-demo-bucket/out/",
            customization=Customization.distillation("amazon.nova-pro-v1:0", max_response_length=1000),
        )
    with deployed(stack) as (server, response, _):
        assert response["Status"] == "SUCCESS", response
        [request] = creations(server)
        return request


# -- the page ------------------------------------------------------------------------------------------


def test_every_option_has_one_row() -> None:
    """No option of the AWS CLI is missing, and no row is about an option that does not exist."""
    driver = create_clidriver()
    command = driver._get_command_table()["bedrock"]._get_command_table()["create-model-customization-job"]
    options = {f"--{name}" for name in (*driver._get_argument_table(), *command.arg_table)}
    names = [name for name, _, _ in ROW.findall(PAGE.read_text(encoding="utf-8"))]
    assert len(names) == len(set(names))
    assert set(names) == options | ONLY_IN_VERSION_2


def test_every_row_names_a_test_that_exists() -> None:
    """And every test of this module about an option is named by a row."""
    assert all("`test_" in tests or "::test_" in tests for _, tests in ROWS.values())
    for path, name in NAMED:
        assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), f"{path}::{name}"
    own = set(re.findall(r"^def (test_\w+)", Path(__file__).read_text(encoding="utf-8"), re.MULTILINE))
    about_the_page = {"test_every_option_has_one_row", "test_every_row_names_a_test_that_exists"}
    assert own - about_the_page == {name for path, name in NAMED if path.endswith("test_cli_parity.py")}


# -- the request ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["FINE_TUNING", "DISTILLATION"])
def test_an_option_and_its_keyword_argument_send_the_same(kind: str) -> None:
    """The AWS CLI sends the options, the function the keyword arguments; Bedrock gets the same."""
    request = REQUEST if kind == "FINE_TUNING" else DISTILLATION
    assert set(REQUEST_OPTIONS) < set(ROWS)
    assert sent_by_the_construct(kind) == sent_by_options(request) == request


def test_a_client_request_token_is_not_sent(tmp_path: Path) -> None:
    """The function has its own; a token in a job file is a warning."""
    file = tmp_path / "job.json"
    file.write_text(json.dumps(REQUEST | {"clientRequestToken": TOKEN}))
    checked = CliRunner().invoke(app, ["check", str(file), "--output", "json"])
    assert "clientRequestToken" in checked.stdout
    stack = new_stack()
    ModelCustomizationJob.from_request(stack, "Triage", str(file))
    with deployed(stack) as (server, response, _):
        assert response["Status"] == "SUCCESS"
        [call] = server.double.calls("CreateModelCustomizationJob")
        assert call.request["clientRequestToken"] not in ("", TOKEN)


@pytest.mark.parametrize("ending", ["json", "yaml"])
def test_a_file_sends_the_same(tmp_path: Path, ending: str) -> None:
    """`--cli-input-json` and a job file; version 2 reads YAML, and so does a job file."""
    file = tmp_path / f"job.{ending}"
    file.write_text(json.dumps(REQUEST) if ending == "json" else yaml.safe_dump(REQUEST))
    stack = new_stack()
    ModelCustomizationJob.from_request(stack, "Triage", str(file))
    with deployed(stack) as (server, _, _):
        [ours] = creations(server)
    (tmp_path / "same.json").write_text(json.dumps(REQUEST))
    assert ours == sent_by_the_aws_cli("--cli-input-json", f"file://{tmp_path}/same.json")


def test_custom_yaml_tags_are_refused(tmp_path: Path) -> None:
    """A tag could stand for anything."""
    (tmp_path / "job.yaml").write_text("jobName: !Ref Name\n")
    result = CliRunner().invoke(app, ["check", str(tmp_path / "job.yaml")])
    assert result.exit_code == 1
    assert "tag" in result.output


# -- how the request is sent ---------------------------------------------------------------------------


def test_the_endpoint_is_the_functions() -> None:
    """Its calls go to the URL; http is possible on this machine only."""
    server = BedrockServer()
    stack = new_stack(endpoint_url=server.url)
    fine_tuning(stack)
    with deployed(stack, server=server) as (bedrock, response, _):
        assert response["Status"] == "SUCCESS"
        assert len(creations(bedrock)) == 1
    with pytest.raises(InvalidJob, match="endpoint_url must be an https URL"):
        new_stack(endpoint_url="http://bedrock.example.com")


def test_a_response_that_takes_longer_than_the_read_timeout_is_not_awaited() -> None:
    """The SDK sends the request again, with the same client token, and one job is started."""
    server = BedrockServer()
    server.double.faults.add("CreateModelCustomizationJob", Slow(seconds=4))
    stack = new_stack(read_timeout=1)
    fine_tuning(stack)
    with deployed(stack, server=server) as (bedrock, response, _):
        assert response["Status"] == "SUCCESS"
        deadline = time.monotonic() + 20
        while len(creations(bedrock)) < 2 and time.monotonic() < deadline:
            time.sleep(0.1)  # the double has not ended the first call yet
        assert len(creations(bedrock)) > 1
        assert len(bedrock.double.jobs()) == 1


def test_a_host_that_does_not_answer_is_waited_for_as_long_as_the_connect_timeout() -> None:
    """Each of the three tries of the function's client takes a second, and not five."""
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for one in (first, second):  # nobody accepts them, so that a further connection hangs
            one.setblocking(False)  # noqa: FBT003 - the signature of a socket
            one.connect_ex(full.getsockname())
        stack = new_stack(connect_timeout=1, endpoint_url=f"http://127.0.0.1:{full.getsockname()[1]}")
        fine_tuning(stack)
        given = {**settings_of(stack), "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}
        began = time.monotonic()
        with pytest.MonkeyPatch.context() as patch:
            for name, value in given.items():
                patch.setenv(name, value)
            bedrock = client.__wrapped__("bedrock", "us-east-1")
            with pytest.raises(AwsError) as caught:
                call("bedrock", bedrock, "GetCustomModel", {"modelIdentifier": "tickets"})
    assert caught.value.connection
    assert caught.value.connection.seconds == 1
    assert 3 <= time.monotonic() - began < 3 * 5


@pytest.mark.parametrize("name", ["connect_timeout", "read_timeout"])
@pytest.mark.parametrize("seconds", [0, 601])
def test_a_timeout_fits_into_the_functions_own(name: str, seconds: int) -> None:
    """0, with which the AWS CLI waits without an end, is refused."""
    with pytest.raises(InvalidJob, match=f"{name} must be 1 to 600 whole seconds"):
        new_stack(**{name: seconds})


def test_debug_logs_requests_and_responses_without_sensitive_values() -> None:
    """Each call is one line with its request and its response."""
    stack = new_stack(debug=True)
    logs = InvocationLogs.from_s3_uri("s3://amzn-s3-demo-bucket/logs/")
    chosen = logs.filtered_by(MetadataFilter.equals("patient", "alice"))
    data = TrainingData.from_invocation_logs(chosen)
    teacher = Customization.distillation("amazon.nova-pro-v1:0")
    fine_tuning(stack, customization=teacher, training_data=data, validation_data=None)
    with deployed(stack) as (_, response, log):
        assert response["Status"] == "SUCCESS", response
    calls = [line for line in map(json.loads, log) if line["act"] == "called"]
    [created] = [call for call in calls if call["operation"] == "CreateModelCustomizationJob"]
    assert created["request"]["jobName"] == "tickets-1"
    assert created["answer"] == {"jobArn": response["PhysicalResourceId"]}
    assert "requestMetadataFilters" in json.dumps(created)
    assert not any(word in line for line in log for word in ("alice", "patient"))


def test_check_takes_the_region(tmp_path: Path) -> None:
    """A model that cannot be customized there, and a key of another Region, are found."""
    file = tmp_path / "job.json"
    file.write_text(json.dumps(REQUEST))
    result = CliRunner().invoke(app, ["check", str(file), "--region", "eu-west-1", "--output", "json"])
    rules = {one["id"] for one in json.loads(result.stdout)["files"][0]["findings"]}
    assert "bedrock-customization:key-region" in rules
    own = CliRunner().invoke(app, ["check", str(file), "--region", "us-east-1", "--output", "json"])
    assert "key-region" not in own.stdout


def test_the_function_starts_the_job_in_the_stacks_region_with_its_own_role() -> None:
    """The profile deploys, and Lambda assumes the role of the function."""
    stack = new_stack()
    fine_tuning(stack)
    [function] = of_type(stack, "AWS::Lambda::Function")
    role = template(stack)["Resources"][function["Properties"]["Role"]["Fn::GetAtt"][0]]
    [trusted] = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trusted["Principal"] == {"Service": "lambda.amazonaws.com"}
    with deployed(stack, region="us-west-2") as (bedrock, response, _):
        assert ":bedrock:us-west-2:" in response["PhysicalResourceId"]
        [sent] = bedrock.double.calls("CreateModelCustomizationJob")
        assert sent.region == "us-west-2"


def test_tls_is_always_verified() -> None:
    """There is no setting for it, and no endpoint without TLS but on this machine."""
    with pytest.raises(InvalidJob, match="must be the name of a setting"):
        new_stack(verify_ssl=False)
    with pytest.raises(InvalidJob, match="must be an https URL"):
        new_stack(endpoint_url="http://10.0.0.1")


def test_every_call_is_signed() -> None:
    """With the credentials of the function's role."""
    signatures: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            signatures.append(self.headers.get("Authorization", ""))
            self.send_response(403)
            self.end_headers()

        do_GET = do_POST = answer  # noqa: N815 - names of http.server

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        stack = new_stack(endpoint_url=f"http://127.0.0.1:{server.server_port}")
        fine_tuning(stack)
        with deployed(stack, seconds=30):
            server.shutdown()
    assert signatures
    assert all(one.startswith("AWS4-HMAC-SHA256 Credential=") for one in signatures)


def test_the_operation_has_one_page_and_no_binary_field() -> None:
    """So the two options change nothing."""
    model = botocore.session.get_session().get_service_model("bedrock")
    pages = botocore.session.get_session().get_component("data_loader").load_service_model
    assert "CreateModelCustomizationJob" not in pages("bedrock", "paginators-1")["pagination"]
    shape = model.operation_model("CreateModelCustomizationJob").input_shape
    kinds, waiting = set(), [shape]
    while waiting:
        one = waiting.pop()
        kinds.add(one.type_name)
        waiting += getattr(one, "members", {}).values()
        waiting += [getattr(one, name) for name in ("member", "value") if hasattr(one, name)]
    assert "structure" in kinds
    assert "blob" not in kinds


# -- what comes back -----------------------------------------------------------------------------------


def test_the_attributes_are_those_of_the_response() -> None:
    """What `--query` would take from the response, and what a later Get would show."""
    stack = new_stack()
    job = fine_tuning(stack)
    names = ["job_arn", "job_name", "custom_model_name", "output_model_arn", "job_status"]
    attributes = [stack.resolve(getattr(job, name)) for name in names]
    with deployed(stack) as (_, response, _):
        data = {**response["Data"], "Ref": response["PhysicalResourceId"]}
    values = [data["Ref"] if "Ref" in one else data[one["Fn::GetAtt"][1]] for one in attributes]
    assert values == [response["PhysicalResourceId"], "tickets-1", "tickets-model", "", "InProgress"]


def test_json_for_programs(tmp_path: Path) -> None:
    """`check --output json` is JSON."""
    (tmp_path / "job.json").write_text(json.dumps(REQUEST))
    result = CliRunner().invoke(app, ["check", str(tmp_path / "job.json"), "--output", "json"])
    assert json.loads(result.stdout)


def test_the_cdk_cli_has_the_options_that_the_page_names() -> None:
    """`--profile`, `--outputs-file`, and the certificates of AWS_CA_BUNDLE."""
    done = subprocess.run(
        [NODE / "cdk", "deploy", "--help"], capture_output=True, text=True, check=True, env=_with_tools()
    )
    for words in ("--profile", "--outputs-file", "AWS_CA_BUNDLE", "--color"):
        assert words in done.stdout


def test_colours_can_be_switched_off() -> None:
    """Each program in its own way: the CDK CLI does not read NO_COLOR."""
    ours = ["bedrock-customize", "check", str(ROOT / "tests/unit/cli/eight-mistakes.yaml")]
    assert "\x1b[31m" in _on_a_terminal(ours)
    assert "\x1b[31m" not in _on_a_terminal(ours, NO_COLOR="1")
    theirs = ["cdk", "ls", "--app", "false", "--no-notices"]
    assert "\x1b[31m" in _on_a_terminal(theirs, NO_COLOR="1")
    assert "\x1b[3" not in _on_a_terminal([*theirs, "--no-color"])


def test_no_pager_is_started(tmp_path: Path) -> None:
    """A long table is printed at once, whatever PAGER is."""
    pager = tmp_path / "pager"
    pager.write_text(f"#!/bin/sh\ntouch {tmp_path}/started\ncat\n")
    pager.chmod(0o755)
    shown = _on_a_terminal(["bedrock-customize", "models"], PAGER=str(pager), AWS_PAGER=str(pager))
    assert "nova" in shown.lower()
    assert not (tmp_path / "started").exists()


def test_every_field_is_a_keyword_argument() -> None:
    """An editor completes them."""
    names = set(inspect.signature(ModelCustomizationJob.__init__).parameters)
    assert set(ARGUMENTS) <= names


def test_the_version_is_printed() -> None:
    """That of the package."""
    result = CliRunner().invoke(app, ["--version"])
    assert result.stdout.strip() == importlib.metadata.version("cdk-bedrock-customization")


def test_version_2_debug_is_about_the_aws_cli_itself() -> None:
    """Version 1 warns of what version 2 does differently."""
    argument = create_clidriver()._get_argument_table()["v2-debug"]
    assert "v2" in argument.documentation or "version 2" in argument.documentation


def _with_tools(**variables: str) -> Mapping[str, str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), str(NODE), os.environ["PATH"]])
    base = {
        name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "CI")
    }
    return {**base, "CDK_DISABLE_CLI_TELEMETRY": "true", "PATH": path, "TERM": "xterm-256color", **variables}


def _on_a_terminal(command: list[str], **variables: str) -> str:
    """What a command prints on a terminal."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=_with_tools(**variables), close_fds=True
    ):
        os.close(theirs)
        output = io.BytesIO()
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # the terminal is closed when the last program that has it ends
                break
            if not part:
                break
            output.write(part)
    os.close(ours)
    return output.getvalue().decode(errors="replace")
