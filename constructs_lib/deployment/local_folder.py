"""The local AWS of a folder, which keeps running after the command that started it has ended."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..testing.bedrock.double import REGION
from ..testing.emulators import LocalAwsError, LocalEndpoints
from ..testing.local_aws import LocalAws

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FOLDER = Path(".local-aws")
"""The folder of the local AWS, in the current folder."""

_STOP_SECONDS = 15.0
_LOCK_SECONDS = 2.0
_POLL_SECONDS = 0.05
# What would send calls elsewhere although the endpoints are set.
_UNSET = (
    "AWS_CA_BUNDLE",
    "AWS_DEFAULT_PROFILE",
    "AWS_PROFILE",
    "AWS_SECURITY_TOKEN",
    "AWS_SESSION_TOKEN",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
)
_OTHER_ENDPOINTS = "$(env | sed -n 's/^\\(AWS_ENDPOINT_URL_[A-Z0-9_]*\\)=.*/\\1/p')"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningAws(LocalEndpoints):
    """A local AWS that runs, maybe started by another command."""

    @classmethod
    def of(cls, aws: LocalAws) -> RunningAws:
        """Return the local AWS that this process has started.

        Args:
            aws: a local AWS that runs.
        """
        return cls(
            url=aws.url, bedrock_url=aws.bedrock_url, account=aws.account, region=aws.region, state=aws.state
        )

    def client(self, service: str, **_options: object) -> Any:  # noqa: ANN401 - botocore makes its clients at run time
        """Return a boto3 client of it, as a boto3 session does.

        Args:
            service: boto3's name of the service.
            _options: options of a session's client, which the local AWS has itself.
        """
        return LocalEndpoints.client(self, service)

    def responds(self) -> bool:
        """Return whether both of its processes respond."""
        return self.bedrock.healthy() and is_ministack(self.url)


class LocalFolder:
    """The folder of a local AWS that keeps running: one for each current folder.

    Args:
        folder: the folder. Default: `.local-aws` in the current folder.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        self.folder = folder
        self.env_file = folder / "env"
        """The file that a shell sources."""

        self._running = folder / "running"  # the processes end when it is removed or changed
        self._state = folder / "background"
        self._saved = folder / "background.json"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let no other command use the local AWS of this folder meanwhile.

        The operating system ends the lock with this process, however it ends.

        Raises:
            LocalAwsError: another command uses it.
        """
        self.folder.mkdir(exist_ok=True)
        if sys.platform == "win32":  # no lock: the local AWS does not run there
            yield
            return
        import fcntl

        handle = os.open(self.folder, os.O_RDONLY)
        deadline = time.monotonic() + _LOCK_SECONDS
        try:
            while True:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise LocalAwsError(
                            f"Another command uses the local AWS in {self.folder}; run this one again when "
                            "that one has ended."
                        ) from None
                    time.sleep(_POLL_SECONDS)
            yield
        finally:
            os.close(handle)

    def running(self) -> RunningAws | None:
        """Return the local AWS that runs; None where none runs, or it no longer responds."""
        found = self._found()
        return found if found and self._running.exists() and found.responds() else None

    def needed(self, program: str = "bedrock-customize") -> RunningAws:
        """Return the local AWS that runs.

        Args:
            program: how a person starts this console. Default: by its name.

        Raises:
            LocalAwsError: none runs.
        """
        found = self.running()
        if found is None:
            where = self.folder.absolute().parent
            raise LocalAwsError(f"No local AWS runs in {where}; start one with `{program} local start`.")
        return found

    def start(self, *, port: int = 0, region: str | None = None) -> RunningAws:
        """Start a local AWS that keeps running; it is not bootstrapped.

        Args:
            port: the port of MiniStack. Default: any free port.
            region: its Region. Default: us-east-1.

        Raises:
            LocalAwsError: it cannot be started.
        """
        self.folder.mkdir(exist_ok=True)
        aws = LocalAws(
            region=region or REGION,
            port=port,
            state=self._state.resolve(),
            keep_alive_file=self._running.resolve(),
        )
        found = RunningAws.of(aws.start())
        # Saved at once: a command that is killed from now on leaves a local AWS that others find and stop.
        self._saved.write_text(json.dumps({**asdict(found), "state": str(found.state)}), encoding="utf-8")
        self.env_file.write_text(shell_file(found.env()), encoding="utf-8")
        return found

    def stop(self) -> bool:
        """Stop it and remove its files; return False if none was running.

        Raises:
            LocalAwsError: it does not stop.
        """
        was_running = self._running.exists()
        saved = self._found()
        self._running.unlink(missing_ok=True)
        deadline = time.monotonic() + _STOP_SECONDS
        while was_running and saved and (saved.bedrock.healthy() or is_ministack(saved.url)):
            if time.monotonic() > deadline:
                raise LocalAwsError(
                    f"The local AWS still runs after {_STOP_SECONDS:.0f} s; see the logs in {self._state}."
                )
            time.sleep(_POLL_SECONDS)
        self._saved.unlink(missing_ok=True)
        self.env_file.unlink(missing_ok=True)
        shutil.rmtree(self._state, ignore_errors=True)
        return was_running

    def remove_remains(self) -> bool:
        """Remove what a local AWS that has died has left, and the folders of commands that were killed.

        Returns:
            Whether a local AWS had died.
        """
        for one in self.folder.glob("run-*-*"):
            try:
                os.kill(int(one.name.split("-")[1]), 0)
            except ProcessLookupError:
                shutil.rmtree(one, ignore_errors=True)
            except (OSError, ValueError):
                continue
        return self.stop() if self.running() is None else False

    @contextmanager
    def folder_of_this_run(self) -> Iterator[Path]:
        """Return a folder for the files of this command alone, which is removed at the end."""
        self.folder.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f"run-{os.getpid()}-", dir=self.folder) as name:
            yield Path(name).resolve()

    def _found(self) -> RunningAws | None:
        try:
            saved = json.loads(self._saved.read_text(encoding="utf-8"))
            return RunningAws(**{**saved, "state": Path(saved["state"])})
        except (OSError, ValueError, TypeError, KeyError):
            return None


def shell_file(variables: Mapping[str, str]) -> str:
    """Return a file for `.` of any POSIX shell that points the shell at a local AWS.

    Args:
        variables: what is exported.
    """
    lines = [
        "# Points the AWS CLI, boto3 and the CDK CLI of a shell at the local AWS: . .local-aws/env",
        "# They stay set until the shell ends; start another shell to use AWS.",
        f"unset {' '.join(_UNSET)} {_OTHER_ENDPOINTS}",
        *(f"export {name}={shlex.quote(value)}" for name, value in variables.items()),
    ]
    return "\n".join(lines) + "\n"


def is_ministack(url: str) -> bool:
    """Return whether MiniStack is at a URL; one that is busy and responds late is there, too.

    Args:
        url: such as `http://127.0.0.1:4566`.
    """
    address = urlsplit(url)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=5)
    try:
        connection.request("GET", "/_ministack/health")
        return connection.getresponse().status == 200  # noqa: PLR2004 - HTTP's OK
    except TimeoutError:
        return True
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
