"""Job files: JSON and YAML as the AWS CLI reads them, safely, with the line of every part."""

from .document import Document
from .files import read_file, read_request

__all__ = ["Document", "read_file", "read_request"]
