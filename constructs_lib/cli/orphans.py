"""`bedrock-customize orphans`: what costs money and no stack owns, with the command that ends it."""

import shlex
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..findings import printable
from .aws_options import (
    COULD_NOT,
    AwsOutput,
    AwsOutputOption,
    EndpointOption,
    LocalOption,
    QueryOption,
    aws_access,
    aws_errors,
    clock_of,
    end_if_unread,
    print_document,
    query_of,
)
from .common import many
from .console import print_lines, print_table
from .deploy_common import ProfileOption, RegionOption, command_name
from .durations import shown_duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..monitoring.account_reader import AccountReader
    from ..monitoring.aws_access import AwsAccess
    from ..monitoring.orphans import Kind, Orphan

_COLUMNS = ("name", "kind", "state", "since", "costs", "owner")
_DELETES = {
    "model": "delete-custom-model --model-identifier",
    "deployment": "delete-custom-model-deployment --custom-model-deployment-identifier",
    "throughput": "delete-provisioned-model-throughput --provisioned-model-id",
}
"""The commands of the AWS CLI, https://docs.aws.amazon.com/cli/latest/reference/bedrock/."""


def orphans(
    context: typer.Context,
    *,
    jobs: Annotated[bool, typer.Option("--jobs", help="Look for jobs that run.")] = False,
    models: Annotated[bool, typer.Option("--models", help="Look for custom models.")] = False,
    deployments: Annotated[
        bool, typer.Option("--deployments", help="Look for deployments of custom models.")
    ] = False,
    throughputs: Annotated[
        bool, typer.Option("--throughputs", help="Look for provisioned throughputs.")
    ] = False,
    of_others: Annotated[bool, typer.Option("--all", help="Also what was not made by this library.")] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 1 where something is found.")
    ] = False,
    profile: ProfileOption = None,
    region: RegionOption = None,
    endpoint_url: EndpointOption = None,
    local: LocalOption = False,
    output: AwsOutputOption = AwsOutput.TEXT,
    query: QueryOption = None,
) -> None:
    """Find what costs money and no stack owns: jobs, models, deployments and provisioned throughputs.

    Each is printed with the command that ends it. Nothing is changed, and nothing outside the account and the
    Region is seen. Without --jobs, --models, --deployments and --throughputs all four are looked for.

    A model is found if nothing serves it and no stack owns the job that created it; keep it if you need it.

    Exit code: 0; 1 where something could not be read, or with --exit-code where something is found; 2 for
    wrong usage.
    """
    from ..monitoring.account_reader import AccountReader
    from ..monitoring.orphans import Kind, find_orphans

    query_of(query)
    now = clock_of(context).now()
    asked = zip(Kind, (jobs, models, deployments, throughputs), strict=True)
    kinds = [kind for kind, is_asked in asked if is_asked] or list(Kind)
    with aws_errors():
        access = aws_access(profile=profile, region=region, endpoint_url=endpoint_url, local=local)
        reader = AccountReader(access)
        account = reader.account()
        seen = find_orphans(reader, now=now, kinds=kinds, with_others=of_others)
        found = [one for one in seen if not one.needed]
        needed = [one for one in seen if one.needed]
        rows = [_row(one, now) for one in found]
        print_document(
            {
                "account": account,
                "region": access.region,
                "items": [{**_plain(one), "command": ending_command(one, access)} for one in found],
                "stillNeeded": [{**_plain(one), "reason": one.needed} for one in needed],
                "complete": not reader.unread,
                "calls": reader.calls,
            },
            output=output,
            query=query,
            as_text=lambda: _print(reader, list(zip(found, rows, strict=True)), needed, kinds),
            as_table=lambda: print_table(_COLUMNS, rows),
        )
        end_if_unread(reader.unread)
    if exit_code and found:
        raise typer.Exit(COULD_NOT)


def _print(
    reader: "AccountReader",
    found: "Sequence[tuple[Orphan, Sequence[str]]]",
    needed: "Sequence[Orphan]",
    kinds: "Sequence[Kind]",
) -> None:
    for one, (name, kind, state, since, costs, owner) in found:
        print_lines(f"{kind} {name}", f"  {state} since {since}; costs {costs}", f"  {owner}")
        if command := ending_command(one, reader.access):
            typer.echo(f"  {printable(command)}")  # in one line, so that it can be copied
        print_lines("")
    for one in needed:
        because = printable(f"no orphan now: {one.needed} ({one.owner})")
        print_lines(printable(f"{one.kind} {one.name}"), f"  {because}", "")
    numbers = [(sum(one.kind is kind for one, _ in found), kind) for kind in kinds]
    counts = _listed([many(number, kind) for number, kind in numbers if number], "and")
    nothing = f"No {_listed(kinds, 'or')}"
    incomplete = " Not everything could be read." if reader.unread else ""
    print_lines(
        f"{counts or nothing} without an owner in {printable(reader.access.where)}.{incomplete} Nothing was "
        f"changed. {many(reader.calls, 'call')} to AWS."
    )


def _listed(words: "Sequence[str]", conjunction: str) -> str:
    *others, last = words or [""]
    return f"{', '.join(others)} {conjunction} {last}" if others else last


def _row(orphan: "Orphan", now: datetime) -> list[str]:
    from .job_view import local_time

    until = orphan.committed_until
    costs = orphan.costs + (f", committed until {local_time(until, now)}" if until else "")
    since = local_time(orphan.since, now)
    lasted = shown_duration((now - orphan.since).total_seconds())
    cells = (orphan.name, orphan.kind, orphan.state, f"{since} ({lasted})", costs, orphan.owner)
    return [printable(one) for one in cells]


def _plain(orphan: "Orphan") -> dict[str, Any]:
    owner = orphan.owner
    return {
        "kind": orphan.kind,
        "name": orphan.name,
        "arn": orphan.arn,
        "state": orphan.state,
        "since": orphan.since,
        "costs": orphan.costs,
        "committedUntil": orphan.committed_until,
        "owner": str(owner),
        "ownership": owner.ownership,
        "stack": owner.stack or None,
        "stackId": owner.stack_id or None,
        "resource": owner.resource or None,
    }


def ending_command(orphan: "Orphan", access: "AwsAccess") -> str | None:
    """Return the command of a shell that ends something, in the AWS that was asked; None where there is none.

    Args:
        orphan: what it ends.
        access: the AWS that was asked.
    """
    if not orphan.may_be_ended:
        return None
    if orphan.kind not in _DELETES:
        return f"{command_name()} {shlex.join(['stop', orphan.arn, *access.options])}"
    delete = f"aws bedrock {_DELETES[orphan.kind]} {shlex.quote(orphan.arn)}"
    if not access.is_local:
        return f"{delete} {shlex.join(access.options)}".rstrip()
    from ..deployment.local_folder import FOLDER

    return f"(. {shlex.quote(str(FOLDER / 'env'))} && {delete})"
