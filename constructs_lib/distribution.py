"""The distribution as it is installed: its version, and how to install what an extra contains."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version

NAME = "cdk-bedrock-customization"


def installed_version() -> str | None:
    """Return the version of this library, None where it is used without an installation."""
    try:
        return version(NAME)
    except PackageNotFoundError:
        return None


def needs_extra(what: str, part: str, extra: str) -> str:
    """Return the sentence for a package that is not installed.

    Args:
        what: what needs it, as the user wrote it.
        part: what is missing.
        extra: the extra of this distribution that contains it.
    """
    return f"{what} needs {part}; {how_to_install(extra)}"


@contextmanager
def imports_from(extra: str, what: str) -> Iterator[None]:
    """Let imports say which extra contains what is not installed.

    Args:
        extra: the extra.
        what: what needs the import, as the start of a sentence.

    Raises:
        ModuleNotFoundError: a package is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as missing:
        name = missing.name or "a package"
        raise ModuleNotFoundError(needs_extra(what, name, extra), name=missing.name) from None


def how_to_install(extra: str) -> str:
    """Return the command that installs an extra, as the end of a sentence.

    Args:
        extra: its name.
    """
    return f'install it with: pip install "{NAME}[{extra}]"'
