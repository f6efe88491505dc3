"""An AWS on this machine: MiniStack and the Bedrock double, for the real CDK CLI, the AWS CLI and boto3."""

from __future__ import annotations

import importlib.util
import shutil
import tempfile
import time
from dataclasses import asdict
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

from constructs_lib.testing.bedrock.behaviour import Behaviour
from constructs_lib.testing.bedrock.double import ACCOUNT, REGION
from constructs_lib.testing.bedrock.remote import DoubleControl
from constructs_lib.testing.cdk_cli import CdkCli
from constructs_lib.testing.local_errors import LocalAwsError
from constructs_lib.testing.processes import LOOPBACK, GuardedProcess, free_ports, is_free
from constructs_lib.testing.surroundings import caller_environment, double_process, ministack_process

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from subprocess import CompletedProcess
    from types import TracebackType

_START_SECONDS = 60.0
_LOOK_SECONDS = 0.03
_ATTEMPTS = 3


class LocalAws:
    """CloudFormation, Lambda, IAM, S3, KMS and more on the loopback, with a Bedrock that can be steered.

    A context manager: what it starts has stopped when the block is left, and also when this process ends in
    any other way. It needs no account, no Docker and no network.

        with LocalAws() as aws:
            aws.bootstrap()
            aws.cdk("deploy", "--require-approval", "never", app="python app.py")
            aws.bedrock.advance(7200)

    Args:
        region: the Region it plays. Default: us-east-1.
        account: the account it plays, 12 digits. Default: twelve zeros.
        auth: whether IAM policies are enforced on the roles of Lambda functions. Default: they are not.
        port: where MiniStack listens. Default: any free port.
        bedrock_port: where the Bedrock double listens. Default: any free port.
        behaviour: what the double does. Default: as `Behaviour`, but a job stops within a second.
        state: a folder for logs and temporary files. Default: one that is removed again.
        cdk_cli: the CDK CLI's script. Default: `node_modules/.bin/cdk` of the working folder or one above it.
        lives_while: a file; both processes then run on, detached, until that file goes. Default: none.
    """

    def __init__(
        self,
        *,
        region: str = REGION,
        account: str = ACCOUNT,
        auth: bool = False,
        port: int = 0,
        bedrock_port: int = 0,
        behaviour: Behaviour | None = None,
        state: Path | None = None,
        cdk_cli: Path | None = None,
        lives_while: Path | None = None,
    ) -> None:
        self.region = region
        self.account = account
        self._auth = auth
        self._wanted_ports = (port, bedrock_port)
        self._behaviour = behaviour or Behaviour(stopping_seconds=1.0)
        self._given_state = state
        self._cdk_cli = cdk_cli
        self._lives_while = lives_while
        self._processes: list[GuardedProcess] = []
        self._ports = (0, 0)
        self._state: Path | None = None

    @property
    def url(self) -> str:
        """Where MiniStack listens."""
        return f"http://{LOOPBACK}:{self._ports[0]}"

    @property
    def bedrock_url(self) -> str:
        """Where the Bedrock double listens."""
        return f"http://{LOOPBACK}:{self._ports[1]}"

    @property
    def bedrock(self) -> DoubleControl:
        """The Bedrock double, to look into and to steer."""
        return DoubleControl(self.bedrock_url)

    @property
    def state(self) -> Path:
        """The folder of logs and temporary files."""
        if self._state is None:
            raise LocalAwsError(
                "The local AWS has not been started; use it in a `with` block, or call start()."
            )
        return self._state

    def env(self) -> dict[str, str]:
        """Return the environment variables that point the CDK CLI, the AWS CLI and boto3 here."""
        return caller_environment(self.url, self.bedrock_url, self.account, self.region)

    def client(self, service: str) -> Any:  # noqa: ANN401 - botocore makes its clients at run time
        """Return a boto3 client of this AWS.

        Args:
            service: boto3's name, such as `bedrock` or `s3`.
        """
        import boto3

        return boto3.client(
            service,
            region_name=self.region,
            endpoint_url=self.bedrock_url if service == "bedrock" else self.url,
            aws_access_key_id=self.account,
            aws_secret_access_key="test",  # noqa: S106 - MiniStack's key for everyone
        )

    def cdk(
        self,
        *args: str,
        app: str | None = None,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        check: bool = True,
    ) -> CompletedProcess[str]:
        """Run the real CDK CLI against this AWS.

        Args:
            args: command and options, such as `"deploy", "--require-approval", "never"`.
            app: the command that runs the app. Default: the one in `cdk.json`.
            cwd: where it runs. Default: here.
            env: further environment variables. Default: none.
            check: whether a failure raises. Default: it does.

        Raises:
            LocalAwsError: Node or the CLI is missing; as a `CdkError`, the command failed.
        """
        cli = CdkCli.find(self._cdk_cli, cwd or Path.cwd())
        return cli.run(
            args, app=app, cwd=cwd, env={**self.env(), **(env or {})}, state=self.state, check=check
        )

    def bootstrap(self) -> None:
        """Run `cdk bootstrap`: the roles and the bucket that every deployment with assets needs.

        Raises:
            LocalAwsError: Node or the CLI is missing; as a `CdkError`, the command failed.
        """
        # In a folder without cdk.json, so that no app is synthesized for it.
        self.cdk("bootstrap", f"aws://{self.account}/{self.region}", cwd=self.state)

    def start(self) -> Self:
        """Start both processes and wait until they answer.

        Raises:
            LocalAwsError: a port is taken, MiniStack is not installed or does not start.
        """
        if importlib.util.find_spec("ministack") is None:
            install = "pip install 'cdk-bedrock-customization[testing]'"
            raise LocalAwsError(f"MiniStack is not installed in this Python; install it with `{install}`.")
        for port in filter(None, self._wanted_ports):
            if not is_free(port):
                raise LocalAwsError(
                    f"Port {port} of {LOOPBACK} is taken; stop what listens there or choose another."
                )
        self._state = self._given_state or Path(tempfile.mkdtemp(prefix="local-aws-"))
        (self._state / "tmp").mkdir(parents=True, exist_ok=True)
        if self._lives_while:
            self._lives_while.write_text(str(uuid4()), encoding="ascii")
        try:
            self._start_processes()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop both processes and remove what they left; harmless when called again."""
        if self._lives_while:
            self._lives_while.unlink(missing_ok=True)
        while self._processes:
            self._processes.pop().stop()
        if self._state and not self._given_state:
            shutil.rmtree(self._state, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _start_processes(self) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            picked = free_ports(2)
            self._ports = (self._wanted_ports[0] or picked[0], self._wanted_ports[1] or picked[1])
            try:
                self._launch()
            except LocalAwsError as error:
                lost_race = "already in use" in str(error) or "cannot be listened on" in str(error)
                if not lost_race or attempt == _ATTEMPTS:
                    raise
                while self._processes:
                    self._processes.pop().stop()
            else:
                return

    def _launch(self) -> None:
        double = self._guarded(double_process(self._ports[1], self.account, self.env()), "bedrock")
        stack = self._guarded(
            ministack_process(self._ports[0], self.account, self.env(), self.state, auth=self._auth),
            "ministack",
        )
        self._await(double, self.bedrock.healthy, "the Bedrock double")
        self._await(stack, lambda: _answers(self._ports[0]), "MiniStack")
        self.bedrock.behave(**asdict(self._behaviour))

    def _guarded(self, process: tuple[list[str], dict[str, str]], name: str) -> GuardedProcess:
        command, env = process
        log = self.state / f"{name}.log"
        log.unlink(missing_ok=True)
        started = GuardedProcess(command, env=env, log=log, cwd=self.state, lives_while=self._lives_while)
        self._processes.append(started)
        return started

    def _await(self, process: GuardedProcess, ready: Callable[[], bool], name: str) -> None:
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
