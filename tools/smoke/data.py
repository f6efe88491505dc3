"""The training data of the smoke test, and how much it can cost at most."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from constructs_lib.datasets import estimate, validate

BASE_MODEL = "amazon.nova-micro-v1:0:128k"
EPOCHS = 1

MOST_JOBS = 11
"""How often the data could be trained on, if Bedrock accepted every request for a job and stopped no job."""

MOST_CALLS = 60
"""The most calls of the deployed model."""

REFUSED_JOBS = 3
"""The requests for jobs in the part `refusals`, which Bedrock is expected to refuse."""

QUESTION_TOKENS = 20
"""The most tokens of a question to the deployed model, with what a chat template adds."""

ANSWER_TOKENS = 8
"""The most tokens of an answer of the deployed model."""

QUESTION = "Where is my parcel?"

_QUEUES = (
    ("The parcel is late.", "shipping"),
    ("The drill is broken.", "warranty"),
    ("Please send the invoice again.", "billing"),
    ("I want to return the lamp.", "returns"),
    ("The tracking number does not work.", "shipping"),
    ("The saw stopped after a week.", "warranty"),
    ("I was charged twice.", "billing"),
    ("The screws have the wrong size.", "returns"),
)


def records() -> str:
    """Return the training data: 8 records, which is AWS's minimum for Nova."""
    system = "Name the queue for the ticket."
    lines = [
        {
            "schemaVersion": "bedrock-conversation-2024",
            "system": [{"text": system}],
            "messages": [
                {"role": "user", "content": [{"text": ticket}]},
                {"role": "assistant", "content": [{"text": queue}]},
            ],
        }
        for ticket, queue in _QUEUES
    ]
    return "".join(f"{json.dumps(one)}\n" for one in lines)


def most_tokens() -> int:
    """Return the upper bound of the tokens of one job, with all its epochs, as the library estimates it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.jsonl"
        path.write_text(records(), encoding="utf-8")
        report = validate(path, model=BASE_MODEL, customization_type="FINE_TUNING")
    return estimate(report, epochs=EPOCHS).most_tokens_trained
