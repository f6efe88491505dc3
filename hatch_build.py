"""What differs between the wheel and the checkout: the name of the folder, and the links of the README."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

_NAME, _OTHER_NAME = "cdk_bedrock_customization", "constructs_lib"
_HEAD = f'"""Another name of a module of {_NAME}, for type checkers."""\n'
_MODULE = """\
{head}
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from {module} import *
"""
_PACKAGE = f"""    from {_NAME} import __version__ as __version__

from {_NAME} import import_names

import_names.add_name(__name__)
"""
_RELATIVE_LINK = re.compile(r"(!?)\[([^\]]*)\]\((?!https?:|#)([^)\s]+)\)")


class CustomMetadataHook(MetadataHookInterface):
    """Gives the package page a README whose links lead into the repository, at the tag of the release."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set the README."""
        repository, tag = metadata.get("urls", {}).get("Repository"), f"v{metadata['version']}"

        def absolute(link: re.Match[str]) -> str:
            picture, text, path = link.groups()
            if repository is None:  # no address: a link could only be broken
                return text
            return f"{picture}[{text}]({repository}/{'raw' if picture else 'blob'}/{tag}/{path})"

        readme = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        text = _RELATIVE_LINK.sub(absolute, readme)
        metadata["readme"] = {"content-type": "text/markdown", "text": text}


class CustomBuildHook(BuildHookInterface[Any]):
    """Adds a module for each module of the library, which is in the wheel as `cdk_bedrock_customization`.

    Python loads only the first of them, which makes all of them names of the library's modules.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the modules, and add them, the library and the examples to a wheel that is not editable."""
        if version != "standard":  # an editable one with a copy of the library would run the copy
            return
        library = Path(self.root) / _OTHER_NAME
        # Not in pyproject.toml: there, an editable installation would get a copy that no change reaches.
        build_data["force_include"][str(library)] = _NAME
        build_data["force_include"][str(Path(self.root) / "lambda")] = f"{_NAME}/_lambda"
        for example in sorted((Path(self.root) / "examples").glob("*/requirements.txt")):
            for file in sorted(one for one in example.parent.iterdir() if one.is_file()):
                inside = f"{_NAME}/_examples/{example.parent.name}/{file.name}"
                build_data["force_include"][str(file)] = inside
        self._folder = TemporaryDirectory()
        for file in sorted(library.rglob("*.py")):
            part = file.relative_to(library)
            names = [_NAME, *part.with_suffix("").parts]
            module = ".".join(names[:-1] if names[-1] == "__init__" else names)
            written = Path(self._folder.name) / part
            written.parent.mkdir(parents=True, exist_ok=True)
            content = _MODULE.format(head=_HEAD, module=module)
            written.write_text(
                content + _PACKAGE if module == _NAME else content, encoding="utf-8", newline="\n"
            )
            build_data["force_include"][str(written)] = f"{_OTHER_NAME}/{part.as_posix()}"

    def finalize(
        self,
        version: str,
        build_data: dict[str, Any],  # noqa: ARG002 - a parameter of the hook
        artifact_path: str,  # noqa: ARG002 - as build_data
    ) -> None:
        """Remove what was written."""
        if version == "standard":
            self._folder.cleanup()
