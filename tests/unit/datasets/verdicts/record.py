"""Record how AWS's own validators judge the mutations.

    python -m tests.unit.datasets.verdicts.record FOLDER

FOLDER has the repositories of `SOURCES`, each in a folder of its name, at its commit. They want pydantic,
jsonschema, numpy, boto3 and filetype, best in an environment of their own. Nothing of AWS's is copied:
`verdicts.json` has one letter for each file and validator.

To follow a newer version of a validator, change its commit, record again, and settle what
`test_verdicts.py` then reports: a rule, or an entry in `disagreements.py`.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import logging
import sys
import tempfile
import types
import warnings
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.unit.datasets.verdicts.mutations import COUNT, all_mutations
from tests.unit.datasets.verdicts.recorded import LETTERS, SOURCES, VERDICTS, digest

if TYPE_CHECKING:
    from collections.abc import Callable

_BY_TYPE = {
    "missing": "missing",
    "required": "missing",
    "type": "type",
    "extra_forbidden": "extra",
    "additionalProperties": "extra",
    "too_short": "count",
    "minItems": "count",
    "maxItems": "count",
    "string_pattern_mismatch": "role",
    "enum": "role",
    "const": "version",
    "pattern": "media",
}
_BY_WORD = (
    ("field required", "missing"),
    ("input should be", "type"),
    ("error_message", "order"),  # the distillation script fails while it reports the order of the roles
    ("schemaversion", "version"),
    ("token", "word"),
    ("keyword", "word"),
    ("tool", "tools"),
    ("empty", "empty"),
    ("reasoning", "reasoning"),
    ("image", "media"),
    ("video", "media"),
    ("document", "media"),
    ("multimodal", "media"),
    ("multi-modal", "media"),
    ("format", "media"),
    ("uri", "media"),
    ("file", "media"),
    ("expected", "order"),
    ("alternat", "order"),
    ("start", "order"),
    ("turn", "order"),
    ("needed", "order"),
    ("first", "order"),
    ("least one", "missing"),
    ("role", "role"),
    ("missing", "missing"),
)
_MAGIC = {
    "png": b"\x89PNG\r\n\x1a\n",
    "jpeg": b"\xff\xd8\xff\xe0",
    "gif": b"GIF89a",
    "webp": b"RIFF\x00\x00\x00\x00WEBPVP8 ",
    "mp4": b"\x00\x00\x00\x18ftypmp42",
    "mov": b"\x00\x00\x00\x14ftypqt  ",
    "mkv": b"\x1aE\xdf\xa3\x93B\x82\x88matroska",
    "webm": b"\x1aE\xdf\xa3\x9fB\x82\x84webm",
    "pdf": b"%PDF-1.7",
}


@dataclass(frozen=True)
class _Judge:
    """A validator of one family.

    Args:
        source: its name in `SOURCES`.
        judge: raises an error about a file, whatever the number of its records.
        bounds: the fewest and the most records. Default: any number.
    """

    source: str
    judge: Callable[[bytes], object]
    bounds: tuple[float, float] = (0, float("inf"))

    def verdict(self, name: str, content: bytes) -> str:
        """Return `accepted`, or why the validator refuses a mutation."""
        if name.startswith(COUNT):
            least, most = self.bounds
            return "accepted" if least <= content.count(b"\n") <= most else "count"
        return _verdict(self.judge, content)


def main(folder: Path) -> None:
    """Judge every mutation with every validator of its format, and write `verdicts.json`."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    families: dict[str, Any] = {}
    for family, judges in _judges(folder).items():
        files = all_mutations()[family]
        verdicts = {
            name: "".join(LETTERS[one.verdict(name, content)] for one in judges)
            for name, content in files.items()
        }
        sources = [one.source for one in judges]
        families[family] = {"validators": sources, "files": digest(files), "verdicts": verdicts}
    VERDICTS.write_text(json.dumps(families, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


def _verdict(judge: Callable[[bytes], None], content: bytes) -> str:
    """Return `accepted`, or why the validator refuses a file."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            judge(content)
    except ValueError as error:  # among them those of JSON, UTF-8 and pydantic
        return _reason(error)
    except Exception as error:  # noqa: BLE001 - a validator that ends in an error has not accepted the file
        return _reason(error)
    return "accepted"


def _reason(error: Exception) -> str:
    if isinstance(error, (json.JSONDecodeError, UnicodeDecodeError)):
        return "json"
    error = getattr(error, "__cause__", None) or getattr(error, "__context__", None) or error
    kind, text = str(getattr(error, "validator", "")), str(error)
    if hasattr(error, "errors") and callable(error.errors):
        first = error.errors()[0]
        kind, text = first["type"], first["msg"]
    if kind.endswith("_type"):
        return "type"
    if kind in _BY_TYPE:
        return _BY_TYPE[kind]
    if isinstance(error, KeyError):
        return "missing"
    lower = text.lower()
    if "invalid json" in lower:
        return "json"
    crashed = isinstance(error, (TypeError, AttributeError))
    return next((reason for word, reason in _BY_WORD if word in lower), "type" if crashed else "other")


def _judges(folder: Path) -> dict[str, list[_Judge]]:
    """Return the validators of each family that has some."""
    nova, forge = _Nova(folder), _Forge(folder)
    prompts, logs = _distillation(folder)
    pairs, conversations = _llama(folder)
    return {
        "nova-lite": [nova.of("lite"), forge.of("NOVA_LITE")],
        "nova-micro": [nova.of("micro"), forge.of("NOVA_MICRO")],
        "nova-2-lite": [nova.of("lite-2.0"), forge.of("NOVA_LITE_2")],
        "nova-2-lite-rft": [nova.of("lite-2.0", "RFT"), forge.of("NOVA_LITE_2", "RFT")],
        "nova-distillation": [prompts],
        "llama-distillation": [prompts],
        "nova-logs": [logs],
        "llama-logs": [logs],
        "llama-3.1": [pairs],
        "llama-3.2": [conversations],
        "llama-3.2-vision": [conversations],
        "claude-3-haiku": [_haiku(folder)],
    }


def _file(folder: Path, source: str) -> Path:
    return folder / SOURCES[source].repository.rpartition("/")[2] / SOURCES[source].path


def _module(path: Path, *others: str) -> Any:  # noqa: ANN401 - not typed
    """Import a script from its own folder, without the modules of the same names of another one."""
    for name in [name for name in sys.modules if name.partition(".")[0] in {path.stem, *others}]:
        del sys.modules[name]
    sys.path.insert(0, str(path.parent))
    try:
        return importlib.import_module(path.stem)
    finally:
        sys.path.remove(str(path.parent))


def _each(
    judge: Callable[[Any], object], *, skip_blank: bool = False, encoding: str = "utf-8"
) -> Callable[[bytes], None]:
    """Return a judge of files from one of records, which reads lines as the validator does."""

    def judge_file(content: bytes) -> None:
        for line in io.TextIOWrapper(io.BytesIO(content), encoding):
            if line.strip() or not skip_blank:
                judge(json.loads(line))

    return judge_file


class _Nova:
    """The script that the Nova guide names."""

    def __init__(self, folder: Path) -> None:
        self._script = _module(_file(folder, "nova"))

    def of(self, model: str, task: str = "SFT") -> _Judge:
        """Return the judge of a model and task."""
        kinds = {"SFT": self._script.ConverseDatasetSample, "RFT": self._script.RFTDatasetSample}
        context = {"model_name": model}
        judge = _each(lambda record: kinds[task].model_validate(record, context=context), skip_blank=True)
        return _Judge("nova", judge, self._script.get_data_record_bounds(model, task))


@dataclass(frozen=True)
class _Objects:
    """Stands in for the S3 client of the SDK: an object's content is what the record says.

    Args:
        formats: by URI.
    """

    formats: dict[str, str]

    def head_object(self, **_: object) -> dict[str, int]:
        return {"ContentLength": 1000}

    def get_object(self, Bucket: str, Key: str, **_: object) -> dict[str, Any]:  # noqa: N803 - boto3's names
        magic = _MAGIC.get(self.formats[f"s3://{Bucket}/{Key}"], b"?")
        return {"Body": io.BytesIO(magic.ljust(262, b"\0"))}

    def download_fileobj(self, **_: object) -> None:
        """Leave the file empty: the size of images is not judged here."""


class _Forge:
    """The validators of the SDK, without the rest of it."""

    def __init__(self, folder: Path) -> None:
        root = _file(folder, "forge").parents[2]
        for name in (
            "",
            ".core",
            ".dataset",
            ".dataset.dataset_validator",
            ".dataset.configs",
            ".validation",
            ".util",
        ):
            package = types.ModuleType(f"amzn_nova_forge{name}")
            package.__path__ = [str(root.joinpath(*name.split(".")))]
            sys.modules[package.__name__] = package
        sys.modules["pymediainfo"] = _media_info()
        validators = "amzn_nova_forge.dataset.dataset_validator"
        self._enums = importlib.import_module("amzn_nova_forge.core.enums")
        checks = importlib.import_module("amzn_nova_forge.validation.dataset_row_count_validator")
        self._row_counts = checks.get_applicable_row_count_checks
        sft, rft = (
            importlib.import_module(f"{validators}.{kind}_dataset_validator") for kind in ("sft", "rft")
        )
        self._samples = {"SFT": sft.SFTConverseDatasetSample, "RFT": rft.RFTDatasetSample}

    def of(self, name: str, task: str = "SFT") -> _Judge:
        """Return the judge of a model and task."""
        model, sample = self._enums.Model[name], self._samples[task]

        def judge(record: object) -> None:
            sample.model_validate(
                record, context={"model": model, "s3_client": _Objects(_formats_in(record))}
            )

        method, bedrock = self._enums.TrainingMethod[f"{task}_LORA"], self._enums.Platform.BEDROCK
        [check] = self._row_counts(method, bedrock, model)
        bounds = check["valid_min_limit"], check["valid_max_limit"]
        return _Judge("forge", _each(judge, skip_blank=True, encoding="utf-8-sig"), bounds)


def _media_info() -> types.ModuleType:
    """Return a module that finds every image large enough, and every video short enough."""
    track = {"track_type": "Image", "width": 100, "height": 100, "duration": 1000}
    tracks = [types.SimpleNamespace(**{**track, "track_type": kind}) for kind in ("Image", "Video")]
    module = types.ModuleType("pymediainfo")
    module.MediaInfo = types.SimpleNamespace(parse=lambda _: types.SimpleNamespace(tracks=tracks))  # type: ignore[attr-defined]
    return module


def _formats_in(value: object) -> dict[str, str]:
    """Return the formats of the images, videos and documents of a record, by URI."""
    if isinstance(value, dict):
        uri, written = _uri_of(value), value.get("format")
        if isinstance(uri, str) and isinstance(written, str):
            return {uri: written.lower()}
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {uri: written for item in inner for uri, written in _formats_in(item).items()}


def _uri_of(block: dict[str, Any]) -> object:
    for name in ("source", "s3Location", "uri"):
        block = block.get(name) if isinstance(block, dict) else None  # type: ignore[assignment]
    return block


def _distillation(folder: Path) -> tuple[_Judge, _Judge]:
    """Return the judges of prompts and of logs."""
    script = _module(_file(folder, "distillation"), "schema", "constants", "exceptions", "file_utils")
    bounds = script.MIN_NUM_PROMPTS, float("inf")
    prompts, logs = (
        _Judge("distillation", _each(partial(script.validate_prompt, is_invocation_log=kind)), bounds)
        for kind in (False, True)
    )
    return prompts, logs


def _llama(folder: Path) -> tuple[_Judge, _Judge]:
    """Return the judges of prompts with completions, and of conversations."""
    script = _module(_file(folder, "llama"), "utils")
    bounds = 0, script.MAX_TRAIN_RECORDS
    pairs, conversations = (
        _Judge("llama", _each(partial(judge, index=0)), bounds)
        for judge in (script.validate_prompt_completion, script.validate_converse)
    )
    return pairs, conversations


def _haiku(folder: Path) -> _Judge:
    script = _module(_file(folder, "haiku"))

    def judge(content: bytes) -> None:
        with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
            file.write(content)
            file.flush()
            found, _ = script.validate_file(file.name)
        of_records = [one for one in found if not one.startswith("File has")]
        if of_records:
            raise ValueError(of_records[0])

    return _Judge("haiku", judge, (script.MIN_LINES, script.MAX_TRAINING_LINES))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
