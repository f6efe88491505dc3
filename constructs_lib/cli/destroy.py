"""`bedrock-customize destroy`: the stack of a job file, in AWS or in a local AWS."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from .deploy_common import (
    ProfileOption,
    RegionOption,
    StackOption,
    YesOption,
    confirmed,
    refuse_with_local,
    reported,
    target_of,
)


def destroy(
    job: Annotated[
        Path | None,
        typer.Argument(
            metavar="JOB", help="The job file, whose stack is named after it.", show_default=False
        ),
    ] = None,
    *,
    stack: StackOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    yes: YesOption = False,
    local: Annotated[
        bool, typer.Option("--local", help="From the local AWS of this folder, which must be running.")
    ] = False,
) -> None:
    """Destroy the stack of a job file: its job is stopped, and a finished model is kept.

    What happens to the job and the model is shown and confirmed first. The job file need not exist any more.

    Exit code: 0 where the stack is deleted, 1 where there is none, it is declined or it fails, 2 for wrong
    usage, 130 where it is interrupted.
    """
    if (job is None) == (stack is None):
        raise typer.BadParameter("name the job file, or the stack with --stack, and not both")
    if local:
        refuse_with_local({"--profile": profile})
    with reported("interrupted; nothing was destroyed"), ExitStack() as ends:
        from ..deployment.progress import Progress
        from ..deployment.stack_names import stack_name
        from ..deployment.stack_removal import StackRemoval
        from ..testing.cdk_cli import CdkCli

        progress = Progress()
        cdk = CdkCli.find(None, Path.cwd())
        target, files = ends.enter_context(
            target_of(cdk, progress, local=local, profile=profile, region=region, may_start=False)
        )
        StackRemoval(
            target=target,
            folder=files,
            name=stack or stack_name(job or Path()),
            confirm=confirmed(is_yes=yes or local),
            progress=progress,
        ).run()
