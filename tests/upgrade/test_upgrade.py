from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from constructs_lib.cli.main import app
from tests.upgrade.histories import (
    CREATED,
    UPDATED,
    Bedrock,
    History,
    UploadedHandler,
    events,
    in_parallel,
    read,
    update_of,
)
from tests.upgrade.record import HISTORIES, TEMPLATES
from tests.upgrade.synthesis import synthesize, templates

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

HANDLER = "customization_job.handler.on_event"


@pytest.fixture(scope="module")
def today(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the templates that are synthesized now."""
    folder = tmp_path_factory.mktemp("today")
    synthesize(folder)
    return folder


@pytest.fixture
def histories() -> list[History]:
    """How the release created every job of its templates."""
    return read(HISTORIES.read_text(encoding="utf-8"))


def test_an_upgrade_changes_nothing_but_the_code_and_the_tags_of_the_function(today: Path) -> None:
    """Every template is the released one, byte for byte, but for the function's code and the app's tags."""
    released, now = masked(templates(TEMPLATES)), masked(templates(today))
    changed = {path: now.get(path, "{}") for path in released if now.get(path) != released[path]}
    assert {path.partition("/")[0] for path in changed} <= {"anywhere"}
    assert [untagged(changed[path]) for path in changed] == [untagged(released[path]) for path in changed]


def test_a_deploy_of_an_upgrade_starts_no_job(today: Path, histories: list[History]) -> None:
    """`bedrock-customize diff` says so of every job."""
    said = []
    for path in templates(TEMPLATES):
        files = [str(folder / path) for folder in (TEMPLATES, today)]
        result = CliRunner().invoke(app, ["diff", *files, "--output", "json"])
        assert result.exit_code == 0, result.output
        said += [one["starts"] for one in json.loads(result.stdout)["jobs"]]
    assert said == ["no"] * len(histories)


@pytest.mark.parametrize("handler", [Bedrock, pytest.param(UploadedHandler, marks=pytest.mark.thorough)])
def test_an_upgrade_retrains_nothing(
    today: Path, histories: list[History], handler: Callable[[], Bedrock]
) -> None:
    """Today's handler asks and answers as the released one; an update to today's template starts no job."""
    now = {
        (path, event["LogicalResourceId"]): event["ResourceProperties"]
        for path, template in templates(today).items()
        for event in events(path, template)
    }
    in_parallel(replay, [(handler(), one, now[one.template, one.logical_id]) for one in histories])


def replay(bedrock: Bedrock, history: History, properties: Mapping[str, Any]) -> None:
    """Create the job of a history once more, let it complete, and update it to other properties."""
    job = f"{history.template} {history.logical_id}"
    assert bedrock.carry_out(history.event, began=CREATED) == history.answer, job
    assert bedrock.requests == history.requests, job
    arn = history.answer["PhysicalResourceId"]
    bedrock.double.complete(arn)
    answer = bedrock.carry_out(update_of(history, properties), began=UPDATED)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", arn), job
    assert bedrock.requests == history.requests, job


def test_training_data_is_not_masked() -> None:
    """Only the key of the function's code is, once for each function: other data is another template."""
    released = templates(TEMPLATES)
    for path, template in masked(released).items():
        assert template.count("<code>") == len(code_keys(released[path])), path
    template = released["fine_tune.py/FineTune.template.json"]
    [key] = code_keys(template)
    [upload] = [
        one["Properties"]["UploadedFiles"][0]
        for one in json.loads(template)["Resources"].values()
        if "UploadedFiles" in one.get("Properties", {})
    ]
    other_code, other_data = (template.replace(part, "another") for part in (key, upload["Sha256"]))
    assert masked({"": other_code}) == masked({"": template})
    assert masked({"": other_data}) != masked({"": template})


def test_tags_of_the_app_reach_function_role_and_logs(today: Path) -> None:
    """The release did not tag them; where an app has no tags, they have none."""
    tagged = {
        path.partition("/")[0] for path, text in templates(today).items() if tagged_parts(json.loads(text))
    }
    assert tagged == {"anywhere"}


def tagged_parts(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the properties of functions behind jobs, of their roles and their logs, if these have tags."""
    own = re.compile(r"BedrockModelCustomization(Function|Role|Logs)[0-9A-F]{8}")
    found = [one["Properties"] for name, one in content["Resources"].items() if own.fullmatch(name)]
    return [properties for properties in found if "Tags" in properties]


def untagged(template: str) -> str:
    """Return a template, in its order, without these tags."""
    content = json.loads(template)
    for properties in tagged_parts(content):
        del properties["Tags"]
    return json.dumps(content)


def masked(texts: Mapping[str, str]) -> dict[str, str]:
    """Put the same word into templates in the place of what the code of the function changes.

    That is the key of its code, and in a template around a nested stack the name of that stack's file, which
    the CDK makes of its content.

    Args:
        texts: The templates of apps, by their paths.
    """
    words = {key: "<code>" for text in texts.values() for key in code_keys(text)}
    words |= {nested_name(text): "<nested>" for path, text in texts.items() if ".nested." in path}
    known = re.compile("|".join(map(re.escape, words)))
    return {path: known.sub(lambda found: words[found[0]], text) for path, text in texts.items()}


def code_keys(text: str) -> list[str]:
    """List the keys of the code of the functions behind jobs."""
    resources = json.loads(text)["Resources"].values()
    own = [one["Properties"] for one in resources if one.get("Properties", {}).get("Handler") == HANDLER]
    return [one["Code"]["S3Key"] for one in own]


def nested_name(text: str) -> str:
    """Name the file of a nested stack's template as the CDK does."""
    compact = json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False)
    return f"{hashlib.sha256(compact.encode()).hexdigest()}.json"
