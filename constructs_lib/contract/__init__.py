"""Bedrock's own service model, and the rules it states.

This package stands alone: standard library, relative imports only. The library uses it as
`constructs_lib.contract`; the custom resource's Lambda carries the same files as `contract`.
One implementation judges a request at synth and again at deploy time, so the two can never differ.
"""

from .redaction import redacted
from .retyping import typed
from .rules import violations
from .safeguards import safeguards
from .shapes import REQUEST, ServiceModel, default_model
from .violation import NOTHING, Said, ValuePath, Violation, join, printable
from .walk import walk

__all__ = [
    "NOTHING",
    "REQUEST",
    "Said",
    "ServiceModel",
    "ValuePath",
    "Violation",
    "default_model",
    "join",
    "printable",
    "redacted",
    "safeguards",
    "typed",
    "violations",
    "walk",
]
