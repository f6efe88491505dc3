"""Deploy one job file: `cdk deploy -c job=examples/fine-tune-nova.yaml`.

The other context keys (`stack`, `revision`, `any-region`, `bootstrap_kms_key`) are described in
`constructs_lib/deployment/job_file_app.py`, which is this app in the wheel. Here no two job files may share a
stack, and a job file elsewhere has its path in the name of its stack.
"""

from functools import partial
from pathlib import Path

from constructs_lib.deployment import job_file_app

define = partial(
    job_file_app.define,
    folder=Path(__file__).resolve().parent,
    default_job="examples/fine-tune-nova.yaml",
)

if __name__ == "__main__":
    app = job_file_app.synthesize(define)
