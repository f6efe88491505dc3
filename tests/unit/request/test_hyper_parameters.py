"""Numbers in, exact strings out."""

from __future__ import annotations

from decimal import Decimal
from enum import IntEnum

import aws_cdk as cdk
import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.request import HyperParameters, RftHyperParameters
from constructs_lib.request.hyper_parameters import to_exact_decimal


class Level(IntEnum):
    """An int that prints as a name."""

    HIGH = 3


class Named(float):
    """A float that prints as a call, as numpy's do."""

    def __repr__(self) -> str:
        return f"Named({super().__repr__()})"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (2, "2"),
        (0, "0"),
        (-1, "-1"),
        (Level.HIGH, "3"),
        (0.1, "0.1"),
        (1.0, "1.0"),
        (1e-05, "0.00001"),
        (1e-07, "0.0000001"),
        (5e-324, f"0.{'0' * 323}5"),
        (1e22, "10000000000000000000000"),
        (Named(0.5), "0.5"),
        (Decimal("0.10"), "0.10"),
        (Decimal("1E-5"), "0.00001"),
        (Decimal("1E+3"), "1000"),
        (Decimal("0.1000000000000000055511151231257827"), "0.1000000000000000055511151231257827"),
        ("1e-5", "1e-5"),
        ("auto", "auto"),
        ("", ""),
    ],
)
def test_a_number_is_written_out_exactly(number: object, text: str) -> None:
    """Never another number than was meant, and a string is passed as it is."""
    assert to_exact_decimal(number) == text
    assert HyperParameters(learning_rate=number).render() == {"learningRate": text}  # type: ignore[arg-type]  # a table


@pytest.mark.parametrize(
    "value", [True, False, float("nan"), float("inf"), Decimal("NaN"), Decimal("1E+999999"), [1]]
)
def test_what_is_no_number_is_left_to_the_rules(value: object) -> None:
    """Nothing is raised here: all problems are said at once."""
    assert to_exact_decimal(value) is value


def test_a_token_number_stays_a_token() -> None:
    """The CDK writes it into the template as the reference it is."""
    number = cdk.CfnParameter(cdk.Stack(), "Epochs", type="Number").value_as_number
    assert HyperParameters(epoch_count=number).render() == {"epochCount": number}


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_text_is_the_same_float(number: float) -> None:
    """For every float there is."""
    text = to_exact_decimal(number)
    assert isinstance(text, str)
    assert float(text) == number
    assert "e" not in text.lower()


def test_values_that_send_the_same_are_equal() -> None:
    """However they were written: by name or by key, as a number or as text."""
    one = HyperParameters(epoch_count=2, learning_rate=1e-05, other={"x": 1})
    assert one == HyperParameters.of({"x": "1", "learningRate": Decimal("0.00001"), "epochCount": "2"})
    assert one.render() == {"epochCount": "2", "learningRate": "0.00001", "x": "1"}
    assert one.repeated() == []


def test_a_parameter_given_twice_is_named() -> None:
    """`check` says so; neither value is dropped in silence."""
    assert HyperParameters(epoch_count=2, other={"epochCount": 3}).repeated() == ["epochCount"]


def test_what_the_caller_does_later_changes_nothing() -> None:
    """A value holds its own copy."""
    other = {"x": "1"}
    value = HyperParameters(other=other)
    other["x"] = "2"
    assert value.render() == {"x": "1"}


def test_reinforcement_takes_typed_numbers() -> None:
    """Its parameters are numbers in the API, too."""
    value = RftHyperParameters(epoch_count=2, learning_rate=Decimal("1e-5"), reasoning_effort="low")
    assert value.render() == {"epochCount": 2, "learningRate": 1e-05, "reasoningEffort": "low"}
    assert RftHyperParameters().render() == {}
