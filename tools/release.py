"""Build what a release publishes, and check it as far as it can be checked before: `python -m tools.release`.

Wheel and source distribution are built from the commit, twice, under different umasks, and once more from the
source distribution: all must be the same bytes. The wheel is installed into a fresh environment, where the
console and an app run. Nothing is published.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
import zipfile
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from packaging.metadata import Metadata
from trove_classifiers import classifiers

ROOT = Path(__file__).parents[1]
NAME = "cdk-bedrock-customization"
SYNTHESIZE = f"""
import aws_cdk as cdk
from constructs_lib import ModelCustomizationJob
app = cdk.App()
stack = cdk.Stack(app, "Tickets", env=cdk.Environment(account="111122223333", region="us-east-1"))
ModelCustomizationJob.from_request(stack, "Triage", {str(ROOT / "examples" / "fine-tune-nova.yaml")!r})
app.synth()
"""


def main() -> None:
    """Fill `dist/`, or end with the reason why the commit cannot be released."""
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        sources, epoch = export_commit(work / "sources")
        built = build_twice(sources, work, epoch)
        check_metadata(built)
        constraints = work / "constraints.txt"
        constraints.write_text(
            "\n".join(re.findall(r"^[^\s#]+==\S+", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
        )
        [wheel] = built.glob("*.whl")
        try_in_fresh_environment(wheel, constraints, work)
        bom = sbom(wheel, resolve(wheel, "", constraints), resolve(wheel, "[testing]", constraints), epoch)
        (built / f"{wheel.name.removesuffix('.whl')}.cdx.json").write_text(json.dumps(bom, indent=2) + "\n")
        sums = [f"{digest(one)}  {one.name}\n" for one in sorted(built.iterdir())]
        (built / "SHA256SUMS").write_text("".join(sums))
        dist = ROOT / "dist"
        for old in dist.glob("cdk_bedrock_customization-*"):  # and no file of somebody else
            old.unlink()
        shutil.copytree(built, dist, dirs_exist_ok=True)
    print("dist/ is complete:", *sums, sep="\n  ")


def export_commit(target: Path) -> tuple[Path, int]:
    """Write the files of HEAD to a folder, and return it with the time of the commit in seconds.

    Args:
        target: the folder, which does not exist yet.
    """
    git = ["git", "-C", str(ROOT)]
    if subprocess.run([*git, "status", "--porcelain"], check=True, capture_output=True).stdout:
        raise SystemExit("The checkout has changes; commit them first: a release is built from a commit.")
    target.mkdir()
    archive = subprocess.run([*git, "archive", "HEAD"], check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x", "-C", target], input=archive, check=True)
    time = subprocess.run(
        [*git, "log", "-1", "--format=%ct"], check=True, capture_output=True, text=True
    ).stdout
    return target, int(time)


def build_twice(sources: Path, work: Path, epoch: int) -> Path:
    """Build wheel and source distribution, and return the folder that has them.

    Args:
        sources: the folder of the sources.
        work: a folder for everything that is built.
        epoch: the time that the archives carry, in seconds.
    """
    first, second, third = work / "first", work / "second", work / "third"
    build(sources, first, epoch, umask=0o022)
    copied = shutil.copytree(sources, work / "copied")
    build(copied, second, epoch, umask=0o077)
    [sdist] = first.glob("*.tar.gz")
    (work / "unpacked").mkdir()
    subprocess.run(["tar", "-xzf", sdist, "-C", work / "unpacked", "--strip-components=1"], check=True)
    build(work / "unpacked", third, epoch, umask=0o022)
    for other in (second, third):
        for one in first.iterdir():
            if one.read_bytes() != (other / one.name).read_bytes():
                raise SystemExit(f"{one.name} of {other.name} differs: the build is not reproducible.")
    return first


def build(sources: Path, target: Path, epoch: int, umask: int) -> None:
    """Build wheel and source distribution of a folder.

    Args:
        sources: the folder.
        target: where they are written.
        epoch: the time that the archives carry, in seconds.
        umask: the umask of the build.
    """
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch)}
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(target)]
    subprocess.run(command, cwd=sources, env=environment, umask=umask, check=True, capture_output=True)


def check_metadata(built: Path) -> None:
    """Check the metadata that a package index reads.

    Args:
        built: the folder of the wheel.
    """
    [wheel] = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        [name] = [one for one in archive.namelist() if one.endswith(".dist-info/METADATA")]
        metadata = Metadata.from_email(archive.read(name), validate=True)
    unknown = set(metadata.classifiers or ()) - classifiers
    if unknown:
        raise SystemExit(f"Unknown classifiers: {sorted(unknown)}.")
    if re.search(r"\]\((?!https?:|#)", metadata.description or ""):
        raise SystemExit("The README has a relative link, which leads nowhere on the package page.")
    if not (metadata.project_urls or {}).get("Repository"):
        print("warning: [project.urls] has no Repository, so the package page has no links to documentation.")


def try_in_fresh_environment(wheel: Path, constraints: Path, work: Path) -> None:
    """Install the wheel, check what was installed, and run the console and an app.

    Args:
        wheel: the wheel.
        constraints: the versions of everything else.
        work: a folder for the environment.
    """
    home = work / "environment"
    venv.create(home, with_pip=True, symlinks=True)
    python = home / "bin" / "python"
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "-c", constraints, f"{wheel}[cli]"], check=True
    )
    commands: list[list[str | Path]] = [
        [python, "-m", "pip", "check"],
        [home / "bin" / "bedrock-customize", "check", ROOT / "examples" / "fine-tune-nova.yaml"],
        [python, "-c", SYNTHESIZE],
    ]
    environment = {**os.environ, "CDK_OUTDIR": str(work / "cdk.out")}
    for command in commands:
        subprocess.run(command, cwd=work, env=environment, check=True)


def resolve(wheel: Path, extra: str, constraints: Path) -> list[dict[str, Any]]:
    """Return what pip would install with the wheel, with the hash of each archive.

    Args:
        wheel: the wheel.
        extra: an extra in brackets, or "".
        constraints: the versions.
    """
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--dry-run",
        "--ignore-installed",
        "--report",
        "-",
    ]
    done = subprocess.run(
        [*command, "-c", constraints, f"{wheel}{extra}"], check=True, stdout=subprocess.PIPE, text=True
    )
    installed: list[dict[str, Any]] = json.loads(done.stdout)["install"]
    return installed


def sbom(
    wheel: Path, core: list[dict[str, Any]], everything: list[dict[str, Any]], epoch: int
) -> dict[str, Any]:
    """Return a CycloneDX bill of materials of the wheel and what it depends on, the same for the same input.

    Args:
        wheel: the wheel.
        core: what is installed without extras.
        everything: what is installed with all of them.
        epoch: the time of the release in seconds.
    """
    required = {_name(one) for one in core}
    of = {_name(one): one for one in everything}
    own = of.pop(NAME)
    components = [
        {**_component(one), "scope": "required" if name in required else "optional"}
        for name, one in sorted(of.items())
    ]
    itself = {**_component(own), "hashes": [{"alg": "SHA-256", "content": digest(wheel)}]}
    references = {_name(one): _component(one)["bom-ref"] for one in everything}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{UUID(digest(wheel)[:32])}",
        "version": 1,
        "metadata": {"timestamp": datetime.fromtimestamp(epoch, UTC).isoformat(), "component": itself},
        "components": components,
        "dependencies": [
            {"ref": references[_name(one)], "dependsOn": sorted(_depends_on(one, references))}
            for one in sorted(everything, key=_name)
        ],
    }


def digest(file: Path) -> str:
    """Return the SHA-256 of a file.

    Args:
        file: the file.
    """
    return sha256(file.read_bytes()).hexdigest()


def _name(installed: dict[str, Any]) -> str:
    return _normalized(installed["metadata"]["name"])


def _normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _component(installed: dict[str, Any]) -> dict[str, Any]:
    metadata = installed["metadata"]
    reference = f"pkg:pypi/{_name(installed)}@{metadata['version']}"
    found = {
        "type": "library",
        "bom-ref": reference,
        "name": metadata["name"],
        "version": metadata["version"],
        "purl": reference,
    }
    if "license_expression" in metadata:
        found["licenses"] = [{"expression": metadata["license_expression"]}]
    hashes = installed.get("download_info", {}).get("archive_info", {}).get("hashes", {})
    if "sha256" in hashes:
        found["hashes"] = [{"alg": "SHA-256", "content": hashes["sha256"]}]
    return found


def _depends_on(installed: dict[str, Any], references: dict[str, str]) -> set[str]:
    needed = installed["metadata"].get("requires_dist", [])
    names = (_normalized(re.split(r"[\s<>=!~;\[(]", one, maxsplit=1)[0]) for one in needed)
    return {references[name] for name in names if name in references}


if __name__ == "__main__":
    main()
