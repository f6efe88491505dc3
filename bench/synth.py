"""Synthesis: whole processes side by side, and what one job costs in resources and bytes."""

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
ROOT = Path(__file__).parents[1]
RUNS = int(os.environ.get("BENCH_RUNS", "5"))
MOST = 100
Row = tuple[str, str, str]


def processor_seconds(command: list[str], out: str) -> float:
    """Return the processor seconds of a process, its Node process included.

    Processor time, because a busy machine changes it less; byte code is cached as in any installation.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True, env=environment | {"CDK_OUTDIR": out})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def side_by_side(commands: dict[str, list[str]]) -> dict[str, float]:
    """Return the median seconds of each command, run in turns so that a drifting machine hits all alike."""
    found: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(RUNS):
        for name, command in commands.items():
            with tempfile.TemporaryDirectory() as out:
                found[name].append(processor_seconds(command, out))
    return {name: statistics.median(seconds) for name, seconds in found.items()}


def rows() -> list[Row]:
    """Return what was measured: what, measured, goal."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        commands: dict[str, list[str]] = {}
        counts = {}
        for jobs in (1, 2, MOST):
            ours = [sys.executable, str(APPS / "ours.py"), str(jobs)]
            processor_seconds(ours, str(folder / str(jobs)))  # also compiles what is compiled once
            template = folder / str(jobs) / "Ours.template.json"
            counts[jobs] = len(json.loads(template.read_text())["Resources"])
            commands[f"ours {jobs}"] = ours
            commands[f"floor {jobs}"] = [sys.executable, str(APPS / "floor.py"), str(template)]
        del commands["ours 2"], commands["floor 2"]
        commands["machine"] = [sys.executable, str(APPS / "step_functions.py"), "1"]
        commands["check"] = [str(Path(sys.executable).with_name("bedrock-customize")), "check"]
        commands["check"] += sorted(map(str, (ROOT / "examples").glob("*.yaml")))
        found = side_by_side(commands)
        [asset] = (folder / "1").glob("asset.*.zip")
        zipped = asset.stat().st_size / 1000

    def ratio(ours: float, other: float, unit: float = 1, name: str = "s") -> str:
        return f"{ours / other:.2f} x ({ours * unit:.2f} {name} to {other * unit:.2f} {name})"

    one, floor = found["ours 1"], found["floor 1"]
    further, further_floor = (
        (found[f"{app} {MOST}"] - found[f"{app} 1"]) / (MOST - 1) for app in ("ours", "floor")
    )
    return [
        ("synth of the first job, whole process, against the floor", ratio(one, floor), "1.0 x"),
        (
            "the same against the CDK's Step Functions task with a state machine",
            ratio(one, found["machine"]),
            "1.0 x",
        ),
        (
            f"each of {MOST - 1} further jobs, against the floor",
            ratio(further, further_floor, 1000, "ms"),
            "1.2 x",
        ),
        (f"{MOST} jobs, against the floor", ratio(found[f"ours {MOST}"], found[f"floor {MOST}"]), "1.2 x"),
        (
            "resources, data and key shared: first job, each further one",
            f"{counts[1]}, {counts[2] - counts[1]}",
            "5, 2",
        ),
        ("`bedrock-customize check` of all examples, processor time", f"{found['check']:.2f} s", "0.4 s"),
        ("Lambda asset, zipped", f"{zipped:.0f} kB", "280 kB"),
    ]


if __name__ == "__main__":
    for what, measured, goal in rows():
        print(f"{what}: {measured}; goal {goal}")
