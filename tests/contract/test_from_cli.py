"""A command line means the same to the AWS CLI and to `bedrock-customize from-cli`."""

from __future__ import annotations

import json
import random
import shlex
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from awscli.clidriver import create_clidriver
from awscli.shorthand import ShorthandParseError, ShorthandParser
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from constructs_lib.cli.main import app
from constructs_lib.request.reading import read_file
from constructs_lib.request.reading.command_line import ELSEWHERE, MEMBERS, read_command_line
from constructs_lib.request.reading.shell_words import Word, split
from constructs_lib.request.reading.shorthand import ShorthandError, parse_shorthand
from tests.unit.request.strategies import requests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

COMMAND = ["bedrock", "create-model-customization-job"]
ROLE = "arn:aws:iam::123456789012:role/R"
REQUIRED = {"jobName": "job", "customModelName": "model", "roleArn": ROLE}
slow = settings(
    max_examples=40,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # the AWS CLI is too slow to shrink with
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


class _Recorder(BaseHTTPRequestHandler):
    """Accepts every request, whether or not its values make sense, and keeps the last one."""

    last: dict[str, Any]

    def do_POST(self) -> None:
        """Keep the request, and answer as Bedrock does."""
        type(self).last = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(201)
        self.end_headers()
        self.wfile.write(b'{"jobArn": "arn"}')

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture(scope="module")
def aws() -> Iterator[Callable[[list[str]], dict[str, Any] | None]]:
    """Return a function that runs the real AWS CLI and returns the request that it sends, if it sends one."""
    server = HTTPServer(("127.0.0.1", 0), _Recorder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with server, pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "test")
        patch.setenv("AWS_ENDPOINT_URL_BEDROCK", f"http://127.0.0.1:{server.server_port}")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setenv("AWS_CONFIG_FILE", "/nonexistent")
        driver = create_clidriver()

        def run(arguments: list[str]) -> dict[str, Any] | None:
            if driver.main(arguments) != 0:
                return None
            sent = dict(_Recorder.last)
            if "clientRequestToken" not in str(arguments) and "--client-request-token" not in str(arguments):
                sent.pop("clientRequestToken")  # botocore adds one
            return sent

        yield run
        server.shutdown()


def _from_cli(folder: Path, command: str) -> dict[str, Any]:
    """Return the request of the job file that is made of a command."""
    file = folder / "job.yaml"
    result = CliRunner().invoke(app, ["from-cli", "--out", str(file), "--force", command])
    assert file.exists(), result.output
    document = read_file(file)
    assert not document.findings
    return dict(document.request)


def _option(member: str) -> str:
    return next(name for name, one in MEMBERS.items() if one == member)


def _shorthand(value: object) -> str:
    """Write a value in shorthand, with every text in quotes."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{key}={_shorthand(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_shorthand, value)) + "]"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return json.dumps(value)


def _words(request: dict[str, Any], form: Callable[[], str]) -> list[str]:
    """Return a command for a request, each member in one of the AWS CLI's forms."""
    words = [*COMMAND]
    in_file = {}
    for member, value in request.items():
        option, chosen = _option(member), form()
        if chosen == "file":
            in_file[member] = value
        elif isinstance(value, str):
            words += [f"{option}={value}"] if chosen == "json" or value.startswith("-") else [option, value]
        elif chosen == "json" or not value:
            words += [option, json.dumps(value)]
        elif isinstance(value, list):
            words += [option, *(_shorthand(item)[1:-1] for item in value)]
        else:
            words += [option, _shorthand(value)[1:-1]]
    return [*words, "--cli-input-json", json.dumps(in_file)] if in_file else words


@slow
@given(requests(), st.randoms(use_true_random=False))
def test_a_request_comes_back_from_its_command(
    tmp_path_factory: pytest.TempPathFactory,
    aws: Callable[[list[str]], dict[str, Any] | None],
    request: dict[str, Any],
    chance: random.Random,
) -> None:
    """Each member as JSON, in shorthand, or in the input of `--cli-input-json`."""
    whole = {"outputDataConfig": {"s3Uri": "s3://bucket"}, **REQUIRED, **request}
    words = _words(whole, lambda: chance.choice(["json", "shorthand", "file"]))
    sent = aws(words)
    assume(sent is not None)  # shorthand does not have every value
    command = shlex.join(["aws", *words])
    assert _from_cli(tmp_path_factory.mktemp("job"), command) == sent


@slow
@given(requests())
def test_json_brings_back_every_request(
    tmp_path_factory: pytest.TempPathFactory, request: dict[str, Any]
) -> None:
    """In JSON nothing is lost, whatever the request."""
    command = shlex.join(["aws", *_words(request, lambda: "json")])
    assert _from_cli(tmp_path_factory.mktemp("job"), command) == request


MINIMAL = (
    "--job-name=n --custom-model-name n --role-arn arn:aws:iam::123456789012:role/R "
    "--base-model-identifier amazon.nova-lite-v1:0:300k --training-data-config s3Uri=s3://bucket/t.jsonl "
    "--output-data-config s3Uri=s3://bucket/o"
)
LINES = {
    "everything after the command": f"aws bedrock create-model-customization-job {MINIMAL}",
    "options of every command first": (
        f"aws --region us-east-1 bedrock --output json create-model-customization-job {MINIMAL}"
    ),
    "between the values of a list": (
        f"aws bedrock create-model-customization-job {MINIMAL} --job-tags key=a,value=b "
        "--region us-east-1 key=c,value=d --no-paginate --color off"
    ),
    "a list in JSON": (
        f"aws bedrock create-model-customization-job {MINIMAL} "
        """--job-tags '[{"key": "a", "value": "1"}]' --custom-model-tags '{"key": "b", "value": "2"}'"""
    ),
    "lists in shorthand": (
        f"aws bedrock create-model-customization-job {MINIMAL} "
        "--vpc-config subnetIds=subnet-1,subnet-2,securityGroupIds=sg-1 "
        "--validation-data-config 'validators=[{s3Uri=s3://bucket/v},{s3Uri=s3://bucket/w}]'"
    ),
    "one item for a list": (
        f"aws bedrock create-model-customization-job {MINIMAL} "
        "--validation-data-config validators={s3Uri=s3://bucket/v} --hyper-parameters 'epochCount = 2 , a=b'"
    ),
    "an empty list": f"aws bedrock create-model-customization-job {MINIMAL} --job-tags",
    "numbers and booleans": (
        f"aws bedrock create-model-customization-job {MINIMAL} --customization-type DISTILLATION "
        "--customization-config 'distillationConfig={teacherModelConfig={teacherModelIdentifier="
        "amazon.nova-pro-v1:0,maxResponseLengthForInference=1000}}'"
    ),
    "files": (
        "aws bedrock create-model-customization-job --cli-input-json file://request.json --job-name n "
        "--hyper-parameters file://hyper.json --custom-model-tags key=a,value@=file://value.txt"
    ),
    "an option wins over the file": (
        "aws bedrock create-model-customization-job --cli-input-json file://request.json --job-tags "
        "key=only,value=this"
    ),
}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES.keys())
def test_the_aws_cli_sends_what_the_job_file_says(
    line: str,
    aws: Callable[[list[str]], dict[str, Any] | None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same files, order and precedence."""
    whole = {
        **REQUIRED,
        "baseModelIdentifier": "amazon.nova-lite-v1:0:300k",
        "trainingDataConfig": {"s3Uri": "s3://bucket/train.jsonl"},
        "outputDataConfig": {"s3Uri": "s3://bucket/out"},
        "jobTags": [{"key": "in", "value": "file"}],
    }
    (tmp_path / "request.json").write_text(json.dumps(whole))
    (tmp_path / "hyper.json").write_text('{"epochCount": "3"}')
    (tmp_path / "value.txt").write_text("from-a-file")
    monkeypatch.chdir(tmp_path)
    sent = aws(shlex.split(line)[1:])
    assert sent is not None
    assert _from_cli(tmp_path, line) == sent


def test_the_options_are_those_of_the_aws_cli() -> None:
    """Of the command, and of every command."""
    driver = create_clidriver()
    command = driver._get_command_table()["bedrock"]._get_command_table()[COMMAND[1]]
    inputs = {"--cli-input-json", "--generate-cli-skeleton"}
    assert {f"--{name}" for name in command.arg_table} - inputs == set(MEMBERS)
    table = driver._get_argument_table()
    assert {f"--{name}" for name in table} <= set(ELSEWHERE)
    for name, argument in table.items():
        has_value = argument.to_cli_type() if hasattr(argument, "to_cli_type") else None
        assert has_value is None or ELSEWHERE[f"--{name}"][0]
        assert ELSEWHERE[f"--{name}"][0] == (argument._action not in ("store_true", "store_false", "version"))


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@slow
@given(st.lists(st.sampled_from([*"abx'\"\\ \n=#\t", "$'", "\\n", "\\x41"]), max_size=14))
def test_words_are_those_of_bash(parts: list[str]) -> None:
    """Quotes, escapes, comments and continued lines."""
    line = f"x {''.join(parts)} end"
    tokens = list(split(line))
    assume(all(isinstance(one, Word) and not one.unknown for one in tokens))
    script = f"printf '%s\\0' {line}"
    theirs = subprocess.run(["bash", "-c", script], capture_output=True, check=True).stdout
    assert [one.text for one in tokens] == theirs.decode().split("\0")[:-1]


def test_shorthand_is_that_of_the_aws_cli() -> None:
    """Of texts made of the syntax's own characters; an escaped or a second comma is read more strictly."""
    chance = random.Random(13)  # noqa: S311 - the same texts in every run
    accepted = 0
    for _ in range(20_000):
        text = "a=" + "".join(chance.choices("ab=,{}[]@'\"\\ :/*é;\U0001f600", k=chance.randrange(12)))
        try:
            theirs = ShorthandParser().parse(text)
        except ShorthandParseError:
            theirs = None
        try:
            ours = parse_shorthand(text, "x", lambda text, _path, _at: text)[0]
        except ShorthandError:
            ours = None
        accepted += ours is not None
        if ours is not None or not any(odd in text.replace(" ", "") for odd in (",,", "\\,", ',"')):
            assert ours == theirs, text
    assert accepted > 1000


def test_the_aws_clis_own_skeleton_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--generate-cli-skeleton` prints an input of `--cli-input-json`, and a job file has its fields."""
    monkeypatch.chdir(tmp_path)
    with (tmp_path / "input.json").open("w") as file:
        subprocess.run(
            [
                sys.executable,
                "-m",
                "awscli",
                *COMMAND,
                "--generate-cli-skeleton",
                "input",
                "--region",
                "us-east-1",
            ],
            check=True,
            stdout=file,
        )
    request = _from_cli(tmp_path, f"aws {' '.join(COMMAND)} --cli-input-json file://input.json")
    assert request == json.loads((tmp_path / "input.json").read_text())


def test_reading_a_command_runs_nothing(tmp_path: Path) -> None:
    """Not as a shell would, and not as the AWS CLI would."""
    flag = tmp_path / "run"
    for part in (f"$(touch {flag})", f"`touch {flag}`", f"; touch {flag}", f"| tee {flag}", f"> {flag}"):
        line = read_command_line(f"aws {' '.join(COMMAND)} {MINIMAL} --customization-type {part}")
        assert line.document.findings
    assert not flag.exists()
