"""Synthesis: whole processes side by side, and what one job costs in resources, crossings and bytes."""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

APPS = Path(__file__).parent / "apps"
RUNS = int(os.environ.get("BENCH_RUNS", "5"))


def seconds(app: str, jobs: int) -> float:
    """Give the processor seconds of a synthesis in a process of its own, its Node process included.

    Processor time, because it says the same on a busy machine; byte code is cached as in any installation.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, str(APPS / f"{app}.py"), str(jobs)]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, capture_output=True, env=environment | {"CDK_OUTDIR": out})
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def side_by_side(*wanted: tuple[str, int]) -> list[float]:
    """Give the median seconds of each, run in turns so that a drifting machine hits all alike."""
    for each in wanted:
        seconds(*each)
    turns = [[seconds(*each) for each in wanted] for _ in range(RUNS)]
    return [statistics.median(column) for column in zip(*turns, strict=True)]


def resources(app: str, jobs: int) -> int:
    """Count what a stack holds."""
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, str(APPS / f"{app}.py"), str(jobs)]
        subprocess.run(command, check=True, capture_output=True, env=os.environ | {"CDK_OUTDIR": out})
        [template] = Path(out).glob("*.template.json")
        return len(json.loads(template.read_text())["Resources"])


def zipped() -> int:
    """Weigh the Lambda's asset."""
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, str(APPS / "ours.py"), "1"]
        subprocess.run(command, check=True, capture_output=True, env=os.environ | {"CDK_OUTDIR": out})
        [asset] = Path(out).glob("asset.*.zip")
        return asset.stat().st_size


def main() -> None:
    """Print the figures."""
    ours, by_hand, machine, ours_many, by_hand_many = side_by_side(
        ("ours", 1), ("by_hand", 1), ("step_functions", 1), ("ours", 41), ("by_hand", 41)
    )
    further, further_by_hand = (ours_many - ours) / 40, (by_hand_many - by_hand) / 40
    print(
        f"synth of one job, whole process: {ours:.2f} s; L1s by hand {by_hand:.2f} s ({ours / by_hand:.2f} x)"
    )
    print(f"  the CDK's Step Functions task and state machine {machine:.2f} s ({ours / machine:.2f} x)")
    print(
        f"each further job: {further * 1000:.1f} ms; L1s by hand {further_by_hand * 1000:.1f} ms "
        f"({further / further_by_hand:.2f} x)"
    )
    first, second = resources("ours", 1), resources("ours", 2)
    print(f"resources, data and key shared: {first} for the first job, {second - first} for each further one")
    print(f"Lambda asset, zipped: {zipped() / 1000:.0f} kB")


if __name__ == "__main__":
    main()
