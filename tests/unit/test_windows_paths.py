"""Paths of Windows: job files name local data by them, and templates never contain one."""

from pathlib import PurePosixPath, PureWindowsPath
from typing import Self

import pytest

from constructs_lib import TrainingData
from constructs_lib.job.asset import asset_files, asset_name, staged_name
from constructs_lib.request.reading.job_file import _beside

SHA256 = "0" * 64


class WindowsPath(PureWindowsPath):
    """A path of Windows on any system; no folder of it is a link."""

    def resolve(self) -> Self:
        """Return the path."""
        return self


def read_in(folder: str, uri: str) -> tuple[str, list[str]]:
    """Return the URI of a job file in a folder as it is read, and the ids of what was found."""
    request, found = _beside({"trainingDataConfig": {"s3Uri": uri}}, WindowsPath(folder))  # type: ignore[arg-type]
    return request["trainingDataConfig"]["s3Uri"], [one.id for one in found]


@pytest.mark.parametrize("uri", ["file://data/train.jsonl", r"file://data\train.jsonl"])
def test_data_is_found_beside_the_job_file(uri: str) -> None:
    """With either separator, as the AWS CLI takes it."""
    assert read_in(r"C:\jobs", uri) == (r"file://C:\jobs\data\train.jsonl", [])


def test_data_of_another_drive_is_not_beside_the_job_file() -> None:
    """An absolute path, with a drive letter, is not taken as relative."""
    assert read_in(r"C:\jobs", r"file://D:\data\train.jsonl") == (
        r"file://D:\data\train.jsonl",
        ["bedrock-customization:job-file-outside"],
    )
    assert read_in(r"C:\jobs", r"file://C:\jobs\train.jsonl") == (r"file://C:\jobs\train.jsonl", [])


@pytest.mark.parametrize("path", [r"C:\data\train.jsonl", r"data\train.jsonl", r"\\server\share\train.jsonl"])
def test_a_path_given_in_python_is_kept(path: str) -> None:
    """Drive letters and shares survive the way through `file://`."""
    given = PureWindowsPath(path)
    uri = TrainingData.from_file(given).s3_uri  # type: ignore[arg-type]
    assert PureWindowsPath(uri.removeprefix("file://")) == given


def test_the_name_of_an_asset_is_the_same_on_every_system() -> None:
    """Hash and extension only, so that a template synthesized on Windows is that of Linux."""
    windows = asset_name(SHA256, PureWindowsPath(r"C:\data.v2\train.jsonl"))  # type: ignore[arg-type]
    assert windows == asset_name(SHA256, PurePosixPath("/data.v2/train.jsonl"))  # type: ignore[arg-type]
    assert staged_name(windows).endswith(".jsonl")
    assert "\\" not in "".join(asset_files())
