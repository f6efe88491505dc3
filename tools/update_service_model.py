"""Copy what the library needs of the installed botocore's Bedrock model into `constructs_lib/request`.

    python -m tools.update_service_model

The copy has no documentation and only the operations named here. It serves twice: as the rules that judge a
request, and as the model that the Lambda puts before its runtime's own. The table of fields in
`docs/fields.md` is made from it too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.loaders import Loader

from constructs_lib.request.fields import FIELDS, Field
from constructs_lib.request.wording import leaves

OPERATIONS = (
    "CreateModelCustomizationJob",
    "GetModelCustomizationJob",
    "StopModelCustomizationJob",
    "ListModelCustomizationJobs",
    "GetCustomModel",
    "DeleteCustomModel",
    "ListCustomModels",
    "ListCustomModelDeployments",
    "ListProvisionedModelThroughputs",
    "TagResource",
    "UntagResource",
    "ListTagsForResource",
)
ROOT = Path(__file__).parent.parent
TARGET = ROOT / "constructs_lib/contract/data/bedrock/2023-04-20/service-2.json"
PAGE = ROOT / "docs/fields.md"
MARK = "<!-- made by tools/update_service_model.py -->"
END_MARK = "<!-- end of what is made -->"


def installed() -> dict[str, Any]:
    """Load the whole Bedrock model from the installed botocore, and from nowhere else."""
    loader = Loader(include_default_search_paths=False)
    loader.search_paths.append(loader.BUILTIN_DATA_PATH)
    document: dict[str, Any] = loader.load_service_model("bedrock", "service-2", "2023-04-20")
    return document


def trimmed(document: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the operations we call, and the shapes they reach."""
    operations = {name: document["operations"][name] for name in sorted(OPERATIONS)}
    shapes = document["shapes"]
    reached: set[str] = set()
    waiting = _shapes_named_in(list(operations.values()))
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting |= _shapes_named_in(shapes[name])
    kept = {name: shapes[name] for name in sorted(reached)}
    whole = {"version": document["version"], "metadata": document["metadata"]}
    return _undocumented({**whole, "operations": operations, "shapes": kept})


def _shapes_named_in(part: object) -> set[str]:
    if isinstance(part, list):
        return {name for item in part for name in _shapes_named_in(item)}
    if not isinstance(part, Mapping):
        return set()
    own = {part["shape"]} if isinstance(part.get("shape"), str) else set()
    return own | _shapes_named_in(list(part.values()))


def _undocumented(part: Any) -> Any:  # noqa: ANN401 - JSON in, JSON out
    if isinstance(part, list):
        return [_undocumented(item) for item in part]
    if isinstance(part, Mapping):
        # A member may be called `documentation`; only a text is one.
        kept = {k: v for k, v in part.items() if not (k == "documentation" and isinstance(v, str))}
        return {k: _undocumented(v) for k, v in kept.items()}
    return part


def rendered(document: Mapping[str, Any]) -> str:
    """Write a document as the file holds it."""
    return json.dumps(document, indent=1) + "\n"


def field_table() -> str:
    """Write the table of `docs/fields.md`: each leaf field, its typed name, its rule, and its test."""
    typed = {one.api: one for one in FIELDS}
    lines = ["| field | typed name | required | rule | here | covered by |", "|---|---|---|---|---|---|"]
    for leaf in leaves():
        here = typed.get(leaf.path, Field(leaf.path, ""))
        name = f"`{here.typed}`" if here.typed else "none"
        test = f"`[{leaf.path}]`" if here.typed else "`test_violations.py`"
        cells = (f"`{leaf.path}`", name, leaf.need, leaf.rule.replace("|", "\\|"), here.note, test)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def with_table(page: str) -> str:
    """Put the table between its marks on a page."""
    start, end = page.index(MARK) + len(MARK), page.index(END_MARK)
    return f"{page[:start]}\n{field_table()}{page[end:]}"


if __name__ == "__main__":
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(rendered(trimmed(installed())), encoding="utf-8", newline="\n")
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
    print(f"wrote {TARGET} ({TARGET.stat().st_size} bytes) and the table in {PAGE}")
