"""The wheel, and environments into which it is installed."""

import fcntl
import re
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = Path("bin", "python")
LENT_BY_THIS_ENVIRONMENT = Path(sysconfig.get_path("purelib"))


class Once(Protocol):
    """Makes a folder once for all workers of a test run."""

    def __call__(self, name: str, make: Callable[[Path], object]) -> Path:
        """Return the folder of a name, which `make` fills unless another worker has."""
        ...


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Once:
    """Return what makes a folder once for all workers."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent

    def make_once(name: str, make: Callable[[Path], object]) -> Path:
        folder, done = shared / name, shared / f"{name}.done"
        with (shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                make(folder)
                done.touch()
        return folder

    return make_once


@pytest.fixture(scope="session")
def wheel(once: Once) -> Path:
    """Return the wheel of this checkout, built as it would be published."""
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    folder = once("dist", lambda out: subprocess.run([*build, "--wheel-dir", out, ROOT], check=True))
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def installed(once: Once, wheel: Path) -> Path:
    """Return the interpreter of a venv into which the wheel was installed."""
    return once("installed", partial(make_venv, wheel=wheel, lent_by=LENT_BY_THIS_ENVIRONMENT)) / PYTHON


@pytest.fixture
def installed_again(tmp_path: Path, wheel: Path) -> Path:
    """Return the interpreter of a venv with the wheel, for a test that changes it."""
    return make_venv(tmp_path / "venv", wheel, lent_by=LENT_BY_THIS_ENVIRONMENT) / PYTHON


@pytest.fixture(scope="session")
def installed_with_cdk_nag_2(once: Once, wheel: Path) -> Path:
    """Return the interpreter of a venv with the wheel and cdk-nag 2, which hides the lent cdk-nag 3."""
    file = Path(__file__).with_name("cdk-nag-2.txt")
    make = partial(make_venv, wheel=wheel, requirements=file, lent_by=LENT_BY_THIS_ENVIRONMENT)
    return once("cdk-nag-2", make) / PYTHON


@pytest.fixture(scope="session")
def alone(once: Once, wheel: Path) -> Path:
    """Return the interpreter of a venv with the wheel, without the CDK and without any extra."""

    def make(home: Path) -> None:
        locked = (ROOT / "requirements-lowest.lock").read_text()
        needed = re.findall(r"^(?:msgspec|pyyaml)==.*\n(?: +--hash.*\n)+", locked, re.MULTILINE)
        requirements = home.with_suffix(".txt")
        requirements.write_text("".join(needed))
        make_venv(home, wheel, requirements=requirements)

    return once("alone", make) / PYTHON


@pytest.fixture(scope="session")
def lowest(once: Once, wheel: Path) -> Path:
    """Return the interpreter of a venv with the lowest versions that the wheel's metadata permits."""
    file = ROOT / "requirements-lowest.lock"
    return once("lowest", partial(make_venv, wheel=wheel, requirements=file)) / PYTHON


@pytest.fixture(scope="session")
def lowest_console(once: Once, wheel: Path, lowest: Path) -> Path:
    """Return the interpreter of a venv in which other packages hold click and boto3 at old versions."""
    file = Path(__file__).with_name("lowest-console.txt")
    make = partial(make_venv, wheel=wheel, requirements=file, lent_by=packages_of(lowest.parents[1]))
    return once("lowest-console", make) / PYTHON


def make_venv(
    home: Path, wheel: Path, *, requirements: Path | None = None, lent_by: Path | None = None
) -> Path:
    """Make a venv with a wheel, and return its folder.

    What is lent is not fetched. This library itself is not lent: no `.pth` file is read in a folder that is.

    Args:
        home: the folder of the venv.
        wheel: the wheel.
        requirements: a file of what else is installed. Default: nothing.
        lent_by: the `site-packages` that have what the wheel depends on. Default: none.
    """
    venv.create(home, with_pip=False, symlinks=True)
    # Not with `--target`, which installs no scripts.
    pip = [sys.executable, "-m", "pip", "--python", str(home / PYTHON)]
    install = [*pip, "install", "--no-deps", "--no-compile", "--quiet"]
    if requirements:
        subprocess.run([*install, "--require-hashes", "-r", str(requirements)], check=True)
    subprocess.run([*install, str(wheel)], check=True)
    if lent_by:
        (packages_of(home) / "lent.pth").write_text(f"{lent_by}\n")
    return home


def packages_of(home: Path) -> Path:
    """Return the `site-packages` of a venv."""
    return next((home / "lib").glob("python*")) / "site-packages"
