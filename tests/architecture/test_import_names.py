"""The library works under both of its import names, because no module of it uses one of them."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

LIBRARY = Path(__file__).parents[2] / "constructs_lib"
NAME = re.compile(r"(constructs_lib|cdk_bedrock_customization)(\.\w+)*")
THE_OTHER_NAME = {"__init__.py": {"constructs_lib", "cdk_bedrock_customization.import_names"}}


@pytest.mark.parametrize("file", sorted(LIBRARY.rglob("*.py")), ids=lambda one: str(one.relative_to(LIBRARY)))
def test_no_module_imports_the_library_by_name(file: Path) -> None:
    """Where an app has a `constructs_lib` of its own, such an import would find the app's."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                found |= {one.name for one in names}
            case ast.ImportFrom(module=str(module), level=0):
                found.add(module)
            case ast.Constant(value=str(text)):  # the argument of import_module, or of `python -m`
                found.add(text)
    named = {one for one in found if NAME.fullmatch(one)}
    assert named == THE_OTHER_NAME.get(str(file.relative_to(LIBRARY)), set())


def test_a_checkout_runs_its_own_files(tmp_path: Path) -> None:
    """An editable installation has no copy of the library, which would run instead of what was changed."""
    code = "import cdk_bedrock_customization as library; print(library.__file__)"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert Path(done.stdout.strip()) == LIBRARY / "__init__.py"
