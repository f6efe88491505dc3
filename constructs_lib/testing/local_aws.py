"""An AWS on this machine: MiniStack and the Bedrock double, for the real CDK CLI, the AWS CLI and boto3."""

from __future__ import annotations

import importlib.util
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

from ..distribution import needs_extra
from .bedrock.behaviour import Behaviour
from .bedrock.double import ACCOUNT, REGION
from .cdk_cli import CdkCli
from .emulators import Emulators, LocalAwsError, LocalEndpoints
from .processes import LOOPBACK, is_free

if TYPE_CHECKING:
    from collections.abc import Mapping
    from subprocess import CompletedProcess
    from types import TracebackType

    from .bedrock.control import DoubleControl


class LocalAws:
    """CloudFormation, Lambda, IAM, S3, KMS and more on this machine, with a Bedrock that tests control.

    A context manager: its processes end when the block ends, and also when this process ends in any other
    way. It needs no AWS account, no Docker and no network.

        with LocalAws() as aws:
            aws.bootstrap()
            aws.cdk("deploy", "--require-approval", "never", app="python app.py")
            aws.bedrock.advance(7200)

    As a pytest fixture, yield it from such a block, with the scope `session`.

    Args:
        region: the Region. Default: us-east-1.
        account: the account, 12 digits. Default: twelve zeros.
        auth: whether IAM policies of the roles of Lambda functions are enforced. Default: no.
        port: the port of MiniStack. Default: any free port.
        bedrock_port: the port of the Bedrock double. Default: any free port.
        behaviour: how the double behaves. Default: `Behaviour`, but a job stops within a second.
        time_scale: how long a second of a state machine's `Wait` states and retries is, in seconds. Default:
            1; with 0.02 a pause of a minute is over after 1.2 seconds.
        state: a folder for logs and temporary files. Default: a new one that `stop` removes.
        cdk_cli: the CDK CLI's script. Default: `node_modules/.bin/cdk` in the current folder or one above it.
        keep_alive_file: the processes run in the background until this file is removed or changed. Default:
            none, they end with this process.
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
        time_scale: float = 1.0,
        state: Path | None = None,
        cdk_cli: Path | None = None,
        keep_alive_file: Path | None = None,
    ) -> None:
        self.region = region
        self.account = account
        self._auth = auth
        self._ports = (port, bedrock_port)
        self._behaviour = behaviour or Behaviour(stopping_seconds=0.5)
        self._time_scale = time_scale
        self._state = state
        self._cdk_cli = cdk_cli
        self._keep_alive_file = keep_alive_file
        self._started: Emulators | None = None

    @property
    def url(self) -> str:
        """The URL of MiniStack."""
        return self._endpoints.url

    @property
    def bedrock_url(self) -> str:
        """The URL of the Bedrock double."""
        return self._endpoints.bedrock_url

    @property
    def bedrock(self) -> DoubleControl:
        """Inspects and controls the Bedrock double."""
        return self._endpoints.bedrock

    @property
    def state(self) -> Path:
        """The folder of logs and temporary files."""
        return self._endpoints.state

    def env(self) -> dict[str, str]:
        """Return the environment variables that point the CDK CLI, the AWS CLI and boto3 at this AWS."""
        return self._endpoints.env()

    def client(self, service: str) -> Any:  # noqa: ANN401 - botocore makes its clients at run time
        """Return a boto3 client of this AWS.

        Args:
            service: boto3's name of the service, such as `bedrock` or `s3`.
        """
        return self._endpoints.client(service)

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
            cwd: the folder it runs in. Default: the current one.
            env: further environment variables. Default: none.
            timeout: seconds after which the command is stopped. Default: ten minutes.
            check: whether a failure raises an exception. Default: yes.

        Raises:
            CdkError: the command failed or took too long.
            LocalAwsError: node.js or the CLI is not installed.
        """
        env = {**self.env(), **(env or {})}
        cli = CdkCli.find(self._cdk_cli, cwd or Path.cwd())
        return cli.run(args, app=app, cwd=cwd, env=env, state=self.state, timeout=timeout, check=check)

    def bootstrap(self) -> None:
        """Run `cdk bootstrap`, which creates the roles and the bucket that a deployment with assets needs.

        Raises:
            CdkError: the command failed.
            LocalAwsError: node.js or the CLI is not installed.
        """
        # In a folder without cdk.json, so that the CLI does not synthesize an app first.
        self.cdk("bootstrap", f"aws://{self.account}/{self.region}", cwd=self.state)
        if self._auth:
            # The policy denies requests without TLS, and MiniStack has none: no role could upload assets.
            bucket = f"cdk-hnb659fds-assets-{self.account}-{self.region}"
            self.client("s3").delete_bucket_policy(Bucket=bucket)

    def error_log(self) -> list[str]:
        """Return the errors in MiniStack's log, such as those of functions that cannot start."""
        return self._endpoints.error_log()

    def start(self) -> Self:
        """Start both processes and wait until they respond.

        Raises:
            LocalAwsError: a port is in use, MiniStack is not installed or does not start.
        """
        self._check()
        state = self._state or Path(tempfile.mkdtemp(prefix="local-aws-"))
        (state / "tmp").mkdir(parents=True, exist_ok=True)
        if self._keep_alive_file:
            self._keep_alive_file.write_text(str(uuid4()), encoding="ascii")
        self._started = Emulators(
            wanted_ports=self._ports,
            account=self.account,
            region=self.region,
            behaviour=self._behaviour,
            auth=self._auth,
            time_scale=self._time_scale,
            state=state.resolve(),
            keep_alive_file=self._keep_alive_file,
        )
        try:
            self._started.start()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop both processes and remove their files; a second call does nothing."""
        if self._keep_alive_file:
            self._keep_alive_file.unlink(missing_ok=True)
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
    def _endpoints(self) -> LocalEndpoints:
        if self._started is None:
            raise LocalAwsError(
                "The local AWS has not been started; use it in a `with` block or call start()."
            )
        return self._started.endpoints

    def _check(self) -> None:
        if importlib.util.find_spec("ministack") is None:
            raise LocalAwsError(needs_extra("The local AWS", "MiniStack", "local"))
        for port in filter(None, self._ports):
            if not is_free(port):
                in_use = f"Port {port} of {LOOPBACK} is in use"
                raise LocalAwsError(f"{in_use}; stop the program that uses it or choose another port.")
