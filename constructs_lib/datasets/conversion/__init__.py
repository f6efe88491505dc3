"""Converting data of other shapes into the format of a model's training data."""

from .converter import Conversion, ConversionError, ConvertedFile, Tally, convert

__all__ = ["Conversion", "ConversionError", "ConvertedFile", "Tally", "convert"]
