"""One library, two import names.

An app may have a package `constructs_lib` of its own, which shadows this one. The modules are therefore
always loaded as `cdk_bedrock_customization`, and import each other by relative names. `constructs_lib` is
another name of the same modules: classes and registries exist once, whichever name is imported.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import CodeType, ModuleType


def add_name(name: str) -> None:
    """Make this package, with every module below it, importable by another name too.

    The package of that name calls it while it is imported, and is replaced.

    Args:
        name: the other name.
    """
    sys.modules[name] = sys.modules[__package__]
    # First, because the finders of Python, and that of pytest, would load the file a second time.
    sys.meta_path.insert(0, _OtherName(name))


class _OtherName(MetaPathFinder, Loader):
    """Finds a module of this package by its other name, and returns the one module that there is."""

    def __init__(self, name: str) -> None:
        self._prefix = f"{name}."

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 - a parameter of the protocol
        target: ModuleType | None = None,  # noqa: ARG002 - as path
    ) -> ModuleSpec | None:
        if not fullname.startswith(self._prefix):
            return None
        found = find_spec(self._own(fullname))
        if found is None:
            return None
        is_package = found.submodule_search_locations is not None
        return ModuleSpec(fullname, self, origin=found.origin, is_package=is_package)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = import_module(self._own(spec.name))
        # The import system sets `__spec__` of what is returned here; `exec_module` puts it back.
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__ = module.__spec__.loader_state

    def get_code(self, fullname: str) -> CodeType | None:
        """Return the code for `python -m`, which runs it as `__main__`."""
        own = self._own(fullname)
        found = find_spec(own)
        get_code = getattr(found.loader if found else None, "get_code", None)
        return get_code(own) if get_code else None

    def _own(self, fullname: str) -> str:
        return f"{__package__}.{fullname.removeprefix(self._prefix)}"
