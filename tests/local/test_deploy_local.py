import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
MINIMAL_APP = str(Path(__file__).with_name("minimal_app.py"))
JOB_ARN = r"arn:aws:bedrock:[a-z0-9-]+:\d{12}:model-customization-job/.+"

pytestmark = pytest.mark.local


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a folder for one test with the `node_modules` of this repository."""
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    return tmp_path


def started(checkout: Path, *options: str) -> "subprocess.Popen[str]":
    """Start the command in a session of its own, as a terminal does."""
    return subprocess.Popen(
        [sys.executable, "-m", "constructs_lib.testing.deploy_local", *options],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def run(checkout: Path, *options: str) -> tuple[int, str, str]:
    """Run the command; return exit status, standard output and standard error."""
    process = started(checkout, *options)
    out, err = process.communicate(timeout=200)
    return process.returncode, out, err


def remaining_processes(checkout: Path) -> str:
    """Return the processes that still use the folder after at most five seconds."""
    for _ in range(100):
        shown = subprocess.run(["ps", "axww", "-o", "args="], capture_output=True, text=True, check=True)
        left = [line for line in shown.stdout.splitlines() if str(checkout) in line]
        if not left:
            return ""
        time.sleep(0.05)
    return "\n".join(left)


def test_the_example_is_deployed_read_back_and_destroyed(checkout: Path) -> None:
    """`make deploy-local DESTROY=1` starts the job of the job file, shows it, and stops it."""
    file = ROOT / "examples" / "fine-tune-nova.yaml"
    options = ("--app", str(ROOT / "app.py"), "--job", str(file), "--destroy")
    status, out, err = run(checkout, *options)

    assert (status, err) == (0, "")
    assert re.search(rf"^  BedrockFineTuneNova\.CustomizationJobArn = {JOB_ARN}$", out, re.MULTILINE)
    shown = dict(re.findall(r"^  (\w+) +(\S.*)$", out, re.MULTILINE))
    wanted = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert shown["status"] == "InProgress"
    assert shown["baseModelArn"].endswith(f":foundation-model/{wanted['baseModelIdentifier']}")
    assert shown["customizationType"] == wanted["customizationType"]
    # Beside the service's own defaults, as on AWS.
    assert json.loads(shown["hyperParameters"]).items() >= wanted["hyperParameters"].items()
    data = hashlib.sha256((file.parent / "fine-tune-nova.jsonl").read_bytes()).hexdigest()
    content = hashlib.sha256(f"{data}.jsonl".encode()).hexdigest()  # so the CDK names an asset
    bucket = "s3://cdk-hnb659fds-assets-000000000000-us-east-1"
    assert json.loads(shown["trainingDataConfig"]) == {"s3Uri": f"{bucket}/{content}.jsonl"}
    assert re.fullmatch(r"arn:aws:iam::000000000000:role/\S+", shown["roleArn"])
    assert re.search(rf"^  {shown['jobName']}: Stopped$", out, re.MULTILINE)
    phases = re.findall(r"^(\w+).* \d+\.\d s$", out, re.MULTILINE)
    assert phases == ["start", "bootstrap", "deploy", "read", "destroy", "stop", "total"]
    assert list((checkout / ".local-aws").iterdir()) == []
    assert remaining_processes(checkout) == ""


def test_a_local_aws_in_the_background_runs_until_it_is_stopped(checkout: Path) -> None:
    """The AWS CLI finds the job with the printed variables; `--stop` ends everything and can be repeated."""
    status, out, _ = run(checkout, "--app", MINIMAL_APP, "--keep")
    assert status == 0
    variables = dict(re.findall(r"^  export (\w+)=(.*)$", out, re.MULTILINE))
    arn = re.search(JOB_ARN, out)[0]
    ask = [str(Path(sys.executable).with_name("aws")), "bedrock", "get-model-customization-job"]
    asked = [*ask, "--job-identifier", arn, "--query", "status", "--output", "text"]
    shown = subprocess.run(
        asked, env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )
    assert shown.stdout.strip() == "InProgress"

    assert run(checkout, "--stop")[:2] == (0, "stopped\n")
    assert run(checkout, "--stop")[:2] == (0, "nothing was running\n")
    assert remaining_processes(checkout) == ""
    assert list((checkout / ".local-aws").iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("when", ["start", "deploy"])
def test_an_interrupted_run_leaves_nothing_running(checkout: Path, number: signal.Signals, when: str) -> None:
    """Ctrl-C signals the whole foreground process group; other signals only the command."""
    process = started(checkout, "--app", MINIMAL_APP)
    while when not in (output := os.read(process.stdout.fileno(), 4096).decode()):
        assert output, "the command ended before the phase"
    time.sleep(0.3)
    (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)
    _, err = process.communicate(timeout=30)

    assert remaining_processes(checkout) == ""
    if number != signal.SIGKILL:
        assert process.returncode == 130
        assert err == "interrupted; nothing is left running\n"
        assert list((checkout / ".local-aws").iterdir()) == []


def test_an_interrupted_run_leaves_nothing_in_the_background(checkout: Path) -> None:
    """With `--keep` the local AWS stays only after the deployment has succeeded."""
    process = started(checkout, "--app", MINIMAL_APP, "--keep")
    while "bootstrap" not in os.read(process.stdout.fileno(), 4096).decode():
        assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=30)
    assert (process.returncode, remaining_processes(checkout)) == (130, "")
    assert list((checkout / ".local-aws").iterdir()) == []


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (
            ("--job", "missing.yaml", "--app", MINIMAL_APP),
            "missing.yaml is not a file; name one with JOB=path.",
        ),
        (("--app", "missing.py"), "missing.py is not a file; name one with --app."),
    ],
)
def test_a_missing_file_is_reported_before_anything_starts(
    checkout: Path, options: tuple[str, ...], text: str
) -> None:
    """A missing file is reported in one sentence before anything is started."""
    status, out, err = run(checkout, *options)

    assert (status, out, err) == (1, "", f"{text}\n")


def test_a_port_in_use_is_reported(checkout: Path) -> None:
    """A port in use is reported in one sentence, and no process is left running."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        status, _, err = run(checkout, "--app", MINIMAL_APP, "--port", port)

    assert status == 1
    in_use = f"Port {port} of 127.0.0.1 is in use"
    assert err == f"{in_use}; stop the program that uses it or choose another port.\n"
    assert remaining_processes(checkout) == ""


def test_a_missing_cdk_cli_is_reported(tmp_path: Path) -> None:
    """The message says how to install the CDK CLI."""
    status, out, err = run(tmp_path, "--app", MINIMAL_APP)

    assert (status, out, err.count("\n")) == (1, "", 1)
    assert "install it with `npm ci`" in err


def test_the_message_of_a_failing_app_is_shown(checkout: Path) -> None:
    """The output has the app's own message and the path of the complete log."""
    (checkout / "app.py").write_text("import sys; sys.exit('Tickets cannot be defined:\\n  - no bucket')")
    status, out, err = run(checkout)

    assert status == 1
    assert "deploy app.py (cdk deploy) " in out
    assert "Tickets cannot be defined:\n  - no bucket" in err
    assert "Traceback" not in err
    assert (checkout / ".local-aws" / "cdk.log").exists()
    assert remaining_processes(checkout) == ""
