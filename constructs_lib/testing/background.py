"""A local AWS that keeps running after the program that started it has ended."""

import json
import shutil
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

from .emulators import LocalAwsError
from .local_aws import LocalAws

_STOP_SECONDS = 15.0


class BackgroundAws:
    """The local AWS that runs in the background, one for each folder.

    Args:
        folder: the folder of its files, such as `.local-aws`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.keep_alive_file = folder / "running"
        """The processes end when this file is removed or its content changes."""

        self.state = folder / "background"
        self._urls = folder / "background.json"

    def save(self, aws: LocalAws) -> None:
        """Save the URLs of a local AWS, so that `stop` can find it.

        Args:
            aws: the local AWS that keeps running.
        """
        self._urls.write_text(json.dumps([aws.url, aws.bedrock_url]), encoding="utf-8")

    def stop(self) -> bool:
        """Stop it and remove its files; return False if none was running.

        Raises:
            LocalAwsError: it does not stop.
        """
        running = self.keep_alive_file.exists()
        self.keep_alive_file.unlink(missing_ok=True)
        deadline = time.monotonic() + _STOP_SECONDS
        while running and any(map(_is_open, self._saved_urls())):
            if time.monotonic() > deadline:
                raise LocalAwsError(
                    f"The local AWS still runs after {_STOP_SECONDS:.0f} s; see the logs in {self.state}."
                )
            time.sleep(0.05)
        self._urls.unlink(missing_ok=True)
        shutil.rmtree(self.state, ignore_errors=True)
        return running

    def _saved_urls(self) -> list[str]:
        return json.loads(self._urls.read_text(encoding="utf-8")) if self._urls.exists() else []


def _is_open(url: str) -> bool:
    address = urlsplit(url)
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((address.hostname or "", address.port or 0)) == 0
