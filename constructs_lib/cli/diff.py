"""`bedrock-customize diff`: whether a deploy would start a job, in one sentence for each job."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..findings import printable
from .common import STDIN, Output, OutputOption, many, read_stdin, refuse_second_stdin
from .console import print_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..deployment.comparison import StackComparison
    from ..deployment.consequences import Consequence
    from ..deployment.sweep_consequences import SweepConsequence
    from ..deployment.synthesized_stacks import CloudAssembly, SynthesizedStack
    from ..deployment.templates import Template

_UNREAD = 2
_PERIODS = ((86400, "day"), (3600, "hour"), (60, "minute"))


def diff(
    old: Annotated[
        str | None,
        typer.Argument(metavar="OLD", help="The template that is deployed, or -: stdin.", show_default=False),
    ] = None,
    new: Annotated[
        str | None,
        typer.Argument(metavar="NEW", help="The template to be deployed, or -: stdin.", show_default=False),
    ] = None,
    *,
    app: Annotated[
        Path, typer.Option("--app", metavar="DIR", help="The cloud assembly that `cdk synth` has written.")
    ] = Path("cdk.out"),
    stack: Annotated[
        list[str] | None,
        typer.Option(
            "--stack",
            metavar="NAME",
            help="A stack to compare, by its name or path; may be repeated. Default: every stack.",
            show_default=False,
        ),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option("--profile", help="The profile of the AWS configuration.", show_default=False),
    ] = None,
    region: Annotated[
        str | None,
        typer.Option("--region", help="The Region of stacks that state none.", show_default=False),
    ] = None,
    output: OutputOption = Output.TEXT,
    exit_code: Annotated[
        bool,
        typer.Option(
            "--exit-code",
            help="Exit with 1 where a deploy would fail, or would or could start a job.",
        ),
    ] = False,
) -> None:
    """Print for each job what a deploy would do to it, and why.

    Of a sweep: which trials would train, which keep their jobs and results, and which are stopped.

    Without OLD and NEW, cdk.out is compared with the stacks that are deployed; one that is not deployed has
    no jobs. It calls DescribeStacks, GetTemplate and ListStackResources of CloudFormation, and
    GetModelCustomizationJob, ListModelCustomizationJobs and GetCustomModel of Bedrock. It changes nothing.

    With OLD and NEW, two templates in JSON or YAML are compared, without AWS.

    Exit code: 0, or 1 with --exit-code where a deploy would fail or a job would or could start, 2 where a
    template or a stack cannot be read.
    """
    if old is None:
        _compare_assembly(app, stack or [], profile, region, output, exit_code=exit_code)
        return
    if new is None:
        rule = "name both templates, OLD and NEW, or none; --stack chooses a stack of cdk.out"
        raise typer.BadParameter(rule, param_hint="NEW")
    from ..deployment.consequences import consequences
    from ..deployment.sweep_consequences import sweep_consequences

    refuse_second_stdin([old, new])
    templates = (_read(old, "OLD"), _read(new, "NEW"))
    jobs, sweeps = consequences(*templates), sweep_consequences(*templates)
    found: list[Consequence | SweepConsequence] = [*jobs, *sweeps]
    if output is Output.JSON:
        typer.echo(json.dumps(_as_lists(jobs, sweeps), indent=2))
    else:
        print_lines(*(map(str, found) if found else ["Neither template has a model customization job."]))
    raise typer.Exit(code=int(exit_code and _may_start(found)))


def _compare_assembly(
    folder: Path,
    names: Sequence[str],
    profile: str | None,
    region: str | None,
    output: Output,
    *,
    exit_code: bool,
) -> None:
    from ..deployment.aws_calls import AwsCallError, session
    from ..deployment.comparison import Comparer
    from ..deployment.synthesized_stacks import CloudAssemblyError, read_assembly

    try:
        assembly = read_assembly(folder)
        chosen = _chosen(assembly, names)
        found = Comparer(session(profile=profile, region=region), region).compare(chosen)
    except (AwsCallError, CloudAssemblyError) as error:
        print_lines(printable(error), stderr=True)
        raise typer.Exit(code=_UNREAD) from None
    if output is Output.JSON:
        typer.echo(json.dumps(_as_json(assembly, found), indent=2))
    else:
        _print(assembly, found)
    if any(one.problem for one in found):
        raise typer.Exit(code=_UNREAD)
    is_hindered = any(not one.is_deployable for one in found)
    may_start = any(_may_start(one.jobs) or _may_start(one.sweeps) for one in found)
    raise typer.Exit(code=int(exit_code and (is_hindered or may_start)))


def _chosen(assembly: CloudAssembly, names: Sequence[str]) -> list[SynthesizedStack]:
    """Return the stacks that the user names, in the order of the assembly."""
    known = {name: one for one in assembly.stacks for name in (one.id, one.name)}
    for name in names:
        if name not in known:
            there = ", ".join(one.id for one in assembly.stacks) or "none"
            rule = printable(f"must be a stack of {assembly.folder}, got {name}; it has {there}")
            raise typer.BadParameter(rule, param_hint="--stack")
    return [one for one in assembly.stacks if not names or {one.id, one.name} & set(names)]


def _print(assembly: CloudAssembly, found: Sequence[StackComparison]) -> None:
    written = f"{assembly.written.astimezone():%Y-%m-%d %H:%M}"
    print_lines(printable(f"{assembly.folder} was written at {written} ({_ago(assembly.written)})."))
    shown = [one for one in found if one.jobs or one.sweeps or one.problem or one.notes]
    for one in shown:
        print_lines("", printable(one.sentence))
        print_lines(
            *(f"  {printable(note)}" for note in one.notes),
            *(f"  {each}" for each in (*one.jobs, *one.sweeps)),
        )
    if not any(one.jobs or one.sweeps or one.problem for one in found):
        stacks = many(len(found), "stack")
        print_lines(
            f"Compared {stacks}: neither the templates nor what is deployed have a model customization job."
        )


def _ago(written: datetime) -> str:
    seconds = (datetime.now(UTC) - written).total_seconds()
    for length, word in _PERIODS:
        if seconds >= length:
            return f"{many(int(seconds // length), word)} ago"
    return "less than a minute ago"


def _as_json(assembly: CloudAssembly, found: Iterable[StackComparison]) -> dict[str, object]:
    return {
        "written": assembly.written.isoformat(timespec="seconds"),
        "stacks": [
            {
                "stack": one.stack.id,
                "name": one.stack.name,
                "account": one.stack.account,
                "region": one.stack.region,
                "status": one.status,
                "problem": one.problem,
                "is_deployable": one.is_deployable,
                "notes": list(one.notes),
                **_as_lists(one.jobs, one.sweeps),
            }
            for one in found
        ],
    }


def _as_lists(jobs: Iterable[Consequence], sweeps: Iterable[SweepConsequence]) -> dict[str, object]:
    """Return them for programs; `sweeps` only where there are some."""
    of_sweeps = [asdict(one) for one in sweeps]
    return {"jobs": [asdict(one) for one in jobs], **({"sweeps": of_sweeps} if of_sweeps else {})}


def _may_start(found: Iterable[Consequence | SweepConsequence]) -> bool:
    return any(one.starts != "no" for one in found)


def _read(path: str, name: str) -> Template:
    """Return a template.

    Args:
        path: the file, or `-`.
        name: the name of the argument.

    Raises:
        BadParameter: the file is not a template.
    """
    from ..deployment.templates import MOST_BYTES, TemplateError, read_template
    from ..request.regular_files import open_regular

    try:
        if path == STDIN:
            return read_template(read_stdin("the template", MOST_BYTES + 1))
        with open_regular(path) as stream:
            return read_template(stream.read(MOST_BYTES + 1))
    except TemplateError as error:
        raise _unusable(name, f"be {error}, got {path}; name one of `cdk synth`") from None
    except OSError as error:
        raise _unusable(
            name, f"be a file that can be read, got {path} ({error.strerror}); check the path"
        ) from None
    except ValueError:  # a name that no file can have
        raise _unusable(name, f"be a file that can be read, got {path}; check the path") from None


def _unusable(name: str, rule: str) -> typer.BadParameter:
    return typer.BadParameter(printable(f"must {rule}"), param_hint=name)
