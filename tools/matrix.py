"""Run the tests on every Python of this machine, and with the lowest versions: `python -m tools.matrix`.

Each environment is in `.matrix/`, and is made anew where a lock file has changed. What was not found is
listed at the end: the documentation names only what was run.
"""

import os
import re
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).parents[1]
FIRST, LAST = 11, 14
"""The minor versions of Python 3 that are looked for."""

LOCK, LOWEST = ROOT / "requirements.lock", ROOT / "requirements-lowest.lock"


def main(arguments: list[str]) -> int:
    """Run the tests and return 1 if some fail.

    Args:
        arguments: arguments of pytest. Default: all tests.
    """
    pythons = {f"3.{minor}": find_python(minor) for minor in range(FIRST, LAST + 1)}
    found = {version: path for version, path in pythons.items() if path is not None}
    runs = [(version, path, [LOCK]) for version, path in found.items()]
    runs += [(f"{version} lowest", path, [LOCK, LOWEST]) for version, path in list(found.items())[:1]]
    results = {name: run_tests(environment(name, path, locks), arguments) for name, path, locks in runs}
    results |= {version: "not found" for version, path in pythons.items() if path is None}
    print("\n" + "\n".join(f"Python {name}: {result}" for name, result in sorted(results.items())))
    return 0 if set(results.values()) <= {"passed", "not found"} else 1


def find_python(minor: int) -> Path | None:
    """Return an interpreter that starts: on the PATH, or one of pyenv's that is not active.

    Args:
        minor: its minor version.
    """
    candidates = [shutil.which(f"python3.{minor}")]
    if pyenv := shutil.which("pyenv"):
        listed = subprocess.run(
            [pyenv, "versions", "--bare"], capture_output=True, text=True, check=False
        ).stdout
        for version in re.findall(rf"^3\.{minor}\.\d+$", listed, re.MULTILINE):
            prefix = subprocess.run(
                [pyenv, "prefix", version], capture_output=True, text=True, check=True
            ).stdout
            candidates.append(f"{prefix.strip()}/bin/python3.{minor}")
    for one in filter(None, candidates):
        if subprocess.run([one, "-c", "import venv"], capture_output=True, check=False).returncode == 0:
            return Path(one)
    return None


def environment(name: str, python: Path, locks: list[Path]) -> Path:
    """Return the folder of a venv with this library, made if it is not there.

    Args:
        name: its name.
        python: its interpreter.
        locks: what is installed, one after the other; a later file replaces versions of an earlier one.
    """
    home = ROOT / ".matrix" / name.replace(" ", "-")
    made_from = sha256(b"".join(file.read_bytes() for file in locks)).hexdigest()
    mark = home / "made-from"
    if not mark.exists() or mark.read_text() != made_from:
        shutil.rmtree(home, ignore_errors=True)
        subprocess.run([python, "-m", "venv", home], check=True)
        for file in locks:
            pip(home, "--require-hashes", "-r", str(file))
    pip(home, "--no-build-isolation", "-e", str(ROOT))
    mark.write_text(made_from)
    return home


def pip(home: Path, *arguments: str) -> None:
    """Install packages into a venv, without what they depend on.

    Args:
        home: its folder.
        arguments: arguments of `pip install`.
    """
    subprocess.run([home / "bin" / "pip", "install", "--quiet", "--no-deps", *arguments], check=True)


def run_tests(home: Path, arguments: list[str]) -> str:
    """Run the tests in a venv.

    Args:
        home: its folder.
        arguments: arguments of pytest.
    """
    print(f"\n{home.name}", flush=True)
    path = os.pathsep.join([str(home / "bin"), str(ROOT / "node_modules" / ".bin"), os.environ["PATH"]])
    command = [
        home / "bin" / "pytest",
        "-n",
        "auto",
        "--dist",
        "worksteal",
        "-p",
        "no:cacheprovider",
        *arguments,
    ]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "PATH": path}, check=False)
    return "passed" if done.returncode == 0 else f"failed ({done.returncode})"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
