import subprocess
import sys

import pytest

import constructs_lib.testing
import constructs_lib.testing.bedrock


def test_the_names_are_sorted_and_all_there() -> None:
    """Every name in `__all__` can be imported, and `dir` lists it."""
    names = constructs_lib.testing.__all__

    assert sorted(names) == list(names)
    assert dir(constructs_lib.testing) == list(names)
    assert all(getattr(constructs_lib.testing, name) for name in names)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    """As with any module."""
    with pytest.raises(AttributeError, match="has no attribute 'Missing'"):
        constructs_lib.testing.Missing  # noqa: B018 - the access is the test


def test_the_front_door_loads_nothing_heavy() -> None:
    """Neither the emulator nor the CDK nor botocore is imported before a name that needs it is used."""
    code = (
        "import sys, constructs_lib.testing; print({'aws_cdk', 'botocore', 'ministack'} & set(sys.modules))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert shown.stdout.strip() == "set()"
