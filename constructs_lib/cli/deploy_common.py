"""What the commands that deploy share: options, the target, a sentence for what fails, the exit status."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import FrameType

    from ..deployment.local_folder import LocalFolder, RunningAws
    from ..deployment.progress import Progress
    from ..deployment.targets import AwsAccount, LocalAccount, Target
    from ..testing.cdk_cli import CdkCli
    from ..testing.local_aws import LocalAws

INTERRUPTED = 130
"""The exit status of a command that a person or a program has stopped."""

_KEEPS = "interrupted; the local AWS keeps running as before"


def _stack_name(value: str | None) -> str | None:
    """Return a name of a stack that CloudFormation accepts."""
    from ..deployment.stack_names import STACK_NAME

    if value is not None and not STACK_NAME.fullmatch(value):
        raise typer.BadParameter(
            f"must be at most 128 letters, digits and hyphens, a letter first, got {value!r}; choose another"
        )
    return value


ProfileOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="The profile of the AWS configuration; default: that of the environment.",
        show_default=False,
    ),
]
RegionOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="REGION",
        help="The Region; default: that of the profile or the environment.",
        show_default=False,
    ),
]
StackOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="The name of the stack; default: named after the job file.",
        callback=_stack_name,
        show_default=False,
    ),
]
LocalOption: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--local",
        help="To the local AWS of this folder; without one, to one that runs for this command only.",
    ),
]
YesOption: TypeAlias = Annotated[bool, typer.Option("--yes", "-y", help="Answer yes to the question.")]
PortOption: TypeAlias = Annotated[
    int, typer.Option(min=0, max=65535, help="The port of the local AWS; 0: any free port.")
]


@contextmanager
def reported(interrupted: str = "interrupted; nothing was deployed") -> Iterator[None]:
    """Report what fails in the block in one sentence, and end the process with the exit status.

    Args:
        interrupted: what is reported where a person or a program stops the block, if the block says no more.

    Raises:
        Exit: with 1 where the block has failed, with 130 where it was stopped.
    """
    from ..deployment.aws_calls import AwsCallError
    from ..deployment.job_stack import DeploymentError
    from ..findings import printable
    from ..testing.cdk_cli import CdkError
    from ..testing.emulators import LocalAwsError
    from .console import print_lines

    try:
        with stopped_by_sigterm():
            yield
    except (AwsCallError, DeploymentError, LocalAwsError) as error:
        reason = error.reason if isinstance(error, CdkError) else str(error)
        for line in reason.splitlines():
            if line.startswith(" "):  # a command, which is copied
                typer.echo(printable(line), err=True)
            else:
                print_lines(printable(line), stderr=True)
        raise typer.Exit(1) from None
    except OSError as error:  # a folder that cannot be written to, a disk that is full
        what = error.filename or "A file"
        advice = f"{what} cannot be used: {error.strerror}; check the path, its permissions and the disk."
        print_lines(printable(advice), stderr=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt as error:
        typer.echo(str(error) or interrupted, err=True)
        raise typer.Exit(INTERRUPTED) from None


@contextmanager
def stopped_by_sigterm() -> Iterator[None]:
    """Stop the block by SIGTERM, which CI systems send, as by Ctrl-C."""
    previous = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def confirmed(*, is_yes: bool) -> Callable[[str], bool]:
    """Return a function that asks a person in a terminal.

    Args:
        is_yes: whether the command line has answered with yes.
    """

    def ask(question: str) -> bool:
        if is_yes:
            return True
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            typer.echo("There is no terminal to ask for confirmation in; pass --yes to go on.", err=True)
            return False
        try:
            return typer.confirm(question)
        except typer.Abort:  # click's exception for Ctrl-C and Ctrl-D
            typer.echo()
            raise KeyboardInterrupt from None

    return ask


@contextmanager
def target_of(
    cdk: CdkCli,
    progress: Progress,
    *,
    local: bool,
    profile: str | None,
    region: str | None,
    port: int = 0,
    is_kept: bool = False,
    may_start: bool = True,
) -> Iterator[tuple[Target, Path]]:
    """Return where a command deploys to, and a folder for the files of this command.

    Args:
        cdk: the CDK CLI.
        progress: where the steps are shown.
        local: whether it is the local AWS; for what follows see `local_target` and `_aws_target`.
        profile: the profile.
        region: the Region.
        port: the port of a local AWS that is started. Default: any free port.
        is_kept: whether a local AWS that is started keeps running. Default: it ends with the block.
        may_start: whether a local AWS may be started. Default: yes.

    Raises:
        AwsCallError: there are no credentials, or no Region.
        LocalAwsError: the local AWS cannot be started or used.
    """
    if local:
        with local_target(
            cdk, progress, region=region, port=port, is_kept=is_kept, may_start=may_start
        ) as found:
            yield found
    else:
        with _aws_target(cdk, profile=profile, region=region) as account:
            yield account


@contextmanager
def _aws_target(cdk: CdkCli, *, profile: str | None, region: str | None) -> Iterator[tuple[AwsAccount, Path]]:
    """Return an account of AWS, and a folder for the files of this command.

    Args:
        cdk: the CDK CLI.
        profile: the profile. Default: that of the environment.
        region: the Region. Default: that of the profile or the environment.

    Raises:
        AwsCallError: there are no credentials, or no Region.
    """
    from ..deployment.targets import aws_account

    target = aws_account(cdk, profile=profile, region=region)
    with tempfile.TemporaryDirectory(prefix="bedrock-customize-") as folder:
        yield target, Path(folder).resolve()


@contextmanager
def local_target(
    cdk: CdkCli,
    progress: Progress,
    *,
    region: str | None,
    port: int = 0,
    is_kept: bool = False,
    may_start: bool = True,
) -> Iterator[tuple[LocalAccount, Path]]:
    """Return the local AWS, started if none runs in this folder, and a folder for the files of this command.

    Args:
        cdk: the CDK CLI.
        progress: where the steps are shown.
        region: the Region. Default: that of the one that runs, else us-east-1.
        port: the port of one that is started. Default: any free port.
        is_kept: whether one that is started keeps running. Default: it ends with the block.
        may_start: whether one may be started. Default: yes.

    Raises:
        LocalAwsError: it cannot be started or used.
    """
    from ..deployment.local_folder import LocalFolder, RunningAws
    from ..deployment.targets import LocalAccount
    from ..testing.bedrock.double import REGION
    from ..testing.local_aws import LocalAws

    folder = LocalFolder()
    with ExitStack() as ends, ExitStack() as lock:
        lock.enter_context(folder.locked())
        if folder.remove_remains():
            progress.say("The local AWS of this folder has ended; what it left is removed.")
        running = folder.running() if may_start else folder.needed(command_name())
        keeps_running = is_kept or running is not None
        if running is not None:
            _check_is_meant(running, port=port, region=region)
        files = ends.enter_context(folder.folder_of_this_run())
        if running is None and is_kept:
            with progress.step("start the local AWS"):
                running = folder.start(port=port, region=region)
            ends.enter_context(_stopped_if_interrupted(folder))
        elif running is None:
            lock.close()
            aws = LocalAws(port=port, region=region or REGION, state=files)
            ends.enter_context(_stopped(aws, progress))
            with progress.step("start the local AWS"):
                running = RunningAws.of(aws.start())
        target = LocalAccount(cli=cdk, aws=running, keeps_running=keeps_running)
        ends.enter_context(_described(folder, keeps_running=keeps_running))
        if not target.is_bootstrapped():
            with progress.step("bootstrap (cdk bootstrap)"):
                target.bootstrap(files)
        yield target, files


def _check_is_meant(running: RunningAws, *, port: int, region: str | None) -> None:
    """Raise LocalAwsError where a command line wants another port or Region than the local AWS has."""
    from ..testing.emulators import LocalAwsError

    stop = f"stop it with `{command_name()} local stop`"
    if region not in (None, running.region):
        raise LocalAwsError(
            f"The local AWS of this folder runs in {running.region}, not in {region}; leave --region out, or "
            f"{stop}."
        )
    if port and not running.url.endswith(f":{port}"):
        raise LocalAwsError(
            f"The local AWS of this folder runs at {running.url}; leave the port out, or {stop}."
        )


@contextmanager
def _described(folder: LocalFolder, *, keeps_running: bool) -> Iterator[None]:
    """Complete what is reported of a failure: where the output is, and that the local AWS keeps running."""
    from ..deployment.job_stack import DeploymentError, readable
    from ..testing.cdk_cli import CdkError

    try:
        yield
    except (CdkError, DeploymentError) as error:
        reason = readable(error) if isinstance(error, CdkError) else str(error)
        cause = error if isinstance(error, CdkError) else error.__cause__
        lines = [reason]
        if isinstance(cause, CdkError):
            log = folder.folder / "cdk.log"
            log.write_text(cause.output, encoding="utf-8")
            lines += ["", f"The complete output of the CDK CLI is in {log}."]
        if keeps_running:
            lines += ["", *keep_alive_lines()]
        raise DeploymentError("\n".join(lines)) from None
    except KeyboardInterrupt:
        # A context around this one may stop it.
        raise KeyboardInterrupt(_KEEPS if keeps_running else "") from None


@contextmanager
def _stopped(aws: LocalAws, progress: Progress) -> Iterator[None]:
    try:
        yield
    finally:
        with progress.step("stop the local AWS"):
            aws.stop()


@contextmanager
def _stopped_if_interrupted(folder: LocalFolder) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        folder.stop()
        raise KeyboardInterrupt from None


def refuse_with_local(given: Mapping[str, object]) -> None:
    """Refuse options that say which AWS is meant, beside --local.

    Args:
        given: their values by name.

    Raises:
        BadParameter: one of them has a value.
    """
    if named := ", ".join(name for name, value in given.items() if value):
        raise typer.BadParameter(f"{named} has no meaning with --local; leave one of them out")


def check_local_is_installed(command: str) -> None:
    """Check that MiniStack is installed.

    Args:
        command: the command that needs it.

    Raises:
        LocalAwsError: it is not.
    """
    from ..distribution import needs_extra
    from ..testing.emulators import LocalAwsError

    if find_spec("ministack") is None:
        raise LocalAwsError(needs_extra(command, "the local AWS", "local"))


def keep_alive_lines() -> list[str]:
    """Return how the local AWS that keeps running is used, as lines for a person."""
    from ..deployment.local_folder import FOLDER

    me = command_name()
    return [
        "It keeps running. To use it with the AWS CLI and boto3 in this shell, and to go on:",
        "",
        f"  . {FOLDER / 'env'}",
        f"  {me} local status",
        f"  {me} local complete",
        f"  {me} local stop",
        "",
    ]


def command_name() -> str:
    """Return how a person starts this program from the current folder."""
    program = Path(sys.argv[0])
    name = "bedrock-customize"
    if program.stem != name:
        return name
    on_path = shutil.which(name)
    # `make` puts the checkout's own programs on the PATH, and the shell it was started in has another PATH.
    if on_path and Path(on_path).resolve() == program.resolve() and "MAKELEVEL" not in os.environ:
        return name
    try:
        return shlex.quote(str(program.absolute().relative_to(Path.cwd())))
    except ValueError:
        return shlex.quote(str(program))


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
