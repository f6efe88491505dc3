"""Datasets: our check, a pydantic model for each line and bare `json.loads` on the same files, in turns.

Each run is a process of its own, so that its peak memory is its own; its imports are not counted.
BENCH_LARGE=0 leaves the file of 1 GB out; BENCH_FILES="a;b" measures only these.
"""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

DATA = Path(__file__).parent / "data"
MB = 10**6
NOVA, NOVA_2 = "amazon.nova-lite-v1:0:300k", "amazon.nova-2-lite-v1:0:256k"
LLAMA, HAIKU = "meta.llama3-1-8b-instruct-v1:0:128k", "anthropic.claude-3-haiku-20240307-v1:0:200k"
CANVAS, TITAN = "amazon.nova-canvas-v1:0", "amazon.titan-text-express-v1:0:8k"
TUNING, DISTILLATION, REINFORCEMENT = "FINE_TUNING", "DISTILLATION", "REINFORCEMENT_FINE_TUNING"
VERSION = "bedrock-conversation-2024"
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


def reasonings(chosen: random.Random) -> Iterator[dict[str, object]]:
    """Yield questions with an answer that was reasoned about."""
    while True:
        thought = {"reasoningContent": {"reasoningText": {"text": text(chosen, 60)}}}
        answer = message("assistant", thought, {"text": text(chosen, 30)})
        yield {"schemaVersion": VERSION, "messages": [message("user", {"text": text(chosen, 45)}), answer]}


def questions(chosen: random.Random) -> Iterator[dict[str, object]]:
    """Yield prompts for a teacher."""
    while True:
        yield {"schemaVersion": VERSION, "messages": [message("user", {"text": text(chosen, 60)})]}


def chats(chosen: random.Random) -> Iterator[dict[str, object]]:
    """Yield single turns in the form of Claude's messages."""
    while True:
        turns = [("user", text(chosen, 45)), ("assistant", text(chosen, 60))]
        messages = [{"role": role, "content": said} for role, said in turns]
        yield {"system": text(chosen, 12), "messages": messages}


def tasks(chosen: random.Random) -> Iterator[dict[str, object]]:
    """Yield prompts with a reference answer for a grader."""
    while True:
        messages = [{"role": "system", "content": "Solve it."}, {"role": "user", "content": text(chosen, 60)}]
        yield {"messages": messages, "reference_answer": {"answer": text(chosen, 5), "steps": [1, 2]}}


def captions(chosen: random.Random) -> Iterator[dict[str, object]]:
    """Yield images with captions."""
    while True:
        yield {"image-ref": f"s3://bucket/{chosen.getrandbits(40)}.png", "caption": text(chosen, 20)}


def passages(chosen: random.Random) -> Iterator[dict[str, object]]:
    """Yield texts without labels."""
    while True:
        yield {"input": text(chosen, 120)}


def logs(chosen: random.Random) -> Iterator[dict[str, object]]:
    """Yield invocation logs of single turns."""
    while True:
        prompt = {
            "messages": [message("user", {"text": text(chosen, 60)})],
            "inferenceConfig": {"maxTokens": 99},
        }
        answer = {
            "output": {"message": message("assistant", {"text": text(chosen, 45)})},
            "stopReason": "end_turn",
        }
        yield {
            "schemaType": "ModelInvocationLog",
            "schemaVersion": "1.0",
            "timestamp": "2026-11-23T10:00:00Z",
            "accountId": "111122223333",
            "region": "us-east-1",
            "requestId": f"{chosen.getrandbits(60):x}",
            "operation": "Converse",
            "modelId": "us.amazon.nova-premier-v1:0",
            "input": {"inputContentType": "application/json", "inputBodyJson": prompt, "inputTokenCount": 80},
            "output": {
                "outputContentType": "application/json",
                "outputBodyJson": answer,
                "outputTokenCount": 60,
            },
        }


def few_broken(chosen: random.Random) -> Iterator[dict[str, object]]:
    """Yield conversations of which every hundredth has a role that does not exist."""
    for number, record in enumerate(conversations(chosen)):
        yield wrong_role(record) if number % 100 == 0 else record


def all_broken(chosen: random.Random) -> Iterator[dict[str, object]]:
    """Yield conversations that each break a rule, one of several."""
    breaking = (wrong_role, no_answer, old_content, unknown_field, empty_answer)
    for record in conversations(chosen):
        yield chosen.choice(breaking)(record)


def all_cut_off(chosen: random.Random) -> Iterator[str]:
    """Yield conversations without their last bracket."""
    for record in conversations(chosen):
        yield json.dumps(record, ensure_ascii=False)[:-1]


def wrong_role(record: Any) -> Any:  # noqa: ANN401 - a conversation
    """Give the first message a role that does not exist."""
    first, *others = record["messages"]
    return {**record, "messages": [{**first, "role": "human"}, *others]}


def no_answer(record: Any) -> Any:  # noqa: ANN401 - a conversation
    """Leave the last answer out."""
    return {**record, "messages": record["messages"][:-1]}


def old_content(record: Any) -> Any:  # noqa: ANN401 - a conversation
    """Write the contents as plain strings."""
    messages = [{**one, "content": one["content"][0]["text"]} for one in record["messages"]]
    return {**record, "messages": messages}


def unknown_field(record: Any) -> Any:  # noqa: ANN401 - a conversation
    """Rename a field."""
    return {"Messages" if name == "messages" else name: value for name, value in record.items()}


def empty_answer(record: Any) -> Any:  # noqa: ANN401 - a conversation
    """Empty the last text."""
    *others, last = record["messages"]
    return {**record, "messages": [*others, {**last, "content": [{"text": ""}]}]}


@dataclass(frozen=True)
class File:
    """A generated file.

    Args:
        records: yields its records; strings are lines as they are.
        model: the model that it is for.
        theirs: the name of the pydantic model of its records.
        kind: the customization type. Default: fine-tuning.
        megabytes: its size. Default: 10.
        runs: how often each way is run; the best counts. Default: five times.
        broken: whether it has records that break a rule. Default: it has none.
    """

    records: Callable[[random.Random], Iterator[Any]]
    model: str
    theirs: str
    kind: str = TUNING
    megabytes: int = 10
    runs: int = 5
    broken: bool = False


FILES = {
    "conversations, 50 MB": File(conversations, NOVA, "Conversation", megabytes=50),
    "prompts and completions": File(pairs, LLAMA, "Pair"),
    "questions about images": File(pictures, NOVA, "Conversation"),
    "reasoning": File(reasonings, NOVA_2, "Conversation"),
    "prompts of a distillation": File(questions, NOVA, "Prompt", DISTILLATION),
    "Claude's messages": File(chats, HAIKU, "Chat"),
    "reinforcement fine-tuning": File(tasks, NOVA_2, "Task", REINFORCEMENT),
    "images with captions": File(captions, CANVAS, "Caption"),
    "texts without labels": File(passages, TITAN, "Passage", "CONTINUED_PRE_TRAINING"),
    "invocation logs": File(logs, NOVA, "Log", DISTILLATION),
    "conversations, 1 of 100 broken": File(few_broken, NOVA, "Conversation", broken=True),
    "conversations, all broken": File(all_broken, NOVA, "Conversation", broken=True),
    "conversations, all cut off": File(all_cut_off, NOVA, "Conversation", broken=True),
    "conversations, 1 GB": File(conversations, NOVA, "Conversation", megabytes=1000, runs=1),
}


def file_named(name: str) -> Path:
    """Return a file, made once: the same bytes on every machine."""
    file = FILES[name]
    path = DATA / f"{file.records.__name__}-{file.megabytes}.jsonl"
    if not path.exists():
        DATA.mkdir(exist_ok=True)
        records, written = file.records(random.Random(2026)), 0  # noqa: S311 - words, not secrets
        with path.open("wb") as stream:
            while written < file.megabytes * MB:
                record = next(records)
                line = record if isinstance(record, str) else json.dumps(record, ensure_ascii=False)
                written += stream.write(line.encode() + b"\n")
    return path


def ours(path: Path, file: File) -> int:
    """Check as `bedrock-customize validate` does."""
    from constructs_lib.datasets import validate

    report = validate(path, model=file.model, customization_type=file.kind)
    return sum(count for (_, rule), count in report.counted.items() if not rule.endswith("-records"))


def pydantic(path: Path, file: File) -> int:
    """Check with a pydantic model for each line."""
    import pydantic_validator

    return pydantic_validator.count_wrong(path, getattr(pydantic_validator, file.theirs))


def loads(path: Path, _file: File) -> int:
    """Only decode every line."""
    with path.open("rb") as stream:
        for line in stream:
            with suppress(ValueError):
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
    runs: dict[str, list[tuple[float, int, int]]] = {way: [] for way in WAYS}
    for _ in range(FILES[name].runs):
        for way in WAYS:
            runs[way].append(once(way, name))
    best = {way: min(found) for way, found in runs.items()}
    memory = max(megabytes for _, megabytes, _ in runs["ours"])
    for way in ("ours", "pydantic"):
        if bool(best[way][2]) != FILES[name].broken:
            sys.exit(f"{way} should find what is wrong with {name}, and only that; it found {best[way][2]}")
    print(
        f"{name:32} {best['ours'][0]:7.2f} s {size / best['ours'][0]:6.0f} MB/s"
        f" {best['pydantic'][0] / best['ours'][0]:9.1f} x {best['json.loads'][0] / best['ours'][0]:11.2f} x"
        f" {memory:6} MB"
    )


def _megabytes() -> int:
    """Return the peak memory of this process; what `getrusage` gives would include its parent's."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "linux" else MB)
    return int(next(line for line in status.read_text().splitlines() if "VmHWM" in line).split()[1]) // 1024


def main() -> None:
    """Print the table, or run one way on one file."""
    if len(sys.argv) > 1:
        way, name = sys.argv[1:]
        path, file = file_named(name), FILES[name]
        WAYS[way](Path(os.devnull), file)  # imports, and compiles what is compiled once
        began = time.process_time()
        found = WAYS[way](path, file)
        seconds = time.process_time() - began
        print(seconds, _megabytes(), found)
        return
    print(f"{'file':32} {'ours':>9} {'':11} {'pydantic':>11} {'json.loads':>13} {'memory':>9}")
    print(f"{'goal':32} {'':>9} {'':11} {'>= 5 x':>11} {'>= 1 x':>13} {'< 100 MB':>9}")
    for name in os.environ.get("BENCH_FILES", "").split(";") if "BENCH_FILES" in os.environ else FILES:
        if not (name.endswith("1 GB") and os.environ.get("BENCH_LARGE") == "0"):
            compare(name)


if __name__ == "__main__":
    main()
