"""An AWS on this machine: MiniStack and the Bedrock double, for the real CDK CLI, the AWS CLI and boto3."""

from __future__ import annotations

import importlib.util
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

from constructs_lib.testing.bedrock.behaviour import Behaviour
from constructs_lib.testing.bedrock.control import DoubleControl
from constructs_lib.testing.bedrock.double import ACCOUNT, REGION
from constructs_lib.testing.cdk_cli import CdkCli
from constructs_lib.testing.emulators import Emulators, LocalAwsError
from constructs_lib.testing.environment import local_client
from constructs_lib.testing.processes import LOOPBACK, is_free

if TYPE_CHECKING:
    from collections.abc import Mapping
    from subprocess import CompletedProcess
    from types import TracebackType


class LocalAws:
    """CloudFormation, Lambda, IAM, S3, KMS and more on the loopback, with a Bedrock that can be steered.

    A context manager: what it starts has stopped when the block is left, and also when this process ends in
    any other way. It needs no account, no Docker and no network.

        with LocalAws() as aws:
            aws.bootstrap()
            aws.cdk("deploy", "--require-approval", "never", app="python app.py")
            aws.bedrock.advance(7200)

    As a pytest fixture: yield it from such a block, once per session.

    Args:
        region: the Region it plays. Default: us-east-1.
        account: the account it plays, 12 digits. Default: twelve zeros.
        auth: whether IAM policies are enforced on the roles of Lambda functions. Default: they are not.
        port: where MiniStack listens. Default: any free port.
        bedrock_port: where the Bedrock double listens. Default: any free port.
        behaviour: what the double does. Default: as `Behaviour`, but a job stops within a second.
        state: a folder for logs and temporary files. Default: one that is removed again.
        cdk_cli: the CDK CLI's script. Default: `node_modules/.bin/cdk` of the working folder or one above it.
        lives_while: a file; the processes then run on, detached, until it goes or changes. Default: none.
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
        self._ports = (port, bedrock_port)
        self._behaviour = behaviour or Behaviour(stopping_seconds=0.5)
        self._state = state
        self._cdk_cli = cdk_cli
        self._lives_while = lives_while
        self._started: Emulators | None = None

    @property
    def url(self) -> str:
        """Where MiniStack listens."""
        return self._emulators.url

    @property
    def bedrock_url(self) -> str:
        """Where the Bedrock double listens."""
        return self._emulators.bedrock_url

    @property
    def bedrock(self) -> DoubleControl:
        """The Bedrock double, to look into and to steer."""
        return DoubleControl(self.bedrock_url)

    @property
    def state(self) -> Path:
        """The folder of logs and temporary files."""
        return self._emulators.state

    def env(self) -> dict[str, str]:
        """Return the environment variables that point the CDK CLI, the AWS CLI and boto3 here."""
        return self._emulators.env()

    def client(self, service: str) -> Any:  # noqa: ANN401 - botocore makes its clients at run time
        """Return a boto3 client of this AWS.

        Args:
            service: boto3's name, such as `bedrock` or `s3`.
        """
        url = self.bedrock_url if service == "bedrock" else self.url
        return local_client(service, url=url, account=self.account, region=self.region)

    def cdk(
        self,
        *args: str,
        app: str | None = None,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 600.0,
        check: bool = True,
    ) -> CompletedProcess[str]:
        """Run the real CDK CLI against this AWS.

        Args:
            args: command and options, such as `"deploy", "--require-approval", "never"`.
            app: the command that runs the app. Default: the one in `cdk.json`.
            cwd: where it runs. Default: here.
            env: further environment variables. Default: none.
            timeout: seconds after which the command is stopped. Default: ten minutes.
            check: whether a failure raises. Default: it does.

        Raises:
            LocalAwsError: Node or the CLI is missing; as a `CdkError`, the command failed or took too long.
        """
        around = {**self.env(), **(env or {})}
        cli = CdkCli.find(self._cdk_cli, cwd or Path.cwd())
        return cli.run(args, app=app, cwd=cwd, env=around, state=self.state, timeout=timeout, check=check)

    def bootstrap(self) -> None:
        """Run `cdk bootstrap`: the roles and the bucket that every deployment with assets needs.

        Raises:
            LocalAwsError: Node or the CLI is missing; as a `CdkError`, the command failed.
        """
        # In a folder without cdk.json, so that no app is synthesized for it.
        self.cdk("bootstrap", f"aws://{self.account}/{self.region}", cwd=self.state)
        if self._auth:
            # It denies plain HTTP, which is all that there is on the loopback, to every role that publishes.
            bucket = f"cdk-hnb659fds-assets-{self.account}-{self.region}"
            self.client("s3").delete_bucket_policy(Bucket=bucket)

    def complaints(self) -> list[str]:
        """Return the errors that MiniStack has logged, such as those of functions that cannot start."""
        log = (self.state / "ministack.log").read_text(encoding="utf-8", errors="replace")
        return [line for line in log.splitlines() if " ERROR " in line]

    def start(self) -> Self:
        """Start both processes and wait until they answer.

        Raises:
            LocalAwsError: a port is taken, MiniStack is not installed or does not start.
        """
        self._check()
        state = self._state or Path(tempfile.mkdtemp(prefix="local-aws-"))
        (state / "tmp").mkdir(parents=True, exist_ok=True)
        if self._lives_while:
            self._lives_while.write_text(str(uuid4()), encoding="ascii")
        self._started = Emulators(
            wanted_ports=self._ports,
            account=self.account,
            region=self.region,
            behaviour=self._behaviour,
            auth=self._auth,
            state=state.resolve(),
            lives_while=self._lives_while,
        )
        try:
            self._started.start()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop both processes and remove what they left; harmless when called again."""
        if self._lives_while:
            self._lives_while.unlink(missing_ok=True)
        if self._started is None:
            return
        self._started.stop()
        if not self._state:
            shutil.rmtree(self._started.state, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def _emulators(self) -> Emulators:
        if self._started is None:
            raise LocalAwsError(
                "The local AWS has not been started; use it in a `with` block or call start()."
            )
        return self._started

    def _check(self) -> None:
        if importlib.util.find_spec("ministack") is None:
            install = "pip install 'cdk-bedrock-customization[testing]'"
            raise LocalAwsError(f"MiniStack is not installed in this Python; install it with `{install}`.")
        for port in filter(None, self._ports):
            if not is_free(port):
                where = f"Port {port} of {LOOPBACK} is taken"
                raise LocalAwsError(f"{where}; stop what listens there or choose another.")
