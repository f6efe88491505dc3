"""Leave out of logs what the service model marks as sensitive."""

from __future__ import annotations

from collections.abc import Mapping

from .shapes import REQUEST, ServiceModel, default_model


def redacted(value: object, shape: str = REQUEST, *, model: ServiceModel | None = None) -> object:
    """Copy `value` with every sensitive member replaced by `***`.

    Args:
        value: A request, or a part of one. Members the model does not know are kept.
        shape: The shape of `value`.
        model: Another service model than the one that lies here.
    """
    return _redacted(value, {"shape": shape}, model or default_model())


def _redacted(value: object, target: Mapping[str, object], model: ServiceModel) -> object:
    if model.is_sensitive(target):
        return "***"
    shape = model.shape(str(target["shape"]))
    match shape["type"], value:
        case "structure", Mapping():
            members = shape["members"]
            return {k: _redacted(v, members[k], model) if k in members else v for k, v in value.items()}
        case "list", list() | tuple():
            return [_redacted(item, shape["member"], model) for item in value]
        case "map", Mapping():
            return {k: _redacted(v, shape["value"], model) for k, v in value.items()}
    return value
