"""Amazon Bedrock model customization jobs as AWS CDK constructs."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .catalog import Catalog
    from .checks import Checks
    from .contract.promotion import Score, WhenUnsure
    from .contract.resource import ResourceOnDelete
    from .contract.sweeps import Objective
    from .findings import Finding, InvalidJob
    from .job.defaults import CustomizationDefaults
    from .job.interface import IModelCustomizationJob
    from .job.job import ModelCustomizationJob
    from .job.keep import Keep
    from .job.network import JobNetwork
    from .job.provider import JobProvider
    from .job.provider_settings import ProviderSettings
    from .job.roles import ServiceRole
    from .job.storage import AWS_OWNED_KEY, OutputBucket
    from .job.validation_plugin import ModelCustomizationValidation
    from .job.wait import Wait
    from .promotion.bake import Bake
    from .promotion.evaluation_data import EvaluationData
    from .promotion.promote_if import PromoteIf
    from .request import (
        BaseModel,
        Customization,
        HyperParameters,
        InvocationLogs,
        MediaData,
        MetadataFilter,
        OnDelete,
        OutputData,
        RftHyperParameters,
        TrainingData,
        ValidationData,
    )
    from .serving.billing import Billing
    from .serving.custom_model_deployment import CustomModelDeployment
    from .serving.deployment_interface import ICustomModelDeployment
    from .serving.provisioned_model_throughput import ProvisionedModelThroughput
    from .serving.published_model import PublishedModel
    from .serving.release import Release
    from .serving.throughput_interface import IProvisionedModelThroughput
    from .sweeps.customization_sweep import CustomizationSweep
    from .sweeps.trial import Trial

    __version__: str

if __name__ == "constructs_lib":  # see import_names.py
    import_module("cdk_bedrock_customization.import_names").add_name(__name__)

_MODULES = {
    ".catalog": ["Catalog"],
    ".checks": ["Checks"],
    ".contract.promotion": ["Score", "WhenUnsure"],
    ".contract.resource": ["ResourceOnDelete"],
    ".contract.sweeps": ["Objective"],
    ".findings": ["Finding", "InvalidJob"],
    ".job.defaults": ["CustomizationDefaults"],
    ".job.job": ["ModelCustomizationJob"],
    ".job.network": ["JobNetwork"],
    ".job.provider": ["JobProvider"],
    ".job.provider_settings": ["ProviderSettings"],
    ".job.interface": ["IModelCustomizationJob"],
    ".job.roles": ["ServiceRole"],
    ".job.storage": ["AWS_OWNED_KEY", "OutputBucket"],
    ".job.validation_plugin": ["ModelCustomizationValidation"],
    ".job.wait": ["Wait"],
    ".promotion.bake": ["Bake"],
    ".promotion.evaluation_data": ["EvaluationData"],
    ".promotion.promote_if": ["PromoteIf"],
    ".request": [
        "BaseModel",
        "Customization",
        "HyperParameters",
        "InvocationLogs",
        "MediaData",
        "MetadataFilter",
        "OnDelete",
        "OutputData",
        "RftHyperParameters",
        "TrainingData",
        "ValidationData",
    ],
    ".serving.billing": ["Billing"],
    ".serving.custom_model_deployment": ["CustomModelDeployment"],
    ".serving.deployment_interface": ["ICustomModelDeployment"],
    ".serving.provisioned_model_throughput": ["ProvisionedModelThroughput"],
    ".serving.published_model": ["PublishedModel"],
    ".serving.release": ["Release"],
    ".serving.throughput_interface": ["IProvisionedModelThroughput"],
    ".sweeps.customization_sweep": ["CustomizationSweep"],
    ".job.keep": ["Keep"],
    ".sweeps.trial": ["Trial"],
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "AWS_OWNED_KEY",
    "Bake",
    "BaseModel",
    "Billing",
    "Catalog",
    "Checks",
    "CustomModelDeployment",
    "Customization",
    "CustomizationDefaults",
    "CustomizationSweep",
    "EvaluationData",
    "Finding",
    "HyperParameters",
    "ICustomModelDeployment",
    "IModelCustomizationJob",
    "IProvisionedModelThroughput",
    "InvalidJob",
    "InvocationLogs",
    "JobNetwork",
    "JobProvider",
    "Keep",
    "MediaData",
    "MetadataFilter",
    "ModelCustomizationJob",
    "ModelCustomizationValidation",
    "Objective",
    "OnDelete",
    "OutputBucket",
    "OutputData",
    "PromoteIf",
    "ProviderSettings",
    "ProvisionedModelThroughput",
    "PublishedModel",
    "Release",
    "ResourceOnDelete",
    "RftHyperParameters",
    "Score",
    "ServiceRole",
    "TrainingData",
    "Trial",
    "ValidationData",
    "Wait",
    "WhenUnsure",
]


def __getattr__(name: str) -> object:
    """Import the module of a name when it is first used: the console and the checks never start the CDK."""
    if name == "__version__":
        from .distribution import installed_version

        return installed_version() or "unknown"
    if name in _MODULE_OF:
        return getattr(import_module(_MODULE_OF[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return the public names."""
    return __all__
