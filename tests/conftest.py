"""What holds for every test."""

import atexit
import base64
import gc
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
from collections import defaultdict
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import IO

import botocore.session
import jsii._kernel.providers.process
import pytest
import typer.testing
from botocore.loaders import Loader, create_loader
from hypothesis import HealthCheck, settings

# The CDK validates the templates of each app with its own rules, which takes two seconds in every process
# that synthesizes. Where a test depends on these rules it asks for them (tests/security/stacks.py).
os.environ["CDK_VALIDATION"] = "false"

# How many generated inputs a test leaves out, and how long that takes, says nothing about the library. Every
# run has the same inputs, so that only a change of the library lets a test fail; `make soak` has others.
settings.register_profile(
    "all",
    derandomize=not os.environ.get("OTHER_EXAMPLES"),
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
settings.load_profile("all")


class _Kernel(subprocess.Popen[bytes]):
    """The kernel of jsii without its host: a Node of its own, which relays 140 calls for each stack.

    The relay takes a third of the CPU time of a synthesis. What tests start has it, as a user's app.
    """

    def __init__(self, command: list[str], *, env: dict[str, str], **pipes: int) -> None:
        node, option, host = command
        program = Path(host).parents[1] / "lib" / "program.js"
        if not program.exists():  # JSII_RUNTIME names another host
            super().__init__(command, env=env, **pipes)
            return
        # Where `node` is a script of Python, it would start Node without the channel.
        found = subprocess.run([node, "-p", "process.execPath"], capture_output=True, text=True, check=True)
        ours, theirs = socket.socketpair()
        with ours, theirs:
            super().__init__(
                [found.stdout.strip(), option, "--preserve-symlinks", str(program)],
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                close_fds=False,  # descriptors of Python are not inherited
                preexec_fn=lambda: os.dup2(theirs.fileno(), 3),  # where the kernel has its channel
            )
            self.stderr = _Output(self.stdout)
            self.stdin, self.stdout = ours.makefile("wb"), ours.makefile("rb")


class _Output:
    """What the CDK prints, in the form in which the host of jsii relays it."""

    def __init__(self, pipe: IO[bytes] | None) -> None:
        self._pipe = pipe

    def readline(self) -> bytes:
        line = self._pipe.readline()
        return json.dumps({"stderr": base64.b64encode(line).decode()}).encode() if line else b""

    def close(self) -> None:
        self._pipe.close()


jsii._kernel.providers.process.subprocess = SimpleNamespace(**{**vars(subprocess), "Popen": _Kernel})

# Python looks for unreachable cycles after every 700 new objects, now and then among all objects: also in
# modules and in 12,000 collected tests, which stay to the end.
gc.set_threshold(20_000, 20, 50)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Use two workers more than processors with `-n auto`: tests of the local AWS wait for its processes."""
    return (os.cpu_count() or 1) + 2


_FAILED = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    """Give a run its own folder for temporary files: the CDK and Node leave many, also those of workers."""
    if hasattr(config, "workerinput"):
        return
    folder = Path(tempfile.mkdtemp(prefix="tests-"))
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    # Before jsii registers its end, thus after it: Node has then stopped.
    atexit.register(_remove, folder, config)


def _remove(folder: Path, config: pytest.Config) -> None:
    """Leave what tests that failed have written to their `tmp_path`, and nothing else."""
    for one in folder.iterdir():
        if not (config.stash.get(_FAILED, False) and one.name.startswith("pytest-of-")):
            shutil.rmtree(one, ignore_errors=True) if one.is_dir() else one.unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Remember whether a test has failed."""
    session.config.stash[_FAILED] = session.testsfailed > 0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that no worker of pytest-xdist is left alone with it at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith("tests/local/"))


def pytest_collection_finish() -> None:
    """Leave what was collected out of the search for unreachable cycles."""
    gc.collect()
    gc.freeze()


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name a case with a token by what stays: the CDK numbers tokens as they come, in each worker anew."""
    return re.sub(r"Token\[[^\]]*\]", "Token", val) if isinstance(val, str) and "Token[" in val else None


@pytest.fixture(autouse=True, scope="session")
def no_width() -> None:
    """Let output have no width: readline sets COLUMNS in the workers of pytest-xdist."""
    os.environ.pop("COLUMNS", None)


@pytest.fixture(autouse=True, scope="session")
def ctrl_c() -> None:
    """Let processes that tests start end on Ctrl-C: a shell lets what it starts with `&` ignore it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="session")
def read_once() -> None:
    """Let sessions of the AWS SDK share what is read from its files, as the clients of one session do."""
    read: dict[str | None, dict[object, object]] = defaultdict(dict)

    def sharing(search_path: str | None = None) -> Loader:
        loader = create_loader(search_path)
        loader._cache = read[search_path]
        return loader

    botocore.session.create_loader = sharing


@pytest.fixture(autouse=True, scope="session")
def built_once() -> None:
    """Let each call of the console use the same commands: typer's runner builds all 36 for each call."""
    typer.testing._get_command = cache(typer.testing._get_command)
