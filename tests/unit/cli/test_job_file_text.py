"""The text of job files: what is written is what is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from constructs_lib.cli.job_file_text import as_json, as_yaml
from constructs_lib.request.reading import read_file
from tests.unit.request.strategies import requests

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

_ODD = """
no y ON null ~ 1 0x1F 1e-5 1_000 12:30:45 2026-01-01 1.10 .inf = << *a &a !a @a ' " \\ a/ |- > ? - {} []
"""
TEXTS = st.text(max_size=12) | st.sampled_from(
    [*_ODD.split(), "a: b", "a #b", "- a", "a\n", " a ", "", "\x00", "\U0001f600", "\ud83d"]
)
SCALARS = TEXTS | st.integers() | st.floats(allow_nan=False) | st.booleans() | st.none()
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_pyyaml_reads_what_is_written(request: dict[str, Any]) -> None:
    """Every value has its type again, also where YAML 1.1 would read a word as a boolean or a number."""
    text = as_yaml(request, head=("a\n- b", "", "c: d"), comments={"a": "x\ny: z"})
    assert yaml.safe_load(text) == request
    assert all(line.isprintable() for line in text.split("\n"))


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
@given(requests())
def test_read_file_reads_what_is_written(
    tmp_path_factory: pytest.TempPathFactory, request: dict[str, Any]
) -> None:
    """In both formats, as the construct and the console read them."""
    folder = tmp_path_factory.mktemp("job")
    for name, text in (("job.yaml", as_yaml(request)), ("job.json", as_json(request))):
        (folder / name).write_text(text, encoding="utf-8")
        document = read_file(folder / name)
        assert not document.findings
        assert document.request == request


def test_a_comment_explains_a_list_once() -> None:
    """The first item has it; what a caller says about one field wins."""
    tags = [{"key": "a1", "value": "b1"}, {"key": "a2", "value": "b2"}]
    text = as_yaml({"jobName": "x1", "jobTags": tags}, head=("first",), comments={"jobName": "mine"})
    lines = text.splitlines()
    assert lines[:2] == ["# first", "jobName: x1  # mine"]
    assert lines[3].startswith("  - key: a1  # up to 128")
    assert lines[5] == "  - key: a2"


def test_a_request_without_fields_is_an_empty_mapping(tmp_path: Path) -> None:
    """A job file with nothing in it can be read."""
    (tmp_path / "job.yaml").write_text(as_yaml({}, head=("nothing",)))
    assert read_file(tmp_path / "job.yaml").request == {}
