"""`make deploy-local` on a machine whose settings point to other machines."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conflicting_settings import conflicting_settings
from tests.local.test_deploy_local import folder, job_file, run

pytestmark = pytest.mark.local

__all__ = ["folder"]  # a fixture


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """Return the requests that the user's proxy has received."""
    with conflicting_settings(monkeypatch, tmp_path_factory.mktemp("user") / "home") as seen:
        yield seen


def test_a_deployment_sends_no_request_to_the_proxy(folder: Path, seen: list[str]) -> None:
    """Bootstrap, deploy, read back and destroy send no request to the user's proxy."""
    job_file(folder)
    status, out, err = run(folder, "deploy", "tickets.yaml", "--local", "--destroy")
    assert (status, err) == (0, ""), out
    assert "is now Stopped" in out
    assert seen == []
