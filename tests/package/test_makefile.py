"""`make` on somebody's machine: folders with any name, networks that refuse, and files that are not ours."""

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
SET_UP = (
    "Makefile",
    "tools/set_up.sh",
    "requirements-local.lock",
    "requirements.lock",
    "pyproject.toml",
    "package.json",
    "package-lock.json",
)
DEPLOYS = (".venv/library", "node_modules/cdk")
READY = (".venv/ready", "node_modules/ready")
STARTED = "setting up .venv (the library, Node and a local AWS, about half a minute the first time)"
ADDED = "adding to .venv what tests (about a minute the first time)"
LOCAL = "pip requirements-local.lock"
LIBRARY = "pip ."
TOOLS = "pip requirements.lock"
NETWORK = ("PIP_CERT=", "HTTPS_PROXY=", "PIP_INDEX_URL=", "TMPDIR=")

# A Python that is new enough; what it makes logs its calls, and fails where FAILING names a word of a call.
STUB = """#!/bin/sh
if test "$1" = -m; then
    mkdir -p .venv/bin
    cat >.venv/bin/python <<'END'
#!/bin/sh
test "$1" = -I && exit
echo "$(basename "$0") $*" >>calls
case "$*" in *"${FAILING:-nothing fails}"*) echo "$(basename "$0") says why" >&2; exit 1 ;; esac
test "$1" != ci || { rm -rf node_modules && mkdir node_modules; }
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
    """Return what was installed since the last question: pip and what, or npm ci and what it leaves out."""
    log = folder / "calls"
    found = log.read_text().splitlines() if log.exists() else []
    log.unlink(missing_ok=True)
    left_out = {True: "npm ci --omit=dev", False: "npm ci"}
    return [
        left_out["--omit=dev" in one] if one.startswith("npm") else f"pip {one.split()[-1]}" for one in found
    ]


def age(folder: Path, *names: str) -> None:
    """Let files be older than what is made next: make 3.81 counts seconds, and the stub takes none."""
    for name in names:
        os.utime(folder / name, (0, 0))


def test_deploying_sets_up_what_deploys_and_testing_adds_the_rest(checkout: Path) -> None:
    """Spaces, quotes, dollars and parentheses in the paths of checkout and Python; nothing is done twice."""
    status, said = make(checkout, *DEPLOYS)
    assert (status, said) == (0, f"{STARTED}\nsetting up node_modules (the CDK CLI)\n")
    assert calls(checkout) == [LOCAL, LIBRARY, "npm ci --omit=dev"]
    assert make(checkout, *DEPLOYS)[0] == 0
    assert calls(checkout) == []
    status, said = make(checkout, *READY)
    assert (status, said) == (0, f"{ADDED}\nsetting up node_modules (the CDK CLI and pyright)\n")
    assert calls(checkout) == [TOOLS, "npm ci"]
    assert make(checkout, *DEPLOYS, *READY)[0] == 0
    assert calls(checkout) == []


def test_a_checkout_that_only_tests_installs_node_modules_once(plain: Path) -> None:
    """What deploys is in what tests."""
    assert make(plain, *READY)[0] == 0
    assert calls(plain) == [LOCAL, LIBRARY, TOOLS, "npm ci"]
    assert make(plain, *DEPLOYS)[0] == 0
    assert calls(plain) == []


@pytest.mark.parametrize(
    ("target", "needed"),
    [
        ("deploy-local", DEPLOYS),
        ("destroy", DEPLOYS),
        ("wheel", (".venv/library",)),
        ("unit", READY),
    ],
)
def test_a_target_sets_up_what_it_needs(plain: Path, target: str, needed: tuple[str, ...]) -> None:
    """And no more: what deploys has less than half the size of what tests."""
    make(plain, target)
    stamps = {name for name in (*DEPLOYS, *READY) if (plain / name).exists()}
    assert stamps == {*DEPLOYS, *READY} if needed == READY else stamps == {*needed}


def test_what_a_make_within_make_has_set_up_is_not_set_up_again(plain: Path) -> None:
    """As `make test-all` does: `make test` sets up at the same time as the newcomer, in a make of its own."""
    make(plain, "-i", "test", "thorough")  # the stub has no tools, which is ignored
    assert sorted(calls(plain)) == sorted([LOCAL, LIBRARY, TOOLS, "npm ci"])


@pytest.mark.parametrize("older", [".venv/local", ".venv/ready"])
def test_a_changed_lock_leaves_nothing_of_the_old_one(plain: Path, older: str) -> None:
    """A package that no lock names any more would hide that something needs it."""
    make(plain, *READY)
    calls(plain)
    age(plain, older)
    assert STARTED in make(plain, *READY)[1]
    assert calls(plain)[:3] == [LOCAL, LIBRARY, TOOLS]


def test_a_changed_lock_of_the_tests_changes_nothing_for_who_only_deploys(plain: Path) -> None:
    """What it names is added when it is needed."""
    make(plain, *DEPLOYS)
    age(plain, *SET_UP)
    (plain / "requirements.lock").touch()
    calls(plain)
    assert make(plain, *DEPLOYS)[0] == 0
    assert calls(plain) == []
    assert make(plain, *READY)[0] == 0
    assert calls(plain) == [TOOLS, "npm ci"]


def test_a_checkout_that_an_older_makefile_has_set_up_is_set_up_again(plain: Path) -> None:
    """It has one lock in its `.venv`, and its stamps."""
    make(plain, *READY)
    for name in (".venv/local", ".venv/library", "node_modules/cdk"):
        (plain / name).unlink()
    (plain / ".venv" / "tools").touch()
    calls(plain)
    assert make(plain, *DEPLOYS)[1].startswith(STARTED)
    assert calls(plain) == [LOCAL, LIBRARY, "npm ci --omit=dev"]
    assert not (plain / ".venv" / "ready").exists()
    assert not (plain / "node_modules" / "ready").exists()


def test_a_checkout_that_was_moved_is_set_up_again(checkout: Path) -> None:
    """The programs of a virtual environment name the place where it was made."""
    make(checkout, *READY)
    age(checkout, *READY)
    moved = checkout.rename(checkout.with_name("moved"))
    calls(moved)
    assert STARTED in make(moved, *READY)[1]
    assert calls(moved)[:3] == [LOCAL, LIBRARY, TOOLS]


def test_an_environment_without_its_python_is_made_again(plain: Path) -> None:
    """As after an upgrade of the Python that it links to."""
    make(plain, *READY)
    (plain / ".venv" / "bin" / "python").unlink()
    (plain / ".venv" / "bin" / "python").symlink_to(plain / "gone")
    assert STARTED in make(plain, ".venv/ready")[1]


@pytest.mark.parametrize(
    ("failing", "texts"),
    [
        ("requirements-local.lock", ["pip could not install requirements-local.lock", *NETWORK]),
        ("requirements.lock", ["pip could not install requirements.lock", *NETWORK]),
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
    """With the real pip, lent to a .venv without one, and an index that does not answer."""
    lends = plain.parent / "python that lends its pip"
    lends.write_text(
        f'#!/bin/sh\ntest "$1" != -m || set -- -m venv --without-pip .venv\nexec "{sys.executable}" "$@"\n'
    )
    lends.chmod(0o755)
    env = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "0"}
    env |= {"PYTHONPATH": sysconfig.get_path("purelib"), "PIP_IGNORE_INSTALLED": "1"}
    status, said = make(plain, ".venv/ready", python=str(lends), **env)
    assert status != 0
    assert "ERROR: No matching distribution found for" in said
    assert said.index("ERROR:") < said.index("pip could not install requirements-local.lock")
    # Without the environment of a checkout npm would not run, and the message of npm is as easy to hide.
    (plain / ".venv" / "local").touch()
    (plain / ".venv" / "bin" / "pip").write_text(f"#!{plain.resolve()}/.venv/bin/python\n")
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


def test_what_deploys_has_the_versions_that_are_tested() -> None:
    """Each package of the small lock is in the large one, with the same hashes."""
    small, large = _locked("requirements-local.lock"), _locked("requirements.lock")
    hashes = re.compile(r"==\S+|sha256:\w+")
    assert [name for name, text in small.items() if hashes.findall(text) != hashes.findall(large[name])] == []
    assert len(small) < len(large) / 2


def test_the_small_lock_has_what_the_local_aws_needs_and_nothing_else() -> None:
    """And what builds this checkout, which is installed without an environment of its own for that."""
    locked = _locked("requirements-local.lock")
    needed = _with_dependencies(("cdk-bedrock-customization", "local"), ("hatchling", ""))
    everywhere = {name for name, text in locked.items() if " ; " not in text}
    assert everywhere <= needed <= set(locked)


def _locked(name: str) -> dict[str, str]:
    """Return what a lock file says about each package."""
    texts = re.split(r"\n(?=\w)", (ROOT / name).read_text(encoding="utf-8"))
    return {text.partition("==")[0]: text for text in texts}


def _with_dependencies(*packages: tuple[str, str]) -> set[str]:
    """Return the names of what packages, each with an extra, need on this machine."""
    to_do, done = list(packages), set(packages)
    while to_do:
        name, extra = to_do.pop()
        for one in map(Requirement, importlib.metadata.requires(name) or ()):
            if one.marker is None or one.marker.evaluate({"extra": extra}):
                new = {(canonicalize_name(one.name), wanted) for wanted in {"", *one.extras}} - done
                to_do += new
                done |= new
    return {name for name, _ in done} - {"cdk-bedrock-customization"}


@pytest.fixture
def read_only() -> Iterator[tuple[Path, dict[str, int]]]:
    """Return a checkout that the user who runs make cannot write to, and that user."""
    # Not in the run's own folder, which only the user of this process may enter.
    with tempfile.TemporaryDirectory(dir=Path(tempfile.gettempdir()).parent) as folder:
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


@pytest.mark.thorough
@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_run_of_the_tests_leaves_no_temporary_files(tmp_path: Path, workers: str) -> None:
    """The CDK leaves a folder for each app, and pytest those of the tests."""
    command = [sys.executable, "-m", "pytest", "-q", "-n", workers, "tests/synth/test_uploads.py"]
    around = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run(command, cwd=ROOT, env=around, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert [*tmp_path.iterdir()] == []
