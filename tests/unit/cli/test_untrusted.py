"""What files are called and hold comes from others: no terminal acts on it, and no command waits for it."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from constructs_lib.cli.main import app
from constructs_lib.datasets import content_hash
from constructs_lib.request.regular_files import NotRegularError
from tests.unit.datasets.helpers import NOVA

EVIL = "\x1b]0;owned\x07\x1b[2J\u202e\u2028"


def _run(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code in (0, 1, 2), result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.output


def _clean(text: str) -> bool:
    """Return whether every line shows all its characters."""
    return all(line.isprintable() for line in text.split("\n"))


def _record(**more: object) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": [{"text": "x"}]}], **more}


def _data(folder: Path) -> str:
    path = folder / f"train{EVIL}.jsonl"
    path.write_text("\n".join(json.dumps(_record(**{EVIL: EVIL}), ensure_ascii=False) for _ in range(3)))
    return str(path)


def _job_file(folder: Path) -> str:
    path = folder / f"job{EVIL}.json"
    asked = {
        EVIL: EVIL,
        "jobName": EVIL,
        "hyperParameters": {EVIL: EVIL},
        "jobTags": [{"key": EVIL, "value": EVIL}],
    }
    path.write_text(json.dumps(asked))
    return str(path)


def _templates(folder: Path) -> Iterator[str]:
    for number in (1, 2):
        path = folder / f"{number}{EVIL}.json"
        job = {
            "Type": "Custom::BedrockModelCustomizationJob",
            "Metadata": {"aws:cdk:path": EVIL},
            "Properties": {
                "Request": {"hyperParameters": {EVIL: EVIL * number}, EVIL: "x"},
                "OnDelete": EVIL,
            },
        }
        path.write_text(json.dumps({"Resources": {EVIL: job}}))
        yield str(path)


_CREATE = "create-model-customization-job"


def _answer(folder: Path) -> str:
    path = folder / f"answer{EVIL}.json"
    known = {"baseModelArn": EVIL, "jobArn": EVIL, "outputModelArn": EVIL, "status": EVIL}
    path.write_text(json.dumps(known | {"trainingDataConfig": {EVIL: EVIL}, "hyperParameters": {EVIL: EVIL}}))
    return str(path)


COMMANDS: dict[str, Callable[[Path], list[str]]] = {
    "validate": lambda folder: ["validate", _data(folder), "--model", NOVA],
    "validate, no such file": lambda folder: ["validate", str(folder / EVIL), "--model", NOVA],
    "validate, model": lambda folder: ["validate", _data(folder), "--model", EVIL],
    "estimate": lambda folder: ["estimate", _data(folder), "--model", NOVA],
    "check": lambda folder: ["check", _job_file(folder)],
    "check, no such file": lambda folder: ["check", str(folder / f"{EVIL}.yaml")],
    "diff": lambda folder: ["diff", *_templates(folder)],
    "diff, no such file": lambda folder: ["diff", str(folder / EVIL), str(folder / EVIL)],
    "catalogue": lambda folder: ["models", "--catalog", str(folder / EVIL)],
    "from-cli": lambda _: ["from-cli", f"{EVIL}=x aws bedrock {_CREATE} --job-name '{EVIL}' --{EVIL} {EVIL}"],
    "from-cli, values": lambda _: ["from-cli", f"aws bedrock {_CREATE} --hyper-parameters 'a=\"{EVIL}\"'"],
    "from-cli, another command": lambda _: ["from-cli", f"{EVIL} {EVIL}"],
    "from-cli, a file": lambda folder: [
        "from-cli",
        f"aws bedrock {_CREATE} --vpc-config 'file://{folder}/{EVIL}'",
    ],
    "from-job, no such file": lambda folder: ["from-job", str(folder / f"{EVIL}.json")],
    "from-job": lambda folder: ["from-job", _answer(folder)],
}


@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS.keys())
def test_no_terminal_acts_on_what_others_wrote(
    arguments: Callable[[Path], list[str]], tmp_path: Path
) -> None:
    """Escapes, marks that turn the direction of reading, and ends of lines are written out."""
    said = _run(*arguments(tmp_path))
    assert said
    assert _clean(said), repr(said)


NOT_REGULAR = {
    "pipe": lambda folder: os.mkfifo(folder / "x.json"),
    "folder": lambda folder: (folder / "x.json").mkdir(),
    "zeros": lambda folder: (folder / "x.json").symlink_to("/dev/zero"),
}
READERS = {
    "check": lambda name: ["check", name],
    "validate": lambda name: ["validate", name, "--model", NOVA],
    "validation": lambda name: [
        "validate",
        str(Path(name).parent / "no"),
        "--model",
        NOVA,
        "--validation",
        name,
    ],
    "estimate": lambda name: ["estimate", name, "--model", NOVA],
    "diff": lambda name: ["diff", name, name],
    "catalogue": lambda name: ["models", "--catalog", name],
    "from-cli": lambda name: ["from-cli", name],
    "from-cli, an option": lambda name: ["from-cli", f"aws bedrock {_CREATE} --vpc-config file://{name}"],
    "from-job": lambda name: ["from-job", name],
}


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS.keys())
@pytest.mark.parametrize("make", NOT_REGULAR.values(), ids=NOT_REGULAR.keys())
def test_only_regular_files_are_read(
    make: Callable[[Path], None], reader: Callable[[str], list[str]], tmp_path: Path
) -> None:
    """A pipe without a writer and a device without an end do not block the command."""
    make(tmp_path)
    said = " ".join(_run(*reader(str(tmp_path / "x.json"))).replace("│", " ").split())
    said_why = (
        "not a regular file",
        "be a file that can be read",
        "be a folder or prefix with data",
        "directory",
        "The data has 1 error",
    )
    assert any(words in said for words in said_why), said


def test_a_pipe_is_not_hashed(tmp_path: Path) -> None:
    """The construct asks for the hash of a file before anything else."""
    os.mkfifo(tmp_path / "train.jsonl")
    with pytest.raises(NotRegularError, match="it is a named pipe, not a regular file"):
        content_hash(tmp_path / "train.jsonl")


def _with_filter(folder: Path, name: str, filters: dict[str, Any]) -> str:
    logs = (
        {"usePromptResponse": True, "requestMetadataFilters": filters}
        if filters
        else {"usePromptResponse": True}
    )
    request = {"trainingDataConfig": {"invocationLogsConfig": logs}}
    job = {"Type": "Custom::BedrockModelCustomizationJob", "Properties": {"Request": request}}
    (folder / name).write_text(json.dumps({"Resources": {"Job": job}}))
    return str(folder / name)


@pytest.mark.parametrize("output", ["text", "json"])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"equals": {"patient": "alice"}}, {"equals": {"patient": "bob"}}),
        ({}, {"equals": {"patient": "alice"}}),
        ({"andAll": [{"equals": {"patient": "alice"}}]}, {"andAll": [{"equals": {"patient": "bob"}}]}),
        ({"equals": {"patient": "alice"}}, {"notEquals": {"patient": "bob"}}),
        ({"orAll": [{"notEquals": {"patient": "alice"}}]}, {}),
    ],
)
def test_diff_shows_no_filter(tmp_path: Path, old: dict[str, Any], new: dict[str, Any], output: str) -> None:
    """What is kept out of logs is kept out here: that it changes is said, its values are not."""
    paths = [_with_filter(tmp_path, name, one) for name, one in (("old.json", old), ("new.json", new))]
    said = _run("diff", *paths, "--output", output)
    assert "requestMetadataFilters" in said
    assert "yes" in said or "would start a job" in said
    assert not any(word in said for word in ("alice", "bob", "patient"))
