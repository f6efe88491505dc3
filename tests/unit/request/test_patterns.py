"""Every pattern: the same language as Bedrock's own, in linear time."""

from __future__ import annotations

import itertools
import re
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from constructs_lib.checks.request_fixes import _PLACEHOLDER as PLACEHOLDER
from constructs_lib.checks.rules.hyper_parameters import _NUMBER as NUMBER
from constructs_lib.cli.console import _WORD as WORD
from constructs_lib.contract.patterns import PATTERNS
from constructs_lib.job.provider_values import _HOST as HOST

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs_lib.contract.patterns import Pattern

REWRITTEN = [one for one in PATTERNS.values() if one.linear]
LONGEST = 2048  # the longest string that any shape with a pattern may hold
SLOWEST = 0.050  # seconds, as the promise of the library is written
EXAMPLE = {one.model: one.example.split(" ")[0] or "arn:aws:bedrock:us-east-1:" for one in PATTERNS.values()}

# What makes a pattern's strings long without making them interesting.
SHORTER = {
    r"arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:": "R",
    r"arn:aws(|-us-gov|-cn|-iso|-iso-b):bedrock:[a-z0-9-]{1,20}:": "R",
    "{1,63}": "{1,2}",
    "{2,126}": "{2,4}",
    "{12}": "{1}",
    "[a-z0-9-]": "[a0]",
    "model-customization-job/": "J",
    "inference-profile/": "I",
    "foundation-model/": "F",
    "custom-model/": "C",
    "guardrail/": "G",
}


def _short(pattern: str) -> re.Pattern[str]:
    for long, short in SHORTER.items():
        pattern = pattern.replace(long, short)
    return re.compile(pattern)


def _alphabet(pattern: str) -> str:
    letters = {letter for letter in "RJIFCG" if letter in _short(pattern).pattern}
    return "".join(sorted(letters | set("a0.:-")))


@pytest.mark.parametrize("pattern", REWRITTEN, ids=lambda one: one.words)
def test_a_rewritten_pattern_has_the_language_of_the_original(pattern: Pattern) -> None:
    """Compared on every short string, with the repetitions of both cut down alike."""
    theirs, ours = _short(pattern.model), _short(pattern.linear)
    alphabet = _alphabet(pattern.model)
    length = 6 if len(alphabet) < 8 else 5
    for size in range(length + 1):
        for letters in itertools.product(alphabet, repeat=size):
            text = "".join(letters)
            assert bool(theirs.fullmatch(text)) == bool(ours.fullmatch(text)), text


@pytest.mark.thorough
@pytest.mark.parametrize("pattern", REWRITTEN, ids=lambda one: one.words)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_a_rewritten_pattern_accepts_what_the_original_does(pattern: Pattern, data: st.DataObject) -> None:
    """At full length too: strings of the one belong to the other, and so do strings that miss by one."""
    alphabet = st.characters(min_codepoint=32, max_codepoint=126)
    source = data.draw(st.sampled_from([re.sub(r"(?<!\\)[$]", "", pattern.model), pattern.linear]))
    text = data.draw(
        st.from_regex(source, fullmatch=True, alphabet=alphabet).filter(lambda one: len(one) < 200)
    )
    assert pattern.accepts(text) == bool(re.fullmatch(pattern.model, text))
    at = data.draw(st.integers(0, max(len(text) - 1, 0)))
    # The original is exponential in runs of hyphens, so it is only used for short misses.
    near = (text[:at] + data.draw(st.sampled_from("!_./:a")) + text[at + 1 :])[:20]
    assert pattern.accepts(near) == bool(re.fullmatch(pattern.model, near))


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("a" * 63 + "." + "a" * 126, True),
        ("a" * 63 + "." + "a" * 127, False),
        ("a" * 64 + "." + "aa", False),
        ("a." + "a" * 63 + "." + "a" * 63, True),
        ("a." + "a" * 64 + "." + "a" * 63, False),
        ("a.a", False),
        ("a.aa:b:c", True),
        ("a.aa:b:c:d", False),
        ("arn:aws:bedrock:us-east-1:my-model", True),
        ("arn:aws:bedrock:us-east-1:my-model\n", False),
        ("arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-pro-v1:0", True),
    ],
)
def test_a_teacher_is_matched_whole(text: str, accepted: bool) -> None:  # noqa: FBT001 - a table's column
    """The model's pattern ends some branches with `$`, which would let a line end pass."""
    [teacher] = [one for one in PATTERNS.values() if "inference-profile/[a-zA-Z0-9-:.]+$)))|" in one.model]
    assert teacher.accepts(text) is accepted


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=lambda one: one.words or one.model)
def test_no_string_takes_long(pattern: Pattern) -> None:
    """Something right, then one or two characters over and over, then something wrong: at full length."""
    pumps = ["".join(pair) for pair in itertools.product("-a0.:/_", repeat=2)]
    example = EXAMPLE[pattern.model]
    for start, pump in itertools.product({0, 1, len(example) // 2, len(example)}, pumps):
        text = (example[:start] + pump * LONGEST)[: LONGEST - 1] + "!"
        assert min(_seconds(pattern, text) for _ in range(3)) < SLOWEST


def _seconds(pattern: Pattern, text: str) -> float:
    start = time.process_time()
    pattern.accepts(text)
    return time.process_time() - start


@pytest.mark.parametrize(
    ("match", "text"),
    [
        (NUMBER.fullmatch, "0" * 20_000 + "x"),
        (HOST.fullmatch, ":" * 20_000 + "x"),
        (HOST.fullmatch, "a:" * 10_000 + "x"),
        (PLACEHOLDER.search, "{" * 20_000),
        (WORD.findall, " " * 20_000),
    ],
)
def test_no_value_of_a_job_file_or_a_setting_takes_long(match: Callable[[str], object], text: str) -> None:
    """It may be longer than AWS accepts: its length is another problem, which is reported as well."""
    assert min(_time(match, text) for _ in range(3)) < 10 * SLOWEST


def test_the_original_job_name_pattern_is_the_reason() -> None:
    """Each two hyphens more make Bedrock's own pattern about four times slower."""
    theirs = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9\+\-\.])*")
    few, more = (
        min(_time(theirs.fullmatch, "a" + "-" * count + "_") for _ in range(3)) for count in (10, 18)
    )
    assert more > 20 * few


def _time(match: Callable[[str], object], text: str) -> float:
    start = time.process_time()
    match(text)
    return time.process_time() - start
