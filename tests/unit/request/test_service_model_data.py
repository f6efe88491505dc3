"""The data file follows the installed botocore."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.loaders import Loader

from constructs_lib.contract.patterns import PATTERNS
from constructs_lib.contract.shapes import DATA

_ROOT = Path(__file__).parents[3]
_FILE = DATA / "bedrock/2023-04-20/service-2.json"


def _tool() -> Any:  # noqa: ANN401 - a module loaded from its file
    spec = importlib.util.spec_from_file_location("tool", _ROOT / "tools/update_service_model.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_copy_is_what_the_installed_botocore_says() -> None:
    """A botocore with another model fails here until the tool has run and what is new was reviewed."""
    tool = _tool()
    assert _FILE.read_text(encoding="utf-8") == tool.rendered(tool.trimmed(tool.installed())), (
        "run tools/update_service_model.py"
    )


def test_the_copy_is_small_and_says_nothing_of_this_machine() -> None:
    """The Lambda carries it: under 100 kB, no documentation."""
    text = _FILE.read_text(encoding="utf-8")
    assert len(text) < 100_000
    assert '"documentation"' not in text


def test_the_copy_has_every_list_that_the_handler_asks_for() -> None:
    """An old runtime knows neither of the newer two; the copy is put before its own model."""
    operations = json.loads(_FILE.read_text(encoding="utf-8"))["operations"]
    lists = {"ListModelCustomizationJobs", "ListCustomModelDeployments", "ListProvisionedModelThroughputs"}
    assert lists <= operations.keys()


def test_every_pattern_is_in_the_table() -> None:
    """A pattern that was not reviewed could take exponential time, so that this test fails."""
    shapes = json.loads(_FILE.read_text(encoding="utf-8"))["shapes"]
    assert {shape["pattern"] for shape in shapes.values() if "pattern" in shape} <= set(PATTERNS)


@pytest.mark.parametrize("operation", _tool().OPERATIONS)
def test_botocore_can_call_every_kept_operation(operation: str) -> None:
    """The Lambda puts the copy before its runtime's own model; a client must come out of it."""
    session = botocore.session.Session()
    session.register_component("data_loader", _loader())
    config = Config(signature_version=botocore.UNSIGNED)
    client = session.create_client("bedrock", region_name="us-east-1", config=config)
    model = client.meta.service_model.operation_model(operation)
    assert model.input_shape.type_name == "structure"


def _loader() -> Loader:
    loader = Loader(extra_search_paths=[str(DATA)])
    assert loader.determine_latest_version("bedrock", "service-2") == "2023-04-20"
    return loader
