"""What `make release-check` publishes: the same bytes wherever it is built, and what it depends on."""

import json
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from tools.release import ROOT, build, digest, sbom

EPOCH = 1_790_000_000


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the wheel and the source distribution of this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    build(ROOT, folder, EPOCH, umask=0o022)
    return folder


@pytest.mark.thorough
def test_the_sources_build_the_same_bytes(built: Path, tmp_path: Path) -> None:
    """From the source distribution, in another folder, under another umask."""
    [sdist] = built.glob("*.tar.gz")
    subprocess.run(["tar", "-xzf", sdist, "-C", tmp_path], check=True)
    [sources] = tmp_path.iterdir()
    build(sources, tmp_path / "again", EPOCH, umask=0o077)
    hashes = {one.name: digest(one) for one in built.iterdir()}
    assert {one.name: digest(one) for one in (tmp_path / "again").iterdir()} == hashes
    assert sorted(Path(name).suffix for name in hashes) == [".gz", ".whl"]


def test_the_source_distribution_can_be_tested(built: Path) -> None:
    """It has what `make test` needs, and nothing that was made on the machine."""
    [sdist] = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    needed = {
        "Makefile",
        "requirements.lock",
        "requirements-local.lock",
        "requirements-lowest.lock",
        "package-lock.json",
        "hatch_build.py",
        "mkdocs.yml",
    }
    needed |= {"tests/conftest.py", "tools/release.py", "SECURITY.md", "docs/security.md", "app.py"}
    assert needed <= names
    made = (".venv/", "node_modules/", "dist/", ".matrix/", ".git/", "cdk.out")
    assert [name for name in names if name.startswith(made) or "__pycache__" in name] == []


def test_the_readme_of_the_package_page_has_no_relative_link(built: Path) -> None:
    """A link relative to the repository leads nowhere on the page of the package."""
    [wheel] = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        [name] = [one for one in archive.namelist() if one.endswith(".dist-info/METADATA")]
        readme = message_from_bytes(archive.read(name)).get_payload()
    assert "ModelCustomizationJob(" in str(readme)
    assert "](docs/" not in str(readme)
    assert "](examples/" not in str(readme)


def test_the_bill_of_materials_lists_every_dependency(built: Path) -> None:
    """In CycloneDX, each with its version and what it depends on, the same for every order of the input."""
    inspect = [sys.executable, "-m", "pip", "inspect"]
    report = subprocess.run(inspect, capture_output=True, text=True, check=True).stdout
    installed: list[dict[str, Any]] = json.loads(report)["installed"]
    core = [one for one in installed if one["metadata"]["name"] in {"aws-cdk-lib", "msgspec"}]
    [wheel] = built.glob("*.whl")
    found = sbom(wheel, core, installed, EPOCH)
    assert found == sbom(wheel, core[::-1], installed[::-1], EPOCH)
    assert (found["bomFormat"], found["specVersion"]) == ("CycloneDX", "1.6")
    own = found["metadata"]["component"]
    assert own["hashes"] == [{"alg": "SHA-256", "content": digest(wheel)}]
    scopes = {one["name"].lower(): one["scope"] for one in found["components"]}
    assert (scopes["aws-cdk-lib"], scopes["msgspec"], scopes["typer"]) == ("required", "required", "optional")
    references = {own["bom-ref"], *(one["bom-ref"] for one in found["components"])}
    assert len(references) == len(found["components"]) + 1
    [depends] = [one["dependsOn"] for one in found["dependencies"] if one["ref"] == own["bom-ref"]]
    assert any(one.startswith("pkg:pypi/aws-cdk-lib@") for one in depends)
    assert {name for one in found["dependencies"] for name in one["dependsOn"]} <= references
