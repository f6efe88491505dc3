"""`make bench`: every figure of docs/speed.md, measured in one run; `--write docs/speed.md` writes the table.

`--synth` leaves out datasets and conversions, which take minutes and have tables of their own.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import handler
import synth

BEGIN, END = "<!-- begin: written by make bench -->", "<!-- end -->"


def machine() -> str:
    """Return what the figures were measured with."""
    try:
        found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    processor = found[1] if found else platform.processor() or platform.machine()
    node = subprocess.run(["node", "--version"], check=True, capture_output=True, text=True)
    try:
        load = f"{os.getloadavg()[0]:.0f}"
    except OSError:
        load = "not known"
    today = datetime.now(tz=UTC).date()
    return (
        f"Measured on {today}: {processor}, {os.cpu_count()} cores, load {load}; "
        f"Python {platform.python_version()}, aws-cdk-lib {version('aws-cdk-lib')}, "
        f"Node.js {node.stdout.strip()}; medians of {synth.RUNS} runs in turns."
    )


def table() -> str:
    """Return the table in Markdown."""
    rows = [*synth.rows(), *handler.rows()]
    lines = [machine(), "", "| what | measured | goal |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def main() -> None:
    """Print the table, and write it into a page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path, metavar="PAGE")
    parser.add_argument("--synth", action="store_true")
    given = parser.parse_args()
    found = table()
    print(found, flush=True)
    if given.write:
        before, _, rest = given.write.read_text().partition(BEGIN)
        _, _, after = rest.partition(END)
        given.write.write_text(f"{before}{BEGIN}\n{found}\n{END}{after}")
    for name in () if given.synth else ("datasets", "convert"):
        print(f"\n== {name}", flush=True)
        subprocess.run([sys.executable, str(Path(__file__).with_name(f"{name}.py"))], check=True)


if __name__ == "__main__":
    main()
