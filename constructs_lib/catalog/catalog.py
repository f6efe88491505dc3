"""The catalogue: what Bedrock documents about the models that can be customized."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..findings import as_written
from . import documents, identifiers
from .documents import CatalogError, decode, decode_into
from .model import DistillationPair, Model, NotCustomizable, Reason, Teacher

if TYPE_CHECKING:
    from os import PathLike

_SECTIONS: dict[str, Any] = {
    "models": Model,
    "teachers": Teacher,
    "distillation_pairs": DistillationPair,
    "not_customizable": NotCustomizable,
    "withdrawn": Reason,
    "formats": Reason,
    "sources": str,
    "read": date,
}

_MOST_SUGGESTIONS, _LEAST_SIMILARITY = 3, 0.75


@dataclass(frozen=True, eq=False)
class Catalog:
    """Models, their hyperparameters, data, Regions, hosting and dates, as AWS documents them.

    A catalogue is a value: every change returns another one. None in it means undocumented, never unlimited.
    """

    _document: Mapping[str, Any] = field(repr=False)
    _added: Mapping[str, Model] = field(default_factory=dict, repr=False)

    @classmethod
    def default(cls) -> Catalog:
        """Return the catalogue that comes with this library."""
        return _default()

    @classmethod
    def from_file(cls, path: str | PathLike[str]) -> Catalog:
        """Return the default catalogue with a file of corrections applied; see `merged_with`.

        Args:
            path: the JSON file.
        """
        return cls.default().merged_with(path)

    def merged_with(self, corrections: str | PathLike[str] | Mapping[str, Any]) -> Catalog:
        """Return this catalogue with corrections applied.

        Args:
            corrections: a JSON file, or its content, in the form of this library's own catalogue files. A
                known model needs only its id and what is to change; a new one needs everything.

        Raises:
            CatalogError: the corrections do not fit; the message lists every problem.
        """
        if isinstance(corrections, Mapping):
            # A copy: what the caller changes in the mapping afterwards changes no catalogue.
            where, document = "corrections", deepcopy(corrections)
        else:
            where, document = str(corrections), documents.read(Path(corrections))
        problems: list[str] = []
        correction = documents.indexed(document, problems)
        merged = documents.merge(self._document, correction)
        reported = tuple(one.partition(" ")[0] for one in problems)
        problems += [one for one in _problems(merged, correction) if not one.startswith(reported)]
        if problems:
            raise CatalogError(where, problems)
        return Catalog(merged, self._added)

    def with_model(self, model: Model) -> Catalog:
        """Return this catalogue with one model added; it replaces a model with the same id.

        Args:
            model: the model.
        """
        return replace(self, _added={**self._added, model.id: model})

    @property
    def models(self) -> tuple[Model, ...]:
        """All models, by id."""
        return tuple(self._model(model_id) for model_id in sorted({*self._document["models"], *self._added}))

    @cached_property
    def teachers(self) -> Mapping[str, Teacher]:
        """The models that distillation jobs can learn from, by id."""
        return {name: decode(Teacher, item, name) for name, item in self._document["teachers"].items()}

    @cached_property
    def distillation_pairs(self) -> tuple[DistillationPair, ...]:
        """The documented pairs of teacher and student."""
        items = self._document["distillation_pairs"].items()
        return tuple(decode(DistillationPair, item, f"distillation_pairs[{name}]") for name, item in items)

    @cached_property
    def not_customizable(self) -> Mapping[str, NotCustomizable]:
        """Models that are often mistaken for customizable ones, and why they are not.

        By id; one that ends in `*` means all ids with the part before it. See `find_not_customizable`.
        """
        return {
            name: decode(NotCustomizable, item, name)
            for name, item in self._document["not_customizable"].items()
        }

    @cached_property
    def withdrawn(self) -> Mapping[str, Reason]:
        """Customization types that AWS's documents no longer list, by name."""
        return {name: decode(Reason, item, name) for name, item in self._document["withdrawn"].items()}

    @cached_property
    def formats(self) -> Mapping[str, Reason]:
        """The formats of training data, by name."""
        return {name: decode(Reason, item, name) for name, item in self._document["formats"].items()}

    @property
    def as_of(self) -> str:
        """The day on which AWS's pages were read, as YYYY-MM-DD."""
        return str(self._document["as_of"])

    def read_on(self, source: str) -> str:
        """Return the day on which a source was read, as YYYY-MM-DD: `as_of`, or a day of its own.

        Args:
            source: key of the catalogue's sources.
        """
        return str(self._document["read"].get(source, self.as_of))

    def url(self, source: str) -> str:
        """Return the page that a figure's `source` names.

        Args:
            source: key of the catalogue's sources, or a URL.
        """
        return str(self._document["sources"].get(source, source))

    def find(self, model: str) -> Model | None:
        """Return what is known of a model, or None.

        Args:
            model: an id, or the ARN of a foundation model or of a custom model; of a custom model, its base
                model is returned.
        """
        reference = identifiers.parse_known(model)
        if reference is None:
            return None
        if reference.kind == "custom-model":
            return self._find_base(reference.model_id)
        return self._model(reference.model_id) if self._has(reference.model_id) else None

    def resolve(self, model: str) -> Model | None:
        """Return a model, also where its id is one for inference, or has another context suffix or none.

        Args:
            model: as for `find`; of an inference profile's id, its model is returned.
        """
        found, reference = self.find(model), identifiers.parse_known(model)
        if found is not None or reference is None or reference.model_id in self.not_customizable:
            return found
        for model_id in identifiers.with_and_without_profile_prefix(reference.model_id):
            if base := self._find_base(self._by_inference_id.get(model_id, model_id)):
                return base
        return None

    def find_not_customizable(self, model: str) -> NotCustomizable | None:
        """Return why a model that is not in the catalogue cannot be customized, where that is known.

        Args:
            model: as for `resolve`.
        """
        reference = identifiers.parse_known(model)
        if reference is None or self.resolve(model) is not None:
            return None
        for model_id in identifiers.with_and_without_profile_prefix(reference.model_id):
            for name in (model_id, identifiers.stem(model_id)):
                if name in self.not_customizable:
                    return self.not_customizable[name]
            families = [one for one in self.not_customizable if _is_of_family(model_id, one)]
            if families:
                return self.not_customizable[max(families, key=len)]
        return None

    def variants(self, model: str) -> tuple[str, ...]:
        """Return the ids that differ from `model` only in their context suffix, such as `:300k`.

        Args:
            model: an id, or the ARN of a model.
        """
        stem = identifiers.stem(identifiers.parse(model).model_id)
        ids = sorted({*self._document["models"], *self._added})
        return tuple(other for other in ids if identifiers.stem(other) == stem and other != model)

    def nearest(self, model: str) -> tuple[str, ...]:
        """Return the ids that are most similar to a misspelled one, the best match first.

        Args:
            model: as it was written, such as `nova-lite`.
        """
        from difflib import get_close_matches

        written = identifiers.without_profile_prefix(identifiers.parse(model).model_id)
        letters = _letters(written)
        ids = sorted({*self._document["models"], *self._added})
        if containing := [one for one in ids if letters and letters in _letters(one)]:
            return tuple(containing[:_MOST_SUGGESTIONS])
        names = {_letters(one.partition(".")[2].partition("-v")[0]): one for one in ids}  # `nova-lite`
        known = {**names, **{_letters(identifiers.stem(one)): one for one in ids}}
        close = get_close_matches(letters, known, n=_MOST_SUGGESTIONS, cutoff=_LEAST_SIMILARITY)
        return tuple(dict.fromkeys(known[one] for one in close))

    def _find_base(self, model_id: str) -> Model | None:
        if self._has(model_id):
            return self._model(model_id)
        variants = self.variants(model_id)
        return self._model(variants[0]) if len(variants) == 1 else None

    def _has(self, model_id: str) -> bool:
        return model_id in self._added or model_id in self._document["models"]

    def _model(self, model_id: str) -> Model:
        if model_id in self._added:
            return self._added[model_id]
        if model_id not in self._cache:
            self._cache[model_id] = decode(Model, self._document["models"][model_id], f"models[{model_id}]")
        return self._cache[model_id]

    @cached_property
    def _by_inference_id(self) -> Mapping[str, str]:
        """The customization ids of models, by their ids for inference."""
        # Not from `models`: decoding all of them takes ten times as long as reading the files.
        documents_ = ((one, model.get("inference_ids")) for one, model in self._document["models"].items())
        names = {one: ids["names"] for one, ids in documents_ if ids}
        names |= {one.id: one.inference_ids.names for one in self._added.values() if one.inference_ids}
        return {name: model_id for model_id, every in names.items() for name in every}

    @cached_property
    def _cache(self) -> dict[str, Model]:
        return {}


@cache
def _default() -> Catalog:
    return Catalog(documents.shipped())


def _is_of_family(model_id: str, family: str) -> bool:
    """Return whether an id starts as a family of models does, which is written with `*` at its end."""
    return family.endswith("*") and model_id.startswith(family[:-1])


def _letters(model_id: str) -> str:
    """Return the letters and digits of an id in lower case: a user may leave out everything else."""
    return "".join(filter(str.isalnum, model_id.lower()))


def _problems(document: Mapping[str, Any], touched: Mapping[str, Any]) -> list[str]:
    """Return what is wrong in those entries of a document that a correction touches."""
    problems: list[str] = []
    for section, kind in _SECTIONS.items():
        names = touched.get(section, {})
        if not isinstance(names, Mapping):
            problems.append(f"{section} must be an object, got {as_written(names)}; put it in braces")
            continue
        for name in names:
            decode_into(problems, kind, document[section][name], f"{section}[{name}]")
    return problems
