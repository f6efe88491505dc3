"""What holds for every test."""

import atexit
import gc
import os
import re
import shutil
import signal
import tempfile
from collections import defaultdict
from contextlib import suppress
from functools import cache
from pathlib import Path

import botocore.session
import pytest
import typer.testing
from botocore.loaders import Loader, create_loader
from hypothesis import HealthCheck, settings

from tests.jsii_kernel import leave_out_host

# The CDK validates the templates of each app with its own rules, which takes two seconds in every process
# that synthesizes. Where a test depends on these rules it asks for them (tests/security/stacks.py).
os.environ["CDK_VALIDATION"] = "false"

# How many generated inputs a test leaves out, and how long that takes, says nothing about the library. Every
# run has the same inputs, so that only a change of the library lets a test fail; `make soak` has others.
settings.register_profile(
    "all",
    derandomize=not os.environ.get("OTHER_EXAMPLES"),
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
settings.load_profile("all")

leave_out_host()

# Python looks for unreachable cycles after every 700 new objects, now and then among all objects: also in
# modules and in 12,000 collected tests, which stay to the end.
gc.set_threshold(20_000, 20, 50)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Use a worker more than processors with `-n auto`: tests of the local AWS wait for its processes."""
    return (os.cpu_count() or 1) + 1


_FAILED = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    """Give a run its own folder for temporary files: the CDK and Node leave many, also those of workers."""
    if hasattr(config, "workerinput"):
        return
    folder = Path(tempfile.mkdtemp(prefix="tests-"))
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    # Before jsii registers its end, thus after it: Node has then stopped.
    atexit.register(_remove, folder, config)


def _remove(folder: Path, config: pytest.Config) -> None:
    """Leave what tests that failed have written to their `tmp_path`, and nothing else."""
    for one in folder.iterdir():
        if not (config.stash.get(_FAILED, False) and one.name.startswith("pytest-of-")):
            shutil.rmtree(one, ignore_errors=True) if one.is_dir() else one.unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Remember whether a test has failed."""
    session.config.stash[_FAILED] = session.testsfailed > 0


_LONGEST = (
    "tests/local/test_gallery.py",
    "tests/docs/test_code_blocks.py::test_the_code_of_a_page_runs[docs/start.md]",
    "tests/local/test_retraining.py",
    "tests/local/test_deploy_local.py",
    "tests/local/test_secrets.py",
    "tests/local/test_deployments.py",
    "tests/docs/test_site.py",
    "tests/local/",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that no worker of pytest-xdist is left alone with it at the end."""

    def place(item: pytest.Item) -> int:
        found = (at for at, start in enumerate(_LONGEST) if item.nodeid.startswith(start))
        return next(found, len(_LONGEST))

    items.sort(key=place)


def pytest_collection_finish() -> None:
    """Leave what was collected out of the search for unreachable cycles."""
    gc.collect()
    gc.freeze()


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name a case with a token by what stays: the CDK numbers tokens as they come, in each worker anew."""
    return re.sub(r"Token\[[^\]]*\]", "Token", val) if isinstance(val, str) and "Token[" in val else None


@pytest.fixture(autouse=True, scope="session")
def no_width() -> None:
    """Let output have no width: readline sets COLUMNS in the workers of pytest-xdist."""
    os.environ.pop("COLUMNS", None)


@pytest.fixture(autouse=True, scope="session")
def ctrl_c() -> None:
    """Let processes that tests start end on Ctrl-C: a shell lets what it starts with `&` ignore it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="session")
def read_once() -> None:
    """Let sessions of the AWS SDK share what is read from its files, as the clients of one session do."""
    read: dict[str | None, dict[object, object]] = defaultdict(dict)

    def sharing(search_path: str | None = None) -> Loader:
        loader = create_loader(search_path)
        loader._cache = read[search_path]
        return loader

    botocore.session.create_loader = sharing


@pytest.fixture(autouse=True, scope="session")
def built_once() -> None:
    """Let each call of the console use the same commands: typer's runner builds all 36 for each call."""
    typer.testing._get_command = cache(typer.testing._get_command)
