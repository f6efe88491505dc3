"""`bedrock-customize local`: a local AWS that keeps running, its clock, and the end of its jobs."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .command_group import CommandGroup, show_help
from .console import print_lines
from .deploy_common import (
    PortOption,
    RegionOption,
    check_local_is_installed,
    command_name,
    keep_alive_lines,
    local_target,
    reported,
)
from .durations import seconds_of

if TYPE_CHECKING:
    from ..deployment.local_folder import RunningAws
    from ..testing.bedrock import Job

local = typer.Typer(
    cls=CommandGroup,
    help="A local AWS that keeps running, for `deploy --local`, the AWS CLI and boto3.",
    no_args_is_help=True,
)


_INTERRUPTED = "interrupted; nothing is left running"
_NEEDS_APP = {"deploy", "destroy", "diff", "list", "ls", "synth", "synthesize", "watch"}
"""Commands of the CDK CLI that run the app."""
_ASKS_FOR_HELP = {"help", "--help", "-h", "--version"}
"""What the CDK CLI answers without an app and without AWS."""
_RUNS = ("InProgress", "Stopping")

JobArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="JOB", help="Name or ARN of a job; may be left out where one runs.", show_default=False
    ),
]


@local.command()
def start(*, port: PortOption = 0, region: RegionOption = None) -> None:
    """Start a local AWS in .local-aws of the current folder, and leave it running.

    Exit code: 0 where it runs, also where it did before, 1 where it cannot be started.
    """
    with reported(_INTERRUPTED):
        from ..deployment.progress import Progress
        from ..testing.cdk_cli import CdkCli

        check_local_is_installed("bedrock-customize local start")
        progress = Progress()
        cdk = CdkCli.find(None, Path.cwd())
        with local_target(cdk, progress, region=region, port=port, is_kept=True) as (target, _):
            progress.say(
                f"\nThe local AWS runs at {target.aws.url}, its Bedrock at {target.aws.bedrock_url}."
            )
            for line in keep_alive_lines():
                progress.say(line)


@local.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def cdk(
    arguments: Annotated[
        list[str],
        typer.Argument(
            metavar="COMMAND...",
            help="Command and options of the CDK CLI: deploy -c revision=2.",
            show_default=False,
        ),
    ],
) -> None:
    """Run a command of the CDK CLI for the app of this folder, in the local AWS; start it if none runs.

    The local AWS keeps running. A deployment does not ask before it changes permissions.

    Exit code: that of the CDK CLI; 1 where the local AWS cannot be started.
    """
    with reported(_INTERRUPTED):
        from ..deployment.local_folder import LocalFolder
        from ..deployment.progress import Progress
        from ..testing.cdk_cli import CdkCli

        if _ASKS_FOR_HELP.intersection(arguments):
            cli = CdkCli.find(None, Path.cwd())
            raise typer.Exit(cli.help(*arguments))
        _check_app(arguments)
        check_local_is_installed("bedrock-customize local cdk")
        cli = CdkCli.find(None, Path.cwd())
        progress, ran = Progress(sys.stderr), LocalFolder().running() is not None
        with local_target(cli, progress, region=None, is_kept=True) as (target, files):
            status = target.in_terminal(*arguments, folder=files)
        if not ran:
            progress.say("\n".join(["", *keep_alive_lines()]))
    raise typer.Exit(status)


def _check_app(arguments: list[str]) -> None:
    """Check that there is an app to run, before a local AWS is started that nobody needs.

    Raises:
        DeploymentError: the folder has no app, and the command needs one.
    """
    from ..deployment.job_stack import DeploymentError

    is_app = re.compile(r"--app(=.*)?|-a.*", re.DOTALL)
    is_named = "CDK_APP" in os.environ or any(is_app.fullmatch(one) for one in arguments)
    is_known = any(
        (folder / name).is_file() for folder, name in ((Path.cwd(), "cdk.json"), (Path.home(), ".cdk.json"))
    )
    if not is_named and not is_known and _NEEDS_APP.intersection(arguments):
        raise DeploymentError(
            f"There is no app in {Path.cwd()}: it has no cdk.json; go to the folder of the app, or write one "
            f"with `{command_name()} init`."
        )


@local.command()
def status() -> None:
    """Show the stacks and the jobs of the local AWS, its URLs and its clock.

    Exit code: 0 where it runs, 1 where none runs in this folder.
    """
    from ..findings import printable

    with reported():
        from ..deployment.aws_calls import aws_calls

        aws = _running()
        print_lines(f"MiniStack   {aws.url}", f"Bedrock     {aws.bedrock_url}", f"clock       {_clock(aws)}")
        print_lines(f"account     {aws.account}, {aws.region}")
        with aws_calls():
            stacks = aws.client("cloudformation").describe_stacks()["Stacks"]
        for one in stacks:
            print_lines(printable(f"stack       {one['StackName']}  {one['StackStatus']}"))
        for job in aws.bedrock.jobs():
            print_lines(_shown(job))
        for missing in aws.bedrock.unwritten():
            print_lines(printable(f"not written {missing.uri}  {missing.reason}"))


@local.command()
def stop() -> None:
    """Stop the local AWS of the current folder, and remove its files.

    Exit code: 0, also where none runs; 1 where it does not stop.
    """
    with reported():
        from ..deployment.local_folder import LocalFolder

        folder = LocalFolder()
        if not folder.folder.is_dir():
            typer.echo("nothing was running")
            return
        with folder.locked():
            was_running = folder.stop()
            folder.remove_remains()
        typer.echo("stopped" if was_running else "nothing was running")


@local.command()
def complete(job: JobArgument = None) -> None:
    """Complete a job of the local AWS now.

    Exit code: 0 where the job has completed, 1 where there is no such job.
    """
    with reported():
        aws = _running()
        found = _job(aws, job)
        aws.bedrock.complete(found.arn)
        _say_job(aws, found.arn)


@local.command()
def fail(
    job: JobArgument = None,
    *,
    message: Annotated[
        str, typer.Option(help="The failure message of the job.")
    ] = "Encountered an internal error when processing the request.",
) -> None:
    """Let a job of the local AWS fail now.

    Exit code: 0 where the job has failed, 1 where there is no such job.
    """
    with reported():
        aws = _running()
        found = _job(aws, job)
        aws.bedrock.fail(found.arn, message)
        _say_job(aws, found.arn)


@local.command()
def configure(
    settings: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME=VALUE...",
            help="What changes for calls and jobs from now on, such as training_seconds=600. Left out: all "
            "settings are shown.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Change how the local AWS's Bedrock behaves: how long jobs take, how they end, what it returns.

    The settings are the fields of `constructs_lib.testing.Behaviour`, which describes them.

    Exit code: 0, 1 where no local AWS runs, 2 where there is no such setting or it cannot have the value.
    """
    from dataclasses import asdict

    from ..findings import printable

    changes = dict(map(_setting, settings or ()))
    with reported():
        bedrock = _running().bedrock
        try:
            bedrock.configure(**changes)
        except ValueError as error:
            raise typer.BadParameter(printable(str(error))) from None
        for name, value in asdict(bedrock.behaviour()).items():
            if not changes or name in changes:
                print_lines(printable(f"{name:<24}{'' if value is None else value}".rstrip()))


@local.command()
def advance(
    duration: Annotated[
        str, typer.Argument(metavar="DURATION", help="Seconds, or with a unit: 90s, 30min, 2h, 1d.")
    ],
) -> None:
    """Advance the clock of the local AWS's Bedrock, so that its jobs go on.

    Exit code: 0, 1 where no local AWS runs, 2 where DURATION is no duration.
    """
    seconds = seconds_of(duration, name="DURATION")
    with reported():
        aws = _running()
        aws.bedrock.advance(seconds)
        print_lines(f"clock       {_clock(aws)}", *map(_shown, aws.bedrock.jobs()))


local.command("help")(show_help)


def _running() -> RunningAws:
    """Return the local AWS of the current folder.

    Raises:
        LocalAwsError: none runs.
    """
    from ..deployment.local_folder import LocalFolder

    return LocalFolder().needed(command_name())


def _job(aws: RunningAws, asked: str | None) -> Job:
    """Return the job that a person has named, or the only one that runs.

    Raises:
        LocalAwsError: there is none, or more than one.
    """
    from ..testing.emulators import LocalAwsError

    jobs = aws.bedrock.jobs()
    found = [one for one in jobs if (asked in (one.name, one.arn) if asked else one.status in _RUNS)]
    if len(found) == 1:
        return found[0]
    listed = "; ".join(f"{one.name} ({one.status})" for one in jobs) or "none"
    if asked:
        raise LocalAwsError(f"The local AWS has no job {asked}; its jobs are: {listed}.")
    which = "More than one job runs; name one" if found else "No job runs; name one, or start one"
    raise LocalAwsError(f"{which}. The jobs of the local AWS are: {listed}.")


def _setting(text: str) -> tuple[str, str | None]:
    from ..findings import printable

    name, equals, value = text.partition("=")
    if not equals:
        raise typer.BadParameter(printable(f"{text!r} must be NAME=VALUE; write training_seconds=600"))
    return name, value or None


def _say_job(aws: RunningAws, arn: str) -> None:
    print_lines(*(_shown(job) for job in aws.bedrock.jobs() if job.arn == arn))


def _shown(job: Job) -> str:
    from ..findings import printable

    why = f"  {job.failure_message}" if job.failure_message else ""
    return printable(f"job         {job.name}  {job.status}  {job.arn}{why}")


def _clock(aws: RunningAws) -> str:
    from datetime import UTC, datetime, timedelta

    now, real = aws.bedrock.now(), datetime.now(tz=UTC)
    ahead = timedelta(seconds=round(now - real.timestamp()))
    shown = datetime.fromtimestamp(now, tz=UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return f"{shown}, {ahead} ahead" if ahead else shown
