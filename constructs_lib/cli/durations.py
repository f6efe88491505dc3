"""Durations, as people write and read them: `90s`, `2h`; `1 h 12 min`."""

import re

import typer

_UNITS = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?) ?(s|m|min|h|d|)")
_DAY, _HOUR, _MINUTE = 86400, 3600, 60


def seconds_of(text: str, *, name: str, least: str = "0", most: str = "3650d") -> float:
    """Return the seconds of a duration such as `90`, `90s`, `30min`, `2h` or `7d`.

    Args:
        text: what the command line says.
        name: the option or argument, for the message.
        least: the shortest duration. Default: none.
        most: the longest duration. Default: ten years.

    Raises:
        BadParameter: it is no duration, or too short or too long.
    """
    seconds = _seconds(text)
    if seconds is None:
        raise typer.BadParameter(
            f"must be seconds, or a number with s, min, h or d, got {text!r}; write 90, 30min or 2h",
            param_hint=name,
        )
    if not (_seconds(least) or 0) <= seconds <= (_seconds(most) or 0):
        raise typer.BadParameter(f"must be {least} to {most}, got {text!r}; correct it", param_hint=name)
    return seconds


def shown_duration(seconds: float) -> str:
    """Return a duration with its two largest units, such as `43 min`, `1 h 12 min` or `2 d 3 h`.

    Args:
        seconds: how long; less than nothing, as of clocks that differ, is shown as `0 s`.
    """
    whole = max(0, int(seconds))
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min"
    larger, smaller = (_DAY, _HOUR) if whole >= _DAY else (_HOUR, _MINUTE)
    names = {_DAY: "d", _HOUR: "h", _MINUTE: "min"}
    rest = whole % larger // smaller
    return f"{whole // larger} {names[larger]}" + (f" {rest} {names[smaller]}" if rest else "")


def _seconds(text: str) -> float | None:
    found = _DURATION.fullmatch(text.strip())
    return float(found[1]) * _UNITS[found[2] or "s"] if found else None
