"""What a person sees in a terminal while `watch` runs, and how it is interrupted."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from constructs_lib.testing.bedrock import Refuse
from constructs_lib.testing.bedrock.behaviour import INTERNAL_FAILURE
from tests.unit.monitoring.swept import Sweep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.unit.monitoring.conftest import Account

ROOT = Path(__file__).parents[3]
COMMAND = [sys.executable, "-m", "cdk_bedrock_customization.cli", "watch"]
GOES_ON = "The job goes on; run the same command to watch it again."
_SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """`watch` in a terminal of its own.

    Args:
        arguments: the command line.
        columns: the width.
        variables: variables of its environment.
    """

    def __init__(self, *arguments: str, columns: int = 80, **variables: str) -> None:
        self._main, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        env = {**os.environ, "TERM": "xterm", "TZ": "UTC", **variables}
        env.pop("COLUMNS", None)
        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            env=env,
            cwd=ROOT,
            start_new_session=True,
        )
        os.close(terminal)
        self._written = b""

    def wait_for(self, text: str) -> None:
        """Read until the text is shown."""
        while text not in self.shown:
            assert self._read(), self.written

    def end(self) -> int:
        """Read all that is shown, and return the exit status."""
        while self._read():
            pass
        return self.process.wait(20)

    @property
    def written(self) -> str:
        """What was written."""
        return self._written.decode(errors="replace")

    @property
    def shown(self) -> str:
        """What was written without colours and movements of the cursor."""
        return _SEQUENCE.sub("", self.written.replace("\r\n", "\n").replace("\r", "\n"))

    @property
    def picture(self) -> list[str]:
        """The lines of the last picture."""
        lines = self.shown.splitlines()
        start = max(number for number, line in enumerate(lines) if line.startswith("╭"))
        return lines[
            start : next(n for n, line in enumerate(lines) if n > start and line.startswith("╰")) + 1
        ]

    def close(self) -> None:
        """End the process, if it has not ended."""
        self.process.kill()
        self.process.wait()
        os.close(self._main)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._main], [], [], 30)
        try:
            found = os.read(self._main, 65536) if ready else b""
        except OSError:  # the other end is closed
            return False
        self._written += found
        return bool(found)


@contextmanager
def terminal(*arguments: str, columns: int = 80, **variables: str) -> Iterator[Terminal]:
    """Run `watch` in a terminal, and end it with the block."""
    opened = Terminal(*arguments, columns=columns, **variables)
    try:
        yield opened
    finally:
        opened.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_leaves_the_job_alone(account: Account, number: signal.Signals) -> None:
    """The picture stays, the message says that the job goes on, and nothing was called but Get."""
    account.start_job("tickets")
    with terminal("tickets") as opened:
        opened.wait_for("Ctrl-C leaves the job alone")
        os.kill(opened.process.pid, number)
        assert opened.end() == 130
        assert opened.shown.rstrip().endswith(GOES_ON)
        assert "validation       InProgress  2026-01-01 00:00" in opened.shown
        assert "Traceback" not in opened.shown
        assert opened.written.count("\x1b[?25l") == opened.written.count("\x1b[?25h")  # the cursor is back
    assert {call.operation for call in account.double.calls()[1:]} == {"GetModelCustomizationJob"}


def test_an_interruption_of_another_thread_ends_the_wait() -> None:
    """The system gives a signal to any thread, such as the one that draws; the wait goes on then."""
    program = """
import signal, sys, threading
from constructs_lib.monitoring.watching import MachineClock

main = threading.get_ident()

def interrupt():
    while sys._current_frames()[main].f_code.co_name != "sleep":
        pass
    signal.pthread_kill(threading.get_ident(), signal.SIGINT)

threading.Thread(target=interrupt).start()
MachineClock().sleep(3600)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGINT
    assert b"KeyboardInterrupt" in done.stderr


def test_the_picture_says_that_it_tries_again(account: Account) -> None:
    """The first look may fail, too; Ctrl-C works then."""
    account.start_job("tickets")
    account.double.faults.add("GetModelCustomizationJob", Refuse.throttled())
    with terminal("tickets") as opened:
        opened.wait_for("next try in ")
        os.kill(opened.process.pid, signal.SIGINT)
        assert opened.end() == 130
        words = " ".join(" ".join(line.strip("│ ") for line in opened.picture).split())
        assert "AWS limits the rate of GetModelCustomizationJob now" in words
        assert "run the command again" not in words


def test_the_picture_of_a_sweep_has_its_trials(account: Account) -> None:
    """As a table, which stays in the terminal."""
    sweep = Sweep(account)
    sweep.end(0)
    sweep.end(1, "Failed", failureMessage="bad\x1b[2J data")
    sweep.finish(0)
    with terminal("--stack", "Tickets") as opened:
        assert opened.end() == 0
        picture = "\n".join(opened.picture)
        assert "Completed  1 Completed, 1 Failed, 1 NotStarted" in picture
        assert "0 (epochCount=1) *" in picture
        assert "bad\\x1b[2J data" in picture


def test_the_picture_changes_with_the_job(account: Account) -> None:
    """The last picture stays in the terminal."""
    account.start_job("tickets")
    with terminal("tickets", "--every", "5s") as opened:
        opened.wait_for("looked 1 s ago, next in ")
        assert "training         NotStarted" in "\n".join(opened.picture)
        account.double.complete("tickets")
        assert opened.end() == 0
        assert "training         Completed" in "\n".join(opened.picture)
        assert "Ctrl-C" not in "\n".join(opened.picture)


def test_the_picture_of_a_job_that_has_completed(account: Account) -> None:
    """It has the phases, the losses and the chart of the metrics files; the model's ARN is not divided."""
    arn = account.start_job(
        "tickets", validationDataConfig={"validators": [{"s3Uri": "s3://bucket/v.jsonl"}]}
    )
    account.add_stack("Tickets", Triage=arn)
    account.double.clock.advance(7200)
    [job] = account.double.jobs()
    with terminal("--stack", "Tickets", "--notify") as opened:
        assert opened.end() == 0
        text = "\n".join(opened.picture)
        assert "Tickets / Triage  CREATE_COMPLETE" in text
        assert re.search(r"training +Completed +2026-01-01 00:02 - 02:00", text)
        assert "training_loss" in text
        assert "validation_loss" in text
        assert "step" in text
        assert {len(line) for line in opened.picture} == {80}
        assert f"model {job.model_arn}" in opened.shown.replace("\a", "").splitlines()
        assert opened.written.count("\a") == 1


@pytest.mark.parametrize("columns", [40, 60])
def test_a_narrow_terminal(account: Account, columns: int) -> None:
    """Every line fits; what is long goes on in the next line."""
    account.double.configure(failure_message=INTERNAL_FAILURE, fails_after_seconds=100)
    account.start_job("tickets")
    account.double.clock.advance(100)
    with terminal("tickets", columns=columns) as opened:
        assert opened.end() == 3
        assert {len(line) for line in opened.picture} == {columns}
        words = " ".join(" ".join(line.strip("│ ") for line in opened.picture).split())
        assert "Encountered an internal error when processing the request." in words


def test_no_colour_is_written_where_none_is_wanted(account: Account) -> None:
    """NO_COLOR; the picture is the same."""
    account.start_job("tickets")
    account.double.complete("tickets")
    with terminal("tickets", NO_COLOR="1") as plain:
        assert plain.end() == 0
        assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", plain.written)
        assert "Completed" in "\n".join(plain.picture)


@pytest.mark.parametrize(("arguments", "variables"), [((), {"TERM": "dumb"}), (("--quiet",), {})])
def test_a_terminal_without_a_cursor_has_lines(
    account: Account, arguments: tuple[str, ...], variables: dict[str, str]
) -> None:
    """So has every terminal with --quiet."""
    account.start_job("tickets")
    account.double.complete("tickets")
    with terminal("tickets", *arguments, **variables) as opened:
        assert opened.end() == 0
        assert "\x1b" not in opened.written
        assert "tickets Completed training loss 0.5" in opened.shown


def test_metrics_that_cannot_be_read_are_one_line_of_the_picture(account: Account) -> None:
    """The job is what counts."""
    account.s3.errors["ListObjectsV2"] = (403, "AccessDenied", "[bold]no")
    account.start_job("tickets")
    account.double.complete("tickets")
    with terminal("tickets") as opened:
        assert opened.end() == 0
        words = " ".join(" ".join(line.strip("│ ") for line in opened.picture).split())
        assert "s3:ListBucket on" in words
        assert "[bold]no" in words


def test_a_closed_pipe_is_quiet(account: Account) -> None:
    """As of `watch --quiet | head -1`."""
    account.start_job("tickets")
    account.double.complete("tickets")
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*COMMAND, "tickets"], stdout=writing, stderr=subprocess.PIPE, cwd=ROOT, check=False, text=True
    )
    os.close(writing)
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_the_picture_of_the_docs_is_up_to_date() -> None:
    """The tool that draws it would draw it as it is."""
    done = subprocess.run([sys.executable, ROOT / "tools" / "watch_picture.py", "--check"], check=False)
    assert done.returncode == 0
