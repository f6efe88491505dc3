"""`bedrock-customize deploy --local`, `destroy` and `local`, as a person types them."""

import fcntl
import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from tests.conflicting_settings import conflicting_settings
from tests.local.deployment import Deployment

ROOT = Path(__file__).parents[2]
COMMAND = str(Path(sys.executable).with_name("bedrock-customize"))
EXAMPLE = ROOT / "examples" / "fine-tune-nova.yaml"
JOB_ARN = r"arn:aws:bedrock:[a-z0-9-]+:\d{12}:model-customization-job/\S+"

pytestmark = pytest.mark.local


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Return a folder with the `node_modules` of this repository, whose path a shell must quote."""
    made = tmp_path / "it's a folder"
    made.mkdir()
    (made / "node_modules").symlink_to(ROOT / "node_modules")
    yield made
    run(made, "local", "stop")
    assert remaining_processes(made) == ""


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """Let the user's settings point to other machines; return the requests that their proxy has received."""
    with conflicting_settings(monkeypatch, tmp_path_factory.mktemp("user") / "home") as seen:
        yield seen


def started(folder: Path, *command: str, env: Mapping[str, str] | None = None) -> "subprocess.Popen[str]":
    """Start the command in a session of its own, as a terminal does."""
    return subprocess.Popen(
        [COMMAND, *command],
        cwd=folder,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def run(folder: Path, *command: str, env: Mapping[str, str] | None = None) -> tuple[int, str, str]:
    """Run the command; return exit status, standard output and standard error."""
    process = started(folder, *command, env=env)
    out, err = process.communicate(timeout=200)
    return process.returncode, out, err


def in_shell(folder: Path, script: str, **variables: str) -> tuple[int, str, str]:
    """Run a script in a POSIX shell that has sourced the file of the local AWS."""
    done = subprocess.run(
        ["sh", "-eu", "-c", f". .local-aws/env\n{script}"],
        cwd=folder,
        env={**os.environ, "PATH": f"{Path(COMMAND).parent}:{os.environ['PATH']}", **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    return done.returncode, done.stdout, done.stderr


def behaves_as_asked(folder: Path) -> None:
    """Check that settings of the double are taken as typed, and that a mistake is a sentence."""
    assert "validation_folder" in run(folder, "local", "configure")[1]
    status, out, _ = run(folder, "local", "configure", "training_seconds=60", "failure_message=")
    assert (status, out) == (0, "training_seconds        60.0\nfailure_message\n")
    for setting, problem in (
        ("stalls=perhaps", "must be true"),
        ("speed=2", "no field"),
        ("x", "NAME=VALUE"),
    ):
        status, out, err = run(folder, "local", "configure", setting)
        assert (status, out, problem in err, "Traceback" in err) == (2, "", True, False)


def job_file(folder: Path, **changes: object) -> Path:
    """Write a job file that starts without uploads."""
    request = {
        "baseModelIdentifier": "amazon.nova-lite-v1:0:300k",
        "customizationType": "FINE_TUNING",
        "trainingDataConfig": {"s3Uri": "s3://amzn-s3-demo-bucket/train.jsonl"},
        "hyperParameters": {"epochCount": "2"},
        **changes,
    }
    path = folder / "tickets.yaml"
    path.write_text(yaml.safe_dump(request))
    return path


def remaining_processes(folder: Path) -> str:
    """Return the processes that still use the folder after at most half a minute."""
    for _ in range(600):
        shown = subprocess.run(["ps", "axww", "-o", "args="], capture_output=True, text=True, check=True)
        left = [line for line in shown.stdout.splitlines() if str(folder) in line]
        if not left:
            return ""
        time.sleep(0.05)
    return "\n".join(left)


def test_the_example_is_deployed_shown_and_destroyed(folder: Path, seen: list[str]) -> None:
    """`make deploy-local DESTROY=1` starts the job, shows it once and stops it; the proxy gets no request."""
    # The CDK validates the template, as it does by default, and finds nothing that is shown.
    env = {"CDK_VALIDATION": "true"}
    status, out, err = run(folder, "deploy", str(EXAMPLE), "--local", "--destroy", env=env)

    assert (status, err) == (0, "")
    shown = dict(re.findall(r"^  (\w+) +(\S.*)$", out, re.MULTILINE))
    wanted = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    arn = re.search(rf"^  BedrockFineTuneNova\.CustomizationJobArn = ({JOB_ARN})$", out, re.MULTILINE)[1]
    assert out.partition("Destroying")[0].count(arn) == 1
    assert shown["status"] == "InProgress"
    assert shown["baseModelArn"].endswith(f":foundation-model/{wanted['baseModelIdentifier']}")
    assert shown["customizationType"] == wanted["customizationType"]
    # Beside the service's own defaults, as on AWS.
    assert json.loads(shown["hyperParameters"]).items() >= wanted["hyperParameters"].items()
    data = hashlib.sha256((EXAMPLE.parent / "fine-tune-nova.jsonl").read_bytes()).hexdigest()
    content = hashlib.sha256(f"{data}.jsonl".encode()).hexdigest()  # so the CDK names an asset
    bucket = "s3://cdk-hnb659fds-assets-000000000000-us-east-1"
    assert json.loads(shown["trainingDataConfig"]) == {"s3Uri": f"{bucket}/{content}.jsonl"}
    assert re.fullmatch(r"arn:aws:iam::000000000000:role/\S+", shown["roleArn"])
    # What the CDK warned of, although the deployment succeeds.
    assert "the training data should have at least 100 records" in out
    assert f"{arn} is InProgress: it is stopped" in out
    assert f"{arn} is now Stopped" in out
    steps = re.findall(r"^(\w+).* \d+\.\d s$", out, re.MULTILINE)
    assert steps == ["start", "bootstrap", "synthesize", "deploy", "destroy", "stop", "total"]
    assert list((folder / ".local-aws").iterdir()) == []
    assert remaining_processes(folder) == ""
    assert seen == []


def completes_while_it_is_watched(folder: Path, arn: str) -> None:
    """`watch` ends as the job has, which is found by its job file."""
    watch = ("watch", "tickets.yaml", "--local", "--query", "status")
    assert run(folder, *watch)[:2] == (3, "Failed\n")
    assert f"Completed  {arn}" in run(folder, "local", "complete", arn)[1]
    assert run(folder, *watch)[:2] == (0, "Completed\n")


def an_app_is_deployed(folder: Path) -> None:
    """What `init` has written is deployed by `local cdk`, whose options and exit status are the CDK CLI's."""
    status, out, _ = run(folder, "init", "new app")
    assert (status, "local cdk deploy" in out) == (0, True)
    in_its_folder = ("--app", "python 'new app/app.py'", "--outputs-file", "app.json")
    status, out, err = run(folder, "local", "cdk", "deploy", *in_its_folder)
    assert status == 0, err
    assert "It keeps running." not in err  # it ran before, as was said then
    assert "(y/n)" not in out + err
    [arn] = json.loads((folder / "app.json").read_text())["NewApp"].values()
    assert f"InProgress  {arn}" in run(folder, "local", "status")[1]
    status, _, err = run(folder, "local", "cdk", "deploy", "--app", "false")
    assert (status, "Subprocess exited with error 1" in err) == (1, True)


def stops_and_leaves_nothing(folder: Path) -> None:
    """`local stop` ends everything, and may be called again."""
    assert run(folder, "local", "stop")[:2] == (0, "stopped\n")
    assert run(folder, "local", "stop")[:2] == (0, "nothing was running\n")
    assert remaining_processes(folder) == ""
    assert list((folder / ".local-aws").iterdir()) == []


@pytest.mark.thorough  # `make newcomer` deploys on top of a local AWS, too
def test_a_local_aws_keeps_running_and_is_deployed_on_top_of(folder: Path) -> None:
    """Another epoch count updates the stack and stops the old job; the jobs obey the shell; then it stops."""
    job_file(folder)
    status, out, err = run(
        folder, "deploy", "tickets.yaml", "--local", "--keep", "--outputs-file", "out.json"
    )
    assert (status, err) == (0, "")
    assert "a deploy would start a job, because it is new in this stack" in out
    [first] = json.loads((folder / "out.json").read_text())["BedrockTickets"].values()
    assert run(folder, "local", "start")[0] == 0  # it runs already: nothing is started

    # A deployment on top is an update of the stack, also without --local in a shell that points here.
    job_file(folder, hyperParameters={"epochCount": "3"})
    disturbing = {"AWS_PROFILE": "nope", "AWS_ENDPOINT_URL_CLOUDFORMATION": "http://127.0.0.1:9"}
    status, out, err = in_shell(folder, "bedrock-customize deploy tickets.yaml", **disturbing)
    assert (status, "to the local AWS at http://127.0.0.1:" in out) == (1, True), err
    assert 'hyperParameters.epochCount changes from "2" to "3"' in out
    assert err.splitlines() == [
        "There is no terminal to ask for confirmation in; pass --yes to go on.",
        "Nothing was deployed.",
    ]
    status, out, err = run(folder, "deploy", "tickets.yaml", "--local", "--revision", "2")
    assert (status, err) == (0, "")
    assert "It keeps running." in out
    second = re.search(rf"JobArn = ({JOB_ARN})", out)[1]
    status, out, _ = run(folder, "local", "status")
    assert (status, "BedrockTickets  UPDATE_COMPLETE" in out) == (0, True)
    assert (f"Stopped  {first}" in out, f"InProgress  {second}" in out) == (True, True), out

    # The jobs and the clock. A revision is kept: without it, a deployment would train again.
    assert run(folder, "local", "fail", "--message", "no data")[1].strip().endswith(f"{second}  no data")
    status, out, err = in_shell(folder, "bedrock-customize deploy tickets.yaml", **disturbing)
    assert (status, err) == (0, "")
    assert "The job keeps its revision, 2." in out
    assert out.count("synthesize (cdk synth)") == 1
    assert "Nothing changes: BedrockTickets" in out
    assert "The job is Failed. Another revision trains again:" in out
    assert "No job runs" in run(folder, "local", "complete")[2]
    completes_while_it_is_watched(folder, second)
    assert "2:00:00 ahead" in run(folder, "local", "advance", "2h")[1]
    behaves_as_asked(folder)

    # What Bedrock refuses is rolled back, and the local AWS keeps running.
    missing = "arn:aws:bedrock:us-east-1:000000000000:custom-model/amazon.nova-lite-v1:0:300k/abcdefghijkl"
    job_file(folder, baseModelIdentifier=missing)
    status, out, err = run(folder, "deploy", "tickets.yaml", "--local")
    assert status == 1
    assert "The deployment of BedrockTickets has failed and was rolled back: " in err
    assert "Could not find the base model" in err
    assert "It keeps running." in err
    assert (folder / ".local-aws" / "cdk.log").exists()

    (folder / "tickets.yaml").unlink()  # not needed to destroy its stack
    status, out, err = run(folder, "destroy", "tickets.yaml", "--local")
    assert (status, err) == (0, "")
    assert f"{second} is Completed: the model is kept" in out
    assert (
        "There is no stack BedrockTickets"
        in run(folder, "destroy", "--stack", "BedrockTickets", "--local")[2]
    )
    (folder / ".local-aws" / "cdk.log").unlink()
    an_app_is_deployed(folder)
    stops_and_leaves_nothing(folder)


@pytest.mark.parametrize(
    ("number", "when"),
    [
        (signal.SIGINT, "start"),
        (signal.SIGINT, "deploy"),
        (signal.SIGTERM, "bootstrap"),
        (signal.SIGKILL, "synthesize"),
    ],
)
def test_an_interrupted_run_leaves_nothing_running(folder: Path, number: signal.Signals, when: str) -> None:
    """Ctrl-C signals the whole foreground process group; other signals only the command."""
    job_file(folder)
    process = started(folder, "deploy", "tickets.yaml", "--local")
    wait_for(process, when)
    (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)
    _, err = process.communicate(timeout=120)

    assert remaining_processes(folder) == ""
    if number != signal.SIGKILL:
        assert process.returncode == 130
        assert err == "interrupted; nothing is left running\n"
        assert list((folder / ".local-aws").iterdir()) == []


def wait_for(process: "subprocess.Popen[str]", step: str, stream: str = "stdout") -> None:
    """Wait until the command is in the middle of a step."""
    while step not in (output := os.read(getattr(process, stream).fileno(), 4096).decode()):
        assert output, "the command ended before the step"
    time.sleep(0.3)


@pytest.mark.thorough
def test_ctrl_c_while_a_stack_is_deployed_to_aws(tickets: Deployment, folder: Path) -> None:
    """CloudFormation goes on; the message has the command that then stops the job.

    127.1 is this machine, and not one of the names by which the command recognises a local AWS.
    """
    job_file(folder)
    env = {name: value.replace("//127.0.0.1", "//127.1") for name, value in tickets.aws.env().items()}
    env |= {"NO_PROXY": "127.1,127.0.0.1", "no_proxy": "127.1,127.0.0.1"}
    process = started(folder, "deploy", "tickets.yaml", "--stack", tickets.name, env=env)
    wait_for(process, "CREATE_IN_PROGRESS", "stderr")
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130
    command = f"bedrock-customize destroy --stack {tickets.name} --region us-east-1"
    assert err.endswith(
        f"a job that it starts is billed: see the stack's events, or delete it with `{command}`\n"
    )

    tickets.take_over()
    waiter = tickets.aws.client("cloudformation").get_waiter("stack_create_complete")
    waiter.wait(StackName=tickets.name, WaiterConfig={"Delay": 1})
    assert [status for _, status in tickets.jobs] == ["InProgress"]
    status, out, err = run(folder, *command.split()[1:], "--yes", env=env)
    assert status == 0, err
    assert [status for _, status in tickets.jobs] == ["Stopped"], out


def test_an_interrupted_run_leaves_running_what_ran_before(folder: Path) -> None:
    """With `--keep` the local AWS that it started ends; one that ran before stays, also for the AWS CLI."""
    job_file(folder)
    process = started(folder, "deploy", "tickets.yaml", "--local", "--keep")
    wait_for(process, "bootstrap")
    os.killpg(process.pid, signal.SIGINT)
    assert process.communicate(timeout=120)[1] == "interrupted; nothing is left running\n"
    assert remaining_processes(folder) == ""
    assert run(folder, "local", "status")[0] == 1

    assert run(folder, "local", "start")[0] == 0
    process = started(folder, "deploy", "tickets.yaml", "--local")
    wait_for(process, "synthesize")
    os.killpg(process.pid, signal.SIGINT)
    assert process.communicate(timeout=120)[1] == "interrupted; the local AWS keeps running as before\n"
    assert run(folder, "local", "status")[0] == 0
    jobs = "aws bedrock list-model-customization-jobs --query 'length(modelCustomizationJobSummaries)'"
    assert in_shell(folder, jobs) == (0, "0\n", "")


def test_a_local_aws_that_has_died_is_noticed(folder: Path) -> None:
    """As after a restart of the machine: the next command removes what is left, and starts another."""
    assert run(folder, "local", "start")[0] == 0
    shown = subprocess.run(["ps", "axww", "-o", "pid=,args="], capture_output=True, text=True, check=True)
    mine = [line.split()[0] for line in shown.stdout.splitlines() if str(folder) in line]
    assert mine
    for pid in mine:
        os.killpg(int(pid), signal.SIGKILL)  # the guards, which have no chance to stop what they guard
    state = json.loads((folder / ".local-aws" / "background.json").read_text())
    for pid in pids_of(state["url"], state["bedrock_url"]):
        os.kill(pid, signal.SIGKILL)

    status, _, err = run(folder, "local", "status")
    assert (status, err.startswith("No local AWS runs in ")) == (1, True)
    status, out, err = run(folder, "local", "start")
    assert (status, err) == (0, "")
    assert "has ended; what it left is removed" in out


def pids_of(*urls: str) -> list[int]:
    """Return the processes of a local AWS by the ports in their environment and arguments."""
    ports = [url.rpartition(":")[2] for url in urls]
    shown = subprocess.run(["ps", "axwwe", "-o", "pid=,args="], capture_output=True, text=True, check=True)
    marks = (f"GATEWAY_PORT={ports[0]}", f"--port {ports[1]}")
    return [int(line.split()[0]) for line in shown.stdout.splitlines() if any(one in line for one in marks)]


def test_two_at_once_are_refused(folder: Path) -> None:
    """Two deployments to one local AWS would disturb each other; a killed command leaves no lock."""
    (folder / ".local-aws").mkdir()
    handle = os.open(folder / ".local-aws", os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    job_file(folder)
    status, out, err = run(folder, "deploy", "tickets.yaml", "--local", "--keep")
    os.close(handle)

    assert (status, out) == (1, "")
    assert err == (
        "Another command uses the local AWS in .local-aws; run this one again when that one has ended.\n"
    )


def test_a_port_in_use_is_reported(folder: Path) -> None:
    """A port in use is reported in one sentence, and no process is left running."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        status, _, err = run(folder, "local", "start", "--port", port)

    assert status == 1
    in_use = f"Port {port} of 127.0.0.1 is in use"
    assert err == f"{in_use}; stop the program that uses it or choose another port.\n"
    assert remaining_processes(folder) == ""


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (None, "tickets.yaml"),
        ("baseModelIdentifier: amazon.nova-lite-v1:0:300k\njobName: bad_name\n", "jobName must be letters"),
    ],
    ids=["a missing file", "a file with errors"],
)
def test_a_job_file_is_checked_before_anything_starts(folder: Path, content: str | None, text: str) -> None:
    """What is wrong is reported at once, and nothing was started."""
    if content is not None:
        (folder / "tickets.yaml").write_text(content)
    before = os.times()
    status, out, err = run(folder, "deploy", "tickets.yaml", "--local")
    after = os.times()

    assert (status, out) == (1, "")
    assert text in err
    assert "Traceback" not in err
    # Processor time, because other tests run beside this one.
    assert after.children_user + after.children_system - before.children_user - before.children_system < 5
    assert not (folder / ".local-aws").exists()
