"""Errors of Python's JSON decoder, the same with every version of Python."""

import json

_KINDS = {"}": "object", "]": "array"}


def same_everywhere(error: json.JSONDecodeError) -> json.JSONDecodeError:
    """Return an error as Python 3.13 reports it: older versions name what they expect after a trailing comma.

    Args:
        error: the error of this Python.
    """
    kind = _KINDS.get(error.doc[error.pos : error.pos + 1])
    before = error.doc[: error.pos].rstrip(" \t\r\n")
    if kind is None or not error.msg.startswith("Expecting") or not before.endswith(","):
        return error
    return json.JSONDecodeError(f"Illegal trailing comma before end of {kind}", error.doc, len(before) - 1)
