"""The differences between two values, in words: where they are, and both sides where they differ."""

import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import TypeGuard

from ..contract import ValuePath, default_model, join, redacted

MISSING = object()
"""Instead of a value that is not there."""

UPLOADED = "sha256:"
"""How `training_inputs` writes a file that the deployment uploads."""

_WHOLE = 60
_CONTEXT = 12
_HEAD, _TAIL = 40, 20
_MARKS = ("Cf", "Mc", "Me", "Mn")
_LONGEST_ESCAPE, _FARTHEST = 6, 12
_NOT_SHOWN = "***"


def changes(
    old: object, new: object, path: str = "", *, shape: str = "", is_sensitive: bool = False
) -> Iterator[str]:
    """Yield every difference in words; values that the service model marks as sensitive are not shown.

    Args:
        old: one value, or `MISSING`.
        new: the other one, or `MISSING`.
        path: where they are.
        shape: their shape in the service model. Default: none, every value is shown.
        is_sensitive: whether they are not shown. Default: as their shape says.
    """
    if old is new or old == new:
        return
    if is_sensitive or MISSING in (old, new):
        yield _change(old, new, path, shape=shape, is_sensitive=is_sensitive)
    elif _has_members(old) and _has_members(new):
        form = default_model().shape(shape) if shape else {}
        for name in dict.fromkeys([*new, *old]):
            target = form["members"].get(str(name), {}) if "members" in form else form.get("value", {})
            yield from changes(
                old.get(name, MISSING),
                new.get(name, MISSING),
                join(path, str(name)),
                shape=str(target.get("shape", "")),
                is_sensitive=bool(target) and default_model().is_sensitive(target),
            )
    elif isinstance(old, list) and isinstance(new, list):
        yield from _items(old, new, path, shape)
    else:
        yield _change(old, new, path, shape=shape)


def both_shown(old: object, new: object) -> tuple[str, str]:
    """Return two different values so that each shows where it differs from the other.

    Args:
        old: one value.
        new: the other one.
    """
    if isinstance(old, str) and isinstance(new, str):
        return _quoted_pair(old, new)
    first, second = (json.dumps(one, default=str, ensure_ascii=False) for one in (old, new))
    return _pair(first, second)


def shown(value: object, shape: str = "") -> str:
    """Return a value in at most about sixty characters.

    Args:
        value: what to show.
        shape: its shape in the service model. Default: none, everything is shown.
    """
    if isinstance(value, str):
        if value.startswith(UPLOADED):
            return f"the uploaded file with the SHA-256 {_hash(value)}"
        return json.dumps(_cut(value), ensure_ascii=False)
    return _cut(json.dumps(redacted(value, shape) if shape else value, default=str, ensure_ascii=False))


def listed(parts: Sequence[str]) -> str:
    """Return parts of a sentence as an enumeration.

    Args:
        parts: at least one.
    """
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _change(old: object, new: object, path: str, *, shape: str = "", is_sensitive: bool = False) -> str:
    if old is MISSING:
        return f"{path} is added as {_NOT_SHOWN if is_sensitive else shown(new, shape)}"
    if new is MISSING:
        return f"{path} is removed, it was {_NOT_SHOWN if is_sensitive else shown(old, shape)}"
    if is_sensitive:
        return f"{path} changes; its values are not shown"
    if shape:
        old, new = redacted(old, shape), redacted(new, shape)
    uploads = [isinstance(one, str) and one.startswith(UPLOADED) for one in (old, new)]
    if all(uploads):
        return f"the file of {path} changes (SHA-256 {_hash(old)} to {_hash(new)})"
    if any(uploads) or old == new:
        return f"{path} changes from {shown(old)} to {shown(new)}"
    before, after = both_shown(old, new)
    return f"{path} changes from {before} to {after}"


def _items(old: list[object], new: list[object], path: str, shape: str) -> Iterator[str]:
    form = default_model().shape(shape) if shape else {}
    target = form.get("member", {})
    is_sensitive = bool(target) and default_model().is_sensitive(target)
    if not is_sensitive and all(isinstance(one, str) for one in (*old, *new)):
        added, removed = [one for one in new if one not in old], [one for one in old if one not in new]
        yield from (f"{shown(one)} is added to {path}" for one in added)
        yield from (f"{shown(one)} is removed from {path}" for one in removed)
        if not added and not removed:
            yield f"the order of {path} changes"
        return
    for index, (before, after) in enumerate(zip_longest(old, new, fillvalue=MISSING)):
        at = ValuePath(path).item(index).path
        yield from changes(before, after, at, shape=str(target.get("shape", "")), is_sensitive=is_sensitive)


def _has_members(value: object) -> TypeGuard[Mapping[str, object]]:
    """Return whether a value is a mapping, and not an intrinsic function."""
    if not isinstance(value, Mapping):
        return False
    return len(value) != 1 or not str(next(iter(value))).startswith(("Fn::", "Ref"))


def _hash(value: object) -> str:
    return f"{str(value).removeprefix(UPLOADED)[:12]}…"


def _quoted_pair(old: str, new: str) -> tuple[str, str]:
    first, second = _pair(old, new)
    return json.dumps(first, ensure_ascii=False), json.dumps(second, ensure_ascii=False)


def _pair(old: str, new: str) -> tuple[str, str]:
    """Return two texts; where one is long, most of what both begin and end with is left out."""
    if max(len(old), len(new)) <= _WHOLE:
        return old, new
    same = _same_start(old, new)
    end = _same_start(old[same:][::-1], new[same:][::-1])
    start = _boundary(old, same - _CONTEXT) if same > _CONTEXT else 0
    return _middle(old, start, end), _middle(new, start, end)


def _same_start(one: str, other: str) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((index for index, (a, b) in pairs if a != b), min(len(one), len(other)))


def _middle(text: str, start: int, end: int) -> str:
    stop = len(text) - end + _CONTEXT
    is_cut = stop < len(text)
    middle = text[start : _boundary(text, stop)] if is_cut else text[start:]
    return f"{'…' if start else ''}{_cut(middle)}{'…' if is_cut else ''}"


def _cut(text: str) -> str:
    """Return a text without its middle if it is long."""
    if len(text) <= _WHOLE + 1:
        return text
    return f"{text[: _boundary(text, _HEAD)]}…{text[_boundary(text, len(text) - _TAIL) :]}"


def _boundary(text: str, index: int) -> int:
    """Return the place at or a little before `index` that cuts neither a character nor an escape in two."""
    for place in range(index, max(0, index - _FARTHEST), -1):
        is_escaped = "\\" in text[max(0, place - _LONGEST_ESCAPE) : place]
        is_joined = text[place - 1] == "\N{ZERO WIDTH JOINER}"
        is_mark = place < len(text) and unicodedata.category(text[place]) in _MARKS
        if not (is_escaped or is_joined or is_mark):
            return place
    return index
