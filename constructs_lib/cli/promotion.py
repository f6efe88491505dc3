"""`bedrock-customize promotion`: what serves, which model may replace it, and what was decided."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from ..findings import printable
from .aws_options import (
    FAILED,
    STILL_RUNNING,
    STOPPED,
    AwsOutput,
    AwsOutputOption,
    EndpointOption,
    LocalOption,
    QueryOption,
    aws_access,
    aws_errors,
    clock_of,
    print_document,
    query_of,
)
from .console import print_lines, print_table
from .deploy_common import ProfileOption, RegionOption
from .durations import seconds_of, shown_duration
from .promotion_options import PromotionResourceOption

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ..monitoring.aws_access import AwsAccess
    from ..monitoring.promotion_state import Promotion
    from ..monitoring.watching import Clock, Look

_REJECTED, _NO_MODEL, _NOT_DECIDED = FAILED, STOPPED, STILL_RUNNING
_INTERRUPTED = "interrupted; what is decided is not affected, and the same command waits again"


def promotion(
    context: typer.Context,
    *,
    stack: Annotated[
        str, typer.Option("--stack", metavar="NAME", help="The stack, by name or ARN.", show_default=False)
    ],
    resource: PromotionResourceOption = None,
    exit_status: Annotated[
        bool,
        typer.Option("--exit-status", help="End with the status of what is decided, as --wait does."),
    ] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait until it is decided, the model serves, and a bake has ended.")
    ] = False,
    every: Annotated[
        str, typer.Option(metavar="DURATION", help="With --wait: the time between two looks, 5s to 10min.")
    ] = "60s",
    timeout: Annotated[
        str | None,
        typer.Option(
            metavar="DURATION",
            help="With --wait: give up after this time, such as 6h. Default: never.",
            show_default=False,
        ),
    ] = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    endpoint_url: EndpointOption = None,
    local: LocalOption = False,
    output: AwsOutputOption = AwsOutput.TEXT,
    query: QueryOption = None,
) -> None:
    """Print what serves in a stack, the model that may replace it, its conditions with numbers, and why.

    It only reads. The published models and deployments with a promotion policy are listed.

    Exit code: 0; 1 where something cannot be read; 2 for wrong usage; 130 after Ctrl-C or SIGTERM. With
    --exit-status and --wait: 0 where all models are promoted and serve, 3 where one was rejected or
    withdrawn, 4 where a job has no model because it failed or was stopped, 5 where one is not decided.
    """
    query_of(query)
    seconds = seconds_of(every, name="--every", least="5s", most="10min")
    until = None if timeout is None else seconds_of(timeout, name="--timeout")
    if timeout is not None and not wait:
        raise typer.BadParameter("must be given with --wait only; remove it", param_hint="--timeout")
    with aws_errors(_INTERRUPTED):
        clock = clock_of(context)
        access = aws_access(profile=profile, region=region, endpoint_url=endpoint_url, local=local)
        # While it waits a call is sent once only, because the look is repeated.
        reader = _Reader(replace(access, attempts=1) if wait else access, stack, resource)
        if wait:
            is_text = output is AwsOutput.TEXT and query is None
            _wait(reader, clock, seconds, until, is_text=is_text)
        else:
            reader.look()
        _print(reader.promotions, access, clock.now(), output, query)
    if wait or exit_status:
        raise typer.Exit(min(filter(None, map(_exit_status, reader.promotions)), default=0))


class _Reader:
    """Reads the promotions of a stack; after an error that does not pass, with the credentials read again.

    Args:
        access: the AWS that is asked.
        stack: the stack's name or ARN.
        resource: only this resource. Default: all.
    """

    def __init__(self, access: "AwsAccess", stack: str, resource: str | None) -> None:
        self._access = access
        self._stack = stack
        self._resource = resource
        self._is_outdated = False
        self.promotions: Sequence[Promotion] = ()

    def look(self) -> "Look":
        """Read them once.

        Raises:
            AwsCallError: something cannot be read.
        """
        from ..deployment.aws_calls import AwsCallError
        from ..monitoring.promoted_resources import promoted_resources
        from ..monitoring.promotion_state import read_promotion
        from ..monitoring.watching import Look

        if self._is_outdated:
            self._access = self._access.renewed()
        try:
            found = promoted_resources(self._access, self._stack, self._resource)
            self.promotions = [read_promotion(self._access, one) for one in found]
        except AwsCallError as error:
            self._is_outdated = not error.is_temporary
            raise
        self._is_outdated = False
        is_changing = found[0].stack_status.endswith("_IN_PROGRESS")
        return Look(is_final=not is_changing and all(one.state.is_final for one in self.promotions))


def _wait(reader: _Reader, clock: "Clock", every: float, timeout: float | None, *, is_text: bool) -> None:
    """Look until everything is decided, and print a line for each change."""
    from ..monitoring.watching import watch
    from .promotion_view import line_of

    def say(text: str) -> None:
        print_lines(f"{clock.now().astimezone():%H:%M:%S} {printable(text)}", stderr=not is_text)

    printed: dict[str, str] = {}
    for seen in watch(reader.look, clock, every=every, timeout=timeout):
        if seen.problem is not None:
            say(f"retrying: {seen.problem}")
            continue
        for one in reader.promotions:
            line = line_of(one)
            if printed.get(one.resource.resource) != line:
                printed[one.resource.resource] = line
                say(line)
        if seen.has_timed_out:
            print_lines(f"Gave up after {shown_duration(timeout or 0)} (--timeout).", stderr=True)


def _print(
    promotions: "Sequence[Promotion]",
    access: "AwsAccess",
    now: "datetime",
    output: AwsOutput,
    query: str | None,
) -> None:
    from .job_view import print_rows
    from .promotion_view import COLUMNS, promotion_cells, promotion_document, promotion_rows

    def as_text() -> None:
        for number, one in enumerate(promotions):
            if number:
                typer.echo()
            print_rows(promotion_rows(one, now, access.options))

    print_document(
        {"promotions": [*map(promotion_document, promotions)]},
        output=output,
        query=query,
        as_text=as_text,
        as_table=lambda: print_table(COLUMNS, [*map(promotion_cells, promotions)]),
    )


def _exit_status(promotion: "Promotion") -> int:
    from ..monitoring.promotion_state import State

    if promotion.state in (State.REJECTED, State.WITHDRAWN):
        return _REJECTED
    if promotion.state is State.NO_MODEL:
        return _NO_MODEL
    return 0 if promotion.state.is_final else _NOT_DECIDED
