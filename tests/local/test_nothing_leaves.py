"""`make deploy-local` on a machine whose settings point to other machines."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conflicting_settings import conflicting_settings
from tests.local.test_deploy_local import MINIMAL_APP, checkout, run

pytestmark = pytest.mark.local

__all__ = ["checkout"]  # a fixture


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """Return the requests that the user's proxy has received."""
    with conflicting_settings(monkeypatch, tmp_path_factory.mktemp("user") / "home") as seen:
        yield seen


def test_a_deployment_sends_no_request_to_the_proxy(checkout: Path, seen: list[str]) -> None:
    """Bootstrap, deploy, read back and destroy send no request to the user's proxy."""
    status, out, err = run(checkout, "--app", MINIMAL_APP, "--destroy")
    assert (status, err) == (0, ""), out
    assert "tiny-job: Stopped" in out
    assert seen == []
