"""Where a command deploys to: an account and a Region of AWS, or the local AWS."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from ..testing.cdk_cli import QUIET, CdkCli, CdkError
from .aws_calls import AwsCallError, Client, aws_calls, client, session

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .local_folder import RunningAws

_SECONDS = 600.0
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Target(Protocol):
    """An AWS in which stacks are deployed, and the CDK CLI that does it.

    Attributes:
        cli: the CDK CLI.
        account: 12 digits.
        region: such as `us-east-1`.
        where: the account and the Region, as part of a sentence.
        is_local: whether it is on this machine, so that nothing is billed.
        has_output: whether the output of the CDK CLI is visible.
        options: the options that commands of this library and of the CDK CLI need to reach it.
        session: what makes boto3 clients, as a boto3 session does.
    """

    @property
    def cli(self) -> CdkCli: ...  # noqa: D102 - see Attributes
    @property
    def account(self) -> str: ...  # noqa: D102 - see Attributes
    @property
    def region(self) -> str: ...  # noqa: D102 - see Attributes
    @property
    def where(self) -> str: ...  # noqa: D102 - see Attributes
    @property
    def is_local(self) -> bool: ...  # noqa: D102 - see Attributes
    @property
    def has_output(self) -> bool: ...  # noqa: D102 - see Attributes
    @property
    def options(self) -> tuple[str, ...]: ...  # noqa: D102 - see Attributes
    @property
    def session(self) -> Any: ...  # noqa: ANN401, D102 - boto3 has no types; see Attributes

    def synthesize(self, app: str, context: Mapping[str, str], folder: Path) -> str:
        """Run `cdk synth` in a folder without `cdk.json`, and return what it wrote.

        Args:
            app: the command that runs the app.
            context: its context.
            folder: the cloud assembly is its `cdk.out`.

        Raises:
            CdkError: it failed.
        """

    def cdk(self, *args: str, folder: Path) -> None:
        """Run a command of the CDK CLI on the cloud assembly.

        Args:
            args: command and options.
            folder: the folder that `synthesize` used.

        Raises:
            CdkError: it failed.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsAccount:
    """An account and a Region that the AWS configuration names; see `Target`.

    The CDK CLI has the terminal, so that its progress is visible.

    Args:
        cli: the CDK CLI.
        account: 12 digits.
        region: such as `us-east-1`.
        session: a boto3 session.
        profile: the profile that was named; None takes that of the environment.
        endpoint: the URL of CloudFormation.
    """

    cli: CdkCli
    account: str
    region: str
    session: Any = field(repr=False)
    profile: str | None
    endpoint: str
    has_output = True

    @property
    def where(self) -> str:
        """The account and the Region, and the endpoint where it is not that of AWS."""
        if self.is_local:
            return (
                f"the local AWS at {self.endpoint}, which the variables of this shell name (AWS_ENDPOINT_URL)"
            )
        host = urlsplit(self.endpoint).hostname or ""
        elsewhere = "" if host.endswith((".amazonaws.com", ".amazonaws.com.cn")) else f" at {self.endpoint}"
        return f"account {self.account} in {self.region}{elsewhere}"

    @property
    def is_local(self) -> bool:
        """Whether the variables of this shell name an endpoint on this machine."""
        return urlsplit(self.endpoint).hostname in _LOOPBACK

    @property
    def options(self) -> tuple[str, ...]:
        """The profile, if one was named."""
        return ("--profile", self.profile) if self.profile else ()

    def synthesize(self, app: str, context: Mapping[str, str], folder: Path) -> str:
        """See `Target`."""
        args = ("synth", *_context(context), "--quiet", "--app", app, "--output", str(folder / "cdk.out"))
        command = self._command(*args)
        done = subprocess.run(  # noqa: S603 - the CDK CLI and an app of this library
            command,
            env=self._env(),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        if done.returncode:
            raise CdkError(f"`cdk synth` ended with exit status {done.returncode}", done.stdout)
        return done.stdout

    def cdk(self, *args: str, folder: Path) -> None:
        """See `Target`."""
        command = self._command(*args, "--app", str(folder / "cdk.out"))
        with subprocess.Popen(command, env=self._env(), cwd=folder) as process:  # noqa: S603 - as above
            try:
                status = process.wait()
            except KeyboardInterrupt:
                process.terminate()
                raise
        if status:
            raise CdkError(f"`cdk {args[0]}` ended with exit status {status}", "")

    def _command(self, *args: str) -> list[str]:
        return self.cli.command(*args, *self.options, "--no-notices")

    def _env(self) -> dict[str, str]:
        region = {"AWS_REGION": self.region, "AWS_DEFAULT_REGION": self.region}
        return {**os.environ, **QUIET, **region, "PATH": self.cli.path()}


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalAccount:
    """A local AWS that runs; see `Target`. What the CDK CLI writes is shown only where it fails.

    Args:
        cli: the CDK CLI.
        aws: where it is.
        keeps_running: whether it runs on after this command.
    """

    cli: CdkCli
    aws: RunningAws
    keeps_running: bool
    has_output = False

    @property
    def account(self) -> str:
        """Its account."""
        return self.aws.account

    @property
    def region(self) -> str:
        """Its Region."""
        return self.aws.region

    @property
    def where(self) -> str:
        """Its URL."""
        return f"the local AWS at {self.aws.url}"

    @property
    def is_local(self) -> bool:
        """It always is."""
        return True

    @property
    def options(self) -> tuple[str, ...]:
        """For commands of this library; the CDK CLI gets its environment."""
        return ("--local",)

    @property
    def session(self) -> RunningAws:
        """It makes its clients."""
        return self.aws

    def synthesize(self, app: str, context: Mapping[str, str], folder: Path) -> str:
        """See `Target`."""
        args = ("synth", *_context(context), "--quiet", "--output", str(folder / "cdk.out"))
        return self._run(*args, app=app, folder=folder)

    def cdk(self, *args: str, folder: Path) -> None:
        """See `Target`."""
        self._run(*args, "--output", str(folder / "unused"), app=str(folder / "cdk.out"), folder=folder)

    def in_terminal(self, *args: str, folder: Path) -> int:
        """Run a command of the CDK CLI in the current folder, with the terminal; return its exit status.

        Args:
            args: command and options.
            folder: a folder for the files of this command.
        """
        env = {**self.cli.environment(self.aws.env(), folder), "CDK_REQUIRE_APPROVAL": "never"}
        with subprocess.Popen([*self.cli.command(*args), "--no-notices"], env=env) as process:  # noqa: S603 - as above
            try:
                return process.wait()
            except KeyboardInterrupt:
                process.terminate()
                raise

    def is_bootstrapped(self) -> bool:
        """Return whether it has the roles and the bucket that a deployment needs."""
        return _version(self.aws.client("ssm"), "/cdk-bootstrap/hnb659fds/version") > 0

    def bootstrap(self, folder: Path) -> None:
        """Run `cdk bootstrap`, which creates the roles and the bucket that a deployment needs.

        Args:
            folder: a folder for the files of this command.

        Raises:
            CdkError: it failed.
        """
        self._run("bootstrap", f"aws://{self.account}/{self.region}", app=None, folder=folder)

    def _run(self, *args: str, app: str | None, folder: Path) -> str:
        env, state = self.aws.env(), folder
        try:
            return self.cli.run(
                args, app=app, cwd=folder, env=env, state=state, timeout=_SECONDS, check=True
            ).stdout
        except CdkError as error:
            summary = "; MiniStack logged: ".join([error.summary, *self.aws.error_log()[-1:]])
            raise CdkError(summary, error.output) from None


def aws_account(cli: CdkCli, *, profile: str | None, region: str | None) -> AwsAccount:
    """Return the account of the AWS configuration, which AWS has confirmed.

    Args:
        cli: the CDK CLI.
        profile: the profile. Default: that of the environment.
        region: the Region. Default: that of the profile or the environment.

    Raises:
        AwsCallError: there are no credentials that AWS accepts, or no Region.
    """
    found = session(profile=profile, region=region)
    cloudformation = client(found, "cloudformation")
    sts = client(found, "sts")
    with aws_calls():
        account = str(sts.get_caller_identity()["Account"])
    return AwsAccount(
        cli=cli,
        account=account,
        region=str(cloudformation.meta.region_name),
        session=found,
        profile=profile,
        endpoint=str(cloudformation.meta.endpoint_url),
    )


def check_bootstrapped(target: Target, parameter: str, version: int) -> None:
    """Check that the account and Region are bootstrapped for the CDK, if the credentials may read that.

    Args:
        target: the account and Region.
        parameter: the parameter of Systems Manager that holds the version of the bootstrap stack.
        version: the lowest version that the stack needs.

    Raises:
        AwsCallError: they are not bootstrapped, or by a version that is too old.
    """
    ssm = client(target.session, "ssm", target.region)
    try:
        with aws_calls():
            found = _version(ssm, parameter)
    except (AwsCallError, ValueError):  # the CDK CLI reads it with a role of its own, and reports it
        return
    if found < version:
        profile = target.options if not target.is_local else ()
        command = target.cli.shown("bootstrap", f"aws://{target.account}/{target.region}", *profile)
        has = (
            f"has version {found} of the bootstrap stack and needs {version}"
            if found
            else "is not bootstrapped"
        )
        raise AwsCallError(
            f"{target.where} {has}, which every deployment of the CDK needs; run `{command}` once."
        )


def _version(ssm: Client, parameter: str) -> int:
    """Return the version of a bootstrap stack, 0 where there is none."""
    try:
        return int(ssm.get_parameter(Name=parameter)["Parameter"]["Value"])
    except ssm.exceptions.ParameterNotFound:
        return 0


def _context(values: Mapping[str, str]) -> list[str]:
    return [part for name, value in values.items() for part in ("-c", f"{name}={value}")]
