"""The command `bedrock-customize`; each command imports what is slow to import only when it runs."""

from typing import Annotated

import typer

from .approve import approve, reject
from .ask_again import ask_again
from .check import check
from .command_group import HELP_OPTIONS, CommandGroup, show_help
from .convert import convert
from .deploy import deploy
from .destroy import destroy
from .diff import diff
from .estimate import estimate
from .fingerprint import fingerprint
from .from_cli import from_cli
from .from_job import from_job
from .init import init
from .list_jobs import list_jobs
from .local import local
from .logs import logs
from .metrics import metrics
from .models import models
from .orphans import orphans
from .promote import promote
from .promotion import promotion
from .skeleton import skeleton
from .split import split
from .status import status
from .stop import stop
from .validate import validate
from .watch import watch
from .withdraw import withdraw

app = typer.Typer(
    name="bedrock-customize",
    cls=CommandGroup,
    context_settings=HELP_OPTIONS,
    no_args_is_help=True,  # with exit code 2: a script that has lost its command must not pass
    pretty_exceptions_enable=False,
)
app.command()(init)
app.command()(skeleton)
app.command(context_settings={"ignore_unknown_options": True})(from_cli)
app.command()(from_job)
app.command()(check)
app.command()(models)
app.command()(convert)
app.command()(split)
app.command()(validate)
app.command()(estimate)
app.command()(fingerprint)
app.command()(diff)
app.command()(deploy)
app.command()(status)
app.command()(watch)
app.command()(metrics)
app.command()(promotion)
app.command()(approve)
app.command()(reject)
app.command()(ask_again)
app.command()(promote)
app.command()(withdraw)
app.command("list")(list_jobs)
app.command()(orphans)
app.command()(stop)
app.command()(logs)
app.command()(destroy)
app.add_typer(local, name="local")
app.command("help")(show_help)


def _version(is_given: bool) -> None:  # noqa: FBT001 - typer's signature of a callback
    if is_given:
        from ..distribution import installed_version

        typer.echo(installed_version() or "unknown")
        raise typer.Exit


@app.callback()
def main(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Customize models of Amazon Bedrock: write and check job files and data, deploy, watch and stop jobs."""
