"""`bedrock-customize deploy`: a job file, to AWS or to a local AWS."""

from __future__ import annotations

import shlex
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .deploy_common import (
    LocalOption,
    PortOption,
    ProfileOption,
    RegionOption,
    StackOption,
    YesOption,
    check_local_is_installed,
    command_name,
    confirmed,
    keep_alive_lines,
    refuse_with_local,
    reported,
    target_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..deployment.job_deployment import DeployedJobFile
    from ..deployment.progress import Progress
    from ..deployment.targets import Target


def deploy(
    job: Annotated[
        Path, typer.Argument(metavar="JOB", help="The job file: .json, .yaml or .yml.", show_default=False)
    ],
    *,
    stack: StackOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    revision: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            help="Another one trains again, as after a failed training; default: that of the deployed job.",
            show_default=False,
        ),
    ] = None,
    any_region: Annotated[
        bool, typer.Option("--any-region", help="Also to a Region that AWS does not list for the model.")
    ] = False,
    context: Annotated[
        list[str] | None,
        typer.Option(
            "--context", "-c", metavar="KEY=VALUE", help="Context of the CDK app.", show_default=False
        ),
    ] = None,
    yes: YesOption = False,
    outputs_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the stack's outputs to it, as JSON.", show_default=False),
    ] = None,
    local: LocalOption = False,
    keep: Annotated[bool, typer.Option("--keep", help="With --local: leave the local AWS running.")] = False,
    destroy: Annotated[
        bool, typer.Option("--destroy", help="With --local: destroy the stack afterwards.")
    ] = False,
    port: PortOption = 0,
) -> None:
    """Deploy a job file, and show its job: `cdk deploy` of a stack with this job alone.

    The file is checked first. What the deployment does to the job of the stack is shown, and is confirmed
    where it stops or replaces one.

    Exit code: 0 where the stack is deployed or nothing changes, 1 where the file has errors, the deployment
    is declined or it fails, 2 for wrong usage, 130 where it is interrupted.
    """
    _check_usage(
        local=local, profile=profile, only_local={"--keep": keep, "--destroy": destroy, "--port": port}
    )
    if outputs_file and not outputs_file.parent.is_dir():
        raise typer.BadParameter(
            f"--outputs-file must be in a folder that exists, got {str(outputs_file)!r}; make it"
        )
    values = _context(context or [], stack, revision, is_any_region=any_region)
    interrupted = "interrupted; nothing is left running" if local else "interrupted; nothing was deployed"
    with reported(interrupted), ExitStack() as ends:
        from ..deployment.job_deployment import JobDeployment
        from ..deployment.progress import Progress
        from ..testing.cdk_cli import CdkCli

        _check(job, region, is_any_region=any_region)
        if local:
            check_local_is_installed("bedrock-customize deploy --local")
        progress = Progress()
        cdk = CdkCli.find(None, Path.cwd())
        target, files = ends.enter_context(
            target_of(cdk, progress, local=local, profile=profile, region=region, port=port, is_kept=keep)
        )
        _check(job, target.region, target.account, is_any_region=any_region)
        deployed = JobDeployment(
            target=target,
            folder=files,
            context={"job": str(job.absolute()), **values},
            confirm=confirmed(is_yes=yes or local),
            progress=progress,
            outputs_file=outputs_file,
        ).run()
        if destroy:
            _destroy(deployed.stack, target, files, progress)
        else:
            _say_what_is_next(job, deployed, target, progress)
        ends.close()
        if local:
            progress.total()


def _check_usage(*, local: bool, profile: str | None, only_local: Mapping[str, object]) -> None:
    if local:
        refuse_with_local({"--profile": profile})
    given = [name for name, value in only_local.items() if value]
    if given and not local:
        raise typer.BadParameter(f"{given[0]} needs --local; add it, or leave {given[0]} out")


def _context(
    given: Sequence[str], stack: str | None, revision: str | None, *, is_any_region: bool
) -> dict[str, str]:
    """Return the context of the app, as the CDK CLI takes it.

    Args:
        given: the values of --context.
        stack: the name of the stack. Default: the app's.
        revision: the revision of the job. Default: none.
        is_any_region: whether AWS need not list the model for the Region.
    """
    wrong = [one for one in given if "=" not in one]
    if wrong:
        raise typer.BadParameter(f"--context must be KEY=VALUE, got {wrong[0]!r}; add the value")
    own = {"stack": stack, "revision": revision, "any-region": "true" if is_any_region else None}
    return dict(one.split("=", 1) for one in given) | {
        name: value for name, value in own.items() if value is not None
    }


def _check(job: Path, region: str | None, account: str | None = None, *, is_any_region: bool) -> None:
    """End the command where the job file has errors; takes less than a second, without the CDK and AWS.

    Args:
        job: the job file.
        region: the Region to deploy to. Default: not known.
        account: the account to deploy to. Default: not known.
        is_any_region: whether AWS need not list the model for the Region.
    """
    from ..deployment.file_check import check_job_file
    from .check import print_reports

    report = check_job_file(job, region=region, account=account, is_any_region=is_any_region)
    if report.errors:
        print_reports([report], to_stderr=True)
        if any(one.name == "region" for one in report.errors):
            typer.echo("To deploy to this Region nevertheless, pass --any-region.", err=True)
        raise typer.Exit(1)


def _destroy(name: str, target: Target, files: Path, progress: Progress) -> None:
    from ..deployment.stack_removal import StackRemoval

    progress.say("")
    StackRemoval(
        target=target, folder=files, name=name, confirm=confirmed(is_yes=True), progress=progress
    ).run()


def _say_what_is_next(job: Path, deployed: DeployedJobFile, target: Target, progress: Progress) -> None:
    from ..deployment.targets import LocalAccount

    if deployed.status in ("Failed", "Stopped"):
        again = [command_name(), "deploy", str(job), "--revision", "TEXT"]
        progress.say(
            f"\nThe job is {deployed.status}. Another revision trains again:\n\n  {shlex.join(again)}"
        )
    if isinstance(target, LocalAccount):
        ended = "\nThe local AWS ends with this command; --keep leaves it running.\n"
        progress.say("\n".join(["", *keep_alive_lines()]) if target.keeps_running else ended)
        return
    ask = ["aws", "bedrock", "get-model-customization-job", "--job-identifier", deployed.job_arn]
    options = ["--query", "status", "--output", "text", "--region", target.region, *target.options]
    destroy = [
        command_name(),
        "destroy",
        "--stack",
        deployed.stack,
        "--region",
        target.region,
        *target.options,
    ]
    billed = "" if target.is_local else ", and is billed by the token"
    progress.say(
        f"\nThe job trains for hours{billed}; some fail within minutes. Its status:"
        f"\n\n  {shlex.join([*ask, *options])}"
        f"\n\nTo stop it and to delete the stack:\n\n  {shlex.join(destroy)}\n"
    )
