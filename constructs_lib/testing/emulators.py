"""The two processes of a local AWS, MiniStack and the Bedrock double: started and stopped together."""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .bedrock.behaviour import behaviour_document, members_of
from .bedrock.control import DoubleControl
from .bedrock.service import CONTROL, RUNTIME
from .environment import caller_environment, local_client, outside_environment, unreachable_proxy
from .processes import LOOPBACK, GuardedProcess, free_ports

if TYPE_CHECKING:
    from collections.abc import Callable

    from .bedrock.behaviour import Behaviour

_START_SECONDS = 60.0
_POLL_SECONDS = 0.03
_ATTEMPTS = 3
_PORT_TAKEN = ("already in use", "cannot listen on")
_ROOT = Path(__file__).parents[2]
_MINISTACK = Path(__file__).with_name("ministack_main.py")

_NO_DOCKER = {
    "DOCKER_HOST": f"unix://{os.devnull}.none",  # otherwise MiniStack would remove containers and pull images
    "IOT_MTLS_ENABLED": "0",
    "LAMBDA_EXECUTOR": "local",
    "SFTP_ENABLED": "0",
}


class LocalAwsError(RuntimeError):
    """The local AWS cannot be used; the message is one sentence that says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalEndpoints:
    """How a local AWS is called.

    Args:
        url: the URL of MiniStack.
        bedrock_url: the URL of the Bedrock double.
        account: 12 digits.
        region: such as `us-east-1`.
        state: the folder of its logs.
    """

    url: str
    bedrock_url: str
    account: str
    region: str
    state: Path

    @property
    def bedrock(self) -> DoubleControl:
        """Inspects and controls the Bedrock double."""
        return DoubleControl(self.bedrock_url)

    def env(self) -> dict[str, str]:
        """Return the variables that point the CDK CLI, the AWS CLI and boto3 at it."""
        return caller_environment(self.url, self.bedrock_url, self.account, self.region)

    def client(self, service: str) -> Any:  # noqa: ANN401 - botocore makes its clients at run time
        """Return a boto3 client of it.

        Args:
            service: boto3's name of the service, such as `bedrock` or `s3`.
        """
        url = self.bedrock_url if service in (CONTROL, RUNTIME) else self.url
        return local_client(service, url=url, account=self.account, region=self.region)

    def error_log(self) -> list[str]:
        """Return the errors in MiniStack's log, such as those of functions that cannot start."""
        log = (self.state / "ministack.log").read_text(encoding="utf-8", errors="replace")
        return [line for line in log.splitlines() if " ERROR " in line]


@dataclass(slots=True, kw_only=True)
class Emulators:
    """MiniStack and the Bedrock double, as processes.

    Args:
        wanted_ports: the ports of MiniStack and of the double; 0 takes any free port.
        account: 12 digits.
        region: such as `us-east-1`.
        behaviour: how the double behaves.
        auth: whether IAM policies are enforced.
        time_scale: how long a second of a state machine's `Wait` states and retries is, in seconds.
        state: a folder that contains a folder `tmp`.
        keep_alive_file: they run in the background until this file is removed or changed; None ends them with
            this process.
    """

    wanted_ports: tuple[int, int]
    account: str
    region: str
    behaviour: Behaviour
    auth: bool
    time_scale: float
    state: Path
    keep_alive_file: Path | None
    _ports: tuple[int, int] = (0, 0)
    _processes: list[GuardedProcess] = field(default_factory=list)

    @property
    def endpoints(self) -> LocalEndpoints:
        """How both are called."""
        return LocalEndpoints(
            url=f"http://{LOOPBACK}:{self._ports[0]}",
            bedrock_url=f"http://{LOOPBACK}:{self._ports[1]}",
            account=self.account,
            region=self.region,
            state=self.state,
        )

    def start(self) -> None:
        """Start both and wait until they respond; try again if another program has taken the free port.

        Raises:
            LocalAwsError: one of them does not start.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            picked = free_ports(2)
            self._ports = (self.wanted_ports[0] or picked[0], self.wanted_ports[1] or picked[1])
            try:
                self._launch()
            except BaseException as error:
                self.stop()
                if attempt == _ATTEMPTS or not any(text in str(error) for text in _PORT_TAKEN):
                    raise
            else:
                return

    def stop(self) -> None:
        """Stop both processes."""
        while self._processes:
            self._processes.pop().stop()

    def _launch(self) -> None:
        endpoints = self.endpoints
        bedrock = _double_process(self._ports[1], self.account, self.behaviour, endpoints.env())
        double = self._started("bedrock", *bedrock)
        command, env = _ministack_process(
            self._ports[0], self.account, endpoints.env(), self.state, auth=self.auth
        )
        scale = {"SFN_WAIT_SCALE": str(self.time_scale)}
        ministack = self._started("ministack", command, {**env, **scale})
        _wait_for(double, endpoints.bedrock.healthy, "the Bedrock double")
        _wait_for(ministack, lambda: _responds(self._ports[0]), "MiniStack")

    def _started(self, name: str, command: list[str], env: dict[str, str]) -> GuardedProcess:
        log = self.state / f"{name}.log"
        log.unlink(missing_ok=True)
        process = GuardedProcess(
            command, env=env, log=log, cwd=self.state, keep_alive_file=self.keep_alive_file
        )
        self._processes.append(process)
        return process


def _wait_for(process: GuardedProcess, ready: Callable[[], bool], name: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            output = " ".join(process.output().split())[-400:] or "nothing"
            raise LocalAwsError(
                f"The local AWS did not start: {name} ended or did not respond; its output was: {output}"
            )
        time.sleep(_POLL_SECONDS)


def _responds(port: int) -> bool:
    connection = HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", "/_ministack/health")
        return connection.getresponse().status == 200  # noqa: PLR2004 - HTTP's OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _double_process(
    port: int, account: str, behaviour: Behaviour, caller: dict[str, str]
) -> tuple[list[str], dict[str, str]]:
    """Return the command and the environment of the Bedrock double.

    Args:
        port: the port it listens on.
        account: 12 digits, for callers whose access key is not an account.
        behaviour: how it behaves, at first and after a reset.
        caller: the result of `caller_environment`, with the URL of the S3 and the EventBridge that it calls.
    """
    command = [
        sys.executable,
        "-P",  # the current folder may hold modules with the names of those that the double imports
        "-m",
        f"{__package__}.bedrock",
        "--port",
        str(port),
        "--account",
        account,
        "--s3-url",
        caller["AWS_ENDPOINT_URL"],
        "--events-url",
        caller["AWS_ENDPOINT_URL"],
        "--behaviour",
        json.dumps(behaviour_document(members_of(behaviour))),
    ]
    path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    return command, {**outside_environment(), **caller, **unreachable_proxy(), "PYTHONPATH": path}


def _ministack_process(
    port: int, account: str, caller: dict[str, str], state: Path, *, auth: bool
) -> tuple[list[str], dict[str, str]]:
    """Return the command and the environment of MiniStack; its Lambda functions inherit the environment.

    Programs that use the proxy variables, as the AWS SDKs do, cannot reach another machine.

    Args:
        port: the port it listens on.
        account: 12 digits, the account of callers whose access key is not one.
        caller: the result of `caller_environment`.
        state: a folder that contains a folder `tmp`.
        auth: whether IAM policies are enforced.
    """
    outside = {name: value for name, value in outside_environment().items() if name != "PYTHONPATH"}
    own = {
        **_NO_DOCKER,
        "AUTH": str(auth).lower(),
        "BIND_HOST": LOOPBACK,
        "GATEWAY_PORT": str(port),
        "LOG_LEVEL": "INFO",  # functions inherit it, and tests read their log lines
        "MINISTACK_ACCOUNT_ID": account,
        "MINISTACK_HOST": LOOPBACK,
        "MINISTACK_REGION": caller["AWS_REGION"],
        "PERSIST_STATE": "0",
        "S3_PERSIST": "0",
        "TMPDIR": str(state / "tmp"),
    }
    # -P: a file in the working folder must not be imported in place of a package of MiniStack.
    return [sys.executable, "-P", str(_MINISTACK)], {**outside, **caller, **unreachable_proxy(), **own}
