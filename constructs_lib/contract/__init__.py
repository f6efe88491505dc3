"""What the template carries and the Lambda reads: Bedrock's service model, and the rules that rest on it.

This package stands alone: standard library and relative imports only. The library imports it as
`constructs_lib.contract`; the custom resource's function carries the same files as `contract`. One
implementation checks a request at synthesis and again at deployment, so the two can never differ.
"""

from .finding import NOT_SHOWN, NOTHING, PREFIX, Finding, Said, Severity, printable
from .redaction import redacted
from .retyping import typed
from .rules import violations
from .safeguards import safeguards
from .shapes import REQUEST, ServiceModel, default_model
from .walk import ValuePath, join, walk

__all__ = [
    "NOTHING",
    "NOT_SHOWN",
    "PREFIX",
    "REQUEST",
    "Finding",
    "Said",
    "ServiceModel",
    "Severity",
    "ValuePath",
    "default_model",
    "join",
    "printable",
    "redacted",
    "safeguards",
    "typed",
    "violations",
    "walk",
]
