"""Types come back from CloudFormation's strings; secrets stay out of logs."""

from __future__ import annotations

import pytest

from constructs_lib.contract import ServiceModel, redacted, typed

RFT = "RFTHyperParameters"


@pytest.mark.parametrize(
    ("shape", "sent", "meant"),
    [
        (RFT, {"epochCount": "3"}, {"epochCount": 3}),
        (RFT, {"epochCount": "-3"}, {"epochCount": -3}),
        (RFT, {"epochCount": 3}, {"epochCount": 3}),
        (RFT, {"epochCount": "3.0"}, {"epochCount": "3.0"}),
        (RFT, {"epochCount": "three"}, {"epochCount": "three"}),
        (RFT, {"epochCount": "1_0"}, {"epochCount": "1_0"}),
        (RFT, {"epochCount": "٣"}, {"epochCount": "٣"}),
        (RFT, {"epochCount": "9" * 5000}, {"epochCount": "9" * 5000}),
        (RFT, {"learningRate": "1e-05"}, {"learningRate": 1e-05}),
        (RFT, {"learningRate": "1.0E-5"}, {"learningRate": 1e-05}),
        (RFT, {"learningRate": ".5"}, {"learningRate": 0.5}),
        (RFT, {"learningRate": "1"}, {"learningRate": 1.0}),
        (RFT, {"learningRate": "nan"}, {"learningRate": "nan"}),
        (RFT, {"learningRate": "1e999"}, {"learningRate": "1e999"}),
        (RFT, {"reasoningEffort": "3"}, {"reasoningEffort": "3"}),
        (RFT, {"unknown": "3"}, {"unknown": "3"}),
        (RFT, "nonsense", "nonsense"),
        ("InvocationLogsConfig", {"usePromptResponse": "true"}, {"usePromptResponse": True}),
        ("InvocationLogsConfig", {"usePromptResponse": "false"}, {"usePromptResponse": False}),
        ("InvocationLogsConfig", {"usePromptResponse": "yes"}, {"usePromptResponse": "yes"}),
        ("ModelCustomizationHyperParameters", {"epochCount": "3"}, {"epochCount": "3"}),
        ("TagList", [{"key": "1", "value": "true"}], [{"key": "1", "value": "true"}]),
    ],
)
def test_a_string_becomes_what_its_field_wants(shape: str, sent: object, meant: object) -> None:
    """What cannot be read stays as it is: the rules say what is wrong with it."""
    found = typed(sent, shape)
    assert found == meant
    assert str(found) == str(meant)


def test_a_sensitive_part_is_replaced() -> None:
    """The mark may stand on a shape, or on a member; what else is there is kept."""
    logs = {"usePromptResponse": True, "requestMetadataFilters": {"andAll": [{"equals": {"k": "v"}}], "x": 1}}
    shown = {"usePromptResponse": True, "requestMetadataFilters": {"andAll": [{"equals": "***"}], "x": 1}}
    assert redacted({"trainingDataConfig": {"invocationLogsConfig": logs}, "jobName": "n"}) == {
        "trainingDataConfig": {"invocationLogsConfig": shown},
        "jobName": "n",
    }
    member = {"shape": "S", "sensitive": True}
    shapes = {"R": {"type": "structure", "members": {"a": member}}, "S": {"type": "string"}}
    model = ServiceModel({"shapes": shapes, "operations": {}})
    assert redacted({"a": "x", "b": "y"}, "R", model=model) == {"a": "***", "b": "y"}


@pytest.mark.parametrize(
    "value", [None, "text", [1], {"hyperParameters": {"a": "b"}, "jobTags": [{"key": "k"}]}]
)
def test_what_is_not_sensitive_is_kept(value: object) -> None:
    """A value of the wrong type is no reason to fail in a log."""
    assert redacted(value) == value
