"""The two processes of a local AWS: started together, watched until they answer, stopped together."""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import asdict, dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING

from constructs_lib.testing.bedrock.control import DoubleControl
from constructs_lib.testing.environment import caller_environment, no_way_out, outside_environment
from constructs_lib.testing.processes import LOOPBACK, GuardedProcess, free_ports

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs_lib.testing.bedrock.behaviour import Behaviour

_START_SECONDS = 60.0
_LOOK_SECONDS = 0.03
_ATTEMPTS = 3
_LOST_RACES = ("already in use", "cannot be listened on")
_ROOT = Path(__file__).parents[2]

_NO_DOCKER = {
    "DOCKER_HOST": f"unix://{os.devnull}.none",  # MiniStack would else sweep containers, and pull images
    "IOT_MTLS_ENABLED": "0",
    "LAMBDA_EXECUTOR": "local",
    "SFTP_ENABLED": "0",
}


class LocalAwsError(RuntimeError):
    """The local AWS cannot do what was asked; the text is one sentence that says why and what to do."""


@dataclass(slots=True, kw_only=True)
class Emulators:
    """MiniStack and the Bedrock double, as processes.

    Args:
        wanted_ports: where they listen, MiniStack first; 0 is any free port.
        account: 12 digits.
        region: such as `us-east-1`.
        behaviour: what the double does.
        auth: whether IAM policies are enforced.
        state: a folder with a folder `tmp` in it.
        lives_while: the file that keeps them running, detached; None ties them to this process.
    """

    wanted_ports: tuple[int, int]
    account: str
    region: str
    behaviour: Behaviour
    auth: bool
    state: Path
    lives_while: Path | None
    _ports: tuple[int, int] = (0, 0)
    _processes: list[GuardedProcess] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where MiniStack listens."""
        return f"http://{LOOPBACK}:{self._ports[0]}"

    @property
    def bedrock_url(self) -> str:
        """Where the Bedrock double listens."""
        return f"http://{LOOPBACK}:{self._ports[1]}"

    def env(self) -> dict[str, str]:
        """Return the environment variables that point callers here."""
        return caller_environment(self.url, self.bedrock_url, self.account, self.region)

    def start(self) -> None:
        """Start both and wait until they answer; try again where a free port was lost to another program.

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
                if attempt == _ATTEMPTS or not any(lost in str(error) for lost in _LOST_RACES):
                    raise
            else:
                return

    def stop(self) -> None:
        """Stop what was started."""
        while self._processes:
            self._processes.pop().stop()

    def _launch(self) -> None:
        bedrock = _double_process(self._ports[1], self.account, self.behaviour, self.env())
        double = self._guarded("bedrock", *bedrock)
        stack = _ministack_process(self._ports[0], self.account, self.env(), self.state, auth=self.auth)
        ministack = self._guarded("ministack", *stack)
        _await(double, DoubleControl(self.bedrock_url).healthy, "the Bedrock double")
        _await(ministack, lambda: _answers(self._ports[0]), "MiniStack")

    def _guarded(self, name: str, command: list[str], env: dict[str, str]) -> GuardedProcess:
        log = self.state / f"{name}.log"
        log.unlink(missing_ok=True)
        started = GuardedProcess(command, env=env, log=log, cwd=self.state, lives_while=self.lives_while)
        self._processes.append(started)
        return started


def _await(process: GuardedProcess, ready: Callable[[], bool], name: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            said = " ".join(process.said().split())[-400:] or "nothing"
            raise LocalAwsError(
                f"The local AWS did not start: {name} ended or did not answer; it said: {said}"
            )
        time.sleep(_LOOK_SECONDS)


def _answers(port: int) -> bool:
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
    """Return command and environment of the Bedrock double.

    Args:
        port: where it listens.
        account: 12 digits, for callers whose key does not say.
        behaviour: what it does, and goes back to when it is reset.
        caller: what `caller_environment` returned.
    """
    command = [
        sys.executable,
        "-m",
        "constructs_lib.testing.bedrock",
        "--port",
        str(port),
        "--account",
        account,
        "--behaviour",
        json.dumps(asdict(behaviour)),
    ]
    path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    return command, {**outside_environment(), **caller, **no_way_out(), "PYTHONPATH": path}


def _ministack_process(
    port: int, account: str, caller: dict[str, str], state: Path, *, auth: bool
) -> tuple[list[str], dict[str, str]]:
    """Return command and environment of MiniStack; its Lambda functions inherit the environment.

    Neither they nor MiniStack reach anything but this machine, as far as they ask for a proxy as usual.

    Args:
        port: where it listens.
        account: 12 digits, the account of callers whose key does not say.
        caller: what `caller_environment` returned.
        state: a folder with a folder `tmp` in it.
        auth: whether IAM policies are enforced.
    """
    outside = {name: value for name, value in outside_environment().items() if name != "PYTHONPATH"}
    own = {
        **_NO_DOCKER,
        "AUTH": str(auth).lower(),
        "BIND_HOST": LOOPBACK,
        "GATEWAY_PORT": str(port),
        "LOG_LEVEL": "INFO",  # functions inherit it, and their log lines are wanted
        "MINISTACK_ACCOUNT_ID": account,
        "MINISTACK_HOST": LOOPBACK,
        "MINISTACK_REGION": caller["AWS_REGION"],
        "PERSIST_STATE": "0",
        "S3_PERSIST": "0",
        "TMPDIR": str(state / "tmp"),
    }
    # -P: what lies in the working folder must not stand in for a package of MiniStack's.
    return [sys.executable, "-P", "-m", "ministack"], {**outside, **caller, **no_way_out(), **own}
