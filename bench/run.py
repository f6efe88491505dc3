"""`make bench`: every figure that the README quotes, measured in one run."""

import subprocess
import sys
from pathlib import Path

for name in ("synth", "handler", "datasets", "convert"):
    print(f"\n== {name}", flush=True)
    subprocess.run([sys.executable, str(Path(__file__).with_name(f"{name}.py"))], check=True)
