"""What the template carries and the Lambda reads: Bedrock's service model, and the rules that it contains.

Standard library and relative imports only: the library imports this package as `constructs_lib.contract`, and
the Lambda function's asset contains the same files as `contract`. One implementation checks a request at
synthesis and again at deployment, so the two cannot differ.
"""

from .rules import violations
from .safeguards import safeguards
from .shapes import REQUEST, ServiceModel, default_model
from .walk import ValuePath, join, redacted, typed, walk

__all__ = [
    "REQUEST",
    "ServiceModel",
    "ValuePath",
    "default_model",
    "join",
    "redacted",
    "safeguards",
    "typed",
    "violations",
    "walk",
]
