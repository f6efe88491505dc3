"""`make` on somebody's machine: folders with any name, networks that refuse, and files that are not ours."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SET_UP = (
    "Makefile",
    "tools/set_up.sh",
    "requirements.lock",
    "pyproject.toml",
    "package.json",
    "package-lock.json",
)
READY = (".venv/ready", "node_modules/ready")
STARTED = "setting up .venv (Python, Node and tools, about a minute the first time)"

# A Python that is new enough; what it makes logs its calls, and fails where FAILING names a word of a call.
STUB = """#!/bin/sh
if test "$1" = -m; then
    mkdir -p .venv/bin
    cat >.venv/bin/python <<'END'
#!/bin/sh
test "$1" = -I && exit
echo "$(basename "$0") $*" >>calls
case "$*" in *"${FAILING:-nothing fails}"*) echo "$(basename "$0") says why" >&2; exit 1 ;; esac
test "$1" != ci || mkdir -p node_modules
END
    chmod +x .venv/bin/python
    cp .venv/bin/python .venv/bin/npm
    echo "#!$(pwd -P)/.venv/bin/python" >.venv/bin/pip
fi
"""


@pytest.fixture(params=["checkout", "it's a $HOME of (one)"])
def checkout(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return a folder with what the set-up reads, and a Python that takes no time."""
    return _copied(tmp_path / request.param)


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """Return the same, once, in a folder with a name that needs no quotes."""
    return _copied(tmp_path / "checkout")


def _copied(folder: Path) -> Path:
    for name in SET_UP:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    stub = folder.parent / "a b" / "python stub"
    stub.parent.mkdir()
    stub.write_text(STUB)
    stub.chmod(0o755)
    return folder


def make(folder: Path, *targets: str, python: str | None = None, **env: str) -> tuple[int, str]:
    """Run make; return its exit status, and everything that it and its tools wrote."""
    stub = folder.parent / "a b" / "python stub"
    done = subprocess.run(
        ["make", f"PYTHON={stub if python is None else python}", *targets],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder.parent), **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def calls(folder: Path) -> list[str]:
    """Return the first words of what was called since the last question."""
    log = folder / "calls"
    found = log.read_text().splitlines() if log.exists() else []
    log.unlink(missing_ok=True)
    return [" ".join(one.split()[:4]) for one in found]


def test_make_sets_up_once_in_a_folder_with_any_name(checkout: Path) -> None:
    """Spaces, quotes, dollars and parentheses in the paths of checkout and Python; nothing is done twice."""
    status, said = make(checkout, *READY)
    assert (status, said) == (0, f"{STARTED}\nsetting up node_modules (the CDK CLI)\n")
    assert calls(checkout) == ["python -m pip install", "python -m pip install", "npm ci --loglevel error"]
    assert make(checkout, *READY)[0] == 0
    assert calls(checkout) == []


def test_a_checkout_that_was_moved_is_set_up_again(checkout: Path) -> None:
    """The programs of a virtual environment name the place where it was made."""
    make(checkout, *READY)
    for name in READY:
        os.utime(checkout / name, (0, 0))  # make 3.81 counts seconds, and the stub takes none
    moved = checkout.rename(checkout.with_name("moved"))
    calls(moved)
    assert STARTED in make(moved, *READY)[1]
    assert len(calls(moved)) == 3


def test_an_environment_without_its_python_is_made_again(plain: Path) -> None:
    """As after an upgrade of the Python that it links to."""
    make(plain, *READY)
    (plain / ".venv" / "bin" / "python").unlink()
    (plain / ".venv" / "bin" / "python").symlink_to(plain / "gone")
    assert STARTED in make(plain, ".venv/ready")[1]


@pytest.mark.parametrize(
    ("failing", "texts"),
    [
        (
            "requirements.lock",
            [
                "pip could not install requirements.lock",
                "PIP_CERT=",
                "HTTPS_PROXY=",
                "PIP_INDEX_URL=",
                "TMPDIR=",
            ],
        ),
        ("-e .", ["pip could not install this checkout into .venv"]),
        (
            "ci",
            [
                "npm could not install package-lock.json",
                "NODE_EXTRA_CA_CERTS=",
                "npm_config_registry=",
                "df -h",
            ],
        ),
    ],
)
def test_a_failing_tool_says_why_and_the_next_run_goes_on(
    plain: Path, failing: str, texts: list[str]
) -> None:
    """Its own message comes first, then what to do; a half-made environment is made again."""
    status, said = make(plain, *READY, FAILING=failing)
    assert status != 0
    own = said.index("npm says why" if failing == "ci" else "python says why")
    assert all(own < said.index(text) for text in texts)
    assert make(plain, *READY)[0] == 0


def test_the_message_of_pip_is_shown(plain: Path) -> None:
    """With the real pip, and an index that does not answer."""
    env = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "0"}
    status, said = make(plain, ".venv/ready", python=sys.executable, **env)
    assert status != 0
    assert "ERROR: No matching distribution found for" in said
    assert said.index("ERROR:") < said.index("pip could not install requirements.lock")
    # Without the environment of a checkout npm would not run, and the message of npm is as easy to hide.
    (plain / ".venv" / "tools").touch()
    (plain / ".venv" / "bin" / "npm").symlink_to(Path(sys.executable).with_name("npm"))
    env = {"npm_config_registry": "http://127.0.0.1:9", "npm_config_fetch_retries": "0"}
    status, said = make(plain, "node_modules/ready", **env)
    assert status != 0
    assert re.search(r"npm error .*ECONNREFUSED", said)
    assert said.index("npm error") < said.index("npm could not install package-lock.json")


def test_an_environment_of_somebody_else_is_kept(plain: Path) -> None:
    """`make` neither replaces nor removes it."""
    (plain / ".venv").mkdir()
    (plain / ".venv" / "pyvenv.cfg").touch()
    status, said = make(plain, ".venv/ready")
    assert status != 0
    assert said.startswith(".venv was not made by make, which would replace it; rename it, or remove it")
    assert make(plain, "clean")[0] == 0
    assert (plain / ".venv" / "pyvenv.cfg").exists()


def test_clean_removes_what_make_has_made_and_nothing_else(checkout: Path) -> None:
    """Job files and data stay, also those that git ignores or does not know."""
    mine = ["job.yaml", "data/train.jsonl", "build/own.txt", "dist/own.whl", ".env", "jobs/__pycache__/x.pyc"]
    made = ["cdk.out/a", ".local-aws/run/b", "bench/data/c", "lambda/x/__pycache__/d.pyc", ".ruff_cache/e"]
    made += ["dist/cdk_bedrock_customization-0.1.0-py3-none-any.whl", "examples/platform/.mypy_cache/f"]
    for name in mine + made:
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).touch()
    make(checkout, *READY)
    calls(checkout)
    assert make(checkout, "clean") == (0, "")
    left = {str(one.relative_to(checkout)) for one in checkout.rglob("*") if one.is_file()}
    assert left == {*SET_UP, *mine}
    assert not (checkout / ".venv").exists()
    assert make(checkout, "clean") == (0, "")


@pytest.fixture
def read_only() -> Iterator[tuple[Path, dict[str, int]]]:
    """Return a checkout that the user who runs make cannot write to, and that user."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        checkout = _copied(Path(folder, "checkout"))
        checkout.chmod(0o555)
        yield checkout, {} if os.geteuid() else {"user": 65534}
        checkout.chmod(0o755)


def test_a_read_only_checkout_is_a_sentence(read_only: tuple[Path, dict[str, int]]) -> None:
    """It says what make writes, and where it would work."""
    checkout, user = read_only
    done = subprocess.run(
        ["make", f"PYTHON={checkout.parent}/a b/python stub", ".venv/ready"],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
        **user,
    )
    assert done.returncode != 0
    assert (
        f"make writes .venv and node_modules into {checkout.resolve()}, which is not possible here"
        in done.stderr
    )


@pytest.mark.parametrize("python", ["", "/nowhere/python 3", "false"])
def test_a_missing_or_old_python_is_a_sentence(plain: Path, python: str) -> None:
    """Nothing is made, and the sentence says what to install."""
    status, said = make(plain, ".venv/ready", python=python)
    assert status != 0
    assert "PYTHON=path" in said
    assert said.count("\n") == 2  # make's own line comes last
    assert not (plain / ".venv").exists()


def test_help_shows_every_target() -> None:
    """A target without a line in `make help` would be found by nobody."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    [targets] = re.findall(r"^\.PHONY: (.*)$", text.replace("\\\n", ""), re.MULTILINE)
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert re.findall(r"^  make (\S+) +\S", shown, re.MULTILINE) == [
        one for one in targets.split() if one != "FORCE"
    ]


def test_the_makefile_needs_no_newer_make_than_that_of_macos() -> None:
    """GNU make 3.81 has none of these; a tab in front of a command is the shell's business."""
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    own = "\n".join(line for line in lines if not line.startswith("\t"))
    newer = r"^\.ONESHELL|\$\(file |\$\(intcmp |\$\(let |!=|::=|&:|^undefine|^private|^load "
    assert re.findall(newer, own, re.MULTILINE) == []
