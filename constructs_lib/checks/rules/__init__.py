"""The rules, one module for each subject; importing this package registers all of them."""

from constructs_lib.checks.rules import (
    customization,
    data,
    dataset,
    elsewhere,
    hyper_parameters,
    key,
    model,
    names,
    network,
    request,
    role,
    template,
)

__all__ = [
    "customization",
    "data",
    "dataset",
    "elsewhere",
    "hyper_parameters",
    "key",
    "model",
    "names",
    "network",
    "request",
    "role",
    "template",
]
