"""Every line that the function may write is a sentence."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING

import pytest

from constructs_lib.monitoring.log_lines import SENTENCES, read_line

if TYPE_CHECKING:
    from collections.abc import Sequence

LAMBDA = Path(__file__).parents[3] / "lambda" / "customization_job"
IDS = {"stackId": "arn:stack", "logicalResourceId": "Triage", "requestId": "r-1", "requestType": "Create"}

ABOUT = ("logicalResourceId", "kind", "job")
"""What a look writes of the thing that it is about, by `**about`."""


NOUNS = ("deployment", "throughput")
"""What the code that both share writes about."""


def written() -> dict[str, list[set[str]]]:
    """Return the acts that the function writes, each with the fields of each place that writes it."""
    found: dict[str, list[set[str]]] = {}
    for file in LAMBDA.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr == "write" and ast.unparse(node.func.value).endswith("log"):
                acts = [text_for(node.args[0], noun) for noun in NOUNS]
                assert all(acts), f"{file}:{node.lineno}: an act must be a literal"
                for act, noun in dict(zip(acts, NOUNS, strict=True)).items():
                    names = {name for one in node.keywords for name in names_for(one, noun)}
                    found.setdefault(act, []).append(names)
    return found


def text_for(node: ast.expr | None, noun: str) -> str:
    """Return a literal, in which `{noun}` may stand for what the code is about; "" for anything else."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    is_about = isinstance(node, ast.JoinedStr) and ast.unparse(node).count("{") == 1
    return ast.unparse(node)[2:-1].replace("{noun}", noun) if is_about else ""


def names_for(keyword: ast.keyword, noun: str) -> Sequence[str]:
    """Return the fields of one argument, which may be `**{...}`."""
    if keyword.arg is not None:
        return [keyword.arg]
    if isinstance(keyword.value, ast.Dict):
        return [text_for(key, noun) for key in keyword.value.keys]
    return ABOUT


WRITTEN = written()


def test_every_act_of_the_function_has_a_sentence_and_no_other_has() -> None:
    """An act that the handler learns needs a sentence, and one that it drops leaves none behind."""
    assert set(WRITTEN) == set(SENTENCES)
    assert len(WRITTEN) > 20  # else the search above finds nothing


@pytest.mark.parametrize("act", sorted(WRITTEN))
def test_a_sentence_has_what_the_function_writes(act: str) -> None:
    """A field that the handler renames is seen here, and what it writes is not left out."""
    for fields in WRITTEN[act]:
        record = {"level": "INFO", "act": act, **IDS, **{name: f"<{name}>" for name in fields}}
        line = read_line(json.dumps(record))
        assert line is not None
        assert "not known)" not in line.sentence
        template = SENTENCES[act]
        if isinstance(template, str):
            used = {name for _, name, _, _ in Formatter().parse(template) if name}
            assert used <= fields


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"act": "decided", "decision": "Start", "stack": "IN_PROGRESS"},
            "Decided to start a job: no job of these inputs can be used.",
        ),
        (
            {"act": "decided", "decision": "Keep", "stack": "IN_PROGRESS", "jobArn": "J", "note": "adopted"},
            "Decided to keep the job J: it was started for the same inputs.",
        ),
        (
            {"act": "decided", "decision": "Keep", "stack": "ROLLING_BACK"},
            "Decided to leave the resource without a job: the stack is being rolled back.",
        ),
        (
            {"act": "decided", "decision": "Fail", "stack": "IDLE", "note": "No job was started, because."},
            "Decided to fail: No job was started, because.",
        ),
        (
            {"act": "decided", "decision": "Put", "stack": "IDLE", "parameter": "/m", "note": "N"},
            "Decided to write the parameter /m: no operation of the stack is in progress; N.",
        ),
        (
            {"act": "decided", "decision": "Update", "stack": "IN_PROGRESS", "deploymentName": "D"},
            "Decided to give another model to the deployment D",
        ),
        (
            {"act": "crashed", "kind": "published", "error": "KeyError", "frames": ["f.py:1"]},
            "The handler failed with an unexpected error, KeyError, at f.py:1.",
        ),
        (
            {"act": "parameter left alone", "parameter": "/m", "decision": "N", "command": "aws x"},
            "Did not delete the parameter /m: N. To delete it: aws x",
        ),
        (
            {"act": "parameter left alone", "parameter": "/m"},
            "Did not delete the parameter /m, because it is not this resource's.",
        ),
        (
            {"act": "parameter not read", "parameter": "/m", "code": "AccessDenied"},
            "The parameter /m could not be read (AccessDenied); it was not deleted.",
        ),
        (
            {"act": "response sent", "status": "SUCCESS", "physicalResourceId": "J", "httpStatus": 200},
            "Sent the response SUCCESS with the physical id J",
        ),
        (
            {
                "act": "response sent",
                "status": "FAILED",
                "physicalResourceId": "J",
                "reason": "D.",
                "httpStatus": 403,
            },
            (
                "Sent the response FAILED with the physical id J: D. (CloudFormation did not take it: HTTP "
                "status 403)"
            ),
        ),
        (
            {"act": "job started", "jobName": "T-1"},
            "Started the job T-1 (generation (not known)): (not known)",
        ),
    ],
)
def test_sentences(fields: dict[str, object], sentence: str) -> None:
    """What was decided is said with its reason."""
    line = read_line(json.dumps({"level": "INFO", **IDS, **fields}))
    assert line is not None
    assert (line.sentence, line.resource, line.request) == (sentence, "Triage", "Create")


@pytest.mark.parametrize(
    "message",
    [
        "START RequestId: 5ce3 Version: $LATEST\n",
        "END RequestId: 5ce3\n",
        "REPORT RequestId: 5ce3\tDuration: 812.02 ms\tBilled Duration: 813 ms\tMemory Size: 256 MB\t\n",
        "INIT_START Runtime Version: python:3.13.v12\tRuntime Version ARN: arn:aws:lambda:us-east-1\n",
        "\n",
        '{"_aws": {"Timestamp": 1}, "act": "metrics", "level": "INFO", "Failed": 0}',
    ],
)
def test_what_lambda_writes_every_time_is_not_shown(message: str) -> None:
    """These lines say nothing about a job."""
    assert read_line(message) is None


@pytest.mark.parametrize(
    ("message", "level"),
    [
        ("2026-11-27T05:00:00.000Z 5ce3 Task timed out after 840.00 seconds\n\n", "ERROR"),
        ("REPORT RequestId: 5ce3\tDuration: 840000 ms\tStatus: timeout", "ERROR"),
        ("[ERROR] DeliveryError: no route\nTraceback (most recent call last):\n  File", "ERROR"),
        ("RequestId: 5ce3 Error: Runtime exited with error: signal: killed\nRuntime.ExitError", "ERROR"),
        ("[WARNING] something", "WARNING"),
        ('{"level": "ERROR", "act": "of another release", "x": 1}', "ERROR"),
        ('{"level": "FATAL", "act": "of another release"}', "INFO"),
        ('{"act": ["no", "text"]}', "INFO"),
        ("[" * 100_000, "INFO"),
        ('{"act": "decided", "x": ' + "9" * 5000 + "}", "INFO"),
        ('{"act": "job ended", "jobArn": ' + '{"a":' * 500 + "1" + "}" * 501, "INFO"),
        ('{"act": "new", "stackId": [1], "level": {}, "requestType": ' + "[" * 900 + "]" * 900 + "}", "INFO"),
        ("", None),
    ],
)
def test_what_is_no_act_is_shown_as_it_is(message: str, level: str | None) -> None:
    """A traceback, the end of Lambda's patience, a newer handler, and anything else."""
    line = read_line(message)
    assert (line and line.level) == level
    if line and not message.startswith('{"act": "job ended"'):
        assert line.sentence == message.rstrip("\n")
