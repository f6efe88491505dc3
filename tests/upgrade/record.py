"""Records the baseline that the next release is compared with: `python -m tests.upgrade.record`.

It is run at a release: at the commit that is released, in its own `.venv`; what it writes is committed with
it. Between releases the baseline stays as it is: whoever records it anew so that a test passes hides that an
upgrade changes what is deployed.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tests.upgrade.histories import record, written
from tests.upgrade.synthesis import synthesize

BASELINE = Path(__file__).parent / "baseline"
TEMPLATES = BASELINE / "templates"
HISTORIES = BASELINE / "histories.json"


def main() -> None:
    """Write the templates, and the histories of their jobs, in place of those that are there."""
    shutil.rmtree(BASELINE, ignore_errors=True)
    histories = record(synthesize(TEMPLATES))
    HISTORIES.write_text(written(histories), encoding="utf-8", newline="\n")
    if failed := [one.event["StackId"] for one in histories if one.answer["Status"] != "SUCCESS"]:
        sys.exit(f"the handler refused jobs of {', '.join(failed)}; correct the apps, and record again")


if __name__ == "__main__":
    main()
