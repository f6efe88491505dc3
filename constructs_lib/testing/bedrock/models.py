"""Get, delete and list custom models."""

from dataclasses import replace

from constructs_lib.testing.bedrock.answers import model_answer, model_summary
from constructs_lib.testing.bedrock.listing import page
from constructs_lib.testing.bedrock.shelf import Document, Moment, Shelf

_FILTERS = (
    ("baseModelArnEquals", "baseModelArn"),
    ("foundationModelArnEquals", "baseModelArn"),
    ("modelStatus", "modelStatus"),
)


def get_model(shelf: Shelf, moment: Moment, request: Document) -> Document:
    """Carry out `GetCustomModel`."""
    return model_answer(shelf.model(request["modelIdentifier"], moment))


def delete_model(shelf: Shelf, moment: Moment, request: Document) -> Document:
    """Carry out `DeleteCustomModel`."""
    shelf.put(replace(shelf.model(request["modelIdentifier"], moment), model_deleted=True))
    return {}


def list_models(shelf: Shelf, moment: Moment, request: Document) -> Document:
    """Carry out `ListCustomModels`."""

    def keep(summary: Document) -> bool:
        return (
            request.get("nameContains", "") in summary["modelName"]
            and request.get("isOwned", True)
            and all(summary[member] == request.get(name, summary[member]) for name, member in _FILTERS)
        )

    summaries = sorted(map(model_summary, shelf.models(moment.now)), key=lambda model: model["creationTime"])
    return page(summaries, request, "modelSummaries", keep)
