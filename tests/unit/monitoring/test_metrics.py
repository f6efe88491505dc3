"""The metrics files in the forms that were recorded, and whatever else may be in a CSV file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.monitoring.metrics import Metrics, kind_of, parse_metrics, shown

TRAINING = "out/model-customization-job-abc/training_artifacts/step_wise_training_metrics.csv"
VALIDATION = (
    "out/model-customization-job-abc/validation_artifacts/post_fine_tuning_validation/validation/"
    "validation_metrics.csv"
)


def read(text: str | bytes, key: str = TRAINING) -> dict[str, list[tuple[float, float | None, float]]]:
    """Return the points of each metric of a file: step, epoch, value."""
    content = text if isinstance(text, bytes) else text.encode()
    return {one.name: [tuple(point) for point in one.points] for one in parse_metrics(content, key).series}


def test_the_columns_that_aws_documents() -> None:
    """Loss and perplexity are two metrics, by step."""
    found = read("step_number,epoch_number,training_loss,perplexity\r\n0,0,1.5,4.5\r\n1,0,1.2,3.3\r\n")
    assert found == {"training_loss": [(0, 0, 1.5), (1, 0, 1.2)], "perplexity": [(0, 0, 4.5), (1, 0, 3.3)]}


@pytest.mark.parametrize(
    ("text", "name", "first", "last"),
    [
        pytest.param(
            "step_number,epoch_number,training_loss\n0,1,1.4507634299\n3,2,0.9100896268\n5,2,0.6384985604\n",
            "training_loss",
            (0, 1, 1.4507634299),
            (5, 2, 0.6384985604),
            id="Claude 3 Haiku: steps from 0, epochs from 1",
        ),
        pytest.param(
            "step_number,epoch_number,training_loss\n1,0,1.6287398338\n7,1,0.3396947980\n18,2,0.1483513266\n",
            "training_loss",
            (1, 0, 1.6287398338),
            (18, 2, 0.1483513266),
            id="Nova: steps from 1, epochs from 0",
        ),
        pytest.param(
            "step_number,epoch_number,validation_loss\r\n15,0,0.0314060152\r\n45,2,0.0166953932\r\n",
            "validation_loss",
            (15, 0, 0.0314060152),
            (45, 2, 0.0166953932),
            id="validation: one row for each epoch",
        ),
        pytest.param(
            "step_number,epoch_number,train_reward_mean,policy_entropy\n1,0,0.25,1.1\n2,0,0.5,0.9\n",
            "train_reward_mean",
            (1, 0, 0.25),
            (2, 0, 0.5),
            id="reinforcement fine-tuning: rewards",
        ),
    ],
)
def test_the_files_of_each_family(text: str, name: str, first: object, last: object) -> None:
    """No family has a special case."""
    points = read(text)[name]
    assert (points[0], points[-1]) == (first, last)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", {}, id="empty file"),
        pytest.param("step_number,epoch_number,training_loss\n", {}, id="header only"),
        pytest.param("\n \n", {}, id="blank lines"),
        pytest.param(b"\xef\xbb\xbfstep_number,a\n1,2\n", {"a": [(1, None, 2)]}, id="byte order mark"),
        pytest.param("STEP_Number, Epoch_Number ,a\n1,2,3\n", {"a": [(1, 2, 3)]}, id="case and spaces"),
        pytest.param("step,a\n4,2\n", {"a": [(4, None, 2)]}, id="step for step_number"),
        pytest.param("a\n2\n1\n", {"a": [(0, None, 2), (1, None, 1)]}, id="no steps: rows are counted"),
        pytest.param("step,a\n2,5\n1,6\n", {"a": [(1, None, 6), (2, None, 5)]}, id="steps are sorted"),
        pytest.param("step,a\n1,2\n1,4\n", {"a": [(1, None, 3)]}, id="repeated steps are averaged"),
        pytest.param(
            "step,a,b\n1,2,3\n2,4", {"a": [(1, None, 2), (2, None, 4)], "b": [(1, None, 3)]}, id="half a line"
        ),
        pytest.param(
            "step,a,a\n1,2,3\n", {"a": [(1, None, 2)], "a (3)": [(1, None, 3)]}, id="repeated column"
        ),
        pytest.param("step,\n1,2\n", {"column (2)": [(1, None, 2)]}, id="column without a name"),
        pytest.param('"step","a"\n"1","2"\n', {"a": [(1, None, 2)]}, id="quoted"),
        pytest.param(
            'step,"a\n1,2\n3,4\n', {"a": [(1, None, 2), (3, None, 4)]}, id="quote that is not closed"
        ),
        pytest.param("step,a\n1,2,3\n4,5\n", {"a": [(4, None, 5)]}, id="more cells than columns"),
        pytest.param("step,a,note\n1,2,warm\n", {"a": [(1, None, 2)]}, id="a column of texts"),
        pytest.param("step,a\nx,1\n2,3\n", {"a": [(2, None, 3)]}, id="a step that is no number"),
        pytest.param("step,a\n1,nan\n2,inf\n3,-inf\n4,1e999\n5,6\n", {"a": [(5, None, 6)]}, id="not finite"),
        pytest.param("step\n1\n2\n", {}, id="steps only"),
        pytest.param("a,step\n1\n", {}, id="no row has a step"),
        pytest.param("step,a,b\n1,2\n", {"a": [(1, None, 2)]}, id="a column without cells"),
        pytest.param(b"\x00\xff\xfe,\n\x00,1\n", {"column (2)": [(0, None, 1)]}, id="bytes that are no text"),
    ],
)
def test_whatever_is_in_a_file_is_read_as_far_as_it_can_be(text: str | bytes, expected: object) -> None:
    """A broken file is never an exception."""
    assert read(text) == expected


def test_cells_that_are_no_numbers_are_counted() -> None:
    """What is left out is known; an empty cell is not a mistake."""
    assert parse_metrics(b"step,a,b\n1,nan,\nx,1,1\n2,3,oops\n3,4,5,6\n", TRAINING).skipped == 4


@given(st.binary(max_size=200) | st.text(alphabet='step,ab\n\r"0123.-en', max_size=200).map(str.encode))
def test_no_bytes_are_an_exception(content: bytes) -> None:
    """Every point of whatever is read can be drawn."""
    for one in parse_metrics(content, TRAINING).series:
        steps = [point.step for point in one.points]
        assert steps
        assert steps == sorted(set(steps))


def test_a_file_of_many_columns_or_rows_is_read_in_part() -> None:
    """The largest files that are read at all need neither minutes nor gigabytes."""
    assert read(b"1," * 2_000_000) == {}
    assert len(read("a\n" + "1\n" * 600_000)["a"]) < 600_000


def test_100_000_steps_are_all_read() -> None:
    """A long training has as many."""
    rows = "".join(f"{step},{step // 1000},{1 / (step + 1)},2.5\r\n" for step in range(100_000))
    content = f"step_number,epoch_number,training_loss,perplexity\r\n{rows}".encode()
    assert len(parse_metrics(content, TRAINING).series[0].points) == 100_000


def test_only_the_file_name_says_what_a_file_is() -> None:
    """AWS's page and jobs that ran have different folders."""
    documented = VALIDATION.replace("/validation/", "/")
    assert [kind_of(key) for key in (TRAINING, VALIDATION, documented)] == [
        "training",
        "validation",
        "validation",
    ]
    assert kind_of("out/my_validation_metrics.csv") is None


def metrics_of(**files: str) -> Metrics:
    """Return the metrics of files by key, in which __ stands for /."""
    keys = {name.replace("__", "/") + ".csv": text for name, text in files.items()}
    return Metrics.of({key: parse_metrics(text.encode(), key) for key, text in keys.items()})


def test_each_of_several_validation_files_has_a_label_of_its_own() -> None:
    """The label has the folder in which the files differ."""
    found = metrics_of(
        o__v__faq__validation_metrics="step,validation_loss\n1,2\n",
        o__v__mail__validation_metrics="step,validation_loss\n1,2\n",
        o__step_wise_training_metrics="step,training_loss\n1,2\n",
    )
    assert [one.label for one in found.series] == [
        "training_loss",
        "validation_loss (faq)",
        "validation_loss (mail)",
    ]
    assert found.quantities == ["loss"]


def test_a_metric_of_both_files_has_the_kind_in_its_label() -> None:
    """AWS documents perplexity for training and validation."""
    found = metrics_of(
        o__step_wise_training_metrics="step,perplexity,training_loss\n1,2,3\n",
        o__validation_metrics="step,perplexity\n1,2\n",
    )
    assert [one.label for one in found.series] == [
        "perplexity (training)",
        "training_loss",
        "perplexity (validation)",
    ]
    assert found.quantities == ["loss", "perplexity"]


def test_metrics_are_chosen_by_column_or_by_quantity() -> None:
    """`loss` means the loss of the training and of the validation."""
    found = metrics_of(
        o__step_wise_training_metrics="step,training_loss,critic/rewards/mean,critic/rewards/max\n1,2,3,4\n",
        o__validation_metrics="step,validation_loss\n1,2\n",
    )
    assert found.quantities == ["loss", "critic/rewards"]
    assert [one.name for one in found.only(["LOSS"]).series] == ["training_loss", "validation_loss"]
    assert [one.name for one in found.only(["critic/rewards/max"]).series] == ["critic/rewards/max"]
    assert not found.only(["accuracy"]).series


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0042197, "0.00422"),
        (1.5, "1.5"),
        (12345.6, "12346"),
        (999.7, "1000"),
        (1e-9, "1e-09"),
        (0, "0"),
        (45, "45"),
    ],
)
def test_numbers_have_three_significant_digits(value: float, text: str) -> None:
    """Numbers of a chart and a table are short."""
    assert shown(value) == text
