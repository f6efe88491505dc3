"""The command `bedrock-customize`; each command imports what is slow to import only when it runs."""

from typing import Annotated

import typer

from .check import check
from .convert import convert
from .deploy import deploy
from .destroy import destroy
from .diff import diff
from .estimate import estimate
from .from_cli import from_cli
from .from_job import from_job
from .list_jobs import list_jobs
from .local import local
from .models import models
from .orphans import orphans
from .skeleton import skeleton
from .split import split
from .validate import validate

app = typer.Typer(
    name="bedrock-customize",
    help="Write and check job files for Amazon Bedrock model customization.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(skeleton)
app.command(context_settings={"ignore_unknown_options": True})(from_cli)
app.command()(from_job)
app.command()(check)
app.command()(models)
app.command()(convert)
app.command()(split)
app.command()(validate)
app.command()(estimate)
app.command()(diff)
app.command()(deploy)
app.command("list")(list_jobs)
app.command()(orphans)
app.command()(destroy)
app.add_typer(local, name="local")


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
    """Write and check job files for Amazon Bedrock model customization."""
