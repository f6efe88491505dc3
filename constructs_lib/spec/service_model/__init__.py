"""Bedrock's own service model, and the rules it states.

This package stands alone: standard library, relative imports only. The library uses it as
`constructs_lib.spec.service_model`; the custom resource's Lambda carries the same files as `service_model`.
One implementation judges a request at synth and again at deploy time, so the two can never differ.
"""

from .model import REQUEST, ServiceModel, default_model
from .redaction import redacted
from .retyping import typed
from .rules import violations
from .safeguards import safeguards
from .violation import NOTHING, Place, Said, Violation, join, printable
from .walk import walk

__all__ = [
    "NOTHING",
    "REQUEST",
    "Place",
    "Said",
    "ServiceModel",
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
