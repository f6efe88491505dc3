"""The name of a job file's own stack: in one stack, a second job file would replace the first one's job."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from pathlib import Path, PurePath, PurePosixPath
from typing import TYPE_CHECKING

from ..findings import printable
from ..request.reading.document import MOST_BYTES
from ..request.regular_files import open_regular

if TYPE_CHECKING:
    from collections.abc import Iterator

STACK_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")
"""What CloudFormation accepts."""

_SUFFIXES = {".json", ".yaml", ".yml"}
_FOLDERS_OF_TOOLS = {"node_modules", "cdk.out", "__pycache__"}
_MOST_LETTERS = 100
_SHARED = (
    "{file} has the same stack name {name} as {others}, and deploying one would stop the training of the "
    "other; pass -c stack={name} for the file that the stack was deployed with and -c stack= with another "
    "name for the others, or rename a file."
)


class SharedNameError(ValueError):
    """Another job file has the same stack name; the message says which."""


def stack_name(job_file: PurePath) -> str:
    """Return the name of a job file's stack: `BedrockFineTuneNova` for `fine-tune-nova.yaml`.

    It depends on the name of the file alone, so that the file has the same stack on every machine and from
    every folder: another stack would be another training. A file name that is no stack's name also gets a
    hash.

    Args:
        job_file: the job file; it need not exist.
    """
    file = PurePosixPath(unicodedata.normalize("NFC", job_file.name))  # macOS may return accents apart
    name = _named_after(file)
    return name if STACK_NAME.fullmatch(name) else _with_hash(name, file.name)


def stack_name_in(folder: Path, job_file: Path) -> str:
    """Return the name of a job file's stack in an app that deploys the job files of one folder.

    Below the folder it is named after the file; elsewhere the files beside it are not known, and the name
    also has a hash of the file's path.

    Args:
        folder: the app's folder.
        job_file: the job file.

    Raises:
        SharedNameError: another job file below the folder has the same stack name.
    """
    try:
        folder, resolved = folder.resolve(), job_file.resolve()
    except (OSError, RuntimeError, ValueError):  # a loop of links, or a name that no file can have
        return stack_name(job_file)
    name = _named_after(job_file)
    if not STACK_NAME.fullmatch(name) or not resolved.is_relative_to(folder):
        return _with_hash(name, relative_path(resolved, folder))
    if not _is_job_file(resolved):
        return name  # reading it reports what is wrong
    alike = {relative_path(one, folder) for one in _job_files(folder, name) if one != resolved}
    if alike:
        others = ", ".join(sorted(alike))
        raise SharedNameError(printable(_SHARED.format(file=job_file, name=name, others=others)))
    return name


def relative_path(file: PurePath, folder: PurePath) -> str:
    """Return the way from a folder to a file, with `/` on every platform.

    Args:
        file: an absolute path.
        folder: another one. From another drive of Windows there is no way; then the path is absolute.
    """
    for up, parent in enumerate((folder, *folder.parents)):
        if file.is_relative_to(parent):
            return PurePosixPath(*[".."] * up, *file.relative_to(parent).parts).as_posix()
    return file.as_posix()


def _named_after(job_file: PurePath) -> str:
    parts = job_file.stem.replace("_", "-").split("-")
    return f"Bedrock{''.join(part.capitalize() for part in parts)}"


def _with_hash(name: str, unique: str) -> str:
    readable = re.sub(r"[^A-Za-z0-9]", "", name)[:_MOST_LETTERS]
    return f"{readable}-{hashlib.sha256(unique.encode('utf-8', 'surrogateescape')).hexdigest()[:8]}"


def _job_files(folder: Path, name: str) -> Iterator[Path]:
    """Yield the job files below a folder with this stack name, without the folders of tools."""
    for place, folders, files in os.walk(folder):
        folders[:] = [one for one in folders if not _is_of_tools(Path(place, one))]
        for file in map(Path(place).joinpath, files):
            if file.suffix in _SUFFIXES and _named_after(file) == name and _is_job_file(file):
                yield file.resolve()


def _is_of_tools(folder: Path) -> bool:
    is_named = folder.name.startswith(".") or folder.name in _FOLDERS_OF_TOOLS
    return is_named or (folder / "pyvenv.cfg").exists()


def _is_job_file(file: Path) -> bool:
    try:
        with open_regular(file) as stream:
            return b"baseModelIdentifier" in stream.read(MOST_BYTES)
    except OSError:
        return False
