"""Get, delete and list custom models, and list what serves them."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from constructs_lib.testing.bedrock.answers import model_answer, model_summary
from constructs_lib.testing.bedrock.errors import ServiceError
from constructs_lib.testing.bedrock.listing import page
from constructs_lib.testing.bedrock.serving import (
    DEPLOYMENT,
    THROUGHPUT,
    ServingRecord,
    deployment_summary,
    throughput_summary,
)
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
    job = shelf.model(request["modelIdentifier"], moment)
    served = [one.arn for one in shelf.serving() if one.model_arn == job.model_arn]
    if served:
        message = f"The custom model {job.model_name} cannot be deleted: it is in use by {', '.join(served)}."
        raise ServiceError("ConflictException", message)
    shelf.put(replace(job, model_deleted=True))
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


def list_deployments(shelf: Shelf, _moment: Moment, request: Document) -> Document:
    """Carry out `ListCustomModelDeployments`."""
    summaries = map(deployment_summary, _served(shelf.serving(DEPLOYMENT), request))
    return page(summaries, request, "modelDeploymentSummaries", lambda _: True, time="createdAt")


def list_throughputs(shelf: Shelf, _moment: Moment, request: Document) -> Document:
    """Carry out `ListProvisionedModelThroughputs`."""
    summaries = map(throughput_summary, _served(shelf.serving(THROUGHPUT), request))
    return page(summaries, request, "provisionedModelSummaries", lambda _: True)


def _served(records: Iterable[ServingRecord], request: Document) -> Iterator[ServingRecord]:
    """Return what the filters that both lists know leave of records."""
    for one in records:
        if (
            request.get("nameContains", "") in one.name
            and request.get("statusEquals", one.status) == one.status
            and request.get("modelArnEquals", one.model_arn) == one.model_arn
        ):
            yield one
