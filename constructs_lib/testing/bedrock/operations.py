"""Which operations the double knows, and who carries them out."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from constructs_lib.testing.bedrock import jobs, models, tags
from constructs_lib.testing.bedrock.shelf import Document, Moment, Shelf

Operation = Callable[[Shelf, Moment, Document], Document]

OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        "CreateModelCustomizationJob": jobs.create_job,
        "DeleteCustomModel": models.delete_model,
        "GetCustomModel": models.get_model,
        "GetModelCustomizationJob": jobs.get_job,
        "ListCustomModelDeployments": models.list_deployments,
        "ListCustomModels": models.list_models,
        "ListModelCustomizationJobs": jobs.list_jobs,
        "ListProvisionedModelThroughputs": models.list_throughputs,
        "ListTagsForResource": tags.list_tags,
        "StopModelCustomizationJob": jobs.stop_job,
        "TagResource": tags.tag_resource,
        "UntagResource": tags.untag_resource,
    }
)
