"""How AWS's own validators judge the mutations, as `record.py` recorded it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

VERDICTS = Path(__file__).parent / "verdicts.json"

LETTERS = {
    "accepted": "+",
    "json": "j",
    "missing": "m",
    "type": "t",
    "extra": "x",
    "role": "r",
    "order": "o",
    "empty": "e",
    "word": "w",
    "version": "v",
    "media": "i",
    "tools": "u",
    "reasoning": "a",
    "count": "c",
    "other": "?",
}
"""The letters of `verdicts.json`: `accepted`, or why a validator refuses a file, by its first error."""

_WORDS = {letter: word for word, letter in LETTERS.items()}


@dataclass(frozen=True)
class Source:
    """One of AWS's validators.

    Args:
        repository: its repository on GitHub.
        path: its file.
        commit: the commit that was recorded.
    """

    repository: str
    path: str
    commit: str


_SAMPLES, _SAMPLES_AT = "aws-samples/amazon-bedrock-samples", "85fba9d9c404ae120c0ceee5e67befed35004fdc"
SOURCES = {
    "nova": Source(
        "aws-samples/amazon-nova-samples",
        "customization/bedrock-finetuning/understanding/dataset_validation/nova_ft_dataset_validator.py",
        "1e88f2450a00a3a24933765ae96159a55ad02a90",
    ),
    "forge": Source(
        "aws/nova-forge-sdk",
        "src/amzn_nova_forge/dataset/dataset_validator/dataset_validator.py",
        "a4d5b3df0bae826a0364a9087d768248c1883f42",
    ),
    "distillation": Source(
        _SAMPLES, "custom-models/model_distillation/dataset-validation/dataset_validator.py", _SAMPLES_AT
    ),
    "llama": Source(
        _SAMPLES,
        "custom-models/bedrock-fine-tuning/meta-llama/dataset_validation/dataset_validation.py",
        _SAMPLES_AT,
    ),
    "haiku": Source(
        _SAMPLES,
        "custom-models/bedrock-fine-tuning/claude-haiku/DataValidation/data_validation.py",
        _SAMPLES_AT,
    ),
}


@dataclass(frozen=True)
class Recorded:
    """What was recorded of one family.

    Args:
        validators: their names in `SOURCES`.
        files: the digest of the mutations that they judged.
        verdicts: by mutation, one word for each validator: `accepted`, or why it is refused.
    """

    validators: tuple[str, ...]
    files: str
    verdicts: Mapping[str, tuple[str, ...]]


@cache
def recorded() -> dict[str, Recorded]:
    """Return the verdicts by family."""
    return {
        family: Recorded(
            tuple(one["validators"]),
            one["files"],
            {name: tuple(_WORDS[letter] for letter in letters) for name, letters in one["verdicts"].items()},
        )
        for family, one in json.loads(VERDICTS.read_text(encoding="utf-8")).items()
    }


def digest(files: Mapping[str, bytes]) -> str:
    """Return what tells other mutations from those that were judged."""
    found = hashlib.sha256()
    for name, content in files.items():
        found.update(f"{name} {len(content)} ".encode())
        found.update(content)
    return found.hexdigest()[:16]
