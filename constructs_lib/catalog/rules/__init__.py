"""The catalogue's rules: one function for one question, each yielding findings."""

from . import data, distillation, hyper_parameters, models

__all__ = ["data", "distillation", "hyper_parameters", "models"]
