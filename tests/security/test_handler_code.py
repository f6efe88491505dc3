"""The handler's code: secrets never reach a log, and one function sends all responses."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.security import (
    promotion_scenarios,
    retraining_scenarios,
    serving_scenarios,
    sweep_scenarios,
    waiting_scenarios,
)
from tests.security.handler_scenarios import handler
from tests.security.iam_evaluator import listed

ROOT = Path(__file__).parents[2]
HANDLER = ROOT / "lambda" / "customization_job"
MODULES = sorted(HANDLER.rglob("*.py"))
TREES = {
    path.relative_to(HANDLER).with_suffix("").as_posix(): ast.parse(path.read_text()) for path in MODULES
}

# What holds the event, or the URL with which anybody could answer in the handler's place.
SECRET = {"event", "_event", "url", "_url"}
SENDERS = {"HTTPConnection", "HTTPSConnection", "urlopen", "Request", "create_connection", "socket"}
ALLOWED = {"frame/route": {"socket", "urllib.request"}}  # of the latter only which proxy is set
FOREIGN = {
    "urllib.request",
    "requests",
    "urllib3",
    "socket",
    "subprocess",
    "pickle",
    "logging",
    "ftplib",
    "smtplib",
}


def names(tree: ast.AST) -> set[str]:
    """Return every name and attribute below a node."""
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return found | {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def calls(tree: ast.AST, name: str) -> list[ast.Call]:
    """Return every call of a function or method with this last name."""
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and name in (getattr(node.func, "attr", None), getattr(node.func, "id", None))
    ]


def test_there_is_code_to_check() -> None:
    """The folder that these tests read is the one that is deployed."""
    assert {"handler", "frame/log", "frame/response", "frame/response_url"} <= set(TREES)


@pytest.mark.parametrize("module", TREES)
def test_the_event_never_reaches_the_log(module: str) -> None:
    """No log line gets the event, or the URL that it has."""
    told = [argument for call in calls(TREES[module], "write") for argument in (*call.args, *call.keywords)]
    assert [ast.unparse(one) for one in told if names(one) & SECRET] == []


@pytest.mark.parametrize("module", sorted(TREES.keys() - {"frame/log"}))
def test_only_the_log_module_writes(module: str) -> None:
    """Nothing else prints: the log module escapes control characters and leaves the event out."""
    assert calls(TREES[module], "print") == []
    assert not names(TREES[module]) & {"stdout", "stderr", "print_exc", "format_exc"}


def test_the_log_has_only_ids_of_the_event() -> None:
    """The log module reads four members of the event; none of them is a secret."""
    read = [call.args[0] for call in calls(TREES["frame/log"], "get")]
    literal = {one.value for one in read if isinstance(one, ast.Constant)}
    assert literal - {"LOG_LEVEL"} == {
        "StackId",
        "LogicalResourceId",
        "RequestId",
        "RequestType",
    }


def test_one_module_connects() -> None:
    """One module opens connections, for one function, which gets a checked target and follows no redirect."""
    connecting = {module for module, tree in TREES.items() if names(tree) & SENDERS}
    assert connecting == {"frame/route"}
    senders = {module for module, tree in TREES.items() if calls(tree, "Route")}
    assert senders == {"frame/response"}
    assert len(calls(TREES["frame/response"], "Route")) == 1


def test_the_response_url_is_checked_where_it_is_read() -> None:
    """It is read once, and passed directly to the function that checks it."""
    readers = [
        node
        for tree in TREES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and node.value == "ResponseURL"
    ]
    [checked] = calls(TREES["handler"], "target")
    assert len(readers) == 1
    assert readers[0] in ast.walk(checked.args[0])


@pytest.mark.parametrize("module", TREES)
def test_no_dangerous_module_is_imported(module: str) -> None:
    """No other network module, no code from data, no process."""
    imported = {
        name
        for node in ast.walk(TREES[module])
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert not imported & FOREIGN - ALLOWED.get(module, set())
    assert not names(TREES[module]) & {"eval", "exec", "__import__"}


OTHER_NAMES = {"ListObjectsV2": "ListBucket", "Invoke": "InvokeFunction", "Converse": "InvokeModel"}
"""Actions of IAM that have other names than the operations that they permit."""


def test_calls_and_permissions_are_the_same() -> None:
    """The operations in the files that call AWS are exactly the actions of the handler's role."""
    asked = [
        call
        for file in (
            *("frame/aws", "frame/bedrock", "frame/parameters", "frame/executions", "frame/objects"),
            *("jobs/bedrock", "deployments/bedrock", "promotion/ports", "promotion/runtime"),
        )
        for name in ("call", "find", "pages", "_call", "_pages")
        for call in calls(TREES[file], name)
    ]
    words = {one.value for call in asked for one in call.args if isinstance(one, ast.Constant)}
    permitted = {
        action.partition(":")[2]
        for scenario in (
            handler(deletes_models=True),
            serving_scenarios.function_of_parameters(),
            serving_scenarios.function_of_deployments(),
            waiting_scenarios.function_that_signals(),
            sweep_scenarios.function_of_sweeps(),
            retraining_scenarios.function_with_a_limit(),
            retraining_scenarios.function_that_keeps_the_newest(),
            promotion_scenarios.function_with_records(),
            promotion_scenarios.function_that_asks_models(),
            promotion_scenarios.function_that_watches_alarms(),
            promotion_scenarios.function_that_calls_others(),
            promotion_scenarios.function_that_sends_events(),
        )
        for statement in scenario.statements
        for action in listed(statement["Action"])
        if not action.startswith(("kms:", "iam:", "ec2:", "logs:"))
    }
    assert {OTHER_NAMES.get(word, word) for word in words} == permitted


def test_ruffs_security_rules_hold() -> None:
    """flake8-bandit's rules find nothing without a reason on its line."""
    command = [Path(sys.executable).with_name("ruff"), "check", "--isolated", "--select", "S", str(HANDLER)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout
