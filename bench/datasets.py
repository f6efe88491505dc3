"""Datasets: our check, a pydantic model for each line and bare `json.loads` on the same files, in turns.

Each run is a process of its own, so that its peak memory is its own; its imports are not counted.
BENCH_LARGE=0 leaves the file of 1 GB out.
"""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

DATA = Path(__file__).parent / "data"
MB = 10**6
NOVA, LLAMA = "amazon.nova-lite-v1:0:300k", "meta.llama3-1-8b-instruct-v1:0:128k"
WORDS = [
    "the",
    "of",
    "and",
    "customer",
    "ticket",
    "invoice",
    "refund",
    "please",
    "help",
    "account",
    "password",
    "reset",
    "order",
    "shipping",
    "delay",
    "returns",
    "policy",
    "manager",
    "payment",
    "card",
    "billing",
    "address",
    "update",
    "cancel",
    "subscription",
    "monthly",
    "plan",
    "upgrade",
    "support",
    "agent",
    "answer",
    "question:",
    "issue",
    "problem,",
    "solution.",
    "thanks!",
    "can't",
    "won't",
    "Ärger",
    "größer",
    "2026-11-23",
    "42.50",
    "EUR",
    "(urgent)",
]


def text(chosen: random.Random, words: int) -> str:
    """Return a text of so many words."""
    return " ".join(chosen.choices(WORDS, k=words))


def message(role: str, *blocks: dict[str, object]) -> dict[str, object]:
    """Return a message."""
    return {"role": role, "content": [*blocks]}


def conversations(chosen: random.Random) -> Iterator[dict[str, object]]:
    """Yield single turns with a system prompt, and every fourth with two turns."""
    while True:
        messages = [
            message("user", {"text": text(chosen, 45)}),
            message("assistant", {"text": text(chosen, 60)}),
        ]
        more = [message("user", {"text": text(chosen, 12)}), message("assistant", {"text": text(chosen, 30)})]
        system = [{"text": text(chosen, 12)}]
        turns = messages if chosen.random() < 0.75 else messages + more  # noqa: PLR2004 - every fourth
        yield {"schemaVersion": "bedrock-conversation-2024", "system": system, "messages": turns}


def pairs(chosen: random.Random) -> Iterator[dict[str, object]]:
    """Yield prompts and completions."""
    while True:
        yield {"prompt": text(chosen, 60), "completion": text(chosen, 45)}


def pictures(chosen: random.Random) -> Iterator[dict[str, object]]:
    """Yield questions about an image."""
    while True:
        source = {"s3Location": {"uri": f"s3://bucket/images/{chosen.getrandbits(40)}.png"}}
        image = {"image": {"format": "png", "source": source}}
        question = message("user", image, {"text": text(chosen, 20)})
        yield {"messages": [question, message("assistant", {"text": text(chosen, 30)})]}


FILES: dict[str, tuple[Callable[[random.Random], Iterator[dict[str, object]]], int, str, int]] = {
    "conversations, 50 MB": (conversations, 50 * MB, NOVA, 5),
    "prompts and completions, 50 MB": (pairs, 50 * MB, LLAMA, 5),
    "questions about images, 10 MB": (pictures, 10 * MB, NOVA, 5),
    "conversations, 1 GB": (conversations, 1000 * MB, NOVA, 1),
}


def file_named(name: str) -> Path:
    """Return a file, made once: the same bytes on every machine."""
    make, size, _, _ = FILES[name]
    path = DATA / f"{make.__name__}-{size // MB}.jsonl"
    if not path.exists():
        DATA.mkdir(exist_ok=True)
        records, written = make(random.Random(2026)), 0  # noqa: S311 - words, not secrets
        with path.open("wb") as stream:
            while written < size:
                written += stream.write(json.dumps(next(records), ensure_ascii=False).encode() + b"\n")
    return path


def ours(path: Path, model: str) -> int:
    """Check as `bedrock-customize validate` does."""
    from constructs_lib.datasets import validate

    report = validate(path, model=model)
    return sum(count for (_, rule), count in report.counted.items() if not rule.endswith("-records"))


def pydantic(path: Path, model: str) -> int:
    """Check with a pydantic model for each line."""
    from pydantic_validator import Conversation, Pair, count_wrong

    return count_wrong(path, Pair if model == LLAMA else Conversation)


def loads(path: Path, _model: str) -> int:
    """Only decode every line."""
    with path.open("rb") as stream:
        for line in stream:
            json.loads(line)
    return 0


WAYS = {"ours": ours, "pydantic": pydantic, "json.loads": loads}


def once(way: str, name: str) -> tuple[float, int, int]:
    """Run one way in a process of its own; return processor seconds, megabytes and findings."""
    command = [sys.executable, __file__, way, name]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds, megabytes, found = done.stdout.split()
    return float(seconds), int(megabytes), int(found)


def compare(name: str) -> None:
    """Print one line of the table: the best of several runs, made in turns."""
    size = file_named(name).stat().st_size / MB
    runs = {way: [once(way, name) for _ in range(1)] for way in WAYS}
    for _ in range(FILES[name][3] - 1):
        for way in WAYS:
            runs[way].append(once(way, name))
    best = {way: min(found) for way, found in runs.items()}
    memory = max(megabytes for _, megabytes, _ in runs["ours"])
    assert best["ours"][2] == best["pydantic"][2] == 0, "the generated files are valid"  # noqa: S101 - a bench
    print(
        f"{name:32} {best['ours'][0]:7.2f} s {size / best['ours'][0]:6.0f} MB/s"
        f" {best['pydantic'][0] / best['ours'][0]:9.1f} x {best['json.loads'][0] / best['ours'][0]:11.2f} x"
        f" {memory:6} MB"
    )


def megabytes() -> int:
    """Return the peak memory of this process; what `getrusage` gives would include its parent's."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "linux" else MB)
    return int(next(line for line in status.read_text().splitlines() if "VmHWM" in line).split()[1]) // 1024


def main() -> None:
    """Print the table, or run one way on one file."""
    if len(sys.argv) > 1:
        way, name = sys.argv[1:]
        path, model = file_named(name), FILES[name][2]
        WAYS[way](Path(os.devnull), model)  # imports, and compiles what is compiled once
        began = time.process_time()
        found = WAYS[way](path, model)
        seconds = time.process_time() - began
        print(seconds, megabytes(), found)
        return
    print(f"{'file':32} {'ours':>9} {'':11} {'pydantic':>11} {'json.loads':>13} {'memory':>9}")
    print(f"{'goal':32} {'':>9} {'':11} {'>= 5 x':>11} {'>= 1 x':>13} {'< 100 MB':>9}")
    for name in FILES:
        if not (name.endswith("1 GB") and os.environ.get("BENCH_LARGE") == "0"):
            compare(name)


if __name__ == "__main__":
    main()
