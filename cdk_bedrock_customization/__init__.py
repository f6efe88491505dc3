"""The library in a checkout, under the name that its modules have when they run.

In the wheel this folder holds the files of `constructs_lib`. In a checkout they are loaded from there.
"""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

_FILE = Path(__file__).parents[1] / "constructs_lib" / "__init__.py"
_SPEC = spec_from_file_location(__name__, _FILE)
if _SPEC is None or _SPEC.loader is None:
    raise ImportError(f"{_FILE} cannot be loaded", name=__name__)
sys.modules[__name__] = module_from_spec(_SPEC)
_SPEC.loader.exec_module(sys.modules[__name__])
