"""The wheel, and environments into which it is installed."""

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel of this checkout, built as it would be published."""
    out = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "--wheel-dir", str(out), str(ROOT)], check=True)
    [built] = out.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the interpreter of a venv into which the wheel was installed."""
    return environment_with(wheel, tmp_path_factory.mktemp("venv"))


@pytest.fixture
def installed_again(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the interpreter of a venv with the wheel, for a test that changes it."""
    return environment_with(wheel, tmp_path_factory.mktemp("venv"))


@pytest.fixture(scope="session")
def installed_with_cdk_nag_2(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the interpreter of a venv with the wheel and cdk-nag 2, which hides the lent cdk-nag 3."""
    requirements = Path(__file__).with_name("cdk-nag-2.txt")
    return environment_with(
        wheel, tmp_path_factory.mktemp("venv"), "--require-hashes", "-r", str(requirements)
    )


def environment_with(wheel: Path, home: Path, *requirements: str) -> Path:
    """Make a venv with a wheel, and return its interpreter.

    What the wheel depends on is lent by this test's environment, so that nothing is fetched; this library
    itself is not, because a path that is lent reads no `.pth` files.

    Args:
        wheel: the wheel.
        home: the folder of the venv.
        requirements: arguments of pip that install more. Default: nothing more is installed.
    """
    venv.create(home, with_pip=False, symlinks=True)
    purelib = next((home / "lib").glob("python*")) / "site-packages"
    install = [sys.executable, "-m", "pip", "install", "--target", str(purelib), "--no-deps", "--quiet"]
    subprocess.run([*install, str(wheel)], check=True)
    if requirements:
        subprocess.run([*install, *requirements], check=True)
    (purelib / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return home / "bin" / "python"
