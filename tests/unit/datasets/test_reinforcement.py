"""Records for reinforcement fine-tuning: what the guides describe, and what AWS's validators refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib.datasets import validate
from tests.unit.datasets.helpers import NOVA_2, RFT, chat, found, write

if TYPE_CHECKING:
    from pathlib import Path

OPEN_WEIGHT = "openai.gpt-oss-20b"
USER = {"role": "user", "content": "a"}
SYSTEM = {"role": "system", "content": "s"}
ANSWER = "reference_answer"


def tool(name: str = "roll", **more: object) -> dict[str, Any]:
    """A tool in OpenAI's form."""
    parameters = {"type": "object", "properties": {}}
    return {
        "type": "function",
        "function": {"name": name, "description": "d", "parameters": parameters, **more},
    }


def prompt(*messages: object, **fields: object) -> dict[str, Any]:
    """A record with a reference answer."""
    return {"messages": [*messages], ANSWER: "b", **fields}


def findings(folder: Path, record: object, model: str = NOVA_2) -> list[str]:
    """Check one record, and return severity, rule and path of every finding about it."""
    report = validate(write(folder, [record]), model=model, customization_type=RFT, limit=50)
    return [f"{severity} {rule} {path}".strip() for severity, rule, _, path in found(report)]


MESSAGES: list[tuple[Any, list[str]]] = [
    (prompt(USER), []),
    (chat("a", "b", "c", reference_answer="d"), []),
    (prompt(SYSTEM, USER), []),
    (prompt(SYSTEM, USER, SYSTEM), []),
    (prompt(USER, SYSTEM), ["error system-first messages[1].role"]),
    (prompt(SYSTEM), ["error missing-field messages"]),
    (prompt(), ["error missing-field messages"]),
    ({ANSWER: "b"}, ["error missing-field messages"]),
    ({"messages": {}, ANSWER: "b"}, ["error field-type messages"]),
    (prompt("x", USER), ["error field-type messages[0]"]),
    (prompt({"content": "a"}, USER), ["error missing-field messages[0].role"]),
    (prompt({"role": 1, "content": "a"}, USER), ["error role messages[0].role"]),
    (prompt({"role": "function", "content": "a"}, USER), ["error role messages[0].role"]),
    (prompt({"role": "User", "content": "a"}), ["warning role-unlisted messages[0].role"]),
    (prompt({"role": "developer", "content": "a"}, USER), ["warning role-unlisted messages[0].role"]),
    (prompt({"role": "tool", "content": "a"}, USER), ["warning role-unlisted messages[0].role"]),
    (prompt({"role": "user"}), ["error missing-field messages[0].content"]),
    (prompt({"role": "user", "content": None}), ["error field-type messages[0].content"]),
    (prompt({"role": "user", "content": ""}), ["error empty-text messages[0].content"]),
    (prompt({"role": "user", "content": " "}), ["error blank-text messages[0].content"]),
    (prompt({"role": "user", "content": []}), ["error missing-field messages[0].content"]),
    (
        prompt({"role": "user", "content": [{"type": "text", "text": "a"}]}),
        ["warning content-parts messages[0].content"],
    ),
    (
        prompt({"role": "user", "content": [{"type": "image_url"}]}),
        ["error content-block messages[0].content[0]", "warning content-parts messages[0].content"],
    ),
    (prompt(USER | {"name": "x"}), ["warning unknown-field messages[0].name"]),
    (
        prompt(USER, {"role": "assistant", "content": None, "tool_calls": [{}]}),
        ["warning tool-use messages[1].tool_calls"],
    ),
    (
        prompt({"role": "user", "content": "User: a"}),
        ["error reserved-words-unlisted messages[0].content"],
    ),
    (
        prompt({"role": "user", "content": "user: a"}),
        ["warning reserved-words-contradicted messages[0].content"],
    ),
]


@pytest.mark.parametrize(("record", "expected"), MESSAGES)
def test_messages(tmp_path: Path, record: object, expected: list[str]) -> None:
    """A prompt has the documented roles and texts; what only some of AWS's sources take is a warning."""
    assert findings(tmp_path, record) == expected


FIELDS: list[tuple[dict[str, Any], list[str]]] = [
    ({ANSWER: "b"}, []),
    ({ANSWER: {"x": None}}, []),
    ({ANSWER: "\u3000é"}, []),
    ({ANSWER: "\n b"}, []),
    ({}, [f"warning reference-answer-missing {ANSWER}"]),
    ({ANSWER: None}, [f"warning reference-answer-missing {ANSWER}"]),
    ({ANSWER: ""}, [f"error reference-answer {ANSWER}"]),
    ({ANSWER: " \n"}, [f"error reference-answer {ANSWER}"]),
    ({ANSWER: "\u3000"}, [f"error reference-answer {ANSWER}"]),
    ({ANSWER: {}}, [f"error reference-answer {ANSWER}"]),
    ({ANSWER: []}, [f"error reference-answer {ANSWER}"]),
    ({ANSWER: [1]}, [f"warning reference-answer-type {ANSWER}"]),
    ({ANSWER: 0}, [f"warning reference-answer-type {ANSWER}"]),
    ({ANSWER: False}, [f"warning reference-answer-type {ANSWER}"]),
    ({ANSWER: "b", "id": "1", "difficulty": [1]}, []),
    ({ANSWER: "b", "id": None}, []),
    ({ANSWER: "b", "id": 1}, ["error field-type id"]),
    ({ANSWER: "b", "id": " "}, ["error missing-field id"]),
    ({ANSWER: "b", "tools": None}, []),
    ({ANSWER: "b", "tools": [tool(), tool("other")]}, []),
    ({ANSWER: "b", "tools": []}, ["error tool-definition tools"]),
    ({ANSWER: "b", "tools": {}}, ["error tool-definition tools"]),
    ({ANSWER: "b", "tools": [tool(), tool()]}, ["error tool-definition tools[1].function.name"]),
    ({ANSWER: "b", "tools": [tool(" ")]}, ["error tool-definition tools[0].function.name"]),
    (
        {ANSWER: "b", "tools": [tool(description="")]},
        ["error tool-definition tools[0].function.description"],
    ),
    (
        {ANSWER: "b", "tools": [tool(parameters={"type": "array"})]},
        ["error tool-definition tools[0].function.parameters"],
    ),
    (
        {ANSWER: "b", "tools": [tool(parameters={"type": "object"})]},
        ["error tool-definition tools[0].function.parameters.properties"],
    ),
    (
        {ANSWER: "b", "tools": [tool(parameters={"type": "object", "properties": {}, "required": [1]})]},
        ["error tool-definition tools[0].function.parameters.required"],
    ),
    (
        {ANSWER: "b", "tools": [tool() | {"type": "web_search"}]},
        ["error tool-definition tools[0].type"],
    ),
    (
        {ANSWER: "b", "tools": [1]},
        [
            "error tool-definition tools[0].type",
            "error tool-definition tools[0].function.name",
            "error tool-definition tools[0].function.description",
            "error tool-definition tools[0].function.parameters",
        ],
    ),
]


@pytest.mark.parametrize(("fields", "expected"), FIELDS)
def test_fields(tmp_path: Path, fields: dict[str, Any], expected: list[str]) -> None:
    """The fields beside the messages are as AWS's validators take them; the guides allow more answers."""
    assert findings(tmp_path, {"messages": [USER], **fields}) == expected


def test_spaces_inside_an_empty_answer(tmp_path: Path) -> None:
    """An object is empty however it is written."""
    line = '{"messages": [{"role": "user", "content": "a"}], "reference_answer": { }}'
    assert findings(tmp_path, line) == [f"error reference-answer {ANSWER}"]


def test_open_weight_models_have_no_validator(tmp_path: Path) -> None:
    """What only AWS's validators for Nova refuse is valid for a model that they do not read."""
    record = {"messages": [USER | {"name": "x"}], "id": 1, "tools": [], ANSWER: 0}
    assert findings(tmp_path, record, OPEN_WEIGHT) == []


def test_logs_are_records_too(tmp_path: Path) -> None:
    """Invocation logs are told by their first record."""
    record = {"modelId": "x", "input": {"inputBodyJson": {"prompt": "a"}}, "output": {}}
    assert findings(tmp_path, record) == []
