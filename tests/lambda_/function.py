"""The function as Lambda runs it: the files of its asset, in a process without this project on the path."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from constructs_lib.job.asset import asset_files
from tests.lambda_.fakes import FUNCTION

if TYPE_CHECKING:
    from pathlib import Path

FILES = asset_files()

_RUN = f"""
import json, sys
class Context:
    invoked_function_arn = {FUNCTION!r}
    aws_request_id = "lambda-request"
    def get_remaining_time_in_millis(self):
        return int(float(sys.argv[1]) * 1000)
from customization_job.handler import on_event
on_event(json.load(sys.stdin), Context())
"""


def stage(folder: Path, **broken: str) -> None:
    """Write the asset's files, some of them changed."""
    for name, content in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for name, text in broken.items():
        (folder / name).write_text(text)


def run(
    folder: Path, told: dict[str, Any], *flags: str, seconds: float = 60.0, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run staged files with one event."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, *flags, "-c", _RUN, str(seconds)],
        input=json.dumps(told),
        env={**kept, "PYTHONPATH": str(folder), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
