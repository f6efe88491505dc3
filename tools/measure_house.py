"""Print the figures of a source tree: `python tools/measure_house.py [ROOT]`, by default of this repository.

What is measured is the Python below `constructs_lib` and `lambda`. A function is any `def`, methods and
nested ones too; it is private where its name has one leading underscore. A private function has one caller
where its name occurs once in the whole of that Python, as a name, as an attribute or in an import; which
class or module is meant is not followed, so that equal names in two places count as several callers. A line
of comment holds nothing else; docstrings are none.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from pathlib import Path

FOLDERS = ("constructs_lib", "lambda")
EXPECTED_TWICE = {"__init__.py", "__main__.py"}
SHORT = 50
SILENCED = ("# noqa", "# type: ignore")


def figures(root: Path) -> dict[str, str]:
    """Measure a tree.

    Args:
        root: where `constructs_lib` and `lambda` are.
    """
    files = [file for folder in FOLDERS for file in sorted((root / folder).rglob("*.py"))]
    texts = [file.read_text(encoding="utf-8") for file in files]
    lines = [text.splitlines() for text in texts]
    nodes = [node for text in texts for node in ast.walk(ast.parse(text))]
    functions = [node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    private = [name for name in functions if name.startswith("_") and not name.startswith("__")]
    uses = Counter(name for node in nodes for name in _named(node))
    total = sum(map(len, lines))
    comments = sum(line.lstrip().startswith("#") for one in lines for line in one)
    alike = Counter(file.name for file in files if file.name not in EXPECTED_TWICE)
    return {
        "modules": f"{len(files)}",
        "lines": f"{total}",
        "functions per 100 lines": f"{100 * len(functions) / total:.2f}",
        f"modules under {SHORT} lines": f"{sum(len(one) < SHORT for one in lines)}",
        "private functions": _share(len(private), len(functions)),
        "private functions with one caller": _share(sum(uses[one] == 1 for one in private), len(private)),
        "lines of comment": _share(comments, total),
        "file names that occur more than once": f"{sum(number > 1 for number in alike.values())}",
        "noqa and type: ignore": f"{sum(text.count(word) for text in texts for word in SILENCED)}",
    }


def _named(node: ast.AST) -> list[str]:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
            return [name]
    return []


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({100 * part / whole:.1f} %)"


if __name__ == "__main__":
    tree = Path(sys.argv[1]) if sys.argv[1:] else Path(__file__).parents[1]
    for what, figure in figures(tree).items():
        print(f"{what:<38}{figure:>22}")
