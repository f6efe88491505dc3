"""Copy what the library needs of the installed botocore's Bedrock model into `constructs_lib/contract`.

    python -m tools.update_service_model

The copy has no documentation and only the operations named here. It is used twice: requests are checked by
its rules, and the Lambda function uses it instead of its runtime's own model. The table of fields in
`docs/fields.md` is made from it too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.loaders import Loader

from tools.field_table import PAGE, with_table

OPERATIONS = (
    "CreateModelCustomizationJob",
    "GetModelCustomizationJob",
    "StopModelCustomizationJob",
    "ListModelCustomizationJobs",
    "GetCustomModel",
    "DeleteCustomModel",
    "ListCustomModels",
    "CreateCustomModelDeployment",
    "UpdateCustomModelDeployment",
    "GetCustomModelDeployment",
    "DeleteCustomModelDeployment",
    "ListCustomModelDeployments",
    "CreateProvisionedModelThroughput",
    "UpdateProvisionedModelThroughput",
    "GetProvisionedModelThroughput",
    "DeleteProvisionedModelThroughput",
    "ListProvisionedModelThroughputs",
    "TagResource",
    "UntagResource",
    "ListTagsForResource",
)
ROOT = Path(__file__).parent.parent
TARGET = ROOT / "constructs_lib/contract/data/bedrock/2023-04-20/service-2.json"


def installed() -> dict[str, Any]:
    """Return the whole Bedrock model of the installed botocore, and of no other copy on the machine."""
    loader = Loader(include_default_search_paths=False)
    loader.search_paths.append(loader.BUILTIN_DATA_PATH)
    document: dict[str, Any] = loader.load_service_model("bedrock", "service-2", "2023-04-20")
    return document


def trimmed(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document with only the operations that we call, and the shapes that they use."""
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
        # A member may be called `documentation`; it is a mapping, and documentation is a text.
        kept = {k: v for k, v in part.items() if not (k == "documentation" and isinstance(v, str))}
        return {k: _undocumented(v) for k, v in kept.items()}
    return part


def rendered(document: Mapping[str, Any]) -> str:
    """Return a document as the text of the file."""
    # Without indentation the zip of the function is smaller, and a change is still a change of few lines.
    return json.dumps(document, indent=0, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(rendered(trimmed(installed())), encoding="utf-8", newline="\n")
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
    print(f"wrote {TARGET} ({TARGET.stat().st_size} bytes) and the table in {PAGE}")
