"""The Lambda: how cold it starts, against the bare client that anybody would make; how soon it can answer."""

from __future__ import annotations

import compileall
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1])]

RUNS = int(os.environ.get("BENCH_RUNS", "5")) * 4

NOTHING = "pass"
BARE = "import boto3; boto3.client('bedrock', region_name='us-east-1')"
ANSWER = "import customization_job.handler"
ONE_CLIENT = (
    f"{ANSWER}; from customization_job.frame import aws; "
    "from customization_job.jobs import bedrock, lifecycle; aws.client('bedrock', 'us-east-1')"
)
WHOLE = f"{ONE_CLIENT}; aws.client('cloudformation', 'us-east-1')"
# Lambda sets them. Without them, each client looks for credentials on the network first.
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "AWS_SESSION_TOKEN": "bench",
}


def stage(folder: Path) -> None:
    """Lay the asset's files out as Lambda does, with byte code as Lambda's own libraries have it."""
    from constructs_lib.job.asset import asset_files

    for name, content in asset_files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    compileall.compile_dir(folder, quiet=1)


def seconds(script: str, folder: Path) -> float:
    """Return the processor seconds of a process: the same on a busy machine as on an idle one."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = os.environ | CREDENTIALS | {"PYTHONPATH": str(folder)}
    subprocess.run([sys.executable, "-c", script], check=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def rows() -> list[tuple[str, str, str]]:
    """Return what was measured: what, measured, goal."""
    scripts = (NOTHING, BARE, ANSWER, ONE_CLIENT, WHOLE)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stage(folder)
        turns = [[seconds(script, folder) for script in scripts] for _ in range(RUNS)]
    nothing, bare, answer, one_client, whole = (
        statistics.median(column) * 1000 for column in zip(*turns, strict=True)
    )
    return [
        (
            'cold start of the handler with its Bedrock client, against `boto3.client("bedrock")` alone',
            f"{one_client / bare:.2f} x ({one_client:.0f} ms to {bare:.0f} ms)",
            "1.0 x",
        ),
        (
            "the same with the CloudFormation client that an event needs too",
            f"{whole / bare:.2f} x ({whole:.0f} ms)",
            "1.0 x",
        ),
        ("the code that responds, alone, after Python has started", f"{answer - nothing:.0f} ms", "40 ms"),
    ]


if __name__ == "__main__":
    for what, measured, goal in rows():
        print(f"{what}: {measured}; goal {goal}")
