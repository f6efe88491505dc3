"""Converting data of other shapes into the format of a model's training data."""

from .converter import convert
from .result import Conversion, ConversionError, ConvertedFile, Tally

__all__ = ["Conversion", "ConversionError", "ConvertedFile", "Tally", "convert"]
