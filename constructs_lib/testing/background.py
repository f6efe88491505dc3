"""A local AWS that goes on when the program that started it has ended, and how it is stopped."""

import json
import shutil
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

from constructs_lib.testing.emulators import LocalAwsError
from constructs_lib.testing.local_aws import LocalAws

_STOP_SECONDS = 15.0


class BackgroundAws:
    """The one local AWS that a folder keeps running.

    Args:
        folder: where its files lie, such as `.local-aws`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.sign = folder / "running"
        """The file that keeps it alive: without it, or with another content, the processes end."""

        self.state = folder / "kept"
        self._urls = folder / "kept.json"

    def remember(self, aws: LocalAws) -> None:
        """Keep where it listens.

        Args:
            aws: what runs on.
        """
        self._urls.write_text(json.dumps([aws.url, aws.bedrock_url]), encoding="utf-8")

    def stop(self) -> bool:
        """Stop it and remove its files; False if there was none.

        Raises:
            LocalAwsError: it does not stop.
        """
        running = self.sign.exists()
        self.sign.unlink(missing_ok=True)
        deadline = time.monotonic() + _STOP_SECONDS
        while running and any(map(_listens, self._addresses())):
            if time.monotonic() > deadline:
                raise LocalAwsError(
                    f"The local AWS still listens after {_STOP_SECONDS:.0f} s; see {self.state}."
                )
            time.sleep(0.05)
        self._urls.unlink(missing_ok=True)
        shutil.rmtree(self.state, ignore_errors=True)
        return running

    def _addresses(self) -> list[str]:
        return json.loads(self._urls.read_text(encoding="utf-8")) if self._urls.exists() else []


def _listens(url: str) -> bool:
    address = urlsplit(url)
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((address.hostname or "", address.port or 0)) == 0
