"""Conversions, what is written checked in the same pass, against bare `json.loads` of every line, in turns.

Each run is a process of its own, so that its peak memory is its own; its imports are not counted.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datasets import DATA, LLAMA, MB, NOVA, megabytes, text

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE = 20 * MB
RUNS = 5


def openai(chosen: random.Random) -> Any:  # noqa: ANN401 - any JSON value
    """Return a chat with a system message, every fourth with two turns."""
    roles = ["user", "assistant"] * (1 if chosen.random() < 0.75 else 2)  # noqa: PLR2004 - every fourth
    said = [{"role": role, "content": text(chosen, 50)} for role in roles]
    return {"messages": [{"role": "system", "content": text(chosen, 12)}, *said]}


def sharegpt(chosen: random.Random) -> Any:  # noqa: ANN401 - any JSON value
    """Return a conversation of two turns."""
    said = [{"from": who, "value": text(chosen, 40)} for who in ("human", "gpt") * 2]
    return {"id": str(chosen.getrandbits(40)), "conversations": said}


def alpaca(chosen: random.Random) -> Any:  # noqa: ANN401 - any JSON value
    """Return an instruction, its input and its output."""
    return {"instruction": text(chosen, 30), "input": text(chosen, 30), "output": text(chosen, 60)}


def pairs(chosen: random.Random) -> Any:  # noqa: ANN401 - any JSON value
    """Return a question and an answer."""
    return {"question": text(chosen, 60), "answer": text(chosen, 45)}


SHAPES: dict[str, tuple[Callable[[random.Random], Any], str]] = {
    "openai": (openai, NOVA),
    "sharegpt": (sharegpt, NOVA),
    "alpaca": (alpaca, LLAMA),
    "pairs": (pairs, NOVA),
}


def file_named(name: str) -> Path:
    """Return a file, made once: the same bytes on every machine."""
    path = DATA / f"convert-{name}-{SIZE // MB}.jsonl"
    if not path.exists():
        DATA.mkdir(exist_ok=True)
        chosen, written = random.Random(2026), 0  # noqa: S311 - words, not secrets
        with path.open("wb") as stream:
            while written < SIZE:
                record = SHAPES[name][0](chosen)
                written += stream.write(json.dumps(record, ensure_ascii=False).encode() + b"\n")
    return path


def ours(path: Path, model: str) -> None:
    """Convert as `bedrock-customize convert` does."""
    from constructs_lib.datasets import convert

    with tempfile.TemporaryDirectory() as folder:
        done = convert(path, Path(folder) / "train.jsonl", model=model)
        assert done.written == done.read  # noqa: S101 - a bench: every generated record can be converted


def loads(path: Path, _model: str) -> None:
    """Only decode every line."""
    with path.open("rb") as stream:
        for line in stream:
            json.loads(line)


WAYS = {"ours": ours, "json.loads": loads}


def once(way: str, name: str) -> tuple[float, int]:
    """Run one way in a process of its own; return processor seconds and megabytes."""
    command = [sys.executable, __file__, way, name]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds, megabytes = done.stdout.split()
    return float(seconds), int(megabytes)


def main() -> None:
    """Print the table, or run one way on one file."""
    if len(sys.argv) > 1:
        way, name = sys.argv[1:]
        path, model = file_named(name), SHAPES[name][1]
        with tempfile.TemporaryDirectory() as folder:
            small = Path(folder) / "small.jsonl"
            with path.open("rb") as stream:
                small.write_bytes(stream.readline())
            WAYS[way](small, model)  # imports, and compiles what is compiled once
        began = time.process_time()
        WAYS[way](path, model)
        print(time.process_time() - began, megabytes())
        return
    print(f"{'shape, 20 MB':14} {'ours':>9} {'json.loads':>24} {'memory':>9}")
    for name in SHAPES:
        file_named(name)
        runs: dict[str, list[tuple[float, int]]] = {way: [] for way in WAYS}
        for _ in range(RUNS):
            for way in WAYS:
                runs[way].append(once(way, name))
        best = {way: min(found)[0] for way, found in runs.items()}
        memory = max(megabytes for _, megabytes in runs["ours"])
        speed = SIZE / MB / best["ours"]
        ratio = best["json.loads"] / best["ours"]
        print(f"{name:14} {best['ours']:7.2f} s {speed:6.0f} MB/s {ratio:11.2f} x {memory:6} MB")


if __name__ == "__main__":
    main()
