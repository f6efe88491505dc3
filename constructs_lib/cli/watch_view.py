"""What a person sees while a job is watched: a picture in a terminal, elsewhere a line for each change."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

import typer
from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.text import Text

from ..findings import printable
from ..monitoring.metrics_chart import chart_lines
from .durations import shown_duration
from .job_view import advice, changed_at, grid_of, is_stalled, job_rows, progress_of, zone
from .sweep_view import result_of, sweep_rows, sweep_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from rich.console import RenderableType

    from ..deployment.aws_calls import AwsCallError
    from ..monitoring.job_description import JobDescription
    from ..monitoring.sweep_description import SweepDescription
    from ..monitoring.watching import Clock, Look, MetricsReader, Observation

_WIDEST = 100
_HIGHEST_CHART, _LOWEST_CHART = 10, 5
_LINES_AROUND_CHART = 6  # the panel, an empty line, the footer, the prompt


class View(Protocol):
    """Shows what is known after each look."""

    def show(self, observation: Observation) -> None:
        """Show what is known after a look.

        Args:
            observation: what is known.
        """
        ...

    def say(self, sentence: str) -> None:
        """Show a sentence that is not about the job.

        Args:
            sentence: the sentence.
        """
        ...


class Lines:
    """Prints a line for each change, with its time.

    Args:
        clock: the time.
        every: the seconds between two looks.
        out: prints a line about the job.
    """

    def __init__(self, clock: Clock, *, every: float, out: Callable[[str], None]) -> None:
        self._clock = clock
        self._every = every
        self._out = out
        self._printed: object = None
        self._failing_since: datetime | None = None
        self._problem = ""
        self._arn = ""
        self._trials: dict[int, str] = {}
        self._is_introduced = False
        self._said = set[str]()

    def show(self, observation: Observation) -> None:
        """Print what has changed since the last look."""
        if not self._is_introduced:
            self._is_introduced = True
            every = shown_duration(self._every)
            self.say(f"Looking every {every}; times are {zone(self._clock.now())}.")
        if observation.problem is not None:
            self._show_problem(observation, observation.problem)
            return
        if self._failing_since is not None:
            after = shown_duration((self._clock.now() - self._failing_since).total_seconds())
            self._line(self._clock.now(), f"AWS can be asked again, after {after}", to_stderr)
            self._failing_since, self._problem = None, ""
        look = observation.look
        if look is not None and (waiting := waiting_for(look)):
            if waiting != self._printed:
                self._printed = waiting
                self._line(self._clock.now(), waiting, to_stderr)
        elif look is not None and look.job is not None:
            self._show_job(look.job)
        elif look is not None and look.sweep is not None:
            self._show_sweep(look.sweep)

    def say(self, sentence: str) -> None:
        """Print a sentence on stderr, once."""
        if sentence not in self._said:
            self._said.add(sentence)
            to_stderr(sentence)

    def _show_problem(self, observation: Observation, problem: AwsCallError) -> None:
        self._failing_since = observation.failing_since
        sentence = without_advice(problem)
        if sentence != self._problem:
            self._problem = sentence
            self._line(self._clock.now(), f"retrying: {sentence}", to_stderr)

    def _show_job(self, job: JobDescription) -> None:
        now = self._clock.now()
        if self._arn and job.arn != self._arn:
            self._line(now, f"the stack now has the job {job.name}, which is watched from here on", to_stderr)
        self._arn = job.arn
        is_late = is_stalled(job, now)
        state = (job.arn, job.status, job.phase and (job.phase.name, job.phase.status), is_late)
        if state == self._printed:
            return
        self._printed = state
        text = f"{job.name} {job.status} {progress_of(job, now)}".rstrip()
        self._line(now if is_late else changed_at(job), text, self._out)
        if sentence := advice(job, now):
            self.say(sentence)

    def _show_sweep(self, sweep: SweepDescription) -> None:
        now = self._clock.now()
        if self._arn not in ("", sweep.definition):
            self._line(now, "the sweep was changed, and is watched as it is now", to_stderr)
            self._trials.clear()
        self._arn = sweep.definition
        for one in sweep.trials:
            text = f"{one.label} {one.status} {result_of(one)}".rstrip()
            if not one.is_waiting and self._trials.get(one.index) != text:
                self._trials[one.index] = text
                self._line(now, text, self._out)

    def _line(self, at: datetime, text: str, out: Callable[[str], None]) -> None:
        here = at.astimezone()
        is_today = here.date() == self._clock.now().astimezone().date()
        out(f"{here.strftime('%H:%M:%S' if is_today else '%Y-%m-%d %H:%M:%S')} {text}")


class Picture:
    """Draws the job in a terminal, and draws it again every second.

    Args:
        clock: the time.
        console: the terminal.
        reader: has the metrics that are drawn.
    """

    def __init__(self, clock: Clock, console: Console, reader: MetricsReader) -> None:
        self._clock = clock
        self._console = console
        self._reader = reader
        self._observation: Observation | None = None
        self._arn = ""
        self._notes: list[str] = []
        self._live: Live | None = None

    @contextmanager
    def drawn(self) -> Iterator[None]:
        """Draw while the block runs, and leave the last picture."""
        with Live(get_renderable=self.render, console=self._console, refresh_per_second=1) as self._live:
            yield

    def show(self, observation: Observation) -> None:
        """Take what will be drawn."""
        job = observation.look.job if observation.look else None
        sweep = observation.look.sweep if observation.look else None
        if job is not None and self._arn not in ("", job.arn):
            self.say("The stack has another job now, which is watched from here on.")
        if sweep is not None and self._arn not in ("", sweep.definition):
            self.say("The sweep was changed, and is watched as it is now.")
        self._arn = job.arn if job else sweep.definition if sweep else self._arn
        self._observation = observation
        if self._live is not None:
            self._live.refresh()

    def say(self, sentence: str) -> None:
        """Draw a sentence below the job from now on."""
        if sentence not in self._notes:
            self._notes.append(sentence)

    def render(self) -> RenderableType:
        """Return the picture as it is now."""
        seen = self._observation
        if seen is None:
            return Text("asking AWS ...", style="dim")
        parts = [*self._job(seen)]
        notes = [*self._notes, *([self._reader.problem] if self._reader.problem else [])]
        parts += [Text(printable(one), style="dim") for one in notes]
        parts += self._footer(seen)
        width = min(_WIDEST, self._console.width)
        return Panel(Group(*parts), title="bedrock-customize watch", width=width)

    def _job(self, seen: Observation) -> Iterator[RenderableType]:
        look, now = seen.look, self._clock.now()
        if look is None:
            return
        if waiting := waiting_for(look):
            yield Text(printable(waiting), style="yellow")
        if look.sweep is not None and look.target is not None:
            yield grid_of([*sweep_rows(look.target, look.sweep)])
            yield sweep_table(look.sweep)
        if look.job is None or look.target is None:
            return
        rows = job_rows(look.target, look.job, now, with_arns=False)
        yield grid_of(rows)
        if chart := self._chart(len(rows)):
            yield Text()
            yield from map(Text.from_ansi, chart)

    def _chart(self, lines_above: int) -> Sequence[str]:
        console = self._console
        height = min(_HIGHEST_CHART, console.height - lines_above - _LINES_AROUND_CHART)
        if height < _LOWEST_CHART:
            return []
        return chart_lines(
            self._reader.metrics,
            width=min(_WIDEST, console.width) - 4,
            height=height,
            colour=console.color_system is not None and not console.no_color,
            ascii_only=not console.encoding.startswith("utf"),
        )

    def _footer(self, seen: Observation) -> Iterator[Text]:
        if seen.next_look is None:
            return
        now = self._clock.now()
        rest = shown_duration(seen.next_look - self._clock.monotonic())
        if seen.problem is not None and seen.failing_since is not None:
            failing = shown_duration((now - seen.failing_since).total_seconds())
            sentence = f"failing for {failing}, next try in {rest}: {without_advice(seen.problem)}"
            yield Text(printable(sentence), style="yellow")
        if seen.looked is not None:
            ago = shown_duration((now - seen.looked).total_seconds())
            next_look = "" if seen.problem else f", next in {rest}"
            yield Text(f"looked {ago} ago{next_look} - Ctrl-C leaves the job alone", style="dim")


def waiting_for(look: Look) -> str:
    """Return why the job of a stack is not the one that counts yet; "" where it is.

    Args:
        look: what the last look has shown.
    """
    if look.sweep is not None:
        is_kept_waiting = look.sweep.is_finished and not look.is_final
        return f"the sweep is finished, but the stack is {look.stack_status}" if is_kept_waiting else ""
    if look.job is None:
        return f"the stack is {look.stack_status} and has no job yet"
    if look.job.has_ended and not look.is_final:
        status = look.stack_status
        return f"the job {look.job.name} is {look.job.status}, but the stack is {status} and may replace it"
    return ""


def without_advice(problem: AwsCallError) -> str:
    """Return what has failed, without the advice to run the command again, which goes on by itself.

    Args:
        problem: why a look has failed.
    """
    is_of_aws = problem.is_temporary and problem.code
    return str(problem).partition("; ")[0] if is_of_aws else str(problem)


def to_stderr(text: str) -> None:
    """Print a line on stderr.

    Args:
        text: the line.
    """
    typer.echo(printable(text), err=True)


def to_stdout(text: str) -> None:
    """Print a line on stdout.

    Args:
        text: the line.
    """
    typer.echo(printable(text))
