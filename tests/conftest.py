"""What holds for every test."""

import gc
import os
import pickle
import re
import signal
from functools import cache

import pytest
from botocore.loaders import JSONFileLoader
from hypothesis import HealthCheck, settings

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

# Python looks for unreachable cycles after every 700 new objects, now and then among all objects: also in
# modules and in 12,000 collected tests, which stay to the end.
gc.set_threshold(20_000, 20, 50)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Use one worker more than processors with `-n auto`: tests of the local AWS wait for its processes."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that no worker of pytest-xdist is left alone with it at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith("tests/local/"))


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
    """Read the files of the AWS SDK once for all its sessions, of which nearly every test makes one.

    Each session gets a copy, because a session may change what it has read.
    """
    read = JSONFileLoader().load_file
    load = cache(lambda path: pickle.dumps(read(path)))
    JSONFileLoader.load_file = lambda _, path: pickle.loads(load(path))  # noqa: S301 - written above
