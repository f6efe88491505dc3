"""No field without a typed name, a rule, a test and a row in the docs."""

from __future__ import annotations

import pytest

from constructs_lib.cli.job_file_text import COMMENTS
from constructs_lib.contract import default_model
from constructs_lib.request.fields import FIELDS, typed_path
from tests.unit.checks.test_request_rules import WRONG
from tests.unit.request.test_violations import REFUSED
from tools.update_service_model import PAGE, with_table

LEAVES = [
    part.path
    for part in default_model().parts()
    if default_model().shape(part.shape)["type"] not in ("structure", "list", "map")
]


def test_every_field_of_the_service_is_in_the_table() -> None:
    """A new field of a newer botocore fails here until it has a typed name."""
    assert [one.api for one in FIELDS] == LEAVES


def test_every_field_has_a_comment_in_job_files() -> None:
    """`skeleton` writes it."""
    assert list(COMMENTS) == LEAVES


def test_every_field_is_covered_by_the_test_that_the_docs_name() -> None:
    """A wrong value of each field is refused under the field's typed name."""
    covered = {name for name, *_ in WRONG}
    assert {one.api for one in FIELDS if one.typed} <= covered
    assert {one.api for one in FIELDS if not one.typed} <= {path for path, *_ in REFUSED}


def test_the_docs_are_what_the_tool_writes() -> None:
    """Run `python -m tools.update_service_model` where this fails."""
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_table(page)
    assert all(f"| `{leaf}` |" in page for leaf in LEAVES)


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("jobTags", "job_tags"),
        ("jobTags[3].key", "job_tags[3].key"),
        ("trainingDataConfig", "training_data"),
        ("trainingDataConfig.invocationLogsConfig", "training_data.invocation_logs"),
        ("customizationConfig", "customization"),
        ("customizationConfig.rftConfig.hyperParameters", "customization.hyper_parameters"),
        ("vpcConfig", "network"),
        ("vpcConfig.subnetIds[2]", "network.subnet_ids[2]"),
        ("validationDataConfig.validators", "validation_data"),
        ("validationDataConfig.validators[2].s3Uri", "validation_data[2]"),
        ("hyperParameters", "customization.hyper_parameters"),
        ("hyperParameters.learningRate", "customization.hyper_parameters.learning_rate"),
        ("hyperParameters.a.b", "customization.hyper_parameters.a.b"),
        ("clientRequestToken", "clientRequestToken"),
        ("elsewhere", "elsewhere"),
        ("", ""),
    ],
)
def test_a_place_in_the_request_has_a_typed_name(path: str, typed: str) -> None:
    """Leaves and what lies above them; what has no typed name keeps the API's."""
    assert typed_path(path) == typed
