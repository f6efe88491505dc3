"""The tokens of a whole file: counted in a sample, which is the same in every run."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.datasets import validate
from constructs_lib.datasets.reading.lines import has_longer_line
from constructs_lib.datasets.tokens.token_counter import ESTIMATE, OF_A_MESSAGE, TokenCounter, Tokenizer
from constructs_lib.datasets.tokens.token_rates import estimated_tokens
from tests.unit.datasets.helpers import LLAMA_31, NOVA, turns, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ENGLISH = ["Thank", "you", "for", "the", "order,", "and", "for", "the", "photo", "of", "your", "new", "box."]
JAPANESE = ["ご", "注文", "いただき", "ありがとう", "ございます", "商品", "は", "明日", "発送", "いたします"]


def texts(words: list[str], number: int, seed: int = 1) -> Iterator[str]:
    """Yield texts of 20 to 200 words."""
    chosen = random.Random(seed)  # noqa: S311 - words, not secrets
    for _ in range(number):
        yield " ".join(chosen.choices(words, k=chosen.randint(20, 200)))


def counted(every: list[str], tokenizer: Tokenizer = ESTIMATE) -> TokenCounter:
    """Return a counter that was given all texts, some at a time."""
    counter = TokenCounter(tokenizer)
    for at in range(0, len(every), 50):
        some = every[at : at + 50]
        counter.add(some, sum(map(len, some)))
    return counter


FILES: dict[str, Callable[[], list[str]]] = {
    "one language": lambda: [*texts(ENGLISH, 6_000)],
    "two languages, one after the other": lambda: [*texts(ENGLISH, 3_000), *texts(JAPANESE, 3_000)],
    "two languages, mixed": lambda: [
        text for pair in zip(texts(ENGLISH, 3_000), texts(JAPANESE, 3_000), strict=True) for text in pair
    ],
    "a tenth in another language": lambda: [
        text
        for ten in zip(*[texts(ENGLISH, 600, at) for at in range(9)], texts(JAPANESE, 600), strict=True)
        for text in ten
    ],
}


@pytest.mark.parametrize("name", FILES)
def test_a_sample_is_near_the_estimate_of_all_texts(name: str) -> None:
    """Within 4 percent, wherever in the file the languages are."""
    every = FILES[name]()
    counter = counted(every)
    whole, found = estimated_tokens("".join(every)), counter.total()
    assert counter.characters == sum(map(len, every)) > 2_000_000
    assert found.likely == pytest.approx(whole.likely, rel=0.04)
    assert found.most == pytest.approx(whole.most + len(every) * OF_A_MESSAGE, rel=0.04)


def test_a_small_file_is_estimated_whole() -> None:
    """No text is left out below 128 Ki characters."""
    every = [*texts(ENGLISH, 100), *texts(JAPANESE, 100), "", ""]
    found = counted(every).total()
    whole = estimated_tokens("".join(every))
    assert (found.least, found.likely) == (whole.whole().least, whole.whole().likely)
    assert found.most == pytest.approx(whole.most + 200 * OF_A_MESSAGE, abs=1)


def test_memory_is_bounded() -> None:
    """Of a long file only the sample's numbers are kept, at most 32 of them."""
    counter = TokenCounter(ESTIMATE)
    for _ in range(500):
        counter.add(["x" * 70_000], 70_000)
        assert len(counter._sample) <= 32
    assert counter.total().likely == pytest.approx(500 * 70_000 * 0.28)


def test_a_tokenizer_sees_every_text_once() -> None:
    """Nothing is sampled, however long the file."""
    seen: list[str] = []

    def count(text: str) -> int:
        seen.append(text)
        return len(text)

    every = FILES["two languages, mixed"]()
    found = counted(every, Tokenizer(count)).total()
    assert seen == every
    assert found.likely == found.least == sum(map(len, every))
    assert found.most == found.likely + len(every) * OF_A_MESSAGE


def test_the_same_file_has_the_same_estimate(tmp_path: Path) -> None:
    """In every run, and with line ends of either kind."""
    every = FILES["one language"]()
    records = [turns(*pair) for pair in zip(every[::2], every[1::2], strict=True)]
    path = write(tmp_path, records)
    first = validate(path, model=NOVA).training.tokens
    assert validate(path, model=NOVA).training.tokens == first
    assert first.likely == pytest.approx(estimated_tokens("".join(every)).likely, rel=0.04)


@given(
    st.lists(st.binary(max_size=12).map(lambda line: line.replace(b"\n", b"")), min_size=1),
    st.sampled_from([0, 1, 5, 5.5, 11, 12, float("inf")]),
)
def test_a_long_line_is_found_among_others(lines: list[bytes], most: float) -> None:
    """A record that is too long is found, wherever in a piece of the file it is."""
    assert has_longer_line(b"\n".join(lines), most) == any(len(line) > most for line in lines)


@pytest.mark.parametrize(("more", "expected"), [(0, []), (1, [2])])
def test_one_long_record_among_short_ones(tmp_path: Path, more: int, expected: list[int]) -> None:
    """Its line is reported, and no other."""
    records = [
        turns("a", "b"),
        turns("日" * (35_954 + more), "本"),
        *[turns(str(at), "b") for at in range(20)],
    ]
    report = validate(write(tmp_path, records), model=NOVA)
    found = [one.line for one in report.findings if one.name == "dataset-tokens-per-record"]
    assert found == expected


@pytest.mark.parametrize("faulty", ["{", '{"prompt": 1, "completion": "a"}'])
def test_records_with_faults_count_with_their_texts(tmp_path: Path, faulty: str) -> None:
    """As characters do: a faulty record is no reason for an estimate that is too low."""
    good = {"prompt": "x" * 1_000, "completion": "y" * 1_000}
    report = validate(write(tmp_path, [faulty, good, {**good, "more": 1}, faulty]), model=LLAMA_31)
    assert report.training.counts.characters == pytest.approx(4_000, abs=2)
    assert report.training.tokens.likely == pytest.approx(4_000 * 0.28, abs=2)


def test_several_files_have_the_tokens_of_all(tmp_path: Path) -> None:
    """The sum has them, and each of the files."""
    paths = [write(tmp_path, [turns("x" * 99 * size, "y")], f"{size}.jsonl") for size in (1, 2)]
    training = validate(paths, model=NOVA).training
    assert [one.tokens.likely for one in training.files] == [28, 56]
    assert (training.tokens.likely, training.tokens.least) == (84, 66)


def test_a_file_without_texts_has_no_tokens(tmp_path: Path) -> None:
    """Neither has a file that does not exist."""
    for path in (write(tmp_path, b""), tmp_path / "missing.jsonl"):
        found = validate(path, model=NOVA).training.tokens
        assert (found.least, found.likely, found.most) == (0, 0, 0)
